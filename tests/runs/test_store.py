"""Facts about the folder of runs: made whole or not at all, and listed whatever lies beside them."""

import json
import os
import stat
import time
from pathlib import Path

import pytest

from dcgan.config import build_config
from dcgan.runs.errors import BrokenRunError, RunNotFoundError
from dcgan.runs.run import Run
from dcgan.runs.status import RunStatus
from dcgan.runs.store import RUN_ID, RunStore, runs_folder

ID = "20261123-142530-fashion-mnist-7f3a9c2e5b104d68"


def test_a_new_run_is_queued_and_holds_all_that_it_is(store: RunStore) -> None:
    config = build_config("notebook", {"training.epochs": 3})
    run = store.create(config, owner="somebody")
    assert RUN_ID.fullmatch(run.run_id)
    assert run.config() == config
    record, status = run.record(), run.status()
    assert (record.owner, record.format, record.parent) == ("somebody", 1, None)
    assert {"python", "numpy"} <= set(record.versions)
    assert (status.status, status.epochs, status.preset, status.dataset) == (
        RunStatus.QUEUED,
        3,
        "notebook",
        "fashion-mnist",
    )
    assert status.created == status.queued == record.created == pytest.approx(time.time(), abs=5)
    assert status.owner == "somebody"
    assert sorted(path.name for path in run.run_dir.iterdir()) == ["checkpoints", "run.json", "samples", "status.json"]


def test_runs_made_in_the_same_second_are_different_runs(store: RunStore, monkeypatch: pytest.MonkeyPatch) -> None:
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now)
    assert len({store.create(build_config("stable")).run_id for _ in range(20)}) == 20


def test_everybody_whom_the_umask_lets_may_read_a_run(store: RunStore) -> None:
    before = os.umask(0o022)
    try:
        run = store.create(build_config("stable"))
    finally:
        os.umask(before)
    assert stat.S_IMODE((run.run_dir / "status.json").stat().st_mode) == 0o644


def test_a_run_on_a_full_disk_is_not_made_at_all(small_disk: Path) -> None:
    (small_disk / "filler").write_bytes(bytes(200_000))
    full = RunStore(small_disk)
    with pytest.raises(OSError, match="No space left"):
        for _ in range(100):
            full.create(build_config("stable"))
    listed = full.list_runs()
    assert all(run.problem is None for run in listed)
    assert len(list(small_disk.iterdir())) == len(listed) + 1


@pytest.mark.parametrize("error", [OSError(5, "Input/output error"), KeyboardInterrupt()])
def test_a_run_that_cannot_be_made_leaves_nothing(
    store: RunStore, error: BaseException, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(Run, "write_status", fail)
    with pytest.raises(type(error)):
        store.create(build_config("stable"))
    assert list(store.folder.iterdir()) == []


def test_a_run_that_is_being_made_is_not_listed(store: RunStore) -> None:
    (store.folder / f".tmp-{ID}").mkdir(parents=True)
    assert store.list_runs() == []


@pytest.mark.parametrize(
    "run_id",
    [
        "../../etc", "", ".", "..", "/etc/passwd", "~", ID + "/", ID + "/..", ID + "\n", "\0", ID.upper(), ".tmp-" + ID,
        ID.replace("fashion", "fáshion"), ID.replace("-7f3a", "-7f3g"), "x" * 5000, ID,
    ],
)  # fmt: skip
def test_what_is_not_a_run_here_is_not_found(store: RunStore, run_id: str) -> None:
    store.create(build_config("stable"))
    with pytest.raises(RunNotFoundError, match=r"There is no run .* lists them\."):
        store.get(run_id)


def test_a_run_is_found_by_its_id(store: RunStore) -> None:
    run = store.create(build_config("stable"))
    assert store.get(run.run_id).run_dir == run.run_dir


def test_a_store_keeps_its_folder_when_the_process_moves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    relative = RunStore(Path("runs"))
    run = relative.create(build_config("stable"))
    monkeypatch.chdir("/")
    assert relative.get(run.run_id).run_dir == tmp_path / "runs" / run.run_id


def test_broken_runs_are_listed_with_their_reason_beside_good_ones(store: RunStore) -> None:
    good = [store.create(build_config("stable")).run_id for _ in range(2)]

    def broken(number: int) -> Path:
        folder = store.folder / f"20261123-14253{number}-broken-7f3a9c2e5b104d68"
        folder.mkdir()
        return folder

    broken(0)  # no status.json
    (broken(1) / "status.json").write_text('{"status": "runn')
    (broken(2) / "status.json").write_text('{"status": "dancing"}')
    (broken(3) / "status.json").mkdir()
    (broken(4) / "status.json").write_bytes(b"\xff" * 100)
    (broken(5) / "status.json").write_text("[" * 100_000)
    (broken(6) / "status.json").symlink_to("status.json")
    broken(7).rmdir()
    (store.folder / "20261123-142537-broken-7f3a9c2e5b104d68").write_text("a file")
    broken(8).rmdir()
    (store.folder / "20261123-142538-broken-7f3a9c2e5b104d68").symlink_to("nowhere")
    broken(9).rmdir()
    (store.folder / "20261123-142539-broken-7f3a9c2e5b104d68").symlink_to("20261123-142539-broken-7f3a9c2e5b104d68")
    for foreign in ("notes.txt", ".trash", "20261123-142530-UPPER-7f3a9c2e5b104d68"):
        (store.folder / foreign).write_text("")

    listed = store.list_runs()
    assert len(listed) == 12
    assert [run.run_id for run in listed] == sorted((run.run_id for run in listed), reverse=True)
    assert sorted(run.run_id for run in listed if run.status is not None) == sorted(good)
    problems = {run.run_id[:15]: run.problem for run in listed if run.status is None}
    assert all(problems.values())
    assert "status.json cannot be read (No such file or directory)" in str(problems["20261123-142530"])
    assert "not the JSON that belongs there" in str(problems["20261123-142531"])
    assert "Is a directory" in str(problems["20261123-142533"])


def test_a_run_that_cannot_be_looked_at_is_listed_with_its_reason(
    store: RunStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = store.create(build_config("stable"))

    def refuse(_: object, run_id: str) -> Run:
        raise PermissionError(13, "Permission denied", run_id)

    monkeypatch.setattr(RunStore, "get", refuse)
    assert [(listed.run_id, listed.status) for listed in store.list_runs()] == [(run.run_id, None)]


def test_a_folder_that_is_not_there_has_no_runs(tmp_path: Path) -> None:
    assert RunStore(tmp_path / "none").list_runs() == []


def test_a_file_in_the_folders_place_is_an_error_and_not_an_empty_list(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(NotADirectoryError):
        RunStore(tmp_path / "file").list_runs()


@pytest.mark.parametrize(
    "change", [{"created": float("nan")}, {"seconds": float("inf")}, {"step": 10**400}, {"epochs": -2}]
)
def test_a_run_with_numbers_that_cannot_be_is_listed_as_unreadable_beside_good_ones(
    store: RunStore, change: dict[str, float]
) -> None:
    good, bad = store.create(build_config("stable")), store.create(build_config("stable"))
    path = bad.run_dir / "status.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    listed = {run.run_id: run for run in store.list_runs()}
    assert listed[good.run_id].status is not None
    assert listed[bad.run_id].status is None and listed[bad.run_id].problem is not None


def test_a_run_of_another_format_is_listed_and_says_so_when_it_is_opened(store: RunStore) -> None:
    run = store.create(build_config("stable"))
    path = run.run_dir / "run.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"format": 2}))
    assert store.list_runs()[0].problem is None
    with pytest.raises(BrokenRunError, match="format 2; this version reads 1"):
        run.config()


def test_runs_are_in_the_folder_given_or_named_or_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DCGAN_RUNS", "/somewhere")
    assert runs_folder(Path("/given")) == Path("/given")
    assert runs_folder() == Path("/somewhere")
    monkeypatch.setenv("DCGAN_RUNS", "")
    assert runs_folder() == Path("runs")
