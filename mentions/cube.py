"""The cube: the store's counting columns held in memory by DuckDB, topped up as items arrive."""

import threading
from collections.abc import Iterable, Mapping
from typing import Any

import duckdb
import pandas as pd

from mentions.lexicon import Label, Lexicon
from mentions.model import ANSWERED, LANGUAGES, DatedBy
from mentions.store import State, Store

TABLES = """
CREATE TYPE language AS ENUM ($languages);
CREATE TYPE dated_by AS ENUM ($dated_by);
CREATE TABLE item (
    seq BIGINT, published BIGINT, outlet SMALLINT, language language, dated_by dated_by,
    about BOOLEAN, relevant BOOLEAN, forums BIGINT, topics BIGINT, naming BIGINT
);
CREATE TABLE looked (number BIGINT, outlet SMALLINT, moment BIGINT, answered BOOLEAN);
CREATE TABLE outlet (number SMALLINT, id VARCHAR, name VARCHAR, country VARCHAR, "group" VARCHAR);
CREATE TABLE tag (dimension VARCHAR, id VARCHAR, label VARCHAR, mask BIGINT, place SMALLINT);
CREATE TABLE calendar (day BIGINT, grain VARCHAR, period DATE);
INSERT INTO calendar
SELECT d, g, CAST(CASE g WHEN 'day' THEN DATE '1970-01-01' + CAST(d AS INTEGER)
    ELSE date_trunc(g, DATE '1970-01-01' + CAST(d AS INTEGER)) END AS DATE)
FROM range(0, 47500) days(d), (VALUES ('day'), ('week'), ('month')) grains(g);
"""
# The calendar runs from 1970 to 2100; its weeks begin on Monday.

ADD_ITEMS = """
INSERT INTO item
SELECT seq, published, outlet, language, dated_by, about, relevant, forums, topics, naming FROM rows
"""

ADD_CHECKS = "INSERT INTO looked SELECT number, outlet, moment, list_contains($answered, outcome) FROM rows"


class Cube:
    """One process's copy of what is counted; safe to ask from many threads at once.

    10 M items take 4 s to build and half a millisecond to top up (measured; see bench/README.md).
    """

    def __init__(self, store: Store, lexicon: Lexicon) -> None:
        self.store = store
        self.lexicon = lexicon
        self.lock = threading.Lock()
        self.rebuild(store.state())

    def rebuild(self, state: State) -> None:
        """Read everything anew; who asks meanwhile sees the old rows."""
        db = duckdb.connect(":memory:")
        db.execute(TABLES.replace("$languages", quoted(LANGUAGES)).replace("$dated_by", quoted(DatedBy)))
        dimensions = {"forum": self.lexicon.forums, "topic": self.lexicon.topics, "naming": self.lexicon.naming}
        tags = [row for dimension, labels in dimensions.items() for row in tag_rows(dimension, labels)]
        db.executemany("INSERT INTO tag VALUES (?, ?, ?, ?, ?)", tags)
        self.outlets = self.add(db, state)
        self.db, self.state = db, state

    def refresh(self) -> None:
        """Take in what the store has gained; start anew where old rows have changed.

        Whoever asks meanwhile sees all of it or none, and after a failure it is as if nothing had been tried.
        """
        with self.lock:
            state = self.store.state()
            if state == self.state:
                return
            if state.generation != self.state.generation or state.seq < self.state.seq:
                self.rebuild(state)
                return
            self.db.begin()
            try:
                outlets = self.add(self.db, state)
            except BaseException:
                self.db.rollback()
                raise
            self.db.commit()
            self.outlets, self.state = outlets, state

    def add(self, db: duckdb.DuckDBPyConnection, state: State) -> list[dict[str, Any]]:
        """Add the items and checks that a database lacks, and bring its outlets up to date; these outlets."""
        last_item = newest(db, "SELECT coalesce(max(seq), 0) FROM item")
        if state.seq > last_item:
            with self.store.cube_rows(last_item) as rows:
                db.execute(ADD_ITEMS)
        last_check = newest(db, "SELECT coalesce(max(number), 0) FROM looked")
        if state.check > last_check:
            with self.store.check_rows(last_check) as rows:  # noqa: F841 (DuckDB reads it by its name)
                db.execute(ADD_CHECKS, {"answered": [outcome.value for outcome in ANSWERED]})
        outlets = self.store.outlets()
        named = [tuple(one[name] for name in ("number", "id", "name", "country", "group")) for one in outlets]
        db.execute("DELETE FROM outlet")
        if named:
            db.executemany("INSERT INTO outlet VALUES (?, ?, ?, ?, ?)", named)
        return outlets

    def ask(self, query: str, values: Mapping[str, Any]) -> pd.DataFrame:
        """The table a measure gives, on a cursor of its own so that many may ask at once."""
        used = {name: value for name, value in values.items() if f"${name}" in query}
        with self.db.cursor() as cursor:
            return cursor.execute(query, used).df()


def newest(db: duckdb.DuckDBPyConnection, query: str) -> int:
    """The one number a query gives."""
    row = db.execute(query).fetchone()
    return int(row[0]) if row else 0


def quoted(names: Iterable[str]) -> str:
    """Names of ours as the list of an SQL type."""
    return ", ".join(f"'{name}'" for name in names)


def tag_rows(dimension: str, labels: tuple[Label, ...]) -> list[tuple[str, str, str, int, int]]:
    """The labels of a dimension as rows of the tag table, in the lexicon's order."""
    return [(dimension, one.id, one.label, 1 << one.bit, place) for place, one in enumerate(labels)]
