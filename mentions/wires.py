"""From which news agency a text comes, as the text says where agencies are credited; read from data/wires.toml."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mentions.catalogue import ID, CatalogueError, Entry, entries_of, text, unknown_fields

WIRES = "wires.toml"

# Before the credit stand at most a place and a date. NAME is put in below, as are these.
OPEN, CLOSE = r"[(\[（]\s*", r"\s*[)\]）]"
DATELINES = (
    rf"(?P<place>[^()\[\]（）!?]{{0,60}}?)\s*(?:{OPEN}|/)NAME(?:[/,][^()\[\]]{{1,30}})?(?:{CLOSE}|/)\s*(?P<after>[:：.—–-])?",
    r"[^()!?]{2,50}?\s[—–-]\s?NAME[.:,]\s",  # ИСЛАМАБАД, 3 ноя — РИА Новости.
    rf"(?:{OPEN})?NAME[^，。]{{1,18}}电",  # 新华社北京11月3日电
    r"به گزارش (?:خبرگزاری )?NAME\b",  # as Iranian outlets begin what an agency sent
)
SOURCE = r"(?:(?:sources?|ماخذ|स्रोत|المصدر|منبع|kaynak|quelle|fuente|来源|источник)\s*[:：]|inputs from)"
NO_PHOTO = r"(?!(?i:[^()]*(?:photo|image|getty)))"
ENDINGS = (
    rf"{OPEN}{NO_PHOTO}(?:[^()\[\]（）]{{0,30}}[\s/,،])?NAME(?:[\s/,،][^()\[\]（）]{{0,20}})?{CLOSE}",
    r"\s[—–-]{1,2}\s*NAME",
    rf"(?i:{SOURCE})\s*NAME",
)
TAIL = 90  # letters of a text in which it ends
AUTHORS = re.compile(r"\s*(?:[,;|/&،]|\band\b|\bwith\b)\s*")


@dataclass(frozen=True, slots=True)
class Wire:
    """A news agency; `credits` are the names it is credited by, in any language."""

    id: str
    name: str
    credits: tuple[str, ...]


class Wires:
    """Finds the credited agency of a text. It holds compiled patterns: make one and keep it."""

    def __init__(self, wires: Iterable[Wire]) -> None:
        self._ids = {credit: wire.id for wire in wires for credit in wire.credits}
        every = _alternation(self._ids)
        certain = _alternation(name for name in self._ids if len(name) > 2)
        self._datelines = [re.compile(r"\s*" + pattern.replace("NAME", every)) for pattern in DATELINES]
        self._endings = [re.compile(pattern.replace("NAME", certain) + r"\s*[.।۔]?\s*$") for pattern in ENDINGS]

    def of(self, title: str, summary: str, creator: str = "") -> str:
        """The id of the agency that the author, the beginning or the end of the summary, or brackets or a source at
        the end of the title name; "" for none.

        A dash at the end of a title is no credit: outlets put there whom they quote.
        """
        found = next(self._names(title.rstrip(), summary.rstrip(), creator), "")
        return self._ids[found] if found else ""

    def _names(self, title: str, summary: str, creator: str) -> Iterator[str]:
        yield from (name for name in AUTHORS.split(creator.strip().removeprefix("By ")) if name in self._ids)
        for pattern in self._datelines:
            found = pattern.match(summary)
            if found and _is_dateline(found):
                yield found["name"]
        for given, patterns in ((summary, self._endings), (title, self._endings[::2])):
            tail = given[-TAIL:]
            yield from (found["name"] for pattern in patterns if (found := pattern.search(tail)))


def load_wires(folder: Path) -> tuple[Wire, ...]:
    """Read `folder`/wires.toml, where there is one; raises CatalogueError with everything wrong in its blocks, a fault a
    line."""
    if not (folder / WIRES).exists():
        return ()
    entries = entries_of(folder / WIRES, "wire")
    if faults := list(_faults(entries)):
        raise CatalogueError("\n".join(faults))
    return tuple(Wire(entry.block["id"], entry.block["name"], tuple(entry.block["credits"])) for entry in entries)


def _faults(entries: Iterable[Entry]) -> Iterator[str]:
    ids: set[str] = set()
    owners: dict[str, str] = {}
    for entry in entries:
        for fault in _block_faults(entry.block, ids, owners) if isinstance(entry.block, dict) else ["is not a table"]:
            yield f"{entry.path}: {entry.where}: {fault}"


def _block_faults(block: dict[str, Any], ids: set[str], owners: dict[str, str]) -> Iterator[str]:
    """What is wrong with a block, among the ids and the credits, with their owners, of those before."""
    own = text(block, "id")
    if not ID.fullmatch(own) or own in ids:
        yield f"field id: {own!r} must be small letters, digits and single hyphens, and no other block's"
    ids.add(own)
    if not text(block, "name").strip():
        yield "field name: is missing"
    yield from unknown_fields(block, {"id", "name", "credits"})
    credits: Any = block.get("credits")
    if not _are_names(credits):
        yield 'field credits: must be a list of names like ["PTI"]'
        return
    for name in credits:
        if owners.setdefault(name, own) != own:
            yield f"credit {name!r}: is one of {owners[name]}"


def _are_names(value: object) -> bool:
    return isinstance(value, list) and value != [] and all(isinstance(name, str) and name.strip() for name in value)


def _alternation(names: Iterable[str]) -> str:
    """A pattern of any of the names, the longest first."""
    return f"(?P<name>{'|'.join(map(re.escape, sorted(names, key=lambda name: (-len(name), name))))})"


def _is_dateline(found: re.Match[str]) -> bool:
    """Whether what stands before a name in brackets is a dateline and no sentence: a mark follows, or it ends in a
    day, or its place is in capitals or a few words of a script without them."""
    parts = found.groupdict()
    if "place" not in parts or parts["after"] or re.search(r", .*\d$", parts["place"]):
        return True
    place = parts["place"].partition(",")[0]
    return place == place.upper() and len(parts["place"].split()) <= 5
