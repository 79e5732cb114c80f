"""The process that a training thread runs: claims the run and the device, trains, ends.

`python -m dcgan.training.worker RUN_DIR [REQUESTS_OFFSET]`. It ends by itself when its standard input does, which is
how it notices that whoever started it is gone: then it saves first. Exit codes: 0 ended as its status says, 3 gave the
device up while paused, 4 the run was claimed by another or cancelled before it began, 1 anything else.
"""

import contextlib
import logging
import os
import signal
import sys
import threading
import time
from pathlib import Path
from types import FrameType

from filelock import Timeout

from dcgan.runs.queue import DeviceQueue
from dcgan.runs.run import Run
from dcgan.runs.status import RunStatus
from dcgan.runs.thread import EXIT_GAVE_WAY, EXIT_NOT_CLAIMED
from dcgan.training.control import Control, StayEnded, Wish
from dcgan.training.problems import explain

CLAIM_SECONDS = 10.0  # readers probe both locks for moments only
GIVE_WAY_SECONDS = 60.0
ORPHAN_SECONDS = 120.0  # what a worker whose server is gone gets to save and end
NICENESS = 5  # the server answers people first
FIRST_TO_GO = 500  # of 1,000: what the system adds to a process's memory when it chooses whom to end

log = logging.getLogger(__name__)


def main(run_dir: Path, offset: int) -> int:
    """Train one run; returns the exit code."""
    run, queue = Run(run_dir), DeviceQueue()
    control = Control(run, offset)
    _listen(control)
    try:
        with run.lock(CLAIM_SECONDS), queue.hold_device(CLAIM_SECONDS):
            if run.written_status().status != RunStatus.QUEUED:  # cancelled, or taken by another
                return EXIT_NOT_CLAIMED
            return _train(run, control, queue)
    except Timeout as error:
        log.error("claimed by another: %s", error)
        return EXIT_NOT_CLAIMED


def _train(run: Run, control: Control, queue: DeviceQueue) -> int:
    """Train a claimed run on a claimed device."""
    status = run.written_status().changed(status=RunStatus.RUNNING, phase="starting", error=None, position=None)
    run.write_status(status)
    sys.modules.setdefault("pandas", None)  # type: ignore[arg-type]  # Keras would import it, a second and 50 MB, for nothing
    try:
        from dcgan.training import trainer  # TensorFlow, which takes seconds: only after the claim is told

        ended = trainer.Trainer(run, control, lambda: queue.longest_wait() > GIVE_WAY_SECONDS).train()
    except StayEnded as early:
        ended = early.status
    except Exception as error:
        problem = explain(error, run.run_dir.parent)
        log.exception("the run failed: %s", problem)
        run.free_reserve()  # its disk may be full
        run.write_status(run.written_status().changed(status=RunStatus.FAILED, phase="", error=problem))
        return 1 if problem.code == "unexpected" else 0
    return EXIT_GAVE_WAY if ended == RunStatus.PAUSED else 0


def _listen(control: Control) -> None:
    """Turn signals and the end of standard input into wishes."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        control.ask(Wish.INTERRUPT, "terminated")

    def watch_parent() -> None:
        with contextlib.suppress(OSError):
            while os.read(0, 1024):
                pass
        control.ask(Wish.INTERRUPT, "server-ended")
        time.sleep(ORPHAN_SECONDS)
        os._exit(1)  # hung in native code, and nobody is left who would end it by force

    signal.signal(signal.SIGTERM, interrupt)
    signal.signal(signal.SIGINT, interrupt)
    threading.Thread(target=watch_parent, name="watch-parent", daemon=True).start()


def _step_back() -> None:
    """Leave the processor to the server first, and go before it where memory runs out."""
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    with contextlib.suppress(OSError):  # Linux alone has it
        Path("/proc/self/oom_score_adj").write_text(str(FIRST_TO_GO))


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "1")
    _step_back()
    sys.exit(main(Path(sys.argv[1]), int(sys.argv[2])))
