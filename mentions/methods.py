"""How a selection was counted, in words ready to paste, and how to cite it."""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from mentions import coding, measures, observation, snapshot
from mentions.choices import choices, in_words
from mentions.cube import Cube
from mentions.selection import Selection, to_query

SCOPES = {
    "relevant": "articles on the Kashmir dispute or its diplomacy (scope: relevant)",
    "about": "all articles about Kashmir (scope: about)",
}


def denominators(cube: Cube, chosen: Selection) -> dict[str, int]:
    """What the counts are of: articles, reports, items, outlets, outlets_with_articles, dated_by_seen, and the feed_days
    of the span with how many were observed and partly."""
    counts = measures.totals(cube, chosen)
    seen = observation.observed(cube, chosen)
    whole = seen[seen["id"] == ""][["feed_days", "observed", "partly"]].sum()
    return counts | {str(name): int(value) for name, value in whole.items()}


def paragraph(cube: Cube, chosen: Selection) -> str:
    """The methods paragraph of a selection: sources, span, rules, denominators, observation, copies, dates, snapshot."""
    n = denominators(cube, chosen)
    demo = "These are invented demo data and report nothing. " if cube.store.kind == "demo" else ""
    filters = in_words(chosen, choices(cube))
    share = f"{n['articles'] / n['items']:.2%} of" if n["items"] >= measures.SMALL else "of"
    known = f"{n['observed'] / n['feed_days']:.0%}" if n["feed_days"] else "none"
    partly = f", {n['partly'] / n['feed_days']:.0%} partly" if n["partly"] else ""
    return (
        f"{demo}Counted were {SCOPES[chosen.scope]} in the RSS and Atom feeds of {n['outlets']:,} outlets, by title and"
        f" summary as the feeds gave them, from {chosen.since} to {chosen.until} (civil days in {chosen.tz})"
        f"{f', restricted to {filters}' if filters else ''}: {n['articles']:,} articles, {n['reports']:,} unique reports,"
        f" {share} the {n['items']:,} items these outlets listed in these days. Copies of one text within three days"
        " (the same address or title, or at least three quarters of the words in the same order) are one report, each of"
        " them an article. Articles were found and tagged by published rules in twelve languages (lexicon"
        f" {cube.state.lexicon or 'none'}); a tag is a mention, not an endorsement, and denials and quotations count."
        f" Of the feed-days of the span {known} were observed throughout{partly}; a feed counts as observed while each"
        " list it gave had at least half of the items in common with the one before (of the shorter list), so that few"
        " are likely to have come and gone unseen; single items may have. Days"
        f" that were not observed are missing, not zero. {n['dated_by_seen']:,} of the articles stated no usable date and"
        f" are dated by when they were first seen. {coding.summary(cube.store)}"
        f" Data snapshot {snapshot.text_of(cube.state, snapshot.seq_of(chosen.snapshot, cube.state))}."
    )


def link(chosen: Selection, default: Selection, cube: Cube) -> str:
    """The query of the address that shows this selection on this state of the data."""
    frozen = snapshot.text_of(cube.state, snapshot.seq_of(chosen.snapshot, cube.state))
    return "?" + urlencode(to_query(chosen, default) | {"snapshot": [frozen]}, doseq=True)


def citation(cube: Cube, chosen: Selection, now: float) -> str:
    """One line to cite a selection by."""
    day = datetime.fromtimestamp(now, UTC).date()
    frozen = snapshot.text_of(cube.state, snapshot.seq_of(chosen.snapshot, cube.state))
    kind = " (invented demo data)" if cube.store.kind == "demo" else ""
    filters = in_words(chosen, choices(cube))
    return (
        f"Kashmir Diplomacy Monitor{kind}: {SCOPES[chosen.scope]}, {chosen.since} to {chosen.until} ({chosen.tz})"
        f"{f', {filters}' if filters else ''}. Snapshot {frozen}, accessed {day}."
    )


def gap_rows(cube: Cube, chosen: Selection) -> list[dict[str, Any]]:
    """The gaps of a selection as rows of outlet, feed, start and stop (ISO, UTC), why.

    A feed that was looked at within a day of the newest look has no gap at its end yet: its next list may show none.
    """
    rows = observation.gaps(cube, chosen)
    rows = rows[(rows["why"] != "not looked at since") | (rows["stop"] - rows["start"] >= 86400)]
    return [
        {"outlet": row.outlet, "feed": row.feed, "start": stamp(row.start), "stop": stamp(row.stop), "why": row.why}
        for row in rows.itertuples()
    ]


def stamp(moment: Any) -> str:
    """A UTC second as ISO 8601."""
    return datetime.fromtimestamp(int(moment), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
