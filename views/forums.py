"""Which bodies the articles name, and which states and organisations beside them."""

import streamlit as st

from views import tags
from views.page import Page


def show(page: Page) -> None:
    """Draw the page."""
    tags.show(page, "forum", "topic")
    if page.counts["articles"]:
        with st.grid(2, min_column_width=420):
            with st.container():
                tags.ranking(page, "actor", most=20)
            with st.container():
                tags.meeting(page, "forum", "actor")
