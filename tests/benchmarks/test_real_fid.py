import re
import time

import numpy as np
import pytest

from benchmarks import real_fid
from dcgan.quality.features import FID_SIZE, count_cached, network_sum
from dcgan.quality.inception_weights import WEIGHTS_SHA256


def test_the_figures_of_2000_come_without_fid() -> None:
    draws = np.random.default_rng(0)
    text = real_fid.report(*draws.normal(size=(2, 30, 4)).astype(np.float32))
    assert "KID at 30" in text and "coverage" in text and "FID" not in text


def test_fid_is_told_of_all_images(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(real_fid, "FID_IMAGES", 30)
    train = np.random.default_rng(0).normal(size=(30, 4)).astype(np.float32)
    # Moved by 1 along one axis: a distance of 1.
    assert "FID-10k: 1.0000" in real_fid.report(train, train + np.array([1, 0, 0, 0], np.float32))


def test_the_images_are_10000_of_each_split() -> None:
    train, test = load_real_images()
    assert train.shape == test.shape == (10_000, 28, 28, 1)
    assert not np.array_equal(train[:100], test[:100])


def test_when_the_time_is_over_it_says_how_to_go_on(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def extract(images: np.ndarray, count: int, deadline: float, name: str) -> np.ndarray:
        assert deadline == pytest.approx(time.time() + 120, abs=60)
        raise real_fid.Cancelled("Cancelled after 25 of 1,000 images.")

    monkeypatch.setattr(real_fid, "extract", extract)
    monkeypatch.setattr(real_fid, "load_images", lambda: (np.zeros(1, np.uint8), np.zeros(1, np.uint8)))
    assert real_fid.main(["--minutes", "2"]) == real_fid.NOT_YET
    assert "Call again to go on." in capsys.readouterr().out


@pytest.mark.slow
def test_fid_of_real_images_against_real_ones_is_what_others_found() -> None:
    images = load_real_images()
    network = network_sum(WEIGHTS_SHA256, FID_SIZE)
    if any(count_cached(part, network) < len(part) for part in images):
        pytest.skip("Not all features are in the cache: `python -m benchmarks.real_fid` measures them in an hour.")
    text = real_fid.report(*(real_fid.extract(part, 10_000, 0.0, "cached") for part in images))
    found = re.search(r"FID-10k: ([\d.]+)", text)
    assert found and float(found[1]) == pytest.approx(2.6, abs=0.3)


def load_real_images() -> tuple[np.ndarray, np.ndarray]:
    try:
        return real_fid.load_images()
    except ValueError as error:
        pytest.skip(str(error))
