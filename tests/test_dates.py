"""What feeds state as date, and what time that is."""

from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.dates import COUNTRY_ZONES, published
from mentions.model import DatedBy

NOON = datetime(2026, 7, 15, 12, tzinfo=UTC)
SEEN = int(NOON.timestamp())

# stated, country of the outlet, UTC as "DD HH:MM" of July 2026, dated by
READ = [
    ("Tue, 14 Jul 2026 10:00:00 GMT", "INT", "14 10:00", "feed"),
    ("Tue, 14 Jul 2026 10:00:00 +0530", "INT", "14 04:30", "feed"),
    ("Tue, 14 Jul 2026 10:00:00 +05:30", "INT", "14 04:30", "feed"),
    ("Tue, 14 Jul 2026 10:00:00 +530", "INT", "14 04:30", "feed"),
    ("Tue, 14 Jul 2026 10:00:00 +5", "INT", "14 05:00", "feed"),
    ("Tue, 14 Jul 2026 10:00:00 GMT+5:30", "INT", "14 04:30", "feed"),
    ("Tue, 14 Jul 2026 10:00:00 GMT+05:30", "INT", "14 04:30", "feed"),
    ("Tue, 14 Jul 2026 10:00:00 UTC-0400", "INT", "14 14:00", "feed"),
    ("Tue, 14 Jul 2026 10:00:00 −0400", "INT", "14 14:00", "feed"),
    ("Tue, 14 Jul 2026 10:00:00 +0000 (UTC)", "INT", "14 10:00", "feed"),
    ("Tue, 14 Jul 2026 10:00:00 IST", "IN", "14 04:30", "zone"),
    ("Tue, 14 Jul 2026 10:00:00 IST", "INT", "14 04:30", "zone"),
    ("Tue, 14 Jul 2026 10:00:00 IST", "IE", "14 09:00", "zone"),
    ("Tue, 14 Jul 2026 10:00:00 IST", "IL", "14 08:00", "zone"),
    ("Tue, 14 Jul 2026 10:00:00 BST", "GB", "14 09:00", "zone"),
    ("Tue, 14 Jul 2026 10:00:00 BST", "BD", "14 04:00", "zone"),
    ("Tue, 14 Jul 2026 10:00:00 PKT", "INT", "14 05:00", "feed"),
    ("Tue, 14 Jul 2026 10:00:00 NPT", "INT", "14 04:15", "feed"),
    ("Tue, 14 Jul 2026 10:00:00 EDT", "INT", "14 14:00", "feed"),
    ("Tue, 14 Jul 2026 10:00:00 Asia/Kolkata", "INT", "14 04:30", "feed"),
    ("Tue, 14 Jul 2026 10:00:00 Asia/Karachi", "INT", "14 05:00", "feed"),
    ("Tue, 14 Jul 2026 10:00:00", "PK", "14 05:00", "zone"),
    ("Tue, 14 Jul 2026 10:00:00", "GB", "14 09:00", "zone"),  # summer time
    ("Tue,14 Jul 2026 10:00:00 GMT", "INT", "14 10:00", "feed"),
    ("Tue, 14 July 2026 10:00 GMT", "INT", "14 10:00", "feed"),
    ("Tue, 14-Jul-2026 10:00:00 GMT", "INT", "14 10:00", "feed"),
    ("14 Jul 26 10:00 GMT", "INT", "14 10:00", "feed"),
    ("Tue Jul 14 10:00:00 IST 2026", "IN", "14 04:30", "zone"),
    ("Tue Jul 14 10:00:00 2026", "IN", "14 04:30", "zone"),
    ("14 July 2026, 10:00 PM IST", "IN", "14 16:30", "zone"),
    ("July 14, 2026 10:00 am IST", "IN", "14 04:30", "zone"),
    ("July 14, 2026 at 10:00 PM", "IN", "14 16:30", "zone"),
    ("2026-07-14 10:00:00 +0530 IST", "INT", "14 04:30", "feed"),  # both of them
    ("Tue Jul 14 2026 10:00:00 GMT+0530 (India Standard Time)", "INT", "14 04:30", "feed"),
    ("July 14th, 2026, 12:05 a.m.", "IN", "13 18:35", "zone"),
    ("Updated: Tuesday, July 14, 2026, 17:30 PM IST", "IN", "14 12:00", "zone"),
    ("10:00 IST | 14 Jul 2026", "IN", "14 04:30", "zone"),
    ("2026-07-14T10:00:00Z", "INT", "14 10:00", "feed"),
    ("2026-07-14T10:00:00.123Z", "INT", "14 10:00", "feed"),
    ("2026-07-14T10:00Z", "INT", "14 10:00", "feed"),
    ("2026-07-14T10:00:00+05:30", "INT", "14 04:30", "feed"),
    ("2026-07-14 10:00:00", "IN", "14 04:30", "zone"),
    ("2026-07-14T10:00:00", "TR", "14 07:00", "zone"),
    ("2026/07/14 10:00:00", "CN", "14 02:00", "zone"),
    ("2026年7月14日 10:00", "CN", "14 02:00", "zone"),
    ("14.07.2026 10:00", "DE", "14 08:00", "zone"),
    ("14/07/2026 10:00 GMT", "INT", "14 10:00", "feed"),  # no fourteenth month
    ("07/14/2026 10:00 GMT", "INT", "14 10:00", "feed"),
    ("05/07/2026 10:00", "IN", "05 04:30", "zone"),
    ("07/05/2026 10:00 EDT", "US", "05 14:00", "feed"),
    ("2026-07-14", "IN", "13 18:30", "zone"),  # a bare day begins at midnight there
    ("14 Jul 2026", "PK", "13 19:00", "zone"),
    ("۱۴ Jul ۲۰۲۶ ۱۰:۰۰:۰۰", "PK", "14 05:00", "zone"),
    ("\u200f2026-07-14\u200e १०:००", "IN", "14 04:30", "zone"),
    ("Thu, 16 Jul 2026 12:00:00 GMT", "INT", "16 12:00", "feed"),  # a day ahead is still believed
    ("Tue, 14 Jul 2026 23:59:60 GMT", "INT", "14 23:59", "feed"),  # a leap second
]
UNREAD = [
    ("yesterday", "IN"),
    ("Tue, 14 Jul 2026 10:00:00", "INT"),  # no zone anywhere
    ("Tue, 14 Jul 2026 10:00:00", "US"),  # six zones
    ("2026-07-14", "INT"),
    ("05/07/2026 10:00 GMT", "INT"),  # May or July
    ("05/07/2026 10:00", "CN"),
    ("Tue, 14 Jul 2026 25:00:00 GMT", "INT"),
    ("Tue, 14 Jul 2026 10:61:00 GMT", "INT"),
    ("31 Jun 2026 10:00 GMT", "INT"),
    ("14 Julember 2026 10:00 GMT", "INT"),
    ("Tue, 14 Jul 2026 10:00:00 GMT+53:00", "INT"),
    ("Tue, 14 Jul 2026 10:00:00 Asia/Atlantis", "IN"),
    ("Tue, 14 Jul 2026 10:00:00 XQZ", "IN"),
    ("Sat, 18 Jul 2026 12:00:00 GMT", "INT"),  # three days ahead
    ("Sun, 31 Dec 1989 23:00:00 GMT", "INT"),
    ("Thu, 01 Jan 1970 00:00:00 GMT", "INT"),
    ("2026-07-14T10:00:00 05:30", "IN"),  # plus or minus
    ("0000-00-00 00:00:00", "IN"),
    ("1448-01-29 10:00", "SA"),
    ("10:00", "IN"),
    ("14 Jul", "IN"),
    ("2026", "IN"),
    ("1" * 5_000, "IN"),
    ("a" * 5_000, "IN"),
]
OFFSETS = st.integers(-12 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
TIMES = st.builds(datetime.fromtimestamp, st.integers(631_200_000, SEEN + 48 * 3600), OFFSETS)


@pytest.mark.parametrize(("stated", "country", "day_and_time", "dated_by"), READ)
def test_read(stated: str, country: str, day_and_time: str, dated_by: str) -> None:
    at, by, text = published([stated], country, SEEN)
    assert (datetime.fromtimestamp(at, UTC).strftime("%d %H:%M"), by, text) == (day_and_time, dated_by, stated)


@pytest.mark.parametrize(("stated", "country"), UNREAD)
def test_nothing_is_invented(stated: str, country: str) -> None:
    assert published([stated], country, SEEN) == (SEEN, DatedBy.SEEN, stated[:100])


def test_no_date() -> None:
    assert published([], "IN", SEEN) == published(["", " "], "IN", SEEN) == (SEEN, DatedBy.SEEN, "")


def test_the_first_readable_date_counts() -> None:
    good, other = "2026-07-14T10:00:00Z", "2026-07-13T10:00:00Z"
    assert published(["soon", good, other], "IN", SEEN)[2] == good
    assert published(["", other, good], "IN", SEEN)[2] == other


@given(TIMES)
def test_what_mail_and_iso_state_is_read_exactly(time: datetime) -> None:
    for stated in (format_datetime(time), time.isoformat()):
        assert published([stated], "INT", SEEN)[:2] == (int(time.timestamp()), DatedBy.FEED)


@given(
    st.text(max_size=60)
    | st.lists(
        st.sampled_from(
            ["Tue,", "14", "Jul", "2026", "10:00", "/", "-", "+05:30", "GMT", "IST", "PM", "T", "Asia/", "("]
        )
    ).map(" ".join),
    st.sampled_from([*COUNTRY_ZONES, "US", "INT", ""]),
)
def test_any_text_gives_a_time_near_or_before_the_sighting(text: str, country: str) -> None:
    at, by, _ = published([text], country, SEEN)
    assert 631_152_000 <= at <= SEEN + 48 * 3600
    assert by != DatedBy.SEEN or at == SEEN
