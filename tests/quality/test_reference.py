from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from dcgan.data.cache import data_folder
from dcgan.data.datasets import Dataset, load_dataset
from dcgan.quality import reference as module
from dcgan.quality.classifier import Classifier, Judged, find_classifier
from dcgan.quality.reference import load_reference


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A cache of its own, and a reference of 1,000 images."""
    monkeypatch.setenv("DCGAN_DATA", str(tmp_path))
    monkeypatch.setattr(module, "MOST_IMAGES", 1_000)
    monkeypatch.setattr(module, "MOST_HELD_OUT", 300)


@pytest.fixture(scope="module")
def dataset() -> Dataset:
    return load_dataset("fashion-mnist")


@pytest.fixture
def classifier() -> Classifier:
    found = find_classifier("fashion-mnist")
    assert found is not None
    return found


def test_reference_and_held_out_are_different_images_of_the_set(dataset: Dataset, classifier: Classifier) -> None:
    reference = load_reference(classifier, dataset)
    assert reference is not None
    assert reference.features.shape == (1_000, 64) and reference.held_out.shape == (300, 64)
    shared = {row.tobytes() for row in reference.features} & {row.tobytes() for row in reference.held_out}
    assert len(shared) <= 3  # the set has a few exact copies
    assert reference.moments.count == 1_000


def test_real_images_are_near_real_ones_and_nearer_the_more_there_are(dataset: Dataset, classifier: Classifier) -> None:
    reference = load_reference(classifier, dataset)
    assert reference is not None
    few, many = reference.floor(100)[0], reference.floor(300)[0]
    assert 0 < many < few
    kid = reference.floor(300)[1]
    assert abs(kid.mean) < kid.deviation


def test_it_is_measured_once_and_read_again(
    dataset: Dataset, classifier: Classifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = load_reference(classifier, dataset)

    def never(*_: object) -> Judged:
        raise AssertionError("measured again")

    monkeypatch.setattr(Classifier, "judge", never)
    again = load_reference(classifier, dataset)
    assert first is not None and again is not None
    assert np.array_equal(first.features, again.features) and np.array_equal(first.held_out, again.held_out)


@pytest.mark.parametrize("damage", ["empty", "nonsense", "half", "flipped", "nan"])
def test_a_damaged_cache_is_measured_anew(dataset: Dataset, classifier: Classifier, damage: str) -> None:
    first = load_reference(classifier, dataset)
    (cached,) = (data_folder() / "quality").iterdir()
    if damage == "nan":
        broken = np.full((300, 64), np.nan, np.float32)
        np.savez(cached, held_out=broken, features=broken)
    else:
        whole = cached.read_bytes()
        flipped = whole[:5000] + bytes([whole[5000] ^ 1]) + whole[5001:]
        half = whole[: len(whole) // 2]
        cached.write_bytes({"empty": b"", "nonsense": b"PK nonsense", "half": half, "flipped": flipped}[damage])
    again = load_reference(classifier, dataset)
    assert first is not None and again is not None and np.array_equal(first.features, again.features)


def test_another_set_has_another_place(dataset: Dataset, classifier: Classifier) -> None:
    load_reference(classifier, dataset)
    load_reference(classifier, replace(dataset, sha256="0" * 64))
    assert len(list((data_folder() / "quality").iterdir())) == 2


def test_a_tiny_set_is_no_reference(dataset: Dataset, classifier: Classifier) -> None:
    assert load_reference(classifier, replace(dataset, images=dataset.images[:399])) is None


def test_a_folder_that_cannot_be_written_costs_only_time(
    dataset: Dataset, classifier: Classifier, tmp_path: Path
) -> None:
    (tmp_path / "quality").write_text("in the way")
    assert load_reference(classifier, dataset) is not None
