"""Items as JSON lines in, their tags as JSON lines out."""

import dataclasses
import json
from datetime import UTC, datetime
from typing import Any

from mentions.lexicon import Lexicon, ids
from mentions.model import Tags
from mentions.tagger import Tagger


def tagged(line: str, tagger: Tagger, lexicon: Lexicon) -> dict[str, Any]:
    """The tags of one JSON line; raises ValueError where it is none or lacks a field."""
    try:
        row = json.loads(line, parse_constant=no_number)
    except (json.JSONDecodeError, RecursionError) as error:
        raise ValueError(f"is not JSON: {error}") from error
    if not isinstance(row, dict) or "id" not in row or not isinstance(row.get("title"), str):
        raise ValueError('must be an object with an "id" and a text "title"')
    title, summary, language, outlet = (str(row.get(name) or "") for name in ("title", "summary", "language", "outlet"))
    tags = tagger.tags(title, summary, language, outlet, moment(row.get("published")))
    return {"id": row["id"], **described(tags, lexicon)}


def moment(published: object) -> int | None:
    """The UTC second that an ISO date or time names; None for none. Raises ValueError for anything else."""
    if published in (None, ""):
        return None
    try:
        at = datetime.fromisoformat(published if isinstance(published, str) else "")
    except ValueError:
        raise ValueError(f'"published" must be a date such as 2026-05-31, not {published!r}') from None
    return int((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp())


def no_number(name: str) -> None:
    """Refuse NaN and Infinity, which Python's reader takes and JSON has not."""
    raise ValueError(f"is not JSON: {name} is no number")


def described(tags: Tags, lexicon: Lexicon) -> dict[str, Any]:
    """Tags with ids in place of masks."""
    masks = {
        name: ids(getattr(lexicon, name), getattr(tags, name)) for name in ("forums", "topics", "naming", "actors")
    }
    matches = [dataclasses.asdict(match) for match in tags.matches]
    return {"about_kashmir": tags.about, "relevant": tags.relevant, **masks, "matches": matches}
