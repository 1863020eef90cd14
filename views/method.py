"""Method: what is shown and what is not, what counts, the terms, how right the tags are, how a selection was counted."""

import os
from pathlib import Path

import pandas as pd
import streamlit as st

from mentions.model import LANGUAGES
from mentions.tables import inert
from mentions.terms import terms
from views import coding, counted
from views.page import Page

WHAT = """
- **Item**: one thing a feed listed. Every item is kept, whatever it is about: items are the denominators.
- **Article**: an item about Kashmir, by its title and summary as the feed gave them. The full text is never read.
- **Relevant**: an article about the dispute over Kashmir or its diplomacy. The default scope everywhere.
- **Forum, topic, naming form, actor**: tags an article may bear, several of each. A tag says that something is *mentioned*: denials,
  quotations and scare quotes count as well.
- **Unique report**: the copies of one text in several outlets, or twice in one, are several articles and one report.
- **Share**: articles ÷ all items of the same outlets on the same days; sums over sums, never an average of shares.
- **Observed**: a feed's day on which each list it gave had at least half of the items in common with the one before (of the shorter
  list), so that few are likely to have come and gone unseen; single items may have. Zero is drawn only where zero was observed.
"""

NOT = """
Not the press as a whole, but what the feeds of the outlets in this catalogue listed while they were watched. Not opinion or sentiment:
a tag is a mention, in whosesoever words. Not reach: an article counts once however many read it. Not full texts.
Dates are those the outlets state; where a feed states none, the first sighting stands in, and is counted apart.
"""


def show(page: Page) -> None:
    """Draw the page."""
    with st.grid(2, min_column_width=380):
        with st.container(border=True):
            st.subheader("What counts", anchor=False)
            st.markdown(WHAT)
        with st.container(border=True):
            st.subheader("What it is not", anchor=False)
            st.markdown(NOT)
    counted.show(page)
    coding.show(page)
    lexicon()


@st.cache_data(max_entries=2)
def terms_of(folder: str, changed_at: float) -> pd.DataFrame:
    """The terms of a lexicon, read anew when a file of it changes."""
    return terms(Path(folder))


@st.fragment
def lexicon() -> None:
    """The terms by which tags are given, to look up."""
    folder = Path(os.environ.get("MONITOR_DATA") or "data") / "lexicon"
    changed_at = max(path.stat().st_mtime for path in folder.glob("*.toml"))
    rows = terms_of(str(folder), changed_at)
    with st.container(border=True):
        st.subheader("Lexicon", anchor=False)
        st.caption(
            "The terms as their editors wrote them: `*` ends a stem, `=` asks for this very spelling, `?` counts only where"
            " nothing speaks against it, `~` never makes an article relevant. Conditions beside the terms are in the files."
        )
        with st.grid(3, min_column_width=200):
            label = st.selectbox("Tag", ["All", *dict.fromkeys(rows["label"])], key="lexicon-tag")
            languages = ["All", *dict.fromkeys(rows["language"])]
            language = st.selectbox(
                "Language of terms",
                languages,
                key="lexicon-language",
                format_func=lambda one: LANGUAGES.get(one, one.capitalize()),
            )
            typed = st.text_input("Term contains", key="lexicon-term", max_chars=100)
        if label != "All":
            rows = rows[rows["label"] == label]
        if language != "All":
            rows = rows[rows["language"] == language]
        if typed:
            rows = rows[rows["term"].str.contains(typed, case=False, regex=False)]
        st.dataframe(inert(rows), hide_index=True, key="lexicon-table", height=360, alt="Terms of the lexicon")
        st.caption(f"{len(rows):,} terms.")
