"""Times in words: a moment, a span, how long ago."""

import time

MINUTE, HOUR, DAY = 60, 3600, 86400


def span(seconds: int) -> str:
    """A time between two moments in its largest unit, rounded down, as `5 min`; from two of the next unit on that one."""
    for unit, name in ((DAY, "d"), (HOUR, "h"), (MINUTE, "min")):
        if seconds >= 2 * unit:
            return f"{seconds // unit} {name}"
    return f"{max(seconds, 0)} s"


def moment(at: int) -> str:
    """UTC seconds as a time to read."""
    return time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(at))


def age(at: int, now: int) -> str:
    """How long ago a time was."""
    return f"{span(now - at)} ago" if at else "never"
