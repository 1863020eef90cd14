"""Agencies are found where texts credit them, and never in running prose. All texts are invented."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mentions.catalogue import CatalogueError
from mentions.wires import Wire, Wires, load_wires

DATA = Path(__file__).resolve().parents[1] / "data"
TABLE = load_wires(DATA)
WIRES = Wires(TABLE)

SUMMARIES = {
    "SRINAGAR, Nov 3 (KNS): Traders of the valley met the administrator.": "kns",
    "ISLAMABAD: (APP) The foreign office said talks would go on.": "app",
    "Muzaffarabad, Nov. 3 (KMS): A rally was held.": "kms",
    "NEW DELHI (Reuters) - The ministry declined to comment.": "reuters",
    "GENEVA (AP) — Delegates met behind closed doors.": "ap",
    "New Delhi, Nov 3 (PTI) The court heard the petition": "pti",
    "NEW DELHI, Nov 3 (PTI) The court heard the petition": "pti",
    "JEDDAH (UNA/SPA) - The contact group will meet.": "una",
    "ANKARA (AA) - Dışişleri Bakanlığı açıklama yaptı.": "anadolu",
    "Islamabad (dpa) - Die Minister trafen sich.": "dpa",
    "Ginebra, 3 nov (EFE).- Los delegados se reunieron.": "efe",
    "МОСКВА, 3 ноября. /ТАСС/. Министры провели встречу.": "tass",
    "ИСЛАМАБАД, 3 ноя — РИА Новости. Министры провели встречу.": "ria",
    "新华社伊斯兰堡11月3日电（记者某某）两国外长举行会晤。": "xinhua",
    "中新社北京11月3日电 外交部发言人回答提问。": "chinanews",
    "اسلام آباد (اے پی پی) ترجمان نے کہا کہ بات چیت جاری رہے گی": "app",
    "لاہور(این این آئی)رہنماؤں نے ملاقات کی": "nni",
    "नयी दिल्ली, तीन नवंबर (भाषा) मंत्रालय ने बयान जारी किया": "pti",
    "جدة (يونا) - عقد فريق الاتصال اجتماعا": "una",
    "به گزارش خبرگزاری مهر، وزیران دیدار کردند": "mehr",
    "به گزارش ایرنا، وزیران دیدار کردند": "irna",
    "Traders of the valley met the administrator. (PTI)": "pti",
    "Traders of the valley met the administrator. (With inputs from ANI)": "ani",
    "Traders of the valley met the administrator (AFP News Agency).": "afp",
    "Traders of the valley met the administrator. — Reuters": "reuters",
    "Traders of the valley met the administrator. Source: IANS": "ians",
    "مذاکرات جاری رہیں گے (کے ایم ایس)۔": "kms",
    "वार्ता जारी रहेगी, मंत्रालय ने कहा। (एएनआई)": "ani",
    "谈判将继续进行。来源：新华社": "xinhua",
}


@pytest.mark.parametrize("summary", SUMMARIES)
def test_credits_at_the_ends_of_a_summary(summary: str) -> None:
    assert WIRES.of("Talks go on", summary) == SUMMARIES[summary]


PROSE = [
    "An official told PTI that the road was open.",
    "According to Reuters the ministers met in the morning, and AFP quoted an aide.",
    "The chief minister spoke in Vijayawada (AP) after the rally in the old town.",
    "UN officials were in Vijayawada (AP) today for a meeting of their own",
    "A rally was held in Vijayawada (AP)",
    "The tourist office launched an APP for visitors of the valley.",
    "The road was open, officials told news agency Press Trust of India.",
    "The lake in winter (Photo by A. Photographer/AFP via an archive)",
    "PTI leaders asked the court for a date",
    "پی ٹی آئی رہنماؤں نے عدالت سے رجوع کیا",
    "بات چیت آن لائن ہوئی",
    "वार्ता जारी रहेगी",
    "外交部说，新华社记者也在场。",
    "(Photo by our reporter) The lake in winter",
    "",
]


@pytest.mark.parametrize("summary", PROSE)
def test_names_in_prose_are_no_credit(summary: str) -> None:
    assert WIRES.of("Talks go on", summary) == ""


def test_titles_credit_in_brackets_or_after_source_only() -> None:
    assert WIRES.of("Talks go on (PTI)", "") == "pti"
    assert WIRES.of("Army prepares for winter – Reuters", "") == "", "it may be whom the outlet quotes"


@pytest.mark.parametrize(
    ("creator", "wire"),
    [
        ("PTI", "pti"),
        ("By Press Trust of India", "pti"),
        ("Our correspondent, AP", "ap"),
        ("AFP and Reuters", "afp"),
        ("اے پی پی", "app"),
        ("A. P. Writer", ""),
    ],
)
def test_an_agency_as_the_author(creator: str, wire: str) -> None:
    assert WIRES.of("Talks go on", "The ministers met.", creator) == wire


@pytest.mark.parametrize("name", sorted({name for wire in TABLE for name in wire.credits}))
def test_each_credit_of_the_table_is_found_in_a_dateline(name: str) -> None:
    expected = {name: wire.id for wire in TABLE for name in wire.credits}[name]
    assert WIRES.of("", f"GENEVA, Nov 3 ({name}): The delegates met.") == expected


@given(st.text(), st.text(), st.text())
def test_any_text_gives_an_agency_of_the_table_or_none(title: str, summary: str, creator: str) -> None:
    assert WIRES.of(title, summary, creator) in {"", *(wire.id for wire in TABLE)}


def written(folder: Path, text: str) -> Path:
    (folder / "wires.toml").write_text(text, encoding="utf-8")
    return folder


def test_a_table_is_read(tmp_path: Path) -> None:
    folder = written(tmp_path, '[[wire]]\nid = "cn"\nname = "Cedar News"\ncredits = ["CN", "سیڈر"]\n')
    assert load_wires(folder) == (Wire("cn", "Cedar News", ("CN", "سیڈر")),)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ('[[wire]]\nid = "C N"\nname = "Cedar"\ncredits = ["CN"]', "field id: 'C N' must be"),
        ('[[wire]]\nid = "cn"\ncredits = ["CN"]', "number 1 (cn): field name: is missing"),
        ('[[wire]]\nid = "cn"\nname = "Cedar"', "field credits: must be"),
        ('[[wire]]\nid = "cn"\nname = "Cedar"\ncredits = "CN"', "field credits: must be a list"),
        ('[[wire]]\nid = "cn"\nname = "Cedar"\ncredits = ["CN"]\nxx = ["CN"]', "field xx: is unknown"),
        (
            '[[wire]]\nid = "cn"\nname = "C"\ncredits = ["CN"]\n[[wire]]\nid = "dn"\nname = "D"\ncredits = ["CN"]',
            "is one of cn",
        ),
        (
            '[[wire]]\nid = "cn"\nname = "C"\ncredits = ["CN"]\n[[wire]]\nid = "cn"\nname = "D"\ncredits = ["D"]',
            "no other block's",
        ),
        ("wire = 1", "must be written [[wire]]"),
        ("[[agency]]", "agency: is unknown"),
        ("[[wire", "cannot be read as TOML"),
    ],
)
def test_faults_are_named(tmp_path: Path, text: str, fault: str) -> None:
    with pytest.raises(CatalogueError) as caught:
        load_wires(written(tmp_path, text))
    assert fault in str(caught.value)
    assert "wires.toml" in str(caught.value)


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError) as caught:
        load_wires(written(tmp_path, '[[wire]]\nid = "cn"\n[[wire]]\nid = "!"\nname = "D"\ncredits = ["D"]'))
    assert len(str(caught.value).splitlines()) == 3
