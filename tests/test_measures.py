"""Every measure against a plain count in Python, on random stores and under random selections."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import cycle, pairwise, product
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mentions import measures
from mentions import store as stores
from mentions.cube import Cube
from mentions.lexicon import Lexicon
from mentions.marks import Mark, behind
from mentions.measures import MASKS, OWNERS, SMALL
from mentions.model import REGIONS, DatedBy, Item, Tags
from mentions.selection import DIMENSIONS, FILTERS, SWITCHES, ZONES, Selection, day_of, start_of, tags_of
from mentions.snapshot import fault, text_of
from mentions.store import State
from mentions.timeline import period_of
from mentions.wires import Wires, load_wires
from tests.conftest import ROOT, item, look, outlet

OUTLETS = {
    "cedar": ("PK", "pakistan"),
    "oak": ("IN", "india"),
    "elm": ("IN", "kashmir"),
    "ash": ("GB", "world"),
}
WIRES = Wires(load_wires(ROOT / "data"))
FIRST = date(2026, 2, 20)
DAYS = 20
BITS = st.sets(st.integers(0, 12), max_size=3).map(lambda bits: sum(1 << bit for bit in bits))


@dataclass(frozen=True)
class Row:
    """An item of a random store, as the plain count sees it; `text` is one number for all copies of a text, 0 for none."""

    owner: str
    language: str
    published: int
    about: bool = True
    relevant: bool = True
    forums: int = 0
    topics: int = 0
    naming: int = 0
    actors: int = 0
    dated_by: str = "feed"
    wire: str = ""
    text: int = 0
    seq: int = 0

    def tags(self) -> Tags:
        return Tags(self.about, self.relevant, self.forums, self.topics, self.naming, self.actors)

    def item(self) -> Item:
        url = f"https://{self.owner}.invalid/{self.seq}"
        one = item(url, self.owner, self.published, language=self.language)
        credit = f"GENEVA, Nov 3 ({self.wire.upper()}): The delegates met." if self.wire else ""
        return replace(one, dated_by=DatedBy(self.dated_by), summary=credit, copy_of=self.text)

    @property
    def story(self) -> str:
        return f"text {self.text}" if self.text else f"item {self.seq}"


@st.composite
def row(draw: st.DrawFn) -> Row:
    """A random item; relevant ones are about, and only they bear forums and topics, as the codebook demands."""
    about = draw(st.sampled_from([True, True, False]))
    relevant = about and draw(st.sampled_from([True, True, False]))
    forums, topics, naming, actors = (draw(BITS) if kind else 0 for kind in (relevant, relevant, about, about))
    return Row(
        draw(st.sampled_from(sorted(OUTLETS))),
        draw(st.sampled_from(["en", "ur"])),
        start_of(FIRST, "UTC") + draw(st.integers(-86400, (DAYS + 1) * 86400)),
        about,
        relevant,
        forums,
        topics,
        naming,
        actors,
        draw(st.sampled_from(["feed", "zone", "seen"])),
        draw(st.sampled_from(["", "pti", "app"])),
        draw(st.integers(0, 5)),
    )


@st.composite
def selection(draw: st.DrawFn, lexicon: Lexicon) -> Selection:
    """A random selection: up to two filters, any zone, grain and scope; half of them of all days."""
    since, days = draw(st.just((-2, DAYS + 4)) | st.tuples(st.integers(-2, DAYS), st.integers(0, DAYS)))
    values = {
        "outlet": sorted(OUTLETS),
        "country": ["PK", "IN", "GB"],
        "group": ["pakistan", "india", "kashmir", "world"],
        "language": ["en", "ur", "hi"],
        **{name: [one.id for one in getattr(lexicon, plural)[:6]] for name, plural in MASKS.items()},
        "wire": ["none", "pti", "app", "reuters"],
        "dated": ["feed", "zone", "seen"],
    }
    assert tuple(values) == FILTERS
    chosen = Selection(
        FIRST + timedelta(days=since),
        FIRST + timedelta(days=since + days),
        scope=draw(st.sampled_from(["relevant", "about"])),
        by=draw(st.sampled_from(list(SWITCHES["by"]))),
        grain=draw(st.sampled_from(["day", "week", "month"])),
        tz=draw(st.sampled_from(sorted(ZONES))),
    )
    for name in draw(st.just(()) | st.sets(st.sampled_from(FILTERS), max_size=2)):
        ids = draw(st.lists(st.sampled_from(values[name]), min_size=1, max_size=2, unique=True))
        chosen = replace(chosen, **{name: tuple(ids)})  # type: ignore[arg-type]
    for name in draw(st.just(()) | st.tuples(st.sampled_from(DIMENSIONS))):
        ids = draw(st.lists(st.sampled_from(values[name]), min_size=1, max_size=3, unique=True))
        chosen = replace(chosen, also=(f"{name}:{'|'.join(ids)}",))
    return chosen


class Plain:
    """The same counts, item by item."""

    def __init__(self, rows: list[Row], chosen: Selection, lexicon: Lexicon) -> None:
        self.chosen, self.lexicon = chosen, lexicon
        self.listed = [one for one in rows if self.is_listed(one)]
        self.articles = [one for one in self.listed if self.is_article(one)]
        told = Counter(one.story for one in rows if one.about)
        self.copied = [one for one in self.articles if told[one.story] > 1]

    def is_listed(self, one: Row) -> bool:
        wanted = self.chosen
        filters = ("outlet", "country", "group", "language", "dated")
        return wanted.since <= self.day(one) <= wanted.until and all(
            not getattr(wanted, name) or self.ids(one, name) & set(getattr(wanted, name)) for name in filters
        )

    def is_article(self, one: Row) -> bool:
        wanted = self.chosen
        return (
            (one.relevant if wanted.scope == "relevant" else one.about)
            and all(
                not getattr(wanted, name) or self.ids(one, name) & set(getattr(wanted, name))
                for name in (*MASKS, "wire")
            )
            and all(self.ids(one, name) & set(ids) for name, ids in map(tags_of, wanted.also))
        )

    def ids(self, one: Row, by: str) -> set[str]:
        """What an item has of a dimension."""
        if by in MASKS:
            mask, labels = getattr(one, MASKS[by]), getattr(self.lexicon, MASKS[by])
            return {label.id for label in labels if mask >> label.bit & 1}
        country, group = OUTLETS[one.owner]
        region = group if group in REGIONS else "rest"
        own = {"outlet": one.owner, "region": region, "country": country, "group": group, "language": one.language}
        return {(own | {"dated": one.dated_by, "wire": one.wire or "none"})[by]}

    def day(self, one: Row) -> date:
        return day_of(one.published, self.chosen.tz)

    def period(self, one: Row) -> date:
        return period_of(self.day(one), self.chosen.grain)

    def by(self, by: str, period: Any) -> dict[tuple[date, str], tuple[int, int, int]]:
        """Articles, reports and items by period and id; `period` gives an item's."""
        listed = self.listed if by in OWNERS else self.articles
        found = {}
        for key in {(period(one), name) for one in listed for name in self.ids(one, by)}:
            now = [one for one in self.articles if period(one) == key[0] and key[1] in self.ids(one, by)]
            of = [
                one
                for one in self.listed
                if period(one) == key[0] and (by not in OWNERS or key[1] in self.ids(one, by))
            ]
            found[key] = len(now), reports(now), len(of)
        return found


def reports(articles: list[Row]) -> int:
    """How many texts there are among articles."""
    return len({one.story for one in articles})


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    yield str(tmp_path_factory.mktemp("measures"))


def built(path: str, lexicon: Lexicon, *parts: list[Row], before: int = 0) -> tuple[Cube, list[State]]:
    """The cube of a store that got these items one part after the other, topped up after each; the states it had.

    The seqs follow one that the store had `before`.
    """
    stores.path_of(path).unlink(missing_ok=True)
    store = stores.writing(path, "demo", WIRES, journal="OFF")
    store.save_catalogue([outlet(name, f"https://{name}.invalid/feed", *where) for name, where in OUTLETS.items()])
    if before:
        with stores.transaction(store) as db:
            db.exec_driver_sql(f"INSERT INTO sqlite_sequence VALUES ('item', {before})")  # noqa: S608
    cube, states = Cube(store, lexicon), []
    for at, part in enumerate(parts, 1):
        store.save([look("https://cedar.invalid/feed", at, *((one.item(), one.tags()) for one in part))])
        cube.refresh()
        states.append(cube.state)
    store.engine.dispose()
    return cube, states


ROWS = st.lists(row(), max_size=9) | st.lists(row(), min_size=30, max_size=80)
BEFORE = st.sampled_from([0, 3, 65_500, 65_535, 131_000])
"""Seqs after which a random store begins: some of its items are then in one block of 65,536 and some in the next."""


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_measures_count_as_a_plain_count_does(folder: str, lexicon: Lexicon, data: st.DataObject) -> None:
    first = data.draw(BEFORE)
    rows = [replace(one, seq=seq) for seq, one in enumerate(data.draw(ROWS), first + 1)]
    cuts = sorted(data.draw(st.sets(st.integers(0, len(rows)), max_size=3)) | {0, len(rows)})
    parts = [rows[start:end] for start, end in pairwise(cuts)]
    cube, states = built(f"{folder}/m.db", lexicon, *parts, before=first)
    seqs = [first + end for end in cuts[1:] if end] + [one.seq for one in rows]
    assert [state.seq for state in states] == [first + end if end else 0 for end in cuts[1:]]
    for chosen in data.draw(st.lists(selection(lexicon), min_size=2, max_size=2)):
        compare(cube, chosen, Plain(rows, chosen, lexicon))
        if seqs:
            seq = data.draw(st.sampled_from(seqs))
            old = replace(chosen, snapshot=text_of(cube.state, seq))
            assert not fault(old.snapshot, cube.state)
            compare(cube, old, Plain(rows[: seq - first], old, lexicon))


def compare(cube: Cube, chosen: Selection, plain: Plain) -> None:
    """Hold all measures of one selection against the plain count."""
    compare_totals(cube, chosen, plain)
    compare_volumes(cube, chosen, plain)
    compare_rankings(cube, chosen, plain)
    compare_tags(cube, chosen, plain)
    compare_stories(cube, chosen, plain)
    compare_marks(cube, chosen)


def compare_totals(cube: Cube, chosen: Selection, plain: Plain) -> None:
    assert measures.totals(cube, chosen) == {
        "articles": len(plain.articles),
        "reports": reports(plain.articles),
        "items": len(plain.listed),
        "outlets_with_articles": len({one.owner for one in plain.articles}),
        "outlets": len({one.owner for one in plain.listed}),
        "in_forums": sum(one.forums != 0 for one in plain.articles),
        "dated_by_seen": sum(one.dated_by == "seen" for one in plain.articles),
    }
    newest = measures.newest(cube, chosen)
    ordered = sorted(plain.articles, key=lambda one: (-one.published, -one.seq))
    assert list(newest["seq"]) == [one.seq for one in ordered]
    assert [day.date() for day in newest["published"]] == [plain.day(one) for one in ordered]
    assert list(newest["wire"]) == [one.wire for one in ordered]
    assert list(newest["outlet_id"]) == [one.owner for one in ordered]
    for name in MASKS.values():
        labels = getattr(plain.lexicon, name)
        assert list(newest[name]) == [[a.label for a in labels if getattr(one, name) >> a.bit & 1] for one in ordered]
    assert list(measures.newest(cube, chosen, 2)["seq"]) == [one.seq for one in ordered[:2]]


def compare_volumes(cube: Cube, chosen: Selection, plain: Plain) -> None:
    days = measures.daily(cube, chosen)
    names = ["articles", "reports", "items", "outlets", "in_forums", "dated_by_seen"]
    assert list(days["day"]) == sorted({plain.day(one) for one in plain.listed})
    for day, *counted in days[["day", *names]].itertuples(index=False):
        articles = [one for one in plain.articles if plain.day(one) == day]
        items = sum(plain.day(one) == day for one in plain.listed)
        outlets, in_forums = len({one.owner for one in articles}), sum(one.forums != 0 for one in articles)
        seen = sum(one.dated_by == "seen" for one in articles)
        assert counted == [len(articles), reports(articles), items, outlets, in_forums, seen]

    volume = measures.volume(cube, chosen)
    assert set(volume["id"]) <= {"all"}
    periods = {plain.period(one) for one in plain.listed}
    assert {when: counts for (when, _), counts in counted_by(volume).items()} == {
        when: (len(articles), reports(articles), sum(plain.period(one) == when for one in plain.listed))
        for when in periods
        for articles in [[one for one in plain.articles if plain.period(one) == when]]
    }
    for by in SWITCHES["by"] if chosen.by == "outlet" else {chosen.by}:
        table = measures.volume_by(cube, replace(chosen, by=by))
        assert counted_by(table) == plain.by(by, plain.period)
        if by in OWNERS:
            assert [table[name].sum() for name in ("articles", "items")] == [len(plain.articles), len(plain.listed)]


def compare_marks(cube: Cube, chosen: Selection) -> None:
    """Hold what lies behind marks against the numbers they show: of a volume, of all its marks in a box, of two tags."""

    def counts(*marks: Mark) -> tuple[int, int]:
        found = measures.totals(cube, behind(chosen, marks))
        return found["articles"], found["reports"]

    table = measures.volume_by(cube, chosen)
    rows = [(str(period.date()), *rest) for period, *rest in table[["period", "id", "articles", "reports"]].values]
    for period, one, articles, reported in rows[:3]:
        assert counts({"period": period, chosen.by: one}) == (articles, reported)
    if rows and chosen.by in OWNERS:
        whole = measures.totals(cube, chosen)
        assert counts(*({"period": period, chosen.by: one} for period, one, *_ in rows)) == (
            whole["articles"],
            whole["reports"],
        )
    for one, two in (("forum", "topic"), ("actor", "other_actor")):
        met = measures.pairs(cube, chosen, one, two.removeprefix("other_"))
        for first, other, articles in met[[one, two, "articles"]].values[:2]:
            assert counts({one: first, two: other})[0] == articles
    for owner, tag, articles in measures.tags_by(cube, chosen, "region", "naming")[["owner", "id", "articles"]].values[
        :2
    ]:
        assert counts({"region": owner, "naming": tag})[0] == articles


def counted_by(table: pd.DataFrame) -> dict[tuple[date, str], tuple[int, int, int]]:
    """A volume's articles, reports and items by period and id."""
    columns = table[["period", "id", "articles", "reports", "items"]].itertuples(index=False)
    found = {(period.date(), name): counts for period, name, *rest in columns for counts in [tuple(rest)]}
    assert len(found) == len(table)
    return found


def share(articles: int, items: int) -> float | None:
    return articles / items if items >= SMALL else None


def shares(table: pd.DataFrame) -> list[float | None]:
    return [None if pd.isna(one) else one for one in table["share"]]


def compare_rankings(cube: Cube, chosen: Selection, plain: Plain) -> None:
    outlets = measures.ranked_outlets(cube, chosen)
    expected = {key[1]: counts for key, counts in plain.by("outlet", lambda _: FIRST).items()}
    seen = Counter(one.owner for one in plain.articles if one.dated_by == "seen")
    order = sorted(expected, key=lambda one: (-expected[one][0], one.title()))
    assert list(outlets["id"]) == order
    assert list(outlets["label"]) == [one.title() for one in order]
    assert list(zip(outlets["country"], outlets["group"], strict=True)) == [OUTLETS[one] for one in order]
    assert list(outlets["dated_by_seen"]) == [seen[one] for one in order]
    assert list(outlets[["articles", "reports", "items"]].itertuples(index=False, name=None)) == [
        expected[one] for one in order
    ]
    assert shares(outlets) == [share(expected[one][0], expected[one][2]) for one in order]

    ranked = measures.ranked(cube, chosen, chosen.by)
    expected = {key[1]: counts for key, counts in plain.by(chosen.by, lambda _: FIRST).items()}
    assert {
        one: tuple(counts) for one, *counts in ranked[["id", "articles", "reports", "items"]].itertuples(index=False)
    } == (expected)
    assert list(ranked["articles"]) == sorted(ranked["articles"], reverse=True)
    assert shares(ranked) == [share(expected[one][0], expected[one][2]) for one in ranked["id"]]


def compare_tags(cube: Cube, chosen: Selection, plain: Plain) -> None:
    for one, two in (("forum", "topic"), ("actor", "actor"), ("naming", "actor")):
        table = measures.pairs(cube, chosen, one, two)
        names = table[[one, f"other_{two}" if one == two else two, "articles"]].itertuples(index=False)
        met = Counter(pair for each in plain.articles for pair in product(plain.ids(each, one), plain.ids(each, two)))
        assert {(first, other): articles for first, other, articles in names} == dict(met)
    for owner, dimension in zip(OWNERS, cycle(MASKS), strict=False):
        table = measures.tags_by(cube, chosen, owner, dimension)
        of = Counter(name for one in plain.articles for name in plain.ids(one, owner))
        bear = Counter(
            pair for one in plain.articles for pair in product(plain.ids(one, owner), plain.ids(one, dimension))
        )
        rows = table[["owner", "id", "articles", "of_articles"]].itertuples(index=False)
        assert {(name, tag): (articles, whole) for name, tag, articles, whole in rows} == {
            pair: (articles, of[pair[0]]) for pair, articles in bear.items()
        }


def compare_stories(cube: Cube, chosen: Selection, plain: Plain) -> None:
    stories: dict[str, list[Row]] = {}
    for one in sorted(plain.copied, key=lambda one: (one.published, one.seq)):
        stories.setdefault(one.story, []).append(one)
    carried = {name: members for name, members in stories.items() if len({one.owner for one in members}) > 1}
    movers = measures.first_movers(cube, chosen)
    led: dict[str, list[int]] = {}
    for members in carried.values():
        led.setdefault(members[0].owner, []).append(len({one.owner for one in members}))
    part = Counter(owner for members in carried.values() for owner in {one.owner for one in members})
    rows = movers[["id", "firsts", "stories", "carriers"]].itertuples(index=False)
    assert {one: (firsts, number) for one, firsts, number, _ in rows} == {
        one: (len(led.get(one, ())), number) for one, number in part.items()
    }
    means = {one: mean for one, mean in zip(movers["id"], movers["carriers"], strict=True) if not pd.isna(mean)}
    assert means == pytest.approx({one: sum(sizes) / len(sizes) for one, sizes in led.items()})

    largest = measures.largest_stories(cube, chosen)
    several = sorted(
        (members for members in stories.values() if len(members) > 1),
        key=lambda members: (-len({one.owner for one in members}), -len(members), -members[0].seq),
    )
    assert list(largest[["seq", "articles", "outlets", "first", "last"]].itertuples(index=False, name=None)) == [
        (
            members[0].seq,
            len(members),
            len({one.owner for one in members}),
            members[0].published,
            members[-1].published,
        )
        for members in several
    ]
    assert list(largest["link"]) == [members[0].item().link for members in several]


COUNTS = st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 4), min_size=1)


@given(COUNTS, COUNTS)
def test_ranks_are_places_among_all_and_ties_share_one(now: dict[str, int], then: dict[str, int]) -> None:
    tables = [pd.DataFrame({"id": list(one), "articles": list(one.values())}) for one in (now, then)]
    ranked = measures.with_ranks(*tables)
    assert list(ranked["id"]) == list(now)
    assert list(ranked["rank"]) == [place(now, one) for one in now]
    assert list(ranked["before"]) == [then.get(one, 0) for one in now]
    was = [place(then, one) if then.get(one) else None for one in now]
    assert list(ranked["rank_before"].astype(object).where(ranked["rank_before"].notna(), None)) == was
    climbed = [before and before - place(now, one) for one, before in zip(now, was, strict=True)]
    assert list(ranked["climbed"].astype(object).where(ranked["climbed"].notna(), None)) == climbed


def place(counts: dict[str, int], one: str) -> int:
    """One more than how many have more."""
    return 1 + sum(other > counts[one] for other in counts.values())


@given(st.dates(date(1992, 1, 1), date(2090, 1, 1)), st.integers(0, 900))
def test_spans_of_before(since: date, days: int) -> None:
    chosen = Selection(since, since + timedelta(days=days))
    earlier = measures.before(chosen)
    assert earlier.days == chosen.days
    assert earlier.until + timedelta(days=1) == chosen.since
    one = measures.last_year(chosen)
    for then, now in ((one.since, chosen.since), (one.until, chosen.until)):
        assert (then.year, then.month) == (now.year - 1, now.month)
        assert then.day == (28 if (now.month, now.day) == (2, 29) else now.day)


def test_29_february_is_28_the_year_before() -> None:
    one = measures.last_year(Selection(date(2024, 2, 29), date(2024, 3, 1)))
    assert (one.since, one.until) == (date(2023, 2, 28), date(2023, 3, 1))


STATE = State(100, 7, "3", "a1b2")
FAULTS = {
    "100.3.a1b2": "",
    "1.3.a1b2": "",
    "": "",
    "100.2.a1b2": "tagged or credited anew since (their old tags or outlets)",
    "100.3.beef": "tagged or credited anew since (lexicon beef)",
    "101.3.a1b2": "another store, or of one restored since",
    "0.3.a1b2": "another store, or of one restored since",
    "-1.3.a1b2": "is not one of this monitor",
    "٣.3.a1b2": "is not one of this monitor",
    "99999999999999999999.3.a1b2": "is not one of this monitor",
    "100.3": "is not one of this monitor",
    "100": "is not one of this monitor",
    "..": "is not one of this monitor",
}


@pytest.mark.parametrize("snapshot", FAULTS)
def test_a_snapshot_that_cannot_be_had_is_said(snapshot: str) -> None:
    said = fault(snapshot, STATE)
    assert FAULTS[snapshot] in said
    assert bool(said) == bool(FAULTS[snapshot])
    assert not said or said.endswith("shown is the data as it is now")


def test_a_snapshot_whose_rows_changed_counts_what_is_now(folder: str, lexicon: Lexicon) -> None:
    rows = [Row("cedar", "en", start_of(FIRST, "UTC"), seq=seq) for seq in (1, 2)]
    cube, states = built(f"{folder}/s.db", lexicon, rows[:1], rows[1:])
    old = Selection(FIRST, FIRST, snapshot=text_of(states[0]))
    assert (measures.totals(cube, old)["articles"], measures.totals(cube, old)["items"]) == (1, 1)
    store = stores.writing(str(cube.store.path), "demo", journal="OFF")
    with stores.transaction(store) as db:
        db.exec_driver_sql("UPDATE meta SET value = '2' WHERE name = 'generation'")
    store.engine.dispose()
    cube.refresh()
    assert fault(old.snapshot, cube.state)
    assert (measures.totals(cube, old)["articles"], measures.totals(cube, old)["items"]) == (2, 2)


def test_a_snapshot_ends_where_an_outlet_is_counted_elsewhere(folder: str, lexicon: Lexicon) -> None:
    cube, states = built(f"{folder}/c.db", lexicon, [Row("cedar", "en", start_of(FIRST, "UTC"), seq=1)])
    store = stores.writing(str(cube.store.path), "demo", journal="OFF")
    for name, places, is_same in (("Cedar Gazette", ("PK", "pakistan"), True), ("Cedar", ("GB", "world"), False)):
        store.save_catalogue([replace(outlet("cedar", "https://cedar.invalid/feed", *places), name=name)])
        cube.refresh()
        assert (fault(text_of(states[0]), cube.state) == "") == is_same
    store.engine.dispose()
    assert measures.totals(cube, Selection(FIRST, FIRST, country=("GB",)))["articles"] == 1


def test_an_old_snapshot_stays_while_its_block_fills(folder: str, lexicon: Lexicon) -> None:
    rows = [Row("cedar", "en", start_of(FIRST, "UTC"), seq=seq) for seq in range(1, 6)]
    cube, states = built(f"{folder}/b.db", lexicon, rows[:2], rows[2:3])
    old = Selection(FIRST, FIRST, snapshot=text_of(states[0]))
    assert measures.totals(cube, old)["items"] == 2
    store = stores.writing(str(cube.store.path), "demo", journal="OFF")
    store.save([look("https://cedar.invalid/feed", 9, *((one.item(), one.tags()) for one in rows[3:]))])
    store.engine.dispose()
    assert measures.totals(cube, old)["items"] == 2  # what the cube has not taken in yet is not taken away either
    cube.refresh()
    assert measures.totals(cube, old)["items"] == 2
    assert measures.totals(cube, replace(old, snapshot=""))["items"] == 5


def test_a_day_begins_when_the_zone_says(folder: str, lexicon: Lexicon) -> None:
    late = start_of(date(2026, 2, 21), "UTC") - 3600  # 23:00 UTC is 04:00 in Karachi and 04:30 in Kolkata, a day later
    cube, _ = built(f"{folder}/z.db", lexicon, [Row("cedar", "en", late, seq=1)])
    days = {
        tz: [str(day) for day in measures.daily(cube, Selection(FIRST, FIRST + timedelta(days=3), tz=tz))["day"]]
        for tz in ZONES
    }
    assert days == {"UTC": ["2026-02-20"], "Asia/Karachi": ["2026-02-21"], "Asia/Kolkata": ["2026-02-21"]}


def test_the_cube_starts_anew_when_old_rows_change(folder: str, lexicon: Lexicon) -> None:
    cube, _ = built(f"{folder}/g.db", lexicon, [Row("cedar", "en", start_of(FIRST, "UTC"), seq=1)])
    chosen = Selection(FIRST, FIRST)
    store = stores.writing(str(cube.store.path), "demo", journal="OFF")
    with stores.transaction(store) as db:
        db.exec_driver_sql("UPDATE item SET relevant = 0")
        db.exec_driver_sql("UPDATE meta SET value = '2' WHERE name = 'generation'")
    store.engine.dispose()
    cube.refresh()
    assert measures.totals(cube, chosen)["articles"] == 0
    assert measures.totals(cube, replace(chosen, scope="about"))["articles"] == 1
