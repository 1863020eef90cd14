"""Counts over time made fit to draw: every period there, and what is known of each said beside it."""

from datetime import date, timedelta

import pandas as pd

from mentions.measures import with_share
from mentions.selection import Selection

OTHERS = "~others"
"""The id under which the labels beyond the largest are summed up; no outlet can have it."""

FINAL, UNFINISHED, PARTLY, NOT_LOOKED = "", "unfinished", "partly looked", "not looked"
"""States of a count: final; of a period not over, or cut by the chosen dates; of one in which feeds answered on some of
its days only, or nobody looked while an earlier list shows what came; of one in which no feed answered."""


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
    rest = counts[counts["id"].isin(order[named:])].groupby("period", as_index=False)[["articles", "items"]].sum()
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
    counts: pd.DataFrame, everything: pd.DataFrame, looked: pd.DataFrame, chosen: Selection, today: date
) -> pd.DataFrame:
    """The volume `counts` with a row for each period and label, and the columns `share` and `state`.

    `everything` is the volume of all labels together, `looked` on how many days of a period an outlet's feeds answered.
    Where nothing was listed and no feed answered, the count is missing and not zero: silence was not observed there.
    """
    labels = counts.drop_duplicates("id").set_index("id")["label"]
    grid = pd.MultiIndex.from_product([periods_of(chosen), labels.index], names=["period", "id"])
    rows = by_period(counts).set_index(["period", "id"])[["articles", "items"]].reindex(grid).reset_index()
    rows["label"] = rows["id"].map(labels)
    if chosen.by != "outlet":
        rows["items"] = rows["period"].map(by_period(everything).set_index("period")["items"])
    days = days_looked(rows, looked, chosen.by == "outlet")
    there = rows["items"].fillna(0) > 0
    zero = ~there & (days > 0)
    rows["articles"] = rows["articles"].where(rows["articles"].notna() | ~(there | zero), 0)
    rows["items"] = rows["items"].where(there | ~zero, 0)
    rows["state"] = [
        state(period, seen, bool(missing), chosen, today)
        for period, seen, missing in zip(rows["period"], days, rows["articles"].isna(), strict=True)
    ]
    return with_share(rows)


def days_looked(rows: pd.DataFrame, looked: pd.DataFrame, own: bool) -> pd.Series:
    """For each row on how many days of its period a feed answered: of its own outlet, or of any."""
    seen = by_period(looked)
    days = dict(zip(zip(seen["period"], seen["id"], strict=True), seen["days"], strict=True))
    keys = (
        (period, one if own and one != OTHERS else "") for period, one in zip(rows["period"], rows["id"], strict=True)
    )
    return pd.Series([days.get(key, 0) for key in keys], index=rows.index, dtype=int)


def state(period: date, looked: int, missing: bool, chosen: Selection, today: date) -> str:
    """What is known of a count."""
    if missing:
        return NOT_LOOKED
    if unfinished(period, chosen, today):
        return UNFINISHED
    return FINAL if looked >= (after(period, chosen.grain) - period).days else PARTLY


def by_period(counts: pd.DataFrame) -> pd.DataFrame:
    """The table with its periods as plain dates."""
    return counts.assign(period=pd.to_datetime(counts["period"]).dt.date)
