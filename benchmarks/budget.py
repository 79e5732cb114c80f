"""A run of the real worker with a budget of CPU time, over as many stays as it takes.

Owns how CPU time is counted: that of the worker from its first step on, start and imports apart, and only of steps that
still count. What a killed run loses of its steps it also gets back of its budget. Knows nothing of what a run is for.
"""

import contextlib
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import psutil

from dcgan.config import Config
from dcgan.jobs.process import WorkerProcess
from dcgan.runs import files
from dcgan.runs.errors import BrokenRunError
from dcgan.runs.run import Run
from dcgan.runs.status import RunStatus, StatusRecord
from dcgan.runs.store import RunStore
from dcgan.runs.thread import WORKER_MODULE

POLL_SECONDS = 0.5
START_SECONDS = 600.0  # to the first step, on a machine that others use
END_SECONDS = 120.0

Tell = Callable[[StatusRecord, float], None]  # what the run is doing, and its CPU seconds so far


class Ledger:
    """The CPU time of one run, as a file of marks: so much at that second of its training. Not thread-safe."""

    def __init__(self, path: Path) -> None:
        """Read what earlier stays have left; a torn last line was no mark."""
        self._path = path
        self._marks: list[tuple[float, float]] = []
        for row in files.read_rows(path)[0]:
            self._keep(float(row["seconds"]), float(row["cpu"]))

    def at(self, seconds: float) -> float:
        """Return the CPU seconds up to a second of training: between two marks in proportion, 0 before the first."""
        if not self._marks:
            return 0.0
        times, cpu = zip(*self._marks, strict=True)
        return float(np.interp(seconds, times, cpu))

    def add(self, seconds: float, cpu: float) -> None:
        """Mark that a run which has trained for so many seconds has taken so much CPU time."""
        self._keep(seconds, cpu)
        files.append_rows(self._path, [{"seconds": seconds, "cpu": cpu}])

    def _keep(self, seconds: float, cpu: float) -> None:
        """What lay at a later second is of steps that were lost."""
        self._marks = [mark for mark in self._marks if mark[0] < seconds] + [(seconds, cpu)]


def find_run(store: RunStore, config: Config) -> Run:
    """Return the run of exactly this config, made where there is none."""
    for listed in store.list_runs():
        with contextlib.suppress(BrokenRunError):
            if (run := store.get(listed.run_id)).config() == config:
                return run
    return store.create(config)


def is_done(run: Run, ledger: Ledger, budget: float | None) -> bool:
    """Whether a run has ended by itself or used its budget of CPU seconds; None is one that does not end."""
    status = run.written_status()
    return status.status == RunStatus.FINISHED or (budget is not None and ledger.at(status.seconds) >= budget)


def train_for(run: Run, ledger: Ledger, budget: float | None, tell: Tell = lambda status, cpu: None) -> None:
    """Train a run until it is done; it saves and ends afterwards, as when a server ends. Nothing to do where it is.

    Raises:
        RuntimeError: the worker ended before; the end of its log is in the message.
        filelock.Timeout: another trains this run.
    """
    if is_done(run, ledger, budget):
        return
    with run.lock(END_SECONDS):  # the worker of a report that was killed saves first
        run.put_in_line()
    worker = WorkerProcess(WORKER_MODULE, [str(run.run_dir), str(run.requests_end())], run.worker_log)
    try:
        _watch(run, worker, ledger, budget, tell)
    finally:
        worker.end(END_SECONDS)


def _watch(run: Run, worker: WorkerProcess, ledger: Ledger, budget: float | None, tell: Tell) -> None:
    """Mark its CPU time until the run is done."""
    status = _wait_until_it_trains(run, worker)
    process = psutil.Process(worker.pid)
    before, began = ledger.at(status.seconds), _cpu_seconds(process)
    ledger.add(status.seconds, before)
    while True:
        with contextlib.suppress(psutil.NoSuchProcess):
            status, cpu = run.written_status(), before + _cpu_seconds(process) - began
            ledger.add(status.seconds, cpu)
            tell(status, cpu)
        if is_done(run, ledger, budget):
            return
        if worker.poll() is not None and not is_done(run, ledger, budget):  # it may have ended between the two looks
            raise RuntimeError(_describe_end(run))
        time.sleep(POLL_SECONDS)


def _wait_until_it_trains(run: Run, worker: WorkerProcess) -> StatusRecord:
    """Wait for its first step; a stay that is over before it is seen is none."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        status = run.written_status()
        if status.status == RunStatus.RUNNING and status.phase not in ("", "starting", "downloading"):
            return status
        if worker.poll() is not None:
            break
        time.sleep(POLL_SECONDS / 5)
    raise RuntimeError(_describe_end(run))


def _cpu_seconds(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def _describe_end(run: Run) -> str:
    log = run.worker_log.read_text(errors="replace")[-2000:] if run.worker_log.is_file() else ""
    return f"The worker of {run.run_id} did not train to its end: its run is {run.written_status().status}. {log}"
