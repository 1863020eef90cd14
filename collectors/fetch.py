"""Gets the bytes of a feed; the only file that knows HTTP."""

import asyncio
import os
import ssl
import zlib
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import urljoin, urlsplit

import aiohttp

from collectors import FeedError
from mentions.model import Outcome, Validators

CONTACT = "https://example.org/kashmir-diplomacy-monitor"
HEADERS = {
    "User-Agent": f"KashmirDiplomacyMonitor/0.1 (+{CONTACT})",
    "Accept": "application/rss+xml, application/atom+xml, application/rdf+xml, application/xml;q=0.9, "
    "text/xml;q=0.9, */*;q=0.1",
    "Accept-Encoding": "gzip, deflate",
}
REDIRECTS = frozenset({301, 302, 303, 307, 308})
HOPS = 5
HEADER_BYTES = 16 * 1024  # of one header; a server that sends more is broken or hostile
ENCODINGS = frozenset({"", "identity", "gzip", "x-gzip", "deflate"})
GZIP = b"\x1f\x8b"


@dataclass(frozen=True, slots=True)
class Limits:
    """What we wait for and take in at most: seconds and bytes."""

    connect: float = 10  # name, connection and TLS
    read: float = 20  # between two pieces of an answer
    total: float = 60  # the whole answer with its redirects; waiting for our own turn is not counted
    wire: int = 16 * 1024 * 1024  # as sent
    body: int = 16 * 1024 * 1024  # after inflating


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer of 200 or 304; `url` is the address that gave it, after redirects; `body` is inflated, b"" for 304."""

    url: str
    status: int
    body: bytes
    content_type: str
    validators: Validators
    headers: Mapping[str, str]  # names in any case


class Hosts:
    """Turns to ask: so many at once in all, and fewer of one host."""

    def __init__(self, total: int = 32, per_host: int = 2) -> None:
        self.total = total
        self._all = asyncio.Semaphore(total)
        self._hosts: dict[str, asyncio.Semaphore] = defaultdict(lambda: asyncio.Semaphore(per_host))

    @asynccontextmanager
    async def turn(self, host: str) -> AsyncIterator[None]:
        """Wait for a turn; the host's comes first, so that a busy host holds no place another could use."""
        async with self._hosts[host], self._all:
            yield


@dataclass(frozen=True, slots=True)
class Web:
    """What fetching shares: the connections, the turns and the limits."""

    client: aiohttp.ClientSession
    hosts: Hosts
    limits: Limits = field(default_factory=Limits)


@asynccontextmanager
async def session(hosts: Hosts | None = None, limits: Limits | None = None) -> AsyncIterator[Web]:
    """Open what `fetch` needs for one round: no cookies are kept, no proxies or passwords read from the machine."""
    hosts, limits = hosts or Hosts(), limits or Limits()
    # Names are looked up in the loop's threads, of which there are six on two cores: six dead names would stop all.
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(2 * hosts.total, "lookup"))
    async with aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0),
        cookie_jar=aiohttp.DummyCookieJar(),
        headers=HEADERS,
        auto_decompress=False,  # we inflate: a bomb must never grow past the limit
        timeout=aiohttp.ClientTimeout(total=None, connect=limits.connect, sock_read=limits.read),
        max_line_size=HEADER_BYTES,
        max_field_size=HEADER_BYTES,
    ) as client:
        yield Web(client, hosts, limits)


async def fetch(web: Web, url: str, known: Validators) -> Reply:
    """Ask for a feed, only if it changed since `known`, following at most five redirects.

    Raises FeedError: REFUSED, REDIRECT, HTTP, TIMEOUT, UNREACHABLE, TOO_LARGE, CUT_OFF or NOT_A_FEED (cannot be
    inflated). Etiquette: RFC 9110 sections 13 and 15.4.
    """
    if not _is_web(url):
        raise FeedError(Outcome.REFUSED, "the address is not http or https")
    left, clock = web.limits.total, asyncio.get_running_loop().time
    for _ in range(HOPS + 1):
        async with web.hosts.turn(urlsplit(url).netloc.lower()):
            began = clock()
            answer = await _ask(web, url, known, left)
            left -= clock() - began
        if isinstance(answer, Reply):
            return answer
        url = answer
    raise FeedError(Outcome.REDIRECT, f"more than {HOPS} redirects")


async def _ask(web: Web, url: str, known: Validators, seconds: float) -> Reply | str:
    """Give the reply of one address, or the address it sends us on to; every failure of aiohttp ends here."""
    try:
        async with (
            asyncio.timeout(seconds),
            web.client.get(url, headers=_conditions(known), allow_redirects=False) as response,
        ):
            if response.status in REDIRECTS:
                return _next_address(response)
            if response.status == HTTPStatus.NOT_MODIFIED and (known.etag or known.modified):
                return _reply(response, b"", known)
            if response.status != HTTPStatus.OK:
                raise FeedError(Outcome.HTTP, _status_line(response), response.status)
            return _reply(response, await _body(response, web.limits), Validators())
    except (TimeoutError, aiohttp.ClientError, ValueError) as error:  # ValueError: an address yarl cannot read
        raise _failure(error, web.limits) from error


def _is_web(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return False


def _conditions(known: Validators) -> dict[str, str]:
    asked = {"If-None-Match": known.etag, "If-Modified-Since": known.modified}
    return {name: value for name, value in asked.items() if value}


def _next_address(response: aiohttp.ClientResponse) -> str:
    given = response.headers.get("Location", "")
    try:
        url = urljoin(str(response.url), given)
        readable = bool(given) and bool(url.encode()) and _is_web(url)
    except ValueError:  # a broken IPv6 address, or bytes that are no UTF-8
        readable = False
    if not readable:
        raise FeedError(
            Outcome.REDIRECT, f"sent on to {given[:200]!a}" if given else "sent on to nowhere", response.status
        )
    return url


def _reply(response: aiohttp.ClientResponse, body: bytes, known: Validators) -> Reply:
    return Reply(
        url=str(response.url),
        status=response.status,
        body=body,
        content_type=response.headers.get("Content-Type", ""),
        validators=Validators(
            etag=_validator(response, "ETag") or known.etag,
            modified=_validator(response, "Last-Modified") or known.modified,
        ),
        headers=response.headers,
    )


def _validator(response: aiohttp.ClientResponse, name: str) -> str:
    """Give a validator as sent; one that is not ASCII could not be sent back byte for byte, so it is none."""
    value = response.headers.get(name, "")
    return value if value.isascii() else ""


def _status_line(response: aiohttp.ClientResponse) -> str:
    try:
        return f"{response.status} {HTTPStatus(response.status).phrase}"
    except ValueError:
        return str(response.status)


async def _body(response: aiohttp.ClientResponse, limits: Limits) -> bytes:
    encoding = response.headers.get("Content-Encoding", "").strip().lower()
    if encoding not in ENCODINGS:
        raise FeedError(Outcome.REFUSED, f"sent as {encoding[:40]}, which was not asked for", response.status)
    promised = response.content_length
    wire = bytearray()
    try:
        async for piece in response.content.iter_any():
            wire += piece
            if max(len(wire), promised or 0) > limits.wire:
                raise FeedError(Outcome.TOO_LARGE, f"more than {limits.wire:,} bytes", response.status)
    except (aiohttp.ClientPayloadError, aiohttp.ClientOSError) as error:
        cut = f"connection closed after {len(wire):,}{f' of {promised:,}' if promised else ''} bytes"
        raise FeedError(Outcome.CUT_OFF, cut, response.status) from error
    return _inflated(wire, encoding, limits.body)


def _inflated(wire: bytearray, encoding: str, limit: int) -> bytes:
    """Inflate what was sent, at most `limit` bytes of it.

    The first two bytes decide, not the header: servers do name gzip and send plain text, and the reverse, and some
    send deflate without the zlib frame that RFC 9110 section 8.4.1.2 asks for.
    """
    if wire.startswith(GZIP):
        inflater = zlib.decompressobj(zlib.MAX_WBITS | 16)
    elif encoding == "deflate":
        framed = len(wire) > 1 and wire[0] & 15 == 8 and int.from_bytes(wire[:2]) % 31 == 0
        inflater = zlib.decompressobj(zlib.MAX_WBITS if framed else -zlib.MAX_WBITS)
    else:
        return bytes(wire)
    try:
        body = inflater.decompress(wire, limit + 1)
    except zlib.error as error:
        raise FeedError(Outcome.NOT_A_FEED, "the compressed answer is damaged", HTTPStatus.OK) from error
    if len(body) > limit:
        raise FeedError(Outcome.TOO_LARGE, f"more than {limit:,} bytes after inflating", HTTPStatus.OK)
    if not inflater.eof:
        raise FeedError(Outcome.CUT_OFF, f"the compressed answer ends early, after {len(wire):,} bytes", HTTPStatus.OK)
    return body


def _failure(error: Exception, limits: Limits) -> FeedError:
    """Say in our words how asking failed."""
    match error:
        case aiohttp.ConnectionTimeoutError():
            return FeedError(Outcome.TIMEOUT, f"no connection within {limits.connect:g} s")
        case aiohttp.SocketTimeoutError():
            return FeedError(Outcome.TIMEOUT, f"nothing came for {limits.read:g} s")
        case TimeoutError():
            return FeedError(Outcome.TIMEOUT, f"not finished within {limits.total:g} s")
        case aiohttp.ClientResponseError() if error.message.startswith("Got more than"):  # aiohttp has no class for it
            return FeedError(Outcome.TOO_LARGE, f"a header of more than {HEADER_BYTES:,} bytes")
        case aiohttp.ClientResponseError():
            return FeedError(Outcome.HTTP, "the answer is not HTTP")
        case ValueError() if not isinstance(error, ssl.SSLError):
            return FeedError(Outcome.REFUSED, "the address cannot be read")
    return FeedError(Outcome.UNREACHABLE, _cause(error))


def _cause(error: Exception) -> str:
    match error:
        case aiohttp.ClientConnectorCertificateError():
            reason = getattr(error.certificate_error, "verify_message", "") or "not valid for this host"
            return f"certificate: {reason}"
        case aiohttp.ClientConnectorDNSError():
            return "cannot resolve host"
        case aiohttp.ClientSSLError():
            return "no secure connection"
        case aiohttp.ClientOSError() if error.errno:
            return os.strerror(error.errno).lower()
        case aiohttp.ServerDisconnectedError():
            return "connection closed before an answer"
    return "connection failed"
