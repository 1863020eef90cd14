"""Brings items in: outlets.toml -> fetch -> parse -> tag -> save. `python -m collectors` is what cron runs."""

from mentions.model import Outcome


class FeedError(Exception):
    """A feed could not be had or read: how it ended, in words, and the HTTP status (0 where no answer came)."""

    def __init__(self, outcome: Outcome, detail: str, status: int = 0) -> None:
        super().__init__(f"{outcome}: {detail}" if detail else str(outcome))
        self.outcome = outcome
        self.detail = detail
        self.status = status
