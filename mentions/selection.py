"""What a user chose to see: the dates, filters and switches behind every figure."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, timedelta, timezone

ZONES = {"UTC": 0, "Asia/Karachi": 5 * 3600, "Asia/Kolkata": 19800}
"""The zones whose civil days can be chosen, with their offset in seconds; none has summer time."""

DAY_COLUMNS = {"UTC": "utc", "Asia/Karachi": "karachi", "Asia/Kolkata": "kolkata"}
"""The cube's column with the days of each zone."""

SWITCHES = {
    "scope": {"relevant": "Relevant: the dispute or its diplomacy", "about": "About: all articles on Kashmir"},
    "by": {
        "outlet": "Outlet",
        "forum": "Forum",
        "topic": "Topic",
        "naming": "Naming form",
        "actor": "Actor",
        "region": "Region",
        "country": "Country",
        "group": "Group",
        "language": "Language",
        "wire": "Wire",
    },
    "grain": {"day": "Day", "week": "Week", "month": "Month"},
    "measure": {"count": "Count", "share": "Share"},
    "unit": {"articles": "Articles", "reports": "Unique reports"},
    "tz": dict.fromkeys(ZONES, ""),
}
"""Choices of one among a few; the first is the default. Keys and values are the public query parameters."""

FILTERS = ("outlet", "country", "group", "language", "forum", "topic", "naming", "actor", "wire", "dated")
"""Filters of any number of ids; an empty one lets everything through."""

DIMENSIONS = ("forum", "topic", "naming", "actor")
"""What an article may bear several tags of: filters of these can be asked for more than once, by `also`."""

TEXTS = {"q": 200, "snapshot": 80}
"""Free texts, with the most characters of each."""

PARAMETERS = frozenset({"from", "to", "also", *SWITCHES, *FILTERS, *TEXTS})

FIRST, LAST = date(1990, 1, 1), date(2099, 12, 31)
"""The days that can be chosen: no feed is older, and the cube's calendar ends after them."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Every choice, with `since` and `until` as the first and last civil day in zone `tz`."""

    since: date
    until: date
    scope: str = "relevant"
    by: str = "outlet"
    grain: str = "day"
    measure: str = "count"
    unit: str = "articles"
    tz: str = "UTC"
    outlet: tuple[str, ...] = ()
    country: tuple[str, ...] = ()
    group: tuple[str, ...] = ()
    language: tuple[str, ...] = ()
    forum: tuple[str, ...] = ()
    topic: tuple[str, ...] = ()
    naming: tuple[str, ...] = ()
    actor: tuple[str, ...] = ()
    wire: tuple[str, ...] = ()
    dated: tuple[str, ...] = ()
    also: tuple[str, ...] = ()  # "forum:un|oic": besides all filters the article bears one of these tags; all must hold
    q: str = ""
    snapshot: str = ""  # the state of the data to count; "" for the newest

    @property
    def days(self) -> int:
        """How many days the span has, both ends counted."""
        return (self.until - self.since).days + 1

    def filtered(self) -> bool:
        """Whether any filter beside the dates is set."""
        return any(getattr(self, name) for name in (*FILTERS, "also", "q"))


def start_of(day: date, tz: str) -> int:
    """The UTC second at which a civil day of the zone begins."""
    zone = timezone(timedelta(seconds=ZONES[tz]))
    return int(datetime(day.year, day.month, day.day, tzinfo=zone).timestamp())


def day_of(moment: float, tz: str) -> date:
    """The civil day of the zone in which a UTC second falls."""
    return datetime.fromtimestamp(moment + ZONES[tz], UTC).date()


def to_query(chosen: Selection, default: Selection) -> dict[str, list[str]]:
    """The selection as query parameters; what equals the default is left out, but the dates never are.

    So a link shows the same days for ever, even where they were the default when it was copied.
    """
    query = {"from": [chosen.since.isoformat()], "to": [chosen.until.isoformat()]}
    query |= {name: [getattr(chosen, name)] for name in SWITCHES if getattr(chosen, name) != getattr(default, name)}
    query |= {name: [getattr(chosen, name)] for name in TEXTS if getattr(chosen, name)}
    return query | {name: list(getattr(chosen, name)) for name in (*FILTERS, "also") if getattr(chosen, name)}


def from_query(
    query: Mapping[str, list[str]], known: Mapping[str, Mapping[str, str]], default: Selection
) -> tuple[Selection, list[str]]:
    """The selection that query parameters ask for, and a line for each value that cannot be honoured.

    `known` names the ids of each filter. Nothing is dropped in silence: an old link to an outlet that is gone would
    otherwise show another count without a word.
    """
    faults = [f"{name} is no filter of this page" for name in query if name not in PARAMETERS]
    values = {field.name: getattr(default, field.name) for field in fields(Selection)}
    for name, choices in SWITCHES.items():
        for value in query.get(name, [])[-1:]:
            if value in choices:
                values[name] = value
            else:
                faults.append(f"{name}={value} is not known; showing {values[name]}")
    for name, most in TEXTS.items():
        for value in query.get(name, [])[-1:]:
            values[name] = value.strip()[:most]
            if len(value.strip()) > most:
                faults.append(f"{name} is longer than {most} characters and is cut there")
    for name in FILTERS:
        asked = list(dict.fromkeys(query.get(name, [])))
        values[name] = tuple(value for value in asked if value in known[name])
        faults += [f"{name}={value} is not known here and is left out" for value in asked if value not in known[name]]
    asked = list(dict.fromkeys(query.get("also", [])))
    values["also"] = tuple(clause for clause in asked if is_known(clause, known))
    faults += [f"also={clause} is not known here and is left out" for clause in asked if clause not in values["also"]]
    for name, field in (("from", "since"), ("to", "until")):
        for value in query.get(name, [])[-1:]:
            day = to_day(value)
            if day is None:
                faults.append(f"{name}={value} is not a day from {FIRST} to {LAST}; showing {values[field]}")
            else:
                values[field] = day
    if "from" not in query and values["since"] > values["until"]:
        values["since"] = max(FIRST, values["until"] - (default.until - default.since))
    if values["since"] > values["until"]:
        faults.append(f"from={values['since']} is later than to={values['until']}; the two are exchanged")
        values["since"], values["until"] = values["until"], values["since"]
    return Selection(**values), faults


def tags_of(clause: str) -> tuple[str, list[str]]:
    """The dimension of a clause of `also`, and the ids of which an article must bear one."""
    dimension, _, ids = clause.partition(":")
    return dimension, ids.split("|")


def is_known(clause: str, known: Mapping[str, Mapping[str, str]]) -> bool:
    """Whether all tags of a clause of `also` can be chosen."""
    dimension, ids = tags_of(clause)
    return dimension in DIMENSIONS and all(one in known[dimension] for one in ids)


def to_day(text: str) -> date | None:
    """The day an ISO date names, None for anything else and for days that cannot be chosen."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if FIRST <= day <= LAST else None
