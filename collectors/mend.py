"""What servers send, made into the XML it was meant to be: decoded, freed of what surrounds it, mended, cut to whole
items. What comes out holds no declaration of any kind, so no entity can ever be expanded by whoever reads it."""

import codecs
import re
from dataclasses import dataclass
from html.entities import html5

from w3lib.encoding import html_body_declared_encoding, http_content_type_encoding, read_bom, to_unicode

from collectors import FeedError
from mentions.model import Outcome

WIDE = {b"\0\0\0<": "utf-32-be", b"<\0\0\0": "utf-32-le", b"\0<": "utf-16-be", b"<\0": "utf-16-le"}
"""How `<` begins in the encodings that are not a superset of ASCII, where no byte order mark says so."""

NO_TEXT = frozenset({"idna", "punycode", "raw_unicode_escape", "unicode_escape", "undefined", "utf-7"})
"""Encodings Python knows that no document is written in; punycode takes 7 s for 160 kB, and ever more for more."""

ROOTS = frozenset({"rss", "feed", "rdf"})
PAGES = frozenset({"html", "head", "body", "title", "meta", "script", "style", "center", "h1", "p"})
CHALLENGE_TITLES = re.compile(
    r"just a moment|attention required|access denied|access to this page has been denied|pardon our interruption"
    r"|are you (?:a |not a )?(?:robot|human)|robot check|(?:bot|human) verification|verif\w+ (?:that )?you are human"
    r"|checking your browser|security (?:check|verification)|ddos-guard|ddos protection|unusual traffic"
    r"|request unsuccessful|captcha|one more step|sucuri website firewall",
    re.IGNORECASE,
)
CHALLENGE_SIGNS = re.compile(
    r"_cf_chl_opt|cf-browser-verification|cf-challenge|_Incapsula_Resource|Incapsula incident|px-captcha"
    r"|captcha-delivery\.com|errors\.edgesuite\.net|ddos-guard|awswaf\.com|sgcaptcha",
    re.IGNORECASE,
)
"""What only challenges hold. `/cdn-cgi/challenge-platform/` and the word captcha are in common pages too."""
HEAD = 20_000
"""Signs of a document in which its root element, or the name of a web page, is looked for."""

# Each ends at the end of the text where its closing mark is missing: without that, many openings without an end would
# each be searched to the end, and a hostile megabyte would take hours.
ASIDE = r"<!--.*?(?:-->|\Z)|<!\[CDATA\[.*?(?:\]\]>|\Z)"
CDATA = re.compile(r"<!\[CDATA\[.*?(?:\]\]>|\Z)", re.DOTALL)
PROLOG = re.compile(
    ASIDE + r"|<\?.*?(?:\?>|\Z)|<!DOCTYPE[^\[>]*(?:\[.*?(?:\]\s*>|\Z)|>)|<(?P<name>[A-Za-z_][\w.:-]*)",
    re.DOTALL | re.IGNORECASE,
)
FEED = re.compile(r"<(?P<name>(?:[\w.-]+:)?(?:rss|feed|RDF))(?=[\s>])")
PARTS = re.compile(
    r"<!\[CDATA\[.*?(?:\]\]>|\Z)|<(?P<end>/?)(?P<name>(?:[\w.-]+:)?(?P<kind>item|entry|rss|feed|rdf))(?=[\s/>])[^<>]*>?",
    re.DOTALL | re.IGNORECASE,
)
SIGNS = re.compile(
    ASIDE
    + r"|</?(?P<prefix>rss:)"
    + r"|<(?P<unused>/?)(?:[\w.-]+:)?(?:author|creator|contributor|publisher|managingEditor|category|subject|keywords|tags)"
    + r"(?=[\s/>])"
    + r"|<(?P<slash>/?)(?P<renamed>media:description|media:title|dc:date)\b[^<>]*?(?P<empty>/?)>"
    + r"|(?P<amp>&)(?:#(?P<number>[0-9]{1,7}|[xX][0-9a-fA-F]{1,6});|(?P<entity>[A-Za-z][A-Za-z0-9]{1,31});)?",
    re.DOTALL,
)
MOST_TAGS = 200_000
"""feedparser takes up to 40 µs a tag where a document is ill-formed; 2,000 items of 20 elements have 80,000."""
MOST_REFERENCES = 1_000_000
"""An ampersand takes 2 µs, mending and reading; an 8 MB feed written in `&#1705;` alone has as many."""
ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0, section 2.2
RENAMED = {"media:description": "media:caption", "media:title": "media:headline", "dc:date": "dc:stated"}
"""Our names for what feedparser would let take the place of the item's own summary, title and `updated`."""


@dataclass(frozen=True, slots=True)
class Source:
    """The root element of a feed, closed by us after its last whole item where it is not `whole`."""

    text: str
    whole: bool
    items: tuple[str, ...]  # the text of each whole item
    mended: tuple[str, ...]


def source(body: bytes, content_type: str) -> Source:
    """Make the XML of a feed from what was sent.

    Raises FeedError: EMPTY_BODY, HTML, CHALLENGE, NOT_A_FEED, REFUSED where it declares entities, TOO_LARGE for its many tags or
    references.
    """
    given, decoding = decoded(body, content_type)
    text = ILLEGAL.sub("", given)
    if not text.strip():
        raise FeedError(Outcome.EMPTY_BODY, f"{len(body):,} bytes of nothing" if body else "")
    for sign, most, name in (("<", MOST_TAGS, "tags"), ("&", MOST_REFERENCES, "references")):
        if _more(text, sign, most):
            raise FeedError(Outcome.TOO_LARGE, f"more than {most:,} {name}")
    root = _root(text, content_type)
    mended, mending = _mended(text[root.start() :])
    element, whole, items = _element(mended, root["name"])
    notes = {
        decoding: True,
        "control signs": len(text) < len(given),
        "text before the feed": bool(PROLOG.sub("", text[: root.start()]).strip()),
        mending: True,
    }
    return Source(element, whole, items, tuple(note for note, met in notes.items() if note and met))


def _more(text: str, sign: str, most: int) -> bool:
    """Tell whether a sign stands outside CDATA more often than `most`."""
    return text.count(sign) > most and CDATA.sub("", text).count(sign) > most


def is_text(encoding: str) -> bool:
    """Tell whether bytes in an encoding are text; Python also knows some, as hex and zlib, that are not."""
    try:
        b"ab".decode(encoding, "replace")  # nothing at all would pass as any encoding
    except (LookupError, UnicodeError):
        return False
    return codecs.lookup(encoding).name not in NO_TEXT


def decoded(body: bytes, content_type: str) -> tuple[str, str]:
    """Give the text, and what had to be mended to read it.

    UTF-8 is proved by the bytes, for no other text passes for it; else the server's word is taken, then the document's.
    """
    named, mark = read_bom(body)
    wide = named or next((encoding for beginning, encoding in WIDE.items() if body.startswith(beginning)), "utf-8")
    if wide != "utf-8":
        return body[len(mark or b"") :].decode(wide, "replace"), ""
    claims = (http_content_type_encoding(content_type), html_body_declared_encoding(body))
    claimed = next((claim for claim in claims if claim and not claim.startswith("utf") and is_text(claim)), "")
    if body.isascii():
        return to_unicode(body, claimed or "ascii"), ""
    try:
        return body.decode("utf-8-sig"), (f"UTF-8 sent as {claimed}" if claimed else "")
    except UnicodeDecodeError:
        return (to_unicode(body, claimed), "") if claimed else _utf8(body)


def _utf8(body: bytes) -> tuple[str, str]:
    """Read what claims to be UTF-8 and may be damaged, or Windows-1252 in truth."""
    text = body.decode("utf-8-sig", "replace")
    broken = text.count("\ufffd")
    foreign = len(text) - len(text.encode("ascii", "ignore"))
    if not broken or broken * 10 < foreign:  # an Urdu feed with a sign cut in two stays an Urdu feed
        return text, ("broken signs" if broken else "")
    return body.decode("utf-8-sig", "cp1252"), "Windows-1252 sent as UTF-8"


def _as_cp1252(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("cp1252", "replace"), error.end


codecs.register_error("cp1252", _as_cp1252)


def _root(text: str, content_type: str) -> re.Match[str]:
    """Find the feed's root element."""
    first = next((found for found in PROLOG.finditer(text[:HEAD]) if found["name"]), None)
    name = _local(first["name"]) if first else ""
    root = first if name in ROOTS else None if name in ("html", "head", "body") else FEED.search(text, 0, HEAD)
    if root is None:
        raise _no_feed(text, name, content_type)
    if re.search("<!ENTITY", text[: root.start()], re.IGNORECASE):
        raise FeedError(Outcome.REFUSED, "the document declares entities")
    return root


def _no_feed(text: str, name: str, content_type: str) -> FeedError:
    """Say what came in place of the feed."""
    if text.lstrip().startswith(("{", "[")):
        return FeedError(Outcome.NOT_A_FEED, "JSON")
    if name in PAGES or "html" in content_type or re.search("<!DOCTYPE html", text[:HEAD], re.IGNORECASE):
        title = re.search(r"<title[^<>]*>([^<]*)", text[:HEAD], re.IGNORECASE)
        named = f'"{" ".join(title[1].split())[:80]}"' if title else "without a title"
        return FeedError(Outcome.CHALLENGE if _challenges(text, named) else Outcome.HTML, f"a page {named}")
    return FeedError(Outcome.NOT_A_FEED, f"an XML document of <{name[:40]}>" if name else "no XML")


def _challenges(page: str, title: str) -> bool:
    """Tell a page that asks whether we are a robot from one an outlet shows its readers."""
    if CHALLENGE_TITLES.search(title) or CHALLENGE_SIGNS.search(page, 0, HEAD):
        return True
    return len(page) < HEAD and "captcha" in page.lower()  # a front page is longer, and may hold one in a form


def _local(name: str) -> str:
    return name.rpartition(":")[2].lower()


def _element(text: str, name: str) -> tuple[str, bool, tuple[str, ...]]:
    """Give the root element that `text` begins with, whether it is whole, and its whole items."""
    opening = text[: text.find(">") + 1] or text
    if opening.endswith("/>"):
        return opening, True, ()
    items: list[str] = []
    begun, last = -1, len(opening)
    for found in PARTS.finditer(text, len(opening)):
        if found["end"] and found["name"].lower() == name.lower():
            return text[: found.end()], True, tuple(items)
        if (found["kind"] or "").lower() not in ("item", "entry"):
            continue
        if not found["end"]:
            begun = found.start() if begun < 0 else begun
        elif begun >= 0:
            items.append(text[begun : found.end()])
            begun, last = -1, found.end()
    closing = f"</channel></{name}>" if _local(name) == "rss" else f"</{name}>"
    return text[:last] + closing, False, tuple(items)


def _mended(text: str) -> tuple[str, str]:
    """Make legal what feeds write wrong most, and keep apart what feedparser would join."""
    stray, undeclared = 0, "xmlns:rss" not in text

    def mend(found: re.Match[str]) -> str:
        nonlocal stray
        if found["renamed"]:
            return f"<{found['slash']}{RENAMED[found['renamed']]}{found['empty']}>"
        if found["prefix"]:
            return found[0].removesuffix("rss:") if undeclared else found[0]
        if found["unused"] is not None:
            return f"<{found['unused']}unused"
        if not found["amp"]:
            return found[0] if found[0].startswith("<![") else ""  # a comment may be ill-formed and tells us nothing
        legal = reference(found)
        stray += legal != found[0]
        return legal

    return SIGNS.sub(mend, text), ("stray ampersands or unknown entities" if stray else "")


def reference(found: re.Match[str]) -> str:
    """Give a reference that XML knows: HTML's names become signs, numbers of no legal sign nothing."""
    if number := found["number"]:
        point = int(number[1:], 16) if number[0] in "xX" else int(number)
        return "" if point > 0x10FFFF or ILLEGAL.match(chr(point)) else found[0]
    entity = found["entity"]
    if entity in ("amp", "lt", "gt", "quot", "apos"):
        return found[0]
    sign = html5.get(f"{entity};", "") if entity else ""
    return sign if sign and sign not in "&<>" else f"&amp;{found[0][1:]}"
