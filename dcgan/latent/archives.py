"""Images in one file: a zip of PNGs, and an npz with the latents that they were drawn from.

Owns the names in these files and that the same images are the same bytes: no time, no order and no machine is in them.
"""

import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dcgan.data.images import encode_png

_LONG_AGO = (1980, 1, 1, 0, 0, 0)  # the first moment that a zip can name
_READABLE = 0o644 << 16
_UNIX = 3


def sample_name(seed: int, index: int) -> str:
    """Return the name of a seed's sample without an ending: seed7-0003 for the fourth."""
    return f"seed{seed}-{index:04d}"


def encode_zip(images: Sequence[NDArray[np.uint8]], names: Sequence[str]) -> bytes:
    """Return a zip with a PNG for each image; the PNGs are packed already, so they are only put together.

    Args:
        images: uint8 (H, W, 1 or 3) each.
        names: one each, without the ending.

    Raises:
        ValueError: an array is no image.
    """
    members = [(f"{name}.png", encode_png(image)) for name, image in zip(names, images, strict=True)]
    return _pack(members, zipfile.ZIP_STORED)


def encode_npz(images: NDArray[np.uint8], latents: NDArray[np.float32], facts: Mapping[str, Any]) -> bytes:
    """Return an npz that `numpy.load` reads as it is: nothing in it is a pickle.

    Args:
        images: uint8 (N, H, W, C), as `images`.
        latents: float32 (N, dim), as `latents`: what the images were drawn from.
        facts: a number is kept as a number and text as text; anything else as text that holds JSON.
    """
    arrays: dict[str, NDArray[Any]] = {"images": images, "latents": latents}
    for name, fact in facts.items():
        arrays[name] = np.array(fact if isinstance(fact, int | float | str) else json.dumps(fact))
    members = [(f"{name}.npy", _to_npy(array)) for name, array in arrays.items()]
    return _pack(members, zipfile.ZIP_DEFLATED)


def _to_npy(array: NDArray[Any]) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=False)
    return buffer.getvalue()


def _pack(members: Sequence[tuple[str, bytes]], method: int) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in members:
            entry = zipfile.ZipInfo(name, _LONG_AGO)
            entry.compress_type, entry.external_attr, entry.create_system = method, _READABLE, _UNIX
            archive.writestr(entry, content)
    return buffer.getvalue()
