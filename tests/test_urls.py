"""Which addresses are one page, and which are not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mentions.urls import TRACKING, TRACKING_FAMILIES, canonical, key

HERE = "https://valley-courier.example"
FORMS = {
    "as it is": (f"{HERE}/a", f"{HERE}/a"),
    "http": ("http://valley-courier.example/a", f"{HERE}/a"),
    "letter case of scheme and host": ("HTTPS://Valley-Courier.EXAMPLE/A", f"{HERE}/A"),
    "blanks around": (f" \n{HERE}/a\t", f"{HERE}/a"),
    "no path": (HERE, f"{HERE}/"),
    "no path but a query": (f"{HERE}?id=1", f"{HERE}/?id=1"),
    "trailing slash stays": (f"{HERE}/a/", f"{HERE}/a/"),
    "www stays": ("https://www.valley-courier.example/a", "https://www.valley-courier.example/a"),
    "port of http": ("http://valley-courier.example:80/a", f"{HERE}/a"),
    "port of https": ("https://valley-courier.example:443/a", f"{HERE}/a"),
    "own port": ("https://valley-courier.example:8443/a", "https://valley-courier.example:8443/a"),
    "empty port": ("https://valley-courier.example:/a", f"{HERE}/a"),
    "user and password": ("https://me:secret@valley-courier.example/a", f"{HERE}/a"),
    "root dot": ("https://valley-courier.example./a", f"{HERE}/a"),
    "fragment": (f"{HERE}/a#comments", f"{HERE}/a"),
    "order of parameters stays": (f"{HERE}/a?b=2&a=1", f"{HERE}/a?b=2&a=1"),
    "empty parameters": (f"{HERE}/a?&id=1&&", f"{HERE}/a?id=1"),
    "parameter without value": (f"{HERE}/a?print", f"{HERE}/a?print"),
    "only tracking": (f"{HERE}/a?utm_source=rss&utm_medium=feed", f"{HERE}/a"),
    "tracking in between": (f"{HERE}/a?id=1&fbclid=x&page=2", f"{HERE}/a?id=1&page=2"),
    "tracking in capitals": (f"{HERE}/a?CMP=share&UTM_Source=x", f"{HERE}/a"),
    "YouTube": ("https://www.youtube.com/watch?v=abc_-1&feature=youtu.be", "https://www.youtube.com/watch?v=abc_-1"),
    "escapes in small letters": (f"{HERE}/%d9%83", f"{HERE}/%D9%83"),
    "needless escapes": (f"{HERE}/%7Ea%2Db", f"{HERE}/~a-b"),
    "needed escapes": (f"{HERE}/a%2Fb%3Fc?x=%26", f"{HERE}/a%2Fb%3Fc?x=%26"),
    "no escapes": (f"{HERE}/کشمیر خبر", f"{HERE}/%DA%A9%D8%B4%D9%85%DB%8C%D8%B1%20%D8%AE%D8%A8%D8%B1"),
    "bare percent": (f"{HERE}/100%", f"{HERE}/100%25"),
    "foreign host": ("https://اخبار.example/a", "https://xn--mgbacxr.example/a"),
    "IPv6": ("http://[2001:DB8::1]:8080/a", "https://[2001:db8::1]:8080/a"),
}
NONE = [
    "",
    "/a",
    "a",
    "javascript:alert(1)",
    "data:text/html,x",
    "mailto:desk@valley-courier.example",
    "ftp://valley-courier.example/a",
    "tag:valley-courier.example,2026:1",
    "//valley-courier.example/a",
    "http://",
    "https:///a",
    "http://[::1",
    "http://valley-courier.example:port/a",
    "http://valley-courier.example:99999/a",
    "http://valley courier.example/a",
    f"http://{'ک' * 80}.example/",
    f"{HERE}/\ud800",
]


@pytest.mark.parametrize("name", FORMS)
def test_canonical(name: str) -> None:
    given, expected = FORMS[name]
    assert canonical(given) == expected


@pytest.mark.parametrize("name", sorted(TRACKING) + [f"{family}any" for family in TRACKING_FAMILIES])
def test_each_tracking_parameter_is_dropped(name: str) -> None:
    assert canonical(f"{HERE}/a?{name}=1&id=7&{name}") == f"{HERE}/a?id=7"


@pytest.mark.parametrize("name", ["id", "v", "p", "page", "story", "article", "q", "lang", "at", "ns", "utm", "ref"])
def test_parameters_that_name_a_page_stay(name: str) -> None:
    assert canonical(f"{HERE}/a?{name}=1") == f"{HERE}/a?{name}=1"


@pytest.mark.parametrize("url", NONE)
def test_no_web_address(url: str) -> None:
    assert canonical(url) == ""


SIGNS = st.text(st.sampled_from("abZ09%2fF/?&=#:@[].-_~ +;,کé\x00\t\\"), max_size=40)


@given(st.text() | SIGNS.map("http://".__add__) | SIGNS.map(f"{HERE}/".__add__))
def test_a_canonical_address_is_its_own_canonical_form(url: str) -> None:
    once = canonical(url)
    assert canonical(once) == once
    assert once.isascii() and " " not in once


@given(st.text())
def test_keys_fit_a_signed_64_bit_column(text: str) -> None:
    assert -(2**63) <= key(text) < 2**63


def test_keys_never_change() -> None:
    # Stored for ever: another number here would make every stored item new.
    assert key(f"{HERE}/a") == -8782084383825821559
