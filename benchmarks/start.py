"""How long `make run` takes until the app answers: `python -m benchmarks.start`.

A clone of this checkout's last commit in a folder of its own, without a .venv: the first start installs everything,
each later one nothing. Packages come from wherever pip takes them here, its cache included, so the first figure is also
one of the connection.
"""

import argparse
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Sequence
from pathlib import Path

from benchmarks.machine import describe_machine, machine_text
from benchmarks.process import ROOT
from benchmarks.report import Claim, claims_table

LATER_STARTS = 3
FIRST_SECONDS, LATER_SECONDS, END_SECONDS = 1800.0, 60.0, 30.0
LOOK_SECONDS = 0.05


def time_start(folder: Path, log: Path, limit: float) -> float:
    """Run `make run` in a checkout and end it again; returns the seconds until the app says that it is well.

    Raises:
        RuntimeError: it ended or did not answer within `limit` seconds; the end of its log is in the message.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    # Without this process's own environment, as a person's terminal is.
    variables = {name: value for name, value in os.environ.items() if name not in ("VIRTUAL_ENV", "PYTHONPATH")}
    command = ["make", "run", f"PORT={port}"]
    start = time.perf_counter()
    with log.open("ab") as output:
        process = subprocess.Popen(
            command, cwd=folder, env=variables, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
            start_new_session=True,
        )  # fmt: skip
    try:
        while process.poll() is None and time.perf_counter() - start < limit:
            if is_healthy(port):
                return time.perf_counter() - start
            time.sleep(LOOK_SECONDS)
        raise RuntimeError(f"`make run` does not answer: {log.read_text(errors='replace')[-2000:]}")
    finally:
        end(process)


def is_healthy(port: int) -> bool:
    """Whether an app on this machine says that it is well."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=5) as answer:
            return bool(answer.read() == b"ok")
    except OSError:
        return False


def end(process: "subprocess.Popen[bytes]") -> None:
    """End a start and all that it began, by force after half a minute."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        if process.poll() is None:
            os.killpg(process.pid, number)
            try:
                process.wait(END_SECONDS)
            except subprocess.TimeoutExpired:
                continue


def claims(first: float, later: Sequence[float]) -> list[Claim]:
    """Return the figures beside their limits."""
    return [
        Claim("make run in a new clone", first, "s", digits=0),
        Claim(f"make run again, worst of {len(later)}", max(later, default=None), "s", 5.0),
    ]


def main(arguments: Sequence[str]) -> int:
    """Measure and print; returns 1 where the limit is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.start", description="How long a start takes.")
    parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="dcgan-start-") as name:
        folder, log = Path(name) / "clone", Path(name) / "start.log"
        subprocess.run(["git", "clone", "--quiet", str(ROOT), str(folder)], check=True)
        first = time_start(folder, log, FIRST_SECONDS)
        later = [time_start(folder, log, LATER_SECONDS) for _ in range(LATER_STARTS)]
    print(f"{machine_text(describe_machine())}\n\n{claims_table(claims(first, later))}")
    return 0 if all(claim.kept for claim in claims(first, later)) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
