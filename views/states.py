"""What the page says where there is nothing to show, or not what one thinks: each with what to do."""

import re
from datetime import UTC, datetime

import streamlit as st

from mentions.selection import Selection
from mentions.store import Store

COLLECT = "./run collect"
DEMO = ".venv/bin/python -m collectors demo"


def literal(text: object) -> str:
    """A text for Markdown with nothing in it that Markdown would act on.

    Escapes do not keep addresses from becoming links, nor icons' names from becoming icons: an unseen joiner does.
    """
    parted = re.sub(r"(?<=:)(?=\S)|(?<=www)(?=\.)", "\u2060", str(text))
    return "".join(f"\\{sign}" if sign in "\\`*_{}[]()#+-.!|<>$:~" else sign for sign in parted)


def invented() -> None:
    """Say that all items are invented."""
    st.warning("**Invented demo data.** No outlet, article or date on this page is real.", icon=":material/science:")


def stand_in(where: str, store: Store | None) -> None:
    """Say that invented items stand in for a store that holds none, why it holds none, and how to fill it."""
    st.warning(
        f"**Invented demo data.** No outlet, article or date on this page is real. The store {literal(where)} holds no"
        f" items yet: {literal(why_empty(store))} To collect, check the network and run `{COLLECT}`, or schedule it"
        " by cron; this page turns to the real items within half a minute.",
        icon=":material/science:",
    )


def why_empty(store: Store | None) -> str:
    """Why a store holds no items, from its check log."""
    checks = store.last_round() if store else []
    if not checks:
        return "nothing has been collected."
    when = datetime.fromtimestamp(max(at for at, _, _ in checks), UTC)
    ends = ", ".join(f"{feeds} × {outcome}" for _, outcome, feeds in checks)
    return f"the last round ({when.day} {when:%b %Y %H:%M} UTC) looked at {sum(n for _, _, n in checks)} feeds: {ends}."


def empty(where: str, store: Store | None) -> None:
    """Say that there is nothing to show yet and how to change that."""
    st.info(
        f"The store {literal(where)} holds no items: {literal(why_empty(store))}\n\n"
        f"- To collect now, run `{COLLECT}`.\n"
        f"- To look around first, run `{DEMO}`; it makes invented, marked items beside the store.\n\n"
        "Then reload this page.",
        icon=":material/inbox:",
    )


def unreadable(error: Exception) -> None:
    """Say what is wrong with the store or the lexicon, and where to look."""
    st.error(
        f"The numbers cannot be shown: {literal(error)}\n\n"
        "The store is named by `MONITOR_STORE` (else `data/monitor.db`), the lexicon's folder by `MONITOR_DATA`"
        " (else `data`). Mend what the message names, then reload this page.",
        icon=":material/error:",
    )


def no_items(span: str) -> None:
    """Say that nothing at all was listed under the selection."""
    st.info(
        f"No outlet of this selection listed an item in these days. The store holds items {span}. Choose other dates,"
        " take a filter back, or press **Reset**.",
        icon=":material/search_off:",
    )


def no_articles(items: int, chosen: Selection) -> None:
    """Say that items were listed, but no article among them; only relevant articles bear forums and topics."""
    wider = " or turn the scope to **About**" if chosen.scope == "relevant" and not chosen.forum + chosen.topic else ""
    st.info(
        f"None of the {items:,} items listed in these days is an article of this selection. Take a filter back, choose"
        f" a longer span{wider}, or press **Reset**.",
        icon=":material/search_off:",
    )
