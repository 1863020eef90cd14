"""What was observed: of each feed and day whether its lists had enough in common."""

from datetime import timedelta

import pandas as pd

from mentions.cube import Cube
from mentions.measures import OWNERS, WHOSE, parameters, where
from mentions.selection import ZONES, Selection, start_of

OBSERVED, PARTLY, NOT_OBSERVED, UNFINISHED = "observed", "partly observed", "not observed", "unfinished"
"""States of a period: each feed covered all day on each of its days; some of that; nothing; not over yet, or cut by
the chosen dates."""

MOST = 0.95
"""Of many feeds one is always down: a sum counts as observed where so much of its feed-days was."""

RETIRED = 3 * 86400
"""A feed that was not looked at for so many seconds while others were is not asked any more: nothing is expected of it."""

# A feed is expected from the day of its first look until it is not asked any more. Where none of an outlet's feeds is
# expected on a day, all of them were not observed.
DAYS = """
WITH kept AS (
    SELECT number AS feed, outlet, born, (asked >= (SELECT max(asked) FROM feed) - $retired) AS active, asked
    FROM feed WHERE @whose
), days AS (SELECT unnest(range($first, $last + 1)) AS day), spans AS (
    SELECT c.feed, greatest(c.start, $start) AS start, least(c.stop, $stop) AS stop
    FROM covered c JOIN kept USING (feed) WHERE c.start < $stop AND c.stop > $start
), parts AS (
    SELECT feed, start, stop, unnest(range((start + $offset) // 86400, (stop - 1 + $offset) // 86400 + 1)) AS day FROM spans
), seconds AS (
    SELECT feed, day, sum(least(stop, (day + 1) * 86400 - $offset) - greatest(start, day * 86400 - $offset)) AS seconds
    FROM parts GROUP BY feed, day
), feed_days AS (
    SELECT d.day, k.feed, k.outlet, coalesce(s.seconds, 0) AS seconds,
        k.born > 0 AND (k.born + $offset) // 86400 <= d.day AND (k.active OR (k.asked + $offset) // 86400 >= d.day) AS expected
    FROM days d CROSS JOIN kept k LEFT JOIN seconds s ON s.feed = k.feed AND s.day = d.day
), alive AS (SELECT day, outlet, bool_or(expected) AS any_expected FROM feed_days GROUP BY day, outlet),
looked AS (
    SELECT f.day, f.outlet, count(*) AS feed_days, count(*) FILTER (f.seconds >= 86400) AS observed,
        count(*) FILTER (f.seconds > 0 AND f.seconds < 86400) AS partly
    FROM feed_days f JOIN alive a ON a.day = f.day AND a.outlet = f.outlet
    WHERE f.expected OR NOT a.any_expected GROUP BY f.day, f.outlet
)"""

BY_PERIOD = """
SELECT c.period, @key AS id, sum(l.feed_days) AS feed_days, sum(l.observed) AS observed, sum(l.partly) AS partly
FROM looked l JOIN calendar c ON c.day = l.day AND c.grain = $grain JOIN outlet o ON o.number = l.outlet
GROUP BY ALL
UNION ALL
SELECT c.period, '' AS id, sum(l.feed_days) AS feed_days, sum(l.observed) AS observed, sum(l.partly) AS partly
FROM looked l JOIN calendar c ON c.day = l.day AND c.grain = $grain GROUP BY ALL
"""

# What lies between covered spans of a feed, within the chosen days and up to the newest look.
GAPS = """
WITH kept AS (
    SELECT number AS feed, outlet, url, born, first, answered, asked, (SELECT max(asked) FROM feed) AS newest
    FROM feed WHERE @whose
), marks AS (
    SELECT feed, start, stop FROM covered JOIN kept USING (feed)
    UNION ALL SELECT feed, first, first FROM kept UNION ALL SELECT feed, answered, answered FROM kept
    UNION ALL SELECT feed, 0, 0 FROM kept UNION ALL SELECT feed, greatest(newest, $start), 9000000000 FROM kept
), holes AS (
    SELECT feed, max(stop) OVER (PARTITION BY feed ORDER BY start, stop ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS start,
        start AS stop FROM marks
)
SELECT o.id AS outlet, o.name AS label, k.url AS feed, greatest(h.start, $start) AS start, least(h.stop, $stop) AS stop,
    CASE WHEN k.born = 0 THEN 'never looked at'
        WHEN h.stop <= k.first OR k.answered = 0 THEN 'before its first answer'
        WHEN h.start >= k.answered THEN CASE WHEN k.asked > k.answered THEN 'no answer since' ELSE 'not looked at since' END
        ELSE 'items may be lost' END AS why
FROM holes h JOIN kept k USING (feed) JOIN outlet o ON o.number = k.outlet
WHERE h.start < h.stop AND h.start < $stop AND h.stop > $start
ORDER BY start, o.id, k.url
"""

SINCE = """
SELECT o.id FROM feed f JOIN outlet o ON o.number = f.outlet
WHERE f.born > 0 AND @whose
GROUP BY o.id HAVING min(f.born) < $start + 86400
"""


def observed(cube: Cube, chosen: Selection, by: str = "outlet") -> pd.DataFrame:
    """How many feed-days of each period were observed, by what has its own items (measures.OWNERS), and of all (id ""):
    columns period, id, feed_days, observed, partly; the others were not observed."""
    key = "o.language" if by == "language" else OWNERS.get(by, OWNERS["outlet"])[0]
    rows = ask(cube, DAYS + BY_PERIOD.replace("@key", key), chosen)
    rows["period"] = pd.to_datetime(rows["period"]).dt.date
    return rows.astype({"feed_days": int, "observed": int, "partly": int})


def gaps(cube: Cube, chosen: Selection) -> pd.DataFrame:
    """The spans within the chosen days in which a feed was not covered: outlet, label, feed, start and stop (UTC seconds),
    why (in words)."""
    return ask(cube, GAPS, chosen)


def observed_since(cube: Cube, chosen: Selection) -> list[str]:
    """The ids of the chosen outlets at which we looked on the first of the chosen days, or before."""
    return sorted(ask(cube, SINCE, chosen)["id"])


def state_of(feed_days: int, full: int, partly: int, alone: bool) -> str:
    """The state of a period from its feed-days; of one outlet `alone` all must have been observed, of several MOST."""
    if feed_days and full >= feed_days * (1 if alone else MOST):
        return OBSERVED
    return PARTLY if full or partly else NOT_OBSERVED


def ask(cube: Cube, query: str, chosen: Selection) -> pd.DataFrame:
    """The table of a text on the feeds of the chosen outlets, with the span in UTC seconds."""
    values = parameters(cube, chosen) | {
        "start": start_of(chosen.since, chosen.tz),
        "stop": start_of(chosen.until + timedelta(days=1), chosen.tz),
        "offset": ZONES[chosen.tz],
        "retired": RETIRED,
    }
    return cube.ask(query.replace("@whose", where({"outlets": WHOSE["outlets"]}, values)), values)
