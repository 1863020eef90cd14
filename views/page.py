"""What every page is given."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from mentions.cube import Cube
from mentions.selection import Selection, day_of


@dataclass(frozen=True)
class Page:
    """The one cube, what the filter bar selects, what it would select untouched, the moment (UTC seconds)."""

    cube: Cube
    chosen: Selection
    default: Selection
    now: float
    counts: Mapping[str, int] = field(default_factory=dict)  # measures.totals of the selection
    menu: Mapping[str, Any] = field(default_factory=dict)  # the pages by their address, for links to them

    @property
    def today(self) -> date:
        """The civil day of the chosen zone that is not over yet."""
        return day_of(self.now, self.chosen.tz)
