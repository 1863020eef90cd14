"""Times a round over slow loopback feeds against what waiting alone costs: python -m bench.collect [--feeds N]."""

import argparse
import asyncio
import multiprocessing
import random
import socket
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from aiohttp import web

from bench.table import show
from collectors.collect import collect
from collectors.fetch import Hosts, fetch, session
from mentions import store as stores
from mentions.lexicon import Lexicon, load_lexicon
from mentions.model import Feed, Outlet, Validators

LEXICON = Path(__file__).resolve().parents[1] / "data" / "lexicon"
HOSTS = 100
ITEMS = 30


def document(number: int) -> bytes:
    """A feed of invented items with summaries of some 300 characters; one in fifteen names Kashmir."""
    chance = random.Random(number)
    words = [
        "harbour",
        "council",
        "minister",
        "budget",
        "river",
        "school",
        "report",
        "market",
        "bridge",
        "museum",
        "season",
        "letter",
        "panel",
    ]
    items = []
    for place in range(ITEMS):
        title = f"{' '.join(chance.choices(words, k=8)).capitalize()}{' in Kashmir' if place % 15 == 0 else ''}"
        body = " ".join(chance.choices(words, k=45))
        items.append(
            f"<item><title>{title}</title><link>https://f{number}.invalid/{place}?utm_source=rss</link>"
            f"<description>{body}</description><pubDate>Tue, 24 Nov 2026 0{place % 10}:00:00 +0500</pubDate></item>"
        )
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>F</title>{"".join(items)}</channel></rss>'.encode()


def serve(sockets: list[socket.socket], latency: float) -> None:
    """Answer with a feed after the latency, or 304 at once after it where the client knows the feed."""

    async def answer(request: web.Request) -> web.Response:
        await asyncio.sleep(latency)
        if request.headers.get("If-None-Match") == '"1"':
            return web.Response(status=304, headers={"ETag": '"1"'})
        body = document(int(request.match_info["number"]))
        reply = web.Response(body=body, content_type="application/rss+xml", headers={"ETag": '"1"'})
        reply.enable_compression()
        return reply

    async def main() -> None:
        app = web.Application()
        app.router.add_get("/{number}", answer)
        runner = web.AppRunner(app)
        await runner.setup()
        for one in sockets:
            await web.SockSite(runner, one).start()
        await asyncio.Event().wait()

    asyncio.run(main())


@contextmanager
def slow_feeds(number: int, latency: float) -> Iterator[list[str]]:
    """Addresses of so many feeds on 100 loopback ports, each taken for a host of its own, in another process."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(HOSTS)]
    server = multiprocessing.get_context("fork").Process(target=serve, args=(sockets, latency), daemon=True)
    server.start()
    ports = [one.getsockname()[1] for one in sockets]
    try:
        yield [f"http://127.0.0.1:{ports[one % HOSTS]}/{one}" for one in range(number)]
    finally:
        server.terminate()
        server.join()
        for one in sockets:
            one.close()


async def fetch_all(urls: list[str]) -> None:
    """Fetch every address, and nothing else."""
    async with session() as web_session, asyncio.TaskGroup() as tasks:
        for url in urls:
            tasks.create_task(fetch(web_session, url, Validators()))


def rounds(urls: list[str], lexicon: Lexicon) -> tuple[float, float, float]:
    """Seconds to fetch alone, for a first round into an empty store, and for a round in which nothing changed."""
    outlets = [
        Outlet(f"o{n}", f"O{n}", "https://o.invalid", "GB", "world", "en", (Feed(url, f"o{n}", "", "en"),))
        for n, url in enumerate(urls)
    ]
    with tempfile.TemporaryDirectory() as folder:
        store = stores.writing(f"{folder}/bench.db", "real")
        store.save_catalogue(outlets)
        started = time.perf_counter()
        asyncio.run(fetch_all(urls))
        fetched = time.perf_counter()
        first = collect(store, outlets, lexicon, lambda _: None, now=True)
        collected = time.perf_counter()
        second = collect(store, outlets, lexicon, lambda _: None, now=True)
        done = time.perf_counter()
        store.engine.dispose()
    assert (first.new, second.new, second.answered) == (len(urls) * ITEMS, 0, len(urls))
    return fetched - started, collected - fetched, done - collected


def main() -> None:
    """Run three alternating rounds and print medians beside the floor."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--feeds", type=int, default=200)
    options.add_argument("--latency", type=float, default=0.1, help="seconds before each answer")
    chosen = options.parse_args()
    floor = chosen.feeds * chosen.latency / Hosts().total
    lexicon = load_lexicon(LEXICON)
    with slow_feeds(chosen.feeds, chosen.latency) as urls:
        asyncio.run(fetch_all(urls[:5]))
        taken = [rounds(urls, lexicon) for _ in range(3)]
    names = ("fetch alone", "first round: fetch, parse, tag, save", "next round: all unchanged (304)")
    medians = [statistics.median(column) for column in zip(*taken, strict=True)]
    rows = [["floor: sum of latencies ÷ concurrency", f"{floor:.2f}", "1.0"]]
    rows += [[name, f"{value:.2f}", f"{value / floor:.1f}"] for name, value in zip(names, medians, strict=True)]
    title = (
        f"Collect: {chosen.feeds} feeds of {ITEMS} items, {chosen.latency * 1000:.0f} ms each, {Hosts().total} at once"
    )
    show(title, ["what", "s", "× floor"], rows)


if __name__ == "__main__":
    main()
