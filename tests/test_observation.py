"""What was observed, against a plain count of seconds on random logs of checks, and after outages of a real server."""

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.collect import collect
from mentions import measures
from mentions import store as stores
from mentions.cube import Cube
from mentions.lexicon import Lexicon
from mentions.model import ANSWERED, Check, Feed, Outcome
from mentions.observation import (
    DAYS,
    MOST,
    NOT_OBSERVED,
    OBSERVED,
    PARTLY,
    RETIRED,
    ask,
    gaps,
    observed,
    observed_since,
    state_of,
)
from mentions.selection import ZONES, Selection, day_of, start_of
from mentions.store import Store
from mentions.timeline import period_of, timeline
from tests.conftest import outlet
from tests.server import Answer, Site, serving

DAY, HOUR = 86400, 3600
FIRST = date(2026, 2, 26)
START = start_of(FIRST, "UTC")
OWNERS = {
    "cedar": ("PK", "pakistan", "en", 3),
    "oak": ("IN", "india", "hi", 1),
    "elm": ("IN", "kashmir", "en", 2),
    "ash": ("GB", "world", "en", 0),
}
FEEDS = {f"https://{name}.invalid/{n}": name for name, (*_, feeds) in OWNERS.items() for n in range(feeds)}


OUTCOMES = [Outcome.OK, Outcome.OK, Outcome.UNCHANGED, Outcome.EMPTY, Outcome.CUT_OFF, Outcome.CUT_OFF, Outcome.HTTP]


def log(chance: Random) -> list[Check]:
    """Looks at some feeds over nine days, in no order: failures, 304s, documents cut off, lists that were torn."""
    busy = chance.sample(sorted(FEEDS), chance.randint(1, 4))

    def moment() -> int:
        return START + (chance.randrange(9 * 24) * HOUR if chance.random() < 0.5 else chance.randrange(9 * DAY))

    checks = []
    for _ in range(chance.choice([0, 1, 3, 10, 20, 30])):
        outcome = chance.choice(OUTCOMES)
        torn = outcome in (Outcome.OK, Outcome.CUT_OFF) and chance.random() < 0.5
        checks.append(Check(chance.choice(busy), moment(), outcome, lost_since=moment() if torn else 0))
    return checks if chance.random() < 0.5 else sorted(checks, key=lambda check: check.at)


def selection(chance: Random) -> Selection:
    since = FIRST + timedelta(days=chance.randint(-2, 8))
    return Selection(
        since,
        since + timedelta(days=chance.randint(0, 12)),
        tz=chance.choice(sorted(ZONES)),
        grain=chance.choice(["day", "week", "month"]),
        by=chance.choice(["outlet", "country", "group", "language", "forum"]),
        outlet=tuple(chance.sample(sorted(OWNERS), chance.choice([0, 0, 1, 2]))),
    )


class Plain:
    """The same, from moment to moment: between two of these nothing changes."""

    def __init__(self, checks: Sequence[Check], chosen: Selection) -> None:
        self.checks, self.chosen = checks, chosen
        self.newest = max((check.at for check in checks), default=0)
        self.feeds = [url for url, owner in FEEDS.items() if not chosen.outlet or owner in chosen.outlet]
        self.start = start_of(chosen.since, chosen.tz)
        self.stop = start_of(chosen.until + timedelta(days=1), chosen.tz)
        self.days = [chosen.since + timedelta(days=n) for n in range(chosen.days)]

    def looks(self, feed: str) -> list[int]:
        return [check.at for check in self.checks if check.feed == feed]

    def answers(self, feed: str) -> list[int]:
        told = [check for check in self.checks if check.feed == feed]
        return [check.at for check in told if check.outcome in ANSWERED or check.lost_since]

    def holes(self, feed: str) -> list[tuple[int, int]]:
        torn = [check for check in self.checks if check.feed == feed and check.lost_since]
        return [(min(check.at, check.lost_since), max(check.at, check.lost_since)) for check in torn]

    def steps(self, feed: str) -> Iterator[tuple[int, int]]:
        """The chosen span in pieces within which nothing changes."""
        marks = {
            self.start,
            self.stop,
            self.newest,
            *self.looks(feed),
            *(end for hole in self.holes(feed) for end in hole),
        }
        marks |= {start_of(day, self.chosen.tz) for day in self.days}
        yield from pairwise(sorted(mark for mark in marks if self.start <= mark <= self.stop))

    def is_covered(self, feed: str, start: int, stop: int) -> bool:
        answers = self.answers(feed)
        return (
            bool(answers)
            and min(answers) <= start
            and stop <= max(answers)
            and not any(lost < stop and start < found for lost, found in self.holes(feed))
        )

    def seconds(self, feed: str, day: date) -> int:
        pieces = [(a, b) for a, b in self.steps(feed) if day_of(a, self.chosen.tz) == day]
        return sum(b - a for a, b in pieces if self.is_covered(feed, a, b))

    def is_expected(self, feed: str, day: date) -> bool:
        looks = [day_of(at, self.chosen.tz) for at in self.looks(feed)]
        if not looks or min(looks) > day:
            return False
        return max(self.looks(feed)) >= self.newest - RETIRED or max(looks) >= day

    def feed_days(self) -> Iterator[tuple[str, date]]:
        """The days of feeds that count."""
        for day in self.days:
            for owner in {FEEDS[feed] for feed in self.feeds}:
                own = [feed for feed in self.feeds if FEEDS[feed] == owner]
                yield from ((feed, day) for feed in [one for one in own if self.is_expected(one, day)] or own)

    def observed(self, place: int | None) -> dict[tuple[date, str], tuple[int, int, int]]:
        found: dict[tuple[date, str], list[int]] = {}
        for feed, day in self.feed_days():
            own = FEEDS[feed] if place is None else str(OWNERS[FEEDS[feed]][place])
            seconds = self.seconds(feed, day)
            for name in (own, ""):
                counts = found.setdefault((period_of(day, self.chosen.grain), name), [0, 0, 0])
                counts[0] += 1
                counts[1] += seconds == DAY
                counts[2] += 0 < seconds < DAY
        return {key: (counts[0], counts[1], counts[2]) for key, counts in found.items()}

    def why(self, feed: str, start: int) -> str:
        looks, answers = self.looks(feed), self.answers(feed)
        if not looks:
            return "never looked at"
        if not answers or start < min(answers):
            return "before its first answer"
        if start >= max(answers):
            return "no answer since" if max(looks) > max(answers) else "not looked at since"
        return "items may be lost"

    def gaps(self) -> list[tuple[str, int, int, str]]:
        found: list[tuple[str, int, int, str]] = []
        for feed in self.feeds:
            for start, stop in self.steps(feed):
                if stop <= self.newest and not self.is_covered(feed, start, stop):
                    why = self.why(feed, start)
                    if found and (found[-1][0], found[-1][2], found[-1][3]) == (feed, start, why):
                        found[-1] = feed, found[-1][1], stop, why
                    else:
                        found.append((feed, start, stop, why))
        return sorted(found)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("observation")


def opened(path: Path) -> Store:
    """An empty store with the catalogue."""
    path.unlink(missing_ok=True)
    store = stores.writing(str(path), "real", journal="OFF")
    outlets = []
    for name, (country, group, language, _) in OWNERS.items():
        feeds = tuple(Feed(url, name, "", language) for url, owner in FEEDS.items() if owner == name)
        outlets.append(replace(outlet(name, "", country, group, language), feeds=feeds))
    store.save_catalogue(outlets)
    return store


@pytest.mark.parametrize("seed", range(40))
def test_observed_and_gaps_are_those_of_a_plain_count(folder: Path, lexicon: Lexicon, seed: int) -> None:
    chance = Random(seed)
    checks, cuts = log(chance), chance.sample(range(1, 30), 3)
    store = opened(folder / "o.db")
    cube = Cube(store, lexicon)
    for start, stop in pairwise(sorted({0, len(checks), *(cut for cut in cuts if cut < len(checks))})):
        store.save([(check, []) for check in checks[start:stop]])
        cube.refresh()
    store.engine.dispose()
    whole = Cube(store, lexicon)
    for chosen in (selection(chance) for _ in range(3)):
        for each in (cube, whole):
            compare(each, chosen, Plain(checks, chosen))


def compare(cube: Cube, chosen: Selection, plain: Plain) -> None:
    """Hold what a cube says was observed against the plain count."""
    each = "SELECT day, url, seconds FROM feed_days JOIN feed ON number = feed"
    seconds = ask(cube, f"{DAYS} {each}", chosen)
    told = {(url, day): n for day, url, n in seconds.itertuples(index=False)}
    days = {(feed, day): plain.seconds(feed, day) for feed in plain.feeds for day in plain.days}
    assert {(url, date(1970, 1, 1) + timedelta(days=int(day))): n for (url, day), n in told.items()} == days
    assert all(0 <= n <= DAY for n in days.values())

    table = observed(cube, chosen, chosen.by)
    rows = table[["period", "id", "feed_days", "observed", "partly"]].itertuples(index=False)
    place = {"country": 0, "group": 1, "language": 2}.get(chosen.by)
    assert {(period, one): tuple(counts) for period, one, *counts in rows} == plain.observed(place)

    missing = gaps(cube, chosen)
    found = missing[["feed", "start", "stop", "why"]].itertuples(index=False, name=None)
    assert sorted(found) == plain.gaps()
    assert list(missing["outlet"]) == [FEEDS[url] for url in missing["feed"]]
    lengths: Counter[str] = Counter()
    for url, start, stop in missing[["feed", "start", "stop"]].itertuples(index=False):
        lengths[url] += stop - start
    until = min(plain.stop, plain.newest)
    for feed in plain.feeds:
        covered = sum(plain.seconds(feed, day) for day in plain.days)
        assert covered + lengths[feed] == max(until - plain.start, 0)

    since = plain.start + DAY
    early = {FEEDS[feed] for feed in plain.feeds if plain.looks(feed) and min(plain.looks(feed)) < since}
    assert observed_since(cube, chosen) == sorted(early)


@given(st.integers(0, 5000), st.integers(0, 5000), st.integers(0, 5000), st.booleans())
def test_the_state_of_some_feed_days(days: int, full: int, partly: int, alone: bool) -> None:
    full, partly = min(full, days), min(partly, max(days - full, 0))
    state = state_of(days, full, partly, alone)
    enough = full == days if alone else 100 * full >= round(100 * MOST) * days
    if days and enough:
        assert state == OBSERVED
    else:
        assert state == (PARTLY if full or partly else NOT_OBSERVED)


def test_exactly_as_many_as_must_be_are_enough() -> None:
    for days in range(20, 20_000, 20):
        assert state_of(days, days // 20 * 19, 0, False) == OBSERVED
        assert state_of(days, days // 20 * 19 - 1, 0, False) == PARTLY


def rss(*numbers: int, path: str) -> bytes:
    """A feed of invented articles with these numbers."""
    items = "".join(
        f"<item><title>UN chief offers good offices on Kashmir, day {n}</title>"
        f"<link>https://{path}.invalid/{n}</link></item>"
        for n in numbers
    )
    return f'<rss version="2.0"><channel><title>Invented</title>{items}</channel></rss>'.encode()


SHIFTED = {
    "feed": ("due", "asked", "answered", "full", "listing", "failing"),
    "sighting": ("first", "last"),
    "feed_check": ("at", "lost_since"),
    "item": ("published", "seen"),
}
STEP = 6 * HOUR
ROUNDS = 20
PATHS = ("steady", "blinks", "turns", "down")


@dataclass
class Outages:
    """Rounds six hours apart over four feeds of one server: what each sends in a round."""

    site: Site
    store: Store
    lexicon: Lexicon

    def sent(self, path: str, number: int) -> Answer:
        """A list of eight, of which two are new each time; every fifth round nothing is new, and then four are."""
        if (path == "blinks" and number in (5, 6)) or (path == "down" and 6 <= number <= 13):
            return Answer(status=500)
        first = 2 * (number - number % 5 // 4)
        if (path == "turns" and number >= 9) or (path == "down" and number >= 14):
            first += 1000
        width = 16 if path == "blinks" else 8
        return Answer(rss(*range(first, first + width), path=path))

    def collect(self) -> None:
        """All rounds; the last is now."""
        outlets = [outlet(path, f"{self.site.url}/{path}") for path in PATHS]
        self.store.save_catalogue(outlets)
        for number in range(ROUNDS):
            self.let_pass(STEP if number else 0)
            self.site.answers = {f"/{path}": self.sent(path, number) for path in PATHS}
            collect(self.store, outlets, self.lexicon, lambda _: None, now=True)

    def let_pass(self, seconds: int) -> None:
        """Let the store believe that so much time went by."""
        with stores.transaction(self.store) as db:
            for table, columns in SHIFTED.items():
                for name in columns:
                    db.exec_driver_sql(f'UPDATE {table} SET "{name}" = "{name}" - {seconds} WHERE "{name}" > 0')  # noqa: S608


def test_states_and_gaps_are_as_the_outages_were(store: Store, lexicon: Lexicon) -> None:
    began = time.monotonic()
    with serving() as site:
        Outages(site, store, lexicon).collect()
    slack = 60 + time.monotonic() - began  # the rounds themselves take time, which nobody shifted
    cube = Cube(store, lexicon)
    asked = {
        url.rpartition("/")[2]: at for url, at in cube.ask("SELECT url, asked FROM feed", {}).itertuples(index=False)
    }
    now = min(asked.values())
    today = day_of(now, "UTC")
    chosen = Selection(today - timedelta(days=8), today)

    missing = gaps(cube, chosen)
    assert Counter(zip(missing["outlet"], missing["why"], strict=True)) == {
        **{(path, "before its first answer"): 1 for path in PATHS},
        ("turns", "items may be lost"): 1,
        ("down", "items may be lost"): 1,
    }
    lost = missing[missing["why"] == "items may be lost"].set_index("outlet")
    for path, before, after in (("turns", 8, 9), ("down", 5, 14)):
        ends = [asked[path] - (ROUNDS - 1 - number) * STEP for number in (before, after)]
        assert [lost.loc[path, "start"], lost.loc[path, "stop"]] == pytest.approx(ends, abs=slack)

    counts = measures.volume_by(cube, chosen)
    drawn = timeline(counts, measures.volume(cube, chosen), observed(cube, chosen), chosen, today)
    drawn = drawn.assign(missing=drawn["articles"].isna()).set_index(["id", "period"])
    states, empty = drawn["state"].to_dict(), drawn["missing"].to_dict()
    holes = {path: (int(lost.loc[path, "start"]), int(lost.loc[path, "stop"])) for path in lost.index}
    born = {path: at - (ROUNDS - 1) * STEP for path, at in asked.items()}
    for path in PATHS:
        for day in (today - timedelta(days=n) for n in range(1, 9)):
            start, stop = start_of(day, "UTC"), start_of(day, "UTC") + DAY
            begin, end = holes.get(path, (0, 0))
            if any(abs(edge - midnight) <= slack for edge in (begin, end, born[path]) for midnight in (start, stop)):
                continue  # too near to say on which side it lies
            unseen = stop <= born[path] + slack or (begin <= start and stop <= end)
            whole = start >= born[path] + slack and not (begin < stop and start < end)
            expected = NOT_OBSERVED if unseen else OBSERVED if whole else PARTLY
            assert states[path, day] == expected, (path, day)
            assert empty[path, day] == (expected == NOT_OBSERVED), (path, day)  # no drop to zero where nobody looked
    assert any(states["down", today - timedelta(days=n)] == NOT_OBSERVED for n in range(1, 4))
