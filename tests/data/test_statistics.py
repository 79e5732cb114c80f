"""Known numbers of tiny sets."""

import numpy as np
import pytest

from dcgan.data.statistics import measure

IMAGES = np.array([[[0, 10]], [[20, 30]], [[255, 255]]], np.uint8)[..., None]  # (3, 1, 2, 1)
LABELS = np.array([0, 0, 2], np.uint8)


def test_classes_are_counted_and_averaged() -> None:
    measured = measure(IMAGES, LABELS, 3)
    assert measured.class_counts.tolist() == [2, 0, 1]
    # (0 + 20) / 2 and (10 + 30) / 2; nothing of class 1; class 2 has one image
    assert measured.class_means[..., 0].tolist() == [[[10, 20]], [[0, 0]], [[255, 255]]]
    assert measured.num_images == 3


def test_brightness_is_counted_level_by_level() -> None:
    measured = measure(IMAGES, LABELS, 3)
    assert {level: int(n) for level, n in enumerate(measured.histogram) if n} == {0: 1, 10: 1, 20: 1, 30: 1, 255: 2}
    assert measured.mean == pytest.approx(570 / 6)  # 0 + 10 + 20 + 30 + 255 + 255
    # squares: 0 + 100 + 400 + 900 + 2 * 65,025 = 131,450; 131,450 / 6 - 95**2 = 12,883.33
    assert measured.deviation == pytest.approx(np.sqrt(131_450 / 6 - 95**2))
    assert measured.share(0) == pytest.approx(1 / 6)
    assert measured.bins(16).tolist() == [2, 2, *[0] * 13, 2]


def test_portions_add_up(monkeypatch: pytest.MonkeyPatch) -> None:
    draws = np.random.default_rng(0)
    images = draws.integers(0, 256, (25, 3, 3, 1), dtype=np.uint8)
    labels = draws.integers(0, 4, 25, dtype=np.uint8)
    whole = measure(images, labels, 4)
    monkeypatch.setattr("dcgan.data.statistics.PORTION", 7)
    parts = measure(images, labels, 4)
    assert np.array_equal(whole.histogram, parts.histogram)
    assert np.array_equal(whole.class_means, parts.class_means)
    for label in range(4):
        expected = np.rint(images[labels == label].astype(float).mean(axis=0))
        assert np.array_equal(whole.class_means[label], expected.astype(np.uint8))


@pytest.mark.parametrize(
    ("images", "labels", "sentence"),
    [
        (IMAGES.astype(np.float32), LABELS, "must be uint8"),
        (IMAGES[:0], LABELS[:0], "N at least 1"),
        (IMAGES, LABELS[:2], "3 labels"),
        (IMAGES, np.array([0, 1, 3], np.uint8), "from 0 to 2"),
    ],
)
def test_what_cannot_be_measured_is_named(images: np.ndarray, labels: np.ndarray, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        measure(images, labels, 3)
