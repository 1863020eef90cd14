"""Inflates what servers send compressed, never past a limit."""

import zlib
from http import HTTPStatus

from collectors import FeedError
from mentions.model import Outcome

ENCODINGS = frozenset({"", "identity", "gzip", "x-gzip", "deflate"})
GZIP = b"\x1f\x8b"
GZIP_BITS = zlib.MAX_WBITS | 16
MEMBERS = 100
"""Of one gzip answer: servers that join pieces send a few, only a hostile one sends a million empty ones."""


def inflated(wire: bytearray, encoding: str, limit: int) -> bytes:
    """Inflate what was sent, at most `limit` bytes of it; gzip may come in several members (RFC 1952, section 2.2).

    Raises FeedError: NOT_A_FEED (damaged), TOO_LARGE or CUT_OFF.
    """
    inflater = inflater_of(wire[:2], encoding)
    if inflater is None:
        return bytes(wire)
    body, rest = bytearray(), memoryview(wire)
    for _ in range(MEMBERS):
        try:
            body += inflater.decompress(rest, limit + 1 - len(body))
        except zlib.error as error:
            raise FeedError(Outcome.NOT_A_FEED, "the compressed answer is damaged", HTTPStatus.OK) from error
        if len(body) > limit:
            raise FeedError(Outcome.TOO_LARGE, f"more than {limit:,} bytes after inflating", HTTPStatus.OK)
        if not inflater.eof:
            cut = f"the compressed answer ends early, after {len(wire):,} bytes"
            raise FeedError(Outcome.CUT_OFF, cut, HTTPStatus.OK)
        rest = rest[len(rest) - len(inflater.unused_data) :]
        if rest[:2] != GZIP:
            return bytes(body)
        inflater = zlib.decompressobj(GZIP_BITS)
    raise FeedError(Outcome.TOO_LARGE, f"more than {MEMBERS} gzip members", HTTPStatus.OK)


def inflater_of(start: bytearray, encoding: str) -> "zlib._Decompress | None":
    """What inflates an answer that starts so, None for a plain one.

    The first two bytes decide, not the header: servers do name gzip and send plain text, and the reverse, and some
    send deflate without the zlib frame that RFC 9110 section 8.4.1.2 asks for.
    """
    if start == GZIP:
        return zlib.decompressobj(GZIP_BITS)
    if encoding == "deflate":
        framed = len(start) > 1 and start[0] & 15 == 8 and int.from_bytes(start) % 31 == 0
        return zlib.decompressobj(zlib.MAX_WBITS if framed else -zlib.MAX_WBITS)
    return None
