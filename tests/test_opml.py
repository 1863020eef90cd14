"""Lists of feeds in and out: what other readers write, what nobody honest writes, and the catalogue's own file."""

import difflib
import os
import re
import stat
import tomllib
import xml.etree.ElementTree as ET
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from collectors.commands import main
from collectors.enlist import Defaults, Enlisted
from collectors.exchange import export, import_into
from collectors.mend import ILLEGAL
from collectors.opml import MOST_BYTES, MOST_OUTLINES, NAMESPACE, OpmlError
from collectors.parse import UNSEEN
from mentions.catalogue import AGGREGATOR, CatalogueError, load_catalogue
from mentions.model import GROUPS, LANGUAGES, Feed, Outlet
from tests.conftest import ROOT

CATALOGUE = """\
# Who is read. Mind the gap.

# ---- Valleys ----

[[outlet]]
id = "cedar-gazette"
name = "Cedar Gazette"   # as it calls itself
homepage = "https://www.cedar.example"
country = "PK"
group = "pakistan"
language = "en"
feeds = [
    { url = "https://cedar.example/feed", title = "All" },
    # the other desk
    { url = "https://cedar.example/ur", title = "Urdu", language = "ur" },
]

[[outlet]]
id = "lake-en"
name = 'Lake'
homepage = "https://lake.example/en"
country = "IN"
group = "india"
language = "en"
feeds = [
    { url = "https://feeds.lake-media.example/en", title = "Lake" },
]
notes = "Two desks."

[[outlet]]
id = "lake-hi"
name = "Lake"
homepage = "https://lake.example/hi"
country = "IN"
group = "india"
language = "hi"
feeds = [ ]
# the end
"""

ALL = Defaults("PK", "pakistan", "en")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "outlets.toml").write_text(CATALOGUE, encoding="utf-8", newline="")
    return tmp_path


def listed(outlines: str, head: str = '<?xml version="1.0" encoding="UTF-8"?>') -> bytes:
    """The bytes of a list that holds the outlines."""
    return f'{head}<opml version="2.0"><head><title>x</title></head><body>{outlines}</body></opml>'.encode()


def taken(folder: Path, body: bytes, defaults: Defaults = ALL) -> Enlisted:
    """What comes of importing the bytes."""
    path = folder / "list.opml"
    path.write_bytes(body)
    return import_into(folder, path, defaults)


def feed(url: str = "https://reed.example/feed", name: str = "Reed Courier", more: str = "") -> str:
    return f'<outline text="{name}" xmlUrl="{url}" {more}/>'


NESTED = b"""<?xml version="1.0" encoding="UTF-8"?>
<!-- exported by a reader -->
<opml version="1.1">
  <head><title>Subscriptions</title><ownerName>A reader</ownerName></head>
  <body>
    <outline text="News" title="News">
      <outline text="South Asia" title="South Asia" isOpen="true">
        <outline text="Cedar: sport" title="Cedar: sport" type="rss" xmlUrl="http://cedar.example/sport.xml?a=1&amp;b=2"
                 htmlUrl="http://cedar.example/"/>
        <outline text="Reed Courier" type="rss" version="RSS" xmlUrl="https://reed.example/rss" htmlUrl=""/>
        <outline title="Reed: world" type="rss" xmlUrl="https://www.reed.example/rss/world"/>
      </outline>
      <outline text="Cedar again" type="rss" xmlUrl="http://www.cedar.example/feed/" htmlUrl="http://cedar.example"/>
    </outline>
    <outline text="Radio" />
    <outline text="Summit" type="rss" xmlurl="https://summit.invalid/atom" htmlurl="https://summit.invalid/news/"
             language="ur-PK" description="Heights"/>
  </body>
</opml>
"""


def test_list_of_another_reader(folder: Path) -> None:
    done = taken(folder, NESTED, Defaults("PK", "pakistan", "en"))
    assert (done.known, done.refused) == (1, ())
    assert [(one.id, one.name, one.homepage, one.language) for one in done.outlets] == [
        ("reed-courier", "Reed Courier", "https://reed.example", "en"),
        ("summit", "Summit", "https://summit.invalid/news/", "ur"),
    ]
    assert [(one.outlet, one.title, one.url) for one in done.feeds] == [
        ("cedar-gazette", "Cedar: sport", "http://cedar.example/sport.xml?a=1&b=2"),
        ("reed-courier", "Reed Courier", "https://reed.example/rss"),
        ("reed-courier", "Reed: world", "https://www.reed.example/rss/world"),
        ("summit", "Summit", "https://summit.invalid/atom"),
    ]
    outlets = {one.id: one for one in load_catalogue(folder)}
    assert list(outlets) == ["cedar-gazette", "lake-en", "lake-hi", "reed-courier", "summit"]
    assert {one.id for one in done.outlets} < outlets.keys()
    assert all(one in outlets[one.outlet].feeds for one in done.feeds)


def test_second_time_changes_nothing(folder: Path) -> None:
    taken(folder, NESTED)
    after = (folder / "outlets.toml").stat()
    again = taken(folder, NESTED)
    assert (again.outlets, again.feeds, again.known) == ((), (), 5)
    assert (folder / "outlets.toml").stat() == after


def added_lines(before: str, after: str) -> list[str]:
    """The lines that are new, if no line was touched or moved."""
    marked = list(difflib.ndiff(before.splitlines(True), after.splitlines(True)))
    assert not [line for line in marked if line[0] in "-?"]
    return [line[2:] for line in marked if line[0] == "+"]


def test_what_was_there_stays_byte_for_byte(folder: Path) -> None:
    taken(folder, NESTED)
    assert "".join(added_lines(CATALOGUE, (folder / "outlets.toml").read_text())) == (
        '    { url = "http://cedar.example/sport.xml?a=1&b=2", title = "Cedar: sport" },\n'
        "\n# ---- Imported ----\n"
        '\n[[outlet]]\nid = "reed-courier"\nname = "Reed Courier"\nhomepage = "https://reed.example"\ncountry = "PK"\n'
        'group = "pakistan"\nlanguage = "en"\nfeeds = [\n'
        '    { url = "https://reed.example/rss", title = "Reed Courier" },\n'
        '    { url = "https://www.reed.example/rss/world", title = "Reed: world" },\n]\n'
        '\n[[outlet]]\nid = "summit"\nname = "Summit"\nhomepage = "https://summit.invalid/news/"\ncountry = "PK"\n'
        'group = "pakistan"\nlanguage = "ur"\nfeeds = [\n'
        '    { url = "https://summit.invalid/atom", title = "Summit" },\n]\n'
    )


def test_blanks_at_both_ends_of_the_file_stay(folder: Path) -> None:
    odd = "\n \n" + CATALOGUE.rstrip("\n") + "\t "
    (folder / "outlets.toml").write_text(odd)
    taken(folder, listed(feed()))
    assert (folder / "outlets.toml").read_text().startswith(odd + "\n\n# ---- Imported")


def test_heading_of_what_was_imported_stands_once(folder: Path) -> None:
    taken(folder, listed(feed()))
    taken(folder, listed(feed("https://moss.example/feed", "Moss")))
    assert (folder / "outlets.toml").read_text().count("# ---- Imported ----") == 1


def test_line_ends_and_mark_of_the_file_stay(folder: Path) -> None:
    path = folder / "outlets.toml"
    path.write_bytes(b"\xef\xbb\xbf" + CATALOGUE.replace("\n", "\r\n").encode())
    done = taken(folder, NESTED)
    assert len(done.feeds) == 4
    body = path.read_bytes()
    assert body.startswith(b"\xef\xbb\xbf# Who") and body.count(b"\n") == body.count(b"\r\n")
    added_lines(CATALOGUE, body.decode("utf-8-sig").replace("\r\n", "\n"))


@pytest.mark.parametrize(
    "rows", ["[]", "[ ]", "[\n]", '[{url="https://a.example"}]', '[ { url = "https://a.example" }, ]']
)
def test_feeds_written_on_one_line_grow(folder: Path, rows: str) -> None:
    path = folder / "outlets.toml"
    path.write_text(CATALOGUE.replace("[ ]", rows))
    taken(folder, listed(feed("https://lake.example/x", more='htmlUrl="https://lake.example/hi/"')))
    taken(folder, listed(feed("https://lake.example/y", more='htmlUrl="https://lake.example/hi/"')))
    *_, grown = load_catalogue(folder)
    assert [one.url for one in grown.feeds][-2:] == ["https://lake.example/x", "https://lake.example/y"]
    assert re.search(r'" },\n ?]\n# the end', path.read_text())


# ---- what outlet a feed goes to ----


def test_page_and_not_only_host_tells_desks_apart(folder: Path) -> None:
    (new,) = taken(folder, listed(feed("https://x.example/1", more='htmlUrl="http://www.lake.example/hi/"'))).feeds
    assert new.outlet == "lake-hi"


def test_feed_without_homepage_goes_to_who_is_read_at_its_host(folder: Path) -> None:
    (new,) = taken(folder, listed(feed("https://feeds.lake-media.example/2"))).feeds
    assert new.outlet == "lake-en"


def test_flag_gives_the_language_where_the_list_does_not(folder: Path) -> None:
    outlines = feed("https://cedar.example/1") + feed("https://cedar.example/2", more='language="ur"')
    done = taken(folder, listed(outlines), Defaults(language="hi"))
    assert [one.language for one in done.feeds] == ["hi", "ur"]
    assert [one.language for one in load_catalogue(folder)[0].feeds] == ["en", "ur", "hi", "ur"]


def test_known_outlet_needs_no_flag_and_keeps_its_language(folder: Path) -> None:
    done = taken(folder, listed(feed("https://cedar.example/1")), Defaults())
    assert [one.language for one in done.feeds] == ["en"]


def test_what_the_list_does_not_say_is_asked_for(folder: Path) -> None:
    done = taken(folder, listed(feed()), Defaults(country="PK"))
    (refused,) = done.refused
    assert refused.startswith("Reed Courier: ") and refused.endswith("; give --group and --language")
    assert (folder / "outlets.toml").read_text() == CATALOGUE


def test_ids_are_ascii_and_free(folder: Path) -> None:
    names = ["Cedar Gazette", "Cedar Gazette", "آواز ۲۴", "Élan – du Nord!", "", "x" * 400]
    outlines = "".join(feed(f"https://{number}.sites.example/f", name) for number, name in enumerate(names))
    done = taken(folder, listed(outlines))
    assert [one.id for one in done.outlets] == [
        *("cedar-gazette-2", "cedar-gazette-3", "2-sites-example", "elan-du-nord", "4-sites-example", "x" * 60)
    ]
    assert [len(one.name) for one in done.outlets[-2:]] == [len("4.sites.example"), 300]


def test_empty_catalogue_and_none(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match="no such file"):
        taken(tmp_path, listed(feed()))
    (tmp_path / "outlets.toml").write_text("# nothing yet")
    taken(tmp_path, listed(feed()))
    assert [one.id for one in load_catalogue(tmp_path)] == ["reed-courier"]
    assert (tmp_path / "outlets.toml").read_text().startswith("# nothing yet\n\n# ---- Imported")


def test_dry_run_writes_nothing(folder: Path) -> None:
    path = folder / "list.opml"
    path.write_bytes(NESTED)
    would = import_into(folder, path, ALL, dry_run=True)
    assert (folder / "outlets.toml").read_text() == CATALOGUE
    assert import_into(folder, path, ALL) == would


# ---- files no honest reader writes, or that are damaged ----

LAUGHS = b'<!DOCTYPE opml [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>'
FAULTS: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "no element found"),
    "blank": (b"\xef\xbb\xbf \n\n", "no element found"),
    "zeros": (bytes(1000), "no element found"),
    "entities": (listed(feed(name="&b;"), LAUGHS.decode()), "declares entities"),
    "entities in UTF-16": (
        listed(feed(name="&b;"), LAUGHS.decode()).decode().encode("utf-16"),
        "declares entities",
    ),
    "external entity": (
        listed(feed(name="&x;"), '<!DOCTYPE opml [<!ENTITY x SYSTEM "file:///etc/hostname">]>'),
        "declares entities",
    ),
    "parameter entity": (
        listed(feed(), '<!DOCTYPE opml [<!ENTITY % x SYSTEM "http://x.invalid/">%x;]>'),
        "declares ent",
    ),
    "subset without entities": (listed(feed(), "<!DOCTYPE opml [<!ELEMENT opml ANY>]>"), "a document type of its own"),
    "too large": (b"<opml>" + b" " * MOST_BYTES, "is larger than 5 MiB"),
    "too many": (listed("<outline/>" * (MOST_OUTLINES + 1)), "more than 5,000 outlines"),
    "too deep": (listed("<outline>" * 21 + "</outline>" * 21), "more than 20 levels"),
    "depth bomb": (b"<opml><outline/>" + b"<a>" * 200_000 + b"</a>" * 200_000 + b"</opml>", "more than 20 levels"),
    "truncated": (NESTED[:700], "is cut off or no well-formed XML"),
    "cut in a tag": (NESTED[:-5], "is cut off or no well-formed XML"),
    "two documents": (NESTED + NESTED[NESTED.index(b"<opml") :], "no well-formed XML: junk after"),
    "a feed": (b'<rss version="2.0"><channel/></rss>', "is not OPML: it begins with <rss>"),
    "a page": (b"<!DOCTYPE html><html><body></body></html>", "is not OPML: it begins with <html>"),
    "prose": (b"Cedar Gazette, https://cedar.example/feed", "no well-formed XML"),
    "json": (b'{"feeds": []}', "no well-formed XML"),
    "gzip": (b"\x1f\x8b\x08\x00" + bytes(range(256)), "in an unknown encoding"),
    "sqlite": (b"SQLite format 3\x00" + bytes(200), "no well-formed XML"),
    "not the stated UTF-8": (listed(feed(name="\xe9t\xe9")).decode().encode("latin-1"), "save it as UTF-8"),
    "no such encoding": (
        listed(feed(name="\xe9"), '<?xml version="1.0" encoding="x-secret"?>').decode().encode("latin-1"),
        "save it as UTF-8",
    ),
    "an encoding that is none": (
        listed(feed(name="\xe9"), '<?xml version="1.0" encoding="punycode"?>').decode().encode("latin-1"),
        "save it as UTF-8",
    ),
    "no outline": (listed(""), "holds no outline"),
    "prefix of nowhere": (listed('<outline x:id="a"/>'), "unbound prefix"),
    "attribute twice": (listed('<outline text="a" text="b"/>'), "duplicate attribute"),
    "depth bomb without end": (b"<opml>" + b"<a>" * 300_000, "no element found"),
    "sign hidden in a declaration": (listed(feed(), '<!ENT\x00ITY x "y">'), "declares entities"),
    "encoding that fails": (listed(feed(), '<?xml version="1.0" encoding="idna"?>'), "save it as UTF-8"),
}


@pytest.mark.parametrize("body,words", FAULTS.values(), ids=FAULTS)
def test_file_that_is_not_read(folder: Path, body: bytes, words: str) -> None:
    with pytest.raises(OpmlError, match=words) as told:
        taken(folder, body)
    assert str(told.value).startswith(f"{folder / 'list.opml'}: ") and "\n" not in str(told.value)
    assert (folder / "outlets.toml").read_text() == CATALOGUE


def test_path_of_no_file(folder: Path) -> None:
    for path, words in (
        (folder / "absent.opml", "No such file"),
        (folder, "Is a directory"),
        (Path("/dev/zero"), "is larger"),
    ):
        with pytest.raises(OpmlError, match=words):
            import_into(folder, path, ALL)


@pytest.mark.parametrize(
    "defaults,words",
    [
        (Defaults(country="Pakistan"), "--country: 'Pakistan' is not two capital"),
        (Defaults(group="west"), "--group: 'west' is unknown; known are pakistan"),
        (Defaults(group=AGGREGATOR), "--group: 'aggregator' is for services"),
        (Defaults(language="urdu"), "--language: 'urdu' is unknown"),
    ],
)
def test_flag_that_cannot_be(folder: Path, defaults: Defaults, words: str) -> None:
    with pytest.raises(OpmlError, match=words):
        taken(folder, NESTED, defaults)


# ---- outlines that are left out, beside one that is taken ----


def own(more: str, feeds: str = "") -> str:
    """An outline as the export writes it."""
    space = f'xmlns:kdm="{NAMESPACE}"'
    return f'<outline text="Reed" {space} {more}>{feeds}</outline>'


REFUSED = {
    "javascript": (feed("javascript:alert(1)"), "xmlUrl 'javascript:alert(1)' is not an http"),
    "file": (feed("file:///etc/passwd"), "is not an http or https address"),
    "data": (feed("data:text/xml,x"), "is not an http or https address"),
    "ftp": (feed("FTP://reed.example/feed"), "is not an http or https address"),
    "feed scheme": (feed("feed://reed.example/feed"), "is not an http or https address"),
    "relative": (feed("/feed.xml"), "is not an http or https address"),
    "no address": (feed(""), "xmlUrl '' is not"),
    "space within": (feed("https://reed.example/a b"), "is not an http or https address"),
    "line end within": (feed("https://reed.example/&#10;x"), r"'https://reed.example/\nx' is not"),
    "override within": (feed("https://reed.example/\u202egpj"), r"'https://reed.example/\u202egpj' is not"),
    "broken address": (feed("https://[reed/feed"), "is not an http or https address"),
    "port 99999": (feed("https://reed.example:99999/"), "is not an http or https address"),
    "long address": (feed("https://reed.example/" + "a" * 4000), "longer than 4,000 signs"),
    "loopback": (feed("http://127.0.0.1:8080/admin"), "names a machine by number"),
    "localhost": (feed("http://LOCALHOST/feed"), "names a machine by number"),
    "intranet": (feed("http://[fd00::1]/feed"), "names a machine by number"),
    "homepage javascript": (feed(more='htmlUrl="javascript:alert(1)"'), "htmlUrl 'javascript:alert(1)' is not"),
    "no feed": ('<outline text="Reed" htmlUrl="https://reed.example"/>', "has no xmlUrl"),
    "empty id of ours": (
        '<outline text="Reed" a:id="" xmlns:a="' + NAMESPACE + '" htmlUrl="https://reed.example"/>',
        "no xmlUrl",
    ),
    "include": ('<outline text="Reed" type="include" url="https://reed.example/more.opml"/>', "is not read"),
    "several desks": (feed("https://lake.example/feed"), "is of several outlets (lake-en, lake-hi)"),
    "shared host": (feed("https://feeds.feedburner.com/reed"), "many publish at feeds.feedburner.com"),
    "aggregator": (feed("https://news.google.com/rss/search?q=k"), "lists what others publish"),
    "aggregator's feed of an outlet": (
        feed("https://news.google.com/rss/search?q=k", more='htmlUrl="https://cedar.example"'),
        "lists what others publish",
    ),
    "id of another": (
        own('kdm:id="cedar-gazette" htmlUrl="https://evil.invalid"', feed("https://evil.invalid/feed")),
        "its id cedar-gazette is that of https://www.cedar.example here, and of https://evil.invalid there",
    ),
    "id with a quote": (own('kdm:id="a&quot;]" htmlUrl="https://reed.example"'), "field id: must be small letters"),
    "id too long": (own(f'kdm:id="{"a" * 101}" htmlUrl="https://reed.example"'), "longer than 100 signs"),
    "country in words": (own('kdm:id="reed" kdm:country="Reedland" htmlUrl="https://reed.example"'), "field country"),
    "group unknown": (own('kdm:id="reed" kdm:group="west" htmlUrl="https://reed.example"'), "field group: 'west'"),
    "group of services": (own('kdm:id="reed" kdm:group="aggregator" htmlUrl="https://reed.example"'), "field group"),
    "no homepage": (own('kdm:id="reed"'), "field homepage"),
}


@pytest.mark.parametrize("outline,words", REFUSED.values(), ids=REFUSED)
def test_outline_that_is_left_out(folder: Path, outline: str, words: str) -> None:
    done = taken(folder, listed(outline + feed("https://moss.example/feed", "Moss")))
    (refused,) = done.refused
    assert words in refused and refused.startswith("Ree")
    assert [one.id for one in done.outlets] == ["moss"]
    assert len(load_catalogue(folder)) == 4


# ---- odd lists that are read all the same ----

CYRILLIC = "Горный вестник"
ODD = {
    "mark before": (b"\xef\xbb\xbf" + listed(feed()), "Reed Courier"),
    "blank lines before": (b"\n\n  " + listed(feed()), "Reed Courier"),
    "UTF-16 with mark": (listed(feed(), "").decode().encode("utf-16"), "Reed Courier"),
    "UTF-16 without mark": (listed(feed(name=CYRILLIC), "").decode().encode("utf-16-le"), CYRILLIC),
    "said to be UTF-16, is UTF-8": (listed(feed(name=CYRILLIC), '<?xml version="1.0" encoding="utf-16"?>'), CYRILLIC),
    "Windows-1251": (
        listed(feed(name=CYRILLIC), '<?xml version="1.0" encoding="windows-1251"?>').decode().encode("cp1251"),
        CYRILLIC,
    ),
    "GBK": (
        listed(feed(name="芦苇报"), '<?xml version="1.0" encoding="gb2312"?>').decode().encode("gbk"),
        "芦苇报",
    ),
    "document type without entities": (
        listed(feed(), '<!DOCTYPE opml SYSTEM "http://x.invalid/opml.dtd">'),
        "Reed Courier",
    ),
    "stray ampersands": (listed(feed("https://reed.example/f?a=1&b=2&copy=3", "Reed & Moss")), "Reed & Moss"),
    "names of signs in HTML": (listed(feed(name="&Eacute;lan&nbsp;&ndash;&nbsp;&QUOT;x")), 'Élan – "x'),
    "numbers of no sign": (listed(feed(name="Re&#1;ed &#xD800;Courier&#x110000;")), "Reed Courier"),
    "said to be Windows-1251, is UTF-8": (
        listed(feed(name=CYRILLIC), '<?xml version="1.0" encoding="windows-1251"?>'),
        CYRILLIC,
    ),
    "capitals everywhere": (
        b'<OPML><BODY><OUTLINE TEXT="Reed" XMLURL="HTTPS://REED.example/f"/></BODY></OPML>',
        "Reed",
    ),
    "a namespace of its own": (
        b'<opml xmlns="urn:x"><body><outline title="R" xmlUrl="http://reed.example"/></body></opml>',
        "R",
    ),
    "neither text nor title": (
        listed('<outline xmlUrl="https://reader:word@www.reed.example:8080/f"/>'),
        "reed.example",
    ),
    "control signs": (listed(feed(name="Re\x00\x1b[31med\x7f &#x9b;Co&#10;urier")), "Re[31med Co urier"),
    "overrides of direction": (listed(feed(name="\u202eReed\u2066 \u200fCourier\ufeff")), "Reed \u200fCourier"),
    "signs TOML knows": (
        listed(feed(name="&quot;]&#10;[[outlet]]&#10;id = 'x' \\u0041 \\&quot;&quot;&quot; '''")),
        "\"] [[outlet]] id = 'x' \\u0041 \\\"\"\" '''",
    ),
    "markup": (listed(feed(name="&lt;script&gt;alert(1)&lt;/script&gt;")), "<script>alert(1)</script>"),
    "long name": (listed(feed(name="x " * 50_000)), "x " * 149 + "x…"),
}


@pytest.mark.parametrize("body,name", ODD.values(), ids=ODD)
def test_odd_list_is_read(folder: Path, body: bytes, name: str) -> None:
    done = taken(folder, body)
    assert done.refused == ()
    assert [one.name for one in done.outlets] == [name]
    assert load_catalogue(folder)[3:] == done.outlets
    assert len(done.feeds) == 1


def test_name_and_password_of_a_feed_do_not_become_the_homepage(folder: Path) -> None:
    (outlet,) = taken(folder, listed(feed("https://reader:word@reed.example:8080/f"))).outlets
    assert outlet.homepage == "https://reed.example:8080"


def test_twice_in_one_list_counts_once(folder: Path) -> None:
    done = taken(folder, listed(feed() + feed("HTTP://WWW.REED.example/feed/")))
    assert (len(done.feeds), done.known) == (1, 1)


HEAVY = {
    "every feed to one outlet": listed("".join(feed(f"https://cedar.example/{n}") for n in range(MOST_OUTLINES))),
    "every outlet of one name": listed("".join(feed(f"https://{n}.example/f") for n in range(MOST_OUTLINES))),
    "attributes without end": listed("<outline " + " ".join(f"a{n}=''" for n in range(400_000)) + "/>"),
    "namespaces without end": listed("<outline " + " ".join(f"xmlns:a{n}='u'" for n in range(200_000)) + "/>"),
    "ampersands": listed(f'<outline text="{"&" * 1_000_000}" xmlUrl="https://moss.example"/>'),
    "an address of 4 MB": listed(feed("https://cedar.example/" + "a" * 4_000_000)),
}


@pytest.mark.parametrize("body", HEAVY.values(), ids=HEAVY)
def test_heavy_list_ends(folder: Path, body: bytes) -> None:
    before = os.times().user
    done = taken(folder, body)
    assert os.times().user - before < 20  # the slowest takes 4 on a small machine
    assert len(load_catalogue(folder)) == 3 + len(done.outlets)


# ---- what the command line says ----


def said(folder: Path, body: bytes, capsys: pytest.CaptureFixture[str], *flags: str) -> tuple[int, str, str]:
    """How the command ends, and what it prints where."""
    (folder / "list.opml").write_bytes(body)
    with pytest.raises(SystemExit) as ended:
        main(["feeds", "import", str(folder / "list.opml"), "--data", str(folder), *flags])
    printed = capsys.readouterr()
    return int(str(ended.value.code)), printed.out, printed.err


FLAGS = ("--country", "PK", "--group", "pakistan", "--language", "en")


def test_command_names_what_it_adds_and_counts_it(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = said(folder, listed(feed()), capsys, *FLAGS, "--dry-run")
    assert (code, err) == (0, "")
    assert out.splitlines()[0].endswith(": https://reed.example/feed")
    assert out.splitlines()[1] == "1 outlet and 1 feed would be added; 0 feeds known already; 0 outlines refused"
    code, out, err = said(folder, NESTED, capsys, *FLAGS)
    assert (code, err, len(out.splitlines())) == (0, "", 5)
    assert out.splitlines()[-1] == "2 outlets and 4 feeds added; 1 feed known already; 0 outlines refused"


def test_command_ends_with_2_where_all_was_refused_and_with_1_where_some_was(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = said(folder, listed(feed()), capsys)
    assert (code, out) == (2, "0 outlets and 0 feeds added; 0 feeds known already; 1 outline refused\n")
    assert err.startswith("Reed Courier: it is a new outlet")
    code, out, err = said(folder, listed(feed() + feed("ftp://moss.example/feed", "Moss")), capsys, *FLAGS)
    assert (code, out.splitlines()[-1][-19:]) == (1, "; 1 outline refused")
    assert err.startswith("Moss: ")


def test_command_counts_what_it_writes(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["feeds", "export", str(folder / "x.opml"), "--data", str(folder)])
    assert capsys.readouterr().err == f"{folder / 'x.opml'}: 3 outlets written\n"


def test_service_that_is_off_still_owns_its_address(folder: Path) -> None:
    (folder / "queries.toml").write_text(
        '[[service]]\nid = "many"\nname = "M"\nhomepage = "https://many.invalid"\ncountry = "US"\n'
        'group = "aggregator"\nlanguage = "en"\non = false\nterms = "none stated"\n'
        'feeds = [{ url = "https://reed.example/feed" }]\n'
    )
    with pytest.raises(OpmlError, match="cannot hold what the list says.*is listed already"):
        taken(folder, listed(feed()))
    assert (folder / "outlets.toml").read_text() == CATALOGUE


# ---- out, and in again ----


def test_own_catalogue_comes_back_the_same(tmp_path: Path) -> None:
    outlets = [one for one in load_catalogue(ROOT / "data") if not one.aggregates]
    assert export(outlets, tmp_path / "all.opml") == len(outlets)
    (tmp_path / "outlets.toml").write_text("")
    done = import_into(tmp_path, tmp_path / "all.opml", Defaults())
    assert done.refused == ()
    assert list(load_catalogue(tmp_path)) == outlets


def test_own_catalogue_is_edited_in_place(tmp_path: Path) -> None:
    before = (ROOT / "data" / "outlets.toml").read_text(encoding="utf-8")
    (tmp_path / "outlets.toml").write_text(before, encoding="utf-8")
    known = load_catalogue(tmp_path)
    rows = (feed(f"https://{one.id}.invalid/more", one.id, f'htmlUrl="{one.homepage}"') for one in known)
    done = taken(tmp_path, listed("".join(rows)), Defaults())
    assert [one.outlet for one in done.feeds] == [one.id for one in known]
    left = before.replace("feeds = []\n", "feeds = [\n]\n")
    added = added_lines(left, (tmp_path / "outlets.toml").read_text(encoding="utf-8"))
    assert len(added) == len(known)
    assert all(
        re.fullmatch(r'    \{ url = "https://[a-z0-9-]+.invalid/more", title = ".+" \},\n', one) for one in added
    )


def line(most: int = 40) -> st.SearchStrategy[str]:
    """Texts on one line of what XML can hold and a reader can see, with what TOML and XML give a meaning to."""
    signs = st.one_of(st.sampled_from("\"'\\<>&;{}[]#=,. \u06a9"), st.characters(exclude_categories=["Cs"]))
    return st.text(signs, max_size=most).map(lambda given: " ".join(UNSEEN.sub("", ILLEGAL.sub("", given)).split()))


HOSTS = st.from_regex(r"[a-z]{1,8}\.(example|invalid)", fullmatch=True)
PATHS = st.text("abc/?&=%'\"\\#;<>", max_size=12)


@st.composite
def outlets(draw: st.DrawFn) -> list[Outlet]:
    ids = draw(st.lists(st.from_regex(r"[a-z0-9]{1,6}(-[a-z0-9]{1,3}){0,2}", fullmatch=True), min_size=1, unique=True))
    languages = st.sampled_from(sorted(LANGUAGES))
    found = []
    for number, name in enumerate(ids[:6]):
        paths = draw(st.lists(PATHS, max_size=3))
        rows = [
            Feed(f"https://{draw(HOSTS)}/{number}-{place}/{path}", name, draw(line()), draw(languages))
            for place, path in enumerate(paths)
        ]
        found.append(
            Outlet(
                id=name,
                name=draw(line().filter(bool)),
                homepage=f"http://{draw(HOSTS)}/{draw(PATHS)}",
                country=draw(st.from_regex("[A-Z]{2}|INT", fullmatch=True)),
                group=draw(st.sampled_from(sorted(set(GROUPS) - {AGGREGATOR}))),
                language=draw(languages),
                feeds=tuple(rows),
                notes=draw(st.lists(line(), max_size=3).map("\n\t".join)),
            )
        )
    return found


@settings(max_examples=25, deadline=None)
@given(outlets())
def test_outlets_come_back_the_same(given_outlets: list[Outlet]) -> None:
    with TemporaryDirectory() as name:
        folder = Path(name)
        export(given_outlets, folder / "x.opml")
        (folder / "outlets.toml").write_text("")
        done = import_into(folder, folder / "x.opml", Defaults())
        assert done.refused == ()
        assert list(load_catalogue(folder)) == given_outlets
        again = import_into(folder, folder / "x.opml", Defaults())
        assert (again.outlets, again.feeds, again.refused) == ((), (), ())
        export(load_catalogue(folder), folder / "y.opml")
        assert (folder / "x.opml").read_bytes() == (folder / "y.opml").read_bytes()


@settings(max_examples=80, deadline=None)
@given(st.text(min_size=1), st.text(), st.text())
@example("\0\x1b\ufffe", "]]>", "--")
def test_any_name_gives_well_formed_xml(name: str, title: str, notes: str) -> None:
    name, title, notes = (text.encode(errors="replace").decode() for text in (name, title, notes))
    rows = (Feed("https://reed.example/feed", "reed", title, "en"),)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "x.opml"
        export([Outlet("reed", name, "https://reed.example", "PK", "pakistan", "en", rows, notes)], path)
        (outline,) = ET.parse(path).getroot().findall("body/outline")
        assert outline.get("text", "") == ILLEGAL.sub("", name)
        assert [row.get("title", "") for row in outline] == [ILLEGAL.sub("", title)]


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=60), st.integers(0, len(NESTED)), st.integers(0, 60))
def test_damaged_list_is_read_or_refused_in_words(noise: bytes, at: int, cut: int) -> None:
    with TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "outlets.toml").write_text(CATALOGUE)
        try:
            done = taken(folder, NESTED[:at] + noise + NESTED[at + cut :])
        except OpmlError:
            assert (folder / "outlets.toml").read_text() == CATALOGUE
        else:
            assert sum(len(one.feeds) for one in load_catalogue(folder)) == 3 + len(done.feeds)
            assert len(load_catalogue(folder)) == 3 + len(done.outlets)


def test_aggregators_stay_at_home(tmp_path: Path) -> None:
    plain = Outlet("reed", "Reed", "https://reed.example", "PK", "pakistan", "en")
    rows = (Feed("https://many.example/q", "many", "q", "en"),)
    many = Outlet("many", "Many", "https://many.example", "US", AGGREGATOR, "en", rows, aggregates=True)
    assert export([plain, many], tmp_path / "x.opml") == 1
    assert "many" not in (tmp_path / "x.opml").read_text()


def test_export_follows_the_format(tmp_path: Path) -> None:
    rows = (Feed("https://reed.example/feed", "reed", "", "ur"),)
    export([Outlet("reed", "Reed", "https://reed.example", "PK", "pakistan", "en", rows)], tmp_path / "x.opml")
    root = ET.parse(tmp_path / "x.opml").getroot()
    assert (root.tag, root.get("version"), [part.tag for part in root]) == ("opml", "2.0", ["head", "body"])
    (row,) = root.findall("body/outline/outline")
    assert row.attrib == {
        "type": "rss",
        "text": "Reed",
        "xmlUrl": "https://reed.example/feed",
        "htmlUrl": "https://reed.example",
        "language": "ur",
    }


def test_export_to_standard_output(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    export(load_catalogue(ROOT / "data"), Path("-"))
    out = capfdbinary.readouterr().out
    assert ET.fromstring(out).tag == "opml"
    assert not Path("-").exists()


def test_file_is_replaced_whole_with_its_rights_and_behind_its_link(folder: Path) -> None:
    real = folder / "real.toml"
    (folder / "outlets.toml").rename(real)
    (folder / "outlets.toml").symlink_to(real)
    real.chmod(0o640)
    taken(folder, NESTED)
    assert (folder / "outlets.toml").is_symlink() and stat.S_IMODE(real.stat().st_mode) == 0o640
    assert len(tomllib.loads(real.read_text())["outlet"]) == 5
    assert sorted(path.name for path in folder.iterdir()) == ["list.opml", "outlets.toml", "real.toml"]


def test_export_to_where_no_file_can_be(tmp_path: Path) -> None:
    for path, words in ((tmp_path, "is no file"), (tmp_path / "absent" / "x.opml", "No such file")):
        with pytest.raises(OpmlError, match=words):
            export([], path)
    with pytest.raises(OpmlError, match="is no file"):
        export([], Path("/dev/null"))


def test_id_that_a_service_has_is_not_given_away(folder: Path) -> None:
    (folder / "queries.toml").write_text(
        '[[service]]\nid = "reed-courier"\nname = "R"\nhomepage = "https://many.invalid"\ncountry = "US"\n'
        'group = "aggregator"\nlanguage = "en"\non = true\nterms = "none stated"\nfeeds = []\n'
    )
    done = taken(folder, listed(feed()))
    assert [one.id for one in done.outlets] == ["reed-courier-2"]
    assert [one.id for one in load_catalogue(folder)][-2:] == ["reed-courier-2", "reed-courier"]
