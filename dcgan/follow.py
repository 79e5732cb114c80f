"""Following a run from a terminal or a log, to its end, and what else takes long there.

Owns the progress bars, the plain lines where there is no terminal, what Ctrl-C does, and English words for problems.
"""

import contextlib
import sys
import time
from collections.abc import Callable, Iterator, Mapping

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from dcgan.runs.manager import RunManager
from dcgan.runs.run import Run
from dcgan.runs.status import ACTIVE, Problem, RunStatus, StatusRecord

POLL_SECONDS = 0.5
Show = Callable[[StatusRecord], None]

LOG_SECONDS = 10.0  # between two plain lines where there is no terminal
SAME_SECONDS = 120.0  # before the same line is said again, such as a place in line

SAMPLE = "The whole data set is not on this machine and could not be fetched: training on a sample of it."

_TEXTS: Mapping[str, str] = {
    "worker-died": "The worker process ended unexpectedly ({signal}{code}).",
    "worker-killed": "The worker process was killed, as the system does when memory runs out: if it happens again, a "
    "smaller batch or fewer filters need less.",
    "worker-hung": "The worker gave no sign of life for {seconds} s and was ended.",
    "stopped-by-force": "The worker did not heed the stop for a minute and was ended; its last checkpoint stands.",
    "server-ended": "Whoever had started the run ended, so the worker saved and ended too.",
    "terminated": "The worker was asked to end by the system, and saved first.",
    "disk-full": "The disk that holds {folder} is full: make room, then resume; what was saved before stands.",
    "data-missing": "The data cannot be used: {detail}",
    "too-few-images": "{field} = {value} cannot be used: only {available} images of {dataset} could be had.",
    "sample-broken": "{detail}",
    "data-changed": "The images of {dataset} are not those that this run began with, so it cannot go on with them.",
    "settings-changed": "The settings in run.json are not those of its checkpoints ({fields}): put them back, or start "
    "a new run with them.",
    "no-checkpoint": "None of the run's full states can be read, so it cannot go on. Its samples and generators "
    "are still there; to begin anew, start a new run.",
    "non-finite": "A loss became infinite or not a number at step {step}: start again with lower learning rates.",
    "out-of-memory": "Memory ran out: a smaller batch or fewer filters need less. ({detail})",
    "minutes-used": "The run has trained for the {minutes} minutes that a visitor of the server may have.",
    "share-full": "The runs of this visitor have filled the {megabytes} MB that a visitor of the server may have.",
    "unexpected": "The worker failed: {detail} (worker.log in the run's folder has more)",
}


class _Values(dict[str, object]):
    """Values for a sentence; one that is not there is left out."""

    def __missing__(self, key: str) -> str:
        return ""


def to_text(problem: Problem) -> str:
    """Return an English sentence for a run's problem."""
    return _TEXTS.get(problem.code, problem.code).format_map(_Values(problem.values))


class Follower:
    """Shows one run, whoever trains it. Not thread-safe.

    Attributes:
        was_interrupted: whether Ctrl-C ended the following.
    """

    def __init__(self, manager: RunManager, run: Run, quiet: bool = False) -> None:
        """Prepare to follow; `quiet` shows nothing."""
        self._manager, self._run = manager, run
        self.was_interrupted = False
        self._console = Console(stderr=True, quiet=quiet, highlight=False)
        self._told, self._told_of_sample, self._last_line = float("-inf"), False, ""

    def follow(self) -> StatusRecord:
        """Show progress until the run rests; Ctrl-C lets it save and end. Returns its last status.

        What another process trains goes on after a Ctrl-C.
        """
        try:
            if self._console.is_terminal:
                self._show_bar()
            else:
                self._wait(self._log)
        except KeyboardInterrupt:
            self.was_interrupted = True
        with contextlib.suppress(KeyboardInterrupt):  # a second one does not cost the checkpoint
            self._end()
        return self._run.status()

    def _end(self) -> None:
        if self.was_interrupted and self._manager.attends(self._run.run_id):
            if self._run.status().status == RunStatus.QUEUED:  # else a server that starts would put it in line
                self._manager.stop(self._run.run_id)
            self._console.print("Saving, one moment.")
        self._manager.close()

    def _wait(self, show: Show) -> None:
        """Look until the run rests and its record is closed; a machine that slept is no end."""
        while (status := self._run.status()).status in ACTIVE or self._manager.attends(self._run.run_id):
            self._mention_the_sample(status)
            if status.status in ACTIVE:
                show(status)
            time.sleep(POLL_SECONDS)
        self._mention_the_sample(status)
        show(status)

    def _mention_the_sample(self, status: StatusRecord) -> None:
        """Say once that the whole data set could not be had."""
        if status.sample_data and not self._told_of_sample:
            self._told_of_sample = True
            self._console.print(SAMPLE, soft_wrap=True)

    def _show_bar(self) -> None:
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with Progress(*columns, console=self._console) as progress:
            task = progress.add_task("queued", total=None)
            self._wait(lambda status: _update(progress, task, status))

    def _log(self, status: StatusRecord) -> None:
        line, since = f"{self._run.run_id} {describe(status)}", time.monotonic() - self._told
        is_new = line != self._last_line and since >= LOG_SECONDS
        if is_new or since >= SAME_SECONDS or status.status not in ACTIVE:
            self._told, self._last_line = time.monotonic(), line
            self._console.print(line, soft_wrap=True)


def describe(status: StatusRecord) -> str:
    """Return one line on what a run is doing."""
    if status.status == RunStatus.QUEUED:
        return "queued" + (f", number {status.position} in line" if status.position else "")
    if status.status == RunStatus.RUNNING and status.phase == "starting":
        return "loading TensorFlow…"
    if status.downloading is not None:
        done, total = _megabytes(status.downloading)
        return f"downloading the images: {done} of {total} MB"
    speed = f", {status.images_per_second:.0f} images/s" if status.images_per_second else ""
    losses = "".join(f", {name} {status.losses[name]:.3f}" for name in ("d_loss", "g_loss") if name in status.losses)
    doing = "judging" if status.status == RunStatus.RUNNING and status.phase == "judging" else status.status.value
    return f"{doing}: step {status.step:,} of {status.steps:,}{speed}{losses}"


def _update(progress: Progress, task: TaskID, status: StatusRecord) -> None:
    done, total = (status.step, status.steps or None) if status.downloading is None else _megabytes(status.downloading)
    progress.update(task, description=describe(status), completed=done, total=total)


def _megabytes(counts: tuple[int, int]) -> tuple[int, int]:
    return round(counts[0] / 1e6), round(counts[1] / 1e6)


@contextlib.contextmanager
def drawing_bar(quiet: bool) -> Iterator[Callable[[int, int], None]]:
    """Show a bar on a terminal while images are drawn, nothing in a log; it is told how many there are of how many."""
    hidden = quiet or not sys.stderr.isatty()
    with Progress(console=Console(stderr=True), transient=True, disable=hidden) as bar:
        task = bar.add_task("drawing")
        yield lambda done, total: bar.update(task, completed=done, total=total)
