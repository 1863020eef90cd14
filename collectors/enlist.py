"""Which outlets and feeds the outlines of a list make; nothing is guessed about an outlet that the list does not say."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import count
from typing import Any
from urllib.parse import urlsplit

from collectors.guard import is_named
from collectors.opml import OpmlError, Outline
from collectors.parse import UNSEEN
from mentions.catalogue import OUTLETS, block_faults, is_address, same_address
from mentions.model import LANGUAGES, Feed, Outlet

MOST_NAME = 300  # signs of a name or title
MOST_ID = 100
MOST_URL = 4_000  # no server takes more

SHARED = frozenset(
    ("feeds.feedburner.com", "feeds2.feedburner.com", "feedproxy.google.com", "sites.google.com", "medium.com")
    + ("youtube.com", "reddit.com", "rss.app", "politepol.com", "fetchrss.com")
)
"""Hosts at which many publish, so that the host tells nothing of the outlet; `www.` left out."""
AGGREGATORS = frozenset({"news.google.com", "bing.com", "news.yahoo.com"})
"""Hosts whose feeds list what others publish: no outlet may be credited with it."""


@dataclass(frozen=True, slots=True)
class Defaults:
    """What to take for outlets of which the list does not say it, "" for unknown: the values of outlets.toml."""

    country: str = ""
    group: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class Enlisted:
    """What a list brings; `known` counts feeds that the catalogue, or the list itself, had already."""

    catalogue: tuple[Outlet, ...]  # as it will be
    outlets: tuple[Outlet, ...]  # new ones, with their feeds
    feeds: tuple[Feed, ...]  # new ones, those of new outlets among them
    known: int
    refused: tuple[str, ...]  # the outlines left out: name or address, and why


def enlisted(outlines: Iterable[Outline], known: Sequence[Outlet], defaults: Defaults) -> Enlisted:
    """Add to the known outlets what the outlines list; raises OpmlError for a default that cannot be.

    A feed goes to the outlet in whose outline it lies, if that has an id of ours, else to that of the same homepage, or
    of its host where only one outlet has that, else to a new one.
    """
    _check(defaults)
    work = _Enlisting(known, defaults)
    for outline in outlines:
        work.take(outline)
    grown = tuple(work.outlets.values())
    return Enlisted(grown, grown[len(known) :], tuple(work.feeds), work.known, tuple(work.refused))


def _check(given: Defaults) -> None:
    sound = {"id": "a", "name": "a", "homepage": "http://a", "country": "INT", "group": "forum", "language": "en"}
    stated = {name: value for name, value in asdict(given).items() if value}
    for fault in block_faults("outlet", {**sound, "feeds": [], **stated}):
        raise OpmlError(f"--{fault.removeprefix('field ')}")


class _Refused(Exception):
    """Why an outline is left out."""


class _Enlisting:
    """The catalogue as it will be, grown outline by outline."""

    def __init__(self, known: Sequence[Outlet], defaults: Defaults) -> None:
        self.outlets: dict[str, Outlet] = {}
        self.feeds: list[Feed] = []
        self.known = 0
        self.refused: list[str] = []
        self._defaults = defaults
        self._urls: set[str] = set()
        self._ids: dict[str, set[str]] = defaultdict(set)  # by homepage, by its host, by the hosts of feeds
        self._numbers: dict[str, Any] = defaultdict(lambda: count(2))
        for outlet in known:
            self._add(outlet)

    def take(self, outline: Outline, owner: str = "") -> None:
        """Add what an outline and those in it list, to the outlet with the id `owner` if one holds them."""
        said, shown = outline.said, _name(outline) or _line(outline.said.get("xmlurl", "")) or "an outline without name"
        try:
            if said.get("kdm:id"):
                owner = self._owner(outline)
            if "xmlurl" in said:
                self._take_feed(outline, owner)
            elif not owner and not outline.outlines and said.keys() & {"url", "htmlurl"}:
                raise _Refused("it has no xmlUrl, so it is no feed; what it points to is not read")
        except _Refused as refused:
            self.refused.append(f"{shown}: {refused}")
            return
        for inner in outline.outlines:
            self.take(inner, owner)

    def _owner(self, outline: Outline) -> str:
        """The id an outline states, of an outlet that is known by it or new."""
        home, name = _home(outline), outline.said["kdm:id"]
        if name not in self.outlets:
            self._add_new(outline, home, name)
        elif _host(self.outlets[name].homepage) != _host(home):
            raise _Refused(f"its id {name} is that of {self.outlets[name].homepage} here, and of {home[:200]} there")
        return name

    def _take_feed(self, outline: Outline, owner: str) -> None:
        url = _address(outline.said["xmlurl"], "xmlUrl")
        if _twin(url) in self._urls:
            self.known += 1
            return
        if is_named(url):
            raise _Refused(f"{url[:200]} names a machine by number; if that is meant, write it into {OUTLETS} by hand")
        outlet = self.outlets[owner or self._publisher(outline, url)]
        if outlet.aggregates:
            raise _Refused(f"{outlet.id} lists what others publish; its queries are written by hand")
        title = _line(outline.said.get("title", "")) or ("" if owner else _name(outline))
        language = _language(outline) or ("" if owner else self._defaults.language) or outlet.language
        feed = Feed(url, outlet.id, title, language)
        self.feeds.append(feed)
        self.outlets[outlet.id] = replace(outlet, feeds=(*outlet.feeds, feed))
        self._note(feed)

    def _publisher(self, outline: Outline, url: str) -> str:
        """The id of the outlet a feed is of: a known one at its homepage or host, or a new one."""
        parts, stated = urlsplit(url), _home(outline)
        home = stated or f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"  # without name and password
        host = _host(home)
        if host in SHARED and not stated:
            raise _Refused(f"many publish at {host}, and no htmlUrl says whose it is")
        places = [f"page {_twin(home)}", f"host {host}", f"feeds {host}"]
        places = places[:1] if host in SHARED else places[:2] if stated else places
        ids = next((sorted(self._ids[place]) for place in places if place in self._ids), [])
        if len(ids) > 1:
            raise _Refused(f"{host} is of several outlets ({', '.join(ids)[:200]}); add it to one of them by hand")
        return ids[0] if ids else self._add_new(outline, home)

    def _add_new(self, outline: Outline, home: str, stated: str = "") -> str:
        """The id of a new outlet."""
        said, given = outline.said, self._defaults
        name = _name(outline) or _host(home)
        block: dict[str, Any] = {
            "id": stated or self._free_id(name, home),
            "name": name,
            "homepage": home,
            "country": said.get("kdm:country") or given.country,
            "group": said.get("kdm:group") or given.group,
            "language": said.get("kdm:language") or _language(outline) or given.language,
        }
        if missing := [f"--{field}" for field in ("country", "group", "language") if not block[field]]:
            raise _Refused(f"it is a new outlet of which the file does not say enough; give {' and '.join(missing)}")
        if faults := "; ".join(block_faults("outlet", block | {"feeds": []})):
            raise _Refused(faults[:500])
        if len(block["id"]) > MOST_ID:
            raise _Refused(f"its id is longer than {MOST_ID} signs")
        self._add(Outlet(**block, notes=UNSEEN.sub("", said.get("kdm:notes", ""))))
        return str(block["id"])

    def _free_id(self, name: str, home: str) -> str:
        """An id that is not taken: the name in ASCII, or the host where the name has no Latin letter."""
        free = stem = next((slug for slug in (_slug(name), _slug(_host(home))) if re.search("[a-z]", slug)), "outlet")
        while free in self.outlets:
            free = f"{stem}-{next(self._numbers[stem])}"
        return free

    def _add(self, outlet: Outlet) -> None:
        self.outlets[outlet.id] = outlet
        self._ids[f"page {_twin(outlet.homepage)}"].add(outlet.id)
        self._ids[f"host {_host(outlet.homepage)}"].add(outlet.id)
        for feed in outlet.feeds:
            self._note(feed)

    def _note(self, feed: Feed) -> None:
        self._urls.add(_twin(feed.url))
        self._ids[f"feeds {_host(feed.url)}"].add(feed.outlet)


def _home(outline: Outline) -> str:
    stated = outline.said.get("htmlurl", "").strip()
    return _address(stated, "htmlUrl") if stated else ""


def _address(given: str, what: str) -> str:
    url = given.strip()
    if len(url) > MOST_URL:
        raise _Refused(f"{what} is longer than {MOST_URL:,} signs")
    if not is_address(url) or not url.isprintable():
        raise _Refused(f"{what} {url[:200]!a} is not an http or https address")
    if _host(url) in AGGREGATORS:
        raise _Refused(f"{_host(url)} lists what others publish; no outlet may be credited with it")
    return url


def _host(url: str) -> str:
    return (urlsplit(url).hostname or "").removeprefix("www.")


def _twin(url: str) -> str:
    """same_address, of an address whose scheme and host may be in capitals."""
    parts = urlsplit(url)
    return same_address(parts._replace(netloc=parts.netloc.lower()).geturl())


def _language(outline: Outline) -> str:
    """The language an outline states, where it is one of ours: `ur` of ur-PK."""
    code = re.split("[-_]", outline.said.get("language", "").strip().lower())[0]
    return code if code in LANGUAGES else ""


def _name(outline: Outline) -> str:
    return _line(outline.said.get("text", "")) or _line(outline.said.get("title", ""))


def _line(given: str) -> str:
    """A text on one line, without control signs and overrides of direction, at most MOST_NAME signs of it."""
    text = " ".join(UNSEEN.sub("", given).split())
    return text if len(text) <= MOST_NAME else text[: MOST_NAME - 1].rstrip() + "…"


def _slug(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub("[^a-z0-9]+", "-", plain).strip("-")[:60].strip("-")
