"""Scores the tagger on labelled items: python -m bench.accuracy [FILE…] [--by language] [--wrong DIMENSION].

A file holds one JSON object a line, as those of tests/gold, which are the default; all files are scored together.
"""

import argparse
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bench.press import ROOT
from bench.table import show
from collectors.lines import tagged
from mentions.lexicon import load_lexicon
from mentions.tagger import Tagger

GOLD = ROOT / "tests" / "gold"
DIMENSIONS = ("about_kashmir", "relevant", "forums", "topics", "naming")
DRAWS = 1000
COUNTS = ("items", "right", "added", "missed")
HEADS = ("dimension", "language", *COUNTS, "precision", "recall", "F1", "95 % of F1", "exact")


@dataclass(frozen=True, slots=True)
class Judged:
    """An item as labelled and what the tagger says of it, both with the five dimensions."""

    item: dict[str, Any]
    tags: dict[str, Any]

    def expected(self, dimension: str) -> set[str]:
        return _labels(self.item[dimension], dimension)

    def got(self, dimension: str) -> set[str]:
        return _labels(self.tags[dimension], dimension)

    def counts(self, dimension: str) -> tuple[int, int, int]:
        """Labels right, added and missed."""
        expected, got = self.expected(dimension), self.got(dimension)
        return len(expected & got), len(got - expected), len(expected - got)


@dataclass(frozen=True, slots=True)
class Score:
    """How well one dimension was tagged, labels counted over all items (micro average); a flag is one label.

    A figure without anything to divide by is 0.
    """

    items: int
    right: int
    added: int
    missed: int
    exact: float  # share of items with just the expected labels
    interval: tuple[float, float]  # of F1, 95 %

    @property
    def precision(self) -> float:
        return self.right / (self.right + self.added or 1)

    @property
    def recall(self) -> float:
        return self.right / (self.right + self.missed or 1)

    @property
    def f1(self) -> float:
        return 2 * self.right / (2 * self.right + self.added + self.missed or 1)


def labelled(paths: Sequence[Path]) -> list[dict[str, Any]]:
    """The items of files, in their order; raises ValueError where a line is not JSON."""
    return [json.loads(line) for path in paths for line in path.read_text(encoding="utf-8").splitlines()]


def judged(items: Sequence[dict[str, Any]]) -> list[Judged]:
    """The items with what the project's own lexicon says of them."""
    lexicon = load_lexicon(ROOT / "data" / "lexicon")
    tagger = Tagger(lexicon)
    return [Judged(item, tagged(json.dumps(item), tagger, lexicon)) for item in items]


def score(judgements: Sequence[Judged], dimension: str) -> Score:
    """The score of one dimension over at least one item; its interval is a bootstrap over items with a fixed seed."""
    counts = np.array([one.counts(dimension) for one in judgements])
    right, added, missed = map(int, counts.sum(axis=0))
    exact = float((counts[:, 1:] == 0).all(axis=1).mean())
    return Score(len(counts), right, added, missed, exact, _interval(counts))


def by_language(judgements: Sequence[Judged]) -> dict[str, list[Judged]]:
    """The judgements of each language, by its code."""
    languages = sorted({one.item["language"] for one in judgements})
    return {language: [one for one in judgements if one.item["language"] == language] for language in languages}


def _labels(value: bool | list[str], dimension: str) -> set[str]:
    return set(value) if isinstance(value, list) else {dimension} if value else set()


def _interval(counts: "np.ndarray[Any, Any]") -> tuple[float, float]:
    draws = np.random.default_rng(1).integers(len(counts), size=(DRAWS, len(counts)))
    right, added, missed = counts[draws].sum(axis=1).T
    low, high = np.percentile(2 * right / np.maximum(2 * right + added + missed, 1), (2.5, 97.5))
    return float(low), float(high)


def _row(dimension: str, language: str, found: Score) -> list[object]:
    figures = [f"{figure:.3f}" for figure in (found.precision, found.recall, found.f1)]
    interval = "{:.3f} to {:.3f}".format(*found.interval)
    counts = [getattr(found, name) for name in COUNTS]
    return [dimension, language, *counts, *figures, interval, f"{found.exact:.3f}"]


def _wrong(judgements: Sequence[Judged], dimension: str) -> Iterator[str]:
    for one in judgements:
        expected, got = one.expected(dimension), one.got(dimension)
        if expected != got:
            lists = (", ".join(sorted(labels)) or "nothing" for labels in (expected, got))
            yield "{}: expected {}, got {}: {}".format(one.item["id"], *lists, one.item["title"])


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("files", nargs="*", type=Path, default=sorted(GOLD.glob("*.jsonl")), metavar="FILE")
    options.add_argument("--by", choices=("language",), help="score each language too")
    options.add_argument("--wrong", choices=DIMENSIONS, help="list the items that this dimension got wrong")
    options.add_argument("--aside", choices=("without", "only", "with"), default="without", help="items kept aside")
    chosen = options.parse_args()
    kept = {"without": (False,), "only": (True,), "with": (False, True)}[chosen.aside]
    items = [item for item in labelled(chosen.files) if item.get("aside", False) in kept]
    if not items:
        options.error("there are no such items")
    judgements = judged(items)
    parts = {"all": judgements} | (by_language(judgements) if chosen.by else {})
    rows = [_row(name, part, score(found, name)) for name in DIMENSIONS for part, found in parts.items()]
    show(f"The tagger on {len(judgements)} labelled items, {chosen.aside} those aside", HEADS, rows)
    if chosen.wrong:
        print(f"\nWrong in {chosen.wrong}:\n", *_wrong(judgements, chosen.wrong), sep="\n")


if __name__ == "__main__":
    main()
