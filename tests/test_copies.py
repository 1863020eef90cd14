"""Stories as the store keeps them: the same however articles came, after restarts, retags, claims and rolled-back saves."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mentions import measures
from mentions import store as stores
from mentions.cube import Cube
from mentions.lexicon import Lexicon
from mentions.likeness import Report
from mentions.model import Item, Tags
from mentions.selection import Selection
from mentions.store import Store
from mentions.stories import Window
from mentions.urls import key
from mentions.wires import Wires, load_wires
from tests.conftest import ROOT, item, look, outlet
from tests.place import Place
from tests.server import Answer, serving

DAY = 86400
NOON = 20_000 * DAY + DAY // 2
WIRES = Wires(load_wires(ROOT / "data"))
TALKS = "Foreign ministers agree to resume talks on Kashmir after a gap of years"
LEAD = (
    "The foreign ministers of both countries agreed on Monday to resume a dialogue that was broken off years ago, "
    "officials said after a meeting on the margins of the assembly in New York, where both had come for the week."
)
OTHER = (
    "Traders of the valley asked the administration to open the road through the pass before the snow, since fruit was "
    "rotting in lorries that had waited for a week below the tunnel; the administrator promised an answer by Friday."
)
ARTICLE, ASIDE = Tags(True, True), Tags()
OUTLETS = ("cedar", "oak", "elm")
LINKS = "SELECT item, nearest, rule, round(likeness, 6) FROM copy ORDER BY item"
TOLD = "SELECT seq, story, wire FROM item ORDER BY seq"


def feed(name: str) -> str:
    return f"https://{name}.invalid/feed"


def rows(store: Store, query: str) -> list[tuple[object, ...]]:
    with stores.transaction(store) as db:
        return [tuple(row) for row in db.exec_driver_sql(query)]


def report(number: int, owner: str, hours: float, title: str, summary: str) -> Item:
    """An article with an address of its own."""
    one = item(f"https://{owner}.invalid/{number}", owner, NOON + round(hours * 3600), title)
    return replace(one, summary=summary)


TITLES = [TALKS, f"{TALKS}, aides say", "Curfew, day 12, in all of the valley", "Kashmir news", "Road is open again"]
TEXTS = [LEAD, " ".join(LEAD.split()[5:]), LEAD.replace("years", "months"), f"GENEVA, Nov 3 (PTI): {OTHER}", OTHER, ""]
REPORTS = st.lists(
    st.tuples(
        st.sampled_from(OUTLETS),
        st.integers(0, 96) | st.integers(0, 90 * 24),
        st.sampled_from(TITLES),
        st.sampled_from(TEXTS),
        st.sampled_from([ARTICLE, ARTICLE, ARTICLE, ASIDE]),
    ),
    max_size=30,
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("copies")


def saved(path: Path, *rounds: Sequence[tuple[Item, Tags]]) -> Store:
    """A store that got these items in rounds, each by a process of its own."""
    path.unlink(missing_ok=True)
    store = stores.writing(str(path), "real", WIRES, journal="OFF")
    store.save_catalogue([outlet(name, feed(name)) for name in OUTLETS])
    for at, part in enumerate(rounds, 1):
        store.engine.dispose()
        store = stores.writing(str(path), "real", WIRES, journal="OFF")
        store.save([look(feed("cedar"), at, *part)])
    return store


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(found=REPORTS, cuts=st.sets(st.integers(1, 29), max_size=4))
def test_stories_are_the_same_in_one_round_and_in_many_and_told_anew(
    folder: Path, found: list[tuple[str, int, str, str, Tags]], cuts: set[int]
) -> None:
    pairs = [(report(n, owner, *rest), tags) for n, (owner, *rest, tags) in enumerate(found, 1)]  # type: ignore[arg-type]
    window, links = Window(), {}
    for seq, (one, tags) in enumerate(pairs, 1):
        if tags.about:
            links[seq] = window.place(Report(seq, one.published, one.outlet, one.url, one.title, one.summary))
    told = [
        (seq, links[seq].story if seq in links else 0, WIRES.of(one.title, one.summary) if seq in links else "")
        for seq, (one, _) in enumerate(pairs, 1)
    ]
    copies = [(link.seq, link.nearest, link.rule, round(link.likeness, 6)) for link in links.values() if link.rule]

    edges = sorted({0, len(pairs), *(cut for cut in cuts if cut < len(pairs))})
    whole = saved(folder / "whole.db", pairs)
    parted = saved(folder / "parted.db", *(pairs[start:end] for start, end in pairwise(edges)))
    for store in (whole, parted):
        assert rows(store, TOLD) == told
        assert rows(store, LINKS) == copies
    parted.end_retag("anew")
    assert rows(parted, TOLD) == told
    assert rows(parted, LINKS) == copies
    for store in (whole, parted):
        store.engine.dispose()


def test_a_report_between_two_of_other_months_is_found_in_the_same_round(folder: Path) -> None:
    hours = (0, 40 * 24, 1)
    pairs = [(report(n, OUTLETS[n], at, TALKS, LEAD), ARTICLE) for n, at in enumerate(hours)]
    store = saved(folder / "far.db", pairs)
    assert [story for _, story, _ in rows(store, TOLD)] == [1, 2, 1]
    store.engine.dispose()


def rss(owner: str) -> bytes:
    """The text as an outlet lists it, under its own address."""
    return (
        f'<rss version="2.0"><channel><title>{owner}</title><item><title>{TALKS}</title>'
        f"<link>https://{owner}.invalid/talks</link><description>{LEAD}</description>"
        "<pubDate>Mon, 23 Nov 2026 10:00:00 GMT</pubDate></item></channel></rss>"
    ).encode()


@pytest.mark.parametrize("together", [True, False])
def test_one_text_of_two_outlets_is_one_story(place: Place, lexicon: Lexicon, together: bool) -> None:
    with serving() as site:
        site.answers = {"/one": Answer(rss("cedar")), "/two": Answer(rss("oak"))}
        for urls in [["/one", "/two"]] if together else [["/one"], ["/one", "/two"]]:
            place.catalogue(*(f"{site.url}{url}" for url in urls))
            assert place.run("collect", "--now").returncode == 0
    assert place.rows("SELECT seq, story FROM item ORDER BY seq") == [(1, 1), (2, 1)]
    assert place.rows("SELECT * FROM copy") == [(2, 1, "same title", 1.0)]
    day = datetime(2026, 11, 23, tzinfo=UTC).date()
    store = stores.existing(str(place.store))
    totals = measures.totals(Cube(store, lexicon), Selection(day, day))
    assert (totals["articles"], totals["reports"]) == (2, 1)


def test_a_save_that_was_rolled_back_leaves_no_story(folder: Path) -> None:
    store = saved(folder / "back.db")
    first, second = (
        report(1, "cedar", 0, "Curfew, day 12, in all of the valley", ""),
        report(2, "cedar", 0, TALKS, LEAD),
    )
    broken = replace(report(3, "cedar", 0, "Road is open again", OTHER), stated="\ud800")  # no text that can be stored
    with pytest.raises(UnicodeEncodeError):
        store.save([look(feed("cedar"), 1, *((one, ARTICLE) for one in (first, second, broken)))])
    store.save([look(feed("oak"), 2, (report(3, "oak", 1, TALKS, LEAD), ARTICLE))])
    store.save([look(feed("elm"), 3, (report(4, "elm", 1, TALKS, LEAD), ARTICLE))])
    assert [row[:2] for row in rows(store, TOLD)] == [(1, 1), (2, 1)]
    assert [row[:2] for row in rows(store, LINKS)] == [(2, 1)]
    store.engine.dispose()


def by_query(owner: str, title: str) -> Item:
    """What an aggregator listed for an outlet under an address of its own."""
    listed = item("https://service.invalid/1", owner, NOON, title)
    return replace(listed, guid="1", key=key(f"title:{owner}:{title}"), summary=LEAD)


def test_what_an_outlet_claims_hides_no_later_copy(folder: Path) -> None:
    store = saved(folder / "claim.db")
    store.save([look(feed("oak"), 1, (by_query("cedar", TALKS), ARTICLE))], channel="query")
    store.save([look(feed("oak"), 2, (report(2, "oak", 1, "Road is open again", OTHER), ARTICLE))])
    store.save([look(feed("elm"), 3, (report(3, "elm", 1, TALKS, LEAD), ARTICLE))])
    store.engine.dispose()
    store = stores.writing(str(folder / "claim.db"), "real", WIRES, journal="OFF")
    own, late = report(1, "cedar", 0, TALKS, LEAD), report(4, "cedar", 2, "Traders ask for the road", OTHER)
    store.save([look(feed("cedar"), 4, (own, ARTICLE), (late, ARTICLE))])
    assert [row[:2] for row in rows(store, TOLD)] == [(1, 3), (2, 2), (3, 3), (4, 2)]
    assert [row[:2] for row in rows(store, LINKS)] == [(1, 3), (4, 2)]
    store.end_retag("anew")  # in order of seq the story has the name of its first article
    assert [row[:2] for row in rows(store, TOLD)] == [(1, 1), (2, 2), (3, 1), (4, 2)]
    store.engine.dispose()


def test_what_another_outlet_listed_first_is_no_copy_of_itself_once_claimed(folder: Path) -> None:
    store = saved(folder / "self.db")
    page = item("https://cedar.invalid/1", "oak", NOON, TALKS)
    store.save([look(feed("oak"), 1, (page, ARTICLE))])
    store.save([look(feed("elm"), 2, (report(2, "elm", 1, TALKS, LEAD), ARTICLE))])
    store.save([look(feed("cedar"), 3, (replace(page, outlet="cedar"), ARTICLE))], owner=lambda _: "cedar")
    assert rows(store, "SELECT outlet FROM item WHERE seq = 1") == [(1,)]
    assert [row[:2] for row in rows(store, TOLD)] == [(1, 1), (2, 1)]
    assert [row[:2] for row in rows(store, LINKS)] == [(2, 1)]
    store.engine.dispose()


@pytest.mark.parametrize("version", ["version1.sql", "version2.sql"])
def test_the_articles_of_an_older_store_are_told(tmp_path: Path, version: str) -> None:
    path = tmp_path / "old.db"
    credited = f"GENEVA, Nov 3 (PTI): {LEAD}"
    with closing(sqlite3.connect(path)) as db, db:
        db.row_factory = sqlite3.Row
        db.executescript((Path(__file__).parent / "stores" / version).read_text(encoding="utf-8"))
        one = dict(db.execute("SELECT * FROM item").fetchone())
        for seq, about in ((5, 1), (6, 0), (7, 1)):
            more = one | {"seq": seq, "key": -seq, "url": f"https://cedar.invalid/{seq}", "guid": seq, "about": about}
            more |= {"title": TALKS, "summary": credited, "published": NOON + seq}
            known = {name: value for name, value in more.items() if name in one}
            marks = ", ".join("?" * len(known))
            db.execute(f"INSERT INTO item ({', '.join(known)}) VALUES ({marks})", list(known.values()))  # noqa: S608
    store = stores.writing(str(path), "real", WIRES)
    assert rows(store, f"{TOLD} LIMIT -1 OFFSET 1") == [(5, 5, "pti"), (6, 0, ""), (7, 5, "pti")]
    assert rows(store, LINKS) == [(7, 5, "same title", 1.0)]
    store.engine.dispose()
