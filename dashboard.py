"""The dashboard: opens the store, shows the filters all pages share, and then the page. `./run` starts it."""

import os
import time
from pathlib import Path

import streamlit as st

from mentions import store as stores
from mentions.cube import Cube
from mentions.events import EventsError
from mentions.lexicon import LexiconError, load_lexicon
from mentions.store import Store, StoreError
from views import filters, overview, states


@st.cache_resource(max_entries=2, show_spinner="Reading the store …")
def cube_of(path: str, inode: int, data: str) -> Cube:
    """The one cube that all open pages share; another file under the same name has another number."""
    return Cube(stores.existing(path), load_lexicon(Path(data) / "lexicon"))


@st.fragment(run_every="30s")
def wait_for_items(where: str) -> None:
    """Run the whole page again as soon as the store holds items of its own."""
    if stores.holds_items(where):
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


st.set_page_config(page_title="Kashmir Diplomacy Monitor", page_icon="📊", layout="wide")
st.title("Kashmir Diplomacy Monitor", anchor=False)
try:
    store = shown_store()
    cube = cube_of(str(store.path), store.path.stat().st_ino, os.environ.get("MONITOR_DATA") or "data")
    cube.refresh()
    moment = time.time()
    headline = st.container()
    overview.show(cube, filters.bar(cube, moment), filters.usual(cube, moment), moment, headline)
except (StoreError, LexiconError, EventsError) as error:
    states.unreadable(error)
