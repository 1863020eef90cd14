"""Which blocks of the lexicon hold for a passage, and by which hits."""

from collections.abc import Collection, Iterable, Iterator, Sequence
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
        # A condition cannot hold without its rarest choice: one that the territory's name, which most items have that
        # are looked at here, does not answer.
        rarest = {
            name: {*chain(*(min(when.every, key=_common) for when in block.when))}
            for name, block in lexicon.blocks.items()
        }
        self.of = {name: self.bits.get(name, 0) | led_to for name, led_to in self._led_to(rarest).items()}
        self.conditions = {name: [*map(self._needs, block.when)] for name, block in lexicon.blocks.items()}
        self.unsettled = self._unsettled()

    def _led_to(self, asked: dict[str, set[str]]) -> dict[str, int]:
        """The blocks that each block or dimension comes to by asking on and on: itself only where that is a circle."""
        asked = asked | {name: {*tags} for name, tags in self.tags.items()}
        found = dict.fromkeys(asked, 0)
        while True:
            wider = {
                name: reduce(or_, (self.bits.get(one, 0) | found[one] for one in names), 0)
                for name, names in asked.items()
            }
            if wider == found:
                return found
            found = wider

    def _unsettled(self) -> list[str]:
        """The blocks whose answer may change once an article is relevant: those that come to a term marked "~" or to a
        circle, in which the block that is asked first gives no for an answer."""
        led_to = self._led_to({name: {*_asked(block)} for name, block in self.lexicon.blocks.items()})
        shaky = {term.block for term in self.lexicon.terms if term.aside}
        shaky |= {name for name, bit in self.bits.items() if bit & led_to[name]}
        bits = reduce(or_, (self.bits[name] for name in shaky), 0)
        return [name for name, others in led_to.items() if (self.bits.get(name, 0) | others) & bits]

    def _needs(self, when: Condition) -> tuple[int, list[int], Condition]:
        """Of each choice of a condition the blocks by which it can be met, the rarest by itself."""
        rarest, *others = [reduce(or_, (self.of[name] for name in one)) for one in sorted(when.every, key=_common)]
        return rarest, others, when


def _common(choice: Collection[str]) -> bool:
    """Whether a choice is one that most articles meet."""
    return "core" in choice


def _asked(block: Block) -> Iterable[str]:
    """The blocks that one asks about."""
    return chain(block.unless, block.yields_to, *(chain(when.none, *when.every) for when in block.when))


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
            self._decided[name] = self._dimension(name) if name in DIMENSIONS else self._block(name)
        return self._decided[name]

    def held(self, dimension: str) -> Iterator[tuple[str, Reasons]]:
        """The blocks of a dimension that hold, and why."""
        means, present = self._means.of, self._present
        for name in self._means.tags[dimension]:
            if present & means[name] and (reasons := self.reasons(name)):
                yield name, reasons

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
        against = self._against.get(name, [])
        takers = against + [hit for other in block.yields_to for _, hit in self.reasons(other)]
        return [
            hit
            for hit in self._hits[name]
            if not (hit.unsure and against)
            and not (hit.term.aside and not self.relevant)
            and not (takers and any(hit.meets(other) for other in takers))
        ]

    def decide_relevant(self) -> Reasons:
        """Why an article is relevant; from here on the terms marked "~" count too."""
        reasons = self.reasons("relevant")
        self.relevant = bool(reasons)
        for name in self._means.unsettled:
            self._decided.pop(name, None)
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
        return [reasons[0] for _, reasons in self.held(name)]

    def _block(self, name: str) -> Reasons:
        # A hit moved here from another block has no rule here but the block itself.
        found = [(hit.term.rule if hit.term.block == name else name, hit) for hit in self.standing(name)]
        present = self._present
        for rarest, others, when in self._means.conditions[name]:
            if present & rarest and all(present & need for need in others):
                found += [(when.rule, hit) for hit in self._met(when)]
        return [] if found and any(self.reasons(other) for other in self._lexicon.blocks[name].unless) else found

    def _met(self, when: Condition) -> Sequence[Hit]:
        choices = []
        for names in when.every:
            choices.append([hit for name in names for _, hit in self.reasons(name)])
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
            and passage.words(first.end, second.start) <= when.near
            and passage.sentence(first.start) == passage.sentence(second.start)
        )
