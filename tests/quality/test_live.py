"""A judgement, and what it says of sets whose faults are known: the calibration."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from dcgan.data.datasets import Dataset, load_dataset
from dcgan.quality.classifier import find_classifier
from dcgan.quality.live import Judge, Judgement, find_judge
from dcgan.quality.metrics import measure_prdc, neighbour_ratio

COUNT = 1_000


@pytest.fixture(scope="module")
def test_images() -> Dataset:
    return load_dataset("fashion-mnist", split="test")


@pytest.fixture(scope="module")
def judge() -> Judge:
    found = find_judge(load_dataset("fashion-mnist"))
    assert found is not None
    return found


def blurred(images: np.ndarray) -> np.ndarray:
    """A mean over three by three pixels."""
    padded = np.pad(images.astype(np.float32), ((0, 0), (1, 1), (1, 1), (0, 0)), mode="edge")
    parts = [padded[:, row : row + 28, column : column + 28] for row in range(3) for column in range(3)]
    return np.mean(parts, axis=0).round().astype(np.uint8)


def faults(test: Dataset) -> dict[str, np.ndarray]:
    """Sets of 1,000 images, from perfect to hopeless."""
    draw = np.random.default_rng(0)
    order = draw.permutation(len(test.images))
    shuffled, labels = test.images[order], test.labels[order]
    return {
        "real": shuffled[:COUNT],
        "thirty": np.tile(shuffled[:30], (40, 1, 1, 1))[:COUNT],
        "blurred": blurred(shuffled[:COUNT]),
        "five": shuffled[labels < 5][:COUNT],
        "one": shuffled[labels == 3][:COUNT],
        "noise": draw.integers(0, 256, (COUNT, 28, 28, 1), dtype=np.uint8),
    }


@pytest.fixture(scope="module")
def judged(judge: Judge, test_images: Dataset) -> dict[str, Judgement]:
    latents = np.zeros((COUNT, 2), np.float32)
    latents[:, 0] = np.arange(COUNT)

    def drawer(images: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
        return lambda part: images[part[:, 0].astype(int)]

    return {name: judge.judge(latents, drawer(images)) for name, images in faults(test_images).items()}


def test_distances_order_faults_as_an_eye_does(judged: dict[str, Judgement]) -> None:
    for metric in ("fcd", "kid"):
        values = {name: getattr(judgement, metric) for name, judgement in judged.items()}
        assert values["real"] < min(values[fault] for fault in ("thirty", "blurred", "five"))
        assert max(values[fault] for fault in ("thirty", "blurred", "five")) < values["one"] < values["noise"]


def test_real_images_score_about_the_floor(judged: dict[str, Judgement], judge: Judge) -> None:
    real = judged["real"]
    assert judge.samples == 2_000  # the floor's
    assert real.fcd_floor < real.fcd < 4 * real.fcd_floor  # half as many images, and test ones
    assert abs(real.kid) < 2 * real.kid_deviation + abs(real.kid_floor)
    assert all(judgement.fcd > 10 * real.fcd for name, judgement in judged.items() if name != "real")


def test_classes_that_are_missing_are_seen(judged: dict[str, Judgement]) -> None:
    assert all(share > 0.05 for share in judged["real"].class_shares)
    assert sum(judged["five"].class_shares[:5]) > 0.9
    assert judged["one"].class_shares[3] > 0.8
    assert judged["one"].entropy < judged["five"].entropy < judged["real"].entropy


def test_recall_and_coverage_see_copies_and_the_neighbour_ratio_where_from(test_images: Dataset, judge: Judge) -> None:
    classifier = find_classifier("fashion-mnist")
    assert classifier is not None
    sets = faults(test_images)
    reference = classifier.judge(test_images.images[-COUNT:]).features
    measured = {name: measure_prdc(classifier.judge(sets[name]).features, reference) for name in ("real", "thirty")}
    assert measured["real"].recall > 0.7 and measured["real"].coverage > 0.8
    assert measured["thirty"].recall < 0.1 and measured["thirty"].coverage < 0.3
    assert measured["thirty"].precision > 0.6  # each of them is a real image

    train = classifier.judge(load_dataset("fashion-mnist").images[:3_000]).features
    new = classifier.judge(test_images.images[:COUNT]).features
    assert neighbour_ratio(train[:COUNT] + 1e-3, train, new) < 0.1
    assert neighbour_ratio(classifier.judge(test_images.images[-COUNT:]).features, train, new) == pytest.approx(
        1, abs=0.1
    )


def test_a_row_is_short_and_holds_numbers_only(judged: dict[str, Judgement]) -> None:
    row = judged["real"].to_row()
    assert {"fcd", "kid", "kid_deviation", "fcd_floor", "kid_floor", "samples", "class_shares", "entropy"} == set(row)
    assert row["samples"] == COUNT and len(row["class_shares"]) == 10
    assert sum(row["class_shares"]) == pytest.approx(1, abs=1e-3)


def test_a_set_without_a_classifier_has_no_judge(test_images: Dataset) -> None:
    assert find_judge(replace(test_images, name="unknown")) is None
