from pathlib import Path

import pytest

from benchmarks import live_figures
from benchmarks.live_figures import Figures, Watched, claims, tick_cpu_ms
from dcgan.runs.status import RunStatus
from dcgan.runs.store import RunStore
from fake_runs import make_run


@pytest.fixture
def two_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_figures.devices, "cpu_count", lambda: 2)


def full_figures() -> Figures:
    return Figures(
        start_seconds=8.0,
        watched=(
            Watched(0, 0.3, 60.0, []),
            Watched(1, 0.9, 60.0, [0.02] * 30),
            Watched(2, 1.5, 60.0, [0.02] * 60),
        ),
        profiled_ticks=(0.010, 0.012, 0.014),
        switch_seconds=(0.4, 0.9, 0.5),
        server_mb=120.0,
        forbidden_modules=(),
        worker_mb=400.0,
    )


def test_cpu_time_is_a_share_of_all_cores(two_cores: None) -> None:
    # 1.5 s of 2 cores * 60 s
    assert Watched(2, 1.5, 60.0, []).percent == pytest.approx(1.25)


def test_a_tick_costs_what_the_tabs_add() -> None:
    # (1.5 s - 0.3 s) / 60 ticks
    assert tick_cpu_ms(full_figures().watched) == pytest.approx(20.0)


def test_no_tick_is_no_figure() -> None:
    assert tick_cpu_ms([Watched(0, 0.1, 60.0, []), Watched(2, 0.1, 60.0, [])]) is None


def test_good_figures_keep_every_limit(two_cores: None) -> None:
    assert [claim.name for claim in claims(full_figures()) if not claim.kept] == []


@pytest.mark.parametrize(
    ("changed", "missed"),
    [
        ({"start_seconds": 10.5}, "Start to first point"),
        ({"switch_seconds": (0.4, 1.2)}, "switch to Train, worst of 5"),
        ({"profiled_ticks": (0.031,)}, "tick: server's clock, median"),
        ({"server_mb": 301.0}, "server: highest resident memory"),
        ({"worker_mb": 701.0}, "worker: RssAnon"),
        ({"forbidden_modules": ("keras",)}, "server: TensorFlow and Keras modules"),
        ({"forbidden_modules": None}, "server: TensorFlow and Keras modules"),
    ],
)
def test_each_limit_can_be_missed(two_cores: None, changed: dict[str, object], missed: str) -> None:
    figures = full_figures()
    for name, value in changed.items():
        setattr(figures, name, value)
    assert [claim.name for claim in claims(figures) if not claim.kept] == [missed]


def test_two_tabs_may_cost_two_per_cent(two_cores: None) -> None:
    figures = full_figures()
    figures.watched = (*figures.watched[:2], Watched(2, 2.5, 60.0, [0.02] * 80))  # 2.08 %
    assert [claim.name for claim in claims(figures) if not claim.kept] == ["server's CPU, two tabs"]


def test_a_whole_run_is_told_in_minutes_and_images_a_second_and_a_stopped_one_is_not(tmp_path: Path) -> None:
    figures = full_figures()
    run = make_run(RunStore(tmp_path / "runs"), RunStatus.STOPPED, step=250)
    live_figures.note_run(figures, tmp_path)
    assert not any("whole run" in claim.name for claim in claims(figures))
    run.write_status(run.written_status().changed(status=RunStatus.FINISHED, seconds=120.0))
    live_figures.note_run(figures, tmp_path)
    told = {claim.name: claim.value for claim in claims(figures)}
    assert told["the whole run: training"] == 2.0
    assert told["the whole run: average speed"] == pytest.approx(250 * 32 / 120)  # the notebook's batch
