"""Times the page in a real browser on a large demo store, beside a minimal Dash app on the same cube, and fifty sessions at
once while a collector writes: python -m bench.page --store FILE; Dash needs `pip install -r bench/requirements.txt`.
"""

import argparse
import json
import os
import sqlite3
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page

from bench.table import median, p95, show
from tests.view import View, chromium, free_port, running, serving, wait_for

GROUPS = ("India", "Pakistan", "Kashmir", "World")
SESSIONS = 50
SETTLED = """
() => document.querySelector('[data-testid=stApp]').getAttribute('data-test-script-state') === 'notRunning'
    && !document.querySelector('[data-stale=true]')
    && [...document.querySelectorAll('[class*=st-key-chart-]')].every(one => one.querySelector('.js-plotly-plot')?.data)
"""


def taken(act: Callable[[], object], page: Page, changed: str, mark: str) -> float:
    """Milliseconds from an act to the page being whole again, with another text or picture at a place than before."""
    before = page.evaluate(changed)
    started = time.perf_counter()
    act()
    page.wait_for_function(f"before => ({changed})() !== before && {mark}", arg=before, timeout=60_000)
    return (time.perf_counter() - started) * 1000


HEADLINE = "() => [...document.querySelectorAll('p')].find(one => one.textContent.includes('items that'))?.textContent"
WHOLE = f"({SETTLED})()"


def first_loads(browser: Browser, address: str, times: int) -> list[float]:
    """Milliseconds from an address to the whole overview, server warm, browser without a cache."""
    found = []
    for _ in range(times):
        started = time.perf_counter()
        page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
        page.goto(address)
        page.wait_for_function(
            f"document.querySelector('[class*=st-key-chart-forum-topic]') && {WHOLE}", timeout=300_000
        )
        found.append((time.perf_counter() - started) * 1000)
        page.context.close()
    return found


def filters(view: View, address: str, until: date, rounds: int) -> list[float]:
    """Milliseconds from the choice of a group to the last chart drawn anew; no choice was made before for these days."""
    found = []
    page = view.page
    for number in range(rounds):
        last = until - timedelta(days=number)
        view.open(f"{address}?from={last - timedelta(days=29)}&to={last}")
        for option in GROUPS:
            page.get_by_role("button", name="Filters").click()
            page.get_by_role("combobox", name="Group").fill(option)
            choice = page.get_by_role("option", name=option, exact=True)
            choice.wait_for()
            found.append(taken(choice.click, page, HEADLINE, WHOLE))
            page.keyboard.press("Escape")
            page.keyboard.press("Escape")
            page.wait_for_timeout(300)
    return found


def newest_day(path: Path) -> date:
    """The day of the newest item, in UTC."""
    with sqlite3.connect(path) as db:
        return datetime.fromtimestamp(db.execute("SELECT max(published) FROM item").fetchone()[0], UTC).date()


def pages(view: View) -> list[float]:
    """Milliseconds from a click in the menu to the whole page."""
    title = "() => document.querySelector('h1')?.textContent"
    names = ("Outlets", "Forums", "Topics", "Whose words", "Articles", "Sources", "Method")
    return [
        taken(view.page.get_by_role("link", name=name, exact=True).first.click, view.page, title, WHOLE)
        for name in names
    ]


def searches(view: View) -> list[float]:
    """Milliseconds from Enter behind a word to the list of articles that hold it."""
    found = []
    for word in ("mediation", "water", "ceasefire", "treaty", "resolution"):
        view.page.get_by_role("textbox", name="Words").fill(word)
        found.append(taken(lambda: view.page.keyboard.press("Enter"), view.page, HEADLINE, WHOLE))
    return found


def posted(address: str, body: dict[str, Any]) -> dict[str, Any]:
    """The answer of Streamlit's own interface for programs, which runs a session without a browser."""
    request = urllib.request.Request(
        f"{address}_stcore/agent/interact", json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    for _ in range(600):
        try:
            with urllib.request.urlopen(request, timeout=120) as answer:
                return dict(json.loads(answer.read()))
        except urllib.error.HTTPError as error:
            if error.code != 409:  # the session is running: the page follows the collector by itself
                raise
            time.sleep(0.1)
    raise TimeoutError(address)


def session(address: str, number: int) -> tuple[list[float], int]:
    """Milliseconds of three choices in a session of its own, and how many of them failed."""
    found, failed = [], 0
    name = posted(address, {})["session_id"]
    for step in range(3):
        started = time.perf_counter()
        chosen = [GROUPS[(number + step) % 4]]
        answer = posted(address, {"session_id": name, "widget_state": {"group": chosen}})
        found.append((time.perf_counter() - started) * 1000)
        failed += answer.get("status") != "ready" or f"group: {chosen[0]}" not in json.dumps(answer)
        time.sleep(1)
    return found, failed


def writing(path: Path, stop: threading.Event) -> None:
    """Save items again and again, as a collector does: five hundred a second, in one short transaction each."""
    with sqlite3.connect(path, timeout=30) as db:
        names = [row[1] for row in db.execute("PRAGMA table_info(item)") if row[1] not in ("seq", "key")]
        columns = ", ".join(f'"{name}"' for name in names)
        last = db.execute("SELECT max(seq) FROM item").fetchone()[0]
        while not stop.wait(1):
            db.execute(f'INSERT INTO item ("key", {columns}) SELECT -random() / 2, {columns} FROM item LIMIT 500')  # noqa: S608
            db.commit()
        db.execute("DELETE FROM item WHERE seq > ?", (last,))


def crowd(address: str, path: Path) -> tuple[list[float], int]:
    """All sessions at once, while a collector writes."""
    stop = threading.Event()
    writer = threading.Thread(target=writing, args=(path, stop))
    writer.start()
    with ThreadPoolExecutor(SESSIONS) as pool:
        answers = list(pool.map(lambda number: session(address, number), range(SESSIONS)))
    stop.set()
    writer.join()
    return sorted(one for found, _ in answers for one in found), sum(failed for _, failed in answers)


def dash_filters(browser: Browser, path: Path, folder: Path) -> list[float]:
    """The same choice of a group in a minimal Dash app with the same three charts on the same cube."""
    port = free_port()
    command = [sys.executable, "-m", "bench.dash_app", str(path), str(port)]
    with running(command, dict(os.environ), folder / "dash.log"):
        wait_for(f"http://127.0.0.1:{port}/")
        page = browser.new_page()
        page.goto(f"http://127.0.0.1:{port}/")
        page.wait_for_function("[...document.querySelectorAll('.js-plotly-plot')].filter(one => one.data).length === 3")
        drawn = "() => [...document.querySelectorAll('.js-plotly-plot')].map(one => JSON.stringify(one.data)).join()"
        whole = "document.title !== 'Updating...'"
        found = []
        for group in ("india", "pakistan", "kashmir", "world") * 3:
            act = lambda group=group: page.evaluate("one => window.choose(one)", group)
            found.append(taken(act, page, drawn, whole))
        page.close()
    return found


def main() -> None:
    """Serve the store, drive the browser, print the table."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument(
        "--store", type=Path, required=True, help="a large demo store; what is written into it is taken out"
    )
    options.add_argument("--rounds", type=int, default=3)
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as name, chromium() as browser:
        folder = Path(name)
        with serving(given.store, folder / "page.log", "--server.enableAgentApi=true") as address:
            cold = first_loads(browser, address, 1)
            rows = [
                ("first load, server cold (cube is built)", cold),
                ("first load, server warm", first_loads(browser, address, 7)),
            ]
            view = View(browser, address)
            rows += [
                ("filter to last chart", filters(view, address, newest_day(given.store), given.rounds)),
                ("page switch", pages(view)),
                ("search to table", searches(view)),
            ]
            view.close()
            held, failed = crowd(address, given.store)
            rows.append((f"{SESSIONS} sessions, a choice each second", held))
        try:
            rows.append(("Dash, filter to last chart", dash_filters(browser, given.store, folder)))
        except ImportError as error:
            print(f"Dash was left out: {error}")
    table = [(what, len(found), median(sorted(found)), p95(sorted(found))) for what, found in rows]
    show("The page in a browser", ["what", "times", "p50 ms", "p95 ms"], table)
    print(f"\n{failed} of {len(held)} choices of the sessions failed.")


if __name__ == "__main__":
    main()
