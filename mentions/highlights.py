"""What changed: the peaks of a selection, each with the words, outlets and articles that made it, and what explains it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import pandas as pd

from mentions import measures, observation
from mentions.cube import Cube
from mentions.events import Event
from mentions.explained import Reason, Word, contributors, explained, words_of
from mentions.peaks import Change, Peak, findings
from mentions.selection import Selection
from mentions.timeline import by_period, timeline

YEAR, MONTH = 365, 28
TEXTS, OUTLETS, ARTICLES = 400, 12, 3
"""How many titles words are drawn from, how many outlets are looked at, and how many articles are shown."""

SHOWN = ["title", "link", "outlets", "articles"]


@dataclass(frozen=True, slots=True)
class Highlight:
    """A peak with what made it: words, outlets (id, label, articles, expected, excess), articles (one a story, those most outlets carried
    first: title, link, outlets, articles)."""

    peak: Peak
    words: tuple[Word, ...]
    outlets: pd.DataFrame
    articles: pd.DataFrame
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Changed:
    """The peaks and lasting changes in the chosen days, newest first; nothing is said where the year is `too_short`."""

    highlights: tuple[Highlight, ...] = ()
    changes: tuple[Change, ...] = ()
    too_short: bool = False


def changed(cube: Cube, chosen: Selection, events: Sequence[Event], today: date, most: int = 5) -> Changed:
    """What stands out in the chosen days against the year up to their end, under the selection's filters."""
    since = min(chosen.since, chosen.until - timedelta(days=YEAR - 1))
    year = replace(chosen, since=since, grain="day", by="forum")
    series = daily(cube, year, today)
    found = findings(series)
    inside = [one for one in found.peaks if one.end >= chosen.since and one.start <= chosen.until]
    largest = sorted(inside, key=lambda one: one.probability)[:most]
    return Changed(
        tuple(
            highlight(cube, year, one, series, events, today)
            for one in sorted(largest, key=lambda one: one.start)[::-1]
        ),
        tuple(one for one in found.changes[::-1] if chosen.since <= one.day <= chosen.until),
        found.too_short,
    )


def daily(cube: Cube, year: Selection, today: date) -> pd.DataFrame:
    """The days of a year with what is known of each: day, articles, items, state, seen (dated by first sighting)."""
    counts = measures.volume(cube, year)
    rows = timeline(counts, counts, observation.observed(cube, year), year, today).rename(columns={"period": "day"})
    seen = measures.daily(cube, year).set_index("day")["dated_by_seen"]
    return rows[["day", "articles", "items", "state"]].assign(seen=rows["day"].map(seen).fillna(0), imported=0)


def highlight(
    cube: Cube, year: Selection, peak: Peak, series: pd.DataFrame, events: Sequence[Event], today: date
) -> Highlight:
    """A peak with its words, outlets, articles and reasons."""
    now = replace(year, since=peak.start, until=peak.end)
    before = replace(year, since=peak.start - timedelta(days=MONTH), until=peak.start - timedelta(days=1))
    latest = measures.newest(cube, now, TEXTS)
    carried = measures.largest_stories(cube, now)
    others = latest[~latest["story"].isin(carried["story"])].assign(outlets=1, articles=1)
    gaps = set(series.loc[series["state"] == observation.NOT_OBSERVED, "day"])
    return Highlight(
        peak,
        words_of(latest["title"], measures.newest(cube, before, TEXTS)["title"]),
        outlets(cube, year, peak, today),
        pd.concat([carried[SHOWN], others[SHOWN]]).head(ARTICLES),
        explained(peak, gaps, series.assign(articles=series["articles"].fillna(0)), events),
    )


def outlets(cube: Cube, year: Selection, peak: Peak, today: date) -> pd.DataFrame:
    """The outlets with most articles in a peak, by how many are beyond their own expectation."""
    top = measures.ranked_outlets(cube, replace(year, since=peak.start, until=peak.end)).head(OUTLETS)
    named = tuple(top.loc[top["articles"] > 0, "id"])
    if not named:
        return pd.DataFrame(columns=["id", "label", "articles", "expected", "excess"])
    own = replace(year, by="outlet", outlet=named)
    counts = measures.volume_by(cube, own)
    rows = timeline(counts, by_period(counts), observation.observed(cube, own), own, today)
    table = contributors(rows.rename(columns={"period": "day"}), peak)
    return table.assign(label=table["id"].map(top.set_index("id")["label"]))
