"""A folder with a catalogue and a store, and the commands run there as a user or cron runs them."""

import io
import os
import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from collectors.commands import main
from tests.conftest import ROOT


class Input(io.BytesIO):
    """What is typed or piped in, under the name that standard input has."""

    name = "<stdin>"


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
        """One call of the command line, in a process of its own."""
        with self.started(*arguments) as process:
            out, err = process.communicate(stdin, timeout=120)
        return subprocess.CompletedProcess(arguments, process.returncode, out, err)

    def here(self, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        """One call in this process, for what no process is needed to show: to start one takes a second or two."""
        out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8") for _ in range(2))
        with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
            for name, value in self.environment.items():
                patch.setenv(name, value)
            patch.setattr(sys, "stdin", io.TextIOWrapper(Input(stdin.encode()), "utf-8"))
            with pytest.raises(SystemExit) as ended:
                main(arguments)
        said = []
        for stream in (out, err):
            stream.seek(0)
            said.append(stream.read())
        return subprocess.CompletedProcess(arguments, int(ended.value.code or 0), *said)

    @property
    def environment(self) -> dict[str, str]:
        """Where its commands find the store and the catalogue."""
        return {"MONITOR_STORE": str(self.store), "MONITOR_DATA": str(self.folder)}

    def started(self, *arguments: str, before: Sequence[str] = ()) -> subprocess.Popen[str]:
        """A call under way, with the words of another command before it."""
        environment = {**os.environ, **self.environment}
        command = [*before, *self.command, *arguments]
        pipe = subprocess.PIPE
        return subprocess.Popen(command, cwd=ROOT, env=environment, stdin=pipe, stdout=pipe, stderr=pipe, text=True)

    def rows(self, query: str) -> list[Any]:
        """What the store holds, read without our own code."""
        with sqlite3.connect(self.store) as db:
            return db.execute(query).fetchall()
