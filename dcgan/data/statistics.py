"""What a set of images holds, in numbers: classes, brightness, the mean image of each class.

Pure functions on arrays. One pass over the images in portions, so that 60,000 images cost no memory beside their own.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

LEVELS = 256
PORTION = 1_000  # images at a time


@dataclass(frozen=True, eq=False)
class Statistics:
    """A set in numbers.

    Attributes:
        class_counts: int64 (num_classes,), images of each class.
        histogram: int64 (256,), pixels of each brightness.
        class_means: uint8 (num_classes, H, W, C), the mean image of each class; black where a class has none.
    """

    class_counts: NDArray[np.int64]
    histogram: NDArray[np.int64]
    class_means: NDArray[np.uint8]

    @property
    def num_images(self) -> int:
        """Images in all."""
        return int(self.class_counts.sum())

    @property
    def mean(self) -> float:
        """Mean brightness of a pixel, 0 to 255."""
        return float(self.histogram @ np.arange(LEVELS) / self.histogram.sum())

    @property
    def deviation(self) -> float:
        """Standard deviation of a pixel's brightness."""
        distances = np.arange(LEVELS) - self.mean
        return float(np.sqrt(self.histogram @ distances**2 / self.histogram.sum()))

    def share(self, level: int) -> float:
        """Share of the pixels that have a brightness, 0 to 1."""
        return float(self.histogram[level] / self.histogram.sum())

    def bins(self, count: int) -> NDArray[np.int64]:
        """Return the histogram in fewer bins: int64 (count,); `count` divides 256."""
        sums: NDArray[np.int64] = self.histogram.reshape(count, -1).sum(axis=1)
        return sums


def measure(images: NDArray[np.uint8], labels: NDArray[np.uint8], num_classes: int) -> Statistics:
    """Count and average a set.

    Args:
        images: uint8 (N, H, W, C), N at least 1; a memory map is read once from beginning to end.
        labels: uint8 (N,), each below `num_classes`.
        num_classes: classes that there could be.

    Raises:
        ValueError: no images, images that are not uint8, not as many labels as images, or a label that is no class.
    """
    if images.dtype != np.uint8 or images.ndim != 4 or 0 in images.shape:
        raise ValueError(
            f"Images to measure must be uint8 (N, H, W, C), N at least 1, not {images.dtype} {images.shape}."
        )
    if labels.shape != images.shape[:1] or int(labels.max()) >= num_classes:
        raise ValueError(f"There must be {len(images):,} labels from 0 to {num_classes - 1}, one for each image.")
    histogram = np.zeros(LEVELS, np.int64)
    sums = np.zeros((num_classes, images[0].size), np.int64)
    for start in range(0, len(images), PORTION):
        pixels = np.ascontiguousarray(images[start : start + PORTION]).reshape(-1, images[0].size)
        histogram += _count_levels(pixels.ravel())
        # A product of matrices adds up each class; in float32 sums of a portion, below 2^24, are exact.
        members = labels[start : start + PORTION] == np.arange(num_classes)[:, None]
        sums += (members.astype(np.float32) @ pixels.astype(np.float32)).astype(np.int64)
    counts = np.bincount(labels, minlength=num_classes).astype(np.int64)
    means = np.rint(sums / np.maximum(counts, 1)[:, None]).astype(np.uint8)
    return Statistics(counts, histogram, means.reshape(num_classes, *images.shape[1:]))


def _count_levels(pixels: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Return how many pixels (N,) have each brightness: int64 (256,)."""
    even = len(pixels) // 2 * 2
    # Two pixels counted at a time: half the work.
    pairs = np.bincount(pixels[:even].view(np.uint16), minlength=LEVELS**2).reshape(LEVELS, LEVELS)
    counts: NDArray[np.int64] = pairs.sum(axis=0) + pairs.sum(axis=1) + np.bincount(pixels[even:], minlength=LEVELS)
    return counts
