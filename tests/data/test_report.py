"""A data set on a terminal."""

import numpy as np

from dcgan.config import build_config
from dcgan.data import report
from dcgan.data.datasets import Dataset


def make_dataset() -> Dataset:
    images = np.zeros((4, 28, 28, 1), np.uint8)
    images[3] = 255
    return Dataset("tiny", images, np.array([0, 0, 0, 1], np.uint8), ("shoe", "bag"), "0" * 64, "sample", True)


def test_facts_and_text_say_the_same() -> None:
    facts = report.describe(make_dataset(), build_config("notebook", {"training.batch_size": 4}))
    assert (facts["images"], facts["classes"], facts["sample"]) == (4, {"shoe": 3, "bag": 1}, True)
    assert facts["brightness"]["mean"] == 63.75  # 255 / 4
    assert sorted(facts["first_batch"]["rows"]) == [0, 1, 2, 3]
    text = report.to_text(facts)
    assert text.startswith("tiny: 4 images, 28 x 28, grey, 2 classes, from the sample that ships with the app.\n")
    assert f"  shoe  3  {'#' * 40}\n  bag   1  {'#' * 13}\n" in text
    assert "75.0% black" in text
    assert "recipe notebook, seed 0): 4 x 28 x 28 x 1 numbers from -1 to 1, mean -0.500" in text
