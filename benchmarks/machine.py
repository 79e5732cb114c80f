"""The machine that was measured: what it is, whether it is quiet, and what a process takes of it.

Owns everything that is asked of the system. Knows neither TensorFlow nor the app.
"""

import contextlib
import json
import os
import platform
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

from dcgan import devices

QUIET_LOAD = 0.3  # processes that want to run beside the benchmark, on the average of the last minute
MEMORY_SECONDS = 0.1  # between two looks at a process's memory
VECTOR_FLAGS = ("avx2", "fma", "avx512f", "avx512_vnni", "avx512_bf16", "amx_bf16", "amx_tile", "asimd", "bf16")
PACKAGES = ("tensorflow", "tensorflow-cpu", "keras", "numpy", "streamlit")


def describe_machine() -> dict[str, Any]:
    """Return what this machine is, as JSON: processor, cores, vector instructions, memory, system and versions."""
    versions = {"python": platform.python_version()}
    for package in PACKAGES:
        with contextlib.suppress(metadata.PackageNotFoundError):
            versions[package] = metadata.version(package)
    return {
        "cpu": devices.cpu_name(),
        "cores": devices.cpu_count(),
        "flags": cpu_flags(),
        "memory_gib": round(devices.total_memory() / 2**30, 1),
        "system": platform.platform(),
        "versions": versions,
        "load": load(),
    }


def cpu_flags() -> list[str]:
    """Return the vector instructions that matter to matrix products; empty where the system does not list them."""
    with contextlib.suppress(OSError):
        listed = re.search(r"^(?:flags|Features)\s*:(.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
        words = listed[1].split() if listed else []
        return [flag for flag in VECTOR_FLAGS if flag in words]
    return []


def load() -> float | None:
    """Return how many processes wanted to run on the average of the last minute; None where it is not known."""
    return round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None


def machine_text(machine: dict[str, Any]) -> str:
    """Return two lines about a machine, and a third one that warns where it was not quiet."""
    versions = ", ".join(f"{name} {version}" for name, version in machine["versions"].items())
    lines = [
        f"{machine['cpu']}, {machine['cores']} cores ({' '.join(machine['flags']) or 'no flags known'}), "
        f"{machine['memory_gib']} GiB",
        f"{machine['system']}; {versions}",
    ]
    if machine["load"] is not None and machine["load"] > QUIET_LOAD:
        lines.append(
            f"WARNING: this machine is not quiet: its load was {machine['load']} before the benchmark began. "
            "The figures are worse than they would be, and ratios may be wrong."
        )
    return "\n".join(lines)


def measure_peaks() -> dict[str, float]:
    """Return the best rate of a 2048 x 2048 matrix product on the CPU, in GFLOP/s by number format.

    Measured by the app's own probe, in a process of its own.
    """
    command = [sys.executable, "-m", "dcgan.models.probe"]
    answer = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True).stdout
    rates: dict[str, float] = json.loads(answer)["gflops"]["CPU:0"]
    return rates


def anonymous_memory(pid: int) -> int:
    """Return the bytes of memory that belong to a process alone: RssAnon.

    Raises:
        OSError: there is no such process, or this system has no /proc.
    """
    return _status_bytes(pid, "RssAnon")


def highest_resident_memory(pid: int) -> int:
    """Return the most bytes that a process had in memory, mapped files included: VmHWM; errors as above."""
    return _status_bytes(pid, "VmHWM")


def _status_bytes(pid: int, name: str) -> int:
    content = Path(f"/proc/{pid}/status").read_text()
    found = re.search(rf"^{name}:\s*(\d+) kB$", content, re.MULTILINE)
    if found is None:  # a process that has ended and waits for its parent
        raise ProcessLookupError(f"process {pid} has no {name} any more")
    return int(found[1]) * 1024


class PeakMemory:
    """The highest value that a process's memory reached; thread-safe."""

    def __init__(self) -> None:
        """Nothing was seen yet."""
        self.bytes = 0

    @property
    def megabytes(self) -> float:
        """The peak in units of 10^6 bytes."""
        return self.bytes / 1e6


@contextlib.contextmanager
def watch_memory(pid: int, read: Callable[[int], int] = anonymous_memory) -> Iterator[PeakMemory]:
    """Look at a process's memory ten times a second while the block runs, or until the process ends."""
    peak, ended = PeakMemory(), threading.Event()

    def look() -> None:
        with contextlib.suppress(OSError):
            while not ended.is_set():
                peak.bytes = max(peak.bytes, read(pid))
                ended.wait(MEMORY_SECONDS)

    thread = threading.Thread(target=look, name="watch-memory", daemon=True)
    thread.start()
    try:
        yield peak
    finally:
        ended.set()
        thread.join()
