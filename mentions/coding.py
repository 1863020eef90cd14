"""How right the tags are, by samples coded by hand: precision, recall and agreement, each with its numbers."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import nan

import krippendorff
import numpy as np

from mentions import codes, samples
from mentions.codes import UNSURE, YES, Book, Code
from mentions.measures import SMALL
from mentions.samples import DIMENSIONS, SETS, Drawn
from mentions.store import Store

ALL_AGREE = ""
"""In place of a coder's name: only answers that all coders of an item gave alike count."""

Said = Mapping[int, frozenset[str]]


@dataclass(frozen=True, slots=True)
class Rate:
    """So many of so many, with the 95 % interval of Wilson (1927)."""

    hits: int
    of: int

    @property
    def share(self) -> float:
        """The share; not a number where it is of nothing."""
        return self.hits / self.of if self.of else nan

    @property
    def interval(self) -> tuple[float, float]:
        """Between which shares the true one lies, in 95 of 100 samples; 0 to 1 where nothing is known."""
        if not self.of:
            return 0.0, 1.0
        # Imported here, since it takes half a second to load.
        from scipy.stats import binomtest  # type: ignore[import-untyped]

        found = binomtest(self.hits, self.of).proportion_ci(0.95, method="wilson")
        return float(found.low), float(found.high)


@dataclass(frozen=True, slots=True)
class Agreement:
    """Krippendorff's alpha for nominal data: the mean over so many tags, on so many items that two coders or more
    answered; `alpha` is not a number where it cannot be said, and then `why` says why."""

    alpha: float
    tags: int
    items: int
    why: str = ""


@dataclass(frozen=True, slots=True)
class Figures:
    """How right one dimension is; for sets of tags everything counts single tags of items (micro).

    `precision`: of the tags borne by articles drawn, those the coder gave too. `recall`: of what the coder gave among the
    items drawn without keywords, what the tagger gave too. `found`: the same among the articles drawn, so only of what
    was found at all.
    """

    dimension: str
    precision: Rate
    recall: Rate
    found: Rate
    agreement: Agreement


def figures(book: Book, by: str) -> list[Figures]:
    """The figures of each dimension, by the answers of one coder or by those all coders gave alike (ALL_AGREE)."""
    return [figures_of(book, by, dimension) for dimension in DIMENSIONS]


def figures_of(book: Book, by: str, dimension: str) -> Figures:
    """The figures of one dimension."""
    told = said_by(book, by, dimension)
    articles = [one for one in book.sample.drawn if one.article]
    free = [one for one in book.sample.drawn if one.free]
    return Figures(
        dimension,
        precision(articles, told, dimension),
        recall(free, told, dimension),
        recall(articles, told, dimension),
        agreement(book, dimension),
    )


def said(code: Code, dimension: str) -> frozenset[str] | None:
    """The tags a coder gave in a dimension, for a flag its own name; None where the coder could not tell."""
    if UNSURE in ((code.about,) if dimension in ("about", "naming") else (code.about, code.relevant)):
        return None
    if dimension in SETS:
        return frozenset(getattr(code, dimension))
    return frozenset({dimension} if getattr(code, dimension) == YES else ())


def said_by(book: Book, by: str, dimension: str) -> dict[int, frozenset[str]]:
    """What counts as true of each item: what one coder said, or what two coders or more said alike."""
    if by:
        return {seq: tags for seq, code in book.by(by).items() if (tags := said(code, dimension)) is not None}
    each: dict[int, list[frozenset[str] | None]] = {}
    for (_, seq), code in book.codes.items():
        each.setdefault(seq, []).append(said(code, dimension))
    return {seq: all_[0] for seq, all_ in each.items() if len(all_) > 1 and len(set(all_)) == 1 and all_[0] is not None}


def precision(drawn: Iterable[Drawn], told: Said, dimension: str) -> Rate:
    """Of the tags that coded items bear, those the coder gave too."""
    pairs = [(frozenset(one.tags[dimension]), told[one.seq]) for one in drawn if one.seq in told]
    return Rate(sum(len(tags & true) for tags, true in pairs), sum(len(tags) for tags, _ in pairs))


def recall(drawn: Iterable[Drawn], told: Said, dimension: str) -> Rate:
    """Of the tags the coder gave, those the items bear too."""
    pairs = [(frozenset(one.tags[dimension]), told[one.seq]) for one in drawn if one.seq in told]
    return Rate(sum(len(tags & true) for tags, true in pairs), sum(len(true) for _, true in pairs))


ASKED: dict[str, Callable[[Code], bool]] = {
    "about": lambda code: True,
    "relevant": lambda code: True,
    "forums": lambda code: code.relevant == YES,
    "topics": lambda code: code.relevant == YES,
    "naming": lambda code: code.about == YES,
}
"""On which items a coder was asked a dimension. What one called irrelevant says nothing of agreement on its forums, which
would else count the agreement on relevance again."""


def agreement(book: Book, dimension: str) -> Agreement:
    """How far coders agree: a tag borne or not is one nominal variable; the mean over all tags that somebody gave and
    somebody did not."""
    if len(book.coders) < 2:
        return Agreement(nan, 0, 0, "one coder only" if book.coders else "nobody has coded yet")
    rows = [
        {seq: said(code, dimension) for seq, code in book.by(coder).items() if ASKED[dimension](code)}
        for coder in book.coders
    ]
    known = [{seq: tags for seq, tags in row.items() if tags is not None} for row in rows]
    units = [seq for seq in book.sample.seqs if sum(seq in row for row in known) > 1]
    if not units:
        return Agreement(nan, 0, 0, "no item that two coders answered")
    tags = sorted({tag for row in known for seq in units if seq in row for tag in row[seq]})
    tables = ([[float(tag in row[seq]) if seq in row else nan for seq in units] for row in known] for tag in tags)
    found = [value for table in tables if (value := alpha(table)) is not None]
    if not found:
        return Agreement(nan, 0, len(units), "all answers are the same")
    return Agreement(sum(found) / len(found), len(found), len(units))


def alpha(table: Sequence[Sequence[float]]) -> float | None:
    """Krippendorff's alpha of a row a coder and a column an item, nominal, missing answers not a number.

    None where it is not defined: fewer than two answers on every item, or all the same.
    """
    data = np.asarray(table, dtype=float)
    paired = data[:, (~np.isnan(data)).sum(axis=0) > 1]
    if len(np.unique(paired[~np.isnan(paired)])) < 2:
        return None
    return float(krippendorff.alpha(reliability_data=paired, level_of_measurement="nominal"))


def reference(book: Book) -> str:
    """Whose answers count unless another choice is made: the coder of most items, of equal ones who began first."""
    return max(book.coders, key=lambda coder: len(book.by(coder)), default="")


def summary(store: Store) -> str:
    """One sentence on how right `relevant` is, by the newest sample of which enough articles are coded."""
    for book in codes.books(store.path)[0]:
        told = figures_of(book, reference(book), "relevant")
        if told.precision.of >= SMALL and samples.belongs(store, book.sample):
            return sentence(book, told)
    return "No sample has been coded on this store."


def sentence(book: Book, told: Figures) -> str:
    """The figures of `relevant` in words."""
    last = max(datetime.fromisoformat(code.at) for code in book.codes.values())
    several = f"{len(book.coders)} coders (the answers of the one who coded most count)"
    whom = several if len(book.coders) > 1 else "one coder"
    text = (
        f"Precision of relevant in a random sample of {told.precision.of:,} articles coded by {whom} on {last.day}"
        f" {last:%b %Y}: {in_words(told.precision)}"
    )
    if told.recall.of:
        text += f"; recall among items drawn without keywords: {in_words(told.recall)}"
    if not np.isnan(told.agreement.alpha):
        text += f"; Krippendorff's alpha {told.agreement.alpha:.2f} on {told.agreement.items:,} items"
    return f"{text}."


def in_words(rate: Rate) -> str:
    """A share with its interval and numbers: "94% (95% interval 88% to 97%; 94 of 100)"."""
    low, high = rate.interval
    return f"{rate.share:.0%} (95% interval {low:.0%} to {high:.0%}; {rate.hits:,} of {rate.of:,})"
