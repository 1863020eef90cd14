"""Gets the bytes of a feed; the only file that knows HTTP."""

import asyncio
import os
import re
import socket
import ssl
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from http import HTTPStatus
from typing import Any, NamedTuple
from urllib.parse import urljoin, urlsplit

import aiohttp
from aiohttp.abc import ResolveResult

from collectors import FeedError
from collectors.guard import Network, Refused, SettingError, check, is_named, networks
from collectors.inflate import ENCODINGS, inflated
from collectors.schedule import NO_CONNECTION
from mentions.model import Outcome, Validators

AGENT = "KashmirDiplomacyMonitor/0.1 (+{contact})"
CONTACT = "https://example.org/kashmir-diplomacy-monitor"
READABLE_CONTACT = re.compile(r"(?=.{1,200}\Z)(https?://[!-~]+|[!-?A-~]+@[!-?A-~]+)")
HEADERS = {
    "Accept": "application/rss+xml, application/atom+xml, application/rdf+xml, application/xml;q=0.9, "
    "text/xml;q=0.9, */*;q=0.1",
    "Accept-Encoding": "gzip, deflate",
}
DEFAULT_PORTS = {"http": 80, "https": 443}
REDIRECTS = frozenset({301, 302, 303, 307, 308})
LASTING = frozenset({301, 308})
HOPS = 5
HEADER_BYTES = 16 * 1024  # of one header; a server that sends more is broken or hostile


@dataclass(frozen=True, slots=True)
class Limits:
    """What we wait for and take in at most: seconds and bytes."""

    connect: float = 10  # name, connection and TLS
    read: float = 20  # between two pieces of an answer
    total: float = 60  # the whole answer with its redirects; waiting for our own turn is not counted
    wire: int = 16 * 1024 * 1024  # as sent
    body: int = 16 * 1024 * 1024  # after inflating


@dataclass(frozen=True, slots=True)
class Manners:
    """Who we say we are (a page or mail address), and which networks beside the public internet we may speak to."""

    contact: str = CONTACT
    allowed: tuple[Network, ...] = ()


def manners(allow: Sequence[str]) -> Manners:
    """Read MONITOR_CONTACT, and MONITOR_ALLOW_ADDRESSES (comma separated) where `allow` names no network.

    Raises SettingError.
    """
    contact = os.environ.get("MONITOR_CONTACT") or CONTACT
    if not READABLE_CONTACT.fullmatch(contact):
        raise SettingError(
            f"MONITOR_CONTACT: {contact[:200]!r} is no web page or mail address of at most 200 plain characters"
        )
    listed = os.environ.get("MONITOR_ALLOW_ADDRESSES", "").split(",")
    return Manners(contact, networks(allow or [one for one in listed if one.strip()]))


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer of 200 or 304; `url` is the address that gave it, after redirects; `body` is inflated, b"" for 304."""

    url: str
    status: int
    body: bytes
    content_type: str
    validators: Validators
    headers: Mapping[str, str]  # names in any case
    moved: str = ""  # where 301 and 308 alone lead from the address asked; any other redirect ends that road


class Hosts:
    """Turns to ask: one at a time of each host, `spacing` seconds apart, and so many at once in all."""

    def __init__(self, total: int = 32, spacing: float = 5.0) -> None:
        self.total = total
        self.spacing = spacing
        self._all = asyncio.Semaphore(total)
        self._hosts: dict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._free: dict[str, float] = {}

    async def rest(self, host: str) -> None:
        """Wait until the host may be asked again."""
        await asyncio.sleep(self._free.get(host, 0) - asyncio.get_running_loop().time())

    @asynccontextmanager
    async def turn(self, host: str, spaced: bool) -> AsyncIterator[None]:
        """Wait for a turn; the host's comes first, so that a busy host holds no place another could use."""
        async with self._hosts[host]:
            await self.rest(host)
            async with self._all:
                if spaced:
                    self._free[host] = asyncio.get_running_loop().time() + self.spacing
                yield


@dataclass(frozen=True, slots=True)
class Web:
    """What fetching shares: the connections, the turns and the limits.

    Machines that the operator names have connections of their own, so that nothing that leads there from elsewhere
    finds one open.
    """

    client: aiohttp.ClientSession
    named: aiohttp.ClientSession
    hosts: Hosts
    limits: Limits = field(default_factory=Limits)


@asynccontextmanager
async def session(
    manners: Manners | None = None, hosts: Hosts | None = None, limits: Limits | None = None
) -> AsyncIterator[Web]:
    """Open what `fetch` needs for one round: no cookies are kept, no proxies or passwords read from the machine."""
    manners, hosts, limits = manners or Manners(), hosts or Hosts(), limits or Limits()
    # Names are looked up in the loop's threads, of which there are six on two cores: six dead names would stop all.
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(2 * hosts.total, "lookup"))
    async with (
        _client(_guarded(manners.allowed), manners.contact, limits) as client,
        _client(aiohttp.TCPConnector(limit=0), manners.contact, limits) as named,
    ):
        yield Web(client, named, hosts, limits)


def _client(connector: aiohttp.TCPConnector, contact: str, limits: Limits) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        headers={"User-Agent": AGENT.format(contact=contact), **HEADERS},
        auto_decompress=False,  # we inflate: a bomb must never grow past the limit
        timeout=aiohttp.ClientTimeout(total=None, connect=limits.connect, sock_read=limits.read),
        max_line_size=HEADER_BYTES,
        max_field_size=HEADER_BYTES,
    )


def _guarded(allowed: tuple[Network, ...]) -> aiohttp.TCPConnector:
    """A maker of connections that refuses an address before a socket to it exists; its requests raise Refused.

    Numbers never reach the resolver, so the socket is the last wall, for all.
    """
    return aiohttp.TCPConnector(limit=0, resolver=_Resolver(allowed), socket_factory=partial(_socket, allowed))


class _Resolver(aiohttp.ThreadedResolver):
    """Names lose the addresses that are refused; where none is left, the first one says why."""

    def __init__(self, allowed: tuple[Network, ...]) -> None:
        super().__init__()
        self.allowed = allowed

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = await super().resolve(host, port, family)
        kept, refusals = [], []
        for one in found:
            try:
                check(one["host"], self.allowed)
                kept.append(one)
            except Refused as refused:
                refusals.append(refused)
        if refusals and not kept:
            raise refusals[0]
        return kept


def _socket(allowed: tuple[Network, ...], wanted: tuple[Any, Any, int, str, Any]) -> socket.socket:
    family, kind, protocol, _, (address, *_) = wanted
    check(address, allowed)
    return socket.socket(family, kind, protocol)


def host_of(url: str) -> str:
    """The host of an address, with the port where it names one: what gets one request at a time."""
    return urlsplit(url).netloc.rpartition("@")[2].lower()


async def fetch(web: Web, url: str, known: Validators, moved_to: str = "") -> Reply:
    """Ask for a feed, only if it changed since `known`, following at most five redirects.

    `url` is the operator's own: guard.is_named says what that allows, and a redirect to another scheme, host or port
    ends it. `moved_to` is asked in its place where earlier answers led there for good. Raises FeedError: REFUSED,
    REDIRECT, HTTP, CHALLENGE, TIMEOUT, UNREACHABLE, TOO_LARGE, CUT_OFF or NOT_A_FEED (cannot be inflated). Etiquette:
    RFC 9110 sections 13 and 15.4.
    """
    if not _is_web(url):
        raise FeedError(Outcome.REFUSED, "the address is not http or https")
    left, clock = web.limits.total, asyncio.get_running_loop().time
    home, named, lasting, moved = _place(url), is_named(url), True, ""
    url = moved_to or url
    for hop in range(HOPS + 1):
        named = named and _place(url) == home
        async with web.hosts.turn(host_of(url), spaced=not named):
            began = clock()
            try:
                async with asyncio.timeout(left):
                    answer = await _ask(web.named if named else web.client, url, known, web.limits)
            except TimeoutError as error:
                raise _after(hop, _failure(error, web.limits)) from error
            except FeedError as error:
                raise _after(hop, error) from error.__cause__
            left -= clock() - began
        if isinstance(answer, Reply):
            return replace(answer, moved=moved)
        url, lasting = answer.url, lasting and answer.lasting
        moved = url if lasting else moved
    raise FeedError(Outcome.REDIRECT, f"more than {HOPS} redirects")


def _after(hops: int, error: FeedError) -> FeedError:
    """Give the failure met after so many redirects: the feed's own server did answer, and says nothing of the failure."""
    if not hops:
        return error
    told = FeedError(error.outcome, f"after a redirect: {error.detail}", error.status, error.headers)
    told.redirected = True
    return told


class _Hop(NamedTuple):
    url: str
    lasting: bool


async def _ask(client: aiohttp.ClientSession, url: str, known: Validators, limits: Limits) -> Reply | _Hop:
    """Give the reply of one address, or the address it sends us on to; every failure of aiohttp ends here."""
    try:
        async with client.get(url, headers=_conditions(known), allow_redirects=False) as response:
            if response.status in REDIRECTS:
                return _Hop(_next_address(response), response.status in LASTING)
            if response.status == HTTPStatus.NOT_MODIFIED and (known.etag or known.modified):
                return _reply(response, b"", known)
            if response.headers.get("cf-mitigated") == "challenge":  # Cloudflare says so itself
                raise FeedError(Outcome.CHALLENGE, _status_line(response), response.status, response.headers)
            if response.status != HTTPStatus.OK:
                raise FeedError(Outcome.HTTP, _status_line(response), response.status, response.headers)
            return _reply(response, await _body(response, limits), Validators())
    except Refused as error:
        raise FeedError(Outcome.REFUSED, f"{ascii(urlsplit(url).hostname)[1:-1][:100]} leads to {error}") from error
    except (TimeoutError, aiohttp.ClientError, ValueError) as error:  # ValueError: an address yarl cannot read
        raise _failure(error, limits) from error


def _place(url: str) -> tuple[str, str]:
    """Scheme, and host with port."""
    parts = urlsplit(url)
    return parts.scheme, f"{parts.hostname}:{parts.port or DEFAULT_PORTS[parts.scheme]}"


def _is_web(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in DEFAULT_PORTS and bool(parts.hostname) and parts.port != 0
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
    """Give a validator as sent; one with signs that could not be sent back byte for byte is none."""
    value = response.headers.get(name, "")
    return value if value.isascii() and value.isprintable() else ""


def _status_line(response: aiohttp.ClientResponse) -> str:
    try:
        return f"{response.status} {HTTPStatus(response.status).phrase}"
    except ValueError:
        return str(response.status)


async def _body(response: aiohttp.ClientResponse, limits: Limits) -> bytes:
    encoding = response.headers.get("Content-Encoding", "").strip().lower()
    if encoding not in ENCODINGS:
        raise FeedError(Outcome.REFUSED, f"sent as {encoding[:40]!a}, which was not asked for", response.status)
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
    return inflated(wire, encoding, limits.body)


def _failure(error: Exception, limits: Limits) -> FeedError:
    """Say in our words how asking failed."""
    match error:
        case aiohttp.ConnectionTimeoutError():
            return FeedError(Outcome.TIMEOUT, f"{NO_CONNECTION} within {limits.connect:g} s")
        case aiohttp.SocketTimeoutError():
            return FeedError(Outcome.TIMEOUT, f"nothing came for {limits.read:g} s")
        case TimeoutError():
            return FeedError(Outcome.TIMEOUT, f"not finished within {limits.total:g} s")
        case aiohttp.ClientResponseError() if error.message.startswith("Got more than"):  # aiohttp has no class for it
            return FeedError(Outcome.TOO_LARGE, f"a header of more than {HEADER_BYTES:,} bytes")
        case aiohttp.ClientResponseError() if error.message.startswith("Too many headers"):
            return FeedError(Outcome.TOO_LARGE, "too many headers")
        case aiohttp.ClientResponseError() if _is_surplus(error.message):
            return FeedError(Outcome.CUT_OFF, "more was sent than was announced")
        case aiohttp.ClientResponseError():
            return FeedError(Outcome.HTTP, "the answer is not HTTP")
        case aiohttp.InvalidURL() if error.description:
            return FeedError(Outcome.REFUSED, f"{error.url} {error.description}"[:200])
        case ValueError() if not isinstance(error, ssl.SSLError):
            return FeedError(Outcome.REFUSED, "the address cannot be read")
    return FeedError(Outcome.UNREACHABLE, _cause(error))


def _is_surplus(message: str) -> bool:
    """Whether aiohttp stumbled over bytes that follow a whole answer, since its Content-Length is too small.

    It gives up the answer then, but only if all came at once: else we have the announced part, which mostly is a
    document cut off. Its parser has no name for this but shows where in the line it stumbled; what never was HTTP
    fails within the first four characters of the line.
    """
    caret = message.rpartition("\n")[2]
    return message.startswith("Data after") or ("Expected HTTP/" in message and len(caret) > len("  b'HTTP^"))


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
