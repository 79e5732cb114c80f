"""The thread that owns one training: waits for a turn, runs the worker, closes the record.

The session that presses Start makes one; any session may attach again through the run's folder. It ends with the
server, and then the worker saves and ends too.
"""

import logging
import signal
import threading
import time

from filelock import Timeout

from dcgan.jobs.process import WorkerProcess
from dcgan.runs.queue import DeviceQueue, Ticket
from dcgan.runs.run import Run
from dcgan.runs.status import Problem, RunStatus

WORKER_MODULE = "dcgan.training.worker"
EXIT_GAVE_WAY, EXIT_NOT_CLAIMED = 3, 4  # the worker's exit codes that are not ends

POLL_SECONDS = 0.25
WAITING_SECONDS = 2.0  # between two signs of life of a queued run
SAVE_SECONDS = 60.0  # what a worker gets to save and end
STOP_SECONDS = 60.0  # what a worker gets to heed a stop
HUNG_SECONDS = {"starting": 900.0}  # without a sign of life, by phase: the data may have to be downloaded first
HUNG_SECONDS_TRAINING = 300.0

log = logging.getLogger(__name__)


class TrainingThread(threading.Thread):
    """Thread-safe. One training, from its place in line to its end."""

    def __init__(self, run: Run, queue: DeviceQueue, offset: int, since: float | None = None) -> None:
        """Prepare to train a run whose status is "queued".

        Args:
            run: what to train.
            queue: the line to stand in.
            offset: byte offset in the requests after which they count.
            since: Unix time by which the place in line is ordered; now by default.
        """
        super().__init__(name=f"training-{run.run_id}", daemon=False)  # a daemon would die before its last write
        self._training_run, self._queue, self._offset, self._since = run, queue, offset, since
        self._ending = threading.Event()
        self._forced: Problem | None = None
        self._stop_seen: float | None = None

    def end(self) -> None:
        """Ask the worker to save and end, as the end of the server does. Called by any thread."""
        self._ending.set()

    def run(self) -> None:
        """Wait, train, give way and come back, until the training ends. Called by `start` alone."""
        run, first = self._training_run, False
        try:
            while (worker := self._wait_for_turn(first)) is not None:
                code = self._supervise(worker)
                if code == EXIT_GAVE_WAY:
                    if not self._wait_for_resume():
                        return
                    first = True
                elif code != EXIT_NOT_CLAIMED or run.is_locked():
                    return
        except Exception:
            log.exception("the thread of %s ended", run.run_id)

    def _is_ending(self) -> bool:
        return self._ending.is_set() or not threading.main_thread().is_alive()

    def _wait_for_turn(self, first: bool) -> WorkerProcess | None:
        """Stand in line; returns a worker that has claimed the device, or None if there is nothing left to wait for."""
        ticket = self._queue.join(self._training_run.run_id, self._since, first)
        try:
            told = 0.0
            while not self._is_ending():
                if ticket.position() == 1 and self._queue.is_free():
                    return self._start_worker()
                if time.monotonic() - told > WAITING_SECONDS:
                    told = time.monotonic()
                    if not self._tell_waiting(ticket):
                        return None
                self._ending.wait(POLL_SECONDS)
            return None
        finally:
            ticket.leave()

    def _tell_waiting(self, ticket: Ticket) -> bool:
        """Say that somebody waits, and where; returns whether the run still wants to."""
        run = self._training_run
        try:
            with run.lock(1.0):
                status = run.written_status()
                if status.status == RunStatus.QUEUED:
                    run.write_status(status.changed(position=ticket.position()))
                return status.status == RunStatus.QUEUED
        except Timeout:  # a probe, or a claim: the next look will tell
            return True

    def _start_worker(self) -> WorkerProcess | None:
        """Start the worker, and wait with our place in line until it has claimed the device or ended."""
        run = self._training_run
        if run.written_status().status != RunStatus.QUEUED:
            return None
        worker = WorkerProcess(WORKER_MODULE, [str(run.run_dir), str(self._offset)], run.worker_log)
        while worker.poll() is None and run.written_status().status == RunStatus.QUEUED and not self._is_ending():
            self._ending.wait(POLL_SECONDS / 5)
        return worker

    def _supervise(self, worker: WorkerProcess) -> int:
        """Watch the worker to its end, and close the run's record; returns its exit code."""
        while (code := worker.poll()) is None:
            if self._is_ending():
                worker.ask_to_end()
                if worker.wait(SAVE_SECONDS) is None:
                    worker.end_by_force()
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
        run, now = self._training_run, time.time()
        status = run.written_status()
        limit = HUNG_SECONDS.get(status.phase, HUNG_SECONDS_TRAINING)
        if now - status.heartbeat > limit:
            return Problem(code="worker-hung", values={"seconds": round(now - status.heartbeat)})
        requests, _ = run.requests(self._offset)
        if not any(row.get("do") == "stop" for row in requests):
            return None
        self._stop_seen = self._stop_seen or now
        return Problem(code="stopped-by-force") if now - self._stop_seen > STOP_SECONDS else None

    def _close_record(self, code: int) -> None:
        """Write what the worker could not: that it is gone."""
        run = self._training_run
        try:
            with run.lock():
                status = run.written_status()
                alive = {RunStatus.RUNNING} if code == EXIT_GAVE_WAY else {RunStatus.RUNNING, RunStatus.PAUSED}
                died_at_start = status.status == RunStatus.QUEUED and code not in (0, EXIT_NOT_CLAIMED)
                if status.status not in alive and not died_at_start:
                    return
                problem = self._forced or Problem(code="worker-died", values=_describe_exit(code))
                ended = RunStatus.STOPPED if problem.code == "stopped-by-force" else RunStatus.INTERRUPTED
                run.write_status(status.changed(status=ended, phase="", position=None, error=problem))
                run.append_event(ended.value, step=status.step, code=problem.code)
        except Timeout:
            log.warning("%s is trained by another process", run.run_id)

    def _wait_for_resume(self) -> bool:
        """Wait outside the line until somebody resumes the paused run; returns whether to go on."""
        run = self._training_run
        offset = run.requests_end()
        while not self._is_ending() and run.written_status().status == RunStatus.PAUSED and not run.is_locked():
            requests, self._offset = run.requests(offset)
            wishes = [row["do"] for row in requests if row.get("do") in ("resume", "stop")]
            if wishes:
                with run.lock():
                    status = RunStatus.STOPPED if "stop" in wishes else RunStatus.QUEUED
                    run.write_status(run.written_status().changed(status=status, phase=""))
                return status == RunStatus.QUEUED
            self._ending.wait(POLL_SECONDS)
        return False


def _describe_exit(code: int) -> dict[str, str | int]:
    """An exit code in words: the signal's name, or the code."""
    if code >= 0:
        return {"code": code}
    try:
        return {"signal": signal.Signals(-code).name}
    except ValueError:
        return {"signal": str(-code)}
