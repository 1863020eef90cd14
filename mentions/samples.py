"""Random samples of a selection for coding by hand: articles as they were found, and items drawn without keywords."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from random import Random
from typing import Any

from mentions import measures
from mentions.cube import Cube
from mentions.lexicon import ids
from mentions.selection import Selection, start_of, to_query
from mentions.snapshot import seq_of, text_of
from mentions.store import Store, Stored

DIMENSIONS = ("about", "relevant", "forums", "topics", "naming")
"""What is coded: two flags and three sets of tags. Actors are names of people and bodies, which nobody need judge."""

SETS = ("forums", "topics", "naming")
MOST_ARTICLES, MOST_ITEMS = 1_000, 2_000
"""The largest sample: some days' work of one person."""

SEQS = "SELECT seq FROM chosen ORDER BY seq"
EXPECTED = """
SELECT count(*) FILTER (relevant) AS relevant, count(*) AS about, (SELECT coalesce(sum(items), 0) FROM items) AS items
FROM chosen
"""


@dataclass(frozen=True, slots=True)
class Drawn:
    """One item of a sample: whether it is in the part of articles, in that without keywords, or in both; a hash of its
    text, by which it is known again; and the tags it bore when it was drawn, for a flag its own name."""

    seq: int
    article: bool
    free: bool
    text: str
    tags: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Sample:
    """What was drawn, from what, and all that is needed to draw it again; `drawn` is in the order of coding.

    `articles` and `items` are how many there were to draw from, `ids` the tags that can be coded.
    """

    id: str
    made: int  # UTC seconds
    selection: Mapping[str, list[str]]
    snapshot: str
    n: int
    m: int
    seed: int
    articles: int
    items: int
    ids: Mapping[str, tuple[str, ...]]
    drawn: tuple[Drawn, ...]

    @property
    def seqs(self) -> dict[int, Drawn]:
        """The items of the sample by their number."""
        return {one.seq: one for one in self.drawn}


def draw(cube: Cube, chosen: Selection, n: int, m: int, seed: int, now: float) -> Sample:
    """Draw `n` articles of a selection and `m` of all items its outlets listed in its days, without replacement.

    The same selection, snapshot, numbers and seed give the same sample. Fewer are drawn where there are fewer.
    """
    chosen = counted(cube, chosen)
    articles = [int(one) for one in measures.ask(cube, SEQS, chosen)["seq"]]
    items = listed(cube, chosen)
    found, free = picked(articles, n, f"{seed}:articles"), picked(items, m, f"{seed}:items")
    order = sorted(found | free)
    Random(f"{seed}:order").shuffle(order)
    stored = cube.store.stored(order)
    selection = to_query(replace(chosen, snapshot=""), Selection(chosen.since, chosen.until, scope=""))
    what = [selection, chosen.snapshot, n, m, seed]
    return Sample(
        "s" + hashlib.sha256(json.dumps(what, sort_keys=True).encode()).hexdigest()[:10],  # never like a number
        int(now),
        selection,
        *(chosen.snapshot, n, m, seed, len(articles), len(items)),
        {name: tuple(one.id for one in getattr(cube.lexicon, name)) for name in SETS},
        tuple(Drawn(seq, seq in found, seq in free, hash_of(stored[seq]), tags_of(cube, stored[seq])) for seq in order),
    )


def counted(cube: Cube, chosen: Selection) -> Selection:
    """The selection with what only changes pictures taken out, bound to the state of the data."""
    frozen = text_of(cube.state, seq_of(chosen.snapshot, cube.state))
    return replace(chosen, by="outlet", grain="day", measure="count", unit="articles", snapshot=frozen)


def listed(cube: Cube, chosen: Selection) -> Sequence[int]:
    """The numbers of all items that the outlets of a selection listed in its days, whatever they say."""
    values = measures.parameters(cube, chosen)
    if values["no_outlet"]:
        return []
    first, end = start_of(chosen.since, chosen.tz), start_of(chosen.until + timedelta(days=1), chosen.tz)
    only = {name: values[name] for name in measures.WHOSE}
    seqs: Sequence[int] = cube.store.listed(first, end, values["seq"], **only)["seq"].to_numpy()
    return seqs


def picked(seqs: Sequence[int], number: int, seed: str) -> set[int]:
    """So many numbers by chance, all where there are no more."""
    places = Random(seed).sample(range(len(seqs)), min(number, len(seqs)))
    return {int(seqs[place]) for place in places}


def expected(cube: Cube, chosen: Selection, m: int) -> tuple[float, float]:
    """How many relevant articles, and articles about Kashmir, are to be expected among `m` items drawn without keywords,
    by the tags they bear."""
    plain = Selection(chosen.since, chosen.until, scope="about", tz=chosen.tz, snapshot=chosen.snapshot)
    whose = {name: getattr(chosen, name) for name in ("outlet", "country", "group", "language", "dated")}
    plain = replace(plain, **whose)
    row = measures.ask(cube, EXPECTED, plain).iloc[0]
    share = min(m, row["items"]) / row["items"] if row["items"] else 0.0
    return float(row["relevant"] * share), float(row["about"] * share)


def hash_of(one: Stored) -> str:
    """What tells an item's text from others."""
    return hashlib.sha256(f"{one.title}\0{one.summary}".encode("utf-8", "surrogatepass")).hexdigest()[:12]


def tags_of(cube: Cube, one: Stored) -> dict[str, tuple[str, ...]]:
    """The ids an item bears in each dimension that is coded."""
    flags = {name: (name,) if getattr(one.tags, name) else () for name in ("about", "relevant")}
    return flags | {name: tuple(ids(getattr(cube.lexicon, name), getattr(one.tags, name))) for name in SETS}


def belongs(store: Store, sample: Sample) -> bool:
    """Whether the store holds the very items of a sample; one that was made anew under the same name does not."""
    stored = store.stored([one.seq for one in sample.drawn])
    return all(one.seq in stored and hash_of(stored[one.seq]) == one.text for one in sample.drawn)


def to_json(sample: Sample) -> str:
    """The sample as one line."""
    return json.dumps(asdict(sample), ensure_ascii=False)


def from_json(line: str) -> Sample:
    """The sample of such a line; raises KeyError, TypeError or ValueError for another one."""
    row: dict[str, Any] = json.loads(line)
    drawn = (
        Drawn(**(one | {"tags": {name: tuple(one["tags"][name]) for name in DIMENSIONS}})) for one in row.pop("drawn")
    )
    known = {name: tuple(row["ids"][name]) for name in SETS}
    return Sample(**(row | {"ids": known, "drawn": tuple(drawn)}))
