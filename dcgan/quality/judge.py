"""The process that judges checkpoints for a page: `python -m dcgan.quality.judge RUN_DIR SAMPLES PROGRESS STEP…`.

What it has measured of a checkpoint it keeps in the run's folder, whole or not at all, so it may be killed at any time;
it ends at once when its standard input does. A checkpoint that is damaged or gone does not keep it from the others.
Exit codes: 0 all were judged, 2 something cannot be judged or kept, as PROGRESS says, 1 anything else.
"""

import contextlib
import os
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from dcgan.latent.sources import open_checkpoint
from dcgan.quality.evaluation import Evaluation, open_evaluator
from dcgan.quality.measuring import measure
from dcgan.runs.errors import RefusedCheckpointError
from dcgan.runs.evaluations import require_writable
from dcgan.runs.files import write_json
from dcgan.runs.run import Run

TOLD_SECONDS = 0.5  # between two words on how far it is
NICENESS = 10  # a server answers and a training trains first


class Teller:
    """Not thread-safe. Writes how far the work is, now and then."""

    def __init__(self, path: Path) -> None:
        """Write into a file, whose folder exists."""
        self._path, self._told, self.index = path, float("-inf"), 0

    def of(self, phase: str) -> Callable[[int, int], None]:
        """Return what a phase tells of its progress to."""

        def tell(done: int, total: int) -> None:
            if done == total or time.monotonic() - self._told >= TOLD_SECONDS:
                self._write(phase, done, total)

        return tell

    def refuse(self, reason: str, **values: int | None) -> None:
        """Say why it cannot be done."""
        with contextlib.suppress(OSError):
            write_json(self._path, {"problem": reason, **values})

    def _write(self, phase: str, done: int, total: int) -> None:
        self._told = time.monotonic()
        write_json(self._path, {"phase": phase, "index": self.index, "done": done, "total": total})


def main(run_dir: Path, samples: int, progress: Path, steps: Sequence[int]) -> int:
    """Judge checkpoints of a run; returns the exit code."""
    run, teller = Run(run_dir), Teller(progress)
    refused: list[RefusedCheckpointError] = []
    try:
        require_writable(run_dir)
        evaluator = open_evaluator(run.config().data.dataset, teller.of("reading"))
        for index, step in enumerate(steps):
            teller.index = index
            try:
                generator = open_checkpoint(run, str(step))
            except RefusedCheckpointError as error:
                refused.append(error)
                continue
            measure(run_dir, generator, evaluator, Evaluation, samples, teller.of("drawing"), teller.of("judging"))
    except ValueError as error:
        teller.refuse(str(error))
        return 2
    except OSError as error:
        teller.refuse(str(error), errno=error.errno)
        return 2
    if refused:
        teller.refuse(str(refused[0]), refused=len(refused))
    return 2 if refused else 0


def _end_with_parent() -> None:
    """End when standard input does; nothing is half done, whenever that is."""

    def watch() -> None:
        with contextlib.suppress(OSError):
            while os.read(0, 1024):
                pass
        os._exit(1)

    threading.Thread(target=watch, name="watch-parent", daemon=True).start()


if __name__ == "__main__":
    _end_with_parent()
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    sys.exit(main(Path(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]), [int(step) for step in sys.argv[4:]]))
