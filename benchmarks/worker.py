"""The real worker on a real run directory, for as long as a measurement takes.

Owns how its speed is read from what it writes. Knows nothing of what it is compared with.
"""

import contextlib
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.machine import PeakMemory, watch_memory
from dcgan.config import build_config
from dcgan.jobs.process import WorkerProcess
from dcgan.runs.files import Row
from dcgan.runs.run import Run
from dcgan.runs.status import ACTIVE, StatusRecord
from dcgan.runs.store import RunStore
from dcgan.runs.thread import WORKER_MODULE

START_SECONDS = 300.0  # for imports, tracing and the first step
END_SECONDS = 60.0
POLL_SECONDS = 0.5


@dataclass(frozen=True)
class Measurement:
    """One stay of one kind: its speed, the steps and seconds that it was counted over, and its peak of RssAnon."""

    kind: str
    images_per_second: float
    steps: int
    seconds: float
    memory_mb: float


def measure_worker(precision: str, seconds: float, warm_up: float, folder: Path) -> Measurement:
    """Measure the real worker on a new run in `folder`; it saves and ends afterwards, as when a server ends.

    Raises:
        RuntimeError: the run ended before its time; the end of its log is in the message.
    """
    config = build_config("notebook", {"training.precision": precision})
    run = RunStore(folder).create(config)
    with worker_on(run) as (worker, peak):
        start = wait_until_trained(run, worker, 0.0, START_SECONDS) + warm_up
        wait_until_trained(run, worker, start + seconds, 2 * (warm_up + seconds) + START_SECONDS)
    steps, elapsed = count_steps(run.metrics(), start, start + seconds)
    return Measurement(precision, steps * config.training.batch_size / elapsed, steps, elapsed, peak.megabytes)


@contextlib.contextmanager
def worker_on(run: Run) -> Iterator[tuple[WorkerProcess, PeakMemory]]:
    """Have a new run trained while the block lasts, and its memory watched; the worker saves and ends after it."""
    worker = WorkerProcess(WORKER_MODULE, [str(run.run_dir), "0"], run.worker_log)
    with watch_memory(worker.pid) as peak:
        try:
            yield worker, peak
        finally:
            worker.end(END_SECONDS)


def wait_until_trained(run: Run, worker: WorkerProcess, seconds: float, patience: float) -> float:
    """Wait until a run has trained a step, and for so many seconds by its own clock; returns what the clock says."""
    wait_until(run, worker, lambda status: status.step > 0 and status.seconds >= seconds, patience)
    return run.written_status().seconds


def wait_until(run: Run, worker: WorkerProcess, is_there: Callable[[StatusRecord], bool], patience: float) -> None:
    """Wait until a run that is trained has come to where it should be.

    Raises:
        RuntimeError: it ended before, or did not come there in time; the end of its log is in the message.
    """
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        status = run.written_status()
        if is_there(status):
            return
        if worker.poll() is not None or status.status not in ACTIVE:
            break
        time.sleep(POLL_SECONDS)
    log = run.worker_log.read_text(errors="replace")[-2000:]
    status = run.written_status()
    raise RuntimeError(
        f"The worker did not train for long enough ({status.seconds:.0f} s): its run is {status.status}. {log}"
    )


def count_steps(rows: Sequence[Row], start: float, stop: float) -> tuple[int, float]:
    """Return the steps between the first and the last row of a window of training time, and the seconds between them.

    Raises:
        RuntimeError: fewer than two rows lie in the window.
    """
    inside = [row for row in rows if start <= row["seconds"] <= stop]
    if len(inside) < 2:
        raise RuntimeError(f"{len(inside)} steps in {stop - start:.0f} s are too few to measure: use --seconds.")
    return inside[-1]["step"] - inside[0]["step"], inside[-1]["seconds"] - inside[0]["seconds"]
