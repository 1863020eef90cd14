"""Ranked bars: who or what has most, who was first, and of which forms a whole is made."""

from typing import Any

import pandas as pd
import plotly.graph_objects as go

from mentions.charts.theme import MARGIN, PATTERNS, Paint, each, paint_of, plain, short


def ranked(rows: pd.DataFrame, column: str, by: str, paint: Paint) -> go.Figure:
    """Draw labels as bars, the longest on top, with count and share in words at their ends.

    `column` is articles, reports or share; where the table has `climbed`, pointing says the change of rank.
    """
    shown = rows.iloc[::-1]
    number = "reports" if column == "reports" else "articles"
    words = [
        f"{n:,}" if column == "reports" else f"{n:,} · {'–' if pd.isna(part) else f'{part:.1%}'}"
        for n, part in zip(shown[number], shown["share"], strict=True)
    ]
    looks = [paint_of(str(one), paint) for one in shown["id"]]
    figure = go.Figure(
        go.Bar(
            x=shown[column],
            y=axis(shown["label"]),
            orientation="h",
            text=words,
            textposition="outside",
            cliponaxis=False,
            marker={
                "color": [look[0] for look in looks],
                "pattern": {"shape": [PATTERNS[look[1]] for look in looks], "size": 5},
            },
            customdata=[
                {
                    "label": plain(row.label),
                    "n": row.articles,
                    "r": row.reports,
                    "N": row.items,
                    "rank": rank(row),
                    "mark": {by: row.id},
                }
                for row in each(shown)
            ],
            hovertemplate="<b>%{customdata.label}</b><br>%{customdata.n:,} articles (%{customdata.r:,} unique reports) of "
            "%{customdata.N:,} items%{customdata.rank}<extra></extra>",
        )
    )
    figure.update_layout(
        height=60 + 26 * len(shown),
        margin={**MARGIN, "r": 84},
        showlegend=False,
        selectdirection="v",
    )
    figure.update_xaxes(tickformat=".1%" if column == "share" else ",d", rangemode="tozero", automargin=True, nticks=6)
    figure.update_yaxes(automargin=True, title=None)
    return figure


def axis(labels: pd.Series) -> list[str]:
    """Labels as the names of an axis: cut where they would take the room of the picture."""
    return [plain(one if len(one) <= 26 else f"{one[:25]}…") for one in labels]


def rank(row: Any) -> str:
    """The change of a rank in words, "" where none is told."""
    climbed = getattr(row, "climbed", None)
    if climbed is None:
        return ""
    if pd.isna(climbed):
        return "<br>not ranked in the span before"
    if not climbed:
        return "<br>same rank as before"
    return f"<br>{'up' if climbed > 0 else 'down'} {abs(int(climbed))} from rank {int(row.rank_before)}"


def led(rows: pd.DataFrame, paint: Paint) -> go.Figure:
    """Draw how often each outlet was first on a story, of the stories it carried that others carried too."""
    shown = rows.iloc[::-1]
    looks = [paint_of(str(one), paint) for one in shown["id"]]
    figure = go.Figure(
        go.Bar(
            x=shown["firsts"],
            y=axis(shown["label"]),
            orientation="h",
            text=[f"{row.firsts:,} of {row.stories:,}" for row in each(shown)],
            textposition="outside",
            cliponaxis=False,
            marker={
                "color": [look[0] for look in looks],
                "pattern": {"shape": [PATTERNS[look[1]] for look in looks], "size": 5},
            },
            customdata=[{"label": plain(row.label), "n": row.firsts, "N": row.stories} for row in each(shown)],
            hovertemplate="<b>%{customdata.label}</b><br>first on %{customdata.n:,} of the %{customdata.N:,} shared stories it "
            "carried<extra></extra>",
        )
    )
    figure.update_layout(height=60 + 26 * len(shown), margin={**MARGIN, "r": 84}, showlegend=False)
    figure.update_xaxes(tickformat=",d", rangemode="tozero", automargin=True, nticks=6)
    figure.update_yaxes(automargin=True, title=None)
    return figure


def composition(rows: pd.DataFrame, owner: str, dimension: str, paint: Paint) -> go.Figure:
    """Draw of which tags the mentions of each owner are made: bars of a hundred per cent, tags in the lexicon's order.

    Rows as of measures.tags_by, with `mentions` (all mentions of the owner) and `part` = articles / mentions.
    """
    figure = go.Figure()
    for (_, one), part in rows.groupby(["place", "id"], sort=True):
        colour, round_ = paint_of(str(one), paint)
        figure.add_trace(
            go.Bar(
                x=part["part"],
                y=axis(part["owner_label"]),
                name=short(part["label"].iloc[0]),
                orientation="h",
                marker={"color": colour, "pattern": {"shape": PATTERNS[round_], "size": 5}},
                customdata=[
                    {
                        "owner": plain(row.owner_label),
                        "label": plain(row.label),
                        "n": row.articles,
                        "m": row.mentions,
                        "N": row.of_articles,
                        "mark": {owner: row.owner, dimension: row.id},
                    }
                    for row in each(part)
                ],
                hovertemplate="<b>%{customdata.owner}</b>: %{customdata.label}<br>%{customdata.n:,} articles; %{x:.0%} of its "
                "%{customdata.m:,} mentions, in %{customdata.N:,} articles<extra></extra>",
            )
        )
    owners = rows["owner"].nunique()
    figure.update_layout(
        barmode="stack",
        selectdirection="v",  # whole bars, so that what lies in a box is a selection too
        height=150 + 30 * owners,
        margin=MARGIN,
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0, "traceorder": "normal"},
    )
    figure.update_xaxes(tickformat=".0%", range=[0, 1])
    figure.update_yaxes(automargin=True, autorange="reversed")
    return figure
