"""What a look brings: aliases, revisions, what two lists have in common, and stores of an older version."""

import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text

from mentions import schema
from mentions import store as stores
from mentions.model import Item, Pace, Tags
from mentions.store import Store, StoreError
from tests.conftest import item, look, outlet

FEED = "https://cedar.invalid/feed"


@pytest.fixture
def filled(store: Store) -> Store:
    store.save_catalogue([outlet("cedar", FEED), outlet("oak", "https://oak.invalid/feed")])
    return store


def rows(store: Store, query: str) -> list[tuple[object, ...]]:
    with store.engine.begin() as db:
        return [tuple(row) for row in db.execute(text(query))]


def named(url: str, guid: str, title: str = "Invented title", owner: str = "cedar") -> Item:
    return replace(item(url, owner, 1000, title), guid=guid)


CASES = {
    # name: the item met second, and how many items there are then
    "changed link, same id and title": (named("https://cedar.invalid/b", "g1"), 1),
    "changed link, title in other case": (named("https://cedar.invalid/b", "g1", "INVENTED  Title"), 1),
    "id used again for another item": (named("https://cedar.invalid/b", "g1", "Another"), 2),
    "same title, other id": (named("https://cedar.invalid/b", "g2"), 2),
    "same title, no id": (named("https://cedar.invalid/b", ""), 2),
    "same id and title of another outlet": (named("https://oak.invalid/b", "g1", owner="oak"), 2),
    "same link, other id": (named("https://cedar.invalid/a", "g2"), 1),
}


@pytest.mark.parametrize("second,items", CASES.values(), ids=CASES)
def test_identity(filled: Store, second: Item, items: int) -> None:
    filled.save([look(FEED, 10, (named("https://cedar.invalid/a", "g1"), Tags()))])
    filled.save([look(FEED, 20, (second, Tags()))])
    filled.save([look(FEED, 30, (second, Tags()))])
    assert rows(filled, "SELECT count(*) FROM item") == [(items,)]
    assert rows(filled, "SELECT count(*) FROM sighting") == [(items,)]


def test_an_edited_title_is_kept_with_the_first_with_their_times(filled: Store) -> None:
    first, edited = named("https://cedar.invalid/a", "g1"), named("https://cedar.invalid/a", "g1", "Edited")
    for at, one in ((10, first), (20, first), (30, edited), (40, edited)):
        filled.save([look(FEED, at, (one, Tags()))])
    assert rows(filled, 'SELECT title, "first", "last" FROM revision ORDER BY "first"') == [
        ("Invented title", 10, 10),
        ("Edited", 30, 40),
    ]
    assert rows(filled, "SELECT title FROM item") == [("Invented title",)]
    assert rows(filled, 'SELECT "first", "last" FROM sighting') == [(10, 40)]


def test_what_was_never_edited_has_no_revision(filled: Store) -> None:
    filled.save([look(FEED, at, (named("https://cedar.invalid/a", "g1"), Tags())) for at in (10, 20)])
    assert rows(filled, "SELECT count(*) FROM revision") == [(0,)]


def lists(store: Store, at: int, *numbers: int) -> tuple[int, int]:
    """Save a list, and give what it has in common with the one before, and how many that had."""
    items = [named(f"https://cedar.invalid/{n}", f"g{n}") for n in numbers]
    common = store.compared(FEED, [one.key for one in items])
    check, tagged = look(FEED, at, *((one, Tags()) for one in items))
    store.save([(check, tagged)], {FEED: Pace(answered=at)})
    return common


def test_lists_are_compared_with_the_one_before_only(filled: Store) -> None:
    assert lists(filled, 10, 1, 2, 3) == (0, 0)
    assert lists(filled, 20, 2, 3, 4) == (2, 3)
    assert lists(filled, 30, 7, 8) == (0, 3)
    assert lists(filled, 40, 1, 2) == (0, 2)  # known of old, but not in the list before


def test_a_pace_is_kept_as_it_was_given(filled: Store) -> None:
    pace = Pace(99, 700, 2.5, 3, 88, "Retry-After: 60", True, "https://cedar.invalid/new", 2)
    filled.save([look(FEED, 10)], {FEED: pace})
    assert filled.paces()[FEED] == pace
    assert filled.paces()["https://oak.invalid/feed"] == Pace()


OLD = (Path(__file__).parent / "stores" / "version1.sql").read_text(encoding="utf-8")


def test_a_store_of_the_first_version_is_brought_up_to_date(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    with sqlite3.connect(path) as db:
        db.executescript(OLD)
    with pytest.raises(StoreError, match="older version; the next `./run collect`"):
        stores.reading(str(path))
    store = stores.writing(str(path), "real")
    assert rows(store, "SELECT value FROM meta WHERE name = 'version'") == [(schema.VERSION,)]
    assert rows(store, "SELECT title, guid FROM item") == [("Old", 0)]
    assert rows(store, 'SELECT "first", "last" FROM sighting') == [(1000, 1000)]
    assert store.validators()[FEED].etag == '"v1"'
    assert store.save([look(FEED, 2000, (named("https://cedar.invalid/a", "g1"), Tags()))], {FEED: Pace()}) == 1
    assert stores.existing(str(path)).state().seq == 2
