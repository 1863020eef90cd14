"""The catalogue: what is in it, and what is refused with file, block and field named."""

from pathlib import Path

import pytest

from mentions.catalogue import CatalogueError, load_catalogue
from mentions.model import GROUPS
from tests.conftest import ROOT

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


def write(folder: Path, text: str) -> Path:
    (folder / "outlets.toml").write_text(text, encoding="utf-8")
    return folder


def test_own_catalogue_loads_with_every_group() -> None:
    outlets = load_catalogue(ROOT / "data")
    assert {outlet.group for outlet in outlets} == set(GROUPS) - {"aggregator"}
    assert len(outlets) > 150
    assert sum(len(outlet.feeds) for outlet in outlets) > 250


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
}


@pytest.mark.parametrize("text,fault", FAULTS.values(), ids=FAULTS)
def test_fault_is_named(tmp_path: Path, text: str, fault: str) -> None:
    with pytest.raises(CatalogueError) as error:
        load_catalogue(write(tmp_path, text))
    assert fault in str(error.value)
    assert str(tmp_path / "outlets.toml") in str(error.value)


def test_missing_file_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match="MONITOR_DATA"):
        load_catalogue(tmp_path)


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError) as error:
        load_catalogue(write(tmp_path, GOOD.replace('"PK"', '"x"').replace('"pakistan"', '"y"')))
    assert len(str(error.value).splitlines()) == 2
