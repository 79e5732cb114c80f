"""A real worker, killed with SIGKILL again and again, loses nothing: the final state has the same bits.

Three kills by default; `make slow` makes twenty. Each is printed with its step and phase (`pytest -s`).
"""

import os
import random
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from dcgan.config import Config, build_config
from dcgan.runs.manager import RunManager
from dcgan.runs.run import Run
from dcgan.runs.status import ACTIVE, RunStatus
from dcgan.runs.store import RunStore

BEFORE_CHECKPOINT, INSIDE_WRITE, INSIDE_EPOCH = (
    "before the first checkpoint",
    "inside a checkpoint write",
    "inside an epoch",
)
INTERRUPTED_SECONDS = 5.0  # within which a killed run must be seen as interrupted


def _config(epochs: int) -> Config:
    changes = {
        "data.limit": 1280,
        "training.epochs": epochs,
        "saving.checkpoint_seconds": 1.0,
        "saving.sample_every": 10,
    }
    return build_config("notebook", changes)  # 1,280 / 32 = 40 steps an epoch


def _wait(what: Callable[[], bool], seconds: float = 120.0, pause: float = 0.02) -> None:
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(pause)


def _finish(manager: RunManager, run: Run) -> str:
    """Wait for a run's end; returns the sum of its final state."""
    _wait(lambda: run.status().status not in ACTIVE, 600)
    assert run.status().status == RunStatus.FINISHED
    return run.checkpoints.load(run.checkpoints.steps()[-1]).sha256


def _worker(run: Run) -> psutil.Process:
    children = psutil.Process().children()
    return next(child for child in children if str(run.run_dir) in " ".join(child.cmdline()))


def _unfinished(run: Run) -> list[str]:
    return [path.name for path in (run.run_dir / "checkpoints").glob(".tmp-*") if ".generator." not in path.name]


def _kill(run: Run, kind: str, draw: random.Random) -> str:
    """Kill the worker at a moment of a kind; returns where it was, in words."""
    begun = run.written_status().step
    if kind == BEFORE_CHECKPOINT:
        _wait(lambda: run.status().phase == "training")
        time.sleep(draw.uniform(0, 0.3))
        assert run.checkpoints.steps() == []
    elif kind == INSIDE_EPOCH:
        _wait(lambda: run.written_status().phase == "training" and run.written_status().step > begun)
        time.sleep(draw.uniform(0, 2))
    _wait(lambda: run.status().status == RunStatus.RUNNING)
    worker = _worker(run)
    if kind == INSIDE_WRITE:  # look without pause: a write takes milliseconds
        _wait(lambda: run.written_status().phase == "training")  # leftovers of the kill before are swept by then
        _wait(lambda: bool(_unfinished(run)), pause=0)
    worker.kill()
    worker.wait(10)
    status = run.written_status()
    return f"{kind}: step {status.step}, phase {status.phase or status.status.value}, unfinished {_unfinished(run)}"


def _kill_and_resume(manager: RunManager, run: Run, kind: str, draw: random.Random) -> bool:
    """One kill and one resume; returns whether the kill was of its kind."""
    where = _kill(run, kind, draw)
    hit = kind != INSIDE_WRITE or bool(_unfinished(run))
    killed = time.monotonic()
    _wait(lambda: run.status().status == RunStatus.INTERRUPTED, INTERRUPTED_SECONDS)
    _wait(lambda: run.written_status().error is not None, INTERRUPTED_SECONDS)
    print(f"  {where}; told as interrupted after {time.monotonic() - killed:.2f} s")
    manager.resume(run.run_id)
    return hit


@pytest.mark.parametrize(
    ("kinds", "epochs"),
    [
        pytest.param([BEFORE_CHECKPOINT, INSIDE_WRITE, INSIDE_EPOCH], 3, id="three"),
        pytest.param(
            [BEFORE_CHECKPOINT, *[INSIDE_WRITE] * 4, *[INSIDE_EPOCH] * 15], 10, id="twenty", marks=pytest.mark.slow
        ),
    ],
)  # fmt: skip
def test_a_killed_and_resumed_run_ends_with_the_bits_of_one_that_was_not(
    kinds: list[str], epochs: int, tmp_path: Path
) -> None:
    draw = random.Random(int(os.environ.get("KILL_SEED", "0")))
    manager = RunManager(RunStore(tmp_path))
    try:
        whole = manager.store.get(manager.start(_config(epochs)))
        expected = _finish(manager, whole)

        run = manager.store.get(manager.start(_config(epochs)))
        tail = kinds[1:]
        draw.shuffle(tail)
        for kind in [kinds[0], *tail]:
            tries = 0
            while not _kill_and_resume(manager, run, kind, draw):
                tries += 1
                assert tries < 10, f"no kill hit {kind}"
        assert _finish(manager, run) == expected
    finally:
        manager.close()
    steps = [row["step"] for row in run.metrics() if "d_loss" in row]
    assert steps == list(range(1, 40 * epochs + 1))
    judged = [row["step"] for row in run.metrics() if "fcd" in row]
    assert judged == sorted(set(judged))
    assert [sample.step for sample in run.samples()] == [sample.step for sample in whole.samples()]
    images = [[sample.path.read_bytes() for sample in either.samples()] for either in (run, whole)]
    assert images[0] == images[1]
    assert not list(run.run_dir.rglob(".tmp-*"))
