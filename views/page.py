"""What every page is given."""

from dataclasses import dataclass
from datetime import date

from mentions.cube import Cube
from mentions.selection import Selection, day_of


@dataclass(frozen=True)
class Page:
    """The one cube, what the filter bar selects, what it would select untouched, and the moment (UTC seconds)."""

    cube: Cube
    chosen: Selection
    default: Selection
    now: float

    @property
    def today(self) -> date:
        """The civil day of the chosen zone that is not over yet."""
        return day_of(self.now, self.chosen.tz)
