"""Facts about the process that judges for a page, with somebody who judges fast."""

import json
from pathlib import Path

import pytest

from dcgan.quality import judge
from dcgan.runs.evaluations import find_kept, list_kept
from dcgan.runs.run import Run
from dcgan.runs.store import RunStore
from drawable_runs import make_drawable
from test_scoring import FakeEvaluator


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setattr(judge, "open_evaluator", lambda *_: FakeEvaluator())
    return make_drawable(RunStore(tmp_path / "runs"))


def test_every_checkpoint_is_judged_and_kept(run: Run, tmp_path: Path) -> None:
    assert judge.main(run.run_dir, 100, tmp_path / "told.json", [100, 200]) == 0
    assert [one.step for one in list_kept(run.run_dir)] == [100, 200]
    told = json.loads((tmp_path / "told.json").read_text())
    assert told["phase"] == "drawing" and (told["index"], told["done"], told["total"]) == (1, 100, 100)


def test_what_was_judged_before_is_not_judged_again(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FakeEvaluator, "judged", 0)
    for _ in range(2):
        judge.main(run.run_dir, 100, tmp_path / "told.json", [200])
    assert FakeEvaluator.judged == 1


def test_a_checkpoint_that_is_not_there_is_refused_with_a_sentence(run: Run, tmp_path: Path) -> None:
    assert judge.main(run.run_dir, 100, tmp_path / "told.json", [77]) == 2
    assert "77" in json.loads((tmp_path / "told.json").read_text())["problem"]
    assert find_kept(run.run_dir, 77, "x" * 64) is None
