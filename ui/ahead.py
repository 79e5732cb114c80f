"""What is made ready behind the first page, so that the switch to another one does not wait for it.

Owns the server's part, once for all visitors: imports, the gallery's newest generator, the data set; and the list of
what the browser fetches, code of Streamlit's that it would otherwise fetch when a page first shows such a thing.
"""

import functools
import importlib
import pkgutil
import threading
import time
from collections.abc import Callable
from pathlib import Path

import streamlit as st

import ui
from dcgan.runs.run import Run
from ui import state

# What our pages show that the frame does not; each is a file of Streamlit's of this name and a number of its own.
SHOWN = (
    "ImageList", "ButtonGroup", "Radio", "NumberInput", "TextInput", "Checkbox", "Slider", "FileUploader",
    "BidiComponent", "rehype-raw",
)  # fmt: skip
FIRST_PAGE_SECONDS = 2.0  # the first page comes first
GALLERY_SECONDS = 600.0  # a gallery that takes longer is left to its visitors


@st.cache_resource(show_spinner=False)
def start() -> threading.Thread:
    """Begin to make ready, once in a process; returns the thread that does it."""
    thread = threading.Thread(target=prepare, args=(state.shown_runs(),), name="ahead", daemon=True)
    thread.start()
    return thread


def prepare(shown_runs: Callable[[], list[Run] | None]) -> None:
    """Import every module of the pages, open the gallery's newest generator, and load and measure the data set.

    Args:
        shown_runs: tells the gallery's runs, newest first; None as long as it is being unpacked.
    """
    deadline = time.monotonic() + GALLERY_SECONDS
    while (shown := shown_runs()) is None and time.monotonic() < deadline:
        time.sleep(0.1)
    time.sleep(FIRST_PAGE_SECONDS)
    modules = {found.name: importlib.import_module(f"ui.{found.name}") for found in pkgutil.iter_modules(ui.__path__)}
    for run in (shown or [])[:1]:
        modules["source"].prepare(run)
    modules["dataset"].prepare()


@functools.cache
def list_scripts() -> tuple[str, ...]:
    """Return the names of Streamlit's script files for `SHOWN`; without those that this version does not have."""
    folder = Path(st.__file__).parent / "static/static/js"
    return tuple(sorted(file.name for name in SHOWN for file in folder.glob(f"{name}.*.js")))
