"""The section on what changed: days that stand out, with what made them and what explains them."""

from datetime import date

import pandas as pd
import streamlit as st

from mentions.cube import Cube
from mentions.events import Event
from mentions.highlights import Changed, Highlight, changed
from mentions.selection import Selection
from mentions.tables import safe_csv
from views.page import Page
from views.shared import events
from views.states import literal
from views.words import spelled


@st.cache_data(max_entries=50, show_spinner="Looking for days that stand out …")
def found(
    _cube: Cube, state: tuple[object, ...], chosen: Selection, _events: tuple[Event, ...], today: date
) -> Changed:
    """What changed, remembered for a selection of one state of the data."""
    return changed(_cube, chosen, _events, today)


@st.fragment
def show(page: Page) -> None:
    """Draw the section."""
    with st.container(border=True):
        st.subheader("What changed", anchor=False)
        what = found(page.cube, tuple(page.cube.state), page.chosen, events(), page.today)
        if what.too_short:
            st.info(
                "Fewer than 21 of the last 365 days were observed: too few to say what is unusual.",
                icon=":material/hourglass:",
            )
            return
        if not what.highlights and not what.changes:
            st.markdown("No day of this selection stands out.")
        for one in what.changes:
            st.markdown(
                f"**Lasting change from {spelled(one.day)}**: {one.before:.1f} to {one.after:.1f} articles a day."
            )
        for highlight in what.highlights:
            draw(highlight)
        st.caption(
            "Days with far more articles than expected of them, by a count model of the weekday and the weeks around in the"
            " last 365 days; about one in ten may be chance. A flag says where a gap or a dating fallback may have made it."
        )
        if what.highlights:
            table = numbers(what)
            st.download_button(
                f"CSV, {len(table):,} rows",
                safe_csv(table),
                "kashmir-peaks.csv",
                "text/csv",
                icon=":material/download:",
                key="csv-peaks",
            )


def draw(one: Highlight) -> None:
    """One peak: when and how much, its words, outlets, flags and articles."""
    peak = one.peak
    days = spelled(peak.start) if peak.start == peak.end else f"{spelled(peak.start, False)} to {spelled(peak.end)}"
    lines = [f"**{literal(days)}**: {peak.articles:,} articles, {peak.expected:.1f} expected ({peak.ratio:.1f} times)"]
    if one.words:
        lines.append("Words: " + ", ".join(f"{literal(word.word)} ({word.texts})" for word in one.words))
    named = one.outlets[one.outlets["articles"] > 0].head(4)
    if len(named):
        lines.append(
            "Outlets: "
            + ", ".join(f"{literal(row['label'])} ({row['articles']:,})" for row in named.to_dict("records"))
        )
    flags = {"calendar": ":material/event:", "gap": ":material/warning:", "first_seen": ":material/warning:"}
    lines += [f"{flags.get(reason.kind, ':material/info:')} {literal(reason.words)}" for reason in one.reasons]
    for row in one.articles.to_dict("records"):
        lines.append(f"– {literal(row['title'])}" + (f" *({row['outlets']} outlets)*" if row["outlets"] > 1 else ""))
    st.markdown("  \n".join(lines))


def numbers(what: Changed) -> pd.DataFrame:
    """The peaks as a table."""
    return pd.DataFrame(
        {
            "start": one.peak.start,
            "end": one.peak.end,
            "articles": one.peak.articles,
            "expected": round(one.peak.expected, 2),
            "ratio": round(one.peak.ratio, 2),
            "probability": one.peak.probability,
            "words": "; ".join(word.word for word in one.words),
            "outlets": "; ".join(one.outlets["id"].head(4)),
            "reasons": "; ".join(reason.words for reason in one.reasons),
            "titles": "; ".join(one.articles["title"]),
        }
        for one in what.highlights
    )
