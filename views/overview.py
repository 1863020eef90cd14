"""The first page: how much, by whom, in which forum, on which topic, over time, and what changed."""

from dataclasses import replace
from datetime import date, timedelta

import pandas as pd
import streamlit as st

from mentions import charts, measures, observation
from mentions.cube import Cube
from mentions.selection import SWITCHES, Selection
from mentions.tables import inert
from views import cards, changed, states, tags, trend
from views.page import Page
from views.shared import asked, paint
from views.words import capital, named, spelled


def show(page: Page) -> None:
    """Draw the page."""
    figures(page)
    if not page.counts["articles"]:
        states.no_articles(page.counts["items"], page.chosen)
        return
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.subheader("Volume over time", anchor=False, width="content")
            st.selectbox(
                "By",
                list(SWITCHES["by"]),
                key="by",
                format_func=lambda one: f"by {SWITCHES['by'][one].lower()}",
                width=180,
                label_visibility="collapsed",
                persist_state="session",
            )
        trend.over_time(page, page.chosen.by)
    with st.grid(2, min_column_width=420):
        with st.container():
            outlets(page)
        with st.container():
            tags.meeting(page, "forum", "topic")
    changed.show(page)
    newest(page)


def figures(page: Page) -> None:
    """Four figures, each with its days as a sparkline and its change against the span before."""
    chosen, counts = page.chosen, page.counts
    days = asked(measures.daily, page.cube, chosen).set_index("day")
    if chosen.days <= trend.MARKS:
        days = days.reindex(pd.date_range(chosen.since, chosen.until).date)
    now, before, words = change(page.cube, chosen, page.today)
    share = days["articles"] / days["items"].where(days["items"] >= measures.SMALL)
    enough = counts["items"] >= measures.SMALL
    rows = (
        (capital(named(chosen)), f"{counts['articles']:,}", days["articles"], relative(now, before, "articles")),
        (
            "Share of all items",
            f"{counts['articles'] / counts['items']:.2%}" if enough else None,
            share * 100,
            points(now, before),
        ),
        (
            "Outlets with such articles",
            f"{counts['outlets_with_articles']:,} of {counts['outlets']:,}",
            days["outlets"],
            relative(now, before, "outlets_with_articles"),
        ),
        ("Articles naming a forum", f"{counts['in_forums']:,}", days["in_forums"], relative(now, before, "in_forums")),
    )
    with st.grid(4, min_column_width=180):
        for label, value, line, delta in rows:
            st.metric(
                label,
                value,
                delta,
                delta_color="off",
                delta_description=words if delta is not None else "nothing before to compare",
                chart_data=[float(one) for one in line],
                border=True,
                height="stretch",
            )


def change(cube: Cube, chosen: Selection, today: date) -> tuple[dict[str, int], dict[str, int], str]:
    """The totals of the whole days shown and of as many days before, and what is compared in words.

    Only outlets that we looked at all the time are compared: one that was added in between would look like growth.
    The second is empty where there is nothing to compare with: no day is over yet, or collecting began too late.
    """
    last = min(chosen.until, today - timedelta(days=1))
    days = (last - chosen.since).days + 1
    earlier = measures.before(replace(chosen, until=last))
    same = tuple(asked(observation.observed_since, cube, earlier)) if days >= 1 else ()
    if not same:
        return {}, {}, ""
    ends = [spelled(day, False) for day in dict.fromkeys((earlier.since, earlier.until))]
    now = asked(measures.totals, cube, replace(chosen, until=last, outlet=same))
    return now, asked(measures.totals, cube, replace(earlier, outlet=same)), f"vs {'–'.join(ends)}"


def relative(now: dict[str, int], before: dict[str, int], name: str) -> str | int | None:
    """The change of a count in per cent, 0 where there is none, None where there is nothing to compare with."""
    if not before or not before[name]:
        return None
    return f"{now[name] / before[name] - 1:+.0%}" if now[name] != before[name] else 0


def points(now: dict[str, int], before: dict[str, int]) -> str | int | None:
    """The change of the share in percentage points, 0 where it would be written so."""
    if not before or min(now["items"], before["items"]) < measures.SMALL:
        return None
    difference = now["articles"] / now["items"] - before["articles"] / before["items"]
    return f"{difference * 100:+.2f} points" if abs(difference) >= 0.00005 else 0


def outlets(page: Page) -> None:
    """The outlets with most articles."""
    chosen = page.chosen
    with st.container(border=True):
        st.subheader("Top outlets", anchor=False)
        rows = asked(measures.ranked_outlets, page.cube, chosen)
        column = trend.column_of(chosen)
        ordered = rows.sort_values(column, ascending=False, kind="stable", na_position="last")
        top = ordered[ordered["articles"] > 0].head(15)
        cards.chart(
            page,
            "outlets",
            charts.ranked(top, column, "outlet", paint(page.cube, "outlet")),
            rows,
            f"{trend.UNITS[column]} of {named(chosen)}; at each bar the count, and the articles' share of all items the outlet"
            f" listed. {len(rows):,} outlets listed something; all are in the numbers.",
            f"Outlets with most {named(chosen)}; first is {top['label'].iloc[0]} with {top['articles'].iloc[0]:,}",
        )


@st.fragment
def newest(page: Page) -> None:
    """The newest articles, with links."""
    with st.container(border=True):
        st.subheader("Newest articles", anchor=False)
        rows = asked(measures.newest, page.cube, page.chosen)
        st.dataframe(
            inert(rows[["published", "title", "link", "outlet", "forums", "topics", "naming", "dated_by"]]),
            hide_index=True,
            key="table-newest",
            height=420,
            alt="The newest articles of this selection",
            column_config={
                "published": st.column_config.DatetimeColumn(
                    f"Published ({page.chosen.tz})", format="YYYY-MM-DD HH:mm"
                ),
                "outlet": st.column_config.TextColumn("Outlet"),
                "title": st.column_config.TextColumn("Title", width="large"),
                "link": st.column_config.LinkColumn("Link", display_text="open", width="small"),
                "forums": st.column_config.ListColumn("Forums"),
                "topics": st.column_config.ListColumn("Topics"),
                "naming": st.column_config.ListColumn("Naming forms"),
                "dated_by": st.column_config.TextColumn(
                    "Dated by", help="feed: stated with its zone; zone: the zone is ours; seen: first sighting"
                ),
            },
        )
        st.caption(f"The newest {len(rows):,} of this selection, by the time the outlet states.")
