"""What one more set of samples costs the server: `python -m benchmarks.redrawing`.

The real app, its Generate page in a headless Chromium with 64 samples of the gallery's `notebook` run, and clicks on
Shuffle, each for a seed that nobody has drawn yet. Counted is the server's CPU time: drawing, encoding, the page's own
script and the messages together, once the server has come to rest.
"""

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import sync_playwright

from benchmarks.app import AppServer, Tab, new_context
from benchmarks.chromium import find_chromium
from benchmarks.machine import describe_machine, machine_text
from benchmarks.report import Claim, claims_table
from dcgan.runs.gallery import SHIPPED
from dcgan.runs.unpacking import unpack

CLICKS, COUNT = 20, 64
SETTLE_MS = 3000
REST_LOOKS, REST_SHARE = 40, 0.02  # looks of that length, and of a core: what a quiet tab costs
LIMIT_MS = 100.0


@dataclass(frozen=True)
class Figures:
    """Milliseconds: of the server's CPU time in each click, and from each click to the settled page."""

    server: tuple[float, ...]
    seen: tuple[float, ...]


def redraw(tab: Tab, server: AppServer, clicks: int) -> Figures:
    """Click on Shuffle so often, one click after the other's picture."""
    rest(tab, server)
    costs, trips = [], []
    for _ in range(clicks):
        address, cpu, start = tab.page.url, server.cpu_seconds(), time.perf_counter()
        tab.button("shuffle").click()
        tab.wait(lambda address=address: tab.page.url != address and tab.is_settled())  # type: ignore[misc]
        trips.append(1000 * (time.perf_counter() - start))
        tab.page.wait_for_timeout(100)  # what comes after the page stands counts, too
        costs.append(1000 * (server.cpu_seconds() - cpu))
    return Figures(tuple(costs), tuple(trips))


def rest(tab: Tab, server: AppServer) -> None:
    """Wait until the server does nothing: it makes other pages ready behind the first one.

    Raises:
        TimeoutError: it does not come to rest within two minutes.
    """
    for _ in range(REST_LOOKS):
        spent = server.cpu_seconds()
        tab.page.wait_for_timeout(SETTLE_MS)
        if server.cpu_seconds() - spent < REST_SHARE * SETTLE_MS / 1000:
            return
    raise TimeoutError("The server does not come to rest.")


def claims(figures: Figures) -> list[Claim]:
    """Return the medians beside what is promised."""
    return [
        Claim(f"{COUNT} samples redrawn: CPU time of the server", statistics.median(figures.server), "ms", LIMIT_MS),
        Claim("the same, the worst", max(figures.server), "ms"),
        Claim("from the click to the settled page", statistics.median(figures.seen), "ms", digits=0),
    ]


def main(arguments: Sequence[str]) -> int:
    """Measure and print; returns 1 where the limit is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.redrawing", description="What a Shuffle costs.")
    parser.add_argument("--clicks", type=int, default=CLICKS, help=f"on Shuffle ({CLICKS})")
    options = parser.parse_args(arguments)
    with sync_playwright() as playwright, tempfile.TemporaryDirectory(prefix="dcgan-redrawing-") as name:
        run_id = unpack(SHIPPED / "notebook.dcgan", Path(name) / "runs")
        server = AppServer(Path(name))
        try:
            browser = playwright.chromium.launch(executable_path=find_chromium())
            tab = Tab(new_context(browser), f"{server.url}/generate?run={run_id}&count={COUNT}")
            figures = redraw(tab, server, options.clicks)
            browser.close()
        finally:
            server.end()
    print(f"{machine_text(describe_machine())}\n\n{claims_table(claims(figures))}")
    return 0 if all(claim.kept for claim in claims(figures)) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
