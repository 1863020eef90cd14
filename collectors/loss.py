"""Whether items may have come and gone between two lists of a feed, by what the lists have in common."""

from mentions.model import Check

COMMON = 0.5
"""The share of the shorter list that the other must have for the time between them to count as covered.

One item in common tells little, since some feeds keep a few items listed for weeks. Of pairs of real captures of such a
feed (70 days of a broadcaster's, some 64 items), that rule called 146 of 146 weeks without a look covered while 85 %
of the new links were lost, and 123 of 123 spans of 20 to 30 hours, of which 121 lost over 5 % of a list. Half calls none
of the weeks and 34 of the spans covered. Of a feed whose list only rolls (15 items) half lets none pass that lost as much,
one item 24. No share finds every loss: what matters as much is to ask often (schedule.WINDOW_SHARE).
"""


def in_common(check: Check) -> float:
    """The share of the shorter of the two lists that a check found in both; 1 where one of them is empty."""
    shorter = min(check.before, check.listed)
    return check.overlap / shorter if shorter else 1.0


def may_have_lost(check: Check) -> bool:
    """Whether items may have come and gone since the list before."""
    return in_common(check) < COMMON
