"""Outlets side by side, and what they can be grouped by: volume, rank, who was first, in which words."""

import streamlit as st

from mentions import charts, measures
from mentions.measures import OWNERS, SMALL
from mentions.selection import SWITCHES
from views import cards, states, trend
from views.page import Page
from views.shared import asked, paint
from views.tags import largest_owners, with_part
from views.words import capital, named

COMPARED = [*OWNERS, "wire"]
BARS, ROWS = 25, 20


def show(page: Page) -> None:
    """Draw the page."""
    if not page.counts["articles"]:
        states.no_articles(page.counts["items"], page.chosen)
        return
    by = compared(page.chosen.by)
    with st.container(border=True):
        st.subheader(f"Volume of each {SWITCHES['by'][by].lower()}", anchor=False)
        trend.over_time(page, by, many=True)
    with st.grid(2, min_column_width=420):
        with st.container():
            ranking(page, by)
        with st.container():
            first_movers(page)
    own_words(page, "outlet" if by in ("wire", "outlet") else by)


def compared(by: str) -> str:
    """What is compared, chosen by a switch that the address keeps as `by`."""
    st.session_state["compared"] = by if by in COMPARED else "outlet"
    st.segmented_control(
        "Compare",
        COMPARED,
        key="compared",
        format_func=SWITCHES["by"].__getitem__,
        required=True,
        on_change=lambda: st.session_state.update(by=st.session_state["compared"]),
    )
    return str(st.session_state["compared"])


def ranking(page: Page, by: str) -> None:
    """Who has most, with the change of rank against as many days before."""
    chosen = page.chosen
    with st.container(border=True):
        st.subheader("Ranks", anchor=False)
        rows = measures.with_ranks(
            asked(measures.ranked, page.cube, chosen, by),
            asked(measures.ranked, page.cube, measures.before(chosen), by),
        )
        column = trend.column_of(chosen)
        ordered = rows.sort_values(column, ascending=False, kind="stable", na_position="last")
        top = ordered[ordered["articles"] > 0].head(BARS)
        cards.chart(
            page,
            f"ranks-{by}",
            charts.ranked(top, column, by, paint(page.cube, by)),
            ordered,
            f"{trend.UNITS[column]} of {named(chosen)}; at each bar the count and the share of all items listed. Point at a bar"
            f" for its rank in the {chosen.days} days before, which may not all have been observed.",
            f"{capital(named(chosen))} by {SWITCHES['by'][by].lower()}; first is {top['label'].iloc[0]} with"
            f" {top['articles'].iloc[0]:,}",
        )


def first_movers(page: Page) -> None:
    """Who was first on stories that several outlets carried."""
    with st.container(border=True):
        st.subheader("First on a story", anchor=False)
        rows = asked(measures.first_movers, page.cube, page.chosen)
        top = rows[rows["firsts"] > 0].head(BARS)
        if top.empty:
            st.info("No story of this selection was carried by several outlets.", icon=":material/search_off:")
            return
        cards.chart(
            page,
            "first-movers",
            charts.led(top, paint(page.cube, "outlet")),
            rows,
            "How often an outlet's copy has the earliest stated time, of the stories it carried that another outlet of this"
            " selection carried too. Stated times may be rounded; agencies that the feeds do not hold cannot be first.",
            f"Outlets that were first on shared stories; most often {top['label'].iloc[0]}, {top['firsts'].iloc[0]:,} times",
        )


def own_words(page: Page, by: str) -> None:
    """Which naming forms each of them uses."""
    with st.container(border=True):
        st.subheader("Own words", anchor=False)
        rows = asked(measures.tags_by, page.cube, page.chosen, by, "naming")
        if rows.empty:
            st.info("No article of this selection bears a naming form.", icon=":material/search_off:")
            return
        rows = largest_owners(with_part(rows), ROWS)
        cards.chart(
            page,
            f"own-words-{by}",
            charts.shares(rows, by, "naming", st.context.theme.type == "dark"),
            rows[["owner", "owner_label", "id", "label", "group", "articles", "of_articles", "part"]],
            f"Share of each row's {named(page.chosen)} that bear the form, quotations included; columns in the order of"
            f" usage groups. No share of fewer than {SMALL} articles.",
            "Share of articles bearing each naming form, by " + SWITCHES["by"][by].lower(),
        )
