"""The first page: how much, by whom, in which forum, on which topic, over time."""

from dataclasses import replace
from datetime import date, timedelta

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from mentions import charts, measures, observation
from mentions.choices import choices, in_words
from mentions.cube import Cube
from mentions.selection import SWITCHES, Selection, day_of
from mentions.snapshot import seq_of, text_of
from mentions.tables import inert
from mentions.timeline import largest, periods_of, timeline
from views import cards, changed, counted, states
from views.filters import spelled

LINES = 8
"""So many labels a timeline shows apart; more cannot be told from each other."""


EPOCH = date(1970, 1, 1).toordinal()

MARKS = 1400
"""A timeline of more periods than this is slower to draw than it is of use."""


def show(cube: Cube, chosen: Selection, default: Selection, now: float, top: DeltaGenerator) -> None:
    """Draw the page for a selection; the sentence that says what is on it goes to the `top`, above the filters."""
    today = day_of(now, chosen.tz)
    counts = measures.totals(cube, chosen)
    top.markdown(states.literal(headline(cube, chosen, counts)))
    if not counts["items"]:
        states.no_items(span_in_words(cube, chosen.tz))
        return
    figures(cube, chosen, counts, today)
    if not counts["articles"]:
        states.no_articles(counts["items"], chosen)
        return
    over_time(cube, chosen, today)
    with st.grid(2, min_column_width=420):
        with st.container():
            outlets(cube, chosen)
        with st.container():
            forums_by_topics(cube, chosen)
    changed.show(cube, chosen, today)
    articles(cube, chosen)
    counted.show(cube, chosen, default, now)


def named(chosen: Selection) -> str:
    """What an article in scope is called."""
    return "relevant articles" if chosen.scope == "relevant" else "articles about Kashmir"


def capital(text: str) -> str:
    """The text with its first letter large and the others as they are."""
    return text[0].upper() + text[1:]


def headline(cube: Cube, chosen: Selection, counts: dict[str, int]) -> str:
    """One sentence that says what the page shows."""
    n, items = counts["articles"], counts["items"]
    reports = f", {counts['reports']:,} unique {'report' if counts['reports'] == 1 else 'reports'}" if n else ""
    share = f", {n / items:.2%} of the {items:,} items" if items >= measures.SMALL else f" of {items:,} items"
    parts = [
        f"{n:,} {named(chosen) if n != 1 else named(chosen).replace('articles', 'article')}{reports}{share} that {counts['outlets']:,} {'outlet' if counts['outlets'] == 1 else 'outlets'} listed",
        f"{spelled(chosen.since)} to {spelled(chosen.until)}, days in {chosen.tz}{observed_in_words(cube, chosen)}",
    ]
    if filters := in_words(chosen, choices(cube)):
        parts.append(filters)
    return ", ".join(parts[:2]) + (f"; {parts[2]}" if len(parts) > 2 else "") + "."


def observed_in_words(cube: Cube, chosen: Selection) -> str:
    """How much of the span was observed, so far as we looked at all."""
    seen = observation.observed(cube, chosen)
    whole = seen[seen["id"] == ""][["feed_days", "observed"]].sum()
    return f"; {whole['observed'] / whole['feed_days']:.0%} of feed-days observed" if whole["feed_days"] else ""


def span_in_words(cube: Cube, tz: str) -> str:
    """From when to when the store holds items."""
    known = measures.span(cube)
    ends = [known["oldest_day"], known["newest_day"]]
    return " to ".join(spelled(date.fromordinal(EPOCH + one)) for one in ends if one is not None)


def figures(cube: Cube, chosen: Selection, counts: dict[str, int], today: date) -> None:
    """Four figures, each with its days as a sparkline and its change against the span before."""
    days = measures.daily(cube, chosen).set_index("day")
    if chosen.days <= MARKS:
        days = days.reindex(pd.date_range(chosen.since, chosen.until).date)
    now, before, words = change(cube, chosen, today)
    share = days["articles"] / days["items"].where(days["items"] >= measures.SMALL)
    rows = (
        (capital(named(chosen)), f"{counts['articles']:,}", days["articles"], relative(now, before, "articles")),
        (
            "Share of all items",
            f"{counts['articles'] / counts['items']:.2%}" if counts["items"] >= measures.SMALL else None,
            share * 100,
            points(now, before),
        ),
        (
            "Outlets with such articles",
            f"{counts['outlets_with_articles']:,} of {counts['outlets']:,}",
            days["outlets"],
            relative(now, before, "outlets_with_articles"),
        ),
        ("Articles naming a forum", f"{counts['in_forums']:,}", days["in_forums"], relative(now, before, "in_forums")),
    )
    with st.grid(4, min_column_width=180):
        for label, value, line, delta in rows:
            st.metric(
                label,
                value,
                delta,
                delta_color="off",
                delta_description=words if delta is not None else "nothing before to compare",
                chart_data=[float(one) for one in line],
                border=True,
                height="stretch",
            )


def change(cube: Cube, chosen: Selection, today: date) -> tuple[dict[str, int], dict[str, int], str]:
    """The totals of the whole days shown and of as many days before, and what is compared in words.

    Only outlets that we looked at all the time are compared: one that was added in between would look like growth.
    The second is empty where there is nothing to compare with: no day is over yet, or collecting began too late.
    """
    last = min(chosen.until, today - timedelta(days=1))
    days = (last - chosen.since).days + 1
    earlier = measures.before(replace(chosen, until=last))
    same = tuple(observation.observed_since(cube, earlier)) if days >= 1 else ()
    if not same:
        return {}, {}, ""
    ends = [spelled(day, False) for day in dict.fromkeys((earlier.since, earlier.until))]
    now = measures.totals(cube, replace(chosen, until=last, outlet=same))
    return now, measures.totals(cube, replace(earlier, outlet=same)), f"vs {'–'.join(ends)}"


def relative(now: dict[str, int], before: dict[str, int], name: str) -> str | int | None:
    """The change of a count in per cent, 0 where there is none, None where there is nothing to compare with."""
    if not before or not before[name]:
        return None
    return f"{now[name] / before[name] - 1:+.0%}" if now[name] != before[name] else 0


def points(now: dict[str, int], before: dict[str, int]) -> str | int | None:
    """The change of the share in percentage points, 0 where it would be written so."""
    if not before or min(now["items"], before["items"]) < measures.SMALL:
        return None
    difference = now["articles"] / now["items"] - before["articles"] / before["items"]
    return f"{difference * 100:+.2f} points" if abs(difference) >= 0.00005 else 0


def signed(cube: Cube, chosen: Selection) -> str:
    """What a picture says of the state of the data it shows."""
    kind = "invented demo data, " if cube.store.kind == "demo" else ""
    return f"Kashmir Diplomacy Monitor, {kind}snapshot {text_of(cube.state, seq_of(chosen.snapshot, cube.state))}"


def switch(name: str, label: str) -> None:
    """A switch of the timeline; its value is read from the session, where the filter bar put it."""
    st.segmented_control(
        label,
        list(SWITCHES[name]),
        key=name,
        format_func=SWITCHES[name].__getitem__,
        required=True,
        width="content",
        persist_state="session",
    )


def over_time(cube: Cube, chosen: Selection, today: date) -> None:
    """Volume over time by outlet, forum or topic."""
    with st.container(border=True):
        st.subheader(f"Volume over time by {chosen.by}", anchor=False)
        with st.container(horizontal=True):
            st.selectbox(
                "By",
                list(SWITCHES["by"]),
                key="by",
                format_func=SWITCHES["by"].__getitem__,
                width=180,
                persist_state="session",
            )
            switch("grain", "Per")
            switch("measure", "Measure")
        if len(periods_of(chosen)) > MARKS:
            st.info(
                f"These dates hold more than {MARKS:,} {chosen.grain}s. Choose week or month.",
                icon=":material/zoom_out:",
            )
            return
        counts = measures.volume_by(cube, chosen)
        if counts.empty:
            st.info(
                f"No article of this selection names a {chosen.by}. Choose another switch.",
                icon=":material/search_off:",
            )
            return
        known = measures.volume(cube, chosen), observation.observed(cube, chosen, chosen.by), chosen, today
        shown = largest(counts, LINES, summed=chosen.by == "outlet")
        rows = timeline(shown, *known)
        numbers = rows if chosen.by == "outlet" else timeline(counts, *known)
        share = chosen.measure == "share"
        cards.chart(
            signed(cube, chosen),
            "volume",
            charts.volume(rows, share, chosen.by == "outlet", chosen.grain),
            numbers[["period", "id", "label", "articles", "reports", "items", "share", "known", "state"]],
            what_is_counted(chosen, counts["id"].nunique()),
            f"{chosen.measure.capitalize()} of {named(chosen)} per {chosen.grain} by {chosen.by}, "
            f"{spelled(chosen.since)} to {spelled(chosen.until)}; the largest is {shown['label'].iloc[0]}",
        )


def what_is_counted(chosen: Selection, labels: int) -> str:
    """The caption of the timeline: unit, denominator, and how to read pale and missing marks."""
    if chosen.by == "outlet":
        unit = f"Each article counts once, for its outlet. Share: of all items of the same outlet in the same {chosen.grain}."
        cut = f" The {LINES} largest of {labels} outlets are shown apart." if labels > LINES else ""
    else:
        unit = (
            f"An article counts once for each {chosen.by} it names, so the lines do not add up."
            f" Share: of all items of the selection in the same {chosen.grain}."
        )
        cut = (
            f" The {LINES} largest of {labels} {chosen.by}s are shown; all are in the numbers."
            if labels > LINES
            else ""
        )
    reading = (
        f" Pale: the {chosen.grain} is not over, cut by the chosen dates, or only partly observed."
        " Grey: not observed, so nothing is known."
    )
    small = f" No share of fewer than {measures.SMALL} items." if chosen.measure == "share" else ""
    return unit + cut + reading + small


def outlets(cube: Cube, chosen: Selection) -> None:
    """The outlets with most articles."""
    with st.container(border=True):
        st.subheader("Top outlets", anchor=False)
        rows = measures.ranked_outlets(cube, chosen)
        share = chosen.measure == "share"
        if share:
            rows = rows.sort_values("share", ascending=False, kind="stable", na_position="last")
        top = rows[rows["articles"] > 0].head(15)
        cards.chart(
            signed(cube, chosen),
            "outlets",
            charts.ranked(top, share),
            rows,
            f"{'Share' if share else 'Count'} of {named(chosen)}; at each bar the count and its share of all items the outlet"
            f" listed. {len(rows):,} outlets listed something; all are in the numbers.",
            f"Outlets with most {named(chosen)}; first is {top['label'].iloc[0]} with {top['articles'].iloc[0]:,}",
        )


def forums_by_topics(cube: Cube, chosen: Selection) -> None:
    """Which topic in which forum."""
    with st.container(border=True):
        st.subheader("Forum × topic", anchor=False)
        rows = measures.pairs(cube, chosen, "forum", "topic")
        if rows.empty:
            st.info("No article of this selection names both a forum and a topic.", icon=":material/search_off:")
            return
        most = rows.iloc[int(rows["articles"].argmax())]
        cards.chart(
            signed(cube, chosen),
            "forum-topic",
            charts.heat(rows, st.context.theme.type == "dark"),
            rows[["forum", "forum_label", "topic", "topic_label", "articles"]],
            f"Number of {named(chosen)} that name both; one that names several counts in several cells.",
            f"{capital(named(chosen))} by forum and topic; most, {most['articles']:,}, name {most['forum_label']} and "
            f"{most['topic_label']}",
        )


def articles(cube: Cube, chosen: Selection) -> None:
    """The newest articles, with links."""
    with st.container(border=True):
        st.subheader("Newest articles", anchor=False)
        rows = measures.newest(cube, chosen)
        st.dataframe(
            inert(rows[["published", "title", "link", "outlet", "forums", "topics", "naming", "dated_by"]]),
            hide_index=True,
            key="table-newest",
            height=420,
            column_config={
                "published": st.column_config.DatetimeColumn(f"Published ({chosen.tz})", format="YYYY-MM-DD HH:mm"),
                "outlet": st.column_config.TextColumn("Outlet"),
                "title": st.column_config.TextColumn("Title", width="large"),
                "link": st.column_config.LinkColumn("Link", display_text="open", width="small"),
                "forums": st.column_config.ListColumn("Forums"),
                "topics": st.column_config.ListColumn("Topics"),
                "naming": st.column_config.ListColumn("Naming forms"),
                "dated_by": st.column_config.TextColumn(
                    "Dated by", help="feed: stated with its zone; zone: the zone is ours; seen: first sighting"
                ),
            },
        )
        st.caption(f"The newest {len(rows):,} of this selection, by the time the outlet states.")
