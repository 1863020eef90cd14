"""The page of the sources: how each outlet's feeds do, and which days of which outlets were observed."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pandas as pd
import streamlit as st

from mentions import coverage, observation, sources
from mentions.charts import sign
from mentions.charts.calendar import calendar
from mentions.health import FRESH
from mentions.sources import Sources
from mentions.tables import inert
from views import cards, states
from views.page import Page
from views.shared import asked
from views.words import spelled

ROWS = {"outlets": "Outlets", "feeds": "Feeds"}
TIME = "YYYY-MM-DD HH:mm"
TABLE, OUTLET = "table-sources", "sources-outlet"


def show(page: Page) -> None:
    """Draw the page."""
    hour = int(page.now) // 3600 * 3600
    found = asked(sources.sources, page.cube, page.chosen, hour)
    if not found.outlets:
        st.info(
            "No outlet matches these filters. Take one of outlet, country or group back, or press **Reset**.",
            icon=":material/search_off:",
        )
        return
    now = moment_of(page, found)
    st.markdown(states.literal(f"{sources.summary(found, now)}."))
    figures(page, found, now)
    feeds(page, found, now)
    days(page)


def moment_of(page: Page, found: Sources) -> int:
    """The moment as of which the page speaks: invented feeds stand still at the last look at them."""
    return found.newest if page.cube.store.kind == "demo" and found.newest else int(page.now)


def figures(page: Page, found: Sources, now: int) -> None:
    """Four figures, each with what it is of."""
    rows = [row for _, row in sources.states(found, now)]
    fresh, failing = sum(row.state == FRESH for row in rows), sum(row.failing for row in rows)
    every = sum(len(one.feeds) for one in found.outlets)
    seen = asked(observation.observed, page.cube, page.chosen)
    whole = seen[seen["id"] == ""][["feed_days", "observed"]].sum()
    items, undated = sum(found.items.values()), sum(found.undated.values())
    chosen = f"{spelled(page.chosen.since)} to {spelled(page.chosen.until)}"
    cells = (
        (
            "Outlets fresh",
            f"{fresh:,} of {len(rows):,}",
            "now",
            "A feed answered when it should have, or within 3 hours.",
        ),
        ("Feeds failing", f"{failing:,} of {every:,}", "now", "The last look ended without a feed that could be read."),
        (
            "Feed-days observed",
            share(whole["observed"], whole["feed_days"]),
            chosen,
            "A feed-day is one feed on one day.",
        ),
        ("Items without a date", share(undated, items), chosen, "They are dated by when they were first seen."),
    )
    with st.grid(4, min_column_width=200):
        for label, value, words, help_ in cells:
            st.metric(label, value, words, "off", help=help_, delta_arrow="off", border=True, height="stretch")


def share(some: int, of: int) -> str | None:
    """A share and what it is of."""
    return f"{some / of:.1%} of {of:,}" if of else None


@st.fragment
def feeds(page: Page, found: Sources, now: int) -> None:
    """The table of outlets or feeds, and below it what there is of the one that was chosen."""
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.subheader("Outlets and their feeds", anchor=False, width="content")
            by = st.segmented_control(
                "Rows",
                list(ROWS),
                default="outlets",
                key="sources-by",
                format_func=ROWS.__getitem__,
                required=True,
                label_visibility="collapsed",
                persist_state="session",
            )
        rows = sources.table(found, now, by_feed=by == "feeds")
        owners = [str(one) for one in rows["outlet"]]
        st.dataframe(
            inert(rows.drop(columns=["outlet"] + (["feeds", "failing"] if by == "feeds" else ["feed"]))),
            hide_index=True,
            placeholder="–",
            key=f"{TABLE}-{by}",
            height=min(38 + 35 * len(rows), 420),
            alt=f"{ROWS[str(by)]} and how they do, those that need a look first",
            column_config=columns(page.chosen.tz),
            on_select=lambda: choose(f"{TABLE}-{by}", owners),
            selection_mode="single-row",
        )
        st.caption(
            "✓ answers as it should; △ answers, with something wrong; ✗ stale: no answer although it was due; ○ not"
            " looked at yet; – nobody asks it. What needs a look comes first. Possible losses are those of the last 7"
            " days: two lists with fewer than half of their items in common, so that items may have come and gone between them. Mark a row, or"
            " choose an outlet below, to see its last looks."
        )
        details(page, found, now)


def choose(table: str, owners: list[str]) -> None:
    """Take the outlet of the marked row as the chosen one."""
    for row in st.session_state[table]["selection"]["rows"]:
        if row < len(owners):
            st.session_state[OUTLET] = owners[row]


def columns(tz: str) -> Mapping[str, Any]:
    """How the columns of the tables are called and written."""
    config = st.column_config
    return {
        "name": config.TextColumn("Outlet", pinned=True, width="medium"),
        "feed": config.LinkColumn("Feed", display_text=r"https?://(.*)", width=230),
        "state": config.TextColumn("State"),
        "wrong": config.TextColumn("What is wrong", width=280),
        "answered": config.NumberColumn("Last answer, ago", format="duration", help="–: never."),
        "new_item": config.NumberColumn(
            "New item, ago", format="duration", help="The last look that brought a new item. –: none so far."
        ),
        "feeds": config.NumberColumn("Feeds", width="small"),
        "failing": config.NumberColumn("Failing", width="small", help="Feeds whose last look failed."),
        "asked_each": config.NumberColumn(
            "Asked each", format="duration", help="How often we ask by ourselves; of several feeds, the one asked most."
        ),
        "a_day": config.NumberColumn("Items a day", format="%.1f", help="Learned from the last looks."),
        "next": config.TextColumn("Next look"),
        "losses": config.TextColumn("Possible losses"),
        "undated": config.NumberColumn("Without a date", format="percent", help="Of the outlet's items in these days."),
        "begun": config.DatetimeColumn(f"First look ({tz})", format=TIME, timezone=tz),
        "at": config.DatetimeColumn(f"Look ({tz})", format=TIME, timezone=tz),
        "start": config.DatetimeColumn(f"From ({tz})", format=TIME, timezone=tz),
        "stop": config.DatetimeColumn(f"To ({tz})", format=TIME, timezone=tz),
        "lasts": config.TextColumn("Lasts"),
        "why": config.TextColumn("Why", width="medium"),
        "outcome": config.TextColumn("Outcome"),
        "status": config.NumberColumn("Status", format="%d", help="What the server said, as HTTP numbers it."),
        "items": config.NumberColumn("Items", format="%d"),
        "new": config.NumberColumn("New", format="%d"),
        "detail": config.TextColumn("Detail", width="medium"),
        "to_do": config.TextColumn("What to do", width="large"),
    }


def details(page: Page, found: Sources, now: int) -> None:
    """The feeds of the chosen outlet, the last looks at them, and its gaps in the chosen days."""
    outlets = {one.id: one for one in sorted(found.outlets, key=lambda one: one.name.casefold())}
    if st.session_state.get(OUTLET) not in outlets:
        st.session_state[OUTLET] = None
    picked = st.selectbox(
        "Outlet to look into",
        list(outlets),
        key=OUTLET,
        format_func=lambda one: outlets[one].name,
        placeholder="Choose an outlet",
        width=420,
        persist_state="session",
    )
    if not picked:
        return
    outlet = outlets[picked]
    if not outlet.feeds:
        st.info("No feed of this outlet is known. Add its address to outlets.toml.", icon=":material/rss_feed:")
        return
    own = sources.table(replace(found, outlets=(outlet,)), now, by_feed=True)
    own = own.drop(columns=["outlet", "name", "feeds", "failing", "undated"])
    looks = sources.looks(page.cube, outlet)
    gaps = asked(sources.gaps, page.cube, page.chosen, picked)
    span = f"{spelled(page.chosen.since)} to {spelled(page.chosen.until)}"
    part(page, "feeds", f"Feeds of {outlet.name}", own, "")
    part(page, "looks", f"The last {sources.LOOKS} looks at each feed", looks, "None yet; ./run collect will look.")
    part(page, "gaps", f"Not covered, {span}", gaps, "Nothing: its feeds were covered on all of these days.")


def part(page: Page, name: str, title: str, rows: pd.DataFrame, none: str) -> None:
    """A table of what there is of an outlet, or a word that there is none."""
    st.markdown(f"**{states.literal(title)}**")
    if rows.empty:
        st.caption(states.literal(none))
        return
    st.dataframe(
        inert(rows),
        hide_index=True,
        placeholder="–",
        key=f"table-source-{name}",
        height=min(38 + 35 * len(rows), 300),
        alt=title,
        column_config=columns(page.chosen.tz),
    )


def days(page: Page) -> None:
    """The calendar of the outlets."""
    with st.container(border=True):
        st.subheader("Which days were observed", anchor=False)
        rows = asked(coverage.calendar, page.cube, page.chosen, page.today)
        if rows.empty:
            st.info(
                "None of these days is over yet, or no outlet has a feed. Choose other dates.", icon=":material/event:"
            )
            return
        grain = coverage.grain_of(page.chosen)
        n = coverage.totals(rows)
        said = ", ".join(f"{count:,} {state}" for state, count in n.items())
        words = f"{rows['id'].nunique():,} outlets, {sum(n.values()):,} days of outlets: {said}"
        st.plotly_chart(
            sign(calendar(rows, grain, st.context.theme.type == "dark"), cards.signature(page)),
            key="chart-calendar",
            config={"displayModeBar": False},
            alt=f"Calendar by {grain}: {words}",
        )
        worst = (
            "" if grain == "day" else f" A {grain} has the worst state of its days that are over; point at it for all."
        )
        st.caption(
            f"{words}. Observed: every list of every feed had half of its items in common with the one before, so that"
            f" few can have come and gone unseen. Days in {page.chosen.tz}; outlets with most days not observed first.{worst}"
        )
        cards.numbers("calendar", rows)
