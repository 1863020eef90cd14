"""Which addresses may be spoken to: the table, and that no connection is ever made to the others."""

import asyncio
import ipaddress
import socket
import sys
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors import FeedError
from collectors.fetch import Hosts, Limits, Manners, Reply, Web, fetch, manners, session
from collectors.guard import SettingError, embedded, is_named, kind_of, networks, refusal
from mentions.model import Outcome, Validators
from tests.server import Answer, Names, Site, listening, naming, serving

FEED = b"<rss version='2.0'><channel><title>Courier</title></channel></rss>"

PUBLIC = """
    1.1.1.1 8.8.8.8 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 126.255.255.255 128.0.0.0 151.101.1.69
    169.253.255.255 169.255.0.0 172.15.255.255 172.32.0.0 192.0.1.0 192.0.3.0 192.88.98.255 192.88.100.0
    192.167.255.255 192.169.0.0 198.17.255.255 198.20.0.0 198.51.99.255 198.51.101.0 203.0.112.255 203.0.114.0
    223.255.255.255 168.63.129.15
    2001:200::1 2001:4860:4860::8888 2001:db7:ffff::1 2001:db9::1 2003::1 2400:cb00::1 2606:4700::1111
    2620:4f:8000::1 2a00:1450:4001::1 3ffe:ffff::1 2a00:1450:0:0:1:5efe:7f00:1
"""

NOT_PUBLIC = {
    "this network": "0.0.0.0 0.0.0.1 0.255.255.255",
    "private": "10.0.0.0 10.255.255.255 172.16.0.0 172.31.255.255 192.168.0.0 192.168.255.255",
    "shared by a carrier": "100.64.0.0 100.127.255.255",
    "loopback": "127.0.0.0 127.0.0.1 127.0.1.1 127.255.255.255 ::1",
    "link-local": "169.254.0.0 169.254.169.123 169.254.255.255 fe80::1 fe80::1%1 febf:ffff::1",
    "cloud metadata": "169.254.169.254 169.254.170.2 169.254.170.23 100.100.100.200 192.0.0.192 168.63.129.16 "
    "fd00:ec2::254 fd00:ec2::23 fd20:ce::254 fd00:42::42",
    "protocol assignments": "192.0.0.0 192.0.0.9 192.0.0.255 2001:1::1 2001:4:112::1 2001:1ff:ffff::1",
    "documentation": "192.0.2.1 198.51.100.1 203.0.113.255 2001:db8::1 2001:db8:ffff::1 3fff::1 3fff:fff:ffff::1",
    "6to4 relay": "192.88.99.1",
    "benchmarking": "198.18.0.0 198.19.255.255 2001:2::1",
    "multicast": "224.0.0.1 239.255.255.255 ff02::1 ff0e::1",
    "reserved": "240.0.0.0 255.255.255.254",
    "broadcast": "255.255.255.255",
    "unspecified": "::",
    "discard": "100::1",
    "dummy prefix": "100:0:0:1::1",
    "ORCHID": "2001:10::1 2001:1f:ffff::1 2001:20::1 2001:2f:ffff::1",
    "segment routing": "5f00::1",
    "unique local": "fc00::1 fd12:3456:789a::1 fdff:ffff::1",
    "site-local": "fec0::1 feff::1",
    "unassigned": "1::1 400::1 1fff::1 4000::1 8000::1 fe00::1",
    "IPv4-mapped of 127.0.0.1": "::ffff:127.0.0.1 ::ffff:7f00:1",
    "IPv4-mapped of 169.254.169.254": "::ffff:169.254.169.254",
    "IPv4-mapped of 8.8.8.8": "::ffff:8.8.8.8",
    "IPv4-translated of 10.0.0.1": "::ffff:0:10.0.0.1",
    "IPv4-compatible of 127.0.0.1": "::127.0.0.1",
    "IPv4-compatible of 8.8.8.8": "::8.8.8.8",
    "NAT64 of 127.0.0.1": "64:ff9b::127.0.0.1 64:ff9b::7f00:1",
    "NAT64 of 8.8.8.8": "64:ff9b::8.8.8.8",
    "local NAT64 of 192.168.0.1": "64:ff9b:1::192.168.0.1 64:ff9b:1:ffff::c0a8:1",
    "6to4 of 127.0.0.1": "2002:7f00:1:: 2002:7f00:1::1",
    "6to4 of 8.8.8.8": "2002:808:808::1",
    "Teredo of 127.0.0.1": "2001:0:808:808::80ff:fffe",
    "Teredo of 10.0.0.1": "2001::f5ff:fffe",
    "ISATAP of 127.0.0.1": "2a00:1450::5efe:7f00:1 2a00:1450::200:5efe:7f00:1",
    "link-local of 10.0.0.1": "fe80::5efe:a00:1",
}
TABLE = [(address, kind) for kind, row in NOT_PUBLIC.items() for address in row.split()]


@pytest.mark.parametrize("address", PUBLIC.split())
def test_public_addresses_are_spoken_to(address: str) -> None:
    assert kind_of(ipaddress.ip_address(address)) == ""


@pytest.mark.parametrize(("address", "kind"), TABLE)
def test_others_are_not_and_it_is_said_what_they_are(address: str, kind: str) -> None:
    assert kind_of(ipaddress.ip_address(address)) == kind


@given(st.ip_addresses())
def test_what_python_takes_for_private_is_never_public(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> None:
    doubtful = address.is_private or address.is_multicast or address.is_reserved or address.is_link_local
    assert kind_of(address) or not doubtful


@given(st.ip_addresses(v=4), st.sampled_from(["::ffff:0:0", "64:ff9b::", "64:ff9b:1::", "::ffff:0:0:0"]))
def test_what_an_address_carries_is_found(inner: ipaddress.IPv4Address, prefix: str) -> None:
    assert embedded(ipaddress.ip_address(int(ipaddress.ip_address(prefix)) + int(inner))) == inner


ALLOWED = [
    ("127.0.0.1", "127.0.0.0/8", ""),
    ("127.0.0.1", "127.0.0.2/32", "loopback"),
    ("10.1.2.3", "10.1.0.0/16", ""),
    ("10.2.0.1", "10.1.0.0/16", "private"),
    ("fd12::1", "fd12::/64", ""),
    ("::1", "127.0.0.0/8", "loopback"),
    ("8.8.8.8", "127.0.0.0/8", ""),
    # The form is allowed, what it carries is judged for itself.
    ("64:ff9b::8.8.8.8", "64:ff9b::/96", ""),
    ("64:ff9b::127.0.0.1", "64:ff9b::/96", "NAT64 of 127.0.0.1"),
    ("64:ff9b::127.0.0.1", "64:ff9b::/96 127.0.0.0/8", ""),
    ("64:ff9b::127.0.0.1", "127.0.0.0/8", "NAT64 of 127.0.0.1"),
    ("2002:a00:1::", "2002::/16", "6to4 of 10.0.0.1"),
    ("::ffff:127.0.0.1", "::/0", "IPv4-mapped of 127.0.0.1"),
]


@pytest.mark.parametrize(("address", "allowed", "kind"), ALLOWED)
def test_a_network_that_is_allowed(address: str, allowed: str, kind: str) -> None:
    assert refusal(ipaddress.ip_address(address), networks(allowed.split())) == kind


@pytest.mark.parametrize("text", ["", "localhost", "127.0.0.1/8", "10.0.0.0/33", "10.0.0", "::1/200", "127.0.0.0/8;"])
def test_a_network_that_is_none(text: str) -> None:
    with pytest.raises(SettingError, match="--allow-address"):
        networks([text])


def test_networks_come_from_the_flag_or_else_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MONITOR_ALLOW_ADDRESSES", raising=False)
    assert manners([]).allowed == ()
    monkeypatch.setenv("MONITOR_ALLOW_ADDRESSES", "127.0.0.0/8, fd12::/64,")
    assert manners([]).allowed == networks(["127.0.0.0/8", "fd12::/64"])
    assert manners(["10.0.0.0/8"]).allowed == networks(["10.0.0.0/8"])


@pytest.mark.parametrize(
    ("url", "named"),
    [
        ("http://127.0.0.1:8900/feed", True),
        ("http://10.0.0.5/feed", True),
        ("http://[::1]:8900/feed", True),
        ("http://localhost:8900/feed", True),
        ("http://LOCALHOST/feed", True),
        ("http://courier.example/feed", False),
        ("http://127.0.0.1.courier.example/", False),
        ("http://127.0.0.1@courier.example/", False),
        ("http://localhost.courier.example/", False),
        ("http://127.1/", False),
        ("http://2130706433/", False),
        ("http://0x7f.1/", False),
        ("http://169.254.169.254/latest/", False),
        ("http://[::ffff:169.254.169.254]/latest/", False),
        ("http://[fd00:ec2::254]/latest/", False),
    ],
)
def test_who_is_named_by_the_operator(url: str, named: bool) -> None:
    assert is_named(url) is named


# From here on over real sockets: `listening` fails the test where anybody connects.


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as site:
        site.answers["/feed"] = Answer(FEED)
        yield site


@pytest.fixture
def names() -> Iterator[Names]:
    names: Names = {}
    with naming(names):
        yield names


def ask(*urls: str, allowed: str = "") -> list[Reply | FeedError]:
    """Ask for feeds one after the other in one session."""

    async def one(web: Web, url: str) -> Reply | FeedError:
        try:
            return await fetch(web, url, Validators())
        except FeedError as error:
            return error

    async def asking() -> list[Reply | FeedError]:
        quick = Limits(connect=1, read=1, total=2)
        async with session(Manners(allowed=networks(allowed.split())), Hosts(spacing=0), quick) as web:
            return [await one(web, url) for url in urls]

    return asyncio.run(asking())


def refused(answer: Reply | FeedError) -> str:
    assert isinstance(answer, FeedError), answer
    assert answer.outcome is Outcome.REFUSED
    return answer.detail


def port_of(listener: socket.socket) -> int:
    return int(listener.getsockname()[1])


HIDDEN = [
    "127.0.0.1",
    "localhost",
    "127.1",
    "2130706433",
    "0x7f.1",
    "0x7f000001",
    "0177.0.0.1",
    "0",
    "0.0.0.0",
    "[::ffff:127.0.0.1]",
    "[::127.0.0.1]",
    "[::ffff:0:127.0.0.1]",
    "[64:ff9b::127.0.0.1]",
    "127.0.0.1.",
    "u:p@127.0.0.1",
]


@pytest.mark.parametrize("host", HIDDEN)
def test_no_redirect_leads_to_another_port_of_this_machine(site: Site, host: str) -> None:
    with listening() as listener:
        site.answers["/go"] = Answer(status=301, headers={"Location": f"http://{host}:{port_of(listener)}/"})
        (answer,) = ask(f"{site.url}/go")
        assert refused(answer)


@pytest.mark.parametrize("host", ["127.1", "2130706433", "0x7f.1", "0177.0.0.1", "127.0.0.1."])
def test_no_odd_number_is_taken_for_an_address_the_operator_named(host: str) -> None:
    with listening() as listener:
        (answer,) = ask(f"http://{host}:{port_of(listener)}/")
        assert isinstance(answer, FeedError)
        assert answer.outcome in {Outcome.REFUSED, Outcome.UNREACHABLE}


@pytest.mark.parametrize(
    "addresses", [["127.0.0.1"], ["10.0.0.1", "127.0.0.1"], ["::1", "127.0.0.1"], ["::ffff:127.0.0.1"]]
)
def test_no_name_leads_to_this_machine(names: Names, addresses: list[str]) -> None:
    names["courier.example"] = addresses
    with listening() as listener:
        (answer,) = ask(f"http://courier.example:{port_of(listener)}/")
        assert refused(answer).startswith(f"courier.example leads to {addresses[0]} (")


def test_a_name_keeps_the_addresses_that_may_be_spoken_to(site: Site, names: Names) -> None:
    names["courier.example"] = ["10.0.0.1", "127.0.0.1", "192.168.0.1"]
    (answer,) = ask(site.url.replace("127.0.0.1", "courier.example") + "/feed", allowed="127.0.0.0/8")
    assert isinstance(answer, Reply)


def test_a_name_that_turns_inward_after_its_first_look_gains_nothing(site: Site, names: Names) -> None:
    names["courier.example"] = ["127.0.0.1"]
    outside = site.url.replace("127.0.0.1", "courier.example")
    site.answers["/go"] = Answer(status=302, headers={"Location": f"{outside}/feed"})
    first, *others = ask(f"{outside}/feed", f"{outside}/go", allowed="127.0.0.0/8")
    assert isinstance(first, Reply) and isinstance(others[0], Reply)
    assert "courier.example" in refused(ask(f"{outside}/feed")[0])
    assert "courier.example" in refused(ask(f"{site.url}/go")[0])


class TestNamedByTheOperator:
    """A feed's own address may name a machine by number, and then means that host and port alone."""

    @pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
    def test_it_is_asked_and_may_send_us_on_within_itself(self, site: Site, host: str) -> None:
        home = site.url.replace("127.0.0.1", host)
        site.answers["/go"] = Answer(status=301, headers={"Location": f"{home}/on"})
        site.answers["/on"] = Answer(status=302, headers={"Location": "/feed"})
        (answer,) = ask(f"{home}/go")
        assert isinstance(answer, Reply) and answer.url == f"{home}/feed"
        assert answer.moved == f"{home}/on"

    def test_another_feed_of_the_round_does_not_get_in_by_its_name(self, site: Site, names: Names) -> None:
        """The connection that the first feed leaves open is not lent to the second."""
        names["courier.example"] = ["127.0.0.1"]
        with serving() as outside:
            outside.answers["/go"] = Answer(status=302, headers={"Location": f"{site.url}/secret"})
            courier = outside.url.replace("127.0.0.1", "courier.example")
            named, sent = ask(f"{site.url}/feed", f"{outside.url}/go")
            assert isinstance(named, Reply)
            assert "loopback" in refused(sent)
            assert "loopback" in refused(ask(f"{courier}/go")[0])
            assert [request.path for request in site.requests] == ["/feed"]
            assert isinstance(ask(f"{courier}/go", allowed="127.0.0.1/32")[0], FeedError)  # 404: now it is asked

    @pytest.mark.skipif(sys.platform == "darwin", reason="has one loopback address only")
    def test_it_does_not_come_back_from_elsewhere(self, site: Site, names: Names) -> None:
        names["courier.example"] = ["127.0.0.2"]
        with serving("127.0.0.2") as outside:
            port = outside.url.rpartition(":")[2]
            site.answers["/go"] = Answer(status=302, headers={"Location": f"http://courier.example:{port}/back"})
            outside.answers["/back"] = Answer(status=302, headers={"Location": f"{site.url}/feed"})
            (answer,) = ask(f"{site.url}/go", allowed="127.0.0.2/32")
            assert refused(answer) == "after a redirect: 127.0.0.1 leads to 127.0.0.1 (loopback)"
            assert len(outside.requests) == 1

    def test_it_is_not_another_scheme(self, site: Site) -> None:
        with listening() as listener:
            site.answers["/go"] = Answer(
                status=302, headers={"Location": f"https://127.0.0.1:{port_of(listener)}/feed"}
            )
            assert refused(ask(f"{site.url}/go")[0])

    def test_it_never_is_where_a_cloud_keeps_its_secrets(self) -> None:
        (answer,) = ask("http://169.254.169.254/latest/meta-data/")
        assert refused(answer) == "169.254.169.254 leads to 169.254.169.254 (cloud metadata)"
