"""The order in which a run sees its images, made anew from its seed, so that nothing of it is ever saved.

The training loop and the Data page ask here, so that the batch that is shown is the batch that is trained on.
"""

import numpy as np
from numpy.typing import NDArray


def epoch_order(seed: int, epoch: int, num_images: int) -> NDArray[np.int64]:
    """Return the order of the images in an epoch: a permutation that depends on seed and epoch alone."""
    return np.random.default_rng([seed, epoch]).permutation(num_images)


def batch_rows(seed: int, step: int, batch_size: int, num_images: int) -> NDArray[np.int64]:
    """Return which images a step takes; steps count from 0, and the incomplete batch at an epoch's end is dropped.

    Raises:
        ValueError: a batch is larger than the data.
    """
    if not 1 <= batch_size <= num_images:
        raise ValueError(f"batch_size = {batch_size} cannot be used: it is 1 to the number of images, {num_images:,}.")
    epoch, batch = divmod(step, num_images // batch_size)
    return epoch_order(seed, epoch, num_images)[batch * batch_size : (batch + 1) * batch_size]
