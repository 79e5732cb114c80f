"""Judging from a terminal: a run's checkpoints, a checkpoint file, or images from elsewhere.

Owns the progress bar, the table in text, and which measurements are looked up in place of made again. Leaves measuring
to `quality.evaluation`.
"""

import contextlib
import json
import math
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from rich.console import Console
from rich.progress import Progress as Bar
from rich.table import Table

from dcgan.data.datasets import CLASS_NAMES
from dcgan.latent.generator import Generator, list_steps
from dcgan.latent.sources import open_checkpoint, open_named
from dcgan.quality.evaluation import Evaluation, Evaluator, open_evaluator
from dcgan.quality.npz_images import read_npz_images
from dcgan.runs.evaluations import evaluation_key, read_evaluations, write_evaluation
from dcgan.runs.run import Run
from dcgan.runs.store import RUN_ID, RunStore

Tell = Callable[[str], Callable[[int, int], None]]

ALL = "all"
SEED = 0  # of the latents that checkpoints are judged by
UNKNOWN_SET = "fashion-mnist"  # what images from elsewhere are held against

_NAMES = {
    "fcd": ("FCD", "lower is better"),
    "kid": ("KID", "lower is better"),
    "precision": ("precision", "share of the images that look real"),
    "recall": ("recall", "share of the real images that the generator could draw"),
    "density": ("density", "how densely real images lie around them"),
    "coverage": ("coverage", "share of the real images that have one of them near"),
    "neighbour_ratio": ("neighbour ratio", "about 1: new images; far below: copies of training images"),
    "one_neighbour_accuracy": ("1-NN accuracy", "0.5: not to be told apart; 1: quite different"),
}


@dataclass(frozen=True)
class Measured:
    """One judged checkpoint or file; `step` is None for images from elsewhere."""

    name: str
    step: int | None
    evaluation: Evaluation
    is_known: bool

    def as_json(self) -> dict[str, Any]:
        """Return it as a tree."""
        return {"name": self.name, "step": self.step, "known": self.is_known, **self.evaluation.model_dump(mode="json")}


def evaluate(store: RunStore, name: str, checkpoint: str | None, samples: int, quiet: bool) -> list[Measured]:
    """Judge what a command line names.

    Args:
        store: of the runs.
        name: a run's id, a checkpoint file, or a `.npz` of images.
        checkpoint: of a run: "last", a step, or "all".
        samples: to draw from each checkpoint, 100 to 10,000; images from elsewhere are all taken.
        quiet: show no bar.

    Raises:
        ValueError: something given cannot be used; the sentence says what.
        OSError: a file cannot be read or written.
    """
    with _bar(quiet) as tell:
        if Path(name).suffix == ".npz":
            images = read_npz_images(Path(name))
            evaluator = open_evaluator(UNKNOWN_SET, tell("reading the real images"))
            return [Measured(name, None, evaluator.evaluate(images, tell("judging")), is_known=False)]
        if RUN_ID.fullmatch(name):
            return _evaluate_run(store.get(name), checkpoint, samples, tell)
        generator = open_named(store, name, checkpoint)
        evaluator = open_evaluator(generator.config.data.dataset, tell("reading the real images"))
        return [Measured(name, generator.step, _draw_and_judge(generator, evaluator, samples, tell), is_known=False)]


def _evaluate_run(run: Run, checkpoint: str | None, samples: int, tell: Tell) -> list[Measured]:
    evaluator = open_evaluator(run.config().data.dataset, tell("reading the real images"))
    wished = [str(step) for step in list_steps(run)] if checkpoint == ALL else [checkpoint or "last"]
    if not wished:
        raise ValueError(f"{run.run_id} has no checkpoint yet that could be judged.")
    return [_evaluate_checkpoint(run, open_checkpoint(run, one), evaluator, samples, tell) for one in wished]


def _evaluate_checkpoint(run: Run, generator: Generator, evaluator: Evaluator, samples: int, tell: Tell) -> Measured:
    """Look a measurement up, or make and keep it."""
    sums = generator.sha256, evaluator.dataset_sha256, evaluator.network_sha256
    key = evaluation_key(generator.step, *sums, samples)
    with contextlib.suppress(KeyError, ValidationError):
        known = Evaluation.model_validate_json(json.dumps(read_evaluations(run.run_dir)[key]))
        return Measured(run.run_id, generator.step, known, is_known=True)
    evaluation = _draw_and_judge(generator, evaluator, samples, tell)
    write_evaluation(run.run_dir, key, evaluation.model_dump(mode="json"))
    return Measured(run.run_id, generator.step, evaluation, is_known=False)


def _draw_and_judge(generator: Generator, evaluator: Evaluator, samples: int, tell: Tell) -> Evaluation:
    evaluator.require(samples)
    images = generator.samples(SEED, samples, progress=tell(f"drawing, step {generator.step:,}"))
    return evaluator.evaluate(images, tell(f"judging, step {generator.step:,}"))


def to_table(measured: Measured) -> Table:
    """Return one evaluation as a table: each metric beside what real images get."""
    evaluation = measured.evaluation
    table = Table("metric", "value", "real images", "samples", "", box=None, pad_edge=False)
    for name, score in evaluation.scores.items():
        label, meaning = _NAMES[name]
        spread = "" if score.deviation is None else f" ± {_round(score.deviation)}"
        table.add_row(label, f"{_round(score.value)}{spread}", _round(score.real), f"{score.samples:,}", meaning)
    return table


def to_curve(all_measured: list[Measured]) -> Table:
    """Return several checkpoints as a table, a line each."""
    columns = ("fcd", "kid", "precision", "recall", "coverage")
    table = Table("step", *(_NAMES[name][0] for name in columns), box=None, pad_edge=False)
    for measured in all_measured:
        scores = {str(name): score for name, score in measured.evaluation.scores.items()}
        table.add_row(f"{measured.step:,}", *(_round(scores[name].value) for name in columns))
    return table


def describe_classes(evaluation: Evaluation) -> str:
    """Return which classes the images are of, as a sentence."""
    names = CLASS_NAMES[evaluation.dataset]
    missing = ", ".join(names[label] for label in evaluation.missing)
    said = f"Hardly any look like: {missing}." if missing else "Every class is there."
    return f"{said} Entropy of the classes {evaluation.entropy:.2f} of at most {math.log(len(names)):.2f}."


def _round(value: float) -> str:
    return f"{value:,.1f}" if abs(value) >= 100 else f"{value:.3g}"


@contextlib.contextmanager
def _bar(quiet: bool) -> Iterator[Tell]:
    """A bar on a terminal, nothing in a log; told what goes on, and then how much of how much is done."""
    hidden = quiet or not sys.stderr.isatty()
    with Bar(console=Console(stderr=True), transient=True, disable=hidden) as bar:
        task = bar.add_task("", total=None)

        def tell(what: str) -> Callable[[int, int], None]:
            return lambda done, total: bar.update(task, description=what, completed=done, total=total)

        yield tell
