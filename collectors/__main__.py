"""The command line: `python -m collectors collect | tag | demo`.

Exit codes tell cron the truth: 0 done, 1 it ran but nothing could be had, 2 wrong usage or a broken configuration,
75 another run holds the lock.
"""

import dataclasses
import json
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from filelock import FileLock, Timeout

from collectors.collect import Round
from collectors.collect import collect as collect_round
from collectors.demo import demo_checks, demo_outlets
from collectors.fetch import manners
from collectors.guard import SettingError
from collectors.progress import shown
from mentions import store as stores
from mentions.catalogue import CatalogueError, load_catalogue
from mentions.lexicon import Lexicon, LexiconError, ids, load_lexicon
from mentions.model import ANSWERED, Check, Outlet, Tags
from mentions.saving import Look
from mentions.store import StoreError
from mentions.tagger import Tagger

NOTHING_HAD, BROKEN, LOCKED = 1, 2, 75

app = typer.Typer(
    help="Collect news items about Kashmir diplomacy from feeds, and tag them.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

StoreOption = Annotated[
    str,
    typer.Option("--store", envvar="MONITOR_STORE", help="Path or sqlite:/// URL of the store.", show_envvar=True),
]
DataOption = Annotated[
    Path,
    typer.Option("--data", envvar="MONITOR_DATA", help="Folder with outlets.toml and lexicon/.", show_envvar=True),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print the summary as one line of JSON.")]


@app.command()
def collect(
    outlet: Annotated[list[str] | None, typer.Option("--outlet", help="Only this outlet's feeds (repeatable).")] = None,
    now: Annotated[bool, typer.Option("--now", help="Ask every feed; so far each round does.")] = False,
    allow_address: Annotated[
        list[str] | None,
        typer.Option(
            "--allow-address", metavar="NETWORK", help="Speak to this intranet too: 10.1.0.0/16 (repeatable)."
        ),
    ] = None,
    as_json: JsonOption = False,
    store: StoreOption = stores.DEFAULT,
    data: DataOption = Path("data"),
) -> None:
    """Look at the feeds once and save what they list.

    \b
    Examples:
      python -m collectors collect
      python -m collectors collect --outlet dawn --outlet the-hindu
      python -m collectors collect --allow-address 10.1.0.0/16

    Private addresses are refused unless a feed's own url names one by its number, or as localhost.
    MONITOR_ALLOW_ADDRESSES lists networks, comma separated, where no flag does; MONITOR_CONTACT (a page or mail
    address) tells servers who asks.
    """
    how = manners(allow_address or [])
    outlets = chosen(load_catalogue(data), outlet or [])
    lexicon = load_lexicon(data / "lexicon")
    with locked(store):
        kept = stores.writing(store, "real")
        kept.save_catalogue(outlets)
        kept.set_lexicon(lexicon.version)
        with shown("Collecting", sum(len(one.feeds) for one in outlets)) as step:
            result = collect_round(
                kept,
                outlets,
                lexicon,
                lambda check, new: step(line_of(check, new), check.outcome not in ANSWERED, 1),
                how,
            )
    print(json.dumps(summary(result)) if as_json else sentence(result))
    if not result.answered and not result.listed and not (result.waiting and not result.feeds):
        raise typer.Exit(NOTHING_HAD)


def chosen(outlets: tuple[Outlet, ...], wanted: list[str]) -> list[Outlet]:
    """The outlets asked for, all of them where none is; raises CatalogueError for an id that is not there."""
    known = {one.id for one in outlets}
    if unknown := [name for name in wanted if name not in known]:
        raise CatalogueError(f"--outlet {unknown[0]}: no such id in outlets.toml; ids look like {outlets[0].id!r}")
    return [one for one in outlets if not wanted or one.id in wanted]


def line_of(check: Check, new: int) -> str:
    """One line about a check."""
    status = f" ({check.status})" if check.status else ""
    counts = f", {check.listed} listed, {new} new" if check.listed else ""
    return f"{check.feed}: {check.outcome.value}{status}{counts}{': ' + check.detail if check.detail else ''}"


def summary(result: Round) -> dict[str, Any]:
    """The round in numbers."""
    outcomes = {outcome.value: count for outcome, count in result.outcomes.most_common()}
    numbers = {name: getattr(result, name) for name in ("feeds", "answered", "unasked", "waiting", "listed", "new")}
    return {**numbers, "outcomes": outcomes}


def sentence(result: Round) -> str:
    """The round in one line."""
    ends = ", ".join(f"{count} {outcome.value}" for outcome, count in result.outcomes.most_common())
    counts = f"{result.answered} of {result.feeds} feeds answered; {result.listed} items listed, {result.new} new"
    given_up = (
        f"; no answer of any kind, so {result.unasked} were not asked: is there a network?" if result.unasked else ""
    )
    waiting = f"; {result.waiting} more wait because their servers asked for it" if result.waiting else ""
    return f"{counts} ({ends or 'no feeds'}){waiting}{given_up}"


@contextmanager
def locked(store: str) -> Iterator[None]:
    """Hold the store's lock, so that two rounds never run at once; ends with 75 where another run holds it."""
    path = stores.path_with_folder(store)
    lock = FileLock(f"{path}.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        fail(f"another run holds {path}.lock; this one ends without doing anything", LOCKED)
    except OSError as error:
        raise StoreError(f"{path}.lock: {error.strerror}; make its folder writable for this user") from error
    try:
        yield
    finally:
        lock.release()


@app.command()
def tag(
    file: Annotated[
        typer.FileBinaryRead, typer.Argument(help="JSON lines with id, title, summary; - for standard input.")
    ] = "-",  # type: ignore[assignment]
    data: DataOption = Path("data"),
) -> None:
    """Tag items given as JSON lines, and print the tags with their reasons as JSON lines in the same order.

    Each line in: {"id": …, "title": …, "summary": …, "language": …, "outlet": …}; the last three may be left out.

    \b
    Examples:
      python -m collectors tag items.jsonl > tags.jsonl
      echo '{"id": 1, "title": "UN chief offers good offices on Kashmir"}' | python -m collectors tag
    """
    lexicon = load_lexicon(data / "lexicon")
    tagger = Tagger(lexicon)
    wrong = 0
    for number, line in enumerate(file, 1):
        if not line.strip():
            continue
        try:
            print(json.dumps(tagged(line.decode(), tagger, lexicon), ensure_ascii=False))
        except ValueError as error:
            wrong += 1
            print(f"{file.name}, line {number}: {error}", file=sys.stderr)
    if wrong:
        fail(f"{wrong} lines could not be tagged; the others were", BROKEN)


def tagged(line: str, tagger: Tagger, lexicon: Lexicon) -> dict[str, Any]:
    """The tags of one JSON line; raises ValueError where it is none or lacks a field."""
    try:
        row = json.loads(line, parse_constant=no_number)
    except (json.JSONDecodeError, RecursionError) as error:
        raise ValueError(f"is not JSON: {error}") from error
    if not isinstance(row, dict) or "id" not in row or not isinstance(row.get("title"), str):
        raise ValueError('must be an object with an "id" and a text "title"')
    texts = [str(row.get(name) or "") for name in ("title", "summary", "language", "outlet")]
    return {"id": row["id"], **described(tagger.tags(*texts), lexicon)}


def no_number(name: str) -> None:
    """Refuse NaN and Infinity, which Python's reader takes and JSON has not."""
    raise ValueError(f"is not JSON: {name} is no number")


def described(tags: Tags, lexicon: Lexicon) -> dict[str, Any]:
    """Tags with ids in place of masks."""
    masks = {
        name: ids(getattr(lexicon, name), getattr(tags, name)) for name in ("forums", "topics", "naming", "actors")
    }
    matches = [dataclasses.asdict(match) for match in tags.matches]
    return {"about_kashmir": tags.about, "relevant": tags.relevant, **masks, "matches": matches}


@app.command()
def demo(
    articles: Annotated[int, typer.Option(min=1, max=10_000_000, help="How many invented articles.")] = 6_000,
    seed: Annotated[int, typer.Option(help="The same seed and day give the same items.")] = 1,
    store: Annotated[str, typer.Option("--store", help="Where to [default: beside MONITOR_STORE, as *.demo.db]")] = "",
    data: DataOption = Path("data"),
) -> None:
    """Fill a store of its own with invented, marked items of invented outlets.

    \b
    Examples:
      python -m collectors demo
      python -m collectors demo --articles 1000000 --store /tmp/large.demo.db
    """
    lexicon = load_lexicon(data / "lexicon")
    where = store or stores.demo_beside(stores.configured())
    until = int(time.time()) // 86400 * 86400
    with locked(where), stores.fresh_demo(where) as invented, shown("Inventing", articles) as step:
        invented.save_catalogue(demo_outlets())
        invented.set_lexicon(lexicon.version)
        done = 0
        for looks in batched(demo_checks(articles, seed, until, Tagger(lexicon))):
            invented.save(looks)
            more = sum(tags.about for _, tagged in looks for _, tags in tagged)
            done += more
            step(f"{done:,} of {articles:,} articles invented", False, more)
        total = invented.state().seq
    print(f"{stores.path_of(where)}: {total} invented items, {articles} of them articles")


def batched(looks: Iterable[Look]) -> Iterator[list[Look]]:
    """The looks in lists that a transaction and the memory bear easily."""
    batch: list[Look] = []
    items = 0
    for look in looks:
        batch.append(look)
        items += len(look[1])
        if len(batch) >= 5_000 or items >= 20_000:
            yield batch
            batch, items = [], 0
    yield batch


def fail(message: str, code: int) -> NoReturn:
    """Say what is wrong and end."""
    print(message, file=sys.stderr)
    raise typer.Exit(code)


def main(arguments: Iterable[str] | None = None) -> None:
    """Run the command line; a broken configuration is told in words, never as a traceback."""
    try:
        app(args=list(arguments) if arguments is not None else None)
    except (CatalogueError, LexiconError, SettingError, StoreError) as error:
        print(error, file=sys.stderr)
        sys.exit(BROKEN)


if __name__ == "__main__":
    main()
