"""The articles behind the marks of a chart."""

import pandas as pd
import streamlit as st

from mentions import measures
from mentions.choices import choices, in_words
from mentions.selection import Selection, to_query
from mentions.tables import inert
from views.page import Page
from views.states import literal
from views.words import articles_in_words, spelled_span

SHOWN = 50


def show(page: Page, name: str, chosen: Selection) -> None:
    """Say how many articles the marks count, list the newest of them, and link to all."""
    counts = measures.totals(page.cube, chosen)
    filters = in_words(chosen, choices(page.cube))
    with st.container(border=True, key=f"drill-{name}"):
        st.markdown(
            f"**{articles_in_words(chosen, counts)}** behind the marks chosen: {literal(spelled_span(chosen))}"
            + (f"; {literal(filters)}" if filters else "")
        )
        rows = measures.newest(page.cube, chosen, SHOWN)
        if len(rows):
            table(rows, name, chosen.tz)
        if counts["articles"] > SHOWN:
            st.caption(f"The newest {SHOWN} of them; all are on the Articles page.")
        if "articles" in page.menu:
            st.page_link(
                page.menu["articles"],
                label="Open on the Articles page",
                icon=":material/open_in_new:",
                query_params=[
                    (key, value) for key, values in to_query(chosen, page.default).items() for value in values
                ],
            )


def table(rows: pd.DataFrame, name: str, tz: str) -> None:
    """A short list of articles with links."""
    st.dataframe(
        inert(rows[["published", "title", "link", "outlet"]]),
        hide_index=True,
        key=f"drill-table-{name}",
        height=min(300, 38 + 35 * len(rows)),
        alt="Articles behind the marks chosen",
        column_config={
            "published": st.column_config.DatetimeColumn(f"Published ({tz})", format="YYYY-MM-DD HH:mm"),
            "title": st.column_config.TextColumn("Title", width="large"),
            "link": st.column_config.LinkColumn("Link", display_text="open", width="small"),
            "outlet": st.column_config.TextColumn("Outlet"),
        },
    )
