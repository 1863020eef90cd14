"""The Articles page by the user's door: the list, a sample, one article read, files; and what needs no page."""

import csv
import hashlib
import html
import io
import json
import re
import shlex
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as some
from streamlit.testing.v1 import AppTest
from typer.testing import CliRunner

from collectors.commands import app
from mentions import article, listing
from mentions import store as stores
from mentions.cube import Cube
from mentions.export import COLUMNS
from mentions.lexicon import Lexicon
from mentions.listing import Sample
from mentions.model import Match, Tags
from mentions.selection import Selection
from mentions.snapshot import text_of
from tests.conftest import ROOT, item, look, outlet
from views.page import Page

NOON = 1_790_000_000
FEED, OTHER, THIRD = (f"https://{name}.invalid/feed" for name in ("cedar", "elm", "oak"))
HOSTILE = '=1+1 کشمیر <img src=x onerror="alert(1)"> [a](https://b.invalid) `$x$`'
TOLD = "Envoys of three invented states meet on Kashmir and agree to meet once more in the spring"
CHOSEN = Selection(date(2026, 9, 1), date(2026, 10, 1))
TAGS = Tags(True, True, 1, 1, 1)


def match(text: str, words: str, dimension: str = "about_kashmir", tag: str = "about_kashmir") -> Match:
    start = text.index(words)
    return Match(dimension, tag, f"{dimension}.<rule>", "title", start, start + len(words), words)


@pytest.fixture(scope="module")
def cube(tmp_path_factory: pytest.TempPathFactory, lexicon: Lexicon) -> Iterator[Cube]:
    """A hundred and twenty articles, three copies of one report in as many outlets, and a hostile one in Urdu whose title
    was edited and whose link leads nowhere good."""
    store = stores.writing(str(tmp_path_factory.mktemp("articles") / "monitor.db"), "real")
    store.save_catalogue([outlet("cedar", FEED), outlet("elm", OTHER), outlet("oak", THIRD)])
    many = [item(f"https://cedar.invalid/{n}", "cedar", NOON + n // 2, f"Kashmir note, part {n}") for n in range(120)]
    store.save([look(FEED, NOON + 100, *((one, TAGS) for one in many))])
    for number, (feed, owner) in enumerate(((FEED, "cedar"), (OTHER, "elm"), (THIRD, "oak"))):
        told = replace(item(f"https://{owner}.invalid/told", owner, NOON + 3600 * number, TOLD), summary=TOLD)
        store.save([look(feed, NOON + 3600 * (number + 1), (told, TAGS))])
    urdu = replace(item("https://elm.invalid/u", "elm", NOON + 90_000, HOSTILE, "ur"), link="javascript:alert(1)")
    found = (match(HOSTILE, "کشمیر"), match(HOSTILE, "کشمیر <img", "forums", lexicon.forums[0].id))
    for at, one in ((100_000, urdu), (110_000, replace(urdu, title="Edited *title*"))):
        store.save([look(OTHER, NOON + at, (one, replace(TAGS, matches=found)))])
    store.engine.dispose()
    yield Cube(stores.existing(str(store.path)), lexicon)


def seqs(cube: Cube, order: str, chosen: Selection = CHOSEN, **more: Any) -> list[int]:
    """The seqs of the whole list, page by page."""
    rows: list[int] = []
    while found := listing.listed(cube, chosen, order, len(rows), 50, **more)["seq"].tolist():
        rows += found
    return rows


def test_the_pages_of_each_order_hold_every_article_once(cube: Cube) -> None:
    newest = seqs(cube, "newest")
    assert sorted(newest) == list(range(1, 125))
    assert newest[0] == 124
    assert seqs(cube, "oldest") == newest[::-1]
    stories = seqs(cube, "story")
    assert stories[:3] == [123, 122, 121]
    assert sorted(stories) == sorted(newest)
    assert listing.listed(cube, CHOSEN, "story")["in_story"].tolist()[:4] == [3, 3, 3, 1]


def test_what_a_snapshot_had_then_is_listed_and_counted(cube: Cube) -> None:
    then = replace(CHOSEN, snapshot=text_of(cube.state, 122))
    assert sorted(seqs(cube, "story", then)) == list(range(1, 123))
    assert listing.listed(cube, then, "story")["in_story"].tolist()[:3] == [2, 2, 1]


def test_a_sample_can_be_drawn_again_by_anybody(cube: Cube) -> None:
    drawn = sorted(range(1, 125), key=lambda seq: hashlib.md5(f"7:{seq}".encode()).hexdigest())
    for n in (5, 60, 500):
        assert sorted(seqs(cube, "newest", sample=Sample(n, 7))) == sorted(drawn[:n])
    assert set(seqs(cube, "newest", sample=Sample(20, 8))) != set(drawn[:20])


@pytest.mark.parametrize("sample", [None, Sample(9, 3)], ids=["all", "sample"])
def test_files_hold_the_articles_listed(cube: Cube, sample: Sample | None) -> None:
    wanted = sorted(seqs(cube, "oldest", sample=sample))
    made = {ending: listing.file(cube, CHOSEN, ending, sample) for ending in ("csv", "parquet", "jsonl")}
    rows = list(csv.DictReader(io.StringIO(made["csv"].decode("utf-8-sig"))))
    assert list(rows[0]) == list(COLUMNS)
    assert sorted(int(row["seq"]) for row in rows) == wanted
    assert sorted(json.loads(line)["seq"] for line in made["jsonl"].splitlines()) == wanted
    assert sorted(pq.read_table(io.BytesIO(made["parquet"]))["seq"].to_pylist()) == wanted
    assert not any(value.startswith("=") for row in rows for value in row.values())
    told = listing.about(cube, CHOSEN, "x.csv", len(wanted), sample)
    assert told["rows"] == len(wanted)
    assert told.get("sample", {}).get("seed") == (3 if sample else None)


def test_the_command_line_named_makes_the_same_file(
    cube: Cube, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MONITOR_STORE", str(cube.store.path))
    monkeypatch.setenv("MONITOR_DATA", str(ROOT / "data"))
    chosen = replace(CHOSEN, outlet=("elm", "oak"), q='"three invented" OR کشمیر', tz="Asia/Karachi", measure="share")
    words = shlex.split(listing.command(chosen, text_of(cube.state), str(tmp_path / "a.jsonl")))
    done = CliRunner().invoke(app, words[words.index("export") :])
    assert done.exit_code == 0, done.output
    lines = (tmp_path / "a.jsonl").read_text("utf-8").splitlines()
    assert [json.loads(line)["seq"] for line in lines] == seqs(cube, "oldest", chosen) == [122, 123, 124]


@given(some.text(max_size=30), some.lists(some.tuples(some.integers(-2, 33), some.integers(-2, 33)), max_size=6))
def test_marks_keep_the_text_and_cover_what_matched(text: str, spans: list[tuple[int, int]]) -> None:
    matches = [Match("forums", str(n), "r", "title", a, b, "") for n, (a, b) in enumerate(spans)]
    cut = article.pieces(text, matches)
    assert "".join(one.text for one in cut) == text
    covering = [piece.matches for piece in cut for _ in piece.text]
    for place, found in enumerate(covering):
        assert list(found) == [one for one in matches if one.start >= 0 and one.start <= place < one.end]


def script(page: "Page") -> None:
    """What the page is run by."""
    from views import articles

    articles.show(page)


@pytest.fixture
def page_of(cube: Cube, monkeypatch: pytest.MonkeyPatch) -> Callable[[Selection], AppTest]:
    """Opens the page on a selection."""
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])  # AppTest puts the page in its place
    return lambda chosen: AppTest.from_function(
        script, args=(Page(cube, chosen, CHOSEN, NOON),), default_timeout=20
    ).run()


@pytest.fixture
def opened(page_of: Callable[[Selection], AppTest]) -> AppTest:
    """The page on the whole store."""
    return page_of(CHOSEN)


def said(page: AppTest) -> str:
    return "\n".join(str(one.value) for one in [*page.markdown, *page.caption, *page.info]).replace("\\", "")


def test_any_page_can_be_reached(opened: AppTest) -> None:
    assert not opened.exception
    assert "124 articles, 122 unique reports" in said(opened)
    first = opened.dataframe[0].value
    assert first["title"].iloc[0] == f"\u2060{HOSTILE}"
    assert first["link"].isna().tolist() == [True] + [False] * 49
    assert set(first["in_story"]) == {1, 3}
    opened.pagination[0].set_value(3).run()
    assert not opened.exception
    assert "Shown: 101 to 124 of 124" in said(opened)
    assert len(opened.dataframe[0].value) == 24
    opened.selectbox(key="articles-order").set_value("oldest").run()
    assert "Shown: 1 to 50 of 124" in said(opened)


def test_a_sample_is_named_so_that_it_can_be_drawn_again(opened: AppTest) -> None:
    opened.toggle(key="articles-sample").set_value(True).run()
    opened.number_input(key="articles-size").set_value(60).run()
    opened.number_input(key="articles-seed").set_value(7).run()
    assert not opened.exception
    assert "A sample of 60, drawn at random from 124 articles" in said(opened)
    assert "with seed 7 in snapshot 124.1." in said(opened)
    assert "Shown: 1 to 50 of 60" in said(opened)


def test_an_article_is_read_as_plain_text_with_what_matched(opened: AppTest) -> None:
    opened.session_state["articles-open"] = 124
    opened.run()
    assert not opened.exception
    drawn, reasons = (one.proto.body for one in opened.get("html"))
    assert 'dir="rtl" lang="ur"' in drawn
    assert "<img" not in drawn + reasons
    title = re.search(r"<p[^>]*>(.*?)</p>", drawn, re.DOTALL)
    assert title
    assert html.unescape(re.sub(r"<[^>]*>", "", title[1])) == HOSTILE
    assert drawn.count("<mark") == 2
    assert "forums.<wbr>&lt;rule&gt;" in reasons
    assert not opened.get("link_button")
    tables = [one.value.to_string().replace("\\", "") for one in opened.table]
    assert any(OTHER.removeprefix("https:") in one for one in tables)
    assert any("Edited *title*" in one for one in tables)
    opened.button(key="article-close").click().run()
    assert not opened.get("html")


def test_the_copies_of_an_article_are_beside_it(opened: AppTest) -> None:
    opened.session_state["articles-open"] = 122
    opened.run()
    assert "3 articles of the same story" in said(opened)
    story = opened.dataframe[1].value
    assert story["outlet"].tolist() == ["Cedar", "Elm", "Oak"]
    assert story["found"].tolist() == ["first of the story", "same title", "same title"]
    assert opened.get("link_button")[0].proto.url == "https://elm.invalid/told"
    opened.selectbox(key="articles-order").set_value("story").run()
    assert not opened.get("html")  # another list: what was read belongs to the one before


def test_no_article_says_what_to_do(page_of: Callable[[Selection], AppTest]) -> None:
    page = page_of(replace(CHOSEN, language=("de",)))
    assert not page.exception
    assert "Take a filter back" in said(page)
    assert not page.dataframe
