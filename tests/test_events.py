"""The events load, stay sober, and come out by day, yearly ones once a year."""

import calendar
import re
from collections import Counter
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mentions.events import KINDS, Event, EventsError, events_between, load_events

FILE = Path(__file__).resolve().parents[1] / "data" / "events.toml"
EVENTS = load_events(FILE)


def written(folder: Path, text: str) -> Path:
    file = folder / "events.toml"
    file.write_text(text, "utf-8")
    return file


def block(**changes: object) -> str:
    """One event of our own; a field given None is left out."""
    fields: dict[str, object] = {"id": "one", "date": "2020-02-29", "kind": "diplomacy", "line": "Talks"}
    given = {**fields, "verified": True, **changes}
    texts = {key: f"'{value}'" if isinstance(value, str) else str(value).lower() for key, value in given.items()}
    return "[[events]]\n" + "".join(f"{key} = {text}\n" for key, text in texts.items() if given[key] is not None)


def yearly(day: str, since: int) -> Event:
    first = date(since, int(day[:2]), int(day[3:]))
    return Event(day, first, first, "day", "A day", "observance", True, "some", yearly=True)


def test_the_shipped_file_is_sober() -> None:
    assert len(EVENTS) > 130
    assert set(KINDS) == {event.kind for event in EVENTS}
    assert all(0 < len(event.line) < 110 and event.line[-1] not in " .!" for event in EVENTS)
    # Neither side's words for the territory (house words of the domain brief).
    sides = re.compile(r"\b(?:occupied|held|liberated|integral part|jugular|martyred)\b", re.IGNORECASE)
    assert [event.id for event in EVENTS if sides.search(event.line)] == []


def test_each_day_stands_in_the_calendar_by_its_precision() -> None:
    for event in EVENTS:
        assert event.first <= event.last
        if event.precision != "day":
            assert event.first.day == 1
            assert event.last.day == calendar.monthrange(event.last.year, event.last.month)[1]
    assert Counter(event.precision for event in EVENTS if not event.yearly)["day"] > 110


def test_observances_say_who_marks_them() -> None:
    days = {(event.first.month, event.first.day) for event in EVENTS if event.yearly}
    assert days >= {(1, 5), (2, 5), (7, 13), (8, 5), (10, 24), (10, 26), (10, 27)}
    assert all(event.marked_by and event.kind == "observance" for event in EVENTS if event.yearly)


def test_events_of_a_summer_come_by_day() -> None:
    found = events_between(EVENTS, date(2019, 8, 1), date(2019, 8, 31))
    assert [(event.first, event.id) for event in found] == [
        (date(2019, 8, 5), "revocation"),
        (date(2019, 8, 6), "oic_cg_2019_08"),
        (date(2019, 8, 16), "unsc_closed_2019"),
    ]
    assert "istehsal_day" in {event.id for event in events_between(EVENTS, date(2020, 8, 5), date(2020, 8, 5))}


def test_a_longer_event_is_met_by_any_day_of_it() -> None:
    for day in (date(2023, 5, 22), date(2023, 5, 23), date(2023, 5, 24)):
        assert [event.id for event in events_between(EVENTS, day, day)] == ["g20_srinagar"]
    assert events_between(EVENTS, date(2023, 5, 25), date(2023, 5, 25)) == ()


def test_a_month_and_a_year_are_spans(tmp_path: Path) -> None:
    file = written(
        tmp_path,
        block(date="2024-02") + block(id="two", date="1989") + block(id="three", date="2024-11", until="2025-02"),
    )
    month, year, months = load_events(file)
    assert (month.first, month.last, month.precision) == (date(2024, 2, 1), date(2024, 2, 29), "month")
    assert (year.first, year.last, year.precision) == (date(1989, 1, 1), date(1989, 12, 31), "year")
    assert (months.first, months.last) == (date(2024, 11, 1), date(2025, 2, 28))


def test_a_leap_day_comes_in_leap_years(tmp_path: Path) -> None:
    text = block(date=None, yearly="02-29", since=1897, marked_by="some") + block(
        id="month", date=None, yearly="02", since=2023, marked_by="some"
    )
    leap, month = load_events(written(tmp_path, text))
    assert leap.first == date(1904, 2, 29)  # 1900 was no leap year
    found = events_between([leap], date(1890, 1, 1), date(1912, 12, 31))
    assert [event.first.year for event in found] == [1904, 1908, 1912]
    ends = [event.last for event in events_between([month], date(2022, 1, 1), date(2024, 12, 31))]
    assert ends == [date(2023, 2, 28), date(2024, 2, 29)]


days = st.dates(date(1900, 1, 1), date(2100, 12, 31))


@given(day=days, since=st.integers(1900, 2100), first=days, length=st.integers(0, 4000))
def test_a_yearly_day_comes_once_each_year_that_holds_it(day: date, since: int, first: date, length: int) -> None:
    if (day.month, day.day) == (2, 29):
        since -= since % 4 - 4 * (since in (1900, 2100))
    last = first + timedelta(length)
    found = events_between([yearly(f"{day:%m-%d}", since)], first, last)
    one_by_one = [
        some
        for some in (first + timedelta(step) for step in range(length + 1))
        if (some.month, some.day) == (day.month, day.day) and some.year >= since
    ]
    assert [event.first for event in found] == [event.last for event in found] == one_by_one


@given(first=days, length=st.integers(0, 3000), extra=st.integers(0, 400))
def test_a_wider_window_loses_nothing_and_keeps_the_order(first: date, length: int, extra: int) -> None:
    last = first + timedelta(length)
    found = events_between(EVENTS, first, last)
    assert all(event.first <= last and event.last >= first for event in found)
    assert [event.first for event in found] == sorted(event.first for event in found)
    assert set(found) <= set(events_between(EVENTS, first - timedelta(extra), last + timedelta(extra)))


BROKEN = [
    (block(date="2023-02-29"), ["block one", "date", "2023-02-29"]),
    (block(date="2023-13"), ["block one", "date", "2023-13"]),
    (block(date="5 August 2019"), ["block one", "date", "2019-08-05"]),
    (block(date=None), ["block one", "date"]),
    (block(date=2019), ["block one", "date", "quotes"]),
    (block(until="2020-02-28"), ["block one", "until 2020-02-28", "not before"]),
    (block(until="2020-03"), ["block one", "until 2020-03", "as exact"]),
    (block(since=2020), ["block one", "neither date"]),
    (block(date=None, yearly="02-30", since=2020, marked_by="some"), ["block one", "yearly", "02-30"]),
    (block(date=None, yearly="02-05", since="2020", marked_by="some"), ["block one", "since"]),
    (block(date=None, yearly="02-05", since=2020), ["block one", "marked_by"]),
    (block(yearly="02-05", since=2020, marked_by="some"), ["block one", "neither date"]),
    (block(kind="party"), ["block one", "kind", "observance"]),
    (block(verified=None), ["block one", "verified"]),
    (block(verified="V"), ["block one", "verified"]),
    (block(line="x" * 110), ["block one", "line", "110"]),
    (block(line=None), ["block one", "line"]),
    (block(id=None), ["block 1", "id"]),
    (block(place="here"), ["block one", "place"]),
    (block() + block(), ["block one", "twice"]),
    ("[events]\nid = 'one'\n", ["[[events]]"]),
    ("events = [3]\n", ["[[events]]"]),
    ("", ["[[events]]"]),
    ("[[events]\n", ["line 1"]),
]


@pytest.mark.parametrize(("text", "told"), BROKEN, ids=[" ".join(told) for _, told in BROKEN])
def test_what_is_wrong_is_named(tmp_path: Path, text: str, told: list[str]) -> None:
    with pytest.raises(EventsError) as error:
        load_events(written(tmp_path, text))
    assert all(words in str(error.value) for words in ["events.toml", *told]), str(error.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(EventsError, match=r"events\.toml"):
        load_events(tmp_path / "events.toml")
