"""How fresh and healthy each outlet's feeds are, told from what the store knows of them; nothing is asked."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from mentions.model import Feed, Outlet, Pace
from mentions.moments import DAY, HOUR, age, moment
from mentions.store import Health

WEEK = 7 * DAY

LATE = HOUR
"""Cron may come each half hour, and a round takes minutes: so much after its turn nobody need worry about a feed."""

STALE_AFTER = 3 * HOUR
"""So old may a last answer be, unless somebody says otherwise."""

LONGEST_WAIT = 7 * DAY
"""A server may ask for 88 hours and mean it; one that asks for years has a wrong clock."""

STALE, FRESH, NEW, NO_FEED = "stale", "fresh", "new", "no feed"


@dataclass(frozen=True, slots=True)
class Row:
    """How one outlet does; times are in UTC seconds, 0 for unknown."""

    outlet: str
    name: str
    state: str  # stale, fresh, new (not looked at yet) or no feed
    feeds: int
    failing: int
    answered: int  # the last answer of any feed
    brought: int  # the last look that brought something new
    items_a_day: float | None  # of all feeds together, None where nothing was learned yet
    due: int  # the next turn of any feed
    losses: int  # looks of the last 7 days before which items may have been lost
    worst_from: int
    worst_to: int
    moved: int
    gone: int
    wrong: str


@dataclass(frozen=True, slots=True)
class Known:
    """What the store knows: of each feed by its url, and when its first look was (UTC seconds, 0 for none)."""

    paces: Mapping[str, Pace]
    healths: Mapping[str, Health]
    first: int


def rows_of(outlets: Sequence[Outlet], known: Known, now: int, stale_after: int) -> list[Row]:
    """A row an outlet: the stale ones first, then those with something wrong, then the others, each by name."""
    rows = [row_of(one, known, now, stale_after) for one in outlets]
    return sorted(rows, key=lambda row: (row.state != STALE, not needs_a_look(row), row.name.casefold()))


def needs_a_look(row: Row) -> bool:
    """Whether somebody should look at an outlet; one whose feed nobody knows can wait."""
    return row.state != NO_FEED and bool(row.wrong or row.losses)


def row_of(outlet: Outlet, known: Known, now: int, stale_after: int) -> Row:
    """How one outlet does at `now`; it is stale when all its feeds are, and never where it has none."""
    paces = {feed.url: known.paces.get(feed.url, Pace()) for feed in outlet.feeds}
    healths = [known.healths.get(url, Health()) for url in paces]
    rates = [pace.rate for pace in paces.values() if pace.rate >= 0]
    gaps = [gap for health in healths for gap in health.gaps if gap[1] <= now]
    worst = max(gaps, key=lambda gap: gap[1] - gap[0], default=(0, 0))
    stale = [is_stale(pace, known.first, now, stale_after) for pace in paces.values()]
    return Row(
        outlet=outlet.id,
        name=outlet.name,
        state=state_of(paces.values(), stale),
        feeds=len(paces),
        failing=sum(is_failing(pace) for pace in paces.values()),
        answered=max((past(pace.answered, now) for pace in paces.values()), default=0),
        brought=max((past(health.brought, now) for health in healths), default=0),
        items_a_day=round(sum(rates), 1) if rates else None,
        due=min((now if is_due(pace, now) else pace.due for pace in paces.values() if not pace.gone), default=0),
        losses=len(gaps),
        worst_from=worst[0],
        worst_to=worst[1],
        moved=sum(bool(pace.adopted) for pace in paces.values()),
        gone=sum(pace.gone for pace in paces.values()),
        wrong=wrong_with(outlet.feeds, known, now, stale_after),
    )


def state_of(paces: Collection[Pace], stale: Sequence[bool]) -> str:
    """The state of an outlet whose feeds have these paces, each of them stale or not."""
    if not paces:
        return NO_FEED
    if all(stale):
        return STALE
    return FRESH if any(pace.asked for pace in paces) else NEW


def past(at: int, now: int) -> int:
    """A time, or 0 for unknown where it lies ahead: then the clock was set back, and it tells nothing."""
    return at if at <= now else 0


def is_failing(pace: Pace) -> bool:
    """Whether a feed's last look failed; one that is gone will fail for ever."""
    return bool(pace.failing) or pace.gone


def is_stale(pace: Pace, first: int, now: int, stale_after: int) -> bool:
    """Whether a feed should have answered by now and has not; `first` is when the store's first look at any was.

    A feed that answers is given until its own turn and a little beyond; one that fails, until it would have had the
    next turn had it not failed. One that never answered is stale once it was looked at, or the store is old enough.
    """
    answered = past(pace.answered, now)
    if pace.gone:
        return True
    if not answered:
        return bool(pace.asked) or first > now or now - first > stale_after
    if now - answered <= stale_after:
        return False
    if pace.failing:
        return now >= answered + pace.interval
    return is_due(pace, now) and (now - pace.due >= min(LATE, stale_after) or pace.due > now)


def wrong_with(feeds: Sequence[Feed], known: Known, now: int, stale_after: int) -> str:
    """What is wrong with the feeds of an outlet, in words; the addresses are named where it is not the same for all."""
    if not feeds:
        return "no feed known"
    sayings: dict[str, list[str]] = {}
    for feed in feeds:
        pace, health = known.paces.get(feed.url, Pace()), known.healths.get(feed.url, Health())
        late = is_stale(pace, known.first, now, stale_after)
        if words := "; ".join(faults(feed, pace, health, now, late)):
            sayings.setdefault(words, []).append(feed.url)
    return "; ".join(
        words if len(urls) == len(feeds) else f"{' and '.join(urls)}: {words}" for words, urls in sayings.items()
    )


def faults(feed: Feed, pace: Pace, health: Health, now: int, late: bool) -> Iterator[str]:
    """What is wrong with one feed, in words; `late` says that it is stale."""
    if max(pace.asked, pace.answered) > now:
        yield "clock: a look at it lies in the future"
    if not pace.asked:
        yield "never looked at"
    elif pace.gone:
        yield f"gone for good (410), not asked any more; if it comes back: collect --now --outlet {feed.outlet}"
    elif pace.failing:
        yield f"fails since {moment(pace.failing)}{why(pace, health)}"
    elif late and pace.asked <= now:
        yield f"not asked since {moment(pace.asked)}, though its turn has come: does collect run?"
    if must_wait(pace, now):
        yield f"waits for its server until {moment(pace.due)} ({pace.wait})"
    if pace.adopted:
        yield f"moved for good to {pace.moved}: change its url in outlets.toml"
    if pace.distrusted:
        yield "its validators proved false, so it is always asked for the whole list"


def why(pace: Pace, health: Health) -> str:
    """How the last look at a feed failed, in brackets; without the wait it promised, which is told apart."""
    detail = health.detail.partition(f"; {pace.wait}: ")[0] if pace.wait else health.detail
    words = ": ".join(filter(None, (health.outcome, detail)))
    return f" ({words})" if words else ""


def must_wait(pace: Pace, now: int) -> bool:
    """Whether a busy server asked us not to come yet; a longer wait than we ever grant means a clock was set back."""
    return bool(pace.wait) and now < pace.due <= now + LONGEST_WAIT


def is_due(pace: Pace, now: int) -> bool:
    """Whether it is a feed's turn; a look or a turn in the far future means that the clock was set back."""
    return pace.due <= now or pace.asked > now or pace.due > now + LONGEST_WAIT


def sentence(rows: Sequence[Row], known: Known, now: int) -> str:
    """All outlets in one line."""
    last = max((past(pace.asked, now) for pace in known.paces.values()), default=0)
    with_feed = [row for row in rows if row.feeds]
    counts = Counter(row.state for row in rows)
    moved, gone, losses = (sum(getattr(row, name) for row in rows) for name in ("moved", "gone", "losses"))
    return "; ".join(
        (
            f"{counts[FRESH]} of {len(with_feed)} outlets with feeds fresh",
            f"{counts[STALE]} stale",
            *([f"{counts[NEW]} not looked at yet"] if counts[NEW] else ()),
            f"{counts[NO_FEED]} without a feed",
            f"last look {age(last, now)}",
            f"{moved} feed{'' if moved == 1 else 's'} moved",
            f"{gone} gone",
            f"{losses} possible loss{'' if losses == 1 else 'es'} in 7 days",
        )
    )
