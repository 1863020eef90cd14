"""From bytes to items: samples of what is odd with what must be had of it beside, and every mutation of them."""

import json
import time
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
from mentions.urls import key
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
        (b"<html><title>Just a moment...</title>", "", Outcome.HTML, 'a bot challenge, "Just a moment..."'),
        (b"<html><script src='/_Incapsula_Resource'>", "", Outcome.HTML, "a bot challenge, without a title"),
        (b"<html><body><pre>&lt;rss><rss><item></pre>", "", Outcome.HTML, "a page without a title"),
        (b'{"version": "https://jsonfeed.org/version/1", "html": "<p>"}', "", Outcome.NOT_A_FEED, "JSON"),
        (b"Too many requests", "", Outcome.NOT_A_FEED, "no XML"),
        (b"%PDF-1.7\n\xe2\xe3\xcf\xd3", "", Outcome.NOT_A_FEED, "no XML"),
        (b"<?xml version='1.0'?><opml/>", "", Outcome.NOT_A_FEED, "an XML document of <opml>"),
        (RSS % (b"<item/>" * 3 + b"<item></item>"), "", Outcome.NOT_A_FEED, "lists 1 items, none with title, address or id"),
        (b'<!DOCTYPE rss [<!ENTITY a "b">]>' + RSS, "", Outcome.REFUSED, "the document declares entities"),
        (b'<!DOCTYPE rss [<!ENTITY a "<rss>">]>' + RSS, "", Outcome.REFUSED, "the document declares entities"),
        (b'<!DOCTYPE rss SYSTEM "x" [<!entity % a SYSTEM "file:///x">%a;]>' + RSS, "", Outcome.REFUSED, "the document declares entities"),
        ('<!DOCTYPE rss [<!ENTITY a "b">]><rss></rss>'.encode("utf-16"), "", Outcome.REFUSED, "the document declares entities"),
        ('<!DOCTYPE rss [<!ENTITY a "b">]><rss></rss>'.encode("utf-16-be"), "", Outcome.REFUSED, "the document declares entities"),
        ('<!DOCTYPE rss [<!ENTITY a "b">]><rss></rss>'.encode("utf-32"), "", Outcome.REFUSED, "the document declares entities"),
        (RSS % b"<itm><title>One</title></item>", "", Outcome.NOT_A_FEED, "lists nothing and is not well-formed"),
        (RSS % (b"<a>" * 210_000), "", Outcome.TOO_LARGE, "more than 200,000 tags"),
    ],
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


REAL = sorted(path for path in (SHARED / "real").rglob("*") if path.is_file() and path.stat().st_size < 1_000_000)
CAPTURES = (
    "gesab001__headlines",
    "greatfire__feeds",
    "gsidhu__Pretty_Parser",
    "miniflux__v2",
    "kagisearch__fastfeedparser",
)
ENDS = {
    "bbc/2020-04-28T124318": Outcome.EMPTY_BODY,
    "other/fox_": Outcome.CUT_OFF,
    "other/latimes_": Outcome.HTML,
    "other/straittimes_2021": Outcome.HTML,
    "other/straittimes_2020": Outcome.EMPTY,
    "LICENSE": Outcome.NOT_A_FEED,
    "d4b7ab74da763119": Outcome.NOT_A_FEED,  # JSON Feed
    "json_feed_sample": Outcome.NOT_A_FEED,
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
    for path in paths:
        try:
            read(path.read_bytes())
        except FeedError as error:
            assert error.outcome in (Outcome.NOT_A_FEED, Outcome.REFUSED), path
