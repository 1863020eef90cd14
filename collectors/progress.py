"""How a long run shows itself: a bar on a terminal, one plain line a step elsewhere."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

Step = Callable[[str, bool, int], None]
"""Told of each finished step: a line about it, whether it went wrong, and how far it brings us."""


@contextmanager
def shown(title: str, total: int) -> Iterator[Step]:
    """Show `total` steps on standard error; on a terminal only those that went wrong get a line beside the bar."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda line, _wrong, _far: print(line, file=sys.stderr, flush=True)
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(title, total=total)

        def step(line: str, wrong: bool, far: int) -> None:
            if wrong:
                bar.console.print(escape(line), highlight=False)
            bar.advance(task, far)

        yield step
