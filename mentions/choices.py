"""What each filter can be set to, with the names people see."""

from collections.abc import Mapping

from mentions.cube import Cube
from mentions.measures import MASKS
from mentions.model import COUNTRIES, GROUPS, LANGUAGES
from mentions.selection import DIMENSIONS, FILTERS, Selection, tags_of

Choices = Mapping[str, Mapping[str, str]]

NAMES = {"naming": "Naming form", "dated": "Dated by", "q": "Words"}
"""Names of filters that are not simply their parameter's."""

DATED = {
    "feed": "Feed: a time with its zone",
    "zone": "Zone corrected: the feed's time, in the zone of its country",
    "seen": "First seen: the feed states no usable time",
}


def choices(cube: Cube) -> Choices:
    """For each filter the ids that can be chosen, with their names, in the order to show them."""
    outlets = cube.outlets
    return {
        "outlet": {one["id"]: one["name"] for one in outlets},
        "country": {code: COUNTRIES.get(code, code) for code in sorted({one["country"] for one in outlets})},
        "group": {name: title for name, title in GROUPS.items() if any(one["group"] == name for one in outlets)},
        "language": LANGUAGES,
        **{name: {one.id: one.label for one in getattr(cube.lexicon, plural)} for name, plural in MASKS.items()},
        "wire": {one or "none": one.upper() or "No wire credited" for one in sorted(cube.wires)},
        "dated": DATED,
    }


def name_of(filter_name: str) -> str:
    """What a filter is called."""
    return NAMES.get(filter_name, filter_name.capitalize())


def in_words(chosen: Selection, known: Choices) -> str:
    """The set filters in words, "" where none is."""
    parts = [f"words: {chosen.q}"] if chosen.q else []
    for name in FILTERS:
        if ids := getattr(chosen, name):
            parts.append(f"{name_of(name).lower()}: {', '.join(known[name].get(one, one) for one in ids)}")
    parts += [f"and also {clause_in_words(clause, known)}" for clause in chosen.also]
    return "; ".join(parts)


def clause_in_words(clause: str, known: Choices) -> str:
    """A clause of `also` as people read it: "forum: OIC or UN Security Council"."""
    name, ids = tags_of(clause)
    return f"{name_of(name).lower()}: {' or '.join(known[name][one] for one in ids)}"


def single_clauses(known: Choices) -> list[str]:
    """All clauses of one tag."""
    return [f"{name}:{one}" for name in DIMENSIONS for one in known[name]]
