import os
from collections.abc import Callable
from pathlib import Path

import pytest

import needs

WORKS = "exit 0"


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
