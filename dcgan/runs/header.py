"""The header of a safetensors file from a stranger, read with suspicion.

Owns the file format: the header's length, its JSON, and the places of the arrays in the file. Nothing is parsed before
its length is known to be small, and nothing is allocated because a number in the file says so. Leaves what the arrays
should be to `inspection`.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any, BinaryIO

from dcgan.runs.errors import RefusedCheckpointError, foreign_checkpoint

MAX_HEADER_BYTES = 262_144  # ours have 6,000
MAX_SIDES = 4
TYPES = {"F32": ("float32", 4), "F16": ("float16", 2), "I64": ("int64", 8)}  # the format's name: NumPy's, bytes
_NAME = re.compile(r"[A-Za-z0-9_/]{1,200}")

# How other files begin.
_BEGINNINGS: Sequence[tuple[bytes, str]] = (
    (b"\x89HDF\r\n\x1a\n", "hdf5"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"GIF8", "gif"),
    (b"\xff\xd8\xff", "jpeg"),
    (b"\x1f\x8b", "gzip"),
    (b"\x93NUMPY", "npy"),
    (b"\x08\x08\x12\x0cdcgan-studio", "onnx"),
)


@dataclass(frozen=True)
class Entry:
    """One array of the file: NumPy's name of its type, its shape, and its bytes' place after the header."""

    type: str
    shape: tuple[int, ...]
    begin: int
    end: int


@dataclass(frozen=True)
class Header:
    """What stands before the arrays."""

    entries: Mapping[str, Entry]
    metadata: Mapping[str, str]
    body_bytes: int


def read_header(file: BinaryIO, size: int) -> Header:
    """Read the header of a file of `size` bytes; the file then stands at the first array.

    Raises:
        RefusedCheckpointError: not such a file, or one whose header contradicts itself or the file's size.
    """
    beginning = file.read(64)
    length = int.from_bytes(beginning[:8], "little")
    if len(beginning) < 8 or length > min(MAX_HEADER_BYTES, size - 8):
        if kind := recognise(beginning) or ("" if beginning[8:9] == b"{" else "unknown"):  # { begins a header's JSON
            raise foreign_checkpoint(kind)
        raise RefusedCheckpointError("checkpoint-header-length", given=length, allowed=MAX_HEADER_BYTES, size=size)
    file.seek(8)
    tree = _parse(file.read(length))
    metadata = tree.pop("__metadata__", None)
    if not isinstance(metadata, dict) or not all(isinstance(value, str) for value in metadata.values()):
        raise RefusedCheckpointError("checkpoint-metadata", name="__metadata__")
    entries = {name: _read_entry(name, given) for name, given in tree.items()}
    _check_places(entries, size - 8 - length)
    return Header(entries, metadata, size - 8 - length)


def recognise(beginning: bytes) -> str:
    """Return what else a file is that begins so, one of `FILE_KINDS`; empty where it is not recognised."""
    if not beginning:
        return "empty"
    if beginning.startswith(b"PK"):
        # A zip's first member tells a .keras archive and an .npz from others.
        return "keras" if b"metadata.json" in beginning else "npz" if b".npy" in beginning else "zip"
    if beginning[0] == 0x80 and beginning[1:2] in (b"\2", b"\3", b"\4", b"\5"):  # PROTO and its version
        return "pickle"
    return next((kind for mark, kind in _BEGINNINGS if beginning.startswith(mark)), "")


def _parse(text: bytes) -> dict[str, Any]:
    """The header's JSON object; deep nesting, numbers that are none and names that stand twice are refused."""
    try:
        tree = json.loads(text, object_pairs_hook=_require_unique, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        tree = None
    if not isinstance(tree, dict):
        raise RefusedCheckpointError("checkpoint-header-json")
    return tree


def _require_unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) < len(pairs):
        raise ValueError("a name stands twice")
    return dict(pairs)


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def _read_entry(name: str, given: object) -> Entry:
    """One array's entry, whose shape and place agree."""
    if not isinstance(given, dict) or given.keys() != {"dtype", "shape", "data_offsets"} or not _NAME.fullmatch(name):
        raise RefusedCheckpointError("checkpoint-entry", name=name[:80])
    kind, shape, place = str(given["dtype"]), given["shape"], given["data_offsets"]
    if kind not in TYPES:
        raise RefusedCheckpointError("checkpoint-type", name=name[:80], given=kind[:20], allowed=", ".join(TYPES))
    numpy_name, size = TYPES[kind]
    if not (_are_counts(shape, MAX_SIDES) and _are_counts(place, 2) and place[1:] == [place[0] + prod(shape) * size]):
        raise RefusedCheckpointError("checkpoint-entry", name=name[:80])
    return Entry(numpy_name, tuple(shape), *place)


def _are_counts(numbers: object, most: int) -> bool:
    """Whether this is a list of at most so many whole numbers that a file could have."""
    return (
        isinstance(numbers, list)
        and len(numbers) <= most
        and all(type(number) is int and 0 <= number < 2**63 for number in numbers)
    )


def _check_places(entries: Mapping[str, Entry], body_bytes: int) -> None:
    """Refuse arrays that overlap, leave gaps, or do not end where the file does."""
    end = 0
    for name, entry in sorted(entries.items(), key=lambda item: (item[1].begin, item[1].end)):
        if entry.begin != end:
            raise RefusedCheckpointError("checkpoint-places", name=name)
        end = entry.end
    if end != body_bytes:
        raise RefusedCheckpointError("checkpoint-torn", given=body_bytes, expected=end)
