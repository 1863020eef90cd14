"""The lexicon loads, keeps its promises to the store, and names what is wrong in an edited file."""

import shutil
import tomllib
from datetime import date
from itertools import combinations
from pathlib import Path

import pytest

from mentions.lexicon import DIMENSIONS, LexiconError, ids, load_lexicon

FOLDER = Path(__file__).resolve().parents[1] / "data" / "lexicon"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A lexicon of one's own to break."""
    return Path(shutil.copytree(FOLDER, tmp_path / "lexicon"))


def test_every_dimension_has_its_labels() -> None:
    lexicon = load_lexicon(FOLDER)
    assert [len(getattr(lexicon, name)) for name in DIMENSIONS] == [27, 17, 13, 59]
    assert {label.group for label in lexicon.naming} == {
        "pakistan_official",
        "pakistan_claim_formula",
        "india_official",
        "india_claim_formula",
        "neutral_international",
    }


def test_ids_come_in_file_order() -> None:
    forums = load_lexicon(FOLDER).forums
    mask = 1 << forums[5].bit | 1 << forums[2].bit
    assert ids(forums, mask) == [forums[2].id, forums[5].id]
    assert ids(forums, 0) == []


BITS = {
    "forums": "un unga unsc unsg ohchr_hrc unmogip oic sco saarc eco nam g20 brics eu uk_parliament us_congress us_state "
    "uscirf intl_courts pca world_bank fatf commonwealth arab_league gcc bilateral track2",
    "topics": "self_determination article370 human_rights accession_history militancy loc_escalation dialogue_mediation "
    "indus_water cpec_gb_ladakh ajk_humanitarian diaspora_solidarity accountability governance_elections pandits "
    "nuclear trade_sport media_narrative",
    "naming": "iiojk indian_occupied indian_held azad_kashmir jugular_vein pok jk_ut integral_part indian_administered "
    "pakistan_administered indian_kashmir pakistani_kashmir disputed",
    "actors": "pakistan india china turkiye us uk iran saudi_arabia uae qatar azerbaijan malaysia niger russia "
    "afghanistan bangladesh france germany norway israel nepal sri_lanka indonesia pk_foreign_office pk_armed_forces "
    "pk_kashmir_committee pk_kashmir_affairs ajk_government kiir kms in_mea in_mha in_army in_crpf_bsf nia jk_lg jk_cm "
    "nc pdp bjp congress jk_other_parties hurriyat jklf jaac ukpnp panun_kashmir ladakh_bodies jkccs kashmir_abroad "
    "lashkar jaish hizbul trf armed_other amnesty hrw press_freedom ngo_other",
}
"""Stored masks mean these bits: a change makes every store of the past wrong; new tags go to the end."""


@pytest.mark.parametrize("dimension", DIMENSIONS)
def test_the_ledger_keeps_every_bit_ever_given(dimension: str) -> None:
    ledger = tomllib.loads((FOLDER / "bits.toml").read_text("utf-8"))
    assert list(ledger[dimension].items())[: len(BITS[dimension].split())] == [
        (id, bit) for bit, id in enumerate(BITS[dimension].split())
    ]


def test_the_version_follows_the_content_alone(copy: Path) -> None:
    version = load_lexicon(copy).version
    assert version == load_lexicon(FOLDER).version
    (copy / "words.toml").rename(copy / "a.toml")
    assert load_lexicon(copy).version == version
    (copy / "actors.toml").write_text((copy / "actors.toml").read_text("utf-8") + "\n# a note\n", "utf-8")
    assert load_lexicon(copy).version != version


def test_rules_have_names_of_their_own() -> None:
    conditions = [when.rule for block in load_lexicon(FOLDER).blocks.values() for when in block.when]
    assert len(conditions) == len(set(conditions))


USED_BY_CODE = {"about", "veto", "relevant", "core", "strong", "listed", "places", "joiners", "ranges"} | {
    "examples_follow",
    "examples_end",
}


def test_no_word_list_is_left_over() -> None:
    blocks = load_lexicon(FOLDER).blocks
    conditions = [when for block in blocks.values() for when in block.when]
    asked = {name for when in conditions for choice in (*when.every, when.none) for name in choice}
    asked |= {name for block in blocks.values() for name in (*block.unless, *block.yields_to)}
    assert {name for name in blocks if "." not in name} - asked == USED_BY_CODE - asked


BROKEN = [
    ("forums.toml", "[x]\nlabel = 'X'\nbit = 61\nxx = ['word']\n", ["forums.toml", "block x", "xx"]),
    (
        "forums.toml",
        "[x]\nlabel = 'X'\nbit = 61\nen = ['\u200d']\n",
        ["forums.toml", "block x", "en", "nothing", "take it out"],
    ),
    ("forums.toml", "[x]\nlabel = 'X'\nbit = 61\nen = 'word'\n", ["forums.toml", "block x", "en", "list"]),
    ("forums.toml", "[x]\nlabel = 'X'\nbit = 61\nen = [3]\n", ["forums.toml", "block x", "en", "3"]),
    ("forums.toml", "[x]\nlabel = 'X'\nbit = 0\n", ["forums.toml", "block x", "bit", "taken by un"]),
    ("forums.toml", "[x]\nlabel = 'X'\nbit = 62\n", ["forums.toml", "block x", "bit", "62", "room for 62 tags"]),
    ("forums.toml", "[x]\nlabel = 'X'\nbit = true\n", ["forums.toml", "block x", "bit", "True"]),
    ("topics.toml", "[x]\nlabel = 'X'\n", ["topics.toml", "block x", "bit", "missing"]),
    ("topics.toml", "[x]\nbit = 60\n", ["topics.toml", "block x", "label", "missing"]),
    ("words.toml", "[core]\nen = ['word']\n", ["words.toml", "core", "another file"]),
    ("words.toml", "[x]\nunless = 'core'\n", ["words.toml", "block x", "unless", "list"]),
    ("words.toml", "[x]\nwhen = 3\n", ["words.toml", "block x", "when"]),
    ("words.toml", "[x]\n[[x.when]]\nall = 'core'\n", ["words.toml", "block x", "when 1", "list"]),
    ("words.toml", "[x]\n[[x.when]]\nall = ['core']\nnear = 'far'\n", ["words.toml", "block x", "when 1", "near"]),
    ("words.toml", "[x]\nunless = ['nobody']\n", ["block x", "nobody"]),
    ("words.toml", "[x]\n[[x.when]]\nall = ['nobody']\n", ["block x", "nobody"]),
    ("words.toml", "[x]\n[[x.when]]\nnear = 3\n", ["words.toml", "block x", "when 1", "all"]),
    ("words.toml", "[x]\n[[x.when]]\nall = ['core']\nnearby = 3\n", ["words.toml", "block x", "when 1", "nearby"]),
    ("words.toml", "[x\n", ["words.toml"]),
    ("words.toml", "[core.x]\n", ["words.toml", "core", "another file"]),
    ("words.toml", "[forums]\nen = ['word']\n", ["words.toml", "forums", "another file", "choose another"]),
    ("words.toml", "[x]\n[x]\n", ["words.toml", "x", "twice"]),
    (
        "words.toml",
        "[x]\n" + "[[x.when]]\nid = 'one'\nall = ['core']\n" * 2,
        ["words.toml", "block x", "when", "x.one", "give each"],
    ),
    (
        "words.toml",
        "[x]\n[[x.when]]\nall = ['core']\n[[x.when]]\nid = 1\nall = ['core']\n",
        ["words.toml", "block x", "when", "x.1", "give each"],
    ),
    (
        "words.toml",
        "[x]\nen = ['word']\n[[x.when]]\nid = 'en'\nall = ['core']\n",
        ["words.toml", "block x", "when", "x.en", "give each"],
    ),
    ("words.toml", "[x]\nholders = 3\n", ["words.toml", "block x", "[[x.holders]]"]),
    ("forums.toml", "[x]\nlabel = 'X'\nbit = 61\n", ["forums.toml", "block x", "bit 61", "`x = 61`", "[forums]"]),
    ("bits.toml", "y = 0\n", ["bits.toml", "[actors]", "pakistan and y"]),
    ("bits.toml", "[moods]\ny = 0\n", ["bits.toml", "[moods]", "not one of forums"]),
    ("words.toml", "[x]\n[x.when]\nall = ['core']\n", ["words.toml", "block x", "[[x.when]]"]),
    ("words.toml", "[x]\n[x.holders]\noffice = 'X'\n", ["words.toml", "block x", "[[x.holders]]"]),
]


@pytest.mark.parametrize(("file", "addition", "told"), BROKEN, ids=[" ".join(told) for *_, told in BROKEN])
def test_what_is_wrong_is_named(copy: Path, file: str, addition: str, told: list[str]) -> None:
    with (copy / file).open("a", encoding="utf-8") as edited:
        edited.write("\n" + addition)
    with pytest.raises(LexiconError) as error:
        load_lexicon(copy)
    assert all(words in str(error.value) for words in told), str(error.value)


@pytest.mark.parametrize(
    ("id", "bit", "told"),
    [
        ("ngo_other", 61, ["block ngo_other", "bit 61", "was 58", "put it back"]),
        ("late", 58, ["block late", "bit 58", "belongs to ngo_other for ever"]),
    ],
)
def test_a_moved_bit_is_refused(copy: Path, id: str, bit: int, told: list[str]) -> None:
    actors = (copy / "actors.toml").read_text("utf-8")
    moved = actors.replace("[ngo_other]\nbit = 58\n", f"[{id}]\nbit = {bit}\n")
    assert moved != actors
    (copy / "actors.toml").write_text(moved, "utf-8")
    with pytest.raises(LexiconError) as error:
        load_lexicon(copy)
    assert all(words in str(error.value) for words in ["actors.toml", *told]), str(error.value)


def test_a_tag_may_be_given_up_and_its_bit_stays_taken(copy: Path) -> None:
    actors = (copy / "actors.toml").read_text("utf-8")
    (copy / "actors.toml").write_text(actors[: actors.index("[ngo_other]")], "utf-8")
    assert "ngo_other" not in {label.id for label in load_lexicon(copy).actors}


def test_too_many_tags_are_counted(copy: Path) -> None:
    tags = "".join(f"[x{number}]\nlabel = 'X'\nbit = {number % 62}\n" for number in range(63))
    (copy / "actors.toml").write_text(tags, "utf-8")
    with pytest.raises(LexiconError, match=r"actors\.toml: holds 63 tags; a dimension has room for 62"):
        load_lexicon(copy)


DEAD = [
    ("en = ['X Y Z']\nnot = ['y']", "'x y z'", "'y'"),
    ("en = ['Kashmir talks']\nnot = ['kashmir talks']", "'kashmir talks'", "x.not"),
    ("en = ['peace talks']\nnot = ['peace*']", "'peace talks'", "'peace'"),
    ("en = ['?peace*']\nnot = ['pe*']", "'peace'", "'pe'"),
    ("zh = ['和平谈判']\nnot = ['谈判']", "'和平谈判'", "'谈判'"),
    ("ru = ['резолюци* ООН']\nnot = ['резолюци* ООН']", "'резолюци'", "x.not"),
    ("en = ['=The ECO']\nnot = ['=ECO']", "'the eco'", "'eco'"),
    ("en = ['peace talks']\nyields_to = ['bare']\n[bare]\nen = ['talks']", "'peace talks'", "bare.en"),
    ("ur = ['امن معاہدہ']\nyields_to = ['bare']\n[bare]\nur = ['امن معاہدہ']", "x: ur", "bare.ur"),
    (
        "en = ['word']\nnot = ['deed']\n[[x.holders]]\noffice = 'Chair'\nfrom = 2020-01-01\nen = ['A Deed']",
        "'a deed'",
        "x.not",
    ),
]


@pytest.mark.parametrize(("block", "term", "veto"), DEAD)
def test_a_term_that_can_never_count_is_refused(copy: Path, block: str, term: str, veto: str) -> None:
    (copy / "x.toml").write_text(f"[x]\n{block}\n", "utf-8")
    with pytest.raises(LexiconError) as error:
        load_lexicon(copy)
    told = str(error.value)
    assert all(words in told for words in ["x.toml", "block x", term, veto, "never count", "take one"]), told


ALIVE = [
    "en = ['peace talks']\nnot = ['eace']",  # not at the edge of a word
    "en = ['peace*']\nnot = ['peace']",  # "peaceful" counts
    "en = ['pea*']\nnot = ['peace*']",
    "en = ['eco']\nnot = ['=ECO']",  # "Eco" counts
    "en = ['=Eco']\nnot = ['=ECO']",
    "en = ['=ECO Eco*']\nnot = ['=Eco']",  # "ECO Economy" counts
    "en = ['talks']\nnot = ['peace talks']",
    "fa = ['گفتگو']\nyields_to = ['bare']\n[bare]\nur = ['گفتگو']",  # another language's texts
    "ar = ['كشمير']\nnot = ['كشمير']",  # a particle may be written onto the word, and the veto is not found there
    "ur = ['امن معاہدہ']\nnot = ['معاہدہ']",  # counts where the space is left out
    "ru = ['резолюци* ООН']\nnot = ['резолюци* ОБСЕ']",
    "en = ['peace talks']\nyields_to = ['bare']\n[bare]\nen = ['?talks']\nnot = ['show']",  # the other may not count
    "en = ['peace talks']\nyields_to = ['bare']\n[bare]\nen = ['~talks']",
    "en = ['peace talks']\nyields_to = ['bare']\n[bare]\nen = ['talks']\nnot = ['peace']",
    "en = ['peace talks']\nyields_to = ['bare']\n[bare]\nen = ['talks']\nunless = ['core']",
    "en = ['peace talks']\nyields_to = ['bare']\n[bare]\n[[bare.holders]]\noffice = 'X'\nfrom = 2020-01-01\nen = ['talks']",
]


@pytest.mark.parametrize("block", ALIVE)
def test_a_term_that_may_count_is_kept(copy: Path, block: str) -> None:
    (copy / "x.toml").write_text(f"[x]\n{block}\n", "utf-8")
    assert "x" in {term.block for term in load_lexicon(copy).terms}


def test_a_person_counts_while_in_office(copy: Path) -> None:
    holder = (
        "office = 'Chair'\nfrom = 2019-05-31\nuntil = 2020-02-29\nverified = true\nen = ['A. Person']\nur = ['شخص']\n"
    )
    (copy / "x.toml").write_text(f"[x]\nen = ['word']\n[[x.holders]]\n{holder}", "utf-8")
    terms = {term.key: term for term in load_lexicon(copy).terms if term.block == "x"}
    assert (terms["word"].since, terms["word"].until) == (None, None)
    person = terms["a. person"]
    assert (person.since, person.until, person.rule) == (date(2019, 5, 31), date(2020, 2, 29), "x.holders.en")
    assert (terms["شخص"].language, terms["شخص"].since) == ("ur", date(2019, 5, 31))


def test_who_is_still_in_office_has_no_last_day() -> None:
    open_ended = [term for term in load_lexicon(FOLDER).terms if term.since and not term.until]
    assert "jaishankar" in {term.key for term in open_ended}
    assert {term.block.split(".")[0] for term in open_ended} == {"actors"}


HOLDERS = [
    ("office = 'X'\nen = ['Y']", ["needs `from`"]),
    ("office = 'X'\nfrom = '2020-01-01'\nen = ['Y']", ["needs `from`"]),
    ("office = 'X'\nfrom = 2020-01-01T00:00:00\nen = ['Y']", ["needs `from`"]),
    ("office = 'X'\nfrom = 2020-01-01\nuntil = 2021\nen = ['Y']", ["`until`"]),
    ("office = 'X'\nfrom = 2020-01-02\nuntil = 2020-01-01\nen = ['Y']", ["2020-01-01", "before", "2020-01-02"]),
    ("from = 2020-01-01\nen = ['Y']", ["needs `office`"]),
    ("office = 'X'\nfrom = 2020-01-01\nverified = 'yes'\nen = ['Y']", ["`verified`"]),
    ("office = 'X'\nfrom = 2020-01-01\n", ["no names"]),
    ("office = 'X'\nfrom = 2020-01-01\nen = []\n", ["no names"]),
    ("office = 'X'\nfrom = 2020-01-01\nto = 2021-01-01\nen = ['Y']", ["knows no 'to'", "until"]),
    ("office = 'X'\nfrom = 2020-01-01\nxx = ['Y']", ["knows no 'xx'"]),
    ("office = 'X'\nfrom = 2020-01-01\nen = 'Y'", ["en must be a list"]),
]


@pytest.mark.parametrize(("holder", "told"), HOLDERS)
def test_a_holder_that_cannot_be_read_is_named(copy: Path, holder: str, told: list[str]) -> None:
    (copy / "x.toml").write_text(f"[x]\n[[x.holders]]\n{holder}\n", "utf-8")
    with pytest.raises(LexiconError) as error:
        load_lexicon(copy)
    assert all(words in str(error.value) for words in ["x.toml", "block x", *told]), str(error.value)


def test_every_person_of_the_lexicon_has_a_day_for_each_office() -> None:
    """One office has one holder a day, save where persons share it."""
    for id, block in tomllib.loads((FOLDER / "actors.toml").read_text("utf-8")).items():
        for one, other in combinations(block.get("holders", []), 2):
            if one["office"] == other["office"]:
                first, second = sorted((one, other), key=lambda holder: holder["from"])
                assert first.get("until", date.max) <= second["from"], (id, one["office"], second["from"])


def test_a_missing_file_is_named(copy: Path) -> None:
    (copy / "naming.toml").unlink()
    with pytest.raises(LexiconError, match=r"naming\.toml"):
        load_lexicon(copy)


@pytest.mark.parametrize("file", ["extra.toml", "forums.toml"])
def test_an_entry_outside_a_block_is_named(copy: Path, file: str) -> None:
    (copy / file).write_text("en = ['word']\n", encoding="utf-8")
    with pytest.raises(LexiconError, match=rf"{file}: en"):
        load_lexicon(copy)


def test_a_language_without_a_script_is_named(copy: Path) -> None:
    (copy / "languages.toml").write_text("[en]\ncommon = ['the']\n", encoding="utf-8")
    with pytest.raises(LexiconError, match=r"languages\.toml.*en.*script"):
        load_lexicon(copy)
