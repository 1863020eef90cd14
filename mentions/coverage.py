"""Which outlets were observed on which days, for a calendar of all of them."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta

import pandas as pd

from mentions import observation
from mentions.cube import Cube
from mentions.observation import NOT_OBSERVED, OBSERVED, PARTLY
from mentions.selection import ZONES, Selection

NOT_EXPECTED = "no feed expected"
"""No feed of the outlet was looked at yet, or none any more."""

STATES = (NOT_OBSERVED, PARTLY, OBSERVED, NOT_EXPECTED)
"""From the worst to what tells nothing; of several days the worst counts."""

DAYS, WEEKS = 60, 366
"""So many days are shown one by one, so many by the week; more by the month."""

# From which day to which a feed of each outlet was expected, as in observation.DAYS.
EXPECTED = """
WITH kept AS (SELECT *, asked >= (SELECT max(asked) FROM feed) - $retired AS active FROM feed WHERE @whose)
SELECT o.id, o.name AS label, min(k.born) FILTER (k.born > 0) AS born, max(k.asked) AS asked, bool_or(k.active) AS active
FROM kept k JOIN outlet o ON o.number = k.outlet GROUP BY ALL
"""


def grain_of(chosen: Selection) -> str:
    """By what the days of a selection are put together."""
    return "day" if chosen.days <= DAYS else "week" if chosen.days <= WEEKS else "month"


def calendar(cube: Cube, chosen: Selection, today: date) -> pd.DataFrame:
    """The state of each outlet in each period: columns id, label, period (its first day), state, and how many of its days
    were in each of STATES; outlets with most days not observed first.

    Of a week or month the worst state of its days counts, without the day that is not over. Days to come are left out.
    """
    grain = grain_of(chosen)
    last = min(chosen.until, today if grain == "day" else today - timedelta(days=1))
    if last < chosen.since:
        return pd.DataFrame(columns=["id", "label", "period", "state", *STATES])
    span = replace(chosen, until=last, grain="day")
    days = observation.observed(cube, span)
    days = days[days["id"] != ""].merge(observation.ask(cube, EXPECTED, span), on="id")
    days["state"] = states(days, chosen.tz)
    starts = (
        pd.to_datetime(days["period"]).dt.to_period({"day": "D", "week": "W-SUN", "month": "M"}[grain]).dt.start_time
    )
    counts = days.assign(period=starts.dt.date).pivot_table(
        index=["id", "label", "period"], columns="state", values="feed_days", aggfunc="size", fill_value=0
    )
    counts = counts.reindex(columns=list(STATES), fill_value=0)
    counts.insert(0, "state", counts.gt(0).idxmax(axis=1))
    rows = counts.reset_index().rename_axis(columns=None)
    missing = rows.groupby("id")[NOT_OBSERVED].transform("sum")
    return (
        rows.assign(missing=-missing, folded=rows["label"].str.casefold())
        .sort_values(["missing", "folded", "id", "period"], kind="stable", ignore_index=True)
        .drop(columns=["missing", "folded"])
    )


def states(days: pd.DataFrame, tz: str) -> pd.Series:
    """The state of each day of an outlet."""
    state = pd.Series(PARTLY, index=days.index)
    state[days["observed"] + days["partly"] == 0] = NOT_OBSERVED
    state[days["observed"] == days["feed_days"]] = OBSERVED
    day = (pd.to_datetime(days["period"]) - pd.Timestamp(0)).dt.days
    born, asked = ((days[name] + ZONES[tz]) // 86400 for name in ("born", "asked"))
    state[days["born"].isna() | (day < born) | ~days["active"] & (day > asked)] = NOT_EXPECTED
    return state


def totals(rows: pd.DataFrame) -> Mapping[str, int]:
    """How many days of outlets there were in each state."""
    return {name: int(rows[name].sum()) for name in STATES}
