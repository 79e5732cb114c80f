"""What was measured of a run's checkpoints, as `evaluations.json` holds it: measured once, looked up ever after.

Owns the file and what makes two measurements the same. Leaves what was measured to `quality.evaluation`: here it is a
tree of JSON.
"""

import contextlib
import errno
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from filelock import FileLock

from dcgan.runs import files

FILE, LOCK = "evaluations.json", "evaluations.lock"
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


def write_evaluation(run_dir: Path, key: str, measured: Mapping[str, Any]) -> None:
    """Keep a measurement; two writers do not lose each other's.

    Raises:
        OSError: the folder is gone or cannot be written; what was measured before is still there.
    """
    if not run_dir.is_dir():  # a lock would make it anew
        raise FileNotFoundError(errno.ENOENT, "the run is gone", str(run_dir))
    with FileLock(run_dir / LOCK, timeout=LOCK_SECONDS):
        known = read_evaluations(run_dir)
        known.pop(key, None)  # the newest last
        kept = dict([*known.items(), (key, dict(measured))][-MOST:])
        files.write_json(run_dir / FILE, kept)
