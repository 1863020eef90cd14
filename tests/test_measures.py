"""Every measure against a plain count in Python, on random stores and under random selections."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import product

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mentions import measures
from mentions import store as stores
from mentions.cube import Cube
from mentions.lexicon import Label, Lexicon
from mentions.model import Item, Tags
from mentions.selection import ZONES, Selection, day_of, start_of
from mentions.timeline import period_of
from tests.conftest import item, look, outlet

OUTLETS = {
    "cedar": ("PK", "pakistan"),
    "oak": ("IN", "india"),
    "elm": ("IN", "kashmir"),
    "ash": ("GB", "world"),
}
FIRST = date(2026, 2, 20)
DAYS = 20
BITS = st.sets(st.integers(0, 12), max_size=3).map(lambda bits: sum(1 << bit for bit in bits))


@dataclass(frozen=True)
class Row:
    """An item of a random store, as the plain count sees it."""

    owner: str
    language: str
    published: int
    about: bool
    relevant: bool
    forums: int
    topics: int
    naming: int

    def tags(self) -> Tags:
        return Tags(self.about, self.relevant, self.forums, self.topics, self.naming)


@st.composite
def row(draw: st.DrawFn) -> Row:
    """A random item; relevant ones are about, and only they bear forums and topics, as the codebook demands."""
    moment = start_of(FIRST, "UTC") + draw(st.integers(-86400, (DAYS + 1) * 86400))
    about = draw(st.booleans())
    relevant = about and draw(st.booleans())
    masks = [draw(BITS) if kind else 0 for kind in (relevant, relevant, about)]
    return Row(
        draw(st.sampled_from(sorted(OUTLETS))), draw(st.sampled_from(["en", "ur"])), moment, about, relevant, *masks
    )


@st.composite
def selection(draw: st.DrawFn, lexicon: Lexicon) -> Selection:
    """A random selection: any filters, zone, grain and scope."""
    since = FIRST + timedelta(days=draw(st.integers(-2, DAYS)))

    def some(values: list[str]) -> tuple[str, ...]:
        return tuple(draw(st.lists(st.sampled_from(values), max_size=2, unique=True)))

    def few(labels: tuple[Label, ...]) -> list[str]:
        return [one.id for one in labels[:6]]

    return Selection(
        since,
        since + timedelta(days=draw(st.integers(0, DAYS))),
        scope=draw(st.sampled_from(["relevant", "about"])),
        by=draw(st.sampled_from(["outlet", "forum", "topic"])),
        grain=draw(st.sampled_from(["day", "week", "month"])),
        tz=draw(st.sampled_from(sorted(ZONES))),
        outlet=some(sorted(OUTLETS)),
        country=some(["PK", "IN", "GB"]),
        group=some(["pakistan", "india", "kashmir", "world"]),
        language=some(["en", "ur", "hi"]),
        forum=some(few(lexicon.forums)),
        topic=some(few(lexicon.topics)),
        naming=some(few(lexicon.naming)),
    )


class Plain:
    """The same counts, item by item."""

    def __init__(self, rows: list[Row], chosen: Selection, lexicon: Lexicon) -> None:
        self.chosen, self.lexicon = chosen, lexicon
        self.listed = [one for one in rows if self.is_listed(one)]
        self.articles = [one for one in self.listed if self.is_article(one)]

    def is_listed(self, one: Row) -> bool:
        country, group = OUTLETS[one.owner]
        wanted = self.chosen
        filters = (
            (wanted.outlet, one.owner),
            (wanted.country, country),
            (wanted.group, group),
            (wanted.language, one.language),
        )
        return wanted.since <= day_of(one.published, wanted.tz) <= wanted.until and all(
            not a or b in a for a, b in filters
        )

    def is_article(self, one: Row) -> bool:
        wanted = self.chosen
        masks = ((wanted.forum, "forums"), (wanted.topic, "topics"), (wanted.naming, "naming"))
        scope = one.relevant if wanted.scope == "relevant" else one.about
        return scope and all(not ids or set(ids) & self.ids(one, name) for ids, name in masks)

    def ids(self, one: Row, dimension: str) -> set[str]:
        mask = getattr(one, dimension)
        return {label.id for label in getattr(self.lexicon, dimension) if mask >> label.bit & 1}

    def period(self, one: Row) -> date:
        return period_of(day_of(one.published, self.chosen.tz), self.chosen.grain)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    yield str(tmp_path_factory.mktemp("measures"))


def built(path: str, rows: list[Row], lexicon: Lexicon) -> Cube:
    """The cube of a store that holds these items, made in two steps so that the top-up is counted too."""
    stores.path_of(path).unlink(missing_ok=True)
    store = stores.writing(path, "real", journal="OFF")
    store.save_catalogue([outlet(name, f"https://{name}.invalid/feed", *where) for name, where in OUTLETS.items()])
    pairs = [(as_item(one, number), one.tags()) for number, one in enumerate(rows)]
    half = len(pairs) // 2
    store.save([look("https://cedar.invalid/feed", 1, *pairs[:half])])
    cube = Cube(store, lexicon)
    store.save([look("https://cedar.invalid/feed", 2, *pairs[half:])])
    cube.refresh()
    store.engine.dispose()
    return cube


def as_item(one: Row, number: int) -> Item:
    return item(f"https://{one.owner}.invalid/{number}", one.owner, one.published, language=one.language)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(data=st.data())
def test_measures_count_as_a_plain_count_does(folder: str, lexicon: Lexicon, data: st.DataObject) -> None:
    rows = data.draw(st.lists(row(), max_size=60))
    cube = built(f"{folder}/m.db", rows, lexicon)
    for chosen in data.draw(st.lists(selection(lexicon), min_size=3, max_size=3)):
        compare(cube, chosen, Plain(rows, chosen, lexicon))


def compare(cube: Cube, chosen: Selection, plain: Plain) -> None:
    """Hold all measures of one selection against the plain count."""
    totals = measures.totals(cube, chosen)
    assert (totals["articles"], totals["items"]) == (len(plain.articles), len(plain.listed))
    assert totals["outlets_with_articles"] == len({one.owner for one in plain.articles})
    assert totals["in_forums"] == sum(one.forums != 0 for one in plain.articles)

    everything = measures.volume(cube, chosen)
    assert pairs(everything, "period", "items") == Counter(map(plain.period, plain.listed))
    assert pairs(everything, "period", "articles") == Counter(map(plain.period, plain.articles))

    by = measures.volume_by(cube, chosen)
    assert triples(by) == grouped(plain, chosen.by)
    if chosen.by == "outlet":
        assert by["articles"].sum() == totals["articles"]
        assert by["items"].sum() == totals["items"]

    top = measures.ranked_outlets(cube, chosen)
    assert dict(zip(top["id"], top["articles"], strict=True)) == {
        owner: sum(one.owner == owner for one in plain.articles) for owner in {one.owner for one in plain.listed}
    }
    field = measures.pairs(cube, chosen, "forum", "topic")
    met = Counter(
        pair for one in plain.articles for pair in product(plain.ids(one, "forums"), plain.ids(one, "topics"))
    )
    assert Counter(dict(zip(zip(field["forum"], field["topic"], strict=True), field["articles"], strict=True))) == met

    newest = measures.newest(cube, chosen)
    assert len(newest) == len(plain.articles)
    assert newest["published"].is_monotonic_decreasing


def pairs(table: pd.DataFrame, key: str, value: str) -> Counter[date]:
    """Two columns as a counter without zeros."""
    return +Counter({moment.date(): int(n) for moment, n in zip(table[key], table[value], strict=True)})


def triples(table: pd.DataFrame) -> Counter[tuple[date, str]]:
    """A volume's articles by period and id, without zeros."""
    keys = zip((moment.date() for moment in table["period"]), table["id"], strict=True)
    return +Counter(dict(zip(keys, map(int, table["articles"]), strict=True)))


def grouped(plain: Plain, by: str) -> Counter[tuple[date, str]]:
    """The plain count by period and outlet, forum or topic."""
    return Counter(
        (plain.period(one), name)
        for one in plain.articles
        for name in ({one.owner} if by == "outlet" else plain.ids(one, f"{by}s"))
    )


def test_a_day_begins_when_the_zone_says(folder: str, lexicon: Lexicon) -> None:
    late = start_of(date(2026, 2, 21), "UTC") - 3600  # 23:00 UTC is 04:00 in Karachi and 04:30 in Kolkata, a day later
    cube = built(f"{folder}/z.db", [Row("cedar", "en", late, True, True, 1, 0, 0)], lexicon)
    days = {
        tz: [str(day) for day in measures.daily(cube, Selection(FIRST, FIRST + timedelta(days=3), tz=tz))["day"]]
        for tz in ZONES
    }
    assert days == {"UTC": ["2026-02-20"], "Asia/Karachi": ["2026-02-21"], "Asia/Kolkata": ["2026-02-21"]}


def test_the_cube_starts_anew_when_old_rows_change(folder: str, lexicon: Lexicon) -> None:
    cube = built(f"{folder}/g.db", [Row("cedar", "en", start_of(FIRST, "UTC"), True, True, 1, 0, 0)], lexicon)
    chosen = Selection(FIRST, FIRST)
    store = stores.writing(str(cube.store.path), "real", journal="OFF")
    with stores.transaction(store) as db:
        db.exec_driver_sql("UPDATE item SET relevant = 0")
        db.exec_driver_sql("UPDATE meta SET value = '2' WHERE name = 'generation'")
    store.engine.dispose()
    cube.refresh()
    assert measures.totals(cube, chosen)["articles"] == 0
    assert measures.totals(cube, replace(chosen, scope="about"))["articles"] == 1
