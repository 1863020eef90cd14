"""Kills collectors at random moments and looks for what was lost: python -m bench.kills [--kills N] [--seed N].

Real processes, SIGKILL to the whole process group, two collectors at once in every other round. The feeds come from a
series without end, and each answer has a size of its own, so that the checks in the store tell which answers were
acknowledged. After each kill a copy of the store is looked at by plain SQLite: the next collector has to recover the
store itself. The seed fixes what is drawn, not what the machine makes of it.
"""

import argparse
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.press import FEEDS, ROOT, Press, links, prepare, serving
from bench.table import show

LOCKED, KILLED = 75, -int(signal.SIGKILL)
RIGHT = ([0], [KILLED], [KILLED, 0], [KILLED, KILLED], [KILLED, LOCKED], [0, LOCKED])
"""How the collectors of a round may end: of two started at once, one gives way."""

STARTING = "before the first save"
BETWEEN = "between saves"
ENDING = "after the last save"


@dataclass(frozen=True, slots=True)
class Kept:
    """What a store holds: its checks as (number, feed, new), links of items, how many are missing or doubled, faults."""

    checks: frozenset[tuple[int, int, int]] = frozenset()
    links: frozenset[str] = frozenset()
    missing: int = 0
    doubled: int = 0
    faults: tuple[str, ...] = ()


UNSOUND = {
    "integrity_check": "SELECT * FROM pragma_integrity_check WHERE integrity_check <> 'ok'",
    "rows that refer to nothing": "SELECT * FROM pragma_foreign_key_check",
    "items without a sighting": "SELECT seq FROM item WHERE seq NOT IN (SELECT item FROM sighting)",
    "items more than the checks say": "SELECT count(*) - (SELECT sum(new) FROM feed_check) AS n FROM item HAVING n <> 0",
    "checks that failed": "SELECT outcome, detail FROM feed_check WHERE outcome NOT IN ('ok', 'unchanged')",
}
TWICE = "SELECT sum(n - 1) FROM (SELECT count(*) AS n FROM item NOT INDEXED GROUP BY {} HAVING n > 1)"


def kept(folder: Path, press: Press) -> Kept:
    """What a copy of the folder's store holds, as SQLite finds it after the kill."""
    copy = folder / "copy"
    shutil.rmtree(copy, ignore_errors=True)
    copy.mkdir()
    for path in folder.glob("monitor.db*"):
        shutil.copy(path, copy)
    with closing(sqlite3.connect(copy / "monitor.db")) as db:
        if not db.execute("SELECT name FROM sqlite_master WHERE name = 'feed_check'").fetchall():
            return Kept()
        checks = frozenset(db.execute("SELECT number, feed, new FROM feed_check"))
        found = frozenset(link for (link,) in db.execute("SELECT link FROM item"))
        doubled = sum(db.execute(TWICE.format(name)).fetchone()[0] or 0 for name in ("key", "link"))
        wrong: dict[str, Sequence[Any]] = {name: db.execute(query).fetchall() for name, query in UNSOUND.items()}
        sizes = {size for (size,) in db.execute("SELECT size FROM feed_check WHERE outcome = 'ok'")}
        wrong["checks of a size that was not sent"] = sorted(sizes - press.sent.keys())
        promised = acknowledged([press.sent[size] for size in sizes & press.sent.keys()], db)
        wrong |= {"acknowledged, not stored": sorted(promised - found), "stored unchecked": sorted(found - promised)}
        return Kept(
            checks,
            found,
            len(promised - found),
            doubled,
            tuple(f"{name}: {rows[:3]}" for name, rows in wrong.items() if rows),
        )


def acknowledged(answers: list[tuple[int, int]], db: sqlite3.Connection) -> set[str]:
    """The links that recorded answers listed or that a stored ETag vouches for: nobody sends those again."""
    vouched = db.execute("SELECT url, etag FROM feed WHERE etag <> ''")
    answers += [(int(url.rpartition("/f")[2]), int(etag.strip('"'))) for url, etag in vouched]
    return {link for answer in answers for link in links(*answer)}


def start(folder: Path) -> subprocess.Popen[bytes]:
    """Start a collector in a process group of its own."""
    environment = {**os.environ, "MONITOR_STORE": str(folder / "monitor.db"), "MONITOR_DATA": str(folder)}
    command = [sys.executable, "-m", "collectors", "collect", "--now"]
    with (folder / "log").open("ab") as log:
        return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log, start_new_session=True)


def written(folder: Path) -> int:
    """When the store's write-ahead log was last written to, in nanoseconds, 0 where there is none."""
    log = folder / "monitor.db-wal"
    return log.stat().st_mtime_ns if log.exists() else 0


def saved(folder: Path) -> int:
    """How many checks a store holds while a collector is at it."""
    with closing(sqlite3.connect(f"file:{folder}/monitor.db?mode=ro", uri=True)) as db:
        return int(db.execute("SELECT count(*) FROM feed_check").fetchone()[0])


def disturbed(folder: Path, press: Press, chance: random.Random, collectors: int, checks: int) -> list[int]:
    """The exit codes of collectors started at once and killed at a random moment; -9 for one that was killed.

    Half of the moments are drawn from the clock. The others come while something is written, after some of the round's
    saves and where there are two collectors after one of them gave way. `checks` is how many the store held before.
    """
    asked = press.asked
    runs = [start(folder) for _ in range(collectors)]

    def ended() -> int:
        return sum(run.poll() is not None for run in runs)

    def wait(happened: Callable[[], bool], seconds: float = 60) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end and ended() < collectors and not happened():
            time.sleep(0.0005)

    if chance.random() < 0.5:
        wait(lambda: False, chance.uniform(0, 3))
    else:
        wait(lambda: press.asked > asked and ended() == collectors - 1)
        wanted = checks + chance.randrange(FEEDS)
        wait(lambda: saved(folder) >= wanted)
        before = written(folder)
        wait(lambda: written(folder) != before)
        time.sleep(chance.choice((0, 0, 0.002, 0.02)))
    for run in runs:
        if run.poll() is None:
            os.killpg(run.pid, signal.SIGKILL)
    return [run.wait() for run in runs]


def wrong(codes: list[int], told: str, before: Kept, after: Kept) -> list[str]:
    """In words, what a round lost or broke; `told` is what the collectors said last."""
    counts = {
        "checks are gone": len(before.checks - after.checks),
        "items are gone": len(before.links - after.links),
        "items are there twice": after.doubled,
    }
    said = [*after.faults, *(f"{count} {what}" for what, count in counts.items() if count)]
    return said if sorted(codes) in RIGHT else [*said, f"exit codes {codes}: {told}"]


@dataclass(slots=True)
class Tally:
    """What came of all rounds."""

    phases: Counter[str]
    codes: Counter[int]
    kept: Kept
    faults: list[str]
    lost: int = 0

    @property
    def kills(self) -> int:
        """In how many rounds a collector was killed."""
        return self.phases.total()


def trial(kills: int, seed: int, folder: Path, tell: Callable[[str], None] = lambda _: None) -> Tally:
    """Kill so many rounds, let a last one end undisturbed, and look at the store after each."""
    chance = random.Random(seed)
    press = Press(random.Random(seed))
    tally = Tally(Counter(), Counter(), Kept(), [])
    with serving(press) as site:
        prepare(folder, {f"f{number}": [f"{site}/f{number}"] for number in range(FEEDS)})
        for number in range(3 * kills):
            if tally.kills == kills:
                break
            codes = disturbed(folder, press, chance, 1 + number % 2, len(tally.kept.checks))
            note(tally, codes, folder, press)
            tell(f"{tally.kills} of {kills} kills, {len(tally.kept.links)} items, {len(tally.faults)} faults")
        codes = [start(folder).wait()]
        note(tally, codes, folder, press)
        tally.faults += [] if codes == [0] else [f"the undisturbed round ended with {codes[0]}"]
    return tally


def note(tally: Tally, codes: list[int], folder: Path, press: Press) -> None:
    """Add a round to the tally."""
    after = kept(folder, press)
    told = "".join((folder / "log").read_text().splitlines()[-1:])
    tally.faults += wrong(codes, told, tally.kept, after)
    tally.lost += len(tally.kept.links - after.links) + after.missing
    tally.codes.update(codes)
    if KILLED in codes:
        fresh = len(after.checks) - len(tally.kept.checks)
        tally.phases[ENDING if fresh >= FEEDS else BETWEEN if fresh else STARTING] += 1
    tally.kept = after


def main() -> None:
    """Print what came of all kills; ends with 1 and words where anything was lost."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--kills", type=int, default=200)
    options.add_argument("--seed", type=int, default=1)
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        tally = trial(chosen.kills, chosen.seed, Path(folder), lambda line: print(f"\r{line}", end="", file=sys.stderr))
    print(file=sys.stderr)
    rows = [
        *((f"kills {phase}", tally.phases[phase]) for phase in (STARTING, BETWEEN, ENDING)),
        ("rounds that ended before they were to be killed", tally.codes[0]),
        ("collectors that gave way to another one (75)", tally.codes[LOCKED]),
        ("checks recorded", len(tally.kept.checks)),
        ("items acknowledged", len(tally.kept.links)),
        ("items lost", tally.lost),
        ("items doubled", tally.kept.doubled),
        ("other faults", len(tally.faults)),
    ]
    show(f"Kills: {tally.kills} of collectors of {FEEDS} growing feeds", ["what", "how many"], rows)
    for fault, times in Counter(tally.faults).most_common():
        print(f"{times} times: {fault}")
    sys.exit(1 if tally.faults else 0)


if __name__ == "__main__":
    main()
