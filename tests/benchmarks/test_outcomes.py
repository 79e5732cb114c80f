"""Facts about the file that the report of the presets adds to."""

from pathlib import Path

import pytest

from benchmarks.outcomes import Outcome, Outcomes, load_outcomes
from benchmarks.scores import Scores

SCORES = Scores(fid=30.0, fcd=30.0, kid=0.02, precision=0.5, recall=0.6, coverage=0.4)
EMPTY = Outcomes(
    samples=500, with_fid=True, epochs={"notebook": 10, "stable": 8}, costs={"notebook": 150.0, "stable": 190.0},
    machine="this one",
)  # fmt: skip


def outcome(preset: str, seed: int) -> Outcome:
    return Outcome(
        preset=preset, seed=seed, epochs=8, minutes=13.0, cpu_minutes=25.0, best_epoch=7.5, machine="x", scores=SCORES
    )


def test_runs_stand_preset_by_preset_and_seed_by_seed_whenever_they_came() -> None:
    report = EMPTY
    for preset, seed in [("stable", 1), ("notebook", 1), ("stable", 0), ("notebook", 0)]:
        assert not report.has(preset, seed)
        report = report.with_run(outcome(preset, seed))
    order = [(run.preset, run.seed) for run in report.runs]
    assert order == [("notebook", 0), ("notebook", 1), ("stable", 0), ("stable", 1)]
    with pytest.raises(ValueError, match="stable with seed 1 is done already"):
        report.with_run(outcome("stable", 1))


def test_what_is_saved_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "docs" / "presets.json"
    assert load_outcomes(path) is None
    report = EMPTY.with_run(outcome("stable", 0)).model_copy(update={"real": SCORES})
    report.save(path)
    assert load_outcomes(path) == report


@pytest.mark.parametrize("content", [b"", b"{}", b'{"samples": 500, "with_fid": true}', b"\xff"])
def test_a_file_of_something_else_is_a_sentence(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "presets.json"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"presets\.json is not a report of the presets: "):
        load_outcomes(path)
