"""Plants bursts in invented series and counts how many are found and how many are not there: python -m bench.peaks [--series N].

Beside mentions/peaks.py in the same run: mean + 2 sigma of the whole series, and median + 3 scaled median absolute deviations.
"""

import argparse
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bench.table import median, milliseconds, p95, show
from mentions import peaks
from mentions.observation import NOT_OBSERVED, OBSERVED

START = date(2024, 1, 1)
MEANS = (0.2, 0.5, 1.0, 2.0, 5.0)
SPREADS = (0.0, 0.3, 1.0)
"""Over-dispersion of the negative binomial: 0 is Poisson."""
RHYTHMS = ((1.0,) * 7, (1.2, 1.2, 1.2, 1.2, 1.2, 0.5, 0.5), (0.3, 0.3, 0.3, 3.5, 2.0, 0.3, 0.3))
TIMES, LENGTHS = (2, 3, 5), (1, 2, 4)
SIZES = [(times, days) for times in TIMES for days in LENGTHS]
Spans = list[tuple[int, int]]
Rule = Callable[[pd.DataFrame], Spans]


@dataclass(frozen=True, slots=True)
class Planted:
    """A series, its mean, what is planted in it (first day, last day, times), and the day its level doubles (0: none)."""

    series: pd.DataFrame
    mean: float
    bursts: list[tuple[int, int, int]]
    shift: int


def planted(chance: np.random.Generator, days: int, mean: float, bursts: bool, shifts: bool) -> Planted:
    """A series with weekly rhythm, a slow swing, a week or more not observed, and what is to be found."""
    here = np.arange(days)
    rate = mean * np.array(RHYTHMS[chance.integers(len(RHYTHMS))])[here % 7]
    rate *= 1 + 0.25 * np.sin(2 * np.pi * (here / 365 + chance.random()))
    shift = int(chance.integers(60, days - 60)) if shifts and days >= 180 and chance.random() < 0.5 else 0
    if shift:
        rate[shift:] *= 2
    found: list[tuple[int, int, int]] = []
    for first in range(20, days - 10, 60) if bursts else ():
        first += int(chance.integers(30))
        times, length = int(chance.choice(TIMES)), int(chance.choice(LENGTHS))
        if first + length <= days and not shift - 20 < first < shift + 20:
            rate[first : first + length] *= times
            found.append((first, first + length - 1, times))
    spread = float(chance.choice(SPREADS))
    counts = chance.poisson(chance.gamma(1 / spread, spread * rate) if spread else rate)
    states = np.full(days, OBSERVED, object)
    for _ in range(days // 180):
        gap = int(chance.integers(days))
        states[gap : gap + int(chance.integers(2, 15))] = NOT_OBSERVED
    frame = pd.DataFrame(
        {"day": [START + timedelta(days=int(one)) for one in here], "articles": counts, "state": states}
    )
    return Planted(frame.assign(items=counts * 20 + 100), mean, found, shift)


def own(series: pd.DataFrame) -> Spans:
    return [((one.start - START).days, (one.end - START).days) for one in peaks.findings(series).peaks]


def sigma(series: pd.DataFrame) -> Spans:
    counts = seen(series)
    return runs(counts > np.nanmean(counts) + 2 * np.nanstd(counts))


def deviations(series: pd.DataFrame) -> Spans:
    counts = seen(series)
    middle = np.nanmedian(counts)
    return runs(counts > middle + 3 * 1.4826 * np.nanmedian(np.abs(counts - middle)))


def seen(series: pd.DataFrame) -> NDArray[np.float64]:
    """The counts, missing where not observed."""
    return np.where(series["state"] == OBSERVED, series["articles"], np.nan).astype(float)


def runs(flags: NDArray[np.bool_]) -> Spans:
    """First and last day of each run of flagged days."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], flags, [False]))))
    return [(int(first), int(after) - 1) for first, after in zip(edges[::2], edges[1::2], strict=True)]


RULES: dict[str, Rule] = {"peaks": own, "mean + 2 sigma": sigma, "median + 3 MAD": deviations}


def scored(rule: Rule, sample: list[Planted]) -> tuple[float, Counter[tuple[int, int]]]:
    """False peaks in 1,000 observed days, and how many bursts of each times and length were found."""
    false, days, hits = 0, 0, Counter[tuple[int, int]]()
    for one in sample:
        spans = rule(one.series)
        days += int((one.series["state"] == OBSERVED).sum())
        false += sum(not any(touch(span, burst) for burst in one.bursts) for span in spans)
        hits.update(
            (burst[2], burst[1] - burst[0] + 1) for burst in one.bursts if any(touch(span, burst) for span in spans)
        )
    return 1000 * false / days, hits


def touch(span: tuple[int, int], burst: tuple[int, int, int]) -> bool:
    return span[0] <= burst[1] and burst[0] <= span[1]


def drawn(number: int, days: int, means: tuple[float, ...], bursts: bool, shifts: bool, seed: int) -> list[Planted]:
    chance = np.random.default_rng(seed)
    return [planted(chance, days, means[one % len(means)], bursts, shifts) for one in range(number)]


def recalls(name: str, rule: Rule, number: int) -> Iterator[list[object]]:
    """A rule's rows: articles a day, false peaks, and the share of bursts found by times and length."""
    for means in ((0.2, 0.5), (1.0, 2.0), (5.0,)):
        sample = drawn(number, 365, means, True, True, 4)
        planted_bursts = Counter((times, last - first + 1) for one in sample for first, last, times in one.bursts)
        false, hits = scored(rule, sample)
        shares = [f"{hits[key] / planted_bursts[key]:.2f}" for key in SIZES]
        yield [name, " and ".join(f"{mean:g}" for mean in means), f"{false:.2f}", *shares]


def quiet(name: str, rule: Rule, number: int) -> list[object]:
    """False peaks in 1,000 observed days of series without any burst: a year, a year with shifts, 35 days."""
    samples = ((number, 365, False), (number, 365, True), (5 * number, 35, False))
    return [
        name,
        *(f"{scored(rule, drawn(many, days, MEANS, False, shifts, 1))[0]:.2f}" for many, days, shifts in samples),
    ]


def shifts(mean: float, number: int) -> list[object]:
    """How many doublings are found within 28 days, and changes found elsewhere in 1,000 days, for a mean."""
    sample = drawn(number, 365, (mean,), False, True, 5)
    there = found = wrong = 0
    for one in sample:
        near = [abs((change.day - START).days - one.shift) <= 28 for change in peaks.findings(one.series).changes]
        there += one.shift > 0
        found += one.shift > 0 and any(near)
        wrong += sum(not (one.shift and close) for close in near)
    return [f"{mean:g}", there, f"{found / there:.2f}", f"{1000 * wrong / (365 * number):.2f}"]


def thresholds(number: int) -> Iterator[list[object]]:
    """False peaks of calm series and recall at 1 and 2 articles a day, for shares of false ones that could be allowed."""
    chosen, calm = peaks.FALSE_SHARE, drawn(number, 365, MEANS, False, False, 1)
    sample = drawn(number, 365, (1.0, 2.0), True, True, 4)
    planted_bursts = Counter(times for one in sample for _, _, times in one.bursts)
    for peaks.FALSE_SHARE in (0.02, 0.05, 0.1, 0.2, 0.4):
        false, hits = scored(own, sample)
        found = [sum(hits[times, days] for days in LENGTHS) / planted_bursts[times] for times in TIMES]
        yield [peaks.FALSE_SHARE, f"{scored(own, calm)[0]:.2f}", f"{false:.2f}", *(f"{share:.2f}" for share in found)]
    peaks.FALSE_SHARE = chosen


def times() -> Iterator[list[object]]:
    long = drawn(1, 1095, (2.0,), True, True, 6)[0].series
    many = [one.series for one in drawn(106, 365, MEANS, True, True, 7)]
    for what, taken in (
        ("one series of 1,095 days", milliseconds(lambda: peaks.findings(long), 50)),
        ("106 series of 365 days", milliseconds(lambda: [peaks.findings(one) for one in many], 5)),
    ):
        yield [what, median(taken), p95(taken)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--series", type=int, default=500)
    number = parser.parse_args().series
    command = f"`python -m bench.peaks`: {number} invented series of 365 days a row"
    heads = ["rule", "articles a day", "false in 1,000 days", *(f"{times} × {days} d" for times, days in SIZES)]
    show(f"{command}, bursts planted", heads, [row for one in RULES.items() for row in recalls(*one, number)])
    heads = ["rule", "a year", "with shifts", "35 days"]
    show("False peaks in 1,000 days, none planted", heads, [quiet(*one, number) for one in RULES.items()])
    heads = ["share of false ones", "false, none planted", "false, planted", *(f"{times} ×" for times in TIMES)]
    show("What is allowed to be false, 1 and 2 articles a day", heads, list(thresholds(number)))
    heads = ["articles a day", "doublings", "found", "others in 1,000 days"]
    show("Lasting changes", heads, [shifts(mean, number) for mean in MEANS])
    show("Times, ms", ["what", "p50", "p95"], list(times()))


if __name__ == "__main__":
    main()
