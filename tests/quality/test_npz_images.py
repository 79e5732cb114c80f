import io
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dcgan.quality import npz_images
from dcgan.quality.npz_images import read_npz_images

PIXELS = np.arange(2 * 3 * 4 * 1, dtype=np.uint8).reshape(2, 3, 4, 1)


def saved(path: Path, **arrays: Any) -> Path:
    np.savez(path, **arrays)
    return path


def forged(path: Path, member: bytes, name: str = "images.npy") -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(name, member)
    return path


def npy_bytes(header: str) -> bytes:
    padded = header.encode() + b" " * (-(len(header) + 11) % 64) + b"\n"
    return b"\x93NUMPY\x01\x00" + len(padded).to_bytes(2, "little") + padded


@pytest.mark.parametrize("is_small", [False, True])
def test_pixels_come_back_as_they_are(tmp_path: Path, is_small: bool) -> None:
    save = np.savez_compressed if is_small else np.savez
    save(tmp_path / "a.npz", images=PIXELS, others=np.zeros(3))
    assert np.array_equal(read_npz_images(tmp_path / "a.npz"), PIXELS)


def test_grey_images_may_leave_out_their_channel(tmp_path: Path) -> None:
    assert np.array_equal(read_npz_images(saved(tmp_path / "a.npz", images=PIXELS[..., 0])), PIXELS)


@pytest.mark.parametrize(
    "images",
    [
        PIXELS.astype(np.float32), PIXELS.astype(np.int64), PIXELS[0, 0], np.zeros((2, 3, 4, 2), np.uint8),
        np.zeros((0, 28, 28, 1), np.uint8), np.asfortranarray(np.zeros((2, 3, 4, 3), np.uint8)),
        np.array([{"a": 1}], object),
    ],
    ids=["float", "int64", "line", "two channels", "none", "columns first", "objects"],
)  # fmt: skip
def test_other_arrays_are_refused_with_what_is_allowed(tmp_path: Path, images: np.ndarray) -> None:
    with pytest.raises(ValueError, match=r"cannot be used: .* uint8 \(N, H, W, C\) with C 1 or 3"):
        read_npz_images(saved(tmp_path / "a.npz", images=images))


def test_a_file_without_images_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"a.npz cannot be used: it has no array 'images'"):
        read_npz_images(saved(tmp_path / "a.npz", pictures=PIXELS))


@pytest.mark.parametrize(
    "member",
    [
        b"", b"nonsense", npy_bytes("{'descr': '|u1', 'fortran_order': False, 'shape': (9, 28, 28, 1), }"),
        npy_bytes("{'descr': '|u1', 'fortran_order': False, 'shape': (1048576, 1024, 1024, 1), }"),
        npy_bytes("{'descr': '|u1', 'fortran_order': False, 'shape': (-1, 28, 28, 1), }"),
        npy_bytes("{'descr': '|u1', 'fortran_order': False, 'shape': (2, 1, 1, 1), }") + b"123",
        npy_bytes("__import__('os').system('true')"),
    ],
    ids=["empty", "nonsense", "nothing behind", "1 TiB", "negative", "more behind", "code"],
)  # fmt: skip
def test_headers_that_lie_are_refused(tmp_path: Path, member: bytes) -> None:
    with pytest.raises(ValueError, match="cannot be used"):
        read_npz_images(forged(tmp_path / "a.npz", member))


def test_what_is_no_zip_or_no_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.npz").write_bytes(b"no zip")
    with pytest.raises(ValueError, match="cannot be read"):
        read_npz_images(tmp_path / "a.npz")
    with pytest.raises(ValueError, match="There is no file"):
        read_npz_images(tmp_path / "b.npz")


def test_too_many_pixels_are_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(npz_images, "MOST_BYTES", 23)
    with pytest.raises(ValueError, match="24 bytes, more than 23"):
        read_npz_images(saved(tmp_path / "a.npz", images=PIXELS))


def test_a_bomb_of_zeros_gives_no_more_than_it_says(tmp_path: Path) -> None:
    buffer = io.BytesIO(npy_bytes("{'descr': '|u1', 'fortran_order': False, 'shape': (1, 2, 2, 1), }") + bytes(10**7))
    with zipfile.ZipFile(tmp_path / "a.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("images.npy", buffer.getvalue())
    with pytest.raises(ValueError, match="another number of pixels"):
        read_npz_images(tmp_path / "a.npz")
