"""When a feed is due again: decided from what the server asked, the feed's own pace, and how often it failed.

Sources of the rules: RFC 9110 (Retry-After, Date), RFC 9111 (max-age, Expires), RSS 2.0 (ttl), RSS 1.0 syndication
module (sy:updatePeriod), and the habits of readers that publishers praise. Nothing here touches network or store.
"""

import math
import random
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC
from email.utils import parsedate_to_datetime

from mentions.model import ANSWERED, Check, Outcome, Pace

MINUTE, DAY = 60, 86400
SHORTEST, LONGEST = 10 * MINUTE, DAY
"""Bounds of our own interval. It begins at an hour (model.Pace): one conditional request an hour is welcome anywhere."""

LONGEST_WAIT = 7 * DAY
"""A server may ask for 88 hours and mean it; one that asks for years has a wrong clock."""

WINDOW_SHARE = 3
"""We look this many times while a feed's window rolls over once, so that one failed look loses nothing."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a server's answer asks of the next request: seconds from now, and in whose words."""

    seconds: int = 0
    words: str = ""


def after(pace: Pace, check: Check, asked: Asked, chance: random.Random) -> Pace:
    """The pace of a feed after a check of it."""
    if check.outcome in ANSWERED or check.outcome is Outcome.CUT_OFF:
        return after_answer(pace, check, asked)
    return after_failure(pace, check, asked, chance)


def after_answer(pace: Pace, check: Check, asked: Asked) -> Pace:
    """The pace after a look that told us what the feed lists."""
    elapsed = check.at - pace.answered if pace.answered else 0
    rate = pace.rate
    if elapsed > 0:
        new = check.listed - check.overlap if check.outcome is not Outcome.UNCHANGED else 0
        weight = 1 - math.exp(-elapsed / (2 * DAY))
        seen = new * DAY / elapsed
        rate = seen if rate < 0 else rate + weight * (seen - rate)
    interval = own_interval(pace, check, rate)
    due = check.at + min(max(interval, asked.seconds), LONGEST_WAIT)
    return replace(pace, due=due, interval=interval, rate=rate, failures=0, answered=check.at, wait="", gone=False)


def own_interval(pace: Pace, check: Check, rate: float) -> int:
    """How long we would wait by ourselves: about until the next item, and never past a third of the window."""
    interval = float(pace.interval)
    if rate > 0:
        interval = DAY / rate
        if check.listed:
            interval = min(interval, check.listed * DAY / rate / WINDOW_SHARE)
    elif rate == 0:
        interval = pace.interval * 1.5
    if is_thin(check):
        interval = min(interval, pace.interval / 2)
    return round(min(max(interval, SHORTEST), LONGEST))


def is_thin(check: Check) -> bool:
    """Whether so little of a changed list was known that a little later some would have been missed."""
    return check.outcome is Outcome.OK and check.before > 0 and check.overlap * WINDOW_SHARE < check.listed


def after_failure(pace: Pace, check: Check, asked: Asked, chance: random.Random) -> Pace:
    """The pace after a look that failed: each failure doubles the wait, spread out; the first 404 is forgiven.

    Working feeds do return 404 and come back, says the log of a collector of 180,000 feeds.
    """
    failures = pace.failures + 1
    doublings = max(failures - (2 if check.status == 404 else 1), 0)
    backoff = min(pace.interval * 2.0 ** min(doublings, 20), LONGEST) * chance.uniform(1.0, 1.25)
    wait = max(round(backoff), asked.seconds)
    words = asked.words if asked.seconds >= backoff else ""
    return replace(
        pace, due=check.at + min(wait, LONGEST_WAIT), failures=failures, wait=words, gone=check.status == 410
    )


def asked_of(status: int, headers: Mapping[str, str], ttl: int, at: int) -> Asked:
    """What an answer asks of the next request; what is malformed asks for nothing.

    Retry-After counts on 429 and 503 only; `ttl` is what the document itself asks for, in seconds. Dates are taken
    against the server's own Date, since its clock may be wrong but agrees with itself.
    """
    named = {name.lower(): value for name, value in headers.items()}
    now = to_seconds(named.get("date", "")) or at
    if status in (429, 503):
        wait = delay(named.get("retry-after", ""), now)
        return Asked(min(wait, LONGEST_WAIT), f"Retry-After: {named['retry-after']}"[:100]) if wait else Asked()
    wishes = [Asked(ttl, f"the feed asks for {ttl // MINUTE} minutes")] if ttl > 0 else []
    wishes.append(freshness(named, now))
    most = max(wishes, key=lambda wish: wish.seconds)
    return Asked(min(most.seconds, LONGEST), most.words)


def freshness(named: Mapping[str, str], now: int) -> Asked:
    """How long an answer calls itself fresh: max-age, else Expires; no-cache and no-store call it stale at once."""
    directives = [part.strip().lower() for part in named.get("cache-control", "").split(",")]
    if "no-cache" in directives or "no-store" in directives:
        return Asked()
    for directive in directives:
        if found := re.fullmatch(r'max-age="?(\d{1,9})"?', directive):
            return Asked(int(found[1]), f"Cache-Control: max-age={found[1]}")
    expires = to_seconds(named.get("expires", ""))
    return Asked(expires - now, f"Expires: {named['expires']}"[:100]) if expires and expires > now else Asked()


def delay(text: str, now: int) -> int:
    """The seconds a Retry-After asks for, given as a number or as a date; 0 where it says nothing that can be read."""
    if re.fullmatch(r"\s*\d{1,9}\s*", text):
        return int(text)
    return max(to_seconds(text) - now, 0) if to_seconds(text) else 0


def to_seconds(text: str) -> int:
    """An HTTP date as UTC seconds, 0 for none."""
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, IndexError, TypeError, OverflowError):
        return 0
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())
