"""An item's title and summary as one normalised text, and where in it the terms of the lexicon truly stand."""

import re
from bisect import bisect_left
from functools import cached_property
from typing import NamedTuple

from mentions.lexicon import LOOSE_LENGTH, Language, Term
from mentions.text import Text, folded, is_word, mapped, shouts

STOP = re.compile(r"(?<=\w{3})[.!?؟۔।](?= |$)|(?<=\w\w)[।。！？；;]|\n")
"""Ends of sentences: three letters before a full stop, so that no initial or title ends one."""


class Hit(NamedTuple):
    """A term at a place of the passage's normalised text; `end` takes in the whole word of a stem."""

    term: Term
    start: int
    end: int
    unsure: bool = False

    def meets(self, other: "Hit") -> bool:
        return self.start < other.end and other.start < self.end


class Passage:
    """Title and summary in one; offsets of hits run over `plain`, a line break parts the two fields.

    What only some items need is worked out when it is first asked for.
    """

    def __init__(self, title: str, summary: str) -> None:
        plain = folded(title)
        self.given = (title, summary)
        self.seam = len(plain)
        self.plain = f"{plain}\n{folded(summary)}"

    @cached_property
    def title(self) -> Text:
        return mapped(self.given[0])

    @cached_property
    def summary(self) -> Text:
        return mapped(self.given[1])

    @cached_property
    def spaces(self) -> list[int]:
        return [place for place, char in enumerate(self.plain) if char in " \n"]

    @cached_property
    def stops(self) -> list[int]:
        return [found.start() for found in STOP.finditer(self.plain)]

    @cached_property
    def shouting(self) -> tuple[bool, bool]:
        return shouts(self.given[0]), shouts(self.given[1])

    def word(self, place: int) -> int:
        """The number of the word at a place."""
        return bisect_left(self.spaces, place)

    def sentence(self, place: int) -> int:
        """The number of the sentence at a place."""
        return bisect_left(self.stops, place)

    def quoted(self, hit: Hit) -> tuple[str, int, int, str]:
        """Field, start, end and the very words of a hit, as given."""
        text, base = (self.summary, self.seam + 1) if hit.start > self.seam else (self.title, 0)
        start, end = text.starts[hit.start - base], text.ends[hit.end - 1 - base]
        field = "summary" if base else "title"
        return field, start, end, self.given[base > 0][start:end]

    def hit(self, term: Term, start: int, end: int, language: Language | None) -> Hit | None:
        """The hit of a term whose search key stands at [start, end), or None where it is not a word by itself."""
        if term.rest:
            rest = term.rest.match(self.plain, end)
            if not rest:
                return None
            end = rest.end()
        if not self._opens(start, end - start, language) or not (term.stem or self._closes(start, end, language)):
            return None
        if term.stem:
            while end < len(self.plain) and is_word(self.plain[end]):
                end += 1
        if not term.cased:
            return Hit(term, start, end, term.unsure)
        # In a field all in capitals case tells nothing: a term that asks for its spelling is in doubt there.
        # One that asks for small letters tells a fabric from the place by them, and cannot stand there at all.
        if self.shouting[start > self.seam]:
            return None if term.cased.islower() else Hit(term, start, end, unsure=True)
        hit = Hit(term, start, end, term.unsure)
        return hit if term.cased in self.given[start > self.seam] and term.cased in self.quoted(hit)[3] else None

    def _opens(self, start: int, length: int, language: Language | None) -> bool:
        plain = self.plain
        if not start or not is_word(plain[start - 1]) or not is_word(plain[start]):
            return True
        if language is None:
            return False
        if length >= LOOSE_LENGTH and plain[start - 1] in language.loose_after:
            return True
        return bool(language.prefixes) and self._prefixed(start, language.prefixes)

    def _prefixed(self, start: int, prefixes: tuple[str, ...]) -> bool:
        """Whether only one or two particles stand between the word's first letter and a place."""
        first = start
        while first and is_word(self.plain[first - 1]):
            first -= 1
        joined = self.plain[first:start]
        return any(joined == one or joined.removeprefix(one) in prefixes for one in prefixes if joined.startswith(one))

    def _closes(self, start: int, end: int, language: Language | None) -> bool:
        plain = self.plain
        if end == len(plain) or not is_word(plain[end]) or not is_word(plain[end - 1]):
            return True
        if language is None or end - start < LOOSE_LENGTH or plain[end] in language.endings:
            return False
        return plain[end - 1] in language.loose_after
