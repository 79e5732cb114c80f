"""Steps as rows of `metrics.jsonl`: rounded, dated, and never with a loss that is no number.

Owns what a row says. Leaves when it is written to the trainer.
"""

import math
from typing import Any

from dcgan.training.loop import StepsDone
from dcgan.training.problems import TrainingProblem


def to_rows(done: StepsDone, steps_per_epoch: int, seconds: float, rate: float | None) -> list[dict[str, Any]]:
    """Return a row for each step of a compiled call.

    Args:
        done: the call.
        steps_per_epoch: of the run.
        seconds: of training so far.
        rate: images a second; None before it can be said.

    Raises:
        TrainingProblem: `non-finite`, with the first step whose metrics are not all finite.
    """
    rows = []
    for step, metrics in enumerate(done.metrics, done.step - len(done.metrics) + 1):
        if not all(math.isfinite(value) for value in metrics.values()):
            raise TrainingProblem("non-finite", step=step)
        row: dict[str, Any] = {"step": step, "epoch": round(step / steps_per_epoch, 5), "seconds": round(seconds, 3)}
        row |= {name: round(value, 6) for name, value in metrics.items()}
        rows.append(row | {"images_per_second": None if rate is None else round(rate, 1)})
    return rows
