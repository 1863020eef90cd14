"""One article: its words with what matched in them, where it was seen, how it was edited, and its copies."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from html import escape
from itertools import pairwise
from typing import NamedTuple

import pandas as pd

from mentions.cube import Cube
from mentions.lexicon import Lexicon
from mentions.listing import safe_link
from mentions.measures import MASKS
from mentions.model import Match
from mentions.selection import ZONES, Selection
from mentions.snapshot import seq_of

RIGHT_TO_LEFT = ("ur", "ar", "fa")

COPIES = 200
"""So many copies of a text are listed."""

ONE = """
SELECT a.seq, a.published, CAST(a.dated_by AS VARCHAR) AS dated_by, o.name AS outlet, o.country,
    CAST(a.language AS VARCHAR) AS language, a.story, w.id AS wire
FROM article a JOIN outlet o ON o.number = a.outlet JOIN wire w ON w.number = a.wire WHERE a.seq = $wanted
"""

STORY = """
SELECT a.seq, a.published, o.name AS outlet, w.id AS wire
FROM article a JOIN outlet o ON o.number = a.outlet JOIN wire w ON w.number = a.wire
WHERE a.story = $story AND ($seq = 0 OR a.seq <= $seq) ORDER BY a.published, a.seq LIMIT $most
"""


@dataclass(frozen=True, slots=True)
class Article:
    """All that is kept of one article; times are UTC seconds, `link` is None where it may not be followed."""

    seq: int
    outlet: str
    country: str
    language: str
    title: str
    summary: str
    link: str | None
    published: int
    dated_by: str
    stated: str
    seen: int
    story: int
    wire: str
    matches: tuple[Match, ...]
    sightings: tuple[tuple[str, int, int], ...]
    wordings: tuple[tuple[str, str, int, int], ...]


def article(cube: Cube, seq: int) -> Article | None:
    """An article by its seq; None where the data has none of that number (any more)."""
    rows = cube.ask(ONE, {"wanted": seq})
    if rows.empty:
        return None
    row, store = rows.iloc[0], cube.store
    text = store.texts([seq])[seq]
    return Article(
        seq,
        str(row["outlet"]),
        str(row["country"]),
        str(row["language"]),
        text["title"],
        text["summary"],
        safe_link(text["link"]),
        int(row["published"]),
        str(row["dated_by"]),
        text["stated"],
        int(text["seen"]),
        int(row["story"]),
        str(row["wire"]),
        store.matches([seq]).get(seq, ()),
        tuple(store.sightings(seq)),
        tuple(store.wordings(seq)),
    )


def copies(cube: Cube, chosen: Selection, one: Article) -> pd.DataFrame:
    """The articles of the same story as a snapshot has them, the earliest first, this one among them, at most COPIES:
    seq, published (in the chosen zone), outlet, title, link, wire, found (why it is held to be a copy)."""
    values = {"story": one.story, "seq": seq_of(chosen.snapshot, cube.state), "most": COPIES}
    rows = cube.ask(STORY, values)
    seqs = [int(seq) for seq in rows["seq"]]
    texts, links = cube.store.texts(seqs), cube.store.copied(seqs)
    return rows.assign(
        published=pd.to_datetime(rows["published"], unit="s", utc=True).dt.tz_convert(chosen.tz),
        title=[texts[seq]["title"] for seq in seqs],
        link=pd.Series([safe_link(texts[seq]["link"]) for seq in seqs], dtype=object),
        wire=rows["wire"].str.upper(),
        found=[found_as(links.get(seq)) for seq in seqs],
    )


def found_as(link: tuple[int, str, float] | None) -> str:
    """Why an article is held to be a copy, in words; one that was there first copies none."""
    if link is None:
        return "first of the story"
    _, rule, likeness = link
    return f"{rule}, likeness {likeness:.2f}" if rule == "same text" else rule


class Piece(NamedTuple):
    """A part of a text, and the matches that all of it lies in."""

    text: str
    matches: tuple[Match, ...]


def pieces(text: str, matches: Iterable[Match]) -> list[Piece]:
    """A text cut wherever a match starts or ends, so that overlapping ones need not nest; together they are the text.

    A match that ends outside the text is cut there.
    """
    within = [one for one in matches if 0 <= one.start < min(one.end, len(text))]
    cuts = sorted({0, len(text), *(one.start for one in within), *(min(one.end, len(text)) for one in within)})
    return [
        Piece(text[start:end], tuple(one for one in within if one.start <= start and end <= one.end))
        for start, end in pairwise(cuts)
    ]


NAMES = {
    "about_kashmir": "About Kashmir",
    "relevant": "Relevant",
    "forums": "Forum",
    "topics": "Topic",
    "naming": "Naming form",
    "actors": "Actor",
}
"""What the dimensions of matches are called."""


def tag_in_words(lexicon: Lexicon, match: Match) -> str:
    """What a match gave: "Forum: UN Security Council"; of the two flags their name alone."""
    name = NAMES.get(match.dimension, match.dimension)
    if match.dimension not in MASKS.values():
        return name
    labels = {one.id: one.label for one in getattr(lexicon, match.dimension)}
    return f"{name}: {labels.get(match.tag, match.tag)}"


MARK = "background:rgba(255,190,0,.28);color:inherit;border-bottom:2px solid currentColor"
"""How a match stands out: by a line too, and readable on light and dark ground alike."""


def marked(lexicon: Lexicon, text: str, matches: Iterable[Match]) -> str:
    """A text as HTML, its matches marked, each with its tags and rules as a title; all else in it is plain text."""
    parts = []
    for piece in pieces(text, matches):
        plain = escape(piece.text)
        if piece.matches:
            why = dict.fromkeys(f"{tag_in_words(lexicon, one)} (rule {one.rule})" for one in piece.matches)
            plain = f'<mark style="{MARK}" title="{escape("; ".join(why))}">{plain}</mark>'
        parts.append(plain)
    return "".join(parts)


def html(lexicon: Lexicon, one: Article) -> str:
    """Title and summary of an article as HTML, in its language and its direction, in the reader's own fonts."""
    way = "rtl" if one.language in RIGHT_TO_LEFT else "auto"
    height = 2.1 if one.language == "ur" else 1.6  # Nastaliq hangs far below its line
    title, summary = (
        marked(lexicon, text, [match for match in one.matches if match.field == field])
        for field, text in (("title", one.title), ("summary", one.summary))
    )
    style = f"font-family:system-ui,sans-serif;line-height:{height};overflow-wrap:anywhere"
    return (
        f'<div dir="{way}" lang="{escape(one.language)}" style="{style}">'
        f'<p dir="{way}" style="font-size:1.25rem;font-weight:600;margin:0 0 .5rem">{title}</p>'
        + (f'<p dir="{way}" style="margin:0;white-space:pre-line">{summary}</p>' if summary else "")
        + "</div>"
    )


class Reason(NamedTuple):
    """Why an article bears a tag by a rule: the words that matched, each way they are written once, and where."""

    tag: str
    rule: str
    words: tuple[tuple[str, str], ...]


def reasons(lexicon: Lexicon, matches: Sequence[Match]) -> list[Reason]:
    """Why an article bears its tags, one a tag and rule, in the order in which they were found."""
    found: dict[tuple[str, str], dict[str, list[str]]] = {}
    for one in matches:
        words = found.setdefault((tag_in_words(lexicon, one), one.rule), {})
        words.setdefault(one.text, []).append(one.field)
    return [
        Reason(tag, rule, tuple((text, " and ".join(dict.fromkeys(fields))) for text, fields in words.items()))
        for (tag, rule), words in found.items()
    ]


CELL = "text-align:start;vertical-align:top;padding:.35rem .5rem;border-bottom:1px solid rgba(128,128,128,.35)"


def reasons_table(lexicon: Lexicon, matches: Sequence[Match]) -> str:
    """Why an article bears its tags as an HTML table that fits a narrow screen: rules break at their dots."""
    head = "".join(f'<th scope="col" style="{CELL}">{name}</th>' for name in ("Tag", "Words that matched", "Rule"))
    rows = "".join(
        f'<tr><td style="{CELL}">{escape(one.tag)}</td>'
        f'<td style="{CELL}">{"<br>".join(f"<bdi>{escape(text)}</bdi> ({where})" for text, where in one.words)}</td>'
        f'<td style="{CELL}">{breaking(one.rule)}</td></tr>'
        for one in reasons(lexicon, matches)
    )
    return (
        '<table style="width:100%;border-collapse:collapse;font-size:.875rem;overflow-wrap:anywhere"'
        f' aria-label="Tags of the article with words and rules"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>'
    )


def breaking(rule: str) -> str:
    """The name of a rule as HTML that may break after its dots and joints, and is copied as it is."""
    return escape(rule).replace(".", ".<wbr>").replace("_", "_<wbr>")


def moment(at: int, tz: str) -> str:
    """A UTC second in a zone: "2026-11-24 10:00"; "unknown" for 0."""
    zone = timezone(timedelta(seconds=ZONES[tz]))
    return f"{datetime.fromtimestamp(at, zone):%Y-%m-%d %H:%M}" if at else "unknown"
