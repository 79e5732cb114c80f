"""Facts about the thread that owns one training, with real worker processes that train nothing."""

import signal
import threading
import time
from typing import Any

import pytest

from dcgan.runs import thread
from dcgan.runs.queue import DeviceQueue
from dcgan.runs.run import Run
from dcgan.runs.status import Problem, RunStatus, exit_problem
from dcgan.runs.thread import TrainingThread

DEFAULT_WORKER = thread.WORKER_MODULE


def _thread(run: Run) -> TrainingThread:
    return TrainingThread(run, DeviceQueue(), offset=0)


def test_the_worker_is_a_module_of_ours() -> None:
    assert DEFAULT_WORKER == "dcgan.training.worker"


def test_a_training_runs_to_its_end_and_leaves_nothing_behind(world: Any, run: Run) -> None:
    training = _thread(run)
    training.start()
    training.join(20)
    assert not training.is_alive()
    assert run.status().status == RunStatus.FINISHED
    assert [row["step"] for row in run.metrics()] == list(range(1, 11))
    assert not run.is_locked()
    assert DeviceQueue().waiting() == []
    assert DeviceQueue().is_free()
    assert world.workers() == []


def test_a_worker_that_is_killed_is_told_as_interrupted_at_once_and_the_run_goes_on(world: Any) -> None:
    world.order(steps=10, at={"4": "kill"})
    run = world.start()
    world.await_(run, RunStatus.INTERRUPTED, 20)
    began = time.monotonic()
    while run.written_status().error is None:
        assert time.monotonic() - began < 5
    assert run.written_status().error == Problem(code="worker-killed")
    world.await_rest(run)
    assert run.events()[-1]["code"] == "worker-killed"

    world.order(steps=10)
    world.manager.resume(run.run_id)
    world.await_rest(run)
    assert run.status().status == RunStatus.FINISHED
    assert run.status().error is None
    assert [row["step"] for row in run.metrics()] == list(range(1, 11))


def test_a_worker_that_fails_tells_why_itself(world: Any) -> None:
    world.order(at={"3": "raise"})
    run = world.start()
    world.await_rest(run)
    status = run.status()
    assert status.status == RunStatus.FAILED
    assert status.error == Problem(code="unexpected", values={"detail": "RuntimeError: a misfortune"})
    assert "a misfortune" in run.worker_log.read_text()


def test_a_worker_that_hangs_is_ended_by_force(world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(thread, "HUNG_SECONDS_TRAINING", 0.5)
    world.order(at={"3": "stop"})
    run = world.start()
    world.await_rest(run)
    status = run.status()
    assert status.status == RunStatus.INTERRUPTED
    assert status.error is not None
    assert status.error.code == "worker-hung"
    assert world.workers() == []
    assert DeviceQueue().is_free()


def test_a_worker_that_does_not_heed_a_stop_is_ended_by_force_and_counts_as_stopped(
    world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(thread, "STOP_SECONDS", 0.3)
    world.order(at={"1": "deaf"})
    run = world.start()
    world.await_(run, RunStatus.RUNNING)
    world.manager.stop(run.run_id)
    world.await_rest(run)
    assert run.status().status == RunStatus.STOPPED
    assert run.status().error == Problem(code="stopped-by-force")
    assert world.workers() == []


def test_a_worker_that_dies_before_its_claim_is_told_as_interrupted(world: Any) -> None:
    world.order(exit=1)
    run = world.start()
    world.await_rest(run)
    assert run.status().status == RunStatus.INTERRUPTED
    assert run.status().error == Problem(code="worker-died", values={"code": 1})


def test_a_worker_that_cannot_be_started_is_told_as_interrupted(world: Any, run: Run) -> None:
    run.worker_log.mkdir()  # a directory where the log should be
    training = _thread(run)
    training.start()
    training.join(10)
    status = run.written_status()
    assert status.status == RunStatus.INTERRUPTED
    assert status.error is not None
    assert status.error.code == "unexpected"
    assert "worker.log" in status.error.values["detail"]


def test_a_run_whose_directory_is_deleted_ends_its_thread_and_is_not_made_anew(world: Any) -> None:
    world.order(steps=10_000)
    run = world.start()
    world.await_(run, RunStatus.RUNNING)
    run.run_dir.rename(world.store.folder / "elsewhere")
    worker = world.workers()[0]
    worker.kill()
    world.manager._threads[run.run_id].join(10)
    assert not world.manager.attends(run.run_id)
    assert not run.run_dir.exists()


def test_a_worker_whose_device_was_taken_meanwhile_is_followed_by_another_in_the_same_place(world: Any) -> None:
    world.order(nap=0.5, claim=0.1)
    line = DeviceQueue()
    run = world.start()
    while not world.workers():
        time.sleep(0.01)
    place = line.waiting()
    with line.hold_device(1):
        world.order()
        while world.workers():
            time.sleep(0.01)
        while (again := line.waiting()) in ([], place):
            time.sleep(0.01)
        assert [path.name.split("-")[1] for path in again] == [path.name.split("-")[1] for path in place]
        assert run.status().status == RunStatus.QUEUED
    world.await_rest(run)
    assert run.status().status == RunStatus.FINISHED


def test_a_thread_that_is_ended_lets_its_worker_save_first(world: Any, run: Run) -> None:
    world.order(steps=10_000)
    training = _thread(run)
    training.start()
    world.await_(run, RunStatus.RUNNING)
    training.end()
    training.join(20)
    status = run.status()
    assert (status.status, status.error) == (RunStatus.INTERRUPTED, Problem(code="server-ended"))
    assert run.checkpoints.steps() == [status.step]
    assert world.workers() == []


def test_a_thread_that_is_ended_in_line_leaves_its_run_queued(world: Any, run: Run) -> None:
    with DeviceQueue().hold_device(1):
        training = _thread(run)
        training.start()
        while run.written_status().position != 1:
            time.sleep(0.01)
        training.end()
        training.join(10)
        assert run.status().status == RunStatus.QUEUED
        assert DeviceQueue().waiting() == []


def test_a_stop_whose_lock_was_taken_is_heeded_before_a_worker_starts(world: Any, run: Run) -> None:
    """A canceller that cannot have the run's lock leaves its request; then the waiter writes what it asked."""
    with run.lock():
        world.manager.stop(run.run_id)
        assert run.written_status().status == RunStatus.QUEUED
    training = _thread(run)
    training.start()
    training.join(10)
    assert run.status().status == RunStatus.STOPPED
    assert not run.worker_log.exists()


def test_a_waiter_never_writes_over_a_cancel(world: Any, run: Run) -> None:
    run.cancel()
    assert _thread(run)._tell_waiting(position=3) is False
    assert run.written_status().status == RunStatus.STOPPED


def test_a_closing_thread_leaves_a_run_alone_that_another_has_put_in_line(run: Run) -> None:
    """Its worker was killed, somebody resumed the run at once, and only then the thread comes to close the record."""
    training = _thread(run)
    training._was_claimed = True
    before = run.written_status()
    training._close_record(-signal.SIGKILL)
    assert run.written_status() == before


def test_a_machine_that_slept_and_a_clock_that_was_set_are_no_sign_of_a_hung_worker(run: Run) -> None:
    training = _thread(run)
    training._heard_at = time.monotonic()
    for hours in (-8, 8):
        status = run.written_status().changed(status=RunStatus.RUNNING, phase="training")
        run.write_status(status.model_copy(update={"heartbeat": time.time() + hours * 3600}))
        assert training._why_hung() is None


def test_a_status_that_cannot_be_read_for_long_is_a_hung_worker(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(thread, "HUNG_SECONDS_TRAINING", 0.0)
    training = _thread(run)
    (run.run_dir / "status.json").write_text("{")
    training._heard_at = time.monotonic() - 1
    problem = training._why_hung()
    assert problem is not None
    assert problem.code == "worker-hung"


def _give_way(world: Any) -> tuple[Run, Run]:
    """A paused run that has given its device up, and the run that has it now."""
    world.order(steps=10_000, give_way=0.2)
    polite = world.start()
    world.await_(polite, RunStatus.RUNNING)
    world.manager.pause(polite.run_id)
    world.await_(polite, RunStatus.PAUSED)
    other = world.start()
    world.await_(other, RunStatus.RUNNING)
    assert polite.status().status == RunStatus.PAUSED
    assert not polite.is_locked()
    return polite, other


def test_a_paused_run_gives_way_and_goes_first_once_resumed(world: Any) -> None:
    polite, other = _give_way(world)
    last = world.start()
    while last.written_status().position != 1:
        time.sleep(0.01)
    world.manager.resume(polite.run_id)
    while last.written_status().position != 2:
        time.sleep(0.01)
    assert polite.status().status == RunStatus.QUEUED
    world.manager.stop(other.run_id)
    world.await_(polite, RunStatus.RUNNING)
    assert last.status().status == RunStatus.QUEUED
    world.manager.stop(last.run_id)
    world.manager.stop(polite.run_id)
    world.await_rest(polite, other, last)
    steps = [row["step"] for row in polite.metrics()]
    assert steps == list(range(1, len(steps) + 1))
    assert last.metrics() == []


def test_a_paused_run_that_gave_way_can_be_stopped(world: Any) -> None:
    polite, other = _give_way(world)
    world.manager.stop(polite.run_id)
    assert polite.status().status == RunStatus.STOPPED
    world.manager.stop(other.run_id)
    world.await_rest(polite, other)


@pytest.mark.parametrize(("wish", "expected"), [("resume", RunStatus.QUEUED), ("stop", RunStatus.STOPPED)])
def test_a_wish_that_no_worker_heard_is_taken_up_after_it_gave_way(run: Run, wish: Any, expected: RunStatus) -> None:
    """The worker had decided to give way when somebody pressed the button, and nobody was listening yet."""
    heard = run.request("pause")
    run.append_event("request-applied", request=heard)
    run.write_status(run.written_status().changed(status=RunStatus.PAUSED))
    run.request(wish)
    assert _thread(run)._wait_for_resume() is (wish == "resume")
    assert run.written_status().status == expected


def test_an_event_from_a_bundle_may_say_anything_of_a_request(run: Run) -> None:
    run.append_event("request-applied", request=["no", "id"])
    run.write_status(run.written_status().changed(status=RunStatus.PAUSED))
    run.request("resume")
    assert _thread(run)._wait_for_resume()


def test_wishes_that_the_worker_heard_are_not_heard_again(run: Run) -> None:
    for wish in ("pause", "resume", "pause"):
        run.append_event("request-applied", request=run.request(wish))  # type: ignore[arg-type]
    run.write_status(run.written_status().changed(status=RunStatus.PAUSED))
    training = _thread(run)
    threading.Timer(0.5, training.end).start()
    assert training._wait_for_resume() is False
    assert run.written_status().status == RunStatus.PAUSED


def test_exits_are_described_by_signal_or_code() -> None:
    assert exit_problem(-signal.SIGSEGV) == Problem(code="worker-died", values={"signal": "SIGSEGV"})
    assert exit_problem(-64 - 1) == Problem(code="worker-died", values={"signal": "65"})
    assert exit_problem(137) == Problem(code="worker-died", values={"code": 137})
    assert exit_problem(-signal.SIGKILL) == Problem(code="worker-killed")
