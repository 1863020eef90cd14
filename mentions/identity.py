"""Which items the store has already: under their key, under another one, or as what somebody else listed first."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, select
from sqlalchemy.dialects.sqlite import insert as insert_or

from mentions.model import Item
from mentions.schema import alias, item, outlet
from mentions.urls import key, title_key

Row = dict[str, Any]

LIVE, QUERY = "live", "query"
"""How an item came: from a feed of its own outlet, or from an aggregator's query, which lists only what matches it."""

TWIN_SECONDS = 2 * 86400
"""An aggregator's item under its opaque address and one of the outlet with the same title, no further apart, are one."""


@dataclass(frozen=True, slots=True)
class Known:
    """An item the store has, with its wording as first saved."""

    seq: int
    title: str
    summary: str
    seen: int
    channel: str
    outlet: int


KNOWN = (item.c.seq, item.c.title, item.c.summary, item.c.seen, item.c.channel, item.c.outlet)


def known_items(db: Connection, items: Sequence[Item], channel: str) -> dict[int, Known]:
    """The items among these that the store has, by the key they are listed under now; new keys become aliases."""
    known, moved = resolved(db, items, channel)
    rows = [{"key": where, "item": twin.seq} for where, twin in moved.items()]
    run(db, insert_or(alias).on_conflict_do_nothing(), rows)
    return known | moved


def resolved(db: Connection, items: Sequence[Item], channel: str) -> tuple[dict[int, Known], dict[int, Known]]:
    """The items among these that the store has under their key, and those it has under another, by the key now.

    Rather a missed merge than a false one.
    """
    known = by_key(db, [one.key for one in items])
    moved = by_guid(db, [one for one in items if one.guid and one.key not in known])
    rest = [one for one in items if one.title and one.key not in known and one.key not in moved]
    taken = {one.seq for one in (known | moved).values()}
    return known, moved | by_title(db, rest, channel, taken)


def by_key(db: Connection, keys: Sequence[int]) -> dict[int, Known]:
    """The items that have these keys, or had them as an alias."""
    own = found(db, select(item.c.key, *KNOWN), item.c.key, keys)
    other = found(db, select(alias.c.key, *KNOWN).join(item, item.c.seq == alias.c.item), alias.c.key, keys)
    return {row[0]: Known(*row[1:]) for rows in (other, own) for row in rows}


# Both indexes below leave out the rows of 0, and serve only a query that says so too.
def by_guid(db: Connection, strangers: Sequence[Item]) -> dict[int, Known]:
    """The items whose link has changed: the feed's own id and the title are those of an item of the same outlet.

    An id that comes back with another title is another item: feeds do use ids again.
    """
    twins: dict[tuple[int, int], Known] = {}
    query = select(item.c.guid, item.c.title_key, *KNOWN).where(item.c.guid != 0)
    for guid, title, *rest in found(db, query, item.c.guid, [guid_of(one) for one in strangers]):
        twins[guid, title] = Known(*rest)
    pairs = ((one.key, twins.get((guid_of(one), title_key(one.title)))) for one in strangers)
    return {where: twin for where, twin in pairs if twin}


def by_title(db: Connection, strangers: Sequence[Item], channel: str, taken: set[int]) -> dict[int, Known]:
    """The items of the same outlet and title of which an aggregator gave one under an address that tells nothing.

    Each stands for one item only, the nearest in time; those `taken` stand for another already.
    """
    query = select(item.c.title_key, outlet.c.id, item.c.published, item.c.url, item.c.key, *KNOWN)
    query = query.join(outlet, outlet.c.number == item.c.outlet).where(item.c.title_key != 0)
    if channel == LIVE:
        query = query.where(item.c.channel == QUERY)
    else:
        strangers = [one for one in strangers if is_opaque(one.key, one.url)]
    stored: dict[tuple[int, str], list[tuple[int, Known]]] = {}
    titles = [title_key(one.title) for one in strangers]
    for title, owner, published, url, own, *rest in found(db, query, item.c.title_key, titles):
        if channel != LIVE or is_opaque(own, url):
            stored.setdefault((title, owner), []).append((published, Known(*rest)))
    return nearest(
        [
            (abs(published - one.published), one.key, twin)
            for one, title in zip(strangers, titles, strict=True)
            for published, twin in stored.get((title, one.outlet), ())
        ],
        taken,
    )


def nearest(pairs: Sequence[tuple[int, int, Known]], taken: set[int]) -> dict[int, Known]:
    """The twin of each key among pairs of (seconds apart, key, twin), the nearest first; no twin stands for two keys."""
    chosen: dict[int, Known] = {}
    for seconds, where, twin in sorted(pairs, key=lambda pair: pair[:2]):
        if seconds <= TWIN_SECONDS and where not in chosen and twin.seq not in taken:
            chosen[where] = twin
            taken.add(twin.seq)
    return chosen


def is_opaque(own: int, url: str) -> bool:
    """Whether an item's key is not that of its address, since that address is the aggregator's own."""
    return bool(url) and own != key(url)


def is_claimed(twin: Known, one: Item, number: int, host: str) -> bool:
    """Whether a live listing makes a known item its outlet's own; `number` is that outlet's, `host` whose the address is.

    So it is with what only an aggregator listed, unless the address is another outlet's, and with what another outlet
    listed though the address is ours.
    """
    if twin.channel == QUERY:
        return host in ("", one.outlet)
    return host == one.outlet and twin.outlet != number


def found(db: Connection, query: Select[*tuple[Any, ...]], column: Any, values: Iterable[int | str]) -> Iterator[Any]:
    """The rows of a query whose column has one of the values; asked in parts, a statement takes so many at most."""
    wanted = sorted(set(values))
    for start in range(0, len(wanted), 5000):
        yield from db.execute(query.where(column.in_(wanted[start : start + 5000])))


def guid_of(one: Item) -> int:
    """The feed's own id of an item as a number, 0 for none; ids are an outlet's own affair."""
    return key(f"guid:{one.outlet}:{one.guid}") if one.guid else 0


def run(db: Connection, statement: Any, rows: list[Row]) -> None:
    """Execute a statement for all rows, if there are any."""
    if rows:
        db.execute(statement, rows)
