"""Facts about scoring against the test images: once, on whose features, and with numbers small enough to know."""

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from benchmarks import scores
from benchmarks.scores import Scorer, Scores, score_once
from dcgan.quality.features import FID_SIZE, features_path, network_sum
from dcgan.quality.inception_weights import WEIGHTS_SHA256

TEST = np.random.default_rng(0).integers(0, 256, (40, 28, 28, 1), np.uint8)
TOLD: list[str] = []


def tell(what: str) -> Callable[[int, int], None]:
    TOLD.append(what)
    return lambda done, total: None


def see(images: np.ndarray) -> np.ndarray:
    """Eight numbers of each image: its corner."""
    return images[:, 0, :8, 0].astype(np.float32) / 255


class FakeGenerator:
    """Draws the test images, turned about; counts how often it is asked."""

    def __init__(self, sha256: str = "a" * 64) -> None:
        self.sha256, self.step, self.asked = sha256, 70, 0

    def samples(self, seed: int, count: int, progress: Callable[[int, int], None]) -> np.ndarray:
        self.asked += 1
        assert seed == scores.SEED
        return np.roll(TEST, 1, axis=0)[:count]


@pytest.fixture
def open_scorer(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[bool], Scorer]:
    monkeypatch.setenv("DCGAN_DATA", str(tmp_path / "data"))
    classifier = SimpleNamespace(sha256="c" * 64, judge=lambda images, progress: SimpleNamespace(features=see(images)))
    monkeypatch.setattr(scores, "load_test_images", lambda: SimpleNamespace(images=TEST, sha256="d" * 64))
    monkeypatch.setattr(scores, "require_classifier", lambda: classifier)
    monkeypatch.setattr(scores, "load_features", lambda classifier, dataset, progress: see(dataset.images))
    monkeypatch.setattr(scores, "is_inception_installed", lambda: True)
    network = SimpleNamespace(extract=lambda images, progress, is_cancelled: 2 * see(images))
    monkeypatch.setattr(scores, "_open_inception", lambda: network)
    return lambda with_fid: Scorer(with_fid, tell)


def test_the_test_images_themselves_are_as_good_as_can_be(open_scorer: Callable[[bool], Scorer]) -> None:
    found = open_scorer(False).score(np.roll(TEST, 1, axis=0))
    assert found.fid is None
    assert found.fcd == pytest.approx(0.0, abs=1e-6)
    assert (found.precision, found.recall, found.coverage) == (1.0, 1.0, 1.0)


def test_a_moved_mean_is_seen_by_both_networks_on_their_own_scale(
    open_scorer: Callable[[bool], Scorer], monkeypatch: pytest.MonkeyPatch
) -> None:
    scorer = open_scorer(True)
    monkeypatch.setattr(scorer, "_test_features", see(TEST) + np.array([1, *[0] * 7], np.float32))
    found = scorer.score(TEST)
    assert found.fcd == pytest.approx(1.0, abs=1e-6)  # moved by 1 along one axis
    assert found.fid == pytest.approx(0.0, abs=1e-6)  # Inception's features of the test images are their own
    assert found.precision == 1.0  # and the others are on these


def test_a_checkpoint_is_scored_once(open_scorer: Callable[[bool], Scorer], tmp_path: Path) -> None:
    generator, path = FakeGenerator(), tmp_path / "kept" / "scores.json"
    first = score_once(generator, open_scorer(False), 30, path, tell)  # type: ignore[arg-type]
    again = score_once(generator, open_scorer(False), 30, path, tell)  # type: ignore[arg-type]
    assert first == again and generator.asked == 1
    assert json.loads(path.read_text())["step"] == 70


def test_another_checkpoint_count_or_network_is_scored_anew(
    open_scorer: Callable[[bool], Scorer], tmp_path: Path
) -> None:
    path, generator = tmp_path / "scores.json", FakeGenerator()
    score_once(generator, open_scorer(False), 30, path, tell)  # type: ignore[arg-type]
    score_once(generator, open_scorer(False), 31, path, tell)  # type: ignore[arg-type]
    assert score_once(generator, open_scorer(True), 31, path, tell).fid is not None  # type: ignore[arg-type]
    assert generator.asked == 3
    other = FakeGenerator("b" * 64)
    score_once(other, open_scorer(True), 31, path, tell)  # type: ignore[arg-type]
    assert other.asked == 1


@pytest.mark.parametrize("content", ["", "{", "[]", '{"key": 1}', "null"])
def test_what_was_kept_and_cannot_be_read_is_measured_again(
    content: str, open_scorer: Callable[[bool], Scorer], tmp_path: Path
) -> None:
    path, generator = tmp_path / "scores.json", FakeGenerator()
    path.write_text(content)
    assert isinstance(score_once(generator, open_scorer(False), 30, path, tell), Scores)  # type: ignore[arg-type]
    assert generator.asked == 1


def test_features_of_scored_images_are_dropped_and_those_of_the_test_images_kept(
    open_scorer: Callable[[bool], Scorer], tmp_path: Path
) -> None:
    score_once(FakeGenerator(), open_scorer(True), 40, tmp_path / "scores.json", tell)  # type: ignore[arg-type]
    network = network_sum(WEIGHTS_SHA256, FID_SIZE)
    assert features_path(TEST, network).is_file()
    assert not features_path(np.roll(TEST, 1, axis=0), network).exists()


def test_fid_without_inception_is_refused_with_what_to_do(
    open_scorer: Callable[[bool], Scorer], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scores, "is_inception_installed", lambda: False)
    with pytest.raises(ValueError, match="--install-inception` fetches it"):
        open_scorer(True)
    assert isinstance(open_scorer(False), Scorer)


def test_a_sample_of_the_set_is_not_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scores, "load_dataset", lambda *_, **__: SimpleNamespace(is_sample=True))
    with pytest.raises(ValueError, match="fashion-mnist --download"):
        scores.load_test_images()
