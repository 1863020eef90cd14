"""Filters on the command line: the same names and values as in the dashboard's address."""

from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mentions.search import query_fault
from mentions.selection import Selection, from_query
from mentions.snapshot import fault

if TYPE_CHECKING:
    from mentions.cube import Cube


class FilterError(ValueError):
    """A filter that is not known here; the message names it, a line each."""


def many(name: str) -> Any:
    """An option for any number of ids."""
    return typer.Option(f"--{name}", help=f"Only this {name} (repeatable).")


Many = list[str] | None
FromOption = Annotated[str, typer.Option("--from", metavar="DAY", help="First day, as 2026-10-25; else the oldest.")]
ToOption = Annotated[str, typer.Option("--to", metavar="DAY", help="Last day; else the newest.")]
ZoneOption = Annotated[str, typer.Option("--tz", help="Where days begin: UTC, Asia/Karachi or Asia/Kolkata.")]
ScopeOption = Annotated[str, typer.Option("--scope", help="relevant, or about: all articles on Kashmir.")]
ByOption = Annotated[str, typer.Option("--by", help="For volume-by: outlet, forum, topic, naming, country …")]
GrainOption = Annotated[str, typer.Option("--grain", help="day, week or month.")]
AlsoOption = Annotated[
    Many, typer.Option("--also", metavar="NAME:ID|ID", help="Besides, one of these tags, as forum:un|oic (repeatable).")
]
WordsOption = Annotated[str, typer.Option("--q", help="Only articles with these words.")]
SnapshotOption = Annotated[str, typer.Option("--snapshot", help="Count what this snapshot had.")]


def selection(cube: "Cube", asked: dict[str, str | list[str] | None]) -> Selection:
    """The selection that options ask for, over all days where none are given; raises FilterError."""
    from mentions.choices import choices  # as in export.py: loaded by the command that counts alone
    from mentions.measures import span

    known = span(cube)
    first, last = (
        date.fromordinal(date(1970, 1, 1).toordinal() + (known[name] or 0)) for name in ("oldest_day", "newest_day")
    )
    query = {name: [value] if isinstance(value, str) else value for name, value in asked.items() if value}
    chosen, faults = from_query(query, choices(cube), Selection(first, last))
    if chosen.q and (told := query_fault(chosen.q)):
        faults.append(f"q={chosen.q}: {told}")
    faults += [one for one in [fault(chosen.snapshot, cube.state)] if one]
    if faults:
        raise FilterError("\n".join(f"--{one}" for one in faults))
    return chosen
