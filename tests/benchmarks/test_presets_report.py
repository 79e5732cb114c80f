"""Facts about the command that compares the presets: what it trains, for how long, what it does when called again."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from benchmarks import presets_report
from benchmarks.outcomes import Outcomes, load_outcomes
from benchmarks.presets_report import BASELINE, PRESETS, parse_options
from benchmarks.scores import Scores
from dcgan.runs.run import Run
from dcgan.runs.status import RunStatus
from fake_runs import judge_run

COSTS = {"notebook": 150.0, "tutorial": 100.0, "stable": 205.0}  # CPU seconds an epoch
EPOCHS = {"notebook": 10, "tutorial": 15, "stable": 7}
FIDS = {"notebook": 37.5, "tutorial": 90.0, "stable": 32.6}
SCORES = Scores(fid=2.5, fcd=30.0, kid=0.02, precision=0.5, recall=0.6, coverage=0.4)


@pytest.fixture(autouse=True)
def variables(monkeypatch: pytest.MonkeyPatch) -> None:
    """The command sets these two: they are put back."""
    for name in ("CUDA_VISIBLE_DEVICES", "DCGAN_STATE"):
        monkeypatch.setenv(name, "")


class Machine:
    """In place of hours of training and scoring: what was asked of it, and after how many runs it is interrupted."""

    def __init__(self) -> None:
        self.stop_after: int | None = None
        self.costs_measured = 0
        self.trained: list[tuple[str, int, int]] = []
        self.scored: list[str] = []

    def measure_costs(self, presets: Sequence[str], num_images: int) -> dict[str, float]:
        assert (tuple(presets), num_images) == (PRESETS, 60_000)
        self.costs_measured += 1
        return COSTS

    def train_to_end(self, run: Run, tell: Callable[..., None]) -> None:
        if self.stop_after is not None and len(self.trained) >= self.stop_after:
            raise KeyboardInterrupt
        config = run.config()
        assert config.saving.live_quality and config.data.limit is None
        self.trained.append((config.preset, config.training.seed, config.training.epochs))
        run.checkpoints.save_generator(200, {"generator/dense/bias": np.zeros(3, np.float32)}, {})
        judge_run(run, {100: 40.0, 200: 30.0})
        run.write_status(run.written_status().changed(status=RunStatus.FINISHED, seconds=60.0, step=250))
        tell(run.written_status())

    def score_once(self, generator: str, scorer: object, samples: int, path: Path, tell: object) -> Scores:
        self.scored.append(generator)
        return SCORES.model_copy(update={"fid": FIDS[generator]})


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    machine = Machine()
    images = np.zeros((60_000, 1, 1, 1), np.uint8)
    monkeypatch.setattr(presets_report, "measure_costs", machine.measure_costs)
    monkeypatch.setattr(presets_report, "train_to_end", machine.train_to_end)
    monkeypatch.setattr(presets_report, "score_once", machine.score_once)
    monkeypatch.setattr(presets_report, "open_checkpoint", lambda run, wished: {"best": run.config().preset}[wished])
    monkeypatch.setattr(presets_report, "Scorer", lambda *_: SimpleNamespace(score=lambda images: SCORES))
    monkeypatch.setattr(presets_report, "load_test_images", lambda: None)
    monkeypatch.setattr(presets_report, "load_dataset", lambda *_, **__: SimpleNamespace(images=images))
    monkeypatch.setattr(presets_report.real_fid, "load_images", lambda: (images, images))
    return machine


@pytest.fixture
def command(tmp_path: Path) -> list[str]:
    return ["--fid", "--folder", str(tmp_path / "work"), "--outcomes", str(tmp_path / "presets.json")]


def read(tmp_path: Path) -> Outcomes:
    report = load_outcomes(tmp_path / "presets.json")
    assert report is not None
    return report


def test_all_get_the_epochs_that_cost_the_same_seed_by_seed(
    tmp_path: Path, machine: Machine, command: list[str]
) -> None:
    assert presets_report.main([*command, "--seeds", "2"]) == 0
    assert machine.trained == [(preset, seed, EPOCHS[preset]) for seed in (0, 1) for preset in PRESETS]
    report = read(tmp_path)
    assert (report.costs, report.epochs, report.real) == (COSTS, EPOCHS, SCORES)
    stable = report.runs[-1]
    # 7 epochs of 205 s; the best judgement was at step 200, of 100 an epoch.
    assert (stable.preset, stable.seed, stable.epochs, stable.best_epoch) == ("stable", 1, 7, 2.0)
    assert stable.cpu_minutes == pytest.approx(7 * 205 / 60) and stable.minutes == 1.0
    assert stable.scores.fid == 32.6


@pytest.mark.parametrize("stop_after", [0, 1, 4])
def test_called_again_it_goes_on_with_what_is_not_done(
    stop_after: int, tmp_path: Path, machine: Machine, command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    machine.stop_after = stop_after
    assert presets_report.main([*command, "--seeds", "2"]) == presets_report.INTERRUPTED
    assert "Call again to go on." in capsys.readouterr().err
    assert len(read(tmp_path).runs) == stop_after and not (tmp_path / "presets.md").exists()
    machine.stop_after = None
    assert presets_report.main([*command, "--seeds", "2"]) == 0
    assert (machine.costs_measured, len(machine.trained), len(machine.scored)) == (1, 6, 6)
    assert len(list((tmp_path / "work" / "runs").iterdir())) == 6  # and no run was made twice


def test_what_is_in_the_file_is_done_on_any_machine(tmp_path: Path, machine: Machine, command: list[str]) -> None:
    assert presets_report.main([*command, "--seeds", "1"]) == 0
    machine.trained.clear()
    elsewhere = [*command[:2], str(tmp_path / "empty"), *command[3:]]
    assert presets_report.main([*elsewhere, "--seeds", "2"]) == 0
    assert [seed for _, seed, _ in machine.trained] == [1, 1, 1] and machine.costs_measured == 1


def test_other_options_need_another_file(
    tmp_path: Path, machine: Machine, command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert presets_report.main([*command, "--seeds", "1"]) == 0
    for other in ([*command, "--epochs", "3"], command[1:], [*command[1:], "--samples", "500"]):
        assert presets_report.main(other) == 2
        said = capsys.readouterr().err
        assert "is of 10,000 images a checkpoint, with --fid, after 10 epochs" in said and "--outcomes" in said
    assert len(machine.trained) == 3


def test_a_run_that_was_never_judged_is_a_sentence(
    machine: Machine, command: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(presets_report, "train_to_end", lambda run, tell: None)
    assert presets_report.main([*command, "--epochs", "1"]) == 2
    assert "(notebook) was not judged once: it needs more --epochs." in capsys.readouterr().err


def test_the_report_is_written_as_markdown(
    tmp_path: Path, machine: Machine, command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert presets_report.main([*command, "--seeds", "1"]) == 0
    report = (tmp_path / "presets.md").read_text("utf-8")
    assert report.startswith("# The presets for the same CPU time\n\n") and report in capsys.readouterr().out
    assert "that of 10 epochs of `notebook`" in report
    assert "`notebook` 150 s, so 10 epochs, `tutorial` 100 s, so 15 epochs, `stable` 205 s, so 7 epochs" in report
    assert presets_report.main([*command, "--seeds", "1", "--out", str(tmp_path / "docs" / "again.md")]) == 0
    assert (tmp_path / "docs" / "again.md").read_text("utf-8") == report


def test_a_default_preset_that_is_not_the_best_by_fid_is_an_error(
    tmp_path: Path, machine: Machine, command: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(presets_report, "FAVOURITE", BASELINE)
    assert presets_report.main([*command, "--seeds", "1"]) == 1
    without = [*command[1:-1], str(tmp_path / "other.json"), "--seeds", "1"]
    assert presets_report.main(without) == 0  # without FID nothing is decided


def test_missing_images_are_told_before_anything_is_measured(
    machine: Machine, command: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse() -> None:
        raise ValueError("The whole of it is not on this machine.")

    monkeypatch.setattr(presets_report, "load_test_images", refuse)
    assert presets_report.main(command) == 2
    assert "not on this machine" in capsys.readouterr().err and machine.costs_measured == 0


def test_a_file_of_something_else_is_a_sentence(
    tmp_path: Path, machine: Machine, command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "presets.json").write_text(json.dumps({"runs": []}))
    assert presets_report.main(command) == 2
    assert "is not a report of the presets" in capsys.readouterr().err


def test_the_defaults_are_those_of_the_issue() -> None:
    options = parse_options([])
    assert (options.epochs, options.seeds, options.samples, options.fid) == (None, 3, 10_000, False)
    assert (options.folder, options.outcomes) == (Path(".cache/presets-report"), Path("docs/presets.json"))
    assert options.out == Path("docs/presets.md")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--epochs", "0"], "--epochs 0 cannot be used: it must be 1 or more."),
        (["--seeds", "0"], "--seeds 0 cannot be used: it must be 1 or more."),
        (["--samples", "99"], "--samples 99 cannot be used: it must be 100 to 10,000."),
        (["--samples", "10001"], "--samples 10001 cannot be used"),
        (["--fid", "--samples", "500"], "--fid needs 10,000 samples, not 500"),
    ],
)
def test_a_bad_option_is_a_sentence(arguments: Any, sentence: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse_options(arguments)
    assert sentence in capsys.readouterr().err
