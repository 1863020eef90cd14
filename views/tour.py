"""A short tour: what one sees, how it was counted, what it is not."""

import streamlit as st

STEPS = {
    "What you see": """
The sentence on top says what is on the page: how many articles, of how many items, of how many outlets, on which days.
The bar below it chooses days, scope, words and filters for all pages; the address follows, so a link shows the same view.

Each chart has its numbers and files below it. Pale marks are not final; hatched stretches were not observed, and nothing is known
of them. Click a mark to see the articles it counts.
""",
    "How it was counted": """
Feeds are read day and night, and every item they list is kept: items are the denominators of all shares. Articles and their tags are
found in title and summary by published rules in twelve languages. Copies of one text are several articles and one unique report.
The Method page has the rules, the words, the methods paragraph of any selection, and a check of the tags by hand.
""",
    "What it is not": """
Not the whole press, but what these feeds listed while they were watched: see Sources. Not opinion: a tag is a mention, denials and
quotations too. Not reach. Each side's words are recorded as data; none of them is ours.
""",
}


@st.dialog("What this is", width="medium")
def show() -> None:
    """Draw the tour over the page."""
    for title, text in STEPS.items():
        st.markdown(f"**{title}**\n{text}")


def button() -> None:
    """The button that opens the tour."""
    if st.button("Tour", icon=":material/help:", key="tour", width="content"):
        show()
