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
from pathlib import Path

import pytest

from collectors import FeedError
from collectors.fetch import HEADER_BYTES, Hosts, Limits, Reply, fetch, session
from collectors.parse import parse
from mentions.model import Feed, Outcome, Validators
from tests.server import Answer, Site, refusing, serving

FEED = Feed("https://valley-courier.example/feed", "valley-courier", "Valley Courier", "en")
SEEN = 1_790_000_000
QUICK = Limits(connect=0.6, read=0.6, total=1.2, wire=200_000, body=400_000)
XML = {"Content-Type": "application/rss+xml"}
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
O = Outcome
CASES: dict[str, tuple[Answer | list[Answer], Outcome, int]] = {
    "plain feed": (Answer(rss(3), headers=XML), O.OK, 3),
    "gzip": (Answer(rss(3), headers=XML, zipped=True), O.OK, 3),
    "deflate with its frame": (Answer(zlib.compress(rss(3)), headers={"Content-Encoding": "deflate"}), O.OK, 3),
    "deflate without its frame": (Answer(DEFLATED, headers={"Content-Encoding": "deflate"}), O.OK, 3),
    "gzip not named in the header": (Answer(GZ, headers=XML), O.OK, 3),
    "named gzip, sent plain": (Answer(rss(3), headers=zipped(b"")), O.OK, 3),
    "gzip cut short": (Answer(GZ[:-20], headers=zipped(GZ)), O.CUT_OFF, 0),
    "gzip damaged": (Answer(GZ[:12] + b"\xff" * 40 + GZ[52:], headers=zipped(GZ)), O.NOT_A_FEED, 0),
    "gzip bomb": (Answer(BOMB, headers=zipped(BOMB)), O.TOO_LARGE, 0),
    "brotli, never asked for": (Answer(b"\x0b\x02", headers={"Content-Encoding": "br"}), O.REFUSED, 0),
    "no content type": (Answer(rss(2)), O.OK, 2),
    "feed served as text/html": (Answer(rss(2), headers={"Content-Type": "text/html; charset=utf-8"}), O.OK, 2),
    "chunked": (
        Answer(
            raw=b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n" % (len(rss(2)), rss(2))
        ),
        O.OK,
        2,
    ),
    "chunked, never ended": (
        Answer(raw=b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n" % (len(rss(2)), rss(2))),
        O.CUT_OFF,
        0,
    ),
    "no length, closed at the end": (Answer(rss(2), length=-1), O.OK, 2),
    "closed before the promised end": (Answer(rss(3), length=9_999), O.CUT_OFF, 0),
    "document ends early": (Answer(rss(3)[:150]), O.CUT_OFF, 1),
    "feed without items": (Answer(rss(0)), O.EMPTY, 0),
    "empty body": (Answer(b"", headers=XML), O.EMPTY_BODY, 0),
    "blank body": (Answer(b" \r\n\t\n", headers=XML), O.EMPTY_BODY, 0),
    "web page": (Answer(b"<!DOCTYPE html><html><head><title>Home</title></head></html>"), O.HTML, 0),
    "bot challenge": (Answer(b"<html><head><title>Just a moment...</title></head><body></body></html>"), O.HTML, 0),
    "plain words": (Answer(b"Service is busy", headers={"Content-Type": "text/plain"}), O.NOT_A_FEED, 0),
    "JSON": (Answer(b'{"items": []}'), O.NOT_A_FEED, 0),
    "sitemap": (Answer(b"<?xml version='1.0'?><urlset><url/></urlset>"), O.NOT_A_FEED, 0),
    "entity declared": (Answer(b"<!DOCTYPE r [<!ENTITY a 'aa'>]>" + rss(1)), O.REFUSED, 0),
    "too many bytes, announced": (Answer(b"x" * 10, length=9_000_000), O.TOO_LARGE, 0),
    "too many bytes, not announced": (Answer(rss(1, " " * 300_000), length=-1), O.TOO_LARGE, 0),
    "too many bytes after inflating": (Answer(rss(1, " " * 500_000), zipped=True), O.TOO_LARGE, 0),
    "400": (Answer(status=400), O.HTTP, 0),
    "401": (Answer(status=401), O.HTTP, 0),
    "403": (Answer(b"<html>no</html>", status=403), O.HTTP, 0),
    "404 with a feed": (Answer(rss(3), status=404), O.HTTP, 0),
    "410": (Answer(status=410), O.HTTP, 0),
    "429": (Answer(status=429, headers={"Retry-After": "60"}), O.HTTP, 0),
    "500": (Answer(status=500), O.HTTP, 0),
    "503": (Answer(status=503), O.HTTP, 0),
    "204": (Answer(status=204, length=-1), O.HTTP, 0),
    "a status nobody knows": (Answer(status=799), O.HTTP, 0),
    "304 that nobody asked for": (Answer(status=304), O.HTTP, 0),
    "never answers": (Answer(wait=5), O.TIMEOUT, 0),
    "stops in the middle": (Answer(rss(1), drip=3), O.TIMEOUT, 0),
    "drips without end": (Answer(rss(1), drip=0.05), O.TIMEOUT, 0),
    "closes without a word": (Answer(raw=b""), O.UNREACHABLE, 0),
    "not HTTP": (Answer(raw=b"220 mail.example ESMTP\r\n"), O.HTTP, 0),
    "endless header": (Answer(headers={"X-Long": "x" * (HEADER_BYTES + 1)}), O.TOO_LARGE, 0),
    "redirect to nowhere": (Answer(status=301), O.REDIRECT, 0),
    "redirect to a file": (Answer(status=302, headers={"Location": "file:///etc/hostname"}), O.REDIRECT, 0),
    "redirect to a script": (Answer(status=302, headers={"Location": "javascript:alert(1)"}), O.REDIRECT, 0),
    "redirect to a broken address": (Answer(status=302, headers={"Location": "http://[::1/"}), O.REDIRECT, 0),
    "redirect to signs of no encoding": (Answer(status=302, headers={"Location": "/caf\xe9"}), O.REDIRECT, 0),
    "redirect to itself": (Answer(status=302, headers={"Location": "/feed"}), O.REDIRECT, 0),
}


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as site:
        yield site


def ask(url: str, known: Validators | None = None, limits: Limits = QUICK) -> Reply:
    async def asking() -> Reply:
        async with session(limits=limits) as web:
            return await fetch(web, url, known or Validators())

    return asyncio.run(asking())


def failure(url: str) -> FeedError:
    with pytest.raises(FeedError) as caught:
        ask(url)
    return caught.value


def look(url: str) -> tuple[Outcome, int]:
    """Give how a look at a feed ends and how many items it brings."""
    try:
        reply = ask(url)
        document = parse(FEED, "IN", reply.body, reply.url, reply.content_type, SEEN)
    except FeedError as error:
        assert "\n" not in error.detail and len(error.detail) < 300
        return error.outcome, 0
    return document.outcome, len(document.items)


@pytest.mark.parametrize("name", CASES)
def test_what_servers_send(site: Site, name: str) -> None:
    answer, outcome, items = CASES[name]
    site.answers["/feed"] = answer
    began = time.monotonic()
    assert look(f"{site.url}/feed") == (outcome, items)
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


def test_a_host_is_asked_twice_at_once_and_a_busy_one_delays_no_other(site: Site) -> None:
    site.answers |= {f"/{n}": Answer(rss(1), wait=0.2) for n in range(8)}

    async def asking(quiet: str) -> tuple[list[Reply], float]:
        async with session(Hosts(total=3, per_host=2)) as web:
            busy = [asyncio.create_task(fetch(web, f"{site.url}/{n}", Validators())) for n in range(8)]
            await asyncio.sleep(0.05)
            began = time.monotonic()
            await fetch(web, quiet, Validators())
            waited = time.monotonic() - began
            return await asyncio.gather(*busy), waited

    with serving() as other:
        other.answers["/feed"] = Answer(rss(1))
        replies, waited = asyncio.run(asking(f"{other.url}/feed"))
    assert len(replies) == 8 and site.most_at_once == 2
    assert waited < 0.2


def test_waiting_for_a_turn_is_not_counted(site: Site) -> None:
    site.answers |= {f"/{n}": Answer(rss(1), wait=0.4) for n in range(4)}

    async def asking() -> list[Reply]:
        async with session(Hosts(per_host=1), Limits(connect=0.7, read=0.7, total=0.7)) as web:
            return await asyncio.gather(*(fetch(web, f"{site.url}/{n}", Validators()) for n in range(4)))

    assert [reply.status for reply in asyncio.run(asking())] == [200] * 4


def test_hosts_that_send_each_other_on_never_wait_for_one_another(site: Site) -> None:
    with serving() as other:
        for here, there in ((site, other), (other, site)):
            here.answers["/go"] = Answer(status=302, headers={"Location": f"{there.url}/feed"}, wait=0.1)
            here.answers["/feed"] = Answer(rss(1))

        async def asking() -> list[Reply]:
            async with session(Hosts(total=2, per_host=1)) as web:
                asked = (fetch(web, f"{host.url}/go", Validators()) for host in (site, other) * 3)
                return await asyncio.wait_for(asyncio.gather(*asked), 5)

        assert len(asyncio.run(asking())) == 6


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
