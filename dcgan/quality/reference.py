"""The real images that generated ones are held against: their features, and how far real images are from real ones.

Owns which images of a set are the reference, and the cache of what a classifier says of them. The same for every run of
a set, however few images of it a run learns from, so that their numbers can be compared.
"""

import contextlib
import io
import logging
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dcgan.data.cache import data_folder
from dcgan.data.datasets import Dataset
from dcgan.quality.classifier import BATCH_SIZE, Classifier, Progress
from dcgan.quality.metrics import Kid, Moments, frechet_distance, measure_kid, measure_moments
from dcgan.runs.files import write_atomic

MOST_IMAGES = 10_000  # of the reference: a distance to it is within a hundredth of one to all 60,000
MOST_HELD_OUT = 2_000
FEWEST_IMAGES = 400
SEED = 20_261_124  # of the choice, the same for all

Floats = NDArray[np.float32]

log = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class Reference:
    """Real images as a classifier sees them.

    Attributes:
        features: float32 (N, 64), N at most 10,000.
        moments: of these.
        held_out: float32 (M, 64): other training images, M at most 2,000, as many as are generated for a judgement.
    """

    features: NDArray[np.float32]
    moments: Moments
    held_out: NDArray[np.float32]

    def floor(self, count: int) -> tuple[float, Kid]:
        """Return the Fréchet distance and KID of `count` real images: what a perfect generator would get."""
        held_out = self.held_out[:count]
        return frechet_distance(measure_moments(held_out), self.moments), live_kid(held_out, self.features)


def live_kid(features: NDArray[np.floating], reference: NDArray[np.floating]) -> Kid:
    """Return KID as it is measured while a run trains: 20 subsets of 500, a tenth of a second."""
    return measure_kid(features, reference, subsets=20, subset_size=500)


def load_reference(classifier: Classifier, dataset: Dataset) -> Reference | None:
    """Return the reference of a set: from the cache, else measured in seconds and cached; None for a tiny set.

    Args:
        classifier: of the set.
        dataset: the training images, all of them.
    """
    if len(dataset.images) < FEWEST_IMAGES:
        return None
    path = data_folder() / "quality" / f"{dataset.sha256[:16]}-{classifier.sha256[:16]}.npz"
    known = _read(path, "held_out", "features")
    if known is None:
        order = np.random.default_rng(SEED).permutation(len(dataset.images))
        count = min(MOST_HELD_OUT, len(order) // 4)
        known = (
            classifier.judge(dataset.images[np.sort(order[:count])]).features,
            classifier.judge(dataset.images[np.sort(order[count : count + MOST_IMAGES])]).features,
        )
        _write(path, held_out=known[0], features=known[1])
    held_out, features = known
    return Reference(features, measure_moments(features), held_out)


def load_features(
    classifier: Classifier, dataset: Dataset, progress: Progress | None = None, batch_size: int = BATCH_SIZE
) -> Floats:
    """Return the features float32 (N, 64) of all images of a set, or of its test images: cached as the reference is.

    Args:
        classifier: of the set.
        dataset: all images of either split; 60,000 take a minute on two cores the first time.
        progress: called with images done and images in all.
        batch_size: as in `Classifier.judge`.
    """
    path = data_folder() / "quality" / f"{dataset.sha256[:16]}-{classifier.sha256[:16]}-all.npz"
    known = _read(path, "features")
    if known is None:
        known = (classifier.judge(dataset.images, progress, batch_size).features,)
        _write(path, features=known[0])
    return known[0]


def _read(path: Path, *names: str) -> tuple[Floats, ...] | None:
    """The arrays of those names, or None where there is nothing that can be used."""
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
            arrays = tuple(stored[name] for name in names)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        log.warning("The cached features in %s are damaged and are measured again: %s", path, error)
        return None
    right = all(array.dtype == np.float32 and array.ndim == 2 and np.isfinite(array).all() for array in arrays)
    return arrays if right else None


def _write(path: Path, **arrays: Floats) -> None:
    """Cache them; a folder that cannot be written costs seconds the next time."""
    content = io.BytesIO()
    np.savez(content, **arrays)  # type: ignore[arg-type]
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(path, content.getvalue())
