"""One round over the feeds: fetch, parse, tag, save, each feed in a transaction of its own."""

import asyncio
import hashlib
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Protocol

from collectors import FeedError
from collectors.fetch import Reply, Web, fetch, session
from collectors.parse import Document, parse
from mentions.model import ANSWERED, Check, Feed, Outcome, Outlet, Tags, Validators
from mentions.store import Store

HOPELESS = 20
"""After so many feeds without one answer of any kind there is no network, and the rest are not asked."""

NO_ANSWER = frozenset({Outcome.UNREACHABLE, Outcome.TIMEOUT})


class TagsItems(Protocol):
    """What gives an item its tags."""

    def tags(self, title: str, summary: str, language: str = "", outlet: str = "") -> Tags: ...


@dataclass(slots=True)
class Round:
    """What one round did: how its feeds ended, and what they listed."""

    feeds: int
    outcomes: Counter[Outcome] = field(default_factory=Counter)
    listed: int = 0
    new: int = 0

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
        """Whether enough feeds were asked, on hosts of any kind, without a single answer."""
        return self.outcomes.total() >= HOPELESS and all(outcome in NO_ANSWER for outcome in self.outcomes)


Report = Callable[[Check, int], None]
"""Told of each check and how many new items it brought."""


def collect(store: Store, outlets: Sequence[Outlet], tagger: TagsItems, report: Report) -> Round:
    """Bring in what the feeds of some outlets list now; a sick feed ends nothing but its own check.

    Raises StoreError where the store cannot be written: then nothing that follows could be kept.
    """
    return asyncio.run(Collector(store, outlets, tagger, report).round())


class NoNetwork(Exception):
    """Nothing answers at all: the rest of the round would only wait for more of the same."""


class Collector:
    """A round in progress. Fetching is concurrent; one thread parses, tags and saves, feed by feed."""

    def __init__(self, store: Store, outlets: Sequence[Outlet], tagger: TagsItems, report: Report) -> None:
        self.store = store
        self.countries = {outlet.id: outlet.country for outlet in outlets}
        self.feeds = [feed for outlet in outlets for feed in outlet.feeds]
        self.known = store.validators()
        self.tagger = tagger
        self.report = report
        self.result = Round(len(self.feeds))
        self.writer = ThreadPoolExecutor(max_workers=1, thread_name_prefix="writer")

    async def round(self) -> Round:
        """Look at every feed once, or at enough of them to know that there is no network."""
        try:
            async with session() as web, asyncio.TaskGroup() as tasks:
                for feed in self.feeds:
                    tasks.create_task(self.look(web, feed))
        except ExceptionGroup as failures:
            if not isinstance(failures.exceptions[0], NoNetwork):
                raise failures.exceptions[0] from None
        finally:
            self.writer.shutdown(wait=True)
        return self.result

    async def look(self, web: Web, feed: Feed) -> None:
        """Fetch one feed, and have what came of it kept."""
        try:
            reply: Reply | FeedError = await fetch(web, feed.url, self.known.get(feed.url, Validators()))
        except FeedError as error:
            reply = error
        await asyncio.get_running_loop().run_in_executor(self.writer, self.keep, feed, reply, int(time.time()))
        if self.result.hopeless:
            raise NoNetwork

    def keep(self, feed: Feed, reply: Reply | FeedError, at: int) -> None:
        """Save one check with what it listed, in one transaction."""
        document, check = read(feed, reply, self.known.get(feed.url, Validators()), self.countries[feed.outlet], at)
        tagged = [(one, self.tagger.tags(one.title, one.summary, one.language, one.outlet)) for one in document.items]
        new = self.store.save([(check, tagged)])
        self.result.outcomes[check.outcome] += 1
        self.result.listed += check.listed
        self.result.new += new
        self.report(check, new)


NOTHING = Document((), Outcome.UNCHANGED, "")


def read(feed: Feed, reply: Reply | FeedError, known: Validators, country: str, at: int) -> tuple[Document, Check]:
    """What a reply lists, and the check that records it; touches neither network nor store.

    The validators vouch for items we have, so they come only with a document read to its end, and then always, even
    where the body is the one of the last time (etiquette: a server may change its ETag alone).
    """
    if isinstance(reply, FeedError):
        return NOTHING, Check(feed.url, at, reply.outcome, reply.status, reply.detail)
    if reply.status == 304:
        fresh = replace(reply.validators, body=known.body)
        return NOTHING, Check(feed.url, at, Outcome.UNCHANGED, 304, validators=fresh)
    digest = hashlib.blake2b(reply.body, digest_size=16).hexdigest()
    fresh = replace(reply.validators, body=digest)
    size = len(reply.body)
    if digest == known.body:
        same = Check(
            feed.url, at, Outcome.UNCHANGED, reply.status, "the body of the last time", size=size, validators=fresh
        )
        return NOTHING, same
    try:
        document = parse(feed, country, reply.body, reply.url, reply.content_type, at)
    except FeedError as error:
        return NOTHING, Check(feed.url, at, error.outcome, reply.status, error.detail, size=size)
    whole = fresh if document.outcome in ANSWERED else None
    listed = len(document.items)
    return document, Check(
        feed.url, at, document.outcome, reply.status, document.detail, listed, size, validators=whole
    )
