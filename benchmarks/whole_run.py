"""One run of the real worker to its end, over as many stays as it takes.

Owns how it is found again and gone on with. Knows nothing of what a run is for.
"""

import contextlib
import time
from collections.abc import Callable

from dcgan.config import Config
from dcgan.jobs.process import WorkerProcess
from dcgan.runs.errors import BrokenRunError
from dcgan.runs.run import Run
from dcgan.runs.status import RunStatus, StatusRecord
from dcgan.runs.store import RunStore
from dcgan.runs.thread import WORKER_MODULE

POLL_SECONDS = 0.5
END_SECONDS = 120.0

Tell = Callable[[StatusRecord], None]  # what the run is doing


def find_run(store: RunStore, config: Config) -> Run:
    """Return the run of exactly this config, made where there is none."""
    for listed in store.list_runs():
        with contextlib.suppress(BrokenRunError):
            if (run := store.get(listed.run_id)).config() == config:
                return run
    return store.create(config)


def train_to_end(run: Run, tell: Tell = lambda status: None) -> None:
    """Train a run until it has finished; whoever interrupts loses nothing. Nothing to do where it has.

    Raises:
        RuntimeError: the worker ended before; the end of its log is in the message.
        filelock.Timeout: another trains this run.
    """
    if _has_finished(run):
        return
    with run.lock(END_SECONDS):  # the worker of a command that was killed saves first
        run.put_in_line()
    worker = WorkerProcess(WORKER_MODULE, [str(run.run_dir), str(run.requests_end())], run.worker_log)
    try:
        while worker.poll() is None:
            time.sleep(POLL_SECONDS)
            tell(run.written_status())
    finally:
        worker.end(END_SECONDS)
    if not _has_finished(run):
        raise RuntimeError(_describe_end(run))


def _has_finished(run: Run) -> bool:
    return run.written_status().status == RunStatus.FINISHED


def _describe_end(run: Run) -> str:
    log = run.worker_log.read_text(errors="replace")[-2000:] if run.worker_log.is_file() else ""
    return f"The worker of {run.run_id} did not train to its end: its run is {run.written_status().status}. {log}"
