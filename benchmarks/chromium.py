"""The Chromium that the benchmarks and the browser tests drive.

Owns where one is looked for; needs nothing but the standard library until it asks Playwright. Leaves installing one to
`tests/needs.py`, which `make test` runs.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

CHROMIUMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
CHROME_ON_MACOS = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"


def find_chromium() -> Path | None:
    """Return a Chromium that starts: DCGAN_CHROMIUM, else one of this system, else Playwright's own, else None."""
    for name in (os.environ.get("DCGAN_CHROMIUM"), *CHROMIUMS, CHROME_ON_MACOS):
        path = shutil.which(name) if name else None
        if path is not None and _starts(Path(path)):  # Ubuntu's chromium-browser can be an empty shell
            return Path(path)
    own = _playwright_chromium()
    return own if own.is_file() else None


def _starts(path: Path) -> bool:
    try:
        return subprocess.run([str(path), "--version"], capture_output=True, timeout=60, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def _playwright_chromium() -> Path:
    """Where Playwright's own Chromium is or would be (asked in a process of its own: its driver is one per thread)."""
    question = (
        "from playwright.sync_api import sync_playwright as p\nwith p() as a: print(a.chromium.executable_path, end='')"
    )
    answer = subprocess.run([sys.executable, "-c", question], capture_output=True, text=True, timeout=60, check=True)
    return Path(answer.stdout)
