"""Writes what looks at feeds brought: which items are new, which are known under another key, which were edited."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import Connection, Integer, Select, insert, select, text, update
from sqlalchemy.dialects.sqlite import insert as insert_or

from mentions.model import Check, Item, Outcome, Pace, Tags
from mentions.schema import alias, feed, feed_check, item, meta, outlet
from mentions.urls import key, title_key

Tagged = Sequence[tuple[Item, Tags]]
Look = tuple[Check, Tagged]
Row = dict[str, Any]

READ = frozenset({Outcome.OK, Outcome.EMPTY, Outcome.CUT_OFF})
"""The outcomes after which there is a list to compare the next one with."""

LIVE, QUERY = "live", "query"
"""How an item came: from a feed of its own outlet, or from an aggregator's query, which lists only what matches it."""

TWIN_SECONDS = 2 * 86400
"""An aggregator's item under its opaque address and one of the outlet with the same title, no further apart, are one."""

# `last` is the newest look even where the clock was set back: the next list is compared with what that look listed.
SEE = text(
    'INSERT INTO sighting (item, feed, "first", "last") VALUES (:item, :feed, :at, :at)'
    ' ON CONFLICT DO UPDATE SET "first" = min("first", excluded."first"), "last" = excluded."last"'
)

# The wording an item was first saved with becomes its first revision when another one is met.
REVISE = text(
    'INSERT INTO revision (item, text, title, summary, "first", "last") VALUES (:item, :text, :title, :summary, :at, :last)'
    ' ON CONFLICT DO UPDATE SET "last" = max("last", excluded."last")'
)


@dataclass(frozen=True, slots=True)
class Known:
    """An item the store has, with its wording as first saved."""

    seq: int
    title: str
    summary: str
    seen: int
    channel: str


KNOWN = (item.c.seq, item.c.title, item.c.summary, item.c.seen, item.c.channel)


def save(db: Connection, looks: Sequence[Look], paces: Mapping[str, Pace], channel: str) -> int:
    """Write checks, new items, sightings, revisions, validators and paces in the caller's transaction.

    Returns how many items are new. Raises KeyError for a feed or outlet that the catalogue did not write.
    """
    feeds = dict(db.execute(select(feed.c.url, feed.c.number)).all())
    owners = dict(db.execute(select(outlet.c.id, outlet.c.number)).all())
    before = known_items(db, [one for _, tagged in looks for one, _ in tagged], owners, channel)
    if channel == LIVE:
        promote(db, before, [one for _, tagged in looks for one, _ in tagged])
    keys = set(before)
    fresh: list[Row] = []
    checks: list[Row] = []
    for check, tagged in looks:
        new = unknown(tagged, keys)
        fresh += [item_row(one, tags, owners[one.outlet], check.at, channel) for one, tags in new]
        checks.append(check_row(check, feeds[check.feed], len(new)))
    run(db, insert(item), fresh)
    known = before | by_key(db, [row["key"] for row in fresh])
    listed = [(check, one, known[one.key]) for check, tagged in looks for one, _ in tagged]
    run(db, SEE, [{"item": it.seq, "feed": feeds[check.feed], "at": check.at} for check, _, it in listed])
    run(db, REVISE, [row for check, one, it in listed for row in revisions(one, it, check.at)])
    run(db, insert(feed_check), checks)
    for check, _ in looks:
        note(db, feeds[check.feed], check, paces.get(check.feed))
    return len(fresh)


def run(db: Connection, statement: Any, rows: list[Row]) -> None:
    """Execute a statement for all rows, if there are any."""
    if rows:
        db.execute(statement, rows)


def unknown(tagged: Tagged, known: set[int]) -> list[tuple[Item, Tags]]:
    """The items whose keys are not known yet; `known` learns them."""
    new = []
    for one, tags in tagged:
        if one.key not in known:
            known.add(one.key)
            new.append((one, tags))
    return new


def known_items(db: Connection, items: Sequence[Item], owners: Mapping[str, int], channel: str) -> dict[int, Known]:
    """The items among these that the store has, by the key they are listed under now; new keys become aliases.

    Rather a missed merge than a false one.
    """
    known = by_key(db, [one.key for one in items])
    moved = by_guid(db, [one for one in items if one.guid and one.key not in known])
    rest = [one for one in items if one.key not in known and one.key not in moved]
    moved |= by_title(db, [one for one in rest if one.title], owners, channel)
    rows = [{"key": where, "item": twin.seq} for where, twin in moved.items()]
    run(db, insert_or(alias).on_conflict_do_nothing(), rows)
    return known | moved


def by_key(db: Connection, keys: Sequence[int]) -> dict[int, Known]:
    """The items that have these keys, or had them as an alias."""
    own = found(db, select(item.c.key, *KNOWN), item.c.key, keys)
    other = found(db, select(alias.c.key, *KNOWN).join(item, item.c.seq == alias.c.item), alias.c.key, keys)
    return {row[0]: Known(*row[1:]) for rows in (other, own) for row in rows}


def by_guid(db: Connection, strangers: Sequence[Item]) -> dict[int, Known]:
    """The items whose link has changed: the feed's own id and the title are those of an item of the same outlet.

    An id that comes back with another title is another item: feeds do use ids again.
    """
    twins: dict[tuple[int, int], Known] = {}
    query = select(item.c.guid, item.c.title_key, *KNOWN)
    for guid, title, *rest in found(db, query, item.c.guid, [guid_of(one) for one in strangers]):
        twins[guid, title] = Known(*rest)
    pairs = ((one.key, twins.get((guid_of(one), title_key(one.title)))) for one in strangers)
    return {where: twin for where, twin in pairs if twin}


def by_title(db: Connection, strangers: Sequence[Item], owners: Mapping[str, int], channel: str) -> dict[int, Known]:
    """The items of the same outlet and title of which an aggregator gave one, since its addresses tell nothing."""
    twins: dict[tuple[int, int], list[tuple[int, Known]]] = {}
    query = select(item.c.title_key, item.c.outlet, item.c.published, *KNOWN)
    if channel == LIVE:
        query = query.where(item.c.channel == QUERY)
    for title, owner, published, *rest in found(
        db, query, item.c.title_key, [title_key(one.title) for one in strangers]
    ):
        twins.setdefault((title, owner), []).append((published, Known(*rest)))
    return {
        one.key: twin
        for one in strangers
        for published, twin in twins.get((title_key(one.title), owners[one.outlet]), ())
        if abs(published - one.published) <= TWIN_SECONDS
    }


def promote(db: Connection, known: Mapping[int, Known], items: Sequence[Item]) -> None:
    """Make live what an aggregator listed first: from now on it counts, so the generation moves."""
    rows = [
        {"seq": twin.seq, "url": one.url, "link": one.link}
        for one in items
        if (twin := known.get(one.key)) and twin.channel == QUERY
    ]
    run(db, PROMOTE, rows)
    if rows:
        db.execute(update(meta).where(meta.c.name == "generation").values(value=meta.c.value.cast(Integer) + 1))


PROMOTE = text("UPDATE item SET channel = 'live', url = :url, link = :link WHERE seq = :seq")


def found(db: Connection, query: Select[Any], column: Any, values: Iterable[int]) -> Iterator[Any]:
    """The rows of a query whose column has one of the values; asked in parts, a statement takes so many at most."""
    wanted = sorted(set(values))
    for start in range(0, len(wanted), 5000):
        yield from db.execute(query.where(column.in_(wanted[start : start + 5000])))


def guid_of(one: Item) -> int:
    """The feed's own id of an item as a number, 0 for none; ids are an outlet's own affair."""
    return key(f"guid:{one.outlet}:{one.guid}") if one.guid else 0


def revisions(one: Item, known: Known, at: int) -> list[Row]:
    """The rows that record an edited wording: the one first saved, and the one listed now."""
    if (one.title, one.summary) == (known.title, known.summary):
        return []
    wordings = ((known.title, known.summary, known.seen, known.seen), (one.title, one.summary, at, at))
    return [
        {
            "item": known.seq,
            "text": key(f"{title}\n{summary}"),
            "title": title,
            "summary": summary,
            "at": first,
            "last": last,
        }
        for title, summary, first, last in wordings
    ]


def follow(db: Connection, urls: Sequence[str]) -> None:
    """Give the feeds that moved to an address of the catalogue, which has theirs no longer, that address."""
    rows = dict(db.execute(select(feed.c.url, feed.c.moved)).all())
    for url, moved in rows.items():
        if moved in urls and moved not in rows and url not in urls:
            db.execute(update(feed).where(feed.c.url == url).values(url=moved, moved="", moves=0, gone=0))


def note(db: Connection, number: int, check: Check, pace: Pace | None) -> None:
    """Bring a feed's row up to date: validators, what it listed, and when it is due."""
    values: Row = {}
    if check.validators is not None:
        values |= {name: getattr(check.validators, name) for name in ("etag", "modified", "body")}
    if check.outcome in READ and pace is not None:
        values |= {"listing": check.at, "listed": check.listed}
    if pace is not None:
        values |= {name: getattr(pace, name) for name in PACE}
    if values:
        db.execute(update(feed).where(feed.c.number == number).values(values))


PACE = tuple(one.name for one in fields(Pace))


def item_row(one: Item, tags: Tags, owner: int, seen: int, channel: str) -> Row:
    """An item with its tags as a row of the table."""
    copied = ("key", "url", "link", "language", "title", "summary", "published", "stated")
    row: Row = {name: getattr(one, name) for name in copied}
    row |= {name: getattr(tags, name) for name in ("forums", "topics", "naming", "actors")}
    row |= {"about": int(tags.about), "relevant": int(tags.relevant), "dated_by": one.dated_by.value}
    row |= {"guid": guid_of(one), "title_key": title_key(one.title)}
    return row | {"outlet": owner, "seen": seen, "channel": channel}


def check_row(check: Check, number: int, new: int) -> Row:
    """A check as a row of the table."""
    copied = ("at", "status", "detail", "listed", "overlap", "before", "lost_since", "size")
    row: Row = {name: getattr(check, name) for name in copied}
    return row | {"feed": number, "outcome": check.outcome.value, "new": new}
