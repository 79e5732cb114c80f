import numpy as np
import pytest

from dcgan.quality.look import Look, name_classes


def look(rank: float, pixel_rank: float = 0.5) -> Look:
    return Look(labels=(0,), confidences=(1.0,), rank=rank, pixel_rank=pixel_rank)


@pytest.mark.parametrize(
    ("rank", "verdict"), [(0.0, "copy"), (0.009, "copy"), (0.01, "near"), (0.049, "near"), (0.05, "new"), (0.5, "new"),
                          (0.99, "new"), (0.991, "far"), (1.0, "far")],
)  # fmt: skip
def test_an_image_is_judged_by_how_many_real_ones_lie_nearer(rank: float, verdict: str) -> None:
    assert look(rank).verdict == verdict


def test_a_copy_in_its_pixels_is_one_however_far_a_classifier_finds_it() -> None:
    assert look(0.6, pixel_rank=0.0).verdict == "copy"
    assert look(1.0, pixel_rank=0.04).verdict == "near"
    assert look(0.5, pixel_rank=1.0).verdict == "new"


def test_the_likeliest_classes_come_first_and_are_three_at_most() -> None:
    labels, confidences = name_classes(np.array([0.1, 0.5, 0.05, 0.35], np.float32))
    assert labels == (1, 3, 0)
    assert confidences == pytest.approx((0.5, 0.35, 0.1))
    assert name_classes(np.array([0.25, 0.75])) == ((1, 0), (0.75, 0.25))
