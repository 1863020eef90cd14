"""Which names of Kashmir count: a name inside another name, or one of a bare list of places, says nothing of Kashmir."""

import re
from itertools import pairwise

from mentions.evidence import Evidence
from mentions.passage import Hit, Passage

TOKEN = re.compile(r"\w+|[^\w\s]|\n")
GAP = 4  # a joiner is a comma, a word, or both: no more tokens stand between two names of a list


def bare_lists(evidence: Evidence, passage: Passage) -> list[Hit]:
    """The names that stand only in a list: of three places or more, from one place to another, or
    given as an example (codebook, ruling 7)."""
    names = _outermost(evidence.standing("core") + evidence.standing("places"))
    runs = _runs(names, evidence, passage)
    return [hit for run in runs if _is_bare(run, evidence, passage) for hit in run]


def _outermost(hits: list[Hit]) -> list[Hit]:
    """In order of place, without hits that lie inside another."""
    kept: list[Hit] = []
    for hit in sorted(hits, key=lambda hit: (hit.start, -hit.end)):
        if not kept or not hit.meets(kept[-1]):
            kept.append(hit)
    return kept


def _runs(names: list[Hit], evidence: Evidence, passage: Passage) -> list[list[Hit]]:
    """Names with nothing but joiners between them, together."""
    joiners = _words(evidence, passage, "joiners") | _words(evidence, passage, "ranges")
    runs: list[list[Hit]] = [[name] for name in names[:1]]
    for one, other in pairwise(names):
        gap = _gap(passage, one, other)
        if 0 < len(gap) <= GAP and joiners.issuperset(gap):
            runs[-1].append(other)
        else:
            runs.append([other])
    return runs


def _is_bare(run: list[Hit], evidence: Evidence, passage: Passage) -> bool:
    if len(run) >= 3:
        return True
    ranges = _words(evidence, passage, "ranges")
    if any(ranges.intersection(_gap(passage, one, other)) for one, other in pairwise(run)):
        return True
    before = {hit.end + 1 for hit in evidence.hits("examples_follow")}
    after = {hit.start - 1 for hit in evidence.hits("examples_end")}
    return run[0].start in before or run[-1].end in after


def _gap(passage: Passage, one: Hit, other: Hit) -> list[str]:
    return TOKEN.findall(passage.plain[one.end : other.start])


def _words(evidence: Evidence, passage: Passage, name: str) -> set[str]:
    """The words of this passage that a list of the lexicon names."""
    return {passage.plain[hit.start : hit.end] for hit in evidence.hits(name)}
