"""A real server and a real browser, for the tests in this folder.

`app` is a server on a port and folders of its own; `start_app()` starts further ones on the same folders (a restart, a
second server). `page` is a browser tab; `open_page()` makes more. `open_app(page, "/train?run=…")` goes there and waits
until the page stands. Every test here carries the marker `browser`.
"""

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS, END_SECONDS = 60.0, 20.0
CHROMIUM_ARGUMENTS = [
    "--no-sandbox",  # root has none
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


@dataclass
class AppServer:
    """One running server; `process.pid` is also its process group."""

    process: subprocess.Popen[bytes]
    url: str
    log: Path
    orphans: list[psutil.Process] = field(default_factory=list)

    def open(self, page: Page, path: str = "/") -> None:
        """Go to a page of this server and wait until it is connected and its script has run."""
        page.goto(self.url + path)
        expect(page.get_by_test_id("stAppViewContainer")).to_be_visible(timeout=30_000)
        app = page.get_by_test_id("stApp")
        expect(app).to_have_attribute("data-test-connection-state", "CONNECTED", timeout=30_000)
        expect(app).to_have_attribute("data-test-script-state", "notRunning", timeout=30_000)

    def is_healthy(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/_stcore/health", timeout=2) as answer:
                return answer.read() == b"ok"
        except OSError:
            return False

    def stop(self) -> None:
        """End the server as a terminal's Ctrl-C or a system's shutdown would, then whatever it left."""
        left = [*self.orphans, *self.children()]
        _signal_group(self.process.pid, signal.SIGTERM)
        try:
            self.process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            _signal_group(self.process.pid, signal.SIGKILL)
            self.process.wait()
        _, alive = psutil.wait_procs(left, timeout=END_SECONDS)
        for child in alive:
            child.kill()

    def kill(self) -> None:
        """End the server process alone, without a chance to tidy up; its workers notice by themselves."""
        self.orphans += self.children()
        self.process.kill()
        self.process.wait()

    def children(self) -> list[psutil.Process]:
        """The processes that this server started and that run now (its workers)."""
        try:
            return psutil.Process(self.process.pid).children(recursive=True)
        except psutil.NoSuchProcess:
            return []


def _signal_group(group: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(group, number)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _start(script: Path, log: Path) -> AppServer:
    """Start a server and wait until it says that it is well; ended again where it does not."""
    port = _free_port()
    options = {"server.port": port, "server.address": "127.0.0.1", "server.headless": "true"}
    command = [sys.executable, "-m", "streamlit", "run", str(script)]
    command += [f"--{name}={value}" for name, value in options.items()]
    with log.open("ab") as output:
        process = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True
        )
    server = AppServer(process, f"http://127.0.0.1:{port}", log)
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        if server.is_healthy():
            return server
        time.sleep(0.05)
    server.stop()
    raise RuntimeError(f"The server did not start within {START_SECONDS:.0f} s:\n{log.read_text()[-3000:]}")


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
        servers.append(_start(script, log))
        return servers[-1]

    yield start
    for server in servers:
        server.stop()
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
