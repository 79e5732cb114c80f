"""The batches that a recipe would show its discriminator: which images, and what becomes of their pixels.

Leaves the order itself to `dcgan.order`, which the training loop asks too.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dcgan.config import Config
from dcgan.data.datasets import Dataset
from dcgan.data.images import to_float
from dcgan.order import batch_rows


@dataclass(frozen=True, eq=False)
class Batch:
    """The real images of one step.

    Attributes:
        step: counted from 1, as on the screen.
        rows: int64 (N,), where they stand in the data set.
        images: float32 (N, H, W, C) in [-1, 1], as the discriminator gets them.
    """

    step: int
    rows: NDArray[np.int64]
    images: NDArray[np.float32]

    def facts(self) -> dict[str, float]:
        """Return lowest, highest, mean and standard deviation of the numbers, and the share that is exactly -1."""
        values = self.images.astype(np.float64)
        return {
            "min": float(values.min()), "max": float(values.max()), "mean": float(values.mean()),
            "deviation": float(values.std()), "black": float((values == -1.0).mean()),
        }  # fmt: skip


def count_used(dataset: Dataset, config: Config) -> int:
    """Return how many images of a set a config trains on."""
    return min(len(dataset.images), config.data.limit or len(dataset.images))


def real_batch(dataset: Dataset, config: Config, step: int = 1) -> Batch:
    """Return the batch of real images that a run of `config` takes at a step, in its seed's order.

    Args:
        dataset: what would be trained on.
        config: the recipe.
        step: 1 for the first.

    Raises:
        ValueError: the step is below 1, or a batch is larger than the data.
    """
    if step < 1:
        raise ValueError(f"step = {step} cannot be used: the first step is 1.")
    settings = config.training
    rows = batch_rows(settings.seed, step - 1, settings.batch_size, count_used(dataset, config))
    return Batch(step, rows, to_float(np.ascontiguousarray(dataset.images[rows])))
