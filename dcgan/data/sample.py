"""The sample that ships with the app: 10,000 of Fashion-MNIST's training images, 1,000 a class.

Owns the file `fashion-mnist-sample.npz` and the command that makes it from the original:

    python -m dcgan.data.sample OUT
"""

import sys
import zipfile
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dcgan.data.cache import Content, content_sha256
from dcgan.data.sources import FASHION_MNIST, find

PATH = Path(__file__).with_name("fashion-mnist-sample.npz")
SHA256 = "73194a0c06a93deab58b95e00e618cc5c80fb5c9a84df26bbc429eeb3507846a"
IMAGES_PER_CLASS = 1_000


class SampleError(ValueError):
    """The sample is missing or damaged."""


def load_sample() -> Content:
    """Read the sample and check its sum.

    Raises:
        SampleError: the file is missing or damaged.
    """
    try:
        with PATH.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            images, labels = arrays["images"], arrays["labels"]
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise SampleError(f"The sample that ships with the app cannot be read; install it again. ({error})") from error
    if content_sha256(images, labels) != SHA256:
        raise SampleError(f"The sample that ships with the app is damaged ({PATH}); install it again.")
    images.flags.writeable = labels.flags.writeable = False
    return Content(images, labels, "sample")


def pick(labels: NDArray[np.uint8]) -> NDArray[np.intp]:
    """Return the rows of the first 1,000 images of each class, in the order of the original."""
    firsts = [np.flatnonzero(labels == label)[:IMAGES_PER_CLASS] for label in np.unique(labels)]
    return np.sort(np.concatenate(firsts))


def main(arguments: list[str]) -> int:
    """Write the sample to the one path that is given; return the exit code."""
    if len(arguments) != 1:
        sys.stderr.write("usage: python -m dcgan.data.sample OUT\n")
        return 2
    original = find(FASHION_MNIST["train"])
    if original is None:
        sys.stderr.write("The 60,000 training images are neither on this machine nor to be downloaded.\n")
        return 1
    rows = pick(original.labels)
    with Path(arguments[0]).open("wb") as file:
        np.savez_compressed(file, images=original.images[rows], labels=original.labels[rows])
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
