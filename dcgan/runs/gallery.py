"""Finished runs that ship with the app: bundles in a folder, unpacked once on each machine.

Owns which of them there are, and where they are unpacked to: by the sum of their bytes under the state folder, so that
a bundle that changes is unpacked anew and several servers share what one of them unpacked. Everybody may look at these
runs and nobody may change them. Leaves what is inside a bundle, and whether it is sound, to whoever unpacks it.
"""

import contextlib
import hashlib
import logging
import os
import secrets
import shutil
import threading
import time
from collections.abc import Callable
from pathlib import Path

from dcgan.runs import files
from dcgan.runs.errors import RunError
from dcgan.runs.run import Run
from dcgan.runs.store import RUN_ID, ListedRun

PATTERN = "*.dcgan"
LEFT_SECONDS = 3600.0  # unpacking takes seconds
SHIPPED = Path(__file__).parents[2] / "gallery"

Unpack = Callable[[Path, Path], object]  # puts the run of a bundle into a folder, or raises a sentence

log = logging.getLogger(__name__)


def gallery_folder() -> Path:
    """Where the bundles are: `DCGAN_GALLERY`, else the folder that ships with the app."""
    return Path(os.environ.get("DCGAN_GALLERY") or SHIPPED)


class Gallery:
    """Thread-safe, and safe between processes. Nothing is read before `load`."""

    def __init__(self, folder: Path, state_folder: Path, unpack: Unpack) -> None:
        """Name where the bundles are, where this machine keeps what was unpacked, and what unpacks one."""
        self._folder, self._unpacked, self._unpack = folder, state_folder / "gallery", unpack
        self._runs: dict[str, ListedRun] = {}
        self._folders: dict[str, Path] = {}
        self._lock = threading.Lock()
        self._loaded = threading.Event()

    @property
    def is_loaded(self) -> bool:
        """Whether all bundles have been looked at."""
        return self._loaded.is_set()

    def load(self) -> None:
        """Unpack what is not unpacked yet; a bundle that cannot be used is passed over, with a sentence in the log."""
        try:
            self._sweep()
            for bundle in sorted(self._folder.glob(PATTERN)):
                try:
                    self._add(self._place(bundle))
                except (ValueError, OSError) as error:
                    log.warning("the gallery's %s is passed over: %s", bundle.name, error)
        finally:
            self._loaded.set()

    def list_runs(self) -> list[ListedRun]:
        """Return the runs that are there so far, in the order of their bundles' names."""
        with self._lock:
            return list(self._runs.values())

    def find(self, run_id: str) -> Run | None:
        """Return a run of the gallery, None for any other id."""
        with self._lock:
            folder = self._folders.get(run_id)
        return None if folder is None else Run(folder)

    def _sweep(self) -> None:
        """Take away what a server left that was killed while it unpacked."""
        for left in self._unpacked.glob(f"{files.TEMPORARY}*"):
            with contextlib.suppress(OSError):  # another server was faster
                if time.time() - left.stat().st_mtime > LEFT_SECONDS:
                    shutil.rmtree(left, ignore_errors=True)

    def _add(self, folder: Path) -> None:
        run = Run(folder)
        try:
            run.config()
            listed = ListedRun(run.run_id, run.status(), labels=run.labels())
        except RunError as error:
            raise ValueError(str(error)) from None
        with self._lock:
            self._runs[run.run_id], self._folders[run.run_id] = listed, folder

    def _place(self, bundle: Path) -> Path:
        """Where a bundle's run lies on this machine; unpacked there first where it is not.

        Raises:
            ValueError: the bundle cannot be used.
            OSError: it cannot be read, or nothing can be written.
        """
        place = self._unpacked / _sum(bundle)
        if not place.is_dir():
            self._unpack_to(bundle, place)
        folders = [path for path in place.iterdir() if RUN_ID.fullmatch(path.name) and path.is_dir()]
        if len(folders) != 1:
            raise ValueError(f"{place} should hold one run and holds {len(folders)}; delete it, and it is made again.")
        return folders[0]

    def _unpack_to(self, bundle: Path, place: Path) -> None:
        """Unpack beside the place and rename; where another was faster, its result stands."""
        self._unpacked.mkdir(parents=True, exist_ok=True)
        making = self._unpacked / f"{files.TEMPORARY}{place.name}-{secrets.token_hex(4)}"
        making.mkdir()
        try:
            self._unpack(bundle, making)
            try:
                making.rename(place)
            except OSError:
                if not place.is_dir():
                    raise
        finally:
            shutil.rmtree(making, ignore_errors=True)


def _sum(path: Path) -> str:
    """The sum of a file's bytes, as the name of a folder."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:32]
