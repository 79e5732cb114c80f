"""Facts about a run as one file: what goes out, what never does, and that it comes back byte for byte."""

import errno
import hashlib
import io
import json
import platform
import zipfile
from pathlib import Path

import pytest

from bundle_runs import make_trained_run, state_of
from dcgan.config import build_config
from dcgan.runs import bundle, bundle_format, snapshot
from dcgan.runs.best import read_best
from dcgan.runs.bundle import export_run
from dcgan.runs.errors import BrokenRunError, BundleError, NotResumableError, RunNotFoundError
from dcgan.runs.manager import RunManager
from dcgan.runs.status import Problem, RunStatus
from dcgan.runs.store import RunStore
from dcgan.runs.unpacking import unpack
from fake_runs import judge_run

HOST = "a-host-nobody-else-has"


@pytest.fixture(autouse=True)
def named_host(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "node", lambda: HOST)


def members(file: Path | bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(file if isinstance(file, Path) else io.BytesIO(file)) as archive:
        return {info.filename: archive.read(info) for info in archive.infolist()}


def test_the_list_names_every_member_with_its_size_and_sum(store: RunStore, tmp_path: Path) -> None:
    facts = export_run(make_trained_run(store), tmp_path / "run.dcgan")
    there = members(tmp_path / "run.dcgan")
    manifest = json.loads(there.pop("bundle.json"))
    assert {member["name"]: (member["size"], member["sha256"]) for member in manifest["members"]} == {
        name: (len(content), hashlib.sha256(content).hexdigest()) for name, content in there.items()
    }
    assert (manifest["format"], manifest["run"], manifest["step"], manifest["thin"]) == (1, facts.run_id, 40, False)
    assert facts.members == len(there) + 1
    assert facts.bytes == (tmp_path / "run.dcgan").stat().st_size
    assert list(there) == sorted(there)


def test_the_same_run_gives_the_same_bytes(store: RunStore, tmp_path: Path) -> None:
    run = make_trained_run(store)
    for thin in (False, True):
        buffer = io.BytesIO()
        export_run(run, buffer, thin)
        export_run(run, tmp_path / "run.dcgan", thin)
        assert (tmp_path / "run.dcgan").read_bytes() == buffer.getvalue()


def test_nothing_says_where_the_run_was_or_whose(store: RunStore, tmp_path: Path) -> None:
    run = make_trained_run(store, owner="f" * 64)
    folder = {"folder": str(store.folder), "signal": "SIGKILL"}
    run.append_event("failed", code="disk-full", **folder)
    run.append_event("fell-back", reason=f"{store.folder}\\x")
    run.append_event("request-applied", request="0123456789abcdef", step=40)
    run.request("stop")
    run.worker_log.write_text(f"{HOST} {store.folder}")
    error = Problem(code="disk-full", values=folder | {"detail": "two\nlines", "deep": [{"a": 1}]})
    run.write_status(run.written_status().changed(status=RunStatus.FAILED, error=error, host=HOST, owner="f" * 64))
    for thin in (False, True):
        export_run(run, tmp_path / "run.dcgan", thin)
        there = members(tmp_path / "run.dcgan")
        everything = b"".join(there.values()) + "".join(there).encode()
        for secret in (str(store.folder), str(tmp_path), HOST, "f" * 64, "0123456789abcdef"):
            assert secret.encode() not in everything
        assert not {"worker.log", "requests.jsonl", "lock", "reserve"} & set(there)
        assert json.loads(there["status.json"])["error"] == {"code": "disk-full", "values": {"signal": "SIGKILL"}}
        assert b'"event":"failed"' in there["events.jsonl"]


def test_a_run_comes_back_byte_for_byte(store: RunStore, tmp_path: Path) -> None:
    run = make_trained_run(store)
    run.relabel(name="Şapka 🎩", notes="two\nlines", tags=["a"], star=True, pinned=[20])
    export_run(run, tmp_path / "run.dcgan")
    elsewhere = RunStore(tmp_path / "elsewhere")
    back = elsewhere.get(unpack(tmp_path / "run.dcgan", elsewhere.folder, owner="me"))
    assert back.run_id == run.run_id
    for name in ["metrics.jsonl", *(f"checkpoints/{name}" for name in state_of(run))]:
        assert (back.run_dir / name).read_bytes() == (run.run_dir / name).read_bytes()
    assert [(a.step, a.path.read_bytes(), a.facts) for a in back.samples()] == [
        (b.step, b.path.read_bytes(), b.facts) for b in run.samples()
    ]
    assert back.labels() == run.labels()
    assert (back.record().owner, back.written_status().owner) == ("me", "me")
    assert back.config() == run.config()
    assert back.status().status == RunStatus.FINISHED
    assert [event["event"] for event in back.events()] == ["started", "checkpoint", "finished", "imported"]


@pytest.mark.parametrize("status", [RunStatus.RUNNING, RunStatus.PAUSED, RunStatus.QUEUED])
def test_a_run_that_goes_on_is_taken_as_it_stood_at_its_last_checkpoint(
    store: RunStore, tmp_path: Path, status: RunStatus
) -> None:
    run = make_trained_run(store, step=40, rows=57, grids=(0, 20, 40, 50))
    with run.lock():
        run.write_status(run.written_status().changed(status=status, step=57))
        facts = export_run(run, tmp_path / "run.dcgan")
    there = members(tmp_path / "run.dcgan")
    told = json.loads(there["status.json"])
    assert facts.step == told["step"] == 40
    assert (told["status"], told["epoch"], told["seconds"]) == ("stopped", 2, 4.0)
    assert [json.loads(line)["step"] for line in there["metrics.jsonl"].splitlines()] == list(range(1, 41))
    assert {name for name in there if name.startswith("samples/")} == {
        f"samples/{step:06d}.{kind}" for step in (0, 20, 40) for kind in ("json", "png")
    }


def test_a_run_that_has_only_begun_can_be_taken_too(store: RunStore, tmp_path: Path) -> None:
    run = store.create(build_config("notebook"))
    facts = export_run(run, tmp_path / "run.dcgan")
    assert facts.step == 0
    elsewhere = RunStore(tmp_path / "elsewhere")
    assert elsewhere.get(unpack(tmp_path / "run.dcgan", elsewhere.folder)).status().status == RunStatus.STOPPED


@pytest.mark.parametrize("thin", [False, True])
def test_the_best_checkpoint_goes_with_the_run(store: RunStore, tmp_path: Path, thin: bool) -> None:
    run = make_trained_run(store, generators=(20, 30, 40))
    judge_run(run, {20: 40.0, 30: 12.5, 40: 30.0})
    export_run(run, tmp_path / "run.dcgan", thin)
    elsewhere = RunStore(tmp_path / "elsewhere")
    back = elsewhere.get(unpack(tmp_path / "run.dcgan", elsewhere.folder))
    assert back.checkpoints.best() == run.checkpoints.best()
    assert read_best(back.status().best) == back.checkpoints.best()
    assert [row for row in back.metrics() if "fcd" in row] == [row for row in run.metrics() if "fcd" in row]
    again = io.BytesIO()
    export_run(back, again, thin)
    assert "checkpoints/best.json" in members(again.getvalue())


def test_a_best_whose_generator_is_damaged_stays_behind_with_it(store: RunStore, tmp_path: Path) -> None:
    run = make_trained_run(store)
    judge_run(run, {20: 12.5, 40: 30.0})
    (run.run_dir / "checkpoints" / "000020.generator.safetensors").write_bytes(b"torn")
    facts = export_run(run, tmp_path / "run.dcgan")
    there = members(tmp_path / "run.dcgan")
    assert facts.left_out == ("checkpoints/000020.generator.safetensors",)
    assert "checkpoints/best.json" not in there and "best" not in json.loads(there["status.json"])
    unpack(tmp_path / "run.dcgan", tmp_path / "elsewhere")


def test_the_best_goes_with_a_run_also_where_training_drops_it_meanwhile(store: RunStore, tmp_path: Path) -> None:
    run = make_trained_run(store, generators=(20, 30, 40))
    judge_run(run, {30: 12.5})
    taken = snapshot.Snapshot(run)
    judge_run(run, {40: 10.0})
    assert 30 not in run.checkpoints.generator_steps()
    sources = taken.sources()
    content = {name: source.read() for name, source in sources.items() if name.startswith("checkpoints/")}
    assert b"".join(content["checkpoints/000030.generator.safetensors"] or []) != b""
    assert b'"step": 30' in b"".join(content["checkpoints/best.json"] or [])


def test_of_a_run_that_goes_on_the_best_is_no_later_than_its_state(store: RunStore, tmp_path: Path) -> None:
    run = make_trained_run(store, step=40, generators=(20, 40))
    judge_run(run, {20: 30.0, 40: 12.5})
    (run.run_dir / "checkpoints" / "000040.safetensors").write_bytes(b"torn")
    with run.lock():
        run.write_status(run.written_status().changed(status=RunStatus.RUNNING))
        facts = export_run(run, tmp_path / "run.dcgan")
    assert facts.step == 20 and "checkpoints/best.json" not in members(tmp_path / "run.dcgan")
    unpack(tmp_path / "run.dcgan", tmp_path / "elsewhere")


def test_what_is_damaged_stays_behind_and_is_named(store: RunStore, tmp_path: Path) -> None:
    run = make_trained_run(store)
    (run.run_dir / "samples" / "000020.png").write_bytes(b"torn")
    (run.run_dir / "checkpoints" / "000020.generator.safetensors").write_bytes(b"torn")
    (run.run_dir / "checkpoints" / "000040.safetensors").write_bytes(b"torn")
    with run.metrics_path.open("ab") as file:
        file.write(b'{"step": NaN}\n{"step":')
    facts = export_run(run, tmp_path / "run.dcgan")
    assert facts.left_out == ("checkpoints/000020.generator.safetensors", "samples/000020.json", "samples/000020.png")
    there = members(tmp_path / "run.dcgan")
    assert "checkpoints/000020.safetensors" in there  # the older state, which is whole
    assert len(there["metrics.jsonl"].splitlines()) == 40
    unpack(tmp_path / "run.dcgan", tmp_path / "elsewhere")


def test_a_run_beyond_the_limits_of_a_bundle_is_a_sentence(
    store: RunStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = make_trained_run(store)
    monkeypatch.setattr(bundle, "MAX_BYTES", 20_000)
    with pytest.raises(BundleError, match="it may have up to 20,000"):
        export_run(run, tmp_path / "run.dcgan")
    monkeypatch.setattr(bundle, "most_bytes", lambda name: 1000)
    with pytest.raises(BundleError, match="safetensors has"):
        export_run(run, tmp_path / "run.dcgan")
    assert not [path for path in tmp_path.iterdir() if path.name.endswith("dcgan")]


def test_an_old_file_stands_until_the_new_one_is_whole(
    store: RunStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = make_trained_run(store)
    out = tmp_path / "out" / "run.dcgan"
    out.parent.mkdir()
    out.write_text("old")

    def fail(*_: object) -> bytes:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(bundle, "_to_manifest", fail)
    with pytest.raises(OSError, match="No space left"):
        export_run(run, out)
    assert [path.read_text() for path in out.parent.iterdir()] == ["old"]


def test_progress_is_told_from_start_to_end(store: RunStore, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    export_run(make_trained_run(store), tmp_path / "run.dcgan", progress=lambda done, total: told.append((done, total)))
    assert told == sorted(told) and told[-1][0] == told[-1][1] > 0
    assert len({total for _, total in told}) == 1


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9])
def test_a_run_that_is_deleted_meanwhile_becomes_no_bundle(store: RunStore, tmp_path: Path, share: float) -> None:
    run = make_trained_run(store)

    def delete_at(done: int, total: int) -> None:
        if done >= share * total and run.run_dir.exists():
            run.run_dir.rename(tmp_path / "trash")

    with pytest.raises(RunNotFoundError):
        export_run(run, tmp_path / "run.dcgan", progress=delete_at)
    assert not (tmp_path / "run.dcgan").exists()


def test_a_run_that_cannot_be_read_is_a_sentence(store: RunStore, tmp_path: Path) -> None:
    run = make_trained_run(store)
    (run.run_dir / "run.json").write_text("{torn")
    with pytest.raises(BrokenRunError):
        export_run(run, tmp_path / "run.dcgan")
    assert not (tmp_path / "run.dcgan").exists()


def test_a_run_with_more_grids_than_a_bundle_may_hold_takes_them_spread_evenly(
    store: RunStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshot, "MAX_SAMPLES", 3)
    export_run(make_trained_run(store, grids=(0, 10, 20, 30, 40)), tmp_path / "run.dcgan")
    there = members(tmp_path / "run.dcgan")
    assert [name for name in there if name.endswith(".png")] == [
        f"samples/0000{step}.png" for step in ("00", "20", "40")
    ]


@pytest.mark.parametrize("status", [RunStatus.STOPPED, RunStatus.INTERRUPTED, RunStatus.RUNNING])
def test_a_run_from_a_thin_bundle_cannot_be_resumed(store: RunStore, tmp_path: Path, status: RunStatus) -> None:
    run = make_trained_run(store)
    run.write_status(run.written_status().changed(status=status))
    export_run(run, tmp_path / "run.dcgan", thin=True)
    elsewhere = RunStore(tmp_path / "elsewhere")
    back = elsewhere.get(unpack(tmp_path / "run.dcgan", elsewhere.folder))
    assert back.status().status == RunStatus.STOPPED
    assert back.status().thin and back.record().thin and not back.status().can_resume
    with pytest.raises(NotResumableError, match="thin bundle"):
        RunManager(elsewhere).resume(back.run_id)
    export_run(back, tmp_path / "again.dcgan")
    assert json.loads(members(tmp_path / "again.dcgan")["bundle.json"])["thin"] is True


def test_a_step_has_one_name() -> None:
    assert bundle_format.kind_of("checkpoints/000500.safetensors") is not None
    assert bundle_format.step_of("checkpoints/1234567.generator.safetensors") == 1_234_567
    for wrong in ("samples/00500.png", "samples/0000500.png", "../run.json", "run.json\n", "Run.json", "samples/a.png"):
        assert bundle_format.kind_of(wrong) is None
