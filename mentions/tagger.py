"""Says of one item whether it is about Kashmir, whether it is relevant, and which tags it bears, with the reasons."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import NamedTuple

from ahocorasick_rs import AhoCorasick, Implementation

from mentions.evidence import Evidence, Means, Reasons
from mentions.languages import language_of
from mentions.lexicon import DIMENSIONS, Language, Lexicon, Term
from mentions.model import Match, Tags
from mentions.passage import Hit, Passage
from mentions.relevance import Lists, outermost
from mentions.text import folded

ANCHORS = ("core", "strong")
LISTED = "listed"  # names of Kashmir that are only one of a list


class Search(NamedTuple):
    """The automaton for texts of one language, and of each of its keys the terms that may stand there, each with its
    language where that is one whose writers join words."""

    automaton: AhoCorasick
    terms: tuple[tuple[tuple[Term, Language | None], ...], ...]


class Tagger:
    """Applies a lexicon to items. It holds the search automata, one a language: make one and keep it."""

    def __init__(self, lexicon: Lexicon) -> None:
        self.lexicon = lexicon
        gate = _gate(lexicon)
        self._gate = AhoCorasick(
            sorted({term.key for term in lexicon.terms if term.block in gate}), implementation=Implementation.DFA
        )
        self._labels = {f"{name}.{label.id}": label for name in DIMENSIONS for label in getattr(lexicon, name)}
        self._means = Means(lexicon)
        self._lists = Lists(lexicon)
        self._searches: dict[str, Search] = {}

    def tags(
        self, title: str, summary: str, language: str = "", outlet: str = "", published: int | None = None
    ) -> Tags:
        """The tags of an item: two flags, a bit mask a dimension, and for every reason a match with its place in the
        given title or summary.

        An outlet's own name is no sign of what its items are about. `published`, in UTC seconds (None: now), tells which
        holders of offices are meant.
        """
        passage = Passage(title, summary)
        # Most items name nothing of Kashmir: one cheap look spares them all the rest.
        if not self._gate.find_matches_as_indexes(passage.plain):
            return Tags()
        search = self._search(self._language(passage, language))
        evidence = Evidence(self._means, passage, self._hits(passage, search, day_of(published)))
        own, listed = _named(outlet, evidence, passage), self._lists.bare(evidence, passage)
        for block in ANCHORS:
            evidence.move(own, block, "shield_own")
            evidence.move(listed, block, LISTED)
        return self._decided(evidence, passage)

    def _hits(self, passage: Passage, search: Search, day: date) -> Iterator[Hit]:
        for pattern, start, end in search.automaton.find_matches_as_indexes(passage.plain, overlapping=True):
            for term, language in search.terms[pattern]:
                if term.since and not term.since <= day <= (term.until or day):
                    continue
                if hit := passage.hit(term, start, end, language):
                    yield hit

    def _language(self, passage: Passage, given: str) -> str:
        """The given language where the lexicon knows it, else the one the text is written in, "" where none can be told."""
        code = given.lower()[:2]
        return code if code in self.lexicon.languages else language_of("\n".join(passage.given))

    def _search(self, language: str) -> Search:
        """One of a language is a third of one of all, and finds no words of its neighbours; made when first asked for."""
        if language not in self._searches:
            joining = {id: one for id, one in self.lexicon.languages.items() if one.prefixes or one.loose_after}
            keys: dict[str, list[tuple[Term, Language | None]]] = {}
            for term in self.lexicon.terms:
                if self._may_stand(term, language):
                    keys.setdefault(term.key, []).append((term, joining.get(term.language)))
            self._searches[language] = Search(AhoCorasick(list(keys)), tuple(map(tuple, keys.values())))
        return self._searches[language]

    def _may_stand(self, term: Term, language: str) -> bool:
        """A term stands in texts of its own language and of every other script: acronyms travel, and feeds mix."""
        languages = self.lexicon.languages
        if term.language in ("any", language) or not language:
            return True
        return languages[term.language].script != languages[language].script

    def _decided(self, evidence: Evidence, passage: Passage) -> Tags:
        about, veto = evidence.reasons("about"), evidence.reasons("veto")
        if veto or not about:
            return Tags(matches=tuple(self._refused(evidence, passage, veto)))
        relevant = evidence.decide_relevant()
        matches = list(_matches(passage, "about_kashmir", "about_kashmir", about))
        matches += _matches(passage, "relevant", "relevant", relevant)
        masks = dict.fromkeys(DIMENSIONS, 0)
        for dimension in DIMENSIONS if relevant else ("naming", "actors"):
            for block, reasons in evidence.held(dimension):
                label = self._labels[block]
                masks[dimension] |= 1 << label.bit
                matches += _matches(passage, dimension, label.id, reasons)
        return Tags(about=True, relevant=bool(relevant), **masks, matches=tuple(matches))

    def _refused(self, evidence: Evidence, passage: Passage, veto: Reasons) -> Iterator[Match]:
        """Why an item is no article, and which names of Kashmir that took from it."""
        why = veto or self._traps(evidence)
        yield from _matches(passage, "about_kashmir", "veto", why)
        if why:
            vetoed = [(hit.term.rule, hit) for hit in outermost(evidence.named(ANCHORS))]
            yield from _matches(passage, "about_kashmir", "vetoed", vetoed)

    def _traps(self, evidence: Evidence) -> Reasons:
        """Why the names of Kashmir in a text did not count."""
        return [one for name in (*self.lexicon.blocks["core"].yields_to, LISTED) for one in evidence.reasons(name)]


def day_of(published: int | None) -> date:
    """The civil day, in UTC, of a time in UTC seconds; today for None."""
    return (datetime.now(UTC) if published is None else datetime.fromtimestamp(published, UTC)).date()


def _gate(lexicon: Lexicon) -> set[str]:
    """The blocks without which no item is about Kashmir: the first choice of each condition of `about`."""
    return {name for when in lexicon.blocks["about"].when for name in when.every[0]} - {LISTED} | {"core"}


def _named(outlet: str, evidence: Evidence, passage: Passage) -> list[Hit]:
    """The hits of `core` inside the outlet's own name."""
    name = folded(outlet)
    if not name or name not in passage.plain:
        return []
    starts = []
    place = passage.plain.find(name)
    while place >= 0:
        starts.append(place)
        place = passage.plain.find(name, place + 1)
    return [
        hit for hit in evidence.standing("core") if any(s <= hit.start and hit.end <= s + len(name) for s in starts)
    ]


def _matches(passage: Passage, dimension: str, tag: str, reasons: Reasons) -> Iterator[Match]:
    """One match a place and rule."""
    seen = set()
    for rule, hit in reasons:
        if (rule, hit.start, hit.end) not in seen:
            seen.add((rule, hit.start, hit.end))
            yield Match(dimension, tag, rule, *passage.quoted(hit))
