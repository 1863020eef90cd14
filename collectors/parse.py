"""Makes Items of a feed's bytes; the only file that knows feedparser."""

import html
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Any
from urllib.parse import urljoin

import feedparser

from collectors import FeedError
from collectors.dates import published
from collectors.mend import ILLEGAL, source
from mentions.model import Feed, Item, Outcome
from mentions.urls import canonical, key

Entry = Mapping[str, Any]
BREAKS = (AttributeError, LookupError, TypeError, ValueError)
"""What feedparser 6.0.14 dies of on single elements, `<gml:pos>` outside `<georss:where>` say; found by mutating feeds."""

MOST_ITEMS = 2_000
MOST_TITLE = 1_000
MOST_SUMMARY = 5_000
MOST_LINK = 4_000  # no server takes more, and nothing true needs it
MOST_GUID = 1_000
MOST_MARKUP = 100_000
"""Signs of markup looked at to find the text; a full article in `content:encoded` has about 10,000."""

# Quotes in a tag hide its end, but only up to the next `<`: so that no piece of a hostile text is read twice.
MARKUP = re.compile(
    r"<!--.*?(?:-->|\Z)"
    r"|<(?P<hidden>script|style|noscript|iframe)\b.*?(?:</(?P=hidden)\s*>|\Z)"
    r"|</?(?P<tag>[a-z][a-z0-9:-]*)(?:[^<>\"']|\"[^\"<]*\"|'[^'<]*')*+>"
    r"|<[a-z/!?][^<>]*>",
    re.DOTALL | re.IGNORECASE,
)
INLINE = frozenset(
    ("a", "abbr", "b", "bdi", "bdo", "big", "cite", "code", "del", "em", "font", "i", "ins", "mark", "q", "s", "small")
    + ("span", "strong", "sub", "sup", "u", "wbr")
)
"""Elements that may stand inside a word; every other parts words."""
REFERENCE = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});|&nbsp")
UNSEEN = re.compile("[\0-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
"""Control signs, overrides and isolates of direction; joiners stay, Persian and Urdu spell with them."""

OTHER_SCHEME = re.compile(r"\s*(?!https?:)[a-z][a-z0-9+.-]*:", re.IGNORECASE)
NUMBER = re.compile("[1-9][0-9]{0,5}")
PERIODS = {"hourly": 3600, "daily": 86_400, "weekly": 604_800, "monthly": 2_592_000, "yearly": 31_536_000}
"""Seconds of the words of `sy:updatePeriod` (RSS 1.0 syndication module)."""


@dataclass(frozen=True, slots=True)
class Document:
    """What a feed lists: OK, EMPTY (it truly lists nothing) or CUT_OFF (only whole items are kept).

    `ttl` is after how many seconds it asks to be read again, 0 where it does not say; `language` is what it says of
    itself.
    """

    items: tuple[Item, ...]
    outcome: Outcome
    detail: str
    ttl: int = 0
    language: str = ""


@dataclass(frozen=True, slots=True)
class Listing:
    """What a document holds, in feedparser's terms, whatever it is written in."""

    entries: list[Entry]
    channel: Entry
    count: int  # items in the document, readable or not
    whole: bool = True
    wrong: tuple[str, ...] = ()  # why it may list too little
    mended: tuple[str, ...] = ()


def parse(feed: Feed, country: str, body: bytes, url: str, content_type: str, seen: int) -> Document:
    """Make Items of the bytes that `url` answered with at `seen` (UTC seconds since 1970).

    `country` is that of the outlet, for dates without a zone. An address listed twice counts once, the first time.
    Raises FeedError: EMPTY_BODY, HTML, CHALLENGE, NOT_A_FEED, REFUSED, TOO_LARGE.
    """
    given = _json_feed(body) or _xml_feed(body, content_type)
    home = _joined(url, _string(given.channel, "link"))
    base = home if canonical(home) else url
    tried = given.entries[:MOST_ITEMS]
    listed = [_item(feed, country, entry, base, seen) for entry in tried]
    named = [item for item in listed if item]
    items = _once(named)
    if not items and given.count:
        raise FeedError(Outcome.NOT_A_FEED, f"lists {given.count:,} items, none with title, text, address or id")
    if not items and given.whole and given.wrong:
        raise FeedError(Outcome.NOT_A_FEED, f"lists nothing and is {given.wrong[0]}")
    others = sum(bool(OTHER_SCHEME.match(link)) for entry in tried for link in _links(entry))
    met = {
        f"the document ends before its end, {given.count:,} whole items kept": not given.whole,
        f"{len(given.entries):,} items listed, {MOST_ITEMS:,} kept": len(given.entries) > MOST_ITEMS,
        f"{len(listed) - len(named):,} without title, text, address and id": len(listed) > len(named),
        f"{len(named) - len(items):,} listed twice": len(named) > len(items),
        f"{others} link{'s that are' if others > 1 else ' that is'} not http or https left out": others > 0,
        f"mended: {', '.join(given.mended + given.wrong)}": bool(given.mended + given.wrong),
    }
    detail = "; ".join(note for note, is_met in met.items() if is_met)
    language = _string(given.channel, "language").strip()[:20]
    return Document(items, _outcome(given, items), detail, _ttl(given.channel), language)


def _xml_feed(body: bytes, content_type: str) -> Listing:
    given = source(body, content_type)
    try:
        read = _read(given.text)
        entries, channel, wrong = read.entries, read.feed, ("not well-formed",) if read.bozo else ()
    except BREAKS:
        tried = given.items[:MOST_ITEMS]
        entries, channel = [entry for item in tried for entry in _alone(item)], {}
        wrong = (f"{len(tried) - len(entries):,} unreadable left out",)
    return Listing(entries, channel, len(given.items), given.whole, wrong, given.mended)


def _json_feed(body: bytes) -> Listing | None:
    """Read a JSON Feed 1.0 or 1.1 (jsonfeed.org); None where the document is anything else."""
    if not body.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{"):
        return None
    try:
        given = json.loads(body)
    except (ValueError, RecursionError):
        return None
    version, items = given.get("version"), given.get("items")
    if not (isinstance(version, str) and "jsonfeed.org/version/" in version and isinstance(items, list)):
        return None
    entries = [_json_entry(item) for item in items if isinstance(item, dict)]
    channel = {"link": _word(given, "home_page_url"), "language": _word(given, "language")}
    return Listing(entries, channel, len(items))


def _json_entry(item: dict[str, Any]) -> Entry:
    """Name the parts of an item of a JSON Feed as feedparser names those of an XML feed."""
    return {
        "title": _word(item, "title"),
        "id": _word(item, "id"),
        "links": [{"rel": "alternate", "href": _word(item, "url")}],
        "published": _word(item, "date_published"),
        "updated": _word(item, "date_modified"),
        "summary": _word(item, "summary") or _word(item, "content_html") or _word(item, "content_text"),
    }


def _word(given: dict[str, Any], name: str) -> str:
    value = given.get(name)
    if isinstance(value, int | float):  # ids were numbers in version 1.0, and some still are
        return str(value)
    return ILLEGAL.sub("", value) if isinstance(value, str) else ""


def _ttl(channel: Entry) -> int:
    """Give after how many seconds a feed asks to be read again: its `ttl` in minutes, else its share of a period."""
    minutes = _string(channel, "ttl").strip()
    if NUMBER.fullmatch(minutes):
        return int(minutes) * 60
    period = PERIODS.get(_string(channel, "sy_updateperiod").strip().lower(), 0)
    frequency = _string(channel, "sy_updatefrequency").strip() or "1"
    return period // int(frequency) if NUMBER.fullmatch(frequency) else 0


def _alone(item: str) -> list[Entry]:
    """Read one item as a document of its own, so that a bad one costs no other."""
    try:
        return list(_read(f"<rss><channel>{item}</channel></rss>").entries[:1])
    except BREAKS:
        return []


def _read(text: str) -> Any:
    return feedparser.parse(
        BytesIO(text.encode()),  # bytes alone could be taken for a file name
        response_headers={"content-type": "application/xml; charset=utf-8"},
        sanitize_html=False,
        resolve_relative_uris=False,
    )


def _once(items: list[Item]) -> tuple[Item, ...]:
    first: dict[int, Item] = {}
    for item in items:
        first.setdefault(item.key, item)
    return tuple(first.values())


def _outcome(given: Listing, items: tuple[Item, ...]) -> Outcome:
    if not given.whole:
        return Outcome.CUT_OFF
    return Outcome.OK if items else Outcome.EMPTY


def _item(feed: Feed, country: str, entry: Entry, base: str, seen: int) -> Item | None:
    """Make the Item of an entry; None where it has neither title nor text nor address nor id."""
    title = _plain(_string(entry, "title") or _string(entry, "media_headline"), MOST_TITLE)
    summary = _plain(_summary(entry), MOST_SUMMARY)
    link, guid = _link(entry, base), _string(entry, "id").strip()[:MOST_GUID]
    if not (title or summary or link or guid):
        return None
    at, dated_by, stated = published(
        [_string(entry, name) for name in ("published", "dc_stated", "updated", "created")], country, seen
    )
    url = canonical(link)
    origin = entry.get("source") or {}
    source_name = _plain(_string(origin, "title"), MOST_TITLE)
    title, summary = _uncredited(title, summary, source_name)
    return Item(
        key=key(url or (f"guid:{feed.outlet}:{guid}" if guid else f"text:{feed.outlet}:{title or summary}:{stated}")),
        url=url,
        link=link,
        outlet=feed.outlet,
        language=feed.language,
        title=title,
        summary=summary,
        published=at,
        dated_by=dated_by,
        stated=stated,
        guid=guid,
        source=canonical((_string(origin, "href") or _string(origin, "link"))[:MOST_LINK]),
        source_name=source_name,
    )


def _uncredited(title: str, summary: str, name: str) -> tuple[str, str]:
    """Give title and summary without the outlet's name that an aggregator adds to them, as `Title - Outlet`.

    Google News gives links with outlets' names in place of a summary: nothing of that is the publisher's text.
    """
    if not name:
        return title, summary
    bare = title.removesuffix(f" - {name}")
    return bare, "" if summary.startswith(bare) and name in summary else summary


def _string(entry: Entry, name: str) -> str:
    """Give what feedparser keeps under a name; `entry.get` would answer for a missing `updated` with `published`."""
    value = dict.get(entry, name) if isinstance(entry, dict) else None
    return value if isinstance(value, str) else ""


def _summary(entry: Entry) -> str:
    content = entry.get("content") or [{}]
    return _string(entry, "summary") or _string(content[0], "value") or _string(entry, "media_caption")


def _links(entry: Entry) -> list[str]:
    """Give the addresses an entry states of itself, feedparser's choice first: the last one of type HTML.

    That counts only if it is among them: feedparser takes a guid for a link where there is none, whatever it holds.
    """
    links = [link["href"] for link in entry.get("links", ()) if link.get("rel") == "alternate" and link.get("href")]
    chosen = _string(entry, "link")
    return sorted(links, key=lambda link: link != chosen)


def _link(entry: Entry, base: str) -> str:
    """Give the http or https address of an entry, else that in its id, else ""; only a link may be relative.

    FeedBurner keeps the outlet's own address in `origLink` and writes its own, which only forwards, into the link.
    """
    links = [_string(entry, "feedburner_origlink"), *_links(entry)]
    addresses = [*(_joined(base, link) for link in links if link.strip()), _string(entry, "id").strip()]
    return next((url for url in addresses if len(url) <= MOST_LINK and canonical(url)), "")


def _joined(base: str, given: str) -> str:
    try:
        return urljoin(base, given.strip())
    except ValueError:  # a broken IPv6 address
        return ""


def _plain(markup: str, most: int) -> str:
    """Give the text of a piece of HTML on one line, at most `most` signs of it."""
    text = markup[:MOST_MARKUP]
    for _ in range(2):  # many feeds escape their markup twice
        text = REFERENCE.sub(lambda found: html.unescape(found[0]), MARKUP.sub(_gap, text))
    text = MARKUP.sub(_gap, text)
    text = " ".join(UNSEEN.sub("", text).split())
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def _gap(found: re.Match[str]) -> str:
    return "" if (found["tag"] or "").lower() in INLINE else " "
