"""Spans of days on which far more or far fewer articles came than expected (mentions/expectation.py), and lasting changes."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

import numpy as np
import pandas as pd
from scipy.special import xlogy  # type: ignore[import-untyped]

from mentions.expectation import LONGEST, Days, Floats, Model, Places, days_of, model_of, sums, tail

FALSE_SHARE = 0.1
"""Of the spans of days called peaks of a series about so many may be chance (Benjamini and Hochberg 1995)."""
FEWEST, TIMES = 3, 1.5
"""A peak has at least so many articles and so many times the expected; a drop lacks as much."""
SHORTEST = 21  # observed days that a series must have, and a level before and after a change
CHANGED, PROOF = 1.5, 20.0
"""A level changed if it is so many times the one before, or the one before of it, and twice the log likelihood ratio,
divided by the over-dispersion, says so."""
YEAR = 365
"""Days; a shorter series is judged as strictly as one of so many, or a month would show the more chance peaks."""


@dataclass(frozen=True, slots=True)
class Peak:
    """Adjacent days with more articles than expected (of a drop: fewer); `top` is the day furthest from its expectation."""

    start: date
    end: date
    top: date
    articles: int
    expected: float
    ratio: float  # articles / expected
    probability: float  # of as many articles or more (of a drop: or fewer), before correction for looking at many days


@dataclass(frozen=True, slots=True)
class Change:
    """The first day of a lasting new level; levels in articles a day, or articles an item."""

    day: date
    before: float
    after: float


@dataclass(frozen=True, slots=True)
class Findings:
    """What stands out in a series, by day; where it is `too_short` nothing is said."""

    peaks: tuple[Peak, ...] = ()
    changes: tuple[Change, ...] = ()
    too_short: bool = False


def findings(series: pd.DataFrame, given_items: bool = False, drops: bool = False) -> Findings:
    """The peaks of a daily series, or its `drops`, and its lasting changes.

    `series` has one row a day in any order, with the columns day, articles, state (of mentions/expectation.py), and items
    where articles are to be judged `given_items`. Days not observed or absent are missing; partly observed and
    unfinished ones may be peaks, as they have at least what was counted, but teach nothing and are never drops.
    Raises ValueError for two rows of a day, or another state.
    """
    days = days_of(series, given_items)
    if days.taught.sum() < SHORTEST:
        return Findings(too_short=True)
    model = model_of(days, [])
    if cuts := _cuts(days, model):
        model = model_of(days, cuts)
    return Findings(tuple(_peaks(days, model, drops)), tuple(_changes(days, model, cuts)))


def expected(series: pd.DataFrame, given_items: bool = False) -> pd.Series:
    """The articles expected of each day of a series (index: day), missing where too little is known around it."""
    days = days_of(series, given_items)
    mean = model_of(days, _cuts(days, model_of(days, []))).mean if len(days.counts) else days.counts
    return pd.Series(mean, index=pd.Index([days.day(place) for place in range(len(mean))], name="day"))


def _peaks(days: Days, model: Model, drops: bool) -> Iterator[Peak]:
    """The least probable spans of up to LONGEST days that hold the rate of false ones, touching ones made one."""
    usable = np.isfinite(model.mean) & (days.taught if drops else days.known)
    size = len(usable)
    starts, lengths = (one.ravel() for one in np.meshgrid(np.arange(size), np.arange(1, LONGEST + 1)))
    starts, lengths = starts[starts + lengths <= size], lengths[starts + lengths <= size]
    ends = starts + lengths
    whole = sums(usable * 1.0, starts, ends) == ends - starts
    starts, ends = starts[whole], ends[whole]
    chance = _chance(days, model, starts, ends, drops)
    order = np.argsort(chance, kind="stable")
    allowed = FALSE_SHARE * np.arange(1, len(order) + 1) / max(len(order), YEAR * LONGEST)
    held = np.flatnonzero(chance[order] <= allowed)
    chosen = np.zeros(size + 1, bool)
    for one in order[: held[-1] + 1] if len(held) else []:
        if not chosen[starts[one] : ends[one]].any():
            chosen[starts[one] : ends[one]] = True
    edges = np.flatnonzero(np.diff(chosen, prepend=False))
    for start, end in zip(edges[::2], edges[1::2], strict=True):
        yield _peak(days, model, int(start), int(end), drops)


def _chance(days: Days, model: Model, starts: Places, ends: Places, drops: bool) -> Floats:
    """The tail probability of each span, 1 for those that are too small to speak of whatever their probability."""
    counts, mean, variance = _spans(days, model, starts, ends)
    if drops:
        worth = (mean - counts >= FEWEST) & (mean >= TIMES * counts)
    else:
        worth = (counts >= FEWEST) & (counts >= TIMES * mean)
    chance = np.ones(len(starts))
    chance[worth] = tail(counts[worth], mean[worth], variance[worth], drops)
    return chance


def _spans(days: Days, model: Model, starts: Places, ends: Places) -> tuple[Floats, Floats, Floats]:
    """Of each span of days its articles, those expected, and their relative variance beyond chance."""
    mean = np.nan_to_num(model.mean)
    total = sums(mean, starts, ends)
    level = sums(model.doubt * mean, starts, ends) / total  # the days of a span share the doubt of their level
    return sums(days.counts, starts, ends), total, sums(model.spread * mean**2, starts, ends) / total**2 + level


def _peak(days: Days, model: Model, start: int, end: int, drops: bool) -> Peak:
    counts, mean, variance = _spans(days, model, np.array([start]), np.array([end]))
    away = (days.counts - model.mean)[start:end] * (-1 if drops else 1)
    top, chance = days.day(start + int(np.argmax(away))), float(tail(counts, mean, variance, drops)[0])
    articles, due = int(counts[0]), float(mean[0])
    return Peak(days.day(start), days.day(end - 1), top, articles, due, articles / due, chance)


def _cuts(days: Days, model: Model) -> list[int]:
    """The first days of lasting new levels: each half is cut again until no cut is proven (binary segmentation)."""
    places = np.flatnonzero(model.usual & np.isfinite(model.mean))
    counts, weight = days.counts[places], (days.exposure * model.factor)[places]
    noise = 1 + float(np.mean(model.spread[places] * model.mean[places])) if len(places) else 1.0
    todo, found = [(0, len(places))], []
    while todo:
        low, high = todo.pop()
        if cut := _cut(counts[low:high], weight[low:high], noise):
            found.append(low + cut)
            todo += [(low, low + cut), (low + cut, high)]
    # A first cut may lie between two true ones: each is looked for once more between its neighbours.
    kept = [0]
    for high in [*sorted(found), len(places)][1:]:
        if cut := _cut(counts[kept[-1] : high], weight[kept[-1] : high], noise):
            kept.append(kept[-1] + cut)
    return [int(places[cut]) for cut in kept[1:]]


def _cut(counts: Floats, weight: Floats, noise: float) -> int:
    """Where the counts are best cut in two levels, 0 where no cut is proven."""
    cuts = np.arange(SHORTEST, len(counts) - SHORTEST + 1)
    if not len(cuts):
        return 0
    left, before = np.cumsum(counts)[cuts - 1], np.cumsum(weight)[cuts - 1]
    right, after = counts.sum() - left, weight.sum() - before
    proof = 2 * (xlogy(left, left / before) + xlogy(right, right / after)) / noise
    proof -= 2 * xlogy(counts.sum(), counts.sum() / weight.sum()) / noise
    best = int(np.argmax(proof))
    ratio = (right[best] + 0.5) / after[best] * before[best] / (left[best] + 0.5)
    return int(cuts[best]) if proof[best] >= PROOF and max(ratio, 1 / ratio) >= CHANGED else 0


def _changes(days: Days, model: Model, cuts: list[int]) -> Iterator[Change]:
    bounds = [0, *cuts, len(days.counts)]
    levels = [
        float((days.counts * model.usual)[low:high].sum() / (days.exposure * model.usual)[low:high].sum())
        for low, high in pairwise(bounds)
    ]
    for place, before, after in zip(cuts, levels, levels[1:], strict=False):
        yield Change(days.day(place), before, after)
