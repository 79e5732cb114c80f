"""Facts about the worker process itself, before TensorFlow."""

import subprocess
import sys
import types
from pathlib import Path

import psutil
import pytest

from dcgan import training
from dcgan.config import build_config
from dcgan.runs.run import Run
from dcgan.runs.status import RunStatus
from dcgan.runs.store import RunStore
from dcgan.runs.thread import EXIT_GAVE_WAY, EXIT_NOT_CLAIMED
from dcgan.training import worker
from dcgan.training.control import StayEnded
from dcgan.training.worker import FIRST_TO_GO, NICENESS

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return RunStore(tmp_path / "runs").create(build_config("notebook", {"data.limit": 320}))


def _start(run: Run) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "dcgan.training.worker", str(run.run_dir), "0"]
    return subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL)


def _oom_score_adj(pid: int) -> int | None:
    """How much sooner than others the system ends a process when memory runs out; None where it does not tell."""
    path = Path(f"/proc/{pid}/oom_score_adj")
    return int(path.read_text()) if path.exists() else None


def test_a_run_that_was_cancelled_before_its_worker_began_is_left_alone(run: Run) -> None:
    run.cancel()
    with _start(run) as worker:
        assert worker.wait(30) == EXIT_NOT_CLAIMED
    assert run.written_status().status == RunStatus.STOPPED
    assert "started" not in [event["event"] for event in run.events()]


@pytest.mark.parametrize(("status", "code"), [(RunStatus.STOPPED, 0), (RunStatus.PAUSED, EXIT_GAVE_WAY)])
def test_a_stay_that_ends_before_training_is_an_end_as_its_status_says(
    run: Run, status: RunStatus, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def end_early(*_: object) -> None:
        raise StayEnded(status)

    fake = types.ModuleType("dcgan.training.trainer")
    monkeypatch.setattr(fake, "Trainer", end_early, raising=False)
    monkeypatch.setitem(sys.modules, "pandas", sys.modules.get("pandas"))  # the worker does without, for good
    monkeypatch.setitem(sys.modules, fake.__name__, fake)
    monkeypatch.setattr(training, "trainer", fake, raising=False)
    monkeypatch.setattr(worker, "_listen", lambda _: None)
    assert worker.main(run.run_dir, 0) == code


def test_a_worker_is_nicer_than_whoever_started_it_and_ends_with_its_standard_input(run: Run) -> None:
    with _start(run) as worker:
        while run.written_status().status == RunStatus.QUEUED:
            assert worker.poll() is None
        assert psutil.Process(worker.pid).nice() == min(19, psutil.Process().nice() + NICENESS)
        assert _oom_score_adj(worker.pid) in (None, FIRST_TO_GO)
        assert worker.stdin is not None
        worker.stdin.close()  # as the end of the server does
        assert worker.wait(90) == 0
    status = run.written_status()
    assert status.status == RunStatus.INTERRUPTED
    assert status.error is not None
    assert status.error.code == "server-ended"
    assert run.checkpoints.steps()  # it saved first
