"""Real captures, collected over HTTP while a replay server's clock steps through all of them."""

import json
import subprocess
import sys
import urllib.request
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from collectors.collect import collect
from mentions import store as stores
from mentions.lexicon import Lexicon
from mentions.model import Check, Outcome, Outlet
from mentions.store import Store
from tests.conftest import SHARED, needs_shared, outlet
from tests.view import free_port

CAPTURES = SHARED / "real" / "gesab001__headlines"
FEEDS = ("bbc", "aljazeeraenglish", "fox", "latimes", "smh", "dailymail", "straittimes")
ATOM = "{http://www.w3.org/2005/Atom}"

pytestmark = needs_shared


@contextmanager
def replaying(port: int = 0) -> Iterator[str]:
    """The replay server on a port, by default a free one; its address."""
    command = [sys.executable, str(SHARED / "tools" / "replay.py"), "--port", str(port or free_port())]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        line = server.stdout.readline()
        try:
            yield next(word for word in line.split() if word.startswith("http")).rstrip("/")
        finally:
            server.terminate()


def asked(url: str) -> bytes:
    """What the replay server says."""
    with urllib.request.urlopen(url) as answer:
        return bytes(answer.read())


def moments() -> list[datetime]:
    """When the captures were taken, from their names: 2020-04-21T124301p1200 is +12:00."""
    stamps = {path.name.rpartition("_")[0].rpartition("_")[2] for path in CAPTURES.rglob("*.xml")}
    return sorted(datetime.strptime(stamp.replace("p", "+"), "%Y-%m-%dT%H%M%S%z").astimezone(UTC) for stamp in stamps)


def listed(folder: str) -> set[str]:
    """The distinct links of a folder's captures, counted by another parser than the product's."""
    links: set[str] = set()
    for path in (CAPTURES / folder).iterdir():
        if path.stat().st_size:
            root = ET.parse(path).getroot()
            links |= {(one.text or "").strip() for one in root.iterfind("channel/item/link")}
            links |= {one.get("href", "") for one in root.iterfind(f"{ATOM}entry/{ATOM}link")}
    return links


def stored(store: Store) -> dict[str, set[str]]:
    """The links of each outlet's items."""
    found: dict[str, set[str]] = {name: set() for name in FEEDS}
    with stores.transaction(store) as db:
        rows = db.exec_driver_sql("SELECT o.id, i.link FROM item i JOIN outlet o ON o.number = i.outlet")
        for owner, link in rows:
            found[owner].add(link)
    return found


def test_every_item_of_every_capture_is_kept_once(store: Store, lexicon: Lexicon) -> None:
    checks: list[Check] = []
    with replaying() as site:
        outlets = [outlet(name, f"{site}/{name}", "GB", "world") for name in FEEDS]
        store.save_catalogue(outlets)
        news = [step(site, moment, store, outlets, lexicon, checks) for moment in moments()]
        again = step(site, moments()[-1], store, outlets, lexicon, [])
        served = json.loads(asked(f"{site}/_stats"))
    assert sum(news) > 3500
    assert again == 0
    links = stored(store)
    for folder in ("bbc", "aljazeeraenglish"):
        assert links[folder] == listed(folder)
    with stores.transaction(store) as db:
        assert db.exec_driver_sql("SELECT count(*), count(DISTINCT key) FROM item").one() == (sum(news), sum(news))

    # An unchanged capture costs a 304 and no parse: each answer in full was a capture not seen before.
    for folder in ("bbc", "aljazeeraenglish"):
        assert served[folder]["full"] == sum(1 for _ in (CAPTURES / folder).iterdir())
        assert served[folder]["without_validators"] == 1
        assert served[folder]["not_modified"] > 0
    failures = named(checks)
    assert failures["bbc"][Outcome.EMPTY_BODY] == 1
    assert set(failures["fox"]) == {Outcome.CUT_OFF, Outcome.HTTP}
    assert failures["latimes"][Outcome.HTML] >= 1
    assert failures["straittimes"][Outcome.HTML] >= 1
    assert failures["straittimes"][Outcome.EMPTY] == 1
    assert len(links["smh"]) > 0
    assert len(links["dailymail"]) > 0


def step(
    site: str, moment: datetime, store: Store, outlets: list[Outlet], lexicon: Lexicon, checks: list[Check]
) -> int:
    """Move the clock, collect once, and give how many items were new."""
    asked(f"{site}/_clock?to={moment:%Y-%m-%dT%H:%M:%S}")
    return collect(store, outlets, lexicon, lambda seen: checks.append(seen.check), now=True).new


def named(checks: list[Check]) -> dict[str, Counter[Outcome]]:
    """How the checks of each feed ended, apart from ok and unchanged."""
    ends: dict[str, Counter[Outcome]] = {name: Counter() for name in FEEDS}
    for check in checks:
        if check.outcome not in {Outcome.OK, Outcome.UNCHANGED}:
            ends[Path(check.feed).name][check.outcome] += 1
    return ends
