"""A supervised worker process: started clean, told to end by its standard input, killed if it does not.

Owns how a child is started and ended. Leaves what it works on, and what its end means, to whoever starts it.
"""

import contextlib
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).parents[2]  # what `python -m dcgan…` is found under
TERMINATE_SECONDS = 10.0


class WorkerProcess:
    """Thread-safe. A Python module run as a process of its own, in a session of its own.

    Its standard input stays open as long as this object's process lives: a child that reads the end of it knows that
    nobody waits for it any more.
    """

    def __init__(
        self, module: str, arguments: Sequence[str], log_path: Path, variables: Mapping[str, str] | None = None
    ) -> None:
        """Start `python -m module arguments`.

        Args:
            module: what `python -m` runs.
            arguments: for it.
            log_path: what it prints is appended there.
            variables: added to this process's environment for it.

        Raises:
            OSError: the process or the log cannot be made.
        """
        # -P: modules come from the app and its environment, never from the folder in which it was started.
        command = [sys.executable, "-P", "-m", module, *arguments]
        paths = [str(ROOT), os.environ.get("PYTHONPATH", "")]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths)), "PYTHONUNBUFFERED": "1"}
        environment |= variables or {}
        with log_path.open("ab") as log:
            self._process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=log, stderr=log, env=environment, start_new_session=True
            )

    @property
    def pid(self) -> int:
        """The process id, for a person to read; never a sign of life."""
        return self._process.pid

    def poll(self) -> int | None:
        """Return the exit code, negative for a signal, or None while it lives."""
        return self._process.poll()

    def ask_to_end(self) -> None:
        """Close its standard input; a worker then saves and ends."""
        if self._process.stdin is not None:
            with contextlib.suppress(OSError):
                self._process.stdin.close()

    def wait(self, seconds: float) -> int | None:
        """Return the exit code, or None if it still lives after `seconds`."""
        try:
            return self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None

    def end(self, seconds: float) -> None:
        """Ask it to end, and end it by force if it still lives after `seconds`."""
        self.ask_to_end()
        if self.wait(seconds) is None:
            self.end_by_force()

    def end_by_force(self) -> None:
        """Terminate it, and kill it if that does not help within ten seconds."""
        self._process.terminate()
        if self.wait(TERMINATE_SECONDS) is None:
            self._process.kill()
            self._process.wait()
