import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from benchmarks import machine

needs_proc = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="this system has no /proc")


def test_a_quiet_machine_gets_no_warning_and_a_busy_one_does() -> None:
    facts = {"cpu": "A CPU", "cores": 2, "flags": ["avx2"], "memory_gib": 8.0, "system": "Linux", "load": 0.1}
    facts["versions"] = {"python": "3.13.1"}
    quiet = machine.machine_text(facts)
    assert quiet.splitlines() == ["A CPU, 2 cores (avx2), 8.0 GiB", "Linux; python 3.13.1"]
    assert "WARNING: this machine is not quiet: its load was 3.5" in machine.machine_text(facts | {"load": 3.5})


def test_the_description_names_the_processor_and_the_versions() -> None:
    facts = machine.describe_machine()
    assert facts["cpu"]
    assert facts["cores"] >= 1
    assert {"python", "keras", "numpy", "streamlit"} <= facts["versions"].keys()


@needs_proc
def test_anonymous_memory_grows_by_what_a_process_takes() -> None:
    before = machine.anonymous_memory(os.getpid())
    taken = bytearray(os.urandom(1) * 50_000_000)
    assert machine.anonymous_memory(os.getpid()) - before > 0.9 * len(taken)
    assert machine.highest_resident_memory(os.getpid()) > machine.anonymous_memory(os.getpid()) - before


@needs_proc
def test_a_process_that_is_gone_has_no_memory() -> None:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    with pytest.raises(OSError):
        machine.anonymous_memory(process.pid)


def test_the_peak_is_the_highest_value_before_the_process_ended() -> None:
    values, ended = iter([5, 9, 7]), threading.Event()

    def read(pid: int) -> int:
        value = next(values, None)
        if value is None:
            ended.set()
            raise ProcessLookupError
        return value

    with machine.watch_memory(1, read) as peak:
        assert ended.wait(30)
    assert peak.bytes == 9
