"""The Articles page: the articles of the selection, all of them or a sample, and one read with what matched in it."""

import hashlib
import json
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from mentions import listing, measures
from mentions.cube import Cube
from mentions.listing import LIMIT, ORDERS, Sample
from mentions.selection import Selection
from mentions.snapshot import seq_of, text_of
from mentions.tables import inert
from views import reading, states
from views.page import Page

ROWS = 50
"""Articles on one page of the list."""

MOST = 1000
"""Articles in a sample."""

PAGE, TURN = "articles-page", "articles-turn"
OPEN, CLOSED, CONTEXT = "articles-open", "articles-closed", "articles-context"
"""What the session remembers: the page of the list, how often it was turned by other means than its buttons (which are
made anew then), the seq of the article read, how often one was closed, and the list that all belong to."""

FILES = {
    "csv": ("CSV", "text/csv"),
    "parquet": ("Parquet", "application/vnd.apache.parquet"),
    "jsonl": ("JSON lines", "application/jsonl"),
}

SHOWN = [
    *("published", "title", "link", "outlet", "language"),
    *("forums", "topics", "naming", "wire", "in_story", "dated_by"),
]


def show(page: Page) -> None:
    """Draw the page."""
    counts = counted(page.cube, state_of(page.cube), page.chosen)
    if not counts["articles"]:
        states.no_articles(counts["items"], page.chosen)
        return
    articles(page, counts)


def state_of(cube: Cube) -> str:
    """The state of the data, as far as what is remembered depends on it."""
    return f"{cube.store.path}:{id(cube)}:{text_of(cube.state)}"


@st.cache_data(max_entries=64, show_spinner=False)
def counted(_cube: Cube, state: str, chosen: Selection) -> dict[str, int]:
    """The totals of a selection in a state of the data."""
    return measures.totals(_cube, chosen)


@st.cache_data(max_entries=64, show_spinner="Looking up the articles …")
def rows_of(
    _cube: Cube, state: str, chosen: Selection, order: str, start: int, sample: tuple[int, int] | None
) -> pd.DataFrame:
    """A page of the list in a state of the data."""
    return listing.listed(_cube, chosen, order, start, ROWS, Sample(*sample) if sample else None)


@st.fragment
def articles(page: Page, counts: dict[str, int]) -> None:
    """The list, the article chosen from it, and the files; what is chosen here runs only this again."""
    cube, chosen = page.cube, page.chosen
    with st.container(border=True):
        st.subheader("Articles of this selection", anchor=False)
        order, sample = controls()
        number = min(sample.n, counts["articles"]) if sample else counts["articles"]
        begin_anew(f"{cube.store.path}:{cube.state.generation}:{chosen}:{order}:{sample}", -(-number // ROWS))
        st.markdown(states.literal(in_words(page, counts, sample)))
        start = (st.session_state[PAGE] - 1) * ROWS
        rows = rows_of(cube, state_of(cube), chosen, order, start, (sample.n, sample.seed) if sample else None)
        table(rows, chosen, ORDERS[order])
        pages(number, start, len(rows))
    if (seq := st.session_state.get(OPEN)) is not None:
        reading.show(cube, chosen, seq, close)
    files(page, counts["articles"], sample)


def controls() -> tuple[str, Sample | None]:
    """The order, and the sample asked for, if any."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        order = st.selectbox(
            "Order",
            list(ORDERS),
            key="articles-order",
            format_func=ORDERS.__getitem__,
            width=200,
            persist_state="session",
        )
        wanted = st.toggle(
            "Sample at random",
            key="articles-sample",
            persist_state="session",
            help="Some articles drawn by lot, to read or to code by hand. Selection, snapshot, size and seed give the same"
            " ones on any machine.",
        )
        if not wanted:
            return order, None
        size = st.number_input(
            "Size", 1, MOST, 50, key="articles-size", width=130, persist_state="session", help=f"At most {MOST:,}."
        )
        seed = st.number_input(
            "Seed",
            0,
            999_999_999,
            1,
            key="articles-seed",
            width=160,
            persist_state="session",
            help="Any number; another one draws other articles.",
        )
    return order, Sample(int(size or 1), int(seed or 0))


def begin_anew(context: str, pages: int) -> None:
    """Go to the first page and close the article read when the list becomes another; never past its end."""
    state = st.session_state
    if state.get(CONTEXT) != context:
        state[CONTEXT] = context
        turn_to(1)
    if state[PAGE] > pages:
        turn_to(pages)


def in_words(page: Page, counts: dict[str, int], sample: Sample | None) -> str:
    """How many articles there are, and how a sample of them was drawn."""
    n, reports = counts["articles"], counts["reports"]
    whole = f"{n:,} {'article' if n == 1 else 'articles'}, {reports:,} unique {'report' if reports == 1 else 'reports'}"
    if not sample:
        return f"{whole}. Choose a row to read the article with the words that matched."
    state = text_of(page.cube.state, seq_of(page.chosen.snapshot, page.cube.state))
    return (
        f"A sample of {min(sample.n, n):,}, drawn at random from {whole}, with seed {sample.seed} in snapshot {state}:"
        " those with the least MD5 of “seed:seq”. The same selection, snapshot, size and seed give the same articles anywhere."
    )


def table(rows: pd.DataFrame, chosen: Selection, order: str) -> None:
    """A page of the list; a row chosen opens its article."""
    seqs = [int(seq) for seq in rows["seq"]]
    # Another page is another widget: a row chosen by its place would else mean another article.
    shown = f"{st.session_state[CLOSED]}:{seqs}"
    key = f"articles-table-{hashlib.sha256(shown.encode()).hexdigest()[:12]}"
    chosen_seq = st.session_state.get(OPEN)
    at: Any = {"selection": {"rows": [seqs.index(chosen_seq)] if chosen_seq in seqs else []}}
    with st.container(key="articles-table"):
        st.dataframe(
            inert(rows[SHOWN]),
            hide_index=True,
            height=min(420, 38 + 35 * len(rows)),
            key=key,
            alt=f"Articles of this selection, {order.lower()}; a row chosen opens below",
            on_select=partial(choose, key, seqs),
            selection_mode="single-row",
            selection_default=at,
            placeholder="",
            column_config=columns(chosen.tz),
        )


def columns(tz: str) -> dict[str, Any]:
    """How the columns of the list are shown."""
    column = st.column_config
    return {
        "published": column.DatetimeColumn(f"Published ({tz})", format="YYYY-MM-DD HH:mm"),
        "title": column.TextColumn("Title", width="large"),
        "outlet": column.TextColumn("Outlet"),
        "language": column.TextColumn("Language", width="small"),
        "forums": column.ListColumn("Forums"),
        "topics": column.ListColumn("Topics"),
        "naming": column.ListColumn("Naming forms"),
        "wire": column.TextColumn("Wire", width="small", help="The news agency the article credits."),
        "in_story": column.NumberColumn(
            "In story", width="small", help="How many articles are copies of one text, this one counted."
        ),
        "dated_by": column.TextColumn(
            "Dated by",
            width="small",
            help="Feed: a time with its zone. Zone corrected: the feed's time, in the zone of its country."
            " First seen: the feed states no usable time.",
        ),
        "link": column.LinkColumn("Link", display_text="open", width="small"),
    }


def choose(key: str, seqs: list[int]) -> None:
    """Open the article of the row chosen, or close it where the row was let go."""
    rows = st.session_state[key]["selection"]["rows"]
    st.session_state[OPEN] = seqs[rows[0]] if rows and rows[0] < len(seqs) else None


def close() -> None:
    """Close the article read; the table is made anew, since a row still ticked could not be ticked again."""
    st.session_state[OPEN] = None
    st.session_state[CLOSED] = st.session_state.get(CLOSED, 0) + 1


def pages(number: int, start: int, shown: int) -> None:
    """Which articles are shown, and the way to any other page."""
    last = -(-number // ROWS)
    st.caption(f"Shown: {start + 1:,} to {start + shown:,} of {number:,}.")
    if last == 1:
        return
    key = f"articles-buttons-{st.session_state[TURN]}"
    with st.container(horizontal=True, vertical_alignment="bottom", key="articles-pages"):
        st.pagination(last, default=st.session_state[PAGE], key=key, on_change=follow, args=(key,))
        if last > 7:
            st.number_input(
                f"Go to page (of {last:,})",
                1,
                last,
                None,
                key="articles-jump",
                width=190,
                on_change=jump,
                placeholder="page",
            )


def follow(key: str) -> None:
    """Go to the page whose button was pressed."""
    st.session_state[PAGE] = st.session_state[key]
    close()


def jump() -> None:
    """Go to the page typed."""
    if wanted := st.session_state["articles-jump"]:
        st.session_state["articles-jump"] = None
        turn_to(int(wanted))


def turn_to(page: int) -> None:
    """Go to a page by other means than its buttons, and close the article read."""
    st.session_state[PAGE] = page
    st.session_state[TURN] = st.session_state.get(TURN, 0) + 1
    close()


def files(page: Page, articles: int, sample: Sample | None) -> None:
    """The articles listed as files, each made when it is asked for; the command that makes them where they are many."""
    cube, chosen = page.cube, page.chosen
    snapshot = text_of(cube.state, seq_of(chosen.snapshot, cube.state))
    with st.container(border=True):
        st.subheader("Files of these articles", anchor=False)
        if not sample and articles > LIMIT:
            st.markdown(
                f"These are {articles:,} articles; this page makes files of up to {LIMIT:,}. This command writes all of"
                " them, as CSV, or as Parquet or JSON lines where the name ends in .parquet or .jsonl:"
            )
            st.code(listing.command(chosen, snapshot), language="shell", wrap_lines=True)
            return
        number = min(sample.n, articles) if sample else articles
        name = f"kashmir-articles-sample-{sample.n}-seed-{sample.seed}" if sample else "kashmir-articles"
        st.caption(
            f"{number:,} {'article' if number == 1 else 'articles'}, with summary, tags by their ids, times in UTC."
            " CSV is safe to open in a spreadsheet. “About” says what the files are: filters, snapshot, denominators,"
            " gaps, citation."
        )
        with st.container(horizontal=True):
            for ending, (label, mime) in FILES.items():
                make = partial(listing.file, cube, chosen, ending, sample)
                download(label, make, f"{name}.{ending}", mime, f"articles-{ending}")
            make_about = partial(about, cube, chosen, f"{name}.csv", number, sample)
            download("About (JSON)", make_about, f"{name}.about.json", "application/json", "articles-about")


def about(cube: Cube, chosen: Selection, name: str, rows: int, sample: Sample | None) -> bytes:
    """What the files are, as JSON."""
    return json.dumps(listing.about(cube, chosen, name, rows, sample), ensure_ascii=False, indent=2).encode()


def download(label: str, make: Any, name: str, mime: str, key: str) -> None:
    """A button for a file that is made when it is pressed."""
    st.download_button(label, make, name, mime, key=key, on_click="ignore", icon=":material/download:")
