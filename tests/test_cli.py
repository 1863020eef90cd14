"""The command line by the user's door: real rounds, real bytes over loopback, exit codes that tell the truth.

Rounds are processes of their own; what only reads, writes or refuses is called in this one.
"""

import json
import sqlite3
from collections.abc import Iterator
from typing import Any

import pytest
from filelock import FileLock

from tests.place import Place
from tests.server import Answer, Site, refusing, serving

RSS = """<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0"><channel><title>Cedar Gazette</title><link>{site}/</link><description>Invented</description>
<item><title>UN Security Council hears envoys on Kashmir (invented)</title><link>{site}/1</link>
<pubDate>Tue, 24 Nov 2026 05:00:00 +0000</pubDate></item>
<item><title>Library opens in Porto (invented)</title><link>{site}/2</link>
<pubDate>Tue, 24 Nov 2026 06:00:00 +0000</pubDate></item>
</channel></rss>"""


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as site:
        site.answers["/feed"] = Answer(
            RSS.replace("{site}", site.url).encode(), headers={"ETag": '"v1"'}, conditional=True
        )
        yield site


def test_a_round_saves_tags_and_asks_politely_the_next_time(place: Place, site: Site) -> None:
    place.catalogue(f"{site.url}/feed")
    first = place.run("collect")
    assert first.returncode == 0, first.stderr
    assert "1 of 1 feeds answered; 2 items listed, 2 new (1 ok)" in first.stdout
    assert place.rows("SELECT about, relevant, dated_by FROM item ORDER BY seq") == [(1, 1, "feed"), (0, 0, "feed")]
    second = place.run("collect", "--json", "--now")
    assert json.loads(second.stdout) == {
        "feeds": 1,
        "answered": 1,
        "unasked": 0,
        "left": 0,
        "listed": 0,
        "new": 0,
        "ended_by": 0,
        "resting": 0,
        "well": 0,
        "waiting": 0,
        "gone": 0,
        "next_due": 0,
        "outcomes": {"unchanged": 1},
        "failures": [],
    }
    assert site.requests[1].headers["if-none-match"] == '"v1"'
    assert place.rows("SELECT count(*) FROM item") == [(2,)]


SICK = {
    "empty body": Answer(b""),
    "html in place of a feed": Answer(b"<!DOCTYPE html><html><head><title>Sorry</title></head><body>x</body></html>"),
    "not a feed": Answer(b"a plain text"),
    "http error": Answer(b"gone", 410),
    "bad redirect": Answer(status=302, headers={"Location": "ftp://127.0.0.1/feed"}),
    "refused": Answer(b'<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a "b">]><rss version="2.0"><channel/></rss>'),
    "cut off": Answer(RSS.split("<item><title>Library")[0].encode()),
}


def test_one_sick_feed_never_stops_a_round(place: Place, site: Site) -> None:
    for number, answer in enumerate(SICK.values()):
        site.answers[f"/sick{number}"] = answer
    with refusing() as nobody:
        place.catalogue(*(f"{site.url}/sick{number}" for number in range(len(SICK))), f"{nobody}/x", f"{site.url}/feed")
        done = place.run("collect")
    assert done.returncode == 0, done.stderr
    found = dict(place.rows("SELECT outcome, count(*) FROM feed_check GROUP BY outcome"))
    assert found == {**dict.fromkeys(SICK, 1), "unreachable": 1, "ok": 1}
    assert place.rows("SELECT count(*) FROM feed WHERE etag <> ''") == [(1,)]
    for name in SICK:
        assert name in done.stdout
    assert [line.split(": ")[1] for line in done.stderr.splitlines()] == [
        "gone for good (410), not asked any more. Take it out of outlets.toml, or give its new address; if it comes back"
    ]


ODD = {
    "an encoding that is no text": Answer(RSS.encode(), headers={"Content-Type": "text/xml; charset=hex"}),
    "an etag that cannot be sent back": Answer(
        raw=b'HTTP/1.1 200 OK\r\nETag: "a\x01b"\r\nContent-Length: %d\r\nConnection: close\r\n\r\n' % len(RSS)
        + RSS.encode()
    ),
}


@pytest.mark.parametrize("answer", ODD.values(), ids=ODD)
def test_what_is_odd_but_readable_is_read_each_time(place: Place, site: Site, answer: Answer) -> None:
    site.answers["/odd"] = answer
    place.catalogue(f"{site.url}/odd")
    outcomes = [json.loads(place.run("collect", "--json", "--now").stdout)["outcomes"] for _ in range(2)]
    assert outcomes == [{"ok": 1}, {"unchanged": 1}]


def test_a_round_that_got_nothing_says_so_to_cron(place: Place) -> None:
    with refusing() as nobody:
        place.catalogue(f"{nobody}/feed")
        done = place.run("collect")
    assert done.returncode == 1
    assert "0 of 1 feeds answered" in done.stdout
    assert "connection refused" in done.stdout
    assert "No feed has answered yet" in done.stderr


def test_without_a_network_a_round_is_given_up(place: Place) -> None:
    place.catalogue(*(f"https://nobody{number}.invalid/feed" for number in range(120)))
    done = place.run("collect")
    assert done.returncode == 1
    assert "is there a network?" in done.stdout
    (asked,) = place.rows("SELECT count(*) FROM feed_check")
    assert 20 <= asked[0] < 120


def test_dead_hosts_never_cost_the_others_their_turn(place: Place, site: Site) -> None:
    for number in range(30):
        site.answers[f"/slow{number}"] = Answer(RSS.encode(), wait=0.3)
    dead = [f"https://nobody{number}.invalid/feed" for number in range(25)]
    place.catalogue(*dead, *(f"{site.url}/slow{number}" for number in range(30)))
    done = place.run("collect", "--json")
    assert json.loads(done.stdout)["outcomes"] == {"ok": 30, "unreachable": 25}


def test_only_the_outlet_asked_for_is_looked_at(place: Place, site: Site) -> None:
    place.catalogue(f"{site.url}/feed", f"{site.url}/other")
    assert place.run("collect", "--outlet", "o0").returncode == 0
    assert [request.path for request in site.requests] == ["/feed"]


BROKEN = {
    "unknown flag": (["collect", "--fast"], "No such option"),
    "unknown outlet": (["collect", "--outlet", "nobody"], "--outlet nobody: no such id"),
    "no catalogue": (["collect", "--data", "nowhere"], "nowhere/outlets.toml: no such file"),
    "no folder for the store": (["collect", "--store", "nowhere/m.db"], "folder"),
    "a store that is none": (["collect", "--store", "{folder}/outlets.toml"], "not a store of this program"),
    "another kind of database": (["collect", "--store", "mysql://localhost/x"], "only sqlite:///path"),
    "a network that is none": (["collect", "--allow-address", "127.0.0.1/8"], "--allow-address 127.0.0.1/8: "),
    "no file to tag": (["tag", "nowhere.jsonl"], "nowhere.jsonl"),
    "no lexicon": (["tag", "--data", "nowhere"], "nowhere"),
    "no articles": (["demo", "--articles", "0"], "articles"),
}


@pytest.mark.parametrize("arguments,said", BROKEN.values(), ids=BROKEN)
def test_broken_use_ends_with_2_and_words(place: Place, arguments: list[str], said: str) -> None:
    place.catalogue("http://127.0.0.1:9/feed")
    done = place.here(*(one.replace("{folder}", str(place.folder)) for one in arguments))
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_a_second_round_at_once_ends_with_75(place: Place, site: Site) -> None:
    place.catalogue(f"{site.url}/feed")
    with FileLock(f"{place.store}.lock"):
        done = place.run("collect")
    assert done.returncode == 75
    assert "another run holds" in done.stdout
    assert not done.stderr
    assert not site.requests


def test_tag_answers_in_order_with_reasons_that_slice_the_text(place: Place) -> None:
    items: list[dict[str, Any]] = [
        {"id": 7, "title": "OIC Contact Group meets on Kashmir (invented)", "summary": "", "language": "en"},
        {"id": "b", "title": "Rain in Porto"},
        {"id": "c", "title": "AJ&amp;K talks: <b>UNSC</b> asked to act on Kashmir", "summary": None},
    ]
    done = place.here("tag", stdin="\n".join(map(json.dumps, items)) + "\n\n")
    assert done.returncode == 0, done.stderr
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [answer["id"] for answer in answers] == [7, "b", "c"]
    assert [answer["relevant"] for answer in answers] == [True, False, True]
    assert (answers[0]["forums"], answers[2]["forums"]) == (["oic"], ["unsc"])
    for item, answer in zip(items, answers, strict=True):
        for match in answer["matches"]:
            assert str(item[match["field"]])[match["start"] : match["end"]] == match["text"]


def test_tag_names_the_lines_it_cannot_read_and_does_the_others(place: Place) -> None:
    done = place.here(
        "tag", stdin='{"id": 1, "title": "Kashmir talks"}\nnot json\n{"id": 2}\n[]\n{"id": 3, "title": "x"}\n'
    )
    assert done.returncode == 2
    assert [json.loads(line)["id"] for line in done.stdout.splitlines()] == [1, 3]
    assert [line.partition(":")[0] for line in done.stderr.splitlines()[:3]] == [
        f"<stdin>, line {n}" for n in (2, 3, 4)
    ]


def test_tag_survives_what_is_no_text_and_no_json(place: Place) -> None:
    lines = [
        b'{"id": 1, "title": "\xff"}',
        b'{"id": NaN, "title": "x"}',
        b"[" * 100_000,
        b'{"id": 2, "title": "\\ud800"}',
        b'{"id": 3, "title": "x"}',
    ]
    (place.folder / "odd.jsonl").write_bytes(b"\n".join(lines))
    done = place.here("tag", str(place.folder / "odd.jsonl"))
    assert done.returncode == 2
    assert [json.loads(line)["id"] for line in done.stdout.splitlines()] == [2, 3]
    assert [line.partition(": ")[0].rpartition(", ")[2] for line in done.stderr.splitlines()[:3]] == [
        "line 1",
        "line 2",
        "line 3",
    ]
    assert "Traceback" not in done.stderr


def test_demo_fills_a_store_of_its_own_and_never_a_real_one(place: Place, site: Site) -> None:
    done = place.here("demo", "--articles", "50", "--seed", "3")
    assert done.returncode == 0, done.stderr
    with sqlite3.connect(place.folder / "monitor.demo.db") as db:
        assert db.execute("SELECT sum(about) FROM item").fetchone() == (50,)
        assert db.execute("SELECT count(*) FROM item WHERE title NOT LIKE '[invented] %'").fetchone() == (0,)
    assert not place.store.exists()
    place.catalogue(f"{site.url}/feed")
    assert place.run("collect").returncode == 0
    refused = place.here("demo", "--articles", "50", "--store", str(place.store))
    assert (refused.returncode, "holds real items" in refused.stderr) == (2, True)
    refused = place.here("collect", "--store", str(place.folder / "monitor.demo.db"))
    assert (refused.returncode, "holds demo items" in refused.stderr) == (2, True)


@pytest.mark.parametrize("command", ["collect", "tag", "demo"])
def test_help_has_examples(place: Place, command: str) -> None:
    done = place.here(command, "--help")
    assert done.returncode == 0
    assert f"python -m collectors {command}" in done.stdout


HELD = [
    ("2018-06-01", True),  # Trump's first term
    ("2023-06-01", False),
    ("", True),  # today
]


@pytest.mark.parametrize(("published", "held"), HELD)
def test_a_person_stands_for_an_office_while_holding_it(place: Place, published: str, held: bool) -> None:
    row = {"id": 1, "title": "Trump offers to mediate on Kashmir", "published": published}
    done = place.here("tag", stdin=json.dumps(row))
    assert ("us" in json.loads(done.stdout)["actors"]) is held


def test_a_date_that_is_none_is_told(place: Place) -> None:
    done = place.here("tag", stdin='{"id": 1, "title": "Talks on Kashmir", "published": "soon"}')
    assert (done.returncode, done.stdout) == (2, "")
    assert "\"published\" must be a date such as 2026-05-31, not 'soon'" in done.stderr
