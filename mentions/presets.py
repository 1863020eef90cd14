"""Spans of days that are asked for most: up to the newest day, or around an event."""

from datetime import date, timedelta

from mentions.events import Event

LAST = {"Last 7 days": 7, "Last 30 days": 30, "Last 90 days": 90, "Last year": 365}
"""Presets that end with the newest day, with their length in days."""

AROUND = timedelta(days=14)
"""So many days before and after an event are shown."""


def last(days: int, newest: date) -> tuple[date, date]:
    """The first and last of so many days up to the newest."""
    return newest - timedelta(days=days - 1), newest


def around(event: Event) -> tuple[date, date]:
    """The days of an event, with fourteen before and after."""
    return event.first - AROUND, event.last + AROUND
