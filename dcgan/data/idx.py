"""Idx files, plain or gzipped, as MNIST and its relatives come: unsigned bytes with a header of dimensions.

Written for files from strangers: nothing is believed that was not read. Leaves what the numbers mean to others.
"""

import gzip
import math
import struct
import zlib
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

MAX_BYTES = 2**30  # 22 times the largest set that ships as idx; a header may promise anything
MAX_DIMENSIONS = 4

_UNSIGNED_BYTE = 0x08
_GZIP = b"\x1f\x8b"
_CHUNK = 2**20


def read_idx(path: Path, max_bytes: int = MAX_BYTES) -> NDArray[np.uint8]:
    """Read one idx file of unsigned bytes; gzip is known by its first bytes, not by the name.

    Args:
        path: the file.
        max_bytes: the most content that is accepted, after unpacking.

    Returns:
        uint8, of the shape that the header names.

    Raises:
        ValueError: not an idx file, another type, too large, shorter or longer than its header says, or broken gzip.
        OSError: the file cannot be read.
    """
    with path.open("rb") as raw:
        packed = raw.read(2) == _GZIP
        raw.seek(0)
        try:
            if not packed:
                return _parse(raw, path.name, max_bytes)
            with gzip.GzipFile(fileobj=raw) as unpacked:
                return _parse(unpacked, path.name, max_bytes)  # type: ignore[arg-type]  # GzipFile reads like a BinaryIO
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise ValueError(f"{path.name} is a broken gzip file: {error}.") from error


def _parse(file: BinaryIO, name: str, max_bytes: int) -> NDArray[np.uint8]:
    shape = _read_shape(file, name)
    expected = math.prod(shape)
    if expected > max_bytes:
        raise ValueError(f"{name} promises {expected:,} bytes; at most {max_bytes:,} are read.")

    # In pieces, so that memory follows what is there and not what was promised.
    content = bytearray()
    while len(content) < expected and (piece := file.read(min(_CHUNK, expected - len(content)))):
        content += piece
    if len(content) < expected:
        raise ValueError(f"{name} is cut short: its header promises {expected:,} bytes, {len(content):,} are there.")
    if file.read(1):
        raise ValueError(f"{name} is longer than its header says: {expected:,} bytes were promised.")
    return np.frombuffer(content, np.uint8).reshape(shape)


def _read_shape(file: BinaryIO, name: str) -> tuple[int, ...]:
    magic = file.read(4)
    if len(magic) < 4 or magic[:2] != b"\0\0":
        raise ValueError(f"{name} is not an idx file: it begins with {magic.hex(' ') or 'nothing'}, not with 00 00.")
    kind, dimensions = magic[2], magic[3]
    if kind != _UNSIGNED_BYTE:
        raise ValueError(f"{name} holds numbers of type 0x{kind:02x}; only unsigned bytes (0x08) can be read.")
    if not 1 <= dimensions <= MAX_DIMENSIONS:
        raise ValueError(f"{name} has {dimensions} dimensions; 1 to {MAX_DIMENSIONS} can be read.")
    header = file.read(4 * dimensions)
    if len(header) < 4 * dimensions:
        raise ValueError(f"{name} is cut short inside its header.")
    shape = struct.unpack(f">{dimensions}I", header)
    if 0 in shape:
        raise ValueError(f"{name} is empty: its dimensions are {' x '.join(map(str, shape))}.")
    return shape
