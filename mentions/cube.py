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
        """Read everything anew."""
        self.db = duckdb.connect(":memory:")
        self.db.execute(TABLES.replace("$languages", quoted(LANGUAGES)).replace("$dated_by", quoted(DatedBy)))
        dimensions = {"forum": self.lexicon.forums, "topic": self.lexicon.topics, "naming": self.lexicon.naming}
        tags = [row for dimension, labels in dimensions.items() for row in tag_rows(dimension, labels)]
        self.db.executemany("INSERT INTO tag VALUES (?, ?, ?, ?, ?)", tags)
        self.last_item = self.last_check = 0
        self.top_up(state)

    def refresh(self) -> None:
        """Take in what the store has gained; start anew where old rows have changed."""
        with self.lock:
            state = self.store.state()
            if state.generation != self.state.generation:
                self.rebuild(state)
            elif state != self.state:
                self.top_up(state)

    def top_up(self, state: State) -> None:
        """Add the items and checks that came since the last time; who asks meanwhile sees all of it or none."""
        self.db.begin()
        if state.seq > self.last_item:
            with self.store.cube_rows(self.last_item) as rows:
                self.db.execute(ADD_ITEMS)
            self.last_item = self.newest("SELECT max(seq) FROM item")
        if state.check > self.last_check:
            with self.store.check_rows(self.last_check) as rows:  # noqa: F841 (DuckDB reads it by its name)
                self.db.execute(ADD_CHECKS, {"answered": [outcome.value for outcome in ANSWERED]})
            self.last_check = self.newest("SELECT max(number) FROM looked")
        self.outlets = self.store.outlets()
        named = [tuple(one[name] for name in ("number", "id", "name", "country", "group")) for one in self.outlets]
        self.db.execute("DELETE FROM outlet")
        if named:
            self.db.executemany("INSERT INTO outlet VALUES (?, ?, ?, ?, ?)", named)
        self.db.commit()
        self.state = state

    def newest(self, query: str) -> int:
        """The one number a query gives."""
        row = self.db.execute(query).fetchone()
        return int(row[0]) if row else 0

    def ask(self, query: str, values: Mapping[str, Any]) -> pd.DataFrame:
        """The table a measure gives, on a cursor of its own so that many may ask at once."""
        used = {name: value for name, value in values.items() if f"${name}" in query}
        with self.db.cursor() as cursor:
            return cursor.execute(query, used).df()


def quoted(names: Iterable[str]) -> str:
    """Names of ours as the list of an SQL type."""
    return ", ".join(f"'{name}'" for name in names)


def tag_rows(dimension: str, labels: tuple[Label, ...]) -> list[tuple[str, str, str, int, int]]:
    """The labels of a dimension as rows of the tag table, in the lexicon's order."""
    return [(dimension, one.id, one.label, 1 << one.bit, place) for place, one in enumerate(labels)]
