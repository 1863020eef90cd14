"""How the pages say things: days, spans, counts with their denominators, one sentence for what is on the page."""

from datetime import date

from mentions import measures, observation
from mentions.choices import choices, in_words
from mentions.cube import Cube
from mentions.selection import Selection

EPOCH = date(1970, 1, 1).toordinal()


def spelled(day: date, year: bool = True) -> str:
    """A day in words: 3 Nov 2026."""
    return f"{day.day} {day:%b %Y}" if year else f"{day.day} {day:%b}"


def spelled_span(chosen: Selection) -> str:
    """The days of a selection in words, the year said once where one is enough."""
    if chosen.since == chosen.until:
        return spelled(chosen.since)
    return f"{spelled(chosen.since, chosen.since.year != chosen.until.year)} to {spelled(chosen.until)}"


def named(chosen: Selection) -> str:
    """What an article in scope is called."""
    return "relevant articles" if chosen.scope == "relevant" else "articles about Kashmir"


def capital(text: str) -> str:
    """The text with its first letter large and the others as they are."""
    return text[0].upper() + text[1:]


def articles_in_words(chosen: Selection, counts: dict[str, int]) -> str:
    """A number of articles with its unique reports: "3 relevant articles, 2 unique reports"."""
    n, reports = counts["articles"], counts["reports"]
    name = named(chosen) if n != 1 else named(chosen).replace("articles", "article")
    return f"{n:,} {name}" + (f", {reports:,} unique {'report' if reports == 1 else 'reports'}" if n else "")


def headline(cube: Cube, chosen: Selection, counts: dict[str, int]) -> str:
    """One sentence that says what the page shows."""
    items, outlets = counts["items"], counts["outlets"]
    share = (
        f", {counts['articles'] / items:.2%} of the {items:,} items"
        if items >= measures.SMALL
        else f" of {items:,} items"
    )
    text = (
        f"{articles_in_words(chosen, counts)}{share} that {outlets:,} {'outlet' if outlets == 1 else 'outlets'} listed, "
        f"{spelled(chosen.since)} to {spelled(chosen.until)}, days in {chosen.tz}{observed_in_words(cube, chosen)}"
    )
    filters = in_words(chosen, choices(cube))
    return f"{text}; {filters}." if filters else f"{text}."


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
