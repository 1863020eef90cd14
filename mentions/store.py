"""The store of record: every query that reads or writes it. Tables are in schema.py."""

import json
import os
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple
from urllib.parse import quote

from sqlalchemy import (
    Connection,
    Engine,
    bindparam,
    create_engine,
    delete,
    event,
    func,
    inspect,
    select,
    text,
    update,
)
from sqlalchemy.dialects.sqlite import insert as insert_or
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DatabaseError
from sqlalchemy.pool import NullPool

from mentions import identity, saving, schema, words
from mentions.copies import Given, Stories
from mentions.model import Item, Match, Outcome, Outlet, Pace, Tags, Validators
from mentions.reasons import unpacked
from mentions.saving import Look
from mentions.schema import feed, feed_check, item, meta, outlet, reason, sighting
from mentions.search import query_of
from mentions.wires import Wires

if TYPE_CHECKING:
    import pyarrow as pa

STANDS = (Outcome.OK, Outcome.UNCHANGED, Outcome.CUT_OFF)
"""The outcomes after which a feed is known to list what it listed last."""

Kind = Literal["real", "demo"]

ONE_LIBRARY = threading.Lock()
"""Held while a store is read or written. Python and ADBC each bring an SQLite of their own, and the locks of a file belong
to the process: when one of them closes it, the other loses its locks unawares, and reads what is not there any more. So a
reader keeps no connection open, and the two are never at it together (sqlite.org/howtocorrupt.html, section 2.2)."""


NO_WIRES = Wires(())

NEWEST = 2**63 - 1
"""No seq is higher."""

STORYLESS = ("1", "2", "3")
"""The versions of the tables that knew no stories."""


class StoreError(Exception):
    """The store cannot be used; the message names it and says what to do."""


class State(NamedTuple):
    """What a store holds: its last item and check, the generation of its rows, the lexicon that tagged them."""

    seq: int
    check: int
    generation: str
    lexicon: str


class Health(NamedTuple):
    """How a feed does: the end of its last look, when one brought new items (UTC seconds, 0 for never), and the gaps.

    A gap is (from, to) in UTC seconds: between two lists with too little in common some items may be lost.
    """

    outcome: str = ""
    status: int = 0
    detail: str = ""
    brought: int = 0
    gaps: tuple[tuple[int, int], ...] = ()


class Found(NamedTuple):
    """What a search found: a table of one column, `seq` (int64, the last saved first), and whether there was more."""

    seqs: "pa.Table"
    cut: bool


class Stored(NamedTuple):
    """An item as it was first saved, with the id of its outlet, the tags it bears and the hash of their reasons;
    `published` is in UTC seconds."""

    seq: int
    outlet: str
    language: str
    title: str
    summary: str
    published: int
    tags: Tags
    reasons: int


class Store:
    """An open store; `path` is its file and `kind` says whether its items are real or invented."""

    def __init__(self, engine: Engine, path: Path, kind: Kind, wires: Wires = NO_WIRES) -> None:
        self.engine = engine
        self.path = path
        self.kind = kind
        self.stories = Stories(wires)
        self.teller = Given(wires) if kind == "demo" else self.stories

    def save_catalogue(self, outlets: Sequence[Outlet]) -> None:
        """Write the outlets and feeds of the catalogue; those it no longer names stay, with their items.

        A feed that the catalogue now has under the address it moved to keeps its history. The generation moves where an
        outlet is in another country or group, since what was counted there is counted elsewhere then.
        """
        places = select(outlet.c.id, outlet.c.country, outlet.c.group)
        with transaction(self) as db:
            saving.follow(db, outlets)
            before = set(db.execute(places).all())
            for one in outlets:
                row = {"id": one.id, "name": one.name, "homepage": one.homepage, "country": one.country}
                row |= {"group": one.group, "language": one.language}
                number = upsert(db, outlet, "id", row)
                for address in one.feeds:
                    upsert(
                        db,
                        feed,
                        "url",
                        {
                            "url": address.url,
                            "outlet": number,
                            "title": address.title,
                            "language": address.language,
                        },
                    )
            if before - set(db.execute(places).all()):
                saving.move_generation(db)

    def validators(self) -> dict[str, Validators]:
        """What each feed's server gave last, by the feed's url."""
        with transaction(self) as db:
            rows = db.execute(select(feed.c.url, feed.c.etag, feed.c.modified, feed.c.body))
            return {url: Validators(etag, modified, body) for url, etag, modified, body in rows}

    def paces(self) -> dict[str, Pace]:
        """What is known of each feed's rhythm and next turn, by the feed's url."""
        with transaction(self) as db:
            rows = db.execute(select(feed.c.url, *(feed.c[name] for name in saving.PACE)))
            return {url: Pace(*values) for url, *values in rows}

    def compared(self, url: str, items: Sequence[Item], channel: str) -> tuple[int, int, int]:
        """What a list has in common with the one before.

        Gives how many of the items listed now that list had too, how many it had in all, and until when it is known to
        have stood (UTC seconds).
        """
        with transaction(self) as db:
            number, listing, listed = db.execute(
                select(feed.c.number, feed.c.listing, feed.c.listed).where(feed.c.url == url)
            ).one()
            known, moved = identity.resolved(db, items, channel)
            seqs = [one.seq for one in (known | moved).values()]
            query = select(sighting.c.item).where(sighting.c.feed == number, sighting.c.last == listing)
            same = len(list(identity.found(db, query, sighting.c.item, seqs))) if listing else 0
            stood = select(feed_check.c.at).where(feed_check.c.feed == number, feed_check.c.outcome.in_(STANDS))
            last = db.scalar(stood.order_by(feed_check.c.number.desc()).limit(1))
            return same, int(listed), int(last or listing)

    def save(
        self,
        looks: Iterable[Look],
        paces: Mapping[str, Pace] | None = None,
        channel: str = identity.LIVE,
        owner: Callable[[str], str] = lambda _: "",
    ) -> int:
        """Save checks with the items they listed, sightings, revisions, validators and paces, all or nothing.

        Returns how many items are new. An item known by its key keeps what was saved first; it gains a sighting, and
        another wording as a revision. `owner` gives the id of the outlet at whose address a page is, "" for none: what
        somebody else listed first becomes its own once its own feed lists it. Raises KeyError for a feed or outlet that `save_catalogue` did not write.
        """
        try:
            with transaction(self) as db:
                return saving.save(db, list(looks), paces or {}, channel, owner, self.teller)
        except BaseException:
            self.stories.forget()
            raise

    def last_round(self) -> list[tuple[int, str, int]]:
        """The newest check of each feed, as (UTC seconds, outcome, how many feeds), commonest first."""
        newest = select(feed_check.c.feed, func.max(feed_check.c.number).label("number")).group_by(feed_check.c.feed)
        last = newest.subquery()
        query = (
            select(func.max(feed_check.c.at), feed_check.c.outcome, func.count().label("feeds"))
            .join(last, last.c.number == feed_check.c.number)
            .group_by(feed_check.c.outcome)
            .order_by(func.count().desc())
        )
        with transaction(self) as db:
            return [(at, outcome, feeds) for at, outcome, feeds in db.execute(query)]

    def healths(self, since: int) -> dict[str, Health]:
        """How each feed does, by its url, with the gaps found since a time (UTC seconds)."""
        gaps: dict[str, list[tuple[int, int]]] = {}
        with transaction(self) as db:
            for url, begin, end in db.execute(GAPS, {"since": since}):
                gaps.setdefault(url, []).append((begin, end))
            return {
                url: Health(outcome, status, detail, brought, tuple(gaps.get(url, ())))
                for url, outcome, status, detail, brought in db.execute(LAST_LOOKS)
            }

    def first_check(self) -> int:
        """When the store's first look at a feed was (UTC seconds), 0 for none."""
        with transaction(self) as db:
            return db.scalar(select(feed_check.c.at).order_by(feed_check.c.number).limit(1)) or 0

    def outlets(self) -> list[dict[str, Any]]:
        """The outlets as rows of number, id, name, homepage, country, group, language."""
        with transaction(self) as db:
            return [dict(row._mapping) for row in db.execute(select(outlet).order_by(outlet.c.name))]

    def feeds(self) -> list[dict[str, Any]]:
        """The feeds as rows of number, outlet (its number) and url."""
        with transaction(self) as db:
            return [dict(row._mapping) for row in db.execute(select(feed.c.number, feed.c.outlet, feed.c.url))]

    def texts(self, seqs: Sequence[int]) -> dict[int, dict[str, Any]]:
        """Title, summary, link and date as stated of some items, by seq; at most a page of them at a time.

        A link that leads anywhere but to the web is left empty: the collector stores none, whatever else has written.
        """
        columns = (item.c.seq, item.c.title, item.c.summary, item.c.link, item.c.stated, item.c.seen)
        with transaction(self) as db:
            rows = db.execute(select(*columns).where(item.c.seq.in_(seqs)))
            return {
                row.seq: {**row._mapping, "link": row.link if row.link.startswith(("http://", "https://")) else ""}
                for row in rows
            }

    def matches(self, seqs: Sequence[int]) -> dict[int, tuple[Match, ...]]:
        """Why some items bear their tags, by seq; none for an item tagged before reasons were kept (`retag` makes them)."""
        columns = (item.c.seq, item.c.title, item.c.summary, reason.c.matches)
        query = select(*columns).join(reason, reason.c.hash == item.c.reasons).where(item.c.seq.in_(seqs))
        with transaction(self) as db:
            return {row.seq: unpacked(row.matches, row.title, row.summary) for row in db.execute(query)}

    def state(self) -> State:
        """What the store holds now; with it a figure can be had again."""
        with transaction(self) as db:
            last = db.scalar(select(func.max(item.c.seq))) or 0
            check = db.scalar(select(func.max(feed_check.c.number))) or 0
            values = dict(db.execute(select(meta.c.name, meta.c.value)).all())
            return State(int(last), int(check), values["generation"], values.get("lexicon", ""))

    def set_lexicon(self, version: str) -> None:
        """Note which lexicon tags the items from now on.

        While a retag is unfinished the store keeps the name of the lexicon before it, so that no mixture passes for a
        whole. Under another lexicon than that retag's it is to begin anew, since some items now bear other tags.
        """
        with transaction(self) as db:
            under = noted(db, RETAG)
            if under is None:
                put(db, "lexicon", version)
            elif not under.startswith(f"{version}:"):
                put(db, RETAG, "")

    def stored_after(self, seq: int, most: int) -> list[Stored]:
        """The items that follow a seq, in their order, at most so many."""
        columns = (item.c.seq, outlet.c.id, item.c.language, item.c.title, item.c.summary, item.c.published)
        tags = (item.c[name] for name in TAGS)
        query = select(*columns, item.c.reasons, *tags).join(outlet, outlet.c.number == item.c.outlet)
        with transaction(self) as db:
            rows = db.execute(query.where(item.c.seq > seq).order_by(item.c.seq).limit(most))
            return [
                Stored(seq, owner, language, title, summary, at, Tags(bool(about), bool(relevant), *masks), reasons)
                for seq, owner, language, title, summary, at, reasons, about, relevant, *masks in rows
            ]

    def unfinished_retag(self, version: str) -> tuple[int, str]:
        """How far (seq) a retag under this lexicon came that never ended, and what it found; (0, "") for none."""
        with transaction(self) as db:
            under, _, rest = (noted(db, RETAG) or "").partition(":")
        seq, _, found = rest.partition(":")
        return (int(seq), found) if under == version else (0, "")

    def retag(self, tags: Mapping[int, Tags], version: str, seq: int, found: str) -> None:
        """Give items, by their seq, other tags, and note how far a retag under a lexicon came and what it found.

        All or nothing; the generation moves where any tags change.
        """
        rows = [
            {"known": known, "new_reasons": saving.reason_row(one)["hash"]}
            | {f"new_{name}": getattr(one, name) for name in TAGS}
            for known, one in tags.items()
        ]
        change = update(item).where(item.c.seq == bindparam("known"))
        about = select(item.c.seq, item.c.about)
        with transaction(self) as db:
            if rows:
                before = identity.found(db, about, item.c.seq, tags)
                turned = [known for known, was in before if was != tags[known].about]
                words.drop(db, turned)
                identity.run(db, saving.KEEP, [saving.reason_row(one) for one in tags.values() if one.about])
                db.execute(change.values({name: bindparam(f"new_{name}") for name in (*TAGS, "reasons")}), rows)
                words.add(db, turned)
                saving.move_generation(db)
            put(db, RETAG, f"{version}:{seq}:{found}")

    def end_retag(self, version: str) -> None:
        """Note that all items now bear the tags of this lexicon, tell their stories anew, and forget reasons of before;
        the generation moves."""
        with transaction(self) as db:
            db.execute(delete(meta).where(meta.c.name == RETAG))
            db.execute(delete(reason).where(reason.c.hash.not_in(select(item.c.reasons))))
            put(db, "lexicon", version)
            if self.kind != "demo":
                self.stories.retell(db)
            saving.move_generation(db)

    def cube_rows(self, after: int, last: int = NEWEST) -> "AbstractContextManager[pa.RecordBatchReader]":
        """The cube's columns of all live items with a higher seq up to a last one; by ADBC, 8 times as fast as rows of
        Python objects.

        What only an aggregator's query gave stays out: it lists nothing but what matches, so no share could be right.
        """
        return self.arrow(CUBE_WHOLE if after == 0 else CUBE_AFTER, after, last)

    def listed_between(self, first: int, last: int) -> "pa.Table":
        """How many live items there are from one seq to another, both counted: rows as the cube keeps them."""
        with self.arrow(LISTED_BETWEEN, first, last) as rows:
            return rows.read_all()

    def check_rows(self, after: int, last: int) -> "AbstractContextManager[pa.RecordBatchReader]":
        """Feed, time, outcome and possible loss of all checks with a higher number up to a last one."""
        return self.arrow(CHECKS_BETWEEN, after, last)

    def search(self, typed: str, most: int = 2_000_000) -> Found:
        """The articles whose title or summary, as first saved, has what was typed: mentions/search.py has the rules.

        At most so many, the last saved; as many take 16 MB. Raises QueryError.
        """
        with self.arrow(words.NEWEST, query_of(typed).expression, most + 1) as read:
            seqs = read.read_all()
        return Found(seqs.slice(0, most), len(seqs) > most)

    def looks(self, url: str, most: int) -> list[dict[str, Any]]:
        """The last looks at a feed, the newest first, at most so many: at (UTC seconds), outcome, status, detail, how many
        items were listed and how many of them were new."""
        columns = (feed_check.c[name] for name in ("at", "outcome", "status", "detail", "listed", "new"))
        query = select(*columns).join(feed, feed.c.number == feed_check.c.feed).where(feed.c.url == url)
        with transaction(self) as db:
            rows = db.execute(query.order_by(feed_check.c.at.desc(), feed_check.c.number.desc()).limit(most))
            return [dict(row._mapping) for row in rows]

    @contextmanager
    def arrow(self, query: str, *values: int | str) -> "Iterator[pa.RecordBatchReader]":
        """The rows a query gives, streamed; the read ends with the block, so that no checkpoint waits for it."""
        from adbc_driver_sqlite import dbapi  # here, since it takes longer to load than all that a round needs

        try:
            with ONE_LIBRARY, dbapi.connect(read_only(self.path)) as db, db.cursor() as cursor:
                cursor.execute(query, values)
                yield cursor.fetch_record_batch()
        except dbapi.Error as error:
            raise StoreError(f"{self.path}: {error}") from error

    def listed(self, first: int, end: int, last: int, **only: list[Any]) -> "pa.Table":
        """The seqs (int64, in order) of all live items published from a UTC second up to before another, up to a last seq.

        `only` may name outlets (their numbers), languages and dated; an empty list lets everything through.
        """
        given = [json.dumps(only.get(name, [])) for name in ("outlets", "languages", "dated")]
        with self.arrow(LISTED, first, end, last, *given) as rows:
            return rows.read_all().sort_by("seq")

    def stored(self, seqs: Sequence[int]) -> dict[int, Stored]:
        """Some items as they were first saved, by seq; at most a few thousand at a time."""
        columns = (item.c.seq, outlet.c.id, item.c.language, item.c.title, item.c.summary, item.c.published)
        tags = (item.c[name] for name in TAGS)
        query = select(*columns, item.c.reasons, *tags).join(outlet, outlet.c.number == item.c.outlet)
        with transaction(self) as db:
            return {
                seq: Stored(seq, owner, language, title, summary, at, Tags(bool(about), bool(relevant), *masks), why)
                for seq, owner, language, title, summary, at, why, about, relevant, *masks in db.execute(
                    query.where(item.c.seq.in_(seqs))
                )
            }

    def sightings(self, seq: int) -> list[tuple[str, int, int]]:
        """The feeds that listed an item, the first to do so first: url, and when it was first and last seen there (UTC
        seconds)."""
        query = select(feed.c.url, sighting.c.first, sighting.c.last).join(feed, feed.c.number == sighting.c.feed)
        with transaction(self) as db:
            rows = db.execute(query.where(sighting.c.item == seq).order_by(sighting.c.first, feed.c.url))
            return [(url, first, last) for url, first, last in rows]

    def wordings(self, seq: int) -> list[tuple[str, str, int, int]]:
        """The wordings of an item that was edited, in their order: title, summary, and when each was first and last
        listed (UTC seconds); none where it was not."""
        of = schema.revision.c
        with transaction(self) as db:
            rows = db.execute(
                select(of.title, of.summary, of.first, of.last).where(of.item == seq).order_by(of.first, of.text)
            )
            return [(title, summary, first, last) for title, summary, first, last in rows]

    def copied(self, seqs: Sequence[int]) -> dict[int, tuple[int, str, float]]:
        """Of some items those that copy another, by seq: the one each was found to copy, by which rule, how alike."""
        of = schema.copy.c
        with transaction(self) as db:
            rows = db.execute(select(of.item, of.nearest, of.rule, of.likeness).where(of.item.in_(seqs)))
            return {one: (nearest, rule, likeness) for one, nearest, rule, likeness in rows}


# Without INDEXED BY the planner walks the wide table: 12 s instead of 4 at 10 M rows (measured).
CUBE_WHOLE = """
SELECT seq, published, outlet, language, dated_by, about, relevant, forums, topics, naming, actors, story, wire
FROM item INDEXED BY item_cube WHERE channel = 'live' AND seq > ? AND seq <= ?
"""

CUBE_AFTER = """
SELECT seq, published, outlet, language, dated_by, about, relevant, forums, topics, naming, actors, story, wire
FROM item WHERE channel = 'live' AND seq > ? AND seq <= ?
"""

LISTED_BETWEEN = """
SELECT max(published, 0) / 86400 AS utc, max(published + 18000, 0) / 86400 AS karachi,
    max(published + 19800, 0) / 86400 AS kolkata,
    outlet, language, dated_by, count(*) AS items
FROM item WHERE channel = 'live' AND seq BETWEEN ? AND ? GROUP BY 1, 2, 3, 4, 5, 6
"""

CHECKS_BETWEEN = """
SELECT feed, at AS moment, outcome, lost_since FROM feed_check WHERE number > ? AND number <= ?
"""

# By the cube's index alone, which holds all that is asked for; an empty list is the text "[]".
LISTED = """
SELECT seq FROM item INDEXED BY item_cube
WHERE channel = 'live' AND published >= ?1 AND published < ?2 AND seq <= ?3
    AND (?4 = '[]' OR outlet IN (SELECT value FROM json_each(?4)))
    AND (?5 = '[]' OR language IN (SELECT value FROM json_each(?5)))
    AND (?6 = '[]' OR dated_by IN (SELECT value FROM json_each(?6)))
"""

# Each feed's last look and the last that brought something, by the index on feed and time: 24 ms among 400,000 checks.
LAST_LOOKS = text("""
SELECT f.url, c.outcome, c.status, c.detail,
    coalesce((SELECT at FROM feed_check WHERE feed = f.number AND new > 0 ORDER BY at DESC LIMIT 1), 0)
FROM feed f JOIN feed_check c ON c.number =
    (SELECT number FROM feed_check WHERE feed = f.number AND at = f.asked ORDER BY number DESC LIMIT 1)
""")

GAPS = text("""
SELECT f.url, c.lost_since, c.at FROM feed f CROSS JOIN feed_check c
WHERE c.feed = f.number AND c.at >= :since AND c.lost_since > 0
""")


RETAG = "retag"
"""The note, in meta, of a retag that has not ended: the lexicon's version, the last seq it did, what it found so far."""

TAGS = ("about", "relevant", "forums", "topics", "naming", "actors")
"""The columns of an item that hold its tags."""


def noted(db: Connection, name: str) -> str | None:
    """A value of meta; None for none."""
    return db.scalar(select(meta.c.value).where(meta.c.name == name))


def put(db: Connection, name: str, value: str) -> None:
    """Note a value in meta, in place of the one before."""
    row = insert_or(meta).values(name=name, value=value)
    db.execute(row.on_conflict_do_update(index_elements=["name"], set_={"value": value}))


def upsert(db: Connection, table: Any, unique: str, row: dict[str, Any]) -> int:
    """Insert or bring up to date the row with this unique value; its number."""
    fresh = {name: value for name, value in row.items() if name != unique}
    statement = insert_or(table).values(row).on_conflict_do_update(index_elements=[unique], set_=fresh)
    return int(db.execute(statement.returning(table.c.number)).scalar_one())


@contextmanager
def transaction(store: Store) -> Iterator[Connection]:
    """One short transaction; what the database says goes on as a StoreError that names the store."""
    try:
        with ONE_LIBRARY, store.engine.begin() as db:
            yield db
    except DatabaseError as error:
        raise StoreError(explained(store.path, error)) from error


DEFAULT = "data/monitor.db"
"""Where the store is unless --store or MONITOR_STORE says otherwise."""


def configured() -> str:
    """Where the store is: MONITOR_STORE, else the default."""
    return os.environ.get("MONITOR_STORE") or DEFAULT


def holds_items(where: str) -> bool:
    """Whether the store holds an item; one that cannot be read counts as held, since nothing may be put over it."""
    try:
        store = reading(where)
        return store is not None and store.state().seq > 0
    except StoreError:
        return True


def demo_beside(where: str) -> str:
    """Where the demo data that stands in for an empty store lies: beside it, under a name of its own."""
    path = path_of(where)
    return str(path.with_name(f"{path.stem}.demo{path.suffix or '.db'}"))


def path_of(where: str) -> Path:
    """The file of a store given as a path or as an SQLAlchemy URL; only SQLite's are known so far."""
    if "://" not in where:
        return Path(where)
    try:
        url = make_url(where)
    except ArgumentError as error:
        raise StoreError(f"{where}: is neither a path nor a database URL") from error
    if url.get_backend_name() != "sqlite" or not url.database:
        raise StoreError(f"{url.render_as_string()}: only sqlite:///path is supported so far")
    return Path(url.database)


def path_with_folder(where: str) -> Path:
    """The file of a store that is to be written; raises StoreError where its folder is missing."""
    path = path_of(where)
    if not path.parent.is_dir():
        raise StoreError(
            f"{path}: its folder does not exist; make it, or give another path by --store or MONITOR_STORE"
        )
    return path


def writing(where: str, kind: Kind, wires: Wires = NO_WIRES, journal: Literal["WAL", "OFF"] = "WAL") -> Store:
    """Open the store for writing and make it where it is missing.

    Raises StoreError where it cannot be written, is no store, comes from another version, or holds the other kind
    of items: invented and real ones never share a store.
    """
    path = path_of(where)
    if not path.parent.is_dir():
        raise StoreError(
            f"{path}: its folder does not exist; make it, or give another path by --store or MONITOR_STORE"
        )
    engine = create_engine(URL.create("sqlite", database=str(path)))
    schema.set_up_connections(engine, "BEGIN IMMEDIATE")
    event.listen(engine, "connect", lambda connection, _: connection.execute(f"PRAGMA journal_mode = {journal}"))
    try:
        with engine.begin() as db:
            before = migrate(db, path)
            schema.metadata.create_all(db)
            defaults = {"version": schema.VERSION, "kind": kind, "generation": "1"}
            rows = [{"name": name, "value": value} for name, value in defaults.items()]
            db.execute(insert_or(meta).on_conflict_do_nothing(index_elements=["name"]), rows)
            found = kind_of(db, path)
            store = Store(engine, path, kind, wires)
            if before in STORYLESS and found == "real":
                store.stories.retell(db)
            words.prepare(db)
    except DatabaseError as error:
        raise StoreError(explained(path, error)) from error
    if found != kind:
        raise StoreError(
            f"{path}: holds {found} items; {kind} ones never go into the same store. Choose another --store"
        )
    return store


@contextmanager
def open_for_writing(where: str, kind: Kind = "real", wires: Wires = NO_WIRES) -> Iterator[Store]:
    """The store for such items, as long as the block lasts; then its journal is emptied into it."""
    store = writing(where, kind, wires)
    try:
        yield store
    finally:
        store.engine.dispose()


def migrate(db: Connection, path: Path) -> str:
    """Bring the tables of an older version up to date, step by step, in the transaction that opens the store.

    Gives the version they had, "" where there are none.
    """
    tables = inspect(db).get_table_names()
    if "meta" not in tables:
        if tables:
            raise StoreError(f"{path}: is a database of another program ({tables[0]} …); give another path by --store")
        return ""
    before = version = db.scalar(select(meta.c.value).where(meta.c.name == "version"))
    while version in schema.MIGRATIONS:
        for statement in schema.MIGRATIONS[version]:
            db.exec_driver_sql(statement)
        version = str(int(version) + 1)
        db.execute(update(meta).where(meta.c.name == "version").values(value=version))
    return str(before or "")


@contextmanager
def fresh_demo(where: str, wires: Wires = NO_WIRES) -> Iterator[Store]:
    """A new store for invented items, which takes the place of an old one only when it is whole.

    Raises StoreError where the place is taken by anything else. It keeps no journal while it fills: killed half-way,
    it is simply made again.
    """
    path = path_of(where)
    old = reading(where)
    if old is not None and old.kind != "demo":
        raise StoreError(
            f"{path}: holds {old.kind} items; demo ones never go into the same store. Choose another --store"
        )
    part = path.with_name(f"{path.name}.part")
    part.unlink(missing_ok=True)
    store = writing(str(part), "demo", wires, journal="OFF")
    try:
        yield store
        store.engine.dispose()
        part.replace(path)
    finally:
        store.engine.dispose()
        part.unlink(missing_ok=True)


def reading(where: str) -> Store | None:
    """Open the store read-only, or None where there is none yet; raises StoreError as `writing` does."""
    path = path_of(where)
    if not path.exists():
        return None
    engine = create_engine(f"sqlite:///{read_only(path)}&uri=true", poolclass=NullPool)
    schema.set_up_connections(engine, "BEGIN")
    try:
        with engine.begin() as db:
            return Store(engine, path, kind_of(db, path))
    except DatabaseError as error:
        raise StoreError(explained(path, error)) from error


def read_only(path: Path) -> str:
    """The address under which SQLite opens a file for reading only.

    In a folder that cannot be written nobody can be writing the store either; only by saying so is it readable there.
    Not where a journal holds what the last run saved: it would be passed over in silence.
    """
    journal = path.with_name(f"{path.name}-wal")
    alone = not os.access(path.parent, os.W_OK) and not (journal.exists() and journal.stat().st_size)
    return f"file:{quote(str(path))}?mode=ro{'&immutable=1' if alone else ''}"


def existing(where: str) -> Store:
    """Open a store that must be there; raises StoreError where it is not."""
    store = reading(where)
    if store is None:
        raise StoreError(f"{path_of(where)}: no such store")
    return store


def kind_of(db: Connection, path: Path) -> Kind:
    """What kind of items an open store holds; raises StoreError where its tables are of another version."""
    values = dict(db.execute(select(meta.c.name, meta.c.value)).all())
    if values.get("version") in schema.MIGRATIONS:
        raise StoreError(f"{path}: its tables are of an older version; the next `./run collect` brings them up to date")
    if values.get("version") != schema.VERSION:
        raise StoreError(
            f"{path}: its tables have version {values.get('version')}, this program knows {schema.VERSION};"
            " run the program that made it, or name another store"
        )
    return "demo" if values.get("kind") == "demo" else "real"


def explained(path: Path, error: DatabaseError) -> str:
    """What the database said, with the store's name and what to do."""
    said = str(error.orig)
    for sign, advice in ADVICE.items():
        if sign in said:
            return f"{path}: {said}; {advice}"
    return f"{path}: {said}"


ADVICE = {
    "not a database": "it is not a store of this program (or is damaged): move it away, or give another by --store",
    "malformed": "the file is damaged: restore a copy, or move it away and collect anew",
    "no such table": "it is not a store of this program: give another by --store or MONITOR_STORE",
    "readonly": "make the file and its folder writable for this user",
    "unable to open": "check that the file and its folder exist and may be read and written by this user",
    "disk is full": "free some space; what was saved before is safe, and the next round goes on",
    "disk I/O error": "the disk does not take what is written: look at its space and its health; what was saved is safe",
    "locked": "another program holds it; try again when it has ended",
}
