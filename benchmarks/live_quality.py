"""How fast the worker trains while it judges its images, beside the same without: `python -m benchmarks.live_quality`.

The real worker on real run directories, the `notebook` preset, with `saving.live_quality` and without it, one at a
time, alternating, on the CPU. What a judgement took decides when the next is due (`dcgan.training.judging`), so whole
intervals are measured: from the end of one judgement to the end of another, with as many judgements as intervals and
all that is saved because of them. The first judgement also loads, and waits longer for the second, so the stretch
begins with the second. The run without is measured over the same seconds of its own training.
"""

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

from benchmarks.machine import describe_machine, machine_text
from benchmarks.report import Claim, claims_table, table
from benchmarks.worker import START_SECONDS, count_steps, wait_until, wait_until_trained, worker_on
from dcgan.config import build_config
from dcgan.data.datasets import load_dataset
from dcgan.quality.live import find_judge
from dcgan.runs.files import Row
from dcgan.runs.run import Run
from dcgan.runs.scores import read_scores
from dcgan.runs.store import RunStore

LIMIT = 0.95  # of the speed without
MAX_SPREAD = 1.15  # highest over lowest speed of one kind, as in `benchmarks.training`
INTERVAL_SECONDS = 600.0  # that one may take on a machine that others use
UNSTEADY = 1  # judgements at the start of a run after which the interval is not yet the steady one


@dataclass(frozen=True)
class Stretch:
    """What of a run is measured.

    Attributes:
        start: seconds of training.
        stop: the same.
        steps: taken in it.
        judgements: that lie in it, each with the interval before it.
        judging_seconds: of all of these.
        standing_seconds: in which no step was taken because of them: judging, and saving what was the best.
    """

    start: float
    stop: float
    steps: int
    judgements: int = 0
    judging_seconds: float = 0.0
    standing_seconds: float = 0.0

    @property
    def speed(self) -> float:
        """Steps a second."""
        return self.steps / (self.stop - self.start)


@dataclass(frozen=True)
class Round:
    """The same stretch of training, judged and not."""

    judged: Stretch
    plain: Stretch

    @property
    def ratio(self) -> float:
        """The speed with judgements to that without."""
        return self.judged.speed / self.plain.speed

    def cells(self, number: int, batch_size: int) -> tuple[str, ...]:
        """Return the cells of a row."""
        judged, seconds = self.judged, self.judged.stop - self.judged.start
        speeds = (f"{batch_size * stretch.speed:,.0f}" for stretch in (judged, self.plain))
        shares = (f"{part / seconds:.1%}" for part in (judged.judging_seconds, judged.standing_seconds))
        return str(number), *speeds, f"{self.ratio:.3f}", f"{judged.judgements} in {seconds:.0f} s", *shares


HEAD = ("round", "judged, images/s", "not judged", "ratio", "judgements", "judging", "standing still")


def judged_stretch(rows: Sequence[Row], intervals: int) -> Stretch:
    """Return the stretch from the end of the second judgement to the end of the one so many intervals later.

    Raises:
        RuntimeError: the rows hold fewer judgements.
    """
    judged = [row for row in rows if "fcd" in row][UNSTEADY : UNSTEADY + intervals + 1]
    if len(judged) <= intervals:
        raise RuntimeError(f"{len(judged)} judgements after the first are too few for {intervals} intervals.")
    first, last, within = judged[0], judged[-1], judged[1:]
    return Stretch(
        first["seconds"], last["seconds"], last["step"] - first["step"], len(within),
        sum(row["judging_seconds"] for row in within), standing_seconds(rows, judged),
    )  # fmt: skip


def standing_seconds(rows: Sequence[Row], judged: Sequence[Row]) -> float:
    """Return the seconds between the ends of the first and the last of some judgements in which no step was taken.

    Args:
        rows: of `metrics.jsonl`.
        judged: the judgements, in order: what is saved after the last of them lies outside.
    """
    ends = {row["step"]: row["seconds"] for row in rows if "fcd" not in row}
    usual = median(ends[step + 1] - ends[step] for step in ends if step + 1 in ends)
    judging = sum(row["seconds"] - ends[row["step"]] for row in judged[1:])
    saving = sum(max(0.0, ends[row["step"] + 1] - row["seconds"] - usual) for row in judged[:-1])
    return float(judging + saving)


def make_run(folder: Path, live: bool) -> Run:
    """Make a run in an empty folder; its line for the device is its own, so that nobody is waited for."""
    os.environ["DCGAN_STATE"] = str(folder / "state")
    return RunStore(folder / "runs").create(build_config("notebook", {"saving.live_quality": live}))


def measure_judged(intervals: int) -> Stretch:
    """Measure a new run that judges its images, over so many whole intervals."""
    wanted = UNSTEADY + intervals + 1
    with tempfile.TemporaryDirectory(prefix="dcgan-benchmark-") as folder:
        run = make_run(Path(folder), live=True)
        with worker_on(run) as (worker, _):
            patience = START_SECONDS + wanted * INTERVAL_SECONDS
            wait_until(run, worker, lambda status: len(read_scores(run.metrics_path)) >= wanted, patience)
        return judged_stretch(run.metrics(), intervals)


def measure_plain(start: float, stop: float) -> Stretch:
    """Measure a new run that does not, between these seconds of its training."""
    with tempfile.TemporaryDirectory(prefix="dcgan-benchmark-") as folder:
        run = make_run(Path(folder), live=False)
        with worker_on(run) as (worker, _):
            wait_until_trained(run, worker, stop, 2 * stop + START_SECONDS)
        steps, elapsed = count_steps(run.metrics(), start, stop)
        return Stretch(start, start + elapsed, steps)


def run_rounds(options: argparse.Namespace) -> list[Round]:
    """Measure both in turn, every other round backwards: the run without then takes the seconds of the round before."""
    rounds: list[Round] = []
    for number in range(1, options.rounds + 1):
        if number % 2:
            judged = measure_judged(options.intervals)
            plain = measure_plain(judged.start, judged.stop)
        else:
            before = rounds[-1].judged
            plain = measure_plain(before.start, before.stop)
            judged = measure_judged(options.intervals)
        rounds.append(Round(judged, plain))
        print(f"round {number} of {options.rounds}: {rounds[-1].ratio:.3f}", file=sys.stderr, flush=True)
    return rounds


def claims(rounds: Sequence[Round]) -> list[Claim]:
    """Return what the README claims."""
    ratio = 100 * median(one.ratio for one in rounds)
    return [
        Claim("speed with live quality to that without", ratio, "%", 100 * LIMIT, "at least"),
        Claim("judgements measured", sum(one.judged.judgements for one in rounds), digits=0),
    ]


def spread_notes(rounds: Sequence[Round]) -> list[str]:
    """Return a warning for each kind whose rounds differ too much to be trusted."""
    kinds = {"with": [one.judged.speed for one in rounds], "without": [one.plain.speed for one in rounds]}
    return [
        f"WARNING: the rounds {kind} differ by {max(speeds) / min(speeds) - 1:.0%}: something else was running."
        for kind, speeds in kinds.items()
        if max(speeds) > MAX_SPREAD * min(speeds)
    ]


def parse_options(arguments: Sequence[str]) -> argparse.Namespace:
    """Return the options of the command line; ends with a sentence where one cannot be used."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.live_quality", description="Training with live quality beside training without."
    )
    parser.add_argument("--intervals", type=int, default=4, help="steady intervals of one measurement (4)")
    parser.add_argument("--rounds", type=int, default=3, help="times that each kind is measured (3)")
    parser.add_argument("--json", type=Path, metavar="PATH", help="also write everything there")
    options = parser.parse_args(arguments)
    for name in ("intervals", "rounds"):
        if getattr(options, name) < 1:
            parser.error(f"--{name} {getattr(options, name)} cannot be used: it must be 1 or more.")
    return options


def main(arguments: Sequence[str]) -> int:
    """Measure, print and write; returns 1 where the claim does not hold here, 2 where nothing can be judged."""
    options = parse_options(arguments)
    os.environ |= {"CUDA_VISIBLE_DEVICES": "-1", "TF_CPP_MIN_LOG_LEVEL": "2"}  # it is the CPU that is measured
    machine = describe_machine()
    config = build_config("notebook")
    if find_judge(load_dataset(config.data.dataset)) is None:  # and what is measured once on a machine is, now
        print(f"{config.data.dataset} cannot be judged on this machine.", file=sys.stderr)
        return 2
    rounds = run_rounds(options)
    rows = [one.cells(number, config.training.batch_size) for number, one in enumerate(rounds, start=1)]
    print(f"\n{machine_text(machine)}\n\n{table(HEAD, rows)}", *spread_notes(rounds), sep="\n")
    print(f"\n{claims_table(claims(rounds))}")
    if options.json:
        tree = {"machine": machine, "rounds": [asdict(one) for one in rounds]}
        options.json.write_text(json.dumps(tree, indent=1) + "\n")
    return 0 if all(claim.kept for claim in claims(rounds)) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
