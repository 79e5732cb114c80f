"""The full table of a set of images: every metric that a classifier's features allow, each beside what real images get.

Owns which metrics there are, on how many images, and against which real ones. Leaves the arithmetic to `metrics`.
"""

from collections.abc import Mapping
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from dcgan.data.datasets import Dataset, load_dataset
from dcgan.quality.classifier import Progress, find_classifier
from dcgan.quality.metrics import (
    count_classes,
    frechet_distance,
    measure_kid,
    measure_moments,
    measure_prdc,
    neighbour_ratio,
    one_neighbour_accuracy,
)
from dcgan.quality.reference import Reference, load_features, load_reference

SAMPLES, FEWEST, MOST = 10_000, 100, 10_000
CLOSE_LOOK = 2_000  # images of each set for what compares every image with every other

Metric = Literal[
    "fcd", "kid", "precision", "recall", "density", "coverage", "neighbour_ratio", "one_neighbour_accuracy"
]
Floats = NDArray[np.float32]


class Score(BaseModel):
    """One metric of a set of images."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    value: float
    real: float = Field(description="What as many real images get that no generator has learned from.")
    deviation: float | None = Field(None, description="Between subsets, where the metric has some.")
    samples: Annotated[int, Field(ge=2)]


class Evaluation(BaseModel):
    """All metrics of a set of images."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    format: Literal[1] = 1
    dataset: str
    dataset_sha256: str
    network_sha256: str = Field(description="Of the classifier on whose features it was measured.")
    samples: Annotated[int, Field(ge=FEWEST, le=MOST)]
    scores: Mapping[Metric, Score]
    class_shares: tuple[float, ...]
    entropy: float
    missing: tuple[int, ...] = Field(description="Classes with less than a tenth of an equal share.")


class Evaluator:
    """Not thread-safe. Judges sets of images against one data set, whose features it holds."""

    def __init__(self, dataset: Dataset, test: Dataset, progress: Progress | None = None) -> None:
        """Load classifier and features; the first time on a machine it takes a minute or two.

        Args:
            dataset: all training images of a set.
            test: its test images.
            progress: called with images done and images in all.

        Raises:
            ValueError: there is no classifier for the set, or it has too few images.
        """
        classifier = find_classifier(dataset.name)
        reference = None if classifier is None else load_reference(classifier, dataset)
        if classifier is None or reference is None:
            raise ValueError(f"Images cannot be judged against {dataset.name}: there is no classifier of it.")
        self._dataset, self._classifier, self._reference = dataset, classifier, reference
        self._train = load_features(classifier, dataset, progress)
        self._test = load_features(classifier, test)
        self._real: dict[int, Mapping[Metric, float]] = {}

    @property
    def dataset_sha256(self) -> str:
        """The sum of the training images."""
        return self._dataset.sha256

    @property
    def network_sha256(self) -> str:
        """The sum of the classifier: with the data set's and the images' it says whether a result is the same."""
        return self._classifier.sha256

    def require(self, count: int) -> None:
        """Refuse a number of images that cannot be judged.

        Raises:
            ValueError: fewer than 100, or more than 10,000.
        """
        if not FEWEST <= count <= MOST:
            raise ValueError(f"{count:,} images cannot be judged: it must be {FEWEST} to {MOST:,} of them.")

    def evaluate(self, images: NDArray[np.uint8], progress: Progress | None = None) -> Evaluation:
        """Return the table of images uint8 (N, H, W, C), N from 100 to 10,000, each a draw of its own.

        Args:
            images: of the size of the set's.
            progress: called with images looked at and images in all.

        Raises:
            ValueError: too few, too many, or of another type or size.
        """
        self.require(len(images))
        judged = self._classifier.judge(images, progress)
        classes = count_classes(judged.probabilities)
        count = len(images)
        if count not in self._real:
            self._real[count] = _values(_measure(self._test[:count], self._reference, self._train, self._test))
        measured, real = _measure(judged.features, self._reference, self._train, self._test), self._real[count]
        return Evaluation(
            dataset=self._dataset.name, dataset_sha256=self._dataset.sha256, network_sha256=self.network_sha256,
            samples=count, class_shares=tuple(classes.shares.tolist()), entropy=classes.entropy,
            missing=classes.missing,
            scores={
                name: Score(value=value, real=real[name], deviation=deviation, samples=used)
                for name, (value, deviation, used) in measured.items()
            },
        )  # fmt: skip


def open_evaluator(name: str, progress: Progress | None = None) -> Evaluator:
    """Return who judges images against a data set on this machine.

    Raises:
        ValueError: an unknown set, one without classifier or test images, or the whole of it is not on this machine.
    """
    dataset = load_dataset(name, may_download=False)
    if dataset.is_sample:
        raise ValueError(
            f"Images cannot be judged against {name}: the whole set is not on this machine. "
            f"`python -m dcgan data {name} --download` fetches it."
        )
    return Evaluator(dataset, load_dataset(name, split="test", may_download=False), progress)


def _measure(
    features: Floats, reference: Reference, train: Floats, test: Floats
) -> dict[Metric, tuple[float, float | None, int]]:
    """Every metric as value, deviation between subsets, and images used."""
    count, close = len(features), min(CLOSE_LOOK, len(features))
    kid = measure_kid(features, reference.features)
    some = features[:close]
    prdc = measure_prdc(some, reference.features[:CLOSE_LOOK])
    return {
        "fcd": (frechet_distance(measure_moments(features), reference.moments), None, count),
        "kid": (kid.mean, kid.deviation, count),
        "precision": (prdc.precision, None, close),
        "recall": (prdc.recall, None, close),
        "density": (prdc.density, None, close),
        "coverage": (prdc.coverage, None, close),
        "neighbour_ratio": (neighbour_ratio(some, train, test[-CLOSE_LOOK:]), None, close),
        "one_neighbour_accuracy": (one_neighbour_accuracy(some, reference.features[:close]), None, close),
    }


def _values(measured: Mapping[Metric, tuple[float, float | None, int]]) -> dict[Metric, float]:
    return {name: value for name, (value, _, _) in measured.items()}
