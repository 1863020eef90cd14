"""The Sources page by the user's door, and what it says of feeds, days and caveats."""

from datetime import date

from mentions import caveats, observation
from mentions.cube import Cube
from mentions.lexicon import Lexicon
from mentions.model import Check, DatedBy, Feed, Item, Outcome, Outlet, Tags
from mentions.selection import Selection, start_of
from mentions.store import Store
from mentions.urls import key

DAY, HOUR = 86400, 3600
FIRST = date(2026, 9, 1)
START = start_of(FIRST, "UTC")
CEDAR, ELM, ELM_TWO, OAK = (f"https://{name}.invalid/feed" for name in ("cedar", "elm", "two.elm", "oak"))


def owner(name: str, *urls: str, country: str = "PK") -> Outlet:
    """An outlet with some feeds; its name would be mark-up, were it taken for any."""
    feeds = tuple(Feed(url, name, "all", "en") for url in urls)
    return Outlet(name, f"{name.title()} <b>*$x$*", f"https://{name}.invalid/", country, "pakistan", "en", feeds)


def article(owner: str, number: int, at: int, dated_by: DatedBy = DatedBy.FEED) -> tuple[Item, Tags]:
    """A relevant article."""
    url = f"https://{owner}.invalid/{number}"
    made = Item(key(url), url, url, owner, "en", f"Invented title {number}", "", at, dated_by, "")
    return made, Tags(True, True, 1, 1, 1)


def fill(store: Store, start: int = START, days: int = 10) -> None:
    """Cedar answers all days but its list turned over on the fourth; Elm has two feeds, of which one began on the sixth
    day; Oak was never looked at."""
    store.save_catalogue([owner("cedar", CEDAR), owner("elm", ELM, ELM_TWO, country="IN"), owner("oak", OAK)])
    for day in range(days):
        at = start + day * DAY
        lost = at - 2 * DAY if day == 4 else 0
        seen = DatedBy.SEEN if day < 2 else DatedBy.FEED
        store.save([(Check(CEDAR, at, Outcome.OK, 200, listed=1, lost_since=lost), [article("cedar", day, at, seen)])])
        store.save([(Check(ELM, at, Outcome.UNCHANGED, 304), [])])
        if day >= 5:
            store.save([(Check(ELM_TWO, at, Outcome.TIMEOUT, detail="nothing came for 20 s"), [])])


def test_the_caveats_of_a_selection(store: Store, lexicon: Lexicon) -> None:
    fill(store)
    cube = Cube(store, lexicon)
    chosen = Selection(FIRST, date(2026, 9, 10), grain="all")
    missing, lost, later, undated = caveats.warnings(cube, chosen)
    seen = observation.observed(cube, chosen).set_index("id").loc[""]
    assert seen["feed_days"] == 10 + 10 + 5 + 10
    assert missing.startswith(
        f"{seen['feed_days'] - seen['observed'] - seen['partly']} of {seen['feed_days']} feed-days"
    )
    assert "Oak <b>*$x$* (10 of 10) and Elm <b>*$x$* (6 of 15)" in missing
    assert lost.startswith("Items may be lost at 1 of 4 feeds")
    assert lost.endswith("longest 2 d, Cedar <b>*$x$*, to 2026-09-05 00:00 UTC.")
    assert later.startswith("1 of 3 outlets was first looked at after 2026-09-01")
    assert later.endswith("Oak <b>*$x$* (never looked at).")
    assert undated.startswith("2 of 10 articles (20%) state no usable date")


def test_no_caveats_where_all_is_well_or_nothing_is_chosen(store: Store, lexicon: Lexicon) -> None:
    fill(store)
    cube = Cube(store, lexicon)
    well = Selection(date(2026, 9, 6), date(2026, 9, 9), outlet=("cedar",))
    assert caveats.warnings(cube, well) == []
    assert caveats.warnings(cube, Selection(FIRST, FIRST, outlet=("cedar",), country=("IN",))) == []
