from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dcgan.data import cache, sample, sources

needs_real_files = pytest.mark.skipif(
    not (sources.SYSTEM_FOLDER / "train-images-idx3-ubyte.gz").exists(), reason="dataset-fashion-mnist is not installed"
)


def test_the_sample_has_a_thousand_images_of_each_class_in_under_six_megabytes() -> None:
    content = sample.load_sample()
    assert content.images.shape == (10_000, 28, 28, 1) and content.images.dtype == np.uint8
    assert np.bincount(content.labels).tolist() == [1_000] * 10
    assert content.source == "sample"
    assert sample.PATH.stat().st_size < 6_000_000


@needs_real_files
def test_the_command_makes_the_sample_that_is_committed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert sample.main([str(tmp_path / "again.npz")]) == 0
    with np.load(tmp_path / "again.npz", allow_pickle=False) as arrays:
        assert cache.content_sha256(arrays["images"], arrays["labels"]) == sample.SHA256


def test_the_first_of_each_class_are_taken_in_the_order_of_the_original(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sample, "IMAGES_PER_CLASS", 2)
    labels = np.array([1, 0, 1, 1, 0, 0, 2], np.uint8)
    assert sample.pick(labels).tolist() == [0, 1, 2, 4, 6]


def test_the_command_says_what_it_lacks(small_world: Any, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert sample.main([]) == 2
    assert "usage: python -m dcgan.data.sample OUT" in capsys.readouterr().err
    assert sample.main([str(tmp_path / "out.npz")]) == 1
    assert "neither on this machine nor to be downloaded" in capsys.readouterr().err
    assert not (tmp_path / "out.npz").exists()


@pytest.mark.parametrize("damage", ["missing", "cut short", "not a zip", "other keys", "other pixels", "pickled"])
def test_a_damaged_sample_is_refused_with_advice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damage: str) -> None:
    path = tmp_path / "sample.npz"
    good = sample.load_sample()
    if damage == "cut short":
        path.write_bytes(sample.PATH.read_bytes()[:100_000])
    elif damage == "not a zip":
        path.write_bytes(b"GIF89a")
    elif damage == "other keys":
        np.savez(path, pictures=good.images)
    elif damage == "other pixels":
        np.savez(path, images=255 - good.images, labels=good.labels)
    elif damage == "pickled":
        np.savez(path, images=np.array([{}], object), labels=good.labels)
    monkeypatch.setattr(sample, "PATH", path)
    with pytest.raises(ValueError, match=r"sample that ships with the app .* install it again"):
        sample.load_sample()
