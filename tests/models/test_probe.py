import json
import subprocess
import sys
from pathlib import Path

import pytest

from dcgan.models import probe


def test_the_probe_tells_versions_devices_and_speed_in_one_line() -> None:
    root = Path(probe.__file__).parents[2]
    command = [sys.executable, "-m", "dcgan.models.probe"]
    told = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True).stdout
    facts = json.loads(told)
    assert told.count("\n") == 1
    assert facts["tensorflow"].startswith("2.") and facts["keras"].startswith("3.")
    assert facts["devices"][0] == "CPU:0"
    assert set(facts["gflops"]) == set(facts["devices"])
    assert facts["gflops"]["CPU:0"]["float32"] > 1  # the slowest machine that anyone trains on does more


def test_a_tensorflow_that_cannot_be_imported_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tensorflow", None)
    error = probe.probe()["error"]
    assert error.startswith(("ImportError", "ModuleNotFoundError")) and "tensorflow" in error
