"""The command that writes articles and the numbers of charts to files.

What counts and writes is loaded where it is asked for: all commands load this file, and a round of cron would wait for
pandas, DuckDB and Arrow, and hold a hundred megabytes more, for nothing.
"""

import sys
from pathlib import Path
from typing import Annotated

import typer

from collectors.filters import (
    AlsoOption,
    ByOption,
    FilterError,
    FromOption,
    GrainOption,
    Many,
    ScopeOption,
    SnapshotOption,
    ToOption,
    WordsOption,
    ZoneOption,
    many,
    selection,
)
from collectors.options import BROKEN, NOTHING_HAD, DataOption, StoreOption, fail
from collectors.progress import shown
from mentions import store as stores
from mentions.lexicon import load_lexicon

CHARTS = (
    "volume, volume-by, days, outlets, forums, topics, naming, actors, forum-topic, outlet-topic, naming-outlet, "
    "naming-country, naming-group, co-mention, first-movers, observed, gaps"
)
"""The names of mentions.export.NUMBERS."""


def export(
    file: Annotated[Path, typer.Argument(help="Where to write: a name that ends in .csv, .parquet or .jsonl.")],
    what: Annotated[str, typer.Option("--what", help=f"articles, or the numbers of a chart: {CHARTS}.")] = "articles",
    raw: Annotated[bool, typer.Option("--raw", help="CSV as it is, not made safe for spreadsheets.")] = False,
    since: FromOption = "",
    until: ToOption = "",
    tz: ZoneOption = "",
    scope: ScopeOption = "",
    by: ByOption = "",
    grain: GrainOption = "",
    q: WordsOption = "",
    outlet: Annotated[Many, many("outlet")] = None,
    country: Annotated[Many, many("country")] = None,
    group: Annotated[Many, many("group")] = None,
    language: Annotated[Many, many("language")] = None,
    forum: Annotated[Many, many("forum")] = None,
    topic: Annotated[Many, many("topic")] = None,
    naming: Annotated[Many, many("naming")] = None,
    actor: Annotated[Many, many("actor")] = None,
    wire: Annotated[Many, many("wire")] = None,
    dated: Annotated[Many, many("dated")] = None,
    also: AlsoOption = None,
    snapshot: SnapshotOption = "",
    store: StoreOption = stores.DEFAULT,
    data: DataOption = Path("data"),
) -> None:
    """Write articles, or the numbers of a chart, to a file, with a sidecar that says what they are.

    \b
    Examples:
      python -m collectors export articles.csv --from 2026-10-25 --to 2026-11-23
      python -m collectors export un.jsonl --forum unsc --forum unga --outlet dawn
      python -m collectors export weeks.parquet --what volume-by --by topic --grain week

    Filters are those of the dashboard's address. FILE.about.json holds the filters, the snapshot, the denominators,
    the gaps in observation, a methods paragraph and a citation. Ends with 1 where no row was found.
    """
    from mentions import export as files
    from mentions.cube import Cube

    if what != files.ARTICLES and what not in files.NUMBERS:
        fail(f"--what {what}: give {files.ARTICLES}, {', '.join(files.NUMBERS)}", BROKEN)
    kept = stores.reading(store)
    if kept is None:
        fail(f"{stores.path_of(store)}: no store yet; to make it: python -m collectors collect", NOTHING_HAD)
    cube = Cube(kept, load_lexicon(data / "lexicon"))
    asked: dict[str, str | list[str] | None] = {
        "from": since,
        "to": until,
        "tz": tz,
        "scope": scope,
        "by": by,
        "grain": grain,
    }
    asked |= {"q": q, "snapshot": snapshot, "outlet": outlet, "country": country, "group": group, "language": language}
    asked |= {
        "forum": forum,
        "topic": topic,
        "naming": naming,
        "actor": actor,
        "wire": wire,
        "dated": dated,
        "also": also,
    }
    try:
        chosen = selection(cube, asked)
        with shown("Writing", None, log=False) as step:
            rows = files.export(cube, chosen, what, file, raw, lambda more: step("", False, more))
    except (FilterError, ValueError, OSError) as error:
        fail(str(error), BROKEN)
    print(f"{file}: {rows:,} rows; {files.sidecar_of(file).name} says what they are", file=sys.stdout)
    if not rows:
        raise typer.Exit(NOTHING_HAD)
