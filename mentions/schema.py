"""The tables of the store and how a connection to it behaves; the queries are in store.py."""

from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Engine,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    event,
)

VERSION = "1"
"""Version of the tables; a later one brings its own migration."""

metadata = MetaData()

meta = Table(
    "meta",
    metadata,
    Column("name", String, primary_key=True),  # version, kind (real or demo), generation, lexicon
    Column("value", String, nullable=False),
)

outlet = Table(
    "outlet",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("id", String, nullable=False, unique=True),
    Column("name", String, nullable=False),
    Column("homepage", String, nullable=False),
    Column("country", String, nullable=False),
    Column("group", String, nullable=False),
    Column("language", String, nullable=False),
)

feed = Table(
    "feed",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("url", String, nullable=False, unique=True),
    Column("outlet", ForeignKey("outlet.number"), nullable=False),
    Column("title", String, nullable=False),
    Column("language", String, nullable=False),
    Column("etag", String, nullable=False, default=""),
    Column("modified", String, nullable=False, default=""),
    Column("body", String, nullable=False, default=""),  # hash of the last body parsed
)

item = Table(
    "item",
    metadata,
    Column("seq", Integer, primary_key=True),  # ingest order: what came later has a higher one
    Column("key", BigInteger, nullable=False),  # 64-bit hash of the canonical URL
    Column("url", Text, nullable=False),
    Column("link", Text, nullable=False),
    Column("outlet", ForeignKey("outlet.number"), nullable=False),
    Column("language", String, nullable=False),
    Column("title", Text, nullable=False),
    Column("summary", Text, nullable=False),
    Column("published", Integer, nullable=False),  # UTC seconds
    Column("dated_by", String, CheckConstraint("dated_by IN ('feed', 'zone', 'seen')"), nullable=False),
    Column("stated", String, nullable=False),  # the date as the feed wrote it, "" for none
    Column("seen", Integer, nullable=False),  # UTC seconds of the first sighting
    Column("channel", String, nullable=False),  # how it came: live, and later import, backfill
    Column("about", Integer, nullable=False),
    Column("relevant", Integer, nullable=False),
    Column("forums", BigInteger, nullable=False),
    Column("topics", BigInteger, nullable=False),
    Column("naming", BigInteger, nullable=False),
    Column("actors", BigInteger, nullable=False),
    UniqueConstraint("key"),
    sqlite_autoincrement=True,  # a seq is never used twice, so `seq > last` misses nothing
)

# All that the cube reads, so that building it never touches the wide table (3 times as fast at 10 M rows).
Index(
    "item_cube",
    *(item.c.published, item.c.outlet, item.c.language, item.c.dated_by, item.c.about, item.c.relevant),
    *(item.c.forums, item.c.topics, item.c.naming),
)

sighting = Table(
    "sighting",
    metadata,
    Column("item", ForeignKey("item.seq"), primary_key=True),
    Column("feed", ForeignKey("feed.number"), primary_key=True),
    Column("first", Integer, nullable=False),  # UTC seconds when this feed first listed it
    sqlite_with_rowid=False,
)

feed_check = Table(
    "feed_check",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("feed", ForeignKey("feed.number"), nullable=False),
    Column("at", Integer, nullable=False),  # UTC seconds
    Column("outcome", String, nullable=False),
    Column("status", Integer, nullable=False),
    Column("detail", Text, nullable=False),
    Column("listed", Integer, nullable=False),
    Column("new", Integer, nullable=False),
    Column("size", Integer, nullable=False),
)
Index("feed_check_feed_at", feed_check.c.feed, feed_check.c.at)


def set_up_connections(engine: Engine, begin: str) -> None:
    """Make each transaction of `engine` start with `begin`, and each connection wait and check foreign keys.

    Python's own deferred transactions fail at once when two processes write: 1,641 of 3,370 in a trial, none with
    BEGIN IMMEDIATE; so its handling is switched off and ours put in place.
    """

    @event.listens_for(engine, "connect")
    def on_connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        for pragma in ("foreign_keys = ON", "busy_timeout = 30000", "synchronous = NORMAL", "cache_size = -64000"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def on_begin(connection: Any) -> None:
        connection.exec_driver_sql(begin)
