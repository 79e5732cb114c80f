"""A data set's name to its images, labels, classes and provenance.

Owns the list of sets and the order in which they are looked for: our cache, the system's package, Keras's cache, a
checked download, and the sample that ships with the app. Imports neither TensorFlow nor Keras.
"""

import operator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dcgan.config import Config, batch_error, limit_error
from dcgan.data import cache, sample, sources
from dcgan.data.cache import Content, Source, Split
from dcgan.data.download import Progress

CLASS_NAMES: dict[str, tuple[str, ...]] = {
    "fashion-mnist": (
        "T-shirt/top",
        "Trouser",
        "Pullover",
        "Dress",
        "Coat",
        "Sandal",
        "Shirt",
        "Sneaker",
        "Bag",
        "Ankle boot",
    ),
}


@dataclass(frozen=True, eq=False)
class Dataset:
    """Images with what is known of them.

    Attributes:
        name: what `load_dataset` was asked for.
        images: uint8 (N, H, W, C), read-only; a memory map of the cached file where there is a cache.
        labels: uint8 (N,), read-only; each an index into `class_names`.
        class_names: in English, which is also the key of their translations.
        sha256: of the whole set's image bytes followed by its labels', whatever `limit` was.
        source: where the images first came from.
        is_sample: whether this is the small sample that stands in for the whole set.
    """

    name: str
    images: NDArray[np.uint8]
    labels: NDArray[np.uint8]
    class_names: tuple[str, ...]
    sha256: str
    source: Source
    is_sample: bool


def list_datasets() -> tuple[str, ...]:
    """Return the names that `load_dataset` knows."""
    return tuple(CLASS_NAMES)


def count_images(name: str) -> int:
    """Return how many training images a set was published with; looks at neither disk nor network.

    Raises:
        ValueError: an unknown name.
    """
    _require_known(name)
    return sources.FASHION_MNIST["train"].shape[0]


def require_images(config: Config) -> None:
    """Refuse a config that asks for more images than its set was published with; looks at neither disk nor network.

    Raises:
        ConfigError: the limit or the batch is larger than the set.
        ValueError: an unknown set.
    """
    available, limit = count_images(config.data.dataset), config.data.limit
    if limit is not None and limit > available:
        raise limit_error(limit, config.data.dataset, available)
    if config.training.batch_size > available:
        raise batch_error(config.training.batch_size, available)


def is_at_hand(name: str) -> bool:
    """Whether the whole set lies on this machine, so that loading it asks no other; looks at names and not into files.

    Raises:
        ValueError: an unknown name.
    """
    _require_known(name)
    is_cached = (cache.dataset_folder(name, "train") / "manifest.json").is_file()
    return is_cached or sources.is_installed(sources.FASHION_MNIST["train"])


def download_bytes(name: str) -> int:
    """Return how many bytes a download of the training images fetches.

    Raises:
        ValueError: an unknown name.
    """
    _require_known(name)
    original = sources.FASHION_MNIST["train"]
    return original.images.size + original.labels.size


def load_dataset(
    name: str,
    limit: int | None = None,
    progress: Progress | None = None,
    *,
    split: Split = "train",
    may_download: bool = True,
) -> Dataset:
    """Load a data set by name; milliseconds from the cache, seconds the first time.

    The first time, whole sets are cached; where that is impossible they stay in memory. The sample is never cached, so
    that the whole set is taken as soon as there is one. Safe in several processes at once.

    Args:
        name: one of `list_datasets()`.
        limit: only the first so many images, 1 to all; None means all.
        progress: called with bytes done and bytes in all while downloading.
        split: the training images, or the test images (of which there is no sample).
        may_download: whether another machine may be asked for what is not on this one.

    Raises:
        ConfigError: a limit outside its range.
        SampleError: neither the set nor the sample can be had.
        ValueError: an unknown name or split, or a test split without a source.
    """
    _require_known(name)
    if split not in sources.FASHION_MNIST:
        raise ValueError(f"split = {split!r} is not known: choose one of {', '.join(sources.FASHION_MNIST)}.")
    content = _load_whole(name, split, progress, may_download)
    is_sample = content.source == "sample"
    count = _count(limit, len(content.images), name)
    return Dataset(
        name=name,
        images=content.images[:count],
        labels=content.labels[:count],
        class_names=CLASS_NAMES[name],
        sha256=sample.SHA256 if is_sample else sources.FASHION_MNIST[split].sha256,
        source=content.source,
        is_sample=is_sample,
    )


def _load_whole(name: str, split: Split, progress: Progress | None, may_download: bool) -> Content:
    """Return the cached set, building the cache first where there is none; else the sample."""
    original = sources.FASHION_MNIST[split]
    folder = cache.dataset_folder(name, split)
    cached = cache.read(folder, original.sha256)
    if cached is not None:
        return cached
    with cache.locked(folder) as usable:
        # Another process may have built it while this one waited.
        content = cache.read(folder, original.sha256) if usable else None
        if content is not None:
            return content
        content = sources.find(original, progress, may_download=may_download)
        if content is not None and usable and cache.write(folder, name, split, content, CLASS_NAMES[name]):
            return cache.read(folder, original.sha256) or content
    if content is not None:
        return content
    if split == "test":
        raise ValueError(
            f"The test images of {name} are not on this machine and could not be downloaded; the sample that ships "
            "with the app has training images only."
        )
    return sample.load_sample()


def _require_known(name: str) -> None:
    if name not in CLASS_NAMES:
        raise ValueError(f"dataset = {name!r} is not known: choose one of {', '.join(list_datasets())}.")


def _count(limit: int | None, available: int, name: str) -> int:
    if limit is None:
        return available
    try:
        count = operator.index(limit)
    except TypeError:
        count = 0
    if isinstance(limit, bool) or not 1 <= count <= available:
        raise limit_error(limit, name, available)
    return count
