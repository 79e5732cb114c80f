"""Starting, steering and resuming runs: the threads of this process, and requests to everyone else's.

Owns the training threads. Every state that it acts upon is read from the run's folder, so that a run that another
server or a command line trains is steered in the same way.
"""

import contextlib
import logging
import platform
import threading
from pathlib import Path
from typing import Unpack

from filelock import Timeout

from dcgan.config import Config
from dcgan.runs import incoming
from dcgan.runs.errors import BrokenRunError, NotResumableError, RunError, RunNotFoundError
from dcgan.runs.judging import Judges
from dcgan.runs.labels import LabelChanges, Labels
from dcgan.runs.limits import Limits
from dcgan.runs.queue import DeviceQueue
from dcgan.runs.quota import Meter, Quota
from dcgan.runs.run import Run
from dcgan.runs.status import ACTIVE, RunStatus
from dcgan.runs.store import RUN_ID, RunStore
from dcgan.runs.thread import SAVE_SECONDS, TrainingThread

log = logging.getLogger(__name__)

CLOSING_SECONDS = 10.0  # a thread whose run has ended is closing its record
CLAIMED_SECONDS = 0.5  # readers hold a run's lock for moments only: one that is held longer is a worker's


class RunManager:
    """Thread-safe. One a process; holds the threads that it started."""

    def __init__(self, store: RunStore, state_folder: Path | None = None, limits: Limits | None = None) -> None:
        """Open the machine's line; nothing is started yet. `limits` are a public server's, for runs with an owner."""
        self.store = store
        self._queue = DeviceQueue(state_folder)
        self.quota = None if limits is None else Quota(store, self._queue.folder, limits)
        self.judges = Judges(state_folder)
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
        """Ask for a checkpoint and a pause; a queued run begins paused.

        Raises:
            RunNotFoundError: no such run.
            OSError: the request cannot be written.
        """
        self.store.get(run_id).request("pause")

    def stop(self, run_id: str) -> None:
        """Ask for a checkpoint and an end; a run that waits in line never starts.

        Raises:
            RunNotFoundError: no such run.
            BrokenRunError: its status cannot be read; whoever trains it reads the request all the same.
            OSError: the request or the status cannot be written.
        """
        run = self.store.get(run_id)
        run.request("stop")
        waits = {RunStatus.QUEUED, RunStatus.PAUSED}
        if run.written_status().status not in waits:  # a worker has it, and reads the request
            return
        with contextlib.suppress(Timeout), run.lock(CLAIMED_SECONDS):
            if run.written_status().status in waits:
                run.cancel()

    def resume(self, run_id: str) -> None:
        """Go on with a run: wake it where it is paused, else put it in line from its last checkpoint.

        A run that goes on already is left alone, but for a pause that it has not heeded yet, which is taken back.

        Raises:
            RunNotFoundError: no such run.
            BrokenRunError: its status or its settings cannot be read, or its folder is gone.
            NotResumableError: it has finished, or came without its full state.
            OSError: the request or the status cannot be written.
        """
        run = self.store.get(run_id)
        run.config()  # settings that somebody broke are said now, not by a worker that fails
        with self._lock:
            thread = self._threads.get(run_id)
            if thread is not None and run.status().status not in ACTIVE:
                thread.join(CLOSING_SECONDS)
            offset = run.requests_end()
            if self._attends(run_id) or (before := self._put_in_line(run)) is None:
                run.request("resume")
            else:
                self._start_thread(run, offset, first=before == RunStatus.PAUSED)

    def relabel(self, run_id: str, **changes: Unpack[LabelChanges]) -> Labels:
        """Change some of the owner's words about a run, whatever it is doing; returns them all.

        Raises:
            RunNotFoundError: no such run.
            LabelError: words beyond their limits.
            BrokenRunError: its folder is gone.
            OSError: they cannot be written.
        """
        return self.store.get(run_id).relabel(**changes)

    def delete(self, run_id: str) -> None:
        """Move a run that rests into the trash, where it is kept for a day; removes what has lain there longer.

        A run that cannot be read can be deleted all the same, where nobody trains it.

        Raises:
            RunNotFoundError: no such run.
            RunError: it waits, trains or is paused.
            OSError: the folder cannot be written; the run stands.
        """
        run = self.store.get(run_id)
        with self._lock:
            if _is_active(run):
                raise RunError("run-active", run=run_id)
            if (thread := self._threads.get(run_id)) is not None:
                thread.join(CLOSING_SECONDS)
            try:
                with run.lock(CLAIMED_SECONDS):
                    if _is_active(run, locked=True):
                        raise RunError("run-active", run=run_id)
                    self.store.trash.put(run_id)
                    self.judges.cancel_all(run_id)
            except Timeout:
                raise RunError("run-active", run=run_id) from None
        self._empty_trash()

    def restore(self, run_id: str) -> None:
        """Bring a deleted run back; one that is back already is left alone.

        Raises:
            RunError: not the name of a run, or not in the trash.
            OSError: the folder cannot be written.
        """
        if not RUN_ID.fullmatch(run_id):  # before any path is joined
            raise RunNotFoundError(run_id, self.store.folder)
        self.store.trash.restore(run_id)

    def recover(self) -> None:
        """Put this machine's queued runs back in line, in their order; for a server that starts.

        A run that cannot be read, or that is deleted meanwhile, is passed over. What has lain in the trash for a day is
        removed, and what an import or a start that was killed an hour ago has left.
        """
        self._empty_trash()
        incoming.remove_leftovers(self.store.folder)
        waited_for = {path.name for path in self._queue.waiting()}
        try:
            known = self.store.list_runs()
        except OSError as error:  # the pages say so, too
            log.warning("the runs that waited cannot be put back in line: %s", error)
            return
        for listed in known:
            if listed.status is None or any(listed.run_id in name for name in waited_for):
                continue
            with contextlib.suppress(RunNotFoundError, BrokenRunError):
                self._recover(self.store.get(listed.run_id))

    def attends(self, run_id: str) -> bool:
        """Whether a thread of this process waits for a run, trains it or closes its record."""
        with self._lock:
            return self._attends(run_id)

    def close(self, wait: bool = True) -> None:
        """Let all workers save and end; their runs are "interrupted" and can be resumed."""
        with self._lock:
            threads = list(self._threads.values())
        for thread in threads:
            thread.end()
        for thread in threads if wait else ():
            thread.join(2 * SAVE_SECONDS)

    def _empty_trash(self) -> None:
        try:
            self.store.trash.empty()
        except OSError as error:  # the next deletion or start tries again
            log.warning("deleted runs cannot be removed: %s", error)

    def _recover(self, run: Run) -> None:
        status = run.written_status()
        if status.status == RunStatus.QUEUED and status.host == platform.node():
            with self._lock:
                if not self._attends(run.run_id):
                    self._start_thread(run, run.requests_end(), since=status.queued or status.created)

    def _attends(self, run_id: str) -> bool:
        thread = self._threads.get(run_id)
        return thread is not None and thread.is_alive()

    def _start_thread(self, run: Run, offset: int, since: float | None = None, first: bool = False) -> None:
        self._threads = {name: thread for name, thread in self._threads.items() if thread.is_alive()}
        owner = run.written_status().owner
        meter = Meter(self.quota, run) if owner and self.quota is not None else None
        self._threads[run.run_id] = thread = TrainingThread(run, self._queue, offset, since, first, owner, meter)
        thread.start()

    def _put_in_line(self, run: Run) -> RunStatus | None:
        """Mark a run that rests as queued; returns what it was, or None if somebody trains or waits for it."""
        active = run.status().status in ACTIVE
        try:
            with run.lock(CLAIMED_SECONDS if active else CLOSING_SECONDS):
                status = run.status_while_locked()
                if (before := status.status) == RunStatus.FINISHED:
                    raise NotResumableError("run-finished", run=run.run_id)
                if status.thin:
                    raise NotResumableError("run-thin", run=run.run_id)
                if before == RunStatus.QUEUED:
                    return None
                run.put_in_line()
                return before
        except Timeout:
            return None


def _is_active(run: Run, locked: bool = False) -> bool:
    """Whether somebody waits for a run or trains it; `locked` for the holder of its lock."""
    try:
        return (run.status_while_locked() if locked else run.status()).status in ACTIVE
    except BrokenRunError:
        return not locked and run.is_locked()
