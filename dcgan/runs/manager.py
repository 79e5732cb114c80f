"""Starting, steering and resuming runs: the threads of this process, and requests to everyone else's.

Owns the training threads. Every state that it acts upon is read from the run's folder, so that a run that another
server or a command line trains is steered in the same way.
"""

import platform
import threading
from pathlib import Path

from filelock import Timeout

from dcgan.config import Config
from dcgan.runs.queue import DeviceQueue
from dcgan.runs.run import Run
from dcgan.runs.status import ACTIVE, RESUMABLE, RunStatus
from dcgan.runs.store import RunStore
from dcgan.runs.thread import SAVE_SECONDS, TrainingThread

CLOSING_SECONDS = 10.0  # a thread whose run has ended is closing its record


class NotResumableError(ValueError):
    """A run that cannot go on: it has finished, or it is going on already."""


class RunManager:
    """Thread-safe. One a process; holds the threads that it started."""

    def __init__(self, store: RunStore, state_folder: Path | None = None) -> None:
        """Open the machine's line; nothing is started yet."""
        self.store = store
        self._queue = DeviceQueue(state_folder)
        self._threads: dict[str, TrainingThread] = {}
        self._lock = threading.Lock()

    def start(self, config: Config, owner: str = "") -> str:
        """Make a run and put it in line; returns its id.

        Raises:
            OSError: the runs folder cannot be written or the disk is full; nothing is left behind.
        """
        run = self.store.create(config, owner)
        with self._lock:
            self._start_thread(run, offset=0)
        return run.run_id

    def pause(self, run_id: str) -> None:
        """Ask for a checkpoint and a pause; a queued run begins paused."""
        self.store.get(run_id).request("pause")

    def stop(self, run_id: str) -> None:
        """Ask for a checkpoint and an end; a run that waits in line never starts."""
        run = self.store.get(run_id)
        run.request("stop")
        try:
            with run.lock(1.0):
                status = run.written_status()
                if status.status == RunStatus.QUEUED:
                    run.write_status(status.changed(status=RunStatus.STOPPED, position=None))
                    run.append_event("cancelled", step=status.step)
        except Timeout:  # a worker has it, and reads the request
            return

    def resume(self, run_id: str) -> None:
        """Go on with a run: wake it where it is paused, else put it in line from its last checkpoint.

        Raises:
            NotResumableError: it has finished, or it goes on already.
        """
        run = self.store.get(run_id)
        with self._lock:
            thread = self._threads.get(run_id)
            if thread is not None and run.written_status().status not in ACTIVE:
                thread.join(CLOSING_SECONDS)
            if (thread is not None and thread.is_alive()) or run.is_locked():
                if run.written_status().status == RunStatus.PAUSED:
                    run.request("resume")
                return
            offset = run.requests_end()
            self._queue_again(run)
            self._start_thread(run, offset)

    def recover(self) -> None:
        """Put this machine's queued runs back in line, in their order; for a server that starts."""
        waited_for = {path.name for path in self._queue.waiting()}
        for listed in reversed(self.store.list_runs()):
            run_id = listed.run_id
            if listed.status is None or any(run_id in name for name in waited_for):
                continue
            run = self.store.get(run_id)
            status = run.written_status()
            if status.status == RunStatus.QUEUED and status.host == platform.node() and not run.is_locked():
                with self._lock:
                    self._start_thread(run, run.requests_end(), since=status.created)

    def close(self, wait: bool = True) -> None:
        """Let all workers save and end; their runs are "interrupted" and can be resumed."""
        with self._lock:
            threads = list(self._threads.values())
        for thread in threads:
            thread.end()
        for thread in threads if wait else ():
            thread.join(2 * SAVE_SECONDS)

    def _start_thread(self, run: Run, offset: int, since: float | None = None) -> None:
        self._threads = {name: thread for name, thread in self._threads.items() if thread.is_alive()}
        self._threads[run.run_id] = thread = TrainingThread(run, self._queue, offset, since)
        thread.start()

    def _queue_again(self, run: Run) -> None:
        """Mark a run that rests as queued, under its lock."""
        with run.lock():
            status = run.status_while_locked()
            if status.status not in RESUMABLE | {RunStatus.PAUSED}:
                raise NotResumableError(f"{run.run_id} is {status.status.value}; only a run that rests can be resumed.")
            run.write_status(status.changed(status=RunStatus.QUEUED, phase="", error=None, host=platform.node()))
            run.append_event("queued", step=status.step)
