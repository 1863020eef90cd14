"""Copies are found in every script, and what is only worded alike is kept apart. All texts and outlets are invented."""

from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mentions.likeness import Report
from mentions.stories import Link, Window

DAY = 86400
NOON = 20_000 * DAY + DAY // 2
TALKS = "Foreign ministers agree to resume talks on Kashmir after a gap of years"
LEAD = (
    "The foreign ministers of both countries agreed on Monday to resume a dialogue that was broken off years ago, "
    "officials said after a meeting on the margins of the assembly in New York, where both had come for the week."
)
HEADS = {
    "en": TALKS,
    "ur": "وزرائے خارجہ کشمیر پر بات چیت دوبارہ شروع کرنے پر متفق ہو گئے",
    "hi": "विदेश मंत्री कश्मीर पर बातचीत फिर शुरू करने पर सहमत हुए",
    "ar": "وزراء الخارجية يتفقون على استئناف المحادثات بشأن كشمير",
    "fa": "وزیران خارجه بر سر ازسرگیری گفت‌وگوها درباره کشمیر توافق کردند",
    "tr": "Dışişleri bakanları Keşmir görüşmelerini yeniden başlatmakta anlaştı",
    "zh": "两国外长同意重启关于克什米尔问题的对话",
    "ru": "Министры иностранных дел договорились возобновить переговоры по Кашмиру",
    "bn": "পররাষ্ট্রমন্ত্রীরা কাশ্মীর নিয়ে আলোচনা আবার শুরু করতে সম্মত হয়েছেন",
}
LEADS = {
    "en": LEAD,
    "ur": "دونوں ملکوں کے وزرائے خارجہ نے پیر کے روز نیویارک میں ملاقات کے بعد کہا کہ وہ برسوں سے رکے ہوئے مذاکرات "
    "دوبارہ شروع کریں گے اور آئندہ اجلاس دارالحکومت میں ہو گا",
    "hi": "दोनों देशों के विदेश मंत्रियों ने सोमवार को न्यूयॉर्क में बैठक के बाद कहा कि वे वर्षों से रुकी हुई बातचीत फिर शुरू करेंगे "
    "और अगली बैठक राजधानी में होगी",
    "ar": "قال وزيرا خارجية البلدين بعد اجتماع في نيويورك يوم الاثنين إنهما سيستأنفان الحوار المتوقف منذ سنوات "
    "وإن الجولة المقبلة ستعقد في العاصمة",
    "zh": "两国外长星期一在纽约举行会晤后表示，双方将恢复中断多年的对话，下一轮会谈将在首都举行，具体日期尚未确定。",
    "ru": "Министры иностранных дел двух стран заявили в понедельник после встречи в Нью-Йорке, что возобновят диалог, "
    "прерванный много лет назад",
}


def placed(*rows: tuple[str, float, str, str], window: Window | None = None) -> list[Link]:
    """Links of reports given as (outlet, days after the first noon, title, summary)."""
    window, seqs = Window() if window is None else window, count(1)
    return [
        window.place(Report(seq, NOON + round(days * DAY), outlet, f"{outlet}.example/{seq}", title, summary))
        for seq, (outlet, days, title, summary) in zip(seqs, rows, strict=False)
    ]


def stories(*rows: tuple[str, float, str, str]) -> list[int]:
    return [link.story for link in placed(*rows)]


@pytest.mark.parametrize("language", HEADS)
def test_same_title_in_another_outlet_is_a_copy(language: str) -> None:
    first, second = placed(("cedar", 0, HEADS[language], ""), ("harbour", 0.2, HEADS[language], ""))
    assert first == Link(1, 1, "", 1, 0.0)
    assert second == Link(2, 1, "same title", 1, 1.0)


@pytest.mark.parametrize("language", LEADS)
def test_a_text_under_another_title_is_a_copy(language: str) -> None:
    link = placed(("cedar", 0, HEADS[language], LEADS[language]), ("harbour", 0.2, "", LEADS[language]))[1]
    assert (link.story, link.rule, link.likeness) == (1, "same text", 1.0)


@pytest.mark.parametrize("language", LEADS)
def test_a_text_cut_short_is_a_copy(language: str) -> None:
    whole = LEADS[language]
    cut = whole[: round(len(whole) * 0.75)]
    assert stories(("cedar", 0, "", whole), ("harbour", 0.2, "", cut)) == [1, 1]


def test_the_outlets_name_is_no_part_of_a_title() -> None:
    titles = (TALKS, f"{TALKS} - Cedar Gazette", f"{TALKS} | Harbour Post", f"{TALKS} – The Cedar Gazette")
    links = placed(*(("cedar-gazette", number / 48, title, "") for number, title in enumerate(titles)))
    assert [link.rule for link in links[1:]] == ["same title"] * 3


def test_a_dateline_and_an_edited_word_do_not_hide_a_copy() -> None:
    edited = "NEW YORK, Nov 3 (WIRE): " + LEAD.replace("agreed on Monday", "have agreed").replace("officials", "aides")
    assert stories(("cedar", 0, TALKS, LEAD), ("harbour", 0.2, "Dialogue to be taken up again", edited)) == [1, 1]


def test_one_address_is_one_story() -> None:
    window = Window()
    window.place(Report(1, NOON, "cedar", "cedar.example/a", "Assembly opens", ""))
    link = window.place(Report(2, NOON, "cedar", "cedar.example/a", "Assembly opens amid protest", ""))
    assert (link.story, link.rule) == (1, "same address")


def test_without_address_or_title_nothing_is_shared() -> None:
    window = Window()
    links = [window.place(Report(seq, NOON, "cedar", "", "", "")) for seq in (1, 2)]
    assert [link.story for link in links] == [1, 2]


OUTLETS = ["cedar", "harbour", "meadow", "river"]
TOLL = (
    "killed in a gunfight with militants in a village of the district, the police said on Monday evening in a statement"
)
APART = {
    "days of a curfew": (
        ("Curfew enters day 12 in the valley, markets shut", LEAD),
        ("Curfew enters day 13 in the valley, markets shut", LEAD),
    ),
    "tolls in digits": (("Gunfight in Kashmir", f"3 soldiers were {TOLL}"), ("Clash", f"5 soldiers were {TOLL}")),
    "tolls in words": (
        ("Three soldiers die in Kashmir gunfight", f"Three soldiers were {TOLL}"),
        ("Seven soldiers die in Kashmir gunfight", f"Seven soldiers were {TOLL}"),
    ),
    "tolls in Urdu": (
        (
            "جھڑپ میں تین اہلکار ہلاک",
            "ضلع کے ایک گاؤں میں پیر کی شام جھڑپ کے دوران تین اہلکار ہلاک ہو گئے، پولیس نے بتایا",
        ),
        (
            "جھڑپ میں پانچ اہلکار ہلاک",
            "ضلع کے ایک گاؤں میں پیر کی شام جھڑپ کے دوران پانچ اہلکار ہلاک ہو گئے، پولیس نے بتایا",
        ),
    ),
    "places": (
        ("Gunfight breaks out in Northvale", f"Two soldiers in Northvale were {TOLL}"),
        ("Gunfight breaks out in Southvale", f"Two soldiers in Southvale were {TOLL}"),
    ),
    "a word exchanged in a title": (
        ("Minister of Cedarland rejects the offer of talks on Kashmir", ""),
        ("Minister of Harbourland rejects the offer of talks on Kashmir", ""),
    ),
    "Chinese titles of one form": (("议长会见北方国家议会代表团一行", ""), ("议长会见南方国家议会代表团一行", "")),
    "short titles": (("Kashmir news", ""), ("Kashmir news", "")),
    "short titles in Urdu": (("کشمیر کی خبریں", ""), ("کشمیر کی خبریں", "")),
    "short titles in Chinese": (("今日要闻", ""), ("今日要闻", "")),
    "a blurb": (("Snow closes the road", "Follow us for live updates"), ("Talks fail", "Follow us for live updates")),
    "own texts under one title": (
        ("Assembly adopts a resolution on Kashmir", LEAD),
        (
            "Assembly adopts a resolution on Kashmir",
            "Delegates voted late at night once amendments had been withdrawn by their sponsors; four abstained.",
        ),
    ),
    "languages": ((HEADS["ur"], LEADS["ur"]), (HEADS["hi"], LEADS["hi"])),
}


@pytest.mark.parametrize("trap", APART)
def test_what_is_only_worded_alike_stays_apart(trap: str) -> None:
    (title, summary), (other_title, other_summary) = APART[trap]
    rows = ("cedar", 0.0, title, summary), ("harbour", 0.1, other_title, other_summary)
    assert stories(*rows) == [1, 2]
    assert stories(*reversed(rows)) == [1, 2]


def test_a_headline_a_week_later_is_another_story() -> None:
    assert stories(("cedar", 0, TALKS, LEAD), ("harbour", 7, TALKS, LEAD)) == [1, 2]


def test_an_outlets_second_listing_is_a_copy() -> None:
    assert stories(("cedar", 0, TALKS, LEAD), ("cedar", 0.2, TALKS, LEAD)) == [1, 1]
    assert stories(("cedar", 0, TALKS, LEAD), ("cedar", 0.8, TALKS, LEAD)) == [1, 1]
    assert stories(("cedar", 0, TALKS, ""), ("cedar", 0.2, TALKS, "")) == [1, 1]


@pytest.mark.parametrize("summary", ["", "Our press review", LEAD])
def test_an_outlets_column_is_not(summary: str) -> None:
    column = "What the papers of the valley say this morning"
    assert stories(*(("cedar", days, column, summary) for days in range(4))) == [1, 2, 3, 4]


@pytest.mark.parametrize("title", ["What the papers of the valley say this morning", "Bulletin"])
def test_nor_are_bulletins_of_a_day(title: str) -> None:
    assert stories(*(("cedar", number / 3, title, "") for number in range(4))) == [1, 2, 3, 4]
    assert stories(*(("cedar", number / 3, "Bulletin", LEAD) for number in range(4))) == [1, 2, 3, 4]


def test_a_summary_under_each_part_of_a_series_joins_nothing() -> None:
    titles = "Morning bulletin: assembly opens", "Evening bulletin: road closed by snow", "Weather, prices, results"
    blurb = "Everything you need to know from the valley, in five short pieces collected by our desk."
    assert stories(*(("cedar", number / 9, title, blurb) for number, title in enumerate(titles))) == [1, 2, 3]


def test_a_story_does_not_drift_from_text_to_text() -> None:
    words = LEAD.split()
    spare = [f"{word}{word}" for word in words]
    texts = [" ".join(spare[:done] + words[done:]) for done in (0, 7, 14, 21)]
    links = placed(*((OUTLETS[number], 0, "", text) for number, text in enumerate(texts)))
    assert [link.nearest for link in links[1:]] != [1, 2, 3], "the chain is held by no more than its neighbours"
    assert links[1].story == 1
    assert links[3].story != 1


def test_late_reports_find_their_story_before_and_after_them() -> None:
    assert stories(("cedar", 2, TALKS, LEAD), ("harbour", 0, TALKS, LEAD)) == [1, 1]
    assert stories(("cedar", 0, TALKS, LEAD), ("harbour", 9, "", ""), ("meadow", 1, TALKS, LEAD)) == [1, 2, 1]


def test_forgotten_reports_are_found_no_more_and_take_no_room() -> None:
    window = Window()
    placed(("cedar", 0, TALKS, LEAD), ("harbour", 5, "Another matter of quite another kind", ""), window=window)
    window.forget(NOON + DAY)
    assert len(window) == 1
    assert window.place(Report(9, NOON, "meadow", "", TALKS, LEAD)).story == 9
    window.forget(NOON + 99 * DAY)
    assert len(window) == 0


TEXTS = [LEAD, LEADS["ur"], LEADS["zh"], " ".join(LEAD.split()[5:]), LEAD.replace("years", "months"), ""]
TITLES = [
    TALKS,
    f"{TALKS}, aides say",
    HEADS["ur"],
    HEADS["zh"],
    "Curfew, day 12, in all of the valley",
    "Kashmir news",
]
REPORTS = st.lists(
    st.builds(
        lambda hours, outlet, url, title, summary: Report(0, NOON + hours * 3600, outlet, url, title, summary),
        st.integers(0, 240),
        st.sampled_from(["cedar", "harbour", "meadow"]),
        st.sampled_from(["", "", "cedar.example/a", "cedar.example/b"]),
        st.sampled_from(TITLES),
        st.sampled_from(TEXTS),
    ),
    max_size=25,
).map(lambda reports: [report._replace(seq=seq) for seq, report in enumerate(reports, 1)])


@given(REPORTS)
@settings(deadline=None)
def test_a_story_begins_with_a_report_of_its_own(reports: list[Report]) -> None:
    window, links = Window(), dict[int, Link]()
    for report in reports:
        link = links[report.seq] = window.place(report)
        assert link.story <= link.nearest <= link.seq == report.seq
        assert links[link.story].story == link.story == links[link.nearest].story
        assert (link.rule == "") == (link.nearest == link.seq) == (link.story == link.seq)
        assert abs(reports[link.story - 1].published - report.published) <= 3 * DAY


@given(REPORTS, st.sets(st.integers(1, 24)))
@settings(deadline=None)
def test_restarts_change_no_story(reports: list[Report], restarts: set[int]) -> None:
    whole, parted = Window(), Window()
    expected = [whole.place(report) for report in reports]
    for place, report in enumerate(reports):
        if place in restarts:
            parted = Window()
            for earlier, link in zip(reports[:place], expected, strict=False):
                if any(abs(earlier.published - later.published) <= 3 * DAY for later in reports[place:]):
                    parted.seed(earlier, link.story)
        assert parted.place(report) == expected[place]


@given(REPORTS, st.sets(st.integers(1, 24)))
@settings(deadline=None)
def test_forgetting_what_is_out_of_reach_changes_no_story(reports: list[Report], pauses: set[int]) -> None:
    whole, lean = Window(), Window()
    for place, report in enumerate(reports):
        if place in pauses:
            lean.forget(min(later.published for later in reports[place:]) - 3 * DAY)
        assert lean.place(report) == whole.place(report)
