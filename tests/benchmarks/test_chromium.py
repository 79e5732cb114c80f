from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks import chromium

WORKS, FAILS = "exit 0", "exit 1"


@pytest.fixture(autouse=True)
def _no_other_chromium(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DCGAN_CHROMIUM", raising=False)
    monkeypatch.setattr(chromium, "CHROME_ON_MACOS", str(tmp_path / "no such Chrome"))
    monkeypatch.setattr(chromium, "_playwright_chromium", lambda: tmp_path / "no such Chromium")


def test_a_chromium_that_does_not_start_is_passed_over(program: Callable[[str, str], Path]) -> None:
    program("chromium-browser", FAILS)
    assert chromium.find_chromium() is None
    chrome = program("google-chrome", WORKS)
    assert chromium.find_chromium() == chrome


def test_a_person_may_name_the_chromium(program: Callable[[str, str], Path], monkeypatch: pytest.MonkeyPatch) -> None:
    program("chromium", WORKS)
    mine = program("mine", WORKS)
    monkeypatch.setenv("DCGAN_CHROMIUM", str(mine))
    assert chromium.find_chromium() == mine


def test_playwrights_own_chromium_is_the_last_resort(
    program: Callable[[str, str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    own = program("own", WORKS)
    monkeypatch.setattr(chromium, "_playwright_chromium", lambda: own)
    assert chromium.find_chromium() == own
