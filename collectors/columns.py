"""Prints what was found, a row a line: a table on a terminal, parted by tabs elsewhere, or as JSON."""

import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from collectors.progress import printable, tell

MOST = 1_000
"""Signs of a cell: a server may send an address of any length."""


def show(head: Sequence[str], rows: Sequence[Sequence[str]], below: Sequence[str] = ()) -> None:
    """Print rows under their head on standard output; whatever they hold, nothing but plain text is printed.

    On a terminal the cells of the columns `below`, which may be long, stand under their row.
    """
    cells = [[plain(cell) for cell in row] for row in rows]
    if not sys.stdout.isatty():
        tell("\n".join("\t".join(row) for row in (head, *cells)))
        return
    beside = [place for place, name in enumerate(head) if name not in below]
    widths = {place: max(cell_len(row[place]) for row in (head, *cells)) for place in beside}
    console = Console(highlight=False)

    def line(row: Sequence[str], style: str = "") -> Text:  # Text, since rich reads square brackets in a str
        return Text("  ".join(set_cell_size(row[place], widths[place]) for place in beside).rstrip(), style)

    console.print(line(head, "bold"), no_wrap=True, overflow="ellipsis")
    for row in cells:
        console.print(line(row), no_wrap=True, overflow="ellipsis")
        for place in sorted(set(range(len(head))) - set(beside)):
            if row[place]:
                console.print(Padding(Text(row[place], "dim"), (0, 0, 0, 4)))


def show_json(rows: Sequence[Mapping[str, Any]]) -> None:
    """Print rows as a list of objects; their texts are as plain as those of `show`."""
    tell(json.dumps([{name: plain(one) if isinstance(one, str) else one for name, one in row.items()} for row in rows]))


def plain(text: str) -> str:
    """The text as it is printed, on one line of at most MOST signs."""
    line = " ".join(text.split())
    return printable(line if len(line) <= MOST else line[: MOST - 1] + "…")
