"""Facts about the command line: what it prints, as text and as JSON, and with which exit code it ends."""

import errno
import json
import os
import pickle
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import imageio.v3 as iio
import numpy as np
import pytest

from bundle_runs import make_trained_run, pack_run
from dcgan import cli, doctor
from dcgan.cli import run_command
from dcgan.config import build_config
from dcgan.data import datasets, images, sources
from dcgan.doctor import Finding
from dcgan.jobs.process import ROOT
from dcgan.latent.generator import open_generator
from dcgan.runs import thread
from dcgan.runs.queue import DeviceQueue
from dcgan.runs.run import Run
from dcgan.runs.status import Problem, RunStatus
from dcgan.runs.store import RunStore
from drawable_runs import make_drawable
from fake_runs import judge_run

UNKNOWN = "20261123-142530-fashion-mnist-7f3a9c2e5b104d68"
FAKES = Path(__file__).parent / "runs"  # where the worker is that trains nothing


@pytest.fixture(autouse=True)
def small_world(monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers that train nothing."""
    monkeypatch.setattr(thread, "WORKER_MODULE", "fake_worker")
    monkeypatch.setattr(thread, "POLL_SECONDS", 0.05)
    monkeypatch.setenv("PYTHONPATH", str(FAKES))
    monkeypatch.setenv("DCGAN_FAKE", '{"steps": 5}')


@pytest.fixture
def store(tmp_path: Path) -> RunStore:
    return RunStore(tmp_path / "runs")


def _run(store: RunStore, *arguments: str) -> int:
    return run_command([*arguments, "--runs", str(store.folder)])


def _made(store: RunStore, status: RunStatus, **values: object) -> Run:
    run = store.create(build_config("notebook"))
    run.write_status(run.written_status().changed(status=status, **values))
    return run


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        (["train", "--epochs", "0"], ["training.epochs = 0", "from 1 to 10,000"]),
        (["train", "--epochs", "many"], ["training.epochs = 'many'", "a whole number"]),
        (["train", "--epochs", "1.5"], ["training.epochs = 1.5", "a whole number"]),
        (["train", "--limit", "-3"], ["data.limit = -3", "from 1 to"]),
        (
            ["train", "--limit", "70000"],
            ["data.limit = 70000", "has 60,000 images, so it is 1 to 60,000"],
        ),
        (["train", "--dataset", "cifar"], ["'cifar' is not known", "choose one of fashion-mnist"]),
        (["train", "--limit", "20"], ["training.batch_size = 64", "at most the number of images, 20"]),
        (["train", "--preset", "nonsense"], ["preset = 'nonsense'", "notebook, tutorial, stable"]),
        (["train", "--set", "d_optimizer.learning_rate=-1"], ["d_optimizer.learning_rate = -1", "above 0 to 1"]),
        (["train", "--set", "d_optimizer.learning_rate=NaN"], ["d_optimizer.learning_rate", "above 0 to 1"]),
        (["train", "--set", "training.epoch=3"], ["training.epoch = '3'", "did you mean training.epochs"]),
        (["train", "--set", "epochs"], ["--set 'epochs'", "FIELD=VALUE"]),
        (["train", "--seed", "4294967296"], ["training.seed = 4294967296", "from 0 to 4,294,967,295"]),
        (["train", "--dataset", "../../etc"], ["data.dataset = '../../etc'", "lower-case letters"]),
        (["resume", UNKNOWN], [f"no run '{UNKNOWN}'", "`python -m dcgan runs` lists them"]),
        (["resume", "../../etc"], ["no run '../../etc'", "is named like"]),
        (["generate", UNKNOWN, "--history", "--out", "x.gif"], [f"no run '{UNKNOWN}'"]),
        (["generate", "../../etc", "--history", "--out", "x.gif"], ["no run '../../etc'"]),
        (["generate", UNKNOWN, "--out", "x.png"], [f"no run '{UNKNOWN}'"]),
        (["generate", UNKNOWN, "--out", "x.gif"], ["'.gif' cannot be used for samples", "--walk 3,0,14"]),
        (["generate", UNKNOWN, "--out", "x.jpg"], ["'.jpg'", ".png, .zip, .npz or .onnx"]),
        (["generate", UNKNOWN, "--out", "x"], ["without an ending"]),
        (["generate", UNKNOWN, "--walk", "3,0", "--out", "x.png"], ["'.png' cannot be used for a walk", ".gif, .mp4"]),
        (["generate", UNKNOWN, "--walk", "3;0", "--out", "x.gif"], ["walk = '3;0'", "counted from 0"]),
        (["generate", UNKNOWN, "--count", "0", "--out", "x.png"], ["count = 0", "from 1 to 10,000"]),
        (["generate", UNKNOWN, "--seed", "-1", "--out", "x.png"], ["seed = -1", "from 0 to 4,294,967,295"]),
        (["generate", UNKNOWN, "--seed", "x", "--out", "x.png"], ["--seed"]),
        (["generate", UNKNOWN, "--truncation", "0", "--out", "x.png"], ["truncation = 0.0", "above 0, at most 1"]),
        (["generate", UNKNOWN, "--frames", "1", "--walk", "1,2", "--out", "x.gif"], ["frames = 1", "from 2 to"]),
        (["generate", UNKNOWN, "--fps", "0", "--walk", "1,2", "--out", "x.gif"], ["fps = 0", "from 1 to 60"]),
        (["generate", "none.safetensors", "--out", "x.png"], ["no file none.safetensors"]),
        (["generate", UNKNOWN, "--out", "/none/x.png"], ["there is no folder /none"]),
        (["generate", UNKNOWN, "--history", "--out", "x.png"], ["--out x.png", "must end in .gif"]),
        (["generate", UNKNOWN, "--history", "--out", "/none/x.gif"], ["there is no folder /none"]),
        (["generate", UNKNOWN, "--history"], ["--out"]),
        (["export", UNKNOWN, "--out", "run.dcgan"], [f"no run '{UNKNOWN}'"]),
        (["export", UNKNOWN], ["--out"]),
        (["import"], ["FILE"]),
        (["import", "/none/run.dcgan"], ["/none/run.dcgan", "there is no such file"]),
        (["import", "/dev/null"], ["/dev/null", "it is no file"]),
        (["import", "/"], ["/ cannot be imported"]),
        (["import", __file__], ["test_cli.py is no bundle: it looks like a text file"]),
        (["resume"], ["RUN"]),
        (["dance"], ["dance"]),
        (["train", "--dance"], ["--dance"]),
    ],
)
def test_bad_input_is_one_sentence_that_names_it_and_what_is_allowed(
    store: RunStore, arguments: Sequence[str], parts: Sequence[str], capsys: pytest.CaptureFixture[str]
) -> None:
    code = _run(store, *arguments)
    out, err = capsys.readouterr()
    assert code == 2
    assert out == ""
    assert len(err.splitlines()) == 1
    for part in parts:
        assert part in err
    assert not store.folder.exists()


def test_a_batch_larger_than_the_data_set_is_bad_input(
    store: RunStore, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(datasets, "count_images", lambda _: 100)
    assert _run(store, "train", "--set", "training.batch_size=101") == 2
    assert "training.batch_size = 101 cannot be used: it may be at most" in capsys.readouterr().err
    assert not store.folder.exists()


def test_the_command_line_leaves_the_images_to_the_worker(store: RunStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whose progress it shows."""
    monkeypatch.delattr(datasets, "_load_whole")
    assert _run(store, "train", "--json") == 0


def test_a_run_trains_to_its_end_and_training_on_the_sample_is_said(
    store: RunStore, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DCGAN_FAKE", '{"steps": 5, "sample": true}')
    assert _run(store, "train", "--epochs", "1", "--set", "training.batch_size=16") == 0
    out, err = capsys.readouterr()
    (listed,) = store.list_runs()
    assert listed.status is not None
    assert listed.status.status == RunStatus.FINISHED
    assert out.startswith(f"Finished: {store.folder / listed.run_id}\n")
    assert err.count("training on a sample") == 1
    assert err.splitlines()[-1].endswith("finished: step 5 of 5")
    assert store.get(listed.run_id).config().training.batch_size == 16


@pytest.mark.parametrize(
    ("precision", "slowdown", "said"), [("bfloat16", 70, True), ("bfloat16", None, False), ("float32", 70, False)]
)
def test_emulated_bfloat16_is_said_and_trained_all_the_same(
    precision: str, slowdown: int | None, said: bool, store: RunStore,
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(cli, "bfloat16_slowdown", lambda: slowdown)
    assert _run(store, "train", "--set", f"training.precision={precision}") == 0
    assert ("about 70 times slower: choose float32" in capsys.readouterr().err) == said


def test_a_run_as_json_is_json_alone(store: RunStore, capsys: pytest.CaptureFixture[str]) -> None:
    assert _run(store, "train", "--json") == 0
    out, err = capsys.readouterr()
    assert err == ""
    told = json.loads(out)
    assert told["folder"] == str(store.folder / told["run"])
    assert (told["status"], told["step"], told["steps"], told["preset"]) == ("finished", 5, 5, "stable")


def test_a_worker_that_fails_ends_with_1_and_says_why_and_what_to_do(
    store: RunStore, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DCGAN_FAKE", '{"at": {"2": "raise"}}')
    assert _run(store, "train") == 1
    err = capsys.readouterr().err
    run_id = store.list_runs()[0].run_id
    assert "RuntimeError: a misfortune" in err
    assert f"`python -m dcgan resume {run_id}` goes on" in err
    assert "Traceback" not in err

    monkeypatch.setenv("DCGAN_FAKE", '{"steps": 5}')
    assert _run(store, "resume", run_id, "--json") == 0
    assert json.loads(capsys.readouterr().out)["status"] == "finished"


def test_a_run_that_finished_cannot_be_resumed(store: RunStore, capsys: pytest.CaptureFixture[str]) -> None:
    run = _made(store, RunStatus.FINISHED)
    assert _run(store, "resume", run.run_id) == 2
    assert capsys.readouterr().err == f"{run.run_id} has finished: there is nothing left to train.\n"


@pytest.mark.parametrize(("code", "expected"), [("disk-full", 2), ("too-few-images", 2), ("non-finite", 1)])
def test_a_problem_that_a_person_can_mend_counts_as_bad_input(
    store: RunStore, code: str, expected: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    run = _made(store, RunStatus.FAILED, error=Problem(code=code, values={"folder": "/disk"}))
    monkeypatch.setattr(cli.RunManager, "resume", lambda *_: None)
    assert _run(store, "resume", run.run_id) == expected
    assert len(capsys.readouterr().err.splitlines()) >= 2


@pytest.mark.parametrize(("number", "expected"), [(errno.ENOSPC, 2), (errno.EIO, 1)])
def test_a_full_disk_is_a_sentence(
    store: RunStore, number: int, expected: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(RunStore, "create", fail)
    assert _run(store, "train") == expected
    err = capsys.readouterr().err
    assert len(err.splitlines()) == 1
    assert ("The disk is full: make room" in err) == (expected == 2)


def test_runs_are_listed_with_the_broken_ones(store: RunStore, capsys: pytest.CaptureFixture[str]) -> None:
    assert _run(store, "runs") == 0
    assert "No runs in" in capsys.readouterr().out

    good = _made(store, RunStatus.PAUSED, step=1500, steps=18750, seconds=90.0)
    odd = _made(store, RunStatus.FINISHED, preset="[/bold] [red]:smile:")
    broken = _made(store, RunStatus.FINISHED)
    (broken.run_dir / "status.json").write_text("{")
    assert _run(store, "runs") == 0
    lines = capsys.readouterr().out.splitlines()
    assert next(line for line in lines if good.run_id in line).split()[1:] == [
        *["notebook", "paused", "1,500", "of", "18,750", "1.5", "-"],
    ]
    assert "[/bold] [red]:smile:" in next(line for line in lines if odd.run_id in line)
    assert "cannot be read" in next(line for line in lines if broken.run_id in line)


@pytest.mark.parametrize("verb", [("runs",), ("train", "--epochs", "1")])
def test_a_file_in_the_place_of_the_runs_folder_is_a_sentence(
    verb: Sequence[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    assert run_command([*verb, "--runs", str(tmp_path / "file")]) == 2
    sentence = capsys.readouterr().err
    assert str(tmp_path / "file") in sentence and "name another folder with --runs" in sentence


@pytest.mark.parametrize("name", ["x" * 300, "folder"])
def test_a_path_that_will_not_do_is_a_sentence_and_not_an_error_number(
    name: str, store: RunStore, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "folder.gif").mkdir()
    run = _with_grids(store, epochs=2)
    assert _run(store, "generate", run.run_id, "--history", "--out", str(tmp_path / f"{name}.gif")) == 2
    sentence = capsys.readouterr().err
    assert "[Errno" not in sentence and "cannot be used" in sentence and len(sentence) < 500


def test_a_list_of_runs_in_a_loop_of_links_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    assert run_command(["runs", "--runs", str(tmp_path / "loop")]) == 2
    assert "loop" in capsys.readouterr().err


@pytest.mark.parametrize("value", ["[" * 500 + "]" * 500, "\udcff", '{"a": 1}'])
def test_whatever_a_field_is_set_to_the_sentence_names_it(
    store: RunStore, value: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _run(store, "train", "--set", f"training.epochs={value}") == 2
    assert capsys.readouterr().err.startswith("training.epochs = ")


def test_a_value_of_a_thousand_brackets_is_a_sentence(store: RunStore, capsys: pytest.CaptureFixture[str]) -> None:
    assert _run(store, "train", "--set", "training.epochs=" + "[" * 60_000) == 2
    assert "training.epochs" in capsys.readouterr().err


def test_runs_are_listed_with_their_best(store: RunStore, capsys: pytest.CaptureFixture[str]) -> None:
    run = make_drawable(store)
    judge_run(run, {100: 12.345, 200: 30.0})
    torn = _made(store, RunStatus.FINISHED, best={"value": 1.0})
    assert _run(store, "runs") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split()[-1] == "best"
    assert next(line for line in lines if run.run_id in line).endswith("FCD 12.35 at step 100")
    assert next(line for line in lines if torn.run_id in line).split()[-1] == "-"
    assert _run(store, "runs", "--json") == 0
    rows = {row["run"]: row for row in json.loads(capsys.readouterr().out)}
    assert {name: rows[run.run_id]["best"][name] for name in ("metric", "value", "step", "epoch")} == {
        "metric": "fcd", "value": 12.345, "step": 100, "epoch": 1.0,
    }  # fmt: skip


def test_the_best_checkpoint_can_be_drawn_from(
    store: RunStore, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = make_drawable(store)
    out = tmp_path / "grid.png"
    draw = ["generate", run.run_id, "--checkpoint", "best", "--out", str(out), "--json"]
    assert _run(store, *draw) == 2
    assert "has no best checkpoint: it has not been judged" in capsys.readouterr().err and not out.exists()
    judge_run(run, {100: 12.345, 200: 30.0})
    assert _run(store, *draw) == 0
    assert json.loads(capsys.readouterr().out)["step"] == 100


def test_runs_as_json(store: RunStore, capsys: pytest.CaptureFixture[str]) -> None:
    assert _run(store, "runs", "--json") == 0
    assert json.loads(capsys.readouterr().out) == []
    good, broken = _made(store, RunStatus.PAUSED, step=7), _made(store, RunStatus.PAUSED)
    (broken.run_dir / "status.json").unlink()
    assert _run(store, "runs", "--json") == 0
    rows = {row["run"]: row for row in json.loads(capsys.readouterr().out)}
    assert (rows[good.run_id]["status"], rows[good.run_id]["step"], rows[good.run_id]["problem"]) == ("paused", 7, None)
    assert set(rows[broken.run_id]) == {"run", "problem"}
    assert "status.json cannot be read" in rows[broken.run_id]["problem"]


def _with_grids(store: RunStore, epochs: int) -> Run:
    run = _made(store, RunStatus.FINISHED)
    for step in range(epochs * 2 + 1):  # a grid at every epoch's end, and one between
        grid = np.full((30, 30, 1), 40 * step, np.uint8)
        run.save_sample(step, images.encode_png(grid), {"epoch_end": step > 0 and step % 2 == 0})
    return run


def test_the_history_is_a_gif_with_a_frame_an_epoch(
    store: RunStore, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run, out = _with_grids(store, epochs=3), tmp_path / "x.gif"
    assert _run(store, "generate", run.run_id, "--history", "--out", str(out)) == 0
    assert capsys.readouterr().out == f"{out}: 3 epochs, {out.stat().st_size:,} bytes.\n"
    frames = iio.imread(out, index=None)
    assert frames.shape[:3] == (3, 90, 90)
    assert [int(frame.reshape(90, 90, -1)[0, 0, 0]) for frame in frames] == [80, 160, 240]

    assert _run(store, "generate", run.run_id, "--history", "--out", str(out), "--json") == 0
    assert json.loads(capsys.readouterr().out) == {
        "out": str(out),
        "frames": 3,
        "bytes": out.stat().st_size,
        "replaced": True,
    }


def test_a_history_without_an_epoch_is_a_sentence(
    store: RunStore, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = _with_grids(store, epochs=0)
    assert _run(store, "generate", run.run_id, "--history", "--out", str(tmp_path / "x.gif")) == 2
    assert "has no epoch's grid yet" in capsys.readouterr().err


def test_a_damaged_grid_is_a_sentence(store: RunStore, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = _with_grids(store, epochs=1)
    run.samples()[-1].path.write_bytes(b"no picture")
    assert _run(store, "generate", run.run_id, "--history", "--out", str(tmp_path / "x.gif")) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1
    assert not (tmp_path / "x.gif").exists()


def test_samples_are_written_as_the_endings_say(
    store: RunStore, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = make_drawable(store, steps=(100, 200))
    for ending, begins in ((".png", b"\x89PNG"), (".zip", b"PK"), (".npz", b"PK"), (".onnx", b"\x08")):
        out = tmp_path / f"x{ending}"
        assert _run(store, "generate", run.run_id, "--seed", "3", "--count", "8", "--out", str(out)) == 0
        assert out.read_bytes().startswith(begins)
        what = "the generator" if ending == ".onnx" else "seed 3, 8 images"
        assert capsys.readouterr().out == f"{out}: step 200, {what}, {out.stat().st_size:,} bytes.\n"


def test_a_step_and_a_file_draw_the_same_and_json_says_what_drew(
    store: RunStore, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run, out = make_drawable(store, steps=(100, 200)), tmp_path / "x.png"
    assert _run(store, "generate", run.run_id, "--checkpoint", "100", "--out", str(out), "--json") == 0
    told, drawn = json.loads(capsys.readouterr().out), out.read_bytes()
    generator = open_generator(run, 100)
    assert told == {"step": 100, "sha256": generator.sha256, "out": str(out), "bytes": len(drawn), "replaced": False}
    assert drawn == images.encode_png(images.grid(generator.samples(7, 25), columns=5))
    file = run.checkpoints.samplers()[100]
    assert _run(store, "generate", str(file), "--out", str(out)) == 0
    assert out.read_bytes() == drawn


@pytest.mark.parametrize(("way", "number"), [("--closed", 5), ("--open", 8)])
def test_a_walk_is_as_long_as_asked(store: RunStore, tmp_path: Path, way: str, number: int) -> None:
    run, out = make_drawable(store), tmp_path / "x.gif"
    asked = ["--walk", "3,0", "--frames", "9", "--fps", "10", way, "--truncation", "0.5"]
    assert _run(store, "generate", run.run_id, *asked, "--out", str(out)) == 0
    frames = iio.imread(out, index=None).reshape(9, 280, 280, -1)[:, ::10, ::10, :1]
    samples = open_generator(run).samples(7, 4, 0.5)
    np.testing.assert_array_equal(frames[0], samples[3])
    np.testing.assert_array_equal(frames[number], samples[0])


def test_a_hostile_file_and_a_missing_checkpoint_are_sentences(
    store: RunStore, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "weights.pkl").write_bytes(pickle.dumps({"a": 1}))
    run, out = make_drawable(store, steps=()), tmp_path / "x.png"
    for arguments, sentence in (
        ([str(tmp_path / "weights.pkl")], "pickle"),
        ([run.run_id], "has no checkpoint yet"),
        ([run.run_id, "--checkpoint", "best"], "it has not been judged"),
        ([str(tmp_path / "weights.pkl"), "--checkpoint", "5"], "cannot be used with a file"),
    ):
        assert _run(store, "generate", *arguments, "--out", str(out)) == 2
        err = capsys.readouterr().err
        assert sentence in err and len(err.splitlines()) == 1
    assert not out.exists()


def _begin(store: RunStore, *arguments: str) -> "subprocess.Popen[str]":
    """The real command line as a process; only its worker trains nothing."""
    code = (
        "from dcgan.runs import thread; thread.WORKER_MODULE = 'fake_worker'\n"
        "import sys; from dcgan.cli import main; sys.argv[0] = 'dcgan'; main()"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(FAKES)])}
    command = [sys.executable, "-c", code, *arguments, "--runs", str(store.folder)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)


def _await(store: RunStore, status: RunStatus, position: int | None = None) -> Run:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        for listed in store.list_runs():
            if listed.status is not None and (listed.status.status, listed.status.position) == (status, position):
                return store.get(listed.run_id)
        time.sleep(0.01)
    raise AssertionError("waited in vain")


def test_ctrl_c_saves_and_ends_with_1_and_resume_goes_on(store: RunStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DCGAN_FAKE", '{"steps": 10000}')
    process = _begin(store, "train", "--limit", "64")
    run = _await(store, RunStatus.RUNNING)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 1
    assert "Traceback" not in err
    assert f"`python -m dcgan resume {run.run_id}` goes on" in err
    status = run.status()
    assert status.status == RunStatus.INTERRUPTED
    assert run.checkpoints.steps() == [status.step]

    monkeypatch.setenv("DCGAN_FAKE", json.dumps({"steps": status.step + 3}))
    assert _run(store, "resume", run.run_id) == 0
    assert [row["step"] for row in run.metrics()] == list(range(1, status.step + 4))


def test_ctrl_c_in_line_leaves_a_stopped_run(store: RunStore) -> None:
    with DeviceQueue().hold_device(1):
        process = _begin(store, "train", "--limit", "64")
        run = _await(store, RunStatus.QUEUED, position=1)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)
    assert process.returncode == 1
    assert run.status().status == RunStatus.STOPPED
    assert not run.worker_log.exists()


def test_a_command_line_that_is_killed_leaves_a_saved_run(store: RunStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DCGAN_FAKE", '{"steps": 10000}')
    process = _begin(store, "train", "--limit", "64")
    run = _await(store, RunStatus.RUNNING)
    process.kill()
    process.communicate(timeout=30)
    deadline = time.monotonic() + 20
    while run.is_locked():
        assert time.monotonic() < deadline
    status = run.status()
    assert (status.status, status.error) == (RunStatus.INTERRUPTED, Problem(code="server-ended"))


def test_the_command_line_imports_no_tensorflow_and_no_streamlit() -> None:
    code = (
        "import sys, dcgan.cli; print([name for name in ('tensorflow', 'keras', 'streamlit') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout == "[]\n"


def test_doctor_speaks_in_text_and_json(
    store: RunStore, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_at: list[Path] = []

    def diagnose(folder: Path) -> list[Finding]:
        looked_at.append(folder)
        return [Finding("python.ok", "ok", {"version": "3.12.1"})]

    monkeypatch.setattr(doctor, "diagnose", diagnose)
    assert _run(store, "doctor") == 0
    assert capsys.readouterr().out == "Python 3.12.1.\n"
    assert _run(store, "doctor", "--json") == 0
    (finding,) = json.loads(capsys.readouterr().out)
    assert finding["text"] == "Python 3.12.1."
    assert finding["code"] == "python.ok"
    assert looked_at == [store.folder] * 2


@pytest.mark.parametrize(
    ("out", "sentence"),
    [("run.zip", "name ends in .dcgan"), ("none/run.dcgan", "there is no folder"), (".", "ends in")],
)
def test_a_bundle_goes_into_a_file_of_its_kind(
    store: RunStore, tmp_path: Path, out: str, sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    run = make_trained_run(store)
    assert _run(store, "export", run.run_id, "--out", str(tmp_path / out)) == 2
    assert sentence in capsys.readouterr().err


def test_a_run_is_written_as_one_file_and_brought_in_elsewhere(
    store: RunStore, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run, out = make_trained_run(store), tmp_path / "run.dcgan"
    elsewhere = RunStore(tmp_path / "elsewhere")
    (run.run_dir / "checkpoints" / "000020.generator.safetensors").write_bytes(b"torn")
    assert _run(store, "export", run.run_id, "--out", str(out)) == 0
    told = capsys.readouterr()
    assert told.out == f"{out}: {run.run_id} up to step 40, 13 files, {out.stat().st_size:,} bytes.\n"
    assert told.err == "checkpoints/000020.generator.safetensors is damaged and was left out.\n"
    assert _run(elsewhere, "import", str(out)) == 0
    assert capsys.readouterr().out == f"Imported: {elsewhere.folder / run.run_id}\n"
    assert _run(elsewhere, "import", str(out)) == 0
    assert capsys.readouterr().out.startswith("Here already, with the same content: ")
    assert _run(elsewhere, "resume", run.run_id) == 2  # it has finished


def test_a_bundle_as_json_is_json_alone(store: RunStore, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run, out = make_trained_run(store), tmp_path / "run.dcgan"
    elsewhere = RunStore(tmp_path / "elsewhere")
    assert _run(store, "export", run.run_id, "--out", str(out), "--thin", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["run_id"], told["thin"], told["step"], told["left_out"]) == (run.run_id, True, 40, [])
    for new in (True, False):
        assert _run(elsewhere, "import", str(out), "--json") == 0
        told = json.loads(capsys.readouterr().out)
        assert (told["run"], told["new"]) == (run.run_id, new)


def test_a_hostile_bundle_is_one_sentence_on_a_terminal(
    store: RunStore, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    content = pack_run(make_trained_run(RunStore(tmp_path / "made")))
    (tmp_path / "run.dcgan").write_bytes(content[: len(content) // 2])
    assert _run(store, "import", str(tmp_path / "run.dcgan")) == 2
    out, err = capsys.readouterr()
    assert out == "" and len(err.splitlines()) == 1 and "damaged or was cut off" in err
    assert not store.folder.exists()


def test_data_says_what_a_set_holds(
    store: RunStore, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DCGAN_DATA", str(tmp_path / "cache"))
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    monkeypatch.setattr(sources, "SYSTEM_FOLDER", tmp_path / "system")
    assert _run(store, "data", "fashion-mnist") == 0
    out, err = capsys.readouterr()
    assert out.startswith("fashion-mnist: 10,000 images, 28 x 28, grey, 10 classes, from the sample")
    assert "--download fetches it" in err

    assert _run(store, "data", "fashion-mnist", "--preset", "tutorial", "--json") == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["classes"]["Bag"] == 1000
    assert facts["first_batch"]["shape"] == [256, 28, 28, 1]


def test_data_of_an_unknown_name_is_bad_input(store: RunStore, capsys: pytest.CaptureFixture[str]) -> None:
    assert _run(store, "data", "cifar") == 2
    assert "choose one of fashion-mnist" in capsys.readouterr().err
