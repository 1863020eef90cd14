"""What the commands share: their options, their exit codes, the lock, and how they end."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from collectors.lock import LockedError, locked
from collectors.progress import stamped, tell
from mentions import store as stores
from mentions.catalogue import CatalogueError, load_catalogue
from mentions.model import Outlet

NOTHING_HAD, BROKEN, LOCKED = 1, 2, 75

StoreOption = Annotated[
    str,
    typer.Option("--store", envvar="MONITOR_STORE", help="Path or sqlite:/// URL of the store.", show_envvar=True),
]
DataOption = Annotated[
    Path,
    typer.Option("--data", envvar="MONITOR_DATA", help="Folder with outlets.toml and lexicon/.", show_envvar=True),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print the summary as one line of JSON.")]
RowsOption = Annotated[bool, typer.Option("--json", help="Print the rows as a JSON list of objects.")]
OutletOption = Annotated[list[str] | None, typer.Option("--outlet", help="Only this outlet's feeds (repeatable).")]
AllowOption = Annotated[
    list[str] | None,
    typer.Option("--allow-address", metavar="NETWORK", help="Speak to this intranet too: 10.1.0.0/16 (repeatable)."),
]


def catalogue(data: Path, wanted: Sequence[str] | None) -> tuple[tuple[Outlet, ...], Sequence[str]]:
    """The outlets of the catalogue, and the ids asked for; raises CatalogueError, for an id that is not there too."""
    outlets = load_catalogue(data)
    known = {one.id for one in outlets}
    if unknown := [name for name in wanted or () if name not in known]:
        raise CatalogueError(
            f"--outlet {unknown[0]}: no such id in outlets.toml, nor among what queries.toml has switched on; ids look"
            f" like {outlets[0].id!r}"
        )
    return outlets, wanted or ()


def logged(line: str) -> str:
    """A line for a person, or with its time for a log."""
    return line if sys.stdout.isatty() else stamped(line)


@contextmanager
def held(store: str, as_json: bool = False) -> Iterator[None]:
    """Hold the store's lock; ends with 75 where another run holds it, which needs nobody unless that one hangs.

    With `as_json` standard output is left to JSON.
    """
    try:
        with locked(stores.path_with_folder(store)):
            yield
    except LockedError as error:
        tell(logged(str(error)), mail=error.hung or as_json)
        raise typer.Exit(LOCKED) from None


def fail(message: str, code: int) -> NoReturn:
    """Say what is wrong and end."""
    tell(message, mail=True)
    raise typer.Exit(code)
