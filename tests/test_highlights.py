"""What changed, from a real store: the days that stand out with their words, outlets, articles and reasons."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from mentions import store as stores
from mentions.cube import Cube
from mentions.events import Event, load_events
from mentions.highlights import Changed, changed
from mentions.lexicon import Lexicon
from mentions.model import Item, Outcome, Tags
from mentions.saving import Look
from mentions.selection import Selection, start_of
from tests.conftest import ROOT, item, look, outlet

FIRST = date(2026, 1, 1)
DAYS = 120
BURST = date(2026, 4, 10)
OWNERS = ("cedar", "oak")
RELEVANT = Tags(about=True, relevant=True, topics=1)


def articles(owner: str, day: date, count: int, words: str) -> list[tuple[Item, Tags]]:
    at = start_of(day, "UTC") + 3600
    urls = (f"https://{owner}.invalid/{day}/{words[:3]}{n}" for n in range(count))
    return [
        (item(url, owner, at + n, f"Envoys speak of {words} {n} in Kashmir"), RELEVANT) for n, url in enumerate(urls)
    ]


def looks(owner: str, silent: range = range(0)) -> Iterator[Look]:
    """A look at midnight of each day, that lists the day before; after silent days the list has turned over."""
    for number in range(DAYS):
        day = FIRST + timedelta(days=number)
        at = start_of(day + timedelta(days=1), "UTC")
        feed = f"https://{owner}.invalid/feed"
        if number in silent:
            yield look(feed, at, outcome=Outcome.TIMEOUT)
            continue
        listed = articles(owner, day, 2, "talks")
        if day == BURST and owner == "cedar":
            listed += articles(owner, day, 14, "bridge")
        check, tagged = look(feed, at, *listed)
        lost = start_of(FIRST + timedelta(days=silent.start), "UTC") if number - 1 in silent else 0
        yield replace(check, lost_since=lost), tagged


def found(
    path: Path, lexicon: Lexicon, chosen: Selection, silent: range = range(0), events: tuple[Event, ...] = ()
) -> Changed:
    store = stores.writing(str(path / "monitor.db"), "real", journal="OFF")
    store.save_catalogue([outlet(owner, f"https://{owner}.invalid/feed") for owner in OWNERS])
    for owner in OWNERS:
        store.save(looks(owner, silent))
    cube = Cube(store, lexicon)
    store.engine.dispose()
    return changed(cube, chosen, events, FIRST + timedelta(days=DAYS))


APRIL = Selection(date(2026, 4, 1), date(2026, 4, 28))


def test_a_burst_is_told_with_what_made_it(tmp_path: Path, lexicon: Lexicon) -> None:
    (one,) = found(tmp_path, lexicon, APRIL).highlights
    assert (one.peak.start, one.peak.end, one.peak.articles) == (BURST, BURST, 18)
    assert one.peak.expected == pytest.approx(4, abs=0.5)
    assert "bridge" in [word.word for word in one.words]
    assert one.outlets["id"].iloc[0] == "cedar"
    assert one.outlets["excess"].iloc[0] == pytest.approx(14, abs=0.5)
    assert len(one.articles) == 3
    assert one.reasons == ()


def test_a_filter_is_a_filter_of_what_changed_too(tmp_path: Path, lexicon: Lexicon) -> None:
    assert found(tmp_path, lexicon, replace(APRIL, outlet=("oak",))).highlights == ()


def test_a_peak_outside_the_chosen_days_is_not_told(tmp_path: Path, lexicon: Lexicon) -> None:
    assert found(tmp_path, lexicon, Selection(date(2026, 3, 1), date(2026, 3, 31))).highlights == ()


def test_a_gap_before_and_an_event_beside_are_said(tmp_path: Path, lexicon: Lexicon) -> None:
    number = (BURST - FIRST).days
    events = [one for one in load_events(ROOT / "data" / "events.toml") if one.yearly]
    near = replace(events[0], first=BURST, last=BURST, yearly=False, precision="day")
    (one,) = found(tmp_path, lexicon, APRIL, range(number - 4, number - 1), (near,)).highlights
    assert [reason.kind for reason in one.reasons] == ["gap", "calendar"]
    assert one.reasons[1].words.endswith("same day")


def test_too_few_observed_days_say_nothing(tmp_path: Path, lexicon: Lexicon) -> None:
    short = found(tmp_path, lexicon, APRIL, range(5, DAYS))
    assert (short.too_short, short.highlights) == (True, ())
