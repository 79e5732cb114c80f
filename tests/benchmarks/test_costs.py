"""Facts about what an epoch of a preset costs: whose CPU time, over which steps, and how many epochs cost the same."""

import contextlib
from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from benchmarks import costs
from benchmarks.costs import Look, equal_epochs, measure_costs, measure_epoch, steps_between
from dcgan.runs.run import Run
from fake_runs import rows


def test_as_many_epochs_as_cost_the_same() -> None:
    found = equal_epochs({"notebook": 150.0, "tutorial": 100.0, "stable": 205.0}, "notebook", 10)
    assert found == {"notebook": 10, "tutorial": 15, "stable": 7}
    assert equal_epochs({"notebook": 1.0, "stable": 900.0}, "notebook", 10)["stable"] == 1


def test_presets_alternate_and_the_median_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    answers = {"notebook": iter([150.0, 190.0, 160.0]), "stable": iter([220.0, 210.0, 100.0])}

    def measure(preset: str, num_images: int) -> float:
        asked.append(preset)
        assert num_images == 60_000
        return next(answers[preset])

    monkeypatch.setattr(costs, "measure_epoch", measure)
    assert measure_costs(["notebook", "stable"], 60_000) == {"notebook": 160.0, "stable": 210.0}
    assert asked == ["notebook", "stable", "stable", "notebook", "notebook", "stable"]


def test_an_epoch_costs_the_cpu_time_of_its_steps_after_the_warm_up(monkeypatch: pytest.MonkeyPatch) -> None:
    stay = SimpleNamespace(seconds=0.0, live=None)

    @contextlib.contextmanager
    def worker_on(run: Run) -> Iterator[tuple[SimpleNamespace, None]]:
        stay.live = run.config().saving.live_quality
        run.append_metrics(rows(1, 400))  # ten steps a second
        yield SimpleNamespace(pid=1), None

    def wait(run: Run, worker: object, seconds: float, patience: float) -> float:
        stay.seconds = max(seconds, 0.5) + 0.1
        return stay.seconds

    def cpu_times() -> SimpleNamespace:  # 7 s of imports, then 1.9 cores; twice as many while it warms up
        return SimpleNamespace(user=7 + 1.9 * stay.seconds + 1.9 * min(stay.seconds, 5.0), system=1.0)

    monkeypatch.setattr(costs, "worker_on", worker_on)
    monkeypatch.setattr(costs, "wait_until_trained", wait)
    monkeypatch.setattr(costs.psutil, "Process", lambda pid: SimpleNamespace(cpu_times=cpu_times))
    # 1.9 CPU seconds a second at ten steps of 32 images: 0.19 a step, 100 steps an epoch of 3,200 images.
    assert measure_epoch("notebook", 3_200, seconds=20.0, warm_up=5.0) == pytest.approx(19.0, rel=0.02)
    assert stay.live is False


def test_steps_lie_in_proportion_between_two_rows() -> None:
    told = [{"seconds": 1.0, "step": 10}, {"seconds": 2.0, "step": 20}, {"seconds": 4.0, "step": 60}]
    assert steps_between(told, Look(1.5, 0.0), Look(3.0, 9.0)) == 25.0


@pytest.mark.parametrize("told", [[], [{"seconds": 1.0, "step": 10}]])
def test_a_stay_without_steps_is_an_error(told: list[dict[str, float]]) -> None:
    with pytest.raises(RuntimeError, match="No step was told in 25 s"):
        steps_between(told, Look(5.0, 0.0), Look(30.0, 9.0))
