"""How the page's selection was counted: the methods paragraph, a citation, a link to these numbers, the gaps."""

import pandas as pd
import streamlit as st

from mentions import methods
from mentions.cube import Cube
from mentions.export import GAP_COLUMNS
from mentions.selection import Selection
from mentions.tables import inert, safe_csv
from views.page import Page


def show(page: Page) -> None:
    """Draw the section, for who publishes."""
    cube, chosen = page.cube, page.chosen
    with st.container(border=True):
        st.subheader("How this selection was counted", anchor=False)
        st.markdown("**Methods**, ready to paste")
        st.code(methods.paragraph(cube, chosen), language=None, wrap_lines=True)
        st.markdown("**Citation**")
        st.code(methods.citation(cube, chosen, page.now), language=None, wrap_lines=True)
        st.markdown("**Link** to these numbers as they are now, to follow this page's address")
        st.code(methods.link(chosen, page.default, cube), language=None, wrap_lines=True)
        gaps(cube, chosen)


def gaps(cube: Cube, chosen: Selection) -> None:
    """The table of what was not observed."""
    rows = pd.DataFrame(methods.gap_rows(cube, chosen), columns=GAP_COLUMNS)
    if rows.empty:
        st.markdown("**Gaps**: none; every feed was observed throughout.")
        return
    st.markdown(f"**Gaps** in observation, {len(rows):,}, in UTC")
    st.dataframe(inert(rows), hide_index=True, key="table-gaps", height=min(360, 38 + 35 * len(rows)))
    st.download_button(
        f"CSV, {len(rows):,} rows",
        safe_csv(rows),
        "kashmir-gaps.csv",
        "text/csv",
        icon=":material/download:",
        key="csv-gaps",
    )
