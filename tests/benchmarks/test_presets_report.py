"""Facts about the command that compares the presets: what it trains, for how long, what it does when called again."""

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from benchmarks import presets_report
from benchmarks.budget import Ledger
from benchmarks.presets_report import BASELINE, Planned, build_run_config, parse_options, plan, train_all
from benchmarks.presets_table import Outcome
from benchmarks.scores import Scores
from dcgan.runs.run import Run
from dcgan.runs.status import RunStatus
from fake_runs import judge_run

SCORES = Scores(fid=None, fcd=30.0, kid=0.02, precision=0.5, recall=0.6, coverage=0.4)


@pytest.fixture(autouse=True)
def variables(monkeypatch: pytest.MonkeyPatch) -> None:
    """The command sets these two: they are put back."""
    for name in ("CUDA_VISIBLE_DEVICES", "DCGAN_STATE"):
        monkeypatch.setenv(name, "")


class FakeTraining:
    """In place of `train_for`: a run uses its whole budget, or ends by itself after `own` CPU seconds by seed."""

    def __init__(self, own: Sequence[float] = (100.0, 130.0, 110.0), stop_after: int | None = None) -> None:
        self.own, self.stop_after = own, stop_after
        self.trained: list[tuple[str, int, float | None]] = []

    def __call__(self, run: Run, ledger: Ledger, budget: float | None, tell: Callable[..., None]) -> None:
        if self.stop_after is not None and len(self.trained) >= self.stop_after:
            raise KeyboardInterrupt
        config = run.config()
        self.trained.append((config.preset, config.training.seed, budget))
        status = RunStatus.FINISHED if budget is None else RunStatus.INTERRUPTED
        cpu = self.own[config.training.seed] if budget is None else budget
        ledger.add(60.0, cpu)
        run.checkpoints.save_generator(200, {"generator/dense/bias": np.zeros(3, np.float32)}, {})
        judge_run(run, {100: 40.0, 200: 30.0})
        run.write_status(run.written_status().changed(status=status, seconds=60.0, step=250))
        tell(run.written_status(), cpu)


@pytest.fixture
def training(monkeypatch: pytest.MonkeyPatch) -> FakeTraining:
    fake = FakeTraining()
    monkeypatch.setattr(presets_report, "train_for", fake)
    return fake


def test_the_baseline_trains_its_own_epochs_and_the_others_until_they_are_ended() -> None:
    epochs = {preset: build_run_config(preset, 2).training.epochs for preset in presets_report.PRESETS}
    assert epochs == {"notebook": 10, "tutorial": presets_report.ENDLESS, "stable": presets_report.ENDLESS}
    config = build_run_config("stable", 2)
    assert (config.training.seed, config.saving.live_quality, config.data.limit) == (2, True, None)


def test_the_others_get_the_median_of_what_the_baseline_took(tmp_path: Path, training: FakeTraining) -> None:
    assert train_all(plan(tmp_path, seeds=3), None) == 110.0
    assert training.trained[:3] == [(BASELINE, seed, None) for seed in range(3)]
    assert training.trained[3:] == [
        (preset, seed, 110.0) for seed in range(3) for preset in ("tutorial", "stable")
    ]  # fmt: skip


def test_a_budget_of_seconds_is_everybodys(tmp_path: Path, training: FakeTraining) -> None:
    assert train_all(plan(tmp_path, seeds=1), 60.0) == 60.0
    assert training.trained == [(preset, 0, 60.0) for preset in ("notebook", "tutorial", "stable")]


@pytest.mark.parametrize("stop_after", [0, 1, 4])
def test_called_again_it_goes_on_with_what_is_not_done(
    stop_after: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = FakeTraining(stop_after=stop_after), FakeTraining()
    monkeypatch.setattr(presets_report, "train_for", first)
    with pytest.raises(KeyboardInterrupt):
        train_all(plan(tmp_path, seeds=2), None)
    monkeypatch.setattr(presets_report, "train_for", second)
    train_all(plan(tmp_path, seeds=2), None)
    assert (len(first.trained), len(second.trained)) == (stop_after, 6 - stop_after)
    assert len(list((tmp_path / "runs").iterdir())) == 6  # and no run was made twice
    third = FakeTraining()
    monkeypatch.setattr(presets_report, "train_for", third)
    assert train_all(plan(tmp_path, seeds=2), None) == 115.0
    assert third.trained == []


def test_more_seeds_later_leave_the_first_ones_as_they_are(tmp_path: Path, training: FakeTraining) -> None:
    train_all(plan(tmp_path, seeds=1), 60.0)
    training.trained.clear()
    train_all(plan(tmp_path, seeds=2), 60.0)
    assert training.trained == [("notebook", 1, 60.0), ("tutorial", 1, 60.0), ("stable", 1, 60.0)]


def test_runs_of_a_larger_budget_are_not_taken_for_those_of_a_smaller_one(
    tmp_path: Path, training: FakeTraining
) -> None:
    train_all(plan(tmp_path, seeds=1), 120.0)
    assert train_all(plan(tmp_path, seeds=1), 100.0) == 100.0  # 120 is not above 1.2 x 100
    with pytest.raises(ValueError, match=r"\(notebook\) has had 2\.0 minutes of CPU time, more than the 1\.5"):
        train_all(plan(tmp_path, seeds=1), 90.0)


def test_an_outcome_says_what_a_run_came_to(
    tmp_path: Path, training: FakeTraining, monkeypatch: pytest.MonkeyPatch
) -> None:
    planned = plan(tmp_path, seeds=1)
    train_all(planned, 120.0)
    asked: list[str] = []
    monkeypatch.setattr(presets_report, "open_checkpoint", lambda run, wished: asked.append(wished))
    monkeypatch.setattr(presets_report, "score_once", lambda *_: SCORES)
    found = presets_report.judge_run(planned[2], None, 500, tmp_path, num_images=6_400)  # type: ignore[arg-type]
    # 250 steps of 64 images of 6,400: two and a half epochs; the best judgement was at the second (100 steps each).
    assert found == Outcome("stable", 0, 2.5, 1.0, 2.0, 2.0, SCORES)
    assert asked == ["best"]


def test_a_run_that_was_never_judged_is_a_sentence(tmp_path: Path) -> None:
    (planned, *_) = plan(tmp_path, seeds=1)
    with pytest.raises(ValueError, match=r"\(notebook\) was not judged once: it needs more --seconds"):
        presets_report.judge_run(planned, None, 500, tmp_path, num_images=60_000)  # type: ignore[arg-type]


def score_all(planned: Sequence[Planned], options: argparse.Namespace) -> tuple[list[Outcome], Scores]:
    """In place of the real one: the better, the later the name."""
    values = {"notebook": 37.5, "tutorial": 90.0, "stable": 32.6}
    fids = {name: value if options.fid else None for name, value in values.items()}
    outcomes = [
        Outcome(one.preset, one.seed, 10.0, 20.0, 38.0, 9.0, SCORES.model_copy(update={"fid": fids[one.preset]}))
        for one in planned
    ]
    return outcomes, SCORES.model_copy(update={"fid": 2.5 if options.fid else None})


@pytest.fixture
def ready(monkeypatch: pytest.MonkeyPatch, training: FakeTraining) -> FakeTraining:
    monkeypatch.setattr(presets_report, "score_all", score_all)
    monkeypatch.setattr(presets_report, "load_test_images", lambda: None)
    return training


def test_the_report_is_written_as_markdown(
    tmp_path: Path, ready: FakeTraining, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["--seconds", "60", "--seeds", "1", "--samples", "500", "--folder", str(tmp_path)]
    assert presets_report.main([*command, "--out", str(tmp_path / "docs" / "presets.md")]) == 0
    report = (tmp_path / "docs" / "presets.md").read_text("utf-8")
    assert report.startswith("# The presets for the same CPU time\n\n") and report in capsys.readouterr().out
    assert "1.0 minutes of CPU time (by choice: `--seconds`)" in report and "its 500 images" in report
    assert "what `notebook` took" not in report
    assert presets_report.main(command) == 0
    assert (tmp_path / "presets.md").read_text("utf-8") == report


def test_a_default_preset_that_is_not_the_best_by_fid_is_an_error(
    tmp_path: Path, ready: FakeTraining, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = ["--seeds", "1", "--fid", "--folder", str(tmp_path)]
    assert presets_report.main(command) == 0
    monkeypatch.setattr(presets_report, "FAVOURITE", "notebook")
    assert presets_report.main(command) == 1
    assert presets_report.main([*command[:2], "--folder", str(tmp_path)]) == 0  # without FID nothing is decided


def test_interrupted_it_says_how_to_go_on(
    tmp_path: Path, ready: FakeTraining, capsys: pytest.CaptureFixture[str]
) -> None:
    ready.stop_after = 2
    assert presets_report.main(["--seeds", "1", "--folder", str(tmp_path)]) == presets_report.INTERRUPTED
    assert "Call again to go on." in capsys.readouterr().err
    assert not (tmp_path / "presets.md").exists()


def test_missing_images_are_told_before_anything_is_trained(
    tmp_path: Path, ready: FakeTraining, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse() -> None:
        raise ValueError("The whole of it is not on this machine.")

    monkeypatch.setattr(presets_report, "load_test_images", refuse)
    assert presets_report.main(["--folder", str(tmp_path)]) == 2
    assert "not on this machine" in capsys.readouterr().err and ready.trained == []


def test_the_defaults_are_those_of_the_issue() -> None:
    options = parse_options([])
    assert (options.seconds, options.seeds, options.samples, options.fid) == (None, 3, 10_000, False)
    assert (options.folder, options.out) == (Path(".cache/presets-report"), Path(".cache/presets-report/presets.md"))


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--seconds", "0"], "--seconds 0 cannot be used: it must be more than 0."),
        (["--seconds", "nan"], "--seconds nan cannot be used"),
        (["--seeds", "0"], "--seeds 0 cannot be used: it must be 1 or more."),
        (["--samples", "99"], "--samples 99 cannot be used: it must be 100 to 10,000."),
        (["--samples", "10001"], "--samples 10001 cannot be used"),
        (["--fid", "--samples", "500"], "--fid needs 10,000 samples, not 500"),
    ],
)
def test_a_bad_option_is_a_sentence(
    arguments: Sequence[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        parse_options(arguments)
    assert sentence in capsys.readouterr().err
