"""What coders say of the items of a sample, kept in a plain file beside the store, one answer a line."""

import csv
import io
import json
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd
from filelock import FileLock, Timeout

from mentions import samples
from mentions.samples import SETS, Sample
from mentions.tables import safe_csv

YES, NO, UNSURE = "yes", "no", "cannot tell"
ANSWERS = (YES, NO, UNSURE)
NAME, NOTE = 40, 500
"""The most characters of a coder's name and of a note."""

MOST_SAMPLES = 100
MOST_BYTES = 20_000_000
"""Limits of what is kept beside a store, so that nobody can fill the disk through the page."""

MOST_IMPORTED = 5_000_000
COLUMNS = ("sample", "seq", "coder", "at", "about", "relevant", *SETS, "note")
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", re.ASCII)


class CodingError(Exception):
    """Codings cannot be kept or read; the message says which and why."""


@dataclass(frozen=True, slots=True)
class Code:
    """One coder's answer on one item; `at` is ISO 8601 in UTC. Tags stand only where the codebook asks for them."""

    sample: str
    seq: int
    coder: str
    at: str
    about: str
    relevant: str
    forums: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    naming: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True)
class Book:
    """A sample with the newest answer of each coder on each item, and how many lines of its file cannot be read."""

    sample: Sample
    codes: Mapping[tuple[str, int], Code]
    damaged: int = 0

    @cached_property
    def coders(self) -> list[str]:
        """The coders in the order in which they began."""
        return list(dict.fromkeys(coder for coder, _ in self.codes))

    def by(self, coder: str) -> dict[int, Code]:
        """What one coder said, by item."""
        return {seq: code for (name, seq), code in self.codes.items() if name == coder}


def cleaned(text: object, most: int) -> str:
    """A text on one line, without what cannot be seen, and not beginning with the apostrophe that disarms formulas."""
    plain = "".join(sign if sign.isprintable() else " " for sign in str(text))
    return " ".join(plain.split()).lstrip("' ")[:most].rstrip()


def answer(sample: Sample, seq: int, coder: str, now: float, said: Mapping[str, Any]) -> Code:
    """What was said as a code: questions that do not apply by the codebook are taken as not asked.

    Raises CodingError where a question that does apply has no answer.
    """
    about = said.get("about")
    relevant = said.get("relevant") if about == YES else about
    if about not in ANSWERS:
        raise CodingError("Say first whether the item is about Kashmir.")
    if relevant not in ANSWERS:
        raise CodingError("Say whether the item is relevant.")
    name = cleaned(coder, NAME)
    if not name:
        raise CodingError("Type the coder's name first.")
    applies = {"forums": relevant == YES, "topics": relevant == YES, "naming": about == YES}
    tags = {one: tuple(said.get(one) or ()) if applies[one] else () for one in SETS}
    at = datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return code_of(
        {"sample": sample.id, "seq": seq, "coder": name, "at": at, "about": about, "relevant": relevant}
        | {**tags, "note": cleaned(said.get("note") or "", NOTE)},
        sample,
        frozenset(sample.seqs),
    )


def code_of(row: Mapping[str, Any], sample: Sample, seqs: frozenset[int]) -> Code:
    """The code of a row of an export or of our own file; raises CodingError where it does not belong to the sample."""
    if row.get("sample") != sample.id:
        raise CodingError(f"is of sample {row.get('sample')!r:.40}, not of {sample.id}")
    seq = row.get("seq")
    if type(seq) is not int or seq not in seqs:  # bool is a kind of int
        raise CodingError(f"item {seq!r:.40} is not in the sample")
    coder, note = cleaned(row.get("coder") or "", NAME), cleaned(row.get("note") or "", NOTE)
    if not coder:
        raise CodingError("has no coder")
    if not is_instant(row.get("at")):
        raise CodingError(f"at {row.get('at')!r:.40} is no time like 2026-11-24T09:30:00Z")
    about, relevant = row.get("about"), row.get("relevant")
    if about not in ANSWERS or relevant not in ANSWERS:
        raise CodingError(f"about and relevant must each be one of: {', '.join(ANSWERS)}")
    if about != YES and relevant != about:
        raise CodingError(f"about is {about}, so relevant must be too")
    tags = {name: known_tags(row.get(name) or [], name, sample) for name in SETS}
    if relevant != YES and tags["forums"] + tags["topics"] or about != YES and tags["naming"]:
        raise CodingError("has forums or topics but is not relevant, or naming forms but is not about Kashmir")
    return Code(sample.id, seq, coder, str(row["at"]), about, relevant, **tags, note=note)


def is_instant(text: object) -> bool:
    """Whether a text is a time as we write it."""
    if not isinstance(text, str) or not INSTANT.fullmatch(text):
        return False
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def known_tags(given: Any, name: str, sample: Sample) -> tuple[str, ...]:
    """The tags given, in the order of the sample's; raises CodingError for one that cannot be coded."""
    if not isinstance(given, list | tuple) or not all(one in sample.ids[name] for one in given):
        raise CodingError(f"{name} {given!r:.60} names what cannot be coded there")
    return tuple(one for one in sample.ids[name] if one in given)


def folder(store: Path) -> Path:
    """Where the codings of a store are."""
    return store.with_suffix(".codings")


def unwritable(store: Path) -> str:
    """Why no codings can be kept beside a store, in words; "" where they can."""
    place = folder(store)
    where = place if place.exists() else place.parent
    if not where.is_dir():
        return f"{where} is not a folder"
    return "" if os.access(where, os.W_OK) else f"the folder {where} cannot be written by this user"


def file_of(store: Path, sample: str) -> Path:
    """The file of a sample."""
    return folder(store) / f"{sample}.jsonl"


def begin(store: Path, sample: Sample) -> bool:
    """Make the file of a sample; False where it was drawn before, and stays as it is. Raises CodingError."""
    path = file_of(store, sample.id)
    if path.exists():
        return False
    if len(paths(store)) >= MOST_SAMPLES:
        raise CodingError(f"There are {MOST_SAMPLES} samples in {folder(store)}; move old files away first.")
    appended(path, samples.to_json(sample) + "\n", new=True)
    return True


def keep(store: Path, codes: Sequence[Code]) -> None:
    """Append answers of one sample; when this returns they are on the disk. Raises CodingError."""
    if codes:
        appended(file_of(store, codes[0].sample), "".join(map(line_of, codes)))


def appended(path: Path, text: str, new: bool = False) -> None:
    """Append to a file, one process at a time; a line that a crash cut short is ended first."""
    try:
        path.parent.mkdir(exist_ok=True)
        with FileLock(f"{path}.lock", timeout=10), path.open("ab+") as file:
            size = file.seek(0, os.SEEK_END)
            if new and size:
                return  # another browser drew the same sample meanwhile
            if size + len(text) > MOST_BYTES:
                raise CodingError(f"{path} would grow over {MOST_BYTES:,} bytes; draw a new sample.")
            if size and (file.seek(-1, os.SEEK_END), file.read())[1] != b"\n":
                text = f"\n{text}"
            file.write(text.encode("utf-8", "replace"))
            file.flush()
            os.fsync(file.fileno())
    except Timeout as error:
        raise CodingError(f"{path} is held by another program; try again.") from error
    except OSError as error:
        raise CodingError(f"{path} cannot be written: {error.strerror or error}.") from error


def line_of(code: Code) -> str:
    """A code as a line of JSON."""
    return json.dumps(asdict(code), ensure_ascii=False) + "\n"


def paths(store: Path) -> list[Path]:
    """The files of all samples."""
    return sorted(folder(store).glob("*.jsonl"))


def stamp(store: Path) -> tuple[tuple[str, int, int], ...]:
    """What changes whenever a sample is drawn or an answer kept."""
    known = [(path, path.stat()) for path in paths(store)]
    return tuple((path.name, one.st_mtime_ns, one.st_size) for path, one in known)


def read(path: Path) -> Book:
    """The sample and codes of a file; raises CodingError where it holds no sample."""
    try:
        first, *lines = path.read_text(encoding="utf-8", errors="replace").split("\n")
        sample = samples.from_json(first)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise CodingError(f"{path} holds no sample: {error}") from error
    codes: dict[tuple[str, int], Code] = {}
    damaged = 0
    seqs = frozenset(sample.seqs)
    for number, line in enumerate(lines, 1):
        try:
            code = code_of(json.loads(line), sample, seqs)
        except (CodingError, ValueError, AttributeError, RecursionError):
            damaged += bool(line) and number < len(lines)  # the last one may be half-way in being written
        else:
            codes[code.coder, code.seq] = code
    return Book(sample, codes, damaged)


def books(store: Path) -> tuple[list[Book], list[str]]:
    """All samples of a store with their codes, the newest drawn first, and what is wrong with files that hold none."""
    found, faults = [], []
    for path in paths(store):
        try:
            found.append(read(path))
        except CodingError as error:
            faults.append(str(error))
    return sorted(found, key=lambda book: -book.sample.made), faults


def as_json_lines(codes: Iterable[Code]) -> bytes:
    """Codes as JSON, one a line."""
    return "".join(map(line_of, codes)).encode("utf-8", "replace")


def as_csv(codes: Iterable[Code]) -> bytes:
    """Codes as CSV that is safe to open in a spreadsheet; tags are joined by "; "."""
    rows = [asdict(code) | {name: "; ".join(getattr(code, name)) for name in SETS} for code in codes]
    return safe_csv(pd.DataFrame(rows, columns=list(COLUMNS)))


def imported(data: bytes, csv_file: bool, sample: Sample) -> list[Code]:
    """The codes of an export; raises CodingError that names the lines which do not belong to the sample."""
    if len(data) > MOST_IMPORTED:
        raise CodingError(f"The file has more than {MOST_IMPORTED:,} bytes.")
    codes: dict[tuple[str, int], tuple[int, Code]] = {}
    faults: list[str] = []
    seqs = frozenset(sample.seqs)
    for number, raw in numbered(data, csv_file):
        try:
            code = code_of(as_row(raw, csv_file), sample, seqs)
            if (code.coder, code.seq) in codes:
                raise CodingError(f"codes the same item as line {codes[code.coder, code.seq][0]}")
            codes[code.coder, code.seq] = number, code
        except (CodingError, ValueError, AttributeError, RecursionError) as error:
            faults.append(f"line {number}: {error if isinstance(error, CodingError) else 'is no answer of an export'}")
    if faults:
        more = f"; and {len(faults) - 5:,} lines more" if len(faults) > 5 else ""
        raise CodingError(f"Nothing was taken over. {'; '.join(faults[:5])}{more}.")
    if not codes:
        raise CodingError("The file holds no answers.")
    return [code for _, code in codes.values()]


def numbered(data: bytes, csv_file: bool) -> list[tuple[int, Any]]:
    """The rows of a file with the number of each line; raises CodingError for a file that is none."""
    try:
        text = data.decode("utf-8-sig")
        if not csv_file:
            return [(number, line) for number, line in enumerate(text.split("\n"), 1) if line.strip()]
        reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
        if missing := set(COLUMNS) - set(reader.fieldnames or ()):
            raise CodingError(f"The first line does not name the columns {', '.join(sorted(missing))}.")
        return [(reader.line_num, row) for row in reader]
    except (UnicodeDecodeError, csv.Error) as error:
        raise CodingError(f"The file cannot be read: {error}.") from error


def as_row(raw: Any, csv_file: bool) -> dict[str, Any]:
    """A row of an export with its values as they are kept."""
    if not csv_file:
        row: dict[str, Any] = json.loads(raw)
        return row
    if None in raw or None in raw.values():
        raise CodingError("has too many or too few cells")
    cells: dict[str, Any] = raw
    return cells | {"seq": int(raw["seq"])} | {name: [one for one in raw[name].split("; ") if one] for name in SETS}


def compared(book: Book, given: Iterable[Code]) -> tuple[list[Code], list[Code]]:
    """Of the answers given, those on items their coder has not coded yet, and those that differ from what is kept."""
    given = [code for code in given if book.codes.get((code.coder, code.seq)) != code]
    known = [(code.coder, code.seq) in book.codes for code in given]
    return [one for one, old in zip(given, known, strict=True) if not old], [
        one for one, old in zip(given, known, strict=True) if old
    ]


def spelled_alike(book: Book, typed: str) -> str:
    """The name typed, in the letters in which this coder is known already; "" where none was typed."""
    name = cleaned(typed, NAME)
    return next((one for one in book.coders if one.casefold() == name.casefold()), name)
