"""Lets Debian's cron run the monitor each minute, with a crash and a restart: python -m bench.cron [--minutes N].

This cron sees a crontab of its own and none of the machine's: it has private mounts and processes. It collects from the
replay server, whose clock runs, and from feeds of one host that never answer, so that a round outlasts the minute. Early
in the third minute all that cron started is killed with it, as by a power cut, and cron is started again.
"""

import argparse
import json
import os
import shlex
import shutil
import socketserver
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from bench.kills import UNSOUND
from bench.press import ROOT, prepare
from bench.table import show
from collectors.schedule import SHORTEST

REPLAY = ROOT.parent / "shared" / "tools" / "replay.py"
HUNG = 8
"""Silent feeds of one host, which are asked one after the other and given up after 20 s each."""

LOCKED, CRASHED, CUT = 75, "killed by the crash", "killed at the end"

# What the machine's own cron would read is hidden, and so is the file that holds two daemons apart.
PRIVATE = """
mount -t tmpfs none /run
mount -t tmpfs none /etc/cron.d
mount -t tmpfs none /var/spool/cron
[ ! -e /etc/crontab ] || mount --bind "$0/nothing" /etc/crontab
mkdir -m 1730 /var/spool/cron/crontabs
install -m 600 "$0/crontab" /var/spool/cron/crontabs/root
exec cron -f
"""
CRONTAB = """MAILTO=""
MONITOR_STORE={folder}/monitor.db
MONITOR_DATA={folder}
* * * * * cd {folder}; at=$(date +\\%s); echo $at >> started; {run} collect >> log 2>> mail; \
code=$?; echo $at $(date +\\%s) $code >> ended
"""
OFTEN = """
SELECT f.url, c.at - lag(c.at) OVER (PARTITION BY c.feed ORDER BY c.number) AS apart
FROM feed_check c JOIN feed f ON f.number = c.feed
"""
BY_FEED = """
SELECT f.url, count(*), group_concat(DISTINCT c.outcome), sum(c.new)
FROM feed f LEFT JOIN feed_check c ON c.feed = f.number GROUP BY f.url
"""


def missing() -> str:
    """What this bench needs and has not, "" where nothing is missing."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        return "this bench must be root, to give cron mounts of its own"
    if not shutil.which("cron", path="/usr/sbin:/usr/bin"):
        return "Debian's cron is missing: apt-get install cron"
    if not shutil.which("unshare"):
        return "unshare is missing: apt-get install util-linux"
    return "" if REPLAY.exists() else f"the replay server is missing: {REPLAY}"


class Silent(socketserver.ThreadingTCPServer):
    """Takes requests, counts them by path, and never answers."""

    daemon_threads = True
    asked: Counter[str]


class Silence(socketserver.StreamRequestHandler):
    server: Silent

    def handle(self) -> None:
        self.server.asked[self.rfile.readline().split()[1].decode()] += 1
        self.rfile.read()


@contextmanager
def silent() -> Iterator[tuple[str, Counter[str]]]:
    """A server that never answers: its address, and what it was asked."""
    with Silent(("127.0.0.1", 0), Silence) as server:
        server.asked = Counter()
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}", server.asked
        server.shutdown()
        thread.join()


@contextmanager
def replaying(speed: float) -> Iterator[str]:
    """The replay server, so many seconds a second; its address."""
    with socketserver.TCPServer(("127.0.0.1", 0), Silence) as free:
        port = free.server_address[1]
    command = [sys.executable, str(REPLAY), "--port", str(port), "--at", "2020-05-18T00:00", "--speed", str(speed)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        server.stdout.readline()
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()


def asked(url: str) -> str:
    """What the replay server says."""
    with urllib.request.urlopen(url) as answer:
        return str(answer.read(), "utf-8")


def furnish(folder: Path, feeds: dict[str, list[str]]) -> None:
    """Write the catalogue of these outlets, and the crontab."""
    prepare(folder, feeds)
    for name in ("nothing", "started", "ended", "log", "mail"):
        (folder / name).touch()
    (folder / "crontab").write_text(CRONTAB.format(folder=folder, run=shlex.quote(str(ROOT / "run"))))


@contextmanager
def cron(folder: Path) -> Iterator[None]:
    """Debian's cron with this folder's crontab; at the end of the block all that it started is killed with it."""
    own = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]
    daemon = subprocess.Popen([*own, "sh", "-euc", PRIVATE, str(folder)])
    try:
        yield
        if daemon.poll() is not None:
            raise RuntimeError(f"cron ended with {daemon.returncode}")
    finally:
        daemon.kill()
        daemon.wait()


def run(folder: Path, minutes: int) -> datetime:
    """Let cron run for so many minutes, and end it once early in the third one; gives the time of that."""
    if (left := -time.time() % 60) < 4:  # cron must be up when the first minute begins
        time.sleep(left + 0.1)
    first = time.time() // 60 * 60 + 60
    with cron(folder):
        time.sleep(first + 125 - time.time())
    crashed = datetime.now(UTC)
    with cron(folder):
        time.sleep(first + 60 * minutes - 1 - time.time())
    return crashed


def runs(folder: Path, crashed: datetime) -> list[tuple[str, str, str]]:
    """When each run started, how many seconds it took, and how it ended."""
    ends = {at: (int(end) - int(at), code) for at, end, code in map(str.split, (folder / "ended").open())}
    rows = []
    for at in (folder / "started").read_text().split():
        began = datetime.fromtimestamp(int(at), UTC)
        seconds, code = ends.get(at, ("", CRASHED if began < crashed else CUT))
        rows.append((f"{began:%H:%M:%S}", str(seconds), str(code)))
    return rows


def wrong(db: sqlite3.Connection, rows: list[tuple[str, str, str]], requests: Counter[str]) -> Iterator[str]:
    """In words, what should not have happened."""
    for name, query in UNSOUND.items():
        if name != "checks that failed" and (found := db.execute(query).fetchall()):
            yield f"{name}: {found[:3]}"
    for url, apart in db.execute(OFTEN):
        if apart is not None and apart < SHORTEST:
            yield f"{url} was asked again after {apart} s"
    for url, checks, *_ in db.execute(BY_FEED):
        if requests[url] > checks + 1:  # the crash may have come between a request and its check
            yield f"{url} was asked {requests[url]} times, and {checks} checks were recorded"
    codes = Counter(code for _, _, code in rows)
    if not codes[str(LOCKED)]:
        yield "no run met another one at work"
    if not codes[CRASHED]:
        yield "the crash met no run at work"
    for code in sorted(codes.keys() - {"0", "1", str(LOCKED), CRASHED, CUT}):
        yield f"a run ended with {code}"


def report(folder: Path, requests: Counter[str], crashed: datetime) -> list[str]:
    """Print what a person would want to see; what was wrong, in words."""
    nothing = "nothing\n"
    for name, title in (("log", "The log"), ("mail", "What cron would have mailed")):
        print(f"\n### {title}\n\n```\n{(folder / name).read_text() or nothing}```")
    rows = runs(folder, crashed)
    show(f"Cron: runs, with a crash and a restart at {crashed:%H:%M:%S} UTC", ["started", "s", "code"], rows)
    if not (folder / "monitor.db").exists():
        return ["no run made a store"]
    with closing(sqlite3.connect(folder / "monitor.db")) as db:
        table = [(url, requests[url], *rest) for url, *rest in db.execute(BY_FEED)]
        show("Cron: the feeds", ["feed", "requests seen", "checks", "ended", "new items"], table)
        (items,), (sound,) = (db.execute(q).fetchone() for q in ("SELECT count(*) FROM item", "PRAGMA integrity_check"))
        print(f"\n{items} items, integrity_check: {sound}\n")
        return list(wrong(db, rows, requests))


def main() -> None:
    """Print the log, the runs and the feeds; ends with 1 and words where something was wrong, 2 where it cannot run."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--minutes", type=int, default=5)
    options.add_argument("--speed", type=float, default=3600, help="seconds of the replay server's clock in a second")
    chosen = options.parse_args()
    if said := missing():
        print(said, file=sys.stderr)
        sys.exit(2)
    with tempfile.TemporaryDirectory() as name, silent() as (mute, unanswered), replaying(chosen.speed) as site:
        folder = Path(name)
        feeds = {feed.strip("/"): [f"{site}{feed}"] for feed in asked(f"{site}/").split()}
        furnish(folder, feeds | {"silent": [f"{mute}/{number}" for number in range(HUNG)]})
        crashed = run(folder, chosen.minutes)
        seen = json.loads(asked(f"{site}/_stats"))
        requests = Counter({f"{site}/{feed}": one["requests"] for feed, one in seen.items()})
        requests += Counter({f"{mute}{path}": count for path, count in unanswered.items()})
        faults = report(folder, requests, crashed)
    for fault in faults:
        print(fault)
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
