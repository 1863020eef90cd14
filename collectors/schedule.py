"""When a feed is due again: decided from what the server asked, the feed's own pace, and how often it failed.

Sources of the rules: RFC 9110 (Retry-After, Date), RFC 9111 (max-age, Expires), RSS 2.0 (ttl), RSS 1.0 syndication
module (sy:updatePeriod), and the habits of readers that publishers praise. Nothing here touches network or store.
"""

import math
import random
import re
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC
from email.utils import parsedate_to_datetime

from mentions.model import ANSWERED, Check, Feed, Outcome, Outlet, Pace

MINUTE, DAY = 60, 86400
SHORTEST, LONGEST = 10 * MINUTE, DAY
"""Bounds of our own interval. It begins at an hour (model.Pace): one conditional request an hour is welcome anywhere."""

LONGEST_WAIT = 7 * DAY
"""A server may ask for 88 hours and mean it; one that asks for years has a wrong clock."""

WINDOW_SHARE = 3
"""We look this many times while a feed's window rolls over once, so that one failed look loses nothing."""


CONFIRMED = 3
"""So many looks in a row must be sent on to one address before it is asked in place of the catalogue's."""

NO_SIGN = frozenset({"cannot resolve host", "network is unreachable", "no route to host"})
"""What is said of a host where there is no network."""

SILENCES = 3
"""So many times a host without a sign of life is tried again at the very next round."""

NO_CONNECTION = "no connection"
"""How the words on a host begin that let us wait for a connection in vain; one that took it and fell silent is there."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a server's answer asks of the next request: seconds from now, and in whose words."""

    seconds: int = 0
    words: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """Whose turn it is: the feeds to ask now, and how many are left alone for which reason."""

    feeds: tuple[Feed, ...]
    resting: int = 0  # not due yet by our own interval
    waiting: int = 0  # a busy server asked us to wait
    gone: int = 0  # 410
    next_due: int = 0  # UTC seconds of the next turn among the resting and waiting, 0 for none


def planned(
    outlets: Sequence[Outlet], paces: Mapping[str, Pace], at: int, now: bool = False, only: Sequence[str] = ()
) -> Plan:
    """Whose turn it is at `at` (UTC seconds), among the outlets with the ids of `only`, or all of them.

    `now` passes over our own interval, and for outlets that are named over a 410 too. What a busy server asked for with
    Retry-After is never passed over.
    """
    kinds: dict[str, list[Feed]] = defaultdict(list)
    for feed in (feed for outlet in outlets if not only or outlet.id in only for feed in outlet.feeds):
        pace = paces.get(feed.url, Pace())
        if pace.gone and not (now and only):
            kinds["gone"].append(feed)
        elif must_wait(pace, at):
            kinds["waiting"].append(feed)
        else:
            kinds["due" if now or is_due(pace, at) else "resting"].append(feed)
    later = [paces[feed.url].due for feed in kinds["resting"] + kinds["waiting"]]
    resting, waiting, gone = (len(kinds[name]) for name in ("resting", "waiting", "gone"))
    return Plan(tuple(kinds["due"]), resting, waiting, gone, min(later, default=0))


def must_wait(pace: Pace, now: int) -> bool:
    """Whether a busy server asked us not to come yet; a longer wait than we ever grant means a clock was set back."""
    return bool(pace.wait) and now < pace.due <= now + LONGEST_WAIT


def is_due(pace: Pace, now: int) -> bool:
    """Whether it is a feed's turn; a look or a turn in the far future means that the clock was set back."""
    return pace.due <= now or pace.asked > now or pace.due > now + LONGEST_WAIT


def adopted(pace: Pace) -> str:
    """The address a feed moved to for good, once enough looks in a row were sent there; "" for none."""
    return pace.moved if pace.moves >= CONFIRMED else ""


def needs_audit(pace: Pace, now: int) -> bool:
    """Whether to ask without validators for once: some servers say "not modified" of a list that was (once a day)."""
    return pace.distrusted or now - pace.full >= DAY


def after(pace: Pace, check: Check, asked: Asked, chance: random.Random) -> Pace:
    """The pace of a feed after a check of it."""
    if is_answered(check):
        return after_answer(pace, check, asked, chance)
    return after_failure(pace, check, asked, chance)


def is_answered(check: Check) -> bool:
    """Whether a check told us what the feed lists, if only in part; one cut off before its first item told nothing."""
    return check.outcome in ANSWERED or (check.outcome is Outcome.CUT_OFF and check.listed > 0)


def after_answer(pace: Pace, check: Check, asked: Asked, chance: random.Random) -> Pace:
    """The pace after a look that told us what the feed lists; our own interval is spread, so that feeds part ways."""
    elapsed = check.at - pace.answered if pace.answered else 0
    rate = pace.rate
    if elapsed > 0:
        new = check.listed - check.overlap if check.outcome is not Outcome.UNCHANGED else 0
        weight = 1 - math.exp(-elapsed / (2 * DAY))
        seen = new * DAY / elapsed
        rate = seen if rate < 0 else rate + weight * (seen - rate)
    interval = own_interval(pace, check, rate)
    ours = max(round(interval * chance.uniform(0.9, 1.0)), SHORTEST)
    return replace(
        pace,
        due=check.at + min(max(ours, asked.seconds), LONGEST_WAIT),
        interval=interval,
        rate=rate,
        failures=0,
        failing=0,
        asked=check.at,
        answered=check.at,
        full=pace.full if check.status == 304 else check.at,
        wait="",
        gone=False,
    )


def after_move(pace: Pace, check: Check, url: str, moved: str) -> Pace:
    """The pace with what a look said of the feed's address: `url` is the one asked, `moved` where 301 and 308 led.

    It is believed only from looks in a row that ended well, and never from https to http. An address once adopted is
    given up at its first failure, and the one of the catalogue asked again.
    """
    if not is_answered(check) or (url.startswith("https:") and moved.startswith("http:")):
        return replace(pace, moved="", moves=0)
    if not moved:
        return pace if adopted(pace) else replace(pace, moved="", moves=0)
    return replace(pace, moved=moved, moves=pace.moves + 1 if moved == pace.moved else 1)


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
    """The pace after a look that failed."""
    ours = backoff(pace, check) * chance.uniform(1.0, 1.25)
    return replace(
        pace,
        due=check.at + min(max(round(ours), asked.seconds), LONGEST_WAIT),
        failures=pace.failures + 1,
        failing=pace.failing or check.at,
        asked=check.at,
        wait=asked.words if asked.seconds >= ours else "",
        gone=check.status == 410 and not adopted(pace),
    )


def backoff(pace: Pace, check: Check) -> float:
    """How long we would wait after a failure: each one doubles it, but for the first 404.

    Working feeds do return 404 and come back, says the log of a collector of 180,000 feeds. Where no host gave a sign
    of life nobody was bothered, and most often the network was away on our side: that is tried again soon.
    """
    if is_silence(check):
        return 0 if pace.failures < SILENCES else SHORTEST
    doublings = max(pace.failures - (1 if check.status == 404 else 0), 0)
    return float(min(pace.interval * 2.0 ** min(doublings, 20), LONGEST))


def is_silence(check: Check) -> bool:
    """Whether a check ended as all end where there is no network; a refused connection is a sign of life."""
    return (check.outcome is Outcome.UNREACHABLE and check.detail in NO_SIGN) or (
        check.outcome is Outcome.TIMEOUT and check.detail.startswith(NO_CONNECTION)
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


def promised(pace: Pace, asked: Asked) -> str:
    """Words on a wait that a busy server asked for, "" for none; what was cut short is said to be."""
    if not pace.wait:
        return ""
    cut = ", 7 days at most" if asked.seconds >= LONGEST_WAIT else ""
    return f"{pace.wait}: not asked before {time.strftime('%Y-%m-%d %H:%M', time.gmtime(pace.due))} UTC{cut}"


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
