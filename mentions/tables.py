"""Tables as files; those a spreadsheet opens are without harm."""

from io import BytesIO

import pandas as pd

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""A cell that begins with one of these is run as a formula by spreadsheets (OWASP, CSV injection)."""


def safe_csv(table: pd.DataFrame) -> bytes:
    """The table as UTF-8 CSV with a byte order mark; texts that look like formulas get an apostrophe in front."""
    safe = table.copy()
    for name in safe.columns:
        if not pd.api.types.is_numeric_dtype(safe[name]):
            safe[name] = safe[name].map(defused)
    return safe.to_csv(index=False).encode("utf-8-sig")


def parquet(table: pd.DataFrame) -> bytes:
    """The table as Parquet, columns with their types."""
    file = BytesIO()
    table.to_parquet(file, index=False)
    return file.getvalue()


def json_lines(table: pd.DataFrame) -> bytes:
    """The table as JSON, one object a line; missing numbers are null."""
    text: str = table.to_json(orient="records", lines=True, force_ascii=False, date_format="iso")
    return text.encode()


def inert(table: pd.DataFrame) -> pd.DataFrame:
    """The table as it is shown: texts that look like formulas begin with an invisible joiner.

    A browser's table can be saved by its reader; what is saved then is as harmless as our own files.
    """
    shown = table.copy()
    for name in shown.columns:
        if pd.api.types.is_string_dtype(shown[name]) or shown[name].dtype == object:
            shown[name] = shown[name].map(joined)
    return shown


def joined(value: object) -> object:
    """A cell's value with a word joiner before what a spreadsheet would run."""
    return f"\u2060{value}" if isinstance(value, str) and value.startswith(FORMULA) else value


def defused(value: object) -> object:
    """A cell's value with nothing in it that a spreadsheet would run."""
    if isinstance(value, list):
        value = "; ".join(map(str, value))
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value
