"""From an address to items over a real connection: what servers send, how it ends, how many items are had."""

import asyncio
import gzip
import shutil
import socket
import ssl
import subprocess
import threading
import time
import zlib
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from itertools import pairwise
from pathlib import Path

import pytest

from collectors import FeedError
from collectors.fetch import HEADER_BYTES, Hosts, Limits, Manners, Reply, fetch, manners, session
from collectors.guard import SettingError, networks
from collectors.parse import parse
from mentions.model import Feed, Outcome, Validators
from tests.server import Answer, Names, Site, naming, refusing, serving

FEED = Feed("https://valley-courier.example/feed", "valley-courier", "Valley Courier", "en")
SEEN = 1_790_000_000
QUICK = Limits(connect=0.6, read=0.6, total=1.2, wire=200_000, body=400_000)
XML = {"Content-Type": "application/rss+xml"}
LOOPBACK = networks(["127.0.0.0/8", "::1/128"])
KNOWN = Validators('W/"v1"', "Tue, 05 Jan 2027 10:00:00 GMT")


def rss(items: int, extra: str = "") -> bytes:
    listed = "".join(
        f"<item><title>Talks, day {n}</title><link>https://valley-courier.example/{n}</link></item>"
        for n in range(items)
    )
    return f"<rss version='2.0'><channel><title>Courier</title>{listed}{extra}</channel></rss>".encode()


def zipped(body: bytes) -> dict[str, str]:
    return {**XML, "Content-Encoding": "gzip", "X-Size": str(len(body))}


GZ, BOMB = gzip.compress(rss(3)), gzip.compress(b" " * 50_000_000)
BARE = zlib.compressobj(wbits=-15)
DEFLATED = BARE.compress(rss(3)) + BARE.flush()
HALF = len(rss(3)) // 2
MEMBERS = gzip.compress(rss(3)[:HALF]) + gzip.compress(b"") + gzip.compress(rss(3)[HALF:])
LAUGHS = b"<!DOCTYPE r [<!ENTITY a 'ha'><!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;'>]>"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n"


def raw(head: bytes, body: bytes = b"") -> Answer:
    """An answer whose status line is good and whose headers are these."""
    return Answer(raw=b"HTTP/1.1 200 OK\r\n" + head + b"\r\n" + body)


def to(address: str, status: int = 302) -> Answer:
    return Answer(status=status, headers={"Location": address})


O = Outcome
GARBLED = "the answer is not HTTP"
CASES: dict[str, tuple[Answer, Outcome, int, str]] = {
    # What is read.
    "plain feed": (Answer(rss(3), headers=XML), O.OK, 3, ""),
    "gzip": (Answer(rss(3), headers=XML, zipped=True), O.OK, 3, ""),
    "gzip by its old name": (Answer(GZ, headers={"Content-Encoding": "X-GZIP"}), O.OK, 3, ""),
    "gzip in three members": (Answer(MEMBERS, headers=zipped(MEMBERS)), O.OK, 3, ""),
    "gzip with something behind": (Answer(GZ + b"\0\0junk", headers=zipped(GZ)), O.OK, 3, ""),
    "gzip not named in the header": (Answer(GZ, headers=XML), O.OK, 3, ""),
    "named gzip, sent plain": (Answer(rss(3), headers=zipped(b"")), O.OK, 3, ""),
    "deflate with its frame": (Answer(zlib.compress(rss(3)), headers={"Content-Encoding": "deflate"}), O.OK, 3, ""),
    "deflate without its frame": (Answer(DEFLATED, headers={"Content-Encoding": "deflate"}), O.OK, 3, ""),
    "no content type": (Answer(rss(2)), O.OK, 2, ""),
    "feed served as text/html": (Answer(rss(2), headers={"Content-Type": "text/html; charset=utf-8"}), O.OK, 2, ""),
    "feed served as a picture": (Answer(rss(2), headers={"Content-Type": "image/png"}), O.OK, 2, ""),
    "UTF-16": (Answer(rss(2).decode().encode("utf-16")), O.OK, 2, ""),
    "byte order mark and another charset": (
        Answer(b"\xef\xbb\xbf" + rss(2), headers={"Content-Type": "application/xml; charset=utf-16"}),
        O.OK,
        2,
        "",
    ),
    "chunked": (Answer(raw=CHUNKED + b"\r\n%x\r\n%s\r\n0\r\n\r\n" % (len(rss(2)), rss(2))), O.OK, 2, ""),
    "chunked with a trailer": (
        Answer(raw=CHUNKED + b"\r\n%x\r\n%s\r\n0\r\nX-Late: 1\r\n\r\n" % (len(rss(2)), rss(2))),
        O.OK,
        2,
        "",
    ),
    "no length, closed at the end": (Answer(rss(2), length=-1), O.OK, 2, ""),
    "early hints before the answer": (
        Answer(raw=b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\n\r\n" + rss(2)),
        O.OK,
        2,
        "",
    ),
    "a header over two lines": (raw(b"X-Old: a\r\n b\r\n", rss(2)), O.OK, 2, ""),
    "200 with an address to go to": (Answer(rss(2), headers={"Location": "/other", "Refresh": "0"}), O.OK, 2, ""),
    "feed without items": (Answer(rss(0)), O.EMPTY, 0, ""),
    # What is no feed.
    "empty body": (Answer(b"", headers=XML), O.EMPTY_BODY, 0, ""),
    "blank body": (Answer(b" \r\n\t\n", headers=XML), O.EMPTY_BODY, 0, "5 bytes of nothing"),
    "web page": (Answer(b"<!DOCTYPE html><html><head><title>Home</title></head></html>"), O.HTML, 0, 'a page "Home"'),
    "bot challenge": (
        Answer(b"<html><head><title>Just a moment...</title></head><body></body></html>"),
        O.CHALLENGE,
        0,
        'a page "Just a moment..."',
    ),
    "bot challenge with a status": (
        Answer(b"<html>", status=403, headers={"cf-mitigated": "challenge"}),
        O.CHALLENGE,
        0,
        "403 Forbidden",
    ),
    "bot challenge, as they say themselves": (
        Answer(b"<html>", headers={"cf-mitigated": "challenge"}),
        O.CHALLENGE,
        0,
        "200 OK",
    ),
    "an encoding with signs a terminal obeys": (
        raw(b"Content-Encoding: \x1b]0;x\r\n", rss(1)),
        O.REFUSED,
        0,
        r"sent as '\x1b]0;x', which",
    ),
    "plain words": (Answer(b"Service is busy", headers={"Content-Type": "text/plain"}), O.NOT_A_FEED, 0, "no XML"),
    "JSON": (Answer(b'{"items": []}'), O.NOT_A_FEED, 0, "JSON"),
    "sitemap": (
        Answer(b"<?xml version='1.0'?><urlset><url/></urlset>"),
        O.NOT_A_FEED,
        0,
        "an XML document of <urlset>",
    ),
    "picture": (Answer(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"), O.NOT_A_FEED, 0, "no XML"),
    "gzip twice": (Answer(gzip.compress(GZ), headers=zipped(GZ)), O.NOT_A_FEED, 0, "no XML"),
    "entity declared": (Answer(b"<!DOCTYPE r [<!ENTITY a 'aa'>]>" + rss(1)), O.REFUSED, 0, "declares entities"),
    "entity of entities": (Answer(LAUGHS + rss(1)), O.REFUSED, 0, "declares entities"),
    "entity from a file": (
        Answer(b"<!DOCTYPE r [<!ENTITY a SYSTEM 'file:///etc/hostname'>]>" + rss(1)),
        O.REFUSED,
        0,
        "declares entities",
    ),
    # What is too much.
    "too many bytes, announced": (Answer(b"x" * 10, length=9_000_000), O.TOO_LARGE, 0, "more than 200,000 bytes"),
    "too many bytes, not announced": (
        Answer(rss(1, " " * 300_000), length=-1),
        O.TOO_LARGE,
        0,
        "more than 200,000 bytes",
    ),
    "too many bytes after inflating": (
        Answer(rss(1, " " * 500_000), zipped=True),
        O.TOO_LARGE,
        0,
        "400,000 bytes after inflating",
    ),
    "gzip bomb": (Answer(BOMB, headers=zipped(BOMB)), O.TOO_LARGE, 0, "400,000 bytes after inflating"),
    "gzip bomb in the second member": (
        Answer(GZ + BOMB, headers=zipped(BOMB)),
        O.TOO_LARGE,
        0,
        "400,000 bytes after inflating",
    ),
    "deflate bomb": (
        Answer(zlib.compress(b" " * 50_000_000), headers={"Content-Encoding": "deflate"}),
        O.TOO_LARGE,
        0,
        "400,000 bytes after inflating",
    ),
    "gzip of endless members": (
        Answer(gzip.compress(b"") * 5_000, headers=zipped(GZ)),
        O.TOO_LARGE,
        0,
        "more than 100 gzip members",
    ),
    "endless header": (
        Answer(headers={"X-Long": "x" * (HEADER_BYTES + 1)}),
        O.TOO_LARGE,
        0,
        "a header of more than 16,384 bytes",
    ),
    "endless status line": (
        Answer(raw=b"HTTP/1.1 200 " + b"O" * 99_999),
        O.TOO_LARGE,
        0,
        "a header of more than 16,384 bytes",
    ),
    "thousands of headers": (
        raw(b"".join(b"X-%d: 1\r\n" % n for n in range(9_000))),
        O.TOO_LARGE,
        0,
        "too many headers",
    ),
    # What ends early, or late.
    "document ends early": (Answer(rss(3)[:150]), O.CUT_OFF, 1, "ends before its end, 1 whole"),
    "gzip cut short": (Answer(GZ[:-20], headers=zipped(GZ)), O.CUT_OFF, 0, "the compressed answer ends early"),
    "second member cut short": (
        Answer(GZ + GZ[:-20], headers=zipped(GZ)),
        O.CUT_OFF,
        0,
        "the compressed answer ends early",
    ),
    "chunked, never ended": (
        Answer(raw=CHUNKED + b"\r\n%x\r\n%s\r\n" % (len(rss(2)), rss(2))),
        O.CUT_OFF,
        0,
        "connection closed after",
    ),
    "closed before the promised end": (Answer(rss(3), length=9_999), O.CUT_OFF, 0, "of 9,999 bytes"),
    "length too small, all at once": (
        raw(b"Content-Length: 50\r\n", rss(3)),
        O.CUT_OFF,
        0,
        "more was sent than was announced",
    ),
    "length too small, in two pieces": (
        Answer(raw=(b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n", rss(3))),
        O.CUT_OFF,
        0,
        "ends before its end",
    ),
    "length too small, to be closed": (
        raw(b"Connection: close\r\nContent-Length: 50\r\n", rss(3)),
        O.CUT_OFF,
        0,
        "more was sent than was announced",
    ),
    # What cannot be read.
    "gzip damaged": (
        Answer(GZ[:12] + b"\xff" * 40 + GZ[52:], headers=zipped(GZ)),
        O.NOT_A_FEED,
        0,
        "the compressed answer is damaged",
    ),
    "gzip of a wrong sum": (
        Answer(GZ[:-8] + b"\0" * 8, headers=zipped(GZ)),
        O.NOT_A_FEED,
        0,
        "the compressed answer is damaged",
    ),
    "brotli, never asked for": (
        Answer(b"\x0b\x02", headers={"Content-Encoding": "br"}),
        O.REFUSED,
        0,
        "sent as 'br', which was not asked for",
    ),
    "encodings in a row": (
        Answer(GZ, headers={"Content-Encoding": "gzip, gzip"}),
        O.REFUSED,
        0,
        "sent as 'gzip, gzip', which",
    ),
    "two lengths": (raw(b"Content-Length: 9\r\nContent-Length: 50\r\n", rss(1)), O.HTTP, 0, GARBLED),
    "length and chunks": (
        raw(b"Content-Length: 9\r\nTransfer-Encoding: chunked\r\n", b"0\r\n\r\n"),
        O.HTTP,
        0,
        GARBLED,
    ),
    "negative length": (raw(b"Content-Length: -1\r\n", rss(1)), O.HTTP, 0, GARBLED),
    "length beyond counting": (raw(b"Content-Length: 99999999999999999999\r\n", rss(1)), O.HTTP, 0, GARBLED),
    "chunk of no size": (Answer(raw=CHUNKED + b"\r\nzz\r\nabc"), O.HTTP, 0, GARBLED),
    "chunk beyond counting": (Answer(raw=CHUNKED + b"\r\nfffffffffffffffff\r\nabc"), O.HTTP, 0, GARBLED),
    "NUL in a header": (raw(b"X-Nul: a\0b\r\n", rss(1)), O.HTTP, 0, GARBLED),
    "not HTTP": (Answer(raw=b"220 mail.example ESMTP\r\n"), O.HTTP, 0, GARBLED),
    "HTTP/0.9": (Answer(raw=rss(1)), O.HTTP, 0, GARBLED),
    "HTTP/2 unasked": (Answer(raw=b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), O.HTTP, 0, GARBLED),
    # What the server says no with.
    "another protocol": (
        Answer(raw=b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n"),
        O.HTTP,
        0,
        "101 Switching",
    ),
    "204": (Answer(status=204, length=-1), O.HTTP, 0, "204 No Content"),
    "206 with a part": (Answer(rss(3), status=206), O.HTTP, 0, "206 Partial Content"),
    "226 with a difference": (Answer(rss(1), status=226), O.HTTP, 0, "226 IM Used"),
    "300": (Answer(status=300), O.HTTP, 0, "300 Multiple Choices"),
    "304 that nobody asked for": (Answer(status=304), O.HTTP, 0, "304 Not Modified"),
    "305 to a proxy": (Answer(status=305, headers={"Location": "http://127.0.0.1:9/"}), O.HTTP, 0, "305 Use Proxy"),
    "400": (Answer(status=400), O.HTTP, 0, "400 Bad Request"),
    "401": (Answer(status=401, headers={"WWW-Authenticate": "Basic"}), O.HTTP, 0, "401 Unauthorized"),
    "403 with a page": (Answer(b"<html>no</html>", status=403), O.HTTP, 0, "403 Forbidden"),
    "404 with a feed": (Answer(rss(3), status=404), O.HTTP, 0, "404 Not Found"),
    "410": (Answer(status=410), O.HTTP, 0, "410 Gone"),
    "429": (Answer(status=429, headers={"Retry-After": "60"}), O.HTTP, 0, "429 Too Many Requests"),
    "451": (Answer(status=451), O.HTTP, 0, "451 Unavailable"),
    "500": (Answer(status=500), O.HTTP, 0, "500 Internal Server Error"),
    "503": (Answer(status=503), O.HTTP, 0, "503 Service Unavailable"),
    "520 of a content network": (Answer(status=520), O.HTTP, 0, "520"),
    "a status nobody knows": (Answer(status=799), O.HTTP, 0, "799"),
    # What makes wait.
    "never answers": (Answer(wait=5), O.TIMEOUT, 0, "nothing came for 0.6 s"),
    "stops in the middle": (Answer(rss(1), drip=3), O.TIMEOUT, 0, "nothing came for 0.6 s"),
    "drips without end": (Answer(rss(1), drip=0.05), O.TIMEOUT, 0, "not finished within 1.2 s"),
    "drips its headers": (
        Answer(raw=(b"HTTP/1.1 200 OK\r\n", *[b"X: 1\r\n"] * 99)),
        O.TIMEOUT,
        0,
        "not finished within 1.2 s",
    ),
    "continues without end": (
        Answer(raw=(b"HTTP/1.1 100 Continue\r\n\r\n",) * 99),
        O.TIMEOUT,
        0,
        "not finished within 1.2 s",
    ),
    "closes without a word": (Answer(raw=b""), O.UNREACHABLE, 0, "connection closed before an answer"),
    # Where it sends us.
    "redirect to nowhere": (Answer(status=301), O.REDIRECT, 0, "sent on to nowhere"),
    "redirect to a file": (to("file:///etc/hostname"), O.REDIRECT, 0, "sent on to 'file:///etc/hostname'"),
    "redirect to a script": (to("javascript:alert(1)"), O.REDIRECT, 0, "sent on to 'javascript:"),
    "redirect to data": (to("data:text/xml,<rss/>"), O.REDIRECT, 0, "sent on to 'data:"),
    "redirect to another protocol": (to("gopher://127.0.0.1/"), O.REDIRECT, 0, "sent on to 'gopher:"),
    "redirect to no host": (to("http://:80/feed"), O.REDIRECT, 0, "sent on to 'http://:80/feed'"),
    "redirect to a broken address": (to("http://[::1/"), O.REDIRECT, 0, "sent on to 'http://[::1/'"),
    "redirect to signs of no encoding": (to("/caf\xe9"), O.REDIRECT, 0, "sent on to '/caf"),
    "redirect to a port beyond all": (to("http://courier.example:99999/"), O.REDIRECT, 0, "sent on to 'http:"),
    "redirect to itself": (to("/feed"), O.REDIRECT, 0, "more than 5 redirects"),
    "redirect to a name that is not": (to("http://nowhere.invalid/"), O.UNREACHABLE, 0, "cannot resolve host"),
    "redirect to localhost": (to("http://localhost:9/"), O.REFUSED, 0, "localhost leads to "),
    "redirect to another port": (to("http://127.0.0.1:9/"), O.REFUSED, 0, "127.0.0.1 leads to 127.0.0.1 (loopback)"),
    "redirect to a neighbour": (to("http://10.0.0.1/"), O.REFUSED, 0, "10.0.0.1 (private)"),
    "redirect to a cloud's secrets": (to("http://169.254.169.254/latest/"), O.REFUSED, 0, "(cloud metadata)"),
    "redirect to this machine as 0": (to("http://0.0.0.0/"), O.REFUSED, 0, "(this network)"),
    "redirect to a number": (to("http://2130706433/"), O.REFUSED, 0, "2130706433 is not a canonical IPv4 address"),
    "redirect to a short number": (to("http://127.1/"), O.REFUSED, 0, "127.1 is not a canonical IPv4 address"),
    "redirect to an octal number": (to("http://0177.0.0.1/"), O.REFUSED, 0, "is not a canonical IPv4 address"),
    "redirect to a hexadecimal number": (to("http://0x7f.1/"), O.REFUSED, 0, "0x7f.1 leads to 127.0.0.1 (loopback)"),
    "redirect to a wide number": (
        to("http://\uff11\uff12\uff17.0.0.1/".encode().decode("latin-1")),
        O.REFUSED,
        0,
        "(loopback)",
    ),
    "redirect to loopback in IPv6": (to("http://[::1]/"), O.REFUSED, 0, "::1 (loopback)"),
    "redirect to mapped loopback": (to("http://[::ffff:127.0.0.1]/"), O.REFUSED, 0, "(IPv4-mapped of 127.0.0.1)"),
    "redirect through NAT64": (to("http://[64:ff9b::7f00:1]/"), O.REFUSED, 0, "(NAT64 of 127.0.0.1)"),
    "redirect through 6to4": (to("http://[2002:7f00:1::]/"), O.REFUSED, 0, "(6to4 of 127.0.0.1)"),
    "redirect to the link": (to("http://[fe80::1%25lo]/"), O.REFUSED, 0, "(link-local)"),
    "redirect with a name before": (to("http://courier.example@127.0.0.1:9/"), O.REFUSED, 0, "(loopback)"),
}


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as site:
        yield site


@pytest.fixture
def names() -> Iterator[Names]:
    names: Names = {}
    with naming(names):
        yield names


def ask(url: str, known: Validators | None = None, limits: Limits = QUICK, how: Manners | None = None) -> Reply:
    async def asking() -> Reply:
        async with session(how, limits=limits) as web:
            return await fetch(web, url, known or Validators())

    return asyncio.run(asking())


def failure(url: str, how: Manners | None = None) -> FeedError:
    with pytest.raises(FeedError) as caught:
        ask(url, how=how)
    return caught.value


def look(url: str) -> tuple[Outcome, int, str]:
    """Give how a look at a feed ends, how many items it brings, and what is said."""
    try:
        reply = ask(url)
        document = parse(FEED, "IN", reply.body, reply.url, reply.content_type, SEEN)
    except FeedError as error:
        return error.outcome, 0, error.detail
    return document.outcome, len(document.items), document.detail


@pytest.mark.parametrize("name", CASES)
def test_what_servers_send(site: Site, name: str) -> None:
    answer, outcome, items, words = CASES[name]
    site.answers["/feed"] = answer
    began = time.monotonic()
    ended, had, said = look(f"{site.url}/feed")
    assert (ended, had) == (outcome, items), said
    assert words in said and "\n" not in said and len(said) < 300
    assert (said == "") == (outcome in {Outcome.OK, Outcome.EMPTY, Outcome.EMPTY_BODY} and not words)
    assert time.monotonic() - began < 3


def test_reasons_are_in_words(site: Site) -> None:
    site.answers |= {
        "/drip": Answer(b"x" * 99, drip=0.1),
        "/404": Answer(status=404),
        "/cut": Answer(b"<rss>", length=99),
        "/slow": Answer(wait=5),
    }
    assert (failure(f"{site.url}/404").detail, failure(f"{site.url}/404").status) == ("404 Not Found", 404)
    assert failure(f"{site.url}/cut").detail == "connection closed after 5 of 99 bytes"
    assert failure(f"{site.url}/slow").detail == "nothing came for 0.6 s"
    assert failure(f"{site.url}/drip").detail == "not finished within 1.2 s"
    with refusing() as nobody:
        assert failure(nobody).detail == "connection refused"
    with socket.create_server(("127.0.0.1", 0)) as silent:
        assert failure(f"https://127.0.0.1:{silent.getsockname()[1]}").detail == "no connection within 0.6 s"
    assert failure("http://nowhere.invalid/feed").detail == "cannot resolve host"
    assert failure(site.url.replace("http:", "https:")).detail == "no secure connection"


@pytest.mark.parametrize(
    "url", ["", "feed.xml", "file:///etc/hostname", "ftp://valley-courier.example/", "http://", "http://[::1"]
)
def test_only_web_addresses_are_asked(url: str) -> None:
    assert failure(url).outcome == Outcome.REFUSED


def test_validators_go_back_byte_for_byte(site: Site) -> None:
    headers = {"ETag": KNOWN.etag, "Last-Modified": KNOWN.modified}
    site.answers["/feed"] = Answer(rss(1), headers=headers, conditional=True)
    first = ask(f"{site.url}/feed")
    assert (first.status, first.validators) == (200, KNOWN)
    second = ask(f"{site.url}/feed", first.validators)
    assert (second.status, second.body, second.validators) == (304, b"", KNOWN)
    bare, conditional = site.requests
    assert "if-none-match" not in bare.headers and "if-modified-since" not in bare.headers
    assert conditional.headers["if-none-match"] == KNOWN.etag
    assert conditional.headers["if-modified-since"] == KNOWN.modified


@pytest.mark.parametrize(
    ("headers", "kept"),
    [
        ({}, KNOWN),
        ({"ETag": '"v2"'}, Validators('"v2"', KNOWN.modified)),
        ({"Last-Modified": "yesterday"}, Validators(KNOWN.etag, "yesterday")),
    ],
)
def test_a_304_renews_what_it_names_and_keeps_the_rest(site: Site, headers: dict[str, str], kept: Validators) -> None:
    site.answers["/feed"] = Answer(status=304, headers=headers)
    assert ask(f"{site.url}/feed", KNOWN).validators == kept


@pytest.mark.parametrize("known", [Validators(etag='"a"'), Validators(modified="Tue, 05 Jan 2027 10:00:00 GMT")])
def test_one_validator_is_enough(site: Site, known: Validators) -> None:
    site.answers["/feed"] = Answer(status=304)
    assert ask(f"{site.url}/feed", known).validators == known


@pytest.mark.parametrize("etag", [b'"caf\xe9"', b'"a\x01b"', b'"a\tb"', b'"a\x7f"'])
def test_a_validator_that_cannot_be_sent_back_is_none(site: Site, etag: bytes) -> None:
    site.answers["/feed"] = raw(b"ETag: " + etag + b"\r\n", rss(1))
    assert ask(f"{site.url}/feed").validators == Validators()


def test_a_200_forgets_validators_the_server_no_longer_sends(site: Site) -> None:
    site.answers["/feed"] = Answer(rss(1))
    assert ask(f"{site.url}/feed", KNOWN).validators == Validators()


def test_who_asks(site: Site) -> None:
    site.answers["/hop"] = Answer(status=302, headers={"Location": "/feed", "Set-Cookie": "id=1"})
    site.answers["/feed"] = Answer(rss(1))
    ask(f"{site.url}/hop")
    for request in site.requests:
        assert request.headers["user-agent"].startswith("KashmirDiplomacyMonitor/")
        assert "(+https://" in request.headers["user-agent"]
        assert "application/rss+xml" in request.headers["accept"]
        assert request.headers["accept-encoding"] == "gzip, deflate"
        assert not {"cookie", "referer"} & request.headers.keys()


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_five_redirects_are_followed(site: Site, status: int) -> None:
    for hop in range(5):
        site.answers[f"/{hop}"] = Answer(status=status, headers={"Location": f"{{site}}/{hop + 1}"})
    site.answers["/5"] = Answer(rss(1))
    assert ask(f"{site.url}/0").url == f"{site.url}/5"
    site.answers["/first"] = Answer(status=status, headers={"Location": "/0"})
    assert failure(f"{site.url}/first").detail == "more than 5 redirects"


def test_a_redirect_may_hold_any_script(site: Site) -> None:
    foreign = "/\u062e\u0628\u0631\u200c\u0647\u0627"  # with the joiner that Persian spells with
    site.answers["/hop"] = Answer(status=302, headers={"Location": foreign.encode().decode("latin-1")})
    site.answers["/%D8%AE%D8%A8%D8%B1%E2%80%8C%D9%87%D8%A7"] = Answer(rss(1))
    assert ask(f"{site.url}/hop").status == 200


def test_the_headers_of_an_answer_are_kept(site: Site) -> None:
    site.answers["/feed"] = Answer(rss(1), headers={"Cache-Control": "max-age=900"})
    assert ask(f"{site.url}/feed").headers["cache-control"] == "max-age=900"


@pytest.mark.parametrize("status", [403, 410, 429, 503])
def test_the_headers_of_a_refusal_are_kept(site: Site, status: int) -> None:
    site.answers["/feed"] = Answer(status=status, headers={"Retry-After": "Wed, 25 Nov 2026 10:00:00 GMT"})
    headers = failure(f"{site.url}/feed").headers
    assert headers["retry-after"] == "Wed, 25 Nov 2026 10:00:00 GMT"
    assert "date" in headers
    assert failure("ftp://courier.example/").headers == {}


MOVES: dict[str, tuple[list[int], str]] = {
    "not at all": ([], ""),
    "for good": ([301], "/1"),
    "for good, with its method": ([308], "/1"),
    "twice for good": ([301, 308], "/2"),
    "for now": ([302], ""),
    "to see another": ([303], ""),
    "for now, with its method": ([307], ""),
    "for good, then for now": ([301, 302], "/1"),
    "for now, then for good": ([307, 301], ""),
    "for good around a while": ([308, 303, 301, 301], "/1"),
    "five times for good": ([301, 308, 301, 308, 301], "/5"),
}


@pytest.mark.parametrize("name", MOVES)
def test_only_lasting_redirects_move_a_feed(site: Site, name: str) -> None:
    statuses, moved = MOVES[name]
    for hop, status in enumerate(statuses):
        site.answers[f"/{hop}"] = to(f"/{hop + 1}", status)
    site.answers[f"/{len(statuses)}"] = Answer(rss(1), headers={"ETag": '"a"'}, conditional=True)
    full, unchanged = ask(f"{site.url}/0"), ask(f"{site.url}/0", Validators(etag='"a"'))
    assert (full.status, unchanged.status) == (200, 304)
    assert full.moved == unchanged.moved == (site.url + moved if moved else "")


class TestTurns:
    """One request at a time of each host, some seconds apart, however many feeds it has."""

    def test_one_host_is_asked_once_at_a_time_and_delays_no_other(self, site: Site) -> None:
        site.answers |= {f"/{n}": Answer(rss(1), wait=0.1) for n in range(4)}

        async def asking(quiet: str) -> tuple[list[Reply], float]:
            async with session(hosts=Hosts(total=2)) as web:
                busy = [asyncio.create_task(fetch(web, f"{site.url}/{n}", Validators())) for n in range(4)]
                await asyncio.sleep(0.05)
                began = time.monotonic()
                await fetch(web, quiet, Validators())
                waited = time.monotonic() - began
                return await asyncio.gather(*busy), waited

        with serving() as other:
            other.answers["/feed"] = Answer(rss(1))
            replies, waited = asyncio.run(asking(f"{other.url}/feed"))
        assert len(replies) == 4 and site.most_at_once == 1
        assert waited < 0.2

    def test_all_hosts_together_have_so_many_places(self) -> None:
        at_once, most = 0, 0

        async def visit(hosts: Hosts, host: str) -> None:
            nonlocal at_once, most
            async with hosts.turn(host, spaced=True):
                at_once += 1
                most = max(most, at_once)
                await asyncio.sleep(0.01)
                at_once -= 1

        async def visits() -> None:
            hosts = Hosts(total=3, spacing=0)
            await asyncio.gather(*(visit(hosts, f"h{n % 7}.example") for n in range(21)))

        asyncio.run(visits())
        assert most == 3

    def test_starts_at_one_host_lie_apart_and_other_hosts_do_not_wait(self) -> None:
        starts: dict[str, list[float]] = {"a.example": [], "b.example": []}

        async def visit(hosts: Hosts, host: str, spaced: bool) -> None:
            async with hosts.turn(host, spaced):
                starts[host].append(asyncio.get_running_loop().time())

        async def visits(spaced: bool) -> float:
            hosts, began = Hosts(spacing=0.1), time.monotonic()
            await asyncio.gather(*(visit(hosts, host, spaced) for host in sorted(starts) * 3))
            return time.monotonic() - began

        took = asyncio.run(visits(True))
        assert 0.2 <= took < 0.4
        for times in starts.values():
            assert all(later - earlier >= 0.099 for earlier, later in pairwise(times))
        assert asyncio.run(visits(False)) < 0.2

    def test_a_name_is_spaced_and_a_machine_the_operator_names_is_not(self, site: Site, names: Names) -> None:
        site.answers |= {f"/{n}": Answer(rss(1)) for n in range(3)}
        names["courier.example"] = ["127.0.0.1"]

        async def asking(url: str) -> float:
            async with session(Manners(allowed=LOOPBACK), Hosts(spacing=0.2)) as web:
                began = time.monotonic()
                await asyncio.gather(*(fetch(web, f"{url}/{n}", Validators()) for n in range(3)))
                return time.monotonic() - began

        assert asyncio.run(asking(site.url)) < 0.4
        assert asyncio.run(asking(site.url.replace("127.0.0.1", "courier.example"))) >= 0.4

    def test_waiting_for_a_turn_is_not_counted(self, site: Site) -> None:
        site.answers |= {f"/{n}": Answer(rss(1), wait=0.3) for n in range(4)}

        async def asking() -> list[Reply]:
            async with session(limits=Limits(connect=0.7, read=0.7, total=0.7)) as web:
                return await asyncio.gather(*(fetch(web, f"{site.url}/{n}", Validators()) for n in range(4)))

        assert [reply.status for reply in asyncio.run(asking())] == [200] * 4

    def test_hosts_that_send_each_other_on_never_wait_for_one_another(self, site: Site) -> None:
        with serving() as other:
            for here, there in ((site, other), (other, site)):
                here.answers["/go"] = Answer(status=302, headers={"Location": f"{there.url}/feed"}, wait=0.1)
                here.answers["/feed"] = Answer(rss(1))

            async def asking() -> list[Reply]:
                async with session(Manners(allowed=LOOPBACK), Hosts(total=2, spacing=0.01)) as web:
                    asked = (fetch(web, f"{host.url}/go", Validators()) for host in (site, other) * 3)
                    return await asyncio.wait_for(asyncio.gather(*asked), 5)

            assert len(asyncio.run(asking())) == 6


def test_who_asks_is_told_by_the_operator(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.answers["/feed"] = Answer(rss(1))
    for contact in ("https://desk.example/monitor?a=1", "desk@courier.example"):
        monkeypatch.setenv("MONITOR_CONTACT", contact)
        ask(f"{site.url}/feed", how=manners([]))
        assert site.requests[-1].headers["user-agent"] == f"KashmirDiplomacyMonitor/0.1 (+{contact})"
    monkeypatch.setenv("MONITOR_CONTACT", "")
    assert manners([]) == Manners()


@pytest.mark.parametrize(
    "contact",
    [
        "desk",
        "ftp://desk.example",
        "https://desk.example/\r\nX: 1",
        "a@b\n",
        "a b@c",
        "https://d.example/ü",
        "a@" + "b" * 200,
    ],
)
def test_a_contact_that_is_none(contact: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MONITOR_CONTACT", contact)
    with pytest.raises(SettingError, match="MONITOR_CONTACT"):
        manners([])


@pytest.mark.skipif(not shutil.which("openssl"), reason="openssl makes the certificate")
def test_a_certificate_nobody_vouches_for(tmp_path: Path) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost", "-days", "2"]
    subprocess.run([*made, "-keyout", key, "-out", certificate], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            error = failure(f"https://localhost:{server.server_port}/feed")
        finally:
            server.shutdown()
            thread.join()
    assert error.outcome == Outcome.UNREACHABLE
    assert error.detail.startswith("certificate: self")
