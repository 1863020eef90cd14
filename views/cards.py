"""One chart with its numbers: picture, what it counts, what weakens it, its table and files, and the articles behind a mark."""

from collections.abc import Callable
from typing import Any

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from mentions.caveats import warnings
from mentions.charts import sign
from mentions.marks import behind
from mentions.snapshot import seq_of, text_of
from mentions.tables import inert, json_lines, parquet, safe_csv
from views import drill
from views.page import Page
from views.shared import asked
from views.states import literal

FILES: dict[str, tuple[str, Callable[[pd.DataFrame], bytes]]] = {
    "csv": ("text/csv", safe_csv),
    "parquet": ("application/vnd.apache.parquet", parquet),
    "jsonl": ("application/jsonl", json_lines),
}
"""The files a table can be had as: kind and how it is made."""


def signature(page: Page) -> str:
    """What a picture says of the state of the data it shows."""
    kind = "invented demo data, " if page.cube.store.kind == "demo" else ""
    state = text_of(page.cube.state, seq_of(page.chosen.snapshot, page.cube.state))
    return f"Kashmir Diplomacy Monitor, {kind}snapshot {state}"


@st.fragment
def chart(page: Page, name: str, figure: go.Figure, table: pd.DataFrame, counted: str, alt: str) -> None:
    """Show a figure, signed with the state of its data, what it counts, and below it its numbers.

    A mark that is clicked, or marks in a box, lead to the articles they count.
    """
    picture = st.session_state.get("picture", "png")
    tools = {
        "displaylogo": False,
        "modeBarButtonsToRemove": ["lasso2d", "autoScale2d", "zoomIn2d", "zoomOut2d"],
        "toImageButtonOptions": {"format": picture, "scale": 2, "filename": f"kashmir-{name}"},
    }
    event = st.plotly_chart(
        sign(figure, signature(page)),
        key=f"chart-{name}",
        config=tools,
        alt=alt,
        on_select="rerun",
        selection_mode=("points", "box"),
    )
    st.caption(counted)
    weakened(page)
    marks = [mark for point in event["selection"]["points"] if (mark := mark_of(point))]
    if len(marks) > 1 and not event["selection"]["box"]:
        st.info("Marks chosen one by one are not counted together: choose one, or draw a box.", icon=":material/info:")
    elif marks:
        drill.show(page, name, behind(page.chosen, marks))
    numbers(name, table)


def weakened(page: Page) -> None:
    """What weakens the figures of this selection, so that no picture stands without it."""
    told = asked(warnings, page.cube, page.chosen)
    if told:
        st.caption(f":material/warning: {literal(' '.join(told))}")


def mark_of(point: Any) -> dict[str, str]:
    """What a point of the browser says it stands for; nothing where it stands for nothing."""
    data = point.get("customdata")
    return dict(data["mark"]) if isinstance(data, dict) and isinstance(data.get("mark"), dict) else {}


def numbers(name: str, table: pd.DataFrame) -> None:
    """The table of a chart, folded, and its files."""
    with st.expander("Numbers", icon=":material/table:", key=f"numbers-{name}", on_change="rerun") as folded:
        if not folded.open:
            return
        st.dataframe(inert(table), hide_index=True, key=f"table-{name}", alt=f"Numbers of the chart {name}")
        files(name, table)


def files(name: str, table: pd.DataFrame) -> None:
    """A button for each kind of file a table can be had as; a file is made when it is asked for."""
    with st.container(horizontal=True, vertical_alignment="center"):
        for kind, (mime, made) in FILES.items():
            st.download_button(
                f"{kind.upper()}, {len(table):,} rows" if kind == "csv" else kind.upper(),
                lambda made=made: made(table),  # type: ignore[misc]
                f"kashmir-{name}.{kind}",
                mime,
                icon=":material/download:",
                key=f"{kind}-{name}",
                on_click="ignore",
            )
