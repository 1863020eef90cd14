"""Brings items in: outlets.toml -> fetch -> parse -> tag -> save. `python -m collectors` is what cron runs."""

from collections.abc import Mapping
from types import MappingProxyType

from mentions.model import Outcome

NONE: Mapping[str, str] = MappingProxyType({})


class FeedError(Exception):
    """A feed could not be had or read: how it ended, in words, the HTTP status (0 where no answer came) and headers.

    The headers are those of an answer other than 200, names in any case: they may say when to come again.
    """

    def __init__(self, outcome: Outcome, detail: str, status: int = 0, headers: Mapping[str, str] = NONE) -> None:
        super().__init__(f"{outcome}: {detail}" if detail else str(outcome))
        self.outcome = outcome
        self.detail = detail
        self.status = status
        self.headers = headers
        self.redirected = False  # whether it was met at an address to which the feed's own sent us
