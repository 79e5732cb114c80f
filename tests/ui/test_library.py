"""Facts about the training images that every session holds single images against."""

from collections.abc import Iterator
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from dcgan.quality.opening import OpeningState
from ui import library


class FakeOpening:
    """Never ends, and has looked at nothing yet."""

    def __init__(self, name: str) -> None:
        self.name = name

    def wait(self, seconds: float) -> OpeningState:
        return OpeningState.RUNNING

    def progress(self) -> tuple[int, int]:
        return 0, 0

    def library(self) -> None:
        return None


@pytest.fixture(autouse=True)
def fake(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(library, "Opening", FakeOpening)
    library._open.clear()
    yield
    library._open.clear()


def test_they_are_opened_anew_once_the_whole_set_has_come(monkeypatch: pytest.MonkeyPatch) -> None:
    here = [False]
    monkeypatch.setattr(library, "is_at_hand", lambda _: here[0])
    sample: Any = library._opening("fashion-mnist")
    assert library._opening("fashion-mnist") is sample
    here[0] = True
    whole: Any = library._opening("fashion-mnist")
    assert whole is not sample and library._opening("fashion-mnist") is whole
    assert library._opening("a-strangers-set").name == "a-strangers-set"  # a name that nobody knows is none of an error


def page() -> None:
    import numpy as np

    from ui.library import show_look
    from ui.look import Subject

    show_look(Subject("Image 3", np.zeros((28, 28, 1), np.uint8), "fashion-mnist", None, "no say"))


def test_before_the_first_image_was_looked_at_no_count_is_shown() -> None:
    app = AppTest.from_function(page, default_timeout=60).run()
    (bar,) = app.get("progress")
    assert bar.proto.text == "Opening the training images …"
