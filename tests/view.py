"""A page open in a real browser, with what the tests ask of it."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Error, Page, sync_playwright

from tests.conftest import ROOT

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking", "--disable-sync"]
OWN = ("/_stcore/health", "/_stcore/host-config")
"""What Streamlit asks for beside a page before it looks at the root; the answer 404 is no fault."""


@contextmanager
def chromium() -> Iterator[Browser]:
    """A Chromium: the one on the path, or Playwright's own; without any, the test that asks is skipped, and says so."""
    path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        except Error as error:
            pytest.skip(f"NO CHROMIUM TO TEST THE PAGE WITH: {str(error).splitlines()[0]}")
        yield browser
        browser.close()


def free_port() -> int:
    """A port of 127.0.0.1 at which nobody listens now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(url: str) -> None:
    """Wait until a server answers, a minute at most."""
    for _ in range(300):
        with suppress(OSError), urllib.request.urlopen(url) as answer:
            if answer.status == 200:
                return
        time.sleep(0.2)
    raise TimeoutError(url)


@contextmanager
def serving_dashboard(store: Path, articles: int) -> Iterator[str]:
    """The dashboard on a free port, showing a demo store made for it; its address."""
    make = [sys.executable, "-m", "collectors", "demo", "--articles", str(articles), "--store", str(store)]
    subprocess.run(make, cwd=ROOT, check=True, capture_output=True)
    with serving(store, store.with_suffix(".log")) as address:
        yield address


@contextmanager
def serving(store: Path, log: Path, *options: str) -> Iterator[str]:
    """The dashboard on a free port, showing a store; its address."""
    environment = {**os.environ, "MONITOR_STORE": str(store), "MONITOR_DATA": str(ROOT / "data")}
    port = free_port()
    serve = [sys.executable, "-m", "streamlit", "run", "dashboard.py", "--server.headless=true"]
    with running([*serve, f"--server.port={port}", *options], environment, log):
        wait_for(f"http://127.0.0.1:{port}/_stcore/health")
        yield f"http://127.0.0.1:{port}/"


@contextmanager
def running(command: list[str], environment: dict[str, str], log: Path) -> Iterator[None]:
    """A process of ours for as long as the block lasts, ended with all that it started; what it says goes to a file."""
    with (
        log.open("w") as file,
        subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=file, stderr=file, start_new_session=True
        ) as process,
    ):
        try:
            yield
        finally:
            os.killpg(process.pid, signal.SIGTERM)


class View:
    """An open page, with all that went wrong in it."""

    def __init__(self, browser: Browser, url: str, width: int = 1280, scheme: str = "light") -> None:
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)  # type: ignore[arg-type]
        self.page: Page = context.new_page()
        self.faults: list[str] = []
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.open(url)

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not message.location["url"].endswith(OWN):
            self.faults.append(f"{message.text} {message.location['url']}")

    def open(self, url: str) -> None:
        """Go to an address and wait for the page to be whole."""
        self.page.goto(url)
        self.page.get_by_role("heading", level=1).wait_for(timeout=30_000)
        self.settle()

    def settle(self) -> None:
        """Wait until no run is under way and all charts are drawn."""
        self.page.wait_for_timeout(300)
        self.page.wait_for_function(
            "document.querySelector('[data-testid=stApp]').getAttribute('data-test-script-state') === 'notRunning'"
            " && !document.querySelector('[data-stale=true]')"
            " && [...document.querySelectorAll('[class*=st-key-chart-]')].every(one => one.querySelector('.js-plotly-plot')?.data)",
            timeout=60_000,
        )
        self.page.wait_for_timeout(100)

    def chart(self, key: str) -> str:
        """What a chart draws, as text."""
        query = (
            "key => JSON.stringify(document.querySelector(`.st-key-${key} .js-plotly-plot`).data"
            ".map(t => [t.name, t.x, t.y, t.z, t.customdata]))"
        )
        return str(self.page.evaluate(query, key))

    def charts(self) -> dict[str, str]:
        """What all charts draw, by their keys."""
        keys = self.page.evaluate(
            "[...document.querySelectorAll('[class*=st-key-chart-]')].map(one => one.className.match(/st-key-(chart-\\S+)/)[1])"
        )
        return {key: self.chart(key) for key in keys}

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
