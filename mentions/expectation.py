"""How many articles each day of a sparse series lets expect: a negative binomial by weekday about a slowly moving level.

Each day is judged by the days around it without its own week, and without days that stand out themselves, as public
health looks for outbreaks in small counts (Farrington et al. 1996; Noufaily et al. 2013, Statistics in Medicine 32(7)).
bench/README.md has what the constants cost and find.
"""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import betainc  # type: ignore[import-untyped]

from mentions.observation import NOT_OBSERVED, OBSERVED, PARTLY, UNFINISHED

STATES = (OBSERVED, PARTLY, NOT_OBSERVED, UNFINISHED)
"""States of a day, in the words of the glossary."""

Floats = NDArray[np.floating]
Places = NDArray[np.int64]
Flags = NDArray[np.bool_]

LONGEST = 7
"""Days of the longest span that is judged as one; so many days before and after a day say nothing of it."""
AROUND = 28  # days beyond these, on either side, that a day's level is learned from
NEAREST = 10  # of which so many must be observed
CALM = 2.0  # articles that hold the factor of a weekday near 1
USUAL_SPREAD, WEIGHT = 0.3, 10.0
"""The over-dispersion where a series is too sparse or short to tell its own, and how much telling it outweighs."""
OUTLIER = 1e-4  # a day less probable than this teaches no other day what is usual


@dataclass(frozen=True, slots=True)
class Days:
    """A series from its first to its last day; `known` days have a count, `taught` ones a final count."""

    first: date
    counts: Floats
    exposure: Floats
    known: Flags
    taught: Flags
    weekday: Places

    def day(self, place: int) -> date:
        return self.first + timedelta(days=place)


@dataclass(frozen=True, slots=True)
class Model:
    """Of each day: the expected articles, their over-dispersion, the relative variance of the level, the factor of its
    weekday, and whether it teaches the others."""

    mean: Floats
    spread: Floats
    doubt: Floats
    factor: Floats
    usual: Flags


def days_of(series: pd.DataFrame, given_items: bool) -> Days:
    """The series as arrays, absent days as not observed; raises ValueError for two rows of a day and for other states."""
    if series.empty:
        none = np.zeros(0)
        return Days(date.min, none, none, none > 0, none > 0, none.astype(np.int64))
    days = pd.to_datetime(series["day"]).to_numpy().astype("datetime64[D]").astype(np.int64)
    place, size = days - days.min(), int(np.ptp(days)) + 1
    if len(np.unique(place)) < len(place):
        raise ValueError("a series has one row a day")
    if not series["state"].isin(STATES).all():
        raise ValueError(f"the state of a day is one of {', '.join(STATES)}")
    counts, exposure = np.zeros(size), np.zeros(size)
    counts[place] = series["articles"].to_numpy(dtype=float, na_value=np.nan)
    exposure[place] = series["items"].to_numpy(dtype=float, na_value=np.nan) if given_items else 1.0
    known, final = np.zeros(size, bool), np.zeros(size, bool)
    known[place], final[place] = series["state"] != NOT_OBSERVED, series["state"] == OBSERVED
    known &= np.isfinite(counts) & (exposure > 0)
    counts, exposure = np.where(known, counts, 0.0), np.where(known, exposure, 0.0)
    first = date(1970, 1, 1) + timedelta(days=int(days.min()))
    return Days(first, counts, exposure, known, known & final, (np.arange(size) + first.weekday()) % 7)


def model_of(days: Days, cuts: list[int]) -> Model:
    """The model between the cuts, learned in three turns, each without the days that the turn before found unusual."""
    size = len(days.counts)
    here, bounds = np.arange(size), np.array([0, *cuts, size])
    segment = np.searchsorted(bounds, here, side="right")
    low, high = bounds[segment - 1], bounds[segment]
    own = np.clip(here - LONGEST + 1, low, high), np.clip(here + LONGEST, low, high)
    near = np.clip(here - LONGEST - AROUND, low, high), np.clip(here + LONGEST + AROUND + 1, low, high)
    usual = days.taught
    factor: Floats = np.ones(size)
    for _ in range(3):
        counts, weight = days.counts * usual, days.exposure * usual
        around = _beside(counts, near, own) + 0.5
        taught = _beside(weight * factor, near, own)
        enough = (_beside(usual * 1.0, near, own) >= NEAREST) & (taught > 0)
        level = np.divide(around, taught, out=np.full(size, np.nan), where=enough)
        factor, others = _factor(days.weekday, counts * enough, np.nan_to_num(level) * weight)
        mean = level * days.exposure * factor
        spread = _spread(days.counts, np.nan_to_num(mean), usual, own) + 1 / others
        doubt = (1 + spread * np.nan_to_num(mean)) / around
        usual = days.taught & ~(tail(days.counts, mean, spread + doubt) < OUTLIER)
    return Model(mean, spread, doubt, factor, usual)


def _factor(weekday: Places, counts: Floats, level: Floats) -> tuple[Floats, Floats]:
    """How many times the level each day's weekday has on the other days, and the articles that tell it."""
    seen, due = (np.bincount(weekday, one, 7)[weekday] - one + CALM for one in (counts, level))
    return seen / due, seen


def _spread(counts: Floats, mean: Floats, usual: Flags, own: tuple[Places, Places]) -> Floats:
    """The over-dispersion that all other days show, by moments, weighted by how much each day tells of it."""
    scale = usual / (1 + USUAL_SPREAD * mean) ** 2
    excess, told = scale * ((counts - mean) ** 2 - mean), scale * mean**2
    shown = excess.sum() - sums(excess, *own) + USUAL_SPREAD * WEIGHT
    return np.asarray(np.maximum(shown / (told.sum() - sums(told, *own) + WEIGHT), 0))


def _beside(values: Floats, near: tuple[Places, Places], own: tuple[Places, Places]) -> Floats:
    return sums(values, *near) - sums(values, *own)


def sums(values: Floats, starts: Places, ends: Places) -> Floats:
    """The sums of values[start:end]."""
    total = np.concatenate(([0.0], np.cumsum(values)))
    return total[ends] - total[starts]


def tail(counts: Floats, mean: Floats, variance: Floats, drops: bool = False) -> Floats:
    """The probability of so many articles or more (or fewer) by a negative binomial of that relative extra variance."""
    size = 1 / variance
    if drops:
        return np.asarray(betainc(size, counts + 1, size / (size + mean)))
    return np.where(counts > 0, betainc(np.maximum(counts, 1), size, mean / (size + mean)), 1.0)
