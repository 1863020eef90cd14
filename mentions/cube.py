"""The cube: the store's counting columns held in memory by DuckDB, topped up as items arrive."""

import threading
from collections.abc import Iterable, Mapping
from typing import Any

import duckdb
import pandas as pd
import pyarrow as pa

from mentions.lexicon import Label, Lexicon
from mentions.model import ANSWERED, LANGUAGES, DatedBy
from mentions.store import State, Store

TABLES = """
CREATE TYPE language AS ENUM ($languages);
CREATE TYPE dated_by AS ENUM ($dated_by);
CREATE TABLE article (
    seq BIGINT, published BIGINT, utc USMALLINT, karachi USMALLINT, kolkata USMALLINT,
    outlet SMALLINT, language language, dated_by dated_by, relevant BOOLEAN,
    forums BIGINT, topics BIGINT, naming BIGINT, actors BIGINT, story BIGINT, lone BOOLEAN, wire SMALLINT
);
CREATE TABLE listed (
    block INTEGER, utc USMALLINT, karachi USMALLINT, kolkata USMALLINT,
    outlet SMALLINT, language language, dated_by dated_by, items BIGINT
);
CREATE TABLE address (number INTEGER PRIMARY KEY, outlet SMALLINT, url VARCHAR);
CREATE TABLE looked (feed INTEGER PRIMARY KEY, born BIGINT, asked BIGINT, first BIGINT, answered BIGINT);
CREATE TABLE torn (feed INTEGER, start BIGINT, stop BIGINT);
CREATE TABLE outlet (number SMALLINT, id VARCHAR, name VARCHAR, country VARCHAR, "group" VARCHAR, language VARCHAR);
CREATE TABLE wire (number SMALLINT, id VARCHAR);
CREATE TABLE tag (dimension VARCHAR, id VARCHAR, label VARCHAR, "group" VARCHAR, mask BIGINT, place SMALLINT);
CREATE TABLE calendar (day USMALLINT, grain VARCHAR, period DATE);
INSERT INTO calendar
SELECT d, g, CAST(CASE g WHEN 'day' THEN DATE '1970-01-01' + CAST(d AS INTEGER) WHEN 'all' THEN DATE '1970-01-01'
    ELSE date_trunc(g, DATE '1970-01-01' + CAST(d AS INTEGER)) END AS DATE)
FROM range(0, 47500) days(d), (VALUES ('day'), ('week'), ('month'), ('all')) grains(g);
CREATE VIEW feed AS
SELECT number, outlet, url, coalesce(born, 0) AS born, coalesce(asked, 0) AS asked, coalesce(first, 0) AS first,
    coalesce(answered, 0) AS answered
FROM address LEFT JOIN looked ON feed = number;
CREATE VIEW covered AS
WITH marks AS (
    SELECT feed, start, stop FROM torn
    UNION ALL SELECT feed, 0, first FROM looked WHERE answered > 0
    UNION ALL SELECT feed, answered, 9000000000 FROM looked WHERE answered > 0
), steps AS (
    SELECT feed, start AS stop,
        max(stop) OVER (PARTITION BY feed ORDER BY start, stop ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS start
    FROM marks
)
SELECT feed, start, stop FROM steps WHERE start < stop;
"""
# `article` has a row an article, with its civil day in each zone and whether it is alone in its story; of all items
# together only their numbers are kept, for the denominators, by blocks of 65,536 in order of seq.
# The calendar runs from 1970 to 2100; its weeks begin on Monday; "all" makes one period of all days.
# A feed is covered from its first answered look (`first`) to its last (`answered`), but for what is torn: between two
# lists with too little in common (collectors/loss.py) anything may have come and gone. A failure costs nothing where the
# lists before and after it have enough. Looks may come in any order, since clocks are set back.

# Where there is no row, ADBC calls every column a number.
READ = """
CREATE OR REPLACE TEMP TABLE fresh AS
SELECT * REPLACE (CASE WHEN story = 0 THEN seq ELSE story END AS story, CAST(language AS VARCHAR) AS language,
    CAST(dated_by AS VARCHAR) AS dated_by, CAST(wire AS VARCHAR) AS wire),
    CAST(greatest(published, 0) // 86400 AS USMALLINT) AS utc,
    CAST(greatest(published + 18000, 0) // 86400 AS USMALLINT) AS karachi,
    CAST(greatest(published + 19800, 0) // 86400 AS USMALLINT) AS kolkata
FROM rows
"""

ADD_ITEMS = """
INSERT INTO wire
SELECT row_number() OVER (ORDER BY wire) + (SELECT count(*) FROM wire), wire
FROM (SELECT DISTINCT wire FROM fresh WHERE about = 1 AND wire NOT IN (SELECT id FROM wire));
CREATE OR REPLACE TEMP TABLE copied AS SELECT DISTINCT story FROM fresh WHERE about = 1 AND story <> seq;
UPDATE article SET lone = false
WHERE seq >= (SELECT min(story) FROM copied) AND seq IN (SELECT story FROM copied);
INSERT INTO article
SELECT f.seq, f.published, f.utc, f.karachi, f.kolkata, f.outlet, f.language, f.dated_by, f.relevant,
    f.forums, f.topics, f.naming, f.actors, f.story, c.story IS NULL, w.number
FROM fresh f JOIN wire w ON w.id = f.wire LEFT JOIN copied c ON c.story = f.story WHERE f.about = 1;
INSERT INTO listed
SELECT seq >> 16, utc, karachi, kolkata, outlet, language, dated_by, count(*) FROM fresh GROUP BY ALL;
DROP TABLE fresh;
DROP TABLE copied
"""

ADD_CHECKS = """
INSERT INTO torn
SELECT feed, least(lost_since, moment), greatest(lost_since, moment) FROM looks WHERE lost_since > 0;
INSERT INTO looked
SELECT feed, min(moment), max(moment), coalesce(min(moment) FILTER (answered), 0), coalesce(max(moment) FILTER (answered), 0)
FROM looks GROUP BY feed
ON CONFLICT DO UPDATE SET born = least(born, excluded.born), asked = greatest(asked, excluded.asked),
    first = CASE WHEN 0 IN (first, excluded.first) THEN greatest(first, excluded.first) ELSE least(first, excluded.first) END,
    answered = greatest(answered, excluded.answered);
DROP TABLE looks
"""

READ_CHECKS = """
CREATE OR REPLACE TEMP TABLE looks AS
SELECT feed, moment, outcome IN ($answered) OR lost_since > 0 AS answered, lost_since FROM rows
"""
# A list that was cut off is no answer; but where it has too little in common with the one before, that is known of it.

NO_HITS = pa.table({"seq": pa.array([], pa.int64())})
NO_PART = pa.table(
    {name: pa.array([], pa.uint16()) for name in ("utc", "karachi", "kolkata")}
    | {"outlet": pa.array([], pa.int16()), "language": pa.array([], pa.string())}
    | {"dated_by": pa.array([], pa.string()), "items": pa.array([], pa.int64())}
)


class Cube:
    """One process's copy of what is counted; safe to ask from many threads at once.

    Times to build and top up, and memory: bench/README.md.
    """

    def __init__(self, store: Store, lexicon: Lexicon) -> None:
        self.store = store
        self.lexicon = lexicon
        self.lock = threading.Lock()
        self.found: dict[tuple[str, int, str], pa.Table] = {}
        self.then: tuple[tuple[int, str], pa.Table] = ((0, ""), NO_PART)
        self.rebuild(store.state())

    def rebuild(self, state: State) -> None:
        """Read everything anew; who asks meanwhile sees the old rows."""
        db = duckdb.connect(":memory:")
        db.execute(TABLES.replace("$languages", quoted(LANGUAGES)).replace("$dated_by", quoted(DatedBy)))
        dimensions = {"forum": "forums", "topic": "topics", "naming": "naming", "actor": "actors"}
        tags = [row for name, plural in dimensions.items() for row in tag_rows(name, getattr(self.lexicon, plural))]
        db.executemany("INSERT INTO tag VALUES (?, ?, ?, ?, ?, ?)", tags)
        self.outlets = self.add(db, state, State(0, 0, state.generation, state.lexicon))
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
                outlets = self.add(self.db, state, self.state)
            except BaseException:
                self.db.rollback()
                raise
            self.db.commit()
            self.outlets, self.state = outlets, state

    def add(self, db: duckdb.DuckDBPyConnection, state: State, before: State) -> list[dict[str, Any]]:
        """Add the items and checks that came between two states, and bring outlets and feeds up to date; the outlets."""
        outlets = self.store.outlets()
        columns = ("number", "id", "name", "country", "group", "language")
        replaced(db, "outlet", [tuple(one[name] for name in columns) for one in outlets])
        feeds = ((one["number"], one["outlet"], one["url"]) for one in self.store.feeds())
        known = set(db.execute("SELECT number, outlet, url FROM address").fetchall())
        if fresh := [one for one in feeds if one not in known]:
            db.executemany("INSERT OR REPLACE INTO address VALUES (?, ?, ?)", fresh)
        if state.seq > before.seq:
            with self.store.cube_rows(before.seq, state.seq) as rows:
                db.execute(READ)
            db.execute(ADD_ITEMS)
        if state.check > before.check:
            with self.store.check_rows(before.check, state.check) as rows:  # noqa: F841
                db.execute(READ_CHECKS.replace("$answered", quoted(ANSWERED)))
            db.execute(ADD_CHECKS)
        return outlets

    def ask(
        self, query: str, values: Mapping[str, Any], hits: pa.Table = NO_HITS, part: pa.Table = NO_PART
    ) -> pd.DataFrame:
        """The table a measure gives, on a cursor of its own so that many may ask at once.

        `hits` are the seqs to look among where words are asked for, `part` is what an old snapshot had of its last block.
        """
        used = {name: value for name, value in values.items() if f"${name}" in query}
        with self.db.cursor() as cursor:
            cursor.register("hits", hits)
            cursor.register("part", part)
            return cursor.execute(query, used).df()

    @property
    def wires(self) -> list[str]:
        """The ids of the news agencies that articles credit; "" for none."""
        with self.db.cursor() as cursor:
            return [row[0] for row in cursor.execute("SELECT id FROM wire").fetchall()]

    def hits(self, typed: str) -> pa.Table:
        """The seqs of the articles that hold the words typed; the last few queries are remembered. Raises QueryError."""
        if not typed:
            return NO_HITS
        with self.lock:
            key = typed, self.state.seq, self.state.generation
            if key not in self.found:
                self.found = dict([*self.found.items()][-7:]) | {key: self.store.search(typed).seqs}
            return self.found[key]

    def part(self, seq: int) -> pa.Table:
        """What the last block of an old snapshot had then, as rows of `listed`."""
        if not seq:
            return NO_PART
        with self.lock:
            key = seq, self.state.generation
            if self.then[0] != key:
                self.then = key, self.store.listed_between((seq >> 16) << 16, seq).cast(NO_PART.schema)
            return self.then[1]


def replaced(db: duckdb.DuckDBPyConnection, table: str, rows: list[tuple[Any, ...]]) -> None:
    """Put rows in the place of all that a small table has."""
    db.table(table)  # raises where there is none
    db.execute(f"DELETE FROM {table}")  # noqa: S608 (a name of ours)
    if rows:
        db.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(rows[0]))})", rows)  # noqa: S608


def quoted(names: Iterable[str]) -> str:
    """Names of ours as the list of an SQL type."""
    return ", ".join(f"'{name}'" for name in names)


def tag_rows(dimension: str, labels: tuple[Label, ...]) -> list[tuple[str, str, str, str, int, int]]:
    """The labels of a dimension as rows of the tag table, in the lexicon's order."""
    return [(dimension, one.id, one.label, one.group, 1 << one.bit, place) for place, one in enumerate(labels)]
