"""Drawing a sample of the page's selection for coding by hand: how many, and what to expect of it."""

import time

import streamlit as st

from mentions import codes, measures, samples
from mentions.codes import CodingError
from mentions.coding import Rate
from mentions.samples import MOST_ARTICLES, MOST_ITEMS
from views.page import Page
from views.shared import asked
from views.states import literal


def show(page: Page, stopped: bool) -> None:
    """How many to draw, what to expect of it, and the button."""
    with st.expander("Draw a sample of this selection", icon=":material/casino:", key="coding-new", expanded=False):
        with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
            number("Articles", "coding-n", 100, MOST_ARTICLES, "Drawn from the articles of the selection.")
            number("Items without keywords", "coding-m", 200, MOST_ITEMS, "Drawn from all items listed, on any matter.")
            number("Seed", "coding-seed", 1, 999_999, "The same selection, data and seed give the same sample.")
            st.button(
                "Draw",
                key="coding-draw",
                icon=":material/casino:",
                type="primary",
                on_click=drawn,
                args=(page,),
                disabled=stopped,
            )
        st.markdown(literal(expectation(page, int(st.session_state["coding-m"]))))


def number(label: str, key: str, usual: int, most: int, words: str) -> None:
    """An input for a whole number."""
    st.session_state.setdefault(key, usual)
    st.number_input(label, 0, most, key=key, help=words, width=190, persist_state="session")


def expectation(page: Page, m: int) -> str:
    """What there is to draw from, and how few relevant articles a sample without keywords holds."""
    counts = asked(measures.totals, page.cube, page.chosen)
    relevant, _ = asked(samples.expected, page.cube, page.chosen, m)
    text = f"There are {counts['articles']:,} articles and {counts['items']:,} items to draw from. "
    if not m:
        return text + "Without items drawn without keywords, recall cannot be estimated."
    text += f"Among {m:,} items drawn without keywords about {relevant:,.1f} relevant ones are to be expected, by their tags. "
    few = round(relevant)
    if few < 1:
        return (
            text
            + "That is most likely too few to say anything of recall; draw more, or choose days and outlets with more."
        )
    low, high = Rate(round(few * 0.9), few).interval
    return (
        text
        + f"Were nine in ten of {few:,} found, the 95% interval of recall would reach from {low:.0%} to {high:.0%}."
    )


def drawn(page: Page) -> None:
    """Draw, keep the sample, and turn to it."""
    n, m, seed = (int(st.session_state[f"coding-{name}"]) for name in ("n", "m", "seed"))
    n, m = min(max(n, 0), MOST_ARTICLES), min(max(m, 0), MOST_ITEMS)  # the browser's limits are a courtesy
    try:
        sample = samples.draw(page.cube, page.chosen, n, m, seed, time.time())
        if not sample.drawn:
            raise CodingError("Nothing was drawn: choose at least one article or item, and a selection that has some.")
        if not codes.begin(page.cube.store.path, sample):
            st.toast("This very sample was drawn before; here it is, with its answers.")
    except CodingError as error:
        st.session_state["coding-fault"] = str(error)
    else:
        st.session_state["coding-sample"] = sample.id
