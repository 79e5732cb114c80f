"""Facts about starting, steering and resuming runs, with real workers that train nothing."""

import json
import os
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psutil
import pytest

from dcgan.config import build_config
from dcgan.runs.errors import BrokenRunError, NotResumableError, RunNotFoundError
from dcgan.runs.manager import RunManager
from dcgan.runs.queue import DeviceQueue, read_place
from dcgan.runs.run import Run
from dcgan.runs.status import Problem, RunStatus
from dcgan.runs.store import RunStore


def _wait(what: Any, seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)


def _times(run: Run, event: str) -> list[float]:
    return [row["time"] for row in run.events() if row["event"] == event]


def test_runs_of_two_managers_and_of_another_process_take_turns_in_order(world: Any) -> None:
    world.order(steps=30)
    first = world.start()
    world.await_(first, RunStatus.RUNNING)
    second = world.start(world.another_manager())
    _wait(lambda: second.status().position == 1)
    server, (third,) = world.server(1)
    _wait(lambda: third.status().position == 2)
    fourth = world.start()
    _wait(lambda: fourth.status().position == 3)
    assert first.status().position is None

    for run in (first, second, third, fourth):
        world.await_(run, RunStatus.FINISHED)
    begun = [_times(run, "started")[0] for run in (first, second, third, fourth)]
    ended = [run.written_status().heartbeat for run in (first, second, third, fourth)]
    assert all(end < begin for end, begin in zip(ended, begun[1:], strict=False))  # one after the other
    server.kill()


def test_a_cancelled_run_never_trains_and_those_behind_it_move_up(world: Any) -> None:
    world.order(steps=10_000)
    first, cancelled, last = world.start(), world.start(), world.start()
    _wait(lambda: last.status().position == 2)
    world.another_manager().stop(cancelled.run_id)  # from any process
    assert cancelled.status().status == RunStatus.STOPPED
    assert cancelled.status().position is None
    _wait(lambda: last.status().position == 1)
    for run in (last, first):
        world.manager.stop(run.run_id)
    world.await_rest(first, cancelled, last)
    assert cancelled.status().status == RunStatus.STOPPED
    assert not cancelled.worker_log.exists()
    assert not last.worker_log.exists()


def test_a_run_is_paused_resumed_and_stopped_by_any_manager_and_stop_always_wins(world: Any) -> None:
    world.order(steps=10_000)
    run, other = world.start(), world.another_manager()
    other.pause(run.run_id)  # before it began: it begins paused
    world.await_(run, RunStatus.PAUSED)
    assert run.checkpoints.steps() == [run.status().step]
    other.resume(run.run_id)
    world.await_(run, RunStatus.RUNNING)
    world.manager.pause(run.run_id)
    world.await_(run, RunStatus.PAUSED)
    run.request("stop")
    run.request("resume")
    run.request("pause")
    world.await_rest(run)
    assert run.status().status == RunStatus.STOPPED
    steps = [row["step"] for row in run.metrics()]
    assert steps == list(range(1, run.status().step + 1))
    assert len(_times(run, "started")) == 1


def test_resume_right_after_stop_goes_on_also_from_another_manager(world: Any) -> None:
    world.order(steps=10_000)
    run, other = world.start(), world.another_manager()
    for manager in (world.manager, other):
        world.await_(run, RunStatus.RUNNING)
        world.manager.stop(run.run_id)
        while run.written_status().status != RunStatus.STOPPED:  # without a pause: its worker still lives
            pass
        manager.resume(run.run_id)
        assert run.written_status().status != RunStatus.STOPPED
    world.await_(run, RunStatus.RUNNING)
    world.manager.stop(run.run_id)
    world.await_rest(run)
    assert len(_times(run, "resumed")) == 2
    steps = [row["step"] for row in run.metrics()]
    assert steps == list(range(1, len(steps) + 1))


def test_a_pause_that_is_not_heeded_yet_can_be_taken_back(world: Any, run: Run) -> None:
    world.order(steps=10)
    with DeviceQueue().hold_device(1):
        world.manager.resume(_stopped(run).run_id)
        world.manager.pause(run.run_id)
        world.manager.resume(run.run_id)
    world.await_rest(run)
    assert run.status().status == RunStatus.FINISHED


def _stopped(run: Run) -> Run:
    run.cancel()
    return run


def test_a_resume_elsewhere_outlives_the_stop_before_it(world: Any) -> None:
    """Who put the run in line sees an old stop and a run that waits again, which is no longer its own to cancel."""
    world.order(steps=10)
    other = world.another_manager()
    with DeviceQueue().hold_device(1):
        run = world.start()
        _wait(lambda: run.written_status().position is not None)  # its thread waits, and looks every two seconds
        other.stop(run.run_id)
        other.resume(run.run_id)
        _wait(lambda: not world.manager.attends(run.run_id))
        assert run.written_status().status == RunStatus.QUEUED and other.attends(run.run_id)
    world.await_rest(run)
    assert run.status().status == RunStatus.FINISHED
    assert [event["event"] for event in run.events()].count("cancelled") == 1


def test_settings_that_cannot_be_used_are_said_before_a_run_is_put_in_line(world: Any, run: Run) -> None:
    _stopped(run)
    tree = json.loads((run.run_dir / "run.json").read_bytes())
    tree["config"]["generator"]["base_filters"] = 0
    (run.run_dir / "run.json").write_text(json.dumps(tree))
    with pytest.raises(BrokenRunError, match=r"generator\.base_filters = 0"):
        world.manager.resume(run.run_id)
    assert run.written_status().status == RunStatus.STOPPED


def test_two_managers_that_resume_at_once_start_one_worker(world: Any, run: Run) -> None:
    world.order(steps=40)
    managers = [world.another_manager() for _ in range(4)]
    _stopped(run)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda manager: manager.resume(run.run_id), managers))
    assert sum(manager.attends(run.run_id) for manager in managers) == 1
    world.await_rest(run)
    assert run.status().status == RunStatus.FINISHED
    assert len(_times(run, "started")) == 1


def test_resume_is_not_lost_while_others_look_at_the_run(world: Any, run: Run) -> None:
    """A reader's probe of the lock is no worker: it delays a resume for a moment, and is never taken for a refusal."""
    _stopped(run)
    (run.run_dir / "lock").touch()
    done = False

    def look() -> None:
        while not done:
            run.is_locked()

    with DeviceQueue().hold_device(1), ThreadPoolExecutor(3) as pool:
        for _ in range(3):
            pool.submit(look)
        world.manager.resume(run.run_id)
        status = run.written_status().status
        done = True
    assert status == RunStatus.QUEUED
    world.manager.stop(run.run_id)
    world.await_rest(run)


def test_a_run_that_finished_is_not_resumed(world: Any, run: Run) -> None:
    run.write_status(run.written_status().changed(status=RunStatus.FINISHED))
    with pytest.raises(NotResumableError, match="has finished"):
        world.manager.resume(run.run_id)


@pytest.mark.parametrize("verb", ["pause", "stop", "resume"])
@pytest.mark.parametrize("run_id", ["../../etc", "20261123-142530-fashion-mnist-7f3a9c2e5b104d68"])
def test_unknown_runs_are_refused(world: Any, verb: str, run_id: str) -> None:
    with pytest.raises(RunNotFoundError, match="There is no run"):
        getattr(world.manager, verb)(run_id)


def test_a_stop_between_a_workers_claim_and_its_first_word_is_left_to_the_worker(world: Any, run: Run) -> None:
    with run.lock():  # claimed, and still "queued" as written
        began = time.monotonic()
        world.manager.stop(run.run_id)
        assert time.monotonic() - began < 2
    assert [row["do"] for row in run.requests()[0]] == ["stop"]
    assert run.written_status().status == RunStatus.QUEUED


def test_a_paused_run_whose_server_is_gone_can_be_stopped(world: Any, run: Run) -> None:
    run.write_status(run.written_status().changed(status=RunStatus.PAUSED))
    world.manager.stop(run.run_id)
    assert run.status().status == RunStatus.STOPPED


def test_a_paused_run_whose_server_is_gone_goes_first_once_resumed(world: Any, run: Run) -> None:
    line = DeviceQueue()
    run.write_status(run.written_status().changed(status=RunStatus.PAUSED))
    with line.hold_device(1):
        ticket = line.join("another")
        world.manager.resume(run.run_id)
        _wait(lambda: ticket.position() == 2)
        world.manager.stop(run.run_id)
        world.await_rest(run)
        ticket.leave()


def test_recover_puts_queued_runs_back_in_their_order_and_touches_nothing_else(world: Any) -> None:
    runs = [world.store.create(build_config("stable")) for _ in range(7)]
    early, late, *others, waited_for = runs
    now = time.time()
    late.write_status(late.written_status().model_copy(update={"queued": now - 5, "heartbeat": now - 100}))
    early.write_status(early.written_status().model_copy(update={"queued": now - 500, "heartbeat": now - 100}))
    states = [RunStatus.STOPPED, RunStatus.RUNNING, RunStatus.PAUSED]
    for run, state in zip(others, states, strict=False):
        run.write_status(run.written_status().changed(status=state))
    elsewhere = others[3]
    elsewhere.write_status(elsewhere.written_status().changed(host="another machine"))
    (world.store.folder / "20261123-142530-broken-7f3a9c2e5b104d68").mkdir()
    line = DeviceQueue()
    ticket = line.join(waited_for.run_id)  # by another server
    before = [run.written_status() for run in (*others, waited_for)]

    with line.hold_device(1):
        world.manager.recover()
        world.manager.recover()
        _wait(lambda: len(line.waiting()) == 3)
        assert [read_place(path).run_id for path in line.waiting()] == [run.run_id for run in (early, late, waited_for)]
        assert [run.written_status() for run in (*others, waited_for)] == before
        for run in (early, late):
            world.manager.stop(run.run_id)
        world.await_rest(early, late)
    ticket.leave()


def test_a_server_that_starts_removes_what_killed_imports_and_starts_left(world: Any) -> None:
    kept = world.store.create(build_config("stable"))
    old = [world.store.folder / name for name in (".tmp-import-old", ".tmp-20261123-142530-x-7f3a9c2e5b104d68")]
    young = world.store.folder / ".tmp-import-young"
    for folder in (*old, young):
        (folder / "samples").mkdir(parents=True)
    for folder in old:
        os.utime(folder, (time.time() - 7200,) * 2)
    world.manager.recover()
    assert not any(folder.exists() for folder in old)
    assert young.is_dir() and kept.run_dir.is_dir()  # it may be being unpacked by another process


def test_recover_passes_over_runs_that_were_deleted_or_damaged_since_they_were_listed(
    world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    deleted, damaged, queued = (world.store.create(build_config("stable")) for _ in range(3))
    listed = world.store.list_runs()
    monkeypatch.setattr(world.store, "list_runs", lambda: listed)
    deleted.run_dir.rename(world.store.folder / "elsewhere")
    (damaged.run_dir / "status.json").write_text("{")
    world.manager.recover()
    assert [world.manager.attends(run.run_id) for run in (deleted, damaged, queued)] == [False, False, True]
    world.await_(queued, RunStatus.FINISHED)


@pytest.mark.parametrize("verb", ["stop", "resume"])
def test_a_run_whose_status_cannot_be_read_is_named(world: Any, run: Run, verb: str) -> None:
    (run.run_dir / "status.json").write_text("{")
    with pytest.raises(BrokenRunError, match=r"status\.json cannot be read"):
        getattr(world.manager, verb)(run.run_id)


def test_a_server_that_is_killed_leaves_no_orphan_and_its_run_is_resumed_by_the_next(world: Any) -> None:
    world.order(steps=10_000)
    server, (run, queued) = world.server(2)
    world.await_(run, RunStatus.RUNNING)
    worker = world.workers()[0]
    server.kill()
    worker.wait(10)
    status = run.status()
    assert (status.status, status.error) == (RunStatus.INTERRUPTED, Problem(code="server-ended"))
    assert run.checkpoints.steps() == [status.step]
    assert queued.written_status().status == RunStatus.QUEUED
    assert world.workers() == []

    world.order(steps=status.step + 5)
    world.manager.recover()
    world.manager.resume(run.run_id)
    world.await_rest(run, queued)
    assert run.status().status == queued.status().status == RunStatus.FINISHED
    assert [row["step"] for row in run.metrics()] == list(range(1, status.step + 6))


def test_a_server_whose_main_thread_ends_waits_for_its_worker_to_save(world: Any) -> None:
    world.order(steps=10_000)
    server, (run,) = world.server(1, "leave")
    assert server.wait(20) == 0
    assert world.workers() == []
    status = run.status()
    assert (status.status, status.error) == (RunStatus.INTERRUPTED, Problem(code="server-ended"))
    assert run.checkpoints.steps() == [status.step]


def test_close_ends_everything_that_the_manager_began(world: Any) -> None:
    world.order(steps=10_000)
    training, waiting = world.start(), world.start()
    world.await_(training, RunStatus.RUNNING)
    world.manager.close()
    assert training.status().status == RunStatus.INTERRUPTED
    assert waiting.written_status().status == RunStatus.QUEUED
    assert not world.manager.attends(training.run_id)
    assert not world.manager.attends(waiting.run_id)
    assert not [child for child in psutil.Process().children() if "fake_worker" in child.cmdline()]


def test_the_line_of_a_manager_is_the_line_of_its_workers(tmp_path: Any, world: Any) -> None:
    """A state folder that was given, and not named by the environment, holds for the worker too."""
    manager = RunManager(world.store, tmp_path / "given")
    world.managers.append(manager)
    world.order(steps=10_000)
    run = world.start(manager)
    world.await_(run, RunStatus.RUNNING)
    assert not DeviceQueue(tmp_path / "given").is_free()
    assert DeviceQueue().is_free()
    manager.stop(run.run_id)
    world.await_rest(run)


def test_nothing_is_started_when_the_run_cannot_be_made(world: Any) -> None:
    blocked = RunStore(world.store.folder / "a-file" / "runs")
    world.store.folder.mkdir()
    (world.store.folder / "a-file").write_text("")
    manager = RunManager(blocked)
    with pytest.raises(NotADirectoryError):
        manager.start(build_config("stable"))
    assert DeviceQueue().waiting() == []
