"""Features of many images by a slow network, kept on disk part by part: what is cancelled or killed goes on later.

Owns the cache and its names. Leaves the network to whoever opens it, which happens only where something is missing.
"""

import hashlib
import io
import logging
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from dcgan.data.cache import data_folder
from dcgan.runs.files import write_atomic

Progress = Callable[[int, int], None]  # images done, images in all
IsCancelled = Callable[[], bool]
Features = NDArray[np.float32]

FID_SIZE = 299  # pixels: FID is defined by it
KID_SIZE = 75  # the fewest that pass through Inception: for KID alone, and on a scale of its own
PART_SIZE = 1_000  # images between two writes: two minutes of one core at 299 px

log = logging.getLogger(__name__)


class Cancelled(Exception):
    """Whoever asked for features does not want them any longer; what was finished is kept."""


class Network(Protocol):
    """What turns images uint8 (N, H, W, C) into features float32 (N, D)."""

    def extract(
        self, images: NDArray[np.uint8], progress: Progress | None = None, is_cancelled: IsCancelled | None = None
    ) -> Features:
        """Return the features; raises Cancelled."""


def network_sum(weights_sha256: str, image_size: int) -> str:
    """Return the sum of a network that resizes its images: of its weights and of the size."""
    return hashlib.sha256(f"{weights_sha256} {image_size}".encode()).hexdigest()


def cached_features(
    images: NDArray[np.uint8],
    network_sha256: str,
    open_network: Callable[[], Network],
    progress: Progress | None = None,
    is_cancelled: IsCancelled | None = None,
    count: int | None = None,
) -> Features:
    """Return the features of images: from the cache, and what is missing from the network.

    Args:
        images: uint8 (N, H, W, C), N at least 1; the same images in another order are other images.
        network_sha256: what the features are cached by, beside the images' own sum.
        open_network: called once at most, and not at all where all is cached.
        progress: called with images done and images in all.
        is_cancelled: asked before each batch of the network.
        count: only of the first so many images, a step on the way to all of them; None for all.

    Raises:
        Cancelled: what was finished is in the cache, in parts of 1,000 images.
    """
    path = features_path(images, network_sha256)
    total = len(images) if count is None else min(count, len(images))
    known = _read(path, len(images))
    if known is None:
        parts = path.with_suffix(".parts")
        known = _collect(images, total, parts, open_network, progress, is_cancelled)
        if total == len(images) and _write(path, known):
            shutil.rmtree(parts, ignore_errors=True)
    if progress is not None:
        progress(total, total)
    return known[:total]


def features_path(images: NDArray[np.uint8], network_sha256: str) -> Path:
    """Return where the features of images are cached, whether they are or not."""
    digest = hashlib.sha256(f"{images.shape}".encode())
    digest.update(np.ascontiguousarray(images).data)
    return data_folder() / "quality" / f"{digest.hexdigest()[:16]}-{network_sha256[:16]}.npz"


def count_cached(images: NDArray[np.uint8], network_sha256: str) -> int:
    """Return of how many images the features are cached; looks at names and not into files."""
    path = features_path(images, network_sha256)
    if path.is_file():
        return len(images)
    starts = range(0, len(images), PART_SIZE)
    found = (start for start in starts if _part_path(path.with_suffix(".parts"), start).is_file())
    return sum(min(PART_SIZE, len(images) - start) for start in found)


def _collect(
    images: NDArray[np.uint8], total: int, folder: Path, open_network: Callable[[], Network],
    progress: Progress | None, is_cancelled: IsCancelled | None,
) -> Features:  # fmt: skip
    """The parts that hold the first `total` images, those that are missing measured and written."""
    network: Network | None = None
    parts = []
    for start in range(0, total, PART_SIZE):
        chosen = images[start : start + PART_SIZE]
        part = _read(_part_path(folder, start), len(chosen))
        if part is None:
            network = network or open_network()
            part = network.extract(chosen, _shifted(progress, start, total), is_cancelled)
            _write(_part_path(folder, start), part)
        parts.append(part)
    return np.concatenate(parts)


def _part_path(folder: Path, start: int) -> Path:
    return folder / f"{start:06d}.npz"


def _shifted(progress: Progress | None, start: int, total: int) -> Progress | None:
    """The progress of a part, told as that of the whole."""
    if progress is None:
        return None
    return lambda done, _: progress(min(start + done, total), total)


def _read(path: Path, count: int) -> Features | None:
    """The features of so many images, or None where there is nothing that can be used."""
    try:
        # Opened here: NumPy leaves a file open that it cannot read.
        with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
            features: Features = stored["features"]
    except FileNotFoundError:
        return None
    except Exception as error:  # zipfile and NumPy raise a dozen kinds on damaged files
        log.warning("The cached features in %s are damaged and are measured again: %s", path, error)
        return None
    is_right = features.dtype == np.float32 and features.ndim == 2 and len(features) == count
    return features if is_right and np.isfinite(features).all() else None


def _write(path: Path, features: Features) -> bool:
    """Cache features; returns whether it could be done."""
    content = io.BytesIO()
    np.savez(content, features=features)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(path, content.getvalue())
    except OSError as error:
        log.warning("Features could not be cached in %s: %s", path, error)
        return False
    return True
