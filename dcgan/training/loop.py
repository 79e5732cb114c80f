"""The training loop: an iterable of what happened, a call of the GAN at a time.

Owns where an epoch ends. Opens no file and starts no thread: whoever iterates decides when to
save, sample, pause or stop, simply by not asking for the next item.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dcgan.config import TrainingConfig
from dcgan.models.gan import GAN, METRICS
from dcgan.order import epoch_order

ToFloat = Callable[[npt.NDArray[np.uint8]], npt.NDArray[np.float32]]


@dataclass(frozen=True)
class StepsDone:
    """One compiled call: the step and epoch reached, and the metrics of each of its steps."""

    step: int  # after the last of them
    epoch: float  # 1.25: a quarter of the second epoch is done
    epoch_end: bool
    metrics: list[dict[str, float]]


def count_steps(config: TrainingConfig, num_images: int) -> tuple[int, int]:
    """Return the steps of an epoch and of the whole run; the incomplete batch at an epoch's end is dropped."""
    steps_per_epoch = num_images // config.batch_size
    return steps_per_epoch, steps_per_epoch * config.epochs


def train(
    gan: GAN, images: npt.NDArray[np.uint8], to_float: ToFloat, steps_per_call: int | None = None
) -> Iterator[StepsDone]:
    """Train from the GAN's own step to the end of its config.

    Args:
        gan: fresh or restored; its config says how long.
        images: uint8 (N, H, W, C), N at least one batch.
        to_float: uint8 -> float32 in [-1, 1].
        steps_per_call: instead of the config's, which is meant for a GPU; the numbers do not depend on it.

    Yields:
        what each compiled call did; a call never crosses an epoch's end.
    """
    config = gan.config.training
    steps_per_epoch, steps = count_steps(config, len(images))
    assert steps_per_epoch > 0, "a batch is larger than the data"
    step = int(gan.step.numpy())
    while step < steps:
        # An epoch, from wherever in it we are; the order is made anew from the seed, so nothing of it is saved.
        epoch = step // steps_per_epoch
        order = epoch_order(config.seed, epoch, len(images))
        epoch_stop = (epoch + 1) * steps_per_epoch
        while step < epoch_stop:
            # One call: a slice of the order, in batches. (calls, N, H, W, C)
            count = min(steps_per_call or config.steps_per_call, epoch_stop - step)
            first = (step - epoch * steps_per_epoch) * config.batch_size
            chosen = images[order[first : first + count * config.batch_size]]
            rows = gan.train(to_float(chosen).reshape(count, config.batch_size, *chosen.shape[1:]))
            step += count
            yield StepsDone(
                step=step,
                epoch=step / steps_per_epoch,
                epoch_end=step == epoch_stop,
                metrics=[dict(zip(METRICS, map(float, row), strict=True)) for row in rows],
            )
