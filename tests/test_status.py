"""Freshness and health: the edges of time in a table, and the command by the user's door."""

import json
import re
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

from collectors.guard import SettingError
from collectors.schedule import DAY
from collectors.status import HEAD, Known, Row, cells, duration, row_of, rows_of, sentence
from mentions import store as stores
from mentions.catalogue import load_catalogue
from mentions.model import CONFIRMED, Check, Feed, Outcome, Outlet, Pace, Tags
from mentions.store import Health
from tests.conftest import item
from tests.place import Place
from tests.server import Answer, Site, serving
from tests.test_cli import RSS
from tests.test_columns import called, terminal

NOW = 1_790_000_000  # Mon, 21 Sep 2026 14:13:20 GMT
HOUR, MINUTE = 3600, 60
LIMIT = 3 * HOUR

OK = Pace(due=NOW + HOUR, asked=NOW - HOUR, answered=NOW - HOUR, full=NOW - HOUR, rate=12.0)
OLD = replace(OK, asked=NOW - 4 * HOUR, answered=NOW - 4 * HOUR)
FAILS = replace(OK, due=NOW + 9 * HOUR, failures=4, failing=NOW - 4 * HOUR, answered=NOW - 5 * HOUR)
BAD = Health("http error", 500, "500 Internal Server Error")
SINCE = "fails since 2026-09-21 10:13 UTC"
LATE = "not asked since 2026-09-21 10:13 UTC, though its turn has come: does collect run?"
WAITS = "waits for its server until 2026-09-21 23:13 UTC (Retry-After: 32400)"
UNKNOWN = Health()

CASES: dict[str, tuple[list[Pace], Health, str, str]] = {
    # name: the paces of an outlet's feeds, the health of each -> state, what is wrong (all of it)
    "fresh": ([OK], Health("ok", 200), "fresh", ""),
    "answered just so long ago": ([replace(OLD, answered=NOW - LIMIT, due=NOW - 2 * HOUR)], UNKNOWN, "fresh", ""),
    "answered longer ago": (
        [replace(OLD, answered=NOW - LIMIT - 1, due=NOW - 2 * HOUR)],
        UNKNOWN,
        "stale",
        LATE,
    ),
    "not its turn yet": ([replace(OLD, due=NOW + 1, interval=DAY)], UNKNOWN, "fresh", ""),
    "its turn came, and cron comes soon": ([replace(OLD, due=NOW - HOUR + 1, interval=DAY)], UNKNOWN, "fresh", ""),
    "its turn came, and nobody": (
        [replace(OLD, due=NOW - HOUR, interval=DAY)],
        UNKNOWN,
        "stale",
        LATE,
    ),
    "fails, but answered a while ago": (
        [replace(FAILS, answered=NOW - LIMIT)],
        BAD,
        "fresh",
        f"{SINCE} (http error: 500 Internal Server Error)",
    ),
    "fails": ([FAILS], BAD, "stale", f"{SINCE} (http error: 500 Internal Server Error)"),
    "fails within its own interval": ([replace(FAILS, interval=5 * HOUR + 1)], UNKNOWN, "fresh", SINCE),
    "fails at the end of its interval": ([replace(FAILS, interval=5 * HOUR)], UNKNOWN, "stale", SINCE),
    "fails from the first look on": (
        [replace(FAILS, answered=0)],
        Health("timeout", 0, "nothing came for 20 s"),
        "stale",
        f"{SINCE} (timeout: nothing came for 20 s)",
    ),
    "one of two fails": ([OK, FAILS], UNKNOWN, "fresh", f"https://a.invalid/1: {SINCE}"),
    "two of three fail": (
        [FAILS, OK, FAILS],
        UNKNOWN,
        "fresh",
        f"https://a.invalid/0 and https://a.invalid/2: {SINCE}",
    ),
    "both fail": ([FAILS, FAILS], UNKNOWN, "stale", SINCE),
    "one fails, the other is late": (
        [FAILS, replace(OLD, due=NOW - 2 * HOUR)],
        UNKNOWN,
        "stale",
        f"https://a.invalid/0: {SINCE}; https://a.invalid/1: {LATE}",
    ),
    "a busy server": (
        [replace(FAILS, answered=NOW - HOUR, wait="Retry-After: 32400")],
        Health("http error", 429, "429 Too Many Requests; Retry-After: 32400: not asked before 2026-09-21 23:13 UTC"),
        "fresh",
        f"{SINCE} (http error: 429 Too Many Requests); {WAITS}",
    ),
    "a busy server, and the wait is over": (
        [replace(FAILS, answered=NOW - HOUR, wait="Retry-After: 60", due=NOW)],
        UNKNOWN,
        "fresh",
        SINCE,
    ),
    "gone, though it answered an hour ago": (
        [replace(OK, gone=True, failing=NOW - MINUTE)],
        Health("http error", 410, "410 Gone"),
        "stale",
        "gone for good (410), not asked any more; if it comes back: collect --now --outlet a",
    ),
    "one of two gone": (
        [replace(OK, gone=True), OK],
        UNKNOWN,
        "fresh",
        "https://a.invalid/0: gone for good (410), not asked any more; if it comes back: collect --now --outlet a",
    ),
    "moved, not yet sure": ([replace(OK, moved="https://b.invalid/", moves=CONFIRMED - 1)], UNKNOWN, "fresh", ""),
    "moved": (
        [replace(OK, moved="https://b.invalid/", moves=CONFIRMED)],
        UNKNOWN,
        "fresh",
        "moved for good to https://b.invalid/: change its url in outlets.toml",
    ),
    "validators that lied": (
        [replace(OK, distrusted=True)],
        UNKNOWN,
        "fresh",
        "its validators proved false, so it is always asked for the whole list",
    ),
    "the clock was set back": (
        [replace(OK, asked=NOW + 1, answered=NOW + 1, due=NOW + HOUR)],
        UNKNOWN,
        "stale",
        "clock: a look at it lies in the future",
    ),
    "the clock was set back, but the last answer tells": (
        [replace(OK, asked=NOW + 1)],
        UNKNOWN,
        "fresh",
        "clock: a look at it lies in the future",
    ),
    "a turn years ahead": (
        [replace(OLD, due=NOW + 400 * DAY)],
        UNKNOWN,
        "stale",
        LATE,
    ),
    "no feed": ([], UNKNOWN, "no feed", "no feed known"),
}


def outlet(feeds: int, name: str = "a") -> Outlet:
    """An outlet with so many feeds."""
    listed = (Feed(f"https://{name}.invalid/{number}", name, "", "en") for number in range(feeds))
    return Outlet(name, name.title(), f"https://{name}.invalid/", "PK", "pakistan", "en", tuple(listed))


def told(paces: list[Pace], health: Health = UNKNOWN, first: int = NOW - DAY, limit: int = LIMIT) -> Row:
    """The row of an outlet whose feeds have these paces, and this health each."""
    urls = [feed.url for feed in outlet(len(paces)).feeds]
    known = Known(dict(zip(urls, paces, strict=True)), dict.fromkeys(urls, health), first)
    return row_of(outlet(len(paces)), known, NOW, limit)


@pytest.mark.parametrize("paces,health,state,wrong", CASES.values(), ids=CASES)
def test_state_and_reason(paces: list[Pace], health: Health, state: str, wrong: str) -> None:
    row = told(paces, health)
    assert (row.state, row.wrong) == (state, wrong)


@pytest.mark.parametrize(
    "first,state", [(NOW - LIMIT, "new"), (NOW - LIMIT - 1, "stale"), (0, "stale"), (NOW + 1, "stale")]
)
def test_a_feed_never_looked_at_is_stale_once_the_store_is_old_enough(first: int, state: str) -> None:
    row = told([Pace()], first=first)
    assert (row.state, row.wrong) == (state, "never looked at")


@pytest.mark.parametrize("due,state", [(NOW - 45 * MINUTE, "stale"), (NOW - 45 * MINUTE + 1, "fresh")])
def test_a_short_limit_gives_no_longer_respite_than_itself(due: int, state: str) -> None:
    assert told([replace(OLD, due=due)], limit=45 * MINUTE).state == state


def test_the_figures_are_those_of_all_feeds() -> None:
    first = replace(OK, due=NOW + 20 * MINUTE, rate=12.34)
    paces = [first, replace(FAILS, rate=-1.0), replace(OK, gone=True, due=1, rate=0.5)]
    gaps = ((NOW - 9 * HOUR, NOW - 4 * HOUR), (NOW - DAY, NOW - 20 * HOUR), (1, NOW + 1))
    row = told(paces, Health("ok", 200, "", NOW - 2 * HOUR, gaps))
    assert (row.feeds, row.failing, row.moved, row.gone) == (3, 2, 0, 1)
    assert (row.answered, row.brought, row.due) == (NOW - HOUR, NOW - 2 * HOUR, NOW + 20 * MINUTE)
    assert row.items_a_day == pytest.approx(12.8)
    assert (row.losses, row.worst_from, row.worst_to) == (6, NOW - 9 * HOUR, NOW - 4 * HOUR)
    shown = dict(zip(HEAD, cells(row, NOW), strict=True))
    assert shown["a day"] == "12.8"
    assert (shown["answered"], shown["new item"], shown["next"]) == ("60 min ago", "2 h ago", "in 20 min")
    assert shown["losses"] == "6 possible losses in 7 days, worst 5 h to 2026-09-21 10:13 UTC"


def test_what_is_unknown_is_not_shown_as_a_figure() -> None:
    new, none = told([Pace()], first=NOW), told([])
    assert (new.items_a_day, new.answered, new.due) == (None, 0, NOW)
    assert cells(new, NOW) == ("a", "new", "1", "0", "never", "never", "", "now", "", "never looked at")
    assert cells(none, NOW) == ("a", "no feed", "", "", "", "", "", "", "", "no feed known")
    assert told([replace(OK, answered=NOW + 5)], Health(brought=NOW + 5)).brought == 0


def test_who_needs_somebody_comes_first() -> None:
    names = {"calm": OK, "moved": replace(OK, moved="https://b.invalid/", moves=3), "b": OK, "stale": FAILS}
    outlets = [outlet(1, name) for name in names] + [outlet(0, "c"), outlet(1, "lossy")]
    known = Known(
        {f"https://{name}.invalid/0": pace for name, pace in names.items()} | {"https://lossy.invalid/0": OK},
        {"https://lossy.invalid/0": Health(gaps=((NOW - DAY, NOW - HOUR),))},
        NOW - DAY,
    )
    rows = rows_of(outlets, known, NOW, LIMIT)
    assert [row.outlet for row in rows] == ["stale", "lossy", "moved", "b", "c", "calm"]
    assert sentence(rows, known, NOW) == (
        "4 of 5 outlets with feeds fresh; 1 stale; 1 without a feed; last look 60 min ago; 1 feed moved; 0 gone;"
        " 1 possible loss in 7 days"
    )


@pytest.mark.parametrize("text,seconds", [("90s", 90), ("45m", 2700), ("3h", 10800), ("2d", 172800), (" 1h ", 3600)])
def test_durations(text: str, seconds: int) -> None:
    assert duration(text) == seconds


@pytest.mark.parametrize("text", ["", "3", "h", "0h", "-3h", "3 hours", "1.5h", "3H", "٣h", "9999999d"])
def test_what_is_no_duration_is_refused_with_the_form(text: str) -> None:
    with pytest.raises(SettingError, match="--stale-after .*: write a time like 90s, 45m, 3h or 2d"):
        duration(text)


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as site:
        site.answers["/feed"] = Answer(RSS.replace("{site}", site.url).encode())
        yield site


@pytest.fixture
def place(place: Place, site: Site) -> Place:
    """A catalogue with a feed that answers, one that does not, and an outlet without a feed."""
    place.catalogue(f"{site.url}/feed", f"{site.url}/none", f"{site.url}/x")
    catalogue = place.folder / "outlets.toml"
    catalogue.write_text(catalogue.read_text().replace(f'[{{ url = "{site.url}/x" }}]', "[]"))
    return place


def test_after_a_round_it_tells_who_answers_and_who_does_not(place: Place, site: Site) -> None:
    assert place.run("collect").returncode == 0
    site.requests.clear()
    kept = place.store.read_bytes()
    done = place.run("status", "--json")
    rows = json.loads(done.stdout)
    assert (done.returncode, done.stderr) == (1, "")
    assert [(row["outlet"], row["state"]) for row in rows] == [("o1", "stale"), ("o0", "fresh"), ("o2", "no feed")]
    assert re.fullmatch(r"fails since \S+ \S+ UTC \(http error: 404 Not Found\)", rows[0]["wrong"])
    assert rows[1]["brought"] == rows[1]["answered"] > time.time() - 120
    assert place.run("status", "--outlet", "o0", "--outlet", "o2").returncode == 0
    assert place.run("status", "--outlet", "o1").returncode == 1
    assert not site.requests
    assert place.store.read_bytes() == kept


def test_lines_elsewhere_and_a_sentence_on_a_terminal(place: Place) -> None:
    place.run("collect")
    lines = place.run("status").stdout.splitlines()
    assert lines[0] == "\t".join(HEAD)
    assert [line.split("\t")[:4] for line in lines[1:]] == [
        ["o1", "stale", "1", "1"],
        ["o0", "fresh", "1", "0"],
        ["o2", "no feed", "", ""],
    ]
    code, shown = terminal(place, "status")
    assert code == 1
    assert shown.startswith("1 of 2 outlets with feeds fresh; 1 stale; 1 without a feed; last look ")
    assert "404 Not Found" in shown


def test_what_a_server_made_us_write_down_is_shown_as_plain_text(place: Place) -> None:
    outlets, now = load_catalogue(place.folder), int(time.time())
    good, bad = (one.feeds[0].url for one in outlets[:2])
    ended = Check(bad, now - 60, Outcome.REFUSED, 200, "sent as \x1b[31m\n[red]x\t\u202e")
    moved = Pace(due=now, asked=now, answered=now, moved="https://b.invalid/?\x9b[bold]", moves=3)
    with stores.open_for_writing(str(place.store)) as store:
        store.save_catalogue(outlets)
        store.save([(ended, [])], {bad: Pace(due=now, asked=now - 60, failures=1, failing=now - 60)})
        store.save([(Check(good, now, Outcome.OK, 200), [])], {good: moved})
    for shown in (place.run("status").stdout, terminal(place, "status")[1]):
        assert r"sent as \x1b[31m [red]x \u202e" in shown
        assert r"moved for good to https://b.invalid/?\x9b[bold]:" in shown
        assert "\x9b" not in shown and "\x1b[31m" not in shown and "\u202e" not in shown


def test_the_store_tells_the_last_look_the_last_news_and_the_gaps(place: Place) -> None:
    outlets = load_catalogue(place.folder)
    good, bad = (one.feeds[0].url for one in outlets[:2])
    one, two = (item(f"https://cedar.invalid/{number}", "o0", 1) for number in range(2))
    looks = [
        (Check(good, 100, Outcome.OK, 200, listed=1), [(one, Tags())]),
        (Check(good, 200, Outcome.OK, 200, listed=1, lost_since=100), [(two, Tags())]),
        (Check(good, 300, Outcome.OK, 200, listed=1, lost_since=150), [(two, Tags())]),
        (Check(good, 300, Outcome.TIMEOUT, detail="later"), []),
        (Check(bad, 400, Outcome.HTTP, 500, "sick", lost_since=7), []),
    ]
    with stores.open_for_writing(str(place.store)) as store:
        store.save_catalogue(outlets)
        assert (store.healths(0), store.first_check()) == ({}, 0)
        for check, tagged in looks:
            store.save([(check, tagged)], {check.feed: Pace(asked=check.at)})
        assert store.first_check() == 100
        assert store.healths(200) == {
            good: Health("timeout", 0, "later", 200, ((100, 200), (150, 300))),
            bad: Health("http error", 500, "sick", 0, ((7, 400),)),
        }
        assert store.healths(301)[good].gaps == ()


def test_without_a_store_it_says_how_to_make_one_and_makes_none(place: Place) -> None:
    done = place.run("status")
    assert (done.returncode, done.stdout) == (1, "")
    assert "monitor.db: no store yet; to make it: python -m collectors collect" in done.stderr
    assert not place.store.exists()


BROKEN = {
    "unknown outlet": (["--outlet", "nobody"], "--outlet nobody: no such id in outlets.toml"),
    "no duration": (["--stale-after", "3 hours"], "write a time like 90s, 45m, 3h or 2d"),
    "no catalogue": (["--data", "nowhere"], "nowhere/outlets.toml: no such file"),
    "a store that is none": (["--store", "pyproject.toml"], "not a store of this program"),
}


@pytest.mark.parametrize("arguments,said", BROKEN.values(), ids=BROKEN)
def test_broken_use_ends_with_2_and_words(
    place: Place, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    place.catalogue("http://127.0.0.1:9/feed")
    code, shown, complaint = called(capsys, "status", "--data", str(place.folder), *arguments)
    assert (code, shown) == (2, "")
    assert said in complaint


def test_help_has_examples(capsys: pytest.CaptureFixture[str]) -> None:
    code, shown, _ = called(capsys, "status", "--help")
    assert (code, "python -m collectors status" in shown) == (0, True)
