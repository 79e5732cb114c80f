"""How fast our worker trains beside the notebook's own loop: `python -m benchmarks.training`.

The same networks, batch and images (the `notebook` preset) in each, one at a time, alternating, each in a process of
its own, on the CPU. "notebook" is `benchmarks.notebook`; "float32" and "bfloat16" are the real worker on a real run
directory, with all that it saves, samples and tells, and its speed is read from the rows that it writes.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.flops import flops_per_image
from benchmarks.machine import describe_machine, machine_text, measure_peaks, watch_memory
from benchmarks.report import Claim, claims_table, table
from benchmarks.worker import START_SECONDS, Measurement, measure_worker
from dcgan import devices
from dcgan.config import build_config
from dcgan.data.datasets import load_dataset

BASELINE = "notebook"
RATIO_LIMITS = {"float32": 1.4, "bfloat16": 1.6}
MEMORY_LIMIT = 700.0  # MB
MAX_SPREAD = 1.15  # highest over lowest speed of one kind; a quiet machine stays below 1.1


@dataclass(frozen=True)
class Summary:
    """All stays of one kind: speed, ratio to the baseline of the same round, share of the processor's peak, memory."""

    kind: str
    median: float
    lowest: float
    highest: float
    ratio: float
    share_of_peak: float
    memory_mb: float

    def cells(self) -> tuple[str, ...]:
        """Return the cells of a row."""
        speeds = (f"{value:,.0f}" for value in (self.median, self.lowest, self.highest))
        return self.kind, *speeds, f"{self.ratio:.2f}", f"{self.share_of_peak:.0%}", f"{self.memory_mb:.0f} MB"


HEAD = ("loop", "images/s", "min", "max", "to notebook", "of peak", "RssAnon")


def measure_notebook(seconds: float, warm_up: float) -> Measurement:
    """Measure the notebook's loop in a process of its own.

    Raises:
        RuntimeError: it failed; the end of what it said is in the message.
    """
    command = [sys.executable, "-m", "benchmarks.notebook", str(seconds), str(warm_up)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        with watch_memory(process.pid) as peak:
            answer, errors = process.communicate(timeout=START_SECONDS + warm_up + seconds)
    finally:
        process.kill()
        process.wait()
    if process.returncode != 0:
        raise RuntimeError(f"The notebook's loop failed: {errors[-2000:]}")
    return Measurement(kind=BASELINE, memory_mb=peak.megabytes, **json.loads(answer))


def measure(kind: str, seconds: float, warm_up: float) -> Measurement:
    """Measure one kind once; whatever it writes is gone afterwards."""
    if kind == BASELINE:
        return measure_notebook(seconds, warm_up)
    with tempfile.TemporaryDirectory(prefix="dcgan-benchmark-") as folder:
        os.environ["DCGAN_STATE"] = str(Path(folder) / "state")  # a line of its own: nobody is waited for
        return measure_worker(kind, seconds, warm_up, Path(folder) / "runs")


def summarise(rounds: Sequence[Mapping[str, Measurement]], flops: float, peaks: Mapping[str, float]) -> list[Summary]:
    """Return one summary a kind.

    Args:
        rounds: the measurements of each round by kind.
        flops: operations an image.
        peaks: GFLOP/s by number format.
    """
    summaries = []
    for kind in rounds[0]:
        speeds = [measured[kind].images_per_second for measured in rounds]
        ratios = [measured[kind].images_per_second / measured[BASELINE].images_per_second for measured in rounds]
        peak = peaks.get(kind, peaks["float32"]) * 1e9  # the notebook's loop is float32
        memory = max(measured[kind].memory_mb for measured in rounds)
        share = median(speeds) * flops / peak
        summaries.append(Summary(kind, median(speeds), min(speeds), max(speeds), median(ratios), share, memory))
    return summaries


def spread_notes(summaries: Sequence[Summary]) -> list[str]:
    """Return a warning for each kind whose rounds differ too much to be trusted."""
    return [
        f"WARNING: the rounds of {s.kind} differ by {s.highest / s.lowest - 1:.0%}: something else was running."
        for s in summaries
        if s.highest > MAX_SPREAD * s.lowest
    ]


def claims(summaries: Sequence[Summary]) -> list[Claim]:
    """Return what the README claims of our worker."""
    ours = [summary for summary in summaries if summary.kind in RATIO_LIMITS]
    return [
        *(
            Claim(f"{s.kind} to notebook", s.ratio, "x", RATIO_LIMITS[s.kind], "at least", digits=2)
            for s in ours
        ),
        *(Claim(f"{s.kind}: RssAnon", s.memory_mb, "MB", MEMORY_LIMIT, digits=0) for s in ours),
    ]  # fmt: skip


def run_rounds(
    kinds: Sequence[str], options: argparse.Namespace
) -> tuple[list[dict[str, Measurement]], dict[str, float]]:
    """Measure all kinds in turn, every other round backwards; returns the rounds, and the processor's best rates."""
    rounds: list[dict[str, Measurement]] = []
    peaks: dict[str, float] = {}
    for number in range(1, options.rounds + 1):
        rates = measure_peaks()
        peaks = {name: max(rate, peaks.get(name, 0.0)) for name, rate in rates.items()}
        measured: dict[str, Measurement] = {}
        for kind in kinds if number % 2 else reversed(kinds):
            measured[kind] = measure(kind, options.seconds, options.warm_up)
            speed = measured[kind].images_per_second
            print(f"round {number} of {options.rounds}: {kind} {speed:,.0f} images/s", file=sys.stderr, flush=True)
        rounds.append({kind: measured[kind] for kind in kinds})
    return rounds, peaks


def choose_kinds(force_bfloat16: bool) -> tuple[list[str], list[str]]:
    """Return what is measured, and sentences about what is not."""
    kinds, notes = [BASELINE, "float32"], []
    if devices.has_bfloat16() or force_bfloat16:
        kinds.append("bfloat16")
    else:
        notes.append(
            "There is no bfloat16 row: this CPU has no instructions for it (avx512_bf16, amx_bf16 or Arm's bf16), so "
            "it would be slower than float32. --bfloat16 measures it all the same."
        )
    if load_dataset("fashion-mnist").is_sample:
        notes.append("WARNING: the whole data set is not on this machine; the bundled sample of it was used.")
    return kinds, notes


def parse_options(arguments: Sequence[str]) -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.training", description="Our worker beside the notebook's loop."
    )
    parser.add_argument("--seconds", type=float, default=40.0, help="length of one measurement (40)")
    parser.add_argument("--warm-up", type=float, default=10.0, help="training before each one that does not count (10)")
    parser.add_argument("--rounds", type=int, default=3, help="times that each kind is measured (3)")
    parser.add_argument("--bfloat16", action="store_true", help="measure bfloat16 on a CPU without it, too")
    parser.add_argument("--json", type=Path, metavar="PATH", help="also write everything there")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str]) -> int:
    """Measure, print and write; returns 1 where a claim does not hold here."""
    options = parse_options(arguments)
    os.environ |= {"CUDA_VISIBLE_DEVICES": "-1", "TF_CPP_MIN_LOG_LEVEL": "2"}  # it is the CPU that is measured
    machine = describe_machine()
    kinds, notes = choose_kinds(options.bfloat16)
    flops = flops_per_image(build_config("notebook"))
    rounds, peaks = run_rounds(kinds, options)
    summaries = summarise(rounds, flops, peaks)
    notes += spread_notes(summaries)

    rates = ", ".join(f"{name} {rate:,.0f}" for name, rate in peaks.items())
    print(f"\n{machine_text(machine)}")
    print(f"{flops / 1e6:.0f} MFLOP an image; peak of a 2048 x 2048 product, GFLOP/s: {rates}\n")
    print(table(HEAD, [summary.cells() for summary in summaries]), *notes, sep="\n")
    print(f"\n{claims_table(claims(summaries))}")
    if options.json:
        tree: dict[str, Any] = {"machine": machine, "notes": notes, "flops_per_image": flops, "peak_gflops": peaks}
        tree["rounds"] = [[asdict(measurement) for measurement in measured.values()] for measured in rounds]
        tree["summary"] = [asdict(summary) for summary in summaries]
        options.json.write_text(json.dumps(tree, indent=1) + "\n")
    return 0 if all(claim.kept for claim in claims(summaries)) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
