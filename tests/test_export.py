"""Exports by the user's door: complete in each format, harmless in a spreadsheet, with a sidecar that tells the truth."""

import csv
import json
import sqlite3
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from collectors.export import CHARTS
from mentions.export import COLUMNS, NUMBERS
from tests.conftest import LEXICON, ROOT
from tests.place import Place
from tests.server import Answer, serving

HOSTILE = (
    '=HYPERLINK("https://x.invalid")',
    "<script>alert(1)</script> Kashmir talks",
    "+1 on the Kashmir talks, says envoy",
)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """A place with a few invented items of two outlets, collected over loopback."""
    made = Place(tmp_path_factory.mktemp("export"))
    titles = [
        *(f"Kashmir dispute: envoys meet at the UN, part {n} (invented)" for n in range(3)),
        *HOSTILE[:1],
        HOSTILE[2],
    ]
    with serving() as site:
        for number in range(2):
            entries = "".join(
                f"<item><title>{escaped(title)}</title><link>{site.url}/{number}/{n}</link>"
                f"<description>Talks on Kashmir, number {n} of outlet {number} (invented)</description>"
                "<pubDate>Tue, 24 Nov 2026 05:00:00 +0000</pubDate></item>"
                for n, title in enumerate([*titles, "Library opens in Porto (invented)"])
            )
            site.answers[f"/{number}"] = Answer(
                f'<rss version="2.0"><channel><title>x</title>{entries}</channel></rss>'.encode()
            )
        made.catalogue(f"{site.url}/0", f"{site.url}/1")
        (made.folder / "lexicon").symlink_to(LEXICON)
        assert made.run("collect").returncode == 0
    return made


def escaped(title: str) -> str:
    return title.replace("&", "&amp;").replace("<", "&lt;")


def exported(place: Place, name: str, *options: str) -> tuple[Path, dict[str, Any]]:
    """The file that an export writes, and its sidecar."""
    path = place.folder / name
    done = place.here("export", str(path), *options)
    assert done.returncode == 0, done.stderr
    about = json.loads((place.folder / f"{name}.about.json").read_text("utf-8"))
    assert f"{about['rows']:,} rows" in done.stdout
    return path, about


def test_each_format_holds_the_same_articles(place: Place) -> None:
    path, about = exported(place, "a.csv", "--raw")
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    lines = [json.loads(line) for line in exported(place, "a.jsonl")[0].read_text("utf-8").splitlines()]
    columns = pq.read_table(exported(place, "a.parquet")[0]).to_pylist()
    with sqlite3.connect(place.store) as db:
        seqs = [seq for (seq,) in db.execute("SELECT seq FROM item WHERE relevant = 1 ORDER BY published, seq")]
    assert [row["seq"] for row in lines] == [row["seq"] for row in columns] == seqs
    assert [int(row["seq"]) for row in rows] == seqs
    assert about["rows"] == len(seqs) == about["denominators"]["articles"] > 0
    assert list(rows[0]) == list(lines[0]) == list(columns[0]) == list(COLUMNS)
    for one, other, third in zip(rows, lines, columns, strict=True):
        assert one["title"] == other["title"] == third["title"]
        assert one["forums"].split("; ") == (other["forums"] or [""]) == (third["forums"] or [""])
        assert one["published"] == other["published"] == third["published"] == "2026-11-24T05:00:00Z"


def test_what_a_spreadsheet_would_run_is_defused_unless_raw_is_asked_for(place: Place) -> None:
    with exported(place, "s.csv", "--scope", "about")[0].open(encoding="utf-8-sig", newline="") as file:
        titles = [row["title"] for row in csv.DictReader(file)]
    assert not any(title.startswith(("=", "+", "-", "@")) for title in titles)
    assert f"'{HOSTILE[2]}" in titles
    assert HOSTILE[2] in exported(place, "r.csv", "--scope", "about", "--raw")[0].read_text("utf-8-sig")


def test_the_sidecar_says_what_was_asked_and_of_what(place: Place) -> None:
    _, about = exported(
        place, "f.jsonl", "--outlet", "o1", "--from", "2026-11-20", "--to", "2026-11-24", "--tz", "Asia/Kolkata"
    )
    assert about["selection"] == {
        "from": ["2026-11-20"],
        "to": ["2026-11-24"],
        "scope": ["relevant"],
        "tz": ["Asia/Kolkata"],
        "outlet": ["o1"],
    }
    assert about["denominators"]["items"] == 6
    assert about["invented"] is False
    assert about["snapshot"] in about["methods"]
    assert about["snapshot"] in about["citation"]
    assert {gap["why"] for gap in about["gaps"]} == {"before its first answer"}
    assert "of the 6 items" in about["methods"]
    assert "outlet: Outlet 1" in about["methods"]


@pytest.mark.parametrize("ending", ["csv", "jsonl", "parquet"])
def test_the_numbers_of_every_chart_can_be_had(place: Place, ending: str) -> None:
    for what in NUMBERS if ending == "csv" else ("volume-by", "naming-group", "gaps"):
        path = place.folder / f"{what}.{ending}"
        done = place.here("export", str(path), "--what", what)
        assert done.returncode in (0, 1), (what, done.stderr)
        assert path.exists()
        assert (done.returncode == 1) == (": 0 rows" in done.stdout), what


def test_the_help_names_every_chart_and_no_round_loads_what_draws_them() -> None:
    assert CHARTS.split(", ") == list(NUMBERS)
    loads = "import sys, collectors.commands; print(*{'pandas', 'duckdb', 'pyarrow', 'numpy'} & sys.modules.keys())"
    done = subprocess.run([sys.executable, "-c", loads], check=True, cwd=ROOT, capture_output=True, text=True)
    assert done.stdout.strip() == ""


def test_words_are_a_filter(place: Place) -> None:
    path, about = exported(place, "w.jsonl", "--q", '"part 2" OR envoy')
    titles = {json.loads(line)["title"] for line in path.read_text("utf-8").splitlines()}
    assert titles == {"Kashmir dispute: envoys meet at the UN, part 2 (invented)", HOSTILE[2]}
    assert about["denominators"]["items"] == 12


def test_an_old_snapshot_gives_the_old_rows(place: Place) -> None:
    _, now = exported(place, "n.jsonl")
    _, generation, lexicon = now["snapshot"].split(".")
    path, then = exported(place, "t.jsonl", "--snapshot", f"3.{generation}.{lexicon}")
    assert [json.loads(line)["seq"] for line in path.read_text("utf-8").splitlines()] == [1, 2, 3]
    assert then["snapshot"] == f"3.{generation}.{lexicon}"
    assert then["denominators"]["items"] == 3


BROKEN = {
    "an ending": (["x.xlsx"], 2, "x.xlsx: give a name that ends in .csv, .parquet or .jsonl"),
    "an outlet": (["x.csv", "--outlet", "nobody"], 2, "--outlet=nobody is not known here"),
    "a day": (["x.csv", "--from", "yesterday"], 2, "--from=yesterday is not a day"),
    "a snapshot": (["x.csv", "--snapshot", "7"], 2, "--snapshot=7 is not one of this monitor"),
    "a lexicon of then": (["x.csv", "--snapshot", "3.1.abc"], 2, "tagged or credited anew"),
    "a table": (["x.csv", "--what", "weather"], 2, "--what weather: give articles, volume"),
    "words": (["x.csv", "--q", '"line of'], 2, "A quotation mark is missing"),
    "no rows": (["x.csv", "--from", "2020-01-01", "--to", "2020-01-02"], 1, ""),
}


@pytest.mark.parametrize(("options", "code", "words"), BROKEN.values(), ids=BROKEN)
def test_what_cannot_be_written_is_told(place: Place, options: list[str], code: int, words: str) -> None:
    done = place.here("export", str(place.folder / options[0]), *options[1:])
    assert done.returncode == code
    assert words in done.stderr
    assert not list(place.folder.glob(".*.part"))


def test_rows_are_those_of_the_days(place: Place) -> None:
    path = place.folder / "d.jsonl"
    assert place.run("export", str(path), "--what", "outlets").returncode == 0
    found = Counter({row["id"]: row["articles"] for row in map(json.loads, path.read_text("utf-8").splitlines())})
    with sqlite3.connect(place.store) as db:
        query = "SELECT o.id, sum(relevant) FROM item JOIN outlet o ON o.number = item.outlet GROUP BY o.id"
        assert found == Counter(dict(db.execute(query)))
