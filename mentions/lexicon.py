"""Reads data/lexicon/*.toml into terms and rules, and says which file and block is wrong (notation: its README)."""

import hashlib
import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import chain, product
from pathlib import Path
from typing import Any

from mentions.text import folded

DIMENSIONS = ("forums", "topics", "naming", "actors")
BITS = 62  # a mask must fit a signed 64-bit integer of any database, with one bit to spare
SETTINGS = frozenset({"label", "bit", "group", "note", "not", "when", "unless", "yields_to"})
CONDITIONS = frozenset({"id", "all", "none", "near", "ordered", "note"})
EVERY_LANGUAGE = "any"


class LexiconError(ValueError):
    """A lexicon file cannot be used; the message names the file, the block and the field."""


@dataclass(frozen=True, slots=True)
class Label:
    """A tag as the interface shows it; `bit` is its place in the dimension's mask, fixed for ever."""

    id: str
    label: str
    bit: int
    group: str = ""


@dataclass(frozen=True, slots=True)
class Language:
    """How a language is written, so that its terms are looked for where they can stand."""

    id: str
    script: str
    prefixes: tuple[str, ...] = ()  # particles written onto the next word, up to two
    loose_after: str = ""  # letters after which writers leave out the space
    endings: str = ""  # letters that begin an ending: after them no such space is taken for left out
    common: frozenset[str] = frozenset()  # everyday words that give the language away


@dataclass(frozen=True, slots=True)
class Term:
    """One entry of a word list. `key` is what is searched for, `rest` what must follow where a stem stands inside."""

    block: str
    rule: str
    language: str
    key: str
    rest: re.Pattern[str] | None = None
    stem: bool = False
    cased: str = ""  # the exact spelling asked for, or ""
    unsure: bool = False  # "?": only where no entry of `not` stands in the item
    aside: bool = False  # "~": never makes an item relevant
    against: bool = False  # an entry of `not`


@dataclass(frozen=True, slots=True)
class Condition:
    """One `when`: a hit of each of `every` (each a choice of blocks), `near` words apart (0: anywhere), none of `none`."""

    rule: str
    every: tuple[tuple[str, ...], ...]
    none: tuple[str, ...] = ()
    near: int = 0
    ordered: bool = False


@dataclass(frozen=True, slots=True)
class Block:
    """One table of a file: its word lists stand in the lexicon's terms, its conditions here."""

    name: str  # topics.militancy, or a bare name for word lists
    when: tuple[Condition, ...] = ()
    unless: tuple[str, ...] = ()  # blocks beside which this one does not count
    yields_to: tuple[str, ...] = ()  # a hit that overlaps a hit of these does not count


@dataclass(frozen=True, slots=True)
class Lexicon:
    """All of data/lexicon, checked. `version` is a short hash of the content, whatever the files' order."""

    version: str
    forums: tuple[Label, ...]
    topics: tuple[Label, ...]
    naming: tuple[Label, ...]
    actors: tuple[Label, ...]
    languages: dict[str, Language] = field(repr=False)
    blocks: dict[str, Block] = field(repr=False)
    terms: tuple[Term, ...] = field(repr=False)


def ids(labels: Iterable[Label], mask: int) -> list[str]:
    """The ids whose bit is set in a mask, in file order."""
    return [label.id for label in labels if mask >> label.bit & 1]


def load_lexicon(folder: Path) -> Lexicon:
    """The lexicon of a folder of TOML files; raises LexiconError naming file, block and field of what is wrong."""
    texts = {path.name: path.read_bytes() for path in sorted(folder.glob("*.toml"))}
    for needed in ("languages.toml", "relevance.toml", *(f"{name}.toml" for name in DIMENSIONS)):
        if needed not in texts:
            raise LexiconError(f"{folder / needed}: there is no such file")
    tables = {name: _table(folder / name, text) for name, text in texts.items()}
    languages = {id: _language(folder, id, entry) for id, entry in tables.pop("languages.toml").items()}
    readers = [_File(folder / name, table, languages) for name, table in tables.items()]
    labels = {reader.dimension: reader.labels() for reader in readers if reader.dimension}
    blocks = _unique(readers)
    _check_references(folder, blocks)
    terms = tuple(term for reader in readers for term in reader.terms())
    return Lexicon(_version(texts), **labels, languages=languages, blocks=blocks, terms=terms)


def _table(path: Path, text: bytes) -> dict[str, dict[str, Any]]:
    try:
        table = tomllib.loads(text.decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise LexiconError(f"{path}: {error}") from error
    for id, entry in table.items():
        if not isinstance(entry, dict):
            raise LexiconError(f"{path}: {id} is not a block: every list must stand below a [name]")
        if not all(isinstance(one, dict) for one in _listed(entry.get("when", []))):
            raise LexiconError(f"{path}: block {id}: when must be written as [[{id}.when]]")
    return table


def _listed(value: object) -> list[object]:
    return value if isinstance(value, list) else [value]


def _version(texts: dict[str, bytes]) -> str:
    return hashlib.sha256(b"\0".join(sorted(hashlib.sha256(text).digest() for text in texts.values()))).hexdigest()[:12]


def _language(folder: Path, id: str, entry: dict[str, Any]) -> Language:
    if "script" not in entry:
        raise LexiconError(f"{folder / 'languages.toml'}: block {id}: script is missing")
    return Language(
        id,
        entry["script"],
        tuple(folded(prefix) for prefix in entry.get("prefixes", ())),
        folded(entry.get("loose_after", "")),
        folded(entry.get("endings", "")),
        frozenset(map(folded, entry.get("common", ()))),
    )


def _unique(readers: list["_File"]) -> dict[str, Block]:
    found: dict[str, Block] = {}
    for reader in readers:
        for block in reader.blocks():
            if block.name in found:
                raise LexiconError(f"{reader.path}: block {block.name}: another file has a block with this id")
            found[block.name] = block
    return found


def _check_references(folder: Path, blocks: dict[str, Block]) -> None:
    known = {*blocks, *DIMENSIONS}
    for block in blocks.values():
        asked = {name for when in block.when for choice in (*when.every, when.none) for name in choice}
        if unknown := sorted({*asked, *block.unless, *block.yields_to} - known):
            raise LexiconError(f"{folder}: block {block.name} refers to {unknown[0]!r}, which is in no file")


@dataclass(frozen=True, slots=True)
class _File:
    """One TOML file being read: the place for the messages beside the content."""

    path: Path
    table: dict[str, dict[str, Any]]
    languages: dict[str, Language]

    @property
    def dimension(self) -> str:
        return self.path.stem if self.path.stem in DIMENSIONS else ""

    def labels(self) -> tuple[Label, ...]:
        found = tuple(self._label(id, entry) for id, entry in self.table.items())
        for place, label in enumerate(found):
            if twin := next((other for other in found[:place] if other.bit == label.bit), None):
                raise self._error(label.id, "bit", f"{label.bit} is taken by {twin.id}")
        return found

    def blocks(self) -> Iterator[Block]:
        for id, entry in self.table.items():
            when = tuple(self._condition(id, number, one) for number, one in enumerate(entry.get("when", ()), 1))
            unless, yields_to = (tuple(self._texts(id, key, entry.get(key, []))) for key in ("unless", "yields_to"))
            yield Block(self._name(id), when, unless, yields_to)

    def terms(self) -> Iterator[Term]:
        for id, entry in self.table.items():
            for key, value in entry.items():
                if key == "not":
                    yield from self._entries(id, "not", EVERY_LANGUAGE, value)
                elif key == EVERY_LANGUAGE or key in self.languages:
                    yield from self._entries(id, key, key, value)
                elif key not in SETTINGS:
                    raise self._error(id, key, "is neither a language of languages.toml nor a setting")

    def _entries(self, id: str, key: str, language: str, entries: object) -> Iterator[Term]:
        for entry in self._texts(id, key, entries):
            yield from _spellings(self._term(id, key, language, entry), self.languages)

    def _texts(self, id: str, key: str, value: object) -> list[str]:
        if not isinstance(value, list):
            raise self._error(id, key, "must be a list")
        if wrong := [one for one in value if not isinstance(one, str)]:
            raise self._error(id, key, f"holds {wrong[0]!r}, which is not a text in quotes")
        return value

    def _term(self, id: str, key: str, language: str, entry: str) -> Term:
        body = entry.lstrip("?~")
        cased = body[1:] if body.startswith("=") else ""
        first, *inner = body.removeprefix("=").removesuffix("*").split("*")
        parts = [folded(part) for part in (first, *inner)]
        if not all(parts):
            raise self._error(id, key, f"{entry!r} is empty after normalisation")
        # A stem inside a term: letters may follow it up to the next word.
        rest = re.compile("".join(rf"[^\s\"'.,;:!?()]*\s?{re.escape(part)}" for part in parts[1:])) if inner else None
        name = self._name(id)
        return Term(
            block=name,
            rule=f"{name}.{key}",
            language=language,
            key=parts[0],
            rest=rest,
            stem=body.endswith("*"),
            cased=cased,
            unsure="?" in entry[:2],
            aside="~" in entry[:2],
            against=key == "not",
        )

    def _name(self, id: str) -> str:
        return f"{self.dimension}.{id}" if self.dimension else id

    def _label(self, id: str, entry: dict[str, Any]) -> Label:
        for needed in ("label", "bit"):
            if needed not in entry:
                raise self._error(id, needed, "is missing")
        bit = entry["bit"]
        if type(bit) is not int or not 0 <= bit < BITS:
            raise self._error(id, "bit", f"{bit!r} is not a whole number from 0 to {BITS - 1}")
        return Label(id, str(entry["label"]), bit, str(entry.get("group", "")))

    def _condition(self, id: str, number: int, entry: dict[str, Any]) -> Condition:
        key = f"when {number}"
        if unknown := sorted(entry.keys() - CONDITIONS):
            raise self._error(id, key, f"knows no {unknown[0]!r}")
        if not entry.get("all"):
            raise self._error(id, key, "needs `all`")
        near = entry.get("near", 0)
        if type(near) is not int or near < 0:
            raise self._error(id, key, f"near {near!r} is not a number of words")
        return Condition(
            f"{self._name(id)}.{entry.get('id', number)}",
            tuple(tuple(choice.split("|")) for choice in self._texts(id, key, entry["all"])),
            tuple(self._texts(id, key, entry.get("none", []))),
            near,
            bool(entry.get("ordered", False)),
        )

    def _error(self, id: str, key: str, what: str) -> LexiconError:
        return LexiconError(f"{self.path}: block {id}: {key} {what}")


def _spellings(term: Term, languages: dict[str, Language]) -> set[Term]:
    """A term, and where its language leaves spaces out after some letters, its spellings without them."""
    loose = languages[term.language].loose_after if term.language in languages else ""
    if not loose or " " not in term.key:
        return {term}
    words = term.key.split(" ")
    gaps = [("", " ") if word[-1] in loose else (" ",) for word in words[:-1]]
    keys = {"".join(chain.from_iterable(zip(words, (*gap, ""), strict=True))) for gap in product(*gaps)}
    return {replace(term, key=key) for key in {*keys, term.key.replace(" ", "")}}
