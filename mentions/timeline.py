"""Counts over time made fit to draw: every period there, and what is known of each said beside it."""

from datetime import date, timedelta
from typing import Any

import pandas as pd

from mentions.measures import OWNERS, with_share
from mentions.observation import OBSERVED, UNFINISHED, state_of
from mentions.selection import Selection

OTHERS = "~others"
"""The id under which the labels beyond the largest are summed up; no outlet can have it."""


def largest(counts: pd.DataFrame, most: int, summed: bool) -> pd.DataFrame:
    """The volume's `most` largest labels, largest first, and where `summed` all others as one more.

    Only outlets may be summed: an article has one of them, but may name several forums or topics.
    """
    sums = counts.groupby("id")["articles"].sum().sort_values(ascending=False, kind="stable")
    order, named = list(sums.index), min(most, max(int((sums > 0).sum()), 1))
    rank = {one: place for place, one in enumerate(order)}
    kept = counts[counts["id"].isin(order[:named])].sort_values("id", key=lambda ids: ids.map(rank), kind="stable")
    if not summed or len(order) <= named:
        return kept
    rest = (
        counts[counts["id"].isin(order[named:])]
        .groupby("period", as_index=False)[["articles", "reports", "items"]]
        .sum()
    )
    return pd.concat([kept, rest.assign(id=OTHERS, label=others(len(order) - named))], ignore_index=True)


def others(number: int) -> str:
    """What the labels beyond the largest are called together."""
    return f"{number} others" if number > 1 else "1 other"


def period_of(day: date, grain: str) -> date:
    """The first day of the period a day belongs to; weeks begin on Monday."""
    if grain == "week":
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if grain == "month" else day


def after(period: date, grain: str) -> date:
    """The first day of the next period."""
    return period_of(period + timedelta(days={"day": 1, "week": 7, "month": 32}[grain]), grain)


def periods_of(chosen: Selection) -> list[date]:
    """The first days of all periods that the chosen dates touch."""
    periods = [period_of(chosen.since, chosen.grain)]
    while (following := after(periods[-1], chosen.grain)) <= chosen.until:
        periods.append(following)
    return periods


def unfinished(period: date, chosen: Selection, today: date) -> bool:
    """Whether the period is not over yet, or not wholly inside the chosen dates."""
    end = after(period, chosen.grain) - timedelta(days=1)
    return end >= today or period < chosen.since or end > chosen.until


def timeline(
    counts: pd.DataFrame, everything: pd.DataFrame, seen: pd.DataFrame, chosen: Selection, today: date
) -> pd.DataFrame:
    """The volume `counts` with a row for each period and label, and the columns `share`, `known` and `state`.

    `everything` is the volume of all labels together, `seen` what was observed (mentions/observation.py); `known` is the
    share of feed-days observed. A count of nothing is missing, and not zero, where zero was not observed.
    """
    labels = counts.drop_duplicates("id").set_index("id")["label"]
    grid = pd.MultiIndex.from_product([periods_of(chosen), labels.index], names=["period", "id"])
    rows = by_period(counts).set_index(["period", "id"])[["articles", "reports", "items"]].reindex(grid).reset_index()
    rows["label"] = rows["id"].map(labels)
    if chosen.by not in OWNERS:
        rows["items"] = rows["period"].map(by_period(everything).set_index("period")["items"])
    rows = rows.join(days_seen(rows, seen, chosen.by in OWNERS))
    rows["state"] = [state(row, chosen, today) for row in rows.itertuples()]
    zero = rows["state"].eq(OBSERVED) | rows["state"].eq(UNFINISHED) & (rows["observed"] + rows["partly"] > 0)
    for name in ("articles", "reports"):
        rows[name] = rows[name].fillna(0).where(rows[name].fillna(0).gt(0) | zero)
    rows["items"] = rows["items"].fillna(0).where(rows["items"].fillna(0).gt(0) | zero)
    rows["known"] = (rows["observed"] / rows["feed_days"]).where(rows["feed_days"] > 0)
    return with_share(rows)


def days_seen(rows: pd.DataFrame, seen: pd.DataFrame, own: bool) -> pd.DataFrame:
    """For each row the feed-days of its period, and how many were observed and partly: its own, or of all feeds."""
    names = ["feed_days", "observed", "partly"]
    index = by_period(seen).set_index(["period", "id"])[names]
    keys = [
        (period, one if own and one != OTHERS else "") for period, one in zip(rows["period"], rows["id"], strict=True)
    ]
    found = index.reindex(pd.MultiIndex.from_tuples(keys, names=["period", "id"])) if keys else index.iloc[:0]
    return found.fillna(0).astype(int).set_index(rows.index)


def state(row: Any, chosen: Selection, today: date) -> str:
    """What is known of a count."""
    if unfinished(row.period, chosen, today):
        return UNFINISHED
    alone = chosen.by == "outlet" and row.id != OTHERS
    return state_of(row.feed_days, row.observed, row.partly, alone)


def by_period(counts: pd.DataFrame) -> pd.DataFrame:
    """The table with its periods as plain dates."""
    return counts.assign(period=pd.to_datetime(counts["period"]).dt.date)
