"""One run directory: the only code that knows its layout.

Who may write stands in the run's lock: whoever creates a run writes it until it is claimed; from then on the holder of
the lock writes, and everyone else only requests and labels. Leaves the folder of runs to `store`, what two of its own
folders hold to `checkpoints` and `samples`, and the owner's words to `labels`.
"""

import contextlib
import platform
import secrets
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, TypeVar, Unpack

from filelock import FileLock, Timeout
from pydantic import BaseModel, ConfigDict, ValidationError

from dcgan.config import Config, ConfigError, parse_config
from dcgan.runs import files, labels, locks, samples
from dcgan.runs.checkpoints import CheckpointFolder
from dcgan.runs.errors import BrokenRunError, unreadable
from dcgan.runs.labels import LabelChanges, Labels
from dcgan.runs.samples import Sample
from dcgan.runs.status import RunStatus, StatusRecord

FORMAT = 1
STATUS_FILE = "status.json"
RESERVE_BYTES = 65_536  # a last status and event, many times over
SILENT_SECONDS = 60.0  # without a sign of life, to one who cannot ask the lock; saving takes a moment
WAITER_SECONDS = 20.0  # a queued run whose waiter has not spoken for so long is waited for by nobody

Action = Literal["pause", "resume", "stop"]


class RunRecord(BaseModel):
    """`run.json`: what a run is, written once by its creator."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    format: int
    config: dict[str, Any]
    versions: dict[str, str] = {}
    owner: str = ""
    created: float = 0.0
    parent: str | None = None
    parent_step: int | None = None
    thin: bool = False  # from a bundle without full states, so it cannot go on


class Run:
    """One run directory. Reading is thread-safe at any time; writing is for the holder of `lock()` alone."""

    def __init__(self, run_dir: Path) -> None:
        """Open a directory that exists; nothing is read yet."""
        self.run_dir, self.run_id = run_dir, run_dir.name
        self._samples_folder = run_dir / "samples"
        self.checkpoints = CheckpointFolder(run_dir / "checkpoints")
        self.metrics_path = run_dir / "metrics.jsonl"
        self.worker_log = run_dir / "worker.log"

    def record(self) -> RunRecord:
        """Return `run.json`.

        Raises:
            BrokenRunError: it is missing, torn, or of a format that is not known.
        """
        record = _read_model(self.run_dir / "run.json", RunRecord)
        if record.format != FORMAT:
            raise BrokenRunError("run-format", run=self.run_id, file="run.json", found=record.format, known=FORMAT)
        return record

    def config(self) -> Config:
        """Return the run's config.

        Raises:
            BrokenRunError: as `record`, or a config that is not valid.
        """
        try:
            return parse_config(self.record().config)
        except ConfigError as error:
            named = {"field": error.field, "value": error.value, "allowed": error.allowed}
            raise BrokenRunError("run-config", run=self.run_id, file="run.json", **named) from None

    def written_status(self) -> StatusRecord:
        """Return `status.json` as it stands.

        Raises:
            BrokenRunError: it is missing or torn.
        """
        return _read_model(self.run_dir / STATUS_FILE, StatusRecord)

    def status(self) -> StatusRecord:
        """Return what the run is doing: as written, but "interrupted" where nobody is left who does it."""
        return self.judge(self.written_status())

    def judge(self, record: StatusRecord) -> StatusRecord:
        """Return what the run is doing that has written this a moment ago; `status` for whoever has read it already."""
        if record.status == RunStatus.RUNNING and not self.is_locked():
            return self.status_while_locked()  # read again: it may have ended between the two looks
        if _is_forgotten(record):
            return record.model_copy(update={"status": RunStatus.INTERRUPTED})
        return record

    def status_while_locked(self) -> StatusRecord:
        """Return what a run is doing whose lock nobody else holds: what runs or waits as written is interrupted."""
        record = self.written_status()
        if record.status == RunStatus.RUNNING or _is_forgotten(record):
            return record.model_copy(update={"status": RunStatus.INTERRUPTED})
        return record

    def write_status(self, record: StatusRecord) -> None:
        """Replace `status.json`."""
        files.write_json(self.run_dir / STATUS_FILE, record.model_dump(mode="json", exclude_none=True))

    def hold_reserve(self) -> None:
        """Keep some bytes of the disk, so that a run can still say that it is full."""
        path = self.run_dir / "reserve"
        if not path.exists():
            files.write_atomic(path, secrets.token_bytes(RESERVE_BYTES))

    def free_reserve(self) -> None:
        """Give those bytes back."""
        (self.run_dir / "reserve").unlink(missing_ok=True)

    def labels(self) -> Labels:
        """Return what the owner says of the run; empty where that cannot be read."""
        return labels.read_labels(self.run_dir)

    def relabel(self, **changes: Unpack[LabelChanges]) -> Labels:
        """Change some labels, at any time: they have a lock of their own. Raises as `labels.write_labels`."""
        return labels.write_labels(self.run_dir, changes)

    def put_in_line(self) -> None:
        """Mark a run that rests as queued on this machine."""
        status = self.written_status().changed(status=RunStatus.QUEUED, phase="", position=None, error=None)
        self.write_status(status.changed(host=platform.node(), queued=time.time()))
        self.append_event("queued", step=status.step)

    def cancel(self) -> None:
        """End a run that nobody trains, as a person decided."""
        status = self.written_status().changed(status=RunStatus.STOPPED, phase="", position=None)
        self.write_status(status)
        self.append_event("cancelled", step=status.step)

    @contextlib.contextmanager
    def lock(self, timeout: float = 5.0) -> Iterator[None]:
        """Hold the right to write.

        Raises:
            filelock.Timeout: another has held it for `timeout` seconds.
            BrokenRunError: the directory is gone.
        """
        with locks.hold(self.run_dir, locks.TRAINING, timeout):
            yield

    def is_locked(self) -> bool:
        """Whether somebody trains this run now; a probe, which says so wrongly for a moment if it meets another's."""
        path = self.run_dir / locks.TRAINING
        try:
            if not path.exists():  # a look leaves no file behind
                return False
            with FileLock(path, timeout=0):
                return False
        except Timeout:
            return True
        except OSError:  # one who may only read: whoever trains gives a sign of life every second
            with contextlib.suppress(BrokenRunError):
                return abs(time.time() - self.written_status().heartbeat) < SILENT_SECONDS
            return False

    def append_metrics(self, rows: Sequence[files.Row], *, durable: bool = False) -> None:
        """Append rows, one a training step; `durable` before a checkpoint that counts on them."""
        files.append_rows(self.metrics_path, rows, durable=durable)

    def cut_history(self, step: int) -> None:
        """Forget rows and samples after a step, and unfinished files: where a resumed run goes on from."""
        rows, _ = files.read_rows(self.metrics_path)
        files.replace_rows(self.metrics_path, [row for row in rows if _step_of(row) <= step])
        samples.forget_after(self._samples_folder, step)
        for folder in (self.run_dir, self._samples_folder, self.run_dir / "checkpoints"):
            files.remove_leftovers(folder)

    def metrics(self) -> list[dict[str, Any]]:
        """Return all rows; for live views `history.History` reads only what is new."""
        return files.read_rows(self.metrics_path)[0]

    def append_event(self, event: str, **values: Any) -> None:
        """Note that something happened, with the time."""
        files.append_rows(self.run_dir / "events.jsonl", [{"time": time.time(), "event": event, **values}])

    def events(self) -> list[dict[str, Any]]:
        """Return all events, oldest first."""
        return files.read_rows(self.run_dir / "events.jsonl")[0]

    def request(self, action: Action) -> str:
        """Ask whoever trains to do something; anyone may. Returns the request's id."""
        request_id = secrets.token_hex(8)
        row = {"id": request_id, "do": action, "time": time.time()}
        files.append_rows(self.run_dir / "requests.jsonl", [row])
        return request_id

    def requests(self, offset: int = 0) -> tuple[list[dict[str, Any]], int]:
        """Return the requests after a byte offset, and the offset at which to go on."""
        rows, end = files.read_rows(self.run_dir / "requests.jsonl", offset)
        return [row for row in rows if isinstance(row.get("do"), str) and isinstance(row.get("id", ""), str)], end

    def requests_end(self) -> int:
        """Return the byte offset after all requests so far: where a new worker begins to listen."""
        path = self.run_dir / "requests.jsonl"
        return path.stat().st_size if path.exists() else 0

    def save_sample(self, step: int, png: bytes, facts: Mapping[str, Any]) -> None:
        """Keep a grid and what is known of it."""
        samples.save_sample(self._samples_folder, step, png, facts)

    def samples(self, known: Iterable[Sample] = ()) -> list[Sample]:
        """Return all grids in the order of their steps; of those `known` only what was written anew is read again."""
        return samples.list_samples(self._samples_folder, known)

    def size(self) -> int:
        """Bytes of all files of the run."""
        total = 0
        for path in self.run_dir.rglob("*"):
            with contextlib.suppress(FileNotFoundError):  # another's unfinished file, renamed meanwhile
                total += path.stat().st_size if path.is_file() else 0
        return total


Model = TypeVar("Model", bound=BaseModel)


def _read_model(path: Path, model: type[Model]) -> Model:
    """A manifest of a run, or a `BrokenRunError` that names the file."""
    try:
        return model.model_validate_json(path.read_bytes())
    except OSError as error:
        raise unreadable(path, error) from None
    except ValidationError:
        raise BrokenRunError("run-not-json", run=path.parent.name, file=path.name) from None


def _is_forgotten(record: StatusRecord) -> bool:
    """Whether a run waits whose waiter is silent; a heartbeat from the future is from before the clock was set back."""
    return record.status == RunStatus.QUEUED and abs(time.time() - record.heartbeat) > WAITER_SECONDS


def _step_of(row: Mapping[str, Any]) -> float:
    """The step of a row; 0 for one that has none."""
    step = row.get("step")
    return step if isinstance(step, int | float) else 0
