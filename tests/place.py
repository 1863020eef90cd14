"""A folder with a catalogue and a store, and the commands run there as a user or cron runs them."""

import os
import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.conftest import ROOT


@dataclass(frozen=True)
class Place:
    """A folder with a catalogue and a store, and the commands run there."""

    folder: Path
    root: Path = ROOT
    command: tuple[str, ...] = (sys.executable, "-m", "collectors")

    @property
    def store(self) -> Path:
        return self.folder / "monitor.db"

    def catalogue(self, *urls: str) -> None:
        """One outlet for each feed address."""
        blocks = (
            f'[[outlet]]\nid = "o{number}"\nname = "Outlet {number}"\nhomepage = "https://o{number}.invalid"\n'
            f'country = "GB"\ngroup = "world"\nlanguage = "en"\nfeeds = [{{ url = "{url}" }}]\n'
            for number, url in enumerate(urls)
        )
        (self.folder / "outlets.toml").write_text("\n".join(blocks), encoding="utf-8")

    def run(self, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        """One call of the command line."""
        with self.started(*arguments) as process:
            out, err = process.communicate(stdin, timeout=120)
        return subprocess.CompletedProcess(arguments, process.returncode, out, err)

    def started(self, *arguments: str, before: Sequence[str] = ()) -> subprocess.Popen[str]:
        """A call under way, with the words of another command before it."""
        environment = {**os.environ, "MONITOR_STORE": str(self.store), "MONITOR_DATA": str(self.folder)}
        command = [*before, *self.command, *arguments]
        pipe = subprocess.PIPE
        return subprocess.Popen(command, cwd=ROOT, env=environment, stdin=pipe, stdout=pipe, stderr=pipe, text=True)

    def rows(self, query: str) -> list[Any]:
        """What the store holds, read without our own code."""
        with sqlite3.connect(self.store) as db:
            return db.execute(query).fetchall()
