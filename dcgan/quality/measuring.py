"""A run's checkpoint, measured once: what was measured before is looked up, by checkpoint, data and network.

Owns which images a checkpoint is measured by. Leaves the measuring to `evaluation` and `fid`, and the file of what is
known to `runs.evaluations`.
"""

import contextlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ValidationError

from dcgan.latent.generator import Generator
from dcgan.runs.evaluations import evaluation_key, read_evaluations, write_evaluation

SEED = 0  # of the latents that checkpoints are judged by

Progress = Callable[[int, int], None]
Measure = TypeVar("Measure", bound=BaseModel)
Result = TypeVar("Result", bound=BaseModel, covariant=True)


class Judge(Protocol[Result]):
    """Who measures images: `Evaluator`, `InceptionEvaluator`."""

    @property
    def dataset_sha256(self) -> str:
        """Of the data set."""

    @property
    def network_sha256(self) -> str:
        """Of the network whose features are compared."""

    def require(self, count: int) -> None:
        """Refuse a number of images; raises ValueError."""

    def evaluate(self, images: NDArray[np.uint8], progress: Progress | None = None) -> Result:
        """Measure images uint8 (N, H, W, C)."""


def measure(
    run_dir: Path | None, generator: Generator, judge: Judge[Measure], kind: type[Measure], samples: int,
    drawing: Progress | None = None, judging: Progress | None = None,
) -> tuple[Measure, bool]:  # fmt: skip
    """Return what a checkpoint's images are worth, and whether that was known before.

    Args:
        run_dir: where it is looked up and kept; None for a checkpoint that belongs to no run here.
        generator: of the checkpoint.
        judge: who measures.
        kind: of what it returns.
        samples: to draw.
        drawing: called with images drawn and images in all.
        judging: called with images looked at and images in all.

    Raises:
        ValueError: a number or a size of images that cannot be measured.
        OSError: what was measured cannot be kept.
    """
    judge.require(samples)
    key = evaluation_key(generator.step, generator.sha256, judge.dataset_sha256, judge.network_sha256, samples)
    if run_dir is not None and (known := find(run_dir, key, kind)) is not None:
        return known, True
    measured = judge.evaluate(generator.samples(SEED, samples, progress=drawing), judging)
    if run_dir is not None:
        write_evaluation(run_dir, key, measured.model_dump(mode="json"))
    return measured, False


def find(run_dir: Path, key: str, kind: type[Measure]) -> Measure | None:
    """Return what is kept by a key; None where there is nothing, or another version wrote it."""
    with contextlib.suppress(KeyError, ValidationError):
        return kind.model_validate_json(json.dumps(read_evaluations(run_dir)[key]))
    return None
