"""A web server on the loopback address that answers as a test tells it to, and remembers what it was asked."""

import gzip
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True, slots=True)
class Answer:
    """What to send; header values may hold `{site}` for the server's own address."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    zipped: bool = False
    length: int | None = None  # the Content-Length to claim; -1 for none; by default the true one
    wait: float = 0.0  # seconds before the first byte
    drip: float = 0.0  # seconds between single bytes of the body
    raw: bytes | tuple[bytes, ...] | None = None  # these bytes and nothing else; several are sent one after the other
    conditional: bool = False  # 304 where If-None-Match or If-Modified-Since repeats the headers


@dataclass(frozen=True, slots=True)
class Request:
    path: str
    headers: Mapping[str, str]  # names in lower case


@dataclass(slots=True)
class Site:
    """A running server: `answers` by path, a list being used up to its last one; `requests` in the order they came."""

    url: str
    answers: dict[str, Answer | list[Answer]] = field(default_factory=dict)
    requests: list[Request] = field(default_factory=list)
    most_at_once: int = 0
    closing: threading.Event = field(default_factory=threading.Event)

    def answer(self, path: str) -> Answer:
        found = self.answers.get(path, Answer(b"nothing here", 404))
        if isinstance(found, Answer):
            return found
        return found.pop(0) if len(found) > 1 else found[0]

    def pause(self, seconds: float) -> None:
        """Sleep, but not beyond the end of the test."""
        if seconds:
            self.closing.wait(seconds)


@contextmanager
def serving(host: str = "127.0.0.1") -> Iterator[Site]:
    """Serve on a free port of a loopback address until the block ends."""
    server = _Server((host, 0), _Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server.site
    finally:
        server.site.closing.set()
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def refusing() -> Iterator[str]:
    """Give an address at which nobody listens."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{held.getsockname()[1]}"


Names = dict[str, list[str]]
"""What the name service answers; a name that is not there does not exist."""


@contextmanager
def naming(names: Names) -> Iterator[None]:
    """Answer look-ups from the table, as a name service under anybody's control could; numbers go to the real one."""
    real = socket.getaddrinfo

    def looked_up(host: str, port: int, *rest: Any, **more: Any) -> list[Any]:
        found = [real(address, port, *rest, **more) for address in names.get(host, [host])]
        return [one for infos in found for one in infos]

    socket.getaddrinfo = looked_up  # type: ignore[assignment]
    try:
        yield
    finally:
        socket.getaddrinfo = real


@contextmanager
def listening() -> Iterator[socket.socket]:
    """A socket of 127.0.0.1 to which nobody may connect: the block fails where somebody did."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener
        listener.setblocking(False)
        try:
            _, peer = listener.accept()
        except BlockingIOError:
            return
        raise AssertionError(f"{peer} connected")


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def server_activate(self) -> None:
        super().server_activate()
        self.site = Site(f"http://{self.server_address[0]!s}:{self.server_port}")
        self.lock = threading.Lock()
        self.at_once = 0


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_GET(self) -> None:
        server, site = self.server, self.server.site
        with server.lock:
            site.requests.append(Request(self.path, {name.lower(): value for name, value in self.headers.items()}))
            server.at_once += 1
            site.most_at_once = max(site.most_at_once, server.at_once)
        try:
            self._send(site, site.answer(self.path))
        except ConnectionError:  # the client had enough, as it should
            self.close_connection = True
        finally:
            with server.lock:
                server.at_once -= 1

    def _send(self, site: Site, answer: Answer) -> None:
        site.pause(answer.wait)
        if answer.raw is not None:
            for piece in (answer.raw,) if isinstance(answer.raw, bytes) else answer.raw:
                self.wfile.write(piece)
                site.pause(0.05)
            self.close_connection = True
            return
        if answer.conditional and self._known(answer):
            answer = Answer(status=304, headers=answer.headers)
        body = gzip.compress(answer.body) if answer.zipped else answer.body
        self.send_response(answer.status, _phrase(answer.status))
        for name, value in answer.headers.items():
            self.send_header(name, value.replace("{site}", site.url))
        if answer.zipped:
            self.send_header("Content-Encoding", "gzip")
        length = len(body) if answer.length is None else answer.length
        if length >= 0 and answer.status != 304:
            self.send_header("Content-Length", str(length))
        if length != len(body):
            self.send_header("Connection", "close")
        self.end_headers()
        self._write(site, body, answer.drip)

    def _write(self, site: Site, body: bytes, drip: float) -> None:
        if not drip:
            self.wfile.write(body)
            return
        for byte in body:
            if site.closing.is_set():
                return
            self.wfile.write(bytes([byte]))
            site.pause(drip)

    def _known(self, answer: Answer) -> bool:
        etag, modified = self.headers.get("If-None-Match"), self.headers.get("If-Modified-Since")
        if etag is not None:
            return etag == answer.headers.get("ETag")
        return modified is not None and modified == answer.headers.get("Last-Modified")

    def log_message(self, format: str, *args: object) -> None:
        """Keep quiet."""


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Odd"
