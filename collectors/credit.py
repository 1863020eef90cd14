"""Whose item an aggregator's is: it belongs to the outlet that published it, where the catalogue has that outlet."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import urlsplit

from mentions.model import Item, Outlet, Tags
from mentions.urls import canonical, key, title_key


class Credit:
    """Finds the outlets of a catalogue by the hosts of their homepages; the longest one wins, so a desk of its own does."""

    def __init__(self, outlets: Sequence[Outlet]) -> None:
        self.owners = {place_of(one.homepage): one.id for one in reversed(outlets) if not one.aggregates}

    def given(self, tagged: Sequence[tuple[Item, Tags]]) -> list[tuple[Item, Tags]]:
        """The items, each with its outlet: where the aggregator names a source that is it, else the item's own host.

        An item of neither stays with the aggregator. One listed twice for an outlet counts once, the first time.
        """
        credited = [(self.item(one), tags) for one, tags in tagged]
        first: dict[int, tuple[Item, Tags]] = {}
        for one, tags in credited:
            first.setdefault(one.key, (one, tags))
        return list(first.values())

    def item(self, one: Item) -> Item:
        """The item with its outlet, and with another key where its address is the aggregator's own."""
        owner = self.owner(one.source or one.url)
        if not owner:
            return one
        credited = replace(one, outlet=owner)
        return credited if self.owner(one.url) == owner else replace(credited, key=key_of(credited))

    def owner(self, url: str) -> str:
        """The id of the outlet whose homepage's place is the longest beginning or end of an address's; "" for none."""
        host, _, path = place_of(url).partition("/")
        labels, steps = host.split("."), [part for part in path.split("/") if part]
        for label in range(len(labels) - 1):
            for step in range(len(steps), -1, -1):
                place = "/".join([".".join(labels[label:]), *steps[:step]])
                if place in self.owners:
                    return self.owners[place]
        return ""


def place_of(url: str) -> str:
    """Host and path of an address in its canonical form."""
    parts = urlsplit(canonical(url))
    return f"{parts.hostname or ''}{parts.path}".rstrip("/")


def key_of(one: Item) -> int:
    """The key of an item whose address is the aggregator's: outlet, title and day, since that address changes.

    Google gives one report another address in each edition, and none of them is the publisher's.
    """
    day = datetime.fromtimestamp(one.published, UTC).date()
    return key(f"title:{one.outlet}:{title_key(one.title)}:{day}")
