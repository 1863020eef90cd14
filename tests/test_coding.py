"""Checking tags by hand: drawing, coding in the page, what is kept, the figures, and the way out and in again."""

import json
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from math import isclose, isnan, nan, sqrt
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from mentions import codes, coding, measures, samples
from mentions.codes import ANSWERS, NO, UNSURE, YES, Book, Code, CodingError
from mentions.coding import ALL_AGREE, Rate
from mentions.cube import Cube
from mentions.lexicon import Lexicon
from mentions.model import Tags
from mentions.samples import SETS, Drawn, Sample
from mentions.selection import Selection
from mentions.store import Store
from tests.conftest import item, look, outlet

FEED, OTHER = "https://cedar.invalid/feed", "https://fir.invalid/feed"
NOON = 1_790_000_000  # 21 September 2026
DAY = date(2026, 9, 21)
CHOSEN = Selection(DAY, DAY)
IDS = {"forums": ("oic", "un"), "topics": ("militancy", "nuclear"), "naming": ("pok",)}


@pytest.fixture
def cube(store: Store, lexicon: Lexicon) -> Cube:
    """A store with 40 relevant articles, 10 that are only about Kashmir and 50 other items of one outlet, and as many of
    another outlet and of another day."""
    store.save_catalogue([outlet("cedar", FEED), outlet("fir", OTHER)])
    kinds = [Tags(True, True, 1, 3, 0)] * 40 + [Tags(True)] * 10 + [Tags()] * 50
    for feed, owner, at in ((FEED, "cedar", NOON), (OTHER, "fir", NOON), (FEED, "cedar", NOON - 90_000)):
        pairs = [
            (item(f"https://{owner}.invalid/{at}/{n}", owner, at, f"<b>{n} $x$"), one) for n, one in enumerate(kinds)
        ]
        store.save([look(feed, at, *pairs)])
    return Cube(store, lexicon)


def sample_of(*drawn: Drawn) -> Sample:
    """A sample of a few items, made by hand."""
    return Sample("s0", NOON, {"from": ["2026-09-21"], "to": ["2026-09-21"]}, "9.1.x", 1, 1, 1, 9, 9, IDS, drawn)


def code(seq: int, coder: str = "Amna", about: str = YES, relevant: str = YES, forums: tuple[str, ...] = ()) -> Code:
    """An answer."""
    return Code("s0", seq, coder, "2026-11-24T09:30:00Z", about, relevant, forums)


def book_of(sample: Sample, *answers: Code) -> Book:
    """A sample with answers."""
    return Book(sample, {(one.coder, one.seq): one for one in answers})


def test_a_sample_is_drawn_from_the_selection_and_again_the_same(cube: Cube) -> None:
    chosen = replace(CHOSEN, outlet=("cedar",))
    drawn = samples.draw(cube, chosen, 15, 60, 7, NOON)
    counts = measures.totals(cube, chosen)
    assert (drawn.articles, drawn.items) == (counts["articles"], counts["items"]) == (40, 100)
    assert (sum(one.article for one in drawn.drawn), sum(one.free for one in drawn.drawn)) == (15, 60)
    stored = cube.store.stored([one.seq for one in drawn.drawn])
    assert {one.outlet for one in stored.values()} == {"cedar"}
    assert {one.published for one in stored.values()} == {NOON}
    assert all(stored[one.seq].tags.relevant for one in drawn.drawn if one.article)
    assert any(not one.tags["about"] for one in drawn.drawn if one.free)
    assert samples.draw(cube, replace(chosen, grain="week", by="topic"), 15, 60, 7, NOON) == drawn
    other = samples.draw(cube, chosen, 15, 60, 8, NOON)
    assert other.id != drawn.id
    assert [one.seq for one in other.drawn] != [one.seq for one in drawn.drawn]
    assert len(samples.draw(cube, chosen, 500, 0, 1, NOON).drawn) == 40
    assert samples.from_json(samples.to_json(drawn)) == drawn


def test_what_came_after_the_snapshot_is_not_drawn(cube: Cube) -> None:
    frozen = replace(CHOSEN, snapshot=f"90.{cube.state.generation}.none")
    drawn = samples.draw(cube, frozen, 0, 500, 1, NOON)
    assert max(one.seq for one in drawn.drawn) <= 90 == drawn.items
    assert samples.expected(cube, CHOSEN, 50) == (20.0, 25.0)


# Newcombe 1998, table I, method 3.
@pytest.mark.parametrize(
    "hits,of,low,high",
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_intervals_are_those_of_the_textbook(hits: int, of: int, low: float, high: float) -> None:
    assert Rate(hits, of).interval == pytest.approx((low, high), abs=5e-5)


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 500).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of))))
def test_intervals_are_those_of_the_formula(numbers: tuple[int, int]) -> None:
    hits, of = numbers
    z, p = 1.959963984540054, hits / of
    middle, half = (p + z * z / 2 / of), z * sqrt(p * (1 - p) / of + z * z / 4 / of / of)
    bounds = [(middle - half) / (1 + z * z / of), (middle + half) / (1 + z * z / of)]
    assert Rate(hits, of).interval == pytest.approx(bounds, abs=1e-9)


def test_alpha_is_that_of_the_textbook() -> None:
    one = [nan, nan, nan, nan, nan, 3, 4, 1, 2, 1, 1, 3, 3, nan, 3]
    two = [1, nan, 2, 1, 3, 3, 4, 3, nan, nan, nan, nan, nan, nan, nan]
    three = [nan, nan, 2, 1, 3, 4, 4, nan, 2, 1, 1, 3, 3, nan, 4]
    assert coding.alpha([one, two, three]) == pytest.approx(0.691358, abs=1e-6)
    assert coding.alpha([[1, 1], [1, 1]]) is None
    assert coding.alpha([[1, nan], [nan, 0]]) is None


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(*[st.sampled_from([0.0, 1.0, nan])] * 2), min_size=1, max_size=30))
def test_alpha_is_that_of_the_formula(answers: list[tuple[float, float]]) -> None:
    pairs = [pair for pair in answers if not any(map(isnan, pair))]
    values = [value for pair in pairs for value in pair]
    zeros, ones = values.count(0.0), values.count(1.0)
    found = coding.alpha([list(row) for row in zip(*answers, strict=True)])
    if not zeros or not ones:
        assert found is None
    else:
        differ = sum(2 for one, two in pairs if one != two)
        expected = 1 - (len(values) - 1) * differ / (2 * zeros * ones)
        assert found is not None
        assert isclose(found, expected, abs_tol=1e-9)


tag_sets = st.fixed_dictionaries({name: st.sets(st.sampled_from(IDS[name])).map(tuple) for name in SETS})
answered = st.tuples(st.sampled_from(ANSWERS), st.sampled_from(ANSWERS), tag_sets, st.text(max_size=12))


@st.composite
def coded_books(draw: st.DrawFn) -> Book:
    """A sample of up to eight items that up to two people have coded, in part."""
    drawn, answers = [], []
    for seq in range(1, draw(st.integers(1, 8)) + 1):
        flags = {name: (name,) if draw(st.booleans()) else () for name in ("about", "relevant")}
        drawn.append(Drawn(seq, draw(st.booleans()), draw(st.booleans()), "", flags | draw(tag_sets)))
    sample = sample_of(*drawn)
    for coder in draw(st.sampled_from([(), ("Amna",), ("Amna", "=Bo")])):
        for one in drawn:
            if draw(st.booleans()):
                about, relevant, tags, note = draw(answered)
                said = {"about": about, "relevant": relevant, "note": note, **tags}
                answers.append(codes.answer(sample, one.seq, coder, NOON, said))
    return book_of(sample, *answers)


@settings(max_examples=25, deadline=None)
@given(coded_books())
def test_figures_are_plain_counts(book: Book) -> None:
    for found in coding.figures(book, "Amna"):
        name, right, given_, true_free, right_free = found.dimension, 0, 0, 0, 0
        for one in book.sample.drawn:
            told = book.codes.get(("Amna", one.seq))
            if told is None or told.about == UNSURE or (name not in ("about", "naming") and told.relevant == UNSURE):
                continue
            flags = {"about": told.about == YES, "relevant": told.relevant == YES}
            true = set(getattr(told, name)) if name in SETS else {name} if flags[name] else set()
            right += one.article * len(true & set(one.tags[name]))
            given_ += one.article * len(one.tags[name])
            right_free += one.free * len(true & set(one.tags[name]))
            true_free += one.free * len(true)
        assert (found.precision, found.recall) == (Rate(right, given_), Rate(right_free, true_free))


@settings(max_examples=25, deadline=None)
@given(coded_books(), st.booleans())
def test_what_is_saved_as_a_file_comes_back_the_same(book: Book, as_csv: bool) -> None:
    answers = list(book.codes.values())
    data = codes.as_csv(answers) if as_csv else codes.as_json_lines(answers)
    if answers:
        assert codes.imported(data, as_csv, book.sample) == answers
        assert codes.compared(book, answers) == ([], [])
        assert codes.compared(book_of(book.sample), answers) == (answers, [])


def test_agreement_is_on_what_both_were_asked() -> None:
    sample = sample_of(*(Drawn(seq, True, True, "", dict.fromkeys(samples.DIMENSIONS, ())) for seq in range(1, 5)))
    amna = [code(1, forums=("un",)), code(2, forums=("oic",)), code(3, relevant=NO), code(4, about=NO, relevant=NO)]
    assert coding.agreement(book_of(sample, *amna), "about").why == "one coder only"
    bo = [replace(one, coder="Bo") for one in amna[:2]] + [code(3, "Bo", forums=("un",)), code(4, "Bo", UNSURE, UNSURE)]
    book = book_of(sample, *amna, *bo)
    assert (coding.agreement(book, "forums").alpha, coding.agreement(book, "forums").items) == (1.0, 2)
    assert coding.agreement(book, "about").why == "all answers are the same"
    relevant = coding.agreement(book, "relevant")
    assert (round(relevant.alpha, 6), relevant.items) == (0.0, 3)
    assert coding.said_by(book, ALL_AGREE, "relevant") == {1: {"relevant"}, 2: {"relevant"}}


@pytest.mark.parametrize(
    "change,words",
    [
        ({"sample": "s1"}, "line 2: is of sample 's1', not of s0"),
        ({"seq": 99}, "line 2: item 99 is not in the sample"),
        ({"seq": True}, "line 2: item True"),
        ({"coder": " "}, "line 2: has no coder"),
        ({"at": "2026-99-24T09:30:00Z"}, "line 2: at"),
        ({"about": "maybe"}, "line 2: about and relevant"),
        ({"about": NO}, "line 2: about is no"),
        ({"forums": ["nato"]}, "line 2: forums"),
        ({"relevant": NO, "topics": ["nuclear"]}, "line 2: has forums or topics"),
        ({"seq": 1}, "line 2: codes the same item as line 1"),
    ],
)
def test_a_file_with_what_does_not_belong_is_refused(change: dict[str, object], words: str) -> None:
    sample = sample_of(*(Drawn(seq, True, True, "", {}) for seq in (1, 2)))
    good = codes.line_of(code(1))
    bad = json.dumps(json.loads(codes.line_of(code(2))) | change)
    with pytest.raises(CodingError, match="Nothing was taken over") as caught:
        codes.imported(f"{good}{bad}\n".encode(), False, sample)
    assert words in str(caught.value)


@pytest.mark.parametrize("data", [b"", b"\xff\xfe", b"[" * 100_000, b"seq,coder\n1,x\n", b"1\n", b'a,"b\n'])
@pytest.mark.parametrize("as_csv", [True, False])
def test_any_other_file_is_refused_in_words(data: bytes, as_csv: bool) -> None:
    with pytest.raises(CodingError):
        codes.imported(data, as_csv, sample_of())


def test_answers_of_many_at_once_and_after_a_crash_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "monitor.db"
    sample = sample_of(*(Drawn(seq, True, True, "", dict.fromkeys(samples.DIMENSIONS, ())) for seq in range(60)))
    assert codes.begin(path, sample)
    assert not codes.begin(path, sample)
    file = codes.file_of(path, sample.id)
    file.write_text(file.read_text() + '{"sample": "s0", "se')  # the machine went down while it was written
    assert codes.read(file).damaged == 0
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda seq: codes.keep(path, [code(seq, f"Coder {seq % 2}")]), range(60)))
    book = codes.read(file)
    assert (len(book.codes), book.damaged) == (60, 1)
    codes.keep(path, [code(7, "Coder 1", NO, NO)])
    assert codes.read(file).codes["Coder 1", 7].about == NO


def bench(since: str, now: float) -> None:
    """The section alone, as a page."""
    from datetime import date

    import streamlit as st

    from mentions.selection import Selection
    from views import coding
    from views.page import Page

    chosen = Selection(date.fromisoformat(since), date.fromisoformat(since))
    coding.show(Page(st.session_state["cube"], chosen, chosen, now))


@pytest.fixture
def page(cube: Cube, monkeypatch: pytest.MonkeyPatch) -> Iterator[AppTest]:
    """The section on a store of this test."""
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])  # AppTest puts the page in its place
    page = AppTest.from_function(bench, default_timeout=30, kwargs={"since": DAY.isoformat(), "now": time.time()})
    page.session_state["cube"] = cube
    yield page


def told(page: AppTest) -> str:
    """All that the page says in words."""
    assert not page.exception
    texts = [*page.markdown, *page.info, *page.warning, *page.error, *page.caption]
    return "\n".join(str(one.value) for one in texts).replace("\\", "")


def test_a_sample_is_coded_in_the_page_blind_and_judged(page: AppTest, cube: Cube) -> None:
    assert "No sample has been drawn on this store yet" in told(page.run())
    page.number_input(key="coding-n").set_value(25)
    page.number_input(key="coding-m").set_value(0)
    page.button(key="coding-draw").click().run()
    assert "Type your name to begin" in told(page)
    book = codes.books(cube.store.path)[0][0]
    first = book.sample.drawn[0].seq
    page.text_input(key="coding-coder").set_value("Amna").run()
    page.button(key="coding-save").click().run()
    assert "Not saved. Say first whether the item is about Kashmir" in told(page)
    page.radio(key=f"coding-about-{first}").set_value(YES).run()
    page.radio(key=f"coding-relevant-{first}").set_value(YES).run()
    page.multiselect(key=f"coding-forums-{first}").set_value(["oic"]).run()
    page.button(key="coding-save").click().run()
    for _ in range(24):
        page.button(key="coding-not-about").click().run()
    kept = codes.read(codes.file_of(cube.store.path, book.sample.id))
    assert kept.codes["Amna", first].forums == ("oic",)
    assert len(kept.codes) == 25
    assert coding.summary(cube.store).startswith(
        "Precision of relevant in a random sample of 25 articles coded by one coder"
    )
    assert "4% (95% interval 1% to 20%; 1 of 25)" in coding.summary(cube.store)
    page.text_input(key="coding-coder").set_value("Bo").run()
    assert page.radio(key=f"coding-about-{first}").value is None
    page.text_input(key="coding-coder").set_value(" amna ").run()
    assert page.radio(key=f"coding-about-{first}").value == YES
    assert page.multiselect(key=f"coding-forums-{first}").value == ["oic"]
    assert "4% (" not in str(page.table)
    page.toggle(key="coding-results").set_value(True).run()
    assert "cannot be said: one coder only" in page.table[0].value.to_string()
    assert "4% (1% to 20%), 1 of 25" in page.table[0].value.to_string()


def test_answers_of_a_file_replace_kept_ones_only_where_one_says_so(page: AppTest, cube: Cube) -> None:
    sample = samples.draw(cube, CHOSEN, 5, 0, 1, NOON)
    codes.begin(cube.store.path, sample)
    one, two = (
        codes.answer(sample, row.seq, "Bo", NOON, {"about": YES, "relevant": NO, "note": "=1"})
        for row in sample.drawn[:2]
    )
    codes.keep(cube.store.path, [replace(one, relevant=YES)])
    page.run().toggle(key="coding-results").set_value(True).run()
    page.file_uploader(key="coding-import").upload("a.csv", codes.as_csv([one, two])).run()
    assert "2 answers by Bo: 1 new, 1 that differ from answers kept here" in told(page)
    page.button(key="coding-take").click().run()
    file = codes.file_of(cube.store.path, sample.id)
    assert [answer.relevant for answer in codes.read(file).codes.values()] == [YES, NO]
    page.checkbox(key="coding-replace").check().run()
    page.button(key="coding-take").click().run()
    assert list(codes.read(file).codes.values()) == [one, two]


def test_titles_are_shown_as_they_are_and_tags_are_not(page: AppTest) -> None:
    page.run().button(key="coding-draw").click().run()
    page.text_input(key="coding-coder").set_value("<i>$x$").run()
    shown = next(str(one.proto.body) for one in page.get("html"))
    assert "&lt;b&gt;" in shown
    assert "<b>" not in shown
    assert "Forum" not in shown


def test_where_nothing_can_be_kept_the_page_says_why(page: AppTest, cube: Cube) -> None:
    codes.folder(cube.store.path).write_text("in the way")
    assert "Codings cannot be saved here" in told(page.run())
    assert page.button(key="coding-draw").disabled
    with pytest.raises(CodingError, match="cannot be written"):
        codes.begin(cube.store.path, sample_of())


def test_a_sample_of_other_items_is_not_coded(page: AppTest, cube: Cube) -> None:
    strange = replace(samples.draw(cube, CHOSEN, 5, 5, 1, NOON), id="s9")
    strange = replace(strange, drawn=tuple(replace(one, text="other") for one in strange.drawn))
    codes.begin(cube.store.path, strange)
    (codes.folder(cube.store.path) / "bad.jsonl").write_text("[]\n")
    words = told(page.run())
    assert "no longer holds the very items of this sample" in words
    assert "bad.jsonl holds no sample" in words
    assert coding.summary(cube.store) == "No sample has been coded on this store."
