import os
from collections.abc import Callable
from pathlib import Path

import pytest

import needs

WORKS, FAILS = "exit 0", "exit 1"


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], Path]:
    """Put shell scripts on a path that has nothing else, on a machine without Playwright's own Chromium."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.delenv("DCGAN_CHROMIUM", raising=False)
    monkeypatch.setattr(needs, "CHROME_ON_MACOS", str(tmp_path / "no such Chrome"))
    monkeypatch.setattr(needs, "_playwright_chromium", lambda: tmp_path / "no such Chromium")

    def write(name: str, body: str) -> Path:
        path = folder / name
        path.write_text(f"#!/bin/sh\n{body}\n")
        path.chmod(0o755)
        return path

    return write


def test_a_chromium_that_does_not_start_is_passed_over(program: Callable[[str, str], Path]) -> None:
    program("chromium-browser", FAILS)
    assert needs.find_chromium() is None
    chrome = program("google-chrome", WORKS)
    assert needs.find_chromium() == chrome


def test_a_person_may_name_the_chromium(program: Callable[[str, str], Path], monkeypatch: pytest.MonkeyPatch) -> None:
    program("chromium", WORKS)
    mine = program("mine", WORKS)
    monkeypatch.setenv("DCGAN_CHROMIUM", str(mine))
    assert needs.find_chromium() == mine


def test_playwrights_own_chromium_is_the_last_resort(
    program: Callable[[str, str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    own = program("own", WORKS)
    monkeypatch.setattr(needs, "_playwright_chromium", lambda: own)
    assert needs.find_chromium() == own


def test_only_root_installs_debian_packages(
    program: Callable[[str, str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    program("apt-get", WORKS)
    monkeypatch.setattr(os, "geteuid", lambda: 1000, raising=False)
    assert not needs.install_debian_packages("chromium")
    monkeypatch.setattr(os, "geteuid", lambda: 0, raising=False)
    assert needs.install_debian_packages("chromium")


def test_without_apt_get_nothing_is_installed(
    program: Callable[[str, str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0, raising=False)
    assert not needs.install_debian_packages("chromium")


def test_a_stale_package_list_is_renewed_once(
    program: Callable[[str, str], Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0, raising=False)
    calls, fresh = tmp_path / "calls", tmp_path / "fresh"
    program("apt-get", f'echo "$*" >> {calls}; case "$*" in *update) echo > {fresh};; *) [ -e {fresh} ];; esac')
    assert needs.install_debian_packages("chromium", "fonts-liberation")
    install = "-q -y -o DPkg::Lock::Timeout=300 install --no-install-recommends chromium fonts-liberation"
    assert calls.read_text().splitlines() == [install, "-q update", install]
