"""Facts about FID with a network that sees little: which images, which names, what is kept for later."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from dcgan.data.datasets import Dataset
from dcgan.quality import features
from dcgan.quality import fid as module
from dcgan.quality.features import Cancelled, count_cached, features_path
from dcgan.quality.fid import InceptionEvaluation, InceptionEvaluator, real_images
from dcgan.quality.inception_weights import WeightsError

Progress = Callable[[int, int], None]


class SmallNetwork:
    """Sees the mean of each quarter of an image; notes how many it was shown."""

    def __init__(self) -> None:
        self.seen, self.cancels_at = 0, -1

    def extract(self, images: np.ndarray, progress: Progress | None = None, is_cancelled: object = None) -> np.ndarray:
        if self.seen == self.cancels_at:
            raise Cancelled("Cancelled.")
        self.seen += len(images)
        if progress is not None:
            progress(len(images), len(images))
        parts = images.reshape(len(images), 2, 2, 2, 2).mean(axis=(2, 4)).reshape(len(images), 4)
        return (parts / 64).astype(np.float32)


def draw(count: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 224, (count, 4, 4, 1), np.uint8)


def make_set(count: int, seed: int) -> Dataset:
    images = draw(count, seed)
    labels = np.zeros(count, np.uint8)
    return Dataset("fashion-mnist", images, labels, ("all",), f"{seed}" * 64, "sample", is_sample=False)


@pytest.fixture
def network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SmallNetwork:
    monkeypatch.setenv("DCGAN_DATA", str(tmp_path))
    monkeypatch.setattr(module, "is_inception_installed", lambda: True)
    for one in (module, features):
        monkeypatch.setattr(one, "PART_SIZE", 100)
    return SmallNetwork()


@pytest.fixture
def evaluator(network: SmallNetwork) -> InceptionEvaluator:
    return InceptionEvaluator(make_set(2_200, 1), make_set(150, 2), lambda: network)


def test_real_images_that_nobody_has_seen_score_as_real_ones_do(evaluator: InceptionEvaluator) -> None:
    found = evaluator.evaluate(draw(150, seed=3))
    distance, kid = found.scores["inception_distance"], found.scores["inception_kid"]
    assert distance.value == pytest.approx(distance.real, abs=0.03) and distance.samples == 150
    assert kid.value == pytest.approx(kid.real, abs=0.3) and kid.deviation is None  # one subset, of all images
    assert InceptionEvaluation.model_validate_json(found.model_dump_json()) == found


def test_the_test_images_made_brighter_are_as_far_away_as_they_are_brighter(evaluator: InceptionEvaluator) -> None:
    # Each of four features is 32 brighter, of 64: 4 * 0.5 ** 2 = 1.
    score = evaluator.evaluate(draw(150, seed=2) + np.uint8(32)).scores["inception_distance"]
    assert score.value == pytest.approx(1, abs=1e-3) and score.real < 0.1


def test_only_10000_images_have_a_fid(network: SmallNetwork, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FID_IMAGES", 60)
    evaluator = InceptionEvaluator(make_set(2_200, 1), make_set(90, 2), lambda: network)
    assert set(evaluator.evaluate(draw(60, seed=3)).scores) == {"fid", "inception_kid"}
    assert set(evaluator.evaluate(draw(59, seed=3)).scores) == {"inception_distance", "inception_kid"}


def test_real_images_are_measured_once_and_what_was_cancelled_goes_on(
    evaluator: InceptionEvaluator, network: SmallNetwork
) -> None:
    told: list[tuple[int, int]] = []
    evaluator.prepare(150, lambda done, total: told.append((done, total)))
    # In parts of 100: two of the 200 training images, and all of the 150 test images.
    assert network.seen == 200 + 150 and told[-1] == (300, 300)
    images, network.cancels_at = draw(150, seed=3), network.seen + 100
    with pytest.raises(Cancelled):
        evaluator.evaluate(images)
    assert count_cached(images, evaluator.network_sha256) == 100
    network.cancels_at = -1
    evaluator.evaluate(images)
    assert network.seen == 350 + 150
    left = features_path(images, evaluator.network_sha256)
    assert not left.exists() and not left.with_suffix(".parts").exists()


def test_few_images_ask_for_few_real_ones(evaluator: InceptionEvaluator, network: SmallNetwork) -> None:
    evaluator.evaluate(draw(64, seed=3))
    assert network.seen == 3 * 64


@pytest.mark.parametrize("count", [49, 151])
def test_a_count_that_cannot_be_measured_is_a_sentence(evaluator: InceptionEvaluator, count: int) -> None:
    with pytest.raises(ValueError, match=rf"^{count:,} images cannot be measured by Inception: it must be 50 to 150"):
        evaluator.evaluate(draw(count, seed=3))


def test_images_of_another_size_are_refused(evaluator: InceptionEvaluator) -> None:
    with pytest.raises(ValueError, match="cannot be held against images of"):
        evaluator.evaluate(np.zeros((60, 8, 8, 1), np.uint8))


def test_without_the_network_the_sentence_names_the_command(
    network: SmallNetwork, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "is_inception_installed", lambda: False)
    with pytest.raises(WeightsError, match="--install-inception"):
        InceptionEvaluator(make_set(60, 1), make_set(60, 2), lambda: network)


def test_the_real_images_are_not_those_that_were_held_out() -> None:
    dataset, test = make_set(14_000, 1), make_set(12_000, 2)
    train, others = real_images(dataset, test)
    assert len(train) == len(others) == 10_000
    assert np.array_equal(others, test.images[:10_000])
