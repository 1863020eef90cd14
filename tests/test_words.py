"""Search in a store: articles are found by the words they were first saved with, in any script, and nothing else is."""

import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text

from mentions import store as stores
from mentions.model import Item, Tags
from mentions.search import QueryError
from mentions.store import Store
from mentions.urls import key
from tests.conftest import item, look, outlet

FEED = "https://cedar.invalid/feed"
OAK = "https://oak.invalid/feed"
SERVICE = "https://service.invalid/feed"
ARTICLE = Tags(about=True)


@pytest.fixture
def filled(store: Store) -> Store:
    """A store that knows two outlets and an aggregator."""
    service = replace(outlet("service", SERVICE), aggregates=True)
    store.save_catalogue([outlet("cedar", FEED), outlet("oak", OAK), service])
    return store


def titled(title: str, summary: str = "", url: str = "https://cedar.invalid/a", owner: str = "cedar") -> Item:
    return replace(item(url, owner, 1000, title), summary=summary)


def found(store: Store, typed: str) -> list[int]:
    """What a search finds, the last saved first, through a connection that may only read."""
    seqs: list[int] = stores.existing(str(store.path)).search(typed).seqs["seq"].to_pylist()
    return seqs


def sound(store: Store) -> bool:
    """Whether the index says of itself that it is whole."""
    with store.engine.begin() as db:
        db.execute(text("INSERT INTO words (words) VALUES ('integrity-check')"))
    return True


TITLES = {
    # language: an invented title, searches that find it, and one that does not
    "en": ("Envoys meet in Geneva over Kashmir’s future", ("ENVOYS kashmir", '"meet in Geneva"', "Kashmir's"), "kash"),
    "ur": ("جنیوا میں کشمیر پر سفیروں کی ملاقات", ("كشمير", "سفیروں کی", "سفیر*", "جَنیوا"), "سفیر"),
    "hi": ("जिनेवा में कश्मीर पर दूतों की १२ बैठकें", ("कश्मीर", '"कश्मीर पर"', "बैठक*", "12"), "कश"),
    "ar": ("اجتماع السفراء في جنيف بشأن كشمير", ("کشمیر", "كَشْمِير جنيف", "السفرا*", "جنیف"), "سفر"),
    "fa": ("دیدار سفیران در ژنو برگزار می‌شود", ("سفيران", "ميشود", '"در ژنو"', "سفیر*"), "سفیر"),
    "tr": ("Elçiler Keşmir için ISPARTA ve İstanbul'da", ("KEŞMİR", "ısparta", "istanbul", "ELCILER"), "isparta'da"),
    "zh": ("克什米尔问题日内瓦会谈", ("克什米爾", "日內瓦", "「克什米爾問題」", "什米", "会谈 -板球"), "日会"),
    "fr": (
        "Les émissaires réunis à Genève : « le Cachemire »",
        ("GENEVE", "Émissaires", "«le cachemire»"),
        "emissaire",
    ),
    "es": ("Los enviados se reúnen en Ginebra por Cachemira", ("reunen", "ginebra OR lima", "envia*"), "envia"),
    "de": ("Gesandte in Genf: Straße nach Kaschmir öffnet", ("STRASSE", "offnet", "„nach Kaschmir“"), "öff"),
    "ru": ("Посланники обсудили Кашмир ещё раз", ("КАШМИР", "еще", "посланник*"), "посланник"),
    "bn": ("জেনেভায় কাশ্মীর নিয়ে দূতদের বৈঠক", ("কাশ্মির", '"কাশ্মীর নিয়ে"', "জেনেভা*"), "জেনেভা"),
}


@pytest.mark.parametrize("field", ["title", "summary"])
@pytest.mark.parametrize("title,finding,missing", TITLES.values(), ids=TITLES)
def test_words_are_found_in_twelve_languages(
    filled: Store, title: str, finding: tuple[str, ...], missing: str, field: str
) -> None:
    one = titled(title) if field == "title" else titled("", title)
    other = titled("Library opens in Porto", "", "https://cedar.invalid/b")
    filled.save([look(FEED, 10, (one, ARTICLE), (other, ARTICLE))])
    assert {typed: found(filled, typed) for typed in finding} == {typed: [1] for typed in finding}
    assert found(filled, missing) == []
    assert found(filled, f"title:{finding[0].split()[0]}") == ([1] if field == "title" else [])


def test_the_last_saved_come_first_and_what_was_cut_is_said(filled: Store) -> None:
    items = [titled("Kashmir", url=f"https://cedar.invalid/{n}") for n in range(5)]
    filled.save([look(FEED, 10, *((one, ARTICLE) for one in items))])
    reader = stores.existing(str(filled.path))
    for most, seqs, cut in ((6, [5, 4, 3, 2, 1], False), (5, [5, 4, 3, 2, 1], False), (2, [5, 4], True)):
        result = reader.search("kashmir", most)
        assert (result.seqs["seq"].to_pylist(), result.cut) == (seqs, cut)
    nothing = reader.search("porto")
    assert (nothing.seqs.num_rows, nothing.cut) == (0, False)
    assert nothing.seqs.schema == reader.search("kashmir").seqs.schema


def test_what_cannot_be_searched_is_said_in_words(filled: Store) -> None:
    with pytest.raises(QueryError, match="A quotation mark is missing"):
        filled.search('"kashmir')


def test_only_articles_are_indexed(filled: Store) -> None:
    filled.save([look(FEED, 10, (titled("Library opens in Porto"), Tags()))])
    assert found(filled, "library") == []


def test_what_was_first_saved_is_what_is_searched(filled: Store) -> None:
    filled.save([look(FEED, 10, (titled("Envoys meet"), ARTICLE))])
    filled.save([look(FEED, 20, (titled("Envoys part"), ARTICLE))])
    assert (found(filled, "meet"), found(filled, "part")) == ([1], [])


def test_a_batch_that_fails_leaves_no_word(filled: Store) -> None:
    with pytest.raises(KeyError):
        filled.save([look(FEED, 10, (titled("Envoys meet"), ARTICLE)), look("https://nobody.invalid/", 11)])
    assert found(filled, "envoys") == []
    filled.save([look(FEED, 20, (titled("Envoys part"), ARTICLE))])
    assert (found(filled, "meet"), found(filled, "part")) == ([], [1])


def test_what_only_a_query_listed_is_found_once_its_outlet_lists_it(filled: Store) -> None:
    listed = replace(titled("Envoys meet", url="https://service.invalid/1"), key=key("title:cedar:Envoys meet"))
    filled.save([look(SERVICE, 10, (listed, ARTICLE))], channel="query")
    assert found(filled, "envoys") == []
    filled.save([look(FEED, 20, (titled("ENVOYS MEET", "in Geneva"), ARTICLE))])
    assert (found(filled, "envoys"), found(filled, "geneva")) == ([1], [1])


@pytest.mark.parametrize("tags", [ARTICLE, Tags()], ids=["an article", "none"])
def test_a_claimed_item_is_found_by_its_outlets_words(filled: Store, tags: Tags) -> None:
    others = titled("Kashmir: envoys", "as another has it", owner="oak")
    filled.save([look(OAK, 10, (others, ARTICLE), (titled("Kashmir", url="https://cedar.invalid/b"), ARTICLE))])
    own, fresh = titled("Kashmir: talks", "as we have it"), titled("Kashmir", url="https://cedar.invalid/c")
    filled.save([look(FEED, 20, (own, tags), (fresh, ARTICLE))], owner=lambda _: "cedar")
    assert (found(filled, "envoys"), found(filled, "another")) == ([], [])
    assert found(filled, "talks") == ([1] if tags.about else [])
    assert found(filled, "kashmir") == ([3, 2, 1] if tags.about else [3, 2])
    assert sound(filled)


def test_a_retag_takes_words_in_and_out(filled: Store) -> None:
    items = [titled(f"Envoys {n}", url=f"https://cedar.invalid/{n}") for n in range(4)]
    filled.save([look(FEED, 10, *zip(items, (ARTICLE, Tags(), ARTICLE, Tags()), strict=True))])
    assert found(filled, "envoys") == [3, 1]
    filled.retag({1: Tags(), 2: ARTICLE, 3: Tags(about=True, forums=4)}, "lexicon", 3, "")
    assert found(filled, "envoys") == [3, 2]
    assert [found(filled, str(n)) for n in range(4)] == [[], [2], [3], []]
    filled.end_retag("lexicon")
    assert found(filled, "envoys") == [3, 2]
    assert sound(filled)


STORES = Path(__file__).parent / "stores"


@pytest.mark.parametrize("version", ["version1.sql", "version2.sql"])
def test_the_articles_of_a_store_of_an_older_version_are_found(tmp_path: Path, version: str) -> None:
    path = tmp_path / "old.db"
    with sqlite3.connect(path) as db:
        db.executescript((STORES / version).read_text(encoding="utf-8"))
        db.execute("UPDATE item SET about = 1, title = 'Old envoys'")
    store = stores.writing(str(path), "real")
    assert found(store, "envoys") == [1]
    assert store.save([look(FEED, 3000, (titled("New envoys", url="https://cedar.invalid/new"), ARTICLE))]) == 1
    assert found(store, "envoys") == [2, 1]


def test_an_index_made_by_other_rules_is_made_anew(filled: Store) -> None:
    filled.save([look(FEED, 10, (titled("Envoys meet"), ARTICLE))])
    with filled.engine.begin() as db:
        db.execute(text("INSERT INTO words (words) VALUES ('delete-all')"))
    assert found(stores.writing(str(filled.path), "real"), "envoys") == []
    with filled.engine.begin() as db:
        db.execute(text("UPDATE meta SET value = '0' WHERE name = 'words'"))
    assert found(stores.writing(str(filled.path), "real"), "envoys") == [1]
    assert sound(filled)


def test_invented_articles_are_found_too(tmp_path: Path) -> None:
    where = str(tmp_path / "x.demo.db")
    with stores.fresh_demo(where) as demo:
        demo.save_catalogue([outlet("cedar", FEED)])
        demo.save([look(FEED, 10, (titled("[invented] Envoys meet"), ARTICLE))])
    assert found(stores.existing(where), "invented envoys") == [1]
