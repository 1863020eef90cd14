"""Articles and the numbers of every chart as files, complete, each with a sidecar that says what they are."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from mentions import measures, methods, observation, snapshot
from mentions.cube import Cube
from mentions.measures import MASKS
from mentions.selection import Selection, to_query
from mentions.tables import defused

GAP_COLUMNS = ["outlet", "feed", "start", "stop", "why"]
CHUNK = 5_000  # articles whose texts are read at a time

SEQS = """
SELECT x.seq, x.published, CAST(x.dated_by AS VARCHAR) AS dated_by, DATE '1970-01-01' + CAST(x.day AS INTEGER) AS day,
    o.id AS outlet, o.name AS outlet_name, o.country, o."group", CAST(x.language AS VARCHAR) AS language, x.relevant,
    x.forums, x.topics, x.naming, x.actors, x.story, w.id AS wire
FROM chosen x JOIN outlet o ON o.number = x.outlet JOIN wire w ON w.number = x.wire ORDER BY x.published, x.seq
"""

NUMBERS: dict[str, Callable[[Cube, Selection], pd.DataFrame]] = {
    "volume": measures.volume,
    "volume-by": measures.volume_by,
    "days": measures.daily,
    "outlets": measures.ranked_outlets,
    "forums": lambda cube, chosen: measures.ranked(cube, chosen, "forum"),
    "topics": lambda cube, chosen: measures.ranked(cube, chosen, "topic"),
    "naming": lambda cube, chosen: measures.ranked(cube, chosen, "naming"),
    "actors": lambda cube, chosen: measures.ranked(cube, chosen, "actor"),
    "forum-topic": lambda cube, chosen: measures.pairs(cube, chosen, "forum", "topic"),
    "outlet-topic": lambda cube, chosen: measures.tags_by(cube, chosen, "outlet", "topic"),
    "naming-outlet": lambda cube, chosen: measures.tags_by(cube, chosen, "outlet", "naming"),
    "naming-country": lambda cube, chosen: measures.tags_by(cube, chosen, "country", "naming"),
    "naming-group": lambda cube, chosen: measures.tags_by(cube, chosen, "group", "naming"),
    "co-mention": lambda cube, chosen: measures.pairs(cube, chosen, "actor", "actor"),
    "first-movers": measures.first_movers,
    "observed": observation.observed,
    "gaps": lambda cube, chosen: pd.DataFrame(methods.gap_rows(cube, chosen), columns=GAP_COLUMNS),
}
"""The tables of numbers, by the name to ask for each."""

ARTICLES = "articles"


class Writer(Protocol):
    """Takes tables one after the other."""

    def write(self, rows: pd.DataFrame) -> None:
        """Add rows."""
        ...

    def close(self) -> None:
        """End the file."""
        ...


def export(cube: Cube, chosen: Selection, what: str, path: Path, raw: bool, step: Callable[[int], None]) -> int:
    """Write articles or numbers to a .csv, .parquet or .jsonl file, and beside it its sidecar; how many rows it has.

    The file appears when it is whole. CSV is safe to open in a spreadsheet unless `raw`. Raises ValueError for another
    ending, OSError where it cannot be written.
    """
    part = path.with_name(f".{path.name}.part")
    writer = writer_of(path, part, raw)
    rows = 0
    try:
        for table in tables(cube, chosen, what):
            writer.write(table)
            rows += len(table)
            step(len(table))
        writer.close()
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    about = sidecar(cube, chosen, what, path.name, rows, raw)
    sidecar_of(path).write_text(json.dumps(about, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    return rows


def sidecar_of(path: Path) -> Path:
    """The file beside an export that says what it is."""
    return path.with_name(f"{path.name}.about.json")


def tables(cube: Cube, chosen: Selection, what: str) -> Iterator[pd.DataFrame]:
    """The rows of an export in tables; at least one, so that its columns are known."""
    if what != ARTICLES:
        yield NUMBERS[what](cube, chosen)
        return
    found = measures.ask(cube, SEQS, chosen)
    for start in range(0, max(len(found), 1), CHUNK):
        yield with_texts(cube, found.iloc[start : start + CHUNK])


def with_texts(cube: Cube, rows: pd.DataFrame) -> pd.DataFrame:
    """Articles with their texts, times as ISO 8601 in UTC, and tags as lists of ids."""
    texts = cube.store.texts([int(seq) for seq in rows["seq"]])
    found = [texts[int(seq)] for seq in rows["seq"]]
    rows = rows.assign(
        published=pd.Series([methods.stamp(one) for one in rows["published"]], index=rows.index, dtype=object),
        day=pd.to_datetime(rows["day"]).dt.strftime("%Y-%m-%d"),
        **{name: pd.Series([one[name] for one in found], index=rows.index, dtype=object) for name in TEXTS},
        seen=pd.Series([methods.stamp(one["seen"]) for one in found], index=rows.index, dtype=object),
    )
    for column in MASKS.values():
        labels = getattr(cube.lexicon, column)
        ids = [[one.id for one in labels if int(mask) >> one.bit & 1] for mask in rows[column]]
        rows[column] = pd.Series(ids, index=rows.index, dtype=object)
    return rows[list(COLUMNS)]


TEXTS = ("title", "summary", "link", "stated")
COLUMNS = (
    *("seq", "published", "day", "dated_by", "stated", "seen", "outlet", "outlet_name", "country", "group", "language"),
    *("title", "summary", "link", "relevant", "forums", "topics", "naming", "actors", "story", "wire"),
)
"""The columns of exported articles."""


def sidecar(cube: Cube, chosen: Selection, what: str, name: str, rows: int, raw: bool) -> dict[str, Any]:
    """What an export is: filters, snapshot, denominators, gaps, the methods paragraph and a citation."""
    now = datetime.now(UTC)
    return {
        "file": name,
        "rows": rows,
        "what": what,
        "spreadsheet_safe": name.endswith(".csv") and not raw,
        "made": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "invented": cube.store.kind == "demo",
        "selection": to_query(chosen, Selection(chosen.since, chosen.until, scope="")),
        "days_in": chosen.tz,
        "snapshot": snapshot.text_of(cube.state, snapshot.seq_of(chosen.snapshot, cube.state)),
        "denominators": methods.denominators(cube, chosen),
        "gaps": methods.gap_rows(cube, chosen),
        "methods": methods.paragraph(cube, chosen),
        "citation": methods.citation(cube, chosen, now.timestamp()),
    }


def writer_of(path: Path, part: Path, raw: bool) -> Writer:
    """What writes a file by its ending; raises ValueError for one that is not known."""
    match path.suffix.lower():
        case ".csv":
            return Csv(part, raw)
        case ".jsonl":
            return JsonLines(part)
        case ".parquet":
            return Parquet(part)
    raise ValueError(f"{path}: give a name that ends in .csv, .parquet or .jsonl")


class Csv:
    """UTF-8 with a byte order mark; lists are joined by "; "."""

    def __init__(self, path: Path, raw: bool) -> None:
        self.file = path.open("w", encoding="utf-8-sig", newline="")
        self.raw = raw
        self.begun = False

    def write(self, rows: pd.DataFrame) -> None:
        """Add rows, below the names of the columns."""
        texts = [str(name) for name in rows if not pd.api.types.is_numeric_dtype(rows[name])]
        cell = joined if self.raw else defused
        rows.assign(**{name: rows[name].map(cell) for name in texts}).to_csv(
            self.file, index=False, header=not self.begun
        )
        self.begun = True

    def close(self) -> None:
        """End the file."""
        self.file.close()


class JsonLines:
    """One object a line; dates as ISO 8601, missing numbers as null."""

    def __init__(self, path: Path) -> None:
        self.file = path.open("w", encoding="utf-8")

    def write(self, rows: pd.DataFrame) -> None:
        """Add rows."""
        if len(rows):
            self.file.write(rows.to_json(orient="records", lines=True, force_ascii=False, date_format="iso"))

    def close(self) -> None:
        """End the file."""
        self.file.close()


class Parquet:
    """Columns with their types; lists stay lists."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.writer: pq.ParquetWriter | None = None

    def write(self, rows: pd.DataFrame) -> None:
        """Add rows; the first ones set the types."""
        schema = self.writer.schema if self.writer else None
        table = pa.Table.from_pandas(typed(rows), schema=schema, preserve_index=False)
        if self.writer is None:
            self.writer = pq.ParquetWriter(self.path, table.schema)
        self.writer.write_table(table)

    def close(self) -> None:
        """End the file."""
        if self.writer:
            self.writer.close()


def typed(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows with types that do not hang on which values happen to be there."""
    lists = {name: pd.ArrowDtype(pa.list_(pa.string())) for name in MASKS.values() if name in rows and "title" in rows}
    texts = {name: pd.ArrowDtype(pa.string()) for name in rows if rows[name].dtype == object and name not in lists}
    return rows.astype({**lists, **texts})


def joined(value: object) -> object:
    """A list as one text."""
    return "; ".join(map(str, value)) if isinstance(value, list) else value
