"""Periods, unfinished ones, and the difference between nothing listed and nothing looked at."""

from datetime import date

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

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
        [(pd.Timestamp(period), one, one.upper(), articles, items) for period, one, articles, items in rows],
        columns=["period", "id", "label", "articles", "items"],
    )


def looked(*rows: tuple[str, str, int]) -> pd.DataFrame:
    """On how many days an outlet answered; any outlet at all on the most of these."""
    anyone: dict[str, int] = {}
    for period, _, days in rows:
        anyone[period] = max(days, anyone.get(period, 0))
    every = [*rows, *((period, "", days) for period, days in anyone.items())]
    return pd.DataFrame(
        [(pd.Timestamp(period), one, days) for period, one, days in every], columns=["period", "id", "days"]
    )


CHOSEN = Selection(date(2026, 3, 1), date(2026, 3, 4))
TODAY = date(2026, 3, 4)


def states(table: pd.DataFrame, one: str) -> list[tuple[object, str]]:
    rows = table[table["id"] == one].sort_values("period")
    return [(None if pd.isna(n) else int(n), state) for n, state in zip(rows["articles"], rows["state"], strict=True)]


def test_zero_only_where_the_outlet_was_looked_at() -> None:
    volume = counts(("2026-03-01", "a", 2, 50), ("2026-03-04", "a", 1, 30), ("2026-03-01", "b", 5, 60))
    seen = looked(("2026-03-01", "a", 1), ("2026-03-02", "a", 1), ("2026-03-04", "a", 1), ("2026-03-01", "b", 1))
    table = timeline(volume, volume, seen, CHOSEN, TODAY)
    assert states(table, "a") == [(2, ""), (0, ""), (None, "not looked"), (1, "unfinished")]
    assert states(table, "b") == [(5, ""), (None, "not looked"), (None, "not looked"), (None, "not looked")]


def test_a_tag_without_articles_is_zero_of_all_items() -> None:
    everything = counts(("2026-03-01", "all", 9, 100), ("2026-03-02", "all", 0, 40))
    volume = counts(("2026-03-01", "unsc", 3, 100))
    table = timeline(
        volume, everything, looked(("2026-03-01", "a", 1)), Selection(CHOSEN.since, CHOSEN.until, by="forum"), TODAY
    )
    assert states(table, "unsc") == [(3, ""), (0, "partly looked"), (None, "not looked"), (None, "not looked")]
    assert list(table["share"].dropna()) == [0.03, 0.0]


def test_no_share_of_few_items() -> None:
    volume = counts(("2026-03-01", "a", 2, 19), ("2026-03-02", "a", 2, 20))
    table = timeline(volume, volume, looked(), CHOSEN, TODAY)
    assert [None if pd.isna(one) else one for one in table["share"]] == [None, 0.1, None, None]


def test_weeks_cut_by_the_chosen_dates_are_unfinished() -> None:
    chosen = Selection(date(2026, 3, 4), date(2026, 3, 18), grain="week")
    volume = counts(*((str(period), "a", 1, 50) for period in periods_of(chosen)))
    table = timeline(
        volume, volume, looked(*((str(one), "a", 7) for one in periods_of(chosen))), chosen, date(2026, 4, 1)
    )
    assert [state for _, state in states(table, "a")] == ["unfinished", "", "unfinished"]


def test_a_period_looked_at_on_some_days_only_says_so() -> None:
    chosen = Selection(date(2026, 3, 2), date(2026, 3, 22), grain="week")
    volume = counts(*((str(period), "a", 1, 50) for period in periods_of(chosen)))
    seen = looked(("2026-03-02", "a", 7), ("2026-03-09", "a", 6))
    table = timeline(volume, volume, seen, chosen, date(2026, 4, 1))
    assert states(table, "a") == [(1, ""), (1, "partly looked"), (1, "partly looked")]


def test_an_outlet_nobody_looked_at_does_not_pass_for_looked_at() -> None:
    volume = counts(("2026-03-01", "a", 2, 50), ("2026-03-01", "b", 2, 50))
    table = timeline(volume, volume, looked(*((f"2026-03-0{n}", "a", 1) for n in range(1, 5))), CHOSEN, TODAY)
    assert states(table, "a")[:3] == [(2, ""), (0, ""), (0, "")]
    assert states(table, "b")[:3] == [(2, "partly looked"), (None, "not looked"), (None, "not looked")]


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
