"""The command line: `python -m collectors collect | check | status | tag | retag | demo | feeds import, export`.

Exit codes tell cron the truth: 0 done, 1 it ran but nothing could be had, 2 wrong usage or a broken configuration,
75 another run holds the lock.
"""

import json
import random
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from collectors import check as looks
from collectors import retag as again
from collectors import status as health
from collectors.collect import Round
from collectors.collect import collect as collect_round
from collectors.columns import show, show_json
from collectors.demo import demo_checks, demo_outlets, demo_wires
from collectors.enlist import Defaults
from collectors.exchange import export, import_into
from collectors.export import export as export_rows
from collectors.fetch import manners
from collectors.guard import SettingError
from collectors.lines import tagged
from collectors.opml import OpmlError
from collectors.options import (
    BROKEN,
    NOTHING_HAD,
    AllowOption,
    DataOption,
    JsonOption,
    OutletOption,
    RowsOption,
    StoreOption,
    catalogue,
    fail,
    held,
    logged,
)
from collectors.progress import shown, tell
from collectors.report import Log, idle, sentence, silence, summary
from collectors.schedule import Asked, Plan, after, planned
from mentions import store as stores
from mentions.catalogue import CatalogueError, load_catalogue
from mentions.lexicon import LexiconError, load_lexicon
from mentions.model import Pace
from mentions.saving import Look
from mentions.store import StoreError
from mentions.tagger import Tagger
from mentions.wires import Wires, load_wires

app = typer.Typer(
    help="Collect news items about Kashmir diplomacy from feeds, and tag them.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


app.command()(export_rows)


@app.command()
def collect(
    outlet: OutletOption = None,
    now: Annotated[
        bool, typer.Option("--now", help="Ask feeds that are not due yet too; never against a server's Retry-After.")
    ] = False,
    allow_address: AllowOption = None,
    as_json: JsonOption = False,
    store: StoreOption = stores.DEFAULT,
    data: DataOption = Path("data"),
) -> None:
    """Look once at the feeds whose turn it is, and save what they list.

    \b
    Examples:
      python -m collectors collect
      python -m collectors collect --outlet dawn --outlet the-hindu --now
      python -m collectors collect --allow-address 10.1.0.0/16

    Run it as often as you like: a feed is asked only when it is due, between 10 minutes and 24 hours apart by its own
    pace and its server's wishes. Standard output is the log; standard error has only what somebody must act on.

    Private addresses are refused unless a feed's own url names one by its number, or as localhost.
    MONITOR_ALLOW_ADDRESSES lists networks, comma separated, where no flag does; MONITOR_CONTACT (a page or mail
    address) tells servers who asks.
    """
    how = manners(allow_address or [])
    outlets, only = catalogue(data, outlet)
    wires = Wires(load_wires(data))
    with held(store, as_json), stores.open_for_writing(store, wires=wires) as kept:
        kept.save_catalogue(outlets)
        paces = kept.paces()
        plan = planned(outlets, paces, int(time.time()), now, only)
        if not plan.feeds:
            say_idle(plan, as_json)
            return
        lexicon = load_lexicon(data / "lexicon")
        kept.set_lexicon(lexicon.version)
        with shown("Collecting", len(plan.feeds), log=not as_json) as step:
            log = Log(step)
            result = collect_round(kept, outlets, lexicon, log, how, now, only)
    tell(json.dumps(summary(result, plan, log.failures)) if as_json else logged(sentence(result, plan)))
    answered, asked = (
        max((getattr(pace, name) for pace in paces.values()), default=0) for name in ("answered", "asked")
    )
    for line in (*(log.needs if result.signs else ()), *silence(result, answered, asked, int(time.time()))):
        tell(line, mail=True)
    if result.ended_by:
        raise typer.Exit(128 + result.ended_by)
    if not result.answered and not result.listed and not plan.well:
        raise typer.Exit(NOTHING_HAD)


def say_idle(plan: Plan, as_json: bool) -> None:
    """Say that no feed is due: to a person or a program, but in no log, where it would stand all day."""
    if as_json:
        tell(json.dumps(summary(Round(0), plan, [])))
    elif sys.stdout.isatty():
        tell(idle(plan))


@app.command()
def check(
    outlet: OutletOption = None,
    allow_address: AllowOption = None,
    as_json: RowsOption = False,
    store: StoreOption = stores.DEFAULT,
    data: DataOption = Path("data"),
) -> None:
    """Look at feeds now, and print what each one gives and what is wrong with it; nothing is kept.

    \b
    Examples:
      python -m collectors check
      python -m collectors check --outlet dawn --outlet the-hindu
      python -m collectors check --json > feeds.json

    Feeds are asked at the addresses of the catalogue, one at a time of each host. Where there is a store, it is read to
    leave alone the feeds whose servers asked us to wait. Times are in UTC. Ends with 1 where no feed answered.
    """
    how = manners(allow_address or [])
    outlets, only = catalogue(data, outlet)
    chosen = [one for one in outlets if not only or one.id in only]
    kept = stores.reading(store)
    paces = kept.paces() if kept else {}
    lexicon = load_lexicon(data / "lexicon")
    with shown("Looking", sum(len(one.feeds) for one in chosen), log=False) as step:
        found, ended_by = looks.look_at(chosen, paces, lexicon, lambda: step("", False, 1), how)
    rows = [looks.row_of(one, paces.get(one.feed.url, Pace())) for one in found]
    if as_json:
        show_json([asdict(row) for row in rows])
    else:
        show(looks.HEAD, [looks.cells(row) for row in rows], below=looks.BELOW)
    answered = looks.answered(found)
    if sys.stdout.isatty() or not answered:
        tell(looks.sentence(found, rows, sum(len(one.feeds) for one in chosen), ended_by), mail=not answered)
    if ended_by or not answered:
        raise typer.Exit(128 + ended_by if ended_by else NOTHING_HAD)


@app.command()
def status(
    outlet: OutletOption = None,
    stale_after: Annotated[
        str, typer.Option("--stale-after", metavar="TIME", help="How old a last answer may be: 90s, 45m, 3h or 2d.")
    ] = "3h",
    as_json: RowsOption = False,
    store: StoreOption = stores.DEFAULT,
    data: DataOption = Path("data"),
) -> None:
    """Print how fresh and healthy each outlet's feeds are; ends with 1 where an outlet is stale.

    \b
    Examples:
      python -m collectors status
      python -m collectors status --stale-after 1d --outlet dawn
      python -m collectors status > /dev/null || echo "an outlet is stale"

    A feed is stale when its last answer is older than --stale-after and its next turn is over; an outlet is when all its
    feeds are. Nothing is asked of any server. Times are in UTC.
    """
    limit = health.duration(stale_after)
    outlets, only = catalogue(data, outlet)
    kept = stores.reading(store)
    if kept is None:
        fail(f"{stores.path_of(store)}: no store yet; to make it: python -m collectors collect", NOTHING_HAD)
    known = health.Known(kept.paces(), kept.healths(int(time.time()) - health.WEEK), kept.first_check())
    now = int(time.time())  # after reading: what a round saves meanwhile must not lie in the future
    rows = health.rows_of([one for one in outlets if not only or one.id in only], known, now, limit)
    if as_json:
        show_json([asdict(row) for row in rows])
    else:
        if sys.stdout.isatty():
            tell(health.sentence(rows, known, now))
        show(health.HEAD, [health.cells(row, now) for row in rows], below=health.BELOW)
    if any(row.state == health.STALE for row in rows):
        raise typer.Exit(NOTHING_HAD)


@app.command()
def tag(
    file: Annotated[
        typer.FileBinaryRead, typer.Argument(help="JSON lines with id, title, summary; - for standard input.")
    ] = "-",  # type: ignore[assignment]
    data: DataOption = Path("data"),
) -> None:
    """Tag items given as JSON lines, and print the tags with their reasons as JSON lines in the same order.

    Each line in: {"id": …, "title": …, "summary": …, "language": …, "outlet": …, "published": …}; the last four may be
    left out. The date (today, if none is given) tells which holders of offices are meant.

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
        fail(f"{counted(wrong, 'line')} could not be tagged; the others were", BROKEN)


@app.command()
def retag(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would change; needs no lock.")] = False,
    as_json: JsonOption = False,
    store: StoreOption = stores.DEFAULT,
    data: DataOption = Path("data"),
) -> None:
    """Tag all stored items again with today's lexicon, and print for each tag what came and went.

    \b
    Examples:
      python -m collectors retag --dry-run
      python -m collectors retag
      python -m collectors retag --json > changes.json

    Killed half-way, it goes on where it was when it is run again with the same lexicon, and then tells of both
    runs. The dashboard follows by itself.
    """
    lexicon, wires = load_lexicon(data / "lexicon"), Wires(load_wires(data))
    kept = stores.existing(store)
    with ExitStack() as opened:
        if not dry_run:
            opened.enter_context(held(store, as_json))
            kept = opened.enter_context(stores.open_for_writing(store, kept.kind, wires))
        step = opened.enter_context(shown("Tagging", kept.state().seq, log=False))
        done = again.retag(kept, lexicon, step, dry_run)
    if as_json:
        tell(json.dumps(again.summary(done)))
    else:
        if rows := again.changes(done):
            show(again.HEAD, [again.cells(row) for row in rows], below=again.BELOW)
        tell(again.sentence(done))
    if done.ended_by:
        raise typer.Exit(128 + done.ended_by)


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
    with held(where), stores.fresh_demo(where, demo_wires()) as invented, shown("Inventing", articles) as step:
        invented.save_catalogue(demo_outlets())
        invented.set_lexicon(lexicon.version)
        done, chance = 0, random.Random(seed)
        paces: dict[str, Pace] = {}
        for looks in batched(demo_checks(articles, seed, until, Tagger(lexicon))):
            for check in (check for check, _ in looks if check.at > until - PACED):
                paces[check.feed] = after(paces.get(check.feed, Pace()), check, Asked(), chance)
            is_last = bool(looks) and looks[-1][0].at > until - 3600
            invented.save(looks, paces if is_last else {})  # an update for each look would take twice the time
            more = sum(tags.about for _, tagged in looks for _, tags in tagged)
            done += more
            step(f"{done:,} of {articles:,} articles invented", not sys.stderr.isatty(), more)
        total = invented.state().seq
    print(f"{stores.path_of(where)}: {total} invented items, {articles} of them articles")


PACED = 14 * 86400
"""Of so many seconds before their end the demo's looks set the paces of its feeds; a year of them would say the same."""


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


feeds = typer.Typer(help="The catalogue as OPML, for other readers and from them.", no_args_is_help=True)
app.add_typer(feeds, name="feeds")


@feeds.command("export")
def export_feeds(
    file: Annotated[Path, typer.Argument(help="The OPML file to write; - for standard output.")],
    data: DataOption = Path("data"),
) -> None:
    """Write the outlets and feeds of the catalogue as OPML 2.0.

    \b
    Examples:
      python -m collectors feeds export feeds.opml
      python -m collectors feeds export - > feeds.opml
    """
    written = export(load_catalogue(data), file)
    print(f"{file}: {counted(written, 'outlet')} written", file=sys.stderr)


@feeds.command("import")
def import_feeds(
    file: Annotated[Path, typer.Argument(help="The OPML file to read.")],
    country: Annotated[str, typer.Option(help="Where new outlets publish, as PK or INT.")] = "",
    group: Annotated[str, typer.Option(help="The group of new outlets, as in outlets.toml.")] = "",
    language: Annotated[str, typer.Option(help="The language of feeds that do not say theirs.")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")] = False,
    data: DataOption = Path("data"),
) -> None:
    """Add the feeds of an OPML file to outlets.toml; nothing is guessed about an outlet that the file does not say.

    \b
    Examples:
      python -m collectors feeds import feeds.opml --country IN --group india --language hi --dry-run
    """
    done = import_into(data, file, Defaults(country, group, language), dry_run=dry_run)
    for one in done.feeds:
        tell(f"{one.outlet}: {one.url}")
    for refusal in done.refused:
        tell(refusal, mail=True)
    added = "would be added" if dry_run else "added"
    new = f"{counted(len(done.outlets), 'outlet')} and {counted(len(done.feeds), 'feed')} {added}"
    tell(f"{new}; {counted(done.known, 'feed')} known already; {counted(len(done.refused), 'outline')} refused")
    if done.refused:
        raise typer.Exit(NOTHING_HAD if done.feeds else BROKEN)


def counted(number: int, noun: str) -> str:
    """A number with its noun: 1 feed, 2 feeds."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def main(arguments: Iterable[str] | None = None) -> None:
    """Run the command line; a broken configuration is told in words, never as a traceback."""
    try:
        app(args=list(arguments) if arguments is not None else None)
    except (CatalogueError, LexiconError, OpmlError, SettingError, StoreError) as error:
        tell(str(error), mail=True)
        sys.exit(BROKEN)
