"""Real captures, collected with deliberate outages: what was observed comes out as the outages were."""

import socket
import time
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

import pandas as pd
import pytest

from collectors.collect import collect
from mentions import measures
from mentions import store as stores
from mentions.cube import Cube
from mentions.lexicon import Lexicon
from mentions.model import Check, Outcome
from mentions.observation import NOT_OBSERVED, OBSERVED, PARTLY, UNFINISHED, gaps, observed
from mentions.selection import Selection
from mentions.store import Store
from mentions.timeline import timeline
from tests.conftest import needs_shared, outlet
from tests.server import Answer, serving
from tests.test_replay import ATOM, CAPTURES, asked, moments, replaying

pytestmark = needs_shared


def at(text: str) -> datetime:
    """A moment of 2020 in UTC."""
    return datetime.fromisoformat(f"2020-{text}:00+00:00")


Span = tuple[datetime, datetime]
END = at("12-31T00:00")
STEP = timedelta(hours=6)
ROUNDS = (at("04-29T12:00"), at("05-31T16:00"))
"""Where captures are taken from, six hours apart at least: each round that has anything to read takes most of a second."""

OFF = (at("05-07T00:00"), at("05-28T18:00"))
"""The machine is off: no round."""

ERRORS = ((at("05-02T06:00"), at("05-02T12:00")), (at("05-03T18:00"), END))
"""bbc answers 500: first while half of its list stays, then for good."""

DOWN = ((at("05-29T00:00"), at("05-29T06:00")), (at("05-02T18:00"), at("05-05T12:00")))
"""Nobody listens where aljazeeraenglish was: once while half of its list stays, once for longer than the list lasts."""

FAILURES = {"bbc": ERRORS, "aljazeeraenglish": DOWN, "smh": (), "dailymail": ()}
"""When each feed fails. The last two are not found before their one capture, and list the same ever after."""

CHOSEN = Selection(date(2020, 4, 27), date(2020, 5, 31), scope="about")
DAY = 86400


def is_within(moment: datetime, *spans: Span) -> bool:
    """Whether a moment lies in one of the spans."""
    return any(start <= moment < stop for start, stop in spans)


@cache
def rounds() -> list[datetime]:
    """When the collector runs."""
    chosen: list[datetime] = []
    for moment in moments():
        if is_within(moment, ROUNDS) and not is_within(moment, OFF) and (not chosen or moment - chosen[-1] >= STEP):
            chosen.append(moment)
    return chosen


def when(second: int) -> datetime:
    """A UTC second as a moment."""
    return datetime.fromtimestamp(second, UTC)


def holds(hole: tuple[int, int], span: Span) -> bool:
    """Whether a hole holds the whole of a span."""
    return when(hole[0]) <= span[0] and span[1] <= when(hole[1])


# What the captures and the outages say, without the product.


def captured(feed: str) -> list[tuple[datetime, Path]]:
    """The captures of a feed, oldest first."""
    folder, start = (CAPTURES / feed, "") if (CAPTURES / feed).is_dir() else (CAPTURES / "other", f"{feed}_")
    stamped = [(path.name.removeprefix(start).split("_")[0], path) for path in folder.glob(f"{start}*.xml")]
    read = [(datetime.strptime(stamp.replace("p", "+"), "%Y-%m-%dT%H%M%S%z"), path) for stamp, path in stamped]
    return sorted((moment.astimezone(UTC), path) for moment, path in read)


def entries(path: Path) -> dict[str, datetime]:
    """The links of a capture with the time each states; none where it is no whole document."""
    try:
        root = ET.parse(path).getroot()
    except ET.ParseError:
        return {}
    found = {}
    for one in root.iterfind("channel/item"):
        found[(one.findtext("link") or "").strip()] = parsedate_to_datetime(one.findtext("pubDate") or "")
    for one in root.iterfind(f"{ATOM}entry"):
        link = one.find(f"{ATOM}link")
        assert link is not None
        found[link.get("href", "")] = datetime.fromisoformat(one.findtext(f"{ATOM}published") or "")
    return found


@dataclass
class Truth:
    """One feed's answers, by the captures and the outages."""

    feed: str
    answers: list[tuple[int, dict[str, datetime]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        for moment in rounds():
            past = [path for taken, path in captured(self.feed) if taken <= moment]
            listed = entries(past[-1]) if past and not is_within(moment, *FAILURES[self.feed]) else {}
            if listed:
                self.answers.append((int(moment.timestamp()), listed))

    def holes(self) -> list[tuple[int, int, str]]:
        """The spans of the chosen days, up to the last round, in which something may have come and gone unseen."""
        first, last, end = self.answers[0][0], self.answers[-1][0], int(rounds()[-1].timestamp())
        pairs = pairwise(self.answers)
        torn = [(a, b) for (a, one), (b, two) in pairs if 2 * len(one.keys() & two.keys()) < min(len(one), len(two))]
        found = [(seconds(CHOSEN.since), first, "before its first answer")]
        for start, stop in torn:
            begin = found.pop()[0] if found[-1][1:] == (start, "items may be lost") else start
            found.append((begin, stop, "items may be lost"))
        return found + ([(last, end, "no answer since")] if last < end else [])

    def unseen(self, day: date) -> int:
        """How many seconds of a day lie in holes, or after the last round."""
        start, end = seconds(day), int(rounds()[-1].timestamp())
        holes = [(begin, stop) for begin, stop, _ in self.holes()] + [(end, seconds(day) + DAY)]
        return sum(max(min(stop, start + DAY) - max(begin, start), 0) for begin, stop in holes)

    def state(self, day: date) -> str:
        """What is known of a day that is over."""
        lost = self.unseen(day)
        return OBSERVED if lost == 0 else NOT_OBSERVED if lost == DAY else PARTLY

    def published(self) -> Counter[date]:
        """How many links first stated each day."""
        known: dict[str, datetime] = {}
        for _, listed in self.answers:
            known = listed | known
        return Counter(moment.astimezone(UTC).date() for moment in known.values())


def seconds(day: date) -> int:
    """The UTC second at which a day begins."""
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())


def days() -> list[date]:
    """The chosen days."""
    return [CHOSEN.since + timedelta(days=number) for number in range(CHOSEN.days)]


# What the product says of the same.


@dataclass
class Collected:
    """The store after all rounds, and how the checks of each feed ended."""

    store: Store
    cube: Cube
    ends: dict[str, Counter[Outcome]]

    def drawn(self) -> dict[tuple[str, date], dict[str, Any]]:
        """The rows of the chart by outlet, each by its outlet and day."""
        chosen, cube = CHOSEN, self.cube
        counts, seen = measures.volume_by(cube, chosen), observed(cube, chosen)
        rows = timeline(counts, measures.volume(cube, chosen), seen, chosen, rounds()[-1].date())
        keys = zip(rows["id"], rows["period"], strict=True)
        return {
            key: {str(name): row[name] for name in row} for key, row in zip(keys, rows.to_dict("records"), strict=True)
        }


@pytest.fixture(scope="module")
def truth() -> dict[str, Truth]:
    return {feed: Truth(feed) for feed in FAILURES}


@pytest.fixture(scope="module")
def collected(tmp_path_factory: pytest.TempPathFactory, lexicon: Lexicon) -> Iterator[Collected]:
    """The rounds, run once, with the clock of the machine set to the moment of each."""
    store = stores.writing(str(tmp_path_factory.mktemp("outages") / "monitor.db"), "real")
    ends: dict[str, Counter[Outcome]] = {feed: Counter() for feed in FAILURES}

    def report(check: Check) -> None:
        ends[urlsplit(check.feed).path[1:]][check.outcome] += 1

    with replaying() as site, serving() as relay, Blinking() as blinks, pytest.MonkeyPatch.context() as patch:
        sites = {"bbc": relay.url, "aljazeeraenglish": blinks.url, "smh": site, "dailymail": site}
        outlets = [outlet(feed, f"{url}/{feed}", "GB", "world") for feed, url in sites.items()]
        store.save_catalogue(outlets)
        for moment in rounds():
            set_clock(site, moment)
            blinks.turn(moment)
            relay.answers["/bbc"] = relayed(site, moment)
            patch.setattr(time, "time", moment.timestamp)
            collect(store, outlets, lexicon, lambda seen: report(seen.check), now=True)
    yield Collected(store, Cube(store, lexicon), ends)
    store.engine.dispose()


class Blinking:
    """A replay server that ends when nobody shall listen at its address, and starts again there."""

    def __init__(self) -> None:
        # Bound, but not listening: it refuses, and keeps others from being given the port while the server is down.
        self.held = socket.socket()
        self.held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.held.bind(("127.0.0.1", 0))
        self.port = int(self.held.getsockname()[1])
        self.url = f"http://127.0.0.1:{self.port}"
        self.server = ExitStack()
        self.is_up = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.server.close()
        self.held.close()

    def turn(self, moment: datetime) -> None:
        """Let it run as a moment wants."""
        if is_within(moment, *DOWN):
            self.server.close()
            self.is_up = False
            return
        if not self.is_up:
            self.server.enter_context(replaying(self.port))
            self.is_up = True
        set_clock(self.url, moment)


def set_clock(site: str, moment: datetime) -> None:
    """Set a replay server's clock."""
    asked(f"{site}/_clock?to={moment:%Y-%m-%dT%H:%M:%S}")


def relayed(site: str, moment: datetime) -> Answer:
    """What a replay server says of bbc, or an error in its place."""
    if is_within(moment, *ERRORS):
        return Answer(status=500)
    return Answer(asked(f"{site}/bbc"))


def test_each_feed_failed_as_it_was_made_to(collected: Collected, truth: dict[str, Truth]) -> None:
    ends = collected.ends
    assert ends["bbc"][Outcome.HTTP] == sum(is_within(moment, *ERRORS) for moment in rounds())
    assert ends["aljazeeraenglish"][Outcome.UNREACHABLE] == sum(is_within(moment, *DOWN) for moment in rounds())
    for feed, one in truth.items():
        assert ends[feed][Outcome.OK] + ends[feed][Outcome.UNCHANGED] == len(one.answers)
        assert ends[feed].total() == len(rounds())


def test_gaps_are_where_lists_have_less_than_half_in_common(collected: Collected, truth: dict[str, Truth]) -> None:
    found = gaps(collected.cube, CHOSEN)
    told = sorted(found[["outlet", "start", "stop", "why"]].itertuples(index=False, name=None))
    assert told == sorted((feed, *hole) for feed, one in truth.items() for hole in one.holes())


def test_each_kind_of_outage_is_among_them(truth: dict[str, Truth]) -> None:
    torn = [(start, stop) for start, stop, why in truth["aljazeeraenglish"].holes() if why == "items may be lost"]
    assert any(holds(hole, OFF) for hole in torn)
    assert any(holds(hole, DOWN[1]) for hole in torn)
    jumps = [(when(start), when(stop)) for start, stop in torn if not holds((start, stop), OFF)]
    assert set(jumps) & set(pairwise(rounds()))
    assert not any(holds(hole, DOWN[0]) for hole in torn)
    assert {why for *_, why in truth["bbc"].holes()} == {"before its first answer", "no answer since"}
    for spans in (*ERRORS, *DOWN):
        assert any(is_within(moment, spans) for moment in rounds())


def test_feed_days_are_observed_where_no_hole_is(collected: Collected, truth: dict[str, Truth]) -> None:
    rows = observed(collected.cube, CHOSEN)[["id", "period", "feed_days", "observed", "partly"]]
    expected = []
    for day in days():
        states = {feed: one.state(day) for feed, one in truth.items()}
        expected += [(feed, day, 1, int(is_in == OBSERVED), int(is_in == PARTLY)) for feed, is_in in states.items()]
        counts = Counter(states.values())
        expected.append(("", day, len(states), counts[OBSERVED], counts[PARTLY]))
    assert sorted(rows.itertuples(index=False, name=None)) == sorted(expected)


def test_no_count_is_zero_where_zero_was_not_observed(collected: Collected, truth: dict[str, Truth]) -> None:
    rows, articles, cells = collected.drawn(), about(collected.store), Counter[tuple[str, str]]()
    assert rows.keys() == {(feed, day) for feed in truth for day in days()}
    for feed, one in truth.items():
        items = one.published()
        for day in days():
            row, state, is_last = rows[feed, day], one.state(day), day == days()[-1]
            assert row["state"] == (UNFINISHED if is_last else state), (feed, day)
            is_zero = state == OBSERVED or (is_last and state == PARTLY)
            for name, count in (("items", items[day]), ("articles", articles[feed, day])):
                cell = "some" if count else "zero" if is_zero else "missing"
                assert pd.isna(row[name]) if cell == "missing" else row[name] == count, (feed, day, name)
                cells[state, cell] += 1

    # All that can be is there, so that none of it is held for lack of a day.
    assert set(cells) >= {(OBSERVED, "some"), (OBSERVED, "zero"), (PARTLY, "some"), (PARTLY, "missing")}
    assert cells[NOT_OBSERVED, "missing"] > 50
    off = [OFF[0].date() + timedelta(days=number) for number in range((OFF[1] - OFF[0]).days)]
    drawn = [
        rows[feed, day][name] for feed in truth for day in off for name in ("items", "articles", "reports", "share")
    ]
    assert all(pd.isna(value) for value in drawn)


def about(store: Store) -> Counter[tuple[str, date]]:
    """The articles about Kashmir of each outlet and day."""
    with stores.transaction(store) as db:
        rows = db.exec_driver_sql(
            "SELECT o.id, i.published FROM item i JOIN outlet o ON o.number = i.outlet WHERE i.about = 1"
        )
        return Counter((owner, datetime.fromtimestamp(published, UTC).date()) for owner, published in rows)
