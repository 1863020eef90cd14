"""Tags all stored items again with today's lexicon, and tells for each tag what came and went."""

import json
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

from collectors.progress import Step
from collectors.signals import ending_signals
from mentions.lexicon import DIMENSIONS, Lexicon
from mentions.model import Tags
from mentions.saving import reason_row
from mentions.store import Store, Stored
from mentions.tagger import Tagger

CHUNK = 5_000
"""Items read, tagged and written at a time: what a kill costs, and what is held in memory (30 MB of texts at most)."""

EXAMPLES, SIGNS = 3, 80
"""Examples each way, and signs of an example's title."""

MASKS = {"about_kashmir": "about", "relevant": "relevant", **{name: name for name in DIMENSIONS}}
"""The dimensions as the reasons of tags name them, each with its field of Tags; the flags are masks of one bit."""

HEAD = (
    "dimension",
    "tag",
    "came",
    "went",
    "now",
    *(f"{way} {n + 1}" for way in ("came", "went") for n in range(EXAMPLES)),
)
BELOW = HEAD[5:]
"""The examples: on a terminal they stand under their tag."""


@dataclass(slots=True)
class Change:
    """How many items came to a tag, went from it and bear it now; examples are pairs of date with outlet, and title."""

    dimension: str
    bit: int
    came: int = 0
    went: int = 0
    now: int = 0
    came_as: list[dict[str, str]] = field(default_factory=list)
    went_as: list[dict[str, str]] = field(default_factory=list)

    def count(self, before: int, after: int, one: Stored) -> None:
        """Take in one item that bore the tag before, or bears it now (0 or 1)."""
        self.now += after
        if before == after:
            return
        self.came, self.went = self.came + after, self.went + before
        examples = self.came_as if after else self.went_as
        if len(examples) < EXAMPLES:
            examples.append(example(one))


class Tally:
    """What a retag found so far; `text` holds it over a kill."""

    def __init__(self, text: str = "") -> None:
        found = json.loads(text or '{"items": 0, "changed": 0, "tags": []}')
        self.items: int = found["items"]
        self.changed: int = found["changed"]
        self.tags = {(row["dimension"], row["bit"]): Change(**row) for row in found["tags"]}

    @property
    def text(self) -> str:
        """All of it as JSON."""
        tags = [asdict(one) for one in self.tags.values()]
        return json.dumps({"items": self.items, "changed": self.changed, "tags": tags})

    def count(self, one: Stored, now: Tags) -> None:
        """Take in one item with the tags it bears now."""
        self.items += 1
        self.changed += one.tags != now
        for dimension, name in MASKS.items():
            before, after = int(getattr(one.tags, name)), int(getattr(now, name))
            either, bit = before | after, 0
            while either >> bit:
                if either >> bit & 1:
                    change = self.tags.setdefault((dimension, bit), Change(dimension, bit))
                    change.count(before >> bit & 1, after >> bit & 1, one)
                bit += 1


@dataclass(frozen=True, slots=True)
class Retagged:
    """How a retag ended: what it found, and the signal that ended it before its end (0 for none)."""

    tally: Tally
    lexicon: Lexicon
    dry_run: bool
    ended_by: int


def retag(store: Store, lexicon: Lexicon, step: Step, dry_run: bool = False) -> Retagged:
    """Tag all items again, and write those whose tags change; `dry_run` only finds out which.

    A run that was ended or killed goes on where it was, under the same lexicon. SIGTERM and Ctrl-C end it after the
    item at hand. Texts are those first saved. Raises StoreError.
    """
    tagger = Tagger(lexicon)
    seq, found = (0, "") if dry_run else store.unfinished_retag(lexicon.version)
    tally = Tally(found)
    step("", False, seq)
    with ending_signals() as ended:
        while not ended() and (chunk := store.stored_after(seq, CHUNK)):
            before, changed = seq, {}
            for one in chunk:
                now = tagger.tags(one.title, one.summary, one.language, one.outlet, one.published)
                tally.count(one, now)
                seq = one.seq
                if now != one.tags or reason_row(now)["hash"] != one.reasons:
                    changed[seq] = now
                if ended():
                    break
            if not dry_run:
                store.retag(changed, lexicon.version, seq, tally.text)
            step("", False, seq - before)
        ended_by = ended()
        if not ended_by and not dry_run:
            store.end_retag(lexicon.version)
    return Retagged(tally, lexicon, dry_run, ended_by)


def example(one: Stored) -> dict[str, str]:
    """An item in short."""
    date = datetime.fromtimestamp(one.published, UTC).date().isoformat()
    title = one.title if len(one.title) <= SIGNS else f"{one.title[: SIGNS - 1]}…"
    return {"date": date, "outlet": one.outlet, "title": title}


def changes(done: Retagged) -> list[dict[str, Any]]:
    """The tags that items came to or went from, in the order of the lexicon, each with its id in place of its bit.

    A tag that the lexicon no longer has is called by its bit.
    """
    ids = {(name, label.bit): label.id for name in DIMENSIONS for label in getattr(done.lexicon, name)}
    ids = {("about_kashmir", 0): "about_kashmir", ("relevant", 0): "relevant", **ids}
    order = {tag: place for place, tag in enumerate(ids)}
    moved = [(tag, one) for tag, one in done.tally.tags.items() if one.came or one.went]
    moved.sort(key=lambda pair: order.get(pair[0], len(order)))
    return [
        {"dimension": tag[0], "tag": ids.get(tag, f"bit {tag[1]}")}
        | {name: getattr(one, name) for name in ("came", "went", "now", "came_as", "went_as")}
        for tag, one in moved
    ]


def cells(row: dict[str, Any]) -> list[str]:
    """A changed tag as the cells of HEAD."""
    told = [
        f"{sign} {one['date']} {one['outlet']}: {one['title']}" if one else ""
        for sign, name in (("+", "came_as"), ("-", "went_as"))
        for one in (*row[name], *[None] * (EXAMPLES - len(row[name])))
    ]
    return [row["dimension"], row["tag"], *(str(row[name]) for name in ("came", "went", "now")), *told]


def summary(done: Retagged) -> dict[str, Any]:
    """A retag as one object."""
    return {
        "lexicon": done.lexicon.version,
        "dry_run": done.dry_run,
        "ended_by": done.ended_by,
        "items": done.tally.items,
        "changed": done.tally.changed,
        "tags": changes(done),
    }


def sentence(done: Retagged) -> str:
    """How a retag ended, in words."""
    verb = "would change" if done.dry_run else "changed"
    words = f"{done.tally.changed:,} of {done.tally.items:,} items {verb}; lexicon {done.lexicon.version}"
    if not done.ended_by:
        return words
    again = "nothing was written" if done.dry_run else "the next retag goes on from there"
    return f"{words}; ended by signal {done.ended_by} before the last item: {again}"
