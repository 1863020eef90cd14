"""One round over the feeds: fetch, parse, tag, save, each feed in a transaction of its own."""

import hashlib
import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from collectors import FeedError
from collectors.asking import Question, ask_all, failed, fault
from collectors.credit import Credit
from collectors.fetch import Manners, Reply
from collectors.loss import may_have_lost
from collectors.reader import Reader, Task, reading
from collectors.schedule import Asked, after, after_move, asked_of, needs_audit, planned, promised
from mentions.identity import LIVE, QUERY
from mentions.lexicon import Lexicon
from mentions.model import ANSWERED, Check, Feed, Item, Outcome, Outlet, Pace, Tags, Validators
from mentions.store import Store, StoreError


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
    left: int = 0  # feeds not asked, since their host said that it has too much to do
    ended_by: int = 0  # the signal that ended the round before its end, 0 for none

    @property
    def answered(self) -> int:
        """How many feeds told us what they list."""
        return sum(count for outcome, count in self.outcomes.items() if outcome in ANSWERED)

    @property
    def unasked(self) -> int:
        """How many feeds were given up before they ended, busy hosts' apart."""
        return self.feeds - self.outcomes.total() - self.left


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
        return collector.round(feeds, manners)


class Collector:
    """A round in progress: what each feed answers is read, compared with what is known, and saved."""

    def __init__(self, store: Store, outlets: Sequence[Outlet], reader: Reader, report: Report) -> None:
        self.store = store
        self.outlets = {outlet.id: outlet for outlet in outlets}
        self.credit = Credit(outlets)
        self.urls = {feed.url for outlet in outlets for feed in outlet.feeds}
        self.known = store.validators()
        self.paces = store.paces()
        self.reader = reader
        self.report = report
        self.result = Round(0)
        self.chance = random.Random()

    def round(self, feeds: Sequence[Feed], manners: Manners | None) -> Round:
        """Look at every feed once, or at enough of them to know that there is no network."""
        self.result.feeds = len(feeds)
        questions = [self.question(feed, int(time.time())) for feed in feeds]
        asking = ask_all(questions, self.keep, manners)
        self.result.ended_by, self.result.signs, self.result.left = asking.ended_by, asking.signs, asking.left
        return self.result

    def question(self, feed: Feed, now: int) -> Question:
        """How a feed is asked for: where it moved to, and on condition that it changed."""
        pace = self.paces.get(feed.url, Pace())
        known = Validators() if needs_audit(pace, now) else self.known.get(feed.url, Validators())
        return Question(feed, known, pace.adopted)

    def keep(self, feed: Feed, reply: Reply | FeedError, at: int) -> None:
        """Save one check with what it listed and the feed's next turn, in one transaction."""
        before = self.paces.get(feed.url, Pace())
        check, tagged, ttl = self.checked(feed, reply, at)
        check = self.compared(feed, check, [one for one, _ in tagged])
        check, pace = self.paced(feed, reply, check, ttl)
        try:
            new = self.store.save([(check, tagged)], {feed.url: pace}, self.channel(feed), self.credit.owner)
        except StoreError:
            raise
        except Exception as error:  # noqa: BLE001 a value the store cannot take costs this feed, and its check says so
            check, new = failed(feed, fault(error), at), 0
            pace = after(before, check, Asked(), self.chance)
            self.store.save([(check, [])], {feed.url: pace})
        self.result.outcomes[check.outcome] += 1
        self.result.listed += check.listed
        self.result.new += new
        self.report(Seen(feed, check, before, pace, new))

    def channel(self, feed: Feed) -> str:
        """How a feed's items come to us."""
        return QUERY if self.outlets[feed.outlet].aggregates else LIVE

    def paced(self, feed: Feed, reply: Reply | FeedError, check: Check, ttl: int) -> tuple[Check, Pace]:
        """The feed's next turn, and the check with what a person should know of it."""
        before = self.paces.get(feed.url, Pace())
        asked = asked_of(reply.status, reply.headers, ttl, check.at)
        pace = after(before, check, asked, self.chance)
        check = noted(check, promised(pace, asked))
        if isinstance(reply, FeedError):
            pace = replace(pace, gone=pace.gone and not reply.redirected)
            return check, after_move(pace, check, before.asked, feed.url, "")
        if self.is_false(reply, check):
            check = noted(check, "changed though its validators did not")
            check = replace(check, lost_since=before.full if check.lost_since else 0)
            pace = replace(pace, distrusted=True)
        moved = "" if reply.moved in self.urls - {feed.url} else reply.moved
        check = noted(check, "moved for good to the address of another feed here" if reply.moved != moved else "")
        return check, after_move(pace, check, before.asked, before.adopted or feed.url, moved)

    def is_false(self, reply: Reply, check: Check) -> bool:
        """Whether a server gave the validators of the last time with another list: then its 304 cannot be trusted."""
        known = self.known.get(check.feed, Validators())
        same = (reply.validators.etag, reply.validators.modified) == (known.etag, known.modified)
        return same and bool(known.etag or known.modified) and check.overlap < check.listed and check.before > 0

    def compared(self, feed: Feed, check: Check, items: list[Item]) -> Check:
        """The check with what its list has in common with the one before; where that is little, items may be lost (loss.py).

        A query's answers are a sample ranked by others, in which nothing rolls off: there the loss cannot be told.
        """
        if not items:
            return check
        overlap, before, since = self.store.compared(feed.url, items, self.channel(feed))
        check = replace(check, overlap=overlap, before=before)
        lost = may_have_lost(check) and self.channel(feed) == LIVE
        return replace(check, lost_since=since if lost else 0)

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
