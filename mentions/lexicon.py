"""Reads data/lexicon/*.toml into terms and rules, and says which file and block is wrong (notation: its README)."""

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from itertools import chain, product
from pathlib import Path
from typing import Any, NamedTuple

import tomli

from mentions.text import folded, is_word

DIMENSIONS = ("forums", "topics", "naming", "actors")
BITS = 62  # a mask must fit a signed 64-bit integer of any database, with one bit to spare
SETTINGS = frozenset({"label", "bit", "group", "note", "not", "when", "holders", "unless", "yields_to"})
CONDITIONS = frozenset({"id", "all", "none", "near", "ordered", "note"})
TENURE = frozenset({"office", "from", "until", "verified"})
EVERY_LANGUAGE = "any"
LOOSE_LENGTH = 4  # shorter words turn up inside others too often to be found without a space


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


@dataclass(frozen=True)
class Rest:
    """What follows a stem inside a term: letters up to the next word, and the words of `parts` in turn."""

    parts: tuple[str, ...]

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        # Compiled at the first look, as most are never looked for and all of them cost a fifth of the load.
        return re.compile("".join(rf"[^\s\"'.,;:!?()]*\s?{re.escape(part)}" for part in self.parts))

    def match(self, text: str, place: int) -> re.Match[str] | None:
        return self._pattern.match(text, place)


class Term(NamedTuple):
    """One entry of a word list. `key` is what is searched for, `rest` what must follow where a stem stands inside."""

    block: str
    rule: str
    language: str
    key: str
    rest: Rest | None = None
    stem: bool = False
    cased: str = ""  # the exact spelling asked for, or ""
    unsure: bool = False  # "?": only where no entry of `not` stands in the item
    aside: bool = False  # "~": never makes an item relevant
    against: bool = False  # an entry of `not`
    since: date | None = None  # the name of a person: counts in items of the days in office, both ends included
    until: date | None = None


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
    for needed in ("languages.toml", "bits.toml", "relevance.toml", *(f"{name}.toml" for name in DIMENSIONS)):
        if needed not in texts:
            raise LexiconError(f"{folder / needed}: there is no such file")
    tables = {name: _table(folder / name, text) for name, text in texts.items()}
    languages = {id: _language(folder, id, entry) for id, entry in tables.pop("languages.toml").items()}
    ledger = tables.pop("bits.toml")
    readers = [_File.of(folder / name, table, languages) for name, table in tables.items()]
    labels = {reader.dimension: reader.labels() for reader in readers if reader.dimension}
    blocks = _unique(readers)
    _check_references(folder, blocks)
    terms = tuple(term for reader in readers for term in reader.terms())
    _check_living(readers, blocks, terms)
    _check_bits(folder, ledger, labels)
    return Lexicon(_version(texts), **labels, languages=languages, blocks=blocks, terms=terms)


def _table(path: Path, text: bytes) -> dict[str, dict[str, Any]]:
    try:
        table = tomli.loads(text.decode("utf-8"))
    except (tomli.TOMLDecodeError, UnicodeDecodeError) as error:
        raise LexiconError(f"{path}: {error}") from error
    for id, entry in table.items():
        if not isinstance(entry, dict):
            raise LexiconError(f"{path}: {id} is not a block: every list must stand below a [name]")
        for key in ("when", "holders"):
            tables = entry.get(key, [])
            if not isinstance(tables, list) or not all(isinstance(one, dict) for one in tables):
                raise LexiconError(f"{path}: block {id}: {key} must be written as [[{id}.{key}]]")
    return table


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
    )


def _unique(readers: list["_File"]) -> dict[str, Block]:
    found: dict[str, Block] = {}
    for reader in readers:
        for block in reader.blocks():
            if block.name in found or block.name in DIMENSIONS:
                raise LexiconError(f"{reader.path}: block {block.name}: another file has this id: choose another")
            found[block.name] = block
    return found


def _check_references(folder: Path, blocks: dict[str, Block]) -> None:
    known = {*blocks, *DIMENSIONS}
    for block in blocks.values():
        asked = {name for when in block.when for choice in (*when.every, when.none) for name in choice}
        if unknown := sorted({*asked, *block.unless, *block.yields_to} - known):
            raise LexiconError(f"{folder}: block {block.name} refers to {unknown[0]!r}, which is in no file")


def _check_bits(folder: Path, ledger: dict[str, dict[str, Any]], labels: dict[str, tuple[Label, ...]]) -> None:
    """Stored masks mean the bits of the ledger: no tag may bear another, nor one that another tag ever bore."""
    for dimension, known in ledger.items():
        if dimension not in labels:
            raise LexiconError(f"{folder / 'bits.toml'}: [{dimension}] is not one of {', '.join(DIMENSIONS)}")
        if twice := [id for id, bit in known.items() if list(known.values()).count(bit) > 1]:
            raise LexiconError(f"{folder / 'bits.toml'}: [{dimension}] gives one bit to {' and '.join(twice)}")
    for dimension, tags in labels.items():
        known = ledger.get(dimension, {})
        for tag in tags:
            if known.get(tag.id, tag.bit) != tag.bit:
                advice = f"was {known[tag.id]} and stays so for ever: put it back"
            elif other := next((id for id, bit in known.items() if bit == tag.bit and id != tag.id), None):
                advice = f"belongs to {other} for ever (bits.toml): choose one that no line of [{dimension}] names"
            elif tag.id not in known:
                advice = f"is not in the ledger: add the line `{tag.id} = {tag.bit}` to [{dimension}] of bits.toml"
            else:
                continue
            raise LexiconError(f"{folder / dimension}.toml: block {tag.id}: bit {tag.bit} {advice}")


def _check_living(readers: list["_File"], blocks: dict[str, Block], terms: tuple[Term, ...]) -> None:
    """Refuse a term inside which a veto of its own block always stands."""
    lists: dict[str, list[Term]] = {}
    for term in terms:
        lists.setdefault(term.block, []).append(term)
    for reader in readers:
        for id in reader.table:
            block = blocks[reader.prefix + id]
            if dead := _dead(lists.get(block.name, []), _vetoes(block, blocks, lists), reader.languages):
                term, veto = dead
                advice = f"can never count, as {veto.key!r} of {veto.rule} stands in it: take one of the two out"
                raise LexiconError(f"{reader.path}: block {id}: {term.rule.rpartition('.')[2]} {term.key!r} {advice}")


def _vetoes(block: Block, blocks: dict[str, Block], lists: dict[str, list[Term]]) -> list[Term]:
    """The entries of `not`, and the terms of bare lists the block yields to: nothing can take those away."""
    found = [term for term in lists.get(block.name, ()) if term.against]
    for name in block.yields_to:
        other, terms = blocks.get(name), lists.get(name, [])
        if other and not (other.when or other.unless or other.yields_to or any(term.against for term in terms)):
            found += [term for term in terms if not (term.unsure or term.aside or term.since)]
    return found


def _dead(terms: list[Term], vetoes: list[Term], languages: dict[str, Language]) -> tuple[Term, Term] | None:
    """A term none of whose spellings can count, and the veto that takes it away."""
    if not vetoes:
        return None
    terms = [term for term in terms if not term.against]
    every = "\n".join(term.key for term in terms)
    vetoes = [veto for veto in vetoes if veto.key in every]  # most stand in no term at all
    near = [(term, veto) for veto in vetoes for term in terms if veto.key in term.key]
    lost = {term: veto for term, veto in near if _swallows(veto, term, languages.get(term.language))}
    counting = {(term.rule, term.key.replace(" ", "")) for term in terms if term not in lost} if lost else set()
    return next((pair for pair in lost.items() if (pair[0].rule, pair[0].key.replace(" ", "")) not in counting), None)


def _swallows(veto: Term, term: Term, language: Language | None) -> bool:
    """Whether a veto is found at every place of a term, by the rules of Passage: in a doubtful case it is not."""
    if veto.language not in (EVERY_LANGUAGE, term.language):
        return False
    if veto.cased and (veto.cased not in term.cased or term.key.count(veto.key) > 1):
        return False
    if veto.rest and (veto.key, veto.rest) != (term.key, term.rest):
        return False
    # Where writers join words, the term may stand behind a letter behind which the veto is not looked for.
    joins = bool(language and (language.prefixes or language.loose_after))
    alike = not joins or (veto.language == term.language and len(veto.key) >= LOOSE_LENGTH)
    tail = veto.rest == term.rest and (veto.stem or not term.stem)
    for found in re.finditer(re.escape(veto.key), term.key):
        start, end = found.span()
        opens = alike if start == 0 else _parts(term.key, start)
        closes = veto.stem and not veto.rest or (tail and alike if end == len(term.key) else _parts(term.key, end))
        if opens and closes:
            return True
    return False


def _parts(text: str, place: int) -> bool:
    """Whether a word may begin or end between two characters."""
    return not (is_word(text[place - 1]) and is_word(text[place]))


@dataclass(frozen=True, slots=True)
class _File:
    """One TOML file being read: the place for the messages beside the content."""

    path: Path
    table: dict[str, dict[str, Any]]
    languages: dict[str, Language]
    dimension: str  # "" for a file of word lists
    prefix: str  # of its blocks' names

    @classmethod
    def of(cls, path: Path, table: dict[str, dict[str, Any]], languages: dict[str, Language]) -> "_File":
        dimension = path.stem if path.stem in DIMENSIONS else ""
        return cls(path, table, languages, dimension, f"{dimension}." if dimension else "")

    def labels(self) -> tuple[Label, ...]:
        if len(self.table) > BITS:
            raise LexiconError(f"{self.path}: holds {len(self.table)} tags; a dimension has room for {BITS}")
        found = tuple(self._label(id, entry) for id, entry in self.table.items())
        for place, label in enumerate(found):
            if twin := next((other for other in found[:place] if other.bit == label.bit), None):
                raise self._error(label.id, "bit", f"{label.bit} is taken by {twin.id}")
        return found

    def blocks(self) -> Iterator[Block]:
        for id, entry in self.table.items():
            when = tuple(self._condition(id, number, one) for number, one in enumerate(entry.get("when", ()), 1))
            rules = [*(f"{self.prefix}{id}.{key}" for key in entry), *(condition.rule for condition in when)]
            if twin := next((rule for rule in rules if rules.count(rule) > 1), None):
                raise self._error(id, "when", f"has two rules named {twin}: give each condition an id of its own")
            unless, yields_to = (tuple(self._texts(id, key, entry.get(key, []))) for key in ("unless", "yields_to"))
            yield Block(self.prefix + id, when, unless, yields_to)

    def terms(self) -> Iterator[Term]:
        for id, entry in self.table.items():
            for key, value in entry.items():
                if key == "holders":
                    for number, holder in enumerate(value, 1):
                        yield from self._names(id, f"holders {number}", holder)
                elif key == "not" or key == EVERY_LANGUAGE or key in self.languages:
                    yield from self._entries(id, key, value)
                elif key not in SETTINGS:
                    raise self._error(id, key, "is neither a language of languages.toml nor a setting")

    def _entries(self, id: str, key: str, entries: object) -> Iterator[Term]:
        block = self.prefix + id
        rule, language = f"{block}.{key}", EVERY_LANGUAGE if key == "not" else key
        loose = self.languages[language].loose_after if language in self.languages else ""
        for entry in self._texts(id, key, entries):
            body = entry.lstrip("?~")
            unsure, aside = (False, False) if body == entry else ("?" in entry[:2], "~" in entry[:2])
            stem = body.endswith("*")
            word = body[:-1] if stem else body
            cased = word[1:] if word.startswith("=") else ""
            rest = None
            first = cased or word
            if "*" in first:
                first, *inner = first.split("*")
                rest = Rest(tuple(map(folded, inner)))
            first = folded(first)
            if not first or (rest and not all(rest.parts)):
                raise self._error(id, key, f"holds {entry!r}, of which normalisation leaves nothing: take it out")
            for spelling in _spellings(first, loose) if loose else (first,):
                yield Term(block, rule, language, spelling, rest, stem, cased, unsure, aside, key == "not")

    def _names(self, id: str, key: str, holder: dict[str, Any]) -> Iterator[Term]:
        """The names of a person who holds an office from one day until another; they count in between."""
        since, until = holder.get("from"), holder.get("until", date.max)
        if type(since) is not date or type(until) is not date:
            raise self._error(id, key, "needs `from`, and where the office was left `until`: days as in 2024-10-16")
        if until < since:
            raise self._error(id, key, f"ends on {until}, before it begins on {since}")
        if not isinstance(holder.get("office"), str) or type(holder.get("verified", True)) is not bool:
            raise self._error(id, key, "needs `office` in quotes; `verified` is true or false")
        names = {language: entries for language, entries in holder.items() if language not in TENURE}
        if unknown := sorted(names.keys() - self.languages.keys() - {EVERY_LANGUAGE}):
            raise self._error(id, key, f"knows no {unknown[0]!r}: only languages and {', '.join(sorted(TENURE))}")
        terms = [term for language, entries in names.items() for term in self._entries(id, language, entries)]
        if not terms:
            raise self._error(id, key, "has no names: add a list of a language")
        for term in terms:
            rule = f"{term.block}.holders.{term.language}"
            yield term._replace(rule=rule, since=since, until=holder.get("until"))

    def _texts(self, id: str, key: str, value: object) -> list[str]:
        if not isinstance(value, list):
            raise self._error(id, key, "must be a list")
        if wrong := [one for one in value if not isinstance(one, str)]:
            raise self._error(id, key, f"holds {wrong[0]!r}, which is not a text in quotes")
        return value

    def _label(self, id: str, entry: dict[str, Any]) -> Label:
        for needed in ("label", "bit"):
            if needed not in entry:
                raise self._error(id, needed, "is missing")
        bit = entry["bit"]
        if type(bit) is not int or not 0 <= bit < BITS:
            raise self._error(
                id, "bit", f"{bit!r} is not a whole number from 0 to {BITS - 1}: a dimension has room for {BITS} tags"
            )
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
            f"{self.prefix}{id}.{entry.get('id', number)}",
            tuple(tuple(choice.split("|")) for choice in self._texts(id, key, entry["all"])),
            tuple(self._texts(id, key, entry.get("none", []))),
            near,
            bool(entry.get("ordered", False)),
        )

    def _error(self, id: str, key: str, what: str) -> LexiconError:
        return LexiconError(f"{self.path}: block {id}: {key} {what}")


def _spellings(key: str, loose: str) -> Iterable[str]:
    """A key, and where its language leaves spaces out after some letters, the key without them."""
    if not loose or " " not in key:
        return (key,)
    words = key.split(" ")
    gaps = [("", " ") if word[-1] in loose else (" ",) for word in words[:-1]]
    keys = ["".join(chain.from_iterable(zip(words, (*gap, ""), strict=True))) for gap in product(*gaps)]
    return dict.fromkeys([*keys, key.replace(" ", "")])
