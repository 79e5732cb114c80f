"""What was seen of one image beside the training images: of what it is, its neighbours, and the verdict on it.

Owns the rule by which an image is a copy, or as new as a real one. Leaves the looking to `library`.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

COPY, NEAR, FAR = 0.01, 0.05, 0.99  # shares of the real images: see `Look.verdict`

Verdict = Literal["copy", "near", "new", "far"]


@dataclass(frozen=True)
class Neighbour:
    """A training image near another image.

    Attributes:
        index: its place in the data set.
        label: its class.
        distance: in the classifier's features.
        pixels: root mean square of the differences of their pixels, 0 to 255.
    """

    index: int
    label: int
    distance: float
    pixels: float


@dataclass(frozen=True)
class Look:
    """One image as a classifier of its data set sees it.

    Attributes:
        labels: the likeliest classes, the first first; at most three.
        confidences: in each of these, 0 to 1.
        neighbours: the nearest training images in features, the nearest first; before them the nearest in pixels,
            where that is what a copy is told by.
        rank: the share of real images, 0 to 1, that lie nearer to their nearest training image than this one does.
        pixel_rank: the same in pixels.
        usual: the distances of a hundredth, of half, and of 99 hundredths of the real images.
    """

    labels: tuple[int, ...]
    confidences: tuple[float, ...]
    neighbours: tuple[Neighbour, ...] = ()
    rank: float = 0.5
    pixel_rank: float = 0.5
    usual: tuple[float, float, float] = (0.0, 0.0, 0.0)

    @property
    def verdict(self) -> Verdict:
        """Whether it is a copy: nearer than 99 of 100 real images, than 95, as far as these, or farther than 99."""
        nearer = min(self.rank, self.pixel_rank)
        if nearer < COPY:
            return "copy"
        if nearer < NEAR:
            return "near"
        return "new" if self.rank <= FAR else "far"


def name_classes(probabilities: NDArray[np.floating]) -> tuple[tuple[int, ...], tuple[float, ...]]:
    """Return the likeliest classes of one image, at most three, and how likely each is."""
    order = np.argsort(-probabilities, kind="stable")[:3]
    return tuple(int(label) for label in order), tuple(float(probabilities[label]) for label in order)
