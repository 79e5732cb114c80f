"""A map of images: each a point in the plane, near those that look like it.

Owns which images are placed and where: the two directions in which the pixels of a set vary most (principal
components), the same for the same images. Leaves the drawing to `dcgan.plots`.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dcgan.data.images import to_float


@dataclass(frozen=True, eq=False)
class ImageMap:
    """Where images stand.

    Attributes:
        rows: int64 (N,), which images of the set, ascending.
        places: float64 (N, 2), the wider direction first.
    """

    rows: NDArray[np.int64]
    places: NDArray[np.float64]


def place_images(images: NDArray[np.uint8], count: int) -> ImageMap:
    """Place some images of a set, taken at even distances.

    Args:
        images: uint8 (N, H, W, C), N at least 3.
        count: how many to place, at least 3; all where there are fewer.

    Raises:
        ValueError: fewer than three images, which no plane needs.
    """
    if min(len(images), count) < 3:
        raise ValueError(f"A map needs at least 3 images; there are {len(images)}, and {count} are asked for.")
    rows = np.unique(np.linspace(0, len(images) - 1, min(count, len(images))).astype(np.int64))
    pixels = to_float(np.ascontiguousarray(images[rows])).reshape(len(rows), -1).astype(np.float64)
    pixels -= pixels.mean(axis=0)
    _, directions = np.linalg.eigh(pixels.T @ pixels)
    chosen = directions[:, :-3:-1]  # (H * W * C, 2), the largest two
    # Which way a direction points is arbitrary: its largest entry is made positive.
    strongest = np.abs(chosen).argmax(axis=0)
    chosen = chosen * np.sign(chosen[strongest, range(2)])
    return ImageMap(rows, pixels @ chosen)
