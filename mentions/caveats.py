"""What weakens every figure of a selection, in a few short sentences."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd

from mentions import measures, observation
from mentions.cube import Cube
from mentions.moments import DAY, moment, span
from mentions.selection import ZONES, Selection, day_of, start_of

MANY_UNDATED = 0.05
"""Beyond this share of articles that are dated by when they were first seen, the days of a chart may be wrong."""

NAMED = 2
"""So many outlets are named, the others counted."""

# Each feed with its covered spans in the chosen days, each with the end of the one before it.
SPANS = """
WITH kept AS (SELECT * FROM feed WHERE @whose), spans AS (
    SELECT feed, lag(stop) OVER (PARTITION BY feed ORDER BY start) AS before, start, stop FROM covered
)
SELECT o.id AS outlet, o.name AS label, k.number AS feed, k.born, k.asked, (SELECT max(asked) FROM feed) AS newest,
    coalesce(s.before, 0) AS before, coalesce(s.start, 0) AS start, coalesce(s.stop, 0) AS stop
FROM kept k JOIN outlet o ON o.number = k.outlet
LEFT JOIN spans s ON s.feed = k.number AND s.stop > $start AND coalesce(s.before, s.start) < $stop
ORDER BY o.name, k.number, s.start
"""

UNDATED = "SELECT count(*) AS articles, count(*) FILTER (dated_by = 'seen') AS seen FROM chosen"


@dataclass(frozen=True, slots=True)
class Watched:
    """A feed in the chosen days, which are numbered from 1970 in their zone: expected from its first look to its last,
    how many of its days were covered at all, and the spans in which items may be lost (UTC seconds)."""

    outlet: str
    label: str
    born: int
    expected: range
    covered: int
    losses: tuple[tuple[int, int], ...]


def warnings(cube: Cube, chosen: Selection) -> list[str]:
    """At most four sentences: days that were not observed, items that may be lost, outlets that began later, dates that
    are not the outlet's. They hold names as they are given: plain text, no mark-up."""
    days = range(measures.day_number(chosen.since), measures.day_number(chosen.until) + 1)
    rows = observation.ask(cube, SPANS, chosen)
    feeds = [watched(part, chosen, days) for part in parts(rows)]
    dates = measures.ask(cube, UNDATED, chosen).iloc[0]
    return [
        *unobserved(feeds, days),
        *lost(feeds),
        *later(feeds, chosen),
        *undated(int(dates["articles"]), int(dates["seen"])),
    ]


def parts(rows: pd.DataFrame) -> Iterator[list[Any]]:
    """The rows of each feed."""
    by_feed: dict[Any, list[Any]] = {}
    for row in rows.itertuples():
        by_feed.setdefault(row.feed, []).append(row)
    yield from by_feed.values()


def watched(rows: Sequence[Any], chosen: Selection, days: range) -> Watched:
    """A feed from its rows of SPANS; it is expected as in observation.DAYS."""
    first, offset = rows[0], ZONES[chosen.tz]
    start, stop = start_of(chosen.since, chosen.tz), start_of(chosen.until, chosen.tz) + DAY
    last = days.stop if first.newest - first.asked <= observation.RETIRED else (first.asked + offset) // DAY + 1
    expected = range(max((first.born + offset) // DAY, days.start), min(last, days.stop)) if first.born else range(0)
    covered, seen = 0, days.start
    for row in rows:
        begin, end = max(row.start, start), min(row.stop, stop)
        if begin < end:
            covered += max((end - 1 + offset) // DAY + 1 - max((begin + offset) // DAY, seen), 0)
            seen = (end - 1 + offset) // DAY + 1
    losses = ((max(row.before, start), min(row.start, stop)) for row in rows if row.before)
    return Watched(
        first.outlet, first.label, first.born, expected, covered, tuple(one for one in losses if one[0] < one[1])
    )


def unobserved(feeds: Sequence[Watched], days: range) -> Iterator[str]:
    """How many feed-days were not observed at all, and at which outlets most of them were."""
    outlets: dict[str, list[Watched]] = {}
    for feed in feeds:
        outlets.setdefault(feed.outlet, []).append(feed)
    counts = []
    for own in outlets.values():
        # On days on which none of its feeds is expected all of them count, as in observation.DAYS.
        none = len(days) - len(set[int]().union(*(one.expected for one in own)))
        all_days = sum(len(one.expected) for one in own) + none * len(own)
        counts.append((all_days - sum(one.covered for one in own), all_days, own[0].label))
    missing, whole = sum(one[0] for one in counts), sum(one[1] for one in counts)
    if missing > 0:
        counts.sort(key=lambda one: (-one[0], one[2]))
        worst = [f"{label} ({lacks:,} of {of:,})" for lacks, of, label in counts[:NAMED] if lacks > 0]
        hit = sum(lacks > 0 for lacks, _, _ in counts)
        yield (
            f"{missing:,} of {whole:,} feed-days ({part(missing, whole)}) were not observed, at {hit:,} of"
            f" {len(counts):,} outlets{', most' if hit > 1 else ''}: {listing(worst)}."
        )


def lost(feeds: Sequence[Watched]) -> Iterator[str]:
    """At how many feeds items may be lost, and where the longest span of such was."""
    hit = [one for one in feeds if one.losses]
    if hit:
        worst, label = max(
            ((gap, one.label) for one in hit for gap in one.losses), key=lambda gap: gap[0][1] - gap[0][0]
        )
        yield (
            f"Items may be lost at {len(hit):,} of {len(feeds):,} feeds, where two lists had fewer than half of their items"
            f" in common; longest {span(worst[1] - worst[0])}, {label}, to {moment(worst[1])}."
        )


def later(feeds: Sequence[Watched], chosen: Selection) -> Iterator[str]:
    """Which outlets were first looked at after the first chosen day, so that their earlier items are only what was still
    listed then."""
    born: dict[str, tuple[int, str]] = {}
    for feed in feeds:
        known = born.get(feed.outlet, (0, ""))[0]
        born[feed.outlet] = (min(filter(None, (known, feed.born)), default=0), feed.label)
    end = start_of(chosen.since, chosen.tz) + DAY
    late = sorted((one for one in born.values() if not one[0] or one[0] >= end), key=lambda one: (-one[0], one[1]))
    if late:
        named = [f"{label} ({since(at, chosen.tz)})" for at, label in late[:NAMED]]
        more = [f"{len(late) - NAMED:,} more"] if len(late) > NAMED else []
        yield (
            f"{len(late):,} of {len(born):,} outlets {'was' if len(late) == 1 else 'were'} first looked at after {chosen.since}; of the days before, only"
            f" what they still listed is counted: {listing([*named, *more])}."
        )


def since(at: int, tz: str) -> date | str:
    """The day of an outlet's first look, or that there was none."""
    return day_of(at, tz) if at else "never looked at"


def undated(articles: int, seen: int) -> Iterator[str]:
    """How many articles stand on the day they were first seen, where they are many."""
    if articles and seen > articles * MANY_UNDATED:
        yield (
            f"{seen:,} of {articles:,} articles ({part(seen, articles)}) state no usable date and are dated by when they"
            " were first seen."
        )


def part(some: int, of: int) -> str:
    """A share in whole per cent, and never as none or all of it where it is not."""
    share = some / of
    return "under 1%" if share < 0.01 else "over 99%" if 0.99 < share < 1 else f"{share:.0%}"


def listing(names: Sequence[str]) -> str:
    """Names as a list in words."""
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))
