from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from dcgan.quality import features
from dcgan.quality.features import Cancelled, cached_features, count_cached, features_path, network_sum

SUM = "a" * 64


@dataclass
class FakeNetwork:
    """Its features are an image's mean and its sum; counts what it was asked for."""

    opened: int = 0
    asked: list[int] = field(default_factory=list)

    def open(self) -> "FakeNetwork":
        self.opened += 1
        return self

    def extract(
        self,
        images: np.ndarray,
        progress: features.Progress | None = None,
        is_cancelled: features.IsCancelled | None = None,
    ) -> features.Features:
        if is_cancelled is not None and is_cancelled():
            raise Cancelled("Cancelled.")
        self.asked.append(len(images))
        if progress is not None:
            progress(len(images), len(images))
        return expected(images)


def expected(images: np.ndarray) -> features.Features:
    return np.stack([images.mean(axis=(1, 2, 3)), images.sum(axis=(1, 2, 3))], axis=1).astype(np.float32)


@pytest.fixture
def images(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> np.ndarray:
    monkeypatch.setenv("DCGAN_DATA", str(tmp_path / "data"))
    monkeypatch.setattr(features, "PART_SIZE", 4)
    return np.random.default_rng(0).integers(0, 256, (10, 5, 5, 1), dtype=np.uint8)


def test_features_are_measured_once(images: np.ndarray) -> None:
    network = FakeNetwork()
    np.testing.assert_array_equal(cached_features(images, SUM, network.open), expected(images))
    np.testing.assert_array_equal(cached_features(images, SUM, network.open), expected(images))
    assert (network.opened, network.asked) == (1, [4, 4, 2])
    (kept,) = features_path(images, SUM).parent.iterdir()  # and the parts are gone
    assert kept == features_path(images, SUM)


def test_other_images_other_order_and_another_network_are_measured_again(images: np.ndarray) -> None:
    network = FakeNetwork()
    cached_features(images, SUM, network.open)
    cached_features(images[::-1], SUM, network.open)
    cached_features(images, "b" * 64, network.open)
    cached_features(images.reshape(10, 25, 1, 1), SUM, network.open)
    assert network.opened == 4


def test_what_was_cancelled_goes_on_where_it_was(images: np.ndarray) -> None:
    network = FakeNetwork()
    with pytest.raises(Cancelled):
        cached_features(images, SUM, network.open, is_cancelled=lambda: len(network.asked) == 2)
    assert count_cached(images, SUM) == 8
    np.testing.assert_array_equal(cached_features(images, SUM, network.open), expected(images))
    assert network.asked == [4, 4, 2]
    assert count_cached(images, SUM) == 10


def test_the_first_images_are_a_step_on_the_way_to_all(images: np.ndarray) -> None:
    network = FakeNetwork()
    np.testing.assert_array_equal(cached_features(images, SUM, network.open, count=4), expected(images[:4]))
    np.testing.assert_array_equal(cached_features(images, SUM, network.open, count=3), expected(images[:3]))
    assert network.asked == [4]
    cached_features(images, SUM, network.open)
    assert network.asked == [4, 4, 2]
    np.testing.assert_array_equal(cached_features(images, SUM, network.open, count=3), expected(images[:3]))
    assert network.asked == [4, 4, 2]


def test_progress_counts_all_images_and_ends_at_all_of_them(images: np.ndarray) -> None:
    calls: list[tuple[int, int]] = []
    for _ in range(2):
        cached_features(images, SUM, FakeNetwork().open, lambda done, total: calls.append((done, total)))
    assert calls == [(4, 10), (8, 10), (10, 10), (10, 10), (10, 10)]


@pytest.mark.parametrize("damage", ["cut short", "empty", "not finite", "another count", "another name"])
def test_a_damaged_cache_is_measured_again(images: np.ndarray, damage: str) -> None:
    cached_features(images, SUM, FakeNetwork().open)
    path = features_path(images, SUM)
    right = expected(images)
    if damage == "cut short":
        path.write_bytes(path.read_bytes()[:-30])
    elif damage == "empty":
        path.write_bytes(b"")
    elif damage == "not finite":
        np.savez(path, features=np.where(right > right.mean(), np.nan, right).astype(np.float32))
    elif damage == "another count":
        np.savez(path, features=right[:-1])
    else:
        np.savez(path, other=right)
    network = FakeNetwork()
    np.testing.assert_array_equal(cached_features(images, SUM, network.open), right)
    assert network.opened == 1
    np.testing.assert_array_equal(cached_features(images, SUM, network.open), right)
    assert network.opened == 1


def test_without_a_folder_to_write_to_features_are_measured_each_time(
    images: np.ndarray, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_bytes(b"")
    monkeypatch.setenv("DCGAN_DATA", str(tmp_path / "file"))
    network = FakeNetwork()
    for _ in range(2):
        np.testing.assert_array_equal(cached_features(images, SUM, network.open), expected(images))
    assert network.opened == 2


def test_a_network_at_another_size_is_another_network() -> None:
    assert network_sum(SUM, 299) != network_sum(SUM, 75) != network_sum("b" * 64, 75)
    assert len(network_sum(SUM, 299)) == 64
