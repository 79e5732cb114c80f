"""Images from elsewhere: the array `images` of a `.npz` file, read with suspicion.

Owns what such a file may hold; nothing in it is executed, and no more is read than it may have.
"""

import zipfile
from math import prod
from pathlib import Path

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

MEMBER = "images.npy"
MOST_BYTES = 1_000_000_000  # of pixels: 10,000 images of 128 px in colour have half
_HEADER_BYTES = 10_000


def read_npz_images(path: Path) -> NDArray[np.uint8]:
    """Return images uint8 (N, H, W, C), C 1 or 3; (N, H, W) counts as grey.

    Raises:
        ValueError: no such file, or one that holds no such images; the sentence says what it must hold.
        OSError: it cannot be read.
    """
    if not path.is_file():
        raise ValueError(f"There is no file {path}.")
    try:
        with zipfile.ZipFile(path) as archive, archive.open(MEMBER) as member:
            version = npy.read_magic(member)
            read_header = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
            shape, is_fortran, dtype = read_header(member, max_header_size=_HEADER_BYTES)
            _require(path, shape, dtype, is_fortran)
            content = member.read(prod(shape) + 1)
    except KeyError:
        raise _refusal(path, f"it has no array {MEMBER.removesuffix('.npy')!r}") from None
    except (zipfile.BadZipFile, ValueError, EOFError, NotImplementedError, RuntimeError) as error:
        raise error if isinstance(error, _RefusedError) else _refusal(path, f"it cannot be read ({error})") from None
    if len(content) != prod(shape):
        raise _refusal(path, "it holds another number of pixels than it says")
    images = np.frombuffer(content, np.uint8).reshape(shape)
    return images if images.ndim == 4 else images[..., None]


class _RefusedError(ValueError):
    pass


def _require(path: Path, shape: tuple[int, ...], dtype: np.dtype[np.generic], is_fortran: bool) -> None:
    right = len(shape) in (3, 4) and min(shape) > 0 and (len(shape) == 3 or shape[3] in (1, 3))
    if dtype != np.uint8 or is_fortran or not right:
        raise _refusal(path, f"its images are {dtype} {shape}")
    if prod(shape) > MOST_BYTES:
        raise _refusal(path, f"its images have {prod(shape):,} bytes, more than {MOST_BYTES:,}")


def _refusal(path: Path, why: str) -> ValueError:
    return _RefusedError(
        f"{path} cannot be used: {why}. It must hold an array `images`, uint8 (N, H, W, C) with C 1 or 3."
    )
