"""Facts about what errors are to a person."""

import errno
from pathlib import Path

import pytest

from dcgan.training.problems import TrainingProblem, explain, is_disk_full


class ResourceExhaustedError(Exception):
    """TensorFlow's, by name."""


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (TrainingProblem("non-finite", step=3), "non-finite"),
        (OSError(errno.ENOSPC, "No space left on device"), "disk-full"),
        (OSError(errno.EDQUOT, "Disk quota exceeded"), "disk-full"),
        (OSError(errno.EFBIG, "File too large"), "disk-full"),
        (OSError(errno.EACCES, "Permission denied"), "unexpected"),
        (MemoryError(), "out-of-memory"),
        (ResourceExhaustedError("OOM when allocating"), "out-of-memory"),
        (RuntimeError("x" * 1000), "unexpected"),
    ],
)
def test_each_error_has_its_code(error: Exception, code: str) -> None:
    problem = explain(error, Path("/somewhere/runs"))
    assert problem.code == code
    assert len(str(problem.values)) < 400


def test_a_full_disk_is_named_by_the_folder_of_runs() -> None:
    assert explain(OSError(errno.ENOSPC, "full"), Path("/somewhere/runs")).values == {"folder": "/somewhere/runs"}


def test_only_a_full_disk_is_a_full_disk() -> None:
    assert not is_disk_full(ValueError("full"))
    assert not is_disk_full(OSError(errno.ENOENT, "missing"))
