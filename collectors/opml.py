"""OPML in and out (opml.org/spec2.opml): the catalogue for other readers, and their lists for the catalogue.

A list is as hostile as a feed: it is read within limits, no entity of its own is ever expanded, nothing it points to is
fetched, and outlets.toml is replaced only by a file that was read back and says what was meant.
"""

import re
import shutil
import sys
import unicodedata
import xml.etree.ElementTree as ET
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from html.entities import html5
from itertools import chain, count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NoReturn
from urllib.parse import urlsplit
from xml.parsers import expat
from xml.sax.saxutils import escape

import tomlkit
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import Array
from w3lib.encoding import html_to_unicode

from collectors.guard import is_named
from collectors.mend import ILLEGAL, WIDE
from collectors.parse import UNSEEN
from mentions.catalogue import (
    AGGREGATOR,
    COUNTRY,
    OUTLETS,
    QUERIES,
    CatalogueError,
    block_faults,
    entries_of,
    is_address,
    load_catalogue,
    same_address,
)
from mentions.model import GROUPS, LANGUAGES, Feed, Outlet

NAMESPACE = "https://example.org/kashmir-diplomacy-monitor/outlets"
"""Of the attributes OPML has no word for: id, country, group, language and notes of an outlet."""

MOST_BYTES = 5 * 1024 * 1024
MOST_OUTLINES = 5_000
MOST_LEVELS = 20
MOST_NAME = 300  # signs of a name or title
MOST_NOTES = 2_000
MOST_ID = 100
MOST_URL = 4_000  # no server takes more

SHARED = frozenset(
    ("feeds.feedburner.com", "feeds2.feedburner.com", "feedproxy.google.com", "sites.google.com", "medium.com")
    + ("youtube.com", "reddit.com", "rss.app", "politepol.com", "fetchrss.com")
)
"""Hosts at which many publish, so that the host tells nothing of the outlet; `www.` left out."""
AGGREGATORS = frozenset({"news.google.com", "bing.com", "news.yahoo.com"})
"""Hosts whose feeds list what others publish: no outlet may be credited with it."""

ENCODINGS = ("big5", "cp", "euc", "gb", "iso8859", "koi8", "mac", "shift_jis", "tis")
"""How Python's names of old text encodings begin. It knows others too: punycode, whose 80 kB take 0.4 s, 5 MiB half an hour."""
STRAY = re.compile(
    r"&(?!#[0-9]{1,7};|#x[0-9a-fA-F]{1,6};|(?:amp|lt|gt|quot|apos);)(?:(?P<entity>[A-Za-z][A-Za-z0-9]{1,31});)?"
)
"""Ampersands that no XML reader takes: in addresses written as they are, and before HTML's names of signs."""
IMPORTED = "# ---- Imported ----"


class OpmlError(ValueError):
    """A list cannot be read or written; the message names the file and says what to do."""


@dataclass(frozen=True, slots=True)
class Defaults:
    """What to take for outlets of which the file does not say it, "" for unknown: the values of outlets.toml."""

    country: str = ""
    group: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class Refusal:
    """An outline that was left out: its name, or its address where it has none, and why."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did, or would do; `known` counts feeds that the catalogue, or the file itself, had already.

    `missing` are the flags, like --country, without which some of the refused outlines cannot be taken.
    """

    outlets: tuple[Outlet, ...]  # new ones, with their feeds
    feeds: tuple[Feed, ...]  # new ones, those of new outlets among them
    known: int
    refused: tuple[Refusal, ...]
    missing: tuple[str, ...]


def export(outlets: Iterable[Outlet], path: Path) -> int:
    """Write the outlets as OPML 2.0 and give how many; aggregators are left out, for no other reader can use them.

    A path of - is standard output; any other is replaced at once or not at all. Raises OpmlError.
    """
    told = [outlet for outlet in outlets if not outlet.aggregates]
    document = _document(told)
    if str(path) == "-":
        sys.stdout.buffer.write(document)
        sys.stdout.buffer.flush()
    else:
        _replace(path, document)
    return len(told)


def import_into(folder: Path, path: Path, defaults: Defaults, *, dry_run: bool = False) -> Imported:
    """Add what an OPML file lists to `folder`/outlets.toml, whose comments and order stay as they are.

    Feeds go to the outlet of the same id (of our own namespace) or homepage, else a new outlet is appended. Doing it
    again changes nothing. Raises OpmlError, and CatalogueError where the catalogue was broken before; nothing is
    written then.
    """
    _check_defaults(defaults)
    target = folder / OUTLETS
    known = load_catalogue(folder) if entries_of(target, "outlet") else ()
    plan = _Plan(known, defaults)
    for outline in _outlines(path):
        plan.take(outline)
    new = tuple(plan.outlets.values())[len(known) :]
    if plan.feeds or new:
        edited = _edited(target, plan.feeds, plan.outlets, new)
        _check(edited, tuple(outlet for outlet in plan.outlets.values() if not outlet.aggregates), target)
        if not dry_run:
            _replace(target, edited)
    return Imported(new, tuple(plan.feeds), plan.known, tuple(plan.refused), tuple(sorted(plan.missing)))


def _check_defaults(given: Defaults) -> None:
    groups = [group for group in GROUPS if group != AGGREGATOR]  # whose queries are no feeds of an outlet
    if given.country and not COUNTRY.fullmatch(given.country):
        raise OpmlError(f"--country {given.country}: is not two capital letters (ISO 3166) or INT")
    for name, value, known in (("group", given.group, groups), ("language", given.language, LANGUAGES)):
        if value and value not in known:
            raise OpmlError(f"--{name} {value}: is unknown; known are {', '.join(known)}")


# ---- out ----


def _document(outlets: Iterable[Outlet]) -> bytes:
    root = ET.Element("opml", {"version": "2.0", "xmlns:kdm": NAMESPACE})
    ET.SubElement(ET.SubElement(root, "head"), "title").text = "Kashmir Diplomacy Monitor: outlets and their feeds"
    body = ET.SubElement(root, "body")
    for outlet in outlets:
        own = {name: getattr(outlet, name) for name in ("id", "country", "group", "language", "notes")}
        holder = _outline(body, {"text": outlet.name, "htmlUrl": outlet.homepage} | _prefixed(own))
        for feed in outlet.feeds:
            titles = {"text": feed.title or outlet.name, "title": feed.title}
            addresses = {"xmlUrl": feed.url, "htmlUrl": outlet.homepage}
            _outline(holder, {"type": "rss"} | titles | addresses | {"language": feed.language})
    ET.indent(root)
    document: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return document + b"\n"


def _prefixed(own: dict[str, str]) -> dict[str, str]:
    return {f"kdm:{name}": value for name, value in own.items()}


def _outline(parent: ET.Element, attributes: dict[str, str]) -> ET.Element:
    legal = {name: ILLEGAL.sub("", value) for name, value in attributes.items() if value}
    return ET.SubElement(parent, "outline", legal)


# ---- in: the file ----


@dataclass(slots=True)
class _Outline:
    """An outline: attributes by name in small letters, those of our namespace apart, and the outlet it lies in."""

    plain: dict[str, str]
    own: dict[str, str]
    owner: "_Outline | None"
    holds: bool = False  # other outlines

    @property
    def name(self) -> str:
        """The name on one line, without signs that cannot be seen; "" where there is none."""
        return _line(self.plain.get("text", "")) or _line(self.plain.get("title", ""))

    @property
    def shown(self) -> str:
        """How to speak of it."""
        return self.name or _line(self.plain.get("xmlurl", "")) or "an outline without name"


def _outlines(path: Path) -> list[_Outline]:
    """The outlines of a file in their order; raises OpmlError."""
    reader = _Reader(path)
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartDoctypeDeclHandler = reader.doctype
    parser.EntityDeclHandler = reader.entity
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    try:
        parser.Parse(_text(path), True)
    except expat.ExpatError as error:
        where = f"line {error.lineno}, column {error.offset + 1}"
        fault = expat.ErrorString(error.code)
        raise OpmlError(f"{path}: is cut off or no well-formed XML: {fault} ({where}); export it anew") from error
    if not reader.outlines:
        raise OpmlError(f"{path}: lists nothing: it holds no outline")
    return reader.outlines


class _Reader:
    """Takes what the XML parser finds, and stops it at the first thing that no honest list holds."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.outlines: list[_Outline] = []
        self._open: list[_Outline | None] = []  # None for elements other than outlines

    def stop(self, reason: str) -> NoReturn:
        raise OpmlError(f"{self.path}: {reason}")

    def doctype(self, name: str, system: str | None, public: str | None, subset: bool) -> None:
        if subset:
            self.entity()

    def entity(self, *_: object) -> None:
        self.stop("declares entities or a document type of its own, which no list of feeds needs; it is not read")

    def start(self, name: str, attributes: dict[str, str]) -> None:
        kind = name.rpartition(" ")[2].lower()
        if not self._open and kind != "opml":
            self.stop(
                f"is not OPML: it begins with <{_line(kind)[:40]}>; export the list of feeds, not a feed or a page"
            )
        if len(self._open) >= MOST_LEVELS + 2:  # opml and body hold the outlines
            self.stop(f"is nested more than {MOST_LEVELS} levels deep; put its feeds into fewer folders")
        self._open.append(self._taken(attributes) if kind == "outline" else None)

    def _taken(self, attributes: dict[str, str]) -> _Outline:
        if len(self.outlines) >= MOST_OUTLINES:
            self.stop(f"holds more than {MOST_OUTLINES:,} outlines; split it")
        own: dict[str, str] = {}
        plain: dict[str, str] = {}
        for name, value in attributes.items():
            space, _, local = name.rpartition(" ")
            (own if space == NAMESPACE else plain).setdefault(local.lower(), value)
        parent = next((outline for outline in reversed(self._open) if outline), None)
        if parent:
            parent.holds = True
        owner = parent if parent and parent.own else parent and parent.owner
        outline = _Outline(plain, own if own.get("id") else {}, owner)
        self.outlines.append(outline)
        return outline

    def end(self, _: str) -> None:
        self._open.pop()


def _text(path: Path) -> str:
    """The XML of a file, with what lists write wrong most made right; raises OpmlError."""
    try:
        with path.open("rb") as file:
            body = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise OpmlError(f"{path}: {error.strerror}; name an OPML file that can be read") from error
    if len(body) > MOST_BYTES:
        raise OpmlError(f"{path}: is larger than {MOST_BYTES // 1024**2} MiB; split it")
    text = ILLEGAL.sub("", _decoded(path, body)).strip()
    if not text:
        raise OpmlError(f"{path}: is empty; export the list of feeds anew")
    return STRAY.sub(lambda found: _reference(found[0], found["entity"]), text)


def _reference(given: str, entity: str | None) -> str:
    sign = html5.get(f"{entity};", "") if entity else ""
    return escape(sign, {'"': "&quot;", "'": "&apos;"}) or f"&amp;{given[1:]}"


def _decoded(path: Path, body: bytes) -> str:
    """UTF-8 is proved by the bytes; else the mark at the beginning or the document's own word is taken."""
    if wide := next((encoding for beginning, encoding in WIDE.items() if body.startswith(beginning)), ""):
        return body.decode(wide, "replace")
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    try:
        encoding, text = html_to_unicode("", body)
    except (LookupError, UnicodeError):
        encoding, text = "", ""
    if not encoding.startswith(("utf-16", "utf-32", *ENCODINGS)) or "\ufffd" in text:
        raise OpmlError(f"{path}: is in an unknown encoding, or not in the one it states; save it as UTF-8")
    return text


# ---- in: what becomes of it ----


class _Refused(Exception):
    """Why an outline is left out."""


class _Plan:
    """The catalogue as it will be, grown outline by outline."""

    def __init__(self, known: Sequence[Outlet], defaults: Defaults) -> None:
        self.outlets: dict[str, Outlet] = {}
        self.feeds: list[Feed] = []
        self.known = 0
        self.refused: list[Refusal] = []
        self.missing: set[str] = set()
        self._defaults = defaults
        self._urls: set[str] = set()
        self._homes: dict[str, list[str]] = defaultdict(list)  # ids by homepage, and by its host
        self._sources: dict[str, set[str]] = defaultdict(set)  # ids by the hosts of their feeds
        for outlet in known:
            self._add(outlet)

    def take(self, outline: _Outline) -> None:
        """Add the feed or the outlet of an outline, count it as known, or note why neither can be."""
        try:
            if "xmlurl" in outline.plain:
                self._take_feed(outline)
            elif outline.own and not outline.holds:
                self._outlet_of(outline, "")
            elif not outline.holds and outline.plain.keys() & {"url", "htmlurl"}:
                raise _Refused("it has no xmlUrl, so it is no feed; what it points to is not read")
        except _Refused as refused:
            self.refused.append(Refusal(outline.shown, str(refused)))

    def _take_feed(self, outline: _Outline) -> None:
        url = _address(outline.plain["xmlurl"], "xmlUrl")
        if _twin(url) in self._urls:
            self.known += 1
            return
        if is_named(url):
            raise _Refused(f"{url[:200]} names a machine by number; if that is meant, write it into {OUTLETS} by hand")
        outlet = self._outlet_of(outline.owner or outline, url)
        title = _line(outline.plain.get("title", "")) or ("" if outline.owner else outline.name)
        language = _language(outline) or ("" if outline.owner else self._defaults.language) or outlet.language
        feed = Feed(url, outlet.id, title, language)
        self.feeds.append(feed)
        self.outlets[outlet.id] = replace(outlet, feeds=(*outlet.feeds, feed))
        self._note(feed)

    def _outlet_of(self, outline: _Outline, url: str) -> Outlet:
        """The outlet that an outline is of, or lies in: a known one, or a new one."""
        stated = outline.plain.get("htmlurl", "").strip()
        home = _address(stated, "htmlUrl") if stated else _origin(url)
        if listing := AGGREGATORS & {_host(home), _host(url)}:
            raise _Refused(f"{min(listing)} lists what others publish; no outlet may be credited with it")
        if outline.own:
            outlet = self.outlets.get(outline.own["id"])
            if outlet and _host(outlet.homepage) != _host(home):
                raise _Refused(f"its id {outlet.id} is that of {outlet.homepage} here, and of {home[:200]} there")
        else:
            outlet = self._at(home, bool(stated))
        if outlet and outlet.aggregates:
            raise _Refused(f"{outlet.id} lists what others publish; its queries are written by hand")
        return outlet or self._new(outline, home)

    def _at(self, home: str, stated: bool) -> Outlet | None:
        """The one outlet with a homepage, or else with its host; where no homepage is stated, that reads this host."""
        host = _host(home)
        if host in SHARED and not stated:
            raise _Refused(f"many publish at {host}, and no htmlUrl says whose it is")
        found: Iterable[str] = self._homes.get(f"page {_twin(home)}", ())
        if host not in SHARED:
            found = found or self._homes.get(f"host {host}", ()) or (() if stated else self._sources.get(host, ()))
        ids = sorted(found)
        if len(ids) > 1:
            raise _Refused(f"{host} is of several outlets ({', '.join(ids)[:200]}); add it to one of them by hand")
        return self.outlets[ids[0]] if ids else None

    def _new(self, outline: _Outline, home: str) -> Outlet:
        own, given = outline.own, self._defaults
        name = outline.name or _host(home)
        block: dict[str, Any] = {
            "id": own.get("id") or self._free_id(name, home),
            "name": name,
            "homepage": home,
            "country": own.get("country") or given.country,
            "group": own.get("group") or given.group,
            "language": own.get("language") or _language(outline) or given.language,
        }
        if missing := [f"--{field}" for field in ("country", "group", "language") if not block[field]]:
            self.missing.update(missing)
            raise _Refused(f"it is a new outlet of which the file does not say enough; give {' and '.join(missing)}")
        faults = [*block_faults("outlet", block | {"feeds": []})]
        if len(block["id"]) > MOST_ID:
            faults.append(f"field id: is longer than {MOST_ID} signs")
        if faults:
            raise _Refused("; ".join(faults)[:500])
        outlet = Outlet(**block, notes=UNSEEN.sub("", own.get("notes", ""))[:MOST_NOTES])
        self._add(outlet)
        return outlet

    def _free_id(self, name: str, home: str) -> str:
        """An id that is not taken: the name in ASCII, or the host where the name has no Latin letter."""
        stem = _slug(name)
        if not re.search("[a-z]", stem):
            stem = _slug(_host(home)) or "outlet"
        return next(
            one for one in chain([stem], (f"{stem}-{number}" for number in count(2))) if one not in self.outlets
        )

    def _add(self, outlet: Outlet) -> None:
        self.outlets[outlet.id] = outlet
        self._homes[f"page {_twin(outlet.homepage)}"].append(outlet.id)
        self._homes[f"host {_host(outlet.homepage)}"].append(outlet.id)
        for feed in outlet.feeds:
            self._note(feed)

    def _note(self, feed: Feed) -> None:
        self._urls.add(_twin(feed.url))
        self._sources[_host(feed.url)].add(feed.outlet)


def _address(given: str, what: str) -> str:
    url = given.strip()
    if len(url) > MOST_URL:
        raise _Refused(f"{what} is longer than {MOST_URL:,} signs")
    if not is_address(url) or not url.isprintable():
        raise _Refused(f"{what} {url[:200]!a} is not an http or https address")
    return url


def _origin(url: str) -> str:
    """The beginning of an address that stands in for a homepage, without name and password; "" of none."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}" if url else ""


def _host(url: str) -> str:
    return (urlsplit(url).hostname or "").removeprefix("www.")


def _twin(url: str) -> str:
    """same_address, of an address whose scheme and host may be in capitals."""
    parts = urlsplit(url)
    return same_address(parts._replace(netloc=parts.netloc.lower()).geturl())


def _language(outline: _Outline) -> str:
    """The language an outline states, where it is one of ours: `ur` of ur-PK."""
    code = re.split("[-_]", outline.plain.get("language", "").strip().lower())[0]
    return code if code in LANGUAGES else ""


def _line(given: str) -> str:
    """A text on one line, without control signs and overrides of direction, at most MOST_NAME signs of it."""
    text = " ".join(UNSEEN.sub("", given[: 4 * MOST_NAME]).split())
    return text if len(text) <= MOST_NAME else text[: MOST_NAME - 1].rstrip() + "…"


def _slug(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub("[^a-z0-9]+", "-", plain).strip("-")[:60].strip("-")


# ---- in: outlets.toml ----


def _edited(path: Path, feeds: Iterable[Feed], outlets: dict[str, Outlet], new: Sequence[Outlet]) -> bytes:
    """The file with new feeds in the outlets they belong to and new outlets at its end, else byte for byte."""
    text = path.read_bytes().decode()
    mark = "\ufeff" * text.startswith("\ufeff")
    windows = text.count("\r\n") == text.count("\n") > 0
    try:
        document = tomlkit.parse((text.replace("\r\n", "\n") if windows else text).removeprefix(mark))
    except TOMLKitError as error:
        raise OpmlError(f"{path}: cannot be edited without changing its style: {error}; nothing was written") from error
    rows: dict[str, list[str]] = defaultdict(list)
    for feed in feeds:
        rows[feed.outlet].append(_row(feed, outlets[feed.outlet]))
    for block in document.get("outlet", []):
        _lengthen(block["feeds"], rows[block["id"]])
    edited = document.as_string()
    if new:
        heading = [] if IMPORTED in edited else [IMPORTED + "\n"]
        edited = "\n".join([edited.rstrip("\n") + "\n" if edited.strip() else "", *heading, *map(_block, new)])
    return (mark + (edited.replace("\n", "\r\n") if windows else edited)).encode()


def _lengthen(listed: Array, rows: Sequence[str]) -> None:
    """Add rows to a list of feeds, each on a line of its own, as the lists that are there are written."""
    on_one_line = "\n" not in listed.as_string()
    for row in rows:
        listed.add_line(tomlkit.value(row), indent="    ")
    if rows and on_one_line:
        listed.add_line(indent="", add_comma=False)


def _block(outlet: Outlet) -> str:
    """An outlet in the style of the file."""
    names = ("id", "name", "homepage", "country", "group", "language")
    fields = "".join(f"{name} = {_quoted(getattr(outlet, name))}\n" for name in names)
    feeds = "".join(f"    {_row(feed, outlet)},\n" for feed in outlet.feeds)
    notes = f"notes = {_quoted(outlet.notes)}\n" if outlet.notes else ""
    return f"[[outlet]]\n{fields}feeds = [{chr(10) * bool(feeds)}{feeds}]\n{notes}"


def _row(feed: Feed, outlet: Outlet) -> str:
    fields = {"url": feed.url, "title": feed.title}
    if feed.language != outlet.language:
        fields["language"] = feed.language
    return "{ " + ", ".join(f"{name} = {_quoted(value)}" for name, value in fields.items() if value) + " }"


def _quoted(value: str) -> str:
    return tomlkit.string(value).as_string()


def _check(body: bytes, meant: tuple[Outlet, ...], path: Path) -> None:
    """Raise OpmlError unless the file, read back, holds exactly the outlets that were meant."""
    with TemporaryDirectory() as folder:
        (Path(folder) / OUTLETS).write_bytes(body)
        if (queries := path.with_name(QUERIES)).exists():
            shutil.copy(queries, folder)
        try:
            held = tuple(outlet for outlet in load_catalogue(Path(folder)) if not outlet.aggregates)
        except CatalogueError as error:
            fault = str(error).replace(folder, str(path.parent))
            raise OpmlError(f"{path}: would be broken by this import, so nothing was written: {fault}") from error
    if held != meant:
        raise OpmlError(f"{path}: cannot be edited to hold what the list says; nothing was written; add it by hand")


def _replace(path: Path, body: bytes) -> None:
    """Put a file in the place of another in one step, with its rights; raises OpmlError."""
    try:
        target = path.resolve()  # a link stays a link
        if target.exists() and not target.is_file():
            raise OpmlError(f"{path}: is no file; name one, or - for standard output")
        with TemporaryDirectory(prefix=".opml-", dir=target.parent) as folder:
            draft = Path(folder) / target.name
            draft.write_bytes(body)
            if target.exists():
                shutil.copymode(target, draft)
            draft.replace(target)
    except OSError as error:
        raise OpmlError(
            f"{path}: {error.strerror}; its folder must be there and writable; nothing was written"
        ) from error
