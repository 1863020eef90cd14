"""The lexicon as its editors wrote it, as a table to look terms up in."""

from pathlib import Path

import pandas as pd
import tomli

from mentions.lexicon import DIMENSIONS

COLUMNS = ["dimension", "tag", "label", "language", "term", "note"]


def terms(folder: Path) -> pd.DataFrame:
    """All terms of tags in the notation of data/lexicon/README.md: dimension, tag, label, language, term, note (of the tag)."""
    rows = []
    for dimension in DIMENSIONS:
        for tag, block in tomli.loads((folder / f"{dimension}.toml").read_text("utf-8")).items():
            for language, written in block.items():
                if isinstance(written, list) and (len(language) == 2 or language == "any"):
                    rows += [
                        (dimension, tag, block.get("label", tag), language, term, block.get("note", ""))
                        for term in written
                        if isinstance(term, str)
                    ]
    return pd.DataFrame(rows, columns=COLUMNS)
