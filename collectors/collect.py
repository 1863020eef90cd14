"""One round over the feeds: fetch, parse, tag, save, each feed in a transaction of its own."""

import asyncio
import hashlib
import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace

from collectors import FeedError
from collectors.fetch import Manners, Reply, Web, fetch, session
from collectors.reader import Reader, Task, reading
from collectors.schedule import Asked, after, asked_of
from mentions.lexicon import Lexicon
from mentions.model import ANSWERED, Check, Feed, Item, Outcome, Outlet, Pace, Tags, Validators
from mentions.store import Store, StoreError

HOPELESS = 20
"""After so many feeds without a sign of life from any host there is no network, and the rest are not asked."""

PLACES = 32
"""So many feeds are under way at once, from asking to saving, so that no answers pile up in memory."""

NO_SIGN = frozenset({"cannot resolve host", "network is unreachable", "no route to host"})
"""What is said of a host where there is no network; a refused connection is a sign of life."""


@dataclass(slots=True)
class Round:
    """What one round did: how its feeds ended, and what they listed."""

    feeds: int
    outcomes: Counter[Outcome] = field(default_factory=Counter)
    listed: int = 0
    new: int = 0
    signs: int = 0  # checks in which a host gave a sign of life
    waiting: int = 0  # feeds whose server asked us to wait; they are not among `feeds`

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


Report = Callable[[Check, int], None]
"""Told of each check and how many new items it brought."""


def collect(
    store: Store, outlets: Sequence[Outlet], lexicon: Lexicon, report: Report, manners: Manners | None = None
) -> Round:
    """Bring in what the feeds of some outlets list now; a sick feed ends nothing but its own check.

    Raises StoreError where the store cannot be written: then nothing that follows could be kept.
    """
    with reading(lexicon) as reader:
        return asyncio.run(Collector(store, outlets, reader, report).round(manners))


class Collector:
    """A round in progress. Fetching is concurrent; one thread has the documents read and saves them, feed by feed."""

    def __init__(self, store: Store, outlets: Sequence[Outlet], reader: Reader, report: Report) -> None:
        self.store = store
        self.countries = {outlet.id: outlet.country for outlet in outlets}
        self.known = store.validators()
        self.paces = store.paces()
        feeds = [feed for outlet in outlets for feed in outlet.feeds]
        self.feeds = [feed for feed in feeds if not must_wait(self.paces.get(feed.url, Pace()), time.time())]
        self.reader = reader
        self.report = report
        self.result = Round(len(self.feeds), waiting=len(feeds) - len(self.feeds))
        self.chance = random.Random()
        self.chance.shuffle(self.feeds)  # so that no feed is the last one in every round that is given up
        self.places = asyncio.Semaphore(PLACES)
        self.under_way = 0
        self.writer = ThreadPoolExecutor(max_workers=1, thread_name_prefix="writer")

    async def round(self, manners: Manners | None) -> Round:
        """Look at every feed once, or at enough of them to know that there is no network."""
        try:
            async with session(manners) as web, asyncio.TaskGroup() as tasks:
                for feed in self.feeds:
                    tasks.create_task(self.look(web, feed))
        except ExceptionGroup as failures:
            raise failures.exceptions[0] from None
        finally:
            self.writer.shutdown(wait=True, cancel_futures=True)
        return self.result

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
        try:
            reply: Reply | FeedError = await fetch(web, feed.url, self.known.get(feed.url, Validators()))
        except FeedError as error:
            reply = error
        except Exception as error:  # noqa: BLE001 a bug met on one feed must not end the round
            reply = fault(error)
        await asyncio.get_running_loop().run_in_executor(self.writer, self.keep, feed, reply, int(time.time()))

    def keep(self, feed: Feed, reply: Reply | FeedError, at: int) -> None:
        """Save one check with what it listed and the feed's next turn, in one transaction."""
        check, tagged = self.checked(feed, reply, at)
        pace = self.paces.get(feed.url, Pace())
        check = self.compared(check, pace, [one.key for one, _ in tagged])
        paced = after(pace, check, asked_by(reply, at), self.chance)
        try:
            new = self.store.save([(check, tagged)], {feed.url: paced})
        except StoreError:
            raise
        except Exception as error:  # noqa: BLE001 a value the store cannot take costs this feed, and its check says so
            check, new = failed(feed, fault(error), at), 0
            self.store.save([(check, [])])
        self.result.outcomes[check.outcome] += 1
        self.result.signs += not is_silence(check)
        self.result.listed += check.listed
        self.result.new += new
        self.report(check, new)

    def compared(self, check: Check, pace: Pace, keys: list[int]) -> Check:
        """The check with what its list has in common with the one before; nothing at all may mean that some was lost."""
        if not keys:
            return check
        overlap, before = self.store.compared(check.feed, keys)
        lost = pace.answered if before and not overlap else 0
        return replace(check, overlap=overlap, before=before, lost_since=lost)

    def checked(self, feed: Feed, reply: Reply | FeedError, at: int) -> tuple[Check, list[tuple[Item, Tags]]]:
        """The check that records a reply, and what the reply lists.

        The validators vouch for items we have, so they come only with a document read to its end, and then always,
        even where the body is the one of the last time: a server may change its ETag alone.
        """
        if isinstance(reply, FeedError):
            return failed(feed, reply, at), []
        known = self.known.get(feed.url, Validators())
        if reply.status == 304:
            fresh = replace(reply.validators, body=known.body)
            return Check(feed.url, at, Outcome.UNCHANGED, 304, validators=fresh), []
        size = len(reply.body)
        digest = hashlib.blake2b(reply.body, digest_size=16).hexdigest()
        fresh = replace(reply.validators, body=digest)
        if digest == known.body:
            same = Check(feed.url, at, Outcome.UNCHANGED, reply.status, "the body of the last time", size=size)
            return replace(same, validators=fresh), []
        try:
            task = Task(feed, self.countries[feed.outlet], reply.body, reply.url, reply.content_type, at)
            document, tagged = self.reader.read(task)
        except FeedError as error:
            return replace(failed(feed, error, at), status=reply.status, size=size), []
        check = Check(feed.url, at, document.outcome, reply.status, document.detail, len(tagged), size)
        return replace(check, validators=fresh if document.outcome in ANSWERED else None), tagged


def is_silence(check: Check) -> bool:
    """Whether a check ended as all end where there is no network."""
    return check.outcome is Outcome.TIMEOUT or (check.outcome is Outcome.UNREACHABLE and check.detail in NO_SIGN)


def must_wait(pace: Pace, now: float) -> bool:
    """Whether a busy server asked us not to come yet, or a feed is gone for good (410)."""
    return pace.gone or (bool(pace.wait) and pace.due > now)


def asked_by(reply: Reply | FeedError, at: int) -> Asked:
    """What an answer asks of the next request."""
    return asked_of(reply.status, reply.headers, 0, at)


def failed(feed: Feed, error: FeedError, at: int) -> Check:
    """The check of a feed that could not be had or read."""
    return Check(feed.url, at, error.outcome, error.status, error.detail)


def fault(error: Exception) -> FeedError:
    """A bug of ours as the failure of the feed on which it was met."""
    return FeedError(Outcome.FAULT, f"{type(error).__name__}: {error}"[:500])
