"""Facts about one run directory, its lock, and what the lock says."""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from filelock import FileLock, Timeout

from dcgan.jobs.process import ROOT
from dcgan.runs import run as run_module
from dcgan.runs import thread
from dcgan.runs.errors import BrokenRunError
from dcgan.runs.run import Run
from dcgan.runs.status import Problem, RunStatus

HOLD = """
import sys, time
from pathlib import Path
from dcgan.runs.run import Run
with Run(Path(sys.argv[1])).lock():
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def holder(run: Run) -> Iterator["subprocess.Popen[str]"]:
    """Another process that holds the run's lock."""
    command = [sys.executable, "-c", HOLD, str(run.run_dir)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)})
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.communicate()


def _write(run: Run, status: RunStatus, **values: object) -> None:
    run.write_status(run.written_status().changed(status=status, **values))


def test_running_is_what_holds_its_lock_and_interrupted_what_lost_it(run: Run, holder: "subprocess.Popen[str]") -> None:
    _write(run, RunStatus.RUNNING, heartbeat=1.0)  # its age does not matter
    assert run.status().status == RunStatus.RUNNING
    with pytest.raises(Timeout), run.lock(0.1):
        pytest.fail("two hold one lock")
    holder.kill()
    holder.wait()
    assert run.status().status == RunStatus.INTERRUPTED
    assert run.written_status().status == RunStatus.RUNNING  # a reader writes nothing
    with run.lock(0.1):
        assert run.status_while_locked().status == RunStatus.INTERRUPTED


@pytest.mark.parametrize(
    "status", [RunStatus.PAUSED, RunStatus.FINISHED, RunStatus.STOPPED, RunStatus.FAILED, RunStatus.INTERRUPTED]
)
def test_every_other_state_is_as_written(run: Run, status: RunStatus) -> None:
    _write(run, status, heartbeat=1.0)
    assert run.status().status == run.status_while_locked().status == status


@pytest.mark.parametrize(
    ("age", "expected"),
    [
        (0, RunStatus.QUEUED),
        (19, RunStatus.QUEUED),
        (21, RunStatus.INTERRUPTED),
        (-3600, RunStatus.INTERRUPTED),  # the clock was set back after its waiter had died
    ],
)
def test_a_queued_run_whose_waiter_is_silent_is_interrupted(run: Run, age: int, expected: RunStatus) -> None:
    _write(run, RunStatus.QUEUED, heartbeat=time.time() - age)
    assert run.status().status == run.status_while_locked().status == expected


def test_a_run_that_ends_between_two_looks_is_not_called_interrupted(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    _write(run, RunStatus.RUNNING)

    def end(_: Run) -> bool:
        _write(run, RunStatus.FINISHED)
        return False

    monkeypatch.setattr(Run, "is_locked", end)
    assert run.status().status == RunStatus.FINISHED


def test_a_look_leaves_no_file_behind(run: Run) -> None:
    assert not run.is_locked()
    assert not (run.run_dir / "lock").exists()


@pytest.mark.parametrize("code", [13, 30, 38, 116])  # EACCES, EROFS, ENOSYS, ESTALE
@pytest.mark.parametrize(("age", "status"), [(1.0, RunStatus.RUNNING), (600.0, RunStatus.INTERRUPTED)])
def test_where_locks_do_not_work_a_run_is_judged_by_its_signs_of_life(
    run: Run, code: int, age: float, status: RunStatus, monkeypatch: pytest.MonkeyPatch
) -> None:
    (run.run_dir / "lock").touch()
    _write(run, RunStatus.RUNNING, heartbeat=time.time() - age)

    def refuse(*_: object, **__: object) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(FileLock, "acquire", refuse)
    assert run.status().status == status


def test_a_deleted_run_is_not_made_anew_by_its_lock(run: Run) -> None:
    run.run_dir.rename(run.run_dir.with_name("elsewhere"))
    with pytest.raises(BrokenRunError, match="gone"), run.lock():
        pytest.fail("locked nothing")
    assert not run.is_locked()
    assert not run.run_dir.exists()


def test_a_claim_gets_through_while_many_look(run: Run) -> None:
    """A probe takes the lock for a moment; a claim tries again, ten seconds long."""
    (run.run_dir / "lock").touch()
    _write(run, RunStatus.RUNNING)
    done = threading.Event()

    def look() -> None:
        while not done.is_set():
            run.status()

    with ThreadPoolExecutor(4) as pool:
        for _ in range(4):
            pool.submit(look)
        try:
            for _ in range(5):
                with run.lock(10.0):
                    assert run.is_locked()
        finally:
            done.set()


def test_a_status_is_never_torn_while_it_is_replaced(run: Run) -> None:
    done = threading.Event()
    failures: list[Exception] = []

    def read() -> None:
        while not done.is_set():
            try:
                run.status()
            except BrokenRunError as error:
                failures.append(error)

    with ThreadPoolExecutor(2) as pool:
        for _ in range(2):
            pool.submit(read)
        for step in range(100):
            _write(run, RunStatus.PAUSED, step=step)
        done.set()
    assert failures == []


@pytest.mark.parametrize("name", ["status.json", "run.json"])
@pytest.mark.parametrize("content", [None, b"", b"{", b"[]", b"\xff\xfe"])
def test_broken_manifests_are_named(run: Run, name: str, content: bytes | None) -> None:
    path = run.run_dir / name
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(BrokenRunError, match=rf"{run.run_id}: {name} cannot be read"):
        run.status() if name == "status.json" else run.config()


def test_a_config_that_is_no_longer_valid_is_named(run: Run) -> None:
    path = run.run_dir / "run.json"
    tree = json.loads(path.read_text())
    tree["config"]["training"]["epochs"] = 0
    path.write_text(json.dumps(tree))
    with pytest.raises(BrokenRunError, match=r"training\.epochs = 0 cannot be used"):
        run.config()


def test_requests_are_read_from_where_a_reader_left_off(run: Run) -> None:
    assert run.requests() == ([], 0)
    assert run.requests_end() == 0
    first = run.request("pause")
    end = run.requests_end()
    second = run.request("stop")
    assert first != second
    assert [(row["id"], row["do"]) for row in run.requests()[0]] == [(first, "pause"), (second, "stop")]
    assert [row["id"] for row in run.requests(end)[0]] == [second]
    assert run.requests(run.requests_end())[0] == []


def test_a_run_put_in_line_again_begins_clean(run: Run) -> None:
    _write(
        run, RunStatus.FAILED, step=7, phase="training", error=Problem(code="disk-full"), host="elsewhere", queued=1.0
    )
    run.put_in_line()
    status = run.written_status()
    assert (status.status, status.step, status.error, status.phase) == (RunStatus.QUEUED, 7, None, "")
    assert status.queued == pytest.approx(time.time(), abs=5)
    assert status.host != "elsewhere"
    assert run.events()[-1]["event"] == "queued"


def test_a_cancelled_run_is_stopped_and_has_no_place(run: Run) -> None:
    _write(run, RunStatus.QUEUED, position=2)
    run.cancel()
    assert (run.status().status, run.status().position) == (RunStatus.STOPPED, None)
    assert run.events()[-1]["event"] == "cancelled"


def test_history_is_cut_after_a_step_with_its_samples_and_leftovers(run: Run) -> None:
    run.append_metrics([{"step": step} for step in range(1, 11)])
    run.append_metrics([{"step": 10, "kid": 0.1}, {"step": None}, {"note": "foreign"}])
    for step in (0, 5, 10):
        run.save_sample(step, b"png", {"step": step})
    leftovers = [run.run_dir / folder / ".tmp-x" for folder in (".", "samples", "checkpoints")]
    for path in leftovers:
        path.write_text("half")
    run.cut_history(5)
    assert [row.get("step") for row in run.metrics()] == [1, 2, 3, 4, 5, None, None]
    assert [sample.step for sample in run.samples()] == [0, 5]
    assert not (run.run_dir / "samples" / "000010.json").exists()
    assert not any(path.exists() for path in leftovers)


def test_a_file_where_a_directory_is_expected_has_no_samples(run: Run) -> None:
    for name in ("samples", "checkpoints"):
        (run.run_dir / name).rmdir()
        (run.run_dir / name).write_text("")
    assert run.samples() == []
    assert run.checkpoints.steps() == []
    assert run.checkpoints.load_last() == (None, [])


def test_the_size_of_a_run_is_that_of_its_files(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    before = run.size()
    (run.run_dir / "checkpoints" / "000001.safetensors").write_bytes(bytes(1000))
    assert run.size() == before + 1000
    found = [path for path in run.run_dir.rglob("*") if path.is_file()]
    monkeypatch.setattr(Path, "rglob", lambda *_: [run.run_dir / "renamed-meanwhile", *found])
    monkeypatch.setattr(Path, "is_file", lambda _: True)
    assert run.size() == before + 1000


def test_a_queued_run_is_given_longer_than_its_waiter_is_silent() -> None:
    assert run_module.WAITER_SECONDS > 5 * thread.WAITING_SECONDS


@pytest.mark.parametrize("line", ['{"do":["stop"]}', '{"do":{"a":1}}', '{"id":[1],"do":"stop"}', '{"do":null}', "[1]"])
def test_a_request_that_is_none_is_passed_over(run: Run, line: str) -> None:
    with (run.run_dir / "requests.jsonl").open("a") as file:
        file.write(line + "\n")
    run.request("pause")
    rows, end = run.requests()
    assert [row["do"] for row in rows] == ["pause"]
    assert end == run.requests_end()
