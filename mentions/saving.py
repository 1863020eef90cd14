"""Writes what looks at feeds brought: new items, sightings, edited wordings, checks, and each feed's next turn."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import fields
from itertools import count
from typing import Any

from sqlalchemy import Connection, Integer, bindparam, delete, insert, select, text, update

from mentions import words
from mentions.copies import Teller
from mentions.identity import LIVE, Known, Row, by_key, found, guid_of, is_claimed, known_items, run
from mentions.model import CONFIRMED, Check, Item, Outcome, Outlet, Pace, Tags
from mentions.reasons import packed
from mentions.schema import copy, feed, feed_check, item, meta, outlet
from mentions.urls import key, title_key

Tagged = Sequence[tuple[Item, Tags]]
Look = tuple[Check, Tagged]

READ = frozenset({Outcome.OK, Outcome.CUT_OFF})
"""The outcomes after which there is a list to compare the next one with, if it has items."""

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

KEEP = text("INSERT OR IGNORE INTO reason (hash, matches) VALUES (:hash, :matches)")


def save(
    db: Connection,
    looks: Sequence[Look],
    paces: Mapping[str, Pace],
    channel: str,
    owner: Callable[[str], str],
    teller: Teller,
) -> int:
    """Write checks, new items with their stories, sightings, revisions, validators and paces in the caller's transaction.

    Returns how many items are new. Raises KeyError for a feed or outlet that the catalogue did not write.
    """
    listings = [pair for _, tagged in looks for pair in tagged]
    feeds = numbers(db, feed.c.url, feed.c.number, {check.feed for check, _ in looks})
    owners = numbers(db, outlet.c.id, outlet.c.number, {one.outlet for one, _ in listings})
    before = known_items(db, [one for one, _ in listings], channel)
    if channel == LIVE:
        before |= claimed(db, before, listings, owners, owner, teller)
    keys = set(before)
    fresh: list[tuple[Row, Item]] = []
    seqs = count(next_seq(db))
    reasons: list[Row] = []
    checks: list[Row] = []
    for check, tagged in looks:
        new = unknown(tagged, keys)
        fresh += [
            (item_row(one, tags, owners[one.outlet], check.at, channel) | {"seq": next(seqs)}, one) for one, tags in new
        ]
        reasons += [reason_row(tags) for _, tags in new if tags.about]
        checks.append(check_row(check, feeds[check.feed], len(new)))
    copies = teller.tell(db, [pair for pair in fresh if pair[0]["about"]]) if channel == LIVE else []
    run(db, insert(item), [row for row, _ in fresh])
    run(db, insert(copy), copies)
    run(db, KEEP, reasons)
    words.add(db, [row["seq"] for row, _ in fresh if row["about"]])
    known = before | by_key(db, [row["key"] for row, _ in fresh])
    listed = [(check, one, known[one.key]) for check, tagged in looks for one, _ in tagged]
    run(db, SEE, [{"item": it.seq, "feed": feeds[check.feed], "at": check.at} for check, _, it in listed])
    run(db, REVISE, [row for check, one, it in listed for row in revisions(one, it, check.at)])
    run(db, insert(feed_check), checks)
    for check, _ in looks:
        note(db, feeds[check.feed], check, paces.get(check.feed))
    return len(fresh)


def numbers(db: Connection, name: Any, number: Any, names: Collection[str]) -> dict[str, int]:
    """The numbers of rows by their names; only those asked for, since most looks are one feed's without items."""
    return {row[0]: row[1] for row in found(db, select(name, number), name, names)}


def next_seq(db: Connection) -> int:
    """The seq of the next new item: one more than there ever was."""
    return (db.scalar(text("SELECT seq FROM sqlite_sequence WHERE name = 'item'")) or 0) + 1


def unknown(tagged: Tagged, known: set[int]) -> list[tuple[Item, Tags]]:
    """The items whose keys are not known yet; `known` learns them."""
    new = []
    for one, tags in tagged:
        if one.key not in known:
            known.add(one.key)
            new.append((one, tags))
    return new


def claimed(
    db: Connection,
    known: Mapping[int, Known],
    listings: Sequence[tuple[Item, Tags]],
    owners: Mapping[str, int],
    owner: Callable[[str], str],
    teller: Teller,
) -> dict[int, Known]:
    """The known items that live listings make their outlets' own, as they are now.

    Outlet, wording, date and tags become those of the outlet's own listing, and the generation moves.
    """
    claims: dict[int, tuple[Row, Item]] = {}
    now: dict[int, Known] = {}
    for one, tags in listings:
        twin, number = known.get(one.key), owners[one.outlet]
        if twin and one.key not in now and is_claimed(twin, one, number, owner(one.url)):
            claims[twin.seq] = item_row(one, tags, number, twin.seen, LIVE) | {"seq": twin.seq}, one
            run(db, KEEP, [reason_row(tags)] if tags.about else [])
            now[one.key] = Known(twin.seq, one.title, one.summary, twin.seen, LIVE, number)
    if claims:
        db.execute(delete(copy).where(copy.c.item.in_(claims)))
        db.execute(update(item).where(item.c.seq.in_(claims)).values(story=0))  # told anew, by what they say now
        run(db, insert(copy), teller.tell(db, [pair for pair in claims.values() if pair[0]["about"]]))
        words.drop(db, list(claims))
        rows = [{f"new_{name}": value for name, value in row.items()} for row, _ in claims.values()]
        columns: Row = {name[4:]: bindparam(name) for name in rows[0] if name not in ("new_key", "new_seq")}
        run(db, update(item).where(item.c.seq == bindparam("new_seq")).values(columns), rows)
        words.add(db, list(claims))
        move_generation(db)
    return now


def reason_row(tags: Tags) -> Row:
    """The reasons of an article as a row of their own; hash 0 for what is none, whose reasons nobody shows."""
    matches = packed(tags.matches) if tags.about else ""
    return {"hash": key(matches) if matches else 0, "matches": matches}


def move_generation(db: Connection) -> None:
    """Tell readers that old rows have changed."""
    db.execute(update(meta).where(meta.c.name == "generation").values(value=meta.c.value.cast(Integer) + 1))


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


def follow(db: Connection, outlets: Sequence[Outlet]) -> None:
    """Give a feed that moved to an address which the catalogue now has for its outlet, in place of the old, that address."""
    query = select(feed.c.url, feed.c.moved, feed.c.moves, outlet.c.id).join(outlet, outlet.c.number == feed.c.outlet)
    stored = {url: (moved, moves, owner) for url, moved, moves, owner in db.execute(query)}
    listed = {address.url: one.id for one in outlets for address in one.feeds}
    taken = set(stored)
    for url, (moved, moves, owner) in stored.items():
        if moves >= CONFIRMED and listed.get(moved) == owner and moved not in taken and url not in listed:
            db.execute(update(feed).where(feed.c.url == url).values(url=moved, moved="", moves=0, gone=False))
            taken.add(moved)


def note(db: Connection, number: int, check: Check, pace: Pace | None) -> None:
    """Bring a feed's row up to date: validators, what it listed, and when it is due."""
    values: Row = {}
    if check.validators is not None:
        values |= {name: getattr(check.validators, name) for name in ("etag", "modified", "body")}
    if check.outcome in READ and check.listed and pace is not None:
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
    row |= {"guid": guid_of(one), "title_key": title_key(one.title), "reasons": reason_row(tags)["hash"]}
    row |= {"story": 0, "wire": ""}
    return row | {"outlet": owner, "seen": seen, "channel": channel}


def check_row(check: Check, number: int, new: int) -> Row:
    """A check as a row of the table."""
    copied = ("at", "status", "detail", "listed", "overlap", "before", "lost_since", "size")
    row: Row = {name: getattr(check, name) for name in copied}
    return row | {"feed": number, "outcome": check.outcome.value, "new": new}
