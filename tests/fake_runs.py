"""Runs on disk without training: what a worker would have written, in milliseconds.

`make_run` leaves a run in any state; `FakeWorker` holds a run's lock and goes on writing, as a worker does.
"""

import itertools
import threading
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any

import numpy as np

from dcgan.config import build_config
from dcgan.data import images
from dcgan.runs.best import Best
from dcgan.runs.run import Run
from dcgan.runs.status import RunStatus
from dcgan.runs.store import RunStore

STEPS_PER_EPOCH = 100
JUDGED_EVERY = 200  # steps of a fake worker


def rows(first: int, last: int) -> list[dict[str, float]]:
    """One row a step, from `first` to `last`; both losses fall towards chance."""
    return [
        {
            "step": step, "epoch": step / STEPS_PER_EPOCH, "seconds": step / 10, "d_loss": 1.386 - 1 / (step + 1),
            "g_loss": 0.693 + 5 / step, "d_real": 0.7, "d_fake": 0.3, "images_per_second": 430.0,
        }
        for step in range(first, last + 1)
    ]  # fmt: skip


def judged_rows(fcds: Sequence[float], every: int = 50, classes: Sequence[float] = (0.1,) * 10) -> list[dict[str, Any]]:
    """A row of a judgement every so many steps, with these distances; KID is two thirds of them, spread by a twentieth.

    Args:
        fcds: one a judgement.
        every: steps between two.
        classes: the share of each.
    """
    return [
        {
            "step": step, "epoch": step / STEPS_PER_EPOCH, "seconds": step / 10, "fcd": fcd, "kid": fcd / 1.5,
            "kid_deviation": fcd / 30, "fcd_floor": 1.41, "kid_floor": 0.68, "samples": 2000,
            "class_shares": list(classes), "entropy": 2.3, "judging_seconds": 1.5,
        }
        for step, fcd in zip(itertools.count(every, every), fcds, strict=False)
    ]  # fmt: skip


def save_grid(run: Run, step: int) -> None:
    """Save a grid whose brightness is the step's, so that two steps never look the same."""
    grid = np.full((56, 56, 1), step % 256, np.uint8)
    epoch_end = step % STEPS_PER_EPOCH == 0
    facts = {"step": step, "epoch": step / STEPS_PER_EPOCH, "epoch_end": epoch_end and step > 0}
    run.save_sample(step, images.encode_png(grid), facts)


def make_run(store: RunStore, status: RunStatus, step: int = 250, owner: str = "", **changes: Any) -> Run:
    """Make a run of the notebook's recipe that stands at a step, with its rows and a grid every 50 steps."""
    run = store.create(build_config("notebook"), owner)
    if step:
        run.append_metrics(rows(1, step))
        for grid_step in range(0, step + 1, 50):
            save_grid(run, grid_step)
    known = {"steps": 1000, "epoch": step // STEPS_PER_EPOCH, "seconds": step / 10, "host": "another-machine"}
    run.write_status(run.written_status().changed(status=status, step=step, **(known | changes)))
    return run


def judgement(step: int, fcd: float) -> dict[str, Any]:
    """A row as a judgement of the generator leaves it."""
    scores = {"fcd": fcd, "kid": fcd / 1000, "kid_deviation": 0.001, "fcd_floor": 1.5, "kid_floor": 0.0}
    at = {"step": step, "epoch": step / STEPS_PER_EPOCH, "seconds": step / 10}
    return at | scores | {"samples": 2000, "class_shares": [0.1] * 10, "entropy": 2.302585, "judging_seconds": 2.0}


def judge_run(run: Run, scores: Mapping[int, float]) -> None:
    """Add judgements, FCD by step, to a run that has kept the generator of the lowest, and say that it is the best."""
    run.append_metrics([judgement(step, fcd) for step, fcd in scores.items()])
    value, step = min((fcd, step) for step, fcd in scores.items())
    best = Best(metric="fcd", value=value, samples=2000, step=step, epoch=step / STEPS_PER_EPOCH)
    run.checkpoints.mark_best(best)
    run.write_status(run.written_status().model_copy(update={"best": best.model_dump(mode="json")}))


class FakeWorker:
    """Not thread-safe. Holds a run's lock while its `with` block lasts; ten steps every tenth of a second."""

    def __init__(self, run: Run, end: RunStatus = RunStatus.FINISHED) -> None:
        """Take a run that nobody trains; it ends in a state."""
        self.run, self.end = run, end
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._work, name=f"fake-worker-{run.run_id}")

    def __enter__(self) -> "FakeWorker":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ending.set()
        self._thread.join()

    def _work(self) -> None:
        with self.run.lock():
            status = self.run.written_status().changed(status=RunStatus.RUNNING, phase="training", steps=100_000)
            while not self._ending.wait(0.1):
                self.run.append_metrics(rows(status.step + 1, status.step + 10))
                self._judge(status.step + 10)
                status = status.changed(step=status.step + 10, seconds=status.seconds + 1, images_per_second=430.0)
                self.run.write_status(status)
                if status.step % 50 == 0:
                    save_grid(self.run, status.step)
            self.run.write_status(status.changed(status=self.end, phase=""))

    def _judge(self, step: int) -> None:
        """Find the images better and better, every 200 steps."""
        if step % JUDGED_EVERY == 0:
            (row,) = judged_rows([20 + 300_000 / step], every=step)
            self.run.append_metrics([row])
