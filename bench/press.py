"""Feeds that grow while they are asked, and remember what they sent; what the benches collect from."""

import random
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
FEEDS, LISTED = 12, 30
SMALLEST = 16_384
"""Bytes of the first answer; each later one is a byte longer, so the size that a check records names its answer."""
WORDS = ("harbour", "council", "minister", "budget", "river", "school", "report", "market", "bridge", "museum")


def links(feed: int, newest: int) -> set[str]:
    """What a feed lists when its newest item has this number."""
    return {f"https://f{feed}.invalid/{number}" for number in range(newest - LISTED + 1, newest + 1)}


def document(feed: int, newest: int, size: int = 0) -> bytes:
    """The newest 30 invented items of a series, at least so many bytes long; one item in fifteen names Kashmir."""
    items = []
    for number in range(newest, newest - LISTED, -1):
        chance = random.Random(f"{feed}/{number}")
        title = f"{' '.join(chance.choices(WORDS, k=6)).capitalize()}{' in Kashmir' if number % 15 == 0 else ''}"
        items.append(
            f"<item><title>{title} ({feed}/{number}, invented)</title><link>https://f{feed}.invalid/{number}</link>"
            f"<description>{' '.join(chance.choices(WORDS, k=30))}</description>"
            f"<pubDate>Tue, 24 Nov 2026 0{number % 10}:00:00 +0000</pubDate></item>"
        )
    text = f'<?xml version="1.0"?><rss version="2.0"><channel><title>F{feed}</title>{"".join(items)}</channel></rss>\n'
    return text.encode().ljust(size)


class Press:
    """Feeds that grow while they are asked; `sent` gives the feed and the newest number of each answer by its size."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.asked = 0
        self.newest = [LISTED] * FEEDS
        self.sent: dict[int, tuple[int, int]] = {}
        self.lock = threading.Lock()

    def answer(self, feed: int, known: str) -> tuple[str, bytes]:
        """The ETag and the body, which is empty where the asker knows the newest."""
        with self.lock:
            self.asked += 1
            self.newest[feed] += self.chance.choice((0, 0, 1, 2, 4, 7))
            etag = f'"{self.newest[feed]}"'
            if etag == known:
                return etag, b""
            size = SMALLEST + len(self.sent)
            self.sent[size] = feed, self.newest[feed]
            return etag, document(feed, self.newest[feed], size)


class Server(ThreadingHTTPServer):
    """Serves a press; clients that are killed while they listen are no news."""

    daemon_threads = True
    press: Press

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class Handler(BaseHTTPRequestHandler):
    """Answers late and in pieces, so that kills meet every phase of a request."""

    protocol_version = "HTTP/1.1"
    server: Server

    def do_GET(self) -> None:
        press = self.server.press
        time.sleep(press.chance.uniform(0, 0.06))
        etag, body = press.answer(int(self.path.removeprefix("/f")), self.headers.get("If-None-Match", ""))
        self.send_response(200 if body else 304)
        self.send_header("ETag", etag)
        if body:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        for start in range(0, len(body), 4096):
            self.wfile.write(body[start : start + 4096])
            time.sleep(press.chance.uniform(0, 0.01))

    def log_message(self, format: str, *args: object) -> None:
        """Keep quiet."""


@contextmanager
def serving(press: Press) -> Iterator[str]:
    """Serve the press on a free port; its address."""
    server = Server(("127.0.0.1", 0), Handler)
    server.press = press
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


ADDRESS = '{{ url = "{}" }}, '


def prepare(folder: Path, feeds: Mapping[str, Sequence[str]]) -> None:
    """Write a catalogue of outlets with these addresses, beside the project's lexicon."""
    (folder / "lexicon").symlink_to(ROOT / "data" / "lexicon")
    blocks = (
        f'[[outlet]]\nid = "{name}"\nname = "{name}"\nhomepage = "https://{name}.invalid"\ncountry = "GB"\n'
        f'group = "world"\nlanguage = "en"\nfeeds = [{"".join(map(ADDRESS.format, urls))}]\n'
        for name, urls in feeds.items()
    )
    (folder / "outlets.toml").write_text("\n".join(blocks))
