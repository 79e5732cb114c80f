"""Checkpoints being judged on demand: one worker process at a time on this machine, the others in line.

Owns the threads that wait and supervise, and what is known of them. Leaves measuring to the worker, who keeps what it
has measured in the run's folder, a checkpoint at a time, and whose business a run is to `desk`.
"""

import contextlib
import json
import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from filelock import Timeout

from dcgan.jobs.process import WorkerProcess
from dcgan.runs.errors import LimitError, NotYoursError, RefusedCheckpointError
from dcgan.runs.queue import DeviceQueue
from dcgan.runs.run import Run
from dcgan.runs.status import Problem

WORKER_MODULE = "dcgan.quality.judge"
LINE = "judge"  # the machine's line of those who want to judge, beside that of training
POLL_SECONDS = 0.25
HUNG_SECONDS = 600.0  # without a word of progress; the data set's own features take a minute or two the first time
CANCEL_SECONDS = 5.0
MOST = 20  # that wait or are judged in one process

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Judging:
    """What is known of a job.

    Attributes:
        steps: the checkpoints to judge.
        phase: "waiting", "starting", "reading", "drawing", "judging"; or its end: "done", "cancelled", "failed".
        index: how many checkpoints were judged before this one.
        done: images looked at in this phase.
        total: of so many; 0 where that is not known.
        position: the place in line while it waits, 1 is next.
        problem: why it failed.
        owner: who asked for it; empty for the person at this machine.
    """

    steps: tuple[int, ...]
    phase: str = "waiting"
    index: int = 0
    done: int = 0
    total: int = 0
    position: int | None = None
    problem: Problem | None = None
    owner: str = ""

    @property
    def is_active(self) -> bool:
        """Whether it waits or goes on."""
        return self.phase not in ("done", "cancelled", "failed")


class JudgingThread(threading.Thread):
    """Thread-safe. One job, from its place in line to its end; it ends with the server, and its worker with it."""

    def __init__(self, run: Run, steps: Sequence[int], samples: int, queue: DeviceQueue, owner: str = "") -> None:
        """Prepare to judge checkpoints of a run on so many samples each."""
        super().__init__(name=f"judging-{run.run_id}", daemon=True)
        self.owner, self._judged_run, self._samples, self._queue = owner, run, samples, queue
        self._state = Judging(tuple(steps), owner=owner)
        self._lock, self._ending = threading.Lock(), threading.Event()
        folder = queue.folder / "judging"
        self._progress, self._log = folder / f"{run.run_id}.json", folder / f"{run.run_id}.log"

    def state(self) -> Judging:
        """Return what is known."""
        with self._lock:
            return self._state

    def cancel(self) -> None:
        """End it soon; what was judged is kept."""
        self._ending.set()

    @property
    def goes_on(self) -> bool:
        """Whether it waits or judges, and nobody has cancelled it."""
        return self.state().is_active and not self._ending.is_set()

    def run(self) -> None:
        """Wait for a turn and see to the worker. Called by `start` alone."""
        end: dict[str, Any]
        try:
            end = self._wait_and_judge()
        except Exception as error:
            log.exception("judging %s ended", self._judged_run.run_id)
            end = _failed("judging-failed", detail=str(error)[:200])
        self._tell(**end)

    def _wait_and_judge(self) -> dict[str, Any]:
        """Return the last state."""
        ticket = self._queue.join(self._judged_run.run_id, owner=self.owner)
        try:
            while not self._ending.wait(POLL_SECONDS):
                position = ticket.position()
                self._tell(position=position)
                if position == 1:
                    # Held by this process: it goes free with the server, whose end is also the worker's.
                    with contextlib.suppress(Timeout), self._queue.hold_device(timeout=0):
                        ticket.leave()
                        self._queue.note_turn(self.owner)
                        return self._judge()
        finally:
            ticket.leave()
        return {"phase": "cancelled"}

    def _judge(self) -> dict[str, Any]:
        """Return the last state. Its files are of whoever has the turn alone: others may wait to judge the same run."""
        self._progress.parent.mkdir(parents=True, exist_ok=True)
        self._progress.unlink(missing_ok=True)
        self._tell(phase="starting", position=None)
        steps = [str(step) for step in self.state().steps]
        arguments = [str(self._judged_run.run_dir), str(self._samples), str(self._progress), *steps]
        worker = WorkerProcess(WORKER_MODULE, arguments, self._log)
        try:
            return self._supervise(worker)
        finally:
            worker.end(CANCEL_SECONDS)
            for path in (self._progress, self._log):
                with contextlib.suppress(OSError):
                    path.unlink(missing_ok=True)

    def _supervise(self, worker: WorkerProcess) -> dict[str, Any]:
        """Pass on what the worker tells, until it ends, is cancelled or is silent for too long."""
        heard_at, told = time.monotonic(), None
        while (code := worker.poll()) is None:
            if self._ending.wait(POLL_SECONDS):
                return {"phase": "cancelled"}
            if (news := self._read_progress()) != told:
                heard_at, told = time.monotonic(), news
                self._tell(**{name: news[name] for name in ("phase", "index", "done", "total") if name in news})
            if time.monotonic() - heard_at > HUNG_SECONDS:
                return _failed("judging-hung", seconds=round(HUNG_SECONDS))
        return {"phase": "done"} if code == 0 else self._explain(code)

    def _explain(self, code: int) -> dict[str, Any]:
        """What the end of a worker with this exit code means."""
        log.warning("judging %s ended with %s: %s", self._judged_run.run_id, code, self._log_end())
        if code < 0:
            return _failed("judging-killed")
        told = self._read_progress()
        if isinstance(told.get("errno"), int):
            return _failed("judging-disk", errno=told["errno"])
        if isinstance(told.get("refused"), int) and len(self.state().steps) > 1:
            return _failed("judging-some", refused=told["refused"], count=len(self.state().steps))
        return _failed("judging-failed", detail=str(told.get("problem") or code)[:200])

    def _read_progress(self) -> dict[str, Any]:
        with contextlib.suppress(OSError, ValueError):
            tree = json.loads(self._progress.read_bytes())
            return tree if isinstance(tree, dict) else {}
        return {}

    def _log_end(self) -> str:
        with contextlib.suppress(OSError):
            return self._log.read_text("utf-8", errors="replace")[-2_000:]
        return ""

    def _tell(self, **values: Any) -> None:
        with self._lock:
            self._state = replace(self._state, **values)


class Judges:
    """Thread-safe. The jobs of one process, by the runs they are of."""

    def __init__(self, state_folder: Path | None = None) -> None:
        """Open the machine's line."""
        self._queue = DeviceQueue(state_folder, LINE)
        self._threads: dict[str, list[JudgingThread]] = {}  # of a run, the newest last
        self._lock = threading.Lock()

    def start(self, run: Run, steps: Sequence[int], samples: int, owner: str = "") -> None:
        """Put a job in line; one that has been begun already, by whomever, is left alone.

        Raises:
            RefusedCheckpointError: a checkpoint is not there.
            LimitError: too many wait here, or the owner, where there is one, has something else judged.
        """
        _require_kept(run, steps)
        with self._lock:
            jobs = self._threads.get(run.run_id, [])
            going = [job for others in self._threads.values() for job in others if job.goes_on]
            if any({*steps} <= {*job.state().steps} for job in going if job in jobs):
                return
            if len(going) >= MOST or (owner and any(job.owner == owner for job in going)):
                raise LimitError("limit-judging")
            job = JudgingThread(run, steps, samples, self._queue, owner)
            # Of what has ended, the last that an owner had judged can still be of interest to that one.
            ended = [one for one in jobs if not one.state().is_active and one.owner != owner]
            active = [one for one in jobs if one.state().is_active]
            self._threads[run.run_id] = [*ended[-MOST:], *active, job]
            job.start()

    def find(self, run_id: str, step: int, owns: Callable[[str], bool]) -> Judging | None:
        """Return what one who looks at a checkpoint should know: of its job, or of the own one that goes on beside it.

        Args:
            run_id: of which run.
            step: of the checkpoint.
            owns: whether an owner's jobs are one's own; how a job has ended is told to its owner alone.
        """
        with self._lock:
            jobs = [job.state() for job in reversed(self._threads.get(run_id, []))]
        told = [
            job for job in jobs
            if (job.is_active and step in job.steps) or (owns(job.owner) and (job.is_active or step in job.steps))
        ]  # fmt: skip
        # The newest of equal ones: `max` takes the first.
        return max(told, key=lambda job: (job.is_active, step in job.steps), default=None)

    def cancel_all(self, run_id: str) -> None:
        """End all jobs of a run soon, whoever asked for them: the run goes."""
        with self._lock:
            for job in self._threads.get(run_id, []):
                job.cancel()

    def cancel(self, run_id: str, step: int, owns: Callable[[str], bool]) -> None:
        """End the job that `find` tells of soon, if it goes on.

        Raises:
            NotYoursError: somebody else asked for it.
        """
        told = self.find(run_id, step, owns)
        if told is None or not told.is_active:
            return
        if not owns(told.owner):
            raise NotYoursError("not-your-judging")
        with self._lock:
            for job in self._threads[run_id]:
                if job.owner == told.owner and job.state().steps == told.steps:
                    job.cancel()


def _require_kept(run: Run, steps: Sequence[int]) -> None:
    """Refuse what cannot be drawn from: a run may have dropped it, and one of the gallery holds a few alone."""
    kept = run.checkpoints.samplers()
    for step in steps:
        if step not in kept:
            known = ", ".join(f"{one:,}" for one in kept)
            raise RefusedCheckpointError("checkpoint-gone", run=run.run_id, step=step, steps=known)


def _failed(code: str, **values: object) -> dict[str, Any]:
    """The last state of a job that has failed."""
    return {"phase": "failed", "problem": Problem(code=code, values=values)}
