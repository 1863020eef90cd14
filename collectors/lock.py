"""One run at a time on a store, on every system; who comes second learns who holds the lock."""

import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from mentions.moments import span
from mentions.store import StoreError

HUNG = 3600
"""No round lasts so many seconds: one that does hangs, and somebody must look."""


MOST = 2_000
"""Signs of the note of who holds the lock; a longer one is none of ours."""


class LockedError(Exception):
    """Another run holds the lock; `hung` says that it has done so for longer than any run should."""

    def __init__(self, message: str, hung: bool) -> None:
        super().__init__(message)
        self.hung = hung


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock of the store at `path` for as long as the block lasts; raises LockedError, or StoreError.

    The system frees the lock of a process that died. Who holds it stands in a file beside it, since opening a lock file
    empties it.
    """
    lock, holder = FileLock(f"{path}.lock"), path.with_name(f"{path.name}.holder")
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        if not Path(lock.lock_file).exists():
            raise StoreError(f"{lock.lock_file}: cannot be made here; give another path by --store") from error
        raise held_by(lock.lock_file, holder) from error
    except OSError as error:
        raise StoreError(f"{lock.lock_file}: {error.strerror}; its folder must have space and be writable") from error
    try:
        note(holder)
        yield
    finally:
        with suppress(OSError):
            holder.unlink(missing_ok=True)
        lock.release()


def note(holder: Path) -> None:
    """Write down who holds the lock; a full disk is no reason not to run, and the store will say so itself."""
    who = {"process": os.getpid(), "command": " ".join(sys.argv[1:])[:500], "since": int(time.time())}
    try:
        holder.write_text(json.dumps(who), encoding="utf-8")
    except OSError:
        return


def held_by(lock_file: str, holder: Path) -> LockedError:
    """The error that tells who holds the lock, as far as that is known."""
    try:
        with holder.open(encoding="utf-8") as file:
            who = json.loads(file.read(MOST))
        seconds = int(time.time()) - int(who["since"])
        words = f"process {int(who['process'])} ({str(who['command'])[:500]}) has held {lock_file} for {span(seconds)}"
    except (OSError, ValueError, KeyError, TypeError, OverflowError, RecursionError):
        return LockedError(f"another run holds {lock_file}; this one ends without doing anything", hung=False)
    if seconds > HUNG:
        return LockedError(f"{words}, longer than any run should: look at it, and end it", hung=True)
    return LockedError(f"{words}; this run ends without doing anything", hung=False)
