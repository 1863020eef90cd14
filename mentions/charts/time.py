"""Counts over time: bars or lines, with events, unfinished and unobserved periods, and small multiples of them."""

from collections.abc import Iterable, Sequence
from datetime import timedelta

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from mentions.charts.theme import DASHES, GREY, MARGIN, PATTERNS, Paint, each, paint_of, plain, short
from mentions.events import Event
from mentions.observation import NOT_OBSERVED, OBSERVED
from mentions.timeline import after

FADED = 0.45
PERIODS: dict[str, int | str] = {"day": 86_400_000, "week": 7 * 86_400_000, "month": "M1"}
"""How long a period is to Plotly, so that its mark stands in its middle; weeks count from a Monday."""

HOVER = (
    "<b>%{customdata.label}</b><br>%{x|%-d %b %Y}: %{customdata.state}<br>%{customdata.articles:,} articles "
    "(%{customdata.reports:,} unique reports) of %{customdata.items:,} items, %{customdata.share}<extra></extra>"
)


def volume(
    rows: pd.DataFrame, column: str, stacked: bool, grain: str, paint: Paint, events: Sequence[Event] = ()
) -> go.Figure:
    """Draw a timeline (mentions/timeline.py): bars on each other where they add up to the whole, lines where not.

    `column` is articles, reports or share. Unfinished periods are pale; where no feed answered there is a hatched band
    and no mark, since nothing is known. Events stand as small triangles on top.
    """
    figure = go.Figure()
    for one, part in rows.groupby("id", sort=False):
        look = paint_of(str(one), paint)
        traces = [bar(part, column, look)] if stacked else lines(part, column, look)
        figure.add_traces([trace.update(xperiod=PERIODS[grain], xperiod0="2024-01-01") for trace in traces])
    figure.add_traces([*unseen(rows, grain), *marked(events)])
    figure.update_layout(
        barmode="stack",
        hovermode="closest",
        selectdirection="h",
        height=380,
        margin=MARGIN,
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0, "traceorder": "normal"},
        yaxis={"rangemode": "tozero", "title": TITLES[column]},
        yaxis2={"overlaying": "y", "range": [0, 1], "visible": False, "fixedrange": True},
    )
    style(figure, rows, column, grain)
    return figure


TITLES = {"articles": "articles", "reports": "unique reports", "share": "share of all items"}


def style(figure: go.Figure, rows: pd.DataFrame, column: str, grain: str) -> None:
    """Give the axes their formats: whole numbers, shares, days, weeks, months."""
    figure.update_yaxes(tickformat=".1%" if column == "share" else ",d", automargin=True, selector={"visible": None})
    if column != "share" and rows[column].groupby(rows["period"]).sum().max() <= 6:
        # Whole articles: Plotly would put ticks between them and round their labels.
        figure.update_yaxes(dtick=1, selector={"visible": None})
    figure.update_xaxes(type="date", automargin=True, tickformat="%-d %b\n%Y")
    if grain == "month":
        figure.update_xaxes(tickformat="%b\n%Y", dtick="M1" if rows["period"].nunique() <= 14 else None)
    elif grain == "week" and rows["period"].nunique() <= 14:
        figure.update_xaxes(dtick=7 * 86_400_000, tick0="2024-01-01")


def details(part: pd.DataFrame) -> list[dict[str, object]]:
    """What each mark says when pointed at, and what it stands for."""
    by = part["by"].iloc[0]
    return [
        {
            "label": plain(row.label),
            "articles": row.articles,
            "reports": row.reports,
            "items": row.items,
            "share": "share not shown" if pd.isna(row.share) else f"{row.share:.2%}",
            "state": f"{row.state}, {row.known:.0%} of feed-days observed" if pd.notna(row.known) else row.state,
            "mark": {"period": row.period.isoformat(), by: row.ids},
        }
        for row in each(part)
    ]


def opacity(part: pd.DataFrame) -> list[float]:
    """Final counts full, others pale."""
    return [1.0 if state == OBSERVED else FADED for state in part["state"]]


def bar(part: pd.DataFrame, column: str, look: tuple[str, int]) -> go.Bar:
    """One label's counts as bars."""
    return go.Bar(
        x=part["period"],
        y=part[column],
        name=short(part["label"].iloc[0]),
        marker={"color": look[0], "opacity": opacity(part), "pattern": {"shape": PATTERNS[look[1]], "size": 5}},
        customdata=details(part),
        hovertemplate=HOVER,
    )


def lines(part: pd.DataFrame, column: str, look: tuple[str, int]) -> list[go.Scatter]:
    """One label's counts: a pale dotted line with a mark for each period, and over it a full one between final counts."""
    name = short(part["label"].iloc[0])
    pale = go.Scatter(
        x=part["period"],
        y=part[column],
        name=name,
        legendgroup=name,
        showlegend=False,
        mode="lines+markers",
        connectgaps=False,
        line={"color": look[0], "width": 1.5, "dash": "dot"},
        marker={"size": 6, "opacity": opacity(part)},
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
        line={"color": look[0], "width": 2.5, "dash": DASHES[look[1]]},
        hoverinfo="skip",
    )
    return [pale, full]


def unseen(rows: pd.DataFrame, grain: str) -> Iterable[go.Bar]:
    """Hatched bands over the periods in which nothing is known of any label."""
    blank = rows.groupby("period")["state"].agg(lambda states: bool((states == NOT_OBSERVED).all()))
    periods = list(blank.index[blank])
    if periods:
        yield go.Bar(
            x=[period + (after(period, grain) - period) / 2 for period in periods],
            y=[1] * len(periods),
            width=[(after(period, grain) - period) / timedelta(milliseconds=1) for period in periods],
            yaxis="y2",
            name="not observed",
            showlegend=False,
            marker={
                "color": "rgba(138,143,152,0.12)",
                "pattern": {"shape": "/", "fgcolor": GREY, "size": 7, "solidity": 0.15},
                "line": {"width": 0},
            },
            hovertemplate="not observed: nothing is known<extra></extra>",
        )


def marked(events: Sequence[Event]) -> Iterable[go.Scatter]:
    """A triangle for each event, on top of the picture."""
    if events:
        yield go.Scatter(
            x=[one.first for one in events],
            y=[0.985] * len(events),
            yaxis="y2",
            mode="markers",
            name="events",
            showlegend=False,
            marker={"symbol": "triangle-down", "size": 9, "color": GREY},
            text=[f"{when(one)}: {plain(one.line)}{'' if one.verified else ' (unverified)'}" for one in events],
            hovertemplate="%{text}<extra></extra>",
        )


def when(event: Event) -> str:
    """The day of an event in words, or its days."""
    first = f"{event.first.day} {event.first:%b %Y}"
    return first if event.first == event.last else f"{first} to {event.last.day} {event.last:%b %Y}"


def multiples(rows: pd.DataFrame, column: str, grain: str, paint: Paint) -> go.Figure:
    """Draw each label's timeline as a small picture of its own, two a row, all on the same scales."""
    parts = list(rows.groupby("id", sort=False))
    figure = make_subplots(
        rows=-(-len(parts) // 2),
        cols=2,
        shared_xaxes=True,
        shared_yaxes="all",
        subplot_titles=[short(part["label"].iloc[0]) for _, part in parts],
        horizontal_spacing=0.03,
        vertical_spacing=min(0.12, 0.3 / max(1, -(-len(parts) // 2))),
    )
    for place, (one, part) in enumerate(parts):
        trace = bar(part, column, paint_of(str(one), paint)).update(xperiod=PERIODS[grain], xperiod0="2024-01-01")
        figure.add_trace(trace, row=place // 2 + 1, col=place % 2 + 1)
    figure.update_layout(
        height=60 + 120 * -(-len(parts) // 2),
        margin={**MARGIN, "t": 28},
        showlegend=False,
        bargap=0.1,
        selectdirection="h",
    )
    figure.update_annotations(font_size=12)
    style(figure, rows.assign(period=rows["period"].astype(str) + rows["id"]), column, "day")
    figure.update_xaxes(nticks=4)
    return figure
