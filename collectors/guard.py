"""Which addresses may be spoken to: those of the public internet, and what the operator names.

A feed, a redirect or a name server may point anywhere, also at the machine we run on, its neighbours and the metadata
service of a cloud. So each address is judged where the connection is made, after names are resolved: a name that
resolves to a public address for one look and to a private one for the next gains nothing.
"""

import ipaddress
from collections.abc import Iterable
from urllib.parse import urlsplit

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

# `is_global` of Python 3.11 takes fec0::/10, 64:ff9b:1::/48, 2002::/16 and all multicast for global and changes between
# releases; the rows below are the registries' own (IANA special-purpose address registries, RFC 6890), first match wins.
KINDS = [
    ("169.254.169.254/32", "cloud metadata", "AWS, Azure, Google, Oracle, DigitalOcean: instance metadata"),
    ("169.254.170.2/32", "cloud metadata", "AWS: credentials of containers"),
    ("169.254.170.23/32", "cloud metadata", "AWS: credentials of pods"),
    ("100.100.100.200/32", "cloud metadata", "Alibaba Cloud"),
    ("192.0.0.192/32", "cloud metadata", "Oracle Cloud, classic"),
    ("168.63.129.16/32", "cloud metadata", "Azure: the host's agent, at an address that looks public"),
    ("fd00:ec2::/32", "cloud metadata", "AWS over IPv6: fd00:ec2::254 and its neighbours"),
    ("fd20:ce::254/128", "cloud metadata", "Google over IPv6"),
    ("fd00:42::42/128", "cloud metadata", "Scaleway over IPv6"),
    ("0.0.0.0/8", "this network", "RFC 791, section 3.2"),
    ("10.0.0.0/8", "private", "RFC 1918"),
    ("100.64.0.0/10", "shared by a carrier", "RFC 6598"),
    ("127.0.0.0/8", "loopback", "RFC 1122, section 3.2.1.3"),
    ("169.254.0.0/16", "link-local", "RFC 3927"),
    ("172.16.0.0/12", "private", "RFC 1918"),
    ("192.0.0.0/24", "protocol assignments", "RFC 6890, section 2.1"),
    ("192.0.2.0/24", "documentation", "RFC 5737"),
    ("192.88.99.0/24", "6to4 relay", "RFC 7526"),
    ("192.168.0.0/16", "private", "RFC 1918"),
    ("198.18.0.0/15", "benchmarking", "RFC 2544"),
    ("198.51.100.0/24", "documentation", "RFC 5737"),
    ("203.0.113.0/24", "documentation", "RFC 5737"),
    ("224.0.0.0/4", "multicast", "RFC 5771"),
    ("255.255.255.255/32", "broadcast", "RFC 919"),
    ("240.0.0.0/4", "reserved", "RFC 1112, section 4"),
    ("::/128", "unspecified", "RFC 4291, section 2.5.2"),
    ("::1/128", "loopback", "RFC 4291, section 2.5.3"),
    ("::ffff:0:0/96", "IPv4-mapped", "RFC 4291, section 2.5.5.2"),
    ("::ffff:0:0:0/96", "IPv4-translated", "RFC 2765, section 2.1"),
    ("::/96", "IPv4-compatible", "RFC 4291, section 2.5.5.1"),
    ("64:ff9b::/96", "NAT64", "RFC 6052"),
    ("64:ff9b:1::/48", "local NAT64", "RFC 8215"),
    ("100::/64", "discard", "RFC 6666"),
    ("100:0:0:1::/64", "dummy prefix", "RFC 9780"),
    ("2001::/32", "Teredo", "RFC 4380"),
    ("2001:2::/48", "benchmarking", "RFC 5180"),
    ("2001:10::/28", "ORCHID", "RFC 4843"),
    ("2001:20::/28", "ORCHID", "RFC 7343"),
    ("2001::/23", "protocol assignments", "RFC 2928"),
    ("2001:db8::/32", "documentation", "RFC 3849"),
    ("2002::/16", "6to4", "RFC 3056"),
    ("3fff::/20", "documentation", "RFC 9637"),
    ("5f00::/16", "segment routing", "RFC 9602"),
    ("fc00::/7", "unique local", "RFC 4193"),
    ("fe80::/10", "link-local", "RFC 4291, section 2.5.6"),
    ("fec0::/10", "site-local", "RFC 3879"),
    ("ff00::/8", "multicast", "RFC 4291, section 2.7"),
    ("2000::/3", "", "RFC 4291, section 2.4: the only global unicast there is; the rest below"),
    ("::/0", "unassigned", "RFC 4291, section 2.4"),
]
ROWS = [(ipaddress.ip_network(network), kind) for network, kind, _ in KINDS]

EMBEDDING = {"IPv4-mapped", "IPv4-translated", "IPv4-compatible", "NAT64", "local NAT64"}
"""Kinds of IPv6 addresses whose last 32 bits are an IPv4 address."""

ISATAP = {0x00005EFE, 0x02005EFE}
"""Bits 64 to 96 of an IPv6 address, under any prefix, before an IPv4 address to tunnel to (RFC 5214, section 6.1)."""


class Refused(Exception):
    """An address will not be spoken to; `kind` says what it is."""

    def __init__(self, address: str, kind: str) -> None:
        super().__init__(f"{address} ({kind})")


class SettingError(ValueError):
    """A flag or an environment variable cannot be used; the message names it and says how to write it."""


def networks(texts: Iterable[str]) -> tuple[Network, ...]:
    """Read networks to allow, like 10.1.0.0/16 or fd12::/64; raises SettingError."""
    found = []
    for text in texts:
        try:
            found.append(ipaddress.ip_network(text.strip()))
        except ValueError as error:
            raise SettingError(f"--allow-address {text}: {error}; write a network like 127.0.0.0/8") from error
    return tuple(found)


def kind_of(address: Address) -> str:
    """What an address is other than public, "" for a public one; with the IPv4 address it carries, if it does."""
    kind = next((kind for network, kind in ROWS if address in network), "")
    inner = embedded(address)
    return f"{kind or 'ISATAP'} of {inner}" if inner else kind


def embedded(address: Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address to which packets for an IPv6 address may go in the end."""
    if not isinstance(address, ipaddress.IPv6Address):
        return None
    kind = next(kind for network, kind in ROWS if address in network)
    if kind in EMBEDDING or int(address) >> 32 & 0xFFFFFFFF in ISATAP:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.sixtofour or (address.teredo[1] if address.teredo else None)


def refusal(address: Address, allowed: tuple[Network, ...]) -> str:
    """Why an address is not to be spoken to: its kind, or "" where it is public or in a network that was allowed.

    Allowing a form that carries IPv4 (NAT64 on a host without IPv4) does not allow what it carries.
    """
    if not any(address in network for network in allowed):
        return kind_of(address)
    inner = embedded(address)
    return kind_of(address) if inner and refusal(inner, allowed) else ""


def check(address: str, allowed: tuple[Network, ...]) -> None:
    """Raise Refused where an address, as a socket or a name service gives it, is not to be spoken to."""
    if kind := refusal(ipaddress.ip_address(address), allowed):
        raise Refused(address, kind)


def is_named(url: str) -> bool:
    """Whether the operator's own address of a feed names a machine itself: by number, or as localhost.

    Such an address was typed on purpose, so it may be spoken to at exactly that host and port, be it private; but
    never because a redirect from elsewhere or a name server leads there, and never where a cloud keeps its secrets.
    """
    host = urlsplit(url).hostname or ""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host == "localhost"
    return "cloud metadata" not in {kind_of(address), kind_of(embedded(address) or address)}
