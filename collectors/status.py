"""The table of the command `status`: how fresh and healthy each outlet's feeds are, as mentions/health.py tells it."""

import re

from collectors.guard import SettingError
from mentions.health import STALE, WEEK, Known, Row, row_of, rows_of, sentence
from mentions.moments import DAY, HOUR, age, moment, span

__all__ = ["BELOW", "HEAD", "STALE", "WEEK", "Known", "Row", "cells", "duration", "row_of", "rows_of", "sentence"]

UNITS = {"s": 1, "m": 60, "h": HOUR, "d": DAY}


def duration(text: str) -> int:
    """The seconds of a time like 90s, 45m, 3h or 2d; raises SettingError."""
    found = re.fullmatch(r"([1-9]\d{0,5})([smhd])", text.strip())
    if not found:
        raise SettingError(f"--stale-after {text}: write a time like 90s, 45m, 3h or 2d")
    return int(found[1]) * UNITS[found[2]]


HEAD = (
    "outlet",
    "state",
    "feeds",
    "failing",
    "answered",
    "new item",
    "a day",
    "next",
    "losses",
    "what is wrong",
)


BELOW = ("losses", "what is wrong")
"""What is too long for a column of a terminal."""


def cells(row: Row, now: int) -> tuple[str, ...]:
    """The cells of a row under HEAD, with ages in place of times."""
    pace = "" if row.items_a_day is None else f"{row.items_a_day:.1f}"
    turn = "" if not row.due else "now" if row.due <= now else f"in {span(row.due - now)}"
    losses = f"{row.losses} possible loss{'' if row.losses == 1 else 'es'} in 7 days"
    worst = f"{losses}, worst {span(row.worst_to - row.worst_from)} to {moment(row.worst_to)}" if row.losses else ""
    counts = (str(row.feeds), str(row.failing)) if row.feeds else ("", "")
    ages = (age(row.answered, now), age(row.brought, now)) if row.feeds else ("", "")
    return (row.outlet, row.state, *counts, *ages, pace, turn, worst, row.wrong)
