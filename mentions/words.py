"""The index of the words of articles' titles and summaries: what is in it, how it is kept true, how it is asked."""

import unicodedata
from collections.abc import Collection, Sequence
from importlib.metadata import version

from sqlalchemy import Connection, Row, Select, delete, select

from mentions.identity import LIVE, found
from mentions.schema import item, meta
from mentions.search import segmented

RULES = f"1 {unicodedata.unidata_version} {version('opencc')}"
"""By which rules texts are cut into words: ours (count up when mentions/text.py or mentions/search.py cuts otherwise), and
what they build on. An index made by others is made anew: what it holds can only be taken out in the words it was put in."""

CREATE = "CREATE VIRTUAL TABLE words USING fts5 (title, summary, content = '', columnsize = 0, tokenize = 'ascii')"
ADD = "INSERT INTO words (rowid, title, summary) VALUES (?, ?, ?)"
DROP = "INSERT INTO words (words, rowid, title, summary) VALUES ('delete', ?, ?, ?)"

NEWEST = "SELECT rowid AS seq FROM words WHERE words MATCH ? ORDER BY rowid DESC LIMIT ?"
"""The articles an expression finds (mentions/search.py), the last saved first, at most so many."""

CHUNK = 5_000


def articles() -> Select[int, str, str]:
    """What is indexed: the articles that charts count, by the words they were first saved with."""
    query = select(item.c.seq, item.c.title, item.c.summary)
    return query.where(item.c.about == 1, item.c.channel == LIVE).order_by(item.c.seq)


def add(db: Connection, seqs: Collection[int]) -> None:
    """Put into the index what are articles among these items."""
    write(db, ADD, list(found(db, articles(), item.c.seq, seqs)))


def drop(db: Connection, seqs: Collection[int]) -> None:
    """Take out of the index what are articles among these items; to be called before their rows change."""
    write(db, DROP, list(found(db, articles(), item.c.seq, seqs)))


def write(db: Connection, statement: str, rows: Sequence[Row[int, str, str]]) -> None:
    """Execute a statement for each article."""
    if rows:
        cut = [(seq, segmented(title), segmented(summary)) for seq, title, summary in rows]
        db.exec_driver_sql(statement, cut)


def prepare(db: Connection) -> None:
    """Make the index where there is none, and anew where it was made by other rules."""
    note = meta.c.name == "words"
    if db.scalar(select(meta.c.value).where(note)) == RULES:
        return
    db.exec_driver_sql("DROP TABLE IF EXISTS words")
    db.exec_driver_sql(CREATE)
    for rows in db.execute(articles()).yield_per(CHUNK).partitions():
        write(db, ADD, rows)
    db.execute(delete(meta).where(note))
    db.execute(meta.insert().values(name="words", value=RULES))
