"""Invented, marked data for trying things out: outlets that do not exist list items that report nothing."""

import math
import time
import tomllib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from email.utils import formatdate
from functools import cache, lru_cache
from itertools import accumulate
from pathlib import Path
from random import Random
from typing import Any, Protocol

from mentions.model import Check, DatedBy, Feed, Item, Outcome, Outlet, Tags
from mentions.urls import key
from mentions.wires import Wire, Wires

MARK = "[invented] "
"""Begins every title, so that no item can pass for a report anywhere."""

DAY = 86_400
HOUR = 3_600
COPIED = 0.1  # of the texts drawn for articles: an agency's, carried by several outlets
MERELY_ABOUT = 0.12  # of the articles: weather, tourism, harvests
ROOM = {"article": 8_000, "dispatch": 1_000, "other": 20_000}  # texts; from then on they return: tagging takes time
FLOOR = 30  # but each outlet has this many of its own for each mood
HOURS = (1, 1, 1, 1, 1, 2, 4, 6, 8, 10, 10, 9, 8, 8, 9, 9, 9, 9, 8, 7, 6, 5, 3, 2)  # how busy a desk's local hours are
NO_PRESS = frozenset({"forum", "government", "ngo_thinktank"})  # groups that carry no agency's texts
REST = {"ur": 4, "ar": 4, "fa": 4}  # the quiet weekday: Friday; elsewhere Sunday
FAILURES = (
    (Outcome.TIMEOUT, 0, "no answer within 30 seconds"),
    (Outcome.UNREACHABLE, 0, "connection refused"),
    (Outcome.HTTP, 503, "HTTP 503"),
)
GONE = (Outcome.HTTP, 410, "HTTP 410")


class Tagger(Protocol):
    """What tags the invented items; the collectors' own."""

    def tags(
        self, title: str, summary: str, language: str = "", outlet: str = "", published: int | None = None
    ) -> Tags:
        """The tags of one item."""
        ...


Looks = Iterator[tuple[Check, list[tuple[Item, Tags]]]]


@dataclass(frozen=True, slots=True)
class Text:
    """What an item says, and its tags."""

    title: str
    summary: str
    tags: Tags


@dataclass(frozen=True, slots=True)
class Day:
    """A civil day in UTC, the last one cut short, with what it is about."""

    start: int
    end: int
    mood: str


@dataclass(slots=True)
class Line:
    """One feed's life: how much it carries, when it is silent, when its checks fail, what waits to be listed."""

    feed: Feed
    outlet: Outlet
    offset: float  # hours from UTC where its desk sits
    size: float
    attention: float
    opens: int = 0
    silent: set[int] = field(default_factory=set)  # numbers of days
    outages: list[tuple[float, float, tuple[Outcome, int, str]]] = field(default_factory=list)
    waiting: list[tuple[int, Text, int]] = field(default_factory=list)  # when, what, the dispatch it copies or 0
    failed: int = 0  # checks in a row
    answered: int = 0  # when it last did
    held: int = 0  # how many items its list had then


@cache
def material() -> dict[str, Any]:
    """The invented outlets and the sentence material of demo.toml."""
    return tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))


def demo_outlets() -> tuple[Outlet, ...]:
    """The invented outlets, largest first, each with its feeds under a name that no network resolves (.invalid)."""
    return tuple(_outlet(name, *row) for name, row in material()["outlets"].items())


def demo_wires() -> Wires:
    """The invented agencies, as the invented outlets credit them."""
    return Wires(Wire(name.lower().replace(" ", "-"), name, (name,)) for name in material()["agencies"])


def demo_checks(articles: int, seed: int, until: int, tagger: Tagger) -> Looks:
    """Checks of the invented feeds in time order, each with the items it is the first to list, tagged.

    Exactly `articles` items are about Kashmir by the word of `tagger`; beside them stand about 20 times as many others,
    but at most 200,000 or a quarter of `articles`, whichever is more. `until` ends the data, in UTC seconds since 1970;
    they cover 400 days up to 20,000 articles and 1,095 from a million. The same arguments give the same data.
    Memory holds a day and a bounded number of texts. Raises ValueError where the tagger takes no text for an article.
    """
    rng = Random(f"{articles} {seed} {until}")
    step = _step(articles)
    days = _days(_length(articles), until - 300, rng)
    lines = _lines(days, step, rng)
    writer = Writer(tagger, rng, until)
    others = min(20 * articles, max(200_000, articles // 4))
    wanted = zip(
        _apportioned(articles, _pull(days, lines, rng, attentive=True)),
        _apportioned(others, _pull(days, lines, rng, attentive=False)),
        strict=True,
    )
    counters: dict[str, int] = defaultdict(int)
    for number, (day, (about, rest)) in enumerate(zip(days, wanted, strict=True)):
        desk = Desk(writer, rng, day, [line for line in lines if number not in line.silent])
        desk.publish_articles(about)
        desk.publish_others(rest)
        for at, line in _looks_of(day, lines, step, until if number == len(days) - 1 else 0):
            yield _look(line, at, step, counters, rng)


class Writer:
    """Writes texts from the sentence material, tags them once, and lets them return when there are very many."""

    def __init__(self, tagger: Tagger, rng: Random, until: int) -> None:
        self.tagger = tagger
        self.until = until  # the texts return on many days: all are tagged as of the last
        self.rng = rng
        self.pools: dict[tuple[str, ...], list[Text]] = defaultdict(list)
        self.made = Counter[str]()
        self.sent = 0  # dispatches so far
        self.cuts: dict[Text, Text] = {}

    def article(self, outlet: Outlet, mood: str) -> Text:
        """A text about Kashmir in the words an outlet tends to use."""
        habit = material()["habits"].get(outlet.id, outlet.group)
        return self._pooled(
            ("article", outlet.id, mood), lambda: self._about(outlet.language, habit, mood, outlet.name, "")
        )

    def dispatch(self, language: str, mood: str) -> Text:
        """A text about Kashmir as an invented agency sends it, with its credit."""
        agency, habit = self.rng.choice(list(material()["agencies"].items()))
        return self._pooled(
            ("dispatch", agency, language, mood), lambda: self._about(language, habit, mood, agency, f"– {agency}")
        )

    def cut(self, text: Text, language: str) -> Text:
        """The same text under a title cut at its end; the text itself where it would not be an article any more."""
        if text not in self.cuts:
            short = self._tagged(_cut(text.title), text.summary, language, "")
            self.cuts[text] = short if short.tags.about else text
        return self.cuts[text]

    def other(self, outlet: Outlet) -> Text:
        """A text that is not about Kashmir: cabinet, cricket, markets, and what only looks like it."""
        return self._pooled(("other", outlet.id), lambda: self._beside(outlet))

    def _pooled(self, place: tuple[str, ...], write: Callable[[], Text]) -> Text:
        pool, kind = self.pools[place], place[0]
        if self.made[kind] >= ROOM[kind] and len(pool) >= FLOOR:
            return self.rng.choice(pool)
        self.made[kind] += 1
        pool.append(write())
        return pool[-1]

    def _about(self, language: str, habit: str, mood: str, name: str, credit: str) -> Text:
        for _ in range(200):
            title, summary = self._sentences(language, habit, mood)
            text = self._tagged(MARK + title, f"{summary} {credit}".strip(), language, name)
            if text.tags.about:
                return text
        raise ValueError(f"the lexicon takes no invented sentence in {language!r} for an article")

    def _beside(self, outlet: Outlet) -> Text:
        sentences = material()[outlet.language]
        for _ in range(200):
            words = self._words(outlet.language, "plain", "plain")
            title, summary = self._filled(sentences["other"], words), self._filled(sentences["filler"], words)
            text = self._tagged(MARK + title, summary, outlet.language, outlet.name)
            if not text.tags.about:
                return text
        raise ValueError(f"the lexicon takes every invented sentence in {outlet.language!r} for an article")

    def _sentences(self, language: str, habit: str, mood: str) -> tuple[str, str]:
        """Title and summary."""
        sentences = material()[language]
        form = self._weighed(material()["groups"][habit]["naming"])
        words = self._words(language, form, mood)
        if mood == "plain" and self.rng.random() < MERELY_ABOUT:
            return self._filled(sentences["about"], words), self._filled(sentences["filler"], words)
        of_mood = sentences["moods"].get(mood, [])
        titles = of_mood if of_mood and self.rng.random() < 0.5 else sentences["article"]
        summary = self._filled(sentences["summary"], words) if self.rng.random() < 0.85 else ""
        formula = self._filled(sentences["formulas"].get(form, [""]), words)
        return self._filled(titles, words), f"{summary} {formula}".strip()

    def _words(self, language: str, form: str, mood: str) -> dict[str, str]:
        """What fills the slots of a sentence."""
        sentences = material()[language]
        words = {slot: self.rng.choice(sentences[slot]) for slot in ("who", "state", "town", "city")}
        words["n"] = str(self.rng.randint(2, 90))
        words["place"] = self.rng.choice(sentences["places"].get(form, sentences["places"]["plain"]))
        for slot, kind in (("forum", "forums"), ("topic", "topics")):
            weights = material()["moods"][mood][kind]
            known = {tag: weight for tag, weight in weights.items() if tag in sentences[kind]}
            words[slot] = self.rng.choice(sentences[kind][self._weighed(known)])
        return words

    def _filled(self, sentences: Sequence[str], words: dict[str, str]) -> str:
        sentence = self.rng.choice(sentences).format_map(words)
        return sentence[:1].upper() + sentence[1:]

    def _weighed(self, weights: dict[str, float]) -> str:
        return self.rng.choices(list(weights), list(weights.values()))[0]

    def _tagged(self, title: str, summary: str, language: str, name: str) -> Text:
        return Text(title, summary, self.tagger.tags(title, summary, language, name, self.until))


class Desk:
    """One day of all outlets: puts texts into the lines, there to wait for a check."""

    def __init__(self, writer: Writer, rng: Random, day: Day, lines: list[Line]) -> None:
        self.writer, self.rng, self.day, self.lines = writer, rng, day, lines
        self.sizes = list(accumulate(_weight(line, day) for line in lines))
        self.attention = list(accumulate(_weight(line, day) * line.attention for line in lines))
        self.hours = list(accumulate(HOURS))
        self.share = material()["moods"][day.mood]["share"]

    def publish_articles(self, count: int) -> None:
        """Publish exactly so many articles, copies of dispatches among them."""
        while count > 0:
            mood = self.day.mood if self.rng.random() < self.share else "plain"
            line = self._drawn(self.attention, 1)[0]
            if self.rng.random() < COPIED and (carriers := self._carriers(line, count - 1)):
                self._publish_dispatch([line, *carriers], mood)
                count -= 1 + len(carriers)
            else:
                line.waiting.append((self._moment(line), self.writer.article(line.outlet, mood), 0))
                count -= 1

    def publish_others(self, count: int) -> None:
        """Publish exactly so many items that are not about Kashmir."""
        for line in self._drawn(self.sizes, count):
            line.waiting.append((self._moment(line), self.writer.other(line.outlet), 0))

    def _publish_dispatch(self, carriers: list[Line], mood: str) -> None:
        text = self.writer.dispatch(carriers[0].outlet.language, mood)
        self.writer.sent += 1
        sent = self._moment(carriers[0])
        for line in carriers:
            copy = self.writer.cut(text, line.outlet.language) if self.rng.random() < 0.25 else text
            line.waiting.append((sent, copy, self.writer.sent))
            sent = min(sent + self.rng.randint(300, 2 * HOUR), self.day.end - 1)

    def _carriers(self, first: Line, most: int) -> list[Line]:
        """Other press outlets of the same language, one feed each, at most so many."""
        if first.outlet.group in NO_PRESS:
            return []
        language = first.outlet.language
        press = [line for line in self.lines if line.outlet.group not in NO_PRESS]
        able = {line.outlet.id: line for line in press if line.outlet.language == language}
        able.pop(first.outlet.id, None)
        return self.rng.sample(list(able.values()), min(most, len(able), self.rng.randint(1, 5)))

    def _drawn(self, weights: list[float], count: int) -> list[Line]:
        return self.rng.choices(self.lines, cum_weights=weights, k=count) if count else []

    def _moment(self, line: Line) -> int:
        """A time of this day as busy as the hour is where the line's desk sits."""
        local = self.rng.choices(range(24), cum_weights=self.hours)[0] * HOUR + self.rng.randrange(HOUR)
        second = int(local - line.offset * HOUR) % DAY
        return self.day.start + second % (self.day.end - self.day.start)


def _outlet(name: str, title: str, country: str, group: str, language: str, _: float, feeds: int) -> Outlet:
    home = f"https://{name}.invalid/"
    addresses = tuple(
        Feed(f"{home}{page}.xml", name, label, language)
        for page, label in (("feed", "All items"), ("region", "Region"))[:feeds]
    )
    return Outlet(name, f"{title} (invented)", home, country, group, language, addresses, "Does not exist.")


def _lines(days: Sequence[Day], step: int, rng: Random) -> list[Line]:
    """The feeds with their fates: one outlet begins late, one feed ends early, some have gaps."""
    lines = []
    for rank, outlet in enumerate(demo_outlets()):
        size = (rank + 1) ** -0.9 / len(outlet.feeds)  # heavy-tailed, as outlets are
        offset = material()["outlets"][outlet.id][4]
        attention = material()["groups"][outlet.group]["attention"]
        lines += [Line(one, outlet, offset, size, attention) for one in outlet.feeds]
    late, ended = rng.sample([line for line in lines[10:-6] if len(line.outlet.feeds) == 1], 2)
    _open_late(late, days, len(days) * 3 // 10)
    _end(ended, days, len(days) * 3 // 4, step)
    for line in lines:
        _break(line, days, step, rng)
    return lines


def _open_late(line: Line, days: Sequence[Day], first: int) -> None:
    line.silent.update(range(first))
    line.opens = days[first].start


def _end(line: Line, days: Sequence[Day], last: int, step: int) -> None:
    line.silent.update(range(last, len(days)))
    line.outages.append((days[last].start + step, math.inf, GONE))


def _break(line: Line, days: Sequence[Day], step: int, rng: Random) -> None:
    """Long outages, in which what is published is lost, and short ones, after which it is listed late.

    A long outage begins one step after the last published item, so that the last check before it lists what waits.
    """
    for _ in range(rng.randint(0, 2)):
        first, length = rng.randrange(10, len(days) - 20), rng.randint(3, 9)
        line.silent.update(range(first, first + length))
        line.outages.append((days[first].start + step, days[first + length].start, rng.choice(FAILURES)))
    for number, day in enumerate(days[:-6]):
        if rng.random() < 0.01 and line.silent.isdisjoint(range(number - 1, number + 6)):
            start = day.start + rng.randrange(DAY)
            line.outages.append((start, start + step * rng.randint(1, 3), rng.choice(FAILURES)))


def _days(length: int, last: int, rng: Random) -> list[Day]:
    first = last // DAY - length + 1
    starts = [number * DAY for number in range(first, first + length)]
    moods = _moods(starts, rng)
    return [Day(start, min(start + DAY, last), mood) for start, mood in zip(starts, moods, strict=True)]


def _moods(starts: Sequence[int], rng: Random) -> list[str]:
    """The mood of each day: of the calendar, of two stretches at drawn dates, or plain."""
    moods = ["plain"] * len(starts)
    for name, mood in material()["moods"].items():
        if "length" in mood:
            first = rng.randrange(30, len(starts) - 30)
            moods[first : first + mood["length"]] = [name] * mood["length"]
    for name, mood in material()["moods"].items():
        if "days" in mood:
            first_day, last_day = mood["days"]
            for number, start in enumerate(starts):
                if first_day <= time.strftime("%m-%d", time.gmtime(start)) <= last_day:
                    moods[number] = name
    return moods


def _length(articles: int) -> int:
    """Days covered: 400 up to 20,000 articles, 1,095 from a million, between them by the logarithm."""
    grown = math.log(max(articles, 20_000) / 20_000) / math.log(1_000_000 / 20_000)
    return round(400 + 695 * min(grown, 1))


def _step(articles: int) -> int:
    """Seconds between two checks of a feed: the more articles, the fewer checks."""
    return HOUR * next((hours for most, hours in ((200_000, 6), (999_999, 12)) if articles <= most), 24)


def _pull(days: Sequence[Day], lines: Sequence[Line], rng: Random, attentive: bool) -> list[float]:
    """How much each day draws: its open lines, how long it is, chance, and for articles its mood."""
    pulls = []
    for number, day in enumerate(days):
        open_lines = (line for line in lines if number not in line.silent)
        pull = sum(_weight(line, day) * (line.attention if attentive else 1) for line in open_lines)
        lift = material()["moods"][day.mood]["lift"] * rng.lognormvariate(0, 0.25) if attentive else 1
        pulls.append(pull * lift * (day.end - day.start) / DAY)
    return pulls


def _weight(line: Line, day: Day) -> float:
    """A line's size on a day: desks rest one day a week and are slower on Saturdays."""
    weekday = time.gmtime(day.start + DAY // 2).tm_wday
    rest = REST.get(line.outlet.language, 6)
    return line.size * (0.55 if weekday == rest else 0.8 if weekday == 5 else 1.0)


def _apportioned(total: int, weights: Sequence[float]) -> list[int]:
    """Whole numbers in proportion to the weights, with exactly this sum."""
    sums = list(accumulate(weights))
    marks = [round(total * part / sums[-1]) for part in sums]
    return [mark - before for mark, before in zip(marks, [0, *marks], strict=False)]


def _looks_of(day: Day, lines: Sequence[Line], step: int, until: int) -> list[tuple[int, Line]]:
    """When which line is checked on a day, in time order; `until` adds the last look at each."""
    looks = []
    for number, line in enumerate(lines):
        phase = number * 97 % step
        first = day.start + (phase - day.start) % step
        looks += [(at, line) for at in range(first, day.end, step) if at >= line.opens]
        if until:
            looks.append((until - number, line))
    return sorted(looks, key=lambda look: (look[0], look[1].feed.url))


def _look(
    line: Line, at: int, step: int, counters: dict[str, int], rng: Random
) -> tuple[Check, list[tuple[Item, Tags]]]:
    """One check of a line: a failure, or what has waited until then."""
    for start, end, (outcome, status, detail) in line.outages:
        if start <= at < end:
            line.failed += 1
            return Check(line.feed.url, at, outcome, status, detail), []
    due = sorted((one for one in line.waiting if one[0] <= at), key=lambda one: one[0])
    line.waiting = [one for one in line.waiting if one[0] > at]
    lost = line.failed * step >= 2 * DAY  # the feed has turned over: nothing it lists was seen before
    before, line.failed, line.answered = line.answered, 0, at
    if not due:
        return Check(line.feed.url, at, Outcome.UNCHANGED, 304), []
    # At least half of what it lists was listed before, so that nothing counts as lost (loss.py).
    overlap = 0 if lost or not line.held else max(rng.randint(5, 30), len(due))
    listed = len(due) + overlap
    held, line.held = max(line.held, overlap), listed
    check = Check(
        *(line.feed.url, at, Outcome.OK, 200),
        listed=listed,
        overlap=overlap,
        before=held,
        lost_since=before if lost else 0,
        size=600 + 850 * listed,
    )
    return check, [
        (_item(line, published, text, number, at, counters, rng), text.tags) for published, text, number in due
    ]


def _item(
    line: Line, published: int, text: Text, dispatch: int, at: int, counters: dict[str, int], rng: Random
) -> Item:
    """A text as an item of a line; a few have no date, a few a date without its zone."""
    outlet = line.outlet
    counters[outlet.id] += 1
    date, clock = _date(published // DAY), published % DAY
    url = f"{outlet.homepage}{date[-4:]}/{counters[outlet.id]}"
    dated_by, stated = DatedBy.FEED, f"{date} {clock // HOUR:02}:{clock // 60 % 60:02}:{clock % 60:02} GMT"
    chance = rng.random()
    if chance < 0.02:
        dated_by, stated, published = DatedBy.SEEN, "", at
    elif chance < 0.03:
        local = time.gmtime(published + line.offset * HOUR)
        dated_by, stated = DatedBy.ZONE, time.strftime("%Y-%m-%d %H:%M:%S", local)
    number = key(url)
    words = (text.title, text.summary)
    return Item(number, url, url, outlet.id, outlet.language, *words, published, dated_by, stated, copy_of=dispatch)


@lru_cache(maxsize=64)
def _date(day: int) -> str:
    """A day, counted from 1970, as feeds write it: Tue, 24 Nov 2026."""
    return formatdate(day * DAY, usegmt=True)[:16]


def _cut(title: str) -> str:
    """A title without its last words, as feeds cut long ones."""
    kept = title[: max(len(MARK) + 2, len(title) * 17 // 20)]
    head, space, _ = kept.rpartition(" ")
    return (head if space and len(head) > len(MARK) else kept).rstrip(" ,:;،—–-") + "…"
