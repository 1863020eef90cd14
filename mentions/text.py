"""One normalisation of feed text for matching, with a way back to the very characters that were given."""

import html
import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from opencc import OpenCC

# One letter of each group stands for all: spellings of one word differ between keyboards, countries and archives.
SAME = {
    "ک": "ك",
    "ی": "يىئ",
    "ہ": "هھةۀۂۃە",  # Urdu archives write ہ for ھ
    "ا": "ٱ",
    "ं": "ँ",
    "ি": "ী",  # Bengali writes the name with either vowel
    "i": "ı",
    "'": "’‘ʼ`´ʹ",
    '"': "“”„«»‹›″",
    " ": "_−‐‑‒–—―-/·•・",  # a hyphen and a space are one inside compounds; a slash joins two names, a dot their parts
}
LETTER_OF = {other: letter for letter, others in SAME.items() for other in others}
SIMPLIFIED: Callable[[str], str] = OpenCC("t2s").convert

# Python's own pattern of html.unescape, so that both roads below decode the same spans.
REFERENCE = re.compile(r"&(?:#[0-9]+;?|#[xX][0-9a-fA-F]+;?|[^\t\n\f <&#;]{1,32};?)")
INLINE_TAG = re.compile(r"</?(?:b|i|em|strong|u|mark|span|font|sup|sub)(?:\s[^<>]*)?>", re.IGNORECASE)
MARKS = r"\u0300-\u036f\u0610-\u065f\u0670\u06d6-\u06ed\u0900-\u0dff\u3099\u309a"
"""What belongs to a word beside letters, digits and "_": Python's own word class leaves vowel signs out."""

NOT_PROSE = re.compile(
    r"<(?i:(script|style)\b.*?</\1\s*>)|<!--.*?-->"
    rf"|<[a-zA-Z/!?](?![{MARKS}])[^<>]*>|(?<![\w{MARKS}])(?:https?://|pic\.twitter\.com/)\S+"
    rf"|(?<![\w.{MARKS}])@[\w{MARKS}]+",  # an account's name is no more a signal than an outlet's
    re.DOTALL,
)
MARKUP = ("&", "<", "#", "@", "://", "pic.")
HASHTAG = re.compile(rf"#([\w{MARKS}]+)")
CAPITALS = "A-ZÀ-ÖØ-ÞĆČĞİŒŞŠŽА-ЯЁ"
SMALL = rf"[^\W\d_{CAPITALS}]"
SEAM = re.compile(
    rf"(?<={SMALL})(?=[{CAPITALS}\d])|(?<=[{CAPITALS}])(?=[{CAPITALS}]{SMALL})"
    rf"|(?<=[{CAPITALS}]{{2}})(?=\d)|(?<=\d)(?=[^\W\d_])"
)


@dataclass(frozen=True, slots=True)
class Text:
    """Normalised text; character i of `plain` came from given[starts[i]:ends[i]]."""

    plain: str
    starts: Sequence[int]
    ends: Sequence[int]


def folded(given: str) -> str:
    """The normalised form of a text: entities decoded twice, markup, addresses and accounts dropped, hashtags split,
    letter case, marks, joiners and spelling variants folded, white space and hyphens one space, none between Han letters.

    The rules are those of the domain brief: they only need to be the same for a term and for a text.
    """
    text = given
    if "&" in text:
        text = html.unescape(html.unescape(text))
    if "<" in text:
        text = INLINE_TAG.sub("", text)
    if "<" in text or "@" in text or "://" in text or "pic." in text:
        text = NOT_PROSE.sub(" ", text)
    if "#" in text:
        text = HASHTAG.sub(_split_hashtag, text)
    # Most letters are as they should be once lower case is made: looking for the others is three times as quick as
    # translating all, and a plain table does it for ASCII.
    text = text.translate(FOLD) if text.isascii() else OTHER.sub(_of_other, text.lower())
    if "  " in text or text[:1] == " " or text[-1:] == " ":
        text = " ".join(text.split())
    return text if text.isascii() else HAN_GAP.sub("", text)


def mapped(given: str) -> Text:
    """What `folded` gives, with the place of each character in the given text; several times slower."""
    text = Text(given, range(len(given)), range(1, len(given) + 1))
    for pattern, replacement in MARKUP_STEPS + STEPS if any(mark in given for mark in MARKUP) else STEPS:
        text = _rewritten(text, pattern, replacement)
    return text


def is_word(char: str) -> bool:
    """Whether a character belongs to a word with edges: letters, digits and marks, but in scripts without spaces."""
    return WORD[char]


def shouts(given: str) -> bool:
    """Whether more than 70 % of the letters are capitals, so that case tells nothing (six letters at least)."""
    capitals = sum(map(str.isupper, given))
    return capitals >= 6 and capitals > 0.7 * sum(map(str.isalpha, given))


class _Fold(dict[int, str]):
    """Code point to normalised characters, computed once each; `str.translate` reads it."""

    def __missing__(self, point: int) -> str:
        self[point] = value = _letters(chr(point))
        return value


class _Word(dict[str, bool]):
    """What `is_word` says of a character, found out once each."""

    def __missing__(self, char: str) -> bool:
        self[char] = value = unicodedata.category(char)[0] in "LNM" and not UNSPACED.match(char)
        return value


def _of_other(found: re.Match[str]) -> str:
    return FOLD[ord(found[0])]


def _plain_letters() -> str:
    """The letters of the scripts of the lexicon that normalisation leaves as they are."""
    spans = ((0x20, 0x7F), (0xDF, 0x250), (0x400, 0x530), (0x600, 0x700), (0x900, 0xA00))
    letters = [char for first, end in spans for char in map(chr, range(first, end)) if FOLD[ord(char)] == char]
    han = [*map(chr, range(0x4E00, 0xA000))]
    simple = SIMPLIFIED("\n".join(han)).split("\n")  # one call for all: 20,000 would take 60 ms
    return "".join(letters + [char for char, other in zip(han, simple, strict=True) if char == other])


def is_han(char: str) -> bool:
    """Whether a character is a Chinese one: no spaces stand between these."""
    return "\u3400" <= char <= "\u9fff" or "\U00020000" <= char <= "\U0003ffff"


def _letters(char: str) -> str:
    if char in LETTER_OF:
        return LETTER_OF[char]
    if is_han(char):
        return SIMPLIFIED(char)
    parts = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", char).casefold())
    return "".join(map(_letter, parts))


def _letter(char: str) -> str:
    if char.isspace() or unicodedata.category(char) == "Cc":
        return " "
    if char == "ـ" or unicodedata.category(char) in ("Cf", "Cs") or _is_accent(char):
        return ""
    digit = unicodedata.decimal(char, None)
    return LETTER_OF.get(char, char) if digit is None else str(digit)


def _is_accent(char: str) -> bool:
    """Marks that spellings leave out at will: all that sit above or below, save the Indic virama (class 9)."""
    return unicodedata.combining(char) not in (0, 9) or "\ufe00" <= char <= "\ufe0f"


def _split_hashtag(found: re.Match[str]) -> str:
    body = unicodedata.normalize("NFC", found[1])
    split = SEAM.sub(" ", body)
    return f" {body} " if split == body else f" {body} {split} "


def _rewritten(text: Text, pattern: re.Pattern[str], replacement: Callable[[re.Match[str]], str]) -> Text:
    """Each match replaced; the new characters stand for the whole span of the match."""
    matches = [(*found.span(), replacement(found)) for found in pattern.finditer(text.plain)]
    if not matches:
        return text
    starts, ends = list(text.starts), list(text.ends)
    for first, after, new in reversed(matches):
        if not after - first == len(new) == 1:
            starts[first:after] = [starts[first]] * len(new)
            ends[first:after] = [ends[after - 1]] * len(new)
    return Text(pattern.sub(replacement, text.plain), starts, ends)


FOLD = _Fold()
# One at a time: `re` skips what cannot begin a match twice as fast where the pattern opens with a set, not a repeat.
OTHER = re.compile(f"[^{re.escape(_plain_letters())}]")
HAN = r"[\u3400-\u9fff\U00020000-\U0003ffff]"
HAN_GAP = re.compile(f" (?<={HAN} )(?={HAN})")
# All that `folded` takes away of white space, in one: at either end, behind another space, between Han letters.
IDLE_SPACE = re.compile(f" (?:(?<![^ ] )|(?= *$)|(?<={HAN} )(?= *{HAN}))")
WORD = _Word()
UNSPACED = re.compile(r"[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
Steps = tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str]], ...]
MARKUP_STEPS: Steps = (
    (REFERENCE, lambda found: html.unescape(found[0])),
    (REFERENCE, lambda found: html.unescape(found[0])),
    (INLINE_TAG, lambda found: ""),
    (NOT_PROSE, lambda found: " "),
    (HASHTAG, _split_hashtag),
)
STEPS: Steps = ((OTHER, _of_other), (IDLE_SPACE, lambda found: ""))
