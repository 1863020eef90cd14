"""The articles of a selection: a page of them, a sample drawn at random, and their files."""

import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd

from mentions import export, measures
from mentions.choices import DATED
from mentions.cube import Cube
from mentions.measures import MASKS
from mentions.model import LANGUAGES
from mentions.selection import Selection, to_query

ORDERS = {"newest": "Newest first", "oldest": "Oldest first", "story": "Largest story first"}
"""The orders in which articles can be listed."""

LIMIT = 50_000
"""So many articles are made into a file while a reader waits; more are had by the command line."""


@dataclass(frozen=True, slots=True)
class Sample:
    """`n` articles drawn with a `seed`: those with the least MD5 of "seed:seq", so that anybody can draw them again.

    A larger sample of the same seed holds the smaller one.
    """

    n: int
    seed: int


DRAWN = """
, drawn AS (SELECT * FROM chosen WHERE seq IN (
    SELECT seq FROM chosen ORDER BY md5($salt || CAST(seq AS VARCHAR)), seq LIMIT $n))
"""

ORDERED = {
    "newest": "SELECT seq, story FROM @pool ORDER BY published DESC, seq DESC",
    "oldest": "SELECT seq, story FROM @pool ORDER BY published, seq",
    "story": """SELECT p.seq, p.story FROM @pool p LEFT JOIN (
        SELECT story, count(*) AS n FROM article WHERE NOT lone AND ($seq = 0 OR seq <= $seq) GROUP BY story
    ) s USING (story) ORDER BY coalesce(s.n, 1) DESC, p.story DESC, p.published DESC, p.seq DESC""",
}

# The order is made of narrow rows; only those that are shown are looked up whole.
PAGE = """
, picked AS MATERIALIZED (@ordered LIMIT $most OFFSET $start), sizes AS (
    SELECT story, count(*) AS n FROM article WHERE story IN (SELECT story FROM picked) AND ($seq = 0 OR seq <= $seq)
    GROUP BY story
), shown AS (
    SELECT a.seq, a.published, CAST(a.dated_by AS VARCHAR) AS dated_by, o.name AS outlet,
        CAST(a.language AS VARCHAR) AS language, a.forums, a.topics, a.naming, a.actors, a.story, w.id AS wire, s.n AS in_story
    FROM article a JOIN outlet o ON o.number = a.outlet JOIN wire w ON w.number = a.wire JOIN sizes s ON s.story = a.story
    WHERE a.seq IN (SELECT seq FROM picked)
)
SELECT * FROM shown p ORDER BY @last
"""

LAST = {
    "newest": "published DESC, seq DESC",
    "oldest": "published, seq",
    "story": "in_story DESC, story DESC, published DESC, seq DESC",
}


def listed(
    cube: Cube, chosen: Selection, order: str, start: int = 0, most: int = 50, sample: Sample | None = None
) -> pd.DataFrame:
    """Some of the articles of a selection, or of a sample of it, from the place `start` (0 is the first) of an order.

    Columns: seq, published (in the chosen zone), title, link (None unless http or https), outlet, language, forums, topics,
    naming and actors (lists of labels), wire, in_story (how many articles its story has, itself counted), story, dated_by.
    """
    query = PAGE.replace("@ordered", ORDERED[order]).replace("@last", LAST[order])
    query = query.replace("@pool", "drawn" if sample else "chosen")
    rows = measures.ask(cube, (DRAWN if sample else "") + query, chosen, start=start, most=most, **salted(sample))
    texts = cube.store.texts([int(seq) for seq in rows["seq"]])
    rows["published"] = pd.to_datetime(rows["published"], unit="s", utc=True).dt.tz_convert(chosen.tz)
    rows["title"] = [texts[int(seq)]["title"] for seq in rows["seq"]]
    rows["link"] = [safe_link(texts[int(seq)]["link"]) for seq in rows["seq"]]
    for column in MASKS.values():
        labels = getattr(cube.lexicon, column)
        rows[column] = [[one.label for one in labels if int(mask) >> one.bit & 1] for mask in rows[column]]
    rows["language"] = [LANGUAGES.get(one, one) for one in rows["language"]]
    rows["dated_by"] = [DATED[one].partition(":")[0] for one in rows["dated_by"]]
    rows["wire"] = rows["wire"].str.upper()
    return rows


def salted(sample: Sample | None) -> dict[str, Any]:
    """The parameters by which a sample is drawn."""
    return {"salt": f"{sample.seed}:", "n": sample.n} if sample else {}


def safe_link(link: str) -> str | None:
    """A link that may be followed, None for one that leads elsewhere than to the web."""
    return link if link.lower().startswith(("http://", "https://")) else None


def tables(cube: Cube, chosen: Selection, sample: Sample | None) -> Iterator[pd.DataFrame]:
    """The articles of a selection, or of a sample of it, as the command line exports them; at least one table."""
    if sample is None:
        yield from export.tables(cube, chosen, export.ARTICLES)
        return
    query = DRAWN + export.SEQS.replace("FROM chosen", "FROM drawn")
    found = measures.ask(cube, query, chosen, **salted(sample))
    for start in range(0, max(len(found), 1), export.CHUNK):
        yield export.with_texts(cube, found.iloc[start : start + export.CHUNK])


def file(cube: Cube, chosen: Selection, ending: str, sample: Sample | None = None) -> bytes:
    """The articles of a selection, or of a sample of it, as a csv (safe for spreadsheets), parquet or jsonl file."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"articles.{ending}"
        writer = export.writer_of(path, path, raw=False)
        for table in tables(cube, chosen, sample):
            writer.write(table)
        writer.close()
        return path.read_bytes()


def about(cube: Cube, chosen: Selection, name: str, rows: int, sample: Sample | None = None) -> dict[str, Any]:
    """What such a file is, as the sidecar of an export says it; of a sample also how it was drawn."""
    told = export.sidecar(cube, chosen, export.ARTICLES, name, rows, raw=False)
    if sample:
        told["sample"] = {"n": sample.n, "seed": sample.seed, "rule": "the least md5(seed:seq) of the selection"}
    return told


OF_FIGURES = ("by", "grain", "measure", "unit")
"""What a selection says of figures only."""


def command(chosen: Selection, snapshot: str, name: str = "articles.csv") -> str:
    """The command line that exports all articles of a selection as they are in a snapshot."""
    query = to_query(chosen, Selection(chosen.since, chosen.until)) | {"snapshot": [snapshot]}
    options = [
        f"--{key}={shlex.quote(one)}" for key, values in query.items() if key not in OF_FIGURES for one in values
    ]
    return " ".join([".venv/bin/python -m collectors export", name, *options])
