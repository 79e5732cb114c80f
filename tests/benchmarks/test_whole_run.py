"""Facts about a run that is trained to its end by a command: how it is found again, what an interruption costs."""

from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import Timeout

from benchmarks import whole_run
from benchmarks.whole_run import find_run, train_to_end
from dcgan.config import build_config
from dcgan.runs.run import Run
from dcgan.runs.status import RunStatus
from dcgan.runs.store import RunStore
from fake_runs import make_run


def test_a_run_is_found_by_its_whole_config(tmp_path: Path) -> None:
    store = RunStore(tmp_path)
    stable, other = build_config("stable"), build_config("stable", {"training.seed": 1})
    run = find_run(store, stable)
    assert run.config() == stable
    assert find_run(store, stable).run_id == run.run_id
    assert find_run(store, other).run_id != run.run_id
    (run.run_dir / "run.json").write_text("{")  # one that cannot be read is none
    assert find_run(store, stable).run_id != run.run_id


class ScriptedWorker:
    """In place of the worker process: it lives for so many looks, then the run has a status."""

    def __init__(self, run: Run, looks: int, end: RunStatus) -> None:
        self.run, self.looks, self.last, self.has_ended = run, looks, end, False

    def poll(self) -> int | None:
        self.looks -= 1
        if self.looks > 0:
            return None
        self.run.write_status(self.run.written_status().changed(status=self.last, phase=""))
        return 0

    def end(self, seconds: float) -> None:
        self.has_ended = True


@pytest.fixture
def start(monkeypatch: pytest.MonkeyPatch) -> Callable[..., ScriptedWorker]:
    """Let the next worker be a scripted one."""

    def start(run: Run, looks: int = 3, end: RunStatus = RunStatus.FINISHED) -> ScriptedWorker:
        worker = ScriptedWorker(run, looks, end)
        monkeypatch.setattr(whole_run, "WorkerProcess", lambda *_: worker)
        monkeypatch.setattr(whole_run.time, "sleep", lambda _: None)
        return worker

    return start


def test_a_run_is_watched_until_it_has_finished(tmp_path: Path, start: Callable[..., ScriptedWorker]) -> None:
    run = make_run(RunStore(tmp_path / "runs"), RunStatus.INTERRUPTED)
    told: list[int] = []
    worker = start(run)
    train_to_end(run, lambda status: told.append(status.step))
    assert told == [250, 250] and worker.has_ended
    assert run.written_status().status == RunStatus.FINISHED


def test_a_run_that_has_finished_is_not_started_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = make_run(RunStore(tmp_path), RunStatus.FINISHED)
    monkeypatch.setattr(whole_run, "WorkerProcess", lambda *_: pytest.fail("it was started"))
    train_to_end(run)


@pytest.mark.parametrize("end", [RunStatus.FAILED, RunStatus.INTERRUPTED])
def test_a_worker_that_ends_before_is_an_error_with_its_log(
    end: RunStatus, tmp_path: Path, start: Callable[..., ScriptedWorker]
) -> None:
    run = RunStore(tmp_path / "runs").create(build_config("notebook"))
    run.worker_log.write_text("memory ran out")
    worker = start(run, end=end)
    with pytest.raises(RuntimeError, match=rf"did not train to its end: its run is {end}\. memory ran out"):
        train_to_end(run)
    assert worker.has_ended


def test_whoever_interrupts_lets_the_worker_save(tmp_path: Path, start: Callable[..., ScriptedWorker]) -> None:
    run = RunStore(tmp_path / "runs").create(build_config("notebook"))
    worker = start(run)

    def interrupt(_: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train_to_end(run, interrupt)
    assert worker.has_ended


def test_a_worker_that_still_saves_is_waited_for(
    tmp_path: Path, start: Callable[..., ScriptedWorker], monkeypatch: pytest.MonkeyPatch
) -> None:
    run = RunStore(tmp_path / "runs").create(build_config("stable"))
    monkeypatch.setattr(whole_run, "END_SECONDS", 0.05)
    with run.lock(), pytest.raises(Timeout):
        train_to_end(run)
    start(run)
    train_to_end(run)
    assert run.written_status().status == RunStatus.FINISHED
