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

from collectors.loss import in_common
from mentions.health import LONGEST_WAIT, is_due, must_wait
from mentions.model import ANSWERED, Check, Feed, Outcome, Outlet, Pace

MINUTE, DAY = 60, 86400
SHORTEST, LONGEST = 10 * MINUTE, DAY
"""Bounds of our own interval. It begins at an hour (model.Pace): one conditional request an hour is welcome anywhere."""

WINDOW_SHARE = 5
"""We look at least this many times while a feed's list rolls over once, so that one failed look tears nothing.

A fifth is new after one interval and 0.45 after a failed look, which waits for up to 1.25 intervals (after_failure): the
rest is more than must be in common (loss.COMMON). Only lists of less than five items are asked the more for it, since
we look about once an item anyway.
"""


NO_SIGN = frozenset({"cannot resolve host", "network is unreachable", "no route to host"})
"""What is said of a host where there is no network."""

BUSY = frozenset({429, 503})
"""Only with these does Retry-After count: the server has too much to do."""

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
    well: int = 0  # of the resting, those whose last look was answered


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
    well = sum(not paces[feed.url].failing for feed in kinds["resting"])
    return Plan(tuple(kinds["due"]), resting, waiting, gone, min(later, default=0), well)


def needs_audit(pace: Pace, now: int) -> bool:
    """Whether to ask without validators for once: some servers say "not modified" of a list that was (once a day)."""
    return pace.distrusted or not 0 <= now - pace.full < DAY


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
    rate = rate_after(pace, check)
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


def elapsed(pace: Pace, check: Check) -> int:
    """The seconds since the answer before, 0 where there was none or too little time to learn from it.

    A person who asks again and again tells nothing of the feed.
    """
    seconds = check.at - pace.answered if pace.answered else 0
    return seconds if seconds >= SHORTEST else 0


def rate_after(pace: Pace, check: Check) -> float:
    """The moving mean of new items a day after a look, over some two days."""
    seconds = elapsed(pace, check)
    if not seconds:
        return pace.rate
    new = check.listed - check.overlap if check.outcome is not Outcome.UNCHANGED else 0
    seen = new * DAY / seconds
    return seen if pace.rate < 0 else pace.rate + (1 - math.exp(-seconds / (2 * DAY))) * (seen - pace.rate)


def after_move(pace: Pace, check: Check, asked: int, url: str, moved: str) -> Pace:
    """The pace with what a look said of the feed's address: `url` is the one asked, `moved` where 301 and 308 led.

    `asked` is when the look before was. A move is believed only from looks in a row that ended well, ten minutes apart
    at least, and never from https to http. An address once adopted is given up at its first failure, and the one of the
    catalogue asked again.
    """
    if not is_answered(check) or (url.startswith("https:") and moved.startswith("http:")):
        return replace(pace, moved="", moves=0)
    if not moved:
        return pace if pace.adopted else replace(pace, moved="", moves=0)
    if moved != pace.moved:
        return replace(pace, moved=moved, moves=1)
    return replace(pace, moves=pace.moves + 1) if check.at - asked >= SHORTEST else pace


def own_interval(pace: Pace, check: Check, rate: float) -> int:
    """How long we would wait by ourselves: about until the next item, and never past a fifth of the list (WINDOW_SHARE)."""
    interval = float(pace.interval)
    if rate > 0:
        interval = DAY / rate
        if check.listed:
            interval = min(interval, check.listed * DAY / rate / WINDOW_SHARE)
    elif rate == 0 and elapsed(pace, check):
        interval = pace.interval * 1.5
    if is_thin(check):
        interval = min(interval, pace.interval / 2)
    return round(min(max(interval, SHORTEST), LONGEST))


def is_thin(check: Check) -> bool:
    """Whether so much of a changed list was new that, had this look failed, the next might have come too late."""
    return check.outcome is Outcome.OK and in_common(check) < 1 - 1 / WINDOW_SHARE


def after_failure(pace: Pace, check: Check, asked: Asked, chance: random.Random) -> Pace:
    """The pace after a look that failed."""
    ours = backoff(pace, check) * chance.uniform(1.0, 1.25)
    return replace(
        pace,
        due=check.at + min(max(round(ours), asked.seconds), LONGEST_WAIT),
        failures=pace.failures + 1,
        failing=pace.failing or check.at,
        asked=check.at,
        full=check.at if needs_audit(pace, check.at) else pace.full,
        wait=asked.words if check.status in BUSY and asked.seconds >= ours else "",
        gone=check.status == 410 and not pace.adopted,
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
    if status in BUSY:
        wait = delay(named.get("retry-after", ""), now)
        return Asked(min(wait, LONGEST_WAIT), f"Retry-After: {plain(named['retry-after'])}") if wait else Asked()
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
    return Asked(expires - now, f"Expires: {plain(named['expires'])}") if expires and expires > now else Asked()


def promised(pace: Pace, asked: Asked) -> str:
    """Words on a wait that a busy server asked for, "" for none; what was cut short is said to be."""
    if not pace.wait:
        return ""
    cut = ", 7 days at most" if asked.seconds >= LONGEST_WAIT else ""
    return f"{pace.wait}: not asked before {time.strftime('%Y-%m-%d %H:%M', time.gmtime(pace.due))} UTC{cut}"


def plain(value: str) -> str:
    """A header as it can be kept and shown: a server may send bytes that are no text, and any number of them."""
    return ascii(value[:80])[1:-1]


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
