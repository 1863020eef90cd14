"""Asks many feeds: one at a time of each host, so many at once in all, and one thread that handles what they answer."""

import asyncio
import random
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from collectors import FeedError
from collectors.fetch import Manners, Reply, Web, fetch, host_of, session
from collectors.schedule import BUSY, is_silence
from collectors.signals import cancelled_by_signals
from mentions.model import Check, Feed, Outcome, Validators

PLACES = 32
"""So many feeds are under way at once, from asking to handling, so that no answers pile up in memory."""


HOPELESS = 20
"""After so many feeds without a sign of life from any host there is no network, and the rest are not asked."""


@dataclass(frozen=True, slots=True)
class Question:
    """A feed to ask for, where it changed since `known`; `moved_to` is asked in place of its own address."""

    feed: Feed
    known: Validators = field(default_factory=Validators)
    moved_to: str = ""

    @property
    def host(self) -> str:
        """The host that is asked."""
        return host_of(self.moved_to or self.feed.url)


Handle = Callable[[Feed, Reply | FeedError, int], None]
"""Handles an answer, or how asking failed, with the time of it (UTC seconds)."""


def ask_all(questions: Iterable[Question], handle: Handle, manners: Manners | None = None) -> "Asking":
    """Ask every question, and have each answer handled, one after the other; gives how that ended.

    Where no host shows a sign of life those under way still end, and no other is asked. SIGTERM and Ctrl-C end it after
    the answer that is being handled. An error of `handle` ends all, and is raised.
    """
    asking = Asking(handle)
    asyncio.run(asking.all(questions, manners))
    return asking


class Asking:
    """Questions in progress, and how they ended."""

    def __init__(self, handle: Handle) -> None:
        self.handle = handle
        self.ended_by = 0  # the signal that ended all before its end, 0 for none
        self.asked = 0
        self.signs = 0  # questions on which a host gave a sign of life
        self.left = 0  # questions not asked, since their host said before that it has too much to do
        self.under_way = 0
        self.places = asyncio.Semaphore(PLACES)
        self.thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="handling")

    @property
    def is_hopeless(self) -> bool:
        """Whether enough was asked, and no host gave a sign of life: then there is no network."""
        return self.asked >= HOPELESS and not self.signs

    async def all(self, questions: Iterable[Question], manners: Manners | None) -> None:
        """Ask all, the hosts beside each other."""
        with cancelled_by_signals() as ended:
            try:
                async with session(manners) as web, asyncio.TaskGroup() as tasks:
                    for line in lines(questions):
                        tasks.create_task(self.line(web, line))
            except ExceptionGroup as failures:
                raise failures.exceptions[0] from None
            finally:
                self.thread.shutdown(wait=True, cancel_futures=True)
        self.ended_by = ended()

    async def line(self, web: Web, questions: Sequence[Question]) -> None:
        """Ask one host, one question after the other; the pauses between them take nobody's place.

        Once it says that it has too much to do, it is left alone.
        """
        for number, question in enumerate(questions, 1):
            await web.hosts.rest(question.host)
            async with self.places:
                while self.is_hopeless and self.under_way:
                    await asyncio.sleep(0.05)
                if self.is_hopeless:
                    return
                self.under_way += 1
                try:
                    is_busy = await self.ask(web, question)
                finally:
                    self.under_way -= 1
            if is_busy:
                self.left += len(questions) - number
                return

    async def ask(self, web: Web, question: Question) -> bool:
        """Ask one question and have its answer handled; whether the host has too much to do."""
        feed = question.feed
        try:
            reply: Reply | FeedError = await fetch(web, feed.url, question.known, question.moved_to)
        except FeedError as error:
            reply = error
        except Exception as error:  # noqa: BLE001 a bug met on one feed must not end the others
            reply = fault(error)
        at = int(time.time())
        self.asked += 1
        self.signs += isinstance(reply, Reply) or not is_silence(failed(feed, reply, at))
        await asyncio.get_running_loop().run_in_executor(self.thread, self.handle, feed, reply, at)
        return reply.status in BUSY and not (isinstance(reply, FeedError) and reply.redirected)


def lines(questions: Iterable[Question]) -> Iterable[Sequence[Question]]:
    """The questions by host; in chance order, so that none is the last one in every round that is given up."""
    shuffled = list(questions)
    random.shuffle(shuffled)
    hosts: dict[str, list[Question]] = defaultdict(list)
    for question in shuffled:
        hosts[question.host].append(question)
    return hosts.values()


def failed(feed: Feed, error: FeedError, at: int) -> Check:
    """The check of a feed that could not be had or read."""
    return Check(feed.url, at, error.outcome, error.status, error.detail)


def fault(error: Exception) -> FeedError:
    """A bug of ours as the failure of the feed on which it was met."""
    return FeedError(Outcome.FAULT, f"{type(error).__name__}: {error}"[:500])
