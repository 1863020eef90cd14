"""The normalisation: what it makes equal, what it keeps apart, and the way back to the given characters."""

import html
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mentions.text import folded, is_word, mapped, shouts

SAME = [
    ("J&amp;amp;K", "J&K"),
    ("Kashmir&#8217;s", "Kashmir's"),
    ("<p>Kashmir</p><p>talks</p>", "Kashmir talks"),
    ("<b>Kash</b>mir", "Kashmir"),
    ("<script>var kashmir;</script>news", "news"),
    ("Indian\u2011administered", "Indian administered"),
    ("a\u00a0\u2009b", "a b"),
    ("Kash\u00admir\ufeff", "Kashmir"),
    ("KEŞMİR", "keşmir"),
    ("KEŞMIR", "keşmir"),
    ("كشمير", "کشمیر"),
    ("کـشمیر", "کشمیر"),
    ("كَشمير", "کشمیر"),
    ("بھارت", "بہارت"),
    ("کشمیری‌ها", "کشمیریها"),
    ("آزاد", "ازاد"),
    ("آرٹیکل ۳۷۰", "آرٹیکل 370"),
    ("ज़मीन", "जमीन"),
    ("पाँच", "पांच"),
    ("কাশ্মীর", "কাশ্মির"),
    ("克什米爾", "克什米尔"),
    ("聯合國 安理會", "联合国安理会"),
    ("查謨·克什米爾", "查谟克什米尔"),
    ("歐盟記者長篇", "欧盟记者长篇"),
    ("克什米尔 \u200b 问题", "克什米尔问题"),
    ("中国 G20 会议", "中国 g20 会议"),
    ("see https://kashmir.example/x now", "see now"),
    ("RT @KashmirDesk: rain", "RT : rain"),
    ("#कश्मीर में", "कश्मीर में"),
]
APART = [("कश्मीर", "कशमीर"), ("kaşmir", "keşmir"), ("کشمیر", "کشمور"), ("قبضہ", "قبضے")]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_spellings_of_one_word_meet(one: str, other: str) -> None:
    assert folded(one) == folded(other)


@pytest.mark.parametrize(("one", "other"), APART)
def test_different_words_stay_apart(one: str, other: str) -> None:
    assert folded(one) != folded(other)


def test_hashtags_are_kept_and_split() -> None:
    assert folded("#KashmirDay2019") == "kashmirday2019 kashmir day 2019"
    assert folded("#IIOJK") == "iiojk"
    assert folded("#КашмирПереговоры") == "кашмирпереговоры кашмир переговоры"
    assert folded("#Keşmirİçin") == "kesmiricin kesmir icin"


def test_a_character_leads_back_to_what_was_given() -> None:
    text = mapped("so &amp;amp; <i>J&amp;K</i>")
    place = text.plain.index("j&k")
    assert "so &amp;amp; <i>J&amp;K</i>"[text.starts[place] : text.ends[place + 2]] == "J&amp;K"


@pytest.mark.parametrize(
    ("char", "word"), [("a", True), ("م", True), ("ी", True), ("7", True), ("克", False), ("-", False)]
)
def test_word_characters(char: str, word: bool) -> None:
    assert is_word(char) is word


def test_capitals_tell_nothing_in_a_shouted_title() -> None:
    assert shouts("ECO PARK OPENS IN TOWN")
    assert not shouts("ECO meets in town")


@given(st.text())
def test_both_roads_give_the_same_text(text: str) -> None:
    assert mapped(text).plain == folded(text)


@given(st.text(alphabet="ab&#;<>/x3p=\"' @:#K\u0301ی \n", max_size=60))
def test_both_roads_give_the_same_text_in_broken_markup(text: str) -> None:
    assert mapped(text).plain == folded(text)


@given(st.text())
def test_offsets_lie_in_the_given_text(text: str) -> None:
    found = mapped(text)
    assert len(found.plain) == len(found.starts) == len(found.ends)
    assert all(0 <= start < end <= len(text) for start, end in zip(found.starts, found.ends, strict=True))


# Scripts of the lexicon, kana and Han; left out are characters that are a bracket, or the end of a reference, in one
# of the two forms only.
SCRIPTS = st.one_of(
    st.characters(max_codepoint=0x0DFF, exclude_characters="&\u037e"),
    st.characters(min_codepoint=0x2000, max_codepoint=0x9FFF, exclude_characters="\u226e\u226f"),
)


@given(st.text(alphabet=SCRIPTS))
def test_composed_and_decomposed_text_are_one(text: str) -> None:
    assert folded(unicodedata.normalize("NFC", text)) == folded(unicodedata.normalize("NFD", text))


@given(st.text(alphabet=st.characters(exclude_characters="&", exclude_categories=["Cs"])))
def test_escaped_text_is_the_same_text(text: str) -> None:
    assert folded(html.escape(text)) == folded(text)
