"""What every test gets: folders of its own for runs, state and settings, so that none sees or leaves anything.

The data cache is shared on purpose: it is read-only once filled, and filling it costs seconds.
"""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from benchmarks.chromium import find_chromium

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")  # before any test imports TensorFlow: its greetings hide failures
# A busy machine of two cores is no fault of a test.
settings.register_profile("house", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True)
settings.load_profile("house")


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("DCGAN_RUNS", "DCGAN_STATE", "DCGAN_GALLERY", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(variable, str(tmp_path / variable.lower()))
    for variable in ("DCGAN_PUBLIC", "DCGAN_LIMITS"):
        monkeypatch.delenv(variable, raising=False)


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], Path]:
    """Put shell scripts on a path that has nothing else."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))

    def write(name: str, body: str) -> Path:
        path = folder / name
        path.write_text(f"#!/bin/sh\n{body}\n")
        path.chmod(0o755)
        return path

    return write


@pytest.fixture(scope="session")
def chromium_path() -> Path:
    """A Chromium that starts. Without one a test is skipped on a desk, and fails in CI, where skips go unseen."""
    path = find_chromium()
    if path is None:
        missing = "No Chromium: `make test` installs one, or DCGAN_CHROMIUM names one."
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    return path
