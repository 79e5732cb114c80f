"""The line before a device: who trains next, between all processes of this machine.

Owns a lock a device and a folder of tickets, each a lock file held by the one that waits; a ticket whose lock is free
belongs to nobody and is skipped. So two servers and a command line take turns, and a dead waiter blocks nobody.
"""

import contextlib
import os
import time
from collections.abc import Iterator
from pathlib import Path

import platformdirs
from filelock import FileLock, Timeout

GUARD_SECONDS = 30.0  # the guard is held for milliseconds; longer means a stopped process


def state_folder() -> Path:
    """Where this machine's queue lives: `DCGAN_STATE`, else the user's state directory."""
    return Path(os.environ.get("DCGAN_STATE") or platformdirs.user_state_path("dcgan-studio"))


class Ticket:
    """A place in line; not thread-safe. `leave` gives it up, and so does the end of the process."""

    def __init__(self, path: Path, lock: FileLock, queue: "DeviceQueue") -> None:
        """Made by `DeviceQueue.join`."""
        self.path, self._lock, self._queue = path, lock, queue

    def position(self) -> int:
        """Return the place in line; 1 is next."""
        return 1 + sum(1 for path in self._queue.waiting() if path.name < self.path.name)

    def leave(self) -> None:
        """Give the place up; leaving twice is harmless."""
        self._lock.release()
        self.path.unlink(missing_ok=True)


class DeviceQueue:
    """Thread-safe, and safe between processes. One device and the line before it."""

    def __init__(self, state: Path | None = None, device: str = "device-0") -> None:
        """Open the line of a device under a state folder."""
        folder = state or state_folder()
        self._tickets = folder / "queue" / device
        self._tickets.mkdir(parents=True, exist_ok=True)
        self._device_lock = folder / f"{device}.lock"

    def join(self, name: str, since: float | None = None, first: bool = False) -> Ticket:
        """Stand in line.

        Args:
            name: the run's id.
            since: Unix time by which places are ordered; now by default.
            first: before all who are not `first` too: a paused run that had given way.
        """
        stamp = f"{'0' if first else '1'}-{since or time.time():017.6f}"
        path = self._tickets / f"{stamp}-{name}.ticket"
        with self._guard():
            lock = FileLock(path, thread_local=False)
            lock.acquire(timeout=0)
        return Ticket(path, lock, self)

    def waiting(self) -> list[Path]:
        """Return the tickets that somebody holds, in order; sweeps those that nobody does."""
        with self._guard():
            return [path for path in sorted(self._tickets.glob("*.ticket")) if self._is_held(path)]

    def longest_wait(self) -> float:
        """Return how many seconds the one who has waited longest has waited; 0 where nobody waits."""
        stamps = [float(path.name.split("-")[1]) for path in self.waiting()]
        return max((time.time() - stamp for stamp in stamps), default=0.0)

    @contextlib.contextmanager
    def hold_device(self, timeout: float) -> Iterator[None]:
        """Hold the device; raises `filelock.Timeout` after `timeout` seconds of another holding it."""
        with FileLock(self._device_lock, timeout=timeout):
            yield

    def is_free(self) -> bool:
        """Whether nobody holds the device; a probe of a moment."""
        try:
            with FileLock(self._device_lock, timeout=0):
                return True
        except Timeout:
            return False

    def _is_held(self, path: Path) -> bool:
        try:
            with FileLock(path, timeout=0):
                path.unlink(missing_ok=True)
                return False
        except Timeout:
            return True

    def _guard(self) -> FileLock:
        return FileLock(self._tickets / "guard.lock", timeout=GUARD_SECONDS)
