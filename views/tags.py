"""A page of one dimension of tags: over time, ranked, by whom, and with what it meets. Forums and Topics are such pages."""

import pandas as pd
import streamlit as st

from mentions import charts, measures
from mentions.choices import name_of
from mentions.measures import SMALL
from mentions.selection import SWITCHES
from views import cards, states, trend
from views.page import Page
from views.shared import asked, paint
from views.words import capital, named

BY_WHOM = ["region", "group", "country", "language", "outlet"]
ROWS = 20


def show(page: Page, dimension: str, other: str) -> None:
    """Draw the page of a dimension, with another one it is set against."""
    if not page.counts["articles"]:
        states.no_articles(page.counts["items"], page.chosen)
        return
    with st.container(border=True):
        st.subheader(f"{name_of(dimension)}s over time", anchor=False)
        trend.over_time(page, dimension)
    with st.grid(2, min_column_width=420):
        with st.container():
            ranking(page, dimension)
        with st.container():
            meeting(page, dimension, other)
    by_whom(page, dimension)
    with st.grid(2, min_column_width=420):
        with st.container():
            meeting(page, dimension, dimension)
        with st.container(border=True):
            st.subheader(f"Each {name_of(dimension).lower()} by itself", anchor=False)
            trend.over_time(page, dimension, many=True)


def ranking(page: Page, dimension: str, most: int = 27) -> None:
    """The tags with most articles."""
    chosen, name = page.chosen, name_of(dimension).lower()
    with st.container(border=True):
        st.subheader(f"{name_of(dimension)}s by number", anchor=False)
        rows = asked(measures.ranked, page.cube, chosen, dimension)
        if rows.empty:
            nothing(name)
            return
        rows = measures.with_ranks(rows, asked(measures.ranked, page.cube, measures.before(chosen), dimension))
        column = trend.column_of(chosen)
        ordered = rows.sort_values(column, ascending=False, kind="stable", na_position="last")
        top = ordered.head(most)
        cards.chart(
            page,
            f"ranks-{dimension}",
            charts.ranked(top, column, dimension, paint(page.cube, dimension)),
            ordered,
            f"{trend.UNITS[column]} of {named(chosen)} that name the {name}; one that names several counts for each. Share: of all"
            " items of the selection.",
            f"{capital(named(chosen))} by {name}; first is {top['label'].iloc[0]} with {top['articles'].iloc[0]:,}",
        )


def meeting(page: Page, one: str, two: str) -> None:
    """How many articles bear tags of two dimensions, or two tags of one."""
    same = one == two
    with st.container(border=True):
        st.subheader(
            f"{name_of(one)}s named together" if same else f"{name_of(one)} × {name_of(two).lower()}", anchor=False
        )
        rows = asked(measures.pairs, page.cube, page.chosen, one, two)
        second = f"other_{two}" if same else two
        if same and not rows.empty:
            rows = rows[rows[one] != rows[second]]
        if rows.empty:
            st.info("No article of this selection names both.", icon=":material/search_off:")
            return
        most = rows.iloc[int(rows["articles"].argmax())]
        cards.chart(
            page,
            f"{one}-{second}",
            charts.heat(rows, one, second, st.context.theme.type == "dark"),
            rows[[one, f"{one}_label", second, f"{second}_label", "articles"]],
            f"Number of {named(page.chosen)} that name both; one that names several counts in several cells.",
            f"{capital(named(page.chosen))} that name both; most, {most['articles']:,}, name {most[f'{one}_label']} and "
            f"{most[f'{second}_label']}",
        )


def by_whom(page: Page, dimension: str) -> None:
    """Which part of each owner's articles bears each tag."""
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.subheader(f"{name_of(dimension)}s by whom", anchor=False, width="content")
            owner = st.segmented_control(
                "By whom",
                BY_WHOM,
                default="region",
                key=f"whom-{dimension}",
                format_func=SWITCHES["by"].__getitem__,
                required=True,
                label_visibility="collapsed",
                persist_state="session",
            )
        rows = asked(measures.tags_by, page.cube, page.chosen, owner, dimension)
        if rows.empty:
            nothing(name_of(dimension).lower())
            return
        rows = largest_owners(with_part(rows), ROWS)
        cards.chart(
            page,
            f"whom-{dimension}-{owner}",
            charts.shares(rows, str(owner), dimension, st.context.theme.type == "dark"),
            rows[["owner", "owner_label", "id", "label", "articles", "of_articles", "part"]],
            f"Share of each row's {named(page.chosen)} that name the column, never an average of shares. No share of fewer"
            f" than {SMALL} articles. At most {ROWS} rows are shown, those with most articles.",
            f"Share of {named(page.chosen)} naming each {name_of(dimension).lower()}, by {SWITCHES['by'][owner].lower()}",
        )


def nothing(name: str) -> None:
    """Say that no article bears a tag of the dimension."""
    st.info(f"No article of this selection names a {name}.", icon=":material/search_off:")


def with_part(rows: pd.DataFrame) -> pd.DataFrame:
    """measures.tags_by with `part` = articles / of_articles, missing where there are fewer than SMALL."""
    return rows.assign(part=(rows["articles"] / rows["of_articles"]).where(rows["of_articles"] >= SMALL))


def largest_owners(rows: pd.DataFrame, most: int) -> pd.DataFrame:
    """The rows of the owners with most articles, these first."""
    order = rows.drop_duplicates("owner").nlargest(most, "of_articles", keep="first")["owner"]
    rank = {one: place for place, one in enumerate(order)}
    kept = rows[rows["owner"].isin(order)].assign(rank=lambda part: part["owner"].map(rank))
    return kept.sort_values(["rank", "place"]).drop(columns="rank")
