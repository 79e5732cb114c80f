"""FID: images against real ones as the 2015-12-05 Inception sees them, beside what real images get.

Owns which real images they are held against, and what the numbers are called. Leaves features and their cache to
`features`, and the network, which needs TensorFlow, to whoever opens it.
"""

import shutil
from collections.abc import Callable, Mapping
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from dcgan.data.datasets import Dataset
from dcgan.quality.evaluation import Score
from dcgan.quality.features import (
    FID_SIZE,
    PART_SIZE,
    Features,
    Network,
    Progress,
    cached_features,
    features_path,
    network_sum,
)
from dcgan.quality.inception_weights import WEIGHTS_SHA256, is_inception_installed, load_weights
from dcgan.quality.metrics import frechet_distance, measure_kid, measure_moments
from dcgan.quality.reference import MOST_HELD_OUT, SEED

FID_IMAGES = 10_000  # of each set: at another count the Fréchet distance is another number
FEWEST = 50
SECONDS_AN_IMAGE = 0.12  # of one core

InceptionMetric = Literal["fid", "inception_distance", "inception_kid"]
Images = NDArray[np.uint8]


class InceptionEvaluation(BaseModel):
    """What Inception's features say of a set of images; `fid` is of 10,000 images alone."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    format: Literal[1] = 1
    dataset: str
    dataset_sha256: str
    network_sha256: str = Field(description="Of the weights, and of the size that images are resized to.")
    samples: Annotated[int, Field(ge=FEWEST, le=FID_IMAGES)]
    scores: Mapping[InceptionMetric, Score]


class InceptionEvaluator:
    """Not thread-safe. Holds so many images against as many test images of a data set."""

    def __init__(self, dataset: Dataset, test: Dataset, open_network: Callable[[], Network]) -> None:
        """Choose the real images; no network is opened yet.

        Args:
            dataset: all training images of a set.
            test: its test images.
            open_network: called once at most, where features are missing.

        Raises:
            WeightsError: the network is not installed.
        """
        if not is_inception_installed():
            load_weights()  # says so
        self._dataset = dataset
        self._train, self._test = real_images(dataset, test)
        self._open_network = open_network
        self._network: Network | None = None
        self.dataset_sha256, self.network_sha256 = dataset.sha256, network_sum(WEIGHTS_SHA256, FID_SIZE)

    def require(self, count: int) -> None:
        """Refuse a number of images that cannot be measured.

        Raises:
            ValueError: fewer than 50, or more than there are real ones, at most 10,000.
        """
        most = min(len(self._train), len(self._test))
        if not FEWEST <= count <= most:
            raise ValueError(f"{count:,} images cannot be measured by Inception: it must be {FEWEST} to {most:,}.")

    def prepare(self, count: int, progress: Progress | None = None) -> None:
        """Measure the real images that `count` others are held against, or find them in the cache.

        Args:
            count: as in `require`.
            progress: called with images done and images in all, twice `count`; 0.12 s an image on one core.
        """
        self.require(count)
        self._real_features(count, progress)

    def evaluate(self, images: Images, progress: Progress | None = None) -> InceptionEvaluation:
        """Return the numbers of images uint8 (N, H, W, C), each a draw of its own.

        What is ended early goes on where it was when called again with the same images.

        Args:
            images: of the set's size; N as in `require`.
            progress: called with images done and images in all.

        Raises:
            ValueError: too few, too many, or of another size than the set's.
        """
        count, size = len(images), self._dataset.images.shape[1:]
        self.require(count)
        if images.shape[1:] != size:
            raise ValueError(f"Images of {images.shape[1:]} cannot be held against images of {size}.")
        train, test = self._real_features(count, None)
        measured, real = _measure(self._features(images, progress), test), _measure(train, test)
        self._forget(images)
        return InceptionEvaluation(
            dataset=self._dataset.name, dataset_sha256=self.dataset_sha256, network_sha256=self.network_sha256,
            samples=count,
            scores={
                name: Score(value=value, real=real[name][0], deviation=deviation, samples=count)
                for name, (value, deviation) in measured.items()
            },
        )  # fmt: skip

    def _real_features(self, count: int, progress: Progress | None) -> tuple[Features, Features]:
        second = None if progress is None else lambda done, _: progress(count + done, 2 * count)
        first = None if progress is None else lambda done, _: progress(done, 2 * count)
        return self._some(self._train, count, first), self._some(self._test, count, second)

    def _some(self, images: Images, count: int, progress: Progress | None) -> Features:
        """Features of the first images; of fewer than a part of the cache, as a set of its own."""
        if count < PART_SIZE:
            return self._features(images[:count], progress)
        return cached_features(images, self.network_sha256, self._open, progress, count=count)

    def _features(self, images: Images, progress: Progress | None) -> Features:
        return cached_features(images, self.network_sha256, self._open, progress)

    def _open(self) -> Network:
        self._network = self._network or self._open_network()
        return self._network

    def _forget(self, images: Images) -> None:
        """Take features out of the cache that nobody will ask for again: 80 MB for 10,000 images."""
        path = features_path(images, self.network_sha256)
        path.unlink(missing_ok=True)
        shutil.rmtree(path.with_suffix(".parts"), ignore_errors=True)


def real_images(dataset: Dataset, test: Dataset) -> tuple[Images, Images]:
    """Return up to 10,000 training images and the first 10,000 test images, uint8 (N, H, W, C).

    The training images are those that a run is judged by while it trains (`reference`).
    """
    order = np.random.default_rng(SEED).permutation(len(dataset.images))
    chosen = np.sort(order[MOST_HELD_OUT : MOST_HELD_OUT + FID_IMAGES])
    return dataset.images[chosen], np.asarray(test.images[:FID_IMAGES])


def _measure(features: Features, test: Features) -> dict[InceptionMetric, tuple[float, float | None]]:
    """Each number with its deviation between subsets, where it has one."""
    name: InceptionMetric = "fid" if len(features) == FID_IMAGES else "inception_distance"
    kid = measure_kid(features, test)
    distance = frechet_distance(measure_moments(features), measure_moments(test))
    spread = kid.deviation if kid.subset_size < len(features) else None  # else each subset is all images
    return {name: (distance, None), "inception_kid": (kid.mean, spread)}
