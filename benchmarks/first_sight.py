"""How soon a stranger sees something: `python -m benchmarks.first_sight`.

The real app, freshly started, with its gallery and no run of its own, in a new profile of a headless Chromium: from the
wish for an address to its own content, settled; then from a click in the navigation to the next page's. The server
already answers when the clock starts. What is seen is a page's heading, and on Home a picture of the gallery.
"""

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.app import LOOK_MS, SETTLED, AppServer, new_context
from benchmarks.chromium import find_chromium
from benchmarks.machine import describe_machine, machine_text
from benchmarks.report import Claim, claims_table

ROUNDS = 3
HOME_CONTENT = ".stMain h1, [class*='st-key-shown-'] img"  # both must be there
SETTLE_MS, WAIT_SECONDS = 3000, 60.0
STANDS_SECONDS = 0.3  # a script may not have begun to run when the heading changes
SEEN = """(selectors) => selectors.split(", ").every((one) => {
    const seen = document.querySelector(one);
    return seen && seen.getBoundingClientRect().height > 0 && (seen.tagName !== "IMG" || seen.complete);
})"""


@dataclass
class Figures:
    """Seconds: to the first sight in each round, and of every switch by the page's name."""

    first: list[float] = field(default_factory=list)
    switches: dict[str, list[float]] = field(default_factory=dict)


def wait_seen(page: Page, content: str, heading: str | None, start: float) -> float:
    """Wait until a page stands, and goes on standing; returns the seconds from `start` to the first look that saw it.

    Args:
        page: the tab.
        content: CSS selectors of what must be visible, apart by ", ".
        heading: a heading that must be gone, because it is the page's before; None for none.
        start: on `time.perf_counter`.

    Raises:
        TimeoutError: it does not stand within a minute.
    """
    stands = None
    while (now := time.perf_counter() - start) < WAIT_SECONDS:
        is_there = page.evaluate(SETTLED) and page.evaluate(SEEN, content)
        if not is_there or (heading is not None and page.locator(".stMain h1").first.inner_text() == heading):
            stands = None
        elif stands is None:
            stands = time.perf_counter() - start
        elif now - stands > STANDS_SECONDS:
            return stands
        page.wait_for_timeout(LOOK_MS)
    raise TimeoutError(f"{page.url} does not stand within {WAIT_SECONDS:.0f} s.")


def look(browser: Browser, folder: Path, figures: Figures) -> None:
    """One round: a fresh server, a first sight, and a switch to every page."""
    server = AppServer(folder)
    try:
        context = new_context(browser)
        page = context.new_page()
        start = time.perf_counter()
        page.goto(server.url, wait_until="commit")
        figures.first.append(wait_seen(page, HOME_CONTENT, None, start))
        for number in [*range(1, page.locator('[data-testid="stSidebarNavLink"]').count()), 0]:
            page.wait_for_timeout(SETTLE_MS)
            link = page.locator('[data-testid="stSidebarNavLink"]').nth(number)
            name, heading = link.inner_text().split()[-1], page.locator(".stMain h1").first.inner_text()
            start = time.perf_counter()
            link.click()
            figures.switches.setdefault(name, []).append(wait_seen(page, ".stMain h1", heading, start))
        context.close()
    finally:
        server.end()


def claims(figures: Figures) -> list[Claim]:
    """Return the medians of the rounds beside their limits."""
    median = statistics.median
    return [
        Claim("first sight of Home, with the gallery", median(figures.first), "s", 3.0, digits=2),
        *(
            Claim(f"switch to {name}", 1000 * median(all_), "ms", 500.0, digits=0)
            for name, all_ in figures.switches.items()
        ),
    ]


def main(arguments: Sequence[str]) -> int:
    """Measure and print; returns 1 where a limit is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.first_sight", description="How soon a page stands.")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"fresh servers, one after the other ({ROUNDS})")
    options = parser.parse_args(arguments)
    figures = Figures()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium())
        for _ in range(options.rounds):
            with tempfile.TemporaryDirectory(prefix="dcgan-sight-") as name:
                look(browser, Path(name), figures)
        browser.close()
    print(f"{machine_text(describe_machine())}\n\n{claims_table(claims(figures))}")
    return 0 if all(claim.kept for claim in claims(figures)) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
