"""Which blocks of the lexicon hold for a passage, and by which hits."""

from collections.abc import Collection, Iterable, Sequence
from functools import reduce
from itertools import chain
from operator import or_

from mentions.lexicon import DIMENSIONS, Block, Condition, Lexicon
from mentions.passage import Hit, Passage

Reasons = list[tuple[str, Hit]]
"""The rule that held, and a hit that made it hold; empty where nothing does."""


class Means:
    """From which blocks' words each block of a lexicon can come to hold, as bit sets: most are ruled out by one look."""

    def __init__(self, lexicon: Lexicon) -> None:
        self.lexicon = lexicon
        self.bits = {name: 1 << place for place, name in enumerate(lexicon.blocks)}
        self.tags = {name: [block for block in self.bits if block.startswith(f"{name}.")] for name in DIMENSIONS}
        self.of = dict(self.bits)
        while self._widened():  # conditions ask for blocks that may hold by conditions themselves
            pass
        self.needs = {
            when.rule: [self._any(choice) for choice in when.every]
            for block in lexicon.blocks.values()
            for when in block.when
        }

    def _widened(self) -> bool:
        """Whether a block, or a dimension, was found that can hold by more words than thought."""
        wider = {name: self._any(blocks) for name, blocks in self.tags.items()}
        for name, block in self.lexicon.blocks.items():
            wider[name] = self.bits[name] | self._any(name for when in block.when for name in chain(*when.every))
        changed = wider != self.of
        self.of = wider
        return changed

    def _any(self, names: Iterable[str]) -> int:
        return reduce(or_, (self.of.get(name, 0) for name in names), 0)


class Evidence:
    """Decides blocks one by one and remembers what it decided."""

    def __init__(self, means: Means, passage: Passage, hits: Iterable[Hit]) -> None:
        self._means = means
        self._lexicon = means.lexicon
        self._passage = passage
        self._hits: dict[str, list[Hit]] = {}
        self._against: dict[str, list[Hit]] = {}
        for hit in hits:
            (self._against if hit.term.against else self._hits).setdefault(hit.term.block, []).append(hit)
        self._present = reduce(or_, (means.bits[name] for name in self._hits), 0)
        self._decided: dict[str, Reasons] = {}
        self.relevant = False  # set once decided: until then terms marked "~" do not count

    def reasons(self, name: str) -> Reasons:
        """Why a block holds: its own terms, or a condition of it; the name of a dimension stands for all its tags."""
        if not self._present & self._means.of[name]:
            return []
        if name not in self._decided:
            self._decided[name] = []  # a block that asks for itself by a detour gets no for an answer
            self._decided[name] = (
                self._dimension(name) if name in DIMENSIONS else self._block(self._lexicon.blocks[name])
            )
        return self._decided[name]

    def hits(self, name: str) -> list[Hit]:
        return [hit for _, hit in self.reasons(name)]

    def named(self, blocks: Collection[str]) -> list[Hit]:
        """All hits of the blocks' own terms, whatever took them away."""
        return [hit for hits in self._hits.values() for hit in hits if hit.term.block in blocks]

    def standing(self, name: str) -> list[Hit]:
        """The hits of a block's own terms that no entry of `not` and no block it yields to takes away."""
        if name not in self._hits:
            return []
        block = self._lexicon.blocks[name]
        against = self._against.get(name, ())
        stronger = [hit for other in block.yields_to for hit in self.hits(other)]
        return [
            hit
            for hit in self._hits[name]
            if not (hit.unsure and against)
            and not (hit.term.aside and not self.relevant)
            and not any(hit.meets(other) for other in against)
            and not any(hit.meets(other) for other in stronger)
        ]

    def decide_relevant(self) -> Reasons:
        """Why an article is relevant; from here on the terms marked "~" count too."""
        reasons = self.reasons("relevant")
        self.relevant = bool(reasons)
        self._decided.clear()
        return reasons

    def move(self, taken: Sequence[Hit], source: str, target: str) -> None:
        """The hits of a block that meet others hold another block from now on, and no longer their own."""
        before = self._hits.get(source, [])
        if not any(hit.meets(other) for hit in before for other in taken):
            return
        self._hits.setdefault(target, []).extend(hit for hit in before if any(hit.meets(other) for other in taken))
        self._hits[source] = [hit for hit in before if not any(hit.meets(other) for other in taken)]
        self._present |= self._means.bits[target]
        self._decided.clear()

    def _dimension(self, name: str) -> Reasons:
        return [one for block in self._means.tags[name] for one in self.reasons(block)[:1]]

    def _block(self, block: Block) -> Reasons:
        # A hit moved here from another block has no rule here but the block itself.
        own = [
            (hit.term.rule if hit.term.block == block.name else block.name, hit) for hit in self.standing(block.name)
        ]
        found = own + [(when.rule, hit) for when in block.when for hit in self._met(when)]
        return [] if found and any(self.reasons(name) for name in block.unless) else found

    def _met(self, when: Condition) -> Sequence[Hit]:
        if not all(self._present & need for need in self._means.needs[when.rule]):
            return ()
        choices = []
        for names in when.every:
            choices.append([hit for name in names for hit in self.hits(name)])
            if not choices[-1]:
                return ()
        if any(self.reasons(name) for name in when.none):
            return ()
        return self._chain(choices, when, ()) if when.near else [hit for hits in choices for hit in hits]

    def _chain(self, choices: list[list[Hit]], when: Condition, chain: tuple[Hit, ...]) -> tuple[Hit, ...]:
        """The first row of hits, one of each choice, that all stand near one another in one sentence."""
        if not choices:
            return chain
        for hit in choices[0]:
            if all(self._near(earlier, hit, when) for earlier in chain) and (
                found := self._chain(choices[1:], when, (*chain, hit))
            ):
                return found
        return ()

    def _near(self, one: Hit, other: Hit, when: Condition) -> bool:
        if one.meets(other):
            return False
        first, second = (one, other) if one.start < other.start else (other, one)
        passage = self._passage
        return (
            not (when.ordered and first is not one)
            and passage.word(second.start) - passage.word(first.end - 1) <= when.near
            and passage.sentence(first.start) == passage.sentence(second.start)
        )
