"""Volume over time by one dimension: the card that several pages show, and small multiples of it."""

from dataclasses import replace

import pandas as pd
import streamlit as st

from mentions import charts, measures, observation
from mentions.choices import name_of
from mentions.events import Event, events_between
from mentions.measures import OWNERS
from mentions.selection import Selection
from mentions.timeline import OTHERS, largest, periods_of, timeline
from views import cards
from views.page import Page
from views.shared import asked, events, paint
from views.words import named, spelled_span

LINES = 8
"""So many labels a timeline shows apart; more cannot be told from each other."""

MARKS = 1400
"""A timeline of more periods than this is slower to draw than it is of use."""

UNITS = {"articles": "Number", "reports": "Unique reports", "share": "Share"}
"""What is counted of the articles, by the column that holds it."""

COLUMNS = [*("period", "id", "label", "articles", "reports", "items", "share", "known", "state")]


def column_of(chosen: Selection) -> str:
    """What a chart shows: articles, reports or share."""
    return "share" if chosen.measure == "share" else chosen.unit


def too_many(chosen: Selection) -> bool:
    """Say so where there are more periods than can be drawn."""
    if len(periods_of(chosen)) <= MARKS:
        return False
    st.info(
        f"These dates hold more than {MARKS:,} {chosen.grain}s. Choose week or month under **View**.",
        icon=":material/zoom_out:",
    )
    return True


def over_time(page: Page, by: str, many: bool = False) -> None:
    """Draw the volume by a dimension; as small multiples where `many`."""
    chosen = replace(page.chosen, by=by)
    if too_many(chosen):
        return
    counts = asked(measures.volume_by, page.cube, chosen)
    if counts.empty or not counts["articles"].sum():
        st.info(f"No article of this selection names {a(by)}.", icon=":material/search_off:")
        return
    summed = by == "outlet" and not many
    shown = largest(counts, LINES, summed)
    rows = drawn(page, chosen, counts, shown)
    numbers = rows if summed else drawn(page, chosen, counts, counts)
    column, looks = column_of(chosen), paint(page.cube, by)
    stacked = by in OWNERS and by != "language" and column == "articles"
    if many:
        figure = charts.multiples(rows, column, chosen.grain, looks)
    else:
        figure = charts.volume(rows, column, stacked, chosen.grain, looks, happened(chosen))
    first = shown["label"].iloc[0]
    cards.chart(
        page,
        f"{'multiples' if many else 'volume'}-{by}",
        figure,
        numbers[COLUMNS],
        what_is_counted(chosen, counts["id"].nunique(), summed),
        f"{UNITS[column]} of {named(chosen)} per {chosen.grain} by {name_of(by).lower()}, {spelled_span(chosen)}; most:"
        f" {first}, {shown[shown['label'] == first]['articles'].sum():,} articles",
    )


def drawn(page: Page, chosen: Selection, counts: pd.DataFrame, shown: pd.DataFrame) -> pd.DataFrame:
    """The timeline of the labels shown, with what each mark stands for in the columns `by` and `ids`."""
    everything = asked(measures.volume, page.cube, chosen)
    seen = asked(observation.observed, page.cube, chosen, chosen.by)
    rows = timeline(shown, everything, seen, chosen, page.today)
    rest = "|".join(sorted(set(counts["id"]) - set(shown["id"])))
    return rows.assign(by=chosen.by, ids=rows["id"].replace(OTHERS, rest))


def happened(chosen: Selection) -> tuple[Event, ...]:
    """The events of known days within the span; of a span of several years only single ones, else the picture fills."""
    found = events_between(events(), chosen.since, chosen.until)
    return tuple(one for one in found if one.precision == "day" and not (one.yearly and chosen.days > 800))


def a(by: str) -> str:
    """A dimension with its article."""
    name = name_of(by).lower()
    return f"an {name}" if name[0] in "aeiou" else f"a {name}"


def what_is_counted(chosen: Selection, labels: int, summed: bool) -> str:
    """The caption of a timeline: unit, denominator, and how to read pale and missing marks."""
    name, grain = name_of(chosen.by).lower(), chosen.grain
    if chosen.by in OWNERS:
        unit = f"Each article counts once, for its {name}. Share: of all items of the same {name} in the same {grain}."
    else:
        unit = (
            f"An article counts once for each {name} it names, so the marks do not add up. Share: of all items of the"
            f" selection in the same {grain}."
        )
    cut = (
        f" The {LINES} largest of {labels} are shown{' apart' if summed else '; all are in the numbers'}."
        if labels > LINES
        else ""
    )
    return (
        f"{unit}{cut} Pale: the {grain} is not over, cut by the chosen dates, or only partly observed. Hatched: not observed,"
        f" so nothing is known. No share of fewer than {measures.SMALL} items. Triangles: events."
    )
