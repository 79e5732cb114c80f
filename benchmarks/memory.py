"""What a small host needs: `python -m benchmarks.memory`.

The real app with one visitor who trains the `notebook` recipe, pressed in a real browser, first with its memory only
looked at, then under a real limit of 1 GiB for the server and all that it starts, file cache included: it has to train
on; and a run that needs far more has to end with a sentence while the app stays. The limit is a control group, so that
part needs Linux and the right to make one.
"""

import argparse
import contextlib
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil
from playwright.sync_api import Browser, sync_playwright

from benchmarks.app import AppServer, Tab, new_context
from benchmarks.chromium import find_chromium
from benchmarks.limits import MemoryLimit, NoLimitError
from benchmarks.machine import anonymous_memory, describe_machine, machine_text
from benchmarks.report import Claim, claims_table
from benchmarks.server import start_run
from dcgan.config import build_config
from dcgan.runs.store import RunStore

LIMIT = 2**30
LOOK_SECONDS = 0.25
GREEDY = {"training.batch_size": 4096, "generator.base_filters": 256, "discriminator.base_filters": 256}
GREEDY_SECONDS = 300.0
KILLED = ("worker-killed", "out-of-memory")  # by the system, or told by TensorFlow itself


@dataclass
class Figures:
    """What was measured; None where it was not."""

    anonymous_mb: float | None = None
    limited_steps: int | None = None
    limited_mb: float | None = None
    greedy_end: str | None = None
    is_alive: bool | None = None


def all_anonymous(server: AppServer) -> int:
    """Return the anonymous memory of a server and all its children, in bytes."""
    total = 0
    for pid in (server.process.pid, *(child.pid for child in server.children())):
        with contextlib.suppress(OSError, psutil.Error):
            total += anonymous_memory(pid)
    return total


def train_for(server: AppServer, browser: Browser, seconds: float) -> tuple[int, int]:
    """Press Start, watch for a while, press Stop; returns the most anonymous bytes and the steps trained."""
    context = new_context(browser)
    tab = Tab(context, f"{server.url}/train")
    highest = all_anonymous(server)
    start_run(tab)
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        highest = max(highest, all_anonymous(server))
        tab.page.wait_for_timeout(LOOK_SECONDS * 1000)
    tab.button("run-stop").click()
    tab.page.locator(".run-head .badge.stopped").wait_for(timeout=90_000)
    steps = int(tab.page.locator(".run-facts").get_attribute("data-step") or 0)
    context.close()
    return highest, steps


def train_greedily(server: AppServer, folder: Path, browser: Browser) -> str:
    """Resume on the page a run that needs more than there is; returns the code of its problem, or its state."""
    run = RunStore(folder / "runs").create(build_config("notebook", GREEDY))
    run.cancel()
    context = new_context(browser)
    tab = Tab(context, f"{server.url}/train?run={run.run_id}")
    tab.button("run-resume").click()
    tab.page.locator(".run-head .badge:is(.interrupted, .failed, .finished)").wait_for(timeout=GREEDY_SECONDS * 1000)
    tab.wait(lambda: run.written_status().error is not None)  # its thread closes the record
    context.close()
    status = run.status()
    return status.error.code if status.error is not None else status.status.value


def measure_limited(figures: Figures, folder: Path, browser: Browser, seconds: float) -> None:
    """The same under the limit, and a run that does not fit.

    Raises:
        NoLimitError: memory cannot be limited here.
    """
    with contextlib.ExitStack() as stack:
        limit = MemoryLimit(LIMIT)
        stack.callback(limit.remove)
        server = AppServer(folder, prefix=limit.prefix())
        stack.callback(server.end)
        _, figures.limited_steps = train_for(server, browser, seconds)
        highest = limit.highest()
        figures.limited_mb = None if highest is None else highest / 2**20
        figures.greedy_end = train_greedily(server, folder, browser)
        figures.is_alive = server.is_healthy()


def claims(figures: Figures) -> list[Claim]:
    """Return the figures beside their limits."""
    alive = None if figures.is_alive is None else float(figures.is_alive)
    greedy = None if figures.greedy_end is None else float(figures.greedy_end in KILLED)
    return [
        Claim("all processes: highest anonymous memory", figures.anonymous_mb, "MiB", LIMIT / 2**20, digits=0),
        Claim("steps under 1 GiB, file cache included", figures.limited_steps, "", 1, "at least", digits=0),
        Claim("highest memory under that limit", figures.limited_mb, "MiB", digits=0),
        Claim("a run that needs more ends with a sentence (1 = yes)", greedy, "", 1, "at least", digits=0),
        Claim("the app answers afterwards (1 = yes)", alive, "", 1, "at least", digits=0),
    ]


def main(arguments: Sequence[str]) -> int:
    """Measure and print; returns 1 where a limit is missed or could not be looked at."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.memory", description="What a small host needs.")
    parser.add_argument("--seconds", type=float, default=60.0, help="length of each training (60)")
    options = parser.parse_args(arguments)
    figures = Figures()
    with tempfile.TemporaryDirectory(prefix="dcgan-memory-") as name, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium())
        server = AppServer(Path(name))
        try:
            highest, _ = train_for(server, browser, options.seconds)
            figures.anonymous_mb = highest / 2**20
        finally:
            server.end()
        try:
            measure_limited(figures, Path(name), browser, options.seconds)
        except NoLimitError as error:
            print(f"Not looked at under a limit: {error}")
        browser.close()
    print(
        f"{machine_text(describe_machine())}\n\n{claims_table(claims(figures))}\nthe greedy run: {figures.greedy_end}"
    )
    return 0 if all(claim.kept for claim in claims(figures)) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
