"""Facts about a bundle that comes in: it becomes a run whole or not at all, and a hostile one becomes a sentence."""

import errno
import io
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import hostile_bundles
from bundle_runs import make_trained_run, pack_run
from dcgan.jobs.process import ROOT
from dcgan.runs import incoming, unpacking
from dcgan.runs.bundle import export_run
from dcgan.runs.bundle_format import OWN_PARAMETERS
from dcgan.runs.errors import AlreadyHereError, BundleError
from dcgan.runs.header import MAX_HEADER_BYTES
from dcgan.runs.run import Run
from dcgan.runs.status import RunStatus
from dcgan.runs.store import RunStore
from dcgan.runs.unpacking import unpack

SECONDS, MEGABYTES = 2.0, 100


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    """A right bundle."""
    export_run(make_trained_run(RunStore(tmp_path / "made")), tmp_path / "run.dcgan")
    return tmp_path / "run.dcgan"


@pytest.fixture
def elsewhere(tmp_path: Path) -> RunStore:
    return RunStore(tmp_path / "elsewhere")


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def test_a_bundle_is_read_from_a_file_from_bytes_and_from_an_upload(bundle: Path, tmp_path: Path) -> None:
    content = bundle.read_bytes()
    for number, source in enumerate((bundle, content, io.BytesIO(content))):
        folder = tmp_path / str(number)
        assert names(folder) == [] and [unpack(source, folder)] == names(folder)


def test_the_same_run_is_here_already(bundle: Path, elsewhere: RunStore) -> None:
    run_id = unpack(bundle, elsewhere.folder, owner="me")
    with pytest.raises(AlreadyHereError) as caught:
        unpack(bundle, elsewhere.folder, owner="me")
    assert caught.value.run_id == run_id
    assert names(elsewhere.folder) == [run_id]


def test_a_run_is_here_already_where_it_was_made(bundle: Path, tmp_path: Path) -> None:
    with pytest.raises(AlreadyHereError):
        unpack(bundle, tmp_path / "made")


def test_a_run_that_has_gone_on_meanwhile_is_left_alone(bundle: Path, elsewhere: RunStore) -> None:
    first = elsewhere.get(unpack(bundle, elsewhere.folder))
    first.append_metrics([{"step": 41, "d_loss": 1.0}])
    second = elsewhere.get(unpack(bundle, elsewhere.folder))
    assert second.run_id != first.run_id
    assert second.record().parent == first.run_id
    assert len(first.metrics()) == 41 and len(second.metrics()) == 40


def test_anothers_run_is_no_reason_to_have_none_of_ones_own(bundle: Path, elsewhere: RunStore) -> None:
    theirs = elsewhere.get(unpack(bundle, elsewhere.folder, owner="them"))
    mine = elsewhere.get(unpack(bundle, elsewhere.folder, owner="me"))
    assert mine.run_id != theirs.run_id
    assert (mine.record().owner, theirs.record().owner) == ("me", "them")
    assert mine.record().parent == theirs.run_id


@pytest.mark.parametrize("status", ["running", "queued", "paused"])
def test_a_run_that_claims_to_go_on_is_stopped(bundle: Path, elsewhere: RunStore, tmp_path: Path, status: str) -> None:
    members, manifest = hostile_bundles.right_members(tmp_path / "runs")
    told = json.loads(members["status.json"]) | {"status": status, "host": "x", "queued": 5.0, "position": 1}
    members["status.json"] = json.dumps(told).encode()
    run = elsewhere.get(unpack(hostile_bundles.pack(members, manifest), elsewhere.folder))
    written = run.written_status()
    assert (written.status, written.host, written.queued, written.position) == (RunStatus.STOPPED, "", 0.0, None)


def test_what_a_bundle_says_of_its_owner_counts_for_nothing(elsewhere: RunStore, tmp_path: Path) -> None:
    members, manifest = hostile_bundles.right_members(tmp_path / "runs")
    for name in ("run.json", "status.json"):
        members[name] = json.dumps(json.loads(members[name]) | {"owner": "victim", "evil": 1}).encode()
    run = elsewhere.get(unpack(hostile_bundles.pack(members, manifest), elsewhere.folder, owner="me"))
    for name in ("run.json", "status.json"):
        written = (run.run_dir / name).read_text()
        assert "victim" not in written and "evil" not in written and '"me"' in written


def test_a_bundle_from_before_runs_were_judged_has_no_best(elsewhere: RunStore, tmp_path: Path) -> None:
    run = elsewhere.get(unpack(pack_run(make_trained_run(RunStore(tmp_path / "made"))), elsewhere.folder))
    assert run.checkpoints.best() is None and run.status().best is None


def test_what_a_status_says_of_the_best_counts_for_nothing(elsewhere: RunStore, tmp_path: Path) -> None:
    members, manifest = hostile_bundles.right_members(tmp_path / "runs")
    members["status.json"] = json.dumps(json.loads(members["status.json"]) | {"best": {"value": 0.0}}).encode()
    run = elsewhere.get(unpack(hostile_bundles.pack(members, manifest), elsewhere.folder))
    assert run.status().best is not None and run.status().best["value"] == 12.5
    del members[hostile_bundles.BEST]
    other = elsewhere.get(unpack(hostile_bundles.pack(members, manifest), elsewhere.folder, owner="me"))
    assert other.status().best is None


def test_what_is_said_of_the_best_beyond_what_is_known_stays_outside(elsewhere: RunStore, tmp_path: Path) -> None:
    members, manifest = hostile_bundles.right_members(tmp_path / "runs")
    members[hostile_bundles.BEST] = json.dumps(json.loads(members[hostile_bundles.BEST]) | {"evil": 1}).encode()
    content = hostile_bundles.pack(members, manifest)
    run = elsewhere.get(unpack(content, elsewhere.folder))
    assert "evil" not in (run.run_dir / hostile_bundles.BEST).read_text()
    with pytest.raises(AlreadyHereError):
        unpack(content, elsewhere.folder)


def test_labels_lose_what_could_format_a_terminal(elsewhere: RunStore, tmp_path: Path) -> None:
    members, manifest = hostile_bundles.right_members(tmp_path / "runs")
    members["labels.json"] = json.dumps({"name": "a\x1b[2J\nb", "tags": ["x", "x"], "evil": 1}).encode()
    run = elsewhere.get(unpack(hostile_bundles.pack(members, manifest), elsewhere.folder))
    assert (run.labels().name, run.labels().tags) == ("a[2J b", ("x",))
    assert "evil" not in (run.run_dir / "labels.json").read_text()


def test_a_run_may_be_larger_than_whoever_imports_it_has_room_for(bundle: Path, elsewhere: RunStore) -> None:
    with pytest.raises(BundleError, match="may have up to 10,000"):
        unpack(bundle, elsewhere.folder, most_bytes=10_000)
    assert names(elsewhere.folder) == []


def test_ones_own_networks_may_be_larger_than_a_strangers(elsewhere: RunStore, tmp_path: Path) -> None:
    content = pack_run(make_trained_run(RunStore(tmp_path / "made")))
    with pytest.raises(BundleError, match="up to 1,000 are allowed"):
        unpack(content, elsewhere.folder, most_parameters=1000)
    assert unpack(content, elsewhere.folder, most_parameters=OWN_PARAMETERS)


def test_progress_is_told_from_start_to_end(bundle: Path, elsewhere: RunStore) -> None:
    told: list[tuple[int, int]] = []
    unpack(bundle, elsewhere.folder, progress=lambda done, total: told.append((done, total)))
    assert told == sorted(told) and told[-1][0] == told[-1][1] > 0


def test_a_disk_that_is_full_before_is_said_before(
    bundle: Path, elsewhere: RunStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(incoming.shutil, "disk_usage", lambda _: os.statvfs_result([0] * 10) and _Usage())
    with pytest.raises(OSError) as caught:
        unpack(bundle, elsewhere.folder)
    assert caught.value.errno == errno.ENOSPC
    assert names(elsewhere.folder) == []


class _Usage:
    free = 10


def test_a_disk_that_fills_meanwhile_leaves_nothing(
    bundle: Path, small_disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (small_disk / "other").write_bytes(bytes(200_000))
    monkeypatch.setattr(incoming, "require_room", lambda *_: None)  # another fills it after we looked
    with pytest.raises(OSError) as caught:
        unpack(bundle, small_disk / "runs")
    assert caught.value.errno == errno.ENOSPC
    assert names(small_disk / "runs") == []


def test_a_process_that_dies_while_it_places_a_run_leaves_none(
    bundle: Path, elsewhere: RunStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "rename", die)
    with pytest.raises(KeyboardInterrupt):
        unpack(bundle, elsewhere.folder)
    assert names(elsewhere.folder) == []


@pytest.mark.parametrize("content", ["same", "other"])
def test_an_import_that_another_was_faster_than_is_here_already_or_gets_a_new_id(
    bundle: Path, elsewhere: RunStore, monkeypatch: pytest.MonkeyPatch, content: str
) -> None:
    rename, calls = Path.rename, []

    def rename_late(path: Path, target: Path) -> Path:
        if path.name.startswith(incoming.PREFIX) and not calls:
            calls.append(target)
            shutil.copytree(path, target)  # as the other one placed it a moment ago
            if content == "other":
                (target / "metrics.jsonl").write_bytes(b"")
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", rename_late)
    if content == "same":
        with pytest.raises(AlreadyHereError):
            unpack(bundle, elsewhere.folder)
        assert names(elsewhere.folder) == [calls[0].name]
    else:
        run_id = unpack(bundle, elsewhere.folder)
        assert names(elsewhere.folder) == sorted([calls[0].name, run_id]) and run_id != calls[0].name


def test_what_a_killed_import_left_is_removed_by_a_later_one(bundle: Path, elsewhere: RunStore) -> None:
    old, new = elsewhere.folder / ".tmp-import-old", elsewhere.folder / ".tmp-import-new"
    for folder in (old, new):
        (folder / "samples").mkdir(parents=True)
    os.utime(old, (time.time() - 7200,) * 2)
    run_id = unpack(bundle, elsewhere.folder)
    assert names(elsewhere.folder) == [".tmp-import-new", run_id]


JUDGE = """
import json, sys, time
from pathlib import Path
from dcgan.runs.bundle_format import OWN_PARAMETERS
from dcgan.runs.errors import RunError
from dcgan.runs.unpacking import unpack
runs, made = Path(sys.argv[1]), json.load(sys.stdin)
status, clear = Path("/proc/self/status"), Path("/proc/self/clear_refs")  # Linux alone says what the most was

def peak():
    lines = status.read_text().splitlines() if clear.exists() else ["VmHWM: 0 kB"]
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))  # kB, the most since it was cleared

unpack(Path(made.pop("")), runs / "warm")
if clear.exists():
    clear.write_text("5")  # the peak begins here; else it could be that of whoever started this process
start, results = peak(), {}
for name, path in made.items():
    began = time.process_time()
    try:
        said, code = unpack(Path(path), runs / "hostile"), "imported"
    except RunError as error:
        said, code = str(error), error.problem.code
    except Exception as error:
        said, code = repr(error), "crashed"
    results[name] = [code, said, time.process_time() - began, (peak() - start) / 1000]
print(json.dumps(results))
"""


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[dict[str, Any], dict[str, str], Path]]:
    """What a process said of each hostile bundle, what it should have said, and the folder in which it worked."""
    folder = tmp_path_factory.mktemp("hostile")
    (folder / "bundles").mkdir()
    made = hostile_bundles.make_all(folder / "bundles")
    members, manifest = hostile_bundles.right_members(folder / "made")
    right = folder / "right.dcgan"
    right.write_bytes(hostile_bundles.pack(members, manifest))
    paths = {"": str(right), **{name: str(path) for name, (path, _) in made.items()}}
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    process = subprocess.run(
        [sys.executable, "-c", JUDGE, str(folder / "runs")],
        input=json.dumps(paths), capture_output=True, text=True, env=environment, cwd=folder, check=False,
    )  # fmt: skip
    assert process.returncode == 0, process.stderr
    yield json.loads(process.stdout), {name: code for name, (_, code) in made.items()}, folder


def test_there_are_many_hostile_bundles(judged: tuple[dict[str, Any], dict[str, str], Path]) -> None:
    assert len(judged[0]) == len(judged[1]) > 100


def test_every_hostile_bundle_is_a_sentence_that_names_what_is_wrong(
    judged: tuple[dict[str, Any], dict[str, str], Path],
) -> None:
    results, codes, _ = judged
    assert {name: result[0] for name, result in results.items()} == codes
    for name, (_, said, _, _) in results.items():
        assert said.endswith(".") and len(said) < 600 and said.isprintable(), (name, said)


def test_every_hostile_bundle_is_judged_in_two_seconds(judged: tuple[dict[str, Any], dict[str, str], Path]) -> None:
    assert {name: result[2] for name, result in judged[0].items() if result[2] > SECONDS} == {}


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="the peak of memory is read from Linux's /proc")
def test_no_hostile_bundle_makes_the_process_grow(judged: tuple[dict[str, Any], dict[str, str], Path]) -> None:
    assert {name: result[3] for name, result in judged[0].items() if result[3] > MEGABYTES} == {}


def test_no_hostile_bundle_leaves_anything_anywhere(judged: tuple[dict[str, Any], dict[str, str], Path]) -> None:
    _, _, folder = judged
    assert names(folder / "runs" / "hostile") == []
    assert names(folder) == ["bundles", "made", "right.dcgan", "runs"]
    assert names(folder / "runs") == ["hostile", "warm"]
    assert not Path("/tmp/outside.json").exists()


def test_a_run_here_is_untouched_by_a_bundle_of_its_id_that_is_refused(bundle: Path, elsewhere: RunStore) -> None:
    run = elsewhere.get(unpack(bundle, elsewhere.folder))
    before = {path: path.read_bytes() for path in run.run_dir.rglob("*") if path.is_file()}
    with pytest.raises(BundleError):
        unpack(bundle.read_bytes()[:-500], elsewhere.folder)
    assert {path: path.read_bytes() for path in run.run_dir.rglob("*") if path.is_file()} == before
    assert isinstance(run, Run)


def test_a_stranger_brings_in_fewer_rows_than_whoever_moves_a_run_of_their_own(
    bundle: Path, elsewhere: RunStore
) -> None:
    with pytest.raises(BundleError) as caught:
        unpack(bundle, elsewhere.folder, most_rows=39)
    assert caught.value.problem.code == "bundle-rows" and caught.value.problem.values["line"] == 40
    assert names(elsewhere.folder) == [] and unpack(bundle, elsewhere.folder, most_rows=40)


def test_a_checkpoint_larger_than_its_networks_is_refused_before_it_is_written(
    elsewhere: RunStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    members, manifest = hostile_bundles.right_members(tmp_path / "runs")
    name = next(name for name in members if name.endswith(".generator.safetensors"))
    members[name] += bytes(2 * MAX_HEADER_BYTES)
    written: list[str] = []
    write = unpacking._Unpacked._write
    monkeypatch.setattr(
        unpacking._Unpacked,
        "_write",
        lambda self, member, tell: (written.append(member.name), write(self, member, tell)),
    )
    with pytest.raises(BundleError) as caught:
        unpack(hostile_bundles.pack(members, manifest), elsewhere.folder)
    assert caught.value.problem.code == "bundle-too-large" and caught.value.problem.values["member"] == name
    assert written and name not in written
