"""What is counted: one SQL text a measure, asked of the cube with the same named parameters.

A filter that is not set is neutral by its parameter, so a text never changes. Only masks, integers and plain
comparisons are used, so that other engines can run the same text after translation.
"""

from datetime import timedelta
from typing import Any

import pandas as pd

from mentions.cube import Cube
from mentions.lexicon import Label
from mentions.selection import ZONES, Selection, start_of

LISTED = """
WITH listed AS (
    SELECT seq, published, dated_by, outlet, forums, topics, naming,
        (published + $offset) // 86400 AS day,
        CASE WHEN $scope = 'about' THEN about ELSE relevant END
            AND ($forums = 0 OR (forums & $forums) <> 0)
            AND ($topics = 0 OR (topics & $topics) <> 0)
            AND ($naming = 0 OR (naming & $naming) <> 0) AS article
    FROM item
    WHERE published >= $start AND published < $stop
        AND ($every_outlet OR outlet IN (SELECT unnest($outlets)))
        AND ($every_language OR CAST(language AS VARCHAR) IN (SELECT unnest($languages)))
)"""
# The head of every text below: all items of the chosen outlets, languages and days (the denominators), and which of
# them are articles in scope.

TOTALS = """
SELECT count(*) FILTER (article) AS articles, count(*) AS items,
    count(DISTINCT outlet) FILTER (article) AS outlets_with_articles, count(DISTINCT outlet) AS outlets,
    count(*) FILTER (article AND forums <> 0) AS in_forums,
    count(*) FILTER (article AND dated_by = 'seen') AS dated_by_seen
FROM listed
"""

DAILY = """
SELECT DATE '1970-01-01' + CAST(day AS INTEGER) AS day, count(*) FILTER (article) AS articles, count(*) AS items,
    count(DISTINCT outlet) FILTER (article) AS outlets, count(*) FILTER (article AND forums <> 0) AS in_forums
FROM listed GROUP BY day ORDER BY day
"""

VOLUME = """
, daily AS (SELECT day, count(*) FILTER (article) AS articles, count(*) AS items FROM listed GROUP BY day)
SELECT c.period, 'all' AS id, 'All' AS label, sum(d.articles) AS articles, sum(d.items) AS items
FROM daily d JOIN calendar c ON c.day = d.day AND c.grain = $grain
GROUP BY c.period ORDER BY c.period
"""

VOLUME_BY_OUTLET = """
, daily AS (SELECT day, outlet, count(*) FILTER (article) AS articles, count(*) AS items FROM listed GROUP BY day, outlet)
SELECT c.period, o.id, o.name AS label, sum(d.articles) AS articles, sum(d.items) AS items
FROM daily d JOIN calendar c ON c.day = d.day AND c.grain = $grain JOIN outlet o ON o.number = d.outlet
GROUP BY c.period, o.id, o.name ORDER BY c.period, o.id
"""

# Articles are grouped by their whole mask first: a few thousand masks are then taken apart instead of every row.
VOLUME_BY_TAG = """
, daily AS (
    SELECT day, CASE $by WHEN 'forum' THEN forums WHEN 'topic' THEN topics ELSE naming END AS mask, count(*) AS articles
    FROM listed WHERE article GROUP BY day, mask
), tagged AS (
    SELECT c.period, t.id, t.label, sum(d.articles) AS articles
    FROM daily d JOIN calendar c ON c.day = d.day AND c.grain = $grain
    JOIN tag t ON t.dimension = $by AND (d.mask & t.mask) <> 0
    GROUP BY c.period, t.id, t.label
), days AS (
    SELECT day, count(*) AS items FROM listed GROUP BY day
), totals AS (
    SELECT c.period, sum(d.items) AS items FROM days d JOIN calendar c ON c.day = d.day AND c.grain = $grain GROUP BY c.period
)
SELECT period, id, label, articles, items FROM tagged JOIN totals USING (period) ORDER BY period, id
"""

TOP_OUTLETS = """
SELECT o.id, o.name AS label, o.country, o."group", count(*) FILTER (l.article) AS articles, count(*) AS items
FROM listed l JOIN outlet o ON o.number = l.outlet
GROUP BY o.id, o.name, o.country, o."group" ORDER BY articles DESC, label
"""

FORUM_BY_TOPIC = """
, masks AS (SELECT forums, topics, count(*) AS articles FROM listed WHERE article GROUP BY forums, topics)
SELECT f.id AS forum, f.label AS forum_label, t.id AS topic, t.label AS topic_label, t.place, sum(m.articles) AS articles
FROM masks m
JOIN tag f ON f.dimension = 'forum' AND (m.forums & f.mask) <> 0
JOIN tag t ON t.dimension = 'topic' AND (m.topics & t.mask) <> 0
GROUP BY f.id, f.label, f.place, t.id, t.label, t.place ORDER BY f.place, t.place
"""

NEWEST = """
SELECT l.seq, l.published, l.dated_by, o.name AS outlet, l.forums, l.topics, l.naming
FROM listed l JOIN outlet o ON o.number = l.outlet
WHERE l.article ORDER BY l.published DESC, l.seq DESC LIMIT 200
"""

LOOKED = """
WITH answered AS (
    SELECT DISTINCT (moment + $offset) // 86400 AS day, outlet FROM looked
    WHERE answered AND moment >= $start AND moment < $stop AND ($every_outlet OR outlet IN (SELECT unnest($outlets)))
)
SELECT c.period, o.id, count(*) AS days
FROM answered d JOIN calendar c ON c.day = d.day AND c.grain = $grain JOIN outlet o ON o.number = d.outlet
GROUP BY c.period, o.id
UNION ALL
SELECT c.period, '' AS id, count(DISTINCT d.day) AS days
FROM answered d JOIN calendar c ON c.day = d.day AND c.grain = $grain GROUP BY c.period
"""
# On how many days of each period a feed of each outlet (id '' for any) answered: only there is a zero an observed zero.

OUTLETS_SINCE = """
SELECT o.id FROM looked l JOIN outlet o ON o.number = l.outlet
WHERE $every_outlet OR l.outlet IN (SELECT unnest($outlets))
GROUP BY o.id HAVING min(l.moment) < $start + 86400
"""
# The chosen outlets at which we looked on the first of the chosen days, or before.

SPAN = """
SELECT (SELECT min(published) FROM item) AS oldest_item, (SELECT max(published) FROM item) AS newest_item,
    (SELECT min(moment) FROM looked) AS first_check, (SELECT max(moment) FROM looked WHERE answered) AS last_answer
"""

SMALL = 20
"""A share of fewer items than this is not shown: one article more or less would move it by five points or more."""


def parameters(cube: Cube, chosen: Selection) -> dict[str, Any]:
    """The selection as the named parameters of every measure."""
    kept = [
        one["number"]
        for one in cube.outlets
        if all(
            not wanted or one[name] in wanted
            for name, wanted in (("id", chosen.outlet), ("country", chosen.country), ("group", chosen.group))
        )
    ]
    return {
        "start": start_of(chosen.since, chosen.tz),
        "stop": start_of(chosen.until + timedelta(days=1), chosen.tz),
        "offset": ZONES[chosen.tz],
        "every_outlet": len(kept) == len(cube.outlets),
        "outlets": kept,
        "every_language": not chosen.language,
        "languages": list(chosen.language),
        "scope": chosen.scope,
        "forums": mask_of(cube.lexicon.forums, chosen.forum),
        "topics": mask_of(cube.lexicon.topics, chosen.topic),
        "naming": mask_of(cube.lexicon.naming, chosen.naming),
        "grain": chosen.grain,
        "by": chosen.by,
    }


def mask_of(labels: tuple[Label, ...], ids: tuple[str, ...]) -> int:
    """The bits of some ids of a dimension."""
    return sum(1 << one.bit for one in labels if one.id in ids)


def totals(cube: Cube, chosen: Selection) -> dict[str, int]:
    """Articles, items, outlets with articles, outlets, articles naming a forum, articles dated by first sighting."""
    row = ask(cube, TOTALS, chosen).iloc[0]
    return {str(name): int(value) for name, value in row.items()}


def daily(cube: Cube, chosen: Selection) -> pd.DataFrame:
    """Columns day, articles, items, outlets (with articles), in_forums; days on which nothing was listed are not there."""
    rows = ask(cube, DAILY, chosen)
    return rows.assign(day=pd.to_datetime(rows["day"]).dt.date)


def volume(cube: Cube, chosen: Selection) -> pd.DataFrame:
    """Articles and items a period under the selection's filters: columns period, id, label, articles, items."""
    return whole(ask(cube, VOLUME, chosen))


def volume_by(cube: Cube, chosen: Selection) -> pd.DataFrame:
    """The same for each outlet, or each forum or topic, as `chosen.by` says.

    The items are those of the outlet itself; for a forum or topic they are all items of the selection.
    """
    return whole(ask(cube, VOLUME_BY_OUTLET if chosen.by == "outlet" else VOLUME_BY_TAG, chosen))


def ask(cube: Cube, query: str, chosen: Selection) -> pd.DataFrame:
    """The table of a measure that builds on `listed`."""
    return cube.ask(LISTED + query, parameters(cube, chosen))


def whole(counts: pd.DataFrame) -> pd.DataFrame:
    """The table with its sums as whole numbers."""
    return counts.astype({"articles": int, "items": int})


def top_outlets(cube: Cube, chosen: Selection) -> pd.DataFrame:
    """Outlets that listed anything, most articles first: id, label, country, group, articles, items, share."""
    return with_share(ask(cube, TOP_OUTLETS, chosen))


def forum_by_topic(cube: Cube, chosen: Selection) -> pd.DataFrame:
    """Articles for each pair of forum and topic that met: forum, forum_label, topic, topic_label, place, articles."""
    return ask(cube, FORUM_BY_TOPIC, chosen).astype({"articles": int})


def newest(cube: Cube, chosen: Selection) -> pd.DataFrame:
    """The 200 newest articles with their texts, newest first; dates in the chosen zone."""
    rows = ask(cube, NEWEST, chosen)
    texts = cube.store.texts([int(seq) for seq in rows["seq"]])
    rows["published"] = pd.to_datetime(rows["published"], unit="s", utc=True).dt.tz_convert(chosen.tz)
    for column in ("title", "link"):
        rows[column] = [texts[int(seq)][column] for seq in rows["seq"]]
    for column, labels in (
        ("forums", cube.lexicon.forums),
        ("topics", cube.lexicon.topics),
        ("naming", cube.lexicon.naming),
    ):
        rows[column] = [[one.label for one in labels if int(mask) >> one.bit & 1] for mask in rows[column]]
    return rows


def outlets_since(cube: Cube, chosen: Selection) -> list[str]:
    """The ids of the chosen outlets that we have looked at since the first of the chosen days."""
    return sorted(cube.ask(OUTLETS_SINCE, parameters(cube, chosen))["id"])


def looked(cube: Cube, chosen: Selection) -> pd.DataFrame:
    """On how many days of a period a feed of an outlet answered: columns period, id ("" for any outlet), days."""
    return cube.ask(LOOKED, parameters(cube, chosen))


def span(cube: Cube) -> dict[str, int | None]:
    """UTC seconds of the oldest and newest item, of the first check and of the last answered one; None for none."""
    row = cube.ask(SPAN, {}).iloc[0]
    return {str(name): None if pd.isna(value) else int(value) for name, value in row.items()}


def with_share(counts: pd.DataFrame) -> pd.DataFrame:
    """The table with `share` = articles / items, missing where there are fewer items than SMALL."""
    return counts.assign(share=(counts["articles"] / counts["items"]).where(counts["items"] >= SMALL))
