"""Facts about following a run from a terminal or a log."""

import io
import re
from pathlib import Path

import pytest
from rich.console import Console
from rich.progress import Progress

from dcgan import follow
from dcgan.config import build_config
from dcgan.follow import Follower, describe, drawing_bar, to_text
from dcgan.runs.run import Run
from dcgan.runs.status import Problem, RunStatus, StatusRecord
from dcgan.runs.store import RunStore

CODES = Problem.__doc__ or ""


class FakeManager:
    """Attends a run for as long as it is told to."""

    def __init__(self, looks: int = 0) -> None:
        self.looks, self.stopped, self.closed = looks, [], 0

    def attends(self, _: str) -> bool:
        self.looks -= 1
        return self.looks >= 0

    def stop(self, run_id: str) -> None:
        self.stopped.append(run_id)

    def close(self) -> None:
        self.closed += 1


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setattr(follow, "POLL_SECONDS", 0.01)
    return RunStore(tmp_path).create(build_config("stable"))


def _follower(manager: FakeManager, run: Run, terminal: bool = False) -> tuple[Follower, io.StringIO]:
    follower, out = Follower(manager, run), io.StringIO()  # type: ignore[arg-type]
    follower._console = Console(file=out, force_terminal=terminal, highlight=False, width=150)
    return follower, out


def _write(run: Run, status: RunStatus, **values: object) -> None:
    run.write_status(run.written_status().changed(status=status, **values))


def _then(monkeypatch: pytest.MonkeyPatch, *happenings: object) -> None:
    """Let something happen at each pause between two looks: a callable is called, an exception raised."""
    left = list(happenings)

    def sleep(_: float) -> None:
        happening = left.pop(0)
        if isinstance(happening, BaseException):
            raise happening
        assert callable(happening)
        happening()

    monkeypatch.setattr(follow.time, "sleep", sleep)


def test_every_problem_has_a_sentence() -> None:
    named = {word for word in CODES.replace("`", " ` ").split() if word in follow._TEXTS}
    listed = set(re.findall(r"`([a-z-]+)`", CODES.partition("Codes:")[2]))
    assert listed == set(follow._TEXTS)
    assert named == listed


def test_a_sentence_is_made_of_the_values_that_are_there() -> None:
    assert "(SIGSEGV)" in to_text(Problem(code="worker-died", values={"signal": "SIGSEGV"}))
    assert "memory" in to_text(Problem(code="worker-killed"))
    assert "(1)" in to_text(Problem(code="worker-died", values={"code": 1}))
    assert "()" in to_text(Problem(code="worker-died"))
    assert to_text(Problem(code="unheard-of")) == "unheard-of"


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        (StatusRecord(status=RunStatus.QUEUED), "queued"),
        (StatusRecord(status=RunStatus.QUEUED, position=2), "queued, number 2 in line"),
        (StatusRecord(status=RunStatus.RUNNING, phase="starting"), "loading TensorFlow…"),
        (
            StatusRecord(status=RunStatus.RUNNING, phase="downloading", data_bytes=(12_345_678, 26_451_395)),
            "downloading the images: 12 of 26 MB",
        ),
        (
            StatusRecord(
                status=RunStatus.RUNNING, phase="training", step=1500, steps=18750, images_per_second=430.4,
                losses={"d_loss": 1.386, "g_loss": 0.6931, "d_real": 0.5},
            ),
            "running: step 1,500 of 18,750, 430 images/s, d_loss 1.386, g_loss 0.693",
        ),
        (StatusRecord(status=RunStatus.RUNNING, phase="judging", step=9, steps=10), "judging: step 9 of 10"),
        (StatusRecord(status=RunStatus.FINISHED, step=10, steps=10), "finished: step 10 of 10"),
    ],
)  # fmt: skip
def test_a_run_is_described_in_one_line(record: StatusRecord, expected: str) -> None:
    assert describe(record) == expected


def test_a_log_has_a_line_at_the_beginning_at_the_end_and_now_and_then(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    manager = FakeManager()
    follower, out = _follower(manager, run)
    later = [lambda step=step: _write(run, RunStatus.PAUSED, step=step, steps=50) for step in range(50)]
    _then(monkeypatch, *later, lambda: _write(run, RunStatus.FINISHED, step=50, steps=50))
    assert follower.follow().status == RunStatus.FINISHED
    assert out.getvalue().splitlines() == [f"{run.run_id} queued", f"{run.run_id} finished: step 50 of 50"]
    assert manager.closed == 1
    assert not follower.was_interrupted


def test_a_terminal_has_a_bar(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    follower, out = _follower(FakeManager(), run, terminal=True)
    steps = [lambda step=step: _write(run, RunStatus.PAUSED, step=step, steps=4) for step in range(4)]
    _then(monkeypatch, *steps, lambda: _write(run, RunStatus.FINISHED, step=4, steps=4))
    assert follower.follow().status == RunStatus.FINISHED
    assert "4/4" in out.getvalue()
    assert "━" in out.getvalue()


def test_a_bar_counts_the_megabytes_of_a_download_and_then_the_steps() -> None:
    status = StatusRecord(status=RunStatus.RUNNING, phase="downloading", data_bytes=(12_345_678, 26_451_395), steps=40)
    progress = Progress(disable=True)
    task = progress.add_task("queued", total=None)
    follow._update(progress, task, status)
    assert (progress.tasks[0].completed, progress.tasks[0].total) == (12, 26)
    follow._update(progress, task, status.changed(phase="training", step=3))
    assert (progress.tasks[0].completed, progress.tasks[0].total) == (3, 40)


def test_training_on_the_sample_is_said_once(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    follower, out = _follower(FakeManager(), run)
    _then(
        monkeypatch,
        lambda: _write(run, RunStatus.PAUSED, sample_data=True),
        lambda: _write(run, RunStatus.PAUSED, step=1),
        lambda: _write(run, RunStatus.FINISHED, step=2),
    )
    follower.follow()
    assert out.getvalue().count("training on a sample of it") == 1


def test_a_quiet_follower_says_nothing(
    run: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _then(monkeypatch, lambda: _write(run, RunStatus.FINISHED))
    Follower(FakeManager(), run, quiet=True).follow()  # type: ignore[arg-type]
    assert capsys.readouterr() == ("", "")


def test_a_machine_that_slept_is_no_end(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its waiter has been silent for as long as the machine slept, and speaks again in a moment."""
    _write(run, RunStatus.QUEUED, heartbeat=1.0)
    assert run.status().status == RunStatus.INTERRUPTED
    follower, _ = _follower(FakeManager(looks=1), run)
    _then(monkeypatch, lambda: _write(run, RunStatus.QUEUED), lambda: _write(run, RunStatus.FINISHED))
    assert follower.follow().status == RunStatus.FINISHED


def test_the_end_waits_until_the_record_is_closed(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that was killed is interrupted at once; why stands there when the thread has closed the record."""
    _write(run, RunStatus.RUNNING)
    follower, out = _follower(FakeManager(looks=2), run)
    closed = Problem(code="worker-killed")
    _then(monkeypatch, lambda: None, lambda: _write(run, RunStatus.INTERRUPTED, error=closed))
    assert follower.follow().error == closed
    assert out.getvalue() == f"{run.run_id} interrupted: step 0 of 0\n"


def test_ctrl_c_lets_the_worker_save(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    _write(run, RunStatus.PAUSED)
    manager = FakeManager(looks=100)
    follower, out = _follower(manager, run)
    _then(monkeypatch, KeyboardInterrupt())
    follower.follow()
    assert follower.was_interrupted
    assert (manager.closed, manager.stopped) == (1, [])
    assert "Saving, one moment." in out.getvalue()


def test_ctrl_c_in_line_cancels_the_run_so_that_no_server_starts_it_later(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    manager = FakeManager(looks=100)
    follower, _ = _follower(manager, run)
    _then(monkeypatch, KeyboardInterrupt())
    follower.follow()
    assert manager.stopped == [run.run_id]


def test_ctrl_c_leaves_alone_what_another_process_trains(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    manager = FakeManager()
    follower, out = _follower(manager, run)
    _then(monkeypatch, KeyboardInterrupt())
    follower.follow()
    assert manager.stopped == []
    assert "Saving" not in out.getvalue()


def test_a_second_ctrl_c_is_no_traceback(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    manager = FakeManager()

    def close() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(manager, "close", close)
    follower, _ = _follower(manager, run)
    _then(monkeypatch, KeyboardInterrupt())
    assert follower.follow().status == RunStatus.QUEUED


def test_a_log_repeats_a_place_in_line_only_now_and_then(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter(range(0, 100_000, 15))
    monkeypatch.setattr(follow.time, "monotonic", lambda: float(next(clock)))
    follower, out = _follower(FakeManager(), run)
    _write(run, RunStatus.QUEUED, position=2)
    moves = [lambda place=place: _write(run, RunStatus.QUEUED, position=place) for place in (2, 2, 2, 1, 1, 1)]
    _then(monkeypatch, *moves, lambda: _write(run, RunStatus.FINISHED, step=50, steps=50))
    follower.follow()
    lines = [line.removeprefix(f"{run.run_id} ") for line in out.getvalue().splitlines()]
    assert lines == ["queued, number 2 in line", "queued, number 1 in line", "finished: step 50 of 50"]


@pytest.mark.parametrize("quiet", [True, False])
def test_a_drawing_leaves_no_line_in_a_log(quiet: bool, capsys: pytest.CaptureFixture[str]) -> None:
    with drawing_bar(quiet) as progress:
        progress(16, 40)
        progress(40, 40)
    assert capsys.readouterr() == ("", "")
