"""A calendar of outlets and days as a figure."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from mentions.charts.theme import plain
from mentions.coverage import STATES

LIGHT = ("#d55e00", "#b7d3ea", "#2f73ad", "#eef0f3")
DARK = ("#d55e00", "#2c4a63", "#56b4e9", "#1b222b")
"""The colours of STATES: the two that are known are blue, more of it the darker on light ground and the lighter on dark."""

SIGNS = ("x", "circle", "", "")
"""What stands in the cells of STATES besides their colour."""

INK = {"x": ("#ffffff", "#ffffff"), "circle": ("#16324a", "#dbe9f5")}
NAMES = ("× not observed", "• partly observed", "observed", "no feed expected")
LONGEST = 20
FEW = 4
"""Ticks that a narrow screen has room for."""


def calendar(rows: pd.DataFrame, grain: str, dark: bool) -> go.Figure:
    """Draw coverage.calendar: a line an outlet, a cell a period; states differ by colour, by sign, and in words."""
    labels = dict(zip(rows["id"], rows["label"], strict=True))
    periods = sorted(rows["period"].unique())
    down, across = {one: n for n, one in enumerate(labels)}, {one: n for n, one in enumerate(periods)}
    x, y = rows["period"].map(across), rows["id"].map(down)
    state = rows["state"].map({name: n for n, name in enumerate(STATES)})
    colours = DARK if dark else LIGHT
    figure = go.Figure([cells(rows, x, y, state, grain, colours), *signs(x, y, state, dark), *legend(colours, dark)])
    figure.update_layout(
        height=110 + max(15 * len(labels), 60),
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        hovermode="closest",
        dragmode=False,
        legend={"orientation": "h", "y": 1, "yanchor": "bottom", "x": 0, "itemclick": False, "itemdoubleclick": False},
        plot_bgcolor="rgba(0,0,0,0)",
    )
    ticks = list(range(0, len(periods), max(-(-len(periods) // FEW), 1)))
    years = [None, *(periods[n].year for n in ticks[:-1])]
    common = {"showgrid": False, "zeroline": False, "automargin": True, "fixedrange": True}
    figure.update_xaxes(
        tickvals=ticks,
        ticktext=[tick(periods[n], grain, before != periods[n].year) for before, n in zip(years, ticks, strict=True)],
        tickangle=0,
        range=[-0.5, len(periods) - 0.5],
        **common,
    )
    figure.update_yaxes(
        tickvals=list(down.values()),
        ticktext=[plain(one if len(one) <= LONGEST else f"{one[: LONGEST - 1]}…") for one in labels.values()],
        tickfont={"size": 11},
        range=[len(labels) - 0.5, -0.5],
        **common,
    )
    return figure


def cells(
    rows: pd.DataFrame, x: pd.Series, y: pd.Series, state: pd.Series, grain: str, colours: Sequence[str]
) -> go.Heatmap:
    """The cells with their colours, and what they say when pointed at."""
    steps = [step for n, one in enumerate(colours) for step in ((n / 4, one), ((n + 1) / 4, one))]
    gap = 1 if x.max() <= 70 else 0
    return go.Heatmap(
        x=x,
        y=y,
        z=state,
        zmin=-0.5,
        zmax=3.5,
        colorscale=steps,
        showscale=False,
        xgap=gap,
        ygap=1,
        text=[hover(row, grain) for row in rows.to_dict("records")],
        hovertemplate="%{text}<extra></extra>",
    )


def hover(row: Mapping[Any, Any], grain: str) -> str:
    """What a cell says."""
    days = ", ".join(f"{row[name]} {name}" for name in STATES if row[name])
    more = f"<br>days: {days}" if grain != "day" else ""
    return f"<b>{plain(str(row['label']))}</b><br>{when(row['period'], grain)}: {row['state']}{more}"


def when(period: date, grain: str) -> str:
    """A period in words."""
    if grain == "month":
        return f"{period:%B %Y}"
    if grain == "week":
        last = period + timedelta(days=6)
        return f"{period.day} {period:%b %Y} to {last.day} {last:%b %Y}"
    return f"{period:%A}, {period.day} {period:%b %Y}"


def tick(period: date, grain: str, with_year: bool) -> str:
    """A period at the foot of the figure."""
    day = "" if grain == "month" else f"{period.day} "
    return f"{day}{period:%b}{f'<br>{period.year}' if with_year else ''}"


def signs(x: pd.Series, y: pd.Series, state: pd.Series, dark: bool) -> list[go.Scatter]:
    """A sign in each cell of a state that has one."""
    size = 6 if x.max() < 14 else 5
    return [
        go.Scatter(
            x=x[state == n],
            y=y[state == n],
            mode="markers",
            marker={"symbol": sign, "size": size if sign == "x" else size - 2, "color": INK[sign][dark]},
            hoverinfo="skip",
            showlegend=False,
        )
        for n, sign in enumerate(SIGNS)
        if sign
    ]


def legend(colours: Sequence[str], dark: bool) -> list[go.Scatter]:
    """A mark of each state for the legend."""
    line = {"width": 1, "color": "#8a8f98"}
    return [
        go.Scatter(
            x=[None],
            y=[None],
            mode="markers",
            name=name,
            marker={"symbol": "square", "size": 12, "color": colour, "line": line},
        )
        for name, colour in zip(NAMES, colours, strict=True)
    ]
