"""Counts to figures: the only file that knows Plotly."""

import html
from collections.abc import Sequence
from datetime import date

import pandas as pd
import plotly.graph_objects as go

from mentions.observation import NOT_OBSERVED, OBSERVED
from mentions.timeline import OTHERS, after

# Okabe and Ito's colours (2008), told apart with any colour vision, without black and yellow, which vanish on dark and
# on light ground; two more of like distance.
PALETTE = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#8c6bb1", "#a6761d")
GREY = "#8a8f98"
FADED = 0.45
PERIODS: dict[str, int | str] = {"day": 86_400_000, "week": 7 * 86_400_000, "month": "M1"}
"""How long a period is to Plotly, so that its mark stands in its middle; weeks count from a Monday."""


def plain(text: str) -> str:
    """A text that Plotly shows as it is: its labels take tags as mark-up and dollars as formulas."""
    return html.escape(text).replace("$", "&#36;")


def colours(ids: Sequence[str]) -> dict[str, str]:
    """A colour for each id: mostly the same one on each chart, never the same twice among the first eight."""
    chosen: dict[str, str] = {OTHERS: GREY}
    free = list(PALETTE)
    for one in ids:
        if one not in chosen:
            free = free or list(PALETTE)
            chosen[one] = free.pop(sum(one.encode()) % len(free))
    return chosen


def volume(rows: pd.DataFrame, share: bool, stacked: bool, grain: str) -> go.Figure:
    """Draw a timeline (mentions/timeline.py): bars on each other where they add up to the whole, lines where not.

    Unfinished periods are pale; where no feed answered there is a grey band and no mark, since nothing is known.
    """
    figure = go.Figure()
    paint = colours(list(dict.fromkeys(rows["id"])))
    column = "share" if share else "articles"
    for one, part in rows.groupby("id", sort=False):
        traces = [bar(part, column, paint[str(one)])] if stacked and not share else lines(part, column, paint[str(one)])
        figure.add_traces([trace.update(xperiod=PERIODS[grain], xperiod0="2024-01-01") for trace in traces])
    for start, end in unseen(rows, grain):
        figure.add_vrect(x0=start, x1=end, fillcolor=GREY, opacity=0.18, line_width=0, layer="below")
    figure.update_layout(
        barmode="stack",
        hovermode="closest",
        height=380,
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0, "traceorder": "normal"},
        yaxis={"rangemode": "tozero", "title": "share of all items" if share else "articles"},
    )
    figure.update_yaxes(tickformat=".1%" if share else ",d", automargin=True)
    if not share and rows["articles"].groupby(rows["period"]).sum().max() <= 6:
        figure.update_yaxes(dtick=1)  # whole articles: Plotly would put ticks between them and round their labels
    figure.update_xaxes(type="date", automargin=True, tickformat="%-d %b\n%Y")
    if grain == "month":
        figure.update_xaxes(tickformat="%b\n%Y", dtick="M1" if rows["period"].nunique() <= 14 else None)
    elif grain == "week" and rows["period"].nunique() <= 14:
        figure.update_xaxes(dtick=7 * 86_400_000, tick0="2024-01-01")
    return figure


HOVER = (
    "<b>%{customdata[0]}</b><br>%{x|%-d %b %Y}: %{customdata[4]}<br>%{customdata[1]:,} articles "
    "(%{customdata[5]:,} unique reports) of %{customdata[2]:,} items, %{customdata[3]}<extra></extra>"
)


def details(part: pd.DataFrame) -> list[list[object]]:
    """What the hover of each mark says: label, articles, items, share in words, state, unique reports."""
    shares = ["share not shown" if pd.isna(one) else f"{one:.2%}" for one in part["share"]]
    states = [
        f"{state}, {known:.0%} of feed-days observed" if pd.notna(known) else state
        for state, known in zip(part["state"], part["known"], strict=True)
    ]
    labels, counts = part["label"].map(plain), (part["articles"], part["items"])
    return [list(row) for row in zip(labels, *counts, shares, states, part["reports"], strict=True)]


def bar(part: pd.DataFrame, column: str, colour: str) -> go.Bar:
    """One label's counts as bars."""
    return go.Bar(
        x=part["period"],
        y=part[column],
        name=plain(part["label"].iloc[0]),
        marker={"color": colour, "opacity": [1.0 if state == OBSERVED else FADED for state in part["state"]]},
        customdata=details(part),
        hovertemplate=HOVER,
    )


def lines(part: pd.DataFrame, column: str, colour: str) -> list[go.Scatter]:
    """One label's counts: a pale dotted line with a mark for each period, and over it a full one between final counts."""
    name = plain(part["label"].iloc[0])
    pale = go.Scatter(
        x=part["period"],
        y=part[column],
        name=name,
        legendgroup=name,
        showlegend=False,
        mode="lines+markers",
        connectgaps=False,
        line={"color": colour, "width": 1.5, "dash": "dot"},
        marker={"size": 6, "opacity": [1.0 if state == OBSERVED else FADED for state in part["state"]]},
        customdata=details(part),
        hovertemplate=HOVER,
    )
    full = go.Scatter(
        x=part["period"],
        y=part[column].where(part["state"] == OBSERVED),
        name=name,
        legendgroup=name,
        mode="lines",
        connectgaps=False,
        line={"color": colour, "width": 2.5},
        hoverinfo="skip",
    )
    return [pale, full]


def sign(figure: go.Figure, text: str) -> go.Figure:
    """The figure with a small line below that says of which state of the data it is, for pictures that travel."""
    # A title of the whole picture is the only text whose place does not hang on the axes.
    figure.update_layout(
        title={
            "text": plain(text),
            "font": {"size": 9, "color": GREY, "weight": "normal"},
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
    return figure


def unseen(rows: pd.DataFrame, grain: str) -> list[tuple[date, date]]:
    """The stretches of periods in which nothing is known of any label, as (first day, day after the last)."""
    blank = rows.groupby("period")["state"].agg(lambda states: bool((states == NOT_OBSERVED).all()))
    stretches: list[tuple[date, date]] = []
    for period in blank.index[blank]:
        if stretches and stretches[-1][1] == period:
            stretches[-1] = (stretches[-1][0], after(period, grain))
        else:
            stretches.append((period, after(period, grain)))
    return stretches


def ranked(rows: pd.DataFrame, share: bool) -> go.Figure:
    """Draw outlets as bars, the longest on top, with count and share in words at their ends."""
    shown = rows.iloc[::-1]
    words = [
        f"{n:,} · {'–' if pd.isna(part) else f'{part:.1%}'}"
        for n, part in zip(shown["articles"], shown["share"], strict=True)
    ]
    figure = go.Figure(
        go.Bar(
            x=shown["share" if share else "articles"],
            y=shown["label"].map(plain),
            orientation="h",
            text=words,
            textposition="outside",
            cliponaxis=False,
            marker={"color": PALETTE[0]},
            customdata=shown[["articles", "items"]].to_numpy(),
            hovertemplate="<b>%{y}</b><br>%{customdata[0]:,} articles of %{customdata[1]:,} items<extra></extra>",
        )
    )
    figure.update_layout(height=60 + 26 * len(shown), margin={"l": 8, "r": 64, "t": 8, "b": 8}, showlegend=False)
    figure.update_xaxes(tickformat=".1%" if share else ",d", rangemode="tozero", automargin=True)
    figure.update_yaxes(automargin=True, title=None)
    return figure


def heat(rows: pd.DataFrame, dark: bool) -> go.Figure:
    """Draw forum by topic as a field of counts; an empty cell is a pair that no article bears.

    The more, the farther from the ground, be it dark or light; the cells are opaque, so that their numbers stand out.
    """
    grid = rows.pivot(index="forum_label", columns="topic_label", values="articles")
    grid = grid.loc[
        list(dict.fromkeys(rows["forum_label"]))[::-1], list(dict.fromkeys(rows.sort_values("place")["topic_label"]))
    ]
    figure = go.Figure(
        go.Heatmap(
            z=grid.to_numpy(),
            x=[plain(one) for one in grid.columns],
            y=[plain(one) for one in grid.index],
            texttemplate="%{z:,}",
            colorscale=["#12263a", "#56b4e9"] if dark else ["#e8f1fa", "#08519c"],
            showscale=False,
            xgap=1,
            ygap=1,
            hovertemplate="<b>%{y}</b> and <b>%{x}</b><br>%{z:,} articles<extra></extra>",
        )
    )
    figure.update_layout(height=140 + 24 * len(grid), margin={"l": 8, "r": 8, "t": 8, "b": 8})
    figure.update_xaxes(side="bottom", tickangle=-45, automargin=True, showgrid=False)
    figure.update_yaxes(automargin=True, showgrid=False)
    return figure
