"""Reads documents in a process of its own: one that hangs or dies on a hostile document costs that document only."""

import multiprocessing
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess

from collectors import FeedError
from collectors.parse import Document, parse
from mentions.lexicon import Lexicon
from mentions.model import Feed, Item, Outcome, Tags
from mentions.tagger import Tagger

SECONDS = 30
"""A feed of a megabyte takes one; the longest that a hostile document of 16 MiB may hold up a round."""

MEMORY = 3 * 1024**3
"""Bytes of address space the reader may take, where the system can hold it to that."""


@dataclass(frozen=True, slots=True)
class Task:
    """A document to read: what `parse` wants to know."""

    feed: Feed
    country: str
    body: bytes
    url: str
    content_type: str
    seen: int


@dataclass(frozen=True, slots=True)
class Reading:
    """What a document lists, with tags; or how reading it failed, where `failed` is set."""

    document: Document
    tagged: list[tuple[Item, Tags]]
    failed: Outcome | None = None


class Reader:
    """Reads documents one at a time, and starts a new process where the last one had to be ended."""

    def __init__(self, lexicon: Lexicon, seconds: float = SECONDS) -> None:
        self.lexicon = lexicon
        self.seconds = seconds
        self.process: BaseProcess | None = None
        self.pipe: Connection | None = None

    def read(self, task: Task) -> tuple[Document, list[tuple[Item, Tags]]]:
        """Parse and tag a document; raises FeedError as `parse` does, TOO_LARGE for one that takes too long."""
        try:
            pipe = self.pipe or self.start()
            pipe.send(task)
            if not pipe.poll(self.seconds):
                raise FeedError(Outcome.TOO_LARGE, f"reading it takes more than {self.seconds:.0f} s")
            reading: Reading = pipe.recv()
        except (EOFError, OSError) as error:
            self.end()
            raise FeedError(Outcome.FAULT, "reading it ended the reading process") from error
        except FeedError:
            self.end()
            raise
        if reading.failed:
            raise FeedError(reading.failed, reading.document.detail)
        return reading.document, reading.tagged

    def start(self) -> Connection:
        """Start the process; "spawn", since a fork of a program with threads may hang."""
        context = multiprocessing.get_context("spawn")
        self.pipe, far = context.Pipe()
        self.process = context.Process(target=serve, args=(far,), daemon=True, name="reader")
        with signals_held():
            self.process.start()
        far.close()
        # Sent by our pipe and not as an argument: a process that dies while it takes large ones leaves us hanging.
        self.pipe.send(self.lexicon)
        return self.pipe

    def end(self) -> None:
        """End the process, whatever it does."""
        if self.process is not None and self.pipe is not None:
            self.pipe.close()
            self.process.kill()
            self.process.join()
        self.process = self.pipe = None


@contextmanager
def signals_held() -> Iterator[None]:
    """Hold back the signals that end a round, here and in the process started meanwhile, until that one ignores them."""
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    resource_tracker.ensure_running()  # else it starts within the block, and lets the signals through again
    before = signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGINT, signal.SIGTERM))
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def reading(lexicon: Lexicon) -> Iterator[Reader]:
    """A reader for as long as the block lasts."""
    reader = Reader(lexicon)
    try:
        yield reader
    finally:
        reader.end()


def serve(pipe: Connection) -> None:
    """Read what comes through the pipe, after the lexicon, until its other end is closed.

    Signals that end the round go to all its processes; this one lives on until the round has saved what it reads.
    """
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    hold_memory()
    with suppress(EOFError):
        tagger = Tagger(pipe.recv())
        while True:
            pipe.send(answer(pipe.recv(), tagger))


def answer(task: Task, tagger: Tagger) -> Reading:
    """The reading of one document; a fault of ours is told as such, and costs this document only."""
    try:
        document = parse(task.feed, task.country, task.body, task.url, task.content_type, task.seen)
        return Reading(document, [(one, tags_of(one, tagger)) for one in document.items])
    except FeedError as error:
        return Reading(Document((), error.outcome, error.detail), [], error.outcome)
    except Exception as error:  # noqa: BLE001 a bug met on one document must not end the round
        return Reading(Document((), Outcome.FAULT, f"{type(error).__name__}: {error}"[:500]), [], Outcome.FAULT)


def tags_of(one: Item, tagger: Tagger) -> Tags:
    """The tags of an item; the name of who published it is no signal."""
    return tagger.tags(one.title, one.summary, one.language, one.source_name or one.outlet, one.published)


def hold_memory() -> None:
    """Hold this process to its memory, on systems that can."""
    try:
        import resource
    except ImportError:  # Windows
        return
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
