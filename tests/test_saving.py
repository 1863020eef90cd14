"""What a look brings: aliases, revisions, what two lists have in common, and stores of an older version."""

import sqlite3
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, event, text

from mentions import schema
from mentions import store as stores
from mentions.model import Feed, Item, Pace, Tags
from mentions.store import Store, StoreError
from mentions.urls import key, title_key
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
    common = store.compared(FEED, items, "live")[:2]
    check, tagged = look(FEED, at, *((one, Tags()) for one in items))
    store.save([(check, tagged)], {FEED: Pace(answered=at)})
    return common


def test_lists_are_compared_with_the_one_before_only(filled: Store) -> None:
    assert lists(filled, 10, 1, 2, 3) == (0, 0)
    assert lists(filled, 20, 2, 3, 4) == (2, 3)
    assert lists(filled, 30, 7, 8) == (0, 3)
    assert lists(filled, 40, 1, 2) == (0, 2)  # known of old, but not in the list before


def test_a_pace_is_kept_as_it_was_given(filled: Store) -> None:
    pace = Pace(99, 700, 2.5, 3, 77, 95, 88, 86, True, "Retry-After: 60", True, "https://cedar.invalid/new", 2)
    filled.save([look(FEED, 10)], {FEED: pace})
    assert filled.paces()[FEED] == pace
    assert filled.paces()["https://oak.invalid/feed"] == Pace()


STORES = Path(__file__).parent / "stores"


@pytest.fixture(params=["version1.sql", "version2.sql"])
def old(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """A store that an older version of the program made."""
    path = tmp_path / "old.db"
    with sqlite3.connect(path) as db:
        db.executescript((STORES / request.param).read_text(encoding="utf-8"))
    return path


def shape(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """The columns of all tables and indexes of a store, in the order of their names."""
    with sqlite3.connect(path) as db:
        names = [name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE name NOT LIKE 'sqlite%'")]
        tables = {name: sorted(row[1:2] for row in db.execute(f"PRAGMA table_info({name})")) for name in names}
        return tables | {f"{name} index": list(db.execute(f"PRAGMA index_info({name})")) for name in names}


def test_a_store_of_an_older_version_is_brought_up_to_date(old: Path, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="older version; the next `./run collect`"):
        stores.reading(str(old))
    store = stores.writing(str(old), "real")
    assert rows(store, "SELECT value FROM meta WHERE name = 'version'") == [(schema.VERSION,)]
    assert rows(store, "SELECT title, title_key FROM item") == [("Old", title_key("Old"))]
    assert rows(store, 'SELECT "first", "last" FROM sighting') == [(1000, 1000)]
    assert rows(store, "SELECT overlap FROM feed_check") == [(0,)] * len(rows(store, "SELECT 1 FROM feed_check"))
    assert store.validators()[FEED].etag == '"v1"'
    assert store.paces()[FEED].asked >= 1000
    assert store.save([look(FEED, 3000, (named("https://cedar.invalid/new", "g2"), Tags()))], {FEED: Pace()}) == 1
    assert stores.existing(str(old)).state().seq == 2
    stores.writing(str(tmp_path / "new.db"), "real")
    fresh, brought = shape(tmp_path / "new.db"), shape(old)
    assert {name: len(columns) for name, columns in fresh.items()} == {n: len(c) for n, c in brought.items()}
    assert {name: rows for name, rows in fresh.items() if "index" not in name} == {
        name: rows for name, rows in brought.items() if "index" not in name
    }


OAK = "https://oak.invalid/feed"
SERVICE = "https://service.invalid/feed"


@pytest.fixture
def queried(filled: Store) -> Store:
    """A store that also has an aggregator's feed."""
    filled.save_catalogue([replace(outlet("service", SERVICE), aggregates=True)])
    return filled


def by_query(name: str, title: str = "Invented title", published: int = 1000, owner: str = "cedar") -> Item:
    """What an aggregator listed for an outlet under an address of its own."""
    listed = item(f"https://service.invalid/{name}", owner, published, title)
    return replace(listed, guid=name, key=key(f"title:{owner}:{title}"))


TWINS = {
    # name: what an aggregator lists, what the outlet's own feed lists, how many items there are then
    "same title": (by_query("1"), item("https://cedar.invalid/a", "cedar", 1000), 1),
    "title in other case": (by_query("1", "INVENTED TITLE"), item("https://cedar.invalid/a", "cedar", 1000), 1),
    "a day apart": (by_query("1"), item("https://cedar.invalid/a", "cedar", 1000 + 86400), 1),
    "a week apart": (by_query("1"), item("https://cedar.invalid/a", "cedar", 1000 + 7 * 86400), 2),
    "another title": (by_query("1", "Another"), item("https://cedar.invalid/a", "cedar", 1000), 2),
    "another outlet": (by_query("1", owner="oak"), item("https://cedar.invalid/a", "cedar", 1000), 2),
    "no title": (by_query("1", ""), item("https://cedar.invalid/a", "cedar", 1000, ""), 2),
}


@pytest.mark.parametrize("first", ["query", "live"])
@pytest.mark.parametrize("queried_item,own,items", TWINS.values(), ids=TWINS)
def test_an_aggregators_item_is_the_outlets_own(
    queried: Store, queried_item: Item, own: Item, items: int, first: str
) -> None:
    looks = {"query": (SERVICE, queried_item), "live": (FEED, own)}
    for at, channel in enumerate(sorted(looks, key=lambda name: name != first), 10):
        feed, one = looks[channel]
        queried.save([look(feed, at, (one, Tags()))], channel=channel)
    assert rows(queried, "SELECT count(*), sum(channel = 'live') FROM item") == [(items, 1)]
    assert rows(queried, "SELECT link FROM item WHERE channel = 'live'") == [(own.link,)]
    assert rows(queried, "SELECT count(*) FROM sighting") == [(2,)]


def test_what_only_a_query_gave_is_not_counted_until_the_outlet_lists_it(queried: Store) -> None:
    def counted() -> list[int]:
        with queried.cube_rows(0) as read:
            return list(read.read_all()["seq"].to_pylist())

    queried.save([look(SERVICE, 10, (by_query("1"), Tags()))], channel="query")
    assert counted() == []
    before = queried.state().generation
    queried.save([look(FEED, 20, (item("https://cedar.invalid/a", "cedar", 1000), Tags()))])
    assert counted() == [1]
    assert queried.state().generation != before


def test_own_items_with_one_title_stay_apart(filled: Store) -> None:
    for at, url in enumerate(("https://cedar.invalid/a", "https://cedar.invalid/b"), 10):
        filled.save([look(FEED, at, (item(url, "cedar", 1000), Tags()))])
    assert rows(filled, "SELECT count(*) FROM item") == [(2,)]


def test_a_feed_that_moved_keeps_its_history_under_the_catalogues_new_address(filled: Store) -> None:
    filled.save(
        [look(FEED, 10, (item("https://cedar.invalid/a", "cedar", 1000), Tags()))],
        {FEED: Pace(moved="https://x.invalid/f", moves=3, answered=10)},
    )
    filled.save_catalogue([outlet("cedar", "https://x.invalid/f")])
    assert filled.paces()["https://x.invalid/f"] == Pace(answered=10)
    assert FEED not in filled.paces()
    assert rows(
        filled, "SELECT count(*) FROM sighting s JOIN feed f ON f.number = s.feed WHERE f.url = 'https://x.invalid/f'"
    ) == [(1,)]


def test_two_feeds_that_moved_to_one_address_leave_one_of_them_there(filled: Store) -> None:
    moved = Pace(moved="https://x.invalid/f", moves=3, answered=10)
    other = "https://cedar.invalid/other"
    filled.save_catalogue(
        [replace(outlet("cedar", FEED), feeds=(Feed(FEED, "cedar", "", "en"), Feed(other, "cedar", "", "en")))]
    )
    filled.save([look(FEED, 10), look(other, 10)], {FEED: moved, other: moved})
    for _ in range(2):
        filled.save_catalogue([outlet("cedar", "https://x.invalid/f")])
    assert sorted(filled.paces()) == ["https://cedar.invalid/other", OAK, "https://x.invalid/f"]


@pytest.mark.parametrize("moves,owner", [(2, "cedar"), (3, "oak")])
def test_history_goes_to_the_same_outlet_only_and_after_confirmation(filled: Store, moves: int, owner: str) -> None:
    filled.save([look(FEED, 10)], {FEED: Pace(moved="https://x.invalid/f", moves=moves, answered=10)})
    filled.save_catalogue([outlet(owner, "https://x.invalid/f")])
    assert filled.paces()["https://x.invalid/f"] == Pace()


def test_a_look_never_walks_the_whole_table(filled: Store) -> None:
    plans: list[str] = []

    def explain(connection: Connection, cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if statement.startswith("SELECT"):
            raw = connection.connection.cursor()
            raw.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
            plans.extend(row[3] for row in raw.fetchall())

    event.listen(filled.engine, "before_cursor_execute", explain)
    filled.compared(FEED, [named("https://cedar.invalid/a", "g1")], "live")
    for channel in ("live", "query"):
        filled.save([look(FEED, 10, (named(f"https://cedar.invalid/{channel}", "g1"), Tags()))], channel=channel)
    assert len(plans) > 10
    assert [plan for plan in plans if "SCAN" in plan and "item" in plan.replace("item_", "")] == []


def test_the_clock_set_back_makes_no_loss_of_what_is_still_listed(filled: Store) -> None:
    assert lists(filled, 1000, 1, 2, 3) == (0, 0)
    assert lists(filled, 500, 2, 3, 4) == (2, 3)
    assert lists(filled, 510, 3, 4, 5) == (2, 3)
    assert rows(filled, 'SELECT count(*) FROM sighting WHERE "first" > "last"') == [(0,)]


def test_what_vanished_for_a_year_and_comes_back_is_known(filled: Store) -> None:
    one = named("https://cedar.invalid/a", "g1")
    filled.save([look(FEED, 10, (one, Tags()))])
    for at in range(20, 400):
        filled.save([look(FEED, at * 86400, (named(f"https://cedar.invalid/{at}", f"g{at}", f"Title {at}"), Tags()))])
    assert filled.save([look(FEED, 500 * 86400, (one, Tags()))]) == 0
