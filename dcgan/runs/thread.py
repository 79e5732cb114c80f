"""The thread that owns one training: waits for a turn, runs the worker, closes the record.

The session that presses Start makes one; any session may attach again through the run's folder. It ends with the
server, and then the worker saves and ends too.
"""

import contextlib
import logging
import threading
import time

from filelock import Timeout

from dcgan.jobs.process import WorkerProcess
from dcgan.runs.errors import BrokenRunError
from dcgan.runs.queue import DeviceQueue, Ticket
from dcgan.runs.quota import Meter
from dcgan.runs.run import Run
from dcgan.runs.status import ACTIVE, Problem, RunStatus, exit_problem

WORKER_MODULE = "dcgan.training.worker"
EXIT_GAVE_WAY, EXIT_NOT_CLAIMED = 3, 4  # the worker's exit codes that are not ends

POLL_SECONDS = 0.25
WAITING_SECONDS = 2.0  # between two signs of life of a queued run
SAVE_SECONDS = 60.0  # what a worker gets to save and end
STOP_SECONDS = 60.0  # what a worker gets to heed a stop
HUNG_SECONDS = {"starting": 900.0}  # without a sign of life, by phase: another process may download the data first
HUNG_SECONDS_TRAINING = 300.0

log = logging.getLogger(__name__)


class TrainingThread(threading.Thread):
    """Thread-safe. One training, from its place in line to its end."""

    def __init__(
        self,
        run: Run,
        queue: DeviceQueue,
        offset: int,
        since: float | None = None,
        first: bool = False,
        owner: str = "",
        meter: Meter | None = None,
    ) -> None:
        """Prepare to train a run whose status is "queued".

        Args:
            run: what to train.
            queue: the line to stand in.
            offset: byte offset in the requests after which they count.
            since: Unix time by which the place in line is ordered; now by default.
            first: stand before all others: a paused run that had given way.
            owner: whose run it is; owners take turns.
            meter: says when the run has reached a limit of its owner's; it is stopped then.
        """
        super().__init__(name=f"training-{run.run_id}", daemon=False)  # a daemon would die before its last write
        self._training_run, self._queue, self._offset = run, queue, offset
        self._since, self._first = time.time() if since is None else since, first
        self._owner, self._meter = owner, meter
        self._ending = threading.Event()
        self._worker: WorkerProcess | None = None
        self._queued = run.written_status().queued  # the stamp of the place in line that is ours
        self._was_claimed = False
        self._forced: Problem | None = None
        # Monotonic times: a machine that slept, or a clock that was set, must not look like a worker that hangs.
        self._heartbeat, self._heard_at = 0.0, 0.0
        self._stop_seen_at: float | None = None

    def end(self) -> None:
        """Ask the worker to save and end, as the end of the server does. Called by any thread."""
        self._ending.set()

    def run(self) -> None:
        """Wait, train, give way and come back, until the training ends. Called by `start` alone."""
        try:
            while (worker := self._wait_for_turn()) is not None:
                code = self._supervise(worker)
                if code == EXIT_GAVE_WAY:
                    if not self._wait_for_resume():
                        return
                    self._since, self._first = time.time(), True
                elif code != EXIT_NOT_CLAIMED:
                    return
        except BrokenRunError as error:  # such as a folder that was deleted: whoever looks at the run is told
            log.warning("the thread of %s ended: %s", self._training_run.run_id, error)
            self._give_up(error)
        except Exception as error:
            log.exception("the thread of %s ended", self._training_run.run_id)
            self._give_up(error)

    def _is_ending(self) -> bool:
        return self._ending.is_set() or not threading.main_thread().is_alive()

    def _wait_for_turn(self) -> WorkerProcess | None:
        """Stand in line; returns a worker that has claimed the device, or None if there is nothing left to wait for."""
        ticket = self._queue.join(self._training_run.run_id, self._since, self._first, self._owner)
        try:
            told = float("-inf")
            while not self._is_ending():
                position = ticket.position()
                if position == 1 and self._queue.is_free():
                    return self._start_worker(ticket)
                if time.monotonic() - told > WAITING_SECONDS:
                    told = time.monotonic()
                    if not self._tell_waiting(position):
                        return None
                self._ending.wait(POLL_SECONDS)
            return None
        finally:
            ticket.leave()

    def _tell_waiting(self, position: int | None) -> bool:
        """Say that somebody waits, and where; returns whether the run still wants to."""
        run = self._training_run
        cancelled = self._is_stop_asked()
        try:
            with run.lock(1.0):
                status = run.written_status()
                if status.status != RunStatus.QUEUED or status.queued != self._queued:  # or put in line anew, elsewhere
                    return False
                if cancelled:  # by one who could not have the lock
                    run.cancel()
                else:
                    run.write_status(status.changed(position=position))
        except Timeout:  # whoever claims it reads the requests too
            pass
        return not cancelled

    def _is_stop_asked(self) -> bool:
        requests, _ = self._training_run.requests(self._offset)
        return any(row.get("do") == "stop" for row in requests)

    def _start_worker(self, ticket: Ticket) -> WorkerProcess | None:
        """Start the worker, and wait with our place in line until it has claimed the device or ended."""
        run = self._training_run
        if not self._tell_waiting(None):
            return None
        variables = {"DCGAN_STATE": str(self._queue.folder)}  # the same line, wherever it was said to be
        arguments = [str(run.run_dir), str(self._offset)]
        self._worker = worker = WorkerProcess(WORKER_MODULE, arguments, run.worker_log, variables)
        self._was_claimed = False
        while worker.poll() is None and not self._was_claimed and not self._is_ending():
            ticket.show_life()
            self._ending.wait(POLL_SECONDS / 5)
            self._was_claimed = run.written_status().status != RunStatus.QUEUED
        self._heard_at = time.monotonic()
        return worker

    def _supervise(self, worker: WorkerProcess) -> int:
        """Watch the worker to its end, and close the run's record; returns its exit code."""
        while (code := worker.poll()) is None:
            self._queue.note_turn(self._owner)
            if self._meter is not None and self._meter.look():
                self._training_run.request("stop")  # the worker saves it first
            if self._is_ending():
                worker.end(SAVE_SECONDS)
            elif (problem := self._why_hung()) is not None:
                self._forced = problem
                worker.end_by_force()
            else:
                self._ending.wait(POLL_SECONDS)
        worker.ask_to_end()  # closes our end of the pipe
        self._close_record(code)
        return code

    def _why_hung(self) -> Problem | None:
        """Why the worker must be ended by force, or None."""
        now, phase = time.monotonic(), ""
        try:
            status = self._training_run.written_status()
        except BrokenRunError:  # no sign of life, for as long as it cannot be read
            pass
        else:
            phase = status.phase
            if status.heartbeat != self._heartbeat:
                self._heartbeat, self._heard_at = status.heartbeat, now
        silent = now - self._heard_at
        if silent > HUNG_SECONDS.get(phase, HUNG_SECONDS_TRAINING):
            return Problem(code="worker-hung", values={"seconds": round(silent)})
        if self._stop_seen_at is None and self._is_stop_asked():
            self._stop_seen_at = now
        if self._stop_seen_at is not None and now - self._stop_seen_at > STOP_SECONDS:
            return Problem(code="stopped-by-force")
        return None

    def _close_record(self, code: int) -> None:
        """Write what the worker could not: that it is gone."""
        run = self._training_run
        try:
            with run.lock():
                status = run.written_status()
                if self._meter is not None and status.status == RunStatus.STOPPED and status.error is None:
                    run.write_status(status.changed(error=self._meter.reached))
                alive = {RunStatus.RUNNING} if code == EXIT_GAVE_WAY else {RunStatus.RUNNING, RunStatus.PAUSED}
                if not self._was_claimed and code not in (0, EXIT_NOT_CLAIMED):
                    alive.add(RunStatus.QUEUED)  # it died at its start; else whoever resumed it has put it in line
                if status.status not in alive:
                    return
                problem = self._forced or exit_problem(code)
                ended = RunStatus.STOPPED if problem.code == "stopped-by-force" else RunStatus.INTERRUPTED
                run.write_status(status.changed(status=ended, phase="", position=None, error=problem))
                run.append_event(ended.value, step=status.step, code=problem.code)
        except Timeout:
            log.warning("%s is trained by another process", run.run_id)
        except OSError as error:  # readers will see "interrupted" by its free lock
            log.error("the end of %s could not be written: %s", run.run_id, error)

    def _wait_for_resume(self) -> bool:
        """Wait outside the line until somebody resumes the paused run; returns whether to go on."""
        run = self._training_run
        heard = {str(event.get("request")) for event in run.events() if event.get("event") == "request-applied"}
        while not self._is_ending() and run.written_status().status == RunStatus.PAUSED:
            requests, offset = run.requests(self._offset)
            wishes = {row.get("do") for row in requests if str(row.get("id")) not in heard}
            if wishes & {"resume", "stop"}:
                self._offset = offset
                with run.lock():
                    if run.written_status().status != RunStatus.PAUSED:  # another was faster
                        return False
                    if "stop" in wishes:
                        run.cancel()
                        return False
                    run.put_in_line()
                    self._queued = run.written_status().queued
                    return True
            self._ending.wait(POLL_SECONDS)
        return False

    def _give_up(self, error: Exception) -> None:
        """Leave no worker alone, and say what happened, where that is possible."""
        run = self._training_run
        if self._worker is not None:
            self._worker.end(SAVE_SECONDS)
        problem = Problem(code="unexpected", values={"detail": f"{type(error).__name__}: {error}"[:300]})
        with contextlib.suppress(OSError, BrokenRunError), run.lock():
            status = run.written_status()
            if status.status in ACTIVE:
                run.write_status(status.changed(status=RunStatus.INTERRUPTED, phase="", position=None, error=problem))
