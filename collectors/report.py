"""What a round tells people: a line for each look worth one, the round in a sentence, and what somebody must act on."""

from collections.abc import Iterator
from typing import Any

from collectors.collect import Round, Seen
from collectors.progress import Step
from collectors.schedule import DAY, Plan
from mentions.model import ANSWERED, Check, Outcome
from mentions.moments import moment

STALE = 3 * 3600
"""Without an answer from any feed for so many seconds, somebody must look."""


class Log:
    """Takes down the looks of a round: a line for those worth one, the checks that failed, what somebody must act on."""

    def __init__(self, step: Step) -> None:
        self.step = step
        self.failures: list[Check] = []
        self.needs: list[str] = []

    def __call__(self, seen: Seen) -> None:
        """Take down one look."""
        self.step(line_of(seen), is_worth_a_line(seen), 1)
        self.needs.extend(acts(seen))
        if seen.check.outcome not in ANSWERED:
            self.failures.append(seen.check)


def is_worth_a_line(seen: Seen) -> bool:
    """Whether a look belongs in a log that is read only when something is wrong."""
    proved_false = seen.pace.distrusted and not seen.before.distrusted
    return seen.check.outcome not in ANSWERED or bool(seen.check.lost_since) or proved_false


def line_of(seen: Seen) -> str:
    """One line about a look."""
    check = seen.check
    status = f" ({check.status})" if check.status else ""
    counts = f", {check.listed} listed, {seen.new} new" if check.listed else ""
    lost = f"; fewer than half of the items in common with the list before: items since {moment(check.lost_since)} may be lost"
    return f"{check.feed}: {check.outcome.value}{status}{counts}{detail_of(check)}{lost if check.lost_since else ''}"


def detail_of(check: Check) -> str:
    """The detail of a check behind a colon, if it has one."""
    return f": {check.detail}" if check.detail else ""


def acts(seen: Seen) -> Iterator[str]:
    """What somebody must do about a feed, said in the round in which it came to that and in no other."""
    check, before, pace = seen.check, seen.before, seen.pace
    if pace.gone and not before.gone:
        yield (
            f"{check.feed}: gone for good (410), not asked any more. Take it out of outlets.toml, or give its new"
            f" address; if it comes back: collect --now --outlet {seen.feed.outlet}"
        )
    if pace.adopted and pace.adopted != before.adopted:
        yield (
            f"{check.feed}: moved for good to {pace.moved}, which is asked from now on. Change its url in outlets.toml"
            " to that; its history goes along"
        )
    if check.outcome is Outcome.FAULT and before.failures == 0:
        yield f"{line_of(seen)}. This is a bug of the monitor: please report it with this line"
    elif pace.failing and before.asked < pace.failing + DAY <= check.at:
        yield f"{line_of(seen)}. It fails for a day; to look closer: check --outlet {seen.feed.outlet}"


def silence(result: Round, answered: int, asked: int, at: int) -> Iterator[str]:
    """What to do where no feed of any outlet answers; `answered` and `asked` are the times of the last ones before.

    Said once when the silence has lasted STALE seconds, and at each round of a store that never had an answer.
    """
    if result.outcomes.total() and not result.answered and (not answered or asked < answered + STALE <= at):
        since = f"since {moment(answered)}" if answered else "yet"
        yield f"No feed has answered {since}; the log has the reasons. Is there a network?"


def sentence(result: Round, plan: Plan) -> str:
    """The round in one line."""
    ends = ", ".join(f"{count} {outcome.value}" for outcome, count in result.outcomes.most_common())
    parts = [f"{result.answered} of {result.feeds} feeds answered; {result.listed} items listed, {result.new} new"]
    parts[0] += f" ({ends or 'none was asked'})"
    if plan.resting:
        parts.append(f"{plan.resting} not due yet")
    if plan.waiting:
        parts.append(f"{plan.waiting} wait because their servers asked for it")
    if plan.gone:
        parts.append(f"{plan.gone} gone for good")
    if result.left:
        parts.append(f"{result.left} left alone, since their hosts have too much to do")
    if result.ended_by:
        parts.append(f"ended by signal {result.ended_by}, with {result.unasked} not finished")
    elif result.unasked:
        parts.append(f"no answer of any kind, so {result.unasked} were not asked: is there a network?")
    return "; ".join(parts)


def idle(plan: Plan) -> str:
    """Why no feed was asked."""
    if not plan.next_due:
        return "No feed to ask" + (
            f": {plan.gone} are gone for good (410)" if plan.gone else ": the catalogue has none"
        )
    waiting = f", {plan.waiting} of them because their servers asked for it" if plan.waiting else ""
    gone = f"; {plan.gone} are gone for good" if plan.gone else ""
    rest = plan.resting + plan.waiting
    return f"No feed is due: {rest} rest{waiting}, the first one until {moment(plan.next_due)}{gone}" + (
        ". To ask before that: collect --now" if plan.resting else ""
    )


def summary(result: Round, plan: Plan, failures: list[Check]) -> dict[str, Any]:
    """The round in numbers, with the feeds that failed."""
    outcomes = {outcome.value: count for outcome, count in result.outcomes.most_common()}
    numbers = {
        name: getattr(result, name) for name in ("feeds", "answered", "unasked", "left", "listed", "new", "ended_by")
    }
    left = {name: getattr(plan, name) for name in ("resting", "well", "waiting", "gone", "next_due")}
    failed = [
        {"feed": one.feed, "outcome": one.outcome.value, "status": one.status, "detail": one.detail} for one in failures
    ]
    return {**numbers, **left, "outcomes": outcomes, "failures": failed}
