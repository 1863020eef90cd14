"""Which names of Kashmir say nothing of Kashmir: those that stand only in a bare list of places (codebook, ruling 7)."""

import re
from itertools import pairwise

from mentions.evidence import Evidence
from mentions.lexicon import Lexicon
from mentions.passage import Hit, Passage
from mentions.text import MARKS

TOKEN = re.compile(rf"[\w{MARKS}]+|[^\w\s{MARKS}]|\n")
GAP = 4  # between two names of a list stand a comma, a joining word, a title or two: no more tokens


class Lists:
    """Finds lists of places by the words of the lexicon that join names, span from one to another, or give examples."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._ranges = _keys(lexicon, "ranges")
        self._joiners = _keys(lexicon, "joiners") | self._ranges

    def bare(self, evidence: Evidence, passage: Passage) -> list[Hit]:
        """The places that are only one name of a list: of three or more, from one to another, or an example."""
        names = outermost(evidence.standing("core") + evidence.standing("places"))
        return [hit for run in self._runs(names, passage) if self._is_bare(run, evidence, passage) for hit in run]

    def _runs(self, names: list[Hit], passage: Passage) -> list[list[Hit]]:
        """Names with nothing but joiners between them, together."""
        runs: list[list[Hit]] = [[name] for name in names[:1]]
        for one, other in pairwise(names):
            gap = _gap(passage, one, other)
            if 0 < len(gap) <= GAP and self._joiners.issuperset(gap):
                runs[-1].append(other)
            else:
                runs.append([other])
        return runs

    def _is_bare(self, run: list[Hit], evidence: Evidence, passage: Passage) -> bool:
        elsewhere = any(hit.term.block == "places" for hit in run)
        if elsewhere and len(run) >= 3:
            return True
        if elsewhere and any(self._ranges.intersection(_gap(passage, one, other)) for one, other in pairwise(run)):
            return True
        before = {hit.end + 1 for hit in evidence.hits("examples_follow")}
        after = {hit.start - 1 for hit in evidence.hits("examples_end")}
        return run[0].start in before or run[-1].end in after


def outermost(hits: list[Hit]) -> list[Hit]:
    """In order of place, without hits that lie inside another."""
    kept: list[Hit] = []
    for hit in sorted(hits, key=lambda hit: (hit.start, -hit.end)):
        if not kept or not hit.meets(kept[-1]):
            kept.append(hit)
    return kept


def _gap(passage: Passage, one: Hit, other: Hit) -> list[str]:
    return TOKEN.findall(passage.plain[one.end : other.start])


def _keys(lexicon: Lexicon, block: str) -> frozenset[str]:
    return frozenset(term.key for term in lexicon.terms if term.block == block)
