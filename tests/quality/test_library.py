"""What is seen of single images beside training images; on a part of the real set, so that it takes seconds."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from dcgan.data.datasets import Dataset, load_dataset
from dcgan.quality import library as module
from dcgan.quality.classifier import find_classifier
from dcgan.quality.library import NEIGHBOURS, Library, open_library

COUNT = 2_000


@pytest.fixture(scope="module")
def dataset() -> Dataset:
    whole = load_dataset("fashion-mnist")
    return replace(whole, images=whole.images[:COUNT], labels=whole.labels[:COUNT], sha256="5" * 64)


@pytest.fixture(scope="module")
def test_images() -> NDArray[np.uint8]:
    return load_dataset("fashion-mnist", split="test").images


@pytest.fixture(scope="module")
def library(dataset: Dataset, test_images: NDArray[np.uint8]) -> Library:
    return make_library(dataset, test_images[:400])


def make_library(dataset: Dataset, test: NDArray[np.uint8] | None) -> Library:
    classifier = find_classifier("fashion-mnist", threads=1)
    assert classifier is not None
    return Library(classifier, dataset, classifier.judge(dataset.images).features, test)


def verdicts(library: Library, images: NDArray[np.uint8]) -> dict[str, int]:
    found = [look.verdict for look in library.look(images)]
    return {verdict: found.count(verdict) for verdict in ("copy", "near", "new", "far")}


def test_the_neighbours_are_those_that_a_search_of_all_finds(library: Library, test_images: NDArray[np.uint8]) -> None:
    classifier = find_classifier("fashion-mnist")
    assert classifier is not None
    known = classifier.judge(library.dataset.images).features.astype(np.float64)
    some = test_images[500:520]
    for image, look in zip(some, library.look(some), strict=True):
        distances = np.linalg.norm(known - classifier.judge(image[None]).features[0], axis=1)
        nearest = np.argsort(distances)[:NEIGHBOURS]
        if look.pixel_rank >= 0.01:
            assert [one.index for one in look.neighbours] == nearest.tolist()
            assert [one.distance for one in look.neighbours] == pytest.approx(distances[nearest].tolist(), abs=1e-3)
        for one in look.neighbours:
            training_image = library.dataset.images[one.index].astype(float)
            assert one.label == library.dataset.labels[one.index]
            assert one.pixels == pytest.approx(np.sqrt(((training_image - image) ** 2).mean()), abs=1e-2)


def test_an_image_says_its_class(library: Library, test_images: NDArray[np.uint8]) -> None:
    labels = load_dataset("fashion-mnist", split="test").labels
    looks = library.look(test_images[600:700])
    right = sum(look.labels[0] == label for look, label in zip(looks, labels[600:700], strict=True))
    assert right >= 85  # 92.1 % of all
    assert all(len(look.labels) == 3 and 0.999 > sum(look.confidences) - 0.002 > 0 for look in looks)
    assert all(look.confidences == tuple(sorted(look.confidences, reverse=True)) for look in looks)


def test_real_images_are_new_and_training_images_are_copies(library: Library, test_images: NDArray[np.uint8]) -> None:
    assert verdicts(library, np.asarray(library.dataset.images[:100]))["copy"] == 100
    real = verdicts(library, test_images[1_000:1_200])
    assert real["new"] >= 170 and real["copy"] <= 8  # 2 % of each measure, and chance


@pytest.mark.parametrize("noise", [0, 3, 6])
def test_a_copy_under_a_little_noise_is_a_copy_and_what_it_copies_stands_first(library: Library, noise: int) -> None:
    draw = np.random.default_rng(noise)
    originals = library.dataset.images[300:340]
    noisy = np.clip(originals + draw.normal(0, noise, originals.shape), 0, 255).astype(np.uint8)
    looks = library.look(noisy)
    found = [look.neighbours[0].index == 300 + place for place, look in enumerate(looks) if look.verdict == "copy"]
    assert len(found) >= 38 and sum(found) >= 37


def test_noise_is_like_no_training_image(library: Library) -> None:
    draw = np.random.default_rng(0)
    assert verdicts(library, draw.integers(0, 256, (50, 28, 28, 1), np.uint8))["copy"] == 0


def test_only_the_images_that_were_learned_from_are_looked_at(library: Library) -> None:
    image = library.dataset.images[1_500:1_501]
    (of_all,), (of_some,) = library.look(image), library.look(image, limit=1_000)
    assert (of_all.verdict, of_all.neighbours[0].index) == ("copy", 1_500)
    assert of_some.verdict != "copy" and max(one.index for one in of_some.neighbours) < 1_000
    assert of_some.usual[1] > of_all.usual[1]  # fewer images lie farther apart
    (more,) = library.look(image, limit=10**6)
    assert more == of_all


def test_fewer_images_than_neighbours_are_shown_as_they_are(library: Library) -> None:
    (look,) = library.look(library.dataset.images[:1], limit=2)
    assert {one.index for one in look.neighbours} == {0, 1}


def test_without_test_images_each_training_image_is_held_against_the_others(
    dataset: Dataset, test_images: NDArray[np.uint8]
) -> None:
    alone = make_library(dataset, None)
    assert not alone.has_test
    usual = alone.usual(COUNT).distances
    assert len(usual) == 1_000 and usual[0] >= 0 and (np.diff(usual) >= 0).all()
    assert np.mean(usual == 0) < 0.01  # not its own neighbour
    assert verdicts(alone, np.asarray(dataset.images[:50]))["copy"] == 50
    assert verdicts(alone, test_images[:200])["new"] > 150


def test_images_of_another_size_are_refused(library: Library) -> None:
    with pytest.raises(ValueError, match="must be uint8"):
        library.look(np.zeros((1, 32, 32, 1), np.uint8))


def test_a_set_without_a_classifier_has_no_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "find_classifier", lambda name, threads: None)
    assert open_library("fashion-mnist") is None


def test_it_is_opened_from_what_this_machine_has(
    dataset: Dataset, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Without the test images, as where only the sample is."""

    def load(name: str, *, split: str = "train", may_download: bool) -> Dataset:
        assert not may_download
        if split == "test":
            raise ValueError("not here")
        return dataset

    monkeypatch.setenv("DCGAN_DATA", str(tmp_path))
    monkeypatch.setattr(module, "load_dataset", load)
    told: list[tuple[int, int]] = []
    opened = open_library("fashion-mnist", lambda done, total: told.append((done, total)))
    assert opened is not None and not opened.has_test and opened.dataset is dataset
    assert told[-1] == (COUNT, COUNT) and len(told) == COUNT / 25
    told.clear()
    assert open_library("fashion-mnist", lambda done, total: told.append((done, total))) is not None and not told


def test_it_needs_no_scikit_learn_and_no_tensorflow() -> None:
    code = "import sys, dcgan.quality.library; print({'sklearn', 'scipy', 'streamlit', 'tensorflow'} & {*sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
