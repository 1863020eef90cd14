"""From bytes to items: samples of what is odd with what must be had of it beside, and every mutation of them."""

import json
import time
import xml.etree.ElementTree as ET
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collectors import FeedError
from collectors.parse import MOST_ITEMS, MOST_SUMMARY, MOST_TITLE, Document, parse
from mentions.model import Feed, Outcome
from mentions.urls import canonical, key
from tests.conftest import SHARED, needs_shared

URL = "https://valley-courier.example/feed"
FEED = Feed(URL, "valley-courier", "Valley Courier", "en")
SEEN = int(datetime(2026, 7, 15, 12, tzinfo=UTC).timestamp())
SAMPLES = sorted((Path(__file__).parent / "feeds").glob("*.xml"))
RSS = b"<rss version='2.0'><channel>%s</channel></rss>"


def read(body: bytes, content_type: str = "") -> Document:
    return parse(FEED, "IN", body, URL, content_type, SEEN)


def failure(body: bytes, content_type: str = "") -> tuple[Outcome, str]:
    with pytest.raises(FeedError) as caught:
        read(body, content_type)
    return caught.value.outcome, caught.value.detail


def plain(document: Document) -> dict[str, Any]:
    """Give a document as the files beside the samples state it."""
    items = [
        {
            "title": item.title,
            "link": item.link,
            "summary": item.summary,
            "published": datetime.fromtimestamp(item.published, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "dated_by": item.dated_by,
        }
        for item in document.items
    ]
    return {"outcome": document.outcome, "detail": document.detail, "items": items}


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.stem)
def test_sample(sample: Path) -> None:
    assert plain(read(sample.read_bytes())) == json.loads(sample.with_suffix(".json").read_text())


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.stem)
def test_a_document_cut_anywhere_gives_whole_items_only(sample: Path) -> None:
    body = sample.read_bytes()
    known = {(item.key, item.title, item.summary) for item in read(body).items}
    for end in range(0, len(body), max(1, len(body) // 40)):
        try:
            cut = read(body[:end])
        except FeedError:
            continue
        assert {(item.key, item.title, item.summary) for item in cut.items} <= known
        assert cut.outcome == Outcome.CUT_OFF or cut == read(body)


CHANGES = st.tuples(
    st.floats(0, 1),
    st.sampled_from([b"", b"\0", b"\xff", b"<", b">", b"&", b'"', b"]]>", b"<![CDATA[", b"<!--", b"-->", b"</item>"])
    | st.sampled_from(
        [b"<item>", b"</rss>", b"<title>", b"<source>", b"<link>http://[</link>", b' xml:base="http://[" ']
    )
    | st.sampled_from([b"&#x110000;", b"&#55555;", b"<!DOCTYPE x [", b"<image>", b"<gml:pos>1</gml:pos>"])
    | st.binary(max_size=4),
    st.integers(0, 12),
)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(SAMPLES), st.lists(CHANGES, min_size=1, max_size=6))
def test_a_damaged_document_is_read_or_named(sample: Path, changes: list[tuple[float, bytes, int]]) -> None:
    body = sample.read_bytes()
    for place, new, lost in changes:
        at = int(place * len(body))
        body = body[:at] + new + body[at + lost :]
    try:
        document = read(body)
    except FeedError as error:
        assert error.detail or error.outcome == Outcome.EMPTY_BODY
        return
    for item in document.items:
        assert item.link == "" or item.link.startswith(("http://", "https://"))
        assert "\0" not in item.title + item.summary and "\n" not in item.title + item.summary
        (item.title + item.summary + item.stated).encode()  # no half of a surrogate pair, which no store takes


@given(
    st.binary(max_size=200),
    st.sampled_from(["", "text/html", "text/xml; charset=koi8-r", "application/xml; charset=no"]),
)
def test_any_bytes_are_read_or_named(body: bytes, content_type: str) -> None:
    try:
        read(body, content_type)
    except FeedError as error:
        assert error.outcome in (Outcome.EMPTY_BODY, Outcome.HTML, Outcome.NOT_A_FEED, Outcome.REFUSED)


@pytest.mark.parametrize(
    ("body", "content_type", "outcome", "detail"),
    [
        (b"", "", Outcome.EMPTY_BODY, ""),
        (b"\xef\xbb\xbf \n", "", Outcome.EMPTY_BODY, "5 bytes of nothing"),
        (b"\0\0\0", "", Outcome.EMPTY_BODY, "3 bytes of nothing"),
        (b"<!doctype html><title>Home\n page</title>", "", Outcome.HTML, 'a page "Home page"'),
        (b"<html><body>moved</body></html>", "", Outcome.HTML, "a page without a title"),
        (b"<div>Sorry</div>", "text/html", Outcome.HTML, "a page without a title"),
        (b"<html><title>Just a moment...</title>", "", Outcome.CHALLENGE, 'a page "Just a moment..."'),
        (b"<html><script src='/_Incapsula_Resource'>", "", Outcome.CHALLENGE, "a page without a title"),
        (b"<title>Attention Required! | Cloudflare</title>", "", Outcome.CHALLENGE, 'a page "Attention Required! | Cloudflare"'),
        (b"<HTML><TITLE>Access Denied</TITLE>", "", Outcome.CHALLENGE, 'a page "Access Denied"'),
        (b"<html><body>Request unsuccessful. Incapsula incident ID: 1", "", Outcome.CHALLENGE, "a page without a title"),
        (b"<html><title>x</title><div class='g-recaptcha'>", "", Outcome.CHALLENGE, 'a page "x"'),
        (b"<html><title>Home</title>" + b"<p>News</p>" * 2_000 + b"<div class='g-recaptcha'>", "", Outcome.HTML, 'a page "Home"'),
        (b"<html><title>Home</title><script src='/cdn-cgi/challenge-platform/scripts/jsd/main.js'>", "", Outcome.HTML, 'a page "Home"'),
        (b"<html><body><pre>&lt;rss><rss><item></pre>", "", Outcome.HTML, "a page without a title"),
        (b'{"version": "https://jsonfeed.org/version/1", "html": "<p>"}', "", Outcome.NOT_A_FEED, "JSON"),
        (b'{"version": "https://jsonfeed.org/version/1.1", "items": [{"id": "1"}', "", Outcome.NOT_A_FEED, "JSON"),
        (b'{"error": "no such page"}', "application/json", Outcome.NOT_A_FEED, "JSON"),
        (b'{"items": ' + b"[" * 200_000, "", Outcome.NOT_A_FEED, "JSON"),
        (b'{"version": "https://jsonfeed.org/version/1", "items": [1, {}, {"id": []}]}', "", Outcome.NOT_A_FEED, "lists 3 items, none with title, text, address or id"),
        (b"Too many requests", "", Outcome.NOT_A_FEED, "no XML"),
        (b"%PDF-1.7\n\xe2\xe3\xcf\xd3", "", Outcome.NOT_A_FEED, "no XML"),
        (b"<?xml version='1.0'?><opml/>", "", Outcome.NOT_A_FEED, "an XML document of <opml>"),
        (RSS % (b"<item/>" * 3 + b"<item></item>"), "", Outcome.NOT_A_FEED, "lists 1 items, none with title, text, address or id"),
        (b'<!DOCTYPE rss [<!ENTITY a "b">]>' + RSS, "", Outcome.REFUSED, "the document declares entities"),
        (b'<!DOCTYPE rss [<!ENTITY a "<rss>">]>' + RSS, "", Outcome.REFUSED, "the document declares entities"),
        (b'<!DOCTYPE rss SYSTEM "x" [<!entity % a SYSTEM "file:///x">%a;]>' + RSS, "", Outcome.REFUSED, "the document declares entities"),
        ('<!DOCTYPE rss [<!ENTITY a "b">]><rss></rss>'.encode("utf-16"), "", Outcome.REFUSED, "the document declares entities"),
        ('<!DOCTYPE rss [<!ENTITY a "b">]><rss></rss>'.encode("utf-16-be"), "", Outcome.REFUSED, "the document declares entities"),
        ('<!DOCTYPE rss [<!ENTITY a "b">]><rss></rss>'.encode("utf-32"), "", Outcome.REFUSED, "the document declares entities"),
        (RSS % b"<itm><title>One</title></item>", "", Outcome.NOT_A_FEED, "lists nothing and is not well-formed"),
        (RSS % (b"<a>" * 210_000), "", Outcome.TOO_LARGE, "more than 200,000 tags"),
        (RSS % (b"&" * 1_000_001), "", Outcome.TOO_LARGE, "more than 1,000,000 references"),
        (b"&" * 1_000_001, "", Outcome.TOO_LARGE, "more than 1,000,000 references"),
    ],
    ids=lambda value: f"{value[:50]!r}" if isinstance(value, bytes) else None,
)  # fmt: skip
def test_what_is_no_feed_is_named(body: bytes, content_type: str, outcome: Outcome, detail: str) -> None:
    assert failure(body, content_type) == (outcome, detail)


@pytest.mark.parametrize(
    ("encoding", "declared", "content_type"),
    [
        ("utf-8", "", ""),
        ("utf-8", "iso-8859-1", ""),
        ("utf-8", "", "text/xml; charset=iso-8859-1"),
        ("utf-8", "", "text/xml"),
        ("utf-8-sig", "utf-8", "application/rss+xml"),
        ("koi8-r", "koi8-r", ""),
        ("koi8-r", "", "text/xml; charset=koi8-r"),
        ("cp1251", "windows-1251", "text/xml; charset=utf-8"),
        ("utf-16", "", ""),
        ("utf-16-le", "utf-16", ""),
        ("utf-32", "", ""),
        ("utf-8", "no-such-encoding", "text/xml; charset=no-such-encoding"),
    ],
)
def test_encodings(encoding: str, declared: str, content_type: str) -> None:
    named = f' encoding="{declared}"' if declared else ""
    text = f'<?xml version="1.0"{named}?><rss><channel><item><title>Переговоры</title></item></channel></rss>'
    assert read(text.encode(encoding), content_type).items[0].title == "Переговоры"


def test_an_article_may_write_of_entities() -> None:
    assert read(RSS % b"<item><title><![CDATA[What <!ENTITY means]]></title></item>").items[0].title


def test_lengths_are_bounded_and_the_cut_shows() -> None:
    item = read(
        RSS % b"<item><title>%s</title><description>%s</description></item>" % (b"a" * 2_000, b"b " * 9_000)
    ).items[0]
    assert (len(item.title), item.title[-2:]) == (MOST_TITLE, "a…")
    assert len(item.summary) <= MOST_SUMMARY and item.summary.endswith("b…")


def test_items_are_bounded_and_the_cut_shows() -> None:
    body = RSS % b"".join(b"<item><title>%d</title></item>" % n for n in range(MOST_ITEMS + 7))
    document = read(body)
    assert (len(document.items), document.detail) == (MOST_ITEMS, "2,007 items listed, 2,000 kept")


def test_identity() -> None:
    listed = b"<link>https://valley-courier.example/a?utm_source=x</link>", b"<guid isPermaLink='false'>g1</guid>", b""
    linked, guided, bare = read(
        RSS % b"".join(b"<item><title>Talks</title>%s</item>" % given for given in listed)
    ).items
    assert (linked.url, linked.key) == ("https://valley-courier.example/a", key("https://valley-courier.example/a"))
    assert (guided.url, guided.key) == ("", key("guid:valley-courier:g1"))
    assert (bare.url, bare.key) == ("", key("text:valley-courier:Talks:"))


def test_who_an_aggregator_has_it_from() -> None:
    said, atom, silent, script = read(
        RSS
        % b"""<item><title>Talks</title><source url="http://www.cedar.example:80/feed?utm_source=x">Cedar &amp; Pine</source></item>
        <item><title>More</title><source><title>Pine</title><link href="https://pine.example/"/></source></item>
        <item><title>Third</title></item>
        <item><title>Fourth</title><source url="javascript:alert(1)">Script</source></item>"""
    ).items
    assert (said.source, said.source_name) == (canonical("https://www.cedar.example/feed"), "Cedar & Pine")
    assert (atom.source, atom.source_name) == (canonical("https://pine.example/"), "Pine")
    assert (silent.source, silent.source_name) == ("", "")
    assert (script.source, script.source_name) == ("", "Script")


def test_the_outlets_own_address_goes_before_that_of_feedburner() -> None:
    given = b"<title>Talks</title><link>http://feedproxy.google.com/~r/valley/~3/x/</link>%s"
    own = b"<f:origLink xmlns:f='http://rssnamespace.org/feedburner/ext/1.0'>https://valley-courier.example/a</f:origLink>"
    first, second = read(RSS % b"".join(b"<item>%s</item>" % (given % end) for end in (own, b""))).items
    assert first.link == "https://valley-courier.example/a"
    assert second.link == "http://feedproxy.google.com/~r/valley/~3/x/"


def test_the_id_is_kept_as_given_and_cut() -> None:
    first, second = read(
        RSS % b"<item><guid isPermaLink='false'> Desk: 7 </guid></item><item><guid>%s</guid></item>" % (b"g" * 2_000)
    ).items
    assert (first.guid, second.guid) == ("Desk: 7", "g" * 1_000)


def test_links_that_are_no_addresses_are_left_out_and_counted() -> None:
    links = ("javascript:alert(1)", "mailto:desk@valley-courier.example", "ftp://valley-courier.example/a", "/b")
    document = read(RSS % "".join(f"<item><title>{link}</title><link>{link}</link></item>" for link in links).encode())
    assert document.detail == "3 links that are not http or https left out"
    assert [item.link for item in document.items] == ["", "", "", "https://valley-courier.example/b"]


@pytest.mark.parametrize(
    ("channel", "seconds"),
    [
        ("", 0),
        ("<ttl>15</ttl>", 900),
        ("<ttl> 60 </ttl>", 3600),
        ("<ttl>0</ttl>", 0),
        ("<ttl>-5</ttl>", 0),
        ("<ttl>1.5</ttl>", 0),
        ("<ttl>\u0661\u0665</ttl>", 0),
        ("<ttl>99999999999</ttl>", 0),
        ("<ttl>soon</ttl><sy:updatePeriod>hourly</sy:updatePeriod>", 3600),
        ("<ttl>5</ttl><sy:updatePeriod>daily</sy:updatePeriod>", 300),
        ("<sy:updatePeriod>\n hourly </sy:updatePeriod><sy:updateFrequency>\n 2 </sy:updateFrequency>", 1800),
        ("<sy:updatePeriod>daily</sy:updatePeriod><sy:updateFrequency>0</sy:updateFrequency>", 0),
        ("<sy:updatePeriod>weekly</sy:updatePeriod>", 604_800),
        ("<sy:updatePeriod>often</sy:updatePeriod>", 0),
    ],
)
def test_how_often_a_feed_asks_to_be_read(channel: str, seconds: int) -> None:
    spaces = "xmlns:sy='http://purl.org/rss/1.0/modules/syndication/'"
    body = f"<rss {spaces}><channel>{channel}<item><title>Talks</title></item></channel></rss>"
    assert read(body.encode()).ttl == seconds


@pytest.mark.parametrize("end", ["", "<updated>2026-07-14T20:00:00Z</updated>"])
def test_the_first_date_of_the_best_kind_counts(end: str) -> None:
    dc = "<dc:date>2026-07-14T10:00:00Z</dc:date>"
    at = [
        read(RSS.replace(b"%s", f"<item><title>Talks</title>{dates}{end}</item>".encode())).items[0].stated
        for dates in (
            dc,
            f"{dc}<pubDate>2026-07-14T09:00:00Z</pubDate>",
            "<pubDate>2026-07-14T09:00:00Z</pubDate>" + dc,
        )
    ]
    assert at == ["2026-07-14T10:00:00Z", "2026-07-14T09:00:00Z", "2026-07-14T09:00:00Z"]


JSON_FEED: dict[str, Any] = {
    "version": "https://jsonfeed.org/version/1.1",
    "title": "Valley Courier",
    "home_page_url": "https://valley-courier.example/home/",
    "items": [
        {
            "id": "https://valley-courier.example/a",
            "url": "https://valley-courier.example/a",
            "title": "Envoys meet \ud800in Geneva",
            "content_html": "<p>Two envoys met.</p><p>They spoke.</p>",
            "date_published": "2026-07-14T10:00:00+05:30",
            "date_modified": "2026-07-15T10:00:00+05:30",
        },
        {"id": 7, "url": "b", "content_text": "Only a text.", "external_url": "https://cedar.example/"},
        {"id": 7.5, "url": "javascript:alert(1)", "title": None, "summary": ["x"], "date_published": {}},
        "no item",
    ],
}


def test_a_json_feed_is_read_as_any_other() -> None:
    document = read(json.dumps(JSON_FEED).encode(), "application/feed+json")
    assert (document.outcome, document.detail) == (Outcome.OK, "1 link that is not http or https left out")
    assert [(item.title, item.link, item.guid, item.summary) for item in document.items] == [
        (
            "Envoys meet in Geneva",
            "https://valley-courier.example/a",
            "https://valley-courier.example/a",
            "Two envoys met. They spoke.",
        ),
        ("", "https://valley-courier.example/home/b", "7", "Only a text."),
        ("", "", "7.5", ""),
    ]
    assert document.items[0].stated == "2026-07-14T10:00:00+05:30"
    assert document.items[0].published == datetime(2026, 7, 14, 4, 30, tzinfo=UTC).timestamp()
    empty = read(b'\xef\xbb\xbf {"version": "https://jsonfeed.org/version/1", "items": []}')
    assert (empty.items, empty.outcome) == ((), Outcome.EMPTY)


def test_a_million_ampersands_take_seconds() -> None:
    began = time.process_time()
    read(RSS % b"<item><title>%s</title></item>" % (b"&" * 999_000))
    with suppress(FeedError):
        read(RSS % b"<item><title>%s</title></item>" % (b"&" * 8_000_000))
    assert time.process_time() - began < 10


@pytest.mark.parametrize(
    "piece",
    [
        "<![CDATA[",
        "<!--",
        "<?",
        "<!DOCTYPE [",
        "<",
        "<a ",
        '<a b="',
        "&",
        "&nbsp;",
        "</item>",
        "<media:title ",
        "]]>",
        "<rss:",
    ]
    + [
        "<author>a.",
        "a.",
        "<category>x</category>",
        "<p>",
        "<item><title>x</title></item>",
        "&lt;script",
        "&lt;a\"'",
        "1-",
    ],
)
@pytest.mark.parametrize(
    "around", ["%s", "<item><title>%s</title></item>", "<item><author>%s</author><pubDate>%s</pubDate></item>"]
)
def test_no_hostile_document_takes_long(piece: str, around: str) -> None:
    began = time.process_time()
    with suppress(FeedError):
        read(RSS % around.replace("%s", piece * (60_000 // len(piece))).encode())
    assert time.process_time() - began < 3


@pytest.mark.parametrize("encoding", ["punycode", "idna", "utf-7", "undefined", "unicode_escape", "hex"])
def test_encodings_that_no_document_is_in_are_passed_over(encoding: str) -> None:
    began = time.process_time()
    item = b"<item><title>%s</title><link>https://reed.example/1</link></item>" % (b"Harbour reopens " * 20)
    document = read(b"<?xml version='1.0' encoding='%s'?>%s" % (encoding.encode(), RSS % (item * 500)))
    assert document.items[0].title.startswith("Harbour reopens")
    assert time.process_time() - began < 3


REAL = sorted(path for path in (SHARED / "real").rglob("*") if path.is_file() and path.stat().st_size < 1_000_000)
CAPTURES = (
    "gesab001__headlines",
    "greatfire__feeds",
    "gsidhu__Pretty_Parser",
    "miniflux__v2",
    "kagisearch__fastfeedparser",
    "mediacloud__rss-fetcher",
    "timb-machine-mirrors__anarcat-feed2exec",
)
ENDS = {
    "bbc/2020-04-28T124318": Outcome.EMPTY_BODY,
    "other/fox_": Outcome.CUT_OFF,
    "other/latimes_": Outcome.HTML,
    "other/straittimes_2021": Outcome.HTML,
    "other/straittimes_2020": Outcome.EMPTY,
    "LICENSE": Outcome.NOT_A_FEED,
}


@needs_shared
@pytest.mark.parametrize("source", CAPTURES)
def test_real_captures(source: str) -> None:
    paths = [path for path in REAL if source in path.parts]
    assert paths
    for path in paths:
        expected = next((outcome for part, outcome in ENDS.items() if part in str(path)), Outcome.OK)
        try:
            document = read(path.read_bytes())
        except FeedError as error:
            assert error.outcome == expected, path
            continue
        assert document.outcome == expected, path
        assert all(item.title and item.link and item.url for item in document.items), path


@needs_shared
def test_real_samples_of_feedparser_never_break_the_reading() -> None:
    paths = [path for path in REAL if "kurtmckee__feedparser" in path.parts and path.suffix == ".xml"]
    assert len(paths) > 600
    kept = 0
    for path in paths:
        expected = titled_links(path.read_bytes())
        try:
            document = read(path.read_bytes())
        except FeedError as error:
            assert error.outcome == Outcome.REFUSED or (error.outcome == Outcome.NOT_A_FEED and not expected), path
            continue
        assert expected <= {item.link for item in document.items}, path
        kept += len(expected)
    assert kept


def titled_links(body: bytes) -> set[str]:
    """Give the addresses of the items that have a title too, as another parser than the product's reads them."""
    try:
        root = ET.fromstring(body)
    except (ET.ParseError, ValueError, LookupError):  # ill-formed, or in an encoding expat does not know
        return set()
    atom = "{http://www.w3.org/2005/Atom}"
    rows = [(item.find("title"), item.findtext("link", "")) for item in root.iterfind("channel/item")]
    for entry in root.iterfind(f"{atom}entry"):
        own = [one.get("href", "") for one in entry.iterfind(f"{atom}link") if one.get("rel") in (None, "alternate")]
        rows += [(entry.find(f"{atom}title"), link) for link in own if len(own) == 1]
    return {link for title, link in rows if title is not None and title.text and link.startswith("http")}
