"""Stored items tagged again: what came and went is told, and no kill or signal leaves a mixture that passes for a whole."""

import json
import shutil
import signal
import sqlite3
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from mentions import store as stores
from mentions.cube import Cube
from mentions.lexicon import load_lexicon
from mentions.model import Tags
from mentions.store import Store
from mentions.tagger import Tagger
from tests.conftest import LEXICON, item, look, outlet
from tests.place import Place
from tests.server import Answer, serving
from tests.test_columns import terminal

FEED = "https://cedar.invalid/feed"
DAY = 86_400

PORTO, LISBON = 1 << 61, 1 << 60
BEFORE = """
[porto_forum]
bit = 61
label = "Porto Forum"
en = ["Porto Forum"]
"""
AFTER = """
[porto_forum]
bit = 61
label = "Porto Forum"
en = ["Forum of Porto"]

[lisbon_forum]
bit = 60
label = "Lisbon Forum"
en = ["Lisbon Forum"]
"""

TITLES = (
    "Porto Forum takes up the Kashmir dispute (invented)",
    "Lisbon Forum takes up the Kashmir dispute (invented)",
    "Library opens in Porto (invented)",
    "UN chief offers good offices on Kashmir (invented)",
)
LIBRARY = 2


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """An empty folder for a store and a catalogue, with a lexicon that knows a Porto Forum."""
    return made_at(tmp_path)


def made_at(folder: Path) -> Place:
    """A place in this folder, with a lexicon that knows a Porto Forum."""
    shutil.copytree(LEXICON, folder / "lexicon")
    made = Place(folder)
    edit(made, BEFORE)
    return made


def edit(place: Place, blocks: str) -> str:
    """Make the project's forums and some more those of the place's lexicon; the version it has then."""
    ledger = (LEXICON / "bits.toml").read_text(encoding="utf-8")
    more = "[forums]\nporto_forum = 61\nlisbon_forum = 60"
    (place.folder / "lexicon" / "bits.toml").write_text(ledger.replace("[forums]", more), encoding="utf-8")
    forums = (LEXICON / "forums.toml").read_text(encoding="utf-8")
    (place.folder / "lexicon" / "forums.toml").write_text(f"{forums}\n{blocks}", encoding="utf-8")
    return load_lexicon(place.folder / "lexicon").version


def fill(place: Place, count: int, every: int = 4) -> None:
    """Save so many items, one a day, as a round under the place's lexicon would; `every` so many begin with TITLES."""
    lexicon = load_lexicon(place.folder / "lexicon")
    tagger = Tagger(lexicon)
    tags = [tagger.tags(title, "", "en", "cedar") for title in TITLES]
    one = item("", "cedar", 0)
    kinds = [kind if (kind := number % every) < len(TITLES) else LIBRARY for number in range(count)]
    items = [replace(one, key=n + 1, published=n * DAY, title=TITLES[kind]) for n, kind in enumerate(kinds)]
    with stores.open_for_writing(str(place.store)) as store:
        store.save_catalogue([outlet("cedar", FEED)])
        store.set_lexicon(lexicon.version)
        store.save([look(FEED, 1000, *zip(items, (tags[kind] for kind in kinds), strict=True))])


ITEMS = "SELECT * FROM item ORDER BY seq"
OTHERS = "SELECT seq, title, summary, published, about, relevant, topics, naming, actors FROM item ORDER BY seq"
FORUMS = "SELECT forums FROM item ORDER BY seq"


def noted(place: Place) -> dict[str, str]:
    """What the store says of itself."""
    return dict(place.rows("SELECT name, value FROM meta"))


def retagged(place: Place, *arguments: str) -> dict[str, Any]:
    """What a retag that ends well says."""
    done = place.here("retag", "--json", *arguments)
    assert (done.returncode, done.stderr) == (0, "")
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def test_what_came_and_went_is_told_and_written(place: Place) -> None:
    fill(place, 40)
    version = edit(place, AFTER)
    before = place.rows(OTHERS)
    told = retagged(place)
    assert (told["items"], told["changed"], told["lexicon"], told["dry_run"]) == (40, 20, version, False)
    rows = {row["tag"]: row for row in told["tags"]}
    assert list(rows) == ["porto_forum", "lisbon_forum"]
    assert [rows["porto_forum"][name] for name in ("dimension", "came", "went", "now")] == ["forums", 0, 10, 0]
    assert [rows["lisbon_forum"][name] for name in ("dimension", "came", "went", "now")] == ["forums", 10, 0, 10]
    assert rows["lisbon_forum"]["went_as"] == []
    assert rows["lisbon_forum"]["came_as"] == [
        {"date": date, "outlet": "cedar", "title": TITLES[1]} for date in ("1970-01-02", "1970-01-06", "1970-01-10")
    ]
    assert [mask & (LISBON | PORTO) for (mask,) in place.rows(FORUMS)] == [0, LISBON, 0, 0] * 10
    assert place.rows(OTHERS) == before


def test_elsewhere_it_is_a_line_a_tag_and_on_a_terminal_a_table(place: Place) -> None:
    fill(place, 8)
    version = edit(place, AFTER)
    head, porto, lisbon, last = place.here("retag", "--dry-run").stdout.splitlines()
    assert head.split("\t")[:6] == ["dimension", "tag", "came", "went", "now", "came 1"]
    assert porto.split("\t")[:5] == ["forums", "porto_forum", "0", "2", "0"]
    assert lisbon.split("\t") == [
        *("forums", "lisbon_forum", "2", "0", "2"),
        *(f"+ {date} cedar: {TITLES[1]}" for date in ("1970-01-02", "1970-01-06")),
        *[""] * 4,
    ]
    assert last == f"4 of 8 items would change; lexicon {version}"
    code, shown = terminal(place, "retag")
    assert code == 0
    assert "forums     lisbon_forum  2" in shown
    assert f"+ 1970-01-06 cedar: {TITLES[1]}" in shown
    assert f"4 of 8 items changed; lexicon {version}" in shown


def test_a_tag_that_is_no_more_is_called_by_its_bit(place: Place) -> None:
    fill(place, 4)
    edit(place, "")
    tags = retagged(place)["tags"]
    assert [(row["dimension"], row["tag"], row["went"]) for row in tags] == [("forums", "bit 61", 1)]
    assert not any(mask & PORTO for (mask,) in place.rows(FORUMS))


def test_a_dry_run_writes_nothing_and_needs_no_lock(place: Place) -> None:
    fill(place, 40)
    edit(place, AFTER)
    before = place.store.read_bytes()
    with FileLock(f"{place.store}.lock"):
        told = retagged(place, "--dry-run")
        locked = place.here("retag")
    assert (told["changed"], told["dry_run"]) == (20, True)
    assert (locked.returncode, "another run holds" in locked.stdout, locked.stderr) == (75, True, "")
    assert place.store.read_bytes() == before
    done = retagged(place)
    assert done == {**told, "dry_run": False}


def test_a_second_retag_changes_nothing(place: Place) -> None:
    fill(place, 40)
    edit(place, AFTER)
    retagged(place)
    before = place.rows(ITEMS)
    told = retagged(place)
    assert (told["items"], told["changed"], told["tags"]) == (40, 0, [])
    assert place.rows(ITEMS) == before


def test_a_reader_counts_anew(place: Place) -> None:
    fill(place, 40)
    edit(place, AFTER)
    lexicon = load_lexicon(place.folder / "lexicon")
    cube = Cube(stores.existing(str(place.store)), lexicon)
    query = "SELECT count(*) AS n FROM article WHERE forums & $forum != 0"
    assert int(cube.ask(query, {"forum": LISBON})["n"][0]) == 0
    retagged(place)
    cube.refresh()
    assert int(cube.ask(query, {"forum": LISBON})["n"][0]) == 10
    assert cube.state.lexicon == lexicon.version


def test_items_collected_afterwards_bear_the_same_tags(place: Place) -> None:
    fill(place, 4)
    version = edit(place, AFTER)
    retagged(place)
    entry = f"<item><title>{TITLES[1]}</title><link>https://oak.invalid/new</link></item>"
    with serving() as site:
        site.answers["/feed"] = Answer(
            f'<rss version="2.0"><channel><title>Oak</title>{entry}</channel></rss>'.encode()
        )
        place.catalogue(f"{site.url}/feed")
        assert place.run("collect").returncode == 0
    assert place.rows(FORUMS)[1] == place.rows(FORUMS)[4] == (LISBON,)
    assert noted(place)["lexicon"] == version
    store = stores.existing(str(place.store))
    for one in (2, 5):  # tagged again, and tagged as it was collected
        assert {("forums", "lisbon_forum", "forums.lisbon_forum.en", "title", "Lisbon Forum")} <= {
            (match.dimension, match.tag, match.rule, match.field, match.text) for match in store.matches([one])[one]
        }


def test_reasons_are_of_the_words_that_are_stored_and_no_others_are_kept(place: Place) -> None:
    fill(place, 40)
    store = stores.existing(str(place.store))
    kept = place.rows("SELECT count(*) FROM reason")
    edit(place, AFTER)
    retagged(place)
    assert place.rows("SELECT count(*) FROM reason") == kept
    assert place.rows("SELECT count(*) FROM item WHERE reasons <> 0") == [(30,)]
    texts, matches = store.texts(range(1, 41)), store.matches(range(1, 41))
    assert len(matches) == 30
    for seq, reasons in matches.items():
        assert reasons
        assert all(one.text == texts[seq][one.field][one.start : one.end] != "" for one in reasons)


def test_reasons_of_items_from_before_are_made(place: Place) -> None:
    fill(place, 8)
    with sqlite3.connect(place.store) as db:
        db.execute("UPDATE item SET reasons = 0")
        db.execute("DELETE FROM reason")
    assert retagged(place)["changed"] == 0
    assert len(stores.existing(str(place.store)).matches(range(1, 9))) == 6


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Place, Path, dict[str, Any]]:
    """A place whose 12,000 items were tagged again in one go, its store as it was before, and what was told."""
    made = made_at(tmp_path_factory.mktemp("undisturbed"))
    fill(made, 12_000, every=24)
    before = made.folder / "before.db"
    shutil.copy(made.store, before)
    edit(made, AFTER)
    return made, before, retagged(made)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_ended_half_way_it_goes_on_and_ends_the_same(
    place: Place, undisturbed: tuple[Place, Path, dict[str, Any]], number: signal.Signals
) -> None:
    other, before, whole = undisturbed
    shutil.copy(before, place.store)
    old, new = noted(place)["lexicon"], edit(place, AFTER)
    with place.started("retag", "--json") as running:
        wait_for_note(place)
        running.send_signal(number)
        out, err = running.communicate(timeout=60)
    assert (running.returncode, err) == (-number if number == signal.SIGKILL else 128 + number, "")
    version, seq, _ = noted(place)["retag"].split(":", 2)
    assert (version, 5_000 <= int(seq) < 12_000) == (new, True)
    bearing = place.rows(f"SELECT forums & {LISBON} != 0, seq <= {seq} FROM item WHERE title LIKE 'Lisbon%'")  # noqa: S608
    assert all(bears == reached for bears, reached in bearing)
    assert noted(place)["lexicon"] == old
    if out:
        assert (json.loads(out)["ended_by"], json.loads(out)["items"]) == (number, int(seq))
    told = retagged(place)
    assert told == whole
    assert place.rows(ITEMS) == other.rows(ITEMS)
    assert (told["items"], told["changed"]) == (12_000, 1_000)
    assert (noted(place)["lexicon"], "retag" in noted(place)) == (new, False)


def wait_for_note(place: Place) -> None:
    """Wait until a chunk is written."""
    for _ in range(6_000):
        try:
            if place.rows("SELECT 1 FROM meta WHERE name = 'retag'"):
                return
        except sqlite3.OperationalError:
            pass
        time.sleep(0.01)
    raise AssertionError("no chunk was written")


def test_what_is_unfinished_never_passes_for_a_whole(store: Store) -> None:
    store.save_catalogue([outlet("cedar", FEED)])
    store.save([look(FEED, 5, (item("https://cedar.invalid/1", "cedar", 1), Tags()))])
    store.set_lexicon("old")
    first = store.state()
    store.retag({1: Tags(about=True)}, "new", 1, "{}")
    assert store.state().generation != first.generation
    assert store.unfinished_retag("new") == (1, "{}")
    assert store.unfinished_retag("newer") == (0, "")
    store.set_lexicon("new")  # as a round between the two runs does
    assert (store.state().lexicon, store.unfinished_retag("new")) == ("old", (1, "{}"))
    store.set_lexicon("newer")  # what that one saved may bear other tags
    assert (store.state().lexicon, store.unfinished_retag("new")) == ("old", (0, ""))
    before = store.state().generation
    store.end_retag("new")
    assert (store.state().lexicon, store.state().generation != before) == ("new", True)
    store.set_lexicon("newer")
    assert store.state().lexicon == "newer"


def test_another_lexicon_begins_anew(place: Place) -> None:
    fill(place, 40)
    version = edit(place, AFTER)
    with stores.open_for_writing(str(place.store)) as store:
        store.retag({}, "another", 30, "")
    assert retagged(place)["items"] == 40
    assert noted(place)["lexicon"] == version


def test_demo_stores_stay_what_they_are(place: Place) -> None:
    assert place.here("demo", "--articles", "20").returncode == 0
    demo = place.folder / "monitor.demo.db"
    told = retagged(place, "--store", str(demo))
    assert (told["items"], told["changed"]) == (420, 0)  # an item is tagged as it was when it came
    opened = stores.existing(str(demo))
    assert opened.kind == "demo"


BROKEN = {
    "no store": ([], "no such store"),
    "no store to try it on": (["--dry-run"], "no such store"),
    "no lexicon": (["--data", "nowhere"], "nowhere"),
    "another file": (["--store", "{folder}/lexicon/forums.toml"], "not a store of this program"),
}


@pytest.mark.parametrize("arguments,said", BROKEN.values(), ids=BROKEN)
def test_broken_use_ends_with_2_and_words(place: Place, arguments: list[str], said: str) -> None:
    done = place.here("retag", *(one.replace("{folder}", str(place.folder)) for one in arguments))
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert not place.store.exists()
