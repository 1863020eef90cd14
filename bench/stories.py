"""Times the finding of copies, and scores it on labelled pairs: python -m bench.stories [PAIRS] [--reports FILE | --items N].

FILE holds one report a line as JSON (published, outlet, url, title, summary); without it, invented ones with copies
planted. PAIRS holds one pair a line: two such reports as `a` and `b`, and `same`, whether a reader calls them copies.
"""

import argparse
import json
import random
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from math import sqrt
from pathlib import Path
from string import ascii_lowercase
from typing import Any

from bench.table import show
from mentions.likeness import Report
from mentions.stories import Link, Window

RULES = ("same address", "same title", "same text", "")
FIELDS = ("published", "outlet", "url", "title", "summary")


def reports_of(path: Path) -> list[Report]:
    """The reports of a file, numbered as they stand."""
    rows = map(json.loads, path.read_text(encoding="utf-8").splitlines())
    return [_report(seq, row) for seq, row in enumerate(rows, 1)]


def invented(number: int, seed: int = 1) -> Iterator[Report]:
    """Reports of 40 outlets, two a minute, of which each fifth repeats one of the last thousand with a word changed."""
    chance = random.Random(seed)
    words = ["".join(chance.choices(ascii_lowercase, k=chance.randint(2, 9))) for _ in range(20_000)]
    summaries: list[list[str]] = []
    for seq in range(1, number + 1):
        summary = chance.choices(words, k=40)
        if summaries and chance.random() < 0.2:
            summary = chance.choice(summaries[-1000:]).copy()
            summary[chance.randrange(len(summary))] = "changed"
        summaries.append(summary)
        title = " ".join(chance.choices(words, k=10))
        outlet = f"outlet-{chance.randrange(40)}"
        yield Report(seq, seq * 30, outlet, f"{outlet}.example/{seq}", title, " ".join(summary))


def timed(reports: list[Report]) -> tuple[list[Link], float, float]:
    """The links, and what a report takes: microseconds, and kilobytes of the process while it is held."""
    window = Window()
    before, begin = _resident(), time.perf_counter()
    links = [window.place(report) for report in reports]
    took = time.perf_counter() - begin
    return links, took / len(reports) * 1e6, (_resident() - before) / len(reports)


def _resident() -> float:
    """Kilobytes of memory this process has."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return float(status.partition("VmRSS:")[2].split()[0])


def judged(pairs: Iterable[dict[str, Any]]) -> dict[str, Counter[bool]]:
    """How many pairs each rule joins ("" for none) that a reader calls copies, and that he does not."""
    counts: dict[str, Counter[bool]] = {rule: Counter() for rule in RULES}
    for pair in pairs:
        window = Window()
        window.place(_report(1, pair["a"]))
        counts[window.place(_report(2, pair["b"])).rule][pair["same"]] += 1
    return counts


def wilson(right: int, number: int, z: float = 1.96) -> tuple[float, float]:
    """The 95 % interval of a share (E. B. Wilson, 1927)."""
    if not number:
        return 0.0, 1.0
    share = right / number
    middle = share + z * z / (2 * number)
    reach = z * sqrt(share * (1 - share) / number + z * z / (4 * number * number))
    return (middle - reach) / (1 + z * z / number), (middle + reach) / (1 + z * z / number)


def _report(seq: int, row: dict[str, Any]) -> Report:
    return Report(seq, *(row[field] for field in FIELDS))


def _scores(counts: dict[str, Counter[bool]]) -> Iterator[tuple[object, ...]]:
    for rule, count in counts.items():
        low, high = wilson(count[True], count.total())
        yield rule or "left apart", count.total(), count[True], count[False], f"{low:.3f} to {high:.3f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pairs", nargs="?", type=Path)
    parser.add_argument("--reports", type=Path)
    parser.add_argument("--items", type=int, default=20_000)
    options = parser.parse_args()
    reports = reports_of(options.reports) if options.reports else list(invented(options.items))
    links, microseconds, kilobytes = timed(reports)
    counts = Counter[str](link.rule for link in links)
    row = (len(reports), *(counts[rule] for rule in RULES), f"{microseconds:.0f}", f"{kilobytes:.1f}")
    show("Copies found", ("reports", *RULES[:3], "stories", "µs a report", "kB held a report"), [row])
    if options.pairs:
        pairs = map(json.loads, options.pairs.read_text(encoding="utf-8").splitlines())
        heads = ("rule", "pairs", "copies", "not copies", "95 % of the share of copies")
        show("Labelled pairs", heads, list(_scores(judged(pairs))))


if __name__ == "__main__":
    main()
