"""Generated images held against the test images of Fashion-MNIST, which nothing was trained on or chosen by.

Owns which metrics are on whose features, and that a checkpoint is scored once: what was measured is kept, and looked up
ever after. Leaves the arithmetic to `dcgan.quality.metrics`.
"""

import contextlib
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, ValidationError

from dcgan.data.datasets import Dataset, load_dataset
from dcgan.latent.generator import Generator
from dcgan.quality.classifier import Classifier, Progress, find_classifier
from dcgan.quality.features import FID_SIZE, Network, cached_features, features_path, network_sum
from dcgan.quality.inception_weights import WEIGHTS_SHA256, is_inception_installed
from dcgan.quality.metrics import frechet_distance, measure_kid, measure_moments, measure_prdc
from dcgan.quality.reference import load_features
from dcgan.runs import files

DATASET = "fashion-mnist"
FID_IMAGES = 10_000  # FID is defined by them
CLOSE_LOOK = 2_000  # images of each set for precision, recall and coverage, as in the full table
SEED = 0  # of the latents that every checkpoint is scored by

Images = NDArray[np.uint8]
Features = NDArray[np.float32]
Tell = Callable[[str], Progress]


class Scores(BaseModel):
    """One checkpoint against the test images.

    Attributes:
        fid: by Inception, where it was asked for.
        fcd: by the data set's classifier.
        kid: by Inception where `fid` is, else by the classifier, as are the others; the scales of both differ.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    fid: float | None
    fcd: float
    kid: float
    precision: float
    recall: float
    coverage: float


class Scorer:
    """Not thread-safe. Scores images against the test images, whose features it holds."""

    def __init__(self, with_fid: bool, tell: Tell) -> None:
        """Load classifier and test images; features of these are cached.

        Args:
            with_fid: measure FID, and the others on Inception's features, too.
            tell: told what goes on, returns who is told how far it is.

        Raises:
            ValueError: Inception is asked for and not installed, or the whole set is not on this machine.
        """
        if with_fid and not is_inception_installed():
            raise ValueError("FID needs Inception: `python -m dcgan evaluate --install-inception` fetches it.")
        self._test, self._classifier = load_test_images(), require_classifier()
        self._with_fid, self._tell = with_fid, tell
        self._test_features = load_features(self._classifier, self._test, tell("the test images"))

    def key(self, generator: Generator, samples: int) -> str:
        """Return what the scores of a checkpoint are kept by: change one part of it, and they are measured again."""
        network = network_sum(WEIGHTS_SHA256, FID_SIZE) if self._with_fid else ""
        sums = (generator.sha256, self._test.sha256, self._classifier.sha256, network)
        return "-".join([str(samples), *(sum_[:16] for sum_ in sums if sum_)])

    def score(self, images: Images) -> Scores:
        """Return the scores of images uint8 (N, 28, 28, 1); N is 10,000 where FID is measured."""
        ours = self._classifier.judge(images, self._tell("judging")).features
        fcd, fid = frechet_distance(measure_moments(ours), measure_moments(self._test_features)), None
        theirs = self._test_features
        if self._with_fid:
            ours, theirs = self._inception(images, "Inception"), self._inception(self._test.images, "Inception, test")
            fid = frechet_distance(measure_moments(ours), measure_moments(theirs))
        prdc = measure_prdc(ours[:CLOSE_LOOK], theirs[:CLOSE_LOOK])
        return Scores(
            fid=fid, fcd=fcd, kid=measure_kid(ours, theirs).mean, precision=prdc.precision, recall=prdc.recall,
            coverage=prdc.coverage,
        )  # fmt: skip

    def forget(self, images: Images) -> None:
        """Drop what was cached of images that are scored: 80 MB each, and never asked for again."""
        features_path(images, network_sum(WEIGHTS_SHA256, FID_SIZE)).unlink(missing_ok=True)

    def _inception(self, images: Images, what: str) -> Features:
        network = network_sum(WEIGHTS_SHA256, FID_SIZE)
        return cached_features(images, network, _open_inception, self._tell(what))


def score_once(generator: Generator, scorer: Scorer, samples: int, path: Path, tell: Tell) -> Scores:
    """Return the scores of a checkpoint: those in the file, else measured now and kept there."""
    key = scorer.key(generator, samples)
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError, ValidationError):
        kept = json.loads(path.read_bytes())
        if kept["key"] == key:
            return Scores.model_validate(kept["scores"])
    images = generator.samples(SEED, samples, progress=tell("drawing"))
    scores = scorer.score(images)
    path.parent.mkdir(parents=True, exist_ok=True)
    files.write_json(path, {"key": key, "step": generator.step, "scores": scores.model_dump(mode="json")})
    scorer.forget(images)
    return scores


def load_test_images() -> Dataset:
    """Return the 10,000 test images.

    Raises:
        ValueError: the whole set is not on this machine.
    """
    if load_dataset(DATASET, may_download=False).is_sample:
        raise ValueError(f"The whole of {DATASET} is not on this machine: `python -m dcgan data {DATASET} --download`.")
    return load_dataset(DATASET, split="test", may_download=False)


def require_classifier() -> Classifier:
    """Return the classifier of the set, which ships with the app."""
    classifier = find_classifier(DATASET)
    assert classifier is not None
    return classifier


def _open_inception() -> Network:
    from dcgan.quality.inception import load_inception  # TensorFlow only where something is missing

    return load_inception()
