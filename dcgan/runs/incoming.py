"""The folder in which a bundle is unpacked: beside the runs, until it becomes one of them or is gone.

Owns its name, and what a process that was killed has left of it. Leaves what is put into it to `unpacking`.
"""

import contextlib
import errno
import os
import secrets
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

from dcgan.runs import files

PREFIX = f"{files.TEMPORARY}import-"
LEFT_SECONDS = 3600.0  # an import takes minutes: what is older was left by a process that was killed


def require_room(folder: Path, size: int) -> None:
    """Say that the disk is full before it is.

    Raises:
        OSError: fewer than `size` bytes are free.
    """
    if shutil.disk_usage(folder).free < size:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(folder))


@contextlib.contextmanager
def making(folder: Path) -> Iterator[Path]:
    """Give a folder beside the runs that is gone afterwards, unless it has become a run."""
    made = folder / f"{PREFIX}{secrets.token_hex(8)}"
    made.mkdir()
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


def remove_leftovers(folder: Path) -> None:
    """Remove the folders of imports, and of runs that were being made, that were killed."""
    for path in folder.glob(f"{files.TEMPORARY}*"):
        with contextlib.suppress(OSError):
            if path.is_dir() and time.time() - path.stat().st_mtime > LEFT_SECONDS:
                shutil.rmtree(path)
