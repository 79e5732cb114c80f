"""Facts about the process that judges for a page, with somebody who judges fast."""

import errno
import json
import os
import shutil
from pathlib import Path

import pytest

from dcgan.quality import judge
from dcgan.runs import evaluations
from dcgan.runs.evaluations import find_kept, list_kept
from dcgan.runs.run import Run
from dcgan.runs.store import RunStore
from drawable_runs import damage, make_drawable
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


def test_a_damaged_checkpoint_and_one_that_is_gone_do_not_keep_it_from_the_others(run: Run, tmp_path: Path) -> None:
    damage(run, 100)
    assert judge.main(run.run_dir, 100, tmp_path / "told.json", [77, 100, 200]) == 2
    assert [one.step for one in list_kept(run.run_dir)] == [200]
    assert json.loads((tmp_path / "told.json").read_text())["refused"] == 2


def test_where_nothing_could_be_kept_nothing_is_measured(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(FakeEvaluator, "judged", 0)
    monkeypatch.setattr(os, "access", lambda *_: False)  # a test may run as root, who may write everywhere
    assert judge.main(run.run_dir, 100, tmp_path / "told.json", [200]) == 2
    assert json.loads((tmp_path / "told.json").read_text())["errno"] == errno.EACCES
    shutil.rmtree(run.run_dir)
    assert judge.main(run.run_dir, 100, tmp_path / "told.json", [200]) == 2
    assert not run.run_dir.exists() and FakeEvaluator.judged == 0


def test_a_disk_that_is_full_at_the_end_is_told(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fill(*_: object) -> None:
        raise OSError(errno.ENOSPC, "no space")

    monkeypatch.setattr(evaluations.files, "write_json", fill)
    assert judge.main(run.run_dir, 100, tmp_path / "told.json", [200]) == 2
    assert json.loads((tmp_path / "told.json").read_text())["errno"] == errno.ENOSPC
