"""The page in a real Chromium: it opens clean, filters change every chart, and the address restores the view."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.view import CHARTS, View, serving_dashboard

pytestmark = pytest.mark.browser


@pytest.fixture(scope="session")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The dashboard, served on a free port from a demo store."""
    with serving_dashboard(tmp_path_factory.mktemp("browser") / "monitor.demo.db", articles=1500) as url:
        yield url


@pytest.mark.parametrize("width,scheme", [(1280, "light"), (1280, "dark"), (360, "light"), (360, "dark")])
def test_the_page_opens_clean(browser: Browser, address: str, width: int, scheme: str) -> None:
    view = View(browser, address, width, scheme)
    assert view.page.get_by_text("Invented demo data.", exact=True).is_visible()
    assert all(json.loads(drawn) for drawn in view.charts().values())
    assert view.page.evaluate("document.documentElement.scrollWidth") <= width
    view.close()


FILTERS = [
    ("Group", "India"),
    ("Language", "English"),
    ("Forum", "UN Security Council"),
    ("Topic", "Militancy"),
    ("Country", "Pakistan"),
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
        if label in ("Forum", "Topic"):
            view.page.get_by_role("combobox", name="By").click()
        view.page.get_by_role("option" if label in ("Forum", "Topic") else "radio", name=label, exact=True).click()
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
    view.settle()
    with view.page.expect_download() as download:
        view.page.locator(".st-key-csv-outlets button").click()
    download.value.save_as(tmp_path / "outlets.csv")
    lines = (tmp_path / "outlets.csv").read_text(encoding="utf-8-sig").splitlines()
    assert lines[0] == "id,label,country,group,articles,reports,dated_by_seen,items,share"
    assert len(lines) > 20
    view.close()
