"""Facts about one image looked at: the words, on a library of a few images."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from dcgan.data.datasets import CLASS_NAMES
from dcgan.quality.look import Look, Neighbour
from ui.look import Subject, draw_look

NAMES = CLASS_NAMES["fashion-mnist"]
IMAGE = np.arange(784, dtype=np.uint16).astype(np.uint8).reshape(28, 28, 1)
LIBRARY: Any = SimpleNamespace(dataset=SimpleNamespace(images=np.stack([IMAGE] * 9)), has_test=True)


def subject(belief: float | str = 0.314, real: float | None = None) -> Subject:
    return Subject("Image 3", IMAGE, "fashion-mnist", None, belief, real)


def look(rank: float = 0.42, sure: float = 0.8) -> Look:
    near = tuple(Neighbour(index, 7, 2.0 + index, 20.0) for index in range(4))
    return Look((7, 9, 5), (sure, 0.15, 0.05), near, rank, 0.5, (1.9, 4.1, 8.7))


def test_class_belief_verdict_and_neighbours_are_said() -> None:
    drawn = draw_look(subject(real=0.62), look(), NAMES, LIBRARY)
    assert "<b>Sneaker 80\u00a0%</b>" in drawn and "else Ankle boot 15\u00a0% · Sandal 5\u00a0%" in drawn
    assert "for real with 31\u00a0%; real images get 62\u00a0% on average" in drawn
    assert (
        'class="verdict new"' in drawn
        and "No copy: 42 of 100 other real images lie closer to a training image than this one does." in drawn
    )
    assert drawn.count("<figure>") == 4 and "The nearest of 9 training images" in drawn and "2.0 away" in drawn
    assert "nearer than 1.9" in drawn and 'alt="Image 3: Sneaker"' in drawn


@pytest.mark.parametrize(
    ("rank", "verdict", "words"),
    [
        (0.0, "copy", "Very likely a copy"),
        (0.02, "near", "Close to a training image"),
        (1.0, "far", "like no training"),
    ],
)
def test_each_verdict_has_its_sentence(rank: float, verdict: str, words: str) -> None:
    drawn = draw_look(subject(), look(rank), NAMES, LIBRARY)
    assert f'class="verdict {verdict}"' in drawn and words in drawn


def test_where_the_class_is_sure_no_other_is_named() -> None:
    assert "else" not in draw_look(subject(), look(sure=0.97), NAMES, LIBRARY)


def test_what_is_missing_leaves_the_rest() -> None:
    drawn = draw_look(subject("no say <b>"), None, NAMES, None)
    assert "no say &lt;b&gt;" in drawn and "figure" not in drawn and "verdict" not in drawn
    waiting = draw_look(subject(), Look((7,), (1.0,)), NAMES, None)
    assert "Sneaker 100\u00a0%" in waiting and "verdict" not in waiting
