"""What people type to search, and the texts it is searched in, cut into the same words; nothing here knows SQL."""

import re
import unicodedata
from functools import lru_cache
from itertools import groupby
from typing import NamedTuple, NoReturn

from mentions.text import LETTER_OF, folded, is_word

LONGEST = 200
"""Characters of a query."""

DEEPEST = 8
"""Brackets within brackets: SQLite's parser of such expressions has a stack of 100 signs."""


class QueryError(ValueError):
    """What was typed cannot be searched for; the message tells whoever typed it what to type instead."""


class Query(NamedTuple):
    """What somebody typed, as an expression in the language of SQLite's FTS5 over segmented texts."""

    expression: str


def segmented(text: str) -> str:
    """The words of a text as they are indexed, normalised by mentions/text.py, with a space between two.

    Scripts without spaces (Han, kana, Thai) give each letter with the one that follows, and the last of a run alone:
    any part of a run is then a sequence of such pairs, and no sequence leads from one run into the next. The words
    hold nothing but letters, digits and marks, so that FTS5's tokenizer `ascii` cuts them at the spaces only.
    """
    return " ".join(map(_cut, folded(text).translate(LETTERS).split()))


def query_of(text: str) -> Query:
    """What somebody typed, as an expression for FTS5.

    All words must occur, in title or summary; "a phrase" stands as it is; word* is any word that begins so; OR, NOT and
    AND are written in capitals, - before a word is NOT, brackets group, and AND binds closer than OR. `title:` before a
    word, phrase or bracket looks in titles only. Raises QueryError.
    """
    if len(text) > LONGEST:
        raise QueryError(f"A search has at most {LONGEST} characters, and these are {len(text)}: leave some words out.")
    reader = _Reader(_tokens(_signs(text)))
    expression = reader.either()
    if reader.kind:
        raise QueryError("A bracket is closed that was not opened: put ( before the words that belong together.")
    return Query(expression)


def query_fault(text: str) -> str:
    """What is wrong with what somebody typed, and what to type instead; "" for nothing."""
    try:
        query_of(text)
    except QueryError as error:
        return str(error)
    return ""


class _Token(NamedTuple):
    kind: str  # ( ) AND OR NOT title: or word; "" at the end
    text: str = ""
    star: bool = False


class _Reader:
    """Reads tokens by rules that stand one below the other: what is between ORs, what must all occur, one of these.

    Each gives an expression that needs no brackets around it, or "" for signs that are no words.
    """

    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens = [*tokens, _Token("")]
        self._place = 0
        self._depth = 0

    @property
    def kind(self) -> str:
        """Of what kind the next token is, "" at the end."""
        return self._tokens[self._place].kind

    def either(self) -> str:
        """Alternatives with OR between them."""
        ways = [self._all()]
        while self.kind == "OR":
            self._take()
            ways.append(self._all())
        return _joined(" OR ", ways)

    def _all(self) -> str:
        start = self._place
        wanted, unwanted = [], []
        while self.kind not in ("OR", ")", ""):
            if self.kind == "AND":
                self._pass_and(start)
            if self.kind == "NOT":
                unwanted.append(self._next(STRAY_NOT))
            elif found := self._one(STRAY_AND):  # signs between words are no words
                wanted.append(found)
        if not wanted:
            self._explain_nothing(start, bool(unwanted))
        both = _joined(" AND ", wanted)
        return f"({both} NOT {_joined(' OR ', unwanted)})" if unwanted else both

    def _pass_and(self, start: int) -> None:
        first = self._place == start
        self._take()
        if first or self.kind in ("AND", "OR", ")", ""):
            raise QueryError(STRAY_AND)

    def _explain_nothing(self, start: int, unwanted: bool) -> NoReturn:
        typed = " ".join(token.text for token in self._tokens[start : self._place]).strip()
        if unwanted:
            raise QueryError("NOT only leaves out: add a word that must occur, as in kashmir -cricket.")
        if typed:
            raise QueryError(
                f"There is no word in {typed}: signs, web addresses and names of accounts are not searched."
            )
        if self.kind == "OR" or (start and self._tokens[start - 1].kind == "OR"):
            raise QueryError("OR stands between two words, as in talks OR mediation.")
        if self._depth:
            raise QueryError("There is no word between the brackets: type one, as in kashmir (talks OR mediation).")
        raise QueryError("Type a word to search for; where there are several, all must occur.")

    def _one(self, otherwise: str) -> str:
        """A word, phrase or bracket, or one of them in titles; "" for signs only."""
        return f"title : {self._next(STRAY_TITLE)}" if self.kind == "title:" else self._unit(otherwise)

    def _next(self, otherwise: str) -> str:
        """What follows NOT or title:, in titles or not; raises QueryError with these words where it is no word."""
        within_title = self._take().kind == "title:"
        found = self._unit(otherwise) if within_title else self._one(otherwise)
        if not found:
            raise QueryError(otherwise)
        return found

    def _unit(self, otherwise: str) -> str:
        token = self._take()
        if token.kind == "word":
            return _phrase(token)
        if token.kind != "(":
            raise QueryError(otherwise)
        self._depth += 1
        if self._depth > DEEPEST:
            raise QueryError(f"Brackets may stand in brackets {DEEPEST} deep: leave some out.")
        found = self.either()
        if self._take().kind != ")":
            raise QueryError("A bracket is not closed: put ) after the words that belong together.")
        self._depth -= 1
        return found

    def _take(self) -> _Token:
        token = self._tokens[self._place]
        self._place += bool(token.kind)
        return token


class _Letters(dict[int, str | int]):
    """Code point to itself if it belongs to words, else a space; `str.translate` reads it."""

    def __missing__(self, point: int) -> int | str:
        self[point] = value = point if unicodedata.category(chr(point))[0] in "LNM" else " "
        return value


@lru_cache(maxsize=1 << 16)
def _cut(word: str) -> str:
    """A word, with what is written without spaces in pairs; texts have the same few thousand over and over."""
    if word.isascii():
        return word
    runs = [(spaced, "".join(letters)) for spaced, letters in groupby(word, is_word)]
    return " ".join(token for spaced, run in runs for token in ([run] if spaced else _pairs(run)))


def _pairs(run: str) -> list[str]:
    return [run[place : place + 2] for place in range(len(run))]


def _signs(text: str) -> str:
    """What was typed with the signs of any keyboard as those of ASCII, and without marks that nobody sees."""
    seen = "".join(char for char in text if unicodedata.category(char) != "Cf")
    return " ".join(seen.translate(SIGNS).split())


def _tokens(text: str) -> list[_Token]:
    tokens, place = [], 0
    while place < len(text):
        found = TOKEN.match(text, place)
        if not found:
            raise QueryError(MISSING_QUOTE if text[place] == '"' else LONE_STAR)
        place = found.end()
        if found["star"] and text[found.end("star") : found.end("star") + 1].strip(" )"):
            raise QueryError(LONE_STAR)
        tokens.append(_token(found))
    return tokens


def _token(found: re.Match[str]) -> _Token:
    if sign := found["sign"]:
        return _Token("NOT" if sign[0] == "-" else sign.lower())
    word = found["word"]
    if word in ("AND", "OR", "NOT") and not found["star"]:
        return _Token(word)
    return _Token("word", found["quoted"] if word is None else word, bool(found["star"]))


def _phrase(token: _Token) -> str:
    """The words of a token in their order; "" for none."""
    words = segmented(token.text).split()
    if not words:
        return ""
    last, star = words[-1], token.star
    if len(last) == 1 and not is_word(last):
        if len(words) > 1 and len(words[-2]) == 2 and words[-2][1] == last:
            words.pop()  # in a text the run may go on
        elif len(words) > 1 or star:
            star = True
        else:
            raise QueryError(
                f"One letter alone is too short here: type two, or {last}* for all places where it stands."
            )
    return f'"{" ".join(words)}"{" *" if star else ""}'


def _joined(sign: str, parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"({sign.join(parts)})"


LETTERS = _Letters()

QUOTES = "".join(char for char, letter in LETTER_OF.items() if letter == '"') + "「」『』〝〞❝❞"
DASHES = "−‐‑‒–—―﹣﹘"
SIGNS = (
    {point: point - 0xFEE0 for point in range(0xFF01, 0xFF5F)}  # full width
    | dict.fromkeys(map(ord, QUOTES), ord('"'))
    | dict.fromkeys(map(ord, DASHES), ord("-"))
)

TOKEN = re.compile(
    r"""(?: (?P<sign> [()] | -+(?=[^ )-]) | (?i:title): )
    | (?: "(?P<quoted>[^"]*)" | (?P<word>[^ "()*]+) ) (?P<star>\*?) )\ ?""",
    re.VERBOSE,
)
STRAY_AND = "AND stands between two words, as in kashmir AND talks."
STRAY_NOT = "- or NOT stands before the word that must not occur, as in kashmir -cricket."
STRAY_TITLE = "title: stands before a word, phrase or bracket, as in title:kashmir."
LONE_STAR = "* stands at the end of a word only, for all that begin so: kashmir*."
MISSING_QUOTE = 'A quotation mark is missing: put one before the phrase and one after it, as in "line of control".'
