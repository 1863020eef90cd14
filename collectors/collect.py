"""One round over the feeds: fetch, parse, tag, save, each feed in a transaction of its own."""

import asyncio
import hashlib
import random
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace

from collectors import FeedError
from collectors.credit import Credit
from collectors.fetch import Manners, Reply, Web, fetch, host_of, session
from collectors.reader import Reader, Task, reading
from collectors.schedule import Asked, adopted, after, after_move, asked_of, is_silence, needs_audit, planned, promised
from collectors.signals import cancelled_by_signals
from mentions.lexicon import Lexicon
from mentions.model import ANSWERED, Check, Feed, Item, Outcome, Outlet, Pace, Tags, Validators
from mentions.saving import LIVE, QUERY
from mentions.store import Store, StoreError

HOPELESS = 20
"""After so many feeds without a sign of life from any host there is no network, and the rest are not asked."""

PLACES = 32
"""So many feeds are under way at once, from asking to saving, so that no answers pile up in memory."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One feed's look as it was kept: the check, the pace before and after it, and how many items were new."""

    feed: Feed
    check: Check
    before: Pace
    pace: Pace
    new: int


@dataclass(slots=True)
class Round:
    """What one round did: how its feeds ended, and what they listed."""

    feeds: int
    outcomes: Counter[Outcome] = field(default_factory=Counter)
    listed: int = 0
    new: int = 0
    signs: int = 0  # checks in which a host gave a sign of life
    ended_by: int = 0  # the signal that ended the round before its end, 0 for none

    @property
    def answered(self) -> int:
        """How many feeds told us what they list."""
        return sum(count for outcome, count in self.outcomes.items() if outcome in ANSWERED)

    @property
    def unasked(self) -> int:
        """How many feeds were given up before they ended."""
        return self.feeds - self.outcomes.total()

    @property
    def hopeless(self) -> bool:
        """Whether enough feeds were asked, and no host gave a sign of life."""
        return self.outcomes.total() >= HOPELESS and not self.signs


Report = Callable[[Seen], None]
"""Told of each look."""


def collect(
    store: Store,
    outlets: Sequence[Outlet],
    lexicon: Lexicon,
    report: Report,
    manners: Manners | None = None,
    now: bool = False,
    only: Sequence[str] = (),
) -> Round:
    """Bring in what the feeds whose turn it is list; a sick feed ends nothing but its own check.

    `outlets` are those of the whole catalogue; `now` and `only` are those of `planned`. SIGTERM and Ctrl-C end the round after the feed that is being saved.
    Raises StoreError where the store cannot be written: then nothing that follows could be kept.
    """
    with reading(lexicon) as reader:
        collector = Collector(store, outlets, reader, report)
        feeds = planned(outlets, collector.paces, int(time.time()), now, only).feeds
        return asyncio.run(collector.round(feeds, manners))


class Collector:
    """A round in progress. Fetching is concurrent; one thread has the documents read and saves them, feed by feed."""

    def __init__(self, store: Store, outlets: Sequence[Outlet], reader: Reader, report: Report) -> None:
        self.store = store
        self.outlets = {outlet.id: outlet for outlet in outlets}
        self.credit = Credit(outlets)
        self.known = store.validators()
        self.paces = store.paces()
        self.reader = reader
        self.report = report
        self.result = Round(0)
        self.chance = random.Random()
        self.places = asyncio.Semaphore(PLACES)
        self.under_way = 0
        self.writer = ThreadPoolExecutor(max_workers=1, thread_name_prefix="writer")

    async def round(self, feeds: Sequence[Feed], manners: Manners | None) -> Round:
        """Look at every feed once, or at enough of them to know that there is no network."""
        self.result.feeds = len(feeds)
        try:
            with cancelled_by_signals() as ended:
                async with session(manners) as web, asyncio.TaskGroup() as tasks:
                    for line in self.lines(feeds):
                        tasks.create_task(self.line(web, line))
        except ExceptionGroup as failures:
            raise failures.exceptions[0] from None
        finally:
            self.writer.shutdown(wait=True, cancel_futures=True)
        self.result.ended_by = ended()
        return self.result

    def lines(self, feeds: Sequence[Feed]) -> list[list[Feed]]:
        """The feeds by host; in chance order, so that none is the last one in every round that is given up."""
        shuffled = list(feeds)
        self.chance.shuffle(shuffled)
        hosts: dict[str, list[Feed]] = defaultdict(list)
        for feed in shuffled:
            hosts[host_of(self.address(feed))].append(feed)
        return list(hosts.values())

    def address(self, feed: Feed) -> str:
        """Where a feed is asked for: where it moved to for good, else the catalogue's address."""
        return adopted(self.paces.get(feed.url, Pace())) or feed.url

    async def line(self, web: Web, feeds: Sequence[Feed]) -> None:
        """Look at the feeds of one host, one after the other; the pauses between them take nobody's place."""
        for feed in feeds:
            await web.hosts.rest(host_of(self.address(feed)))
            await self.look(web, feed)

    async def look(self, web: Web, feed: Feed) -> None:
        """Look at one feed, unless there turns out to be no network; then those under way still end first."""
        async with self.places:
            while self.result.hopeless and self.under_way:
                await asyncio.sleep(0.05)
            if self.result.hopeless:
                return
            self.under_way += 1
            try:
                await self.ask(web, feed)
            finally:
                self.under_way -= 1

    async def ask(self, web: Web, feed: Feed) -> None:
        """Fetch one feed, and have what came of it kept."""
        pace = self.paces.get(feed.url, Pace())
        known = Validators() if needs_audit(pace, int(time.time())) else self.known.get(feed.url, Validators())
        try:
            reply: Reply | FeedError = await fetch(web, feed.url, known, adopted(pace))
        except FeedError as error:
            reply = error
        except Exception as error:  # noqa: BLE001 a bug met on one feed must not end the round
            reply = fault(error)
        await asyncio.get_running_loop().run_in_executor(self.writer, self.keep, feed, reply, int(time.time()))

    def keep(self, feed: Feed, reply: Reply | FeedError, at: int) -> None:
        """Save one check with what it listed and the feed's next turn, in one transaction."""
        before = self.paces.get(feed.url, Pace())
        check, tagged, ttl = self.checked(feed, reply, at)
        check = self.compared(feed, check, before, [one.key for one, _ in tagged])
        asked = asked_of(reply.status, reply.headers, ttl, at)
        pace = after(before, check, asked, self.chance)
        pace = after_move(pace, check, self.address(feed), reply.moved if isinstance(reply, Reply) else "")
        if isinstance(reply, Reply) and self.is_false(reply, check):
            pace, check = replace(pace, distrusted=True), noted(check, "changed though its validators did not")
        check = noted(check, promised(pace, asked))
        aggregates = self.outlets[feed.outlet].aggregates
        try:
            new = self.store.save([(check, tagged)], {feed.url: pace}, QUERY if aggregates else LIVE)
        except StoreError:
            raise
        except Exception as error:  # noqa: BLE001 a value the store cannot take costs this feed, and its check says so
            check, new = failed(feed, fault(error), at), 0
            pace = after(before, check, Asked(), self.chance)
            self.store.save([(check, [])], {feed.url: pace})
        self.result.outcomes[check.outcome] += 1
        self.result.signs += not is_silence(check)
        self.result.listed += check.listed
        self.result.new += new
        self.report(Seen(feed, check, before, pace, new))

    def is_false(self, reply: Reply, check: Check) -> bool:
        """Whether a server gave the validators of the last time with another list: then its 304 cannot be trusted."""
        known = self.known.get(check.feed, Validators())
        same = (reply.validators.etag, reply.validators.modified) == (known.etag, known.modified)
        return same and bool(known.etag or known.modified) and check.overlap < check.listed and check.before > 0

    def compared(self, feed: Feed, check: Check, pace: Pace, keys: list[int]) -> Check:
        """The check with what its list has in common with the one before; nothing at all may mean that some was lost.

        A query's answers are a sample ranked by others, in which nothing rolls off: there the loss cannot be told.
        """
        if not keys:
            return check
        overlap, before = self.store.compared(check.feed, keys)
        lost = pace.answered if before and not overlap and not self.outlets[feed.outlet].aggregates else 0
        return replace(check, overlap=overlap, before=before, lost_since=lost)

    def checked(self, feed: Feed, reply: Reply | FeedError, at: int) -> tuple[Check, list[tuple[Item, Tags]], int]:
        """The check that records a reply, what the reply lists, and after how many seconds it asks to be read again.

        The validators vouch for items we have, so they come only with a document read to its end, and then always,
        even where the body is the one of the last time: a server may change its ETag alone.
        """
        if isinstance(reply, FeedError):
            return failed(feed, reply, at), [], 0
        known = self.known.get(feed.url, Validators())
        if reply.status == 304:
            fresh = replace(reply.validators, body=known.body)
            return Check(feed.url, at, Outcome.UNCHANGED, 304, validators=fresh), [], 0
        size = len(reply.body)
        digest = hashlib.blake2b(reply.body, digest_size=16).hexdigest()
        fresh = replace(reply.validators, body=digest)
        if digest == known.body:
            same = Check(feed.url, at, Outcome.UNCHANGED, reply.status, "the body of the last time", size=size)
            return replace(same, validators=fresh), [], 0
        try:
            country = self.outlets[feed.outlet].country
            task = Task(feed, country, reply.body, reply.url, reply.content_type, at)
            document, tagged = self.reader.read(task)
        except FeedError as error:
            return replace(failed(feed, error, at), status=reply.status, size=size), [], 0
        if self.outlets[feed.outlet].aggregates:
            tagged = self.credit.given(tagged)
        check = Check(feed.url, at, document.outcome, reply.status, document.detail, len(tagged), size=size)
        return replace(check, validators=fresh if document.outcome in ANSWERED else None), tagged, document.ttl


def noted(check: Check, words: str) -> Check:
    """The check with more words in its detail."""
    return replace(check, detail="; ".join(filter(None, (check.detail, words))))


def failed(feed: Feed, error: FeedError, at: int) -> Check:
    """The check of a feed that could not be had or read."""
    return Check(feed.url, at, error.outcome, error.status, error.detail)


def fault(error: Exception) -> FeedError:
    """A bug of ours as the failure of the feed on which it was met."""
    return FeedError(Outcome.FAULT, f"{type(error).__name__}: {error}"[:500])
