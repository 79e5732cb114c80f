"""The table of real images, of copies, and what is refused; on a part of the real set, so that it takes seconds."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from dcgan.data.datasets import Dataset, load_dataset
from dcgan.quality import evaluation as module
from dcgan.quality.evaluation import Evaluation, Evaluator, open_evaluator


def part(dataset: Dataset, count: int) -> Dataset:
    return replace(
        dataset, images=dataset.images[:count], labels=dataset.labels[:count], sha256=f"{count:x}".ljust(64, "0")
    )


@pytest.fixture(scope="module")
def train() -> Dataset:
    return part(load_dataset("fashion-mnist"), 3_000)


@pytest.fixture(scope="module")
def test_images() -> Dataset:
    return load_dataset("fashion-mnist", split="test")


@pytest.fixture(scope="module")
def evaluator(train: Dataset, test_images: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Evaluator:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DCGAN_DATA", str(tmp_path_factory.mktemp("data")))
        return Evaluator(train, part(test_images, 1_500))


def test_real_images_that_nobody_has_seen_score_as_real_ones_do(evaluator: Evaluator, test_images: Dataset) -> None:
    evaluation = evaluator.evaluate(np.asarray(test_images.images[5_000:5_500]))
    scores = {str(name): score for name, score in evaluation.scores.items()}
    assert set(scores) == set(module.Metric.__args__)  # type: ignore[attr-defined]
    for name in ("precision", "recall", "coverage"):
        assert scores[name].value == pytest.approx(scores[name].real, abs=0.08) and scores[name].value > 0.6
    assert scores["fcd"].value < 3 * scores["fcd"].real
    assert abs(scores["kid"].value) < 3 * scores["kid"].deviation
    assert scores["neighbour_ratio"].value == pytest.approx(1, abs=0.15)
    assert scores["one_neighbour_accuracy"].value == pytest.approx(0.5, abs=0.08)
    assert evaluation.missing == () and evaluation.samples == 500


def test_copies_of_training_images_are_told_from_new_ones(evaluator: Evaluator, train: Dataset) -> None:
    scores = evaluator.evaluate(np.asarray(train.images[:500])).scores
    assert scores["neighbour_ratio"].value == 0 and scores["neighbour_ratio"].real > 0.8


def test_a_table_is_read_again_as_it_was_written(evaluator: Evaluator, test_images: Dataset) -> None:
    evaluation = evaluator.evaluate(np.asarray(test_images.images[:100]))
    assert Evaluation.model_validate_json(evaluation.model_dump_json()) == evaluation


def test_progress_is_told(evaluator: Evaluator, test_images: Dataset) -> None:
    told: list[tuple[int, int]] = []
    evaluator.evaluate(np.asarray(test_images.images[:300]), lambda *at: told.append(at))
    assert told == [(250, 300), (300, 300)]


@pytest.mark.parametrize("count", [0, 99, 10_001])
def test_too_few_and_too_many_images_are_refused_with_what_is_allowed(evaluator: Evaluator, count: int) -> None:
    with pytest.raises(ValueError, match=r"cannot be judged: it must be 100 to 10,000 of them"):
        evaluator.evaluate(np.zeros((count, 28, 28, 1), np.uint8))


def test_a_set_without_a_classifier_is_refused(train: Dataset, test_images: Dataset) -> None:
    with pytest.raises(ValueError, match="no classifier of it"):
        Evaluator(replace(train, name="unknown"), test_images)


def test_a_sample_of_a_set_is_none_to_judge_against(monkeypatch: pytest.MonkeyPatch, train: Dataset) -> None:
    loaded: Callable[..., Dataset] = lambda *_, **__: replace(train, is_sample=True)  # noqa: E731
    monkeypatch.setattr(module, "load_dataset", loaded)
    with pytest.raises(ValueError, match="data fashion-mnist --download"):
        open_evaluator("fashion-mnist")
