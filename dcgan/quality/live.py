"""A generator judged while it trains: how far its images are from real ones, and which classes they are of.

Owns what one judgement is. Leaves when there is one, and what follows from it, to `training`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dcgan.data.datasets import Dataset
from dcgan.quality.classifier import Classifier, find_classifier
from dcgan.quality.metrics import count_classes, frechet_distance, measure_moments
from dcgan.quality.reference import Reference, live_kid, load_reference

SAMPLES = 2_000
DRAWN_AT_ONCE = 250

Draw = Callable[[NDArray[np.float32]], NDArray[np.uint8]]


@dataclass(frozen=True)
class Judgement:
    """One look at a generator.

    Attributes:
        fcd: Fréchet distance on the classifier's features.
        kid: kernel distance on the same features.
        kid_deviation: between its subsets.
        fcd_floor: what as many real images get.
        kid_floor: the same.
        samples: generated for it.
        class_shares: of the samples, by the classifier.
        entropy: of these, in nats.
    """

    fcd: float
    kid: float
    kid_deviation: float
    fcd_floor: float
    kid_floor: float
    samples: int
    class_shares: tuple[float, ...]
    entropy: float

    def to_row(self) -> dict[str, Any]:
        """Return it as the values of a row of `metrics.jsonl`."""
        numbers = {name: round(value, 6) if isinstance(value, float) else value for name, value in vars(self).items()}
        return numbers | {"class_shares": [round(share, 4) for share in self.class_shares]}


class Judge:
    """Not thread-safe. Judges generators of one data set, always against the same real images."""

    def __init__(self, classifier: Classifier, reference: Reference) -> None:
        """Measure the floor."""
        self._classifier, self._reference = classifier, reference
        self.samples = min(SAMPLES, len(reference.held_out))
        self._fcd_floor, self._kid_floor = reference.floor(self.samples)

    def judge(self, latents: NDArray[np.float32], draw: Draw) -> Judgement:
        """Draw an image for each latent and judge them.

        Args:
            latents: (N, latent_dim), N at least 2.
            draw: latents to uint8 (N, H, W, C).
        """
        starts = range(0, len(latents), DRAWN_AT_ONCE)
        images = np.concatenate([draw(latents[start : start + DRAWN_AT_ONCE]) for start in starts])
        said = self._classifier.judge(images)
        kid = live_kid(said.features, self._reference.features)
        classes = count_classes(said.probabilities)
        return Judgement(
            fcd=frechet_distance(measure_moments(said.features), self._reference.moments),
            kid=kid.mean, kid_deviation=kid.deviation, fcd_floor=self._fcd_floor, kid_floor=self._kid_floor.mean,
            samples=len(images), class_shares=tuple(classes.shares.tolist()), entropy=classes.entropy,
        )  # fmt: skip


def find_judge(dataset: Dataset, threads: int = 0) -> Judge | None:
    """Return who judges generators of a data set; None where there is no classifier for it, or too few images.

    Takes seconds the first time on a machine.
    """
    classifier = find_classifier(dataset.name, threads)
    reference = None if classifier is None else load_reference(classifier, dataset)
    return None if classifier is None or reference is None else Judge(classifier, reference)
