"""The batch that is shown is the batch that is trained on."""

import numpy as np
import pytest

from dcgan.config import build_config
from dcgan.data.batches import count_used, real_batch
from dcgan.data.datasets import Dataset
from dcgan.order import epoch_order


def make_dataset(count: int = 70) -> Dataset:
    images = np.zeros((count, 28, 28, 1), np.uint8)
    images[:, 0, 0, 0] = np.arange(count)
    labels = np.zeros(count, np.uint8)
    return Dataset("fashion-mnist", images, labels, ("one",), "0" * 64, "sample", True)


def test_a_batch_has_the_images_of_the_order_scaled() -> None:
    config = build_config("notebook", {"training.seed": 5})
    batch = real_batch(make_dataset(), config, step=2)
    order = epoch_order(5, 0, 70)[32:64]
    assert batch.rows.tolist() == order.tolist()
    assert batch.images.shape == (32, 28, 28, 1) and batch.images.dtype == np.float32
    assert batch.images[:, 0, 0, 0] == pytest.approx(order / 127.5 - 1, abs=1e-6)


def test_a_batch_in_numbers() -> None:
    dataset = make_dataset(2)
    dataset.images[1] = 255
    config = build_config("notebook", {"training.batch_size": 2})
    # Half of the numbers are 1; of the others all but one are -1, and that one belongs to image 0: 0.
    assert real_batch(dataset, config).facts() == {"min": -1.0, "max": 1.0, "mean": 0.0, "deviation": 1.0, "black": 0.5}


def test_only_the_images_that_a_run_would_use_are_drawn() -> None:
    config = build_config("notebook", {"data.limit": 40})
    assert count_used(make_dataset(), config) == 40
    assert count_used(make_dataset(33), config) == 33
    assert real_batch(make_dataset(), config).rows.max() < 40


def test_steps_begin_at_one() -> None:
    with pytest.raises(ValueError, match="the first step is 1"):
        real_batch(make_dataset(), build_config("notebook"), step=0)
