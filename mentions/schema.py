"""The tables of the store and how a connection to it behaves; the queries are in store.py."""

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Engine,
    Float,
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

from mentions.urls import title_key

VERSION = "4"
"""Version of the tables; what leads here from an older one is in MIGRATIONS."""

metadata = MetaData()

meta = Table(
    "meta",
    metadata,
    Column("name", String, primary_key=True),  # version, kind (real or demo), generation, lexicon, retag, words
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
    Column("due", Integer, nullable=False, server_default="0"),  # UTC seconds; from here on it may be asked again
    Column("interval", Integer, nullable=False, server_default="3600"),  # seconds we would wait by ourselves
    Column("rate", Float, nullable=False, server_default="-1"),  # new items a day, a moving mean; negative: unknown
    Column("failures", Integer, nullable=False, server_default="0"),  # in a row
    Column("failing", Integer, nullable=False, server_default="0"),  # UTC seconds since when, 0 where it answers
    Column("asked", Integer, nullable=False, server_default="0"),  # UTC seconds of the last look
    Column("answered", Integer, nullable=False, server_default="0"),  # UTC seconds; when it last told what it lists
    Column("full", Integer, nullable=False, server_default="0"),  # UTC seconds; when it last sent its whole document
    Column("distrusted", Boolean, nullable=False, server_default="0"),  # 1: its validators proved false
    Column("wait", String, nullable=False, server_default=""),  # the Retry-After of a busy server
    Column("gone", Boolean, nullable=False, server_default="0"),  # 1 after 410: not asked any more
    Column("listing", Integer, nullable=False, server_default="0"),  # UTC seconds of the last list read
    Column("listed", Integer, nullable=False, server_default="0"),  # how many items that list had
    Column("moved", String, nullable=False, server_default=""),  # where 301 or 308 leads
    Column("moves", Integer, nullable=False, server_default="0"),  # how many looks in a row said so
)

item = Table(
    "item",
    metadata,
    Column("seq", Integer, primary_key=True),  # ingest order: what came later has a higher one
    Column("key", BigInteger, nullable=False),  # 64-bit hash of the canonical URL
    Column("guid", BigInteger, nullable=False, server_default="0"),  # hash of outlet and the feed's own id, 0 for none
    Column("title_key", BigInteger, nullable=False, server_default="0"),  # hash of the folded title, 0 for none
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
    Column("channel", String, nullable=False),  # how it came: live, query (of an aggregator), later import, backfill
    Column("about", Integer, nullable=False),
    Column("relevant", Integer, nullable=False),
    Column("forums", BigInteger, nullable=False),
    Column("topics", BigInteger, nullable=False),
    Column("naming", BigInteger, nullable=False),
    Column("actors", BigInteger, nullable=False),
    Column(
        "story", Integer, nullable=False, server_default="0"
    ),  # seq of the first article of its story; 0: no article
    Column("wire", String, nullable=False, server_default=""),  # id of the news agency an article credits
    Column("reasons", BigInteger, nullable=False, server_default="0"),  # hash of the matches behind the tags, 0: none
    UniqueConstraint("key"),
    sqlite_autoincrement=True,  # a seq is never used twice, so `seq > last` misses nothing
)

# All that the cube reads, so that building it never touches the wide table (3 times as fast at 10 M rows).
Index(
    "item_cube",
    *(item.c.published, item.c.outlet, item.c.language, item.c.dated_by, item.c.about, item.c.relevant),
    *(item.c.forums, item.c.topics, item.c.naming, item.c.actors, item.c.story, item.c.wire, item.c.channel),
)

Index("item_guid", item.c.guid, sqlite_where=item.c.guid != 0)
Index("item_title", item.c.title_key, sqlite_where=item.c.title_key != 0)

# Which article another one was found to copy, and how: `rule` and `likeness` are those of mentions/stories.py.
copy = Table(
    "copy",
    metadata,
    Column("item", ForeignKey("item.seq"), primary_key=True),
    Column("nearest", ForeignKey("item.seq"), nullable=False),
    Column("rule", String, nullable=False),
    Column("likeness", Float, nullable=False),
)
Index("item_story", item.c.story, sqlite_where=item.c.story != 0)

# Why items bear their tags. Texts return, as copies and in what outlets list anew, and with them their reasons.
reason = Table(
    "reason",
    metadata,
    Column("hash", BigInteger, primary_key=True, autoincrement=False),
    Column("matches", Text, nullable=False),  # rule and place of each, as mentions/reasons.py packs them
)

# Other keys under which a feed listed the same item: its link changed, its own id and its title did not.
alias = Table(
    "alias",
    metadata,
    Column("key", BigInteger, primary_key=True, autoincrement=False),
    Column("item", ForeignKey("item.seq"), nullable=False),
)

# The wordings of items whose text was edited, each with the time it was first and last listed.
revision = Table(
    "revision",
    metadata,
    Column("item", ForeignKey("item.seq"), primary_key=True),
    Column("text", BigInteger, primary_key=True, autoincrement=False),  # hash of title and summary
    Column("title", Text, nullable=False),
    Column("summary", Text, nullable=False),
    Column("first", Integer, nullable=False),
    Column("last", Integer, nullable=False),
    sqlite_with_rowid=False,
)

sighting = Table(
    "sighting",
    metadata,
    Column("item", ForeignKey("item.seq"), primary_key=True),
    Column("feed", ForeignKey("feed.number"), primary_key=True),
    Column("first", Integer, nullable=False),  # UTC seconds when this feed first listed it
    Column("last", Integer, nullable=False),  # and when it last did, as far as we looked
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
    Column("overlap", Integer, nullable=False, server_default="0"),  # items the list before had too
    Column("before", Integer, nullable=False, server_default="0"),  # items the list before had
    Column("lost_since", Integer, nullable=False, server_default="0"),  # too little in common: some may be lost since
    Column("size", Integer, nullable=False),
)
Index("feed_check_feed_at", feed_check.c.feed, feed_check.c.at)


MIGRATIONS = {
    "1": (
        "ALTER TABLE feed ADD COLUMN due INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE feed ADD COLUMN interval INTEGER NOT NULL DEFAULT 3600",
        "ALTER TABLE feed ADD COLUMN rate FLOAT NOT NULL DEFAULT -1",
        "ALTER TABLE feed ADD COLUMN failures INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE feed ADD COLUMN answered INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE feed ADD COLUMN wait VARCHAR NOT NULL DEFAULT ''",
        "ALTER TABLE feed ADD COLUMN gone INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE feed ADD COLUMN listing INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE feed ADD COLUMN listed INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE feed ADD COLUMN moved VARCHAR NOT NULL DEFAULT ''",
        "ALTER TABLE feed ADD COLUMN moves INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE item ADD COLUMN guid BIGINT NOT NULL DEFAULT 0",
        "CREATE INDEX item_guid ON item (guid) WHERE guid != 0",
        'ALTER TABLE sighting ADD COLUMN "last" INTEGER NOT NULL DEFAULT 0',
        'UPDATE sighting SET "last" = "first"',
        "ALTER TABLE feed_check ADD COLUMN overlap INTEGER NOT NULL DEFAULT 0",
        'ALTER TABLE feed_check ADD COLUMN "before" INTEGER NOT NULL DEFAULT 0',
        "ALTER TABLE feed_check ADD COLUMN lost_since INTEGER NOT NULL DEFAULT 0",
        "CREATE INDEX IF NOT EXISTS feed_check_feed_at ON feed_check (feed, at)",
    ),
    "2": (
        "ALTER TABLE feed ADD COLUMN failing INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE feed ADD COLUMN asked INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE feed ADD COLUMN full INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE feed ADD COLUMN distrusted BOOLEAN NOT NULL DEFAULT 0",
        "UPDATE feed SET asked = coalesce((SELECT max(at) FROM feed_check c WHERE c.feed = feed.number), 0)",
        # Version 2 wrote the size of an answer without items into the wrong column, and lost that of the others.
        "UPDATE feed_check SET size = overlap, overlap = 0 WHERE listed = 0 AND outcome IN ('empty feed', 'cut off')",
        "ALTER TABLE item ADD COLUMN title_key BIGINT NOT NULL DEFAULT 0",
        "UPDATE item SET title_key = title_key(title)",
        "CREATE INDEX item_title ON item (title_key) WHERE title_key != 0",
        "DROP INDEX item_cube",
        """CREATE INDEX item_cube
           ON item (published, outlet, language, dated_by, about, relevant, forums, topics, naming, channel)""",
    ),
    # The reasons of items from before are made by `retag`; their stories are told when the tables are whole.
    "3": (
        "ALTER TABLE item ADD COLUMN story INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE item ADD COLUMN wire VARCHAR NOT NULL DEFAULT ''",
        "ALTER TABLE item ADD COLUMN reasons BIGINT NOT NULL DEFAULT 0",
        "CREATE INDEX item_story ON item (story) WHERE story != 0",
        "DROP INDEX item_cube",
        """CREATE INDEX item_cube ON item
           (published, outlet, language, dated_by, about, relevant, forums, topics, naming, actors, story, wire, channel)""",
    ),
}
"""What turns the tables of a version into those of the next; tables that are new altogether are made after it.

`title_key` is mentions.urls.title_key, lent to SQLite.
"""


PRAGMAS = (
    "foreign_keys = ON",
    "busy_timeout = 30000",
    "synchronous = NORMAL",
    "cache_size = -64000",
    "journal_size_limit = 16777216",  # a journal that one long reader made large shrinks to this many bytes again
)


def set_up_connections(engine: Engine, begin: str) -> None:
    """Make each transaction of `engine` start with `begin`, and each connection wait and check foreign keys.

    Python's own deferred transactions fail at once when two processes write: 1,641 of 3,370 in a trial, none with
    BEGIN IMMEDIATE; so its handling is switched off and ours put in place.
    """

    @event.listens_for(engine, "connect")
    def on_connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        connection.create_function("title_key", 1, title_key, deterministic=True)
        for pragma in PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def on_begin(connection: Any) -> None:
        connection.exec_driver_sql(begin)
