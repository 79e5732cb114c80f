"""Facts about deleting runs: only what rests, whole in one place, and back again within a day."""

import os
import time
from pathlib import Path
from typing import Any

import pytest

from bundle_runs import make_trained_run
from dcgan.runs import trash
from dcgan.runs.errors import RunError, RunNotFoundError
from dcgan.runs.manager import RunManager
from dcgan.runs.run import Run
from dcgan.runs.status import ACTIVE, RunStatus
from dcgan.runs.store import RunStore
from fake_runs import judge_run, make_run

DAY = 24 * 3600


@pytest.fixture
def manager(store: RunStore, tmp_path: Path) -> RunManager:
    return RunManager(store, tmp_path / "state")


def all_files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def age(store: RunStore, seconds: float) -> None:
    """Let everything in the trash have lain there for longer."""
    for path in store.trash.folder.iterdir():
        since, _, run_id = path.name.partition("-")
        path.rename(path.with_name(f"{int(since) - int(seconds):010d}-{run_id}"))


@pytest.mark.parametrize("status", sorted(set(RunStatus) - ACTIVE))
def test_a_run_that_rests_is_deleted_and_comes_back_as_it_was(
    store: RunStore, manager: RunManager, status: RunStatus
) -> None:
    run = make_run(store, status)
    run.relabel(name="mine")
    (run.run_dir / "lock").touch()
    before = all_files(run.run_dir)
    manager.delete(run.run_id)
    assert store.list_runs() == [] and not run.run_dir.exists()
    with pytest.raises(RunNotFoundError):
        store.get(run.run_id)
    manager.restore(run.run_id)
    assert all_files(run.run_dir) == before
    assert store.list_runs()[0].labels.name == "mine"
    manager.restore(run.run_id)  # twice is once
    assert list(store.trash.folder.iterdir()) == []


def test_a_run_comes_back_with_its_best_checkpoint(store: RunStore, manager: RunManager) -> None:
    run = make_trained_run(store)
    judge_run(run, {20: 12.5, 40: 30.0})
    best = run.checkpoints.best()
    manager.delete(run.run_id)
    manager.restore(run.run_id)
    assert best is not None and store.get(run.run_id).checkpoints.best() == best


@pytest.mark.parametrize("status", sorted(ACTIVE))
def test_a_run_that_goes_on_is_refused_with_what_to_do(store: RunStore, manager: RunManager, status: RunStatus) -> None:
    run = make_run(store, status)
    with run.lock(), pytest.raises(RunError, match="Stop it first"):
        manager.delete(run.run_id)
    assert run.run_dir.exists() and not store.trash.folder.exists()


def test_a_run_whose_worker_is_gone_can_be_deleted(store: RunStore, manager: RunManager) -> None:
    run = make_run(store, RunStatus.RUNNING)
    manager.delete(run.run_id)
    assert not run.run_dir.exists()


def test_a_run_that_cannot_be_read_can_be_deleted_unless_somebody_trains_it(
    store: RunStore, manager: RunManager
) -> None:
    run = make_run(store, RunStatus.FINISHED)
    (run.run_dir / "status.json").write_text("{")
    with run.lock(), pytest.raises(RunError, match="Stop it first"):
        manager.delete(run.run_id)
    manager.delete(run.run_id)
    assert store.list_runs() == []


@pytest.mark.parametrize("run_id", ["../../etc", "", ".trash", "20261123-142530-fashion-mnist-0000000000000000"])
def test_what_is_no_run_is_neither_deleted_nor_brought_back(store: RunStore, manager: RunManager, run_id: str) -> None:
    make_run(store, RunStatus.FINISHED)
    with pytest.raises(RunNotFoundError):
        manager.delete(run_id)
    with pytest.raises(RunError):
        manager.restore(run_id)
    assert len(store.list_runs()) == 1


def test_a_run_that_ended_a_moment_ago_is_deleted_once_its_thread_has_closed_it(world: Any) -> None:
    run = world.start()
    world.await_(run, RunStatus.FINISHED)
    world.manager.delete(run.run_id)
    assert not run.run_dir.exists() and not world.manager.attends(run.run_id)


def test_a_restored_run_goes_on_where_it_was(world: Any) -> None:
    world.order(steps=10_000)
    run = world.start()
    world.await_(run, RunStatus.RUNNING)
    world.manager.stop(run.run_id)
    world.await_rest(run)
    world.manager.delete(run.run_id)
    with pytest.raises(RunNotFoundError):
        world.manager.resume(run.run_id)
    world.manager.restore(run.run_id)
    world.order(steps=10)
    world.manager.resume(run.run_id)
    world.await_(run, RunStatus.FINISHED)


def test_what_was_deleted_a_day_ago_is_removed_by_the_next_deletion(store: RunStore, manager: RunManager) -> None:
    old, young, last = (make_run(store, RunStatus.FINISHED) for _ in range(3))
    manager.delete(old.run_id)
    age(store, DAY + 1)
    manager.delete(young.run_id)
    assert [path.name.partition("-")[2] for path in store.trash.folder.iterdir()] == [young.run_id]
    age(store, DAY - 60)
    manager.delete(last.run_id)
    assert len(list(store.trash.folder.iterdir())) == 2  # not a day yet
    with pytest.raises(RunError, match="kept for a day"):
        manager.restore(old.run_id)


def test_a_server_that_starts_empties_the_trash(store: RunStore, manager: RunManager, tmp_path: Path) -> None:
    run = make_run(store, RunStatus.FINISHED)
    manager.delete(run.run_id)
    age(store, DAY + 1)
    RunManager(store, tmp_path / "state").recover()
    assert list(store.trash.folder.iterdir()) == []


class KilledError(BaseException):
    pass


def test_a_removal_that_was_killed_is_finished_later_and_never_brings_half_a_run_back(
    store: RunStore, manager: RunManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = make_run(store, RunStatus.FINISHED)
    manager.delete(run.run_id)
    age(store, DAY + 1)

    def remove_half(path: Path) -> None:
        (path / "status.json").unlink()
        raise KilledError

    with monkeypatch.context() as patch:
        patch.setattr(trash.shutil, "rmtree", remove_half)
        with pytest.raises(KilledError):
            store.trash.empty()
    with pytest.raises(RunError, match="kept for a day"):
        store.trash.restore(run.run_id)
    store.trash.empty()
    assert list(store.trash.folder.iterdir()) == []


def test_a_kill_around_the_move_leaves_the_run_whole_in_one_place(
    store: RunStore, manager: RunManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = make_run(store, RunStatus.FINISHED)
    before = all_files(run.run_dir)
    for name in ("rename", "mkdir"):
        with monkeypatch.context() as patch:
            patch.setattr(Path, name, lambda *_, **__: (_ for _ in ()).throw(KilledError))
            with pytest.raises(KilledError):
                manager.delete(run.run_id)
        assert {**before, "lock": b""} == all_files(run.run_dir)
    with monkeypatch.context() as patch:
        patch.setattr(trash.files, "sync_folder", lambda *_: (_ for _ in ()).throw(KilledError))
        with pytest.raises(KilledError):
            manager.delete(run.run_id)
    assert not run.run_dir.exists()
    manager.restore(run.run_id)
    assert {**before, "lock": b""} == all_files(run.run_dir)


def test_links_are_removed_as_links(store: RunStore, manager: RunManager, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    elsewhere = make_run(RunStore(outside), RunStatus.FINISHED)
    kept = all_files(outside)
    run = make_run(store, RunStatus.FINISHED)
    (run.run_dir / "samples" / "link").symlink_to(outside)
    (run.run_dir / "file").symlink_to(elsewhere.run_dir / "run.json")
    linked = store.folder / elsewhere.run_id
    linked.symlink_to(elsewhere.run_dir)  # a run on another disk
    for run_id in (run.run_id, elsewhere.run_id):
        manager.delete(run_id)
    manager.restore(elsewhere.run_id)
    assert linked.is_symlink() and Run(linked).status().status == RunStatus.FINISHED
    manager.delete(elsewhere.run_id)
    age(store, DAY + 1)
    store.trash.empty()
    assert list(store.trash.folder.iterdir()) == []
    (elsewhere.run_dir / "lock").unlink()
    assert all_files(outside) == kept


def test_a_trash_that_leads_elsewhere_is_not_used(store: RunStore, manager: RunManager, tmp_path: Path) -> None:
    run = make_run(store, RunStatus.FINISHED)
    outside = tmp_path / "outside"
    victim = outside / f"{int(time.time()) - 2 * DAY:010d}-{run.run_id}"
    victim.mkdir(parents=True)
    store.trash.folder.symlink_to(outside)
    with pytest.raises(NotADirectoryError):
        manager.delete(run.run_id)
    manager.recover()
    assert run.run_dir.exists() and victim.exists()


def test_foreign_names_in_the_trash_are_left_alone(store: RunStore, manager: RunManager) -> None:
    (store.trash.folder / "notes").mkdir(parents=True)
    (store.trash.folder / "0000000001-").write_text("x")
    store.trash.empty()
    assert sorted(os.listdir(store.trash.folder)) == ["0000000001-", "notes"]


def test_a_run_that_is_there_again_is_not_written_over(store: RunStore, manager: RunManager) -> None:
    run = make_run(store, RunStatus.FINISHED)
    manager.delete(run.run_id)
    run.run_dir.mkdir()
    (run.run_dir / "mine").write_text("x")
    with pytest.raises(RunError, match="Another run has the id"):
        manager.restore(run.run_id)
    assert os.listdir(run.run_dir) == ["mine"] and store.trash.find(run.run_id) is not None
