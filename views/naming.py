"""Whose words: how Kashmir and the sides are named, over time and by whom; each side's usage is data and kept apart."""

import pandas as pd
import streamlit as st

from mentions import charts, measures
from mentions.selection import SWITCHES
from views import cards, states, tags, trend
from views.page import Page
from views.shared import asked, paint
from views.words import named

USAGE = {
    "pakistan_official": "Pakistan's official usage",
    "pakistan_claim_formula": "Formulas of Pakistan's claim",
    "india_official": "India's official usage",
    "india_claim_formula": "Formulas of India's claim",
    "neutral_international": "Usage of agencies and international bodies",
}
"""The usage groups of the lexicon in words."""


def show(page: Page) -> None:
    """Draw the page."""
    if not page.counts["articles"]:
        states.no_articles(page.counts["items"], page.chosen)
        return
    st.caption(groups_in_words(page))
    with st.container(border=True):
        st.subheader("Naming forms over time", anchor=False)
        trend.over_time(page, "naming")
    composed(page)
    tags.by_whom(page, "naming")
    with st.grid(2, min_column_width=420):
        with st.container():
            tags.ranking(page, "naming")
        with st.container():
            tags.meeting(page, "naming", "naming")


def groups_in_words(page: Page) -> str:
    """Which forms belong to which usage group."""
    forms: dict[str, list[str]] = {}
    for one in page.cube.lexicon.naming:
        forms.setdefault(one.group, []).append(states.literal(one.label))
    parts = [f"**{USAGE.get(group, group)}**: {', '.join(labels)}" for group, labels in forms.items()]
    return "A form counts wherever it stands, in quotations and in scare quotes too. " + " · ".join(parts)


def composed(page: Page) -> None:
    """Of which forms the mentions of each region, group, country or outlet are made."""
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.subheader("Made of which forms", anchor=False, width="content")
            owner = st.segmented_control(
                "Of whom",
                tags.BY_WHOM,
                default="region",
                key="composed",
                format_func=SWITCHES["by"].__getitem__,
                required=True,
                label_visibility="collapsed",
                persist_state="session",
            )
        rows = asked(measures.tags_by, page.cube, page.chosen, owner, "naming")
        if rows.empty:
            tags.nothing("naming form")
            return
        rows = tags.largest_owners(with_mentions(rows), tags.ROWS)
        cards.chart(
            page,
            f"composed-{owner}",
            charts.composition(rows, str(owner), "naming", paint(page.cube, "naming")),
            rows[["owner", "owner_label", "id", "label", "group", "articles", "mentions", "of_articles", "part"]],
            f"Parts of all mentions of naming forms in the {named(page.chosen)} of each; an article that bears several forms"
            " counts for each. Short rows may rest on few mentions: point at them for the numbers.",
            f"Naming forms as parts of all mentions, by {SWITCHES['by'][owner].lower()}",
        )


def with_mentions(rows: pd.DataFrame) -> pd.DataFrame:
    """measures.tags_by with `mentions`, those of all tags of the owner, and `part` = articles / mentions."""
    mentions = rows.groupby("owner")["articles"].transform("sum")
    return rows.assign(mentions=mentions, part=rows["articles"] / mentions)
