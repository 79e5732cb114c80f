import gzip
import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from dcgan.data.idx import read_idx

SYSTEM_FILE = Path("/usr/share/datasets/fashion-mnist/t10k-images-idx3-ubyte.gz")

with_tmp_path = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


def idx_bytes(array: np.ndarray) -> bytes:
    return bytes([0, 0, 8, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes()


def read(folder: Path, content: bytes, max_bytes: int = 10**6) -> np.ndarray:
    path = folder / "some-file"
    path.write_bytes(content)
    return read_idx(path, max_bytes)


ARRAY = np.arange(24, dtype=np.uint8).reshape(4, 3, 2)
PLAIN = idx_bytes(ARRAY)
PACKED = gzip.compress(PLAIN, mtime=0)


@with_tmp_path
@given(hnp.arrays(np.uint8, hnp.array_shapes(max_dims=4, max_side=5)), st.booleans())
def test_plain_and_gzipped_files_give_back_the_array(tmp_path: Path, array: np.ndarray, packed: bool) -> None:
    content = idx_bytes(array)
    found = read(tmp_path, gzip.compress(content) if packed else content)
    assert found.dtype == np.uint8
    np.testing.assert_array_equal(found, array)


@pytest.mark.parametrize("length", range(len(PLAIN)))
def test_a_plain_file_cut_anywhere_is_refused(tmp_path: Path, length: int) -> None:
    with pytest.raises(ValueError, match=r"cut short|not an idx file"):
        read(tmp_path, PLAIN[:length])


@pytest.mark.parametrize("length", range(2, len(PACKED)))
def test_a_gzipped_file_cut_anywhere_is_refused(tmp_path: Path, length: int) -> None:
    with pytest.raises(ValueError, match="broken gzip file"):
        read(tmp_path, PACKED[:length])


def test_a_file_longer_than_its_header_says_is_refused(tmp_path: Path) -> None:
    for content in (PLAIN + b"\0", gzip.compress(PLAIN + b"\0"), PACKED + PACKED):
        with pytest.raises(ValueError, match="longer than its header says: 24 bytes"):
            read(tmp_path, content)


def test_a_flipped_bit_inside_gzip_is_noticed_by_its_own_sum(tmp_path: Path) -> None:
    content = bytearray(gzip.compress(PLAIN, compresslevel=0))  # stored, so that only the sum can tell
    content[-12] ^= 1
    with pytest.raises(ValueError, match="broken gzip file: CRC check failed"):
        read(tmp_path, bytes(content))


@with_tmp_path
@given(st.binary(max_size=60), st.sampled_from((b"", b"\0\0\x08", b"\x1f\x8b\x08")))
def test_bytes_from_strangers_are_read_or_refused_with_a_value_error(
    tmp_path: Path, content: bytes, beginning: bytes
) -> None:
    try:
        found = read(tmp_path, beginning + content)
    except ValueError as error:
        assert str(error).startswith("some-file ")
    else:
        assert idx_bytes(found) == beginning + content


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "begins with nothing"),
        (b"\x89PNG\r\n", "is not an idx file: it begins with 89 50 4e 47"),
        (b"\0\0\x0d\x01" + struct.pack(">I", 1) + b"\0" * 4, "type 0x0d; only unsigned bytes"),
        (b"\0\0\x08\0", "has 0 dimensions"),
        (b"\0\0\x08\x05" + b"\0\0\0\x01" * 5 + b"\0", "has 5 dimensions; 1 to 4"),
        (b"\0\0\x08\x02\0\0\0\x01", "cut short inside its header"),
        (b"\0\0\x08\x02" + struct.pack(">2I", 3, 0), "is empty: its dimensions are 3 x 0"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, content: bytes, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        read(tmp_path, content)


def test_a_header_that_promises_too_much_is_refused_before_anything_is_read(tmp_path: Path) -> None:
    # 4 dimensions of 2**32 - 1 each are 3.4e38 bytes; a gzip bomb is stopped in the same place.
    bomb = b"\0\0\x08\x04" + b"\xff" * 16
    for content in (bomb, gzip.compress(bomb + bytes(10**6))):
        with pytest.raises(ValueError, match="at most 1,000,000 are read"):
            read(tmp_path, content)


def test_a_missing_file_is_not_mistaken_for_a_bad_one(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_idx(tmp_path / "nothing")


@pytest.mark.skipif(not SYSTEM_FILE.exists(), reason="the package dataset-fashion-mnist is not installed")
def test_the_published_test_images_are_read() -> None:
    images = read_idx(SYSTEM_FILE)
    assert images.shape == (10_000, 28, 28)
    assert 0 in images and 255 in images
