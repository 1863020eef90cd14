"""The README says what is true: files, commands, parameters and counts."""

import re

import pytest
from typer.testing import CliRunner

from collectors.commands import app
from mentions.lexicon import Lexicon
from mentions.selection import PARAMETERS
from tests.conftest import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
MAP = README.partition("## Map of files")[2].partition("```")[2].partition("```")[0]


def test_the_map_names_every_file_and_no_other() -> None:
    named = set(re.findall(r"[\w.]+\.(?:py|toml)\b", MAP))
    there = {path.name for folder in ("mentions", "collectors", "views") for path in (ROOT / folder).iterdir()}
    there = {name for name in there if name.endswith((".py", ".toml")) and name != "__init__.py"}
    assert named - {"outlets.toml", "queries.toml"} == there | {"dashboard.py"}


@pytest.mark.parametrize("path", re.findall(r"\]\(([^)]+)\)", README))
def test_links_lead_somewhere(path: str) -> None:
    assert (ROOT / path).exists()


def test_every_command_is_named() -> None:
    commands = {command.callback.__name__ for command in app.registered_commands if command.callback}
    commands |= {str(group.name) for group in app.registered_groups}
    assert set(re.findall(r"python -m collectors (\w+)", README)) == commands
    assert CliRunner().invoke(app, ["--help"]).exit_code == 0


def test_the_parameters_of_a_link_are_those_of_the_page() -> None:
    sentence = README.partition("Links are public:")[2].partition("in the dashboard")[0]
    assert set(re.findall(r"`(\w+)`", sentence)) == PARAMETERS


def test_numbers_are_those_of_the_data(lexicon: Lexicon) -> None:
    counts = re.search(r"\*\*Forums\*\* \((\d+)\), \*\*topics\*\* \((\d+)\) and \*\*naming forms\*\* \((\d+)\)", README)
    assert counts is not None
    assert [int(n) for n in counts.groups()] == [len(lexicon.forums), len(lexicon.topics), len(lexicon.naming)]
