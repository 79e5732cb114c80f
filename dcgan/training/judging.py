"""When a run's generator is judged while it trains, and whether it is the best so far.

Owns the interval, which follows from what a judgement was measured to cost. Leaves what a judgement is to
`quality.live`, and saving what it names to the trainer.
"""

import logging
import time
from typing import Any

from dcgan.data import images
from dcgan.data.datasets import Dataset, load_dataset
from dcgan.latents import latents, purpose_seed
from dcgan.models.gan import GAN
from dcgan.quality.live import Judge, find_judge
from dcgan.runs.best import Best
from dcgan.runs.judgements import FIRST_SECONDS

SHARE = 0.025  # of the training time; a twentieth is promised, and what it costs beside its own time is part of it

log = logging.getLogger(__name__)


class LiveQuality:
    """Not thread-safe. Judges the generator of one stay of a run."""

    def __init__(self, gan: GAN, dataset: Dataset, best: Best | None, seconds: float) -> None:
        """Prepare; nothing is loaded before the first judgement is due.

        Args:
            gan: whose generator is judged.
            dataset: what the run learns from, perhaps only a part of its set.
            best: the best so far.
            seconds: of training so far.
        """
        self._gan, self._dataset, self._best = gan, dataset, best
        config = gan.config
        self._is_wanted = config.saving.live_quality
        self._due = seconds + FIRST_SECONDS if seconds < FIRST_SECONDS else seconds
        self._judge: Judge | None = None
        self._judged_step: int | None = None

    def is_due(self, seconds: float, step: int, is_last: bool) -> bool:
        """Whether it is time: the last step is judged in any case, where there was time for one before."""
        if not self._is_wanted or step == self._judged_step:
            return False
        return seconds >= self._due or (is_last and seconds >= FIRST_SECONDS)

    def judge(self, seconds: float) -> dict[str, Any] | None:
        """Judge the generator that samples; returns the values of a row, None where its data cannot be judged."""
        began = time.monotonic()
        if self._judge is None and not self._prepare():
            return None
        assert self._judge is not None
        config, step = self._gan.config, int(self._gan.step.numpy())
        drawn = latents(purpose_seed(config.training.seed, "quality"), self._judge.samples, config.generator.latent_dim)
        values = self._judge.judge(drawn, lambda part: images.to_uint8(self._gan.generate(part))).to_row()
        cost = time.monotonic() - began
        self._judged_step = step
        self._due = seconds + cost / SHARE  # what it took is a share of the time to the next, itself included
        return values | {"judging_seconds": round(cost, 3)}

    def is_best(self, values: dict[str, Any], step: int, epoch: float, epoch_end: bool) -> Best | None:
        """Return the new best, where these values are better than any before."""
        if self._best is not None and self._best.value <= values["fcd"]:
            return None
        self._best = Best(
            metric="fcd", value=values["fcd"], samples=values["samples"], step=step, epoch=round(epoch, 5),
            epoch_end=epoch_end,
        )  # fmt: skip
        return self._best

    def _prepare(self) -> bool:
        """Load classifier and reference; what fails is told once and ends no run."""
        try:
            dataset = self._dataset
            whole = dataset if dataset.is_sample else load_dataset(dataset.name, may_download=False)
            self._judge = find_judge(whole)
        except (OSError, ValueError) as error:
            log.warning("the generator is not judged: %s", error)
        self._is_wanted = self._judge is not None
        return self._is_wanted
