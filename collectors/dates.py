"""When an item was published: our own reading of the date as the feed states it.

feedparser's reading is not used. Measured on 6.0.14: IST, PKT and Asia/Kolkata are taken for UTC, `GMT+5:30` for
53 hours, `10:00 PM IST` for ten in the morning, and a time without a zone for nothing at all.
"""

import re
import unicodedata
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from mentions.model import DatedBy

EARLIEST = int(datetime(1990, 1, 1, tzinfo=UTC).timestamp())
MOST_SIGNS = 100  # of a date text
AHEAD = 48 * 3600
"""Seconds a published time may lie ahead of the sighting: outlets do announce tomorrow's paper."""

COUNTRY_ZONES = {
    "AE": "Asia/Dubai",
    "AF": "Asia/Kabul",
    "AZ": "Asia/Baku",
    "BD": "Asia/Dhaka",
    "BE": "Europe/Brussels",
    "BH": "Asia/Bahrain",
    "CH": "Europe/Zurich",
    "CN": "Asia/Shanghai",
    "DE": "Europe/Berlin",
    "EG": "Africa/Cairo",
    "ES": "Europe/Madrid",
    "FR": "Europe/Paris",
    "GB": "Europe/London",
    "GR": "Europe/Athens",
    "HK": "Asia/Hong_Kong",
    "IE": "Europe/Dublin",
    "IL": "Asia/Jerusalem",
    "IN": "Asia/Kolkata",
    "IQ": "Asia/Baghdad",
    "IR": "Asia/Tehran",
    "IT": "Europe/Rome",
    "JO": "Asia/Amman",
    "JP": "Asia/Tokyo",
    "KR": "Asia/Seoul",
    "KW": "Asia/Kuwait",
    "LB": "Asia/Beirut",
    "LK": "Asia/Colombo",
    "MY": "Asia/Kuala_Lumpur",
    "NL": "Europe/Amsterdam",
    "NO": "Europe/Oslo",
    "NP": "Asia/Kathmandu",
    "OM": "Asia/Muscat",
    "PK": "Asia/Karachi",
    "QA": "Asia/Qatar",
    "SA": "Asia/Riyadh",
    "SE": "Europe/Stockholm",
    "SG": "Asia/Singapore",
    "TR": "Europe/Istanbul",
    "UZ": "Asia/Tashkent",
}
"""The zone of countries whose press keeps one; where there are several (US, RU, AU, CA, ID) none is assumed."""

HOURS = {
    "Z": 0, "UT": 0, "UTC": 0, "GMT": 0, "WET": 0,
    "PKT": 5, "NPT": 5.75, "AFT": 4.5, "SLST": 5.5, "BDT": 6, "BTT": 6, "UZT": 5,
    "GST": 4, "IRST": 3.5, "IRDT": 4.5, "TRT": 3, "MSK": 3, "AZT": 4,
    "CET": 1, "CEST": 2, "MEZ": 1, "MESZ": 2, "EET": 2, "EEST": 3, "WEST": 1,
    "HKT": 8, "SGT": 8, "MYT": 8, "JST": 9, "KST": 9, "WIB": 7, "WITA": 8, "WIT": 9, "ICT": 7,
    "EST": -5, "EDT": -4, "CDT": -5, "MST": -7, "MDT": -6, "PDT": -7,
    "AEST": 10, "AEDT": 11, "ACST": 9.5, "AWST": 8, "NZST": 12, "NZDT": 13,
    "SAST": 2, "EAT": 3, "CAT": 2, "WAT": 1,
}  # fmt: skip
"""Hours ahead of UTC of the abbreviations that mean one zone."""

SHARED_HOURS: dict[str, dict[str, float]] = {
    "IST": {"IL": 2, "IE": 1, "": 5.5},  # India, Israel, Ireland (rometools#441: Times of India read as Israel's)
    "BST": {"BD": 6, "": 1},  # Bangladesh, British summer
    "AST": {"SA": 3, "QA": 3, "KW": 3, "BH": 3, "IQ": 3, "": -4},  # Arabia, Atlantic
    "CST": {"CN": 8, "HK": 8, "": -6},  # China, Central
    "PST": {"PH": 8, "PK": 5, "": -8},  # Philippines, Pakistan, Pacific
}
"""The same for abbreviations that several zones share: by country of the outlet, "" for every other."""

DAY_FIRST = frozenset(COUNTRY_ZONES) - {"CN", "HK", "IR", "JP", "KR"} | {"AU", "ID", "RU"}
MONTH_FIRST = frozenset({"US"})

MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january jan",
            "february feb",
            "march mar",
            "april apr",
            "may",
            "june jun",
            "july jul",
            "august aug",
            "september sep sept",
            "october oct",
            "november nov",
            "december dec",
        ),
        start=1,
    )
    for name in names.split()
}

TIME = re.compile(
    r"""(?:[T,\s]|\bat\b)*(?<![\d:])(?P<hour>\d{1,2}):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:[.,]\d+)?)?(?![\d:])
    (?:\s*(?P<half>[ap])\.?\s?m\b\.?)?
    (?:\s*(?:hrs|hours)\b\.?)?
    (?:\s*(?P<zone>
        (?:(?:GMT|UTC)\s?)?[+\-−]\d{1,2}(?::?\d\d)?(?![\d:])
        |[A-Z][A-Za-z]+(?:/[A-Z][A-Za-z_\-]+)+
        |(?:ZONES)\b
    )(?:\s(?:ZONES)\b)?)?""".replace("ZONES", "|".join(sorted((*HOURS, *SHARED_HOURS), key=len, reverse=True))),
    re.VERBOSE | re.IGNORECASE,
)
OFFSET = re.compile(r"(?:GMT|UTC)?\s?([+\-−])(\d{1,2}?):?(\d\d)?", re.IGNORECASE)
DATES = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"(?P<year>\d{4})[-/.年](?P<month>\d{1,2})[-/.月](?P<day>\d{1,2})日?",
        r"(?P<day>\d{1,2})\.(?P<month>\d{1,2})\.(?P<year>\d{4})",  # with full stops the day always comes first
        r"(?P<one>\d{1,2})([-/])(?P<two>\d{1,2})\2(?P<year>\d{4})",
        r"(?:[^\W\d_]++[.,:]*+\s*+)*?(?P<day>\d{1,2})(?:st|nd|rd|th)?+[\s,.-]*(?P<name>[^\W\d_]+)[\s,.-]*(?P<year>\d{4}|\d\d)",
        r"(?:[^\W\d_]++[.,:]*+\s*+)*?(?P<name>[^\W\d_]++)[\s.]*(?P<day>\d{1,2})(?:st|nd|rd|th)?+[\s,]+(?P<year>\d{4})",
    )
)


def published(entry_texts: Sequence[str], country: str, seen: int) -> tuple[int, DatedBy, str]:
    """Give the time an item was published (UTC seconds since 1970), where it comes from, and the text it was read from.

    `entry_texts` are the dates the feed gives, best first; the first readable one wins. A time without zone, a date
    without time (taken as 0:00) and an abbreviation that several zones share are read by the outlet's `country`. What
    cannot be read, lies before 1990 or more than 48 hours after `seen` gives way to `seen`; nothing else is invented.
    """
    stated = [text.strip()[:MOST_SIGNS] for text in entry_texts if text.strip()]
    for text in stated:
        found = _read(text, country)
        if found and EARLIEST <= found[0] <= seen + AHEAD:
            return *found, text
    return seen, DatedBy.SEEN, stated[0] if stated else ""


def _read(text: str, country: str) -> tuple[int, DatedBy] | None:
    plain = " ".join(re.sub(r"\([^)]*\)", " ", _western(text)).split())
    time = TIME.search(plain)
    rest = plain if time is None else f"{plain[: time.start()]} {plain[time.end() :]}"
    day = _day(rest.strip(" ,|-–"), country)
    clock = _clock(time) if time else (0, 0, 0)
    zone, dated_by = _zone(time["zone"] if time else None, country)
    if day is None or clock is None or zone is None:
        return None
    try:
        return int(datetime(*day, *clock, tzinfo=zone).timestamp()), dated_by
    except (ValueError, OverflowError):  # 31 February, the year 0
        return None


def _western(text: str) -> str:
    """Write Arabic, Persian, Devanagari and other digits as 0 to 9, and drop marks of direction."""
    signs = (str(unicodedata.decimal(sign)) if sign.isdecimal() else sign for sign in text)
    return "".join(sign for sign in signs if unicodedata.category(sign) not in ("Cf", "Cc") or sign.isspace())


def _day(text: str, country: str) -> tuple[int, int, int] | None:
    """Give year, month and day of a date without its time."""
    found = next((match for pattern in DATES if (match := pattern.fullmatch(text))), None)
    if found is None:
        return None
    parts = found.groupdict()
    year = int(parts["year"])
    if len(parts["year"]) == 2:  # RFC 822
        year += 2000 if year < 70 else 1900
    if "one" in parts:
        return _numeric(year, int(parts["one"]), int(parts["two"]), country)
    month = MONTHS.get(parts["name"].lower()) if "name" in parts else int(parts["month"])
    return (year, month, int(parts["day"])) if month else None


def _numeric(year: int, one: int, two: int, country: str) -> tuple[int, int, int] | None:
    """Read 05/01/2026, where a field above 12 or the country's habit says which is the day."""
    if one > 12 or (two <= 12 and country in DAY_FIRST):
        return year, two, one
    if two > 12 or country in MONTH_FIRST:
        return year, one, two
    return None


def _clock(time: re.Match[str]) -> tuple[int, int, int] | None:
    hour, minute, second = int(time["hour"]), int(time["minute"]), int(time["second"] or 0)
    if time["half"] and hour <= 12:  # "17:30 PM" is met and means what it says
        hour = hour % 12 + (12 if time["half"].lower() == "p" else 0)
    return (hour, minute, min(second, 59)) if hour < 24 and minute < 60 and second <= 60 else None


def _zone(name: str | None, country: str) -> tuple[tzinfo | None, DatedBy]:
    """Give the zone a date names, or that of the country; None where neither says."""
    if name is None:
        return (ZoneInfo(COUNTRY_ZONES[country]) if country in COUNTRY_ZONES else None), DatedBy.ZONE
    if name.upper() in HOURS:
        return timezone(timedelta(hours=HOURS[name.upper()])), DatedBy.FEED
    if meanings := SHARED_HOURS.get(name.upper()):
        return timezone(timedelta(hours=meanings.get(country, meanings[""]))), DatedBy.ZONE
    if offset := OFFSET.fullmatch(name):
        return _fixed(*offset.groups()), DatedBy.FEED
    try:
        return ZoneInfo(name), DatedBy.FEED
    except (ZoneInfoNotFoundError, OSError, ValueError):  # no such place, or a folder of places
        return None, DatedBy.SEEN


def _fixed(sign: str, hours: str, minutes: str | None) -> tzinfo | None:
    ahead = timedelta(hours=int(hours), minutes=int(minutes or 0))
    if ahead > timedelta(hours=14) or int(minutes or 0) > 59:  # no place on earth is further
        return None
    return timezone(ahead if sign == "+" else -ahead)
