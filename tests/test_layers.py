"""Who may import whom: dashboard, views -> mentions <- collectors; one kind of knowledge a file."""

import ast
from pathlib import Path

import pytest

from tests.conftest import ROOT

FILES = sorted(path for folder in ("mentions", "collectors", "views") for path in (ROOT / folder).rglob("*.py"))


def imports_of(path: Path) -> set[str]:
    """The names of the modules a file imports."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module or "")
    return {name.partition(".")[0] for name in names}


FORBIDDEN = {
    "mentions": {"collectors", "views", "streamlit", "aiohttp", "feedparser"},
    "collectors": {"views", "streamlit"},
    "views": {"collectors", "sqlalchemy", "duckdb"},
}


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_go_one_way(path: Path) -> None:
    assert not imports_of(path) & FORBIDDEN[path.relative_to(ROOT).parts[0]]


CHARTS = {str(path.relative_to(ROOT)) for path in (ROOT / "mentions" / "charts").glob("[a-z]*.py")}


@pytest.mark.parametrize(
    "library,owners",
    [
        ("aiohttp", {"collectors/fetch.py"}),
        ("feedparser", {"collectors/parse.py"}),
        (
            "sqlalchemy",
            {
                "mentions/schema.py",
                "mentions/store.py",
                "mentions/identity.py",
                "mentions/saving.py",
                "mentions/copies.py",
                "mentions/words.py",
            },
        ),
        ("duckdb", {"mentions/cube.py"}),
        ("plotly", {*CHARTS, "views/cards.py"}),
    ],
)
def test_one_kind_of_knowledge_a_file(library: str, owners: set[str]) -> None:
    users = {str(path.relative_to(ROOT)) for path in FILES if library in imports_of(path)}
    assert users == owners
