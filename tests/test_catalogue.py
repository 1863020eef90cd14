"""The catalogue: what is in it, and what is refused with file, block and field named."""

import csv
import re
import tempfile
import tomllib
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mentions.catalogue import CatalogueError, load_catalogue
from mentions.model import GROUPS, Outlet
from tests.conftest import ROOT, SHARED, needs_shared

GOOD = """
[[outlet]]
id = "cedar-gazette"
name = "Cedar Gazette"
homepage = "https://cedar.invalid"
country = "PK"
group = "pakistan"
language = "en"
feeds = [{ url = "https://cedar.invalid/feed", title = "All" }, { url = "https://cedar.invalid/ur", title = "Urdu", language = "ur" }]
"""


SERVICE = """
[[service]]
id = "acorn-search"
name = "Acorn Search"
homepage = "https://acorn.invalid"
country = "INT"
group = "aggregator"
language = "en"
on = false
terms = "For personal use."
feeds = [{ url = "https://acorn.invalid/rss?q=one" }, { url = "https://acorn.invalid/rss?q=two", language = "ur" }]
"""


def write(folder: Path, text: str, queries: str | None = None) -> Path:
    (folder / "outlets.toml").write_text(text, encoding="utf-8")
    if queries is not None:
        (folder / "queries.toml").write_text(queries, encoding="utf-8")
    return folder


def test_own_catalogue_loads_with_every_group() -> None:
    outlets = load_catalogue(ROOT / "data")
    assert {outlet.group for outlet in outlets} == set(GROUPS) - {"aggregator"}
    assert len(outlets) > 220
    assert sum(len(outlet.feeds) for outlet in outlets) > 280


def test_own_outlets_without_a_feed_say_so_in_their_notes() -> None:
    without = [outlet for outlet in load_catalogue(ROOT / "data") if not outlet.feeds]
    assert len(without) > 30
    assert [outlet.id for outlet in without if "feed" not in outlet.notes.lower()] == []


def own_services() -> list[Outlet]:
    """The services of our own queries.toml, as they are once each is switched on."""
    text = (ROOT / "data" / "queries.toml").read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as folder:
        found = load_catalogue(write(Path(folder), GOOD, text.replace("\non = false\n", "\non = true\n")))
    return [outlet for outlet in found if outlet.aggregates]


def test_own_services_are_all_off_and_can_be_switched_on() -> None:
    blocks = tomllib.loads((ROOT / "data" / "queries.toml").read_text(encoding="utf-8"))["service"]
    assert [block["id"] for block in blocks if block["on"]] == []
    assert [service.id for service in own_services()] == [block["id"] for block in blocks]


def test_good_block_becomes_an_outlet(tmp_path: Path) -> None:
    (outlet,) = load_catalogue(write(tmp_path, GOOD))
    assert (outlet.id, outlet.country, outlet.notes) == ("cedar-gazette", "PK", "")
    assert [(feed.outlet, feed.language) for feed in outlet.feeds] == [("cedar-gazette", "en"), ("cedar-gazette", "ur")]


FAULTS = {
    "id missing": (GOOD.replace('id = "cedar-gazette"\n', ""), "field id"),
    "id with capitals": (GOOD.replace("cedar-gazette", "Cedar Gazette", 1), "field id"),
    "id is a number": (GOOD.replace('"cedar-gazette"', "7"), "field id"),
    "id twice": (GOOD + GOOD.replace("invalid/", "invalid/other/"), "'cedar-gazette' is taken"),
    "name empty": (GOOD.replace('"Cedar Gazette"', '" "'), "field name"),
    "homepage ftp": (GOOD.replace('homepage = "https:', 'homepage = "ftp:'), "field homepage"),
    "country in words": (GOOD.replace('"PK"', '"Pakistan"'), "field country"),
    "group unknown": (GOOD.replace('"pakistan"', '"west"'), "field group: 'west'"),
    "group is a list": (GOOD.replace('"pakistan"', '["pakistan"]'), "field group"),
    "language unknown": (GOOD.replace('language = "en"', 'language = "xx"'), "field language: 'xx'"),
    "feed language unknown": (GOOD.replace('language = "ur"', 'language = "urdu"'), "field language: 'urdu'"),
    "feed url without scheme": (GOOD.replace('url = "https://cedar', 'url = "cedar'), "field url"),
    "feed url javascript": (GOOD.replace("https://cedar.invalid/feed", "javascript:alert(1)"), "field url"),
    "feed url with space": (GOOD.replace("invalid/feed", "invalid/a feed"), "field url"),
    "feed url bad port": (GOOD.replace("invalid/feed", "invalid:99999/feed"), "field url"),
    "feed is text": (GOOD.replace("feeds = [{", 'feeds = ["https://cedar.invalid/x", {'), "feed 1: must be a table"),
    "feeds missing": (GOOD[: GOOD.index("feeds")], "field feeds"),
    "feed twice in one outlet": (GOOD.replace("invalid/ur", "invalid/feed"), "is listed already"),
    "twin spelling of a feed": (
        GOOD.replace("https://cedar.invalid/ur", "http://www.cedar.invalid/feed/"),
        "is listed already",
    ),
    "two outlets with one feed": (
        GOOD + GOOD.replace("cedar-gazette", "oak"),
        "is listed already by [[outlet]] number 1",
    ),
    "slip of the pen": (GOOD.replace("homepage", "hompage"), "field hompage: is unknown"),
    "not toml": ("[[outlet]\n", "cannot be read as TOML"),
    "no block": ("", "holds no [[outlet]] block"),
    "block is no table": ('outlet = ["x"]', "is not a table"),
    "blocks are no list": ('outlet = "x"', "must be written [[outlet]]"),
    "another kind of block": (GOOD + SERVICE, "service: is unknown"),
    "an aggregator": (GOOD.replace('"pakistan"', '"aggregator"'), "write it in queries.toml"),
    "switched like a service": (GOOD + "on = false\n", "field on: is unknown"),
    "nested deeply": (f"x = {'[' * 10_000}{']' * 10_000}", "nested too deeply"),
    "number without end": (f"x = {'9' * 10_000}", "cannot be read as TOML"),
}

QUERY_FAULTS = {
    "on missing": (SERVICE.replace("on = false\n", ""), "[[service]] number 1 (acorn-search): field on: must be"),
    "on in words": (SERVICE.replace("on = false", 'on = "no"'), "field on: must be true or false"),
    "on is a number": (SERVICE.replace("on = false", "on = 0"), "field on: must be true or false"),
    "terms missing": (SERVICE.replace('terms = "For personal use."\n', ""), "field terms: is missing"),
    "terms empty": (SERVICE.replace("For personal use.", " "), "field terms: is missing"),
    "group of an outlet": (SERVICE.replace('"aggregator"', '"world"'), "field group: must be 'aggregator'"),
    "feeds missing": (SERVICE[: SERVICE.index("feeds")], "field feeds"),
    "feed of the wrong kind": (SERVICE.replace("https://acorn.invalid/rss?q=one", "rss"), "feed 1: field url"),
    "id of an outlet": (
        SERVICE.replace("acorn-search", "cedar-gazette"),
        "'cedar-gazette' is taken by [[outlet]] number 1",
    ),
    "id twice": (SERVICE + SERVICE.replace("rss?", "atom?"), "is taken by [[service]] number 1 (acorn-search)"),
    "feed of an outlet": (
        SERVICE.replace("https://acorn.invalid/rss?q=one", "http://www.cedar.invalid/feed/"),
        "is listed already by [[outlet]] number 1 (cedar-gazette), feed 1",
    ),
    "an outlet": (GOOD, "outlet: is unknown; known are [[service]] blocks only"),
    "not toml": ("[[service]\n", "cannot be read as TOML"),
    "nested deeply": (f"x = {'[' * 10_000}{']' * 10_000}", "nested too deeply"),
}


@pytest.mark.parametrize("text,fault", FAULTS.values(), ids=FAULTS)
def test_fault_is_named(tmp_path: Path, text: str, fault: str) -> None:
    with pytest.raises(CatalogueError) as error:
        load_catalogue(write(tmp_path, text))
    assert fault in str(error.value)
    assert str(tmp_path / "outlets.toml") in str(error.value)


@pytest.mark.parametrize("text,fault", QUERY_FAULTS.values(), ids=QUERY_FAULTS)
@pytest.mark.parametrize("switch", ["on = false", "on = true"])
def test_fault_of_a_service_is_named_whether_on_or_off(tmp_path: Path, text: str, fault: str, switch: str) -> None:
    with pytest.raises(CatalogueError) as error:
        load_catalogue(write(tmp_path, GOOD, text.replace("on = false", switch)))
    assert fault in str(error.value)
    assert str(tmp_path / "queries.toml") in str(error.value)


def test_a_service_is_an_outlet_that_aggregates_once_it_is_on(tmp_path: Path) -> None:
    outlets = load_catalogue(write(tmp_path, GOOD, SERVICE.replace("on = false", "on = true")))
    assert [(outlet.id, outlet.group, outlet.aggregates) for outlet in outlets] == [
        ("cedar-gazette", "pakistan", False),
        ("acorn-search", "aggregator", True),
    ]
    assert [(feed.outlet, feed.language) for feed in outlets[1].feeds] == [
        ("acorn-search", "en"),
        ("acorn-search", "ur"),
    ]


@pytest.mark.parametrize("queries", [SERVICE, "", "# nothing\n", None], ids=["off", "empty", "comment", "absent"])
def test_without_a_service_that_is_on_there_are_only_outlets(tmp_path: Path, queries: str | None) -> None:
    assert [outlet.id for outlet in load_catalogue(write(tmp_path, GOOD, queries))] == ["cedar-gazette"]


def test_an_outlet_without_a_feed_is_right(tmp_path: Path) -> None:
    (outlet,) = load_catalogue(write(tmp_path, GOOD[: GOOD.index("feeds")] + "feeds = []\n"))
    assert outlet.feeds == ()


@pytest.mark.parametrize("name", ["outlets.toml", "queries.toml"])
def test_folder_in_place_of_a_file_is_named(tmp_path: Path, name: str) -> None:
    write(tmp_path, GOOD, SERVICE)
    (tmp_path / name).unlink()
    (tmp_path / name).mkdir()
    with pytest.raises(CatalogueError, match=f"{name}: is a folder"):
        load_catalogue(tmp_path)


LINES = [
    *(line for line in (GOOD + SERVICE).splitlines() if line),
    *("feeds = 7", "feeds = [7, [], {}]", "feeds = [{ url = 7, title = [], language = {} }]", "on = 1", "on = true"),
    *("id = []", "name = 1.5", "group = {}", "terms = 2026-11-24", "homepage = 'http://['", "outlet = [1]", "["),
]


@given(st.lists(st.sampled_from(LINES), max_size=12), st.lists(st.sampled_from(LINES), max_size=12))
def test_whatever_the_files_hold_there_is_a_catalogue_or_words(outlets: list[str], queries: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder), "\n".join(outlets), "\n".join(queries))
        try:
            assert load_catalogue(Path(folder))
        except CatalogueError as error:
            assert folder in str(error)


def test_missing_file_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match="MONITOR_DATA"):
        load_catalogue(tmp_path)


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError) as error:
        load_catalogue(write(tmp_path, GOOD.replace('"PK"', '"x"').replace('"pakistan"', '"y"'), SERVICE + "x = 1\n"))
    assert [line.partition(": ")[0] for line in str(error.value).splitlines()] == [
        *[str(tmp_path / "outlets.toml")] * 2,
        str(tmp_path / "queries.toml"),
    ]


NO_FEEDS = {
    "https://thefridaytimes.com/feed/": "a rival address of the list that is read",
    "http://www.hurriyetdailynews.com/rss.aspx": "the older address of the list that is read",
    "https://www.amnesty.org/en/rss/": "a rival address of the list that is read",
    "https://www.news18.com/commonfeeds/v1/eng/rss/india.xml": "failed in 2026; the same section is read elsewhere",
    "https://thewire.in/rss": "answers with a web page",
    "https://www.csis.org/rss.xml": "ends in 2016",
    "https://pips.com.pk/feed/": "not known to be the institute's own",
    "https://www.youtube.com/feeds/videos.xml?channel_id=CHANNEL_ID": "a pattern; queries.toml shows it as a comment",
    "https://api.reliefweb.int/v2/reports?appname=APPNAME&query[value]=kashmir&sort[]=date.created:desc&limit=20": "JSON",
    "https://search.mediacloud.org/api/search/count-over-time"
    "?q=kashmir&start=2026-01-01&end=2026-11-24&cs=34412118&platform=onlinenews-mediacloud": "JSON",
}
"""Addresses of the research that are no feeds to read, and why."""


def spelled(url: str) -> str:
    """An address without what differs between its spellings."""
    return re.sub(r"^https?://(www\.)?", "", url).rstrip("/")


@needs_shared
def test_every_source_of_the_research_is_accounted_for() -> None:
    with (SHARED / "research" / "sources.csv").open(encoding="utf-8", newline="") as file:
        sources = list(csv.DictReader(file))
    outlets = load_catalogue(ROOT / "data")
    listed = {spelled(feed.url) for outlet in (*outlets, *own_services()) for feed in outlet.feeds}
    hosts = {spelled(f"https://{urlsplit(outlet.homepage).hostname}") for outlet in outlets}
    lost = {row["feed_url"] for row in sources if row["feed_url"] and spelled(row["feed_url"]) not in listed}
    assert lost == set(NO_FEEDS)
    without = [row["homepage"] for row in sources if not row["feed_url"]]
    assert [page for page in without if spelled(f"https://{urlsplit(page).hostname}") not in hosts] == []
    assert {"qna.org.qa", "spa.gov.sa", "wam.ae"} <= hosts  # three bodies in one row
