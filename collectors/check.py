"""Looks at feeds as a round does and keeps nothing: what each one gives now, and what is wrong with it."""

import re
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from collectors import FeedError
from collectors.asking import Question, ask_all, failed
from collectors.fetch import Manners, Reply
from collectors.reader import Reader, Task, reading
from collectors.schedule import is_answered, is_silence
from mentions.health import must_wait
from mentions.lexicon import Lexicon
from mentions.model import ANSWERED, Check, DatedBy, Feed, Item, Outcome, Outlet, Pace
from mentions.moments import DAY, MINUTE, moment

SILENT = 30 * DAY
"""A feed of news that lists nothing newer is left behind by its outlet, more often than not."""

AHEAD = 10 * MINUTE
"""A clock may be wrong by so much; half an hour ahead is a zone misread."""

OTHER_CODES = {"in": "id"}
"""Codes of languages that feeds write and the catalogue does not: RSS 0.91 lists `in` for Indonesian."""


@dataclass(frozen=True, slots=True)
class Look:
    """One feed as it was found; `check` is None where it was not asked, `moved` where 301 and 308 alone led."""

    feed: Feed
    check: Check | None
    items: tuple[Item, ...] = ()
    language: str = ""  # as the feed says
    moved: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """What is told of one look; `newest` is in UTC seconds, 0 where no item has a date, `size` in bytes."""

    outlet: str
    feed: str
    outcome: str
    status: int
    items: int
    newest: int
    dates: dict[str, int]
    language: str
    catalogue_language: str
    size: int
    wrong: str


def look_at(
    outlets: Sequence[Outlet],
    paces: Mapping[str, Pace],
    lexicon: Lexicon,
    step: Callable[[], None],
    manners: Manners | None = None,
) -> tuple[list[Look], int]:
    """Look at all feeds of these outlets, as politely as a round does; a sick feed ends nothing but its own look.

    Feeds are asked at the catalogue's own address and without validators. One whose busy server asked us to wait is
    left alone. `step` is told of each look. Where there is no network, or SIGTERM and Ctrl-C end it, some feeds are not
    looked at: gives the looks in the catalogue's order, and the signal, 0 for none.
    """
    feeds = [feed for one in outlets for feed in one.feeds]
    countries = {one.id: one.country for one in outlets}
    now = int(time.time())
    found = {feed.url: Look(feed, None) for feed in feeds if must_wait(paces.get(feed.url, Pace()), now)}

    with reading(lexicon) as reader:

        def handle(feed: Feed, reply: Reply | FeedError, at: int) -> None:
            found[feed.url] = look_of(feed, countries[feed.outlet], reply, reader, at)
            step()

        asking = ask_all([Question(feed) for feed in feeds if feed.url not in found], handle, manners)
    return [found[feed.url] for feed in feeds if feed.url in found], asking.ended_by


def look_of(feed: Feed, country: str, reply: Reply | FeedError, reader: Reader, at: int) -> Look:
    """What came of asking a feed."""
    if isinstance(reply, FeedError):
        return Look(feed, failed(feed, reply, at))
    size = len(reply.body)
    try:
        document, _ = reader.read(Task(feed, country, reply.body, reply.url, reply.content_type, at))
    except FeedError as error:
        return Look(feed, replace(failed(feed, error, at), status=reply.status, size=size), moved=reply.moved)
    check = Check(feed.url, at, document.outcome, reply.status, document.detail, len(document.items), size=size)
    return Look(feed, check, document.items, document.language, reply.moved)


HEAD = ("outlet", "feed", "result", "items", "newest", "dates", "language", "bytes", "what is wrong")
BELOW = ("feed", "what is wrong")
"""What is too long for a column of a terminal."""


def cells(row: Row) -> tuple[str, ...]:
    """The cells of a row under HEAD."""
    dates = ", ".join(f"{count} {name}" for name, count in row.dates.items())
    said = row.language
    if said and primary(said) != row.catalogue_language:
        said = f"{said} (catalogue: {row.catalogue_language})"
    newest = time.strftime("%Y-%m-%d %H:%M", time.gmtime(row.newest)) if row.newest else ""
    result = f"{row.outcome} {row.status or ''}".rstrip()
    return (row.outlet, row.feed, result, str(row.items), newest, dates, said, f"{row.size:,}", row.wrong)


def row_of(look: Look, pace: Pace) -> Row:
    """What is told of a look at a feed of which the store knows this pace."""
    feed, check = look.feed, look.check
    counts = Counter(one.dated_by.value for one in look.items)
    return Row(
        outlet=feed.outlet,
        feed=feed.url,
        outcome=check.outcome.value if check else "not asked",
        status=check.status if check else 0,
        items=len(look.items),
        newest=newest(look.items),
        dates={one.value: counts[one.value] for one in DatedBy if counts[one.value]},
        language=look.language,
        catalogue_language=feed.language,
        size=check.size if check else 0,
        wrong="; ".join(faults(look, check, pace) if check else [waiting(pace)]),
    )


def faults(look: Look, check: Check, pace: Pace) -> Iterator[str]:
    """What is wrong with a feed that was asked, in words."""
    if check.detail or check.outcome not in ANSWERED:
        yield check.detail or check.outcome.value
    if check.outcome is Outcome.EMPTY:
        yield "lists nothing"
    if pace.gone and is_answered(check):
        yield f"answers again; collect --now --outlet {look.feed.outlet} takes it up"
    if look.moved:
        yield f"moved for good to {look.moved}"
    if look.items:
        yield from faults_of_dates(look.items, check.at)
        if bare := sum(not one.link for one in look.items):
            yield f"{bare} of {len(look.items)} items without a link"
    if look.language and primary(look.language) != look.feed.language:
        yield f"says its language is {look.language}, the catalogue {look.feed.language}"


def faults_of_dates(items: Sequence[Item], at: int) -> Iterator[str]:
    """What is wrong with the dates of what a feed lists, seen at `at` (UTC seconds)."""
    latest = newest(items)
    if not latest:
        yield "no item has a date"
    elif latest < at - SILENT:
        yield f"nothing new for {(at - latest) // DAY} days"
    if early := sum(one.published > at + AHEAD for one in items):
        yield f"{early} of {len(items)} items dated in the future"
    if odd := sum(one.dated_by is DatedBy.SEEN and bool(one.stated) for one in items):
        yield f"{odd} of {len(items)} dates cannot be used: unreadable, without a zone, or days ahead"


def newest(items: Sequence[Item]) -> int:
    """The newest time that a feed itself states, 0 for none."""
    return max((one.published for one in items if one.dated_by is not DatedBy.SEEN), default=0)


def waiting(pace: Pace) -> str:
    """Why a feed was not asked."""
    return f"its server asked to wait until {moment(pace.due)} ({pace.wait})"


def primary(code: str) -> str:
    """The language itself of a code with country or script, by the catalogue's name for it: `en` of `en-us`."""
    first = re.split("[-_]", code.strip().lower())[0]
    return OTHER_CODES.get(first, first)


def answered(looks: Sequence[Look]) -> int:
    """How many feeds told what they list, if only in part."""
    return sum(look.check is not None and is_answered(look.check) for look in looks)


def sentence(looks: Sequence[Look], rows: Sequence[Row], feeds: int, ended_by: int) -> str:
    """All looks in one line; `feeds` is how many there should have been."""
    if not feeds:
        return "No feed to look at: outlets.toml has none for these outlets"
    asked = [look.check for look in looks if look.check]
    faulty = sum(bool(row.wrong) for row in rows) - (len(looks) - len(asked))
    parts = [f"{answered(looks)} of {feeds} feeds answered, {faulty} with something wrong"]
    if len(asked) < len(looks):
        parts.append(f"{len(looks) - len(asked)} not asked because their servers want us to wait")
    if ended_by:
        parts.append(f"ended by signal {ended_by}, with {feeds - len(looks)} not finished")
    elif len(looks) < feeds:
        parts.append(f"{feeds - len(looks)} left alone, since no host answers or theirs have too much to do")
    if asked and all(map(is_silence, asked)):
        parts.append("no host gave a sign of life: is there a network?")
    return "; ".join(parts)
