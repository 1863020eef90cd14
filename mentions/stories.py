"""Which reports are copies of one text: links each new report to the story it repeats, or lets it start one."""

from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Literal, NamedTuple

from rensa import RMinHash, RMinHashLSH  # type: ignore[import-untyped]

from mentions.likeness import FIRST, LIKE, Read, Report, is_another, likeness, read

Rule = Literal["", "same address", "same title", "same text"]

DAYS = 3
"""Copies come within hours; the same words a week later are the next of a series."""

BANDS, ROWS = 21, 3
SIGNED = 40  # words of a summary that make its signature, so that one cut short has the same


class Link(NamedTuple):
    """To which story a report belongs: the `seq` of the story's first member, its own where it repeats nothing.

    `nearest` is the report it was found to copy, by `rule`, with a `likeness` from 0 to 1 (1.0 for equal keys); itself,
    "" and 0.0 where there is none.
    """

    seq: int
    story: int
    rule: Rule
    nearest: int
    likeness: float


class Window:
    """The reports of the last days. To what a report is linked depends only on those published within `days` of it:
    a window seeded with them makes the same stories as one that was never closed."""

    def __init__(self, days: float = DAYS) -> None:
        self._reach = round(days * 86400)
        self._held: dict[int, Read] = {}
        self._story: dict[int, int] = {}
        self._urls: dict[str, list[int]] = {}
        self._titles: dict[str, list[int]] = {}
        self._texts = RMinHashLSH(threshold=0.5, num_perm=BANDS * ROWS, num_bands=BANDS)

    def __len__(self) -> int:
        return len(self._held)

    def place(self, report: Report) -> Link:
        """Link a report to the story of the nearest copy held, else to one of its own, and hold it; in order of `seq`."""
        one = read(report)
        mark = signature(one)
        link = next(self._links(one, mark), Link(one.seq, one.seq, "", one.seq, 0.0))
        self._hold(one, mark, link.story)
        return link

    def seed(self, report: Report, story: int) -> None:
        """Hold a report that was placed before, with the story it was given then."""
        one = read(report)
        self._hold(one, signature(one), story)

    def forget(self, before: int) -> None:
        """Drop what was published before a time in UTC seconds. Reports placed later, if published less than `days` after
        that time, find less than there was."""
        for seq in [seq for seq, one in self._held.items() if one.published < before]:
            self.drop(seq)

    def drop(self, seq: int) -> None:
        """Hold a report no more, if it is held."""
        one = self._held.pop(seq, None)
        if one is None:
            return
        del self._story[seq]
        self._texts.remove(seq)
        for shelf, key in ((self._urls, one.url), (self._titles, one.key)):
            if key:
                shelf[key].remove(seq)
                if not shelf[key]:
                    del shelf[key]

    def _hold(self, one: Read, mark: RMinHash, story: int) -> None:
        self._held[one.seq] = one
        self._story[one.seq] = story
        self._texts.insert(one.seq, mark)
        for shelf, key in ((self._urls, one.url), (self._titles, one.key)):
            if key:
                shelf.setdefault(key, []).append(one.seq)

    def _links(self, one: Read, mark: RMinHash) -> Iterator[Link]:
        """The links a report may get, the best first: by the surest rule, the greatest likeness, the earliest report."""
        for other in self._near(one, self._urls.get(one.url, ())):
            yield Link(one.seq, self._story[other.seq], "same address", other.seq, 1.0)
        for other in self._near(one, self._titles.get(one.key, ())):
            if not is_another(one, other) and self._keeps(one, other):
                yield Link(one.seq, self._story[other.seq], "same title", other.seq, 1.0)
        found = [(likeness(one, other), other) for other in self._near(one, self._texts.query(mark))]
        for like, other in sorted(found, key=lambda pair: (-pair[0], pair[1].seq)):
            if like >= LIKE and self._keeps(one, other):
                yield Link(one.seq, self._story[other.seq], "same text", other.seq, like)

    def _near(self, one: Read, seqs: Iterable[int]) -> list[Read]:
        """Those held that are near in time, and whose story's first member is too, in order of `seq`."""
        return [
            self._held[seq] for seq in sorted(seqs) if self._is_near(one, seq) and self._is_near(one, self._story[seq])
        ]

    def _is_near(self, one: Read, seq: int) -> bool:
        return seq in self._held and abs(self._held[seq].published - one.published) <= self._reach

    def _keeps(self, one: Read, other: Read) -> bool:
        """Whether a copy of `other` is still like the first member of its story."""
        first = self._held[self._story[other.seq]]
        if one.key and one.key == first.key:
            return not is_another(one, first)
        return first is other or likeness(one, first) >= FIRST


def signature(one: Read) -> RMinHash:
    """A MinHash of the pairs of neighbouring words in a title and the beginning of its summary."""
    text = one.title + one.summary[:SIGNED]
    mark = RMinHash(num_perm=BANDS * ROWS, seed=1)
    mark.update([f"{first} {second}" for first, second in pairwise(text)] or [f"{one.seq}"])
    return mark
