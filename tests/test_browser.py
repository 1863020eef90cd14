"""The page in a real Chromium: it opens clean, filters change every chart, and the address restores the view."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Error, Page, sync_playwright

from tests.conftest import ROOT

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking", "--disable-sync"]
CHARTS = ("chart-volume", "chart-outlets", "chart-forum-topic")

pytestmark = pytest.mark.browser


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A Chromium: the one on the path, or Playwright's own; without any, these tests are skipped by name."""
    path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    with sync_playwright() as playwright:
        try:
            chromium = playwright.chromium.launch(executable_path=path, args=FLAGS)
        except Error as error:
            pytest.skip(f"NO CHROMIUM TO TEST THE PAGE WITH: {str(error).splitlines()[0]}")
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The dashboard, served on a free port from a demo store."""
    store = tmp_path_factory.mktemp("browser") / "monitor.demo.db"
    environment = {**os.environ, "MONITOR_STORE": str(store), "MONITOR_DATA": str(ROOT / "data")}
    command = [sys.executable, "-m", "collectors", "demo", "--articles", "1500", "--store", str(store)]
    subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    serve = [
        sys.executable,
        "-m",
        "streamlit",
        "run",
        "dashboard.py",
        "--server.headless=true",
        f"--server.port={port}",
    ]
    log = (store.parent / "server.log").open("w")
    with log, subprocess.Popen(serve, cwd=ROOT, env=environment, stdout=log, stderr=log) as server:
        try:
            wait_for(f"http://127.0.0.1:{port}/_stcore/health")
            yield f"http://127.0.0.1:{port}/"
        finally:
            server.terminate()


def wait_for(url: str) -> None:
    """Wait until a server answers, a minute at most."""
    for _ in range(300):
        with suppress(OSError), urllib.request.urlopen(url) as answer:
            if answer.status == 200:
                return
        time.sleep(0.2)
    raise TimeoutError(url)


class View:
    """An open page, with all that went wrong in it."""

    def __init__(self, browser: Browser, url: str, width: int = 1280, scheme: str = "light") -> None:
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)  # type: ignore[arg-type]
        self.page: Page = context.new_page()
        self.faults: list[str] = []
        self.page.on("console", lambda message: self.faults.append(message.text) if message.type == "error" else None)
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.open(url)

    def open(self, url: str) -> None:
        """Go to an address and wait for the page to be whole."""
        self.page.goto(url)
        self.page.get_by_text("Newest articles", exact=True).wait_for(timeout=30_000)
        self.settle()

    def settle(self) -> None:
        """Wait until no run is under way and all charts are drawn."""
        self.page.wait_for_timeout(300)
        self.page.wait_for_function(
            "keys => document.querySelector('[data-testid=stApp]').getAttribute('data-test-script-state') === 'notRunning'"
            " && !document.querySelector('[data-stale=true]')"
            " && keys.every(key => document.querySelector(`.st-key-${key} .js-plotly-plot`)?.data)",
            arg=list(CHARTS),
            timeout=30_000,
        )
        self.page.wait_for_timeout(300)

    def chart(self, key: str) -> str:
        """What a chart draws, as text."""
        query = (
            "key => JSON.stringify(document.querySelector(`.st-key-${key} .js-plotly-plot`).data"
            ".map(t => [t.name, t.x, t.y, t.z, t.customdata]))"
        )
        return str(self.page.evaluate(query, key))

    def charts(self) -> dict[str, str]:
        """What all charts draw."""
        return {key: self.chart(key) for key in CHARTS}

    def headline(self) -> str:
        """The sentence that says what is on the page."""
        return self.page.get_by_text("items that").first.inner_text()

    def choose(self, label: str, option: str) -> None:
        """Open the filters, and choose an option of one."""
        self.page.get_by_role("button", name="Filters").click()
        self.page.get_by_role("combobox", name=label).fill(option)
        self.page.get_by_role("option", name=option, exact=True).click()
        self.page.keyboard.press("Escape")
        self.page.keyboard.press("Escape")
        self.settle()

    def close(self) -> None:
        """End, and hold that nothing went wrong."""
        trouble = self.page.locator("[data-testid=stException]").count()
        self.page.context.close()
        assert self.faults == []
        assert trouble == 0


@pytest.mark.parametrize("width,scheme", [(1280, "light"), (1280, "dark"), (360, "light"), (360, "dark")])
def test_the_page_opens_clean(browser: Browser, address: str, width: int, scheme: str) -> None:
    view = View(browser, address, width, scheme)
    assert view.page.get_by_text("Invented demo data").is_visible()
    assert all(json.loads(drawn) for drawn in view.charts().values())
    assert view.page.evaluate("document.documentElement.scrollWidth") <= width
    view.close()


FILTERS = [
    ("Group", "India"),
    ("Language", "English"),
    ("Forum", "UN Security Council"),
    ("Topic", "Militancy"),
    ("Country", "PK"),
]


@pytest.mark.parametrize("label,option", FILTERS)
def test_a_filter_changes_every_chart_and_a_fresh_tab_restores_it(
    browser: Browser, address: str, label: str, option: str
) -> None:
    view = View(browser, address)
    before, sentence = view.charts(), view.headline()
    view.choose(label, option)
    after = view.charts()
    assert [key for key in CHARTS if before[key] == after[key]] == []
    assert view.headline() != sentence
    url = view.page.url
    assert f"{label.lower()}=" in url
    fresh = View(browser, url)
    assert fresh.charts() == after
    assert fresh.headline() == view.headline()
    view.close()
    fresh.close()


def test_switches_change_the_timeline_and_the_address(browser: Browser, address: str) -> None:
    view = View(browser, address)
    seen = {view.chart("chart-volume")}
    for label in ("Forum", "Topic", "Week", "Month", "Share"):
        view.page.get_by_role("radio", name=label, exact=True).click()
        view.settle()
        seen.add(view.chart("chart-volume"))
    assert len(seen) == 6
    for part in ("by=topic", "grain=month", "measure=share"):
        assert part in view.page.url
    fresh = View(browser, view.page.url)
    assert fresh.charts() == view.charts()
    view.close()
    fresh.close()


def test_back_and_forward_take_the_view_along(browser: Browser, address: str) -> None:
    view = View(browser, address)
    first = view.headline()
    view.choose("Group", "Pakistan")
    second = view.headline()
    view.page.go_back()
    view.settle()
    assert view.headline() == first
    view.page.go_forward()
    view.settle()
    assert view.headline() == second
    view.close()


def test_the_sum_of_the_bars_is_the_figure(browser: Browser, address: str) -> None:
    view = View(browser, address)
    traces: list[Any] = json.loads(view.chart("chart-volume"))
    drawn = sum(int(point[1] or 0) for _, _, _, _, points in traces for point in points)
    assert view.headline().startswith(f"{drawn:,} relevant articles")
    view.close()


def test_numbers_can_be_had_as_a_file(browser: Browser, address: str, tmp_path: Path) -> None:
    view = View(browser, address)
    view.page.get_by_text("Numbers", exact=True).nth(1).click()
    with view.page.expect_download() as download:
        view.page.locator(".st-key-csv-outlets button").click()
    download.value.save_as(tmp_path / "outlets.csv")
    lines = (tmp_path / "outlets.csv").read_text(encoding="utf-8-sig").splitlines()
    assert lines[0] == "id,label,country,group,articles,items,share"
    assert len(lines) > 20
    view.close()
