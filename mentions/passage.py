"""An item's title and summary as one normalised text, and where in it the terms of the lexicon truly stand."""

import re
from bisect import bisect_left
from functools import cached_property
from typing import NamedTuple

from mentions.lexicon import LOOSE_LENGTH, Language, Term
from mentions.text import WORD, Text, folded, is_word, mapped, shouts

STOP = re.compile(r"[.!?؟۔।。！？；;\n](?:(?<=\w{3}[.!?؟۔।])(?= |$)|(?<=\w\w[।。！？；;])|(?<=\n))")
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
    def stops(self) -> list[int]:
        return [found.start() for found in STOP.finditer(self.plain)]

    @cached_property
    def shouting(self) -> tuple[bool, bool]:
        return shouts(self.given[0]), shouts(self.given[1])

    def words(self, start: int, end: int) -> int:
        """How many words after one that ends at `start` another stands that begins at `end`."""
        return self.plain.count(" ", start - 1, end) + self.plain.count("\n", start - 1, end)

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
        """The hit of a term whose search key stands at [start, end), or None where it is not a word by itself.

        `language` is the term's own, where that is one whose writers join words.
        """
        plain = self.plain
        inside = start > 0 and WORD[plain[start - 1]] and WORD[plain[start]]
        if inside and not language:
            return None
        if term.rest:
            rest = term.rest.match(plain, end)
            if not rest:
                return None
            end = rest.end()
        if inside and not (language and self._may_open(start, end - start, language)):
            return None
        goes_on = end < len(plain) and WORD[plain[end]]
        if term.stem:
            while goes_on:
                end += 1
                goes_on = end < len(plain) and WORD[plain[end]]
        elif goes_on and WORD[plain[end - 1]] and not (language and self._may_close(start, end, language)):
            return None
        return self._spelt(Hit(term, start, end, term.unsure)) if term.cased else Hit(term, start, end, term.unsure)

    def _spelt(self, hit: Hit) -> Hit | None:
        """The hit of a term that asks for its spelling, or None where it is spelt in another way."""
        cased, field = hit.term.cased, hit.start > self.seam
        # In a field all in capitals case tells nothing: a term that asks for its spelling is in doubt there.
        # One that asks for small letters tells a fabric from the place by them, and cannot stand there at all.
        if self.shouting[field]:
            return None if cased.islower() else hit._replace(unsure=True)
        return hit if cased in self.given[field] and cased in self.quoted(hit)[3] else None

    def _may_open(self, start: int, length: int, language: Language) -> bool:
        """Whether a term may begin inside a word: behind a letter that leaves out the space, or behind particles."""
        if length >= LOOSE_LENGTH and self.plain[start - 1] in language.loose_after:
            return True
        return bool(language.prefixes) and self._prefixed(start, language.prefixes)

    def _prefixed(self, start: int, prefixes: tuple[str, ...]) -> bool:
        """Whether only one or two particles stand between the word's first letter and a place."""
        first = start
        while first and is_word(self.plain[first - 1]):
            first -= 1
        joined = self.plain[first:start]
        return any(joined == one or joined.removeprefix(one) in prefixes for one in prefixes if joined.startswith(one))

    def _may_close(self, start: int, end: int, language: Language) -> bool:
        """Whether a term may end inside a word: where its last letter leaves out the space."""
        if end - start < LOOSE_LENGTH or self.plain[end] in language.endings:
            return False
        return self.plain[end - 1] in language.loose_after
