"""One article as a reader sees it: its words with what matched, why it bears its tags, where it was seen, its copies."""

from collections.abc import Callable

import pandas as pd
import streamlit as st

from mentions import article as articles
from mentions.article import COPIES, Article, moment
from mentions.choices import DATED
from mentions.cube import Cube
from mentions.model import COUNTRIES, LANGUAGES
from mentions.selection import Selection
from mentions.tables import inert
from views.states import literal


def show(cube: Cube, chosen: Selection, seq: int, close: Callable[[], None]) -> None:
    """Draw an article by its seq; `close` is called when the reader has done with it."""
    one = articles.article(cube, seq)
    with st.container(border=True, key="article"):
        st.subheader("The article chosen", anchor=False)
        if one is None:
            st.info("The data holds this article no more. Choose another row.", icon=":material/search_off:")
            return
        st.html(articles.html(cube.lexicon, one))
        st.caption(literal(line(one, chosen.tz)))
        with st.container(horizontal=True):
            if one.link:
                st.link_button("Open at the outlet", one.link, icon=":material/open_in_new:", key="article-link")
            st.button("Close", on_click=close, icon=":material/close:", key="article-close")
        why(cube, one)
        with st.grid(2, min_column_width=320):
            with st.container():
                dates(one, chosen.tz)
            with st.container():
                seen_in(one, chosen.tz)
        edits(one, chosen.tz)
        story(cube, chosen, one)


def line(one: Article, tz: str) -> str:
    """Who published it, when and in which language."""
    parts = [one.outlet, COUNTRIES.get(one.country, one.country), LANGUAGES.get(one.language, one.language)]
    parts.append(f"published {moment(one.published, tz)} ({tz})")
    return " · ".join([*parts, f"credits {one.wire.upper()}"] if one.wire else parts)


def why(cube: Cube, one: Article) -> None:
    """What matched and which tags it gave, in words, for those who cannot hover or see the marks."""
    st.markdown("**Why it bears its tags**")
    if not one.matches:
        st.caption("No matches are kept: it was tagged before they were. `python -m collectors retag` makes them.")
        return
    st.html(articles.reasons_table(cube.lexicon, one.matches))


def dates(one: Article, tz: str) -> None:
    """Where its date comes from."""
    st.markdown(f"**Dates**, in {literal(tz)}")
    rows = {
        "Stated by the outlet": one.stated or "nothing",
        "Published, as counted": moment(one.published, tz),
        "Dated by": DATED[one.dated_by],
        "First seen by us": moment(one.seen, tz),
    }
    st.table({key: literal(value) for key, value in rows.items()}, border="horizontal", alt="Dates of the article")


def seen_in(one: Article, tz: str) -> None:
    """In which feeds it was seen."""
    number = len(one.sightings)
    st.markdown(f"**Seen in {number:,} {'feed' if number == 1 else 'feeds'}**, in {literal(tz)}")
    rows = [(literal(url), moment(first, tz), moment(last, tz)) for url, first, last in one.sightings]
    table = pd.DataFrame(rows, columns=["Feed", "First seen", "Last seen"])
    st.table(table, border="horizontal", hide_index=True, alt="Feeds in which the article was seen")


def edits(one: Article, tz: str) -> None:
    """Its wordings, where it was edited."""
    if not one.wordings:
        st.caption("Edits: none seen; title and summary stayed as they were first listed.")
        return
    st.markdown(f"**{len(one.wordings):,} wordings seen**, tags are of the first, in {literal(tz)}")
    rows = [
        (literal(title), literal(summary), moment(first, tz), moment(last, tz))
        for title, summary, first, last in one.wordings
    ]
    table = pd.DataFrame(rows, columns=["Title", "Summary", "First listed", "Last listed"])
    st.table(table, border="horizontal", hide_index=True, alt="Wordings of the article in their order")


def story(cube: Cube, chosen: Selection, one: Article) -> None:
    """Its copies."""
    rows = articles.copies(cube, chosen, one)
    if len(rows) < 2:
        st.caption("Copies: none known; the article is alone in its story.")
        return
    number = f"The first {COPIES:,} articles" if len(rows) == COPIES else f"{len(rows):,} articles"
    st.markdown(f"**{number} of the same story**, this one among them, whatever the filters")
    st.dataframe(
        inert(rows[["published", "outlet", "title", "wire", "found", "link"]]),
        hide_index=True,
        key="article-story",
        height=min(300, 38 + 35 * len(rows)),
        alt="Articles of the same story, the earliest first",
        placeholder="",
        column_config={
            "published": st.column_config.DatetimeColumn(f"Published ({chosen.tz})", format="YYYY-MM-DD HH:mm"),
            "outlet": st.column_config.TextColumn("Outlet"),
            "title": st.column_config.TextColumn("Title", width="large"),
            "wire": st.column_config.TextColumn("Wire", width="small"),
            "found": st.column_config.TextColumn("Held to be a copy by"),
            "link": st.column_config.LinkColumn("Link", display_text="open", width="small"),
        },
    )
