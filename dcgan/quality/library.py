"""Single images held against all training images: what each is of, and whether it is a copy.

Owns the training images as their classifier sees them, and what is usual between real images. The
measure is what real images that no generator learned from get: the test images, or training images against all others
where there are none. A copy with a little noise on it is far from what it copies for a classifier and near it in its
pixels, so both are looked at. Leaves opening one in the background to `opening`, and words to whoever shows them.
"""

import threading
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dcgan.data.datasets import Dataset, load_dataset
from dcgan.quality.classifier import Classifier, Progress, find_classifier
from dcgan.quality.look import COPY, FAR, Look, Neighbour, name_classes
from dcgan.quality.reference import SEED, load_features

NEIGHBOURS = 4
CANDIDATES = 50  # nearest in features, whose pixels are compared
BATCH_SIZE = 25  # of the classifier: at 250 a server's session would keep 80 MB
AT_ONCE = 16  # images whose distances to all training images are in memory: 4 MB of 60,000
MOST_REAL = 1_000  # real images that say what is usual

Floats = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class _Near:
    """The candidates of N images: places, distances in features and pixels, (N, K) each; by features, nearest first."""

    indices: NDArray[np.intp]
    distances: Floats
    pixels: Floats

    def without_itself(self) -> "_Near":
        """The same for training images, of which the nearest is the image itself or an exact copy of it."""
        return _Near(self.indices[:, 1:], self.distances[:, 1:], self.pixels[:, 1:])


@dataclass(frozen=True, eq=False)
class Usual:
    """How far real images are from their nearest training image, in features and in pixels: float32 (M,), sorted."""

    distances: Floats
    pixels: Floats


class Library:
    """Thread-safe. The training images of a data set as its classifier sees them: 15 MB for 60,000.

    Attributes:
        dataset: whose images they are.
        has_test: whether what is usual is said by test images.
    """

    def __init__(
        self, classifier: Classifier, dataset: Dataset, features: Floats, test: NDArray[np.uint8] | None
    ) -> None:
        """Keep the features.

        Args:
            classifier: of the set.
            dataset: the training images, at least two.
            features: of these, float32 (N, D).
            test: images of the same kind that nobody learned from, or None.
        """
        self.dataset, self.has_test = dataset, test is not None
        self._classifier, self._features = classifier, features
        self._squares = np.einsum("nd,nd->n", features, features)
        self._test = None if test is None else np.array(test[:MOST_REAL])
        self._usual: dict[int, Usual] = {}
        self._lock = threading.Lock()

    def look(self, images: NDArray[np.uint8], limit: int | None = None) -> list[Look]:
        """Look at images uint8 (N, H, W, C), N at least 1: what each is of, and how near training images lie.

        Args:
            images: of the size of the set's.
            limit: how many of the training images, from the first, were learned from; None for all.

        Raises:
            ValueError: images of another type or size.
        """
        judged = self._classifier.judge(images, batch_size=BATCH_SIZE)
        known = min(limit or len(self._features), len(self._features))
        near, usual = self._find_near(judged.features, images, known), self.usual(known)
        ends = tuple(float(end) for end in np.quantile(usual.distances, (COPY, 0.5, FAR)))
        ranks = np.searchsorted(usual.distances, near.distances[:, 0]) / len(usual.distances)
        pixel_ranks = np.searchsorted(usual.pixels, near.pixels.min(axis=1)) / len(usual.pixels)
        return [
            Look(
                *name_classes(judged.probabilities[row]),
                neighbours=self._name_neighbours(near, row, pixel_ranks[row] < COPY), rank=float(ranks[row]),
                pixel_rank=float(pixel_ranks[row]), usual=(ends[0], ends[1], ends[2]),
            )
            for row in range(len(images))
        ]  # fmt: skip

    def usual(self, known: int) -> Usual:
        """Return how far real images are from the nearest of the first `known` training images, measured once."""
        with self._lock:
            if known not in self._usual:
                near = self._find_usual(known)
                self._usual[known] = Usual(np.sort(near.distances[:, 0]), np.sort(near.pixels.min(axis=1)))
            return self._usual[known]

    def _find_usual(self, known: int) -> _Near:
        if self._test is not None:
            features = self._classifier.judge(self._test, batch_size=BATCH_SIZE).features
            return self._find_near(features, self._test, known)
        chosen = np.sort(np.random.default_rng(SEED).permutation(known)[:MOST_REAL])
        return self._find_near(self._features[chosen], self.dataset.images[chosen], known).without_itself()

    def _find_near(self, features: Floats, images: NDArray[np.uint8], known: int) -> _Near:
        """The candidates among the first `known` training images."""
        count, squares = min(CANDIDATES, known), self._squares[:known]
        parts = []
        for start in range(0, len(features), AT_ONCE):
            part = features[start : start + AT_ONCE]
            distances = part @ self._features[:known].T
            distances *= -2
            distances += squares
            nearest = np.argpartition(distances, count - 1, axis=1)[:, :count]
            # A difference of large squares says little of small distances, so these few are measured anew.
            exact = np.linalg.norm(self._features[nearest] - part[:, None], axis=2)
            order = np.argsort(exact, axis=1, kind="stable")
            nearest = np.take_along_axis(nearest, order, axis=1)
            pixels = self._measure_pixels(images[start : start + AT_ONCE], nearest)
            parts.append((nearest, np.take_along_axis(exact, order, axis=1), pixels))
        indices, distances, pixels = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
        return _Near(indices, distances, pixels)

    def _measure_pixels(self, images: NDArray[np.uint8], nearest: NDArray[np.intp]) -> Floats:
        """Root mean square differences (N, K) of images from the training images at (N, K)."""
        difference = self.dataset.images[nearest].astype(np.float32)
        difference -= images[:, None]
        squares = np.einsum("nkhwc,nkhwc->nk", difference, difference)
        measured: Floats = np.sqrt(squares / np.float32(images[0].size))
        return measured

    def _name_neighbours(self, near: _Near, row: int, is_pixel_copy: bool) -> tuple[Neighbour, ...]:
        chosen = list(range(min(NEIGHBOURS, near.indices.shape[1])))
        if is_pixel_copy:
            copied = int(near.pixels[row].argmin())
            chosen = [copied, *(place for place in chosen if place != copied)][: len(chosen)]
        labels = self.dataset.labels
        return tuple(
            Neighbour(
                index=int(near.indices[row, place]), label=int(labels[near.indices[row, place]]),
                distance=float(near.distances[row, place]), pixels=float(near.pixels[row, place]),
            )
            for place in chosen
        )  # fmt: skip


def open_library(name: str, progress: Progress | None = None) -> Library | None:
    """Return the training images of a set, as this machine has them; None where there is no classifier of it.

    The first time on a machine it takes half a minute or more, later well under a second.

    Args:
        name: of the set; where the whole of it is not on this machine, its sample.
        progress: called with images done and images in all.

    Raises:
        SampleError: not even the sample can be read.
        ValueError: an unknown set, or its classifier's file is damaged.
    """
    classifier = find_classifier(name, threads=1)
    if classifier is None:
        return None
    dataset = load_dataset(name, may_download=False)
    features = load_features(classifier, dataset, progress, BATCH_SIZE)
    library = Library(classifier, dataset, features, _test_images(name))
    library.usual(len(features))
    return library


def _test_images(name: str) -> NDArray[np.uint8] | None:
    """The test images of a set; None where these are not on this machine."""
    try:
        return load_dataset(name, split="test", may_download=False).images
    except ValueError:
        return None
