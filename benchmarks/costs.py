"""What an epoch of a preset costs: CPU seconds of all cores, measured while the machine does nothing else.

Owns how that is counted, and how many epochs of each preset cost the same. Hours of training can then go on beside
whatever else a machine does: that changes how long they take, and nothing of what is compared.
"""

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import numpy as np
import psutil

from benchmarks.worker import START_SECONDS, wait_until_trained, worker_on
from dcgan.config import build_config
from dcgan.runs.files import Row
from dcgan.runs.store import RunStore

SECONDS, WARM_UP, ROUNDS = 25.0, 5.0, 3


@dataclass(frozen=True)
class Look:
    """The CPU seconds that a worker has taken in its life, at a second of its training."""

    seconds: float
    cpu: float


def measure_costs(presets: Sequence[str], num_images: int, rounds: int = ROUNDS) -> dict[str, float]:
    """Return the CPU seconds of an epoch of each preset, the median of rounds in which they alternate.

    Args:
        presets: their names.
        num_images: of the set that they train on.
        rounds: half a minute for each preset.

    Raises:
        RuntimeError: a worker ended before its time; the end of its log is in the message.
    """
    found: dict[str, list[float]] = {preset: [] for preset in presets}
    for turn in range(rounds):
        for preset in presets[:: -1 if turn % 2 else 1]:  # so that no preset always follows the same other
            found[preset].append(measure_epoch(preset, num_images))
    return {preset: median(values) for preset, values in found.items()}


def measure_epoch(preset: str, num_images: int, seconds: float = SECONDS, warm_up: float = WARM_UP) -> float:
    """Return the CPU seconds of an epoch of one preset, by a short stay of the real worker.

    Live quality is off: it takes the same small share of any run, but not of so short a stay.
    """
    config = build_config(preset, {"saving.live_quality": False})
    with tempfile.TemporaryDirectory(prefix="dcgan-costs-") as folder:
        run = RunStore(Path(folder)).create(config)
        with worker_on(run) as (worker, _):
            process = psutil.Process(worker.pid)
            begin = look(process, wait_until_trained(run, worker, 0.0, START_SECONDS))
            begin = look(process, wait_until_trained(run, worker, begin.seconds + warm_up, START_SECONDS))
            end = look(process, wait_until_trained(run, worker, begin.seconds + seconds, START_SECONDS))
        rows = run.metrics()
    return (end.cpu - begin.cpu) / steps_between(rows, begin, end) * (num_images // config.training.batch_size)


def look(process: psutil.Process, seconds: float) -> Look:
    """Look at the CPU time of a worker that has just told how long it has trained."""
    times = process.cpu_times()
    return Look(seconds, float(times.user + times.system))


def steps_between(rows: Sequence[Row], begin: Look, end: Look) -> float:
    """Return the steps between two looks, in proportion between two rows.

    Raises:
        RuntimeError: there are none.
    """
    seconds, steps = [row["seconds"] for row in rows], [row["step"] for row in rows]
    found = np.interp([begin.seconds, end.seconds], seconds, steps) if rows else np.zeros(2)
    if found[1] <= found[0]:
        raise RuntimeError(f"No step was told in {end.seconds - begin.seconds:.0f} s.")
    return float(found[1] - found[0])


def equal_epochs(costs: Mapping[str, float], baseline: str, epochs: int) -> dict[str, int]:
    """Return the whole epochs, at least 1, of each preset that cost what so many of the baseline do.

    Args:
        costs: CPU seconds of an epoch by preset, above 0.
        baseline: one of these presets.
        epochs: of the baseline.
    """
    budget = epochs * costs[baseline]
    return {preset: max(1, round(budget / cost)) for preset, cost in costs.items()}
