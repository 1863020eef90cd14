"""The catalogue: outlets.toml and queries.toml, read into frozen outlets and refused where they cannot be right."""

import re
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from mentions.model import GROUPS, LANGUAGES, Feed, Outlet

OUTLETS = "outlets.toml"
QUERIES = "queries.toml"
AGGREGATOR = "aggregator"
ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
COUNTRY = re.compile(r"[A-Z]{2}|INT")
OUTLET_FIELDS = {"id", "name", "homepage", "country", "group", "language", "feeds", "notes"}
FIELDS = {"outlet": OUTLET_FIELDS, "service": OUTLET_FIELDS | {"on", "terms"}}
FEED_FIELDS = {"url", "title", "language"}


class CatalogueError(ValueError):
    """The catalogue cannot be used; the message names file, block and field."""


class Entry(NamedTuple):
    """A block of a file: an [[outlet]] of outlets.toml or a [[service]] of queries.toml."""

    path: Path
    kind: str
    number: int
    block: Any  # as TOML gave it; a table where it is right

    @property
    def where(self) -> str:
        """The block's place within its file, with its id where it has one."""
        place = f"[[{self.kind}]] number {self.number}"
        name = text(self.block, "id") if isinstance(self.block, dict) else ""
        return f"{place} ({name})" if name else place


def load_catalogue(folder: Path) -> tuple[Outlet, ...]:
    """Read the outlets of `folder`/outlets.toml and the services that `folder`/queries.toml has on, in file order.

    queries.toml may be absent; services that are off are checked too. Raises CatalogueError, which lists everything
    wrong with the blocks of both files at once, one fault a line, or the file that cannot be read.
    """
    entries = entries_of(folder / OUTLETS, "outlet")
    if not entries:
        raise CatalogueError(f"{folder / OUTLETS}: holds no [[outlet]] block")
    if (folder / QUERIES).exists():
        entries += entries_of(folder / QUERIES, "service")
    if faults := list(faults_of(entries)):
        raise CatalogueError("\n".join(faults))
    return tuple(to_outlet(entry.block) for entry in entries if entry.kind == "outlet" or entry.block["on"])


def entries_of(path: Path, kind: str) -> list[Entry]:
    """The blocks of a file; raises CatalogueError where it cannot be read or holds anything else."""
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError as error:
        raise CatalogueError(
            f"{path}: no such file; point MONITOR_DATA or --data at the folder that holds it"
        ) from error
    except IsADirectoryError as error:
        raise CatalogueError(f"{path}: is a folder, not a file") from error
    except RecursionError as error:
        raise CatalogueError(f"{path}: cannot be read as TOML: lists or tables are nested too deeply") from error
    except (OSError, ValueError) as error:  # ValueError: not UTF-8, not TOML, or a number too long for Python
        raise CatalogueError(f"{path}: cannot be read as TOML: {error}") from error
    if others := sorted(set(document) - {kind}):
        raise CatalogueError(f"{path}: {', '.join(others)}: is unknown; known are [[{kind}]] blocks only")
    blocks = document.get(kind, [])
    if not isinstance(blocks, list):
        raise CatalogueError(f"{path}: {kind}: must be written [[{kind}]], one block each")
    return [Entry(path, kind, number, block) for number, block in enumerate(blocks, 1)]


def to_outlet(block: dict[str, Any]) -> Outlet:
    """The outlet that a faultless block describes."""
    feeds = (
        Feed(row["url"], block["id"], row.get("title", ""), row.get("language", block["language"]))
        for row in block["feeds"]
    )
    plain = {name: block[name] for name in ("id", "name", "homepage", "country", "group", "language")}
    aggregates = block["group"] == AGGREGATOR
    return Outlet(**plain, feeds=tuple(feeds), notes=block.get("notes", ""), aggregates=aggregates)


def faults_of(entries: Iterable[Entry]) -> Iterable[str]:
    """What is wrong with the blocks, a line each: file, place, fault."""
    ids: dict[str, str] = {}
    urls: dict[str, str] = {}
    for entry in entries:
        for place, fault in entry_faults(entry, ids, urls):
            yield f"{entry.path}: {place}: {fault}"


def entry_faults(entry: Entry, ids: dict[str, str], urls: dict[str, str]) -> Iterable[tuple[str, str]]:
    """What is wrong with one block, as (place, fault); `ids` and `urls` are those of the blocks before, with places."""
    where, block = entry.where, entry.block
    if not isinstance(block, dict):
        yield where, "is not a table"
        return
    yield from ((where, fault) for fault in block_faults(entry.kind, block))
    if (name := text(block, "id")) in ids:
        yield where, f"field id: {name!r} is taken by {ids[name]}"
    elif name:
        ids[name] = where
    for number, row in enumerate(rows(block), 1):
        spot = f"{where}, feed {number}"
        yield from ((spot, fault) for fault in feed_faults(row))
        if not isinstance(row, dict) or not is_address(row.get("url")):
            continue
        twin = urls.setdefault(same_address(row["url"]), spot)
        if twin != spot:
            yield spot, f"field url: {row['url']} is listed already by {twin}; a feed belongs to one outlet, once"


def rows(block: dict[str, Any]) -> list[Any]:
    """The feed rows of a block, none where the field is not a list."""
    feeds = block.get("feeds")
    return feeds if isinstance(feeds, list) else []


def block_faults(kind: str, block: dict[str, Any]) -> Iterable[str]:
    """What is wrong with the fields of one block, its feeds apart."""
    yield from unknown_fields(block, FIELDS[kind])
    if not ID.fullmatch(text(block, "id")):
        yield "field id: must be small letters, digits and single hyphens, like 'indus-post'"
    if not text(block, "name").strip():
        yield "field name: is missing"
    if not is_address(block.get("homepage")):
        yield f"field homepage: {block.get('homepage')!r} is not an http or https address"
    if not COUNTRY.fullmatch(text(block, "country")):
        yield f"field country: {block.get('country')!r} is not two capital letters (ISO 3166) or INT"
    if text(block, "language") not in LANGUAGES:
        yield f"field language: {block.get('language')!r} is unknown; known are {', '.join(LANGUAGES)}"
    if not isinstance(block.get("feeds"), list):
        yield 'field feeds: must be a list like [{ url = "https://…", title = "…" }], or [] where none is known'
    if not isinstance(block.get("notes", ""), str):
        yield "field notes: must be text"
    yield from service_faults(block) if kind == "service" else group_faults(block)


def group_faults(block: dict[str, Any]) -> Iterable[str]:
    """What is wrong with the group of an outlet."""
    known = [group for group in GROUPS if group != AGGREGATOR]
    if text(block, "group") == AGGREGATOR:
        yield f"field group: {AGGREGATOR!r} is for services that list what others publish; write it in {QUERIES}"
    elif text(block, "group") not in known:
        yield f"field group: {block.get('group')!r} is unknown; known are {', '.join(known)}"


def service_faults(block: dict[str, Any]) -> Iterable[str]:
    """What is wrong with the fields that make a block a service."""
    if block.get("group") != AGGREGATOR:
        yield f"field group: must be {AGGREGATOR!r}; what publishes itself stands in {OUTLETS}"
    if not isinstance(block.get("on"), bool):
        yield "field on: must be true or false"
    if not text(block, "terms").strip():
        yield "field terms: is missing; say what the service allows, as far as known"


def feed_faults(row: Any) -> Iterable[str]:
    """What is wrong with one row of a block's feeds."""
    if not isinstance(row, dict):
        yield 'must be a table like { url = "https://…", title = "…" }'
        return
    yield from unknown_fields(row, FEED_FIELDS)
    if not is_address(row.get("url")):
        yield f"field url: {row.get('url')!r} is not an http or https address"
    if not isinstance(row.get("title", ""), str):
        yield "field title: must be text"
    if "language" in row and text(row, "language") not in LANGUAGES:
        yield f"field language: {row['language']!r} is unknown; known are {', '.join(LANGUAGES)}"


def unknown_fields(block: dict[str, Any], known: set[str]) -> Iterable[str]:
    """A line for each field that nobody reads: most often a slip of the pen."""
    return (f"field {name}: is unknown; known are {', '.join(sorted(known))}" for name in sorted(set(block) - known))


def text(block: dict[str, Any], name: str) -> str:
    """The field as text, "" where it is missing or not text."""
    value = block.get(name)
    return value if isinstance(value, str) else ""


def is_address(value: object) -> bool:
    """Whether this is an http or https address with a host and no white space."""
    if not isinstance(value, str) or re.search(r"\s", value):
        return False
    try:
        parts = urlsplit(value)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def same_address(value: str) -> str:
    """A form in which the twin spellings of one feed's address are equal.

    http and https, `www.`, letter case and a last dot of the host, its usual port, a last slash and a fragment do not
    count.
    """
    try:
        parts = urlsplit(value)
        port = "" if parts.port in (None, 80, 443) else f":{parts.port}"
    except ValueError:
        return value
    host = (parts.hostname or "").rstrip(".").removeprefix("www.")
    return f"{host}{port}{parts.path.rstrip('/')}" + (f"?{parts.query}" if parts.query else "")
