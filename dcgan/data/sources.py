"""Where the original files come from: the system's package, Keras's cache, or a download.

Owns the names, sums and folders of the published files. Every set that leaves here has the right sum; a source that
has another one is passed over, with a line in the log. Leaves caching, and what to do without any source, to others.
"""

import logging
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dcgan.data.cache import Content, Source, Split, content_sha256
from dcgan.data.download import Progress, PublishedFile, download
from dcgan.data.idx import read_idx

SYSTEM_FOLDER = Path("/usr/share/datasets/fashion-mnist")  # Debian's package dataset-fashion-mnist
BASE_URL = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/"

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Original:
    """One split as it was published.

    Attributes:
        images: the images' file.
        labels: the labels' file.
        shape: N, height, width of the images.
        sha256: of the unpacked content (`cache.content_sha256`), because packagers compress the same content anew.
    """

    images: PublishedFile
    labels: PublishedFile
    shape: tuple[int, int, int]
    sha256: str


FASHION_MNIST: dict[Split, Original] = {
    "train": Original(
        images=PublishedFile(
            "train-images-idx3-ubyte.gz",
            26_421_880,
            "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
        ),
        labels=PublishedFile(
            "train-labels-idx1-ubyte.gz",
            29_515,
            "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
        ),
        shape=(60_000, 28, 28),
        sha256="16d82e2b505296aa2b78bd5ea0992634f30419a4c97def7c907d154a35ac6157",
    ),
    "test": Original(
        images=PublishedFile(
            "t10k-images-idx3-ubyte.gz",
            4_422_102,
            "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
        ),
        labels=PublishedFile(
            "t10k-labels-idx1-ubyte.gz",
            5_148,
            "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
        ),
        shape=(10_000, 28, 28),
        sha256="9f1ec356a747bfe4ebab3cfb722d3694c9ca737e2570f6f90cf31d7b6fd689d4",
    ),
}


def keras_folder() -> Path:
    """Return where Keras keeps its own copy: under `KERAS_HOME`, else under ~/.keras."""
    home = os.environ.get("KERAS_HOME")
    return (Path(home).expanduser() if home else Path.home() / ".keras") / "datasets" / "fashion-mnist"


def is_installed(original: Original) -> bool:
    """Whether a folder of this machine has the files of a split; what is in them is not looked at."""
    files = (original.images.name, original.labels.name)
    return any(all((folder / name).is_file() for name in files) for _, folder in _folders())


def find(original: Original, progress: Progress | None = None, *, may_download: bool = True) -> Content | None:
    """Return the whole set from the first source that has it with the right sum; None where no source does.

    Args:
        original: what is looked for.
        progress: called with bytes done and bytes in all while downloading; an exception of its own ends it.
        may_download: whether the network is a source.
    """
    for source, folder in _folders():
        content = _try(source, folder, original)
        if content is not None:
            return content
    if not may_download:
        return None
    with tempfile.TemporaryDirectory(prefix="dcgan-download-") as name:
        folder = Path(name)
        if not download(BASE_URL, (original.images, original.labels), folder, progress):
            return None
        return _try("download", folder, original)


def _folders() -> tuple[tuple[Source, Path], ...]:
    """The folders of this machine that may have the published files, in order."""
    return ("system", SYSTEM_FOLDER), ("keras", keras_folder())


def _try(source: Source, folder: Path, original: Original) -> Content | None:
    try:
        images, labels = _read(folder, original)
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        log.warning("The files in %s (%s) are passed over: %s", folder, source, error)
        return None
    return Content(images, labels, source)


def _read(folder: Path, original: Original) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Read both files, and return images (N, H, W, 1) and labels (N,), read-only, once their sum is right."""
    images, labels = read_idx(folder / original.images.name), read_idx(folder / original.labels.name)
    if images.shape != original.shape or labels.shape != original.shape[:1]:
        raise ValueError(f"images {images.shape} with labels {labels.shape}, expected {original.shape}")
    found = content_sha256(images, labels)
    if found != original.sha256:
        raise ValueError(f"sha256 {found}, expected {original.sha256}")
    images.flags.writeable = labels.flags.writeable = False
    return images[..., None], labels
