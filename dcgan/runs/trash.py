"""Deleted runs, kept for a day: `.trash` in the folder of runs.

Owns that folder. A run goes and comes by one rename, so that a kill leaves it whole in one place. What is removed for
good is renamed first, so that half a run never comes back. Links are moved and removed as links, never followed.
"""

import contextlib
import errno
import os
import re
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

from dcgan.runs import files, locks
from dcgan.runs.errors import RunError

KEPT_SECONDS = 24 * 3600.0
_DELETED = re.compile(r"([0-9]{10,12})-(.+)")  # since when, in Unix seconds, and the run's id


class Trash:
    """Thread-safe, and safe between processes. The deleted runs of one folder of runs."""

    def __init__(self, runs: Path) -> None:
        """Name the folder of runs; the trash is made with the first run that is deleted."""
        self._runs, self.folder = runs, runs / ".trash"

    def put(self, run_id: str) -> None:
        """Move a run into the trash; for the holder of its lock.

        Raises:
            OSError: the folder cannot be written, or `.trash` is no folder of its own; nothing was moved.
        """
        self.folder.mkdir(exist_ok=True)
        self._require_folder()
        (self._runs / run_id).rename(self.folder / f"{int(time.time()):010d}-{run_id}")
        files.sync_folder(self.folder)
        files.sync_folder(self._runs)

    def restore(self, run_id: str) -> None:
        """Move a run back; one that is back already is left alone. The id is a run's, as the caller has checked.

        Raises:
            RunError: it is not in the trash: never deleted here, or longer than a day ago; or another run has its id.
            OSError: the folder cannot be written.
        """
        if (self._runs / run_id).exists() and not locks.remove_ghost(self._runs / run_id):
            if self.find(run_id) is not None:
                raise RunError("run-id-taken", run=run_id)
            return
        for path, _, deleted in self._deleted():
            if deleted == run_id:
                with contextlib.suppress(FileNotFoundError):  # another was faster: with bringing back, or removing
                    path.rename(self._runs / run_id)
                    files.sync_folder(self._runs)
        if not (self._runs / run_id).exists():
            raise RunError("run-not-deleted", run=run_id)

    def empty(self, older_than: float = KEPT_SECONDS) -> None:
        """Remove for good what was deleted longer ago, and what an earlier removal that was killed has left.

        Raises:
            OSError: something could not be removed; the next time tries again.
        """
        for path, since, _ in self._deleted():
            if time.time() - since > older_than:
                with contextlib.suppress(FileNotFoundError):
                    path.rename(path.with_name(f"{files.TEMPORARY}{path.name}"))
        for path in self._entries():
            if path.name.startswith(files.TEMPORARY):
                _remove(path)

    def list_folders(self) -> list[Path]:
        """Return where deleted runs lie, the oldest first."""
        return [path for path, _, _ in self._deleted()]

    def find(self, run_id: str) -> Path | None:
        """Return where a deleted run lies, None where it is not in the trash."""
        return next((path for path, _, deleted in self._deleted() if deleted == run_id), None)

    def remove(self, folder: Path) -> None:
        """Remove one of `list_folders` for good; raises as `empty`."""
        gone = folder.with_name(f"{files.TEMPORARY}{folder.name}")
        with contextlib.suppress(FileNotFoundError):  # another was faster: with bringing back, or removing
            folder.rename(gone)
            _remove(gone)

    def _deleted(self) -> Iterator[tuple[Path, float, str]]:
        """Each run in the trash: where it lies, since when, its id; a foreign name is none of ours."""
        for path in self._entries():
            if match := _DELETED.fullmatch(path.name):
                yield path, float(match[1]), match[2]

    def _entries(self) -> list[Path]:
        if not os.path.lexists(self.folder):
            return []
        self._require_folder()
        return sorted(self.folder.iterdir())

    def _require_folder(self) -> None:
        if self.folder.is_symlink() or not self.folder.is_dir():
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(self.folder))


def _remove(path: Path) -> None:
    with contextlib.suppress(FileNotFoundError):  # another server empties the same trash
        if path.is_symlink() or not path.is_dir():
            path.unlink()
        else:
            shutil.rmtree(path)
