"""The figures of a dashboard that shows a training, and their limits.

Owns what is derived from what was seen. Leaves seeing it to `server`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.report import Claim, percentile
from dcgan import devices
from dcgan.runs.status import RunStatus
from dcgan.runs.store import RunStore

SWITCHES = 5


@dataclass(frozen=True)
class Watched:
    """A window of time with some tabs open: the server's CPU time and the clock's, and how long each tick took."""

    tabs: int
    cpu_seconds: float
    seconds: float
    ticks: list[float]

    @property
    def percent(self) -> float:
        """CPU time of the server in per cent of what the machine has."""
        return 100 * self.cpu_seconds / self.seconds / devices.cpu_count()


@dataclass
class Figures:
    """All that is measured; None where it was not."""

    start_seconds: float | None = None
    watched: tuple[Watched, ...] = ()
    profiled_ticks: tuple[float, ...] = ()
    switch_seconds: tuple[float, ...] = ()
    server_mb: float | None = None
    forbidden_modules: tuple[str, ...] | None = None
    worker_mb: float | None = None
    run_minutes: float | None = None  # of training, of a run that was let to its end
    run_images_per_second: float | None = None  # on average


def note_run(figures: Figures, folder: Path) -> None:
    """Note how long the one run in a folder trained, and how fast, where it has finished."""
    (listed,) = RunStore(folder / "runs").list_runs()
    if listed.status is not None and listed.status.status == RunStatus.FINISHED:
        batch_size = RunStore(folder / "runs").get(listed.run_id).config().training.batch_size
        figures.run_minutes = listed.status.seconds / 60
        figures.run_images_per_second = listed.status.step * batch_size / listed.status.seconds


def tick_cpu_ms(watched: Sequence[Watched]) -> float | None:
    """Return CPU milliseconds of the server a tick: what the most tabs cost more than none, divided by their ticks."""
    none, most = watched[0], watched[-1]
    if not most.ticks:
        return None
    return 1000 * (most.cpu_seconds - none.cpu_seconds * most.seconds / none.seconds) / len(most.ticks)


def claims(figures: Figures) -> list[Claim]:
    """Return the figures beside their limits."""
    by_tabs = {watched.tabs: watched for watched in figures.watched}
    trips = [1000 * tick for tick in by_tabs[2].ticks]
    profiled = [1000 * tick for tick in figures.profiled_ticks]
    modules = figures.forbidden_modules
    return [
        Claim("server's CPU, no tab", by_tabs[0].percent, "%", digits=2),
        Claim("server's CPU, one tab", by_tabs[1].percent, "%", digits=2),
        Claim("server's CPU, two tabs", by_tabs[2].percent, "%", 2.0, digits=2),
        Claim("tick: CPU time of the server", tick_cpu_ms(figures.watched), "ms", 30.0),
        Claim("tick: server's clock, median", percentile(profiled, 50), "ms", 30.0),
        Claim("tick: server's clock, 95th percentile", percentile(profiled, 95), "ms"),
        Claim("tick: from wish to done, median", percentile(trips, 50), "ms"),
        Claim("tick: from wish to done, 95th percentile", percentile(trips, 95), "ms"),
        Claim("Start to first point", figures.start_seconds, "s", 10.0),
        Claim(f"switch to Train, worst of {SWITCHES}", max(figures.switch_seconds, default=None), "s", 1.0, digits=2),
        Claim("server: highest resident memory", figures.server_mb, "MB", 300.0, digits=0),
        Claim("server: TensorFlow and Keras modules", None if modules is None else len(modules), "", 0.0, digits=0),
        Claim("worker: RssAnon", figures.worker_mb, "MB", 700.0, digits=0),
        *whole_run_claims(figures),
    ]


def whole_run_claims(figures: Figures) -> list[Claim]:
    """Return the figures of a run that was let to its end; none of one that was stopped."""
    if figures.run_minutes is None:
        return []
    return [
        Claim("the whole run: training", figures.run_minutes, "min"),
        Claim("the whole run: average speed", figures.run_images_per_second, "images/s", digits=0),
    ]
