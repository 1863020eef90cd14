"""What all figures share: colours, safe labels, margins, the line that says of which state of the data a picture is."""

import html
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from mentions.timeline import OTHERS

# Okabe and Ito's colours (2008), told apart with any colour vision, without black and yellow, which vanish on dark and
# on light ground; two more of like distance.
PALETTE = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#8c6bb1", "#a6761d")
GREY = "#8a8f98"
DASHES = ("solid", "dash", "dot", "dashdot")
PATTERNS = ("", "/", "x", ".")
MARGIN = {"l": 8, "r": 8, "t": 8, "b": 8}

Paint = Mapping[str, tuple[str, int]]
"""For each id its colour, and its round: ids that share a colour differ in dash or pattern."""


def plain(text: str) -> str:
    """A text that Plotly shows as it is: its labels take tags as mark-up and dollars as formulas."""
    return html.escape(text, quote=False).replace("$", "&#36;")


def short(text: str, most: int = 40) -> str:
    """A label that leaves room for the picture, made plain."""
    return plain(text if len(text) <= most else f"{text[: most - 1]}…")


def painted(order: Sequence[str]) -> Paint:
    """The paint of ids in a fixed order, such as that of all time: an id looks the same in every chart."""
    paint = {one: (PALETTE[place % len(PALETTE)], place // len(PALETTE) % 4) for place, one in enumerate(order)}
    return {**paint, OTHERS: (GREY, 0), "all": (PALETTE[0], 0)}


def paint_of(one: str, paint: Paint) -> tuple[str, int]:
    """How an id looks; one that came after the order was told is grey."""
    return paint.get(one, (GREY, 1))


def each(table: pd.DataFrame) -> Iterator[Any]:
    """The rows of a table, with their columns as attributes."""
    yield from table.itertuples()


def sign(figure: go.Figure, text: str) -> go.Figure:
    """A copy of the figure with a small line below that says of which state of the data it is, for pictures that travel."""
    figure = go.Figure(figure)  # the figure is drawn again when a mark is clicked, and must then be the same
    # A title of the whole picture is the only text whose place does not hang on the axes.
    figure.update_layout(
        title={
            "text": f"<span style='font-weight:normal'>{plain(text)}</span>",
            "font": {"size": 9, "color": GREY},
            "x": 1,
            "xanchor": "right",
            "y": 0,
            "yanchor": "bottom",
            "yref": "container",
            "pad": {"b": 2, "r": 4},
        }
    )
    margin = figure.layout.margin
    figure.update_layout(margin={"b": (margin.b or 0) + 24})
    # Nothing moves under a finger or a mouse: spans are chosen by their dates, and a drag on a phone scrolls the page.
    figure.update_xaxes(fixedrange=True)
    figure.update_yaxes(fixedrange=True)
    return figure
