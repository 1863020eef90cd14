"""The filter bar that all pages share, and its selection kept in the address."""

from dataclasses import fields, replace
from datetime import date, timedelta

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from mentions import presets, snapshot
from mentions.choices import Choices, choices, clause_in_words, name_of, single_clauses
from mentions.cube import Cube
from mentions.events import Event, events_between
from mentions.measures import span
from mentions.search import query_fault
from mentions.selection import FILTERS, FIRST, LAST, SWITCHES, TEXTS, Selection, day_of, from_query, to_query
from views import tour
from views.shared import events
from views.states import literal
from views.words import EPOCH, spelled, spelled_span

DAYS = 30
COMPARING = ("", "outlets")
"""The pages that show what `by` names."""

MANY = (*FILTERS, "also")


def usual(cube: Cube, now: float) -> Selection:
    """What is shown where nothing was chosen: the last 30 days, of what the store has, up to today."""
    newest = span(cube)["newest_day"]
    until = min(day_of(now, "UTC"), day_of((newest or 0) * 86400, "UTC")) if newest else day_of(now, "UTC")
    return Selection(until - timedelta(days=DAYS - 1), until)


def address() -> dict[str, list[str]]:
    """The query parameters of the page's address."""
    return {name: st.query_params.get_all(name) for name in st.query_params}


def bar(cube: Cube, default: Selection, page: str) -> Selection:
    """Show the filters, and give what they select.

    The address wins where it is not the one we wrote last: a link opened, or the browser's back and forward. Else the
    widgets win, and the address follows; also to another page, whose link in the menu says nothing of the selection.
    Streamlit's own binding is of no use here: it writes labels, which change, where a link needs ids, and drops what it
    does not know without a word.
    """
    known, query = choices(cube), address()
    kept: Selection | None = st.session_state.get("kept")
    turned = kept is not None and st.session_state.get("page") != page and not query and not gone_back()
    asked, faults = from_query(query, known, default)
    if kept is None or not turned and st.session_state.get("address") != query:
        seed(asked)
    else:
        seed(kept, missing=True)
    st.session_state["page"] = page
    faults += forgotten(known)
    widgets(known, cube, default, comparing=page in COMPARING)
    chosen = selected(default)
    if st.session_state["since"] > st.session_state["until"]:
        st.warning(f"From is later than To; shown are {spelled(chosen.since)} to {spelled(chosen.until)}.")
    st.session_state["kept"] = chosen
    if turned or chosen != asked:
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


def gone_back() -> bool:
    """Whether the browser's back or forward led here: then an address without a selection is the usual one, and no link."""
    context = get_script_run_ctx()
    return context is not None and context.is_history_navigation


def seed(chosen: Selection, missing: bool = False) -> None:
    """Give the widgets their values; only to those that have none where `missing`.

    Streamlit forgets the value of a widget that a run did not come to, or that another page does not have.
    """
    for field in fields(Selection):
        if not missing or field.name not in st.session_state:
            value = getattr(chosen, field.name)
            st.session_state[field.name] = list(value) if field.name in MANY else value


def forgotten(known: Choices) -> list[str]:
    """Take from the widgets what cannot be chosen any more, as when real items follow the demo data; what was taken."""
    gone = [(name, one) for name in FILTERS for one in st.session_state[name] if one not in known[name]]
    for name, one in gone:
        st.session_state[name] = [other for other in st.session_state[name] if other != one]
    return [f"{name}={one} is not known here and is left out" for name, one in gone]


def widgets(known: Choices, cube: Cube, default: Selection, comparing: bool) -> None:
    """The controls; each keeps its value in the session under the name of its field."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="bar"):
        days(cube, default)
        st.segmented_control(
            "Scope",
            list(SWITCHES["scope"]),
            key="scope",
            format_func=lambda one: SWITCHES["scope"][one].partition(":")[0],
            required=True,
            width="content",
            label_visibility="collapsed",
            help="Relevant: articles on the dispute or its diplomacy. About: all articles on Kashmir.",
        )
        st.text_input(
            "Words",
            key="q",
            width=220,
            max_chars=TEXTS["q"],
            placeholder="Words in titles and summaries",
            label_visibility="collapsed",
        )
        restrict(known)
        view()
        if comparing:
            st.button(
                "Compare regions",
                icon=":material/balance:",
                help="India, Kashmir, Pakistan and the rest beside each other",
                key="compare",
                on_click=compare,
                width="content",
            )
        st.button("Reset", icon=":material/restart_alt:", on_click=reset, width="content")
        tour.button()


def days(cube: Cube, default: Selection) -> None:
    """The dates, with their presets."""
    label = spelled_span(selected(default))
    with st.popover(label, icon=":material/calendar_month:", width="content", key="dates"):
        with st.container(horizontal=True, gap="small"):
            for name, number in presets.LAST.items():
                st.button(name, on_click=set_days, args=presets.last(number, default.until), width="content")
        happened = known_events(cube, default.until)
        if happened:
            st.selectbox(
                "An event, with 14 days before and after",
                range(len(happened)),
                index=None,
                key="event",
                format_func=lambda one: f"{spelled(happened[one].first)}: {happened[one].line}",
                placeholder="Choose an event",
                on_change=set_event,
                args=(happened,),
            )
        with st.container(horizontal=True):
            st.date_input("From", key="since", min_value=FIRST, max_value=LAST, format="YYYY-MM-DD", width=140)
            st.date_input("To", key="until", min_value=FIRST, max_value=LAST, format="YYYY-MM-DD", width=140)
            st.selectbox("Days in", list(SWITCHES["tz"]), key="tz", width=160, help="Where a day begins and ends.")


def known_events(cube: Cube, newest: date) -> list[Event]:
    """The events since the oldest item, the newest first."""
    oldest = span(cube)["oldest_day"]
    return list(events_between(events(), date.fromordinal(EPOCH + (oldest or 0)), newest))[::-1] if oldest else []


def set_days(first: date, last: date) -> None:
    """Choose days; those of an event are named by it no more."""
    st.session_state["event"] = None
    st.session_state["since"], st.session_state["until"] = first, last


def set_event(happened: list[Event]) -> None:
    """Choose the days around the event that was picked."""
    if st.session_state["event"] is not None:
        first, last = presets.around(happened[st.session_state["event"]])
        st.session_state["since"], st.session_state["until"] = first, last


def restrict(known: Choices) -> None:
    """The filters, folded, with how many are set."""
    number = sum(bool(st.session_state[name]) for name in MANY)
    label = f"Filters ({number})" if number else "Filters"
    with (
        st.popover(label, icon=":material/filter_alt:", width="content", key="filters"),
        st.grid(2, min_column_width=180),
    ):
        for name in FILTERS:
            st.multiselect(
                name_of(name), list(known[name]), key=name, format_func=known[name].__getitem__, placeholder="All"
            )
        clauses = [*st.session_state["also"], *single_clauses(known)]
        st.multiselect(
            "And also",
            list(dict.fromkeys(clauses)),
            key="also",
            format_func=lambda one: clause_in_words(one, known),
            placeholder="Nothing more",
            help="Articles that besides all other filters bear each of these.",
        )


def view() -> None:
    """How charts count: periods, count or share, copies or unique reports, and the kind of picture to save."""
    with st.popover("View", icon=":material/tune:", width="content", key="view"):
        switch("grain", "Per")
        switch("measure", "Measure")
        switch("unit", "Count", disabled=st.session_state["measure"] == "share")
        st.segmented_control(
            "Save pictures as",
            ["png", "svg"],
            key="picture",
            default="png",
            required=True,
            format_func=str.upper,
            help="By the camera above each chart.",
            persist_state="session",
        )


def switch(name: str, label: str, disabled: bool = False) -> None:
    """A switch between the few values of a parameter."""
    st.segmented_control(
        label,
        list(SWITCHES[name]),
        key=name,
        format_func=SWITCHES[name].__getitem__,
        required=True,
        width="content",
        disabled=disabled,
        help="Shares are always of articles." if disabled else None,
    )


def compare() -> None:
    """Show the three places and all others beside each other."""
    st.session_state["by"] = "region"


def reset() -> None:
    """Forget every choice, in the widgets and in the address."""
    st.query_params.clear()
    for name in ("kept", *(field.name for field in fields(Selection))):
        st.session_state.pop(name, None)


def selected(default: Selection) -> Selection:
    """What the widgets select now; the two dates are put in order."""
    values = {
        field.name: st.session_state.get(field.name) or getattr(default, field.name) for field in fields(Selection)
    }
    values |= {name: tuple(st.session_state[name]) for name in MANY}
    first, last = sorted((values["since"], values["until"]))
    return Selection(**{**values, "since": first, "until": last})
