"""A real server and a real browser, for the tests in this folder.

`app` is a server on a port and folders of its own; `start_app()` starts further ones on the same folders (a restart, a
second server). `page` is a browser tab; `open_page()` makes more. `open_app(page, "/train?run=…")` goes there and waits
until the page stands. Every test here carries the marker `browser`.
"""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from benchmarks.process import ServerProcess, end_by_force

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM_ARGUMENTS = [
    "--no-sandbox",  # root has none
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


class AppServer(ServerProcess):
    """One running server, with the workers that it left behind when it was killed."""

    def __init__(self, log: Path, script: Path) -> None:
        self.orphans: list[psutil.Process] = []
        super().__init__(log, script)

    def open(self, page: Page, path: str = "/") -> None:
        """Go to a page of this server and wait until it is connected and its script has run."""
        page.goto(self.url + path)
        expect(page.get_by_test_id("stAppViewContainer")).to_be_visible(timeout=30_000)
        app = page.get_by_test_id("stApp")
        expect(app).to_have_attribute("data-test-connection-state", "CONNECTED", timeout=30_000)
        expect(app).to_have_attribute("data-test-script-state", "notRunning", timeout=30_000)

    def kill(self) -> None:
        """End the server process alone, without a chance to tidy up; its workers notice by themselves."""
        self.orphans += self.children()
        self.process.kill()
        self.process.wait()

    def end(self) -> None:
        super().end()
        end_by_force(self.orphans)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker("browser")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    report = yield
    if report.when == "call":
        item.stash[FAILED] = report.failed
    return report


FAILED = pytest.StashKey[bool]()


@pytest.fixture
def start_app(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Callable[..., AppServer]]:
    """Start a server on this test's folders; all are ended after the test, and their log is shown if it failed."""
    servers: list[AppServer] = []
    log = tmp_path / "server.log"

    def start(script: Path = ROOT / "streamlit_app.py") -> AppServer:
        servers.append(AppServer(log, script))
        return servers[-1]

    yield start
    for server in servers:
        server.end()
    if request.node.stash.get(FAILED, True) and log.exists():
        print(f"The server's log:\n{log.read_text()[-6000:]}")


@pytest.fixture
def app(start_app: Callable[..., AppServer]) -> AppServer:
    return start_app()


@pytest.fixture
def open_app(app: AppServer) -> Callable[..., None]:
    """`open_app(page, path="/")`, on the server `app`."""
    return app.open


@pytest.fixture(scope="module")
def browser(chromium_path: Path) -> Iterator[Browser]:
    # One a module: Playwright keeps an event loop running in this thread, which other tests must not meet.
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path, args=CHROMIUM_ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def open_page(browser: Browser, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Callable[..., Page]]:
    """Make a tab in a browser profile of its own, with `new_page`'s options; a failed test leaves a picture."""
    pages: list[Page] = []

    def open_page(**options: object) -> Page:
        settings = {"viewport": {"width": 1280, "height": 900}, "locale": "en-US", "reduced_motion": "reduce"}
        pages.append(browser.new_page(**(settings | options)))
        return pages[-1]

    yield open_page
    for number, page in enumerate(pages):
        if request.node.stash.get(FAILED, True) and not page.is_closed():
            name = re.sub(r"\W+", "-", request.node.name)
            picture = tmp_path / f"{name}-{number}.png"
            page.screenshot(path=picture)
            print(f"What page {number} showed at {page.url}: {picture}")
        page.context.close()


@pytest.fixture
def page(open_page: Callable[..., Page]) -> Page:
    return open_page()
