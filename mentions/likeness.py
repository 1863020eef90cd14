"""How like two reports are in their words, and what tells two reports apart that are worded alike.

Rather a missed likeness than a false one. Words are compared within one script: a translation is a text of its own.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from rapidfuzz.distance import Indel

from mentions.text import MARKS, folded

LIKE = 0.75
"""The share of words in common order from which two texts are one; read off labelled pairs (bench/README.md)."""

FIRST = 0.6
"""So much must a copy of a copy still have of the story's first member, lest a story drift from text to text."""

OWN = 0.9
"""The share for an outlet's own two reports, with their titles: it puts one summary under each part of a series."""

UNLIKE = 0.2
"""Below it two outlets wrote their own texts under one title."""

KEY_LETTERS, TEXT_LETTERS = 30, 60
"""Letters from which a title, and a summary, tell one text from others: no "Kashmir news", no "Follow us for updates".
A letter of a script without spaces counts for three."""

SERIES, AGAIN = 6 * 3600, 20 * 3600
"""An outlet's own text after more seconds is the next of a series: bulletins keep their title or blurb for weeks. One
with the same title and summary, both long, may be the second listing of a report for most of a day."""

COMPARED = 120  # words of a summary

UNSPACED = re.compile(r"([\u0e00-\u0e7f\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff])")
WORD = re.compile(rf"\d+|(?:(?!\d)[\w{MARKS}])+")
SUFFIX = re.compile(r"(.*\S)\s+(?:(\|)|[-–—])\s+([^|–—]{2,40})", re.DOTALL)


class Report(NamedTuple):
    """An item as the window sees it: `published` in UTC seconds, `url` canonical ("" for none), plain texts."""

    seq: int
    published: int
    outlet: str
    url: str
    title: str
    summary: str


class Read(NamedTuple):
    """A report in words, its title without the outlet's name."""

    seq: int
    published: int
    outlet: str
    url: str
    title: list[str]
    summary: list[str]
    key: str  # the title where it tells one text from others, else ""
    numbers: frozenset[str]  # those of the title
    is_long: bool  # whether the summary tells one text from others


def read(report: Report) -> Read:
    """A report in words."""
    title = words(without_outlet(report.title, report.outlet))
    key = " ".join(title) if weight(title) >= KEY_LETTERS else ""
    numbers = frozenset(word for word in title if word.isdigit())
    body = words(report.summary)[:COMPARED]
    return Read(
        report.seq, report.published, report.outlet, report.url, title, body, key, numbers, weight(body) >= TEXT_LETTERS
    )


def words(text: str) -> list[str]:
    """The folded words of a text; each letter of a script without spaces is a word, and so is each row of digits."""
    return WORD.findall(UNSPACED.sub(r" \1 ", folded(text)))


def without_outlet(title: str, outlet: str) -> str:
    """A title without what follows a bar, or a dash and names the outlet."""
    found = SUFFIX.fullmatch(title)
    if not found:
        return title
    last = set(words(found[3]))
    names = last.issuperset(outlet.split("-")) or (found[2] and len(last) <= 4 and not re.search(r"\d", found[3]))
    return found[1] if names else title


def weight(text: list[str]) -> int:
    """Letters, those of scripts without spaces three times."""
    return sum(3 if UNSPACED.match(word) else len(word) for word in text)


def is_another(one: Read, other: Read) -> bool:
    """Whether two reports of one title are no copies: they go on differently, or are parts of an outlet's series."""
    if is_series(one, other):
        return True
    return one.is_long and other.is_long and alike(one.summary, other.summary) < UNLIKE


def is_series(one: Read, other: Read) -> bool:
    """Whether two reports are an outlet's own and too far apart in time to be two listings of one."""
    apart = abs(one.published - other.published)
    if one.outlet != other.outlet or apart <= SERIES:
        return False
    again = one.key == other.key != "" and one.is_long and other.is_long and alike(one.summary, other.summary) >= OWN
    return apart > AGAIN or not again


def likeness(one: Read, other: Read) -> float:
    """The share of words two reports have in common order, 0 where a number or a name tells them apart.

    Of titles alone one must hold the other: a word exchanged is another report. Summaries are compared where both are
    long enough.
    """
    if one.numbers and other.numbers and one.numbers != other.numbers:
        return 0.0
    if one.key and other.key and holds(one.title, other.title) and not is_another(one, other):
        like: float = Indel.normalized_similarity(one.title, other.title)
        if like >= LIKE:
            return like
    if is_series(one, other) or not (one.is_long and other.is_long):
        return 0.0
    if one.outlet == other.outlet and alike(one.title + one.summary, other.title + other.summary) < OWN:
        return 0.0
    like = alike(one.summary, other.summary)
    apart = like < FIRST or is_exchanged(one, other) or differ_in_numbers(one.summary, other.summary)
    return 0.0 if apart else like


def is_exchanged(one: Read, other: Read) -> bool:
    """Whether each of two titles has a word that its summary repeats and the other report lacks: one form of words for
    two places, persons or tolls."""
    return names_more(one, other) and names_more(other, one)


def names_more(one: Read, other: Read) -> bool:
    more = set(one.title) & set(one.summary) - set(other.title) - set(other.summary)
    return any(len(word) > 2 or UNSPACED.match(word) for word in more)


def holds(one: list[str], other: list[str]) -> bool:
    """Whether the shorter of two titles stands in the other as it is."""
    short, long = sorted((f" {' '.join(text)} " for text in (one, other)), key=len)
    return short in long


def alike(one: list[str], other: list[str]) -> float:
    """The share of words in common order, as far as the shorter text goes."""
    end = min(len(one), len(other))
    return Indel.normalized_similarity(one[:end], other[:end])


def differ_in_numbers(one: list[str], other: list[str]) -> bool:
    """Whether two texts have other numbers at one place. One that stands before all or after all that they share may
    be of a dateline, or of what was cut."""
    places = [tuple(list(filter(str.isdigit, words)) for words in gap) for gap in gaps(one, other)]
    return any(left != right for left, right in places[1:-1]) or any(
        left and right and left != right for left, right in (places[0], places[-1])
    )


def gaps(one: list[str], other: list[str]) -> Iterator[tuple[list[str], list[str]]]:
    """What each of two texts has before, between and after the words in common order."""
    end = min(len(one), len(other))
    done = other_done = 0
    for block in Indel.opcodes(one[:end], other[:end]).as_matching_blocks():
        yield one[done : block.a], other[other_done : block.b]
        done, other_done = block.a + block.size, block.b + block.size
