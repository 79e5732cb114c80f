"""A real limit on the memory of some processes: a control group of Linux, of the first version or the second.

Owns how a group is made, filled and removed. Needs root, or a group that was handed over to this user.
"""

import contextlib
import secrets
import time
from pathlib import Path

ROOT = Path("/sys/fs/cgroup")
REMOVE_SECONDS = 10.0


class NoLimitError(OSError):
    """This system does not let this user limit memory."""


class MemoryLimit:
    """A group whose processes together may have so many bytes, file cache included. Not thread-safe."""

    def __init__(self, limit: int) -> None:
        """Make the group.

        Raises:
            NoLimitError: there are no control groups here, or this user may not make one.
        """
        self._first_version = (ROOT / "memory").is_dir()
        parent = ROOT / "memory" if self._first_version else ROOT
        self.folder = parent / f"dcgan-benchmark-{secrets.token_hex(4)}"
        try:
            if not self._first_version:
                (parent / "cgroup.subtree_control").write_text("+memory")
            self.folder.mkdir()
            self._write("memory.limit_in_bytes" if self._first_version else "memory.max", limit)
            if not self._first_version:
                self._write("memory.swap.max", 0)
        except OSError as error:
            self.remove()
            raise NoLimitError(error.errno, f"memory cannot be limited here ({error.strerror})", str(parent)) from None

    def _write(self, name: str, value: int) -> None:
        (self.folder / name).write_text(str(value))

    def prefix(self) -> list[str]:
        """Return what to put before a command, so that it and all that it starts are in the group."""
        return ["sh", "-c", 'echo $$ > "$0" && exec "$@"', str(self.folder / "cgroup.procs")]

    def highest(self) -> int | None:
        """Return the most bytes that the group had, file cache included; None where the system does not tell."""
        names = ("memory.max_usage_in_bytes",) if self._first_version else ("memory.peak",)
        for name in names:
            with contextlib.suppress(OSError):
                return int((self.folder / name).read_text())
        return None

    def remove(self) -> None:
        """Remove the group; its processes must have ended, which a system may notice a moment later."""
        deadline = time.monotonic() + REMOVE_SECONDS
        while self.folder.is_dir():
            try:
                self.folder.rmdir()
            except OSError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)
