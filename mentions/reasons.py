"""Keeps the reasons of tags small: rule and place of each match, the words standing in the item itself."""

import json
from collections.abc import Iterable

from mentions.model import Match


def packed(matches: Iterable[Match]) -> str:
    """Matches as one line of JSON, without their words."""
    rows = [[one.dimension, one.tag, one.rule, one.field, one.start, one.end] for one in matches]
    return json.dumps(rows, ensure_ascii=False, separators=(",", ":"))


def unpacked(text: str, title: str, summary: str) -> tuple[Match, ...]:
    """The matches again, with the words of the title and summary they were found in."""
    given = {"title": title, "summary": summary}
    return tuple(
        Match(dimension, tag, rule, field, start, end, given[field][start:end])
        for dimension, tag, rule, field, start, end in json.loads(text)
    )
