"""What several tests use: a store in a temporary folder, a catalogue, a quick tagger and the shared real data."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Browser

from mentions import store as stores
from mentions.lexicon import Lexicon, load_lexicon
from mentions.model import Check, DatedBy, Feed, Item, Outcome, Outlet, Tags
from mentions.store import Store
from mentions.tagger import Tagger
from mentions.urls import key

if TYPE_CHECKING:
    from tests.place import Place

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared"
LEXICON = ROOT / "data" / "lexicon"

needs_shared = pytest.mark.skipif(not SHARED.is_dir(), reason="the shared real data is not here")


@pytest.fixture(scope="session")
def lexicon() -> Lexicon:
    """The project's own lexicon."""
    return load_lexicon(LEXICON)


@pytest.fixture(scope="session")
def tagger(lexicon: Lexicon) -> Tagger:
    """The project's own tagger."""
    return Tagger(lexicon)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An empty store for real items."""
    opened = stores.writing(str(tmp_path / "monitor.db"), "real")
    yield opened
    opened.engine.dispose()


@pytest.fixture
def place(tmp_path: Path) -> "Place":
    """An empty folder for a store and a catalogue, with the project's lexicon."""
    from tests.place import Place

    (tmp_path / "lexicon").symlink_to(LEXICON)
    return Place(tmp_path)


def outlet(name: str, url: str, country: str = "PK", group: str = "pakistan", language: str = "en") -> Outlet:
    """An outlet with one feed."""
    feed = Feed(url, name, f"{name}, all", language)
    return Outlet(name, name.title(), f"https://{name}.invalid/", country, group, language, (feed,))


def item(url: str, owner: str, published: int, title: str = "Invented title", language: str = "en") -> Item:
    """An item with little in it."""
    return Item(key(url), url, url, owner, language, title, "", published, DatedBy.FEED, "")


def look(
    feed: str, at: int, *tagged: tuple[Item, Tags], outcome: Outcome = Outcome.OK
) -> tuple[Check, list[tuple[Item, Tags]]]:
    """A check that listed some items."""
    return Check(feed, at, outcome, 200, listed=len(tagged)), list(tagged)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A real browser for the tests of a module; while it is open its event loop runs, so none of ours could."""
    from tests.view import chromium  # only here: tests without a browser need no Playwright

    with chromium() as opened:
        yield opened
