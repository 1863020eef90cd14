"""The dashboard: opens the store, shows the filters all pages share, and then the page. `./run` starts it."""

import os
import time
from pathlib import Path
from types import ModuleType

import streamlit as st

from mentions import measures
from mentions import store as stores
from mentions.cube import Cube
from mentions.events import EventsError
from mentions.lexicon import LexiconError, load_lexicon
from mentions.store import State, Store, StoreError
from views import articles, filters, forums, method, naming, outlets, overview, sources, states, topics
from views.page import Page
from views.shared import asked
from views.words import headline, span_in_words

# The pages by their address: title, file, and what the menu says of them.
PAGES: dict[str, tuple[str, ModuleType, str]] = {
    "": (
        "Overview",
        overview,
        "How much, by whom, in which forum, on which topic, and what changed.",
    ),
    "outlets": (
        "Outlets",
        outlets,
        "Outlets side by side: volume, share, who was first, in which words.",
    ),
    "forums": (
        "Forums",
        forums,
        "Which bodies the articles name, over time and by whom.",
    ),
    "topics": ("Topics", topics, "What the articles are on, over time and by whom."),
    "words": (
        "Whose words",
        naming,
        "How Kashmir is named, by outlet, group, country and over time.",
    ),
    "articles": (
        "Articles",
        articles,
        "The articles behind the numbers, with the words that matched.",
    ),
    "sources": ("Sources", sources, "Which feeds were seen when, and what may be missing."),
    "method": (
        "Method",
        method,
        "What counts, how it was counted, how right it is, how to cite it.",
    ),
}


@st.cache_resource(max_entries=2, show_spinner="Reading the store …")
def cube_of(path: str, inode: int, data: str) -> Cube:
    """The one cube that all open pages share; another file under the same name has another number."""
    return Cube(stores.existing(path), load_lexicon(Path(data) / "lexicon"))


@st.fragment(run_every="30s")
def wait_for_items(where: str) -> None:
    """Run the whole page again as soon as the store holds items of its own."""
    if stores.holds_items(where):
        st.rerun()


@st.fragment(run_every="20s")
def follow(cube: Cube, shown: State) -> None:
    """Run the whole page again when the store holds more than is shown."""
    cube.refresh()
    if (cube.state.seq, cube.state.generation, cube.state.lexicon) != (shown.seq, shown.generation, shown.lexicon):
        st.rerun()


def shown_store() -> Store:
    """The store to show, with a word about it where it is not the user's own; the page ends here where there is none.

    An empty store is stood in for by the invented demo data beside it, for as long as it is empty.
    """
    where = stores.configured()
    store = stores.reading(where)
    if store is not None and store.state().seq:
        if store.kind == "demo":
            states.invented()
        return store
    demo = stores.reading(stores.demo_beside(where))
    if demo is None or demo.kind != "demo":
        states.empty(where, store)
        st.stop()
    states.stand_in(where, store)
    wait_for_items(where)
    return demo


def whole_page() -> None:
    """Draw what all pages share, and below it the page that was asked for."""
    # No icons: the browser would fetch the one of the page from a server of others, to show it in its tab.
    menu = {
        address: st.Page(lambda: None, title=title, url_path=address, default=not address, help=words)
        for address, (title, _, words) in PAGES.items()
    }
    address = st.navigation(list(menu.values()), position="top").url_path
    title, module, _ = PAGES[address]
    st.set_page_config(page_title=f"{title} · Kashmir Diplomacy Monitor", page_icon="📊", layout="wide")
    st.title("Kashmir Diplomacy Monitor" if not address else title, anchor=False)
    try:
        store = shown_store()
        cube = cube_of(str(store.path), store.path.stat().st_ino, os.environ.get("MONITOR_DATA") or "data")
        cube.refresh()
        now = time.time()
        top = st.container()
        default = filters.usual(cube, now)
        chosen = filters.bar(cube, default, address)
        counts = asked(measures.totals, cube, chosen)
        top.markdown(states.literal(headline(cube, chosen, counts)))
        follow(cube, cube.state)
        if not counts["items"] and module not in (sources, method):
            states.no_items(span_in_words(cube, chosen.tz))
        else:
            module.show(Page(cube, chosen, default, now, counts, menu))
    except (StoreError, LexiconError, EventsError) as error:
        states.unreadable(error)


whole_page()
