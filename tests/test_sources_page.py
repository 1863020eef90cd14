"""The Sources page by the user's door, and what it says of feeds, days and caveats."""

import sys
import time
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from mentions import caveats, coverage, observation, sources
from mentions.charts.calendar import NAMES, calendar
from mentions.cube import Cube
from mentions.lexicon import Lexicon
from mentions.model import ANSWERED, Check, DatedBy, Feed, Item, Outcome, Outlet, Pace, Tags
from mentions.saving import Look
from mentions.selection import Selection, day_of, start_of
from mentions.store import Store
from mentions.urls import key
from tests.conftest import LEXICON

DAY, HOUR = 86400, 3600
FIRST = date(2026, 9, 1)
START = start_of(FIRST, "UTC")
CEDAR, ELM, ELM_TWO, OAK = (f"https://{name}.invalid/feed" for name in ("cedar", "elm", "two.elm", "oak"))


def owner(name: str, *urls: str, country: str = "PK") -> Outlet:
    """An outlet with some feeds; its name would be mark-up, were it taken for any."""
    feeds = tuple(Feed(url, name, "all", "en") for url in urls)
    return Outlet(name, f"{name.title()} <b>*$x$*", f"https://{name}.invalid/", country, "pakistan", "en", feeds)


def article(owner: str, number: int, at: int, dated_by: DatedBy = DatedBy.FEED) -> tuple[Item, Tags]:
    """A relevant article."""
    url = f"https://{owner}.invalid/{number}"
    made = Item(key(url), url, url, owner, "en", f"Invented title {number}", "", at, dated_by, "")
    return made, Tags(True, True, 1, 1, 1)


def fill(store: Store, start: int = START, paces: dict[str, Pace] | None = None) -> None:
    """Cedar answers all days but its list turned over on the fourth; Elm has two feeds, of which one began on the sixth
    day; Oak was never looked at."""
    store.save_catalogue([owner("cedar", CEDAR), owner("elm", ELM, ELM_TWO, country="IN"), owner("oak", OAK)])
    seen: list[Look] = []
    for day in range(10):
        at = start + day * DAY
        lost = at - 2 * DAY if day == 4 else 0
        listed = [article("cedar", day, at, DatedBy.SEEN if day < 2 else DatedBy.FEED)]
        seen.append((Check(CEDAR, at, Outcome.OK, 200, listed=1, lost_since=lost), listed))
        seen.append((Check(ELM, at, Outcome.UNCHANGED, 304), []))
        if day >= 5:
            seen.append((Check(ELM_TWO, at, Outcome.TIMEOUT, detail="nothing came for 20 s"), []))
    store.save(seen, paces)


def test_the_caveats_of_a_selection(store: Store, lexicon: Lexicon) -> None:
    fill(store)
    cube = Cube(store, lexicon)
    chosen = Selection(FIRST, date(2026, 9, 10), grain="all")
    missing, lost, later, undated = caveats.warnings(cube, chosen)
    seen = observation.observed(cube, chosen).set_index("id").loc[""]
    assert seen["feed_days"] == 10 + 10 + 5 + 10
    assert missing.startswith(
        f"{seen['feed_days'] - seen['observed'] - seen['partly']} of {seen['feed_days']} feed-days"
    )
    assert "Oak <b>*$x$* (10 of 10) and Elm <b>*$x$* (6 of 15)" in missing
    assert lost.startswith("Items may be lost at 1 of 4 feeds")
    assert lost.endswith("longest 2 d, Cedar <b>*$x$*, to 2026-09-05 00:00 UTC.")
    assert later.startswith("1 of 3 outlets was first looked at after 2026-09-01")
    assert later.endswith("Oak <b>*$x$* (never looked at).")
    assert undated.startswith("2 of 10 articles (20%) state no usable date")


def test_no_caveats_where_all_is_well_or_nothing_is_chosen(store: Store, lexicon: Lexicon) -> None:
    fill(store)
    cube = Cube(store, lexicon)
    well = Selection(date(2026, 9, 6), date(2026, 9, 9), outlet=("cedar",))
    assert caveats.warnings(cube, well) == []
    assert caveats.warnings(cube, Selection(FIRST, FIRST, outlet=("cedar",), country=("IN",))) == []


def test_what_needs_a_look_comes_first_and_says_so(store: Store, lexicon: Lexicon) -> None:
    at = START + 9 * DAY
    now = at + HOUR
    paces = {
        CEDAR: Pace(due=now + HOUR, asked=at, answered=at, interval=2 * HOUR, rate=1.5),
        ELM: Pace(due=now + HOUR, asked=at, answered=at),
        ELM_TWO: Pace(due=at, asked=at, failing=START + 5 * DAY),
    }
    fill(store, paces=paces)
    cube = Cube(store, lexicon)
    found = sources.sources(cube, Selection(FIRST, date(2026, 9, 10)), now)
    rows = sources.table(found, now).set_index("outlet")
    assert list(rows.index) == ["oak", "cedar", "elm"]
    assert list(rows["state"]) == ["✗ stale, never answered", *["△ fresh, with something wrong"] * 2]
    assert list(rows.loc["cedar"][["asked_each", "a_day", "answered", "undated"]]) == [2 * HOUR, 1.5, HOUR, 0.2]
    assert rows["losses"]["cedar"] == "1, worst 2 d to 2026-09-05 00:00 UTC"
    assert rows["wrong"]["elm"] == f"{ELM_TWO}: fails since 2026-09-06 00:00 UTC (timeout: nothing came for 20 s)"
    feeds = sources.table(found, now, by_feed=True).set_index("feed")
    assert list(feeds.loc[ELM_TWO][["outlet", "state"]]) == ["elm", "✗ stale, never answered"]
    assert feeds["begun"][ELM_TWO] == pd.Timestamp(START + 5 * DAY, unit="s", tz="UTC")
    words = sources.summary(found, now)
    assert words.startswith("2 of 3 outlets with feeds fresh; 1 stale; 0 without a feed; last look 60 min ago")
    assert words.endswith("; 1 stale without any answer so far")


def test_a_feed_that_is_left_alone_is_no_fault(store: Store, lexicon: Lexicon) -> None:
    now = START + 9 * DAY
    then = now - 4 * DAY
    fill(store, paces={CEDAR: Pace(asked=then, answered=then), ELM: Pace(asked=now, answered=now)})
    found = sources.sources(Cube(store, lexicon), Selection(FIRST, FIRST, outlet=("cedar", "elm")), now)
    last = sources.table(found, now).iloc[-1]
    assert last["state"] == "– not asked any more"
    assert last["wrong"].startswith("not asked since 2026-09-06 00:00 UTC, while others were")
    assert sources.summary(found, now).endswith("; 1 not asked any more")


def test_there_is_something_to_do_about_each_failure() -> None:
    assert set(sources.TO_DO) == set(Outcome) - ANSWERED


def test_each_day_of_the_calendar_is_in_one_of_four_states(store: Store, lexicon: Lexicon) -> None:
    fill(store)
    cube, today = Cube(store, lexicon), date(2026, 9, 10)
    rows = coverage.calendar(cube, Selection(date(2026, 8, 31), date(2026, 9, 30)), today)
    assert list(rows["id"].unique()) == ["cedar", "elm", "oak"]
    state = rows.set_index(["id", "period"])["state"].to_dict()
    assert rows["period"].max() == today
    assert set(rows[rows["id"] == "oak"]["state"]) == {"no feed expected"}
    assert state["cedar", date(2026, 8, 31)] == "no feed expected"
    assert state["cedar", date(2026, 9, 1)] == "observed"
    assert state["cedar", date(2026, 9, 3)] == state["cedar", date(2026, 9, 4)] == "not observed"
    assert state["elm", date(2026, 9, 5)] == "observed"
    assert state["elm", date(2026, 9, 6)] == "partly observed"  # one of its two feeds
    seen = observation.observed(cube, Selection(date(2026, 8, 31), today))
    assert len(rows) == len(seen[seen["id"] != ""])


def test_long_spans_are_shown_by_the_worst_of_their_days(store: Store, lexicon: Lexicon) -> None:
    fill(store)
    cube = Cube(store, lexicon)
    chosen = Selection(date(2026, 7, 1), date(2026, 9, 10), outlet=("cedar",))
    rows = coverage.calendar(cube, chosen, date(2026, 9, 10)).set_index("period")
    assert coverage.grain_of(chosen) == "week"
    week = rows.loc[date(2026, 8, 31)]
    assert week["state"] == "not observed"
    assert list(week[list(coverage.STATES)]) == [2, 0, 4, 1]
    assert rows.loc[date(2026, 9, 7)][list(coverage.STATES)].sum() == 3  # today is not over
    assert rows.loc[date(2026, 7, 6)]["state"] == "no feed expected"
    later = Selection(date(2027, 1, 1), date(2027, 1, 2))
    assert coverage.calendar(cube, later, date(2026, 9, 10)).empty


def test_the_figure_shows_names_as_they_are_and_no_state_by_colour_alone(store: Store, lexicon: Lexicon) -> None:
    fill(store)
    rows = coverage.calendar(Cube(store, lexicon), Selection(FIRST, date(2026, 9, 10)), date(2026, 9, 10))
    figure = calendar(rows, "day", False)
    assert "Cedar &lt;b&gt;*&#36;x&#36;*" in figure.layout.yaxis.ticktext
    assert any("Thursday, 3 Sep 2026: not observed" in text for text in figure.data[0].text)
    assert not any("<b>*" in text for text in figure.data[0].text)
    marked = {trace.marker.symbol: len(trace.x) for trace in figure.data[1:3]}
    assert marked == {"x": rows["state"].eq("not observed").sum(), "circle": rows["state"].eq("partly observed").sum()}
    assert [trace.name for trace in figure.data[3:]] == list(NAMES)


PAGE = """
import time
from datetime import date
from pathlib import Path
import streamlit as st
from mentions import store as stores
from mentions.cube import Cube
from mentions.lexicon import load_lexicon
from mentions.saving import Look
from mentions.selection import Selection, day_of
from views import sources
from views.page import Page

cube = Cube(stores.existing(STORE), load_lexicon(Path(LEXICON)))
today = day_of(time.time(), "UTC")
chosen = Selection(date.fromordinal(today.toordinal() - 8), today, country=COUNTRY)
sources.show(Page(cube, chosen, chosen, time.time()))
"""


def page_on(path: Path, country: tuple[str, ...] = ()) -> AppTest:
    """The page on a store, restricted to some countries."""
    values = {"STORE": str(path), "LEXICON": str(LEXICON), "COUNTRY": country}
    text = "\n".join(f"{name} = {value!r}" for name, value in values.items())
    return AppTest.from_string(text + PAGE, default_timeout=30).run()


def test_the_page_shows_all_outlets_and_the_looks_at_one(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])  # AppTest puts the page in its place
    fill(store, start=start_of(day_of(time.time(), "UTC"), "UTC") - 9 * DAY)
    page = page_on(store.path)
    assert not page.exception
    assert [one.label for one in page.metric] == [
        *("Outlets fresh", "Feeds failing", "Feed-days observed", "Items without a date")
    ]
    assert page.metric[3].value == "11.1% of 9"
    assert "3 outlets" in page.caption[-1].value
    assert page.dataframe[0].value["name"].iloc[0].endswith("<b>*$x$*")
    page.selectbox(key="sources-outlet").set_value("elm").run()
    assert not page.exception
    feeds, looks, gaps = (one.value for one in page.dataframe[1:4])
    assert list(feeds["feed"]) == [ELM, ELM_TWO]
    assert looks[looks["feed"] == ELM_TWO]["to_do"].str.contains("too slow").all()
    assert len(looks) == 10 + 5
    assert set(gaps["feed"]) == {ELM_TWO}
    page.segmented_control(key="sources-by").set_value("feeds").run()
    assert not page.exception
    assert set(page.dataframe[0].value["feed"]) == {CEDAR, ELM, ELM_TWO, OAK}
    assert "No outlet matches" in page_on(store.path, ("FR",)).info[0].value
