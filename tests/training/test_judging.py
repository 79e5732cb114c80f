"""When a generator is judged, at what cost, and what becomes of the best."""

import logging
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from dcgan.config import build_config
from dcgan.data.datasets import load_dataset
from dcgan.quality import live
from dcgan.quality.live import Judgement
from dcgan.runs.best import Best
from dcgan.runs.run import Run
from dcgan.runs.status import RunStatus
from dcgan.runs.store import RunStore
from dcgan.training import judging
from dcgan.training.control import Control
from dcgan.training.judging import FIRST_SECONDS, LiveQuality
from dcgan.training.trainer import Trainer

JUDGEMENT = Judgement(30.0, 1.0, 0.5, 1.4, 0.01, 2_000, (0.5, 0.5), 0.69)
SMALL = {
    "generator.base_filters": 4, "discriminator.base_filters": 4, "training.batch_size": 8, "data.limit": 84,
    "training.epochs": 2, "saving.sample_rows": 2, "saving.sample_every": 1000,
}  # fmt: skip


class FakeJudge:
    """Says what it is told to, one after the other, and takes as long."""

    samples = 3

    def __init__(self, *fcds: float, clock: list[float] | None = None, cost: float = 0.0) -> None:
        self.fcds, self.clock, self.cost, self.latents = list(fcds), clock, cost, list[np.ndarray]()

    def judge(self, latents: np.ndarray, draw: Any) -> Judgement:
        self.latents.append(latents)
        assert draw(latents).dtype == np.uint8
        if self.clock is not None:
            self.clock[0] += self.cost
        return replace(JUDGEMENT, fcd=self.fcds.pop(0))


class FakeGAN:
    """A generator of grey images that stands at a step."""

    def __init__(self, **changes: object) -> None:
        self.config = build_config("stable", changes)
        self.at = 1
        self.step = SimpleNamespace(numpy=lambda: self.at)

    def generate(self, latents: np.ndarray) -> np.ndarray:
        return np.zeros((len(latents), 28, 28, 1), np.float32)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """A clock that stands still unless it is moved."""
    now = [100.0]
    monkeypatch.setattr(judging.time, "monotonic", lambda: now[0])
    return now


def quality_of(
    judge: FakeJudge | None, monkeypatch: pytest.MonkeyPatch, seconds: float = 0.0, **changes: object
) -> tuple[LiveQuality, FakeGAN]:
    monkeypatch.setattr(judging, "find_judge", lambda *_: judge)
    gan = FakeGAN(**changes)
    return LiveQuality(gan, load_dataset("fashion-mnist"), None, seconds), gan  # type: ignore[arg-type]


def test_a_run_is_not_judged_in_its_first_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    quality, _ = quality_of(FakeJudge(), monkeypatch)
    assert not quality.is_due(FIRST_SECONDS - 0.1, 7, is_last=False)
    assert not quality.is_due(FIRST_SECONDS - 0.1, 7, is_last=True)
    assert quality.is_due(FIRST_SECONDS, 7, is_last=False)


def test_a_judgement_takes_a_fortieth_of_the_time_to_the_next(
    monkeypatch: pytest.MonkeyPatch, clock: list[float]
) -> None:
    quality, gan = quality_of(FakeJudge(30, 29, clock=clock, cost=3.0), monkeypatch)
    values = quality.judge(20.0)
    assert values is not None and values["judging_seconds"] == 3.0
    gan.at = 2
    assert not quality.is_due(20.0 + 119.9, 2, is_last=False)
    assert quality.is_due(20.0 + 120.0, 2, is_last=False)


def test_what_is_loaded_first_counts_as_cost(monkeypatch: pytest.MonkeyPatch, clock: list[float]) -> None:
    quality, _ = quality_of(FakeJudge(30), monkeypatch)

    def load_slowly(*_: object) -> FakeJudge:
        clock[0] += 9.0
        return FakeJudge(30)

    monkeypatch.setattr(judging, "find_judge", load_slowly)
    assert quality.judge(20.0) is not None
    assert not quality.is_due(20.0 + 9.0 / judging.SHARE - 1, 2, is_last=False)


def test_the_last_step_is_judged_once(monkeypatch: pytest.MonkeyPatch, clock: list[float]) -> None:
    quality, gan = quality_of(FakeJudge(30, 29, clock=clock, cost=3.0), monkeypatch)
    quality.judge(20.0)
    gan.at = 9
    assert quality.is_due(25.0, 9, is_last=True)
    quality.judge(25.0)
    assert not quality.is_due(1e6, 9, is_last=True)


def test_it_can_be_switched_off(monkeypatch: pytest.MonkeyPatch) -> None:
    quality, _ = quality_of(FakeJudge(), monkeypatch, **{"saving.live_quality": False})
    assert not quality.is_due(1e6, 9, is_last=True)


def test_a_set_that_nobody_can_judge_is_asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    quality, _ = quality_of(None, monkeypatch)
    assert quality.judge(20.0) is None
    assert not quality.is_due(1e6, 9, is_last=True)


def test_a_damaged_classifier_ends_no_run(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    quality, _ = quality_of(None, monkeypatch)

    def damaged(*_: object) -> None:
        raise ValueError("the file was damaged")

    monkeypatch.setattr(judging, "find_judge", damaged)
    with caplog.at_level(logging.WARNING):
        assert quality.judge(20.0) is None
    assert "the generator is not judged: the file was damaged" in caplog.text


def test_all_judgements_of_a_run_draw_from_the_same_latents(monkeypatch: pytest.MonkeyPatch) -> None:
    judge = FakeJudge(30, 29)
    quality, _ = quality_of(judge, monkeypatch)
    quality.judge(20.0)
    quality.judge(500.0)
    assert np.array_equal(*judge.latents) and judge.latents[0].shape == (3, 100)


def test_the_best_is_the_lowest_and_the_first_of_equals(monkeypatch: pytest.MonkeyPatch) -> None:
    quality, _ = quality_of(FakeJudge(), monkeypatch)
    values = JUDGEMENT.to_row()
    first = quality.is_best(values, 10, 1.0, epoch_end=True)
    assert first == Best(metric="fcd", value=30.0, samples=2_000, step=10, epoch=1.0, epoch_end=True)
    assert quality.is_best(values, 20, 2.0, epoch_end=True) is None
    assert quality.is_best(values | {"fcd": 31.0}, 20, 2.0, epoch_end=True) is None
    better = quality.is_best(values | {"fcd": 29.9}, 25, 2.5, epoch_end=False)
    assert better is not None and better.step == 25


@pytest.fixture
def run(tmp_path: Any) -> Run:
    return RunStore(tmp_path / "runs").create(build_config("stable", SMALL))


def judged_stay(run: Run, monkeypatch: pytest.MonkeyPatch, *fcds: float) -> Trainer:
    """A stay that judges at every step while there is something to say."""
    judge = FakeJudge(*fcds)
    monkeypatch.setattr(judging, "FIRST_SECONDS", 0.0)
    monkeypatch.setattr(judging, "find_judge", lambda *_: judge)
    stay = Trainer(run, Control(run))
    is_due = stay.quality.is_due
    stay.quality.is_due = lambda *at, **how: bool(judge.fcds) and is_due(*at, **how)  # type: ignore[method-assign]
    monkeypatch.setattr(judging, "SHARE", 1e9)  # due again at once
    return stay


def test_the_best_checkpoint_is_kept_with_its_full_state(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    judged_stay(run, monkeypatch, 50, 40, 45, 44, 43).train()
    best = run.checkpoints.best()
    assert best is not None and (best.value, best.step) == (40, 2)
    assert 2 in run.checkpoints.steps() and 2 in run.checkpoints.samplers()
    assert 1 not in run.checkpoints.samplers()  # the best before it; no epoch ended there
    status = run.written_status()
    assert status.best == best.model_dump(mode="json")


def test_judgements_are_rows_of_their_own_beside_every_step(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    judged_stay(run, monkeypatch, 50, 40).train()
    rows = run.metrics()
    judged = [row for row in rows if "fcd" in row]
    assert [(row["step"], row["fcd"]) for row in judged] == [(1, 50), (2, 40)]
    assert all(row["class_shares"] == [0.5, 0.5] and "d_loss" not in row for row in judged)
    assert [row["step"] for row in rows if "d_loss" in row] == list(range(1, 21))


def test_judging_changes_nothing_that_is_trained(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    sums = []
    for number, fcds in enumerate([(), (50, 40, 45)]):
        run = RunStore(tmp_path / str(number)).create(build_config("stable", SMALL))
        judged_stay(run, monkeypatch, *fcds).train()
        sums.append(run.checkpoints.load(run.checkpoints.steps()[-1]).sha256)
    assert sums[0] == sums[1]


def test_a_resumed_run_knows_its_best(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    judged_stay(run, monkeypatch, 50, 40).train()
    run.write_status(run.written_status().changed(status=RunStatus.INTERRUPTED))
    again = Trainer(run, Control(run))
    assert again.quality.is_best(JUDGEMENT.to_row() | {"fcd": 41.0}, 20, 2.0, epoch_end=True) is None
    assert again.status.best is not None


def test_the_real_judge_judges_a_real_stay(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "SAMPLES", 100)
    monkeypatch.setattr(judging, "FIRST_SECONDS", 0.0)
    Trainer(run, Control(run)).train()
    judged = [row for row in run.metrics() if "fcd" in row]
    assert judged and judged[0]["fcd"] > 20 * judged[0]["fcd_floor"] > 0  # two epochs of 80 images draw nothing yet
    assert judged[-1]["step"] == 20
