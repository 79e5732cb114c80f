import logging
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dcgan.config import ConfigError, build_config
from dcgan.data import cache, sources
from dcgan.data.datasets import Dataset, count_images, list_datasets, load_dataset, require_images

ROOT = Path(__file__).parents[2]
SYSTEM_FOLDER = sources.SYSTEM_FOLDER
needs_real_files = pytest.mark.skipif(
    not (SYSTEM_FOLDER / "train-images-idx3-ubyte.gz").exists(), reason="dataset-fashion-mnist is not installed"
)


def assert_whole(dataset: Dataset, small_world: Any, source: str) -> None:
    np.testing.assert_array_equal(dataset.images, small_world.images)
    np.testing.assert_array_equal(dataset.labels, small_world.labels)
    assert (dataset.source, dataset.is_sample) == (source, False)
    assert dataset.sha256 == small_world.originals["train"].sha256
    assert not dataset.images.flags.writeable and not dataset.labels.flags.writeable


def test_the_systems_package_comes_before_kerass_cache(small_world: Any) -> None:
    small_world.install("system")
    small_world.install("keras")
    assert_whole(load_dataset("fashion-mnist"), small_world, "system")


def test_kerass_cache_is_used_where_the_system_has_nothing(small_world: Any) -> None:
    small_world.install("keras")
    assert_whole(load_dataset("fashion-mnist"), small_world, "keras")


def test_our_cache_comes_first_and_remembers_where_the_images_came_from(small_world: Any) -> None:
    small_world.install("keras")
    load_dataset("fashion-mnist")
    small_world.install("system")
    dataset = load_dataset("fashion-mnist")
    assert_whole(dataset, small_world, "keras")
    assert isinstance(dataset.images.base, np.memmap)


@pytest.mark.parametrize("damage", ["other-bytes", "cut", "missing-labels", "swapped"])
def test_a_source_with_other_content_is_passed_over_with_a_reason(
    small_world: Any, damage: str, caplog: pytest.LogCaptureFixture
) -> None:
    small_world.install("system")
    small_world.install("keras")
    images, labels = (small_world.root / "system" / name for name in ("train-images.gz", "train-labels.gz"))
    if damage == "other-bytes":
        labels.write_bytes(b"\0\0\x08\x01\0\0\0\x1e" + bytes(30))  # 30 labels, all of them 0
    elif damage == "cut":
        images.write_bytes(images.read_bytes()[:-9])
    elif damage == "missing-labels":
        labels.unlink()
    else:
        images.write_bytes(labels.read_bytes())
    assert_whole(load_dataset("fashion-mnist"), small_world, "keras")
    reasons = [record.message for record in caplog.records if "(system) are passed over" in record.message]
    assert len(reasons) == (0 if damage == "missing-labels" else 1)


def test_without_any_source_the_sample_stands_in_and_says_so(small_world: Any) -> None:
    dataset = load_dataset("fashion-mnist")
    assert dataset.images.shape == (10_000, 28, 28, 1)
    assert (dataset.source, dataset.is_sample) == ("sample", True)
    assert dataset.sha256 == cache.content_sha256(dataset.images, dataset.labels)
    assert not dataset.images.flags.writeable


def test_the_sample_is_never_taken_for_the_real_set(small_world: Any) -> None:
    assert load_dataset("fashion-mnist").is_sample
    assert not (small_world.cache / "manifest.json").exists()
    small_world.install("system")
    assert_whole(load_dataset("fashion-mnist"), small_world, "system")


def test_the_test_images_are_a_set_of_their_own(small_world: Any) -> None:
    small_world.install("system")
    train, test = load_dataset("fashion-mnist"), load_dataset("fashion-mnist", split="test")
    assert (len(train.images), len(test.images)) == (30, 5)
    assert train.sha256 != test.sha256
    again = load_dataset("fashion-mnist", split="test")
    assert isinstance(again.images.base, np.memmap) and len(again.images) == 5


def test_the_sample_has_no_test_images_and_that_is_said(small_world: Any) -> None:
    with pytest.raises(ValueError, match=r"test images of fashion-mnist .* training images only"):
        load_dataset("fashion-mnist", split="test")


def test_a_limit_takes_the_first_images_and_keeps_the_whole_sets_sum(small_world: Any) -> None:
    small_world.install("system")
    dataset = load_dataset("fashion-mnist", limit=7)
    np.testing.assert_array_equal(dataset.images, small_world.images[:7])
    np.testing.assert_array_equal(dataset.labels, small_world.labels[:7])
    assert dataset.sha256 == small_world.originals["train"].sha256
    assert len(load_dataset("fashion-mnist", limit=30).images) == 30


@pytest.mark.parametrize("limit", [0, -1, 31, True, 2.0, "5"])
def test_a_limit_outside_its_range_is_refused_with_the_range(small_world: Any, limit: Any) -> None:
    small_world.install("system")
    with pytest.raises(ValueError, match=r"limit = .* cannot be used: fashion-mnist has 30 images, so it is 1 to 30"):
        load_dataset("fashion-mnist", limit=limit)


def test_an_unknown_name_is_answered_with_the_known_ones(small_world: Any) -> None:
    assert list_datasets() == ("fashion-mnist",)
    for name in ("fashion", "../../etc", ""):
        with pytest.raises(ValueError, match=r"dataset = .* is not known: choose one of fashion-mnist\."):
            load_dataset(name)
    assert not small_world.cache.exists()


def test_the_number_of_images_is_known_without_a_look_at_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DCGAN_DATA", str(tmp_path / "none"))
    assert count_images("fashion-mnist") == 60_000
    assert not (tmp_path / "none").exists()
    with pytest.raises(ValueError, match="choose one of fashion-mnist"):
        count_images("mnist")


@pytest.mark.parametrize(
    ("changes", "sentence", "most"),
    [
        ({"data.limit": 31}, r"data\.limit = 31 cannot be used: fashion-mnist has 30 images, so it is 1 to 30\.", 30),
        ({"training.batch_size": 31}, r"training\.batch_size = 31 .* at most the number of images, 30\.", 30),
    ],
)
def test_more_images_than_were_published_are_refused(
    small_world: Any, changes: dict[str, int], sentence: str, most: int
) -> None:
    with pytest.raises(ConfigError, match=sentence) as caught:
        require_images(build_config("notebook", {"training.batch_size": 2} | changes))
    assert caught.value.most == most
    require_images(build_config("notebook", {path: 30 for path in ("data.limit", "training.batch_size")}))


def test_an_unknown_split_is_answered_with_the_known_ones(small_world: Any) -> None:
    with pytest.raises(ValueError, match=r"split = 'validation' is not known: choose one of"):
        load_dataset("fashion-mnist", split="validation")  # type: ignore[arg-type]


@needs_real_files
def test_the_real_training_images_load_and_a_second_time_map_the_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DCGAN_DATA", str(tmp_path))
    first = load_dataset("fashion-mnist")
    assert first.images.shape == (60_000, 28, 28, 1) and first.images.dtype == np.uint8
    assert np.bincount(first.labels).tolist() == [6_000] * 10
    assert [first.class_names[label] for label in first.labels[:3]] == ["Ankle boot", "T-shirt/top", "T-shirt/top"]
    assert (first.source, first.is_sample) == ("system", False)

    def must_not_run(*_: object) -> None:
        raise AssertionError("the original files were read again")

    monkeypatch.setattr(sources, "read_idx", must_not_run)
    second = load_dataset("fashion-mnist")
    assert isinstance(second.images.base, np.memmap)
    assert second.sha256 == first.sha256 and second.source == "system"
    np.testing.assert_array_equal(second.images[::1_000], first.images[::1_000])


@needs_real_files
def test_images_that_changed_on_the_disk_are_built_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DCGAN_DATA", str(tmp_path))
    expected = np.array(load_dataset("fashion-mnist").images[:2])
    with (tmp_path / "datasets" / "fashion-mnist" / "images.npy").open("r+b") as file:
        file.seek(-60_000 * 28 * 28, 2)  # the first image's first bytes; the size stays
        file.write(bytes(100))
        file.write(b"\xff" * 500)
    np.testing.assert_array_equal(load_dataset("fashion-mnist").images[:2], expected)


@needs_real_files
def test_the_real_test_images_load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DCGAN_DATA", str(tmp_path))
    dataset = load_dataset("fashion-mnist", split="test")
    assert dataset.images.shape == (10_000, 28, 28, 1)
    assert np.bincount(dataset.labels).tolist() == [1_000] * 10


def test_loading_imports_neither_tensorflow_nor_keras(small_world: Any) -> None:
    code = (
        "import sys; from dcgan.data.datasets import load_dataset; load_dataset('fashion-mnist');"
        "print([name for name in sys.modules if name.split('.')[0] in ('tensorflow', 'keras', 'streamlit')])"
    )
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "[]"


def test_a_load_without_a_network_says_nothing_alarming(small_world: Any, caplog: pytest.LogCaptureFixture) -> None:
    load_dataset("fashion-mnist")
    assert [record.message for record in caplog.records if record.levelno >= logging.WARNING] == []
