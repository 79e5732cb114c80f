"""What went wrong in a training, as a code and values that the pages turn into words."""

import errno
from pathlib import Path
from typing import Any

from dcgan.config import ConfigError
from dcgan.data.sample import SampleError
from dcgan.runs.status import Problem

_DISK_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class TrainingProblem(Exception):
    """The run cannot go on: a code and values."""

    def __init__(self, code: str, **values: Any) -> None:
        """Keep what `status.json` shows."""
        super().__init__(f"{code} {values}")
        self.problem = Problem(code=code, values=values)


def images_problem(error: ValueError, dataset: str) -> TrainingProblem:
    """Return the problem that keeps a run from its images, given what loading them raised."""
    if isinstance(error, ConfigError):
        named = {"field": error.field, "value": error.value, "available": error.most}
        return TrainingProblem("too-few-images", dataset=dataset, **named)
    code = "sample-broken" if isinstance(error, SampleError) else "data-missing"
    return TrainingProblem(code, dataset=dataset, detail=str(error))


def is_disk_full(error: BaseException) -> bool:
    """Whether an error says that the disk, or what a user may have of it, is full."""
    return isinstance(error, OSError) and error.errno in _DISK_FULL


def explain(error: Exception, runs_folder: Path) -> Problem:
    """Return the problem that an error is to a person; `runs_folder` is what a full disk holds."""
    if isinstance(error, TrainingProblem):
        return error.problem
    if is_disk_full(error):
        return Problem(code="disk-full", values={"folder": str(runs_folder)})
    detail = f"{type(error).__name__}: {error}"[:300]
    # By name: this module is loaded before TensorFlow is.
    if isinstance(error, MemoryError) or type(error).__name__ == "ResourceExhaustedError":
        return Problem(code="out-of-memory", values={"detail": detail})
    return Problem(code="unexpected", values={"detail": detail})
