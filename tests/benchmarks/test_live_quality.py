"""Facts about the benchmark of live quality: what it measures of a run, and what it says of it."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from benchmarks import live_quality
from benchmarks.live_quality import Round, Stretch, claims, judged_stretch, parse_options, spread_notes
from benchmarks.worker import wait_until_trained
from dcgan.runs.run import Run
from dcgan.runs.status import RunStatus
from dcgan.runs.store import RunStore
from fake_runs import make_run


def history(judged_every: float, costs: list[float], step_seconds: float = 0.1) -> list[dict[str, Any]]:
    """Rows of a run whose judgements begin at these costs; after each, half a second of saving."""
    rows: list[dict[str, Any]] = []
    seconds, step, due, left = 0.0, 0, judged_every, list(costs)
    while left or seconds < due:
        seconds, step = seconds + step_seconds, step + 1
        rows.append({"step": step, "seconds": round(seconds, 3), "d_loss": 1.0})
        if left and seconds >= due - 1e-9:
            cost = left.pop(0)
            due = seconds + judged_every
            seconds += cost
            rows.append({"step": step, "seconds": round(seconds, 3), "fcd": 30.0, "judging_seconds": cost})
            seconds += 0.5
    return rows


def test_a_stretch_is_whole_intervals_from_the_second_judgement_on() -> None:
    # Judged at 10, then every 10 s from begin to begin. The first takes 4 s, the others 1 s, and each saves for 0.5 s.
    rows = history(10.0, [4.0, 1.0, 1.0, 1.0, 1.0])
    stretch = judged_stretch(rows, intervals=2)
    judged = [row for row in rows if "fcd" in row]
    assert (stretch.start, stretch.stop) == (judged[1]["seconds"], judged[3]["seconds"])
    assert stretch.stop - stretch.start == pytest.approx(20.0)
    # In each 10 s 1 is judged and 0.5 saved, so that 8.5 are left for steps of 0.1.
    assert stretch.steps == pytest.approx(170, abs=2)
    assert (stretch.judgements, stretch.judging_seconds) == (2, 2.0)
    assert stretch.standing_seconds == pytest.approx(3.0)
    assert stretch.speed == pytest.approx(8.5, abs=0.1)


def test_a_run_with_too_few_judgements_measures_nothing() -> None:
    rows = history(10.0, [1.0, 1.0, 1.0])
    assert judged_stretch(rows, intervals=1).judgements == 1
    with pytest.raises(RuntimeError, match="2 judgements after the first are too few for 2 intervals"):
        judged_stretch(rows, intervals=2)


def stretch(speed: float, judgements: int = 0) -> Stretch:
    return Stretch(start=100.0, stop=200.0, steps=round(100 * speed), judgements=judgements)


@pytest.mark.parametrize(("speed", "is_kept"), [(9.5, True), (9.49, False), (10.0, True)])
def test_the_claim_is_95_per_cent_of_the_speed_without(speed: float, is_kept: bool) -> None:
    ratio, count = claims([Round(stretch(speed, judgements=4), stretch(10.0))])
    assert (ratio.kept, ratio.value) == (is_kept, pytest.approx(10 * speed))
    assert (count.value, count.kept) == (4, True)


def test_the_ratio_is_that_of_the_median_round() -> None:
    rounds = [Round(stretch(a, judgements=3), stretch(b)) for a, b in [(9.0, 10.0), (4.8, 5.0), (9.7, 10.0)]]
    ratio, count = claims(rounds)
    assert ratio.value == pytest.approx(96.0) and count.value == 9


def test_a_row_says_how_many_judgements_fell_into_the_stretch() -> None:
    judged = Stretch(50.0, 150.0, 960, judgements=4, judging_seconds=3.5, standing_seconds=4.25)
    assert Round(judged, stretch(10.0)).cells(2, batch_size=32) == (
        "2", "307", "320", "0.960", "4 in 100 s", "3.5%", "4.2%",
    )  # fmt: skip
    assert len(live_quality.HEAD) == 7


def test_rounds_that_differ_are_warned_of() -> None:
    rounds = [Round(stretch(9.8), stretch(10.0)), Round(stretch(9.0), stretch(12.0))]
    assert spread_notes(rounds) == ["WARNING: the rounds without differ by 20%: something else was running."]


def test_both_alternate_and_the_run_without_takes_the_same_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    order: list[object] = []
    lengths = iter([100.0, 120.0, 110.0])

    def judged(intervals: int) -> Stretch:
        order.append("judged")
        return Stretch(60.0, 60.0 + next(lengths), 900, judgements=intervals)

    def plain(start: float, stop: float) -> Stretch:
        order.append((start, stop))
        return Stretch(start, stop, 1000)

    monkeypatch.setattr(live_quality, "measure_judged", judged)
    monkeypatch.setattr(live_quality, "measure_plain", plain)
    rounds = live_quality.run_rounds(parse_options(["--rounds", "3", "--intervals", "2"]))
    assert order == ["judged", (60.0, 160.0), (60.0, 160.0), "judged", "judged", (60.0, 170.0)]
    assert [one.judged.judgements for one in rounds] == [2, 2, 2]


def test_one_run_judges_its_images_and_the_other_does_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DCGAN_STATE", "elsewhere")
    configs = [live_quality.make_run(tmp_path, live).config() for live in (True, False)]
    assert [config.saving.live_quality for config in configs] == [True, False]
    assert {config.preset for config in configs} == {"notebook"}


@pytest.fixture
def worker(monkeypatch: pytest.MonkeyPatch) -> None:
    """In place of the real one: a run has all its rows as soon as its worker is there."""

    @contextlib.contextmanager
    def worker_on(run: Run) -> Iterator[tuple[object, object]]:
        plain = [{"step": step, "seconds": step / 10, "d_loss": 1.0} for step in range(1, 501)]
        rows = history(10.0, [4.0, 1.0, 1.0, 1.0]) if run.config().saving.live_quality else plain
        run.append_metrics(rows)
        run.write_status(run.written_status().changed(step=rows[-1]["step"], seconds=rows[-1]["seconds"]))
        yield SimpleNamespace(poll=lambda: None), None

    monkeypatch.setenv("DCGAN_STATE", "elsewhere")
    monkeypatch.setattr(live_quality, "worker_on", worker_on)


def test_a_round_measures_the_same_seconds_of_two_new_runs(worker: None) -> None:
    judged = live_quality.measure_judged(intervals=2)
    assert (judged.judgements, judged.judging_seconds) == (2, 2.0)
    plain = live_quality.measure_plain(judged.start, judged.stop)
    # 85 steps and 1.5 s of standing in each 10 s, to ten steps a second.
    assert Round(judged, plain).ratio == pytest.approx(0.85, abs=0.01)


def test_a_worker_that_ends_early_is_an_error_with_its_log(tmp_path: Path) -> None:
    run = make_run(RunStore(tmp_path), RunStatus.FAILED, step=100)
    run.worker_log.write_text("memory ran out")
    worker = SimpleNamespace(poll=lambda: 1)
    with pytest.raises(RuntimeError, match=r"\(10 s\): its run is failed\. memory ran out"):
        wait_until_trained(run, worker, 20.0, patience=60.0)  # type: ignore[arg-type]
    assert wait_until_trained(run, worker, 10.0, patience=60.0) == 10.0  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["intervals", "rounds"])
def test_nothing_is_measured_no_times(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse_options([f"--{name}", "0"])
    assert f"--{name} 0 cannot be used" in capsys.readouterr().err


def test_what_cannot_be_judged_is_not_measured(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(live_quality, "find_judge", lambda dataset: None)
    for name in ("CUDA_VISIBLE_DEVICES", "TF_CPP_MIN_LOG_LEVEL"):
        monkeypatch.setenv(name, "")  # put back afterwards
    assert live_quality.main([]) == 2
    assert "fashion-mnist cannot be judged" in capsys.readouterr().err
