"""The lock files in a run's folder: only in one that is there.

Owns their names, and the ghosts that they would make: the library makes a lock's folder where it is missing, so that a
run which was deleted at that moment would be back as a folder of a lock alone.
"""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock

from dcgan.runs.errors import BrokenRunError

TRAINING, LABELS, EVALUATIONS = "lock", "labels.lock", "evaluations.lock"
_ALL = (TRAINING, LABELS, EVALUATIONS)


@contextlib.contextmanager
def hold(run_dir: Path, name: str, timeout: float) -> Iterator[None]:
    """Hold one of a run's locks.

    Raises:
        filelock.Timeout: another has held it for `timeout` seconds.
        BrokenRunError: the run's folder is gone.
        OSError: the folder cannot be written.
    """
    require(run_dir)
    lock = FileLock(run_dir / name, timeout=timeout)
    try:
        lock.acquire()
    except FileNotFoundError:  # it was deleted while we waited
        raise BrokenRunError("run-gone", run=run_dir.name) from None
    try:
        if remove_ghost(run_dir):
            raise BrokenRunError("run-gone", run=run_dir.name)
        yield
    finally:
        lock.release()


def require(run_dir: Path) -> None:
    """Raise BrokenRunError where a run's folder is gone."""
    if not run_dir.is_dir():
        raise BrokenRunError("run-gone", run=run_dir.name)


def remove_ghost(run_dir: Path) -> bool:
    """Remove a folder that holds locks alone; returns whether it is one, or gone."""
    with contextlib.suppress(FileNotFoundError):
        if any(entry.name not in _ALL for entry in run_dir.iterdir()):
            return False
    for name in _ALL:
        (run_dir / name).unlink(missing_ok=True)
    with contextlib.suppress(OSError):  # gone, or another makes it this moment, and removes it, too
        run_dir.rmdir()
    return True
