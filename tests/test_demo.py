"""The invented data keep their promises by the word of the real tagger."""

import time
import tomllib
from collections import Counter, defaultdict
from itertools import groupby
from pathlib import Path

import pytest

from collectors import demo
from collectors.demo import MARK, demo_checks, demo_outlets, material
from collectors.loss import may_have_lost
from mentions.lexicon import DIMENSIONS, load_lexicon
from mentions.model import ANSWERED, GROUPS, LANGUAGES, Check, DatedBy, Item, Tags
from mentions.tagger import Tagger

DATA = Path(__file__).resolve().parents[1] / "data"
UNTIL = 1_795_500_000  # 24 November 2026, 05:20 UTC
DAY = 86_400
Looks = list[tuple[Check, list[tuple[Item, Tags]]]]


@pytest.fixture(scope="module")
def tagger() -> Tagger:
    return Tagger(load_lexicon(DATA / "lexicon"))


@pytest.fixture(scope="module")
def looks(tagger: Tagger) -> Looks:
    return list(demo_checks(3_000, 7, UNTIL, tagger))


@pytest.fixture(scope="module")
def items(looks: Looks) -> list[tuple[Item, Tags]]:
    return [one for _, listed in looks for one in listed]


def test_no_outlet_is_one_of_the_catalogue() -> None:
    catalogue = tomllib.loads((DATA / "outlets.toml").read_text("utf-8"))["outlet"]
    real = {row["id"] for row in catalogue} | {row["name"].casefold() for row in catalogue}
    for outlet in demo_outlets():
        assert outlet.name.endswith(" (invented)")
        assert not {outlet.id, outlet.name.casefold(), outlet.name.removesuffix(" (invented)").casefold()} & real


def test_outlets_stand_in_every_group_and_language_under_names_no_network_resolves() -> None:
    outlets = demo_outlets()
    assert {outlet.group for outlet in outlets} == set(GROUPS) - {"aggregator"}
    assert {feed.language for outlet in outlets for feed in outlet.feeds} == set(LANGUAGES) - {"id"}
    assert len({outlet.country for outlet in outlets}) >= 14
    assert all(feed.url.startswith(f"https://{feed.outlet}.invalid/") for outlet in outlets for feed in outlet.feeds)


def test_the_same_arguments_give_the_same_data(tagger: Tagger) -> None:
    first = list(demo_checks(40, 1, UNTIL, tagger))
    assert first == list(demo_checks(40, 1, UNTIL, tagger))
    assert first != list(demo_checks(40, 2, UNTIL, tagger))


@pytest.mark.parametrize("articles", [0, 1, 57])
def test_articles_are_as_many_as_asked_for(articles: int, tagger: Tagger) -> None:
    found = [tags.about for _, listed in demo_checks(articles, 3, UNTIL, tagger) for _, tags in listed]
    assert (found.count(True), found.count(False)) == (articles, 20 * articles)


def test_items_bear_the_tags_the_tagger_gives_them(items: list[tuple[Item, Tags]], tagger: Tagger) -> None:
    assert sum(tags.about for _, tags in items) == 3_000
    names = {outlet.id: outlet.name for outlet in demo_outlets()}
    for item, tags in [one for one in items if one[1].about][::3] + items[::40]:
        assert tags == tagger.tags(item.title, item.summary, item.language, names[item.outlet])


def test_every_tag_language_and_group_has_articles(items: list[tuple[Item, Tags]], tagger: Tagger) -> None:
    articles = [(item, tags) for item, tags in items if tags.about]
    for dimension in ("forums", "topics", "naming"):
        assert dimension in DIMENSIONS
        seen = 0
        for _, tags in articles:
            seen |= getattr(tags, dimension)
        labels = getattr(tagger.lexicon, dimension)
        assert not [label.id for label in labels if not seen >> label.bit & 1], dimension
    assert {item.language for item, _ in articles} == set(LANGUAGES) - {"id"}
    groups = {outlet.id: outlet.group for outlet in demo_outlets()}
    assert {groups[item.outlet] for item, _ in articles} == set(GROUPS) - {"aggregator"}


def test_some_articles_are_merely_about(items: list[tuple[Item, Tags]]) -> None:
    relevant = sum(tags.relevant for _, tags in items) / 3_000
    assert 0.75 < relevant < 0.97


def test_sentences_mean_what_they_are_filed_under(tagger: Tagger) -> None:
    """Each article sentence, filled, is mostly an article, each other one mostly not: drawing again mends the rest."""
    fill = {"n": "7"}
    for language in set(LANGUAGES) - {"id"}:
        words = material()[language]
        slots = {slot: words[slot][0] for slot in ("who", "state", "town", "city")} | fill
        slots |= {"place": words["places"]["plain"][0], "forum": words["forums"]["unsc"][0]}
        slots["topic"] = words["topics"]["human_rights"][0]
        for kind, about in (("article", True), ("other", False)):
            wrong = [one for one in words[kind] if tagger.tags(one.format_map(slots), "", language).about != about]
            assert len(wrong) <= len(words[kind]) // 8, (language, kind, wrong)


def test_every_title_says_that_it_is_invented(items: list[tuple[Item, Tags]]) -> None:
    assert all(item.title.startswith(MARK) and len(item.title) > len(MARK) + 2 for item, _ in items)


def test_keys_and_addresses_are_unique(items: list[tuple[Item, Tags]]) -> None:
    assert len({item.key for item, _ in items}) == len({item.url for item, _ in items}) == len(items)


def test_time_runs_forward_and_ends_in_time(looks: Looks) -> None:
    times = [check.at for check, _ in looks]
    assert times == sorted(times)
    assert times[-1] <= UNTIL
    published = [item.published for check, listed in looks for item, _ in listed if item.published <= check.at]
    assert len(published) == sum(len(listed) for _, listed in looks)
    assert UNTIL - DAY < max(published) <= UNTIL
    assert 399 * DAY <= UNTIL - min(published) <= 401 * DAY


def test_failing_checks_list_nothing_and_long_gaps_lose_items(looks: Looks) -> None:
    feeds = defaultdict(list)
    for check, listed in looks:
        assert check.outcome in ANSWERED or not listed
        assert len(listed) <= check.listed
        feeds[check.feed].append((check, listed))
    gaps = 0
    for line in feeds.values():
        published = [item.published for _, listed in line for item, _ in listed]
        for failing, run in groupby(line, key=lambda look: look[0].outcome not in ANSWERED):
            times = [check.at for check, _ in run]
            if failing and times[-1] - times[0] > 2 * DAY:
                gaps += 1
                assert not [moment for moment in published if times[0] <= moment <= times[-1]]
    assert gaps >= 5


def test_items_are_lost_where_a_collector_would_say_so(looks: Looks) -> None:
    checks = [check for check, _ in looks]
    assert all(bool(check.lost_since) == may_have_lost(check) for check in checks)
    assert any(check.lost_since for check in checks)


def test_an_outlet_begins_late_and_a_feed_ends_early(looks: Looks) -> None:
    first: dict[str, int] = {}
    last: dict[str, int] = {}
    for check, listed in looks:
        first.setdefault(check.feed, check.at)
        if listed:
            last[check.feed] = check.at
    assert sum(at > looks[0][0].at + 60 * DAY for at in first.values()) == 1
    assert sum(at < UNTIL - 60 * DAY for at in last.values()) == 1


def test_short_gaps_are_listed_late(looks: Looks) -> None:
    delays = [check.at - item.published for check, listed in looks for item, _ in listed]
    assert sum(delay <= 6 * 3600 for delay in delays) > 0.9 * len(delays)
    assert max(delays) > 12 * 3600


def test_dates_come_from_the_feed_but_for_a_few(items: list[tuple[Item, Tags]]) -> None:
    ways = Counter(item.dated_by for item, _ in items)
    assert 0.01 < ways[DatedBy.SEEN] / len(items) < 0.03
    assert ways[DatedBy.ZONE] > 0
    assert all(bool(item.stated) == (item.dated_by != DatedBy.SEEN) for item, _ in items)


def test_agencies_are_copied_within_hours(items: list[tuple[Item, Tags]]) -> None:
    credits = tuple(material()["agencies"])
    copies = defaultdict(list)
    for item, tags in items:
        if tags.about and item.summary.endswith(credits):
            copies[item.title].append(item)
    several = [group for group in copies.values() if len({item.outlet for item in group}) > 1]
    assert len(several) > 50
    close = [group for group in several if max(i.published for i in group) - min(i.published for i in group) <= DAY]
    assert len(close) > 0.9 * len(several)


def test_calendar_days_stand_out(items: list[tuple[Item, Tags]]) -> None:
    days = Counter(time.strftime("%m-%d", time.gmtime(item.published)) for item, tags in items if tags.about)
    usual = sorted(days.values())[len(days) // 2]
    for marked in ("02-05", "08-05", "09-24"):
        assert days[marked] > 1.5 * usual, marked


def test_weeks_have_a_quiet_day(items: list[tuple[Item, Tags]]) -> None:
    days = Counter(time.gmtime(item.published).tm_wday for item, _ in items if item.language == "en")
    assert days[6] < 0.7 * days[1]
    days = Counter(time.gmtime(item.published).tm_wday for item, _ in items if item.language == "ur")
    assert days[4] < 0.8 * days[1]


def test_very_many_articles_share_a_bounded_number_of_texts(monkeypatch: pytest.MonkeyPatch, tagger: Tagger) -> None:
    monkeypatch.setattr(demo, "ROOM", {"article": 100, "dispatch": 10, "other": 50})
    monkeypatch.setattr(demo, "FLOOR", 1)
    found = [one for _, listed in demo_checks(900, 1, UNTIL, tagger) for one in listed]
    texts = {(item.title, item.summary) for item, tags in found if tags.about}
    assert sum(tags.about for _, tags in found) == 900
    assert 100 <= len(texts) < 500
