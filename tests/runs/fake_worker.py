"""The real `dcgan.training.worker`, with a trainer that only pretends: no TensorFlow, and any misfortune on order.

`DCGAN_FAKE` holds JSON: `steps`, `pause` (seconds a step), `seconds` (of training that a step is said to take), `at` (a
step to "kill", "stop", "raise", "deaf"), `nap` (seconds before the claim), `exit` (a code before the claim), `give_way`
(seconds another must wait), `claim` (seconds).
"""

import json
import logging
import os
import signal
import sys
import time
import types
from collections.abc import Callable
from pathlib import Path

import numpy as np

import dcgan.training
from dcgan.runs.run import Run
from dcgan.runs.status import Problem, RunStatus
from dcgan.training import worker
from dcgan.training.control import Control, Wish

ORDER = json.loads(os.environ.get("DCGAN_FAKE", "{}"))


class Trainer:
    """Appends rows and heeds wishes as the real one does."""

    def __init__(self, run: Run, control: Control, should_yield: Callable[[], bool]) -> None:
        self.run, self.control, self.should_yield = run, control, should_yield
        checkpoint, _ = run.checkpoints.load_last()
        step = 0 if checkpoint is None else checkpoint.step
        run.cut_history(step)
        run.append_event("started" if checkpoint is None else "resumed", step=step)
        steps = ORDER.get("steps", 10)
        sample = bool(ORDER.get("sample"))
        self.status = run.written_status().changed(phase="training", step=step, steps=steps, sample_data=sample)

    def train(self) -> RunStatus:
        while self.status.step < self.status.steps:
            step = self.status.step + 1
            self.run.append_metrics([{"step": step, "d_loss": 1.0, "g_loss": 0.5}])
            self._tell(status=RunStatus.RUNNING, step=step, seconds=step * ORDER.get("seconds", 0.01))
            time.sleep(ORDER.get("pause", 0.01))
            self._suffer(ORDER.get("at", {}).get(str(step)))
            wish = self._wish()
            if wish != Wish.GO:
                self._save()
            if wish == Wish.PAUSE:
                self._tell(status=RunStatus.PAUSED)
                while (wish := self._wish()) == Wish.PAUSE:
                    if self.should_yield():
                        return RunStatus.PAUSED
                    self._tell()
                    time.sleep(0.02)
            if wish == Wish.STOP:
                return self._end(RunStatus.STOPPED)
            if wish == Wish.INTERRUPT:
                return self._end(RunStatus.INTERRUPTED, Problem(code=self.control.reason))
        self._save()
        return self._end(RunStatus.FINISHED)

    def _suffer(self, misfortune: str | None) -> None:
        if misfortune == "kill":
            self._save()
            os.kill(os.getpid(), signal.SIGKILL)
        elif misfortune == "stop":
            os.kill(os.getpid(), signal.SIGSTOP)
        elif misfortune == "raise":
            raise RuntimeError("a misfortune")
        while misfortune == "deaf":
            self._tell()
            time.sleep(0.02)

    def _save(self) -> None:
        self.run.checkpoints.save(self.status.step, {"step": np.array(self.status.step)}, {})

    def _wish(self) -> Wish:
        wish = self.control.poll()
        for request_id in self.control.take_applied():
            self.run.append_event("request-applied", request=request_id, wish=wish.value)
        return wish

    def _tell(self, **values: object) -> None:
        self.status = self.status.changed(**values)
        self.run.write_status(self.status)

    def _end(self, status: RunStatus, problem: Problem | None = None) -> RunStatus:
        self._tell(status=status, phase="", error=problem)
        return status


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO)
    time.sleep(ORDER.get("nap", 0))
    if "exit" in ORDER:
        sys.exit(ORDER["exit"])
    worker.GIVE_WAY_SECONDS = ORDER.get("give_way", worker.GIVE_WAY_SECONDS)
    worker.CLAIM_SECONDS = ORDER.get("claim", worker.CLAIM_SECONDS)
    fake = types.ModuleType("dcgan.training.trainer")
    fake.Trainer = Trainer  # type: ignore[attr-defined]
    sys.modules[fake.__name__] = dcgan.training.trainer = fake  # type: ignore[attr-defined]
    sys.exit(worker.main(Path(sys.argv[1]), int(sys.argv[2])))
