"""Aggregators' items, over loopback: whose they are, under which key, and that their names are no signal."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from collectors.collect import collect
from collectors.credit import Credit
from mentions.cube import Cube
from mentions.lexicon import Lexicon
from mentions.model import Outlet
from mentions.store import Store
from tests.conftest import outlet
from tests.server import Answer, Site, serving

PLACES = {
    # outlet: its homepage
    "cedar": "https://www.cedar.invalid/",
    "cedar-urdu": "https://www.cedar.invalid/urdu/",
    "oak": "https://oak.invalid",
    "oak-desk": "https://desk.oak.invalid",
    "ministry": "https://www.gov.invalid/bodies/ministry",
}

OWNERS = {
    "https://www.cedar.invalid": "cedar",
    "http://cedar.invalid/news/1": "cedar",
    "https://m.cedar.invalid/news/1?utm_source=x": "cedar",
    "https://cedar.invalid/urdu/1": "cedar-urdu",
    "https://cedar.invalid/urdu": "cedar-urdu",
    "https://cedar.invalid/urdunama/1": "cedar",
    "https://desk.oak.invalid/1": "oak-desk",
    "https://sports.oak.invalid/1": "oak",
    "https://bloak.invalid/1": "",
    "https://www.gov.invalid/bodies/treasury": "",
    "https://www.gov.invalid/bodies/ministry/news": "ministry",
    "https://invalid/": "",
    "javascript:alert(1)": "",
    "": "",
}


def outlets() -> list[Outlet]:
    return [replace(outlet(name, f"https://{name}.invalid/feed"), homepage=page) for name, page in PLACES.items()]


@pytest.mark.parametrize("url,owner", OWNERS.items())
def test_an_address_belongs_to_the_outlet_with_the_nearest_homepage(url: str, owner: str) -> None:
    assert Credit(outlets()).owner(url) == owner


def google(number: int, title: str, name: str, url: str, day: int = 24) -> str:
    """An item as Google News gives it, invented."""
    return (
        f"<item><title>{title} - {name}</title><link>https://service.invalid/articles/CBM{number}?oc=5</link>"
        f'<guid isPermaLink="false">CBM{number}</guid><pubDate>{day} Nov 2026 07:00:00 GMT</pubDate>'
        f'<description>&lt;a href="https://service.invalid/articles/CBM{number}"&gt;{title}&lt;/a&gt;&amp;nbsp;'
        f'&lt;font color="#6f6f6f"&gt;{name}&lt;/font&gt;</description><source url="{url}">{name}</source></item>'
    )


def document(*items: str) -> bytes:
    return f'<rss version="2.0"><channel><title>S</title>{"".join(items)}</channel></rss>'.encode()


TALKS = "Envoys meet on Kashmir at the UN (invented)"


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as site:
        yield site


def collected(site: Site, store: Store, lexicon: Lexicon, **documents: bytes) -> list[tuple[Any, ...]]:
    """What the store holds after a round over a service's two editions and the feed of Cedar."""
    site.answers = {f"/{name}": Answer(body) for name, body in documents.items()}
    known = outlets()
    service = replace(outlet("service", ""), homepage="https://service.invalid", aggregates=True)
    feeds = [replace(service.feeds[0], url=f"{site.url}/{name}") for name in documents if name != "cedar"]
    known[0] = replace(known[0], feeds=(replace(known[0].feeds[0], url=f"{site.url}/cedar"),) * ("cedar" in documents))
    known = [known[0], *(replace(one, feeds=()) for one in known[1:]), replace(service, feeds=tuple(feeds))]
    store.save_catalogue(known)
    collect(store, known, lexicon, lambda _: None, now=True)
    with store.engine.begin() as db:
        query = (
            "SELECT o.id, i.title, i.summary, i.channel, i.about FROM item i JOIN outlet o ON o.number = i.outlet"
            " ORDER BY i.title, o.id"
        )
        return [tuple(row) for row in db.exec_driver_sql(query)]


def test_an_item_goes_to_its_source_without_the_sources_name(site: Site, store: Store, lexicon: Lexicon) -> None:
    edition = document(
        google(1, TALKS, "Cedar Gazette", "https://www.cedar.invalid"),
        google(2, "Budget passes (invented)", "Kashmir Elm", "https://elm.invalid"),
    )
    assert collected(site, store, lexicon, edition=edition) == [
        ("service", "Budget passes (invented)", "", "query", 0),
        ("cedar", TALKS, "", "query", 1),
    ]


def test_one_report_in_two_editions_is_one_item(site: Site, store: Store, lexicon: Lexicon) -> None:
    one = document(google(1, TALKS, "Cedar Gazette", "https://cedar.invalid"))
    other = document(google(2, TALKS, "Cedar Gazette", "https://cedar.invalid"))
    assert len(collected(site, store, lexicon, one=one, other=other)) == 1


def test_the_same_title_of_two_outlets_is_two_items(site: Site, store: Store, lexicon: Lexicon) -> None:
    edition = document(
        google(1, TALKS, "Cedar Gazette", "https://cedar.invalid"), google(2, TALKS, "Oak", "https://oak.invalid")
    )
    assert [row[0] for row in collected(site, store, lexicon, edition=edition)] == ["cedar", "oak"]


def test_a_wrapped_link_is_the_outlets_own(site: Site, store: Store, lexicon: Lexicon) -> None:
    wrapped = "http://www.bing.com/news/apiclick.aspx?ref=FexRss&amp;tid={}&amp;url=https%3A%2F%2Fwww.cedar.invalid%2F7&amp;c=1"
    query = document(f"<item><title>{TALKS}</title><link>{wrapped.format(1)}</link></item>")
    own = document(f"<item><title>{TALKS}</title><link>https://cedar.invalid/7</link></item>")
    assert collected(site, store, lexicon, query=query) == [("cedar", TALKS, "", "query", 1)]
    assert collected(site, store, lexicon, cedar=own) == [("cedar", TALKS, "", "live", 1)]


@pytest.mark.parametrize("first", ["query", "cedar"])
def test_what_both_list_is_one_live_item_that_counts(site: Site, store: Store, lexicon: Lexicon, first: str) -> None:
    documents = {
        "query": document(google(1, TALKS, "Cedar Gazette", "https://cedar.invalid")),
        "cedar": document(
            f"<item><title>{TALKS}</title><link>https://cedar.invalid/7</link>"
            "<pubDate>24 Nov 2026 05:00:00 GMT</pubDate></item>"
        ),
    }
    collected(site, store, lexicon, **{first: documents[first]})
    cube = Cube(store, lexicon)
    assert len(cube.ask("SELECT items FROM listed", {})) == (first == "cedar")
    assert collected(site, store, lexicon, **documents) == [("cedar", TALKS, "", "live", 1)]
    cube.refresh()
    assert len(cube.ask("SELECT items FROM listed", {})) == 1
    with store.engine.begin() as db:
        assert db.exec_driver_sql("SELECT count(*) FROM sighting").scalar_one() == 2


def test_a_query_whose_answers_change_loses_nothing(site: Site, store: Store, lexicon: Lexicon) -> None:
    for number in (1, 2):
        edition = document(google(number, f"{TALKS}, part {number}", "Cedar Gazette", "https://cedar.invalid"))
        collected(site, store, lexicon, edition=edition)
    with store.engine.begin() as db:
        assert db.exec_driver_sql("SELECT sum(lost_since) FROM feed_check").scalar_one() == 0


def own(*rows: tuple[str, str]) -> bytes:
    """A feed of these titles and links."""
    items = (
        f"<item><title>{title}</title><link>{link}</link><pubDate>24 Nov 2026 05:00:00 GMT</pubDate></item>"
        for title, link in rows
    )
    return document(*items)


LETTERS = "Letters to the editor (invented)"


def test_a_standing_title_is_merged_once(site: Site, store: Store, lexicon: Lexicon) -> None:
    query = document(google(1, LETTERS, "Cedar Gazette", "https://cedar.invalid"))
    three = own(*((LETTERS, f"https://cedar.invalid/letters/{day}") for day in (1, 2, 3)))
    assert len(collected(site, store, lexicon, query=query, cedar=three)) == 3
    assert {row[3] for row in collected(site, store, lexicon, query=query, cedar=three)} == {"live"}


def test_a_query_with_real_addresses_takes_no_item_from_the_outlet(site: Site, store: Store, lexicon: Lexicon) -> None:
    query = own((LETTERS, "https://cedar.invalid/letters/1"), (LETTERS, "https://cedar.invalid/letters/2"))
    cedar = own((LETTERS, "https://cedar.invalid/letters/3"), (LETTERS, "https://cedar.invalid/letters/4"))
    collected(site, store, lexicon, query=query)
    assert [row[3] for row in collected(site, store, lexicon, query=query, cedar=cedar)].count("live") == 2


def test_a_future_address_under_an_old_title_is_no_alias(site: Site, store: Store, lexicon: Lexicon) -> None:
    collected(site, store, lexicon, cedar=own(("Budget passes (invented)", "https://cedar.invalid/1")))
    forged = own(("Budget passes (invented)", "https://cedar.invalid/2"))
    collected(site, store, lexicon, query=forged)
    rows = collected(site, store, lexicon, cedar=own((TALKS, "https://cedar.invalid/2")))
    assert rows == [("cedar", "Budget passes (invented)", "", "live", 0), ("cedar", TALKS, "", "live", 1)]


def test_what_the_outlet_lists_itself_is_in_its_own_words(site: Site, store: Store, lexicon: Lexicon) -> None:
    collected(site, store, lexicon, query=own(("Cure for all (invented)", "https://cedar.invalid/7")))
    rows = collected(site, store, lexicon, cedar=own((TALKS, "https://cedar.invalid/7")))
    assert rows == [("cedar", TALKS, "", "live", 1)]
    with store.engine.begin() as db:
        assert db.exec_driver_sql("SELECT count(*) FROM revision").scalar_one() == 0


def test_who_lists_anothers_address_first_does_not_keep_it(site: Site, store: Store, lexicon: Lexicon) -> None:
    """Oak lists Cedar's page under another title; it is Oak's item until Cedar lists it, and Cedar's from then on."""
    known = outlets()
    feeds = {name: replace(one.feeds[0], url=f"{site.url}/{name}") for name, one in zip(PLACES, known, strict=True)}
    cedar, oak = (replace(one, feeds=(feeds[one.id],)) for one in known if one.id in ("cedar", "oak"))
    site.answers = {
        "/oak": Answer(own(("Cooking (invented)", "https://cedar.invalid/1"), ("Oak", "https://oak.invalid/1"))),
        "/cedar": Answer(own((TALKS, "https://cedar.invalid/1"))),
    }
    store.save_catalogue([cedar, oak])
    collect(store, [replace(cedar, feeds=()), oak], lexicon, lambda _: None, now=True)
    for _ in range(2):
        collect(store, [cedar, oak], lexicon, lambda _: None, now=True)
    with store.engine.begin() as db:
        query = "SELECT o.id, i.title, i.about FROM item i JOIN outlet o ON o.number = i.outlet ORDER BY i.title"
        assert [tuple(row) for row in db.exec_driver_sql(query)] == [("cedar", TALKS, 1), ("oak", "Oak", 0)]
        assert db.exec_driver_sql("SELECT count(*) FROM sighting").scalar_one() == 3


def test_an_item_of_nobody_here_is_its_first_listers_and_not_the_services(
    site: Site, store: Store, lexicon: Lexicon
) -> None:
    page = ("Wire report (invented)", "https://elsewhere.invalid/1")
    assert collected(site, store, lexicon, query=own(page))[0][0] == "service"
    assert collected(site, store, lexicon, cedar=own(page))[0][:4] == ("cedar", page[0], "", "live")
