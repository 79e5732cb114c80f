"""What each visitor of a public server may use of it: runs at once, time, epochs, disk.

Owns the counting. Leaves the limits to `limits`, asking before something begins to `desk`, and ending a run that has
reached a limit to its thread.
"""

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock, Timeout

from dcgan.architecture import count_parameters, discriminator_layers, generator_layers
from dcgan.config import Config, ConfigError
from dcgan.runs.errors import LimitError, RunError
from dcgan.runs.limits import Limits
from dcgan.runs.run import Run
from dcgan.runs.status import ACTIVE, Problem, StatusRecord
from dcgan.runs.store import ListedRun, RunStore

HOLD_SECONDS = 20.0  # a resume waits up to ten for a thread that closes its record
MEGABYTE = 1_000_000
LOOK_SECONDS = 5.0  # between two looks at what a run that trains has used
FLOAT_BYTES = 4


class Quota:
    """Thread-safe, and safe between processes. Counts what visitors use of one folder of runs."""

    def __init__(self, store: RunStore, state_folder: Path, limits: Limits) -> None:
        """Count in a folder of runs; the lock is kept under the state folder."""
        self._store, self.limits = store, limits
        self._lock = state_folder / "visitors.lock"

    @contextlib.contextmanager
    def hold(self, purpose: str = "start") -> Iterator[None]:
        """Keep everybody else from counting for a purpose, so that two starts at once do not both find room.

        Raises:
            LimitError: others take too long.
            OSError: the lock cannot be made.
        """
        lock = FileLock(self._lock.with_suffix(f".{purpose}.lock"), timeout=HOLD_SECONDS)
        try:
            lock.acquire()
        except Timeout:
            raise LimitError("limit-busy") from None
        try:
            yield
        finally:
            lock.release()

    def require_allowed(self, config: Config) -> None:
        """Refuse a config that asks for more than any visitor may have.

        Raises:
            ConfigError: too many epochs.
            LimitError: what it would keep does not fit into a visitor's share of the disk.
        """
        if config.training.epochs > self.limits.epochs:
            allowed = f"visitors of this server may train for 1 to {self.limits.epochs:,} epochs"
            raise ConfigError("training.epochs", config.training.epochs, allowed)
        needed = -(-estimate_bytes(config) // MEGABYTE)
        if needed > self.limits.megabytes:
            raise LimitError("limit-size", needed=needed, megabytes=self.limits.megabytes)

    def require_room(self, owner: str, but: str = "") -> None:
        """Refuse a run for which its owner, or the server, has no room; for the holder of `hold`.

        Args:
            owner: whose run is to begin or to go on.
            but: the id of that run, where it exists already and is not to be counted.

        Raises:
            LimitError: too many runs at once, or too much on the disk.
        """
        runs = self._store.list_runs()
        active = [run for run in runs if run.run_id != but and run.status is not None and run.status.status in ACTIVE]
        if sum(_owner(run) == owner for run in active) >= self.limits.at_once:
            raise LimitError("limit-runs", running=self.limits.running, queued=self.limits.queued)
        if sum(bool(_owner(run)) for run in active) >= self.limits.line:
            raise LimitError("limit-line", most=self.limits.line)
        self.require_fewer(owner, but)
        self.room_of(owner)
        self.make_room(owner)

    def require_fewer(self, owner: str, but: str = "") -> None:
        """Refuse one more run to a visitor who has as many as may be kept, one of them apart.

        Raises:
            LimitError: so many are there.
        """
        if sum(_owner(run) == owner for run in self._store.list_runs() if run.run_id != but) >= self.limits.runs:
            raise LimitError("limit-kept", most=self.limits.runs)

    def room_of(self, owner: str) -> int:
        """Return the bytes that one more run of a visitor may have.

        Raises:
            LimitError: none is left.
        """
        room = self.limits.megabytes * MEGABYTE - self.bytes_of(owner)
        if room <= 0:
            raise LimitError("limit-disk", megabytes=self.limits.megabytes)
        return room

    def require_share(self, owner: str, size: int) -> None:
        """Refuse to bring back what does not fit beside the other runs of its owner; for the holder of `hold`.

        Raises:
            LimitError: it does not.
        """
        if self.bytes_of(owner) + size > self.limits.megabytes * MEGABYTE:
            raise LimitError("limit-disk", megabytes=self.limits.megabytes)

    def make_room(self, owner: str) -> None:
        """Remove what a visitor has deleted, the oldest first, until it fits into the share with what is kept.

        Of many small ones no more are left than a visitor may have runs.
        """
        deleted = self._deleted_of(owner)
        room = self.limits.megabytes * MEGABYTE - self.bytes_of(owner) - sum(deleted.values())
        for left, (folder, size) in zip(range(len(deleted), 0, -1), deleted.items(), strict=True):
            if room > 0 and left <= self.limits.runs:
                break
            self._store.trash.remove(folder)
            room += size

    def require_epochs(self, config: Config) -> None:
        """Refuse to go on with a run from elsewhere that is longer than a visitor's may be.

        Raises:
            LimitError: it is.
        """
        if config.training.epochs > self.limits.epochs:
            raise LimitError("limit-epochs", epochs=config.training.epochs, most=self.limits.epochs)

    def require_minutes(self, status: StatusRecord) -> None:
        """Refuse to go on with a run that has used up its time.

        Raises:
            LimitError: it has.
        """
        if self._has_used_its_time(status):
            raise LimitError("limit-minutes", minutes=self.limits.minutes)

    def why_over(self, run: Run, status: StatusRecord) -> Problem | None:
        """Return the limit that a visitor's run has reached while it trains, or None."""
        if self._has_used_its_time(status):
            return Problem(code="minutes-used", values={"minutes": self.limits.minutes})
        if self.bytes_of(status.owner, but=run.run_id) + run.size() > self.limits.megabytes * MEGABYTE:
            return Problem(code="share-full", values={"megabytes": self.limits.megabytes})
        return None

    def bytes_of(self, owner: str, but: str = "") -> int:
        """Return the bytes of all runs of an owner, one of them apart; of one that cannot be read, what is there."""
        runs = [run for run in self._store.list_runs() if run.run_id != but]
        broken = (Run(self._store.folder / run.run_id) for run in runs if run.status is None)
        return sum(run.status.bytes for run in runs if run.status is not None and run.status.owner == owner) + sum(
            run.size() for run in broken if _is_broken_of(run, owner)
        )

    def _deleted_of(self, owner: str) -> dict[Path, int]:
        """The folders and bytes of an owner's deleted runs."""
        found = {}
        for folder in self._store.trash.list_folders():
            with contextlib.suppress(RunError):
                status = Run(folder).written_status()
                if status.owner == owner:
                    found[folder] = status.bytes
        return found

    def _has_used_its_time(self, status: StatusRecord) -> bool:
        return status.seconds >= 60 * self.limits.minutes


class Meter:
    """Not thread-safe. Looks now and then whether a visitor's run has reached a limit.

    Attributes:
        reached: the limit, as a problem of the run; None while there is none.
    """

    def __init__(self, quota: Quota, run: Run) -> None:
        """Watch a run that is about to train."""
        self._quota, self._run = quota, run
        self._looked = float("-inf")
        self.reached: Problem | None = None

    def look(self) -> bool:
        """Return whether a limit was reached since the last call; looks every few seconds, and never after that."""
        if self.reached is not None or time.monotonic() - self._looked < LOOK_SECONDS:
            return False
        self._looked = time.monotonic()
        with contextlib.suppress(OSError, RunError):  # what cannot be read is looked at again
            self.reached = self._quota.why_over(self._run, self._run.written_status())
        return self.reached is not None


def estimate_bytes(config: Config) -> int:
    """Return about how much of the disk a run's checkpoints will take, in bytes.

    A generator each epoch, and the last two full states: each network's weights with up to two moments.
    """
    generator = count_parameters(generator_layers(config))
    both = generator + count_parameters(discriminator_layers(config))
    return FLOAT_BYTES * (config.training.epochs * generator + 2 * 3 * both)


def _owner(run: ListedRun) -> str:
    return "" if run.status is None else run.status.owner


def _is_broken_of(run: Run, owner: str) -> bool:
    """Whether a run whose status cannot be read is this owner's by what it was begun with."""
    with contextlib.suppress(OSError, RunError):
        return run.record().owner == owner
    return False
