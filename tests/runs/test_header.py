"""Facts about a safetensors header from a stranger; the hostile ones are in `test_inspection`."""

import io
import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import save

from dcgan.runs.errors import FILE_KINDS, RefusedCheckpointError
from dcgan.runs.header import MAX_HEADER_BYTES, Entry, Header, read_header

ARRAYS = {"b/kernel": np.zeros((2, 3), np.float32), "a/step": np.array(7), "a/half": np.zeros(5, np.float16)}


def read(content: bytes) -> Header:
    return read_header(io.BytesIO(content), len(content))


def with_header(tree: object, body: bytes = b"") -> bytes:
    text = json.dumps(tree).encode()
    return len(text).to_bytes(8, "little") + text + body


def test_what_safetensors_writes_is_read() -> None:
    header = read(bytes(save(ARRAYS, metadata={"format": "1"})))
    assert header.metadata == {"format": "1"}
    assert {name: (entry.type, entry.shape) for name, entry in header.entries.items()} == {
        name: (array.dtype.name, array.shape) for name, array in ARRAYS.items()
    }
    assert header.body_bytes == 42  # 6 · 4 + 8 + 5 · 2


def test_the_file_then_stands_at_the_first_array() -> None:
    content = with_header({"__metadata__": {}, "a": _entry("F32", [1], [0, 4])}, b"abcd")
    file = io.BytesIO(content)
    assert read_header(file, len(content)).entries == {"a": Entry("float32", (1,), 0, 4)}
    assert file.read() == b"abcd"


def _entry(kind: object, shape: object, place: object) -> dict[str, Any]:
    return {"dtype": kind, "shape": shape, "data_offsets": place}


@pytest.mark.parametrize(
    "entry",
    [
        _entry("F32", [1], [0, 8]),
        _entry("F32", [2], [4, 0]),
        _entry("F32", [1], [0, 4, 8]),
        _entry("F32", [True], [0, 4]),
        _entry("F32", [1.0], [0, 4]),
        _entry("F32", [1] * 5, [0, 4]),
        _entry("F32", "1", [0, 4]),
        _entry("F32", [1], {"begin": 0}),
        _entry("F32", [1], [2**63, 2**63 + 4]),
        {"dtype": "F32", "shape": [1]},
        _entry("F32", [1], [0, 4]) | {"extra": 1},
        None,
    ],
)
def test_an_entry_that_contradicts_itself_is_refused(entry: object) -> None:
    with pytest.raises(RefusedCheckpointError) as refused:
        read(with_header({"__metadata__": {}, "a": entry}, bytes(4)))
    assert refused.value.problem.code == "checkpoint-entry"


@pytest.mark.parametrize("kind", ["BF16", "F64", "U8", "object", 7, None])
def test_types_that_we_never_write_are_refused_by_name(kind: object) -> None:
    with pytest.raises(RefusedCheckpointError, match="allowed is F32, F16, I64") as refused:
        read(with_header({"__metadata__": {}, "a": _entry(kind, [2], [0, 4])}, bytes(4)))
    assert refused.value.problem.code == "checkpoint-type"


@pytest.mark.parametrize("places", [([0, 4], [8, 12]), ([0, 4], [2, 6]), ([4, 8], [8, 12]), ([0, 4], [0, 4])])
def test_gaps_and_overlaps_are_refused(places: tuple[list[int], list[int]]) -> None:
    tree = {name: _entry("F32", [1], place) for name, place in zip("ab", places, strict=True)}
    with pytest.raises(RefusedCheckpointError) as refused:
        read(with_header({"__metadata__": {}, **tree}, bytes(12)))
    assert refused.value.problem.code == "checkpoint-places"


def test_a_header_of_the_largest_size_is_still_read() -> None:
    padded = json.dumps({"__metadata__": {}}).encode().ljust(MAX_HEADER_BYTES)
    assert read(len(padded).to_bytes(8, "little") + padded).entries == {}
    with pytest.raises(RefusedCheckpointError, match="262,145 bytes"):
        read((len(padded) + 1).to_bytes(8, "little") + padded + b" ")


@pytest.mark.parametrize(
    ("beginning", "kind"),
    [
        (b"", "empty"),
        (b"\x89HDF\r\n\x1a\n", "hdf5"),
        (b"PK\x03\x04" + bytes(26) + b"metadata.json", "keras"),
        (b"PK\x03\x04" + bytes(26) + b"kernel.npy", "npz"),
        (b"PK\x03\x04" + bytes(26) + b"a.txt", "zip"),
        (b"PK\x05\x06" + bytes(18), "zip"),
        (b"\x1f\x8b\x08" + bytes(20), "gzip"),
        (b"\x80\x02}q\x00.", "pickle"),
        (b"\x80\x05\x95" + bytes(20), "pickle"),
        (b"\x93NUMPY\x01\x00", "npy"),
        (b"\x08\x08\x12\x0cdcgan-studio", "onnx"),
        (b"\x89PNG\r\n\x1a\n", "png"),
        (b"GIF89a" + bytes(20), "gif"),
        (b"\xff\xd8\xff\xe0" + bytes(20), "jpeg"),
        (b"hello", "unknown"),
        (b"\x80", "unknown"),
    ],
)
def test_files_of_other_kinds_are_named(beginning: bytes, kind: str) -> None:
    with pytest.raises(RefusedCheckpointError) as refused:
        read(beginning)
    assert refused.value.problem.values["kind"] == kind
    assert FILE_KINDS[kind] in str(refused.value)


@given(st.binary(max_size=300))
def test_no_bytes_are_more_than_a_sentence(content: bytes) -> None:
    with pytest.raises(RefusedCheckpointError):
        read(content)


@given(st.integers(0, 10_000), st.binary(min_size=1, max_size=8))
def test_a_header_that_was_tampered_with_is_a_sentence_or_still_a_header(place: int, patch: bytes) -> None:
    content = bytearray(save(ARRAYS, metadata={"format": "1"}))
    place %= len(content)
    content[place : place + len(patch)] = patch
    try:
        header = read(bytes(content))
    except RefusedCheckpointError:
        return
    assert sum(entry.end - entry.begin for entry in header.entries.values()) == header.body_bytes
