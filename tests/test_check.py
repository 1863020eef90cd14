"""Looking without keeping, by the user's door: what a feed is said to be, and that nothing of it reaches the terminal."""

import json
import signal
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from collectors.check import primary
from tests.conftest import LEXICON
from tests.place import Place
from tests.server import Answer, Site, refusing, serving
from tests.test_columns import called, terminal

NOW = datetime.now(UTC)


def item(age: timedelta | str, link: bool = True) -> str:
    """An invented item, as old as said or dated as written."""
    stated = age if isinstance(age, str) else format_datetime(NOW - age)
    date = f"<pubDate>{stated}</pubDate>" if stated else ""
    where = "<link>https://cedar.invalid/{0}</link>" if link else '<guid isPermaLink="false">{0}</guid>'
    return f"<item><title>Envoys meet in Porto (invented {{0}})</title>{where}{date}</item>"


def rss(*items: str, channel: str = "") -> bytes:
    """A feed of these items."""
    listed = "".join(one.format(number) for number, one in enumerate(items))
    return f'<rss version="2.0"><channel><title>Cedar Gazette</title>{channel}{listed}</channel></rss>'.encode()


HOUR = timedelta(hours=1)
FINE = rss(item(HOUR), item(2 * HOUR))
HOSTILE = "\u202e[red]up[/red]"

CASES: dict[str, tuple[Answer, str, int, str]] = {
    # name: answer -> outcome, items, what is wrong ("" for nothing; else what it says among other things)
    "fine": (Answer(FINE), "ok", 2, ""),
    "its language with a country": (Answer(rss(item(HOUR), channel="<language>EN-us</language>")), "ok", 1, ""),
    "a long ttl": (Answer(rss(item(HOUR), channel="<ttl>10080</ttl>")), "ok", 1, ""),
    "sent on for a while": (Answer(status=302, headers={"Location": "{site}/fine"}), "ok", 2, ""),
    "29 days old": (Answer(rss(item(timedelta(days=29)))), "ok", 1, ""),
    "210 days old": (
        Answer(rss(item(timedelta(days=210, hours=1)), item(timedelta(days=300)))),
        "ok",
        2,
        "nothing new for 210 days",
    ),
    "no dates": (Answer(rss(item(""), item(""))), "ok", 2, "no item has a date"),
    "one date": (Answer(rss(item(""), item(HOUR))), "ok", 2, ""),
    "as good as now": (Answer(rss(item(-HOUR / 10))), "ok", 1, ""),
    "ahead": (Answer(rss(item(HOUR), item(-5 * HOUR))), "ok", 2, "1 of 2 items dated in the future"),
    "far ahead": (Answer(rss(item(HOUR), item(-90 * HOUR))), "ok", 2, "1 of 2 dates cannot be used"),
    "no date one can read": (Answer(rss(item("a while ago"))), "ok", 1, "no item has a date; 1 of 1 dates cannot be"),
    "another language": (
        Answer(rss(item(HOUR), channel="<language>ur-PK</language>")),
        "ok",
        1,
        "says its language is ur-PK, the catalogue en",
    ),
    "moved (301)": (Answer(status=301, headers={"Location": "{site}/fine"}), "ok", 2, "moved for good to http://127."),
    "moved (308)": (Answer(status=308, headers={"Location": "/fine"}), "ok", 2, "moved for good to http://127."),
    "moved to what is none": (
        Answer(status=301, headers={"Location": "{site}/html"}),
        "html in place of a feed",
        0,
        "",
    ),
    "no links": (Answer(rss(item(HOUR, link=False), item(HOUR))), "ok", 2, "1 of 2 items without a link"),
    "nothing listed": (Answer(rss()), "empty feed", 0, "lists nothing"),
    "cut off": (Answer(FINE.removesuffix(b"</item></channel></rss>")), "cut off", 1, "ends before its end"),
    "404": (Answer(b"", 404), "http error", 0, "404 Not Found"),
    "no 304 was asked for": (Answer(b"", 304), "http error", 0, "304 Not Modified"),
    "html": (Answer(b"<!DOCTYPE html><html><body>Sorry</body></html>"), "html in place of a feed", 0, "a page without"),
    "nothing at all": (Answer(b""), "empty body", 0, "empty body"),
    "no feed": (Answer(b"a plain text"), "not a feed", 0, ""),
    "sent on to nowhere": (
        Answer(status=301, headers={"Location": "ftp://x\x1b[31m"}),
        "bad redirect",
        0,
        "sent on to",
    ),
    "hostile language": (
        Answer(rss(item(HOUR), channel=f"<language>{HOSTILE}</language>")),
        "ok",
        1,
        "says its language is ",
    ),
    "hostile address": (
        Answer(status=301, headers={"Location": "/fine?\x1b\x7f[red]"}),
        "http error",
        0,
        "404",
    ),
    "hostile encoding": (
        Answer(raw=b"HTTP/1.1 200 OK\r\nContent-Encoding: \x1b[31m\x9b[red]\r\nConnection: close\r\n\r\n"),
        "refused",
        0,
        r"sent as '\x1b[31m\udc9b[red]', which was not asked for",
    ),
}


def path_of(name: str) -> str:
    """The path of a case's feed."""
    return "/" + "-".join(name.split())


def looking(folder: Path, site: Site, *urls: str) -> Place:
    """A folder with a catalogue of these feeds, and a site that gives each case's answer."""
    (folder / "lexicon").symlink_to(LEXICON)
    site.answers.update({path_of(name): answer for name, (answer, *_) in CASES.items()})
    place = Place(folder)
    place.catalogue(*urls)
    return place


@pytest.fixture(scope="module")
def shared_site() -> Iterator[Site]:
    with serving() as site:
        yield site


@pytest.fixture(scope="module")
def all_cases(tmp_path_factory: pytest.TempPathFactory, shared_site: Site) -> Place:
    """A catalogue with a feed for each case."""
    urls = (f"{shared_site.url}{path_of(name)}" for name in CASES)
    return looking(tmp_path_factory.mktemp("check"), shared_site, *urls)


@pytest.fixture(scope="module")
def rows(all_cases: Place) -> dict[str, dict[str, Any]]:
    """What check says of each case, by its name."""
    done = all_cases.run("check", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    return dict(zip(CASES, json.loads(done.stdout), strict=True))


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as site:
        yield site


@pytest.mark.parametrize("name,case", CASES.items(), ids=CASES)
def test_each_feed_is_said_to_be_what_it_is(
    rows: dict[str, dict[str, Any]], name: str, case: tuple[Answer, str, int, str]
) -> None:
    _, outcome, items, wrong = case
    row = rows[name]
    assert (row["outcome"], row["items"], sum(row["dates"].values())) == (outcome, items, items)
    assert wrong in row["wrong"]
    assert bool(row["wrong"]) == (bool(wrong) or outcome != "ok")


def test_dates_and_languages_are_told_as_the_feed_has_them(rows: dict[str, dict[str, Any]]) -> None:
    assert rows["fine"]["newest"] == int((NOW - HOUR).timestamp())
    assert rows["no dates"]["newest"] == 0
    assert rows["one date"]["dates"] == {"feed": 1, "seen": 1}
    assert (rows["fine"]["language"], rows["its language with a country"]["language"]) == ("", "EN-us")
    assert rows["another language"]["catalogue_language"] == "en"
    assert (rows["fine"]["size"], rows["404"]["size"]) == (len(FINE), 0)


def test_elsewhere_than_on_a_terminal_rows_are_lines_of_plain_text(all_cases: Place) -> None:
    before = sorted(path.name for path in all_cases.folder.iterdir())
    done = all_cases.run("check")
    lines = done.stdout.splitlines()
    assert lines[0] == "outlet\tfeed\tresult\titems\tnewest\tdates\tlanguage\tbytes\twhat is wrong"
    assert {line.count("\t") for line in lines} == {8}
    assert len(lines) == 1 + len(CASES)
    assert all(one.isprintable() or one in "\t\n" for one in done.stdout)
    assert r"\u202e[red]up[/red]" in done.stdout
    assert "Envoys" not in done.stdout
    assert sorted(path.name for path in all_cases.folder.iterdir()) == before  # no store, no lock, nothing


def test_on_a_terminal_nothing_of_a_feed_is_obeyed(shared_site: Site, tmp_path: Path) -> None:
    names = [name for name in CASES if "hostile" in name or name == "fine"]
    place = looking(tmp_path, shared_site, *(f"{shared_site.url}{path_of(name)}" for name in names))
    code, shown = terminal(place, "check")
    assert code == 0
    assert "\x9b" not in shown and "\u202e" not in shown and "\x1b[31m\\" not in shown
    assert r"sent as '\x1b[31m\udc9b[red]', which was not asked for" in shown
    assert "2 of 4 feeds answered, 3 with something wrong" in shown


def test_it_asks_for_the_list_itself_and_leaves_the_store_as_it_is(site: Site, tmp_path: Path) -> None:
    place = looking(tmp_path, site, f"{site.url}/feed")
    site.answers["/feed"] = Answer(FINE, headers={"ETag": '"v1"'}, conditional=True)
    assert place.run("collect").returncode == 0
    kept = place.store.read_bytes()
    (row,) = json.loads(place.run("check", "--json").stdout)
    assert (row["outcome"], row["items"], row["wrong"]) == ("ok", 2, "")
    assert "if-none-match" not in site.requests[-1].headers
    assert place.store.read_bytes() == kept


def test_a_busy_server_is_left_alone(site: Site, tmp_path: Path) -> None:
    place = looking(tmp_path, site, f"{site.url}/busy", f"{site.url}/fine")
    site.answers["/busy"] = Answer(b"", 429, {"Retry-After": "7200"})
    assert place.run("collect", "--outlet", "o0").returncode == 1
    site.requests.clear()
    done = place.run("check", "--json")
    busy, fine = json.loads(done.stdout)
    assert (done.returncode, busy["outcome"], busy["status"], fine["outcome"]) == (0, "not asked", 0, "ok")
    assert busy["wrong"].startswith("its server asked to wait until ")
    assert "(Retry-After: 7200)" in busy["wrong"]
    assert [request.path for request in site.requests] == ["/fine"]
    alone = place.run("check", "--outlet", "o0")
    assert (alone.returncode, len(site.requests)) == (1, 1)
    assert "1 not asked because their servers want us to wait" in alone.stderr


def test_a_feed_taken_for_gone_that_answers_again_is_said_to(site: Site, tmp_path: Path) -> None:
    place = looking(tmp_path, site, f"{site.url}/feed")
    site.answers["/feed"] = [Answer(b"", 410), Answer(FINE)]
    place.run("collect")
    (row,) = json.loads(place.run("check", "--json").stdout)
    assert row["wrong"] == "answers again; collect --now --outlet o0 takes it up"


def test_only_the_outlets_asked_for_are_looked_at_one_feed_of_a_host_at_a_time(site: Site, tmp_path: Path) -> None:
    place = looking(tmp_path, site, *(f"{site.url}/slow{number}" for number in range(4)))
    site.answers |= {f"/slow{number}": Answer(FINE, wait=0.2) for number in range(4)}
    done = place.run("check", "--outlet", "o1", "--outlet", "o3", "--outlet", "o2")
    assert sorted(request.path for request in site.requests) == ["/slow1", "/slow2", "/slow3"]
    assert (done.returncode, site.most_at_once) == (0, 1)


def test_where_no_feed_answers_it_ends_with_1_and_a_reason(tmp_path: Path) -> None:
    with serving() as site, refusing() as nobody:
        place = looking(tmp_path, site, f"{nobody}/feed", "https://nobody.invalid/feed")
        done, lost = place.run("check"), place.run("check", "--outlet", "o1")
    assert (done.returncode, lost.returncode) == (1, 1)
    assert "connection refused" in done.stdout
    assert done.stderr == "0 of 2 feeds answered, 2 with something wrong\n"
    assert "is there a network?" in lost.stderr


def test_a_feed_cut_off_has_answered_in_part(site: Site, tmp_path: Path) -> None:
    place = looking(tmp_path, site, f"{site.url}/cut-off")
    assert place.run("check").returncode == 0


def test_an_outlet_without_a_feed_has_nothing_to_look_at(site: Site, tmp_path: Path) -> None:
    place = looking(tmp_path, site, f"{site.url}/fine")
    catalogue = tmp_path / "outlets.toml"
    catalogue.write_text(catalogue.read_text().replace(f'[{{ url = "{site.url}/fine" }}]', "[]"))
    done = place.run("check", "--json")
    assert (done.returncode, json.loads(done.stdout)) == (1, [])
    assert "outlets.toml has none" in done.stderr


def test_ended_from_outside_it_tells_what_it_saw(site: Site, tmp_path: Path) -> None:
    with serving() as slow:
        place = looking(tmp_path, site, f"{site.url}/fine", f"{slow.url}/slow")
        slow.answers["/slow"] = Answer(FINE, wait=60)
        with place.started("check", "--json") as running:
            until = time.monotonic() + 60
            while not (site.requests and slow.requests) and time.monotonic() < until:
                time.sleep(0.05)
            time.sleep(1)  # so that the first answer is read
            running.send_signal(signal.SIGTERM)
            shown, _ = running.communicate(timeout=60)
    assert running.returncode == 128 + signal.SIGTERM
    assert [row["feed"] for row in json.loads(shown)] == [f"{site.url}/fine"]


BROKEN = {
    "unknown outlet": (["--outlet", "nobody"], "--outlet nobody: no such id in outlets.toml"),
    "unknown flag": (["--now"], "No such option"),
    "no catalogue": (["--data", "nowhere"], "nowhere/outlets.toml: no such file"),
    "a network that is none": (["--allow-address", "127.0.0.1/8"], "--allow-address 127.0.0.1/8: "),
    "a store that is none": (["--store", "pyproject.toml"], "not a store of this program"),
}


@pytest.mark.parametrize("arguments,said", BROKEN.values(), ids=BROKEN)
def test_broken_use_ends_with_2_and_words(
    place: Place, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    place.catalogue("http://127.0.0.1:9/feed")
    code, shown, complaint = called(capsys, "check", "--data", str(place.folder), *arguments)
    assert (code, shown) == (2, "")
    assert said in complaint


def test_help_has_examples(capsys: pytest.CaptureFixture[str]) -> None:
    code, shown, _ = called(capsys, "check", "--help")
    assert (code, "python -m collectors check" in shown) == (0, True)


@pytest.mark.parametrize("code,language", [("en", "en"), ("EN-us", "en"), ("zh_CN", "zh"), (" in ", "id"), ("", "")])
def test_the_language_of_a_code(code: str, language: str) -> None:
    assert primary(code) == language
