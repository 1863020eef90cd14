"""Writes what looks at feeds brought: which items are new, which are known under another key, which were edited."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, insert, select, text, update
from sqlalchemy.dialects.sqlite import insert as insert_or

from mentions.model import Check, Item, Outcome, Pace, Tags
from mentions.schema import alias, feed, feed_check, item, outlet
from mentions.text import folded
from mentions.urls import key

Tagged = Sequence[tuple[Item, Tags]]
Look = tuple[Check, Tagged]
Row = dict[str, Any]

READ = frozenset({Outcome.OK, Outcome.EMPTY, Outcome.CUT_OFF})
"""The outcomes after which there is a list to compare the next one with."""

SEE = text(
    'INSERT INTO sighting (item, feed, "first", "last") VALUES (:item, :feed, :at, :at)'
    ' ON CONFLICT DO UPDATE SET "last" = max("last", excluded."last")'
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


def save(db: Connection, looks: Sequence[Look], paces: Mapping[str, Pace], channel: str) -> int:
    """Write checks, new items, sightings, revisions, validators and paces in the caller's transaction.

    Returns how many items are new. Raises KeyError for a feed or outlet that the catalogue did not write.
    """
    feeds = dict(db.execute(select(feed.c.url, feed.c.number)).all())
    owners = dict(db.execute(select(outlet.c.id, outlet.c.number)).all())
    before = known_items(db, [one for _, tagged in looks for one, _ in tagged])
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


def known_items(db: Connection, items: Sequence[Item]) -> dict[int, Known]:
    """The items among these that the store has, by the key they are listed under now.

    A link may change while the item stays: where the feed's own id and the title are those of an item of the same
    outlet, it is that item, and the new key becomes an alias of it. An id that comes back with another title is
    another item: feeds do use ids again. Rather a missed merge than a false one.
    """
    known = by_key(db, [one.key for one in items])
    strangers = {one.key: one for one in items if one.guid and one.key not in known}
    by_guid: dict[int, list[Known]] = {}
    columns = (item.c.guid, item.c.seq, item.c.title, item.c.summary, item.c.seen)
    for guid, *rest in found(db, select(*columns), item.c.guid, [guid_of(one) for one in strangers.values()]):
        by_guid.setdefault(guid, []).append(Known(*rest))
    moved = {
        one.key: twin
        for one in strangers.values()
        for twin in by_guid.get(guid_of(one), ())
        if folded(twin.title) == folded(one.title)
    }
    rows = [{"key": where, "item": twin.seq} for where, twin in moved.items()]
    run(db, insert_or(alias).on_conflict_do_nothing(), rows)
    return known | moved


def by_key(db: Connection, keys: Sequence[int]) -> dict[int, Known]:
    """The items that have these keys, or had them as an alias."""
    columns = (item.c.seq, item.c.title, item.c.summary, item.c.seen)
    own = found(db, select(item.c.key, *columns), item.c.key, keys)
    other = found(db, select(alias.c.key, *columns).join(item, item.c.seq == alias.c.item), alias.c.key, keys)
    return {row[0]: Known(*row[1:]) for rows in (other, own) for row in rows}


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


def note(db: Connection, number: int, check: Check, pace: Pace | None) -> None:
    """Bring a feed's row up to date: validators, what it listed, and when it is due."""
    values: Row = {}
    if check.validators is not None:
        values |= {name: getattr(check.validators, name) for name in ("etag", "modified", "body")}
    if check.outcome in READ and pace is not None:
        values |= {"listing": check.at, "listed": check.listed}
    if pace is not None:
        values |= {name: getattr(pace, name) for name in PACE} | {"gone": int(pace.gone)}
    if values:
        db.execute(update(feed).where(feed.c.number == number).values(values))


PACE = ("due", "interval", "rate", "failures", "answered", "wait", "moved", "moves")


def item_row(one: Item, tags: Tags, owner: int, seen: int, channel: str) -> Row:
    """An item with its tags as a row of the table."""
    copied = ("key", "url", "link", "language", "title", "summary", "published", "stated")
    row: Row = {name: getattr(one, name) for name in copied}
    row |= {name: getattr(tags, name) for name in ("forums", "topics", "naming", "actors")}
    row |= {"about": int(tags.about), "relevant": int(tags.relevant), "dated_by": one.dated_by.value}
    return row | {"outlet": owner, "seen": seen, "channel": channel, "guid": guid_of(one)}


def check_row(check: Check, number: int, new: int) -> Row:
    """A check as a row of the table."""
    copied = ("at", "status", "detail", "listed", "overlap", "before", "lost_since", "size")
    row: Row = {name: getattr(check, name) for name in copied}
    return row | {"feed": number, "outcome": check.outcome.value, "new": new}
