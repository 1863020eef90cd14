"""The reading process: what it reads, and that ending it costs one document only."""

from collections.abc import Iterator

import pytest

from collectors import FeedError
from collectors.reader import Reader, Task, reading
from mentions.lexicon import Lexicon
from mentions.model import Feed, Outcome

GOOD = (
    b"<rss version='2.0'><channel><title>Cedar</title><item><title>UN chief on Kashmir (invented)</title>"
    b"<link>https://cedar.invalid/1</link></item></channel></rss>"
)


def task(body: bytes) -> Task:
    return Task(
        Feed("https://cedar.invalid/feed", "cedar", "", "en"),
        "PK",
        body,
        "https://cedar.invalid/feed",
        "",
        1_790_000_000,
    )


@pytest.fixture
def reader(lexicon: Lexicon) -> Iterator[Reader]:
    with reading(lexicon) as opened:
        yield opened


def test_items_come_back_tagged(reader: Reader) -> None:
    document, tagged = reader.read(task(GOOD))
    assert document.outcome is Outcome.OK
    assert [(one.title, tags.relevant) for one, tags in tagged] == [("UN chief on Kashmir (invented)", True)]


def test_a_failure_comes_back_as_its_outcome(reader: Reader) -> None:
    with pytest.raises(FeedError) as error:
        reader.read(task(b"<!DOCTYPE html><html><title>Sorry</title></html>"))
    assert error.value.outcome is Outcome.HTML
    assert reader.read(task(GOOD))[1]


def test_a_bug_costs_its_document_only(reader: Reader) -> None:
    with pytest.raises(FeedError) as error:
        reader.read(task(None))  # type: ignore[arg-type]
    assert error.value.outcome is Outcome.FAULT
    assert reader.read(task(GOOD))[1]


def test_what_takes_too_long_is_ended_and_the_next_is_read(reader: Reader) -> None:
    reader.read(task(GOOD))
    reader.seconds = 0
    with pytest.raises(FeedError, match="takes more than 0 s") as error:
        reader.read(task(GOOD * 2000))
    assert error.value.outcome is Outcome.TOO_LARGE
    reader.seconds = 60
    assert reader.read(task(GOOD))[1]


def test_a_process_that_dies_is_started_again(reader: Reader) -> None:
    reader.read(task(GOOD))
    assert reader.process is not None
    reader.process.kill()
    reader.process.join()
    with pytest.raises(FeedError, match="ended the reading process"):
        reader.read(task(GOOD))
    assert reader.read(task(GOOD))[1]
