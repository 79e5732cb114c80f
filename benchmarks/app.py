"""The real app in a process of its own, and tabs of a real Chromium that show it.

Owns how a benchmark sees, from outside, what a page shows and what it and the server say to each other. Nothing in the
app is changed for it. Leaves the server's start and end to `process`.
"""

import base64
import re
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
from playwright.sync_api import Browser, BrowserContext, Locator
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from benchmarks.process import ServerProcess
from dcgan.runs.thread import WORKER_MODULE

LOOK_MS = 20  # between two looks at a page

# A page is settled: nothing runs, nothing is greyed, no shape stands for what comes.
SETTLED = """() => document.querySelector('[data-testid="stApp"]')?.dataset.testScriptState === "notRunning"
    && !document.querySelector('[data-stale="true"], [data-testid="stSkeleton"]')"""
HAS_POINTS = "boxes => boxes.some((box) => box.chart?.scene.panels.some((p) => p.lines.some((line) => line.count > 0)))"


class AppServer(ServerProcess):
    """The app as `make run` starts it, with runs and queue of its own, seen from outside. Not thread-safe."""

    def __init__(self, folder: Path, flags: Sequence[str] = (), prefix: Sequence[str] = ()) -> None:
        """Start it and wait until it answers.

        Args:
            folder: gets its runs, its queue and its log; two servers on one folder show the same runs.
            flags: more for `streamlit run`.
            prefix: before the command, such as a limit's.

        Raises:
            RuntimeError: it ended, or did not answer in a minute; the end of its log is in the message.
        """
        log = folder / f"server-{secrets.token_hex(4)}.log"
        variables = {"DCGAN_RUNS": str(folder / "runs"), "DCGAN_STATE": str(folder / "state")}
        # importtime makes Python tell each module that it loads, from which `forbidden_modules` reads.
        super().__init__(log, flags=flags, python_flags=("-X", "importtime"), variables=variables, prefix=prefix)

    def cpu_seconds(self) -> float:
        """Return the CPU time of all threads of the server so far, children left out."""
        times = psutil.Process(self.process.pid).cpu_times()
        return float(times.user + times.system)

    def worker_pid(self) -> int | None:
        """Return the process that trains, or None."""
        for child in self.children():
            if WORKER_MODULE in child.cmdline():
                return int(child.pid)
        return None

    def forbidden_modules(self) -> list[str]:
        """Return the modules and libraries of TensorFlow and Keras that the server has loaded since it started."""
        maps = Path(f"/proc/{self.process.pid}/maps").read_text()
        return find_forbidden(self.log.read_text(errors="replace"), maps)


@dataclass(frozen=True)
class Frame:
    """One message between a tab and the server; `time` is the browser's clock in seconds."""

    time: float
    sent: bool  # by the tab
    payload: str

    def asks_for_tick(self) -> bool:
        """Whether the tab asks for one more look of a fragment, because its time has come."""
        if not self.sent:
            return False
        rerun = BackMsg.FromString(base64.b64decode(self.payload)).rerun_script
        return bool(rerun.fragment_id and rerun.is_auto_rerun)

    def profiled_tick(self) -> float | None:
        """Seconds that Streamlit itself measured of a fragment's run, where this message tells them."""
        if self.sent:
            return None
        message = ForwardMsg.FromString(base64.b64decode(self.payload))
        if message.WhichOneof("type") != "page_profile" or not message.page_profile.is_fragment_run:
            return None
        return float(message.page_profile.exec_time) / 1e6

    def ends_tick(self) -> bool:
        """Whether the server says that a fragment is done."""
        if self.sent:
            return False
        message = ForwardMsg.FromString(base64.b64decode(self.payload))
        done = ForwardMsg.ScriptFinishedStatus.FINISHED_FRAGMENT_RUN_SUCCESSFULLY
        return bool(message.WhichOneof("type") == "script_finished" and message.script_finished == done)


class Tab:
    """One tab on the app, with the messages that it exchanged. Not thread-safe."""

    def __init__(self, context: BrowserContext, url: str) -> None:
        """Open an address and wait until its page is settled."""
        self.frames: list[Frame] = []
        self.page = context.new_page()
        session = context.new_cdp_session(self.page)
        session.on("Network.webSocketFrameSent", lambda event: self._keep(event, sent=True))
        session.on("Network.webSocketFrameReceived", lambda event: self._keep(event, sent=False))
        session.send("Network.enable")
        self.page.goto(url)
        self.wait(self.is_settled)

    def _keep(self, event: dict[str, Any], sent: bool) -> None:
        if event["response"]["opcode"] == 2:  # binary: Streamlit's own messages
            self.frames.append(Frame(event["timestamp"], sent, event["response"]["payloadData"]))

    def is_settled(self) -> bool:
        """Whether the page shows what it has to show, and nothing is on its way."""
        return bool(self.page.evaluate(SETTLED))

    def has_points(self) -> bool:
        """Whether a curve on the page has a point."""
        return bool(self.page.locator(".curves").evaluate_all(HAS_POINTS))

    def button(self, key: str) -> Locator:
        """Return the button with a key; one with a tooltip is there twice."""
        return self.page.locator(f".st-key-{key} button:visible").first

    def wait(self, condition: Callable[[], bool], seconds: float = 60.0) -> float:
        """Wait until a condition holds; returns the seconds that it took.

        Raises:
            TimeoutError: it does not hold after `seconds`.
        """
        start = time.perf_counter()
        while not condition():
            if time.perf_counter() - start > seconds:
                raise TimeoutError(f"Not within {seconds:.0f} s: {condition.__name__} at {self.page.url}")
            self.page.wait_for_timeout(LOOK_MS)
        return time.perf_counter() - start

    def profiled_ticks(self) -> list[float]:
        """Return the seconds of each tick as Streamlit measured them on the server, where it was asked to."""
        profiled = (frame.profiled_tick() for frame in self.frames)
        return [seconds for seconds in profiled if seconds is not None]

    def ticks(self) -> list[float]:
        """Return how long each tick took: seconds from the tab's wish to the server's "done"."""
        return tick_seconds(self.frames)


def find_forbidden(log: str, maps: str) -> list[str]:
    """Return TensorFlow's and Keras's modules in a log of `-X importtime`, and their libraries in a process's maps.

    Raises:
        RuntimeError: the log names no module of Streamlit, so that it cannot be the whole of what was loaded.
    """
    loaded = set(re.findall(r"^import time:[^|\n]*\|[^|\n]*\|\s*(\S+)$", log, re.MULTILINE))
    if "streamlit" not in loaded:
        raise RuntimeError("Python did not tell which modules the server loaded.")
    modules = {name for name in loaded if name.split(".")[0] in ("tensorflow", "keras")}
    return sorted(modules | set(re.findall(r"\S*/(?:tensorflow|keras)/\S+", maps)))


def tick_seconds(frames: list[Frame]) -> list[float]:
    """Return the time from each wish for a tick to the "done" that follows it."""
    ticks: list[float] = []
    asked: float | None = None
    for frame in frames:
        if frame.asks_for_tick():
            asked = frame.time
        elif asked is not None and frame.ends_tick():
            ticks.append(frame.time - asked)
            asked = None
    return ticks


def new_context(browser: Browser) -> BrowserContext:
    """Return an English browser profile with a window of a laptop's size."""
    return browser.new_context(locale="en-US", viewport={"width": 1280, "height": 900})
