"""What happens to a round from outside: signals, disks that are full or read-only, locks, and what cron would mail."""

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from filelock import FileLock

from tests.place import Place
from tests.server import Answer, Site, serving

DAY = 86400


def rss(*numbers: int, size: int = 0) -> bytes:
    """A feed of invented items with these numbers, each with a summary of so many signs."""
    items = "".join(
        f"<item><title>Invented item {n}</title><link>https://cedar.invalid/{n}</link>"
        f"<description>{'word ' * (size // 5)}</description></item>"
        for n in numbers
    )
    return f'<rss version="2.0"><channel><title>Cedar</title>{items}</channel></rss>'.encode()


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as site:
        yield site


def wait_for(place: Place, query: str) -> None:
    """Wait until a query of the store gives a row."""
    for _ in range(600):
        try:
            if place.store.exists() and place.rows(query):
                return
        except sqlite3.OperationalError:
            pass
        time.sleep(0.05)
    raise AssertionError(query)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_a_round_after_what_is_being_saved(place: Place, site: Site, number: signal.Signals) -> None:
    site.answers["/quick"] = Answer(rss(1))
    with serving() as other:
        other.answers = {"/one": Answer(rss(2), wait=60), "/two": Answer(rss(3), wait=60)}
        place.catalogue(f"{site.url}/quick", f"{other.url}/one", f"{other.url}/two")
        with place.started("collect") as round_:
            wait_for(place, "SELECT 1 FROM feed_check WHERE outcome = 'ok'")
            round_.send_signal(number)
            out, err = round_.communicate(timeout=30)
    assert round_.returncode == 128 + number
    assert (
        f"1 of 3 feeds answered; 1 items listed, 1 new (1 ok); ended by signal {int(number)}, with 2 not finished"
        in out
    )
    assert not err
    assert place.rows("SELECT count(*) FROM feed_check") == [(1,)]
    assert not place.store.with_name("monitor.db.holder").exists()
    site.answers["/one"] = Answer(rss(2))
    place.catalogue(f"{site.url}/quick", f"{site.url}/one")
    assert json.loads(place.run("collect", "--json").stdout)["outcomes"] == {"ok": 1}


def test_a_signal_to_all_processes_is_held_against_no_feed(place: Place, site: Site) -> None:
    """Systemd and terminals signal the reading process too, and that may be just starting."""
    for number in range(3):
        site.answers[f"/{number}"] = Answer(rss(number))
    place.catalogue(*(f"{site.url}/{number}" for number in range(3)))
    with place.started("collect", before=("setsid",)) as round_:
        for _ in range(600):
            if site.requests:
                break
            time.sleep(0.02)
        time.sleep(0.1)
        os.killpg(round_.pid, signal.SIGTERM)
        _, err = round_.communicate(timeout=60)
    assert round_.returncode in (143, 0)
    assert not err
    assert place.rows("SELECT count(*) FROM feed_check WHERE outcome NOT IN ('ok')") == [(0,)]


def test_who_comes_second_learns_who_holds_the_lock(place: Place, site: Site) -> None:
    site.answers["/hangs"] = Answer(rss(1), wait=60)
    place.catalogue(f"{site.url}/hangs")
    with place.started("collect", "--now") as first:
        for _ in range(600):
            if site.requests:
                break
            time.sleep(0.05)
        second = place.run("collect")
        first.kill()
    assert second.returncode == 75
    assert f"process {first.pid} (collect --now) has held {place.store}.lock for " in second.stdout
    assert not second.stderr
    site.answers["/hangs"] = Answer(rss(1))
    assert place.run("collect").returncode == 0  # a lock dies with its process


def test_a_run_that_hangs_is_worth_a_mail(place: Place, site: Site) -> None:
    place.catalogue(f"{site.url}/feed")
    with FileLock(f"{place.store}.lock"):
        who = {"process": 1, "command": "collect", "since": int(time.time()) - 2 * 3600}
        place.store.with_name("monitor.db.holder").write_text(json.dumps(who))
        done = place.run("collect")
    assert done.returncode == 75
    assert "for 2 h, longer than any run should" in done.stderr
    assert not done.stdout


def test_a_log_holds_what_went_wrong_and_a_mail_what_somebody_must_do(place: Place, site: Site) -> None:
    site.answers = {"/good": Answer(rss(1)), "/bad": [Answer(rss(1)), Answer(status=500)]}
    place.catalogue(f"{site.url}/good", f"{site.url}/bad")

    def spoken(hours: int) -> tuple[int, str]:
        """How many lines the log gains by a round after so many hours, and what would be mailed."""
        with sqlite3.connect(place.store) as db:
            for name in ("due", "asked", "answered", "full", "listing", "failing"):
                db.execute(f"UPDATE feed SET {name} = max({name} - ? * 3600, 0)", (hours,))  # noqa: S608
        done = place.run("collect")
        assert done.returncode == 0
        return len(done.stdout.splitlines()), done.stderr

    assert len(place.run("collect").stdout.splitlines()) == 1
    assert spoken(0) == (0, "")  # nothing is due, so nothing is said
    assert spoken(1) == (2, "")  # the feed that failed, and the sentence
    assert spoken(23) == (2, "")
    lines, mailed = spoken(5)
    assert lines == 2
    assert f"{site.url}/bad: http error (500): 500 Internal Server Error. It fails for a day" in mailed
    assert "check --outlet o1" in mailed
    assert spoken(26) == (2, "")  # once is enough


def test_without_a_network_one_mail_is_sent_after_three_hours(place: Place, site: Site) -> None:
    site.answers["/feed"] = [Answer(rss(1)), Answer(raw=b"")]
    place.catalogue(f"{site.url}/feed")
    assert place.run("collect").returncode == 0
    mailed = []
    for _ in range(4):
        with sqlite3.connect(place.store) as db:
            db.execute("UPDATE feed SET due = 0, asked = asked - 5000, answered = answered - 5000, full = full - 5000")
        done = place.run("collect")
        assert done.returncode == 1
        mailed.append("No feed has answered since" in done.stderr)
    assert mailed == [False, False, True, False]


def test_a_log_that_cannot_be_written_ends_no_round(place: Place, site: Site) -> None:
    site.answers["/bad"] = Answer(status=500)
    site.answers["/feed"] = Answer(rss(1))
    place.catalogue(f"{site.url}/bad", f"{site.url}/feed")
    with Path("/dev/full").open("w") as full:
        environment = {**os.environ, "MONITOR_STORE": str(place.store), "MONITOR_DATA": str(place.folder)}
        command = [*place.command, "collect"]
        done = subprocess.run(command, check=False, cwd=place.root, env=environment, stdout=full, stderr=full)
    assert done.returncode == 0
    assert place.rows("SELECT count(*) FROM item") == [(1,)]


def test_the_journal_is_small_after_a_round(place: Place, site: Site) -> None:
    site.answers["/feed"] = [Answer(rss(*range(n, n + 500), size=2_000)) for n in (0, 500, 1000)]
    place.catalogue(f"{site.url}/feed")
    for _ in range(3):
        assert place.run("collect", "--now").returncode == 0
    journal = place.store.with_name("monitor.db-wal")
    assert not journal.exists() or journal.stat().st_size == 0
    assert place.rows("SELECT count(*) FROM item") == [(1500,)]


def namespaced(script: str) -> list[str]:
    """The words that run a command after a script of mounts that only it sees."""
    return ["unshare", "--mount", "sh", "-c", f'set -e; {script}; exec "$@"', "sh"]


def can_mount() -> bool:
    """Whether this user may mount in a name space of its own."""
    if not shutil.which("unshare"):
        return False
    return (
        subprocess.run(namespaced("mount -t tmpfs tmpfs /mnt") + ["true"], check=False, capture_output=True).returncode
        == 0
    )


needs_mounts = pytest.mark.skipif(not can_mount(), reason="mounting is not permitted here")


@needs_mounts
def test_a_full_disk_is_said_and_what_was_saved_is_safe(place: Place, site: Site) -> None:
    """The store lies on a disk of two megabytes; the second list does not fit."""
    site.answers = {"/feed": [Answer(rss(*range(20)))], "/large": Answer(rss(*range(1000), size=4_000))}
    place.catalogue(f"{site.url}/feed")
    disk = place.folder / "disk"
    disk.mkdir()
    check = "import sqlite3, sys; db = sqlite3.connect(sys.argv[1]); print(db.execute('SELECT count(*) FROM item').fetchone(), db.execute('PRAGMA integrity_check').fetchone())"
    script = (
        f"mount -t tmpfs -o size=2m tmpfs {disk}; {' '.join(place.command)} collect;"
        f" cp {place.folder}/second.toml {place.folder}/outlets.toml;"
        f' {" ".join(place.command)} collect --now && exit 9; echo code $?; {place.command[0]} -c "{check}" {disk}/monitor.db'
    )
    place.catalogue(f"{site.url}/feed", f"{site.url}/large")
    (place.folder / "outlets.toml").rename(place.folder / "second.toml")
    place.catalogue(f"{site.url}/feed")
    done = subprocess.run(
        ["unshare", "--mount", "sh", "-c", script],
        check=False,
        cwd=place.root,
        env={**os.environ, "MONITOR_STORE": f"{disk}/monitor.db", "MONITOR_DATA": str(place.folder)},
        capture_output=True,
        text=True,
    )
    assert "code 2" in done.stdout, done.stderr
    assert "free some space; what was saved before is safe" in done.stderr
    assert "Traceback" not in done.stderr
    assert "(20,) ('ok',)" in done.stdout


@needs_mounts
def test_a_read_only_store_is_refused_in_words(place: Place, site: Site) -> None:
    site.answers["/feed"] = Answer(rss(1))
    place.catalogue(f"{site.url}/feed")
    assert place.run("collect").returncode == 0
    script = f"mount --bind {place.folder} {place.folder}; mount -o remount,bind,ro {place.folder}"
    with place.started("collect", "--now", before=namespaced(script)) as second:
        out, err = second.communicate(timeout=60)
    assert (second.returncode, out) == (2, "")
    assert "its folder must have space and be writable" in err
    assert "Traceback" not in err
    assert len(site.requests) == 1  # nobody is asked for what cannot be kept
