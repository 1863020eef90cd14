"""What feeds state as date, and what time that is."""

import tomllib
import unicodedata
from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.dates import COUNTRY_ZONES, MONTH_NAMES, published
from mentions.model import LANGUAGES, DatedBy

NOON = datetime(2026, 7, 15, 12, tzinfo=UTC)
SEEN = int(NOON.timestamp())

TABLES = tomllib.loads(Path(__file__).with_name("dates.toml").read_text(encoding="utf-8"))
ROWS = {f"{table}: {name}": row for table, rows in TABLES.items() for name, row in rows.items()}
OFFSETS = st.integers(-12 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
TIMES = st.builds(datetime.fromtimestamp, st.integers(631_200_000, SEEN + 48 * 3600), OFFSETS)


@pytest.mark.parametrize("name", ROWS)
def test_read(name: str) -> None:
    stated, country, utc, dated_by = ROWS[name]
    at, by, text = published([stated], country, SEEN)
    read = "" if at == SEEN else datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M")
    assert (read, by, text) == (utc, dated_by, stated.strip())


def test_long_texts_are_cut() -> None:
    for sign in ("1", "a", " 1", "am", "10:00 "):
        assert published([sign * 5_000], "IN", SEEN) == (SEEN, DatedBy.SEEN, (sign * 5_000).strip()[:100])


def test_every_language_names_twelve_months_and_no_name_is_two() -> None:
    assert set(MONTH_NAMES) | {"zh"} == set(LANGUAGES) - {"id"}
    for language, names in MONTH_NAMES.items():
        for number, spellings in enumerate(names.split(", "), 1):
            for spelling in spellings.split("/"):
                for name in (spelling, spelling.upper(), unicodedata.normalize("NFD", spelling)):
                    at, by, _ = published([f"5 {name} 2025 10:00 GMT"], "INT", SEEN)
                    assert (datetime.fromtimestamp(at, UTC).month, by) == (number, "feed"), (language, name)


def test_no_date() -> None:
    assert published([], "IN", SEEN) == published(["", " "], "IN", SEEN) == (SEEN, DatedBy.SEEN, "")


def test_the_first_readable_date_counts() -> None:
    good, other = "2026-07-14T10:00:00Z", "2026-07-13T10:00:00Z"
    assert published(["soon", good, other], "IN", SEEN)[2] == good
    assert published(["", other, good], "IN", SEEN)[2] == other


@pytest.mark.parametrize("first", ["Tue, 14 Jul 2025 10:00:00", "14 Jul 2025 10:00 A", "14 Jul 2025 10:00 AST"])
def test_a_late_edit_does_not_stand_in_for_a_date_without_zone(first: str) -> None:
    edited, near = "2025-07-20T10:00:00Z", "2025-07-14T21:00:00Z"
    assert published([first, edited], "INT", SEEN) == (SEEN, DatedBy.SEEN, first)
    assert published([first, edited, near], "INT", SEEN)[2] == near


def test_a_date_to_come_gives_way_to_another() -> None:
    assert published(["2027-07-14T10:00:00Z", "2026-07-14T10:00:00Z"], "INT", SEEN)[2] == "2026-07-14T10:00:00Z"


@given(TIMES)
def test_what_mail_and_iso_state_is_read_exactly(time: datetime) -> None:
    forms = (
        format_datetime(time),
        time.isoformat(),
        time.strftime("%Y%m%dT%H%M%S%z"),
        time.strftime("%G-W%V-%uT%H:%M:%S%z"),
        time.strftime("%Y-%jT%H:%M:%S%z"),
        time.strftime("%d %B %Y, %I:%M:%S %p GMT%z"),
        time.strftime("%B %d, %Y %H:%M:%S (%z)"),
        time.strftime("%d.%m.%Y %H:%M:%S UTC%z"),
    )
    for stated in forms:
        assert published([stated], "INT", SEEN)[:2] == (int(time.timestamp()), DatedBy.FEED), stated


DIGITS = ["٠١٢٣٤٥٦٧٨٩", "۰۱۲۳۴۵۶۷۸۹", "०१२३४५६७८९", "০১২৩৪৫৬৭৮৯", "０１２３４５６７８９"]


@given(TIMES, st.sampled_from(DIGITS), st.sampled_from([*MONTH_NAMES]))
def test_figures_and_months_of_all_languages_are_read_exactly(time: datetime, digits: str, language: str) -> None:
    month = MONTH_NAMES[language].split(", ")[time.month - 1].split("/")[0]
    stated = time.strftime(f"%d {month} %Y %H:%M:%S %z").translate(dict(zip(range(48, 58), digits, strict=True)))
    assert published([stated], "INT", SEEN)[:2] == (int(time.timestamp()), DatedBy.FEED)


PIECES = [
    "Tue,",
    "14",
    "Jul",
    "2026",
    "10:00",
    "/",
    "-",
    "+05:30",
    "GMT",
    "IST",
    "PM",
    "am",
    "T",
    "Asia/",
    "(",
    ")",
    "[",
]
PIECES += [
    "年",
    "月",
    "下午",
    "10.30",
    "24:00",
    "W29",
    "195",
    "1784023200",
    "يوليو",
    "م",
    "۱۴",
    "़",
    "जुलाई",
    "h",
    "²",
    "½",
]


@given(
    st.text(max_size=60)
    | st.lists(st.sampled_from(PIECES)).map(" ".join)
    | st.lists(st.sampled_from(PIECES)).map("".join),
    st.sampled_from([*COUNTRY_ZONES, "US", "INT", ""]),
)
def test_any_text_gives_a_time_near_or_before_the_sighting(text: str, country: str) -> None:
    at, by, _ = published([text], country, SEEN)
    assert 631_152_000 <= at <= SEEN + 48 * 3600
    assert by != DatedBy.SEEN or at == SEEN
