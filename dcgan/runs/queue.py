"""The line before a device: who trains next, between all processes of this machine.

Owns a lock a device and a folder of tickets, each a lock file held by the one that waits; a ticket whose lock is free
belongs to nobody and is skipped. So two servers and a command line take turns, and a dead waiter blocks nobody. There
is no lock around the line itself: whoever was stopped while it held one would stop everybody.
"""

import contextlib
import os
import secrets
import time
from collections.abc import Iterator
from pathlib import Path

import platformdirs
from filelock import FileLock, Timeout

JOIN_SECONDS = 10.0  # others look at a new ticket for moments only
ASLEEP_SECONDS = 15.0  # a waiter that was stopped (Ctrl-Z) lets others pass, and has its place again when it goes on


def state_folder() -> Path:
    """Where this machine's queue lives: `DCGAN_STATE`, else the user's state directory."""
    return Path(os.environ.get("DCGAN_STATE") or platformdirs.user_state_path("dcgan-studio"))


class Ticket:
    """A place in line; not thread-safe. `leave` gives it up, and so does the end of the process."""

    def __init__(self, path: Path, lock: FileLock, queue: "DeviceQueue") -> None:
        """Made by `DeviceQueue.join`."""
        self.path, self._lock, self._queue = path, lock, queue

    def position(self) -> int:
        """Return the place in line, 1 is next; to be asked every few seconds, as a sign that somebody waits."""
        self.show_life()
        return 1 + sum(1 for path in self._queue.waiting() if path.name < self.path.name)

    def show_life(self) -> None:
        """Say that its holder is awake."""
        with contextlib.suppress(FileNotFoundError):  # somebody has cleared the folder
            os.utime(self.path)

    def leave(self) -> None:
        """Give the place up; leaving twice is harmless."""
        self._lock.release()
        _sweep(self.path)


class DeviceQueue:
    """Thread-safe, and safe between processes. One device and the line before it."""

    def __init__(self, state: Path | None = None, device: str = "device-0") -> None:
        """Open the line of a device under a state folder."""
        self.folder = (state or state_folder()).absolute()
        self._tickets = self.folder / "queue" / device
        self._tickets.mkdir(parents=True, exist_ok=True)
        self._device_lock = self.folder / f"{device}.lock"

    def join(self, name: str, since: float | None = None, first: bool = False) -> Ticket:
        """Stand in line.

        Args:
            name: the run's id.
            since: Unix time by which places are ordered; now by default.
            first: before all who are not `first` too: a paused run that had given way.
        """
        stamp = f"{'0' if first else '1'}-{time.time() if since is None else since:017.6f}"
        path = self._tickets / f"{stamp}-{name}-{secrets.token_hex(4)}.ticket"
        lock = FileLock(path, thread_local=False, poll_interval=0.01)
        lock.acquire(timeout=JOIN_SECONDS)
        return Ticket(path, lock, self)

    def waiting(self) -> list[Path]:
        """Return the tickets of those who wait, in order; sweeps those that nobody holds."""
        return [path for path in sorted(self._tickets.glob("*.ticket")) if _is_held(path) and not _is_asleep(path)]

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


def _is_held(path: Path) -> bool:
    """Whether somebody holds a ticket; one that is free is swept."""
    try:
        with FileLock(path, timeout=0):
            _sweep(path)
            return False
    except Timeout:
        return True


def _is_asleep(path: Path) -> bool:
    """Whether the holder of a ticket has not asked for its place for a while."""
    try:
        return abs(time.time() - path.stat().st_mtime) > ASLEEP_SECONDS
    except FileNotFoundError:  # it left just now
        return True


def _sweep(path: Path) -> None:
    with contextlib.suppress(FileNotFoundError, PermissionError):  # Windows deletes no file that is open
        path.unlink()
