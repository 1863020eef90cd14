"""Which articles a mark of a chart counts, as a selection of their own: the way from a number to what is behind it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta

from mentions.model import GROUPS, REGIONS
from mentions.selection import DIMENSIONS, FILTERS, Selection
from mentions.timeline import after

Mark = Mapping[str, str]
"""What one mark stands for: for each dimension an id (several ids joined by "|"), and "period", the ISO day on which
its period begins, where it has one. A second id of the same dimension stands under "other_" and its name."""


def behind(chosen: Selection, marks: Sequence[Mark]) -> Selection:
    """The selection that counts what the marks count together.

    Marks lie in a rectangle: all labels of all periods that were picked. An article that several of them count is one.
    The tags of a mark are asked for besides what the selection asks of the same dimension: `forum=oic` with a mark of
    the Security Council is articles that name both.
    """
    values: dict[str, tuple[str, ...]] = {}
    for mark in marks:
        for name, ids in mark.items():
            values[name] = (*values.get(name, ()), *(one for one in ids.split("|") if one not in values.get(name, ())))
    begins = [date.fromisoformat(one) for one in values.pop("period", ())]
    narrowed = within(chosen, min(begins), max(begins)) if begins else chosen
    clauses = [
        f"{name.removeprefix('other_')}:{'|'.join(ids)}"
        for name, ids in values.items()
        if name.removeprefix("other_") in DIMENSIONS
    ]
    if "region" in values:
        known = set(REGIONS) - {"rest"}
        named = known.intersection(values["region"]) | (set(GROUPS) - known if "rest" in values["region"] else set())
        values["group"] = tuple(one for one in GROUPS if one in named and (not chosen.group or one in chosen.group))
    for name in FILTERS:
        if name in values and name not in DIMENSIONS:
            narrowed = replace(narrowed, **{name: values[name]})  # type: ignore[arg-type]
    return replace(narrowed, also=tuple(dict.fromkeys([*chosen.also, *clauses])))


def within(chosen: Selection, first: date, last: date) -> Selection:
    """The chosen days that fall into the periods that begin on two days and between."""
    end = after(last, chosen.grain) - timedelta(days=1)
    return replace(chosen, since=max(chosen.since, first), until=min(chosen.until, end))
