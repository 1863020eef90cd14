"""Times the tagger on invented items beside a bare scan, a regular expression and spaCy: python -m bench.tagging [--items N].

spaCy takes part where it is installed: pip install -r bench/requirements.txt.
"""

import argparse
import random
import re
import statistics
import time
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from ahocorasick_rs import AhoCorasick

from bench.table import show
from mentions.lexicon import Lexicon, load_lexicon
from mentions.tagger import Tagger
from mentions.text import folded

FOLDER = Path(__file__).resolve().parents[1] / "data" / "lexicon"
PIECES = """
en the co ver ing pla net ro ad sta tion mar ket re port of and in to ele ven wa ter say ing
ur کار دان مو سم با زار شہر میں کے نئی خبر لو گ پا نی اور سے پر تھا گیا دن رات
hi का में बाज़ार शहर नया दिन पानी लोग और से पर था गया रात काम घर
zh 市场 天气 新闻 城市 人们 水 道路 工作 今天 昨天 学校 音乐 火车
ru го род но вый день рын ок во да лю ди и на по ра бо та
"""
SYLLABLES = {language: pieces for language, *pieces in map(str.split, PIECES.strip().splitlines())}
SUBJECTS = {
    "en": "Kashmir talks at the UN",
    "ur": "کشمیر پر بات چیت",
    "hi": "कश्मीर पर वार्ता",
    "zh": "克什米尔对话",
    "ru": "Кашмир и ООН",
}
Item = tuple[str, str, str]


def items(number: int, subject_every: int, seed: int = 1) -> list[Item]:
    """Invented titles and 300-character summaries in five languages; every so many items name Kashmir (0: none)."""
    chance = random.Random(seed)
    made = []
    for place in range(number):
        language = chance.choice(list(SYLLABLES))
        title, summary = _prose(chance, language, 60), _prose(chance, language, 300)
        if subject_every and place % subject_every == 0:
            title = f"{SUBJECTS[language]} {title}"
        made.append((title, summary, language))
    return made


def _prose(chance: random.Random, language: str, length: int) -> str:
    text = ""
    while len(text) < length:
        text += "".join(chance.choices(SYLLABLES[language], k=chance.randint(1, 3))) + " "
    return text[:length]


def contenders(lexicon: Lexicon) -> dict[str, Callable[[Item], object]]:
    """What is timed: the tagger, a bare scan for all terms over normalised text, one alternation of all terms, spaCy."""
    tagger = Tagger(lexicon)
    keys = sorted({term.key for term in lexicon.terms}, key=len, reverse=True)
    automaton = AhoCorasick(keys)
    alternation = re.compile("|".join(map(re.escape, keys)))
    return {
        "Tagger.tags": lambda item: tagger.tags(*item),
        "bare ahocorasick_rs scan": lambda item: automaton.find_matches_as_indexes(folded(item[0] + " " + item[1])),
        "re alternation": lambda item: alternation.findall(folded(item[0] + " " + item[1])),
    } | phrases(keys)


def phrases(keys: list[str]) -> dict[str, Callable[[Item], object]]:
    """spaCy's PhraseMatcher with all terms, on its own words of any language, letter case aside."""
    if find_spec("spacy") is None:
        return {}
    # Imported by name, as it is not among what the checks install.
    language = import_module("spacy").blank("xx")
    matcher = import_module("spacy.matcher").PhraseMatcher(language.vocab, attr="LOWER")
    matcher.add("term", list(map(language.make_doc, keys)))
    return {"spaCy PhraseMatcher": lambda item: matcher(language.make_doc(item[0] + " " + item[1]))}


def seconds(work: Callable[[Item], object], sample: list[Item]) -> float:
    begin = time.perf_counter()
    for item in sample:
        work(item)
    return (time.perf_counter() - begin) / len(sample)


def rows(name: str, sample: list[Item], lexicon: Lexicon, rounds: int) -> list[tuple[str, ...]]:
    """Medians of alternating rounds; the slow alternation sees a fiftieth of the items, spaCy a tenth."""
    ways = contenders(lexicon)
    fewer = {"re alternation": 50, "spaCy PhraseMatcher": 10}
    times: dict[str, list[float]] = {way: [] for way in ways}
    for _ in range(rounds):
        for way, work in ways.items():
            times[way].append(seconds(work, sample[:: fewer.get(way, 1)]))
    medians = {way: statistics.median(found) for way, found in times.items()}
    tagger = medians["Tagger.tags"]
    return [(name, way, f"{1 / m:,.0f}", f"{m * 1e6:.1f}", f"{m / tagger:.2f}") for way, m in medians.items()]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--items", type=int, default=10_000, help="invented items a sample (default 10,000)")
    options.add_argument("--rounds", type=int, default=5, help="alternating rounds (default 5)")
    chosen = options.parse_args()
    begin = time.perf_counter()
    lexicon = load_lexicon(FOLDER)
    loaded = time.perf_counter()
    Tagger(lexicon)
    ready = time.perf_counter()
    samples = {
        "none on Kashmir": items(chosen.items, 0),
        "one in a hundred": items(chosen.items, 100),
        "all on Kashmir": items(chosen.items // 10, 1),
    }
    start = f"{len(lexicon.terms):,} spellings read in {loaded - begin:.3f} s, tagger made in {ready - loaded:.3f} s"
    found = [row for name, sample in samples.items() for row in rows(name, sample, lexicon, chosen.rounds)]
    show(f"Tagging, one thread; {start}", ("items", "way", "items/s", "us an item", "times Tagger"), found)


if __name__ == "__main__":
    main()
