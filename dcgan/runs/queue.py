"""The line before a device: who trains next, between all processes of this machine.

Owns a lock a device and a folder of tickets, each a lock file held by the one that waits; a ticket whose lock is free
belongs to nobody and is skipped. So two servers and a command line take turns, and a dead waiter blocks nobody. There
is no lock around the line itself: whoever was stopped while it held one would stop everybody.

Owners take turns: nobody's second run goes before another's first. Who had the last turn stands in a folder of marks,
one an owner, whose time of change is the last moment in which a run of that owner had the device.
"""

import contextlib
import errno
import hashlib
import os
import re
import secrets
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import platformdirs
from filelock import FileLock, Timeout

JOIN_SECONDS = 10.0  # others look at a new ticket for moments only
ASLEEP_SECONDS = 15.0  # a waiter that was stopped (Ctrl-Z) lets others pass, and has its place again when it goes on
TURN_SECONDS = 24 * 3600.0  # after which it no longer matters when an owner had a turn

_TICKET = re.compile(r"([01])-([0-9.]+)-(.+)-([0-9a-f]{12})-[0-9a-f]{8}\.ticket")


def state_folder() -> Path:
    """Where this machine's queue lives: `DCGAN_STATE`, else the user's state directory."""
    return Path(os.environ.get("DCGAN_STATE") or platformdirs.user_state_path("dcgan-studio"))


class Place(NamedTuple):
    """What a ticket's name says; in the order in which an owner's own runs go."""

    is_usual: bool  # False for a run that had given way, which goes before its owner's others
    since: float  # Unix time
    run_id: str
    owner_tag: str
    path: Path


def read_place(path: Path) -> Place:
    """Return what a ticket's name says; one that another version wrote waits for an owner of its own."""
    match = _TICKET.fullmatch(path.name)
    if match is None:
        return Place(True, 0.0, path.name, path.name, path)
    return Place(match[1] == "1", float(match[2]), match[3], match[4], path)


class Ticket:
    """A place in line; not thread-safe. `leave` gives it up, and so does the end of the process."""

    def __init__(self, path: Path, lock: FileLock, queue: "DeviceQueue") -> None:
        """Made by `DeviceQueue.join`."""
        self.path, self._lock, self._queue = path, lock, queue

    def position(self) -> int:
        """Return the place in line, 1 is next; to be asked every few seconds, as a sign that somebody waits."""
        self.show_life()
        return 1 + self._queue.in_turn({self.path, *self._queue.waiting()}).index(self.path)

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
        self._turns = self._tickets / "turns"
        self._turns.mkdir(parents=True, exist_ok=True)
        for place in (self.folder, self._tickets, self._turns):
            if not os.access(place, os.W_OK | os.X_OK):  # said now, not by the first thread that wants a ticket
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(place))
        self._device_lock = self.folder / f"{device}.lock"

    def join(self, name: str, since: float | None = None, first: bool = False, owner: str = "") -> Ticket:
        """Stand in line.

        Args:
            name: the run's id.
            since: Unix time by which places are ordered; now by default.
            first: before all who are not `first` too: a paused run that had given way.
            owner: whose run it is; all that belongs to nobody in particular is one owner's.
        """
        stamp = f"{'0' if first else '1'}-{time.time() if since is None else since:017.6f}"
        path = self._tickets / f"{stamp}-{name}-{_tag(owner)}-{secrets.token_hex(4)}.ticket"
        lock = FileLock(path, thread_local=False, poll_interval=0.01)
        lock.acquire(timeout=JOIN_SECONDS)
        return Ticket(path, lock, self)

    def waiting(self) -> list[Path]:
        """Return the tickets of those who wait, in turn; sweeps those that nobody holds."""
        return self.in_turn(
            path for path in self._tickets.glob("*.ticket") if _is_held(path) and not _is_asleep(path)
        )  # fmt: skip

    def in_turn(self, tickets: Iterable[Path]) -> list[Path]:
        """Return tickets in the order in which they go.

        First the first run of each owner, then the second of each, and so on. Among these, those that had given way,
        then by the time since which they wait; what waited during a turn of its own owner, since the end of that turn.
        """
        keys: list[tuple[int, bool, float, Place]] = []
        counts: dict[str, int] = {}
        turns: dict[str, float] = {}
        for place in sorted(map(read_place, tickets)):
            tag = place.owner_tag
            rank = counts[tag] = counts.get(tag, -1) + 1
            if tag not in turns:
                turns[tag] = self._last_turn(tag)
            keys.append((rank, place.is_usual, max(place.since, turns[tag]), place))
        return [place.path for *_, place in sorted(keys)]

    def note_turn(self, owner: str = "") -> None:
        """Say that a run of this owner has the device at this moment; to be said until the turn is over."""
        mark = self._turns / _tag(owner)
        try:
            os.utime(mark)
        except FileNotFoundError:
            self._sweep_turns()
            with contextlib.suppress(OSError):  # a full disk; then places are ordered by time alone
                mark.touch()

    def longest_wait(self) -> float:
        """Return how many seconds the one who has waited longest has waited; 0 where nobody waits."""
        return max((time.time() - read_place(path).since for path in self.waiting()), default=0.0)

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

    def _last_turn(self, tag: str) -> float:
        """When an owner last had the device; 0 where that is not known, or lies in the future (a clock set back)."""
        try:
            seen = (self._turns / tag).stat().st_mtime
        except OSError:
            return 0.0
        return seen if seen <= time.time() + 1 else 0.0

    def _sweep_turns(self) -> None:
        with contextlib.suppress(OSError):
            self._turns.mkdir(parents=True, exist_ok=True)  # somebody may have cleared the folder
            for mark in self._turns.iterdir():
                if time.time() - mark.stat().st_mtime > TURN_SECONDS:
                    mark.unlink()


def _tag(owner: str) -> str:
    """What stands for an owner in a ticket's name."""
    return hashlib.sha256(owner.encode(errors="replace")).hexdigest()[:12]


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
