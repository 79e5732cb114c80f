"""What a run is doing now, as `status.json` says it.

Owns the words and the numbers by which a run is listed. Leaves reading, writing and liveness to `store`.
"""

import signal
import time
from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field


class RunStatus(StrEnum):
    """The states of a run; compared by value, because a hot reload makes classes anew."""

    QUEUED = "queued"
    RUNNING = "running"
    PAUSED = "paused"
    FINISHED = "finished"
    STOPPED = "stopped"
    FAILED = "failed"
    INTERRUPTED = "interrupted"


ACTIVE = frozenset({RunStatus.QUEUED, RunStatus.RUNNING, RunStatus.PAUSED})
RESUMABLE = frozenset({RunStatus.STOPPED, RunStatus.FAILED, RunStatus.INTERRUPTED})
BEGIN_ANEW = frozenset({"non-finite", "minutes-used"})  # problems that an exact resume would only meet again


class Problem(BaseModel):
    """Why a run failed or was interrupted: a code with values, which the pages turn into words.

    Codes: `worker-died`, `worker-killed`, `worker-hung`, `stopped-by-force`, `server-ended`, `terminated`, `disk-full`,
    `data-missing`, `too-few-images`, `sample-broken`, `data-changed`, `settings-changed`, `no-checkpoint`,
    `non-finite`, `out-of-memory`, `unexpected`; on a public server `minutes-used`, `share-full`.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)

    code: str
    values: dict[str, Any] = {}


_Count = Annotated[int, Field(ge=0, le=10**12)]
_Seconds = Annotated[float, Field(ge=0.0, le=1e11)]  # as a date: the year 5138


class StatusRecord(BaseModel):
    """One run as lists show it. Times are Unix seconds; `seconds` is training time without pauses."""

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)

    status: RunStatus
    phase: str = ""  # starting, downloading, training, judging, saving: where a kill would hit
    data_bytes: tuple[int, int] | None = None  # of a download of the images: done, and in all
    step: _Count = 0
    steps: _Count = 0
    epoch: _Count = 0
    epochs: _Count = 0
    seconds: _Seconds = 0.0
    paced_from: tuple[_Count, _Seconds] | None = None  # step and seconds after the first call of this stay
    images_per_second: float | None = None
    losses: dict[str, float] = {}  # the last row's d_loss, g_loss, d_real, d_fake
    preset: str = ""
    dataset: str = ""
    dataset_sha256: str | None = None  # of the whole set that it learns from, once a worker has loaded it
    sample_data: bool = False  # trained on the bundled sample, not on the whole set
    position: int | None = None  # in the queue: 1 is next
    error: Problem | None = None
    best: dict[str, Any] | None = None
    bytes: _Count = 0
    thin: bool = False  # from a bundle without full states
    owner: str = ""
    host: str = ""  # whose line a queued run stands in
    queued: _Seconds = 0.0  # since when it stands there
    created: _Seconds = 0.0
    heartbeat: _Seconds = 0.0

    def changed(self, **values: Any) -> "StatusRecord":
        """Return a copy with some values changed and the heartbeat of now."""
        return self.model_copy(update={"heartbeat": time.time(), **values})

    @property
    def downloading(self) -> tuple[int, int] | None:
        """Bytes done and in all of the images that are being downloaded; None while nothing is."""
        return self.data_bytes if self.status == RunStatus.RUNNING and self.phase == "downloading" else None

    @property
    def can_resume(self) -> bool:
        """Whether going on makes sense: the run rests, has its state, and would not meet the same problem again."""
        hopeless = self.thin or (self.error is not None and self.error.code in BEGIN_ANEW)
        return self.status in RESUMABLE and not hopeless

    @property
    def seconds_left(self) -> float | None:
        """Training time still to come, in seconds, at the average speed since `paced_from`; None before it can be said.

        The first call of a stay is left out: TensorFlow prepares the step in it, which takes seconds.
        """
        step, seconds = self.paced_from or (0, 0.0)
        if self.step <= step or self.seconds <= seconds or self.steps < self.step:
            return None
        return (self.seconds - seconds) / (self.step - step) * (self.steps - self.step)


def exit_problem(code: int) -> Problem:
    """What a worker's exit code says: killed, as a system does when memory runs out; another signal; or the code."""
    if code >= 0:
        return Problem(code="worker-died", values={"code": code})
    if -code == getattr(signal, "SIGKILL", None):
        return Problem(code="worker-killed")
    try:
        return Problem(code="worker-died", values={"signal": signal.Signals(-code).name})
    except ValueError:
        return Problem(code="worker-died", values={"signal": str(-code)})
