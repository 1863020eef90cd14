"""Rows on a terminal and elsewhere: nothing of what they hold is obeyed."""

import os
import pty
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.columns import MOST, plain
from collectors.commands import main
from mentions.moments import span
from tests.conftest import ROOT
from tests.place import Place


def terminal(place: Place, *arguments: str) -> tuple[int, str]:
    """How a call of the command line ends on a wide terminal of its own, and what it shows there."""
    environment = {**os.environ, "MONITOR_STORE": str(place.store), "MONITOR_DATA": str(place.folder)}
    environment |= {"COLUMNS": "250", "TERM": "xterm"}
    command = [sys.executable, "-m", "collectors", *arguments]
    ours, theirs = pty.openpty()
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=theirs, stderr=theirs) as running:
        os.close(theirs)
        shown = b""
        try:
            while piece := os.read(ours, 65_536):
                shown += piece
        except OSError:  # Linux says so at the end of a terminal
            pass
        code = running.wait(60)
    os.close(ours)
    return code, shown.decode()


def called(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """How a call of the command line ends in this process, and what it says on both outputs; for calls that do little."""
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    return int(ended.value.code or 0), *capsys.readouterr()


PLAIN = {
    "left alone": ("Times [of] Porto: 404", "Times [of] Porto: 404"),
    "lines and tabs": (" a\r\n\tb\u2028c\x85d ", "a b c d"),
    "an escape sequence": ("\x1b]0;x\x07", r"\x1b]0;x\x07"),
    "C1": ("\x9b31m", r"\x9b31m"),
    "direction": ("\u202eab\u2066", r"\u202eab\u2066"),
    "half a pair": ("\udc9b", r"\udc9b"),
    "other scripts": ("کشمیر कश्मीर", "کشمیر कश्मीर"),
    "long": ("a" * 5_000, "a" * (MOST - 1) + "…"),
}


@pytest.mark.parametrize("text,line", PLAIN.values(), ids=PLAIN)
def test_plain_text(text: str, line: str) -> None:
    assert plain(text) == line


@given(st.text())
def test_plain_text_is_printable_and_can_be_written(text: str) -> None:
    assert plain(text).isprintable()
    plain(text).encode()


SPANS = [(-5, "0 s"), (0, "0 s"), (119, "119 s"), (120, "2 min"), (7199, "119 min"), (7200, "2 h"), (172_800, "2 d")]


@pytest.mark.parametrize("seconds,words", SPANS)
def test_spans(seconds: int, words: str) -> None:
    assert span(seconds) == words
