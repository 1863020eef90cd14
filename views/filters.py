"""The filter bar that all pages share, and its selection kept in the address."""

from dataclasses import fields, replace
from datetime import date, timedelta

import streamlit as st

from mentions import snapshot
from mentions.choices import Choices, choices, name_of
from mentions.cube import Cube
from mentions.measures import span
from mentions.search import query_fault
from mentions.selection import FILTERS, FIRST, LAST, SWITCHES, TEXTS, Selection, day_of, from_query, to_query
from views.states import literal

DAYS = 30


def usual(cube: Cube, now: float) -> Selection:
    """What is shown where nothing was chosen: the last 30 days, of what the store has, up to today."""
    newest = span(cube)["newest_day"]
    until = min(day_of(now, "UTC"), day_of((newest or 0) * 86400, "UTC")) if newest else day_of(now, "UTC")
    return Selection(until - timedelta(days=DAYS - 1), until)


def address() -> dict[str, list[str]]:
    """The query parameters of the page's address."""
    return {name: st.query_params.get_all(name) for name in st.query_params}


def bar(cube: Cube, now: float) -> Selection:
    """Show the filters, and give what they select.

    The address wins where it is not the one we wrote last: a link opened, or the browser's back and forward. Else the
    widgets win, and the address follows. Streamlit's own binding is of no use here: it writes labels, which change,
    where a link needs ids, and drops what it does not know without a word.
    """
    known, default, query = choices(cube), usual(cube, now), address()
    asked, faults = from_query(query, known, default)
    if st.session_state.get("address") != query or "scope" not in st.session_state:
        for field in fields(Selection):
            value = getattr(asked, field.name)
            st.session_state[field.name] = list(value) if field.name in FILTERS else value
    faults += forgotten(known)
    widgets(known)
    chosen = selected(default)
    if st.session_state["since"] > st.session_state["until"]:
        st.warning(f"From is later than To; shown are {spelled(chosen.since)} to {spelled(chosen.until)}.")
    if chosen != asked:
        query = to_query(chosen, default)
        st.query_params.from_dict(query)
    st.session_state["address"] = query
    if chosen.q and (fault := query_fault(chosen.q)):
        chosen = replace(chosen, q="")
        st.warning(f"Words: {literal(fault)} Shown is the selection without words.", icon=":material/search_off:")
    if gone := snapshot.fault(chosen.snapshot, cube.state):
        faults.append(gone)
    for fault in faults:
        st.warning(f"Asked for, but not there: {literal(fault)}.", icon=":material/link_off:")
    return chosen


def forgotten(known: Choices) -> list[str]:
    """Take from the widgets what cannot be chosen any more, as when real items follow the demo data; what was taken."""
    gone = [(name, one) for name in FILTERS for one in st.session_state[name] if one not in known[name]]
    for name, one in gone:
        st.session_state[name] = [other for other in st.session_state[name] if other != one]
    return [f"{name}={one} is not known here and is left out" for name, one in gone]


def widgets(known: Choices) -> None:
    """The controls; each keeps its value in the session under the name of its field."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.date_input("From", key="since", min_value=FIRST, max_value=LAST, format="YYYY-MM-DD", width=140)
        st.date_input("To", key="until", min_value=FIRST, max_value=LAST, format="YYYY-MM-DD", width=140)
        st.segmented_control(
            "Scope",
            list(SWITCHES["scope"]),
            key="scope",
            format_func=lambda one: SWITCHES["scope"][one].partition(":")[0],
            required=True,
            width="content",
            help="Relevant: articles on the dispute or its diplomacy. About: all articles on Kashmir.",
        )
        st.selectbox("Days in", list(SWITCHES["tz"]), key="tz", width=160, help="Where a day begins and ends.")
        st.text_input("Words", key="q", width=200, max_chars=TEXTS["q"], placeholder="in titles and summaries")
        number = sum(bool(st.session_state[name]) for name in FILTERS)
        label = f"Filters ({number})" if number else "Filters"
        with (
            st.popover(label, icon=":material/filter_alt:", width="content", key="filters"),
            st.grid(2, min_column_width=180),
        ):
            for name in FILTERS:
                st.multiselect(
                    name_of(name),
                    list(known[name]),
                    key=name,
                    format_func=known[name].__getitem__,
                    placeholder="All",
                )
        st.button("Reset", icon=":material/restart_alt:", on_click=reset, width="content")


def reset() -> None:
    """Forget every choice, in the widgets and in the address."""
    st.query_params.clear()
    for field in fields(Selection):
        st.session_state.pop(field.name, None)


def selected(default: Selection) -> Selection:
    """What the widgets select now; the two dates are put in order."""
    values = {
        field.name: st.session_state.get(field.name) or getattr(default, field.name) for field in fields(Selection)
    }
    values |= {name: tuple(st.session_state[name]) for name in FILTERS}
    first, last = sorted((values["since"], values["until"]))
    return Selection(**{**values, "since": first, "until": last})


def spelled(day: date, year: bool = True) -> str:
    """A day in words: 3 Nov 2026."""
    return f"{day.day} {day:%b %Y}" if year else f"{day.day} {day:%b}"
