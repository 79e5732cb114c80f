"""Facts about lists: only what changed is read again, and nothing that changed is overlooked."""

import os
import time
from pathlib import Path

import pytest

from dcgan.runs import run as run_module
from dcgan.runs.remembered import Remembered
from dcgan.runs.run import Run
from dcgan.runs.status import RunStatus
from dcgan.runs.store import RunStore
from fake_runs import FakeWorker, make_run

MOST_SECONDS = 0.3  # of CPU time, for a list of a thousand runs


def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The runs whose status is read from now on."""
    seen: list[str] = []
    read = Run.written_status

    def note(run: Run) -> object:
        seen.append(run.run_id)
        return read(run)

    monkeypatch.setattr(Run, "written_status", note)
    return seen


def test_a_second_list_reads_only_what_has_changed(store: RunStore, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = (make_run(store, RunStatus.FINISHED, step=0) for _ in range(2))
    before = store.list_runs()
    read = reads(monkeypatch)
    assert store.list_runs() == before and read == []
    second.write_status(second.written_status().changed(step=7))
    read.clear()
    listed = {run.run_id: run.status for run in store.list_runs()}
    assert read == [second.run_id]
    assert listed[second.run_id].step == 7 and listed[first.run_id].step == 0  # type: ignore[union-attr]


def test_new_words_are_seen_without_reading_the_status(store: RunStore, monkeypatch: pytest.MonkeyPatch) -> None:
    run = make_run(store, RunStatus.FINISHED, step=0)
    store.list_runs()
    run.relabel(name="one")
    assert store.list_runs()[0].labels.name == "one"
    run.relabel(name="two")
    read = reads(monkeypatch)
    assert store.list_runs()[0].labels.name == "two" and read == []


def test_a_lock_that_was_freed_is_noticed_though_no_file_changed(store: RunStore) -> None:
    run = make_run(store, RunStatus.RUNNING, step=0)
    with run.lock():
        assert store.list_runs()[0].status.status == RunStatus.RUNNING  # type: ignore[union-attr]
    assert store.list_runs()[0].status.status == RunStatus.INTERRUPTED  # type: ignore[union-attr]
    with run.lock():
        assert store.list_runs()[0].status.status == RunStatus.RUNNING  # type: ignore[union-attr]


def test_a_waiter_that_fell_silent_is_noticed_though_no_file_changed(
    store: RunStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_run(store, RunStatus.QUEUED, step=0)
    assert store.list_runs()[0].status.status == RunStatus.QUEUED  # type: ignore[union-attr]
    monkeypatch.setattr(run_module, "WAITER_SECONDS", -1.0)
    assert store.list_runs()[0].status.status == RunStatus.INTERRUPTED  # type: ignore[union-attr]


def test_a_run_that_trains_is_listed_as_far_as_it_is(store: RunStore) -> None:
    run = make_run(store, RunStatus.STOPPED, step=0)
    with FakeWorker(run):
        deadline = time.monotonic() + 20
        while not (listed := store.list_runs()[0].status) or listed.step < 20:
            assert time.monotonic() < deadline
    assert store.list_runs()[0].status.status == RunStatus.FINISHED  # type: ignore[union-attr]


def test_what_cannot_be_read_is_tried_again(store: RunStore) -> None:
    run = make_run(store, RunStatus.FINISHED, step=0)
    path = run.run_dir / "status.json"
    content = path.read_bytes()
    path.write_text("{")
    assert store.list_runs()[0].problem
    path.write_bytes(content)
    assert store.list_runs()[0].problem is None


def test_what_is_gone_is_forgotten(tmp_path: Path) -> None:
    count = 0

    def read(folder: Path) -> int:
        nonlocal count
        count += 1
        return len((folder / "file").read_bytes())

    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").write_text(name)
    remembered = Remembered("file", read)
    folders = [str(tmp_path / name) for name in ("a", "b")]
    assert [remembered.get(folder) for folder in [*folders, *folders]] == [1, 1, 1, 1] and count == 2
    remembered.forget_others(folders[:1])
    assert [remembered.get(folder) for folder in folders] == [1, 1] and count == 3


def test_a_thousand_runs_are_listed_in_time(store: RunStore) -> None:
    status = make_run(store, RunStatus.FINISHED, step=10).written_status().model_dump_json(exclude_none=True)
    for number in range(1000):
        folder = store.folder / f"20261123-142530-fashion-mnist-{number:016x}"
        folder.mkdir()
        (folder / "status.json").write_text(status)
        if number % 2:
            (folder / "labels.json").write_text('{"name": "a name", "tags": ["one"], "star": true}')
    fresh, seconds = RunStore(store.folder), []
    for _ in range(4):
        begin = time.process_time()
        assert len(fresh.list_runs()) == 1001
        seconds.append(time.process_time() - begin)
    print(f"CPU seconds of a list of 1,000: {seconds}")
    assert seconds[0] < MOST_SECONDS and min(seconds[1:]) < MOST_SECONDS / 4, (seconds, os.getloadavg())
