"""The language of short texts, in the lexicon's twelve languages and in those that look like them; all texts invented."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mentions import languages
from mentions.languages import TOLD, language_of
from mentions.lexicon import load_lexicon
from tests.conftest import ROOT

TITLES = [
    ("en", "Envoys of two neighbours meet on water after a year of silence"),
    ("en", "Lake rescue team honoured in Srinagar"),
    ("en", "KASHMIR TALKS RESUME IN GENEVA"),
    ("ur", "وادی میں برف باری کے بعد سڑکیں کھول دی گئیں"),
    ("ur", "دفتر خارجہ نے سفیر کو طلب کر لیا"),
    ("ur", "کشمیر کا دن، سادہ تقریب"),
    ("hi", "घाटी में बर्फ़बारी के बाद सड़कें खुलीं"),
    ("hi", "विदेश सचिव ने राजदूत को बुलाया"),
    ("ar", "وزير الخارجية يدعو إلى الحوار بين الجارتين"),
    ("ar", "اجتماع حول كشمير"),
    ("fa", "وزیر خارجه خواستار گفت‌وگوی دو همسایه شد"),
    ("fa", "نشست درباره کشمیر"),
    ("tr", "Dışişleri bakanı iki komşuya diyalog çağrısı yaptı"),
    ("tr", "KEŞMİR GÖRÜŞMELERİ YENİDEN BAŞLADI"),
    ("zh", "两国外长下月举行会谈"),
    ("zh", "克什米爾山谷降下大雪"),
    ("fr", "Le ministre appelle les deux voisins au dialogue"),
    ("fr", "LES POURPARLERS REPRENNENT À GENÈVE"),
    ("es", "El ministro pide diálogo entre los dos vecinos"),
    ("es", "Nieve en el valle de Cachemira"),
    ("de", "Außenminister ruft beide Nachbarn zum Gespräch auf"),
    ("de", "KASCHMIR: SCHNEE SPERRT DIE STRASSEN"),
    ("ru", "Министр призвал обоих соседей к диалогу"),
    ("ru", "Снег в долине"),
    ("bn", "দুই প্রতিবেশীকে আলোচনার আহ্বান জানালেন মন্ত্রী"),
    ("bn", "উপত্যকায় তুষারপাত"),
]
OTHERS = [
    ("Pashto", "د بهرنیو چارو وزیر له ګاونډیو سره د خبرو غوښتنه وکړه"),
    ("Sindhi", "ڪراچي ۾ مينهن کان پوءِ رستا بند ٿي ويا"),
    ("Marathi", "काश्मीर प्रश्नावर दोन्ही देशांनी चर्चा करावी, असे सचिवांनी सांगितले"),
    ("Nepali", "कश्मीर विषयमा दुई देशबीच वार्ता हुने भएको छ"),
    ("Gujarati", "કાશ્મીર મુદ્દે બંને દેશો વચ્ચે વાતચીત થશે"),
    ("Punjabi", "ਕਸ਼ਮੀਰ ਬਾਰੇ ਦੋਵਾਂ ਦੇਸ਼ਾਂ ਵਿਚਾਲੇ ਗੱਲਬਾਤ"),
    ("Italian", "Kashmir, il ministro chiede il dialogo tra i due Paesi"),
    ("Portuguese", "Ministro pede diálogo entre os dois países"),
    ("Indonesian", "Menteri luar negeri minta kedua negara berunding soal Kashmir"),
    ("Ukrainian", "Міністр закликав обидві країни до діалогу"),
    ("Japanese", "インド、カシミールに関する国連報告書を拒否"),
    ("Korean", "인도, 카슈미르 관련 유엔 보고서 거부"),
    ("Thai", "ไทยและกัมพูชาตกลงหยุดยิง"),
    ("Greek", "Η Ινδία απορρίπτει την έκθεση"),
]


def test_the_languages_told_are_those_of_the_lexicon() -> None:
    assert set(TOLD) == set(load_lexicon(ROOT / "data" / "lexicon").languages)


@pytest.mark.parametrize(("language", "title"), TITLES)
def test_short_titles_are_told(language: str, title: str) -> None:
    assert language_of(title) == language


@pytest.mark.parametrize(("language", "title"), OTHERS)
def test_other_languages_are_not_taken_for_one_of_ours(language: str, title: str) -> None:
    assert language_of(title) == ""


@pytest.mark.parametrize("text", ["", " \n", "370", "2019-08-05 18:30", "?!", "\0\1", "\ud800\udfff", "🏔🏔", "J&K"])
def test_nothing_is_said_where_nothing_tells(text: str) -> None:
    assert language_of(text) == ""


def test_a_long_text_is_told_by_its_beginning() -> None:
    german = "Der Rat berät am Abend über den Bericht. "
    assert language_of(german * 20 + "The council meets on the report tonight. " * 5000) == "de"


@given(st.text(st.characters(codec=None), max_size=80) | st.binary(max_size=80).map(lambda raw: raw.decode("latin-1")))
def test_any_text_gives_a_language_or_nothing(text: str) -> None:
    assert language_of(text) in {"", *TOLD}


def test_threads_that_ask_at_once_load_the_model_once() -> None:
    languages._identifier.cache_clear()
    ready = Barrier(4, timeout=60)

    def told(language: str, title: str) -> bool:
        ready.wait()
        return language_of(title) == language

    with ThreadPoolExecutor(4) as threads:
        assert all(threads.map(told, *zip(*TITLES[:24], strict=True)))
    assert languages._identifier.cache_info().misses == 1
