"""Facts about a run's locks: they never make a run of their own."""

import threading
import time
from pathlib import Path

import pytest
from filelock import FileLock

from dcgan.runs import locks
from dcgan.runs.errors import BrokenRunError
from dcgan.runs.run import Run
from dcgan.runs.status import RunStatus
from dcgan.runs.store import RunStore
from fake_runs import make_run


def test_a_run_that_is_deleted_while_its_lock_is_waited_for_is_gone_and_leaves_no_ghost(store: RunStore) -> None:
    run = make_run(store, RunStatus.STOPPED)
    said: list[BaseException] = []

    def wait() -> None:
        try:
            with run.lock():
                said.append(AssertionError("it was held"))
        except BrokenRunError as error:
            said.append(error)

    thread = threading.Thread(target=wait)
    with run.lock():
        thread.start()
        time.sleep(0.2)  # it waits now
        store.trash.put(run.run_id)
    thread.join(10)
    assert [str(error) for error in said] == [str(BrokenRunError("run-gone", run=run.run_id))]
    assert not run.run_dir.exists()
    store.trash.restore(run.run_id)
    assert run.status().step == 250


def test_a_ghost_that_another_program_left_is_no_reason_not_to_bring_a_run_back(store: RunStore) -> None:
    run = make_run(store, RunStatus.STOPPED)
    store.trash.put(run.run_id)
    for name in (locks.TRAINING, locks.LABELS):
        FileLock(run.run_dir / name).acquire()
    store.trash.restore(run.run_id)
    assert Run(run.run_dir).status().step == 250


def test_a_folder_with_anything_else_in_it_is_no_ghost(tmp_path: Path) -> None:
    (tmp_path / "lock").touch()
    (tmp_path / "labels.json").touch()
    assert not locks.remove_ghost(tmp_path)
    (tmp_path / "labels.json").unlink()
    assert locks.remove_ghost(tmp_path) and not tmp_path.exists()
    assert locks.remove_ghost(tmp_path)  # nothing is none either


def test_names_of_a_run_that_is_gone_are_refused(store: RunStore) -> None:
    run = make_run(store, RunStatus.STOPPED)
    store.trash.put(run.run_id)
    with pytest.raises(BrokenRunError):
        run.relabel(name="x")
    assert not run.run_dir.exists()
