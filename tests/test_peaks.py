"""Peaks of sparse series: what is one, what is none, where nothing is said, and what stands beside it."""

import math
from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import nbinom  # type: ignore[import-untyped]

from mentions.events import Event
from mentions.expectation import tail
from mentions.explained import Word, contributors, explained, words_of
from mentions.observation import NOT_OBSERVED, OBSERVED, PARTLY, UNFINISHED
from mentions.peaks import Peak, expected, findings

START = date(2026, 1, 5)  # a Monday
CALM = [1, 0, 2, 1, 0, 1, 1, 3, 0, 1, 2, 0, 1, 0, 1, 2, 1, 0, 0, 1, 1, 2, 0, 1, 0, 3, 1, 0, 1, 2] * 4


def series(counts: Sequence[float], states: dict[int, str] | None = None, items: float = 50) -> pd.DataFrame:
    days = [START + timedelta(days=place) for place in range(len(counts))]
    states = states or {}
    return pd.DataFrame(
        {
            "day": days,
            "articles": counts,
            "items": items,
            "state": [states.get(n, OBSERVED) for n in range(len(counts))],
        }
    )


def put(counts: list[int], place: int, *values: int) -> list[int]:
    return [*counts[:place], *values, *counts[place + len(values) :]]


def day(place: int) -> date:
    return START + timedelta(days=place)


def spans(table: pd.DataFrame, drops: bool = False) -> list[tuple[int, int]]:
    found = findings(table, drops=drops).peaks
    return [((one.start - START).days, (one.end - START).days) for one in found]


@pytest.mark.parametrize("mean,variance", [(0.3, 0.5), (4.0, 0.01), (12.0, 2.0)])
def test_tails_are_those_of_the_negative_binomial(mean: float, variance: float) -> None:
    counts, many = np.arange(30.0), np.full(30, mean)
    law = nbinom(1 / variance, 1 / (1 + variance * mean))
    assert tail(counts, many, np.full(30, variance)) == pytest.approx(law.sf(counts - 1))
    assert tail(counts, many, np.full(30, variance), drops=True) == pytest.approx(law.cdf(counts))


def test_adjacent_days_are_one_peak() -> None:
    (peak,) = findings(series(put(CALM, 60, 9, 14, 8))).peaks
    assert (peak.start, peak.end, peak.top, peak.articles) == (day(60), day(62), day(61), 31)
    assert 1 < peak.expected < 6
    assert peak.ratio == pytest.approx(31 / peak.expected)
    assert peak.probability < 1e-4


def test_a_calm_series_has_none() -> None:
    assert findings(series(CALM)) == findings(series([2] * 120)) == findings(series([0] * 120))
    assert findings(series(CALM)).peaks == () == findings(series(CALM)).changes


@pytest.mark.parametrize("counts", [(1,), (2,), (1, 1)])
def test_one_or_two_articles_after_long_silence_are_none(counts: tuple[int, ...]) -> None:
    assert spans(series(put([0] * 300, 150, *counts))) == []


def test_a_few_articles_after_long_silence_are_one() -> None:
    assert spans(series(put([0] * 300, 150, 8))) == [(150, 150)]


def test_the_day_of_a_weekly_outlet_is_none_and_another_day_is() -> None:
    weekly = [6 if place % 7 == 3 else 0 for place in range(140)]
    assert spans(series(weekly)) == []
    assert spans(series(put(weekly, 71, 9))) == [(71, 71)]


@pytest.mark.parametrize("observed", [0, 1, 20])
def test_too_short_to_say(observed: int) -> None:
    short = series(put([0] * observed, observed // 2, 99) if observed else [])
    assert findings(short).too_short and not findings(short).peaks
    lost = series(put(CALM, 60, 50), dict.fromkeys(range(observed, len(CALM)), NOT_OBSERVED))
    assert findings(lost).too_short and not findings(lost).peaks


def test_a_doubled_output_is_a_change_and_no_peak() -> None:
    found = findings(series(CALM + [2 * one + 1 for one in CALM]))
    assert found.peaks == ()
    (change,) = found.changes
    assert abs((change.day - day(120)).days) <= 3
    assert [change.before, change.after] == pytest.approx([0.97, 2.93], abs=0.1)


def test_a_burst_is_no_change_and_hides_no_other() -> None:
    found = findings(series(put(put(CALM, 40, 15, 25, 20, 12), 80, 12, 10)))
    assert found.changes == ()
    assert [(one.start, one.end) for one in found.peaks] == [(day(40), day(43)), (day(80), day(81))]


def test_a_day_not_observed_is_missing_and_not_zero() -> None:
    busy = [5, 6, 4, 5, 7, 5, 4] * 20
    gap = dict.fromkeys(range(60, 74), NOT_OBSERVED)
    silent = put(busy, 60, *[0] * 14)
    assert spans(series(silent), drops=True) == [(60, 73)]
    assert spans(series(silent, gap), drops=True) == []
    absent = series(silent)
    assert spans(absent[~absent["day"].isin([day(place) for place in gap])], drops=True) == []


@pytest.mark.parametrize("state", [PARTLY, UNFINISHED])
def test_a_day_partly_known_can_be_a_peak_and_never_a_drop(state: str) -> None:
    busy = [5, 6, 4, 5, 7, 5, 4] * 20
    assert spans(series([*busy, 25], {140: state})) == [(140, 140)]
    assert spans(series([*busy, *[0] * 7], dict.fromkeys(range(140, 147), state)), drops=True) == []


def test_given_items_a_day_of_more_items_is_none() -> None:
    table = series(put(CALM, 60, 12))
    table.loc[60, "items"] = 600
    assert findings(table, given_items=True).peaks == ()
    assert [one.start for one in findings(table).peaks] == [day(60)]
    table.loc[60, "items"] = 0
    assert findings(table, given_items=True).peaks == ()
    many = series(put(CALM, 60, 12), items=400)
    assert [one.start for one in findings(many, given_items=True).peaks] == [day(60)]


def test_two_rows_of_a_day_and_unknown_states_are_refused() -> None:
    with pytest.raises(ValueError, match="one row a day"):
        findings(pd.concat([series(CALM), series(CALM)]))
    with pytest.raises(ValueError, match="state of a day"):
        findings(series(CALM, {3: "unknown"}))


def test_expectation_is_missing_where_too_little_is_around() -> None:
    assert expected(series([])).empty
    alone = pd.concat([series(CALM), series([4]).assign(day=day(400))])
    assert math.isnan(expected(alone)[day(400)]) and not math.isnan(expected(alone)[day(60)])


COUNTS = st.lists(st.integers(0, 5) | st.integers(0, 40), min_size=21, max_size=150)
STATES = st.sampled_from([OBSERVED] * 8 + [NOT_OBSERVED, PARTLY])


@st.composite
def tables(draw: st.DrawFn) -> pd.DataFrame:
    counts = draw(COUNTS)
    states = draw(st.lists(STATES, min_size=len(counts), max_size=len(counts)))
    return series(counts, dict(enumerate(states)))


@settings(max_examples=60, deadline=None)
@given(tables(), st.integers(0, 99), st.booleans(), st.booleans())
def test_order_and_counts_of_days_not_observed_do_not_matter(
    table: pd.DataFrame, seed: int, given_items: bool, drops: bool
) -> None:
    found = findings(table, given_items, drops)
    assert findings(table.sample(frac=1, random_state=seed), given_items, drops) == found
    blind = table["state"] == NOT_OBSERVED
    other = table.assign(articles=table["articles"].mask(blind, 999), items=table["items"].mask(blind, 1))
    assert findings(other, given_items, drops) == found
    edges = blind.cummin() | blind[::-1].cummin()[::-1]
    assert findings(table[~blind | edges], given_items, drops) == found


@settings(max_examples=60, deadline=None)
@given(tables(), st.booleans())
def test_peaks_lie_apart_on_observed_days_and_are_worth_it(table: pd.DataFrame, drops: bool) -> None:
    rows = table.set_index("day")
    last = date.min
    for one in findings(table, drops=drops).peaks:
        part = rows.loc[one.start : one.end]
        assert len(part) == (one.end - one.start).days + 1 and last < one.start <= one.top <= one.end
        assert (part["state"] != NOT_OBSERVED).all() and part["articles"].sum() == one.articles
        assert one.ratio <= 1 / 1.5 if drops else (one.ratio >= 1.5 and one.articles >= 3)
        assert 0 <= one.probability < 0.1
        last = one.end + timedelta(days=1)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 119), st.integers(0, 1000))
def test_the_more_articles_the_surer_a_peak(place: int, more: int) -> None:
    (high,) = [one for one in findings(series(put(CALM, place, 15))).peaks if one.start <= day(place) <= one.end]
    (higher,) = findings(series(put(CALM, place, 15 + more))).peaks
    assert higher.probability <= high.probability and higher.start <= day(place) <= higher.end


PEAK = Peak(day(60), day(61), day(60), 20, 2.0, 10.0, 1e-9)


def dating(seen: int, imported: int = 0) -> pd.DataFrame:
    rows = [(day(place), 2, place % 10 == 0, 0) for place in range(60)]
    return pd.DataFrame([*rows, (day(60), 20, seen, imported)], columns=["day", "articles", "seen", "imported"])


def event(first: date, last: date, precision: str = "day", yearly: bool = False) -> Event:
    return Event("e", first, last, precision, "Something is marked", "observance", True, yearly=yearly)


def test_reasons_are_said_only_where_they_apply() -> None:
    assert explained(PEAK, set(), dating(2), ()) == ()
    one_day = replaced(PEAK, day(60))
    gaps = {day(59), day(58), day(40)}
    words = [reason.words for reason in explained(one_day, gaps, dating(15, 4), [event(day(60), day(60))])]
    assert words == [
        "follows 2 days not observed",
        "15 of 20 articles dated by first sighting, usually 5%",
        "4 of 20 articles imported",
        "Something is marked: same day",
    ]


def replaced(peak: Peak, end: date) -> Peak:
    return Peak(peak.start, end, peak.top, peak.articles, peak.expected, peak.ratio, peak.probability)


@pytest.mark.parametrize(
    "first,words",
    [(57, None), (58, "2 days before"), (59, "1 day before"), (61, "same days"), (63, "2 days after"), (64, None)],
)
def test_events_near_a_peak(first: int, words: str | None) -> None:
    for one in (event(day(first), day(first)), event(day(first).replace(year=1990), day(first), yearly=True)):
        found = explained(PEAK, set(), dating(0), [one if not one.yearly else event(one.first, one.first, yearly=True)])
        assert [reason.words for reason in found] == ([f"Something is marked: {words}"] if words else [])
    assert explained(PEAK, set(), dating(0), [event(day(50), day(70), "month")]) == ()


TEXTS = [
    ("The ministers of the two states will meet in the town", "Council debates the ferry of the north", "ferry"),
    ("वे कल शहर में मिलते हैं", "परिषद में नौका पर चर्चा", "नौका"),
    ("وہ کل شہر میں ملتے ہیں", "شہر میں کشتی پر بحث", "کشتی"),
    ("他们明天在城里见面", "他们讨论渡轮", "渡轮"),
]


@pytest.mark.parametrize("before,peak,word", TEXTS)
def test_words_that_made_a_peak(before: str, peak: str, word: str) -> None:
    found = words_of([peak] * 6, [before] * 40 + [peak])
    assert Word(word, 6, 1) in found and len(found) <= 8
    assert words_of([before] * 6, [before] * 40) == ()


def test_words_common_before_and_single_words_do_not_stand_out() -> None:
    found = {
        one.word for one in words_of(["the ferry of the north"] * 5 + ["the odd one"], ["the boat of the south"] * 50)
    }
    assert found == {"ferry", "north"}
    assert words_of([], []) == () == words_of([], ["some text"])


def test_outlets_by_what_they_have_beyond_their_own_expectation() -> None:
    large = [20, 22, 19, 21, 18, 20, 23] * 12
    tables = {"large": put(large, 60, 24, 22), "small": put(CALM[:84], 60, 9, 8), "new": [0] * 60 + [5, 4]}
    states = dict.fromkeys(range(60), NOT_OBSERVED)
    parts = [series(counts, states if one == "new" else None).assign(id=one) for one, counts in tables.items()]
    found = contributors(pd.concat(parts), PEAK)
    assert list(found["id"]) == ["small", "large", "new"]
    assert list(found["articles"]) == [17, 46, 9]
    assert found["excess"][0] == pytest.approx(15, abs=1) and math.isnan(found["excess"][2])
