"""Data sets on disk, ready to use: `datasets/NAME/{manifest.json, images.npy, labels.npy}`.

Owns the layout, the manifest and the lock. Images come back as a read-only memory map, so that they cost page cache
and not memory. Leaves where the images first came from, and which sum is the right one, to the caller.
"""

import contextlib
import hashlib
import logging
import os
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal

import filelock
import numpy as np
import platformdirs
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, PositiveInt

Source = Literal["system", "keras", "download", "sample"]
Split = Literal["train", "test"]

LOCK_SECONDS = 600.0  # whoever holds it may be downloading over a slow line

log = logging.getLogger(__name__)


class Manifest(BaseModel):
    """What `manifest.json` says of the two files beside it; written last, so that its presence means "complete"."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    format: Literal[1] = 1
    name: str
    split: Split
    source: Source = Field(description="Where the images first came from.")
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$", description="Of the images' bytes followed by the labels'.")
    shape: tuple[PositiveInt, PositiveInt, PositiveInt, PositiveInt] = Field(description="N, height, width, channels.")
    class_names: tuple[str, ...]
    images_bytes: PositiveInt = Field(description="Size of images.npy.")
    labels_bytes: PositiveInt = Field(description="Size of labels.npy.")


@dataclass(frozen=True, eq=False)
class Content:
    """A whole set: images uint8 (N, H, W, C) and labels uint8 (N,), both read-only, and where they first came from."""

    images: NDArray[np.uint8]
    labels: NDArray[np.uint8]
    source: Source


def data_folder() -> Path:
    """Return `DCGAN_DATA`, else the user's cache directory for this app."""
    given = os.environ.get("DCGAN_DATA")
    return Path(given).expanduser() if given else platformdirs.user_cache_path("dcgan-studio")


def dataset_folder(name: str, split: Split) -> Path:
    """Return where a set is cached; a test split lies in a folder inside its set's."""
    folder = data_folder() / "datasets" / name
    return folder if split == "train" else folder / split


def content_sha256(images: NDArray[np.uint8], labels: NDArray[np.uint8]) -> str:
    """Return the sum that identifies a set: sha256 of the images' bytes followed by the labels'."""
    digest = hashlib.sha256(np.ascontiguousarray(images).data)
    digest.update(np.ascontiguousarray(labels).data)
    return digest.hexdigest()


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[bool]:
    """Hold a set's lock, so that two processes do not build it twice; yields whether the folder can be used at all."""
    with contextlib.ExitStack() as stack:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            stack.enter_context(filelock.FileLock(folder / ".lock", timeout=LOCK_SECONDS))
        except (OSError, NotImplementedError) as error:  # filelock's Timeout is an OSError
            log.warning("The data cache %s cannot be used: %s", folder, error)
            yield False
        else:
            yield True


def read(folder: Path, sha256: str) -> Content | None:
    """Return the cached set, in a tenth of a second: its own sum is compared, because a run is repeated by it.

    Args:
        folder: from `dataset_folder`.
        sha256: the sum that the manifest must name.

    Returns:
        None where nothing is cached, or what is there is damaged, half-written or another set.
    """
    try:
        manifest = Manifest.model_validate_json((folder / "manifest.json").read_bytes())
        images = _map(folder / "images.npy", manifest.images_bytes, manifest.shape)
        labels = _map(folder / "labels.npy", manifest.labels_bytes, manifest.shape[:1])
    except FileNotFoundError:
        return None
    except (OSError, ValueError, EOFError) as error:
        log.warning("The cached data set in %s is damaged and is built again: %s", folder, error)
        return None
    if manifest.sha256 != sha256:
        log.warning("The cached data set in %s is another one and is built again.", folder)
        return None
    if content_sha256(images, labels) != sha256:
        log.warning("The cached data set in %s has changed on the disk and is built again.", folder)
        return None
    return Content(images, labels, manifest.source)


def write(folder: Path, name: str, split: Split, content: Content, class_names: tuple[str, ...]) -> bool:
    """Cache a set; the caller holds the lock. Each file appears whole, the manifest last.

    Returns:
        Whether it was written; a full or read-only disk is logged and leaves no half file behind.
    """
    count, height, width, channels = content.images.shape
    try:
        (folder / "manifest.json").unlink(missing_ok=True)
        images_bytes = _put(folder / "images.npy", lambda file: _write_npy(file, content.images))
        labels_bytes = _put(folder / "labels.npy", lambda file: _write_npy(file, content.labels))
        manifest = Manifest(
            name=name,
            split=split,
            source=content.source,
            sha256=content_sha256(content.images, content.labels),
            shape=(count, height, width, channels),
            class_names=class_names,
            images_bytes=images_bytes,
            labels_bytes=labels_bytes,
        )
        text = manifest.model_dump_json(indent=1) + "\n"
        _put(folder / "manifest.json", lambda file: file.write(text.encode()))
    except OSError as error:
        log.warning("The data set %s could not be cached in %s: %s", name, folder, error)
        return False
    return True


def _map(path: Path, size: int, shape: tuple[int, ...]) -> NDArray[np.uint8]:
    """Map one array read-only, if the file's size, its header and the manifest agree."""
    if path.stat().st_size != size:
        raise ValueError(f"{path.name} has {path.stat().st_size:,} bytes, its manifest says {size:,}")
    array = np.lib.format.open_memmap(path, mode="r")
    if array.dtype != np.uint8 or array.shape != shape or not array.flags.c_contiguous:
        raise ValueError(f"{path.name} is {array.dtype} {array.shape}, its manifest says uint8 {shape}")
    return array


def _write_npy(file: BinaryIO, array: NDArray[np.uint8]) -> None:
    """Write what `numpy.save` would, but not by its `tofile`, which misses a disk that fills up at the very end."""
    array = np.ascontiguousarray(array)
    np.lib.format.write_array_header_1_0(file, np.lib.format.header_data_from_array_1_0(array))
    file.write(array.data)


def _put(path: Path, write_to: Callable[[BinaryIO], object]) -> int:
    """Write one file beside its place, wait for the disk, move it there; return its size."""
    for leftover in path.parent.glob(f".tmp-{path.name}-*"):  # of a writer that was killed; we hold the lock
        leftover.unlink(missing_ok=True)
    temporary = path.with_name(f".tmp-{path.name}-{secrets.token_hex(4)}")
    try:
        with temporary.open("xb") as file:
            write_to(file)
            file.flush()
            os.fsync(file.fileno())
            size = file.tell()
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    return size
