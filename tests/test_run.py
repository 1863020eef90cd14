"""`./run` as a new user starts it: with a network that answers, and without one."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.conftest import ROOT
from tests.server import Answer, refusing, serving
from tests.view import View, free_port, running, wait_for

ITEM = (
    "<item><title>OIC envoy speaks on human rights in Kashmir before the UN Security Council, part {n} (invented)</title>"
    "<link>https://cedar.invalid/{n}</link></item>"
)
RSS = '<rss version="2.0"><channel><title>Cedar</title>{items}</channel></rss>'

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(
        not (ROOT / ".venv" / "requirements.txt.installed").exists(), reason="./run has not set up here"
    ),
]


@contextmanager
def started(folder: Path, *feeds: str) -> Iterator[str]:
    """`./run` with a catalogue of these feeds and a store that is not there yet; the page's address."""
    (folder / "lexicon").symlink_to(ROOT / "data" / "lexicon")
    blocks = (
        f'[[outlet]]\nid = "o{number}"\nname = "Cedar {number}"\nhomepage = "https://cedar.invalid"\ncountry = "PK"\n'
        f'group = "pakistan"\nlanguage = "en"\nfeeds = [{{ url = "{url}" }}]\n'
        for number, url in enumerate(feeds)
    )
    (folder / "outlets.toml").write_text("\n".join(blocks), encoding="utf-8")
    port = free_port()
    environment = {
        **os.environ,
        "MONITOR_STORE": str(folder / "monitor.db"),
        "MONITOR_DATA": str(folder),
        "STREAMLIT_SERVER_PORT": str(port),
        "STREAMLIT_SERVER_HEADLESS": "true",
    }
    with running(["./run"], environment, folder / "run.log"):
        wait_for(f"http://127.0.0.1:{port}/_stcore/health")
        yield f"http://127.0.0.1:{port}/"


def test_with_feeds_in_reach_their_items_are_shown(tmp_path: Path, browser: Browser) -> None:
    with serving() as site:
        site.answers["/feed"] = Answer(RSS.format(items="".join(ITEM.format(n=n) for n in range(30))).encode())
        with started(tmp_path, f"{site.url}/feed") as address:
            view = View(browser, address)
            assert view.headline().startswith("30 relevant articles")
            assert view.page.get_by_text("nvented demo data").count() == 0
            view.close()
    assert not (tmp_path / "monitor.demo.db").exists()


def test_without_a_network_the_demo_data_stands_in_within_a_minute_and_says_why(
    tmp_path: Path, browser: Browser
) -> None:
    began = time.monotonic()
    with refusing() as nobody, started(tmp_path, *(f"{nobody}/{n}" for n in range(60))) as address:
        view = View(browser, address)
        assert time.monotonic() - began < 60
        banner = view.page.get_by_text("Invented demo data.").locator("xpath=..").inner_text()
        assert "unreachable" in banner
        assert "./run collect" in banner
        assert len(view.charts()) == 3
        view.close()
