"""Times the page's measures on a large demo store, beside pandas, SQLite and Datasette:

python -m bench.measures [--articles N] [--store FILE]; Datasette needs `pip install -r bench/requirements.txt`.
"""

import argparse
import resource
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
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
        "naming by outlet": lambda cube, chosen: measures.tags_by(cube, chosen, "outlet", "naming"),
        "first movers": measures.first_movers,
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


@contextmanager
def datasette(path: Path) -> Iterator[Callable[[str], bytes]]:
    """Datasette serving a store on a free port; a call gives the JSON of a query."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [
        sys.executable,
        "-m",
        "datasette",
        "serve",
        str(path),
        "--port",
        str(port),
        "--setting",
        "sql_time_limit_ms",
    ]
    command += ["600000", "--setting", "max_returned_rows", "1000000"]
    root = f"http://127.0.0.1:{port}/"
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            for _ in range(300):
                with suppress(OSError), urllib.request.urlopen(f"{root}-/versions.json"):
                    break
                time.sleep(0.1)

            def asked(query: str) -> bytes:
                name = urllib.parse.quote(path.name.removesuffix(".db"), safe="").replace(".", "~2E")
                with urllib.request.urlopen(
                    f"{root}{name}.json?_shape=array&" + urllib.parse.urlencode({"sql": query})
                ) as one:
                    return bytes(one.read())

            yield asked
        finally:
            server.terminate()


def peers(cube: Cube, path: Path, chosen: Selection, times: int) -> list[list[str]]:
    """Volume by day and outlet over the same rows by the cube, pandas, SQLite and Datasette, in alternating rounds."""
    frame = cube.ask("SELECT published, outlet, relevant FROM article", {})
    start, stop = start_of(chosen.since, "UTC"), start_of(chosen.until + timedelta(days=1), "UTC")
    written = BY_OUTLET_SQLITE.replace("?", "{}").format(start, stop)
    with sqlite3.connect(path) as db, datasette(path) as over_http:
        calls: dict[str, Callable[[], object]] = {
            "cube (DuckDB in memory), with unique reports": lambda: measures.volume_by(cube, chosen),
            "pandas groupby": lambda: pandas_by_outlet(frame, start, stop),
            "SQLite, covering index": lambda: db.execute(BY_OUTLET_SQLITE, (start, stop)).fetchall(),
            "Datasette, JSON over HTTP": lambda: over_http(written),
        }
        taken: dict[str, list[float]] = {name: [] for name in calls}
        for _ in range(times):
            for name, call in calls.items():
                taken[name] += milliseconds(call, 1)
    medians = {name: sorted(ones)[len(ones) // 2] for name, ones in taken.items()}
    base = next(iter(medians.values()))
    return [[name, median(sorted(ones)), f"{medians[name] / base:.1f}"] for name, ones in taken.items()]


def topped_up(cube: Cube, path: Path) -> float:
    """Milliseconds that a cube takes for 500 new articles; they are taken out of the store again."""
    with sqlite3.connect(path) as db:
        names = [row[1] for row in db.execute("PRAGMA table_info(item)") if row[1] not in ("seq", "key")]
        columns = ", ".join(f'"{name}"' for name in names)
        last = db.execute("SELECT max(seq) FROM item").fetchone()[0]
        copied = f'INSERT INTO item ("key", {columns}) SELECT -random() / 2, {columns} FROM item WHERE about ORDER BY seq DESC LIMIT 500'  # noqa: S608
        db.execute(copied)
        db.commit()
        taken = milliseconds(cube.refresh, 1)[0]
        db.execute("DELETE FROM item WHERE seq > ?", (last,))
        db.commit()
    return taken


def main() -> None:
    """Build the cube, ask the measures over a month, a year and all days, and print the tables."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--articles", type=int, default=1_000_000)
    options.add_argument("--store", type=Path, help="a demo store that is there already")
    options.add_argument("--times", type=int, default=20)
    given = options.parse_args()
    path = given.store or demo_store(given.articles)
    store = stores.existing(str(path))
    lexicon = load_lexicon(ROOT / "data" / "lexicon")
    started = time.perf_counter()
    cube = Cube(store, lexicon)
    built = time.perf_counter() - started
    unchanged = milliseconds(cube.refresh, given.times)
    known = measures.span(cube)
    oldest, newest = (date.fromordinal(EPOCH + (known[name] or 0)) for name in ("oldest_day", "newest_day"))
    articles = measures.totals(cube, Selection(oldest, newest, scope="about"))["articles"]
    spans = {
        "30 days": Selection(newest - timedelta(days=29), newest),
        "a year, by forum, two groups": Selection(
            newest - timedelta(days=364), newest, by="forum", grain="week", group=("pakistan", "india")
        ),
        "all": Selection(oldest, newest, grain="week"),
    }
    for name, chosen in spans.items():
        title = f"Measures, {articles:,} demo articles, {store.state().seq:,} items: {name}"
        show(title, ["measure", "p50 ms", "p95 ms"], rows_of(cube, chosen, given.times))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    facts = [
        ["cube build, s", f"{built:.2f}"],
        ["refresh with nothing new, ms", median(unchanged)],
        ["refresh with 500 new articles, ms", median(sorted(topped_up(cube, path) for _ in range(5)))],
        ["peak memory of the process, MB", f"{memory:,.0f}"],
    ]
    show("The cube", ["what", "value"], facts)
    show(
        "Volume by outlet over all days, beside others",
        ["engine", "p50 ms", "× cube"],
        peers(cube, path, spans["all"], max(given.times // 4, 3)),
    )


if __name__ == "__main__":
    main()
