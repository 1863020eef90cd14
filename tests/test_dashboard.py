"""The page without a browser: what it says in each state, and that its figures are the measures'."""

import sqlite3
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import parse_qsl

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from mentions import store as stores
from mentions.model import Outcome, Tags
from tests.conftest import ROOT, item, look, outlet

FEED = "https://cedar.invalid/feed"
Opened = Callable[..., AppTest]


@pytest.fixture
def opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Opened]:
    """Opens the page on the store of this test, with query parameters if wanted."""
    monkeypatch.setenv("MONITOR_STORE", str(tmp_path / "monitor.db"))
    monkeypatch.setenv("MONITOR_DATA", str(ROOT / "data"))
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])  # AppTest puts the page in its place

    def open_page(address: str = "", **query: str | list[str]) -> AppTest:
        page = AppTest.from_file(str(ROOT / "dashboard.py"), default_timeout=30)
        page._page_hash = calc_hash(address)  # AppTest has no way to pages without a file of their own
        for name, value in query.items():
            page.query_params[name] = value
        return page.run()

    yield open_page


def fill(path: Path, articles: int = 3, others: int = 57, kind: stores.Kind = "real") -> None:
    """A store with some relevant articles of yesterday naming forum 0 and topic 0, and other items."""
    store = stores.writing(str(path), kind)
    store.save_catalogue([outlet("cedar", FEED)])
    yesterday = int(time.time()) - 86400
    pairs = [(item(f"https://cedar.invalid/{n}", "cedar", yesterday), Tags()) for n in range(others)]
    tags = Tags(True, True, 1, 1, 1)
    pairs += [
        (item(f"https://cedar.invalid/a{n}", "cedar", yesterday, "=HYPERLINK('x') <b>$\\href$</b>"), tags)
        for n in range(articles)
    ]
    store.save([look(FEED, yesterday, *pairs)])
    store.engine.dispose()


def said(page: AppTest) -> str:
    """All that the page says in words."""
    return "\n".join(str(one.value) for one in [*page.markdown, *page.info, *page.warning, *page.error, *page.caption])


def test_no_store_says_how_to_get_one(opened: Opened) -> None:
    page = opened()
    assert not page.exception
    assert "nothing has been collected" in page.info[0].value.replace("\\", "")
    assert "./run collect" in page.info[0].value
    assert not page.metric


def test_an_empty_store_is_stood_in_for_by_demo_data_with_the_reason(opened: Opened, tmp_path: Path) -> None:
    store = stores.writing(str(tmp_path / "monitor.db"), "real")
    store.save_catalogue([outlet("cedar", FEED)])
    store.save([look(FEED, 1_790_000_000, outcome=Outcome.UNREACHABLE)])
    store.engine.dispose()
    fill(tmp_path / "monitor.demo.db", kind="demo")
    page = opened()
    assert not page.exception
    warning = page.warning[0].value.replace("\\", "")
    assert "Invented demo data" in warning
    assert "looked at 1 feeds: 1 × unreachable" in warning
    assert "./run collect" in warning
    assert page.metric[0].value == "3"


def test_real_items_end_the_stand_in(opened: Opened, tmp_path: Path) -> None:
    fill(tmp_path / "monitor.demo.db", articles=9, kind="demo")
    fill(tmp_path / "monitor.db", articles=2)
    page = opened()
    assert not page.exception
    assert "nvented" not in said(page)
    assert page.metric[0].value == "2"


def test_a_demo_store_named_outright_is_marked(opened: Opened, tmp_path: Path) -> None:
    fill(tmp_path / "monitor.db", kind="demo")
    assert "Invented demo data" in opened().warning[0].value


@pytest.mark.parametrize("content", [b"no database" * 500, b""], ids=["damaged", "zero bytes"])
def test_an_unreadable_store_says_which_and_what_to_do(opened: Opened, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "monitor.db").write_bytes(content)
    page = opened()
    assert not page.exception
    assert "monitor.db" in page.error[0].value.replace("\\", "")
    assert "MONITOR_STORE" in page.error[0].value


def test_a_store_of_another_version_is_not_shown(opened: Opened, tmp_path: Path) -> None:
    fill(tmp_path / "monitor.db")
    with sqlite3.connect(tmp_path / "monitor.db") as db:
        db.execute("UPDATE meta SET value = '99' WHERE name = 'version'")
    assert "version 99" in opened().error[0].value


def test_figures_name_their_denominator(opened: Opened, tmp_path: Path) -> None:
    fill(tmp_path / "monitor.db")
    page = opened()
    assert not page.exception
    assert "3 relevant articles, 3 unique reports, 5.00% of the 60 items that 1 outlet listed" in said(page).replace(
        "\\", ""
    )
    assert [one.value for one in page.metric] == ["3", "5.00%", "1 of 1", "3"]


def test_no_share_of_few_items(opened: Opened, tmp_path: Path) -> None:
    fill(tmp_path / "monitor.db", articles=1, others=3)
    page = opened()
    assert "1 relevant article, 1 unique report of 4 items" in said(page).replace("\\", "")
    assert [one.value for one in page.metric][1] == "—"


@pytest.mark.parametrize(
    "query,words",
    [
        ({"from": "2001-01-01", "to": "2001-02-01"}, "No outlet of this selection listed an item in these days"),
        ({"forum": "saarc"}, "None of the 60 items"),
        ({"outlet": "gone"}, "outlet=gone is not known here and is left out"),
        ({"from": "2001-01-01", "to": "2026-12-31"}, "Choose week or month"),
    ],
)
def test_what_is_not_there_is_said(opened: Opened, tmp_path: Path, query: dict[str, str], words: str) -> None:
    fill(tmp_path / "monitor.db")
    page = opened(**query)
    assert not page.exception
    assert words in said(page).replace("\\", "")


def test_filters_and_switches_go_into_the_address(opened: Opened, tmp_path: Path) -> None:
    fill(tmp_path / "monitor.db")
    page = opened()
    assert not page.query_params
    page.multiselect(key="group").select("pakistan").run()
    page.selectbox(key="by").set_value("topic").run()
    assert not page.exception
    assert page.query_params["group"] == "pakistan"
    assert page.query_params["by"] == "topic"
    assert set(page.query_params) >= {"from", "to"}
    again = opened(**page.query_params)
    assert again.multiselect(key="group").value == ["pakistan"]
    assert again.metric[0].value == page.metric[0].value
    next(one for one in page.button if one.label == "Reset").click().run()
    assert not page.multiselect(key="group").value


def test_titles_are_shown_as_they_are(opened: Opened, tmp_path: Path) -> None:
    fill(tmp_path / "monitor.db")
    titles = next(table.value["title"] for table in opened().dataframe if "title" in table.value)
    assert set(titles) == {
        "\u2060=HYPERLINK('x') <b>$\\href$</b>"
    }  # a joiner that nobody sees, and no spreadsheet runs


def test_new_items_show_on_the_next_run_of_an_open_page(opened: Opened, tmp_path: Path) -> None:
    fill(tmp_path / "monitor.db", articles=1)
    page = opened()
    assert page.metric[0].value == "1"
    fill(tmp_path / "monitor.db", articles=4)
    assert page.run().metric[0].value == "4"


def test_how_it_was_counted_can_be_pasted(opened: Opened, tmp_path: Path) -> None:
    fill(tmp_path / "monitor.db")
    page = opened("method", outlet="cedar")
    paragraph, citation, link = (one.value for one in page.code)
    for words in ("3 articles, 3 unique reports", "5.00% of the 60 items", "outlet: Cedar", "Data snapshot 60.1."):
        assert words in paragraph
    assert "Snapshot 60.1." in citation
    again, now = opened(**dict(parse_qsl(link.removeprefix("?")))), opened(outlet="cedar")
    assert not again.warning
    assert [one.value for one in again.metric] == [one.value for one in now.metric] != []


def test_a_link_to_numbers_that_are_no_more_says_so(opened: Opened, tmp_path: Path) -> None:
    fill(tmp_path / "monitor.db")
    assert "tagged or credited anew since" in opened(snapshot="50.0.abc").warning[0].value
    assert "A quotation mark is missing" in opened(q='"line of').warning[0].value
