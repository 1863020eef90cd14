"""When an item was published: our own reading of the date as the feed states it.

feedparser's reading is not used. Measured on 6.0.14: IST, PKT and Asia/Kolkata are taken for UTC, `GMT+5:30` for
53 hours, `10:00 PM IST` for ten in the morning, and a time without a zone for nothing at all.
"""

import re
import unicodedata
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from mentions.model import DatedBy

EARLIEST = int(datetime(1990, 1, 1, tzinfo=UTC).timestamp())
MOST_SIGNS = 100  # of a date text
AHEAD = 48 * 3600
"""Seconds a published time may lie ahead of the sighting: outlets do announce tomorrow's paper."""
NEAR = 24 * 3600
"""Seconds a lesser date may lie from a better one that lacks only its zone; an edit a week later is further."""

COUNTRY_ZONES = {
    "AE": "Asia/Dubai",
    "AF": "Asia/Kabul",
    "AT": "Europe/Vienna",
    "AZ": "Asia/Baku",
    "BD": "Asia/Dhaka",
    "BE": "Europe/Brussels",
    "BH": "Asia/Bahrain",
    "BT": "Asia/Thimphu",
    "CH": "Europe/Zurich",
    "CN": "Asia/Shanghai",
    "CZ": "Europe/Prague",
    "DE": "Europe/Berlin",
    "DK": "Europe/Copenhagen",
    "DZ": "Africa/Algiers",
    "EG": "Africa/Cairo",
    "ES": "Europe/Madrid",
    "FI": "Europe/Helsinki",
    "FR": "Europe/Paris",
    "GB": "Europe/London",
    "GR": "Europe/Athens",
    "HK": "Asia/Hong_Kong",
    "HU": "Europe/Budapest",
    "IE": "Europe/Dublin",
    "IL": "Asia/Jerusalem",
    "IN": "Asia/Kolkata",
    "IQ": "Asia/Baghdad",
    "IR": "Asia/Tehran",
    "IT": "Europe/Rome",
    "JO": "Asia/Amman",
    "JP": "Asia/Tokyo",
    "KE": "Africa/Nairobi",
    "KG": "Asia/Bishkek",
    "KR": "Asia/Seoul",
    "KW": "Asia/Kuwait",
    "LB": "Asia/Beirut",
    "LK": "Asia/Colombo",
    "MA": "Africa/Casablanca",
    "MM": "Asia/Yangon",
    "MV": "Indian/Maldives",
    "MY": "Asia/Kuala_Lumpur",
    "NG": "Africa/Lagos",
    "NL": "Europe/Amsterdam",
    "NO": "Europe/Oslo",
    "NP": "Asia/Kathmandu",
    "OM": "Asia/Muscat",
    "PH": "Asia/Manila",
    "PK": "Asia/Karachi",
    "PL": "Europe/Warsaw",
    "PS": "Asia/Hebron",
    "QA": "Asia/Qatar",
    "RO": "Europe/Bucharest",
    "SA": "Asia/Riyadh",
    "SE": "Europe/Stockholm",
    "SG": "Asia/Singapore",
    "SY": "Asia/Damascus",
    "TH": "Asia/Bangkok",
    "TJ": "Asia/Dushanbe",
    "TM": "Asia/Ashgabat",
    "TN": "Africa/Tunis",
    "TR": "Europe/Istanbul",
    "TW": "Asia/Taipei",
    "UA": "Europe/Kyiv",
    "UZ": "Asia/Tashkent",
    "VN": "Asia/Ho_Chi_Minh",
    "YE": "Asia/Aden",
    "ZA": "Africa/Johannesburg",
}
"""The zone of countries whose press keeps one; where there are several (US, RU, AU, CA, ID) none is assumed."""

HOURS = {
    "Z": 0, "UT": 0, "UTC": 0, "GMT": 0, "WET": 0,
    "PKT": 5, "NPT": 5.75, "AFT": 4.5, "SLST": 5.5, "BDT": 6, "BTT": 6, "UZT": 5,
    "IRST": 3.5, "IRDT": 4.5, "TRT": 3, "TSI": 3, "MSK": 3, "AZT": 4, "IDT": 3,
    "CET": 1, "CEST": 2, "MEZ": 1, "MESZ": 2, "EET": 2, "EEST": 3, "WEST": 1,
    "HKT": 8, "SGT": 8, "MYT": 8, "JST": 9, "KST": 9, "WIB": 7, "WITA": 8, "WIT": 9, "ICT": 7, "PHT": 8,
    "EDT": -4, "CDT": -5, "MST": -7, "MDT": -6, "PDT": -7,
    "AEST": 10, "AEDT": 11, "ACST": 9.5, "ACDT": 10.5, "AWST": 8, "NZST": 12, "NZDT": 13,
    "SAST": 2, "EAT": 3, "CAT": 2, "WAT": 1,
}  # fmt: skip
"""Hours ahead of UTC of the abbreviations that mean one zone. Military letters but Z are not read: RFC 1123 section
5.2.14 says that their signs were printed wrong in RFC 822, so that nobody knows what is meant."""

ARABIA = dict.fromkeys(("SA", "QA", "KW", "BH", "IQ", "YE"), 3.0)
SHARED_HOURS: dict[str, dict[str, float]] = {
    "IST": {"IL": 2, "IE": 1, "": 5.5},  # India, Israel, Ireland (rometools#441: Times of India read as Israel's)
    "BST": {"BD": 6, "": 1},  # Bangladesh, British summer
    "AST": ARABIA | {"CA": -4, "US": -4},  # Arabia, Atlantic
    "ADT": {"CA": -3, "US": -3, "AE": 4},  # Atlantic summer, Abu Dhabi
    "GST": {"AE": 4, "OM": 4},  # Gulf, South Georgia, Guam
    "ECT": {},  # Ecuador, Eastern Caribbean
    "EST": {"AU": 10, "": -5},  # where one is named in RFC 822, its meaning there holds for every other country
    "CST": {"CN": 8, "HK": 8, "TW": 8, "AU": 9.5, "": -6},  # China, Australia, Central
    "PST": {"PH": 8, "PK": 5, "": -8},  # Philippines, Pakistan, Pacific
}
"""The same for abbreviations that several zones share: by country of the outlet, "" for every other; where that is
missing too, nobody knows what is meant."""

LONG_ZONES = {
    "india standard time": "Asia/Kolkata",
    "indian standard time": "Asia/Kolkata",
    "pakistan standard time": "Asia/Karachi",
    "pakistan time": "Asia/Karachi",
    "bangladesh standard time": "Asia/Dhaka",
    "bangladesh time": "Asia/Dhaka",
    "nepal time": "Asia/Kathmandu",
    "nepal standard time": "Asia/Kathmandu",
    "sri lanka standard time": "Asia/Colombo",
    "afghanistan standard time": "Asia/Kabul",
    "iran standard time": "Asia/Tehran",
    "arab standard time": "Asia/Riyadh",
    "arabian standard time": "Asia/Dubai",
    "gulf standard time": "Asia/Dubai",
    "turkey standard time": "Europe/Istanbul",
    "russian standard time": "Europe/Moscow",
    "moscow standard time": "Europe/Moscow",
    "china standard time": "Asia/Shanghai",
    "greenwich mean time": "GMT",
    "coordinated universal time": "UTC",
    "british summer time": "+0100",
    "irish standard time": "+0100",
    "central european standard time": "CET",
    "central european summer time": "CEST",
    "eastern standard time": "-0500",
    "eastern daylight time": "-0400",
    "central standard time": "-0600",
    "central daylight time": "-0500",
    "mountain standard time": "-0700",
    "mountain daylight time": "-0600",
    "pacific standard time": "-0800",
    "pacific daylight time": "-0700",
}
"""What browsers write in brackets (the names of Windows and CLDR), and papers in full."""

DAY_FIRST = frozenset(COUNTRY_ZONES) - {"CN", "HK", "HU", "IR", "JP", "KR", "PH", "TW"} | {"AU", "ID", "RU"}
MONTH_FIRST = frozenset({"US"})

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
MONTH_NAMES = {
    "en": "january, february, march, april, may, june, july, august, september/sept, october, november, december",
    "ur": "جنوری, فروری, مارچ, اپریل, مئی, جون, جولائی, اگست, ستمبر, اکتوبر, نومبر, دسمبر",
    "hi": "जनवरी/जन, फ़रवरी/फरवरी/फ़र/फर, मार्च, अप्रैल/अप्रै, मई, जून, जुलाई/जुला/जुल, अगस्त/अग, सितंबर/सितम्बर/सितं/सित,"
    " अक्टूबर/अक्तूबर/अक्टू, नवंबर/नवम्बर/नवं/नव, दिसंबर/दिसम्बर/दिसं/दिस",
    "ar": "يناير/كانون الثاني, فبراير/شباط, مارس/آذار, أبريل/إبريل/نيسان, مايو/أيار, يونيو/يونيه/حزيران,"
    " يوليو/يوليه/تموز, أغسطس/آب, سبتمبر/أيلول, أكتوبر/تشرين الأول, نوفمبر/تشرين الثاني, ديسمبر/كانون الأول",
    "fa": "ژانویه, فوریه/فبروری, مارس, آوریل, مه/می, ژوئن, ژوئیه/جولای, اوت/آگوست, سپتامبر/سپتمبر, اکتبر, نوامبر, دسامبر",
    "tr": "ocak/oca, şubat/şub, mart, nisan/nis, mayıs, haziran/haz, temmuz/tem, ağustos/ağu, eylül/eyl, ekim/eki,"
    " kasım/kas, aralık/ara",
    "fr": "janvier/janv, février/fevr/fév, mars, avril/avr, mai, juin, juillet/juil/juill, août, septembre, octobre,"
    " novembre, décembre/déc",
    "es": "enero/ene, febrero, marzo, abril/abr, mayo, junio, julio, agosto/ago, septiembre/setiembre/set, octubre,"
    " noviembre, diciembre/dic",
    "de": "januar/jänner/jän, februar, märz/mär/mrz, april, mai, juni, juli, august, september, oktober/okt, november,"
    " dezember/dez",
    "ru": "январь/января/янв, февраль/февраля/фев/февр, март/марта/мар, апрель/апреля/апр, май/мая, июнь/июня/июн,"
    " июль/июля/июл, август/августа/авг, сентябрь/сентября/сен/сент, октябрь/октября/окт, ноябрь/ноября/ноя/нояб,"
    " декабрь/декабря/дек",
    "bn": "জানুয়ারি/জানুয়ারী/জানু, ফেব্রুয়ারি/ফেব্রুয়ারী/ফেব, মার্চ, এপ্রিল/এপ্রি, মে, জুন, জুলাই/জুল, আগস্ট/আগষ্ট/আগ,"
    " সেপ্টেম্বর/সেপ, অক্টোবর/অক্টো, নভেম্বর/নভে, ডিসেম্বর/ডিসে",
}
"""Names of the Gregorian months beside MONTHS, as used in dates: a comma parts months, a slash names of one. Checked against
CLDR's tables. Months of the Persian, Islamic, Indian and Bengali calendars are not read: that would need the calendars."""

PASSED_OVER = (
    "monday mon tuesday tue tues wednesday wed thursday thu thur thurs friday fri saturday sat sunday sun"
    " پیر سوموار منگل بدھ جمعرات جمعہ ہفتہ اتوار"
    " सोमवार मंगलवार बुधवार गुरुवार बृहस्पतिवार शुक्रवार शनिवार रविवार सोम मंगल बुध गुरु शुक्र शनि रवि"
    " الاثنين الثلاثاء الأربعاء الخميس الجمعة السبت الأحد"
    " دوشنبه سه‌شنبه چهارشنبه پنجشنبه پنج‌شنبه جمعه شنبه یکشنبه سه پنج"
    " pazartesi pzt salı sal çarşamba çar perşembe per cuma cum cumartesi cmt pazar paz"
    " lundi lun mardi mercredi mer jeudi jeu vendredi ven samedi sam dimanche dim"
    " lunes martes miércoles mié jueves jue viernes vie sábado sáb domingo dom"
    " montag mo dienstag di mittwoch mi donnerstag do freitag fr samstag sonnabend sa sonntag so"
    " понедельник пн вторник вт среда ср четверг чт пятница пт суббота сб воскресенье вс"
    " সোমবার মঙ্গলবার বুধবার বৃহস্পতিবার শুক্রবার শনিবার রবিবার সোম মঙ্গল বুধ বৃহস্পতি শুক্র শনি রবি"
    # what stands between the parts of a date
    " at on of the de del le las um uhr den der vom saat günü г года в بجے बजे को الساعة بتوقيت ساعت টা টায়"
)
"""Weekdays and words that say nothing of the time."""

HALVES = {
    "am": "सुबह पूर्वाह्न صبح صباحا öö সকাল পূর্বাহ্ণ",
    "pm": "शाम सायं अपराह्न شام مساء عصر ös বিকাল বিকেল সন্ধ্যা অপরাহ্ণ",
}
"""Words for the halves of the day. Those for noon and night are not read: each has hours of both halves."""

# One letter for those that keyboards and languages write in several ways, one sign for each dash and comma.
LETTERS = str.maketrans("يىكةۃهھەۂ\u2212\u2010\u2011\u2013\u2014،、।॰ı", "ییکہہہہہہ-----,, .i")
MARKS = re.compile(r"[\u0300-\u036f\u0610-\u061a\u064b-\u065f\u0670]")  # not those of India, which are vowels


def _folded(text: str) -> str:
    """Write digits of all scripts as 0 to 9, and letters without accents and marks of direction; case stays."""
    if text.isascii():
        return text
    signs = MARKS.sub("", unicodedata.normalize("NFKD", text)).translate(LETTERS)
    kept = (sign for sign in signs if sign.isspace() or unicodedata.category(sign) not in ("Cf", "Cc"))
    return "".join(str(unicodedata.decimal(sign)) if sign.isdecimal() else sign for sign in kept)


def _words() -> dict[str, str]:
    """Give what each known word is read as."""
    words = {_folded(word).lower(): "" for word in PASSED_OVER.split()}
    words |= {_folded(word).lower(): half for half, names in HALVES.items() for word in names.split()}
    words |= {"мск": "MSK", _folded("غرينتش"): "GMT"}
    words |= {month: month for month in MONTHS}  # after the weekdays: a Spanish or French "mar" is one of both
    for names in MONTH_NAMES.values():
        for month, spellings in zip(MONTHS, names.split(", "), strict=True):
            words |= {_folded(name).lower(): month for name in spellings.split("/")}
    return words


WORDS = _words()
LETTER = "[^\\W\\d_]"
WORD = re.compile(
    rf"(?<![A-Za-z][/_])(?:(?:{_folded('كانون')}|{_folded('تشرين')})\s)?{LETTER}(?:{LETTER}|[\u0900-\u0dff])*"
)
NUMERALS = dict(zip(["一", "二", "三", "四", "五", "六", "七", "八", "九", "十", "十一", "十二"], MONTHS, strict=True))
Written = str | Callable[[re.Match[str]], str]
PHRASES: tuple[tuple[re.Pattern[str], Written], ...] = (
    (re.compile("(?:星期|周|週|礼拜|禮拜)[一二三四五六日天]"), " "),
    (re.compile("上午|凌晨|早上"), " am "),
    (re.compile("下午|傍晚"), " pm "),
    (re.compile(r"(\d{1,2})\s?[时時点點]\s?(\d\d)分?"), r" \1:\2 "),
    (re.compile(r"(\d{4})\s?年\s?(\d{1,2})\s?月\s?(\d{1,2})\s?日?"), r" \1-\2-\3 "),
    (re.compile(r"(?<!\d)([1-9]|1[0-2])\s?月"), lambda found: f" {MONTHS[int(found[1]) - 1]} "),
    (re.compile("(十[一二]|[一二三四五六七八九十])月"), lambda found: f" {NUMERALS[found[1]]} "),
    (re.compile(_folded(r"قبل\s?از\s?ظهر|قبل دوپہر|\bق\.?ظ\b\.?")), " am "),
    (re.compile(_folded(r"بعد\s?از\s?ظهر|بعد دوپہر|\bب\.?ظ\b\.?")), " pm "),
    (re.compile(r"(?<=:\d\d)\s?ص\b"), " am "),
    (re.compile(r"(?<=:\d\d)\s?م\b"), " pm "),
    (re.compile(r"(?<=\d{4})\s?[مء](?!\w)"), " "),  # of the Christian era
)
"""What is written without blanks or in several words outside the Latin script, and how it is read."""

TIMES: tuple[tuple[re.Pattern[str], Written], ...] = (
    (
        re.compile(r"^(\d{4})(\d\d)(\d\d)(?:T?(\d\d)(\d\d)(\d\d)?)?(?=$|[Z\s.,+-])", re.IGNORECASE),  # ISO 8601, basic
        lambda found: (
            f"{found[1]}-{found[2]}-{found[3]}" + (f"T{found[4]}:{found[5]}:{found[6] or '00'}" if found[4] else "")
        ),
    ),
    (re.compile(r"\b(\d{1,2})\s?h\s?(\d\d)\b", re.IGNORECASE), r"\1:\2"),  # French
    (re.compile(r"(?<![\d.])(\d{1,2})\.(\d\d)(?=\s?[ap]\.?\s?m\b)", re.IGNORECASE), r"\1:\2"),
    (re.compile(r"(?<![\d.:])(\d{1,2})(?=\s?[ap]\.?\s?m\b)", re.IGNORECASE), r"\1:00"),
)
"""Times without a colon, and how they are read."""
TWICE = re.compile(r"\b([a-z]{3})\s?/\s?\1\b")  # Arabic papers name a month twice, as both halves of the world do
BRACKETS = re.compile(r"[(\[]([^)\]]*)[)\]]")
ZONE = rf"""(?:(?:GMT|UTC)\s?)?[+-]\d{{1,2}}(?:[:.]?\d\d|\.5)?(?![\d:])
    |[A-Z][A-Za-z]+(?:/[A-Z][A-Za-z_\-]+)+
    |(?:{"|".join(sorted((*HOURS, *SHARED_HOURS), key=len, reverse=True))})\b
    |(?-i:[A-Z]{{1,5}})\b"""  # the last of these is a zone we do not know
ONE_ZONE = re.compile(ZONE, re.VERBOSE | re.IGNORECASE)
OFFSET = re.compile(r"(?:GMT|UTC)?\s?([+-])(\d{1,2}?)(?:[:.]?(\d\d)|(\.5))?", re.IGNORECASE)
LONG_ZONE = re.compile(rf"\b(?:{'|'.join(LONG_ZONES)})\b", re.IGNORECASE)
TIME = re.compile(
    rf"""(?:[T,.\s]|\bat?\b)*(?:\b(?P<early>[ap])m\s*)?
    (?<![\d:])(?P<hour>\d{{1,2}}):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:[.,]\d+)?)?(?![\d:])
    (?:\s*(?P<late>[ap])\.?\s?m\b\.?)?
    (?:\s*(?:hrs|hours)\b\.?)?
    (?:\s*(?P<zone>{ZONE}))?(?:\s*(?P<more>{ZONE}))?""",
    re.VERBOSE | re.IGNORECASE,
)
EPOCH = re.compile(r"(\d{10})(?:\d{3})?(?:\.\d+)?")
MONTH = f"(?P<name>{'|'.join(MONTHS)})"
DATES = tuple(
    re.compile(r"\D*?" + pattern, re.IGNORECASE)
    for pattern in (
        r"(?P<year>\d{4})[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})",
        r"(?P<year>\d{4})-?W(?P<week>\d\d)-?(?P<weekday>[1-7])",
        r"(?P<year>\d{4})-(?P<ordinal>\d{3})",
        r"(?P<day>\d{1,2})\.(?P<month>\d{1,2})\.(?P<year>\d{4})",  # with full stops the day always comes first
        r"(?P<one>\d{1,2})([-/.])(?P<two>\d{1,2})\2(?P<year>\d{4}|\d\d)",
        rf"(?P<day>\d{{1,2}})(?:st|nd|rd|th|er|o)?+[\s,./-]*{MONTH}[\s,./-]*(?P<year>\d{{4}}|\d\d)",
        rf"{MONTH}[\s./-]*(?P<day>\d{{1,2}})(?:st|nd|rd|th)?+[\s,/-]+(?P<year>\d{{4}})",
        rf"(?P<year>\d{{4}})[\s,./-]*{MONTH}[\s,./-]*(?P<day>\d{{1,2}})",
    )
)


def published(entry_texts: Sequence[str], country: str, seen: int) -> tuple[int, DatedBy, str]:
    """Give the time an item was published (UTC seconds since 1970), where it comes from, and the text it was read from.

    `entry_texts` are the dates the feed gives, best first; the first readable one wins, but where a better one lacks
    nothing but its zone, none that is more than a day from it. A time without zone, a date without time (taken as
    0:00) and an abbreviation that several zones share are read by the outlet's `country`; names of months are read in
    twelve languages, ten digits as seconds since 1970 and thirteen as milliseconds. What cannot be read, lies before
    1990 or more than 48 hours after `seen` gives way to `seen`; nothing else is invented.
    """
    stated = [text.strip()[:MOST_SIGNS] for text in entry_texts if text.strip()]
    about: float | None = None
    for text in stated:
        time, dated_by = _read(text, country) or (None, DatedBy.SEEN)
        if time is None:
            continue
        at = time.replace(tzinfo=time.tzinfo or UTC).timestamp()
        if time.tzinfo is None:
            about = about or at
        elif EARLIEST <= at <= seen + AHEAD and (about is None or abs(at - about) <= NEAR):
            return int(at), dated_by, text
    return seen, DatedBy.SEEN, stated[0] if stated else ""


def _read(text: str, country: str) -> tuple[datetime, DatedBy] | None:
    """Give the time a text states, without zone where neither it nor the country says which."""
    plain = _plain(text)
    if epoch := EPOCH.fullmatch(plain):
        return datetime.fromtimestamp(int(epoch[1]), UTC), DatedBy.FEED
    time = TIME.search(plain)
    rest = plain if time is None else f"{plain[: time.start()]} {plain[time.end() :]}"
    zone, dated_by = _zone(_zone_name(time), country)
    try:
        day = _day(rest.strip(" ,.|-"), country)
        clock = _clock(time)
        return (
            (datetime(day.year, day.month, day.day, tzinfo=zone) + clock, dated_by)
            if day and clock is not None
            else None
        )
    except (ValueError, OverflowError):  # 31 February, the year 0
        return None


def _plain(text: str) -> str:
    """Write a date with western digits, English months, `am` and `pm`, and times with colons."""
    text = _folded(text)
    if not text.isascii():
        for pattern, written in PHRASES:
            text = pattern.sub(written, text)
    text = LONG_ZONE.sub(lambda found: LONG_ZONES[found[0].lower()], text)
    text = WORD.sub(lambda found: WORDS.get(found[0].lower(), found[0]), text)
    for pattern, written in TIMES:
        text = pattern.sub(written, text)
    text = BRACKETS.sub(lambda found: f" {found[1]} " if ONE_ZONE.fullmatch(found[1].strip()) else " ", text)
    return TWICE.sub(r"\1", " ".join(text.split()))


def _day(text: str, country: str) -> date | None:
    """Give the day of a date without its time; raises ValueError where there is no such day."""
    found = next((match for pattern in DATES if (match := pattern.fullmatch(text))), None)
    if found is None:
        return None
    parts = found.groupdict()
    year = int(parts["year"])
    if len(parts["year"]) == 2:
        if "one" in parts and country not in DAY_FIRST | MONTH_FIRST:  # 14/07/26 may be a day of 2014
            return None
        year += 2000 if year < 70 else 1900
    if "one" in parts:
        return _numeric(year, int(parts["one"]), int(parts["two"]), country)
    if "week" in parts:
        return date.fromisocalendar(year, int(parts["week"]), int(parts["weekday"]))
    if "ordinal" in parts:
        day = date(year, 1, 1) + timedelta(days=int(parts["ordinal"]) - 1)
        return day if day.year == year else None
    month = MONTHS.index(parts["name"].lower()) + 1 if "name" in parts else int(parts["month"])
    return date(year, month, int(parts["day"]))


def _numeric(year: int, one: int, two: int, country: str) -> date | None:
    """Read 05/01/2026, where a field above 12 or the country's habit says which is the day."""
    if one > 12 or (two <= 12 and country in DAY_FIRST):
        return date(year, two, one)
    if two > 12 or country in MONTH_FIRST:
        return date(year, one, two)
    return None


def _clock(time: re.Match[str] | None) -> timedelta | None:
    """Give the time of day; 24:00 is the end of it, and a leap second counts as the one before."""
    if time is None:
        return timedelta()
    hour, minute, second = int(time["hour"]), int(time["minute"]), int(time["second"] or 0)
    half = (time["late"] or time["early"] or "").lower()
    if half and hour <= 12:  # "17:30 PM" is met and means what it says
        hour = hour % 12 + (12 if half == "p" else 0)
    if minute > 59 or second > 60 or (hour > 23 and (hour, minute, second) != (24, 0, 0)):
        return None
    return timedelta(hours=hour, minutes=minute, seconds=min(second, 59))


def _zone_name(time: re.Match[str] | None) -> str | None:
    """Give the zone that stands after a time; of two, the one in figures."""
    if time is None:
        return None
    zones = [zone for zone in (time["zone"], time["more"]) if zone]
    return next((zone for zone in zones if zone[-1].isdigit()), zones[0] if zones else None)


def _zone(name: str | None, country: str) -> tuple[tzinfo | None, DatedBy]:
    """Give the zone a date names, or that of the country; None where neither says."""
    if name is None:
        return (ZoneInfo(COUNTRY_ZONES[country]) if country in COUNTRY_ZONES else None), DatedBy.ZONE
    if name.upper() in HOURS:
        return timezone(timedelta(hours=HOURS[name.upper()])), DatedBy.FEED
    if meanings := SHARED_HOURS.get(name.upper()):
        hours = meanings.get(country, meanings.get(""))
        return (None if hours is None else timezone(timedelta(hours=hours))), DatedBy.ZONE
    if offset := OFFSET.fullmatch(name):
        return _fixed(*offset.groups()), DatedBy.FEED
    try:
        return ZoneInfo(name), DatedBy.FEED
    except (ZoneInfoNotFoundError, OSError, ValueError):  # no such place, or a folder of places
        return None, DatedBy.SEEN


def _fixed(sign: str, hours: str, minutes: str | None, half: str | None) -> tzinfo | None:
    ahead = timedelta(hours=int(hours), minutes=30 if half else int(minutes or 0))
    if ahead > timedelta(hours=14) or int(minutes or 0) > 59:  # no place on earth is further
        return None
    return timezone(ahead if sign == "+" else -ahead)
