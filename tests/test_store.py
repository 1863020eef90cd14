"""The store: what is saved once, saved together, and refused."""

import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from mentions import store as stores
from mentions.model import Check, Outcome, Tags, Validators
from mentions.store import Store, StoreError
from tests.conftest import item, look, outlet

FEED = "https://cedar.invalid/feed"
OTHER = "https://cedar.invalid/world"


def rows(store: Store, query: str) -> list[tuple[object, ...]]:
    with store.engine.begin() as db:
        return [tuple(row) for row in db.execute(text(query))]


@pytest.fixture
def filled(store: Store) -> Store:
    """A store that knows two outlets."""
    store.save_catalogue([outlet("cedar", FEED), outlet("oak", "https://oak.invalid/feed", "IN", "india")])
    return store


def test_the_same_item_is_saved_once_and_keeps_its_first_form(filled: Store) -> None:
    first, edited = (
        item("https://cedar.invalid/1", "cedar", 1000),
        item("https://cedar.invalid/1", "cedar", 2000, "Edited"),
    )
    assert filled.save([look(FEED, 5000, (first, Tags()))]) == 1
    assert filled.save([look(FEED, 6000, (edited, Tags()))]) == 0
    assert rows(filled, "SELECT title, published, seen FROM item") == [("Invented title", 1000, 5000)]


def test_an_item_in_two_feeds_counts_once_with_both_sightings(filled: Store) -> None:
    filled.save_catalogue([outlet("cedar", OTHER)])
    one = item("https://cedar.invalid/1", "cedar", 1000)
    assert filled.save([look(FEED, 5000, (one, Tags())), look(OTHER, 5001, (one, Tags()))]) == 1
    assert rows(filled, 'SELECT f.url, s."first" FROM sighting s JOIN feed f ON f.number = s.feed ORDER BY 1') == [
        (FEED, 5000),
        (OTHER, 5001),
    ]


def test_validators_come_with_the_items_and_no_error_clears_them(filled: Store) -> None:
    known = Validators('W/"a"', "Tue, 24 Nov 2026 07:00:00 GMT", "00ff")
    filled.save([(Check(FEED, 1, Outcome.OK, 200, validators=known), [])])
    filled.save([(Check(FEED, 2, Outcome.TIMEOUT, detail="no answer in 20 s"), [])])
    assert filled.validators()[FEED] == known


def test_a_failing_look_leaves_nothing_of_its_batch(filled: Store) -> None:
    good, bad = item("https://cedar.invalid/1", "cedar", 1), item("https://cedar.invalid/2", "nobody", 1)
    with pytest.raises(KeyError):
        filled.save([look(FEED, 5, (good, Tags())), look(FEED, 6, (bad, Tags()))])
    assert rows(filled, "SELECT count(*) FROM item") == [(0,)]
    assert rows(filled, "SELECT count(*) FROM feed_check") == [(0,)]


def test_the_schema_itself_refuses_an_unknown_dating(filled: Store) -> None:
    filled.save([look(FEED, 5, (item("https://cedar.invalid/1", "cedar", 1), Tags()))])
    with pytest.raises(StoreError, match="CHECK constraint"), stores.transaction(filled) as db:
        db.execute(text("UPDATE item SET dated_by = 'guess'"))


def test_two_writers_at_once_lose_nothing(filled: Store) -> None:
    def write(base: int) -> None:
        own = stores.writing(str(filled.path), "real")
        for number in range(base, base + 30):
            own.save([look(FEED, number, (item(f"https://cedar.invalid/{number % 40}", "cedar", number), Tags()))])
        own.engine.dispose()

    threads = [threading.Thread(target=write, args=(base,)) for base in (0, 20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert rows(filled, "SELECT count(*), count(DISTINCT key) FROM item") == [(40, 40)]
    assert rows(filled, "SELECT count(*) FROM feed_check") == [(60,)]


def test_killed_at_any_moment_a_store_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "monitor.db"
    script = (
        "import sys; from mentions import store as s; from mentions.model import Tags; from tests.conftest import *\n"
        f"db = s.writing({str(path)!r}, 'real'); db.save_catalogue([outlet('cedar', {FEED!r})]); n = 0\n"
        f"while True:\n    n += 1; db.save([look({FEED!r}, n, *((item(f'https://c.invalid/{{n}}/{{k}}', 'cedar', n), Tags()) for k in range(50)))]); print(n, flush=True)\n"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        saved = [int(writer.stdout.readline()) for _ in range(10)][-1]
        writer.kill()
    store = stores.existing(str(path))
    assert rows(store, "PRAGMA integrity_check") == [("ok",)]
    (items,), (checks,) = rows(store, "SELECT count(*) FROM item"), rows(store, "SELECT count(*) FROM feed_check")
    assert items[0] == 50 * int(str(checks[0]))
    assert int(str(checks[0])) >= saved


def test_a_database_of_another_program_is_left_alone(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "other.db") as db:
        db.execute("CREATE TABLE theirs (a)")
    with pytest.raises(StoreError, match="another program"):
        stores.writing(str(tmp_path / "other.db"), "real")
    with sqlite3.connect(tmp_path / "other.db") as db:
        assert db.execute("SELECT name FROM sqlite_master").fetchall() == [("theirs",)]


REFUSED = {
    "no folder": ("missing/monitor.db", b"", "its folder does not exist"),
    "not a database": (
        "monitor.db",
        b"this is no database, whatever its name says" * 40,
        "not a store of this program",
    ),
    "postgresql": ("postgresql://localhost/monitor", b"", "only sqlite:///path is supported"),
    "no url": ("nonsense://", b"", "only sqlite:///path is supported"),
}


@pytest.mark.parametrize("where,content,said", REFUSED.values(), ids=REFUSED)
def test_what_is_no_store_is_refused_in_words(tmp_path: Path, where: str, content: bytes, said: str) -> None:
    place = where if "://" in where else str(tmp_path / where)
    if content:
        Path(place).write_bytes(content)
    with pytest.raises(StoreError, match=said):
        stores.writing(place, "real")


def test_another_version_is_refused(filled: Store) -> None:
    with stores.transaction(filled) as db:
        db.execute(text("UPDATE meta SET value = '99' WHERE name = 'version'"))
    with pytest.raises(StoreError, match="version 99"):
        stores.writing(str(filled.path), "real")
    with pytest.raises(StoreError, match="version 99"):
        stores.reading(str(filled.path))


def test_real_and_invented_items_never_share_a_store(filled: Store, tmp_path: Path) -> None:
    filled.save([look(FEED, 5, (item("https://cedar.invalid/1", "cedar", 1), Tags()))])
    with pytest.raises(StoreError, match="holds real items"), stores.fresh_demo(str(filled.path)):
        pass
    with stores.fresh_demo(str(tmp_path / "x.demo.db")) as demo:
        demo.save_catalogue([outlet("cedar", FEED)])
    with pytest.raises(StoreError, match="holds demo items"):
        stores.writing(str(tmp_path / "x.demo.db"), "real")


def test_half_made_demo_data_never_takes_the_place(tmp_path: Path) -> None:
    where = str(tmp_path / "x.demo.db")
    with stores.fresh_demo(where) as demo:
        demo.save_catalogue([outlet("cedar", FEED)])
    with pytest.raises(RuntimeError), stores.fresh_demo(where):
        raise RuntimeError("killed")
    assert [one["id"] for one in stores.existing(where).outlets()] == ["cedar"]
    assert [path.name for path in tmp_path.iterdir()] == ["x.demo.db"]


def test_a_reader_cannot_write(filled: Store) -> None:
    reader = stores.existing(str(filled.path))
    with pytest.raises(StoreError, match="readonly"):
        reader.set_lexicon("x")


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(st.integers(0, 12), max_size=6), max_size=6))
def test_items_are_the_distinct_ones_listed(
    tmp_path_factory: pytest.TempPathFactory, listings: list[list[int]]
) -> None:
    store = stores.writing(str(tmp_path_factory.mktemp("store") / "m.db"), "real")
    store.save_catalogue([outlet("cedar", FEED)])
    looks = [
        look(FEED, at, *((item(f"https://c.invalid/{n}", "cedar", n), Tags()) for n in ns))
        for at, ns in enumerate(listings)
    ]
    distinct = {n for ns in listings for n in ns}
    assert store.save(looks) == len(distinct)
    assert store.save(looks) == 0
    assert rows(store, "SELECT count(*) FROM sighting") == [(len(distinct),)]
    store.engine.dispose()
