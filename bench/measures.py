"""Times the page's measures on a large demo store, beside pandas and SQLite: python -m bench.measures [--articles N]."""

import argparse
import resource
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pandas as pd

from bench.table import median, milliseconds, p95, show
from mentions import measures, observation
from mentions import store as stores
from mentions.cube import Cube
from mentions.lexicon import load_lexicon
from mentions.selection import Selection, start_of
from mentions.timeline import largest, timeline

EPOCH = date(1970, 1, 1).toordinal()
ROOT = Path(__file__).resolve().parents[1]

BY_OUTLET_SQLITE = """
SELECT published / 86400 AS day, outlet, sum(relevant), count(*) FROM item INDEXED BY item_cube
WHERE published >= ? AND published < ? GROUP BY day, outlet
"""


def demo_store(articles: int) -> Path:
    """A demo store of so many articles, made once."""
    path = ROOT / "bench" / "out" / f"{articles}.demo.db"
    if not path.exists():
        path.parent.mkdir(exist_ok=True)
        command = [sys.executable, "-m", "collectors", "demo", "--articles", str(articles), "--store", str(path)]
        subprocess.run(command, cwd=ROOT, check=True)
    return path


def whole_page(cube: Cube, chosen: Selection) -> None:
    """All that the overview asks for, one after the other."""
    measures.totals(cube, chosen)
    measures.daily(cube, chosen)
    counts = largest(measures.volume_by(cube, chosen), 8, chosen.by == "outlet")
    timeline(counts, measures.volume(cube, chosen), observation.observed(cube, chosen, chosen.by), chosen, chosen.until)
    measures.ranked_outlets(cube, chosen)
    measures.pairs(cube, chosen, "forum", "topic")
    measures.newest(cube, chosen)


def pandas_by_outlet(frame: pd.DataFrame, start: int, stop: int) -> pd.DataFrame:
    """Volume by day and outlet, by pandas."""
    part = frame[(frame["published"] >= start) & (frame["published"] < stop)]
    groups = part.groupby([part["published"] // 86400, "outlet"], observed=True)["relevant"]
    return groups.agg(["sum", "count"]).reset_index()


def rows_of(cube: Cube, chosen: Selection, times: int) -> list[list[str]]:
    """A line for each measure: median and 95th percentile in milliseconds."""
    asked: dict[str, Callable[[Cube, Selection], object]] = {
        "totals": measures.totals,
        "daily": measures.daily,
        f"volume by {chosen.by}": measures.volume_by,
        "observed": observation.observed,
        "top outlets": measures.ranked_outlets,
        "forum × topic": lambda cube, chosen: measures.pairs(cube, chosen, "forum", "topic"),
        "newest 200, with texts": measures.newest,
        "whole page, one after the other": whole_page,
    }
    lines = []
    for name, measure in asked.items():
        measure(cube, chosen)
        taken = milliseconds(lambda measure=measure: measure(cube, chosen), times)  # type: ignore[misc]
        lines.append([name, median(taken), p95(taken)])
    return lines


def peers(cube: Cube, path: Path, chosen: Selection, times: int) -> list[list[str]]:
    """Volume by day and outlet over the same rows by the cube, pandas and SQLite, in alternating rounds."""
    frame = cube.ask("SELECT published, outlet, relevant FROM item", {})
    start, stop = start_of(chosen.since, "UTC"), start_of(chosen.until + timedelta(days=1), "UTC")
    with sqlite3.connect(path) as db:
        calls: dict[str, Callable[[], object]] = {
            "cube (DuckDB in memory)": lambda: measures.volume_by(cube, chosen),
            "pandas groupby": lambda: pandas_by_outlet(frame, start, stop),
            "SQLite, covering index": lambda: db.execute(BY_OUTLET_SQLITE, (start, stop)).fetchall(),
        }
        taken: dict[str, list[float]] = {name: [] for name in calls}
        for _ in range(times):
            for name, call in calls.items():
                taken[name] += milliseconds(call, 1)
    base = sorted(taken["cube (DuckDB in memory)"])[times // 2]
    return [[name, median(sorted(ones)), f"{sorted(ones)[times // 2] / base:.1f}"] for name, ones in taken.items()]


def main() -> None:
    """Build the cube, ask the measures over a year and over all, and print the tables."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--articles", type=int, default=1_000_000)
    options.add_argument("--times", type=int, default=20)
    given = options.parse_args()
    path = demo_store(given.articles)
    store = stores.existing(str(path))
    lexicon = load_lexicon(ROOT / "data" / "lexicon")
    started = time.perf_counter()
    cube = Cube(store, lexicon)
    built = time.perf_counter() - started
    unchanged = milliseconds(cube.refresh, given.times)
    known = measures.span(cube)
    oldest, newest = (date.fromordinal(EPOCH + (known[name] or 0)) for name in ("oldest_day", "newest_day"))
    spans = {
        "30 days": Selection(newest - timedelta(days=29), newest),
        "a year, by forum, two groups": Selection(
            newest - timedelta(days=364), newest, by="forum", grain="week", group=("pakistan", "india")
        ),
        "all": Selection(oldest, newest, grain="week"),
    }
    for name, chosen in spans.items():
        title = f"Measures, {given.articles:,} demo articles, {store.state().seq:,} items: {name}"
        show(title, ["measure", "p50 ms", "p95 ms"], rows_of(cube, chosen, given.times))
    show(
        "Volume by outlet over all days, beside others",
        ["engine", "p50 ms", "× cube"],
        peers(cube, path, spans["all"], given.times),
    )
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    facts = [
        ["cube build, s", f"{built:.2f}"],
        ["refresh with nothing new, ms", median(unchanged)],
        ["peak memory with the peers, MB", f"{memory:,.0f}"],
    ]
    show("The cube", ["what", "value"], facts)


if __name__ == "__main__":
    main()
