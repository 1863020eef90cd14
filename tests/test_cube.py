"""The cube beside a collector: what another process saves shows at once, and failures leave no trace."""

import subprocess
import sys
import threading
from datetime import date
from pathlib import Path

import pytest

from mentions import measures
from mentions import store as stores
from mentions.cube import Cube
from mentions.lexicon import Lexicon
from mentions.model import Tags
from mentions.selection import Selection
from mentions.store import StoreError
from tests.conftest import ROOT, item, look

SAVE = """
import sys
from mentions import store as stores
from mentions.model import Tags
from tests.conftest import item, look, outlet
path, first = sys.argv[1], int(sys.argv[2])
store = stores.writing(path, "real")
store.save_catalogue([outlet("cedar", "https://cedar.invalid/feed")])
pairs = [(item(f"https://cedar.invalid/{n}", "cedar", 1_790_000_000), Tags(True, True)) for n in range(first, first + 10)]
store.save([look("https://cedar.invalid/feed", 1_790_000_000 + first, *pairs)])
store.engine.dispose()
"""
EVER = Selection(date(2026, 9, 1), date(2026, 9, 30))


def save(path: Path, first: int) -> None:
    """Save ten more items by another process, as the collector does."""
    subprocess.run([sys.executable, "-c", SAVE, str(path), str(first)], cwd=ROOT, check=True)


def test_each_round_of_another_process_shows_at_once(tmp_path: Path, lexicon: Lexicon) -> None:
    path = tmp_path / "monitor.db"
    save(path, 0)
    cube = Cube(stores.existing(str(path)), lexicon)
    seen = []
    for first in range(10, 60, 10):
        save(path, first)
        cube.refresh()
        seen.append((cube.store.state().seq, measures.totals(cube, EVER)["articles"], len(measures.newest(cube, EVER))))
    assert seen == [(n, n, n) for n in range(20, 70, 10)]
    with stores.transaction(cube.store) as db:
        assert db.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"


def test_a_failed_refresh_is_as_if_it_had_not_been_tried(tmp_path: Path, lexicon: Lexicon) -> None:
    path = tmp_path / "monitor.db"
    save(path, 0)
    cube = Cube(stores.existing(str(path)), lexicon)
    save(path, 10)
    away = path.rename(tmp_path / "away.db")
    with pytest.raises(StoreError):
        cube.refresh()
    assert measures.totals(cube, EVER)["articles"] == 10
    away.rename(path)
    cube.refresh()
    assert measures.totals(cube, EVER)["articles"] == 20


def test_what_is_saved_while_the_cube_reads_is_counted_once(tmp_path: Path, lexicon: Lexicon) -> None:
    path = tmp_path / "monitor.db"
    save(path, 0)
    cube = Cube(stores.existing(str(path)), lexicon)

    def collecting() -> None:
        with stores.open_for_writing(str(path)) as store:
            for n in range(10, 210):
                one = item(f"https://cedar.invalid/{n}", "cedar", 1_790_000_000)
                store.save([look("https://cedar.invalid/feed", 1_790_000_000 + n, (one, Tags(True, True)))])

    thread = threading.Thread(target=collecting)
    thread.start()
    while thread.is_alive():
        cube.refresh()
    thread.join()
    cube.refresh()
    assert tuple(cube.ask("SELECT count(*), count(DISTINCT seq) FROM article", {}).iloc[0]) == (210, 210)
    assert tuple(cube.ask("SELECT sum(items) FROM listed", {}).iloc[0]) == (210,)
