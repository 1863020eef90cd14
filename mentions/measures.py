"""What is counted: one SQL text a measure, asked of the cube with the same named parameters.

Only masks, integers and plain comparisons are used, so that other engines can run the same text after translation.
"""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pandas as pd

from mentions.cube import Cube
from mentions.lexicon import Label
from mentions.model import COUNTRIES, GROUPS, LANGUAGES, REGIONS
from mentions.selection import DAY_COLUMNS, Selection, tags_of
from mentions.snapshot import seq_of

CHOSEN = """
WITH chosen AS NOT MATERIALIZED (
    SELECT seq, published, dated_by, outlet, language, relevant, forums, topics, naming, actors, story, lone, wire, @day AS day
    FROM article WHERE @day >= $first AND @day <= $last AND @which
), items AS MATERIALIZED (
    SELECT @day AS day, outlet, language, sum(items) AS items
    FROM (SELECT * EXCLUDE block FROM listed WHERE block < $block UNION ALL SELECT * FROM part)
    WHERE @day >= $first AND @day <= $last AND @whose GROUP BY ALL
)"""
# The head of every text below: the articles in scope that pass all filters, and beside them the number of all items of
# the same outlets, languages and days, whatever they say (the denominators). `part` is what an old snapshot had of its
# last block; of the newest state all blocks count.

PARTS = {
    # Unique reports: an article alone in its story is one, of the others each story once. Counting all stories by their
    # numbers takes six times as long, and most articles are alone.
    "@reports": "count(*) FILTER (lone) + count(DISTINCT story) FILTER (NOT lone) AS reports",
    # Days are put together to periods after counting; only stories of several articles must be told apart over a period.
    "@periods": """, periods AS (SELECT day, period FROM calendar WHERE grain = $grain AND day >= $first AND day <= $last),
totals AS (SELECT p.period, sum(i.items) AS items FROM items i JOIN periods p USING (day) GROUP BY p.period)""",
}
"""What several texts say."""

WHOSE = {
    "outlets": "outlet IN (SELECT unnest($outlets))",
    "languages": "CAST(language AS VARCHAR) IN (SELECT unnest($languages))",
    "dated": "CAST(dated_by AS VARCHAR) IN (SELECT unnest($dated))",
}
"""The conditions on all items, by the parameter that sets each."""

WHICH = {
    **WHOSE,
    "seq": "seq <= $seq",
    "relevant": "relevant",
    **{name: f"({name} & ${name}) <> 0" for name in ("forums", "topics", "naming", "actors")},
    "wires": "wire IN (SELECT number FROM wire WHERE id IN (SELECT unnest($wires)))",
    "q": "seq IN (SELECT seq FROM hits)",
}
"""The conditions on articles. One whose parameter is empty is left out: as a neutral condition it would still cost a
join for each list, four times the whole."""

TOTALS = """
SELECT count(*) AS articles, @reports, (SELECT coalesce(sum(items), 0) FROM items) AS items,
    count(DISTINCT outlet) AS outlets_with_articles, (SELECT count(DISTINCT outlet) FROM items) AS outlets,
    count(*) FILTER (forums <> 0) AS in_forums, count(*) FILTER (dated_by = 'seen') AS dated_by_seen
FROM chosen
"""

DAILY = """
, counted AS (
    SELECT day, count(*) AS articles, @reports, count(DISTINCT outlet) AS outlets,
        count(*) FILTER (forums <> 0) AS in_forums, count(*) FILTER (dated_by = 'seen') AS dated_by_seen
    FROM chosen GROUP BY day
), days AS (SELECT day, sum(items) AS items FROM items GROUP BY day)
SELECT DATE '1970-01-01' + CAST(d.day AS INTEGER) AS day, coalesce(c.articles, 0) AS articles,
    coalesce(c.reports, 0) AS reports, d.items, coalesce(c.outlets, 0) AS outlets, coalesce(c.in_forums, 0) AS in_forums,
    coalesce(c.dated_by_seen, 0) AS dated_by_seen
FROM days d LEFT JOIN counted c USING (day) ORDER BY day
"""

VOLUME = """
@periods, counted AS (
    SELECT p.period, sum(articles) AS articles, sum(alone) AS alone
    FROM (SELECT day, count(*) AS articles, count(*) FILTER (lone) AS alone FROM chosen GROUP BY day)
    JOIN periods p USING (day) GROUP BY p.period
), stories AS (
    SELECT p.period, count(DISTINCT story) AS stories
    FROM (SELECT day, story FROM chosen WHERE NOT lone) JOIN periods p USING (day) GROUP BY p.period
)
SELECT period, 'all' AS id, 'All' AS label, coalesce(articles, 0) AS articles,
    coalesce(alone, 0) + coalesce(stories, 0) AS reports, items
FROM totals LEFT JOIN counted USING (period) LEFT JOIN stories USING (period) ORDER BY period
"""

# By what an item has one of, and what is therefore its own denominator too (OWNERS).
VOLUME_BY_OWNER = """
@periods, counted AS (
    SELECT p.period, @key AS id, sum(articles) AS articles, sum(alone) AS alone
    FROM (
        SELECT day, outlet, language, count(*) AS articles, count(*) FILTER (lone) AS alone
        FROM chosen GROUP BY day, outlet, language
    ) x JOIN outlet o ON o.number = x.outlet JOIN periods p USING (day) GROUP BY ALL
), stories AS (
    SELECT p.period, @key AS id, count(DISTINCT x.story) AS stories
    FROM (SELECT day, outlet, language, story FROM chosen WHERE NOT lone) x
    JOIN outlet o ON o.number = x.outlet JOIN periods p USING (day) GROUP BY ALL
), own AS (
    SELECT p.period, @key AS id, @name AS label, sum(x.items) AS items
    FROM items x JOIN outlet o ON o.number = x.outlet JOIN periods p USING (day) GROUP BY ALL
)
SELECT period, id, label, coalesce(articles, 0) AS articles, coalesce(alone, 0) + coalesce(stories, 0) AS reports, items
FROM own LEFT JOIN counted USING (period, id) LEFT JOIN stories USING (period, id) ORDER BY period, id
"""

# Articles are grouped by their whole mask first: a few thousand masks are then taken apart instead of every row.
VOLUME_BY_TAG = """
@periods, masks AS (
    SELECT p.period, mask, sum(articles) AS articles, sum(alone) AS alone
    FROM (
        SELECT day, @mask AS mask, count(*) AS articles, count(*) FILTER (lone) AS alone
        FROM chosen WHERE @mask <> 0 GROUP BY day, mask
    ) JOIN periods p USING (day) GROUP BY ALL
), counted AS (
    SELECT m.period, t.id, t.label, sum(m.articles) AS articles, sum(m.alone) AS alone
    FROM masks m JOIN tag t ON t.dimension = $by AND (m.mask & t.mask) <> 0 GROUP BY ALL
), copied AS (
    SELECT DISTINCT p.period, x.story, x.mask
    FROM (SELECT day, story, @mask AS mask FROM chosen WHERE NOT lone AND @mask <> 0) x JOIN periods p USING (day)
), stories AS (
    SELECT c.period, t.id, count(DISTINCT c.story) AS stories
    FROM copied c JOIN tag t ON t.dimension = $by AND (c.mask & t.mask) <> 0 GROUP BY ALL
)
SELECT period, id, label, articles, alone + coalesce(stories, 0) AS reports, items
FROM counted JOIN totals USING (period) LEFT JOIN stories USING (period, id) ORDER BY period, id
"""

VOLUME_BY_WIRE = """
@periods, counted AS (
    SELECT p.period, wire, sum(articles) AS articles, sum(alone) AS alone
    FROM (SELECT day, wire, count(*) AS articles, count(*) FILTER (lone) AS alone FROM chosen GROUP BY day, wire)
    JOIN periods p USING (day) GROUP BY ALL
), stories AS (
    SELECT p.period, wire, count(DISTINCT story) AS stories
    FROM (SELECT day, wire, story FROM chosen WHERE NOT lone) JOIN periods p USING (day) GROUP BY ALL
)
SELECT period, CASE w.id WHEN '' THEN 'none' ELSE w.id END AS id, CASE w.id WHEN '' THEN 'No wire' ELSE w.id END AS label,
    articles, alone + coalesce(stories, 0) AS reports, items
FROM counted c JOIN wire w ON w.number = c.wire JOIN totals USING (period) LEFT JOIN stories USING (period, wire)
ORDER BY period, id
"""

RANKED_OUTLETS = """
, counted AS (SELECT outlet, count(*) AS articles, @reports, count(*) FILTER (dated_by = 'seen') AS dated_by_seen
    FROM chosen GROUP BY outlet),
totals AS (SELECT outlet, sum(items) AS items FROM items GROUP BY outlet)
SELECT o.id, o.name AS label, o.country, o."group", coalesce(c.articles, 0) AS articles, coalesce(c.reports, 0) AS reports,
    coalesce(c.dated_by_seen, 0) AS dated_by_seen, t.items
FROM totals t JOIN outlet o ON o.number = t.outlet LEFT JOIN counted c ON c.outlet = t.outlet
ORDER BY articles DESC, label
"""

# How many articles bear both of two tags; a tag with itself: how many bear it.
PAIRS = """
, masks AS (
    SELECT @left AS first, @right AS other, count(*) AS articles FROM chosen WHERE @left <> 0 AND @right <> 0 GROUP BY ALL
)
SELECT f.id AS @one, f.label AS @one_label, o.id AS @two, o.label AS @two_label, f.place, o.place AS other_place,
    sum(m.articles) AS articles
FROM masks m JOIN tag f ON f.dimension = $one_name AND (m.first & f.mask) <> 0
JOIN tag o ON o.dimension = $two_name AND (m.other & o.mask) <> 0
GROUP BY ALL ORDER BY f.place, other_place
"""

# How many articles of an outlet, country, group or language bear a tag, among all its articles in scope.
TAGS_BY_OWNER = """
, masks AS (SELECT outlet, language, @left AS mask, count(*) AS articles FROM chosen GROUP BY ALL),
owned AS (
    SELECT @key AS owner, @name AS owner_label, x.mask, sum(x.articles) AS articles
    FROM masks x JOIN outlet o ON o.number = x.outlet GROUP BY ALL
), whole AS (SELECT owner, sum(articles) AS of_articles FROM owned GROUP BY owner)
SELECT w.owner, w.owner_label, t.id, t.label, t."group", t.place, sum(w.articles) AS articles, any_value(h.of_articles) AS of_articles
FROM owned w JOIN tag t ON t.dimension = $one_name AND (w.mask & t.mask) <> 0 JOIN whole h USING (owner)
GROUP BY w.owner, w.owner_label, t.id, t.label, t."group", t.place ORDER BY w.owner, t.place
"""

# Of stories that several outlets carried, who was first by the time the outlet states; ties go to the earlier seen.
FIRST_MOVERS = """
, stories AS (
    SELECT story, count(DISTINCT outlet) AS carriers, arg_min(outlet, (published, seq)) AS first
    FROM chosen WHERE NOT lone GROUP BY story HAVING count(DISTINCT outlet) > 1
), carried AS (
    SELECT x.outlet, count(DISTINCT x.story) AS stories FROM chosen x JOIN stories s USING (story) GROUP BY x.outlet
), led AS (SELECT first AS outlet, count(*) AS firsts, avg(carriers) AS carriers FROM stories GROUP BY first)
SELECT o.id, o.name AS label, o.country, o."group", coalesce(l.firsts, 0) AS firsts, c.stories, l.carriers
FROM carried c JOIN outlet o ON o.number = c.outlet LEFT JOIN led l USING (outlet) ORDER BY firsts DESC, label
"""

LARGEST_STORIES = """
, stories AS (
    SELECT story, count(*) AS articles, count(DISTINCT outlet) AS outlets, min(published) AS first, max(published) AS last,
        arg_min(seq, (published, seq)) AS seq
    FROM chosen WHERE NOT lone GROUP BY story HAVING count(*) > 1
)
SELECT * FROM stories ORDER BY outlets DESC, articles DESC, seq DESC LIMIT 50
"""

NEWEST = """
SELECT l.seq, l.published, l.dated_by, o.id AS outlet_id, o.name AS outlet, CAST(l.language AS VARCHAR) AS language,
    l.forums, l.topics, l.naming, l.actors, l.story, w.id AS wire
FROM chosen l JOIN outlet o ON o.number = l.outlet JOIN wire w ON w.number = l.wire
ORDER BY l.published DESC, l.seq DESC LIMIT $most
"""

SPAN = """
SELECT (SELECT min(utc) FROM listed) AS oldest_day, (SELECT max(utc) FROM listed) AS newest_day,
    (SELECT min(born) FROM feed WHERE born > 0) AS first_check, (SELECT max(answered) FROM feed WHERE answered > 0) AS last_answer
"""

SMALL = 20
"""A share of fewer items than this is not shown: one article more or less would move it by five points or more."""

REGION = """CASE WHEN o."group" IN ('india', 'kashmir', 'pakistan') THEN o."group" ELSE 'rest' END"""

OWNERS = {
    "region": (REGION, REGION),
    "outlet": ("o.id", "o.name"),
    "country": ("o.country", "o.country"),
    "group": ('o."group"', 'o."group"'),
    "language": ("CAST(x.language AS VARCHAR)", "CAST(x.language AS VARCHAR)"),
}
"""What every item has one of: the column and the label by which the texts group."""

LABELS = {"region": REGIONS, "country": COUNTRIES, "group": GROUPS, "language": LANGUAGES}
"""What people call the ids of these."""

MASKS = {"forum": "forums", "topic": "topics", "naming": "naming", "actor": "actors"}
"""What an article may have several of, with the column of its mask."""


def also(cube: Cube, chosen: Selection) -> str:
    """The conditions of the selection's `also`: for each clause a mask of which an article bears a bit."""
    asked = [tags_of(clause) for clause in chosen.also]
    masks = [(MASKS[name], mask_of(getattr(cube.lexicon, MASKS[name]), tuple(ids))) for name, ids in asked]
    return "".join(f" AND ({column} & {mask}) <> 0" for column, mask in masks)


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
    seq = seq_of(chosen.snapshot, cube.state)
    return {
        "first": day_number(chosen.since),
        "last": day_number(chosen.until),
        "seq": seq,
        "block": seq >> 16 if seq else (cube.state.seq >> 16) + 1,
        "outlets": kept if len(kept) < len(cube.outlets) else [],
        "no_outlet": not kept,
        "languages": list(chosen.language),
        "dated": list(chosen.dated),
        "wires": ["" if one == "none" else one for one in chosen.wire],
        "q": chosen.q,
        "relevant": chosen.scope == "relevant",
        **{plural: mask_of(getattr(cube.lexicon, plural), getattr(chosen, name)) for name, plural in MASKS.items()},
        "grain": chosen.grain,
        "by": chosen.by,
    }


def where(conditions: dict[str, str], values: dict[str, Any]) -> str:
    """The conditions whose parameters are set."""
    if values["no_outlet"]:
        return "false"
    return " AND ".join(text for name, text in conditions.items() if values[name]) or "true"


def day_number(day: date) -> int:
    """Days since 1970."""
    return (day - date(1970, 1, 1)).days


def mask_of(labels: tuple[Label, ...], ids: tuple[str, ...]) -> int:
    """The bits of some ids of a dimension."""
    return sum(1 << one.bit for one in labels if one.id in ids)


def ask(cube: Cube, query: str, chosen: Selection, **more: Any) -> pd.DataFrame:
    """The table of a measure that builds on the chosen articles and their denominators."""
    values = parameters(cube, chosen) | more
    parts = PARTS | {
        "@which": where(WHICH, values) + also(cube, chosen),
        "@whose": where(WHOSE, values),
        "@day": DAY_COLUMNS[chosen.tz],
    }
    text = CHOSEN + query
    for name, part in parts.items():
        text = text.replace(name, part)
    return cube.ask(text, values, cube.hits(chosen.q), cube.part(values["seq"]))


def totals(cube: Cube, chosen: Selection) -> dict[str, int]:
    """Articles, reports (unique), items, outlets with articles, outlets, articles in_forums and dated_by_seen."""
    row = ask(cube, TOTALS, chosen).iloc[0]
    return {str(name): int(value) for name, value in row.items()}


def daily(cube: Cube, chosen: Selection) -> pd.DataFrame:
    """Columns day, articles, reports, items, outlets (with articles), in_forums; only days on which anything was listed."""
    rows = ask(cube, DAILY, chosen)
    return whole(rows.assign(day=pd.to_datetime(rows["day"]).dt.date))


def volume(cube: Cube, chosen: Selection) -> pd.DataFrame:
    """Articles, reports and items a period: columns period, id ("all"), label, articles, reports, items."""
    return whole(ask(cube, VOLUME, chosen))


def volume_by(cube: Cube, chosen: Selection) -> pd.DataFrame:
    """The same for each value of `chosen.by`: outlet, country, group, language, forum, topic, naming, actor or wire.

    The items of an outlet, country, group or language are its own; for all others they are those of the selection.
    """
    by = chosen.by
    if by in OWNERS:
        rows = ask(cube, owned(VOLUME_BY_OWNER, by), chosen)
    elif by in MASKS:
        rows = ask(cube, VOLUME_BY_TAG.replace("@mask", MASKS[by]), chosen)
    else:
        rows = ask(cube, VOLUME_BY_WIRE, chosen)
    return whole(labelled(rows, by, "id", "label"))


def ranked_outlets(cube: Cube, chosen: Selection) -> pd.DataFrame:
    """Outlets that listed anything, most articles first: id, label, country, group, articles, reports, dated_by_seen,
    items, share."""
    return with_share(whole(ask(cube, RANKED_OUTLETS, chosen)))


def ranked(cube: Cube, chosen: Selection, by: str) -> pd.DataFrame:
    """The values of any dimension over the whole span, most articles first: id, label, articles, reports, items, share."""
    rows = volume_by(cube, replace(chosen, by=by, grain="all"))
    return with_share(rows.drop(columns="period").sort_values(["articles", "label"], ascending=[False, True]))


def with_ranks(now: pd.DataFrame, before: pd.DataFrame) -> pd.DataFrame:
    """A ranked table beside that of another span: columns rank, before (articles then), rank_before, climbed (places up;
    missing for what had no article then)."""
    rows = now.assign(rank=now["articles"].rank(method="min", ascending=False).astype(int))
    then = before.set_index("id")["articles"]
    places = then[then > 0].rank(method="min", ascending=False)
    rows["before"] = rows["id"].map(then).fillna(0).astype(int)
    rows["rank_before"] = rows["id"].map(places)
    return rows.assign(climbed=rows["rank_before"] - rows["rank"])


def pairs(cube: Cube, chosen: Selection, one: str, two: str) -> pd.DataFrame:
    """Articles for each pair of tags that met, of two dimensions or of one with itself (co-mention): columns named by the
    dimensions (the second with "other_" before it where both are the same), their _label, place, other_place, articles."""
    second = f"other_{two}" if one == two else two
    names = {"@left": MASKS[one], "@right": MASKS[two], "@one": one, "@two": second}
    query = PAIRS
    for name, value in names.items():
        query = query.replace(name, value)
    return ask(cube, query, chosen, one_name=one, two_name=two).astype({"articles": int})


def tags_by(cube: Cube, chosen: Selection, owner: str, dimension: str) -> pd.DataFrame:
    """How many articles of each outlet, country, group or language bear each tag of a dimension, and of how many in scope:
    owner, owner_label, id, label, group (of the tag: usage group of a naming form), place, articles, of_articles."""
    query = owned(TAGS_BY_OWNER, owner).replace("@left", MASKS[dimension])
    rows = ask(cube, query, chosen, one_name=dimension).astype({"articles": int, "of_articles": int})
    return labelled(rows, owner, "owner", "owner_label")


def first_movers(cube: Cube, chosen: Selection) -> pd.DataFrame:
    """Of stories that several of the chosen outlets carried, how often each was first by the time it states: id, label,
    country, group, firsts, stories (it carried), carriers (mean of the stories it led)."""
    return ask(cube, FIRST_MOVERS, chosen).astype({"firsts": int, "stories": int})


def largest_stories(cube: Cube, chosen: Selection) -> pd.DataFrame:
    """The 50 stories of several chosen articles that most outlets carried: story, articles, outlets, first and last (UTC seconds), seq of the first,
    with its title and link."""
    rows = ask(cube, LARGEST_STORIES, chosen)
    texts = cube.store.texts([int(seq) for seq in rows["seq"]])
    return rows.assign(**{name: [texts[int(seq)][name] for seq in rows["seq"]] for name in ("title", "link")})


def newest(cube: Cube, chosen: Selection, most: int = 200) -> pd.DataFrame:
    """The newest articles with their texts, newest first; dates in the chosen zone, tags as lists of labels."""
    rows = ask(cube, NEWEST, chosen, most=most)
    texts = cube.store.texts([int(seq) for seq in rows["seq"]])
    rows["published"] = pd.to_datetime(rows["published"], unit="s", utc=True).dt.tz_convert(chosen.tz)
    for column in ("title", "link"):
        rows[column] = [texts[int(seq)][column] for seq in rows["seq"]]
    for column in MASKS.values():
        labels = getattr(cube.lexicon, column)
        rows[column] = [[one.label for one in labels if int(mask) >> one.bit & 1] for mask in rows[column]]
    return rows


def span(cube: Cube) -> dict[str, int | None]:
    """Days since 1970 of the oldest and newest item; UTC seconds of the first check and of the last answered; None for none."""
    row = cube.ask(SPAN, {}).iloc[0]
    return {str(name): None if pd.isna(value) else int(value) for name, value in row.items()}


def before(chosen: Selection) -> Selection:
    """The span of as many days just before."""
    return replace(chosen, since=chosen.since - timedelta(days=chosen.days), until=chosen.since - timedelta(days=1))


def last_year(chosen: Selection) -> Selection:
    """The same days a year earlier; 29 February becomes 28."""
    return replace(chosen, since=year_before(chosen.since), until=year_before(chosen.until))


def year_before(day: date) -> date:
    """The same day of the year before."""
    return day.replace(year=day.year - 1, day=28) if (day.month, day.day) == (2, 29) else day.replace(year=day.year - 1)


def owned(query: str, by: str) -> str:
    """A text by what every item has one of."""
    key, name = OWNERS[by]
    return query.replace("@key", key).replace("@name", name)


def labelled(rows: pd.DataFrame, by: str, ids: str, labels: str) -> pd.DataFrame:
    """The table with the names that people know in its column of labels; an id without one stands for itself."""
    names = LABELS.get(by, {})
    return rows.assign(**{labels: [names.get(one, label) for one, label in zip(rows[ids], rows[labels], strict=True)]})


def whole(counts: pd.DataFrame) -> pd.DataFrame:
    """The table with its sums as whole numbers."""
    return counts.astype({name: int for name in ("articles", "reports", "items", "alone") if name in counts})


def with_share(counts: pd.DataFrame) -> pd.DataFrame:
    """The table with `share` = articles / items, missing where there are fewer items than SMALL."""
    return counts.assign(share=(counts["articles"] / counts["items"]).where(counts["items"] >= SMALL))
