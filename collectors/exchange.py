"""The catalogue into a file of OPML, and what such a file lists into outlets.toml, whose style stays as it is.

A file is replaced at once or not at all, and outlets.toml only by one that was read back and says what was meant.
"""

import shutil
import sys
import tomllib
from collections.abc import Iterable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import tomlkit
from tomlkit.items import Array

from collectors.enlist import Defaults, Enlisted, enlisted
from collectors.opml import OpmlError, document, outlines
from mentions.catalogue import OUTLETS, QUERIES, Entry, entries_of, faults_of, load_catalogue, to_outlet
from mentions.model import Feed, Outlet

IMPORTED = "# ---- Imported ----"


def export(outlets: Iterable[Outlet], path: Path) -> int:
    """Write the outlets as OPML 2.0 and give how many; aggregators are left out, for no other reader can use them.

    A path of - is standard output. Raises OpmlError.
    """
    told = [outlet for outlet in outlets if not outlet.aggregates]
    if str(path) == "-":
        sys.stdout.buffer.write(document(told))
        sys.stdout.buffer.flush()
    else:
        _replace(path, document(told))
    return len(told)


def import_into(folder: Path, path: Path, defaults: Defaults, *, dry_run: bool = False) -> Enlisted:
    """Add what an OPML file lists to `folder`/outlets.toml; doing it again changes nothing.

    Raises OpmlError, and CatalogueError where the catalogue was broken before; nothing is written then.
    """
    target = folder / OUTLETS
    known = load_catalogue(folder) if entries_of(target, "outlet") else ()
    done = enlisted(outlines(path), known, defaults)
    if done.feeds or done.outlets:
        edited = _edited(target, done)
        _check(edited, done, target)
        if not dry_run:
            _replace(target, edited)
    return done


def _edited(path: Path, done: Enlisted) -> bytes:
    """The file with new feeds in the outlets they belong to and new outlets at its end, else byte for byte."""
    given = path.read_bytes().decode()
    mark, ends = "\ufeff" * given.startswith("\ufeff"), "\r\n" if "\r\n" in given else "\n"
    document = tomlkit.parse(given.removeprefix(mark).replace("\r\n", "\n"))
    for block in document.get("outlet", []):
        if feeds := [feed for feed in done.feeds if feed.outlet == block["id"]]:
            _lengthen(block["feeds"], [_row(feed, block["language"]) for feed in feeds])
    edited = document.as_string()
    if done.outlets:
        before = edited.rstrip("\n") + "\n\n" if edited.strip() else ""
        heading = "" if IMPORTED in edited else f"{IMPORTED}\n\n"
        edited = before + heading + "\n".join(map(_block, done.outlets))
    return (mark + edited.replace("\n", ends)).encode()


def _lengthen(listed: Array, rows: Sequence[str]) -> None:
    """Add rows to a list of feeds, each on a line of its own, as the lists that are there are written."""
    on_one_line = "\n" not in listed.as_string()
    between = tomlkit.ws(",\n    ")
    first, *others = map(tomlkit.value, rows)
    pieces = [piece for row in others for piece in (between, row)]
    listed.add_line(first, *pieces, tomlkit.ws(","), add_comma=False)  # one call a row takes 10 s for 5,000
    if on_one_line:
        listed.add_line(indent="", add_comma=False)


def _block(outlet: Outlet) -> str:
    """An outlet in the style of the file."""
    names = ("id", "name", "homepage", "country", "group", "language")
    fields = "".join(f"{name} = {_quoted(getattr(outlet, name))}\n" for name in names)
    feeds = "".join(f"    {_row(feed, outlet.language)},\n" for feed in outlet.feeds)
    notes = f"notes = {_quoted(outlet.notes)}\n" if outlet.notes else ""
    return f"[[outlet]]\n{fields}feeds = [{chr(10) * bool(feeds)}{feeds}]\n{notes}"


def _row(feed: Feed, usual: str) -> str:
    fields = {"url": feed.url, "title": feed.title, "language": "" if feed.language == usual else feed.language}
    return "{ " + ", ".join(f"{name} = {_quoted(value)}" for name, value in fields.items() if value) + " }"


def _quoted(value: str) -> str:
    return tomlkit.string(value).as_string()


def _check(body: bytes, done: Enlisted, path: Path) -> None:
    """Raise OpmlError unless the file, read beside its queries.toml, is sound and holds exactly what was meant."""
    blocks = tomllib.loads(body.decode("utf-8-sig"))["outlet"]
    entries = [Entry(path, "outlet", number, block) for number, block in enumerate(blocks, 1)]
    queries = path.with_name(QUERIES)
    faults = "\n".join(faults_of(entries + (entries_of(queries, "service") if queries.exists() else [])))
    meant = [outlet for outlet in done.catalogue if not outlet.aggregates]
    if faults or [to_outlet(block) for block in blocks] != meant:
        raise OpmlError(
            f"{path}: cannot hold what the list says; nothing was written: {faults or 'it reads otherwise'}"
        )


def _replace(path: Path, body: bytes) -> None:
    """Put a file in the place of another in one step, with its rights; raises OpmlError."""
    try:
        target = path.resolve()  # a link stays a link
        if target.exists() and not target.is_file():
            raise OpmlError(f"{path}: is no file; name one, or - for standard output")
        with TemporaryDirectory(prefix=".opml-", dir=target.parent) as folder:
            draft = Path(folder) / target.name
            draft.write_bytes(body)
            if target.exists():
                shutil.copymode(target, draft)
            draft.replace(target)
    except OSError as error:
        fault = f"{error.strerror}; its folder must be there and writable; nothing was written"
        raise OpmlError(f"{path}: {fault}") from error
