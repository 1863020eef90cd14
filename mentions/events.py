"""Reads data/events.toml: dated events and yearly days of observance that explain a rise in volume (format: its head)."""

import calendar
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import tomli

KINDS = ("un", "diplomacy", "treaty", "war", "attack", "law", "vote", "unrest", "observance", "other")
FIELDS = frozenset({"id", "date", "until", "yearly", "since", "line", "kind", "verified", "marked_by"})
LONGEST = 110  # characters of a line: more does not fit beside a chart
DAY = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?")


class EventsError(ValueError):
    """The file of events cannot be used; the message names the file, the block and the field."""


@dataclass(frozen=True, slots=True)
class Event:
    """What happened from `first` to `last`, or within them where only the month or the year is known.

    A yearly one holds its first day of all; `events_between` gives one a year.
    """

    id: str
    first: date
    last: date
    precision: str  # day, month or year
    line: str
    kind: str
    verified: bool
    marked_by: str = ""
    yearly: bool = False


def load_events(path: Path) -> tuple[Event, ...]:
    """The events of a file, in its order; raises EventsError naming file, block and field of what is wrong."""
    try:
        blocks = tomli.loads(path.read_text("utf-8"))["events"]
        found = [_event(f"{path}: block {block.get('id', number)}", block) for number, block in enumerate(blocks, 1)]
    except (OSError, UnicodeDecodeError, tomli.TOMLDecodeError) as error:
        raise EventsError(f"{path}: {error}") from error
    except (KeyError, TypeError, AttributeError) as error:
        raise EventsError(f"{path}: events must be written as [[events]]") from error
    ids = [event.id for event in found]
    if twice := next((id for id in ids if ids.count(id) > 1), ""):
        raise EventsError(f"{path}: block {twice}: id is given twice")
    return tuple(found)


def events_between(events: Iterable[Event], first_day: date, last_day: date) -> tuple[Event, ...]:
    """The events of which some day lies within the given days, both included, by first day; a yearly one once a year."""
    each = [one for event in events for one in (_years(event, last_day.year) if event.yearly else (event,))]
    return tuple(sorted((one for one in each if one.first <= last_day and first_day <= one.last), key=_order))


def _order(event: Event) -> tuple[date, date, str]:
    return event.first, event.last, event.id


def _years(event: Event, last_year: int) -> Iterator[Event]:
    """A yearly event in each year until the last; 29 February is only in leap years."""
    for year in range(event.first.year, last_year + 1):
        if event.first.day <= calendar.monthrange(year, event.first.month)[1]:
            last = event.last.day if event.precision == "day" else calendar.monthrange(year, event.first.month)[1]
            yield replace(event, first=event.first.replace(year=year), last=date(year, event.first.month, last))


def _event(where: str, block: dict[str, Any]) -> Event:
    texts = {key: block.get(key, "") for key in ("id", "date", "until", "yearly", "line", "kind", "marked_by")}
    if wrong := next((key for key, value in texts.items() if not isinstance(value, str)), ""):
        raise EventsError(f"{where}: {wrong} must be a text in quotes")
    if unknown := sorted(block.keys() - FIELDS):
        raise EventsError(f"{where}: {unknown[0]} is not one of {', '.join(sorted(FIELDS))}")
    if not texts["id"] or not 0 < len(texts["line"]) < LONGEST:
        raise EventsError(f"{where}: needs id and a line of fewer than {LONGEST} characters")
    if texts["kind"] not in KINDS or type(block.get("verified")) is not bool:
        raise EventsError(f"{where}: kind must be one of {', '.join(KINDS)}, and verified true or false")
    read = _yearly if "yearly" in block or "since" in block else _dated
    first, last, precision = read(where, block)
    given = (texts["line"], texts["kind"], block["verified"], texts["marked_by"])
    return Event(texts["id"], first, last, precision, *given, yearly="yearly" in block)


def _dated(where: str, block: dict[str, Any]) -> tuple[date, date, str]:
    first, last, precision = _span(where, "date", DAY, block.get("date", ""))
    _, last, ending = _span(where, "until", DAY, block["until"]) if "until" in block else (first, last, precision)
    if last < first or ending != precision:
        raise EventsError(f"{where}: until {block['until']} must be as exact as date and not before it")
    return first, last, precision


def _yearly(where: str, block: dict[str, Any]) -> tuple[date, date, str]:
    day, since, others = block.get("yearly", ""), block.get("since"), block.keys() & {"date", "until"}
    if type(since) is not int or not 1 <= since < date.max.year or others or not block.get("marked_by"):
        raise EventsError(f"{where}: yearly needs since (the first year) and marked_by, and neither date nor until")
    while day == "02-29" and not calendar.isleap(since):
        since += 1
    return _span(where, "yearly", re.compile(rf"({since:04})-(\d\d)(?:-(\d\d))?"), f"{since:04}-{day}")


def _span(where: str, key: str, form: re.Pattern[str], text: str) -> tuple[date, date, str]:
    """The first and the last day of a day, a month or a year, and which of them it is."""
    parts = form.fullmatch(text)
    try:
        year, month, day = (int(part) if part else 0 for part in parts.groups()) if parts else (0, 0, 0)
        first = date(year, month or 1, day or 1)
    except ValueError as error:
        raise EventsError(
            f"{where}: {key} {text!r} is no day, month or year as in 2019-08-05, 2019-08, 2019"
        ) from error
    if day:
        return first, first, "day"
    return first, date(year, month or 12, calendar.monthrange(year, month or 12)[1]), "month" if month else "year"
