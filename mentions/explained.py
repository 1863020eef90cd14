"""What stands beside a peak: how its articles were collected, what the calendar holds, its outlets and its words."""

import math
import re
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby, pairwise

import pandas as pd

from mentions.events import Event, events_between
from mentions.peaks import Peak, expected
from mentions.text import MARKS, folded, is_word

NEAR = 2
"""An event so many days before or after a peak, or nearer, is named beside it: coverage begins before and runs on."""
MOST = 8  # words are shown
PRIOR = 100.0
"""Word counts that the words of all texts stand for before any is seen (Monroe et al. 2008, informative prior)."""
SURE = 1.96  # a word's log odds lie so many of their standard errors above no difference, at least
WORD = re.compile(rf"[\w{MARKS}]+(?:'[\w{MARKS}]+)*")


@dataclass(frozen=True, slots=True)
class Reason:
    """What may have made a peak, or have made it look like one; `kind` is gap, first_seen, imported or calendar."""

    kind: str
    words: str


@dataclass(frozen=True, slots=True)
class Word:
    """A word, or two Chinese letters, in so many texts of a peak and so many of before."""

    word: str
    texts: int
    before: int


def explained(peak: Peak, gaps: Collection[date], dating: pd.DataFrame, events: Iterable[Event]) -> tuple[Reason, ...]:
    """The reasons that apply to a peak, in neutral words.

    `gaps` are the days not observed. `dating` has for each day (columns day, articles, seen, imported) how many articles
    were dated by first sighting and how many came by an import. Events whose day is not known are not named.
    """
    reasons = [Reason("gap", f"follows {_days(missing)} not observed")] if (missing := _missing(peak, gaps)) else []
    inside = dating["day"].between(peak.start, peak.end)
    counts = dating[["articles", "seen", "imported"]]
    now, usual = counts[inside].sum(), counts[~inside].sum()
    if now["articles"] and now["seen"] * 2 >= now["articles"]:
        share = usual["seen"] / usual["articles"] if usual["articles"] else 0.0
        if now["seen"] > 2 * share * now["articles"]:
            words = f"{now['seen']:.0f} of {now['articles']:.0f} articles dated by first sighting, usually {share:.0%}"
            reasons.append(Reason("first_seen", words))
    if now["imported"]:
        reasons.append(Reason("imported", f"{now['imported']:.0f} of {now['articles']:.0f} articles imported"))
    days = timedelta(days=NEAR)
    near = events_between(events, peak.start - days, peak.end + days)
    return *reasons, *(Reason("calendar", _beside(peak, event)) for event in near if event.precision == "day")


def words_of(texts_peak: Iterable[str], texts_before: Iterable[str]) -> tuple[Word, ...]:
    """The words that are likelier in the texts of a peak than in those before, likeliest first, at most eight.

    Each text counts a word once. Log odds with an informative Dirichlet prior, over their standard error (Monroe,
    Colaresi and Quinn 2008, Political Analysis 16(4)): what is common before, as function words are, never stands out.
    """
    now, before = (Counter(word for text in texts for word in _words(text)) for texts in (texts_peak, texts_before))
    sums = now.total(), before.total()
    prior = {word: PRIOR * (count + before[word]) / sum(sums) for word, count in now.items()}
    ranked = []
    for word, count in now.items():
        own, other = count + prior[word], before[word] + prior[word]
        odds = math.log(own / (sums[0] + PRIOR - own)) - math.log(other / (sums[1] + PRIOR - other))
        ranked.append((-odds / math.sqrt(1 / own + 1 / other), word))
    best = [word for score, word in sorted(ranked) if score <= -SURE and now[word] > 1]
    return tuple(Word(word, now[word], before[word]) for word in best[:MOST])


def contributors(daily_by_outlet: pd.DataFrame, peak: Peak) -> pd.DataFrame:
    """The outlets of a peak by how many articles they have beyond their own expectation: id, articles, expected, excess.

    `daily_by_outlet` has a series for each `id` (as mentions/peaks.py takes it). Where too little is known of an outlet
    its expectation is missing and it comes last.
    """
    rows = []
    for outlet, series in daily_by_outlet.groupby("id", sort=True):
        inside = series[series["day"].between(peak.start, peak.end) & series["articles"].notna()]
        due = expected(series).reindex(inside["day"])
        rows.append((outlet, int(inside["articles"].sum()), due.sum(skipna=False) if len(due) else math.nan))
    table = pd.DataFrame(rows, columns=["id", "articles", "expected"]).astype({"expected": float})
    table["excess"] = table["articles"] - table["expected"]
    return table.sort_values(["excess", "articles"], ascending=False, kind="stable", ignore_index=True)


def _missing(peak: Peak, gaps: Collection[date]) -> int:
    """How many days just before the peak were not observed."""
    days = 0
    while peak.start - timedelta(days=days + 1) in gaps:
        days += 1
    return days


def _beside(peak: Peak, event: Event) -> str:
    """An event and how far from the peak it is."""
    if event.first <= peak.end and peak.start <= event.last:
        return f"{event.line}: same day" if peak.start == peak.end else f"{event.line}: same days"
    if event.last < peak.start:
        return f"{event.line}: {_days((peak.start - event.last).days)} before"
    return f"{event.line}: {_days((event.first - peak.end).days)} after"


def _days(number: int) -> str:
    return "1 day" if number == 1 else f"{number} days"


def _words(text: str) -> set[str]:
    """The folded words of a text without bare numbers; where no spaces part words, each two letters in a row."""
    words = set()
    for found in WORD.findall(folded(text)):
        for unspaced, letters in groupby(found, lambda char: char.isalpha() and not is_word(char)):
            run = "".join(letters)
            words |= {first + second for first, second in pairwise(run)} if unspaced else {run}
    return {word for word in words if len(word) > 1 and not word.isdecimal()}
