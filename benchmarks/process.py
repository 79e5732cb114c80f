"""A Streamlit server in a process of its own, for the benchmarks and the browser tests.

Owns its port, its start and its end. Leaves what is looked at in it to whoever starts it.
"""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path

import psutil

ROOT = Path(__file__).parents[1]
START_SECONDS, END_SECONDS = 60.0, 90.0


class ServerProcess:
    """A Streamlit server on a free port, in a process group of its own. Not thread-safe.

    Attributes:
        process: the server; its `pid` is also that of its group.
        url: its address, without a slash at the end.
        log: what it and its workers say.
    """

    def __init__(
        self,
        log: Path,
        script: Path = ROOT / "streamlit_app.py",
        *,
        flags: Sequence[str] = (),
        python_flags: Sequence[str] = (),
        variables: Mapping[str, str] | None = None,
        prefix: Sequence[str] = (),
    ) -> None:
        """Start it and wait until it answers.

        Args:
            log: appended to.
            script: what it shows.
            flags: more for `streamlit run`.
            python_flags: more for Python.
            variables: more for the environment.
            prefix: before the command: a program that replaces itself by it.

        Raises:
            RuntimeError: it ended, or did not answer in a minute; the end of its log is in the message.
        """
        port = _free_port()
        self.url, self.log = f"http://127.0.0.1:{port}", log
        command = [*prefix, sys.executable, *python_flags, "-m", "streamlit", "run", str(script)]
        command += ["--server.port", str(port), "--server.address", "127.0.0.1", "--server.headless", "true", *flags]
        with log.open("ab") as output:
            self.process = subprocess.Popen(
                command, cwd=ROOT, env=os.environ | dict(variables or {}), stdin=subprocess.DEVNULL, stdout=output,
                stderr=output, start_new_session=True,
            )  # fmt: skip
        try:
            self._wait()
        except BaseException:
            self.end()
            raise

    def _wait(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while self.process.poll() is None and time.monotonic() < deadline:
            if self.is_healthy():
                return
            time.sleep(0.05)
        raise RuntimeError(f"The server does not answer: {self.log.read_text(errors='replace')[-3000:]}")

    def is_healthy(self) -> bool:
        """Whether it says that it is well."""
        try:
            with urllib.request.urlopen(f"{self.url}/_stcore/health", timeout=5) as answer:
                return bool(answer.read() == b"ok")
        except OSError:
            return False

    def children(self) -> list[psutil.Process]:
        """Return the processes that this server started and that run now: its workers."""
        try:
            return psutil.Process(self.process.pid).children(recursive=True)
        except psutil.NoSuchProcess:
            return []

    def end(self) -> None:
        """End it as a terminal's Ctrl-C or a system's shutdown would; by force what stays for longer than a minute."""
        left = self.children()
        self._signal(signal.SIGTERM)
        try:
            self.process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            self._signal(signal.SIGKILL)
            self.process.wait()
        end_by_force(left)

    def _signal(self, number: int) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, number)


def end_by_force(processes: Sequence[psutil.Process]) -> None:
    """Wait until processes have ended by themselves, and kill those that do not."""
    _, alive = psutil.wait_procs(processes, timeout=END_SECONDS)
    for process in alive:
        process.kill()


def _free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
