"""The catalogue: outlets.toml, read into frozen outlets and refused where it cannot be right."""

import re
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from mentions.model import GROUPS, LANGUAGES, Feed, Outlet

FILE = "outlets.toml"
ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
COUNTRY = re.compile(r"[A-Z]{2}|INT")
OUTLET_FIELDS = {"id", "name", "homepage", "country", "group", "language", "feeds", "notes"}
FEED_FIELDS = {"url", "title", "language"}


class CatalogueError(ValueError):
    """The catalogue cannot be used; the message names file, block and field."""


def load_catalogue(folder: Path) -> tuple[Outlet, ...]:
    """Read the outlets of `folder`/outlets.toml, in file order.

    Raises CatalogueError, which lists everything wrong with the file at once, one fault a line.
    """
    path = folder / FILE
    try:
        blocks = tomllib.loads(path.read_text(encoding="utf-8-sig")).get("outlet", [])
    except FileNotFoundError as error:
        raise CatalogueError(
            f"{path}: no such file; point MONITOR_DATA or --data at the folder that holds it"
        ) from error
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise CatalogueError(f"{path}: cannot be read as TOML: {error}") from error
    if not isinstance(blocks, list) or not blocks:
        raise CatalogueError(f"{path}: holds no [[outlet]] block")
    faults = [f"{path}: {where}: {fault}" for where, fault in faults_of(blocks)]
    if faults:
        raise CatalogueError("\n".join(faults))
    return tuple(map(to_outlet, blocks))


def to_outlet(block: dict[str, Any]) -> Outlet:
    """The outlet that a faultless block describes."""
    feeds = (
        Feed(row["url"], block["id"], row.get("title", ""), row.get("language", block["language"]))
        for row in block["feeds"]
    )
    plain = {name: block[name] for name in ("id", "name", "homepage", "country", "group", "language")}
    return Outlet(**plain, feeds=tuple(feeds), notes=block.get("notes", ""))


def faults_of(blocks: Iterable[Any]) -> Iterable[tuple[str, str]]:
    """What is wrong with the blocks, as (where, fault)."""
    ids: dict[str, int] = {}
    urls: dict[str, str] = {}
    for number, block in enumerate(blocks, 1):
        where = f"[[outlet]] number {number}"
        if not isinstance(block, dict):
            yield where, "is not a table"
            continue
        where += f" ({block['id']})" if isinstance(block.get("id"), str) else ""
        yield from ((where, fault) for fault in outlet_faults(block))
        if isinstance(block.get("id"), str) and ids.setdefault(block["id"], number) != number:
            yield where, f"field id: {block['id']!r} is taken by [[outlet]] number {ids[block['id']]}"
        for place, row in enumerate(rows(block), 1):
            spot = f"{where}, feed {place}"
            yield from ((spot, fault) for fault in feed_faults(row))
            twin = urls.setdefault(same_address(row.get("url")), spot) if isinstance(row, dict) else spot
            if twin != spot and is_address(row.get("url")):
                yield spot, f"field url: {row['url']} is listed already by {twin}; a feed belongs to one outlet, once"


def rows(block: dict[str, Any]) -> list[Any]:
    """The feed rows of a block, none where the field is not a list."""
    feeds = block.get("feeds")
    return feeds if isinstance(feeds, list) else []


def outlet_faults(block: dict[str, Any]) -> Iterable[str]:
    """What is wrong with the fields of one outlet, its feeds apart."""
    yield from unknown_fields(block, OUTLET_FIELDS)
    if not ID.fullmatch(text(block, "id")):
        yield "field id: must be small letters, digits and single hyphens, like 'indus-post'"
    if not text(block, "name").strip():
        yield "field name: is missing"
    if not is_address(block.get("homepage")):
        yield f"field homepage: {block.get('homepage')!r} is not an http or https address"
    if not COUNTRY.fullmatch(text(block, "country")):
        yield f"field country: {block.get('country')!r} is not two capital letters (ISO 3166) or INT"
    if text(block, "group") not in GROUPS:
        yield f"field group: {block.get('group')!r} is unknown; known are {', '.join(GROUPS)}"
    if text(block, "language") not in LANGUAGES:
        yield f"field language: {block.get('language')!r} is unknown; known are {', '.join(LANGUAGES)}"
    if not isinstance(block.get("feeds"), list):
        yield 'field feeds: must be a list like [{ url = "https://…", title = "…" }]'
    if not isinstance(block.get("notes", ""), str):
        yield "field notes: must be text"


def feed_faults(row: Any) -> Iterable[str]:
    """What is wrong with one row of an outlet's feeds."""
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


def same_address(value: object) -> str:
    """A form in which the twin spellings of one feed's address are equal (http/https, www., a last slash)."""
    return re.sub(r"^https?://(www\.)?", "", str(value)).rstrip("/")
