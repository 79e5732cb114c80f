"""Facts about the order of the data and the ends of epochs, with a GAN that only notes what it was given."""

from typing import Any, cast

import numpy as np
import pytest

from dcgan.config import Config, build_config
from dcgan.models.gan import GAN
from dcgan.order import epoch_order
from dcgan.training.loop import StepsDone, count_steps, train


class _Step:
    value = 0

    def numpy(self) -> int:
        return self.value


class _FakeGAN:
    def __init__(self, config: Config) -> None:
        self.config, self.step, self.seen = config, _Step(), list[np.ndarray]()

    def train(self, batches: np.ndarray) -> np.ndarray:
        self.seen += list(batches[:, :, 0, 0, 0].astype(int))
        self.step.value += len(batches)
        return np.zeros((len(batches), 4), np.float32)


IMAGES = np.arange(10, dtype=np.uint8).reshape(10, 1, 1, 1)


def _config(**changes: Any) -> Config:
    named = {f"training.{name}": value for name, value in changes.items()}
    return build_config("stable", {"training.batch_size": 3, "training.epochs": 2, **named})


def _train(gan: _FakeGAN) -> list[StepsDone]:
    return list(train(cast(GAN, gan), IMAGES, lambda images: images.astype(np.float32)))


def test_every_epoch_shows_each_image_at_most_once_and_drops_the_incomplete_batch() -> None:
    gan = _FakeGAN(_config())
    done = _train(gan)
    assert [item.step for item in done] == [1, 2, 3, 4, 5, 6]  # 10 // 3 = 3 steps an epoch
    assert [item.epoch_end for item in done] == [False, False, True] * 2
    assert [item.epoch for item in done] == pytest.approx([1 / 3, 2 / 3, 1, 4 / 3, 5 / 3, 2])
    first, second = np.concatenate(gan.seen[:3]), np.concatenate(gan.seen[3:])
    assert len(set(first)) == len(set(second)) == 9
    assert list(first) != list(second)


def test_the_order_depends_on_seed_and_epoch_alone() -> None:
    assert np.array_equal(epoch_order(1, 2, 100), epoch_order(1, 2, 100))
    assert not np.array_equal(epoch_order(1, 2, 100), epoch_order(1, 3, 100))
    assert not np.array_equal(epoch_order(1, 2, 100), epoch_order(2, 2, 100))


@pytest.mark.parametrize("stop_after", range(6))
def test_training_that_goes_on_sees_the_batches_that_were_left(stop_after: int) -> None:
    whole = _FakeGAN(_config())
    _train(whole)
    rest = _FakeGAN(_config())
    rest.step.value = stop_after
    _train(rest)
    assert [list(batch) for batch in rest.seen] == [list(batch) for batch in whole.seen[stop_after:]]


def test_several_steps_a_call_never_cross_an_epochs_end() -> None:
    gan, single = _FakeGAN(_config(steps_per_call=2)), _FakeGAN(_config())
    done = _train(gan)
    _train(single)
    assert [len(item.metrics) for item in done] == [2, 1, 2, 1]
    assert [item.epoch_end for item in done] == [False, True, False, True]
    assert [list(batch) for batch in gan.seen] == [list(batch) for batch in single.seen]


def test_a_finished_gan_has_nothing_left_to_do() -> None:
    gan = _FakeGAN(_config())
    gan.step.value = 6
    assert _train(gan) == []


def test_a_batch_larger_than_the_data_is_an_error_of_ours() -> None:
    with pytest.raises(AssertionError, match="larger than the data"):
        _train(_FakeGAN(_config(batch_size=11)))


def test_steps_are_counted_without_the_incomplete_batch() -> None:
    # 60,000 / 32 = 1,875 steps an epoch, 18,750 in ten.
    assert count_steps(build_config("notebook").training, 60_000) == (1_875, 18_750)
