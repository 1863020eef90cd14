"""One chart with its numbers: title, picture, what it counts, table, download."""

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from mentions.charts import sign
from mentions.tables import inert, safe_csv


def chart(signed: str, name: str, figure: go.Figure, table: pd.DataFrame, counted: str, alt: str) -> None:
    """Show a figure, signed with the state of its data, and below it what it counts, its table and its CSV; PNG is in the
    figure's own toolbar."""
    tools = {
        "displaylogo": False,
        "modeBarButtonsToRemove": ["select2d", "lasso2d", "autoScale2d"],
        "toImageButtonOptions": {"format": "png", "scale": 2, "filename": f"kashmir-{name}"},
    }
    st.plotly_chart(sign(figure, signed), key=f"chart-{name}", config=tools, alt=alt)
    st.caption(counted)
    with st.expander("Numbers", icon=":material/table:"):
        st.dataframe(inert(table), hide_index=True, key=f"table-{name}")
        st.download_button(
            f"CSV, {len(table):,} rows",
            safe_csv(table),
            f"kashmir-{name}.csv",
            "text/csv",
            icon=":material/download:",
            key=f"csv-{name}",
        )
