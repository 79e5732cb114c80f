"""The presets for the same CPU time: `make presets-report`, or `python -m benchmarks.presets_report`.

First it measures what an epoch of each costs, while nothing else runs: two minutes a round. `notebook` then trains its
own ten epochs, the others as many as cost the same. Each is the real worker with live quality on, which chooses the
best checkpoint by training images alone; the test images score that one once. Called again, it goes on where it was: a
run that was interrupted from its checkpoint, one that is in the file of outcomes not at all.
"""

import argparse
import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks import real_fid
from benchmarks.costs import equal_epochs, measure_costs
from benchmarks.machine import describe_machine, machine_text
from benchmarks.outcomes import Outcome, Outcomes, load_outcomes
from benchmarks.presets_table import FAVOURITE, rank_medians, to_markdown
from benchmarks.scores import CLOSE_LOOK, FID_IMAGES, SEED, Scorer, load_test_images, score_once
from benchmarks.whole_run import find_run, train_to_end
from dcgan.config import build_config
from dcgan.data.datasets import load_dataset
from dcgan.latent.sources import BEST, open_checkpoint
from dcgan.quality.classifier import Progress
from dcgan.quality.evaluation import FEWEST
from dcgan.runs.run import Run
from dcgan.runs.status import StatusRecord
from dcgan.runs.store import RunStore

BASELINE, PRESETS = "notebook", ("notebook", "tutorial", "stable")
TELL_SECONDS = 60.0
INTERRUPTED = 3  # exit code


def begin(options: argparse.Namespace) -> Outcomes:
    """Return the report as far as it has come; a new one measures what the presets cost.

    Raises:
        ValueError: the file is not of a report, or of one with other options.
    """
    if (found := load_outcomes(options.outcomes)) is not None:
        epochs = found.epochs[BASELINE] if options.epochs is None else options.epochs
        if (found.samples, found.with_fid, found.epochs[BASELINE]) != (options.samples, options.fid, epochs):
            fid = "with" if found.with_fid else "without"
            raise ValueError(
                f"{options.outcomes} is of {found.samples:,} images a checkpoint, {fid} --fid, after "
                f"{found.epochs[BASELINE]} epochs: call it so, or use another --outcomes."
            )
        return found
    say("measuring what an epoch of each preset costs; let nothing else run")
    costs = measure_costs(PRESETS, len(load_dataset(real_fid.DATASET, may_download=False).images))
    own = build_config(BASELINE).training.epochs if options.epochs is None else options.epochs
    report = Outcomes(
        samples=options.samples, with_fid=options.fid, epochs=equal_epochs(costs, BASELINE, own), costs=costs,
        machine=name_machine(),
    )  # fmt: skip
    report.save(options.outcomes)
    return report


def go_on(report: Outcomes, options: argparse.Namespace) -> Outcomes:
    """Train and score what is not done yet, seed by seed, and keep each as soon as it is."""
    store, scorer = RunStore(options.folder / "runs"), Scorer(options.fid, tell_progress)
    if report.real is None:
        real = scorer.score(real_fid.load_images()[0][: options.samples])
        report = report.model_copy(update={"real": real})
        report.save(options.outcomes)
    for preset, seed in [(preset, seed) for seed in range(options.seeds) for preset in PRESETS]:
        if report.has(preset, seed):
            continue
        overrides = {"training.seed": seed, "training.epochs": report.epochs[preset]}
        run = find_run(store, build_config(preset, overrides))
        train_to_end(run, talk(f"{preset}, seed {seed}"))
        report = report.with_run(judge_run(run, scorer, report, options.folder))
        report.save(options.outcomes)
    return report


def talk(name: str) -> Callable[[StatusRecord], None]:
    """Return who says how a run stands, a line a minute."""
    told = float("-inf")

    def tell(status: StatusRecord) -> None:
        nonlocal told
        if time.monotonic() - told >= TELL_SECONDS:
            told = time.monotonic()
            best = "" if status.best is None else f", best FCD {status.best['value']:.1f}"
            say(f"{name}: step {status.step:,} of {status.steps:,}{best}")

    return tell


def tell_progress(what: str) -> Progress:
    """Return who says how far something slow is, a line every 1,000 images."""

    def tell(done: int, total: int) -> None:
        if done % 1_000 == 0 or done == total:
            say(f"{what}: {done:,} of {total:,}")

    return tell


def say(line: str) -> None:
    """Say what goes on, with the time."""
    print(f"{time.strftime('%H:%M:%S')} {line}", file=sys.stderr, flush=True)


def name_machine() -> str:
    """Return this machine in a line, without what ran on it."""
    return machine_text(describe_machine()).splitlines()[0]


def judge_run(run: Run, scorer: Scorer, report: Outcomes, folder: Path) -> Outcome:
    """Score the best checkpoint of a run that has finished.

    Raises:
        ValueError: the run was too short to be judged.
    """
    status, best, config = run.written_status(), run.checkpoints.best(), run.config()
    if best is None:
        raise ValueError(f"{run.run_id} ({config.preset}) was not judged once: it needs more --epochs.")
    path = folder / f"{run.run_id}.scores.json"
    scores = score_once(open_checkpoint(run, BEST), scorer, report.samples, path, tell_progress)
    return Outcome(
        preset=config.preset, seed=config.training.seed, epochs=config.training.epochs, minutes=status.seconds / 60,
        cpu_minutes=config.training.epochs * report.costs[config.preset] / 60, best_epoch=best.epoch,
        machine=name_machine(), scores=scores,
    )  # fmt: skip


def describe(report: Outcomes) -> list[str]:
    """Return how the figures came about."""
    costs = ", ".join(
        f"`{preset}` {cost:.0f} s, so {report.epochs[preset]} epochs" for preset, cost in report.costs.items()
    )
    trained = sorted({run.machine for run in report.runs})
    return [
        "Written by `make presets-report`. Every run gets the same CPU time: that of "
        f"{report.epochs[BASELINE]} epochs of `{BASELINE}`. What an epoch costs, of all cores together, was measured "
        f"where nothing else ran: {costs}. Minutes are those of the clock, beside whatever else the machine did.",
        "The checkpoint of each run is the one that was the best by FCD against training images while it trained; its "
        f"{report.samples:,} images (seed {SEED}) were held once against the 10,000 test images; for precision, "
        f"recall and coverage {min(CLOSE_LOOK, report.samples):,} of them against {CLOSE_LOOK:,}. Real images: as "
        "many training images in their place.",
        f"Costs: {report.machine}. Trained on: {'; '.join(trained)}.",
    ]


def parse_options(arguments: Sequence[str]) -> argparse.Namespace:
    """Return the options of the command line; ends with a sentence where one cannot be used."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.presets_report", description="The presets for the same CPU time."
    )
    parser.add_argument("--epochs", type=int, help=f"of {BASELINE}, the measure of all (its own)")
    parser.add_argument("--seeds", type=int, default=3, help="runs of each preset (3)")
    parser.add_argument("--samples", type=int, default=FID_IMAGES, help="images of each checkpoint to score (10000)")
    parser.add_argument("--fid", action="store_true", help="also by Inception, 20 minutes of a core a checkpoint")
    parser.add_argument(
        "--folder", type=Path, default=Path(".cache/presets-report"), help="of runs and scores (.cache/presets-report)"
    )
    parser.add_argument(
        "--outcomes", type=Path, default=Path("docs/presets.json"), help="what is done (docs/presets.json)"
    )
    parser.add_argument("--out", type=Path, help="the report (that file's name with .md)")
    options = parser.parse_args(arguments)
    for name in ("epochs", "seeds"):
        if (value := getattr(options, name)) is not None and value < 1:
            parser.error(f"--{name} {value} cannot be used: it must be 1 or more.")
    if not FEWEST <= options.samples <= FID_IMAGES:
        parser.error(f"--samples {options.samples} cannot be used: it must be {FEWEST} to {FID_IMAGES:,}.")
    if options.fid and options.samples != FID_IMAGES:
        parser.error(f"--fid needs {FID_IMAGES:,} samples, not {options.samples:,}: FID is defined by them.")
    options.out = options.out or options.outcomes.with_suffix(".md")
    return options


def main(arguments: Sequence[str]) -> int:
    """Train, score, write; returns 1 where the default preset is not the best by FID, 3 where it was interrupted."""
    options = parse_options(arguments)
    options.folder.mkdir(parents=True, exist_ok=True)
    # It is the CPU that is measured, in a line of its own: nobody is waited for.
    os.environ |= {"CUDA_VISIBLE_DEVICES": "-1", "DCGAN_STATE": str((options.folder / "state").absolute())}
    try:
        load_test_images()  # what is missing is said before hours of training
        report = go_on(begin(options), options)
    except KeyboardInterrupt:
        say("Interrupted; what is done is kept. Call again to go on.")
        return INTERRUPTED
    except ValueError as error:
        say(str(error))
        return 2
    assert report.real is not None
    text = to_markdown(report.runs, report.real, describe(report))
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(text, "utf-8")
    print(text)
    say(f"Written to {options.out}.")
    return 1 if options.fid and rank_medians(report.runs)[0][1] != FAVOURITE else 0


if __name__ == "__main__":
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    sys.exit(main(sys.argv[1:]))
