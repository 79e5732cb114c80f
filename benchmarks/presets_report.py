"""The presets for the same CPU time: `make presets-report`, or `python -m benchmarks.presets_report`.

`notebook` trains its own ten epochs; `tutorial` and `stable` get as much CPU time as that took. Each is the real worker
with live quality on, which chooses the best checkpoint by training images alone; the test images score that one once.
Runs, marks of their CPU time and scores are kept in a folder: called again, it goes on where it was.
"""

import argparse
import os
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks import real_fid
from benchmarks.budget import Ledger, find_run, is_done, train_for
from benchmarks.machine import describe_machine, machine_text
from benchmarks.presets_table import FAVOURITE, Outcome, rank_medians, to_markdown
from benchmarks.scores import CLOSE_LOOK, FID_IMAGES, SEED, Scorer, Scores, load_test_images, score_once
from dcgan.config import Config, build_config
from dcgan.data.datasets import load_dataset
from dcgan.latent.sources import BEST, open_checkpoint
from dcgan.quality.classifier import Progress
from dcgan.quality.evaluation import FEWEST
from dcgan.runs.run import Run
from dcgan.runs.status import StatusRecord
from dcgan.runs.store import RunStore

BASELINE, PRESETS = "notebook", ("notebook", "tutorial", "stable")
ENDLESS = 10_000  # epochs of those that only their budget ends
EXCESS = 1.2  # times its budget, above which a run is not one of this report
TELL_SECONDS = 60.0
INTERRUPTED = 3  # exit code


@dataclass(frozen=True)
class Planned:
    """One run that the report needs, and the CPU time that it has taken so far."""

    preset: str
    seed: int
    run: Run
    ledger: Ledger


def build_run_config(preset: str, seed: int) -> Config:
    """Return what a preset trains: the baseline its own epochs, the others until they are ended."""
    epochs = {} if preset == BASELINE else {"training.epochs": ENDLESS}
    return build_config(preset, {"training.seed": seed, **epochs})


def plan(folder: Path, seeds: int) -> list[Planned]:
    """Return all runs, those of the baseline first, then seed by seed; each is made where it is not there yet."""
    store = RunStore(folder / "runs")
    others = [preset for preset in PRESETS if preset != BASELINE]
    wanted = [(BASELINE, seed) for seed in range(seeds)]
    wanted += [(preset, seed) for seed in range(seeds) for preset in others]
    runs = [(preset, seed, find_run(store, build_run_config(preset, seed))) for preset, seed in wanted]
    return [Planned(preset, seed, run, Ledger(folder / f"{run.run_id}.cpu.jsonl")) for preset, seed, run in runs]


def train_all(planned: Sequence[Planned], seconds: float | None) -> float:
    """Train what is not done yet, one after the other.

    Args:
        planned: those of the baseline first.
        seconds: of CPU time for each; None for what the baseline takes for its own epochs, the median of its seeds.

    Returns:
        that budget.

    Raises:
        ValueError: a run had far more before, of a report with a larger budget.
    """
    budget = seconds
    for one in planned:
        if budget is None and one.preset != BASELINE:
            budget = choose_budget(planned)
        if budget is not None and used_cpu(one) > EXCESS * budget:
            raise ValueError(
                f"{one.run.run_id} ({one.preset}) has had {used_cpu(one) / 60:.1f} minutes of CPU time, more than the "
                f"{budget / 60:.1f} of this report: use another --folder."
            )
        if not is_done(one.run, one.ledger, budget):
            train_for(one.run, one.ledger, budget, talk(f"{one.preset}, seed {one.seed}", budget))
    return choose_budget(planned) if budget is None else budget


def choose_budget(planned: Sequence[Planned]) -> float:
    """Return the CPU seconds that the runs of the baseline took, the median of them."""
    return median(used_cpu(one) for one in planned if one.preset == BASELINE)


def used_cpu(one: Planned) -> float:
    """Return the CPU seconds that a run has taken."""
    return one.ledger.at(one.run.written_status().seconds)


def talk(name: str, budget: float | None) -> Callable[[StatusRecord, float], None]:
    """Return who says how a run stands, a line a minute."""
    told = float("-inf")

    def tell(status: StatusRecord, cpu: float) -> None:
        nonlocal told
        if time.monotonic() - told >= TELL_SECONDS:
            told = time.monotonic()
            whole = "" if budget is None else f" of {budget / 60:.1f}"
            best = "" if status.best is None else f", best FCD {status.best['value']:.1f}"
            say(f"{name}: {cpu / 60:.1f}{whole} CPU minutes, step {status.step:,}{best}")

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


def judge_run(one: Planned, scorer: Scorer, samples: int, folder: Path, num_images: int) -> Outcome:
    """Score the best checkpoint of a run.

    Raises:
        ValueError: the run was too short to be judged.
    """
    status, best = one.run.written_status(), one.run.checkpoints.best()
    if best is None:
        raise ValueError(f"{one.run.run_id} ({one.preset}) was not judged once: it needs more --seconds.")
    path = folder / f"{one.run.run_id}.scores.json"
    scores = score_once(open_checkpoint(one.run, BEST), scorer, samples, path, tell_progress)
    epochs = status.step / (num_images // one.run.config().training.batch_size)
    return Outcome(one.preset, one.seed, epochs, status.seconds / 60, used_cpu(one) / 60, best.epoch, scores)


def score_all(planned: Sequence[Planned], options: argparse.Namespace) -> tuple[list[Outcome], Scores]:
    """Return the outcome of every run, preset by preset, and what as many training images get."""
    scorer = Scorer(options.fid, tell_progress)
    num_images = len(load_dataset(real_fid.DATASET, may_download=False).images)
    ordered = sorted(planned, key=lambda one: (PRESETS.index(one.preset), one.seed))
    outcomes = [judge_run(one, scorer, options.samples, options.folder, num_images) for one in ordered]
    return outcomes, scorer.score(real_fid.load_images()[0][: options.samples])


def describe(budget: float, options: argparse.Namespace) -> list[str]:
    """Return how the figures came about."""
    what = (
        f"what `{BASELINE}` took for its ten epochs, the median of its seeds"
        if options.seconds is None
        else "by choice: `--seconds`"
    )
    return [
        f"Written by `python -m benchmarks.presets_report` on {time.strftime('%Y-%m-%d', time.gmtime())}. Each run had "
        f"{budget / 60:.1f} minutes of CPU time ({what}), of all cores together, live quality included. Minutes are "
        "those of the clock, beside whatever else the machine did.",
        "The checkpoint of each run is the one that was the best by FCD against training images while it trained; its "
        f"{options.samples:,} images (seed {SEED}) were held once against the 10,000 test images; for precision, "
        f"recall and coverage {min(CLOSE_LOOK, options.samples):,} of them against {CLOSE_LOOK:,}. Real images: as "
        "many training images in their place.",
        machine_text(describe_machine()).splitlines()[0] + ".",
    ]


def parse_options(arguments: Sequence[str]) -> argparse.Namespace:
    """Return the options of the command line; ends with a sentence where one cannot be used."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.presets_report", description="The presets for the same CPU time."
    )
    parser.add_argument("--seconds", type=float, help="CPU seconds of training a run (what the notebook's epochs take)")
    parser.add_argument("--seeds", type=int, default=3, help="runs of each preset (3)")
    parser.add_argument("--samples", type=int, default=FID_IMAGES, help="images of each checkpoint to score (10000)")
    parser.add_argument("--fid", action="store_true", help="also by Inception, 20 minutes of a core a checkpoint")
    parser.add_argument(
        "--folder", type=Path, default=Path(".cache/presets-report"), help="of runs and scores (.cache/presets-report)"
    )
    parser.add_argument("--out", type=Path, help="the report (presets.md in that folder)")
    options = parser.parse_args(arguments)
    if options.seconds is not None and not options.seconds > 0:
        parser.error(f"--seconds {options.seconds:g} cannot be used: it must be more than 0.")
    if options.seeds < 1:
        parser.error(f"--seeds {options.seeds} cannot be used: it must be 1 or more.")
    if not FEWEST <= options.samples <= FID_IMAGES:
        parser.error(f"--samples {options.samples} cannot be used: it must be {FEWEST} to {FID_IMAGES:,}.")
    if options.fid and options.samples != FID_IMAGES:
        parser.error(f"--fid needs {FID_IMAGES:,} samples, not {options.samples:,}: FID is defined by them.")
    options.out = options.out or options.folder / "presets.md"
    return options


def main(arguments: Sequence[str]) -> int:
    """Train, score, write; returns 1 where the default preset is not the best by FID, 3 where it was interrupted."""
    options = parse_options(arguments)
    options.folder.mkdir(parents=True, exist_ok=True)
    # It is the CPU that is measured, in a line of its own: nobody is waited for.
    os.environ |= {"CUDA_VISIBLE_DEVICES": "-1", "DCGAN_STATE": str((options.folder / "state").absolute())}
    try:
        load_test_images()  # what is missing is said before hours of training
        planned = plan(options.folder, options.seeds)
        budget = train_all(planned, options.seconds)
        outcomes, real = score_all(planned, options)
    except KeyboardInterrupt:
        say("Interrupted; what is done is kept. Call again to go on.")
        return INTERRUPTED
    except ValueError as error:
        say(str(error))
        return 2
    report = to_markdown(outcomes, real, describe(budget, options))
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(report, "utf-8")
    print(report)
    say(f"Written to {options.out}.")
    return 1 if options.fid and rank_medians(outcomes)[0][1] != FAVOURITE else 0


if __name__ == "__main__":
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    sys.exit(main(sys.argv[1:]))
