"""The order of the images: a function of seed and epoch, cut into batches."""

import numpy as np
import pytest

from dcgan.order import batch_rows, epoch_order


def test_the_batches_of_an_epoch_are_slices_of_its_order() -> None:
    # 10 images in batches of 4: two batches an epoch, the last two images are left out.
    order = epoch_order(seed=3, epoch=0, num_images=10)
    assert batch_rows(3, 0, 4, 10).tolist() == order[:4].tolist()
    assert batch_rows(3, 1, 4, 10).tolist() == order[4:8].tolist()
    assert batch_rows(3, 2, 4, 10).tolist() == epoch_order(3, 1, 10)[:4].tolist()


def test_an_epoch_shows_every_image_once() -> None:
    assert np.sort(epoch_order(0, 5, 100)).tolist() == list(range(100))


@pytest.mark.parametrize("batch_size", [0, 11])
def test_a_batch_that_does_not_fit_is_named(batch_size: int) -> None:
    with pytest.raises(ValueError, match=f"batch_size = {batch_size} cannot be used: it is 1 to .* 10"):
        batch_rows(0, 0, batch_size, 10)
