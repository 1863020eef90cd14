"""Ten kills of the bench: real collectors, killed at random moments, lose nothing that was acknowledged."""

from pathlib import Path

from bench.kills import BETWEEN, trial


def test_killed_at_any_moment_collectors_lose_nothing_they_acknowledged(tmp_path: Path) -> None:
    tally = trial(10, 1, tmp_path)
    assert tally.faults == []
    assert tally.phases[BETWEEN] > 0
    assert len(tally.kept.links) > 12 * 30
    assert (tally.kept.doubled, tally.lost) == (0, 0)
