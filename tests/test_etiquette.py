"""What publishers see of us and what is kept of their answers, round after round, over loopback and with a real store."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from sqlalchemy import update

from collectors.collect import Seen, collect
from collectors.report import acts
from mentions.lexicon import Lexicon
from mentions.model import Outcome, Outlet
from mentions.schema import feed, feed_check, sighting
from mentions.store import Store
from tests.conftest import outlet
from tests.server import Answer, Site, serving

DAY = 86400


def rss(*numbers: int, channel: str = "", link: str = "https://cedar.invalid/{n}") -> bytes:
    """A feed of invented items with these numbers."""
    items = "".join(
        f"<item><title>Invented item {n}</title><link>{link.format(n=n)}</link><guid>{n}</guid></item>" for n in numbers
    )
    return f'<rss version="2.0"><channel><title>Cedar</title>{channel}{items}</channel></rss>'.encode()


@dataclass
class Rounds:
    """Rounds over feeds of one server, each path an outlet of its own."""

    site: Site
    store: Store
    lexicon: Lexicon
    paths: list[str] = field(default_factory=lambda: ["/feed"])

    @property
    def outlets(self) -> list[Outlet]:
        return [outlet(path.strip("/"), f"{self.site.url}{path}") for path in self.paths]

    def collect(self, now: bool = True, only: tuple[str, ...] = ()) -> list[Seen]:
        """One round; what was seen."""
        seen: list[Seen] = []
        self.store.save_catalogue(self.outlets)
        collect(self.store, self.outlets, self.lexicon, seen.append, now=now, only=only)
        return seen

    def answers(self, *answers: Answer, path: str = "/feed") -> list[Seen]:
        """One round for each answer, in their order; the looks."""
        self.site.answers[path] = list(answers)
        return [look for _ in answers for look in self.collect()]

    def later(self, seconds: int) -> list[Seen]:
        """One round after some time; the looks."""
        self.let_pass(seconds)
        return self.collect()

    def sent(self, name: str) -> list[str]:
        """One header of all requests so far, "" where it was not sent."""
        return [request.headers.get(name, "") for request in self.site.requests]

    def rows(self, query: str) -> list[Any]:
        with self.store.engine.begin() as db:
            return [tuple(row) for row in db.exec_driver_sql(query)]

    def let_pass(self, seconds: int) -> None:
        """Let the store believe that so much time went by."""
        moved = {
            feed: [feed.c[name] for name in ("due", "asked", "answered", "full", "listing")],
            sighting: [sighting.c["last"]],
            feed_check: [feed_check.c.at],
        }
        with self.store.engine.begin() as db:
            for table, columns in moved.items():
                db.execute(update(table).values({column: column - seconds for column in columns}))


@pytest.fixture
def rounds(store: Store, lexicon: Lexicon) -> Iterator[Rounds]:
    with serving() as site:
        yield Rounds(site, store, lexicon)


def tagged(etag: str, *numbers: int, modified: str = "", status: int = 200) -> Answer:
    """An answer with validators."""
    headers = {"ETag": etag} | ({"Last-Modified": modified} if modified else {})
    return Answer(rss(*numbers) if status == 200 else b"", status, headers)


MONDAY, TUESDAY = "Mon, 23 Nov 2026 10:00:00 GMT", "Tue, 24 Nov 2026 10:00:00 GMT"

VALIDATORS = {
    # name: the answers, the If-None-Match and the If-Modified-Since of the request after them
    "byte for byte": ([tagged('W/"a  b"', 1, modified=MONDAY)], 'W/"a  b"', MONDAY),
    "no quotes": ([tagged("bare", 1)], "bare", ""),
    "renewed though the body is the same": ([tagged('"1"', 1), tagged('"2"', 1)], '"2"', ""),
    "renewed etag alone": ([tagged('"1"', 1, modified=MONDAY), tagged('"2"', 2, modified=MONDAY)], '"2"', MONDAY),
    "renewed date alone": ([tagged('"1"', 1, modified=MONDAY), tagged('"1"', 2, modified=TUESDAY)], '"1"', TUESDAY),
    "renewed by a 304": ([tagged('"1"', 1), tagged('"2"', status=304)], '"2"', ""),
    "kept by a 304 without them": ([tagged('"1"', 1, modified=MONDAY), Answer(status=304)], '"1"', MONDAY),
    "kept through a failure": ([tagged('"1"', 1), tagged('"bad"', status=500)], '"1"', ""),
    "kept through a page": ([tagged('"1"', 1), Answer(b"<html></html>", headers={"ETag": '"p"'})], '"1"', ""),
    "kept through an empty body": ([tagged('"1"', 1), Answer(b"", headers={"ETag": '"e"'})], '"1"', ""),
    "not those of a list cut off": ([tagged('"1"', 1), Answer(rss(1, 2)[:-40], headers={"ETag": '"c"'})], '"1"', ""),
    "none from a first answer that is no feed": ([Answer(b"words", headers={"ETag": '"w"'})], "", ""),
}


@pytest.mark.parametrize("answers,etag,modified", VALIDATORS.values(), ids=VALIDATORS)
def test_validators_are_those_of_the_last_list_read(
    rounds: Rounds, answers: list[Answer], etag: str, modified: str
) -> None:
    rounds.answers(*answers, Answer(status=304))
    assert (rounds.sent("if-none-match")[-1], rounds.sent("if-modified-since")[-1]) == (etag, modified)


PERIOD = "<sy:updatePeriod xmlns:sy='http://purl.org/rss/1.0/modules/syndication/'>{}</sy:updatePeriod>"
HOUR = (54 * 60, 3600)  # our own first interval, spread downwards by up to a tenth
NEVER = "316800000"

DUE = {
    # name: the answer, the least and the most seconds until the next turn
    "nothing asked": (Answer(rss(1)), *HOUR),
    "max-age": (Answer(rss(1), headers={"Cache-Control": "max-age=7200"}), 7200, 7200),
    "less than our own interval": (Answer(rss(1), headers={"Cache-Control": "max-age=60"}), *HOUR),
    "no-cache": (Answer(rss(1), headers={"Cache-Control": "no-cache, max-age=7200"}), *HOUR),
    "expires against the server's own date": (
        Answer(raw=b"HTTP/1.1 200 OK\r\nDate: Thu, 01 Jan 2015 00:00:00 GMT\r\nExpires: Thu, 01 Jan 2015 03:00:00 GMT\r\n"
        b"Connection: close\r\n\r\n" + rss(1)),
        3 * 3600, 3 * 3600,
    ),
    "ttl": (Answer(rss(1, channel="<ttl>180</ttl>")), 180 * 60, 180 * 60),
    "update period": (Answer(rss(1, channel=PERIOD.format("daily"))), DAY, DAY),
    "the longest of several": (
        Answer(rss(1, channel="<ttl>180</ttl>"), headers={"Cache-Control": "max-age=14400"}), 14400, 14400,
    ),
    "a ttl of weeks": (Answer(rss(1, channel="<ttl>99999</ttl>")), DAY, DAY),
    "an empty feed": (Answer(rss()), *HOUR),
    "a failure": (Answer(status=500), 3600, 4500),
    "retry later, in seconds": (Answer(status=429, headers={"Retry-After": "9000"}), 9000, 9000),
    "unavailable, in seconds": (Answer(status=503, headers={"Retry-After": "9000"}), 9000, 9000),
    "retry later, by date": (
        Answer(raw=b"HTTP/1.1 429 Too Many Requests\r\nDate: Thu, 01 Jan 2015 00:00:00 GMT\r\n"
        b"Retry-After: Thu, 01 Jan 2015 03:00:00 GMT\r\nContent-Length: 0\r\n\r\n"),
        3 * 3600, 3 * 3600,
    ),
    "retry in ten years": (Answer(status=429, headers={"Retry-After": NEVER}), 7 * DAY, 7 * DAY),
    "retry sooner than we would": (Answer(status=429, headers={"Retry-After": "5"}), 3600, 4500),
    "too many, without a word": (Answer(status=429), 3600, 4500),
}  # fmt: skip


@pytest.mark.parametrize("answer,least,most", DUE.values(), ids=DUE)
def test_the_next_turn_is_the_latest_that_anybody_asked_for(
    rounds: Rounds, answer: Answer, least: int, most: int
) -> None:
    before = int(time.time())
    (seen,) = rounds.answers(answer)
    ((due,),) = rounds.rows("SELECT due FROM feed")
    assert least <= due - seen.check.at <= most
    assert before <= seen.check.at
    rounds.collect(now=False)
    assert len(rounds.site.requests) == 1  # a restart asks nobody twice
    rounds.let_pass(most)
    rounds.collect(now=False)
    assert len(rounds.site.requests) == 2


def test_now_passes_over_our_interval_and_never_over_retry_after(rounds: Rounds) -> None:
    (calm,) = rounds.answers(Answer(rss(1)))
    rounds.collect(now=True)
    assert len(rounds.site.requests) == 2
    (busy,) = rounds.answers(Answer(status=429, headers={"Retry-After": NEVER}))
    assert "not asked before" in busy.check.detail
    assert busy.check.detail.endswith("7 days at most")
    rounds.collect(now=True)
    assert len(rounds.site.requests) == 3
    rounds.let_pass(7 * DAY)
    rounds.collect(now=False)
    assert len(rounds.site.requests) == 4
    assert calm.pace.wait == ""


def test_a_host_with_too_much_to_do_is_left_alone_for_the_round(rounds: Rounds) -> None:
    rounds.paths = [f"/{number}" for number in range(5)]
    rounds.site.answers = dict.fromkeys(rounds.paths, Answer(status=503, headers={"Retry-After": "7200"}))
    assert [seen.check.status for seen in rounds.collect()] == [503]
    assert len(rounds.site.requests) == 1


def test_a_redirect_for_now_to_what_is_gone_or_not_there_says_nothing_of_the_feed(rounds: Rounds) -> None:
    rounds.site.answers["/gone"] = Answer(status=410)
    first, second, third = rounds.answers(
        Answer(status=302, headers={"Location": "{site}/gone"}),
        *[Answer(status=302, headers={"Location": "http://nowhere.invalid/"})] * 2,
    )
    assert first.check.detail == "after a redirect: 410 Gone"
    assert not first.pace.gone
    assert second.pace.due - second.check.at >= 3600  # its own server did answer
    assert third.pace.due > second.pace.due


def test_a_server_that_only_says_304_is_asked_on_condition_again(rounds: Rounds) -> None:
    rounds.site.answers["/feed"] = Answer(rss(1), headers={"ETag": '"1"'})
    rounds.collect()
    rounds.site.answers["/feed"] = Answer(status=304)
    rounds.let_pass(DAY)
    outcomes = [look.check.outcome for _ in range(2) for look in rounds.collect()]
    assert outcomes == [Outcome.HTTP, Outcome.UNCHANGED]


def test_a_move_to_the_address_of_another_feed_is_never_adopted(rounds: Rounds) -> None:
    rounds.paths = ["/feed", "/new"]
    rounds.site.answers = {"/feed": Answer(status=301, headers={"Location": "{site}/new"}), "/new": Answer(rss(1))}
    for _ in range(5):
        looks = rounds.collect()
        rounds.let_pass(3600)
    (moved,) = (look for look in looks if look.feed.url.endswith("/feed"))
    assert "moved for good to the address of another feed here" in moved.check.detail
    assert (moved.pace.adopted, moved.pace.moves) == ("", 0)


def test_failures_wait_longer_each_time_and_a_success_forgets_them(rounds: Rounds) -> None:
    looks = rounds.answers(*[Answer(status=500)] * 4, Answer(rss(1)), Answer(status=500))
    waits = [look.pace.due - look.check.at for look in looks]
    assert waits[0] < waits[1] < waits[2] < waits[3]
    assert [look.pace.failures for look in looks] == [1, 2, 3, 4, 0, 1]
    assert waits[5] < waits[1]
    assert {look.pace.failing == looks[0].check.at for look in looks[:4]} == {True}


def test_gone_is_asked_no_more_until_somebody_says_so(rounds: Rounds) -> None:
    looks = rounds.answers(Answer(rss(1)), Answer(status=410))
    assert [len(list(acts(look))) for look in looks] == [0, 1]
    rounds.let_pass(400 * DAY)
    assert rounds.collect(now=False) == rounds.collect(now=True) == []
    assert rounds.rows("SELECT count(*) FROM item") == [(1,)]
    rounds.site.answers["/feed"] = Answer(rss(2))
    (back,) = rounds.collect(only=("feed",))
    assert (back.check.outcome, back.pace.gone) == (Outcome.OK, False)


@pytest.mark.parametrize("status,adopted", [(301, True), (308, True), (302, False), (303, False), (307, False)])
def test_a_lasting_redirect_is_adopted_after_three_looks(rounds: Rounds, status: int, adopted: bool) -> None:
    rounds.site.answers = {
        "/feed": Answer(status=status, headers={"Location": "{site}/new"}),
        "/new": tagged('"1"', 1),
    }
    looks = [look for _ in range(4) for look in rounds.later(3600)]
    asked = [request.path for request in rounds.site.requests]
    assert asked == ["/feed", "/new"] * 3 + (["/new"] if adopted else ["/feed", "/new"])
    said = [line for look in looks for line in acts(look)]
    assert [line.partition(": ")[2].partition(", ")[0] for line in said] == (
        [f"moved for good to {rounds.site.url}/new"] if adopted else []
    )
    assert rounds.rows("SELECT url, moved <> '' FROM feed") == [(f"{rounds.site.url}/feed", adopted)]


def test_an_adopted_address_that_fails_is_given_up(rounds: Rounds) -> None:
    rounds.site.answers = {
        "/feed": [*[Answer(status=301, headers={"Location": "{site}/new"})] * 3, Answer(rss(1, 2))],
        "/new": [*[Answer(rss(1))] * 3, Answer(status=410)],
    }
    outcomes = [look.check.outcome for _ in range(5) for look in rounds.later(3600)]
    assert outcomes == [Outcome.OK, Outcome.UNCHANGED, Outcome.UNCHANGED, Outcome.HTTP, Outcome.OK]
    assert rounds.site.requests[-1].path == "/feed"


def test_validators_that_prove_false_are_sent_no_more(rounds: Rounds) -> None:
    """The trap of a server that says 304, by the same ETag, of a list that changed."""
    rounds.site.answers["/feed"] = replace(tagged('"same"', 1, 2), conditional=True)
    rounds.collect()
    rounds.site.answers["/feed"] = replace(tagged('"same"', 2, 3), conditional=True)
    (lied,) = rounds.collect()
    assert lied.check.outcome is Outcome.UNCHANGED
    rounds.let_pass(DAY)
    (caught,) = rounds.collect()
    assert (caught.check.outcome, caught.new) == (Outcome.OK, 1)
    assert "changed though its validators did not" in caught.check.detail
    rounds.site.answers["/feed"] = replace(tagged('"same"', 3, 4), conditional=True)
    (after,) = rounds.collect()
    assert after.new == 1
    assert rounds.sent("if-none-match") == ["", '"same"', "", ""]


def test_an_honest_304_costs_one_whole_answer_a_day(rounds: Rounds) -> None:
    rounds.site.answers["/feed"] = replace(tagged('"1"', 1), conditional=True)
    for hours in (0, 6, 6, 6, 6, 6, 6):
        rounds.let_pass(hours * 3600)
        rounds.collect()
    assert rounds.sent("if-none-match") == ["", '"1"', '"1"', '"1"', "", '"1"', '"1"']


def test_one_request_at_a_time_with_our_name_and_nothing_more(rounds: Rounds) -> None:
    rounds.paths = [f"/{number}" for number in range(6)]
    answer = Answer(rss(1), headers={"Set-Cookie": "id=1; Path=/", "ETag": '"1"'}, wait=0.05)
    rounds.site.answers = dict.fromkeys(rounds.paths, answer)
    for _ in range(2):
        rounds.collect()
    assert rounds.site.most_at_once == 1
    assert len(rounds.site.requests) == 12
    assert {request.path for request in rounds.site.requests} == set(rounds.paths)  # no query is added to a path
    (agent,) = set(rounds.sent("user-agent"))
    assert agent.startswith("KashmirDiplomacyMonitor/")
    assert "+http" in agent
    assert set(rounds.sent("cookie")) | set(rounds.sent("referer")) | set(rounds.sent("authorization")) == {""}
    assert all("application/rss+xml" in accept for accept in rounds.sent("accept"))
    assert set(rounds.sent("accept-encoding")) == {"gzip, deflate"}


STICKY = range(900, 904)
"""A few items that a feed keeps listed for weeks."""

LISTS = {
    # name: the numbers listed before and now, how many are common, whether something may be lost
    "most stay": ([1, 2, 3], [2, 3, 4], 2, False),
    "none stays": ([1, 2, 3], [7, 8, 9], 0, True),
    "half of ten stays": (range(10), range(5, 15), 5, False),
    "less than half of ten stays": (range(10), range(6, 16), 4, True),
    "one stays of ten": (range(10), range(9, 19), 1, True),
    "ten new of ten": (range(10), range(10, 20), 0, True),
    "all but a few that are listed for weeks are new": ([*range(20), *STICKY], [*range(70, 90), *STICKY], 4, True),
    "all stays and as much comes on top": (range(10), range(20), 10, False),
    "shorter, of what was listed": (range(10), [8, 9], 2, False),
    "shorter, half of it new": (range(10), [9, 10], 1, False),
    "the only item stays": ([1], [1, 2], 1, False),
    "the only item is another": ([1], [2], 0, True),
    "one of two stays": ([1, 2], [2, 3], 1, False),
    "one of three stays": ([1, 2, 3], [3, 4, 5], 1, True),
    "half of what is read of a very long list": (range(1000, 3005), range(2005), 1000, False),
    "less than half of what is read of it": (range(1001, 3005), range(2005), 999, True),
    "nothing before": ([], [1, 2], 0, False),
    "nothing now": ([1, 2], [], 0, False),
}


@pytest.mark.parametrize("first,second,common,lost", LISTS.values(), ids=LISTS)
def test_lists_with_less_than_half_in_common_may_have_lost_items(
    rounds: Rounds, first: list[int], second: list[int], common: int, lost: bool
) -> None:
    one, two = rounds.answers(Answer(rss(*first)), Answer(rss(*second)))
    assert two.check.overlap == common
    assert two.check.lost_since == (one.check.at if lost else 0)
    if lost:
        assert two.pace.interval <= one.pace.interval / 2
    assert {look.check.size > 0 for look in (one, two)} == {True}
    assert rounds.rows("SELECT count(*) FROM feed_check WHERE lost_since > 0") == [(int(lost),)]


def test_a_list_that_was_empty_for_a_while_hides_no_loss(rounds: Rounds) -> None:
    first, _, last = rounds.answers(Answer(rss(1, 2)), Answer(rss()), Answer(rss(8, 9)))
    assert last.check.lost_since == first.check.at
    assert last.check.before == 2


def test_links_that_change_at_each_look_lose_nothing(rounds: Rounds) -> None:
    looks = rounds.answers(*(Answer(rss(1, 2, 3, link=f"https://cedar.invalid/{{n}}?session={n}")) for n in range(4)))
    assert [(look.new, look.check.overlap, look.check.lost_since) for look in looks[1:]] == [(0, 3, 0)] * 3
    assert looks[3].pace.interval >= looks[0].pace.interval


def test_a_loss_behind_false_304s_is_since_the_last_whole_list(rounds: Rounds) -> None:
    rounds.site.answers["/feed"] = replace(tagged('"same"', 1, 2), conditional=True)
    (first,) = rounds.collect()
    rounds.site.answers["/feed"] = replace(tagged('"same"', 8, 9), conditional=True)
    rounds.later(3600)
    (caught,) = rounds.later(DAY)
    assert caught.pace.distrusted
    assert caught.check.at - caught.check.lost_since == DAY + 3600 + caught.check.at - first.check.at


def test_the_loss_is_since_the_last_answer_not_the_last_look(rounds: Rounds) -> None:
    first, _, _, last = rounds.answers(Answer(rss(1)), Answer(status=500), Answer(b"<html></html>"), Answer(rss(9)))
    assert last.check.lost_since == first.check.at


def test_a_store_whose_clock_ran_ahead_goes_on_at_once(rounds: Rounds) -> None:
    rounds.answers(Answer(rss(1, 2)))
    rounds.let_pass(-400 * DAY)
    (seen,) = rounds.collect(now=False)
    assert seen.check.outcome is Outcome.UNCHANGED
    rounds.site.answers["/feed"] = Answer(rss(2, 3))
    (seen,) = rounds.collect()
    assert (seen.new, seen.check.overlap, seen.check.lost_since) == (1, 1, 0)
    assert rounds.collect(now=False) == []
