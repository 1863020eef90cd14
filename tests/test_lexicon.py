"""The lexicon loads, keeps its promises to the store, and names what is wrong in an edited file."""

import shutil
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
    assert [len(getattr(lexicon, name)) for name in DIMENSIONS] == [27, 17, 13, 23]
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
    "afghanistan bangladesh france germany norway israel nepal sri_lanka indonesia",
}
"""Stored masks mean these bits: a change makes every store of the past wrong; new tags go to the end."""


@pytest.mark.parametrize("dimension", DIMENSIONS)
def test_bits_are_fixed_for_ever(dimension: str) -> None:
    labels = getattr(load_lexicon(FOLDER), dimension)
    assert {label.id: label.bit for label in labels} == {id: bit for bit, id in enumerate(BITS[dimension].split())}


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
    ("forums.toml", "[x]\nlabel = 'X'\nbit = 61\nen = ['\u200d']\n", ["forums.toml", "block x", "en", "empty"]),
    ("forums.toml", "[x]\nlabel = 'X'\nbit = 61\nen = 'word'\n", ["forums.toml", "block x", "en", "list"]),
    ("forums.toml", "[x]\nlabel = 'X'\nbit = 61\nen = [3]\n", ["forums.toml", "block x", "en", "3"]),
    ("forums.toml", "[x]\nlabel = 'X'\nbit = 0\n", ["forums.toml", "block x", "bit", "taken by un"]),
    ("forums.toml", "[x]\nlabel = 'X'\nbit = 62\n", ["forums.toml", "block x", "bit", "62"]),
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
]


@pytest.mark.parametrize(("file", "addition", "told"), BROKEN, ids=[" ".join(told) for *_, told in BROKEN])
def test_what_is_wrong_is_named(copy: Path, file: str, addition: str, told: list[str]) -> None:
    with (copy / file).open("a", encoding="utf-8") as edited:
        edited.write("\n" + addition)
    with pytest.raises(LexiconError) as error:
        load_lexicon(copy)
    assert all(words in str(error.value) for words in told), str(error.value)


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
