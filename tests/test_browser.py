"""The pages in a real Chromium: they open clean, filters change the charts, marks lead to what they count, links restore."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from tests.view import View, serving_dashboard

pytestmark = pytest.mark.browser
PAGES = ("", "outlets", "forums", "topics", "words", "articles", "sources", "method")


@pytest.fixture(scope="session")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The dashboard, served on a free port from a demo store."""
    with serving_dashboard(tmp_path_factory.mktemp("browser") / "monitor.demo.db", articles=1500) as url:
        yield url


@pytest.mark.parametrize("name", PAGES)
def test_every_page_opens_clean(browser: Browser, address: str, name: str) -> None:
    view = View(browser, address + name)
    assert view.page.get_by_text("Invented demo data.", exact=True).is_visible()
    assert all(json.loads(drawn) for drawn in view.charts().values())
    for scheme, width in (("light", 1280), ("dark", 1280), ("dark", 360), ("light", 360)):
        view.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        view.page.set_viewport_size({"width": width, "height": 900})
        view.settle()
        assert view.page.evaluate("document.documentElement.scrollWidth") <= width
        if (scheme, width) in (("light", 1280), ("dark", 360)):  # a second or two each
            assert grave(view) == []
    view.close()


def grave(view: View) -> list[tuple[str, str]]:
    """What axe-core finds that keeps people out: rule and place.

    The points of Streamlit's sparklines have no title; their figures stand beside them in words.
    """
    found = [one for one in Axe().run(view.page).response["violations"] if one["impact"] in ("serious", "critical")]
    places = [(one["id"], node["html"][:200]) for one in found for node in one["nodes"]]
    return [(rule, place) for rule, place in places if "metric_chart_" not in place]


FILTERS = [
    ("Group", "India"),
    ("Forum", "UN Security Council"),
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
    assert len(before) == 3
    assert [key for key in before if before[key] == after[key]] == []
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
    seen = {drawn(view)}
    view.page.get_by_role("combobox", name="By").click()
    view.page.get_by_role("option", name="by forum", exact=True).click()
    view.settle()
    seen.add(drawn(view))
    view.page.get_by_role("button", name="View").click()
    for label in ("Week", "Unique reports", "Share"):
        view.page.get_by_role("radio", name=label, exact=True).click()
        view.settle()
        seen.add(drawn(view))
    assert len(seen) == 5
    for part in ("by=forum", "grain=week", "measure=share", "unit=reports"):
        assert part in view.page.url
    fresh = View(browser, view.page.url)
    assert fresh.charts() == view.charts()
    view.close()
    fresh.close()


def drawn(view: View) -> str:
    """What the timeline draws."""
    return next(drawn for key, drawn in view.charts().items() if key.startswith("chart-volume"))


def test_the_selection_goes_along_to_other_pages_and_back(browser: Browser, address: str) -> None:
    view = View(browser, address)
    first = view.headline()
    view.choose("Group", "Pakistan")
    second = view.headline()
    view.page.get_by_role("link", name="Outlets").first.click()
    view.page.get_by_role("heading", level=1, name="Outlets").wait_for()
    view.settle()
    assert view.headline() == second
    assert "outlets?" in view.page.url
    for sentence in (second, first):
        while "outlets" in view.page.url or (sentence == first and "group=" in view.page.url):
            view.page.go_back()
            view.settle()
        assert view.headline() == sentence
    view.page.go_forward()
    view.settle()
    assert view.headline() == second
    view.close()


MARK = """
key => {
    const plot = document.querySelector(`.st-key-${key} .js-plotly-plot`);
    plot.scrollIntoView({block: 'center'});
    const frame = plot.getBoundingClientRect();
    for (const [number, trace] of plot._fullData.entries()) {
        const marks = plot.data[number].customdata || [];
        for (let i = 0; i < marks.length; i++) {  // from the left: on the right lie the tools of the chart
            const one = plot.calcdata[number][i];
            const n = marks[i].articles ?? marks[i].n;
            if (!marks[i].mark || !n) continue;
            const [x, y] = [plot._fullLayout[trace.xaxis === 'x' ? 'xaxis' : 'xaxis' + trace.xaxis.slice(1)],
                            plot._fullLayout[trace.yaxis === 'y' ? 'yaxis' : 'yaxis' + trace.yaxis.slice(1)]];
            const bar = trace.type === 'bar';
            const across = bar && trace.orientation === 'h' ? x.c2p(one.b + one.s / 2) : x.c2p(bar ? one.p : one.x);
            const down = bar ? (trace.orientation === 'h' ? y.c2p(one.p) : y.c2p(one.b + one.s / 2)) : y.c2p(one.y);
            return {x: frame.left + x._offset + across, y: frame.top + y._offset + down, n: n};
        }
    }
    return null;
}
"""


@pytest.mark.parametrize("name", ["", "outlets", "forums", "words"])  # Topics is drawn by the same code as Forums
def test_a_mark_of_every_chart_leads_to_as_many_articles(browser: Browser, address: str, name: str) -> None:
    view = View(browser, address + name)
    led = 0
    for key in view.charts():
        mark = view.page.evaluate(MARK, key)
        if mark is None:  # who was first on a story is no set of articles
            assert key == "chart-first-movers"
            continue
        view.settle()  # what came below the mark before moved this chart
        mark = view.page.evaluate(MARK, key)
        view.page.mouse.move(mark["x"], mark["y"])
        view.page.mouse.click(mark["x"], mark["y"])
        drill = view.page.locator(f".st-key-{key.replace('chart-', 'drill-', 1)}")
        drill.wait_for(timeout=20_000)
        said = re.match(r"([\d,]+) relevant article", drill.inner_text())
        assert said, drill.inner_text()
        assert int(said[1].replace(",", "")) == mark["n"], key
        led += 1
    assert led >= 3
    view.close()


def test_the_sum_of_the_bars_is_the_figure(browser: Browser, address: str) -> None:
    view = View(browser, address)
    traces: list[Any] = json.loads(view.chart("chart-volume-outlet"))
    bars = [point for _, _, _, _, points in traces for point in points or () if point]
    assert view.headline().startswith(f"{sum(point['articles'] or 0 for point in bars):,} relevant articles")
    view.close()


def test_numbers_can_be_had_as_files(browser: Browser, address: str, tmp_path: Path) -> None:
    view = View(browser, address)
    view.page.locator(".st-key-numbers-outlets summary").click()
    view.settle()
    for kind in ("csv", "parquet", "jsonl"):
        with view.page.expect_download() as download:
            view.page.locator(f".st-key-{kind}-outlets button").click()
        download.value.save_as(tmp_path / f"outlets.{kind}")
        assert (tmp_path / f"outlets.{kind}").stat().st_size > 500
    lines = (tmp_path / "outlets.csv").read_text(encoding="utf-8-sig").splitlines()
    assert lines[0] == "id,label,country,group,articles,reports,dated_by_seen,items,share"
    assert len(lines) > 20
    view.close()
