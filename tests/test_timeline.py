"""Periods, unfinished ones, and the difference between nothing listed and nothing looked at."""

from dataclasses import replace
from datetime import date

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mentions.observation import NOT_OBSERVED, OBSERVED, PARTLY, UNFINISHED
from mentions.selection import Selection
from mentions.timeline import OTHERS, after, largest, period_of, periods_of, timeline

DAYS = st.dates(date(1990, 1, 1), date(2090, 1, 1))
GRAINS = st.sampled_from(["day", "week", "month"])


@given(DAYS, GRAINS)
def test_a_day_lies_in_its_period_and_not_in_the_next(day: date, grain: str) -> None:
    start = period_of(day, grain)
    assert start <= day < after(start, grain)
    assert period_of(after(start, grain), grain) == after(start, grain)


@given(DAYS, st.integers(0, 400), GRAINS)
def test_periods_cover_the_span(since: date, days: int, grain: str) -> None:
    until = date.fromordinal(since.toordinal() + days)
    periods = periods_of(Selection(since, until, grain=grain))
    assert periods == sorted(set(periods))
    assert {period_of(date.fromordinal(one), grain) for one in range(since.toordinal(), until.toordinal() + 1)} == set(
        periods
    )


def counts(*rows: tuple[str, str, int, int]) -> pd.DataFrame:
    return pd.DataFrame(
        [(pd.Timestamp(period), one, one.upper(), articles, articles, items) for period, one, articles, items in rows],
        columns=["period", "id", "label", "articles", "reports", "items"],
    )


def seen(*rows: tuple[str, str, int, int], of: int = 1) -> pd.DataFrame:
    """How many feed-days of an outlet were observed, and partly, `of` so many; and of all outlets together."""
    every: dict[str, list[int]] = {}
    for period, _, full, partly in rows:
        whole = every.setdefault(period, [0, 0, 0])
        whole[:] = whole[0] + of, whole[1] + full, whole[2] + partly
    table = [(period, one, of, full, partly) for period, one, full, partly in rows]
    table += [(period, "", whole[0], whole[1], whole[2]) for period, whole in every.items()]
    return pd.DataFrame(
        [(pd.Timestamp(period).date(), *rest) for period, *rest in table],
        columns=["period", "id", "feed_days", "observed", "partly"],
    )


CHOSEN = Selection(date(2026, 3, 1), date(2026, 3, 4))
TODAY = date(2026, 3, 4)


def states(table: pd.DataFrame, one: str) -> list[tuple[object, str]]:
    rows = table[table["id"] == one].sort_values("period")
    return [(None if pd.isna(n) else int(n), state) for n, state in zip(rows["articles"], rows["state"], strict=True)]


def test_zero_only_where_it_was_observed() -> None:
    volume = counts(("2026-03-01", "a", 2, 50), ("2026-03-04", "a", 1, 30), ("2026-03-01", "b", 5, 60))
    known = seen(
        ("2026-03-01", "a", 1, 0),
        ("2026-03-02", "a", 1, 0),
        ("2026-03-03", "a", 0, 1),
        ("2026-03-04", "a", 0, 1),
        ("2026-03-01", "b", 0, 1),
    )
    table = timeline(volume, volume, known, CHOSEN, TODAY)
    assert states(table, "a") == [(2, OBSERVED), (0, OBSERVED), (None, PARTLY), (1, UNFINISHED)]
    assert states(table, "b") == [(5, PARTLY), (None, NOT_OBSERVED), (None, NOT_OBSERVED), (None, UNFINISHED)]


def test_a_tag_without_articles_is_zero_of_all_items() -> None:
    everything = counts(("2026-03-01", "all", 9, 100), ("2026-03-02", "all", 0, 40))
    volume = counts(("2026-03-01", "unsc", 3, 100))
    known = seen(("2026-03-01", "a", 1, 0), ("2026-03-02", "a", 1, 0))
    table = timeline(volume, everything, known, Selection(CHOSEN.since, CHOSEN.until, by="forum"), TODAY)
    assert states(table, "unsc") == [(3, OBSERVED), (0, OBSERVED), (None, NOT_OBSERVED), (None, UNFINISHED)]
    assert list(table["share"].dropna()) == [0.03, 0.0]


def test_no_share_of_few_items() -> None:
    volume = counts(("2026-03-01", "a", 2, 19), ("2026-03-02", "a", 2, 20))
    table = timeline(volume, volume, seen(), CHOSEN, TODAY)
    assert [None if pd.isna(one) else one for one in table["share"]] == [None, 0.1, None, None]


def test_weeks_cut_by_the_chosen_dates_are_unfinished() -> None:
    chosen = Selection(date(2026, 3, 4), date(2026, 3, 18), grain="week")
    volume = counts(*((str(period), "a", 1, 50) for period in periods_of(chosen)))
    known = seen(*((str(one), "a", 7, 0) for one in periods_of(chosen)), of=7)
    table = timeline(volume, volume, known, chosen, date(2026, 4, 1))
    assert [state for _, state in states(table, "a")] == [UNFINISHED, OBSERVED, UNFINISHED]


def test_an_outlet_is_observed_where_all_its_feed_days_were_and_many_where_most_were() -> None:
    chosen = Selection(date(2026, 3, 2), date(2026, 3, 29), grain="week")
    volume = counts(*((str(period), one, 1, 50) for period in periods_of(chosen) for one in ("a", "forum")))
    known = seen(("2026-03-02", "a", 100, 0), ("2026-03-09", "a", 96, 4), ("2026-03-16", "a", 94, 6), of=100)
    whole = counts(*((str(period), "all", 2, 100) for period in periods_of(chosen)))
    outlets = timeline(volume, whole, known, chosen, date(2026, 4, 1))
    assert [state for _, state in states(outlets, "a")] == [OBSERVED, PARTLY, PARTLY, NOT_OBSERVED]
    forums = timeline(volume, whole, known, replace(chosen, by="forum"), date(2026, 4, 1))
    assert [state for _, state in states(forums, "forum")] == [OBSERVED, OBSERVED, PARTLY, NOT_OBSERVED]
    assert [None if pd.isna(one) else one for one in forums[forums["id"] == "forum"]["known"]] == [
        1.0,
        0.96,
        0.94,
        None,
    ]


@given(
    st.lists(
        st.tuples(st.integers(0, 3), st.sampled_from("abcdefgh"), st.integers(0, 9), st.integers(9, 99)), max_size=30
    ),
    st.integers(1, 5),
)
def test_the_others_keep_the_sums(rows: list[tuple[int, str, int, int]], most: int) -> None:
    volume = counts(*{(day, one): (f"2026-03-0{day + 1}", one, n, items) for day, one, n, items in rows}.values())
    shown = largest(volume, most, summed=True)
    assert shown["articles"].sum() == volume["articles"].sum()
    assert shown["items"].sum() == volume["items"].sum()
    assert shown.loc[shown["id"] != OTHERS, "id"].nunique() <= most


@pytest.mark.parametrize("summed", [True, False])
def test_largest_comes_first(summed: bool) -> None:
    volume = counts(("2026-03-01", "a", 1, 9), ("2026-03-01", "b", 7, 9), ("2026-03-01", "c", 3, 9))
    assert list(largest(volume, 2, summed)["id"]) == ["b", "c"] + [OTHERS] * summed
