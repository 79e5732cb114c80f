"""The folder of runs: making, finding and listing them.

Owns ids, what a new run directory holds, and what a list says. Leaves what is inside a run to `run`, and deleted runs
to `trash`.
"""

import contextlib
import os
import platform
import re
import secrets
import shutil
import sys
import time
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path

from dcgan.config import Config
from dcgan.runs import files
from dcgan.runs.errors import RunError, RunNotFoundError
from dcgan.runs.labels import FILE as LABELS_FILE
from dcgan.runs.labels import Labels, read_labels
from dcgan.runs.remembered import Remembered
from dcgan.runs.run import FORMAT, STATUS_FILE, Run, RunRecord
from dcgan.runs.status import Problem, RunStatus, StatusRecord
from dcgan.runs.trash import Trash

_MAY_HAVE_CHANGED = frozenset(
    {RunStatus.RUNNING, RunStatus.QUEUED}
)  # without a word in the file: its holder may be gone

RUN_ID = re.compile(r"[0-9]{8}-[0-9]{6}-[a-z0-9-]{1,40}-[0-9a-f]{16}")


def runs_folder(given: Path | None = None) -> Path:
    """Where runs are: the folder that was given, else `DCGAN_RUNS`, else `./runs`."""
    return given or Path(os.environ.get("DCGAN_RUNS") or "runs")


@dataclass(frozen=True)
class ListedRun:
    """One line of a list: a run's status, or why it cannot be read, as a sentence and, where it is known, as a code.

    Its labels are the owner's words; empty where there are none.
    """

    run_id: str
    status: StatusRecord | None
    problem: str | None = None
    cause: Problem | None = None
    labels: Labels = field(default_factory=Labels)


class RunStore:
    """The folder of runs. Thread-safe: it holds the folder's path, and what files said when they were listed last."""

    def __init__(self, folder: Path) -> None:
        """Name the folder; it is made with the first run."""
        self.folder = folder.absolute()
        self.trash = Trash(self.folder)
        self._statuses = Remembered(STATUS_FILE, lambda run_dir: Run(run_dir).written_status())
        self._labels = Remembered(LABELS_FILE, read_labels)

    def create(self, config: Config, owner: str = "") -> Run:
        """Make a run that is queued; it appears whole or not at all.

        Raises:
            OSError: the folder cannot be written or the disk is full; nothing is left behind.
        """
        now = time.time()
        stamp = time.strftime("%Y%m%d-%H%M%S", time.gmtime(now))
        run_id = f"{stamp}-{config.data.dataset}-{secrets.token_hex(8)}"
        making = self.folder / f"{files.TEMPORARY}{run_id}"
        try:
            for folder in ("samples", "checkpoints"):
                (making / folder).mkdir(parents=True)
            record = RunRecord(
                format=FORMAT, config=config.model_dump(mode="json"), versions=_versions(), owner=owner, created=now
            )
            files.write_json(making / "run.json", record.model_dump(mode="json", exclude_none=True))
            status = StatusRecord(
                status=RunStatus.QUEUED, epochs=config.training.epochs, preset=config.preset,
                dataset=config.data.dataset, owner=owner, host=platform.node(),
                created=now, queued=now, heartbeat=now,
            )  # fmt: skip
            Run(making).write_status(status)
            making.rename(self.folder / run_id)
        except BaseException:
            shutil.rmtree(making, ignore_errors=True)
            raise
        files.sync_folder(self.folder)
        return Run(self.folder / run_id)

    def get(self, run_id: str) -> Run:
        """Return the run of that id.

        Raises:
            RunNotFoundError: not a run's name (checked before any path is joined), or no such directory.
        """
        if not RUN_ID.fullmatch(run_id) or not (self.folder / run_id).is_dir():
            raise RunNotFoundError(run_id, self.folder)
        return Run(self.folder / run_id)

    def list_runs(self) -> list[ListedRun]:
        """Return all runs, newest first; one that cannot be read is listed with its reason.

        Only what has changed since the last list is read again.

        Raises:
            OSError: the folder itself cannot be read.
        """
        if not os.path.lexists(self.folder):
            return []
        names = sorted((name for name in os.listdir(self.folder) if RUN_ID.fullmatch(name)), reverse=True)
        folders = {os.path.join(self.folder, name): name for name in names}
        for remembered in (self._statuses, self._labels):
            remembered.forget_others(folders.keys())
        return [self._listed(name, folder) for folder, name in folders.items()]

    def _listed(self, run_id: str, folder: str) -> ListedRun:
        labels = self._labels.get(folder)
        try:
            status = self._statuses.get(folder)
            if status.status in _MAY_HAVE_CHANGED:
                status = self.get(run_id).judge(status)
            return ListedRun(run_id, status, labels=labels)
        except RunError as error:
            return ListedRun(run_id, None, str(error), error.problem, labels)
        except (ValueError, OSError) as error:
            return ListedRun(run_id, None, str(error), labels=labels)


def _versions() -> dict[str, str]:
    """Versions of what decides a run's numbers; the TensorFlow build without importing it."""
    versions = {"python": ".".join(str(part) for part in sys.version_info[:3])}
    for package in ("tensorflow", "tensorflow-cpu", "keras", "numpy"):
        with contextlib.suppress(metadata.PackageNotFoundError):
            versions[package] = metadata.version(package)
    return versions
