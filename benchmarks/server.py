"""What the dashboard costs while it shows a training: `python -m benchmarks.server`.

The real app, a real training of the `notebook` preset in its real worker, and a headless Chromium that presses Start
and watches. Everything is measured from outside: the processes by the system, the pages by the browser.

A tick of the live view is told three times. Its CPU time: what the server used with two tabs more than with none,
divided by the ticks of the two. Its time on the server's clock: as Streamlit itself measures the run of a fragment for
its usage statistics, which a second server on the same run has switched on (and whose browser reaches nothing but it).
And from the message with which a tab asks for a tick to the one that says that it is done, on the browser's clock, so
that waiting for a processor and the way there and back are part of it.
"""

import argparse
import contextlib
import json
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, sync_playwright

from benchmarks.app import AppServer, Tab, new_context
from benchmarks.chromium import find_chromium
from benchmarks.live_figures import SWITCHES, Figures, Watched, claims, note_run
from benchmarks.machine import PeakMemory, describe_machine, highest_resident_memory, machine_text, watch_memory
from benchmarks.report import claims_table
from dcgan.data.datasets import load_dataset

PRESET = "notebook"
LOCAL = re.compile(r"^\w+://127\.0\.0\.1:")
SETTLE_MS = 4000  # after tabs were opened or closed
NAVIGATION = '[data-testid="stSidebarNavLink"]'


def start_run(tab: Tab) -> float:
    """Choose the preset and press Start; returns the seconds to the first point on the curve."""
    name = tab.page.get_by_text(PRESET, exact=True)
    tab.page.locator(".st-key-presets label").filter(has=name).click()
    tab.page.wait_for_timeout(1000)
    tab.wait(tab.is_settled)
    start = time.perf_counter()
    tab.button("start").click()
    tab.wait(tab.has_points, seconds=120)
    return time.perf_counter() - start


def watch_server(server: AppServer, context: BrowserContext, address: str, tabs: int, seconds: float) -> Watched:
    """Open so many tabs on a run, let them settle, and measure the server for a while."""
    opened = [Tab(context, address) for _ in range(tabs)]
    for tab in opened:
        tab.wait(tab.has_points)
    clock = opened[0].page if opened else context.new_page()  # Playwright hears messages only while it waits
    clock.wait_for_timeout(SETTLE_MS)
    for tab in opened:
        tab.frames.clear()
    cpu, start = server.cpu_seconds(), time.perf_counter()
    clock.wait_for_timeout(seconds * 1000)
    cpu, elapsed = server.cpu_seconds() - cpu, time.perf_counter() - start
    ticks = [tick for tab in opened for tick in tab.ticks()]
    for page in context.pages:
        page.close()
    return Watched(tabs, cpu, elapsed, ticks)


def profile_ticks(folder: Path, browser: Browser, query: str, seconds: float) -> list[float]:
    """Return the seconds of each tick as Streamlit measures them, on a second server that shows the same run."""
    server = AppServer(folder, ["--browser.gatherUsageStats", "true"])
    try:
        context = new_context(browser)
        context.route(lambda url: not LOCAL.match(url), lambda route: route.abort())
        tab = Tab(context, f"{server.url}/train?{query}")
        tab.wait(tab.has_points)
        tab.page.wait_for_timeout(SETTLE_MS)
        tab.frames.clear()
        tab.page.wait_for_timeout(seconds * 1000)
        ticks = tab.profiled_ticks()
        context.close()
        return ticks
    finally:
        server.end()


def switch_to_run(tab: Tab) -> float:
    """Go home and back to the Train page; returns the seconds from the click until it shows its own content."""
    tab.page.locator(f"{NAVIGATION}:not([href*='train'])").first.click()
    tab.page.wait_for_timeout(2000)
    tab.wait(lambda: tab.is_settled() and not tab.has_points())
    start = time.perf_counter()
    tab.page.locator(f"{NAVIGATION}[href*='train']").click()
    tab.wait(lambda: tab.has_points() and tab.is_settled())
    return time.perf_counter() - start


def visit_all(tab: Tab) -> None:
    """Open each page in turn, as a person does."""
    for index in range(tab.page.locator(NAVIGATION).count()):
        tab.page.locator(NAVIGATION).nth(index).click()
        tab.page.wait_for_timeout(1500)
        tab.wait(tab.is_settled)


def end_run(tab: Tab, whole: bool) -> None:
    """Wait for the run's own end or stop it; and ask for its GIF where it has one."""
    if not whole:
        tab.button("run-stop").click()
    ended = tab.page.locator(".run-head .badge:is(.stopped, .finished)")
    ended.wait_for(timeout=4 * 3600 * 1000 if whole else 90_000)
    tab.wait(tab.is_settled)
    if tab.button("gif").count():
        with tab.page.expect_download():
            tab.button("gif").click()


def measure(server: AppServer, folder: Path, browser: Browser, options: argparse.Namespace) -> Figures:
    """Take all figures from a server that has just started on a folder."""
    figures, context = Figures(), new_context(browser)
    tab = Tab(context, f"{server.url}/train")
    figures.start_seconds = start_run(tab)
    address, worker = tab.page.url, server.worker_pid()
    tab.page.close()
    if worker is None:
        raise RuntimeError("A curve has a point, but the server has no worker.")

    with watch_memory(worker) as peak:
        figures.watched = tuple(watch_server(server, context, address, tabs, options.seconds) for tabs in (0, 1, 2))
        query = address.partition("?")[2]
        figures.profiled_ticks = tuple(profile_ticks(folder, browser, query, options.seconds / 2))
        tab = Tab(context, address)
        tab.wait(tab.has_points)
        figures.switch_seconds = tuple(switch_to_run(tab) for _ in range(SWITCHES))
        end_run(tab, options.whole_run)
        note_run(figures, folder)
        visit_all(tab)
    figures.worker_mb = peak_or_none(peak)
    figures.server_mb = highest_resident_memory(server.process.pid) / 1e6
    figures.forbidden_modules = tuple(server.forbidden_modules())
    return figures


def peak_or_none(peak: PeakMemory) -> float | None:
    """A peak in MB; None where the system does not tell."""
    return peak.megabytes or None


def warm_caches() -> None:
    """Read once what a start reads, so that the disk is no part of the figures."""
    subprocess.run([sys.executable, "-c", "import keras"], stderr=subprocess.DEVNULL, check=True)
    load_dataset("fashion-mnist")


@contextlib.contextmanager
def _folder(kept: Path | None) -> Iterator[Path]:
    """A folder for runs, queue and logs: the one that is to be kept, else one that goes afterwards."""
    if kept is not None:
        kept.mkdir(parents=True, exist_ok=True)
        yield kept.absolute()
        return
    with tempfile.TemporaryDirectory(prefix="dcgan-benchmark-") as folder:
        yield Path(folder)


def parse_options(arguments: Sequence[str]) -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.server", description="What the dashboard costs.")
    parser.add_argument("--seconds", type=float, default=60.0, help="length of each look at the CPU time (60)")
    parser.add_argument("--whole-run", action="store_true", help="let the run finish instead of stopping it")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="keep the run, the queue and the logs there")
    parser.add_argument("--json", type=Path, metavar="PATH", help="also write everything there")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str]) -> int:
    """Measure, print and write; returns 1 where a limit is missed."""
    options = parse_options(arguments)
    machine = describe_machine()
    warm_caches()
    with _folder(options.keep) as folder, sync_playwright() as playwright:
        server = AppServer(folder)
        try:
            browser = playwright.chromium.launch(executable_path=find_chromium())
            figures = measure(server, folder, browser, options)
            browser.close()
        finally:
            server.end()

    print(f"{machine_text(machine)}\n\n{claims_table(claims(figures))}")
    for module in figures.forbidden_modules or ():
        print(f"loaded by the server: {module}")
    if options.json:
        tree: dict[str, Any] = {"machine": machine, "figures": asdict(figures)}
        tree["claims"] = [asdict(claim) | {"kept": claim.kept} for claim in claims(figures)]
        options.json.write_text(json.dumps(tree, indent=1) + "\n")
    return 0 if all(claim.kept for claim in claims(figures)) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
