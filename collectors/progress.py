"""How a long run shows itself: a bar on a terminal, one plain line a step elsewhere."""

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

Step = Callable[[str, bool, int], None]
"""Told of each finished step: a line about it, whether that is worth a line of its own, and how far it brings us."""


@contextmanager
def shown(title: str, total: int | None, log: bool = True) -> Iterator[Step]:
    """Show `total` steps (None: nobody knows how many): a bar on standard error where that is a terminal, with the lines of worth above it.

    Elsewhere those lines go to standard output, each with its time: that is a log. Standard error, which cron mails, is
    left to what somebody must act on. `log` says whether standard output is free for it.
    """
    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda line, worth, _far: tell(stamped(line)) if worth and log else None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(title, total=total)

        def step(line: str, worth: bool, far: int) -> None:
            if worth:
                bar.console.print(escape(printable(line)), highlight=False)
            bar.advance(task, far)

        yield step


def printable(text: str) -> str:
    """The text without anything a terminal obeys: what is no printable sign is written as its number."""
    return "".join(one if one.isprintable() or one == "\t" else one.encode("unicode_escape").decode() for one in text)


def tell(text: str, mail: bool = False) -> None:
    """Print a text, on standard error where cron should mail it; a full disk or a closed pipe there ends no round.

    Of what it holds nothing is obeyed by a terminal, nor taken for another line.
    """
    stream = sys.stderr if mail else sys.stdout
    shown = "\n".join(map(printable, text.split("\n")))
    try:
        print(
            shown.encode(stream.encoding or "utf-8", "backslashreplace").decode(stream.encoding),
            file=stream,
            flush=True,
        )
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def stamped(line: str) -> str:
    """A line of a log, with the time in UTC."""
    return f"{time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime())} {line}"
