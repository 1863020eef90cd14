"""Times search on a large demo store, its index's size and its cost: python -m bench.search [--articles N | --store FILE]."""

import argparse
import sqlite3
import time
from pathlib import Path

import duckdb

from bench.measures import demo_store
from bench.table import median, milliseconds, p95, show
from mentions import store as stores
from mentions import words
from mentions.search import segmented
from mentions.store import Store

SEARCHES = {
    "phrase": '"line of control"',
    "prefix": "kash*",
    "prefix of one letter": "a*",
    "word, not another": "kashmir -talks",
    "word in titles": "title:kashmir",
    "either of two, in two scripts": "克什米尔 OR कश्मीर",
    "a word that is not there": "zzzz",
}
DAILY = "SELECT published // 86400 AS day, count(*) FROM item WHERE seq IN (SELECT seq FROM found) GROUP BY day"
LIKE = "SELECT count(*) FROM item WHERE about = 1 AND (title LIKE ? OR summary LIKE ?)"


def words_of(path: Path) -> dict[str, str]:
    """A rare word of an index, one in about one article of a hundred, and a frequent one."""
    with sqlite3.connect(path) as db:
        db.execute("CREATE VIRTUAL TABLE temp.vocabulary USING fts5vocab(main, words, row)")
        ranked = db.execute("SELECT term, doc FROM vocabulary WHERE length(term) > 3 ORDER BY doc").fetchall()
    most = ranked[-2][1]  # every invented title is marked by the word before it
    wanted = {"rare word": most // 1000, "word of one in a hundred": most // 100, "frequent word": most}
    return {name: min(ranked, key=lambda row: abs(row[1] - docs))[0] for name, docs in wanted.items()}


def rows_of(store: Store, times: int) -> list[list[str]]:
    """A line for each search: how many it finds, the time until they are here, and that of a chart filtered by them."""
    lines = []
    with duckdb.connect() as cube:
        with store.cube_rows(0) as rows:  # noqa: F841 (DuckDB reads it by its name)
            cube.execute("CREATE TABLE item AS SELECT seq, published FROM rows")
        for name, typed in (words_of(store.path) | SEARCHES).items():
            found = store.search(typed)
            cube.register("found", found.seqs)
            asked = milliseconds(lambda typed=typed: store.search(typed), times)  # type: ignore[misc]
            drawn = milliseconds(lambda: cube.execute(DAILY).fetchall(), times)
            lines.append([name, f"`{typed}`", f"{found.seqs.num_rows:,}", median(asked), p95(asked), median(drawn)])
    return lines


def costs_of(store: Store, articles: int) -> list[list[str]]:
    """What the index costs: to make it anew, to keep it true at a save, on disk; and a scan without one."""
    with store.engine.begin() as db:
        texts = db.execute(words.articles().limit(20_000)).all()
    started = time.perf_counter()
    for _, title, summary in texts:
        segmented(title), segmented(summary)
    cut = (time.perf_counter() - started) / len(texts)
    started = time.perf_counter()
    with store.engine.begin() as db:
        db.exec_driver_sql("DELETE FROM meta WHERE name = 'words'")
        words.prepare(db)
    made = time.perf_counter() - started
    few = [seq for seq, _, _ in texts[:500]]
    kept = milliseconds(lambda: renew(store, few), 20)  # ms for a thousand, so µs for one
    with sqlite3.connect(store.path) as db:
        (size,) = db.execute("SELECT sum(length(block)) FROM words_data").fetchone()
        scan = milliseconds(lambda: db.execute(LIKE, ("%kashmir%", "%kashmir%")).fetchall(), 3)
    return [
        ["making the index anew, s", f"{made:.1f}"],
        ["making it anew, µs an article", f"{made / articles * 1e6:.0f}"],
        ["of which cutting texts into words, µs", f"{cut * 1e6:.0f}"],
        ["taking 500 articles out and in again, with commit, µs an article each way", f"{median(kept)}"],
        ["size, bytes an article", f"{size / articles:.0f}"],
        ["LIKE over all articles in place of an index, ms", median(scan)],
    ]


def renew(store: Store, seqs: list[int]) -> None:
    """Take articles out of the index and put them in again, as a claim or a retag does."""
    with store.engine.begin() as db:
        words.drop(db, seqs)
        words.add(db, seqs)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--articles", type=int, default=1_000_000)
    options.add_argument("--store", type=Path, help="a demo store that is there already; its index is made anew")
    options.add_argument("--times", type=int, default=20)
    given = options.parse_args()
    store = stores.writing(str(given.store or demo_store(given.articles)), "demo")
    with store.engine.begin() as db:
        articles = db.exec_driver_sql("SELECT count(*) FROM item WHERE about = 1 AND channel = 'live'").scalar_one()
    costs = costs_of(store, articles)
    heads = ["search", "typed", "found", "p50 ms", "p95 ms", "chart by day, ms"]
    show(f"Search among {articles:,} demo articles", heads, rows_of(store, given.times))
    show("The index", ["what", "value"], costs)
    store.engine.dispose()


if __name__ == "__main__":
    main()
