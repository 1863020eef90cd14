"""Collects captures of real feeds to their end, beside lemon24/reader on the same servers: python -m bench.soak.

The replay's captures and 200 invented feeds, of which most did not change, are stepped through all moments at which a
capture was taken. At each one our collector and reader look once, in turns who goes first, each in a process of its own
that lives through all steps; both keep 32 requests under way. `pip install -r bench/requirements.txt` brings reader.
"""

import argparse
import asyncio
import hashlib
import importlib
import importlib.util
import multiprocessing
import os
import random
import resource
import socket
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from email.utils import formatdate
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from aiohttp import web

from bench.press import LISTED, ROOT, document
from bench.table import show
from collectors.collect import collect
from collectors.fetch import Hosts
from mentions import store as stores
from mentions.lexicon import load_lexicon
from mentions.model import ANSWERED, Feed, Outlet

SHARED = ROOT.parent / "shared"
HOSTS = 40
CHANGES = 0.05
"""The share of invented feeds that list something new at a step."""

QUIET = 10
"""So many more rounds in which nothing changed tell what such a feed costs."""

OURS, READER = "this monitor", "reader"


def captures() -> dict[str, list[tuple[float, Path]]]:
    """The captures of each feed with their times, oldest first, as the replay server loads them."""
    spec = importlib.util.spec_from_file_location("replay", SHARED / "tools" / "replay.py")
    assert spec is not None and spec.loader is not None
    replay = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(replay)
    found: dict[str, list[tuple[float, Path]]] = replay.load(SHARED / "real" / "gesab001__headlines")
    return found


class Site:
    """What the feeds answer at a step; `step` and `counts` are shared with the process that steps."""

    def __init__(self, feeds: int, step: Any, counts: Any) -> None:
        self.step = step
        self.counts = counts
        self.captures = captures()
        self.moments = sorted({at for taken in self.captures.values() for at, _ in taken})
        self.newest = [growth(number, len(self.moments)) for number in range(feeds)]

    def now(self, name: str) -> tuple[bytes, float]:
        """What a feed lists now, and since when; b"" where there is nothing yet."""
        step = min(self.step.value, len(self.moments) - 1)
        if name.isdigit():
            number = self.newest[int(name)][step]
            return document(int(name), number), self.moments[self.newest[int(name)].index(number)]
        past = [(path, at) for at, path in self.captures[name] if at <= self.moments[step]]
        return (past[-1][0].read_bytes(), past[-1][1]) if past else (b"", 0.0)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """A feed, 304 where the asker has it, 404 where there is none yet; after the last moment nothing changes."""
        body, since = self.now(request.match_info["name"])
        headers = {"ETag": f'"{hashlib.sha1(body).hexdigest()}"', "Last-Modified": formatdate(since, usegmt=True)}
        known = request.headers.get("If-None-Match")
        if known and (known == headers["ETag"] or self.step.value == len(self.moments)):
            reply = web.Response(status=304, headers={"ETag": known})
        elif not since or self.step.value == len(self.moments):
            reply = web.Response(status=404)
        else:
            reply = web.Response(body=body, content_type="application/rss+xml", headers=headers)
            reply.enable_compression()
        await reply.prepare(request)
        await reply.write_eof()
        who = READER if "python-reader" in request.headers.get("User-Agent", "") else OURS
        for place, more in enumerate((1, known is not None, reply.status == 304, reply.body_length)):
            self.counts[who][place] += more
        return reply


def growth(number: int, steps: int) -> list[int]:
    """The number of a feed's newest item at each step."""
    chance = random.Random(number)
    newest = [LISTED]
    for _ in range(steps - 1):
        newest.append(newest[-1] + (chance.randint(1, 5) if chance.random() < CHANGES else 0))
    return newest


@contextmanager
def serving(site: Site, feeds: int) -> Iterator[list[str]]:
    """Serve the site from another process, on ports that are each taken for a host; the addresses of all feeds."""
    sockets = [socket.create_server(("127.0.0.1", 0), backlog=100) for _ in range(HOSTS)]

    async def serve() -> None:
        app = web.Application()
        app.router.add_get("/{name}", site.answer)
        runner = web.AppRunner(app)
        await runner.setup()
        for one in sockets:
            await web.SockSite(runner, one).start()
        await asyncio.Event().wait()

    server = multiprocessing.get_context("fork").Process(target=lambda: asyncio.run(serve()), daemon=True)
    server.start()
    names = [*site.captures, *map(str, range(feeds))]
    try:
        yield [f"http://127.0.0.1:{sockets[n % HOSTS].getsockname()[1]}/{name}" for n, name in enumerate(names)]
    finally:
        server.terminate()
        server.join()
        for one in sockets:
            one.close()


def ours(pipe: Connection, path: str, urls: list[str]) -> None:
    """Look with our collector when told to."""
    outlets = [
        Outlet(f"o{n}", f"O{n}", "https://o.invalid", "GB", "world", "en", (Feed(url, f"o{n}", "", "en"),))
        for n, url in enumerate(urls)
    ]
    lexicon = load_lexicon(ROOT / "data" / "lexicon")
    store = stores.writing(path, "real")
    store.save_catalogue(outlets)

    def look() -> int:
        done = collect(store, outlets, lexicon, lambda *_: None, now=True)
        return sum(count for outcome, count in done.outcomes.items() if outcome not in ANSWERED)

    answer(pipe, look)
    store.engine.dispose()


def theirs(pipe: Connection, path: str, urls: list[str]) -> None:
    """Look with reader when told to."""
    opened = importlib.import_module("reader").make_reader(path)
    for url in urls:
        opened.add_feed(url)

    def look() -> int:
        results = opened.update_feeds_iter(scheduled=False, workers=Hosts().total)
        return sum(isinstance(one.value, Exception) for one in results)

    answer(pipe, look)
    opened.close()


def answer(pipe: Connection, look: Callable[[], int]) -> None:
    """Look whenever told to, and tell what it took: seconds, seconds of CPU, failures, bytes of memory afterwards."""
    pipe.send(None)
    while pipe.recv():
        began, spent = time.perf_counter(), cpu()
        failures = look()
        pipe.send((time.perf_counter() - began, cpu() - spent, failures, resident(os.getpid())))


def cpu() -> float:
    """Seconds of CPU this process and its ended children have used."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def resident(process: int) -> int:
    """Bytes of memory a process has now, 0 where it has ended."""
    try:
        return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * resource.getpagesize()
    except OSError:
        return 0


def family(process: int) -> list[int]:
    """A process and its children."""
    lists = []
    for task in Path(f"/proc/{process}/task").glob("*/children"):
        with suppress(OSError):
            lists.append(task.read_text())
    return [process, *(int(child) for one in lists for child in one.split())]


class Client:
    """A collector in a process of its own, and what its looks took."""

    def __init__(
        self, name: str, work: Callable[[Connection, str, list[str]], None], path: Path, urls: list[str]
    ) -> None:
        self.name = name
        self.path = path
        self.feeds = len(urls)
        context = multiprocessing.get_context("spawn")
        self.pipe, far = context.Pipe()
        self.process = context.Process(target=work, args=(far, str(path), urls))
        self.process.start()
        far.close()
        self.pipe.recv()
        self.looks: list[tuple[float, float, int, int]] = []
        self.peak = self.wal = 0

    def look(self) -> None:
        """Let it look once; its memory and its write-ahead log are measured all the while."""
        self.pipe.send(True)
        while not self.pipe.poll(0.02):
            self.measure()
        self.looks.append(self.pipe.recv())
        self.measure()

    def measure(self) -> None:
        """Note the highest memory of the process with its children, and the longest write-ahead log."""
        self.peak = max(self.peak, sum(map(resident, family(self.process.pid or 0))))
        self.wal = max(self.wal, size_of(self.path, "-wal"))

    def end(self) -> int:
        """Let it close its store and end; the bytes of its write-ahead log before that."""
        left = size_of(self.path, "-wal")
        self.pipe.send(False)
        self.process.join()
        return left


def size_of(path: Path, suffix: str = "") -> int:
    """The bytes of a store's file, 0 where there is none."""
    file = path.with_name(path.name + suffix)
    return file.stat().st_size if file.exists() else 0


def megabytes(count: float) -> str:
    """Bytes as megabytes."""
    return f"{count / 1e6:,.1f}"


def measured(client: Client, counts: Sequence[int], steps: int, query: str) -> dict[str, str]:
    """What a client did in all steps, in words and figures; ends it. `query` counts its items."""
    looks, quiet = client.looks[:steps], client.looks[steps:]
    left = client.end()
    with closing(sqlite3.connect(client.path)) as db:
        (stored,) = db.execute(query).fetchone()
    quarters = [looks[len(looks) * part // 4 - 1][3] for part in (1, 2, 3, 4)]
    return {
        "requests": f"{counts[0]:,}",
        "of them with validators": f"{counts[1]:,}",
        "answered 304": f"{counts[2]:,}",
        "MB of bodies sent to it": megabytes(counts[3]),
        "wall, s": f"{sum(wall for wall, *_ in looks):.1f}",
        "CPU with children, s": f"{sum(used for _, used, *_ in looks):.1f}",
        "wall of a round in which nothing changed, ms": f"{statistics.median(one[0] for one in quiet) * 1000:.0f}",
        "CPU of such a round, ms a feed": f"{statistics.median(one[1] for one in quiet) * 1000 / client.feeds:.2f}",
        "RSS with children, peak, MB": megabytes(client.peak),
        "RSS at 1/4, 2/4, 3/4, 4/4, MB": " / ".join(map(megabytes, quarters)),
        "store, MB": megabytes(size_of(client.path)),
        "write-ahead log, longest / at the end, MB": f"{megabytes(client.wal)} / {megabytes(left)}",
        "items stored": f"{stored:,}",
        "looks that failed": f"{sum(failures for _, _, failures, _ in looks):,}",
    }


def main() -> None:
    """Step both through all captures and print what each took."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--feeds", type=int, default=200, help="invented feeds beside the captures")
    options.add_argument("--steps", type=int, default=10**6, help="stop after so many moments")
    chosen = options.parse_args()
    if not importlib.util.find_spec("reader") or not SHARED.is_dir():
        print(f"needed: pip install -r bench/requirements.txt, and the captures in {SHARED}", file=sys.stderr)
        sys.exit(2)
    step = multiprocessing.Value("i", 0)
    counts: dict[str, Any] = {name: multiprocessing.Array("q", 4) for name in (OURS, READER)}
    site = Site(chosen.feeds, step, counts)
    steps = min(chosen.steps, len(site.moments))
    with serving(site, chosen.feeds) as urls, tempfile.TemporaryDirectory() as folder:
        clients = [
            Client(OURS, ours, Path(folder, "ours.db"), urls),
            Client(READER, theirs, Path(folder, "reader.db"), urls),
        ]
        for number in range(steps):
            step.value = number
            for client in clients[:: 1 if number % 2 else -1]:
                client.look()
            print(f"\r{number + 1} of {steps}", end="", file=sys.stderr)
        step.value = len(site.moments)
        served = [counts[client.name][:] for client in clients]
        for _ in range(QUIET):
            for client in clients:
                client.look()
        queries = ("SELECT count(*) FROM item", "SELECT count(*) FROM entries")
        columns = [measured(one, own, steps, query) for one, own, query in zip(clients, served, queries, strict=True)]
    title = f"Soak: {steps} steps, {len(urls)} feeds, {Hosts().total} requests at once"
    show(title, ["what", OURS, READER], [[name, *(one[name] for one in columns)] for name in columns[0]])


if __name__ == "__main__":
    main()
