"""Gives each article of the store its story: the copies of one text together, whoever carries it."""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterator, Sequence
from typing import Any, Protocol

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from mentions.identity import LIVE, Row, run
from mentions.likeness import Report
from mentions.model import Item
from mentions.schema import copy, item, outlet
from mentions.stories import DAYS, Link, Window
from mentions.wires import Wires

REACH = DAYS * 86400
HELD = 30 * 86400
"""Seconds of publication that the window may span before its past is dropped."""

CHUNK = 2_000  # articles read at a time while all stories are told anew


class Teller(Protocol):
    """What says to which story an article belongs."""

    def tell(self, db: Connection, new: Sequence[tuple[Row, Item]]) -> list[Row]:
        """Set `story` and `wire` in the rows of new articles, which have their `seq`; the links to copies, as rows."""
        ...


class Stories:
    """Tells stories as articles are saved, in order of `seq`. What came before is read back from the store, so that it
    makes no difference in how many rounds articles were saved."""

    def __init__(self, wires: Wires) -> None:
        self._wires = wires
        self.forget()

    def forget(self) -> None:
        """Begin with an empty window: after a transaction that was undone it holds what the store does not."""
        self._window = Window()
        self._span: tuple[int, int] | None = None
        self._unsaved: list[tuple[Report, int]] = []  # told, but not in the store yet; by time

    def tell(self, db: Connection, new: Sequence[tuple[Row, Item]]) -> list[Row]:
        """Set `story` and `wire` in the rows of new articles, which have their `seq`; the links to copies, as rows.

        What was told before must have been saved, with its story.
        """
        self._unsaved.clear()
        links: list[Link] = []
        for row, one in new:
            report = Report(row["seq"], one.published, one.outlet, one.url, one.title, one.summary)
            link = self._placed(db, report)
            row |= {"story": link.story, "wire": self._wires.of(one.title, one.summary)}
            links.append(link)
        return [copy_row(link) for link in links if link.rule]

    def retell(self, db: Connection) -> None:
        """Tell all stories anew, in the caller's transaction; wires too."""
        self.forget()
        db.execute(delete(copy))
        db.execute(update(item).where(item.c.story != 0).values(story=0, wire=""))
        last = 0
        while reports := [one for one, _ in articles(db, item.c.seq > last, most=CHUNK)]:
            self._unsaved.clear()
            links = [self._placed(db, report) for report in reports]
            last = reports[-1].seq
            run(
                db,
                update(item)
                .where(item.c.seq == bindparam("known"))
                .values(story=bindparam("told"), wire=bindparam("sent")),
                [
                    {"known": link.seq, "told": link.story, "sent": self._wires.of(report.title, report.summary)}
                    for link, report in zip(links, reports, strict=True)
                ],
            )
            run(db, insert(copy), [copy_row(link) for link in links if link.rule])

    def _placed(self, db: Connection, report: Report) -> Link:
        self._cover(db, report.published - REACH, report.published + REACH)
        self._window.drop(report.seq)  # one that is told again, for what it says now
        link = self._window.place(report)
        insort(self._unsaved, (report, link.story), key=published)
        return link

    def _cover(self, db: Connection, first: int, last: int) -> None:
        """Have all articles in the window that were published in a span, as far as their stories are told."""
        low, high = self._span or (first, first - 1)
        if first > high + 1 or last < low - 1:
            self._window = Window()
            low, high = first, first - 1
        for start, end in ((first, low - 1), (high + 1, last)):
            if start <= end:
                for report, story in [*self._told(db, start, end)]:
                    self._window.seed(report, story)
        self._span = min(first, low), max(last, high)
        if self._span[1] - self._span[0] > HELD:
            self._window.forget(first)
            self._span = first, self._span[1]

    def _told(self, db: Connection, start: int, end: int) -> Iterator[tuple[Report, int]]:
        """The articles published in a span whose stories are told, in the store or on their way there."""
        yield from articles(db, item.c.published.between(start, end), item.c.story != 0)
        unsaved = self._unsaved
        yield from unsaved[bisect_left(unsaved, start, key=published) : bisect_right(unsaved, end, key=published)]


class Given:
    """Tells stories where whoever made the items knows their copies: invented ones."""

    def __init__(self, wires: Wires) -> None:
        self._wires = wires
        self._firsts: dict[int, int] = {}

    def tell(self, db: Connection, new: Sequence[tuple[Row, Item]]) -> list[Row]:
        """Set `story` and `wire` in the rows of new articles, which have their `seq`; the links to copies, as rows."""
        links: list[Link] = []
        for row, one in new:
            seq: int = row["seq"]
            story = self._firsts.setdefault(one.copy_of, seq) if one.copy_of else seq
            row |= {"story": story, "wire": self._wires.of(one.title, one.summary)}
            if story != seq:
                links.append(Link(seq, story, "same text", story, 1.0))
        return [copy_row(link) for link in links]


def articles(db: Connection, *conditions: Any, most: int | None = None) -> Iterator[tuple[Report, int]]:
    """The live articles that meet some conditions, with their stories, in order of `seq`."""
    columns = (item.c.seq, item.c.published, outlet.c.id, item.c.url, item.c.title, item.c.summary)
    query = select(*columns, item.c.story).join(outlet, outlet.c.number == item.c.outlet)
    query = query.where(item.c.about == 1, item.c.channel == LIVE, *conditions).order_by(item.c.seq).limit(most)
    return ((Report(*row[:6]), row.story) for row in db.execute(query))


def published(told: tuple[Report, int]) -> int:
    """When a report that was told was published."""
    return told[0].published


def copy_row(link: Link) -> Row:
    """A link as a row of the table."""
    return {"item": link.seq, "nearest": link.nearest, "rule": link.rule, "likeness": link.likeness}
