"""OPML (opml.org/spec2.opml): the outlets as a list for other readers, and a list of theirs as outlines.

A list is as hostile as a feed: it is read within limits, and no entity of its own is ever expanded.
"""

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from w3lib.encoding import html_body_declared_encoding

from collectors.mend import ILLEGAL, decoded, is_text, reference
from mentions.model import Outlet

NAMESPACE = "https://example.org/kashmir-diplomacy-monitor/outlets"
"""Of the attributes OPML has no word for: id, country, group, language and notes of an outlet."""

MOST_BYTES = 5 * 1024 * 1024
MOST_OUTLINES = 5_000
MOST_LEVELS = 20

GUESSED = ("broken signs", "Windows-1252 sent as UTF-8")
"""What is good enough for an item, and not for the name of an outlet."""
DECLARATION = re.compile(r"<!(?:ENTITY|DOCTYPE[^<>\[]*\[)", re.IGNORECASE)
REFERENCE = re.compile(r"&(?:#(?P<number>[0-9]{1,7}|[xX][0-9a-fA-F]{1,6});|(?P<entity>[A-Za-z][A-Za-z0-9]{1,31});)?")


class OpmlError(ValueError):
    """A list cannot be read or written; the message names the file and says what to do."""


@dataclass(frozen=True, slots=True)
class Outline:
    """What a list says of a feed, an outlet or a folder: attributes by name in small letters, ours as `kdm:id`."""

    said: dict[str, str]
    outlines: list["Outline"]  # those it holds


def document(outlets: Iterable[Outlet]) -> bytes:
    """The outlets and their feeds as OPML 2.0."""
    root = ET.Element("opml", {"version": "2.0", "xmlns:kdm": NAMESPACE})
    ET.SubElement(ET.SubElement(root, "head"), "title").text = "Kashmir Diplomacy Monitor: outlets and their feeds"
    body = ET.SubElement(root, "body")
    for outlet in outlets:
        own = {f"kdm:{name}": getattr(outlet, name) for name in ("id", "country", "group", "language", "notes")}
        holder = _element(body, {"text": outlet.name, "htmlUrl": outlet.homepage} | own)
        for feed in outlet.feeds:
            titles = {"text": feed.title or outlet.name, "title": feed.title}
            addresses = {"xmlUrl": feed.url, "htmlUrl": outlet.homepage}
            _element(holder, {"type": "rss"} | titles | addresses | {"language": feed.language})
    ET.indent(root)
    written: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return written + b"\n"


def _element(parent: ET.Element, attributes: dict[str, str]) -> ET.Element:
    legal = {name: ILLEGAL.sub("", value) for name, value in attributes.items() if value}
    return ET.SubElement(parent, "outline", legal)


def outlines(path: Path) -> list[Outline]:
    """The outlines of a file that lie in no other, in their order; raises OpmlError."""
    try:
        with path.open("rb") as file:
            body = file.read(MOST_BYTES + 1)
        return _parsed(_text(body))
    except OSError as error:
        raise OpmlError(f"{path}: {error.strerror}; name an OPML file that can be read") from error
    except ET.ParseError as error:
        raise OpmlError(f"{path}: is cut off or no well-formed XML: {error}; export it anew") from error
    except OpmlError as error:
        raise OpmlError(f"{path}: {error}") from error


def _text(body: bytes) -> str:
    """The XML of a file, with what lists write wrong most made right: no reference in it needs a declaration."""
    if len(body) > MOST_BYTES:
        raise OpmlError(f"is larger than {MOST_BYTES // 1024**2} MiB; split it")
    stated = html_body_declared_encoding(body)
    given, mended = decoded(body, "")
    if mended in GUESSED or (stated and not is_text(stated)):
        raise OpmlError("is in an unknown encoding, or not in the one it states; save it as UTF-8")
    text = ILLEGAL.sub("", given).strip()
    if DECLARATION.search(text):
        raise OpmlError("declares entities or a document type of its own, which no list of feeds needs")
    return REFERENCE.sub(lambda found: reference(found).replace('"', "&quot;"), text)  # it may stand in an attribute


def _parsed(text: str) -> list[Outline]:
    root = ET.fromstring(text)
    if _local(root.tag) != "opml":
        raise OpmlError(f"is not OPML: it begins with <{_local(root.tag)[:40]}>; export the list, not a feed or a page")
    count = sum(_local(element.tag) == "outline" for element in root.iter())
    if not count:
        raise OpmlError("lists nothing: it holds no outline")
    if count > MOST_OUTLINES:
        raise OpmlError(f"holds more than {MOST_OUTLINES:,} outlines; split it")
    return _outlines(root, 0)


def _outlines(holder: ET.Element, level: int) -> list[Outline]:
    if level > MOST_LEVELS + 1:  # opml and body hold the first
        raise OpmlError(f"is nested more than {MOST_LEVELS} levels deep; put its feeds into fewer folders")
    found: list[Outline] = []
    for element in holder:
        inner = _outlines(element, level + 1)
        found += [Outline(_named(element.attrib), inner)] if _local(element.tag) == "outline" else inner
    return found


def _named(attributes: dict[str, str]) -> dict[str, str]:
    own = f"{{{NAMESPACE}}}"
    return {f"{'kdm:' * name.startswith(own)}{_local(name)}": value for name, value in attributes.items()}


def _local(name: str) -> str:
    return name.rpartition("}")[2].lower()
