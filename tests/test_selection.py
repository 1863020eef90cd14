"""The selection in the address: there and back, and nothing dropped in silence."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mentions.selection import FILTERS, FIRST, LAST, SWITCHES, Selection, from_query, to_query

DEFAULT = Selection(date(2026, 10, 26), date(2026, 11, 24))
DAYS = st.dates(FIRST, LAST)
KNOWN = {name: {one: one.upper() for one in ("a", "b", "c")} for name in FILTERS}


@st.composite
def selections(draw: st.DrawFn) -> Selection:
    since, until = sorted(draw(st.tuples(DAYS, DAYS)))
    switches = {name: draw(st.sampled_from(sorted(choices))) for name, choices in SWITCHES.items()}
    filters = {name: tuple(draw(st.lists(st.sampled_from("abc"), unique=True))) for name in FILTERS}
    clauses = st.sampled_from(["forum:a", "topic:a|b", "naming:c", "actor:b|c"])
    also = tuple(draw(st.lists(clauses, unique=True, max_size=3)))
    return Selection(since, until, **switches, **filters, also=also)  # type: ignore[arg-type]


@given(selections())
def test_there_and_back(chosen: Selection) -> None:
    assert from_query(to_query(chosen, DEFAULT), KNOWN, DEFAULT) == (chosen, [])


def test_an_empty_address_is_the_default() -> None:
    assert from_query({}, KNOWN, DEFAULT) == (DEFAULT, [])


def test_a_link_with_an_end_alone_keeps_the_usual_length() -> None:
    chosen, faults = from_query({"to": ["2025-12-01"]}, KNOWN, DEFAULT)
    assert (chosen.since, chosen.until, faults) == (date(2025, 11, 2), date(2025, 12, 1), [])
    assert from_query({"to": [FIRST.isoformat()]}, KNOWN, DEFAULT)[0].since == FIRST


def test_the_dates_are_always_in_a_link() -> None:
    assert to_query(DEFAULT, DEFAULT) == {"from": ["2026-10-26"], "to": ["2026-11-24"]}


@pytest.mark.parametrize(
    "query,said",
    [
        ({"outlet": ["a", "gone"]}, "outlet=gone is not known here and is left out"),
        ({"by": ["planet"]}, "by=planet is not known; showing outlet"),
        ({"from": ["yesterday"]}, "from=yesterday is not a day from 1990-01-01 to 2099-12-31; showing 2026-10-26"),
        ({"from": ["1800-01-01"]}, "from=1800-01-01 is not a day from 1990-01-01 to 2099-12-31; showing 2026-10-26"),
        ({"also": ["forum:a|gone"]}, "also=forum:a|gone is not known here and is left out"),
        ({"also": ["outlet:a"]}, "also=outlet:a is not known here and is left out"),
        ({"frum": ["unsc"]}, "frum is no filter of this page"),
        ({"from": ["2026-11-30"]}, "from=2026-11-30 is later than to=2026-11-24; the two are exchanged"),
    ],
)
def test_what_cannot_be_honoured_is_said(query: dict[str, list[str]], said: str) -> None:
    chosen, faults = from_query(query, KNOWN, DEFAULT)
    assert faults == [said]
    assert chosen.since <= chosen.until


@given(st.dictionaries(st.sampled_from([*FILTERS, *SWITCHES, "also", "from", "to"]), st.lists(st.text(), max_size=3)))
def test_no_address_breaks_the_page(query: dict[str, list[str]]) -> None:
    chosen, _ = from_query(query, KNOWN, DEFAULT)
    assert all(set(getattr(chosen, name)) <= set(KNOWN[name]) for name in FILTERS)
