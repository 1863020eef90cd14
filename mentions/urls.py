"""What an address identifies: its canonical form, and the number an item is known by."""

import re
from hashlib import blake2b
from urllib.parse import SplitResult, parse_qsl, quote, urlsplit

from mentions.text import folded

MOST_SIGNS = 8_000  # no server takes more

SET_BY = {
    "Google": "gclid gclsrc dclid gbraid wbraid gad_source gad_campaignid _ga _gl",
    "AMP and its caches": "amp amp_js_v amp_gsa amp_kit usqp",
    "Meta": "fbclid igshid igsh fb_action_ids fb_action_types fb_source fb_ref __tn__",
    "X": "twclid __twitter_impression ref_src ref_url",
    "other networks": "ttclid li_fat_id epik ysclid rb_clickid irclickid _branch_match_id _branch_referrer",
    "Microsoft; ocid is the BBC's too": "msclkid ocid cvid",
    "Yandex": "yclid _openstat",
    "Alibaba, on Chinese sites": "spm",
    "recommendations (Outbrain, Taboola)": "dicbo tblci",
    "mailings (Mailchimp, HubSpot, Marketo, Olytics, Vero)": (
        "mc_cid mc_eid _hsenc _hsmi __hstc __hssc __hsfp mkt_tok oly_enc_id oly_anon_id vero_id ck_subscriber_id"
    ),
    "Adobe": "s_cid sc_cid icid intcmp s_kwcid ef_id",
    "AT Internet, at Le Monde, RFI and France 24": "xtor",
    "Webtrekk, at German publishers": "wt_mc wt_zmc",
    "Yahoo, AOL and HuffPost": "guccounter guce_referrer guce_referrer_sig soc_src soc_trk ncid",
    "YouTube": "ab_channel",
    "Al Jazeera": "traffic_source",
    "Bloomberg": "cmpid srnd",
    "CBS": "ftag",
    "CNN": "hpt eref iref",
    "Condé Nast": "mbid",
    "Daily Mail": "ito",
    "Deutsche Welle": "maca",
    "Guardian": "cmp",
    "NDTV": "pfrom",
    "New York Times": "emc partner smid smtyp smprod",
    "Reuters": "feedtype feedname rpc taid",
    "Wall Street Journal": "reflink",
    "Washington Post": "wprss wpsrc wpisrc",
    "sessions (PHP, Java, ColdFusion)": "phpsessid jsessionid cfid cftoken",
}
"""Parameters that say how a reader came and never what is read, by who sets them; lower case."""

TRACKING = frozenset(name for names in SET_BY.values() for name in names.split())

TRACKING_FAMILIES = (
    "utm_",  # Google Analytics
    "at_",  # AT Internet: BBC
    "ns_",  # comScore: BBC, Daily Mail
    "pk_",  # Matomo
    "mtm_",
    "matomo_",
    "hsa_",  # HubSpot
)
"""Beginnings that whole families of such parameters share."""

FEED_WORDS = {"rss", "rss2", "rssfeed", "rss_feed", "rss-feed", "feed", "feeds", "atom"}
TRACKING_VALUES = {
    "ref": FEED_WORDS,  # smh.com.au; elsewhere it names a document
    "src": FEED_WORDS,
    "source": FEED_WORDS,
    "from": FEED_WORDS,
    "feature": {"youtu.be", "share", "shared", "emb_logo", "emb_title", "player_embedded"},  # YouTube
    "outputtype": {"amp"},  # Washington Post and others on its system
}
"""Parameters that say so with these values only; with another they may name a page."""

TWINS = re.compile(r"^(?:(?:www|m|mobile|amp)\.)+(?=[^.]+\.[^.])")
SESSION = re.compile(r";jsessionid=[^/;]*", re.IGNORECASE)
AMP = re.compile(r"^/amp(?=/)|/amp(?=/*$)|\.amp(?=(?:\.html)?/*$)")
WRAPPED_PATH = re.compile(
    r"(?:google(?:\.[a-z]{2,3}){1,2}/amp|(?:[^/]+\.)?cdn\.ampproject\.org/[cv])/(?:s/)?([^/]+\.[^/].*)"
)
WRAPPED_QUERY = re.compile(r"google(?:\.[a-z]{2,3}){1,2}/url|bing\.com/news/apiclick\.aspx", re.IGNORECASE)
PORTS = {None, 80, 443}
HOST = re.compile(r"[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?|\[[0-9a-f:.]+\]")
ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})?")
UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
RESERVED = "%!$&'()*+,;=:@/?[]"
"""Signs that stay as they are; `%` because escapes are put right before."""


def canonical(url: str) -> str:
    """Give the one form of an address by which two listings of a page are known to be the same; "" where it is no
    http or https address, or longer than 8,000 signs.

    For identity only, never to be opened. A canonical address is its own canonical form. Rules: RFC 3986 section 6.2.2
    and 6.2.3, and these, which held in 5,500 real links of 38 hosts without joining any two pages:

    - http and https are one, and so are `www.`, `m.`, `mobile.` and `amp.` before a host of two labels or more: news
      sites serve one article under one path on all of them, and where they do not, the paths differ.
    - A slash at the end does not count: no host lists both `/a` and `/a/`, and servers forward one to the other.
      Slashes doubled inside and names of index pages count.
    - Marks of AMP are dropped (`/amp` first or last, `.amp`, parameters), and what Google, Bing and AMP caches wrap is
      taken out.
    - The order of parameters does not count unless they share a name; those of SET_BY are dropped.
    - Fragments are dropped, but `#!`, by which some sites name their pages, stays.
    - User names, default ports and sessions are dropped.
    """
    if len(url) > MOST_SIGNS:
        return ""
    while (form := _form(url)) != url:
        url = form
    return form


def key(canonical: str) -> int:
    """Give the signed 64-bit number of an identity: a canonical address, or `guid:…` and `text:…` where there is none.

    Eight bytes of BLAKE2b: among ten million items the chance of one clash is about 1 in 370,000.
    """
    return int.from_bytes(blake2b(canonical.encode("utf-8", "replace"), digest_size=8).digest(), "big", signed=True)


def title_key(title: str) -> int:
    """Give the number of a title without its spelling variants, 0 for none."""
    plain = folded(title)
    return key(f"title:{plain}") if plain else 0


def _form(url: str) -> str:
    """Apply each rule once; what one leaves may be for another, so `canonical` repeats until nothing changes."""
    try:
        url.encode()
        parts = urlsplit(url.strip())
        host, port = _host(parts), parts.port
    except ValueError:  # half a surrogate pair, a broken IPv6 address, no port number, no punycode
        return ""
    if parts.scheme not in ("http", "https") or not HOST.fullmatch(host):
        return ""
    path, query = _escaped(parts.path), _query(parts.query)
    if inner := _form(_wrapped(host + path, query)):
        return inner
    path = AMP.sub("", SESSION.sub("", path)).rstrip("/") or "/"
    place = host if port in PORTS else f"{host}:{port}"
    route = f"#{_escaped(parts.fragment)}" if re.match("!.", parts.fragment) else ""
    return f"https://{place}{path}" + (f"?{query}" if query else "") + route


def _host(parts: SplitResult) -> str:
    host = (parts.hostname or "").rstrip(".")
    if ":" in host:
        return f"[{host}]"
    return TWINS.sub("", host if host.isascii() else host.encode("idna").decode())


def _wrapped(place: str, query: str) -> str:
    """Give the address that another carries to count its readers, "" for none."""
    if found := WRAPPED_PATH.fullmatch(place):
        return f"https://{found[1]}?{query}"
    if WRAPPED_QUERY.fullmatch(place):
        values = dict(parse_qsl(query))
        return values.get("url") or values.get("q", "")
    return ""


def _query(given: str) -> str:
    # Some feeds escape an ampersand twice, so that "amp;" is left before the name.
    pairs = [re.sub("^(?:amp;)+", "", pair) for pair in _escaped(given).split("&")]
    return "&".join(sorted((pair for pair in pairs if pair and not _tracks(pair)), key=_name))


def _name(pair: str) -> str:
    return pair.partition("=")[0]


def _tracks(pair: str) -> bool:
    name, _, value = pair.lower().partition("=")
    return name in TRACKING or name.startswith(TRACKING_FAMILIES) or value in TRACKING_VALUES.get(name, ())


def _escaped(text: str) -> str:
    """Escape what must be, in capitals, and nothing that need not be."""
    return quote(ESCAPE.sub(_escape, text), safe=RESERVED)


def _escape(found: re.Match[str]) -> str:
    if found[1] is None:  # a bare percent sign
        return "%25"
    sign = chr(int(found[1], 16))
    return sign if sign in UNRESERVED else found[0].upper()
