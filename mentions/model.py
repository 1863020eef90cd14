"""The nouns of the monitor, frozen: what moves between the files (glossary in the README)."""

from dataclasses import dataclass, field
from enum import StrEnum

GROUPS = {
    "pakistan": "Pakistan",
    "india": "India",
    "kashmir": "Kashmir",
    "other_oic": "Other OIC states",
    "china_russia": "China and Russia",
    "world": "World",
    "forum": "Forums",
    "government": "Governments",
    "ngo_thinktank": "NGOs and think tanks",
    "aggregator": "Aggregators",
}
"""Groups of outlets: where they publish or what they are, never what they think."""

REGIONS = {"india": "India", "kashmir": "Kashmir", "pakistan": "Pakistan", "rest": "Rest"}
"""The groups of the three places the dispute is about, and all others together: what is compared most."""

LANGUAGES = {
    "en": "English",
    "ur": "Urdu",
    "hi": "Hindi",
    "ar": "Arabic",
    "fa": "Persian",
    "tr": "Turkish",
    "zh": "Chinese",
    "fr": "French",
    "es": "Spanish",
    "de": "German",
    "ru": "Russian",
    "bn": "Bengali",
    "id": "Indonesian",
}
"""Languages a feed may be in. The first twelve have a lexicon; items in others are kept as denominators."""


COUNTRIES = {
    "AE": "United Arab Emirates",
    "AU": "Australia",
    "AZ": "Azerbaijan",
    "BD": "Bangladesh",
    "BE": "Belgium",
    "CA": "Canada",
    "CH": "Switzerland",
    "CN": "China",
    "DE": "Germany",
    "ES": "Spain",
    "FR": "France",
    "GB": "United Kingdom",
    "GR": "Greece",
    "HK": "Hong Kong",
    "ID": "Indonesia",
    "IL": "Israel",
    "IN": "India",
    "INT": "International body",
    "IR": "Iran",
    "JP": "Japan",
    "KG": "Kyrgyzstan",
    "LK": "Sri Lanka",
    "MY": "Malaysia",
    "NL": "Netherlands",
    "NP": "Nepal",
    "PK": "Pakistan",
    "QA": "Qatar",
    "RU": "Russia",
    "SA": "Saudi Arabia",
    "SG": "Singapore",
    "TR": "Türkiye",
    "US": "United States",
}
"""Names of the countries in the catalogue; another one is shown by its code."""


@dataclass(frozen=True, slots=True)
class Feed:
    """An address of an outlet."""

    url: str
    outlet: str
    title: str
    language: str


@dataclass(frozen=True, slots=True)
class Outlet:
    """Who publishes; `country` is the ISO code of the place of publication, or INT.

    One that `aggregates` lists what others publish, picked by a query: its items are credited to their outlets.
    """

    id: str
    name: str
    homepage: str
    country: str
    group: str
    language: str
    feeds: tuple[Feed, ...] = ()
    notes: str = ""
    aggregates: bool = False


class DatedBy(StrEnum):
    """Where an item's published time comes from."""

    FEED = "feed"  # the feed states a time with its zone
    ZONE = "zone"  # the feed states a time; its zone was missing or misread and is taken from the outlet's country
    SEEN = "seen"  # the feed states no usable time: the time of the first sighting stands in


@dataclass(frozen=True, slots=True)
class Item:
    """One thing a feed listed, as plain text.

    `link` is the address as given and `url` its canonical form ("" where the feed gave none); `key` identifies the
    item for ever. `published` is in UTC seconds since 1970; `stated` is the date text as the feed gave it.
    """

    key: int
    url: str
    link: str
    outlet: str
    language: str
    title: str
    summary: str
    published: int
    dated_by: DatedBy
    stated: str
    guid: str = ""  # the feed's own id of the item, as given
    source: str = ""  # where an aggregator says it has the item from, "" for none
    source_name: str = ""
    copy_of: int = 0  # one number for all copies of a text, where whoever made them knows it: invented items


@dataclass(frozen=True, slots=True)
class Match:
    """The words and the rule that gave a tag; `start` and `end` are offsets into the given field."""

    dimension: str  # about_kashmir, relevant, forums, topics, naming, actors
    tag: str
    rule: str
    field: str  # title or summary
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Tags:
    """What the lexicon says of one item: two flags, one bit mask a dimension, and the reasons."""

    about: bool = False
    relevant: bool = False
    forums: int = 0
    topics: int = 0
    naming: int = 0
    actors: int = 0
    matches: tuple[Match, ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class Validators:
    """What a server gave to ask again cheaply, byte for byte as it came ("" for none)."""

    etag: str = ""
    modified: str = ""
    body: str = ""  # our own hash of the last body that was parsed


CONFIRMED = 3
"""So many looks in a row must be sent on to one address for good before it is asked in place of the catalogue's."""


@dataclass(frozen=True, slots=True)
class Pace:
    """What is known of a feed's rhythm and of its next turn; times in UTC seconds, the rate in items a day."""

    due: int = 0
    interval: int = 3600  # seconds we would wait by ourselves
    rate: float = -1.0  # new items a day, a moving mean; negative where nothing was learned yet
    failures: int = 0  # in a row
    failing: int = 0  # since when, 0 where the last look was answered
    asked: int = 0  # when we last looked
    answered: int = 0  # when the feed last told us what it lists
    full: int = 0  # when it last sent its whole document, or was asked to and failed
    distrusted: bool = False  # its validators stayed the same while its list changed: they are not sent any more
    wait: str = ""  # the Retry-After a busy server sent; until `due` nobody asks it, whatever they are told
    gone: bool = False  # 410: not asked any more, until the catalogue or a person says so
    moved: str = ""  # where 301 or 308 leads
    moves: int = 0  # how many looks in a row said so

    @property
    def adopted(self) -> str:
        """The address the feed moved to for good, once enough looks in a row were sent there; "" for none."""
        return self.moved if self.moves >= CONFIRMED else ""


class Outcome(StrEnum):
    """How a check of a feed ended; all but the first three are failures and say so in words beside."""

    OK = "ok"
    UNCHANGED = "unchanged"  # 304, or the very body of the last time
    EMPTY = "empty feed"  # a well-formed feed that lists nothing
    EMPTY_BODY = "empty body"
    HTML = "html in place of a feed"
    CHALLENGE = "challenge page"  # a page that lets only people with browsers in
    NOT_A_FEED = "not a feed"
    CUT_OFF = "cut off"  # the document ends before its end: whole items are kept, validators are not
    HTTP = "http error"
    TIMEOUT = "timeout"
    UNREACHABLE = "unreachable"
    TOO_LARGE = "too large"
    REDIRECT = "bad redirect"
    FAULT = "fault of ours"  # a bug met on this feed; it costs no other
    REFUSED = "refused"  # we will not read it: an entity declaration, an address that is not http


ANSWERED = frozenset({Outcome.OK, Outcome.UNCHANGED, Outcome.EMPTY})
"""The outcomes after which we know what the feed lists."""


@dataclass(frozen=True, slots=True)
class Check:
    """One look at one feed; `at` is in UTC seconds since 1970."""

    feed: str
    at: int
    outcome: Outcome
    status: int = 0  # HTTP status, 0 where no answer came
    detail: str = ""
    listed: int = 0
    overlap: int = 0  # how many of them the list before had too
    before: int = 0  # how many the list before had
    lost_since: int = 0  # too little in common with the list before: what was listed since may be lost
    size: int = 0  # bytes of the body after inflating
    validators: Validators | None = None  # None: keep those we have
