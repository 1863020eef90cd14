"""When a feed is due again: what servers ask, the feed's own pace, failures."""

import math
import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.loss import may_have_lost
from collectors.schedule import (
    DAY,
    LONGEST,
    MINUTE,
    SHORTEST,
    Asked,
    after,
    after_move,
    asked_of,
    needs_audit,
    planned,
    promised,
)
from mentions.health import LONGEST_WAIT, is_due, must_wait
from mentions.model import Check, Feed, Outcome, Outlet, Pace

NOW = 1_790_000_000  # Mon, 21 Sep 2026 14:13:20 GMT
CHANCE = random.Random(1)
DATE = "Mon, 21 Sep 2026 14:13:20 GMT"

ASKED = {
    # name: status, headers, ttl -> seconds
    "nothing": (200, {}, 0, 0),
    "max-age": (200, {"Cache-Control": "public, max-age=900"}, 0, 900),
    "max-age in quotes": (200, {"cache-control": 'max-age="60"'}, 0, 60),
    "no-cache cancels max-age": (200, {"Cache-Control": "no-cache, max-age=900"}, 0, 0),
    "no-store cancels max-age": (200, {"Cache-Control": "max-age=900, no-store"}, 0, 0),
    "max-age that is no number": (200, {"Cache-Control": "max-age=soon"}, 0, 0),
    "negative max-age": (200, {"Cache-Control": "max-age=-5"}, 0, 0),
    "s-maxage is for shared caches": (200, {"Cache-Control": "s-maxage=900"}, 0, 0),
    "expires": (200, {"Expires": "Mon, 21 Sep 2026 15:13:20 GMT", "Date": DATE}, 0, 3600),
    "expires by a server whose clock is wrong": (
        200,
        {"Expires": "Thu, 01 Jan 2015 01:00:00 GMT", "Date": "Thu, 01 Jan 2015 00:00:00 GMT"},
        0,
        3600,
    ),
    "expires 0": (200, {"Expires": "0"}, 0, 0),
    "expires in the past": (200, {"Expires": "Mon, 21 Sep 2026 13:13:20 GMT", "Date": DATE}, 0, 0),
    "max-age wins over expires": (
        200,
        {"Cache-Control": "max-age=60", "Expires": "Tue, 22 Sep 2026 14:13:20 GMT"},
        0,
        60,
    ),
    "the feed's own ttl": (200, {}, 1800, 1800),
    "the longer of ttl and max-age": (200, {"Cache-Control": "max-age=900"}, 1800, 1800),
    "an absurd max-age": (200, {"Cache-Control": "max-age=31536000"}, 0, LONGEST),
    "304 too": (304, {"Cache-Control": "max-age=900"}, 0, 900),
    "retry-after in seconds": (429, {"Retry-After": "120"}, 0, 120),
    "retry-after on 503": (503, {"Retry-After": " 120 "}, 0, 120),
    "retry-after as a date": (429, {"Retry-After": "Mon, 21 Sep 2026 16:13:20 GMT", "Date": DATE}, 0, 7200),
    "retry-after as a date gone by": (429, {"Retry-After": "Mon, 21 Sep 2026 10:13:20 GMT", "Date": DATE}, 0, 0),
    "retry-after of years": (429, {"Retry-After": "316800000"}, 0, LONGEST_WAIT),
    "retry-after that says nothing": (429, {"Retry-After": "later"}, 0, 0),
    "retry-after on 200 means nothing": (200, {"Retry-After": "120"}, 0, 0),
}


@pytest.mark.parametrize("status,headers,ttl,seconds", ASKED.values(), ids=ASKED)
def test_what_a_server_asks(status: int, headers: dict[str, str], ttl: int, seconds: int) -> None:
    asked = asked_of(status, headers, ttl, NOW)
    assert asked.seconds == seconds
    assert bool(asked.words) == bool(seconds)


def listed(at: int, many: int, overlap: int, before: int = 30) -> Check:
    return Check("f", at, Outcome.OK, 200, "", many, overlap, before)


def run_of(new_a_day: float, window: int, days: int = 20) -> Pace:
    """The pace after some days of a feed with so many new items a day and so many listed at once."""
    pace, at, carried = Pace(), NOW, 0.0
    while at < NOW + days * DAY:
        carried += (at - pace.answered) * new_a_day / DAY if pace.answered else window
        new = min(int(carried), window)
        carried -= new
        check = listed(at, window, window - new, window) if new else Check("f", at, Outcome.UNCHANGED, 304)
        pace = after(pace, check, asked_of(200, {}, 0, at), CHANCE)
        at = pace.due
    return pace


@pytest.mark.parametrize(
    "new_a_day,window,shortest,longest",
    [
        (1000, 30, SHORTEST, 15 * MINUTE),  # an item each 86 seconds: the shortest interval
        (100, 30, 10 * MINUTE, 30 * MINUTE),
        (24, 10, 30 * MINUTE, 90 * MINUTE),
        (2, 10, 6 * 3600, 18 * 3600),
        (0.05, 10, 12 * 3600, LONGEST),
    ],
)
def test_intervals_follow_the_pace_of_a_feed(new_a_day: float, window: int, shortest: int, longest: int) -> None:
    pace = run_of(new_a_day, window)
    assert shortest <= pace.interval <= longest


@given(st.floats(0.01, 5000), st.integers(1, 200))
def test_an_interval_is_never_slower_than_the_window_allows(rate: float, window: int) -> None:
    pace = after(Pace(rate=rate, answered=0), listed(NOW, window, window), asked_of(200, {}, 0, NOW), CHANCE)
    assert SHORTEST <= pace.interval <= LONGEST
    assert pace.interval <= max(SHORTEST, window * DAY / rate / 5 + 1)


THIN = {
    # name: how many are listed, how many of them were before, how many were listed before, whether to ask sooner
    "a fifth is new": (10, 8, 10, False),
    "more is new": (10, 7, 10, True),
    "all is new": (10, 0, 10, True),
    "all stays and as much comes on top": (20, 10, 10, False),
    "nothing was listed before": (10, 0, 0, False),
}


@pytest.mark.parametrize("many,overlap,before,sooner", THIN.values(), ids=THIN)
def test_too_much_new_at_once_shortens_the_interval(many: int, overlap: int, before: int, sooner: bool) -> None:
    pace = Pace(interval=4 * 3600, rate=0.001, answered=NOW - 60)
    next_ = after(pace, listed(NOW, many, overlap, before), asked_of(200, {}, 0, NOW), CHANCE)
    assert (next_.interval <= 2 * 3600) == sooner


@given(st.integers(1, 9), st.floats(0.1, 28), st.integers(0, 50))
def test_a_failed_look_at_our_own_pace_tears_no_list(window: int, most: float, seed: int) -> None:
    """The list after a failed look has half of the items in common, where they come evenly, and not too fast to ask."""
    new_a_day = most * min(window, 5)
    pace = after(Pace(rate=new_a_day), listed(NOW, window, window, window), Asked(), random.Random(seed))
    failed = after(pace, replace(FAILED, at=pace.due), Asked(), random.Random(seed))
    new = math.floor((failed.due - NOW) * new_a_day / DAY)
    assert not may_have_lost(listed(failed.due, window, window - new, window))


def test_the_longer_of_our_interval_and_the_servers_wish_counts() -> None:
    asked = asked_of(200, {"Cache-Control": "max-age=7200"}, 0, NOW)
    pace = after(Pace(interval=3600, rate=24.0, answered=NOW - 3600), listed(NOW, 30, 29), asked, CHANCE)
    assert pace.due == NOW + 7200


FAILED = Check("f", NOW, Outcome.HTTP, 500, "500 Internal Server Error")


def test_failures_double_the_wait_with_jitter_and_a_success_forgets_them() -> None:
    pace, waits = Pace(), []
    for number in range(8):
        check = replace(FAILED, at=NOW + number)
        pace = after(pace, check, asked_of(500, {}, 0, NOW), CHANCE)
        waits.append(pace.due - check.at)
    assert waits[:5] == sorted(waits[:5])  # the sixth reaches the longest wait, and chance alone tells them apart
    assert 3600 <= waits[0] <= 3600 * 1.25
    assert 2 * 3600 <= waits[1] <= 2 * 3600 * 1.25
    assert waits[-1] <= LONGEST * 1.25
    assert len({round(wait / 3600, 3) for wait in waits}) == 8
    assert after(pace, listed(NOW + 9, 10, 9), asked_of(200, {}, 0, NOW), CHANCE).failures == 0


def test_the_first_404_is_forgiven_and_410_is_the_end() -> None:
    missing = replace(FAILED, status=404)
    once = after(Pace(), missing, asked_of(404, {}, 0, NOW), CHANCE)
    twice = after(once, missing, asked_of(404, {}, 0, NOW), CHANCE)
    assert once.due <= NOW + 3600 * 1.25
    assert twice.due <= NOW + 3600 * 1.25
    assert not twice.gone
    assert after(Pace(), replace(FAILED, status=410), asked_of(410, {}, 0, NOW), CHANCE).gone


def test_a_429_waits_as_long_as_asked_and_never_less_than_our_backoff() -> None:
    busy = replace(FAILED, status=429)
    long = after(Pace(), busy, asked_of(429, {"Retry-After": "86400"}, 0, NOW), CHANCE)
    short = after(Pace(), busy, asked_of(429, {"Retry-After": "5"}, 0, NOW), CHANCE)
    silent = after(Pace(), busy, asked_of(429, {}, 0, NOW), CHANCE)
    assert (long.due, long.wait) == (NOW + 86400, "Retry-After: 86400")
    assert short.due >= NOW + 3600
    assert silent.due >= NOW + 3600


def test_a_host_without_a_sign_of_life_is_tried_again_soon() -> None:
    pace, waits = Pace(interval=7200), []
    details = [(Outcome.UNREACHABLE, "cannot resolve host"), (Outcome.TIMEOUT, "no connection within 10 s")] * 4
    for outcome, detail in details:
        silent = replace(FAILED, status=0, outcome=outcome, detail=detail)
        pace = after(pace, silent, asked_of(0, {}, 0, NOW), CHANCE)
        waits.append(pace.due - NOW)
    assert waits[:3] == [0, 0, 0]
    assert SHORTEST <= min(waits[3:]) <= max(waits[3:]) <= SHORTEST * 1.25
    assert (pace.failures, pace.failing) == (8, NOW)


def test_a_server_that_falls_silent_is_left_alone_longer_and_longer() -> None:
    pace = Pace(interval=600)
    for _ in range(4):
        hung = replace(FAILED, status=0, outcome=Outcome.TIMEOUT, detail="nothing came for 20 s")
        pace = after(pace, hung, asked_of(0, {}, 0, NOW), CHANCE)
    assert pace.due - NOW >= 600 * 8


TURNS = {
    # name: pace, must wait, is due
    "never asked": (Pace(), False, True),
    "due": (Pace(due=NOW, asked=NOW - 600), False, True),
    "not yet": (Pace(due=NOW + 1, asked=NOW - 600), False, False),
    "asked to wait": (Pace(due=NOW + 60, wait="Retry-After: 60", asked=NOW), True, False),
    "wait over": (Pace(due=NOW, wait="Retry-After: 60", asked=NOW - 60), False, True),
    "the longest wait": (Pace(due=NOW + LONGEST_WAIT, wait="Retry-After: 9e9", asked=NOW), True, False),
    "looked in the future: the clock was set back": (Pace(due=NOW + 7200, asked=NOW + 3600), False, True),
    "due in years: the clock was set back": (Pace(due=NOW + 400 * DAY), False, True),
    "asked to wait for years": (Pace(due=NOW + 400 * DAY, wait="Retry-After: 60"), False, True),
}


@pytest.mark.parametrize("pace,waits,due", TURNS.values(), ids=TURNS)
def test_whose_turn_it_is(pace: Pace, waits: bool, due: bool) -> None:
    assert (must_wait(pace, NOW), is_due(pace, NOW)) == (waits, due)


def test_a_plan_names_how_many_are_left_alone_and_why() -> None:
    paces = {
        "https://a.invalid/due": Pace(due=NOW),
        "https://a.invalid/resting": Pace(due=NOW + 60, asked=NOW),
        "https://b.invalid/waiting": Pace(due=NOW + 30, wait="Retry-After: 60", asked=NOW),
        "https://b.invalid/gone": Pace(gone=True),
    }
    outlets = [
        Outlet(
            name,
            name,
            f"https://{name}.invalid",
            "PK",
            "pakistan",
            "en",
            tuple(Feed(url, name, "", "en") for url in paces if name in url[8]),
        )
        for name in "ab"
    ]

    def counts(now: bool, *only: str) -> tuple[list[str], int, int, int, int]:
        plan = planned(outlets, paces, NOW, now, only)
        names = [feed.url.rpartition("/")[2] for feed in plan.feeds]
        return names, plan.resting, plan.waiting, plan.gone, plan.next_due - NOW if plan.next_due else 0

    assert counts(False) == (["due"], 1, 1, 1, 30)
    assert counts(True) == (["due", "resting"], 0, 1, 1, 30)
    assert counts(True, "b") == (["gone"], 0, 1, 0, 30)
    assert counts(False, "a") == (["due"], 1, 0, 0, 60)


OLD, NEW = "https://cedar.invalid/old", "https://cedar.invalid/new"

MOVES = {
    # name: what the looks said (where 301 led, None for a failure), the address asked after them
    "never": (["", "", "", ""], OLD),
    "twice": ([NEW, NEW], OLD),
    "three times": ([NEW, NEW, NEW], NEW),
    "and then straight": ([NEW, NEW, NEW, "", ""], NEW),
    "interrupted": ([NEW, NEW, "", NEW, NEW], OLD),
    "interrupted by a failure": ([NEW, NEW, None, NEW, NEW], OLD),
    "to changing addresses": ([NEW, f"{NEW}2", NEW, f"{NEW}2"], OLD),
    "and then it fails there": ([NEW, NEW, NEW, None], OLD),
    "and then on from there": ([NEW, NEW, NEW, f"{NEW}2"], OLD),
    "for good from there": ([NEW, NEW, NEW, *[f"{NEW}2"] * 3], f"{NEW}2"),
    "from https to http": (["http://cedar.invalid/new"] * 5, OLD),
}


@pytest.mark.parametrize("looks,address", MOVES.values(), ids=MOVES)
def test_an_address_is_adopted_after_repeated_confirmation(looks: list[str | None], address: str) -> None:
    pace = Pace()
    for number, moved in enumerate(looks):
        at = NOW + number * SHORTEST
        check = replace(FAILED, at=at) if moved is None else listed(at, 10, 9)
        pace = after_move(pace, check, at - SHORTEST, pace.adopted or OLD, moved or "")
    assert (pace.adopted or OLD) == address


def test_410_at_an_adopted_address_is_not_the_end() -> None:
    pace = Pace(moved=NEW, moves=3)
    gone = replace(FAILED, status=410)
    assert not after(pace, gone, asked_of(410, {}, 0, NOW), CHANCE).gone
    assert after_move(pace, gone, NOW - 3600, NEW, "").adopted == ""


def test_looks_that_follow_at_once_confirm_no_move() -> None:
    pace = Pace()
    for second in range(9):
        pace = after_move(pace, listed(NOW + second, 10, 9), NOW + second - 1, OLD, NEW)
    assert (pace.moved, pace.moves) == (NEW, 1)


def test_who_asks_again_and_again_learns_nothing_of_the_pace() -> None:
    pace = after(Pace(interval=3600, rate=24.0, answered=NOW - 3600), listed(NOW, 30, 29), Asked(), CHANCE)
    for second in range(1, 10):
        pace2 = after(pace, listed(NOW + second, 30, 25), Asked(), CHANCE)
        assert (pace2.rate, pace2.interval) == (pace.rate, pace.interval)
    new = after(Pace(), listed(NOW, 30, 0, 0), Asked(), CHANCE)
    for second in range(1, 10):
        new = after(new, Check("f", NOW + second, Outcome.UNCHANGED, 304), Asked(), CHANCE)
    assert (new.rate, new.interval) == (-1.0, 3600)


def test_a_failed_audit_is_not_tried_at_each_look() -> None:
    pace = Pace(full=NOW - 2 * DAY, answered=NOW - 3600)
    assert needs_audit(pace, NOW)
    assert not needs_audit(after(pace, replace(FAILED, status=304), Asked(), CHANCE), NOW + 60)
    assert needs_audit(Pace(full=NOW + DAY), NOW)  # the clock was set back


@pytest.mark.parametrize("status,waits", [(404, False), (500, False), (429, True), (503, True)])
def test_only_a_busy_server_makes_us_wait_whatever_we_are_told(status: int, waits: bool) -> None:
    asked = asked_of(status, {"Cache-Control": "max-age=90000", "Retry-After": "90000"}, 0, NOW)
    pace = after(Pace(), replace(FAILED, status=status), asked, CHANCE)
    assert must_wait(pace, NOW + 60) == waits


def test_what_a_server_writes_is_kept_short_and_plain() -> None:
    given = "Mon, 21 Sep 2026 16:13:20 GMT" + "\udcff\x1b]0;x" * 999
    asked = asked_of(429, {"Retry-After": given, "Date": DATE}, 0, NOW)
    assert asked.words.isascii() and asked.words.isprintable() and len(asked.words) < 500


def test_a_whole_answer_is_asked_for_once_a_day_where_only_304_comes() -> None:
    pace = after(Pace(), listed(NOW, 10, 9), asked_of(200, {}, 0, NOW), CHANCE)
    assert not needs_audit(pace, NOW + DAY - 1)
    later = after(pace, Check("f", NOW + DAY - 1, Outcome.UNCHANGED, 304), asked_of(304, {}, 0, NOW), CHANCE)
    assert needs_audit(later, NOW + DAY)
    same = after(later, Check("f", NOW + DAY, Outcome.UNCHANGED, 200), asked_of(200, {}, 0, NOW), CHANCE)
    assert not needs_audit(same, NOW + DAY + 3600)
    assert needs_audit(replace(same, distrusted=True), NOW + DAY + 3600)


def test_a_wait_cut_short_is_said_to_be() -> None:
    busy = replace(FAILED, status=429)
    asked = asked_of(429, {"Retry-After": "316800000"}, 0, NOW)
    words = promised(after(Pace(), busy, asked, CHANCE), asked)
    assert words == "Retry-After: 316800000: not asked before 2026-09-28 14:13 UTC, 7 days at most"
    short = asked_of(429, {"Retry-After": "7200"}, 0, NOW)
    assert promised(after(Pace(), busy, short, CHANCE), short).endswith("not asked before 2026-09-21 16:13 UTC")
