"""Fields of cells: how often two things meet, and how large a part of each row's articles bear each column's tag."""

from collections.abc import Sequence
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from mentions.charts.theme import MARGIN, plain

LIGHT, DARK = ["#e8f1fa", "#08519c"], ["#12263a", "#56b4e9"]
"""From few to many: the more, the farther from the ground, be it light or dark; opaque, so that numbers stand out."""


def heat(rows: pd.DataFrame, one: str, two: str, dark: bool) -> go.Figure:
    """Draw measures.pairs as a field of counts; an empty cell is a pair that no article bears."""
    cells = [
        {
            "y": row[f"{one}_label"],
            "x": row[f"{two}_label"],
            "value": row["articles"],
            "n": row["articles"],
            "text": f"{row['articles']:,}",
            "hover": f"<b>{plain(row[f'{one}_label'])}</b> and <b>{plain(row[f'{two}_label'])}</b><br>{row['articles']:,} articles",
            "mark": {one: row[one], two: row[two]},
        }
        for row in rows.to_dict("records")
    ]
    columns = dict.fromkeys(rows.sort_values("other_place")[f"{two}_label"])
    return field(cells, list(dict.fromkeys(rows[f"{one}_label"])), list(columns), dark)


def shares(rows: pd.DataFrame, owner: str, dimension: str, dark: bool) -> go.Figure:
    """Draw measures.tags_by, with `part` = articles / of_articles, as a field of shares of each row's articles."""
    cells = [
        {
            "y": row["owner_label"],
            "x": row["label"],
            "value": row["part"],
            "n": row["articles"],
            "text": f"{row['articles']} of {row['of_articles']}" if pd.isna(row["part"]) else f"{row['part']:.0%}",
            "hover": f"<b>{plain(row['owner_label'])}</b>: {plain(row['label'])}<br>{row['articles']:,} of {row['of_articles']:,} articles",
            "mark": {owner: row["owner"], dimension: row["id"]},
        }
        for row in rows.to_dict("records")
    ]
    columns = dict.fromkeys(rows.sort_values("place")["label"])
    return field(cells, list(dict.fromkeys(rows["owner_label"])), list(columns), dark)


def field(cells: Sequence[dict[str, Any]], down: list[str], across: list[str], dark: bool) -> go.Figure:
    """A field of cells with their numbers written in; Plotly selects no cell of a heat map, hence an unseen mark in each."""
    values = [cell["value"] for cell in cells if not pd.isna(cell["value"])]
    middle = (min(values) + max(values)) / 2 if values else 0
    ink = [
        ("#ffffff" if not dark else "#0b1622")
        if not pd.isna(cell["value"]) and cell["value"] > middle
        else ("#e8eef4" if dark else "#16202b")
        for cell in cells
    ]
    place = {name: n for n, name in enumerate(across)}, {name: n for n, name in enumerate(down)}
    x, y = [place[0][cell["x"]] for cell in cells], [place[1][cell["y"]] for cell in cells]
    figure = go.Figure(
        [
            go.Heatmap(
                x=x,
                y=y,
                z=[cell["value"] for cell in cells],
                colorscale=DARK if dark else LIGHT,
                showscale=False,
                xgap=1,
                ygap=1,
                hoverinfo="skip",
            ),
            go.Scatter(
                x=x,
                y=y,
                mode="markers+text",
                text=[cell["text"] for cell in cells],
                textfont={"color": ink, "size": 11},
                marker={"symbol": "square", "size": 22, "opacity": 0},
                customdata=[{"hover": cell["hover"], "mark": cell["mark"], "n": cell["n"]} for cell in cells],
                hovertemplate="%{customdata.hover}<extra></extra>",
                showlegend=False,
            ),
        ]
    )
    figure.update_layout(height=150 + 26 * len(down), margin=MARGIN, hovermode="closest")
    names = (
        [plain(one if len(one) <= 24 else f"{one[:23]}…") for one in across],
        [plain(one if len(one) <= 24 else f"{one[:23]}…") for one in down],
    )
    figure.update_xaxes(
        tickvals=list(range(len(across))),
        ticktext=names[0],
        tickangle=-45,
        automargin=True,
        showgrid=False,
        zeroline=False,
        range=[-0.5, len(across) - 0.5],
    )
    figure.update_yaxes(
        tickvals=list(range(len(down))),
        ticktext=names[1],
        automargin=True,
        showgrid=False,
        zeroline=False,
        range=[len(down) - 0.5, -0.5],
    )
    return figure
