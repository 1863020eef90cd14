"""What there is to say of the outlets and feeds of a selection, a row each, those that need a look first."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from mentions import measures, methods, observation
from mentions.cube import Cube
from mentions.health import (
    FRESH,
    NEW,
    NO_FEED,
    STALE,
    STALE_AFTER,
    WEEK,
    Known,
    Row,
    must_wait,
    needs_a_look,
    row_of,
    rows_of,
    sentence,
)
from mentions.model import Feed, Outcome, Outlet, Pace
from mentions.moments import moment, span
from mentions.selection import Selection

DROPPED = "not asked any more"
"""The state of an outlet or feed that was left alone while others were asked, as in observation.RETIRED."""

ICONS = {FRESH: "✓", STALE: "✗", NEW: "○", NO_FEED: "–", DROPPED: "–"}

LISTED = (Outcome.OK, Outcome.CUT_OFF)
"""The outcomes after which a look says how many items there were."""

LOOKS = 30
"""So many of the last looks at each feed are shown."""

TO_DO = {
    Outcome.EMPTY_BODY: "An answer with nothing in it; where it lasts, see whether the outlet still keeps this feed.",
    Outcome.HTML: "A web page came in place of a feed; find the feed's address on the outlet's site, and change it in"
    " outlets.toml.",
    Outcome.CHALLENGE: "The server lets only people with browsers in; ask the outlet for its feed, or do without it.",
    Outcome.NOT_A_FEED: "Something else than a feed came; open the address, and change it in outlets.toml where it moved.",
    Outcome.CUT_OFF: "The answer ended too early; what was whole is kept. Where it lasts, tell the outlet.",
    Outcome.HTTP: "The server refused or failed, with the status beside; 404 or 410: look for the feed's new address.",
    Outcome.TIMEOUT: "The server was too slow; it is asked again at its next turn.",
    Outcome.UNREACHABLE: "The server could not be reached; where all fail so, look at the network of the collector.",
    Outcome.TOO_LARGE: "The feed is larger than what is read; look for a smaller one of the same outlet.",
    Outcome.REDIRECT: "It leads on in circles or nowhere; look for the feed's new address.",
    Outcome.FAULT: "A bug of the monitor; please report it with the detail beside.",
    Outcome.REFUSED: "We do not read such a document or address; look for another feed of the outlet.",
}
"""What to do about a look that failed."""

# Outlets of the selection with their feeds; an outlet without any has one row without an address.
FEEDS = """
WITH own AS (SELECT number AS outlet, id FROM outlet), kept AS (SELECT * FROM own WHERE @whose)
SELECT k.id AS outlet, f.url, coalesce(f.born, 0) AS born FROM kept k LEFT JOIN feed f ON f.outlet = k.outlet
ORDER BY k.id, f.number
"""

ITEMS = "SELECT o.id, sum(i.items) AS items FROM items i JOIN outlet o ON o.number = i.outlet GROUP BY o.id"


@dataclass(frozen=True, slots=True)
class Sources:
    """The outlets of a selection with their feeds, what is known of these, when each feed's first look was (UTC seconds,
    0 for none), and of each outlet how many items it listed in the chosen days, and how many of them without a date."""

    outlets: tuple[Outlet, ...]
    known: Known
    begun: Mapping[str, int]
    items: Mapping[str, int]
    undated: Mapping[str, int]

    @property
    def newest(self) -> int:
        """When the last look at any feed of the store was."""
        return max((pace.asked for pace in self.known.paces.values()), default=0)


def sources(cube: Cube, chosen: Selection, now: int) -> Sources:
    """The outlets of a selection; possible losses are those of the week before `now`."""
    rows = observation.ask(cube, FEEDS, chosen)
    urls: dict[str, list[str]] = {}
    for one, url in zip(rows["outlet"], rows["url"], strict=True):
        urls.setdefault(one, []).extend([url] if isinstance(url, str) else [])
    every = replace(chosen, dated=())
    return Sources(
        tuple(outlet_of(one, urls[one["id"]]) for one in cube.outlets if one["id"] in urls),
        Known(cube.store.paces(), cube.store.healths(now - WEEK), cube.store.first_check()),
        {url: int(born) for url, born in zip(rows["url"], rows["born"], strict=True) if isinstance(url, str)},
        items_of(cube, every),
        items_of(cube, replace(chosen, dated=("seen",))),
    )


def outlet_of(row: Mapping[str, Any], urls: Sequence[str]) -> Outlet:
    """An outlet as the store has it."""
    named = {name: row[name] for name in ("id", "name", "homepage", "country", "group", "language")}
    return Outlet(**named, feeds=tuple(Feed(url, row["id"], "", row["language"]) for url in urls))


def items_of(cube: Cube, chosen: Selection) -> dict[str, int]:
    """How many items each outlet listed in the chosen days."""
    rows = measures.ask(cube, ITEMS, chosen)
    return {str(one): int(items) for one, items in zip(rows["id"], rows["items"], strict=True)}


def is_dropped(pace: Pace, newest: int, now: int) -> bool:
    """Whether a feed is left alone while others are asked, and neither its server nor a 410 is the reason."""
    return bool(pace.asked) and newest - pace.asked > observation.RETIRED and not pace.gone and not must_wait(pace, now)


def states(found: Sources, now: int, by_feed: bool = False) -> list[tuple[Outlet, Row]]:
    """How each outlet does, or each feed as if it were an outlet of its own; what needs a look comes first."""
    asked: dict[str, Outlet] = {}
    dropped: list[Outlet] = []
    for one in split(found.outlets) if by_feed else found.outlets:
        feeds = tuple(feed for feed in one.feeds if not is_dropped(pace_of(found, feed), found.newest, now))
        if feeds or not one.feeds:
            asked[one.id] = replace(one, feeds=feeds)
        else:
            dropped.append(one)
    rows = rows_of([*asked.values()], found.known, now, STALE_AFTER)
    return [(asked[row.outlet], row) for row in rows] + [(one, left_alone(one, found, now)) for one in dropped]


def split(outlets: Sequence[Outlet]) -> Iterator[Outlet]:
    """Each feed as an outlet of its own, called by its address."""
    for one in outlets:
        for feed in one.feeds:
            yield replace(one, id=feed.url, feeds=(feed,))


def pace_of(found: Sources, feed: Feed) -> Pace:
    """What is known of a feed's rhythm."""
    return found.known.paces.get(feed.url, Pace())


def left_alone(outlet: Outlet, found: Sources, now: int) -> Row:
    """The row of an outlet whose feeds are not asked any more."""
    row = row_of(outlet, found.known, now, STALE_AFTER)
    asked = max(pace_of(found, feed).asked for feed in outlet.feeds)
    wrong = (
        f"not asked since {moment(asked)}, while others were: it has left outlets.toml, or was left out of the rounds"
    )
    return replace(row, state=DROPPED, failing=0, due=0, wrong=wrong)


def state_in_words(row: Row) -> str:
    """The state of an outlet or feed with a sign before it."""
    if row.state == FRESH and needs_a_look(row):
        return "△ fresh, with something wrong"
    if row.state == STALE and not row.answered:
        return f"{ICONS[STALE]} stale, never answered"
    return f"{ICONS[row.state]} {row.state}"


def summary(found: Sources, now: int) -> str:
    """All outlets in one line, as the command `status` says it, with those that never answered and those left alone."""
    rows = [row for _, row in states(found, now)]
    never = sum(row.state == STALE and not row.answered for row in rows)
    dropped = sum(row.state == DROPPED for row in rows)
    return "; ".join(
        (
            sentence([row for row in rows if row.state != DROPPED], found.known, now),
            *([f"{never} stale without any answer so far"] if never else ()),
            *([f"{dropped} {DROPPED}"] if dropped else ()),
        )
    )


def table(found: Sources, now: int, by_feed: bool = False) -> pd.DataFrame:
    """A row an outlet or feed: outlet (its id), name, feed (the address), state, wrong, how long ago it answered and brought
    a new_item and how often it is asked_each (seconds), feeds, how many are failing, items a_day, next, losses, undated
    (a share of the outlet's items of the chosen days) and begun (its first look, UTC)."""
    return pd.DataFrame(
        [entry(one, row, found, now) for one, row in states(found, now, by_feed)],
        columns=[
            *("outlet", "name", "feed", "state", "wrong", "answered", "new_item", "feeds", "failing", "asked_each"),
            *("a_day", "next", "losses", "undated", "begun"),
        ],
    )


def entry(outlet: Outlet, row: Row, found: Sources, now: int) -> dict[str, Any]:
    """The cells of a row."""
    paces = [pace for feed in outlet.feeds if (pace := pace_of(found, feed)).asked and not pace.gone]
    owner = outlet.feeds[0].outlet if outlet.feeds else outlet.id
    begun = [at for feed in outlet.feeds if (at := found.begun.get(feed.url, 0))]
    items = found.items.get(owner, 0)
    return {
        "outlet": owner,
        "name": outlet.name,
        "feed": outlet.feeds[0].url if outlet.feeds else "",
        "state": state_in_words(row),
        "wrong": row.wrong,
        "answered": now - row.answered if row.answered else None,
        "new_item": now - row.brought if row.brought else None,
        "feeds": row.feeds,
        "failing": row.failing,
        "asked_each": min(pace.interval for pace in paces) if paces and row.state != DROPPED else None,
        "a_day": row.items_a_day,
        "next": "" if not row.due else "now" if row.due <= now else f"in {span(row.due - now)}",
        "losses": losses_in_words(row),
        "undated": found.undated.get(owner, 0) / items if items else None,
        "begun": time_of(min(begun, default=0)),
    }


def losses_in_words(row: Row) -> str:
    """The possible losses of the last week, "" for none."""
    if not row.losses:
        return ""
    return f"{row.losses}, worst {span(row.worst_to - row.worst_from)} to {moment(row.worst_to)}"


def time_of(at: int) -> pd.Timestamp | None:
    """UTC seconds as a time, None for 0."""
    return pd.Timestamp(at, unit="s", tz="UTC") if at else None


def looks(cube: Cube, outlet: Outlet) -> pd.DataFrame:
    """The last looks at the feeds of an outlet, the newest first: at (UTC), outcome, status (none without an answer), items
    and new (none where nothing was read), detail, to_do, feed."""
    rows = [
        {
            "at": time_of(one["at"]),
            "outcome": one["outcome"],
            "status": one["status"] or None,
            "items": one["listed"] if one["outcome"] in LISTED else None,
            "new": one["new"] if one["outcome"] in LISTED else None,
            "detail": one["detail"],
            "to_do": TO_DO.get(one["outcome"], ""),
            "feed": feed.url,
        }
        for feed in outlet.feeds
        for one in cube.store.looks(feed.url, LOOKS)
    ]
    columns = ["at", "outcome", "status", "items", "new", "detail", "to_do", "feed"]
    return pd.DataFrame(rows, columns=columns).sort_values("at", ascending=False, kind="stable")


def gaps(cube: Cube, chosen: Selection, outlet: str) -> pd.DataFrame:
    """The spans of the chosen days in which the feeds of an outlet were not covered: feed, start, stop (UTC), lasts, why."""
    rows = methods.gap_rows(cube, replace(chosen, outlet=(outlet,), country=(), group=()))
    found = pd.DataFrame(rows, columns=["feed", "start", "stop", "why"])
    for name in ("start", "stop"):
        found[name] = pd.to_datetime(found[name], utc=True)
    lasts = [span(int(one.total_seconds())) for one in found["stop"] - found["start"]]
    found.insert(3, "lasts", lasts)
    return found
