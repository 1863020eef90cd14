"""What people type: the same in any script and keyboard, told in plain words where it is wrong, and never FTS5's own syntax."""

import sqlite3
import unicodedata
from dataclasses import dataclass
from itertools import groupby

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mentions.search import DEEPEST, LONGEST, QueryError, query_of, segmented
from mentions.text import folded, is_word
from mentions.words import CREATE, NEWEST

Doc = tuple[str, str]


def found(docs: list[Doc], typed: str) -> set[int]:
    """The places of the documents (title, summary) that a query finds in a real index."""
    db = sqlite3.connect(":memory:")
    db.execute(CREATE)
    rows = [(place, segmented(title), segmented(summary)) for place, (title, summary) in enumerate(docs)]
    db.executemany("INSERT INTO words (rowid, title, summary) VALUES (?, ?, ?)", rows)
    try:
        return {seq for (seq,) in db.execute(NEWEST, (query_of(typed).expression, 1000))}
    finally:
        db.close()


def atoms(text: str) -> list[str]:
    """Words, single letters of scripts without spaces, and a bar where signs part two runs of such letters."""
    parts: list[str] = []
    blank = "".join(char if unicodedata.category(char)[0] in "LNM" else " " for char in folded(text))
    for run in blank.split():
        if parts and not is_word(parts[-1][0]) and not is_word(run[0]):
            parts.append("|")
        for spaced, letters in groupby(run, is_word):
            word = "".join(letters)
            parts += [word] if spaced else [*word]
    return parts


@dataclass(frozen=True)
class Phrase:
    """Words in their order, the last of them perhaps only begun, anywhere or in the title."""

    text: str
    quoted: bool
    star: bool
    title: bool

    def typed(self) -> str:
        words = f'"{self.text}"' if self.quoted else self.text
        return f"{'title:' if self.title else ''}{words}{'*' if self.star else ''}"

    def meets(self, doc: Doc) -> bool:
        return any(map(self.stands_in, doc[:1] if self.title else doc))

    def stands_in(self, text: str) -> bool:
        *words, last = atoms(self.text)
        there = atoms(text)
        return any(
            there[start : start + len(words)] == words
            and (there[start + len(words)].startswith(last) if self.star else there[start + len(words)] == last)
            for start in range(len(there) - len(words))
        )


@dataclass(frozen=True)
class Group:
    """What all must occur and what must not, or alternatives."""

    wanted: "tuple[Phrase | Group, ...]"
    unwanted: "tuple[Phrase | Group, ...]" = ()
    either: bool = False

    def typed(self) -> str:
        if self.either:
            return f"({' OR '.join(one.typed() for one in self.wanted)})"
        return " ".join(["(" + one.typed() + ")" for one in self.wanted] + [f"-{one.typed()}" for one in self.unwanted])

    def meets(self, doc: Doc) -> bool:
        met = (one.meets(doc) for one in self.wanted)
        return (any(met) if self.either else all(met)) and not any(one.meets(doc) for one in self.unwanted)


WORDS = (
    *("kashmir", "Kash", "UN", "indo-pak", "Geneva's", "NEAR", "1948", "१९४८"),
    *("کشمیر", "كشمير", "می‌شود", "भारत", "भारतीय", "কাশ্মীর", "Кашмир", "İSTANBUL", "ıstanbul", "réunion"),
    *("克什米尔", "克什", "米尔", "克什米爾", "米", "什米", "尔尔", "米尔尔", "5月", "แคชเมียร์", "เมียร์", "カシミール"),
)
texts = st.lists(st.tuples(st.sampled_from(WORDS), st.sampled_from((" ", ", ", "-", "、", ""))), max_size=6).map(
    lambda pairs: "".join(word + sign for word, sign in pairs)
)
corpora = st.lists(st.tuples(texts, texts), min_size=1, max_size=8)
QUOTED = st.lists(st.sampled_from(WORDS), min_size=1, max_size=3).map(" ".join)


def phrase(text: str, quoted: bool, star: bool, title: bool) -> Phrase:
    alone = len(atoms(text)) == 1 and not is_word(atoms(text)[0][0])  # such a letter is typed with a star
    return Phrase(text, quoted, star or alone, title)


phrases = st.one_of(
    st.builds(phrase, st.sampled_from(WORDS).filter(lambda word: word != "NEAR"), st.just(False), *[st.booleans()] * 2),
    st.builds(phrase, QUOTED, st.just(True), *[st.booleans()] * 2),
)
queries = st.recursive(
    phrases,
    lambda inner: st.one_of(
        st.builds(Group, st.lists(inner, min_size=1, max_size=3).map(tuple), st.lists(phrases, max_size=2).map(tuple)),
        st.builds(Group, st.lists(inner, min_size=2, max_size=3).map(tuple), st.just(()), st.just(True)),
    ),
    max_leaves=5,
)


@settings(max_examples=300)
@given(corpora, queries.filter(lambda one: len(one.typed()) <= LONGEST))
def test_what_is_found_is_what_plain_python_finds(docs: list[Doc], query: Phrase | Group) -> None:
    assert found(docs, query.typed()) == {place for place, doc in enumerate(docs) if query.meets(doc)}


SYNTAX = st.sampled_from(
    [*"\"()*:-^{}+,.'\0;", " ", " AND ", " OR ", " NOT ", "NEAR(", "title:", "summary:", "rank:", "x", "印", "“", "（"]
)


@given(st.lists(SYNTAX | st.characters(), max_size=40).map("".join))
def test_anything_typed_is_searched_or_refused_in_words(typed: str) -> None:
    try:
        query_of(typed)
    except QueryError as error:
        assert len(str(error)) > 20
        return
    found([("x", "")], typed)


@given(st.text())
def test_words_are_cut_at_the_spaces_only(text: str) -> None:
    db = sqlite3.connect(":memory:")
    db.execute(CREATE)
    db.execute("CREATE VIRTUAL TABLE vocabulary USING fts5vocab(words, 'row')")
    db.execute("INSERT INTO words (rowid, title, summary) VALUES (1, ?, '')", (segmented(text),))
    assert {term for (term,) in db.execute("SELECT term FROM vocabulary")} == set(segmented(text).split())
    db.close()


@pytest.mark.parametrize("way", ["a OR b -d -title:(", "a OR b -(", "a b (c OR ", "title:(a OR b c (", "x -("])
def test_brackets_in_brackets_are_read_as_deep_as_is_promised(way: str) -> None:
    typed = way * (DEEPEST // way.count("(")) + "y" + ")" * (DEEPEST // way.count("(") * way.count("("))
    assert len(typed) <= LONGEST
    assert found([("x y", "")], f"x {typed}" if way[0] == "x" else f"x OR {typed}") is not None


TALKS = ("Talks on Kashmir in Geneva", "The Line of Control was quiet, near the UN's post")
SAME = {
    # what finds the text of TALKS, and what does not
    "all words": ("geneva quiet", "geneva loud"),
    "phrase": ('"line of control"', '"control of line"'),
    "phrase over the fields": ("geneva line", '"geneva the line"'),
    "prefix": ("kash*", "ashm*"),
    "prefix of a phrase": ('"line of con"*', '"line of con"'),
    "or": ("lahore OR geneva", "lahore OR delhi"),
    "or binds less": ("lahore delhi OR geneva", "lahore delhi OR geneva rome"),
    "not": ("kashmir NOT cricket", "kashmir NOT quiet"),
    "minus": ("kashmir -cricket", "kashmir -quiet"),
    "minus phrase": ('kashmir -"line of fire"', 'kashmir -"line of control"'),
    "minus bracket": ("kashmir -(cricket OR film)", "kashmir -(cricket OR quiet)"),
    "and": ("kashmir AND geneva", "kashmir AND delhi"),
    "small or is a word": ("kashmir", "kashmir or geneva"),
    "title": ("title:kashmir", "title:quiet"),
    "title of a bracket": ("title:(rome OR geneva)", "title:(quiet OR control)"),
    "full-width signs": ("（ｒｏｍｅ　ＯＲ　ｇｅｎｅｖａ）", "（ｒｏｍｅ　ＯＲ　ｏｓｌｏ）"),
    "curly quotes": ("“line of control”", "“control of line”"),
    "German quotes": ("„line of control“", "„control of line“"),
    "French quotes": ("«line of control»", "«control of line»"),
    "Chinese quotes": ("「line of control」", "「control of line」"),
    "dash as minus": ("kashmir –cricket", "kashmir –quiet"),
    "dash between words": ("geneva – kashmir", "geneva – rome"),
    "hyphen": ("line-of-control", "control-of-line"),
    "right-to-left mark": ("kashmir \u200f-cricket", "kashmir \u200f-quiet"),
    "apostrophe": ("un’s", "un’t"),
    "signs between words": ("geneva & kashmir …", "geneva & rome …"),
    "FTS5 column": ("quiet", "summary:quiet"),
    "FTS5 columns": ("quiet", "{summary}:quiet {title}"),
    "FTS5 near": ("NEAR(geneva quiet)", "NEAR(geneva quiet, 20)"),
    "FTS5 start": ("^kashmir", "^rome"),
    "SQL": ("geneva", "geneva'; DROP TABLE words --"),
}


@pytest.mark.parametrize("finds,misses", SAME.values(), ids=SAME)
def test_the_language_of_queries(finds: str, misses: str) -> None:
    assert found([TALKS], finds) == {0}
    assert found([TALKS], misses) == set()


def test_any_part_of_a_run_without_spaces_is_found() -> None:
    talks = ("2019年5月印巴会谈，谈判UN。แคชเมียร์", "")
    finding = ("印巴", "5月", "年5", "巴會談", "谈判", "谈*", "判un", "年*", '"会谈，谈判"', "เมีย", "UN、แค")
    missing = ("5印", "巴谈", "会谈谈判", "会谈判", "判谈", "019年", "月5*", "เมร")
    assert [typed for typed in (*finding, *missing) if found([talks], typed)] == [*finding]


WRONG = {
    # what is typed: what the message says
    "": "Type a word",
    "  ": "Type a word",
    "… & !": "no word in … & !",
    "@account": "names of accounts are not searched",
    "https://cedar.invalid/a": "web addresses",
    '"line of control': 'put one before the phrase and one after it, as in "line of control"',
    "“line of control": "quotation mark is missing",
    "(talks OR mediation": "not closed: put )",
    "talks) OR mediation": "put ( before",
    "()": "no word between the brackets",
    "kashmir ( )": "no word between the brackets",
    "talks OR": "as in talks OR mediation",
    "OR talks": "as in talks OR mediation",
    "talks OR OR mediation": "as in talks OR mediation",
    "talks AND": "as in kashmir AND talks",
    "AND talks": "as in kashmir AND talks",
    "talks AND OR mediation": "as in kashmir AND talks",
    "-cricket": "add a word that must occur",
    "NOT cricket": "add a word that must occur",
    "kashmir OR -cricket": "add a word that must occur",
    "kashmir NOT": "as in kashmir -cricket",
    "kashmir NOT NOT cricket": "as in kashmir -cricket",
    "kashmir -…": "as in kashmir -cricket",
    "title:": "as in title:kashmir",
    "title:… kashmir": "as in title:kashmir",
    "title:title:kashmir": "as in title:kashmir",
    "*": "at the end of a word",
    "*mir": "at the end of a word",
    "ka*mir": "at the end of a word",
    '"line of"*x': "at the end of a word",
    "印": "type two, or 印*",
    "คํา -ก": "type two, or ก*",
    "(" * (DEEPEST + 1) + "a" + ")" * (DEEPEST + 1): "leave some out",
    "x" * (LONGEST + 1): "at most 200 characters, and these are 201",
}


@pytest.mark.parametrize("typed,said", WRONG.items(), ids=[repr(typed)[:40] for typed in WRONG])
def test_what_is_wrong_is_said_with_what_to_type_instead(typed: str, said: str) -> None:
    with pytest.raises(QueryError) as caught:
        query_of(typed)
    assert said in str(caught.value)


def test_the_cutting_of_texts_is_that_which_the_rules_of_the_index_name() -> None:
    """Where this fails, the first number of RULES in mentions/words.py is to be counted up: stores are then indexed anew."""
    sample = "J&amp;K’s Indo-Pak TALKS, #StopNow 5月印巴會談。 แคช ك\u064eشمير کشمیر می‌شود १९४८ কাশ্মীর Straße İĞ <b>x</b> @me ½"
    assert segmented(sample) == (
        "j k s indo pak talks stopnow stop now 5 月印 印巴 巴会 会谈 谈 แค คช ช کشمیر کشمیر میشود 1948 কাশ্মির strasse ig x 1 2"
    )
