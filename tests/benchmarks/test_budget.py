"""Facts about a run with a budget of CPU time: what counts, when it ends, what a kill costs."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest
from filelock import Timeout

from benchmarks import budget
from benchmarks.budget import Ledger, find_run, is_done, train_for
from dcgan.config import build_config
from dcgan.runs.run import Run
from dcgan.runs.status import RunStatus, StatusRecord
from dcgan.runs.store import RunStore
from fake_runs import make_run


def test_cpu_time_between_two_marks_is_in_proportion(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "cpu.jsonl")
    assert ledger.at(100.0) == 0.0
    ledger.add(0.0, 0.0)
    ledger.add(10.0, 16.0)
    ledger.add(20.0, 36.0)
    assert [ledger.at(seconds) for seconds in (0.0, 5.0, 15.0, 20.0, 99.0)] == [0.0, 8.0, 26.0, 36.0, 36.0]


def test_what_was_taken_by_steps_that_a_kill_lost_is_given_back(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "cpu.jsonl")
    for seconds, cpu in [(0.0, 0.0), (10.0, 16.0), (20.0, 36.0)]:
        ledger.add(seconds, cpu)
    again = Ledger(tmp_path / "cpu.jsonl")  # resumed from a checkpoint at 15 s
    again.add(15.0, again.at(15.0))
    assert again.at(20.0) == 26.0
    again.add(16.0, 28.0)
    assert Ledger(tmp_path / "cpu.jsonl").at(20.0) == 28.0


def test_a_torn_last_mark_is_none(tmp_path: Path) -> None:
    path = tmp_path / "cpu.jsonl"
    Ledger(path).add(10.0, 16.0)
    with path.open("a") as file:
        file.write('{"seconds": 20.0, "cp')
    assert Ledger(path).at(20.0) == 16.0
    Ledger(path).add(30.0, 50.0)
    assert Ledger(path).at(30.0) == 50.0


def test_a_run_is_found_by_its_whole_config(tmp_path: Path) -> None:
    store = RunStore(tmp_path)
    stable, other = build_config("stable"), build_config("stable", {"training.seed": 1})
    run = find_run(store, stable)
    assert run.config() == stable
    assert find_run(store, stable).run_id == run.run_id
    assert find_run(store, other).run_id != run.run_id
    (run.run_dir / "run.json").write_text("{")  # one that cannot be read is none
    assert find_run(store, stable).run_id != run.run_id


@pytest.mark.parametrize(
    ("status", "allowed", "is_over"),
    [
        (RunStatus.INTERRUPTED, 50.0, True),  # 25 s of training at 2 CPU seconds each
        (RunStatus.INTERRUPTED, 50.1, False),
        (RunStatus.INTERRUPTED, None, False),
        (RunStatus.FINISHED, None, True),
        (RunStatus.FINISHED, 1e9, True),
    ],
)
def test_a_run_is_done_at_its_end_or_that_of_its_budget(
    status: RunStatus, allowed: float | None, is_over: bool, tmp_path: Path
) -> None:
    run, ledger = make_run(RunStore(tmp_path), status, step=250), Ledger(tmp_path / "cpu.jsonl")
    ledger.add(0.0, 0.0)
    ledger.add(30.0, 60.0)
    assert is_done(run, ledger, allowed) is is_over


class ScriptedWorker:
    """In place of the worker process: at each look another line of its life, and one second of training a look."""

    pid = 12_345

    def __init__(self, run: Run, start: float, end: Callable[[StatusRecord], StatusRecord | None]) -> None:
        self.run, self.seconds, self.end_of, self.code = run, start, end, None
        self.cpu, self.has_ended = 7.0, False  # imports have taken 7 s before the first step

    def look(self, _: float) -> None:
        """What `time.sleep` is replaced by."""
        written = self.run.written_status()
        if written.phase != "training":
            self.run.write_status(written.changed(status=RunStatus.RUNNING, phase="training", seconds=self.seconds))
            return
        self.seconds, self.cpu = self.seconds + 1, self.cpu + 2
        status = written.changed(seconds=self.seconds, step=written.step + 10)
        ended = self.end_of(status)
        self.code = None if ended is None else 0
        self.run.write_status(ended or status)

    def poll(self) -> int | None:
        return self.code

    def end(self, seconds: float) -> None:
        self.has_ended = True
        if self.code is None:
            self.run.write_status(self.run.written_status().changed(status=RunStatus.INTERRUPTED, phase=""))


@pytest.fixture
def start(monkeypatch: pytest.MonkeyPatch) -> Callable[..., ScriptedWorker]:
    """Let the next worker be a scripted one."""

    def start(
        run: Run, seconds: float = 0.0, end: Callable[[StatusRecord], StatusRecord | None] = lambda status: None
    ) -> ScriptedWorker:
        worker = ScriptedWorker(run, seconds, end)
        times = SimpleNamespace(cpu_times=lambda: SimpleNamespace(user=worker.cpu - 1, system=1.0))
        monkeypatch.setattr(budget, "WorkerProcess", lambda *_: worker)
        monkeypatch.setattr(budget.psutil, "Process", lambda pid: times)
        monkeypatch.setattr(budget.time, "sleep", worker.look)
        return worker

    return start


def test_a_run_ends_when_its_budget_is_used_and_the_start_is_not_counted(
    tmp_path: Path, start: Callable[..., ScriptedWorker]
) -> None:
    run, ledger = RunStore(tmp_path / "runs").create(build_config("stable")), Ledger(tmp_path / "cpu.jsonl")
    told: list[float] = []
    worker = start(run)
    train_for(run, ledger, 9.0, lambda status, cpu: told.append(cpu))
    # 2 CPU seconds a second: 8 after four, so the fifth ends it.
    assert worker.has_ended and run.written_status().seconds == 5
    assert told[-1] == 10.0 and ledger.at(run.written_status().seconds) == 10.0
    assert is_done(run, ledger, 9.0)


def test_a_run_that_is_done_is_not_started_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = make_run(RunStore(tmp_path), RunStatus.FINISHED)
    monkeypatch.setattr(budget, "WorkerProcess", lambda *_: pytest.fail("it was started"))
    train_for(run, Ledger(tmp_path / "cpu.jsonl"), None)


def test_a_killed_run_goes_on_with_what_its_checkpoint_had_taken(
    tmp_path: Path, start: Callable[..., ScriptedWorker]
) -> None:
    run, path = make_run(RunStore(tmp_path / "runs"), RunStatus.INTERRUPTED, step=250), tmp_path / "cpu.jsonl"
    for seconds in range(26):  # 25 s, at 2 CPU seconds each; the last checkpoint is of 20 s
        Ledger(path).add(float(seconds), 2.0 * seconds)
    start(run, seconds=20.0)
    ledger = Ledger(path)
    train_for(run, ledger, 60.0)
    assert ledger.at(20.0) == 40.0
    assert run.written_status().seconds == 30.0  # 10 s more, whatever was lost


def test_a_run_that_ends_by_itself_is_done_without_a_budget(
    tmp_path: Path, start: Callable[..., ScriptedWorker]
) -> None:
    run, ledger = RunStore(tmp_path / "runs").create(build_config("notebook")), Ledger(tmp_path / "cpu.jsonl")

    def finish(status: StatusRecord) -> StatusRecord | None:
        return status.changed(status=RunStatus.FINISHED, phase="") if status.seconds >= 6 else None

    start(run, end=finish)
    train_for(run, ledger, None)
    assert is_done(run, ledger, None)
    assert ledger.at(6.0) == pytest.approx(12, abs=2)


def test_a_worker_that_fails_is_an_error_with_its_log(tmp_path: Path, start: Callable[..., ScriptedWorker]) -> None:
    run = RunStore(tmp_path / "runs").create(build_config("notebook"))
    run.worker_log.write_text("memory ran out")

    def fail(status: StatusRecord) -> StatusRecord | None:
        return status.changed(status=RunStatus.FAILED, phase="")

    worker = start(run, end=fail)
    with pytest.raises(RuntimeError, match=r"did not train to its end: its run is failed\. memory ran out"):
        train_for(run, Ledger(tmp_path / "cpu.jsonl"), 100.0)
    assert worker.has_ended


def test_a_worker_that_is_gone_leaves_its_marks(
    tmp_path: Path, start: Callable[..., ScriptedWorker], monkeypatch: pytest.MonkeyPatch
) -> None:
    run, ledger = RunStore(tmp_path / "runs").create(build_config("notebook")), Ledger(tmp_path / "cpu.jsonl")
    looks = iter([(1.0, 0.0), (5.0, 0.0)])

    def look() -> SimpleNamespace:
        try:
            user, system = next(looks)
        except StopIteration:
            raise psutil.NoSuchProcess(1) from None
        return SimpleNamespace(user=user, system=system)

    start(run, end=lambda status: status.changed(status=RunStatus.FINISHED) if status.seconds >= 3 else None)
    monkeypatch.setattr(budget.psutil, "Process", lambda pid: SimpleNamespace(cpu_times=look))
    train_for(run, ledger, None)
    assert ledger.at(3.0) == 4.0


def test_a_worker_that_still_saves_is_waited_for(
    tmp_path: Path, start: Callable[..., ScriptedWorker], monkeypatch: pytest.MonkeyPatch
) -> None:
    run = RunStore(tmp_path / "runs").create(build_config("stable"))
    monkeypatch.setattr(budget, "END_SECONDS", 0.05)
    with run.lock(), pytest.raises(Timeout):
        train_for(run, Ledger(tmp_path / "cpu.jsonl"), 9.0)
    start(run)
    train_for(run, Ledger(tmp_path / "cpu.jsonl"), 9.0)
    assert run.written_status().seconds == 5
