import threading
from types import SimpleNamespace
from typing import Any

import pytest

from dcgan.quality import opening as module
from dcgan.quality.library import Progress
from dcgan.quality.opening import Opening, OpeningState

PATIENCE = 30.0


def test_it_runs_behind_the_page_and_says_how_far_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    told, go_on, library = threading.Event(), threading.Event(), SimpleNamespace()

    def slow(name: str, progress: Progress) -> Any:
        assert name == "a-set"
        progress(25, 100)
        told.set()
        assert go_on.wait(PATIENCE)
        return library

    monkeypatch.setattr(module, "open_library", slow)
    opening = Opening("a-set")
    assert told.wait(PATIENCE)
    assert opening.wait(0) == OpeningState.RUNNING
    assert opening.progress() == (25, 100) and opening.library() is None
    go_on.set()
    assert opening.wait(PATIENCE) == OpeningState.DONE
    assert opening.library() is library


@pytest.mark.parametrize("error", [ValueError("damaged"), OSError("no disk"), RuntimeError("no such thing")])
def test_what_fails_is_told_and_ends_nothing(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    def fail(name: str, progress: Progress) -> None:
        raise error

    monkeypatch.setattr(module, "open_library", fail)
    opening = Opening("a-set")
    assert opening.wait(PATIENCE) == OpeningState.FAILED
    assert opening.library() is None and str(error) in caplog.text


def test_a_set_without_a_classifier_has_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "open_library", lambda name, progress: None)
    assert Opening("a-set").wait(PATIENCE) == OpeningState.FAILED
