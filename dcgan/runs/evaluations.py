"""What was measured of a run's checkpoints, as `evaluations.json` holds it: measured once, looked up ever after.

Owns the file and what makes two measurements the same. Leaves what was measured to `quality.evaluation`: here it is a
tree of JSON.
"""

import contextlib
import errno
import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dcgan.runs import files, locks
from dcgan.runs.errors import BrokenRunError

FILE = "evaluations.json"
LOCK_SECONDS = 5.0
MOST = 2_000  # measurements kept of a run, the newest


def evaluation_key(step: int, checkpoint_sha256: str, dataset_sha256: str, network_sha256: str, samples: int) -> str:
    """Return what a measurement is looked up by: what was drawn from, what it was held against, and on how many."""
    sums = "-".join(sum_[:16] for sum_ in (checkpoint_sha256, dataset_sha256, network_sha256))
    return f"{step}-{sums}-{samples}"


def read_evaluations(run_dir: Path) -> dict[str, Any]:
    """Return all that was measured of a run, by key; what cannot be read was not measured."""
    with contextlib.suppress(OSError, ValueError, RecursionError):
        tree = json.loads((run_dir / FILE).read_bytes())
        if isinstance(tree, dict):
            return {key: value for key, value in tree.items() if isinstance(value, dict)}
    return {}


@dataclass(frozen=True)
class KeptScore:
    """One number: of the checkpoint, of real images, between subsets (where there are some), and on how many images."""

    value: float
    real: float
    deviation: float | None
    samples: int


@dataclass(frozen=True)
class Kept:
    """What is known of one checkpoint: all its scores by name, and the classes that are hardly there."""

    step: int
    scores: Mapping[str, KeptScore]
    missing: tuple[int, ...]


def find_kept(run_dir: Path, step: int, checkpoint_sha256: str) -> Kept | None:
    """Return what is known of a checkpoint: of each metric what was measured on the most images; None if nothing."""
    scores: dict[str, KeptScore] = {}
    missing: tuple[int, ...] = ()
    for key, tree, found_scores in _read_weighed(run_dir):
        if key.startswith(f"{step}-{checkpoint_sha256[:16]}-"):
            scores |= found_scores
            found = tree.get("missing")
            missing = tuple(label for label in found if type(label) is int) if isinstance(found, list) else missing
    return Kept(step, scores, missing) if scores else None


def list_kept(run_dir: Path) -> list[Kept]:
    """Return what is known of each judged checkpoint, in the order of their steps; of each step as `find_kept`."""
    found: dict[int, Kept] = {}
    for key, _, scores in _read_weighed(run_dir):
        step = key.partition("-")[0]
        if step.isascii() and step.isdecimal() and len(step) < 13 and "fcd" in scores:
            found[int(step)] = Kept(int(step), scores, ())
    return [found[step] for step in sorted(found)]


def _read_weighed(run_dir: Path) -> list[tuple[str, dict[str, Any], dict[str, KeptScore]]]:
    """All measurements by key, those on the most images last, and of equal ones the newest: the last one counts."""
    read = [(key, tree, _read_scores(tree.get("scores"))) for key, tree in read_evaluations(run_dir).items()]
    return sorted(read, key=lambda one: max((score.samples for score in one[2].values()), default=0))


def _read_scores(tree: object) -> dict[str, KeptScore]:
    """The scores that are whole; a file from elsewhere may hold anything."""
    found = {}
    for name, score in tree.items() if isinstance(tree, dict) else ():
        if isinstance(score, dict):
            value, real, count, deviation = (score.get(key) for key in ("value", "real", "samples", "deviation"))
            if _is_finite(value) and _is_finite(real) and type(count) is int:
                spread = float(deviation) if _is_finite(deviation) else None  # type: ignore[arg-type]
                found[name] = KeptScore(float(value), float(real), spread, count)  # type: ignore[arg-type]
    return found


def _is_finite(value: object) -> bool:
    # Compared, not converted: a whole number may be too large for a float.
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= sys.float_info.max


def require_writable(run_dir: Path) -> None:
    """Say before the minutes of measuring, not after them, that nothing could be kept.

    Raises:
        OSError: the folder is gone or cannot be written.
    """
    number = errno.ENOENT if not run_dir.is_dir() else errno.EACCES
    if not os.access(run_dir, os.W_OK | os.X_OK):
        raise OSError(number, os.strerror(number), str(run_dir))


def write_evaluation(run_dir: Path, key: str, measured: Mapping[str, Any]) -> None:
    """Keep a measurement; two writers do not lose each other's.

    Raises:
        OSError: the folder is gone or cannot be written; what was measured before is still there.
    """
    try:
        with locks.hold(run_dir, locks.EVALUATIONS, LOCK_SECONDS):
            known = read_evaluations(run_dir)
            known.pop(key, None)  # the newest last
            kept = dict([*known.items(), (key, dict(measured))][-MOST:])
            files.write_json(run_dir / FILE, kept)
    except BrokenRunError:
        raise FileNotFoundError(errno.ENOENT, "the run is gone", str(run_dir)) from None
