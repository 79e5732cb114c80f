"""What the tests need beside Python packages: a Chromium, and the real images.

`make test` runs this file (`python tests/needs.py`); the tests import `find_chromium`. Takes what the system has, else
Debian's package where it may, else Playwright's own Chromium and the app's own download of the images.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

CHROMIUMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
CHROME_ON_MACOS = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"
FASHION_MNIST = Path("/usr/share/datasets/fashion-mnist")  # where Debian's dataset-fashion-mnist puts it


def find_chromium() -> Path | None:
    """A Chromium that starts: DCGAN_CHROMIUM, else one of this system, else Playwright's own, else None."""
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


def install_debian_packages(*names: str) -> bool:
    """Install packages with apt-get where this process may; say whether it worked."""
    if shutil.which("apt-get") is None or not hasattr(os, "geteuid") or os.geteuid() != 0:
        return False
    print(f"Installing Debian's {' and '.join(names)}.", flush=True)
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    install = ["apt-get", "-q", "-y", "-o", "DPkg::Lock::Timeout=300", "install", "--no-install-recommends", *names]
    if _run(install, environment):
        return True
    return _run(["apt-get", "-q", "update"], environment) and _run(install, environment)


def _run(command: list[str], environment: dict[str, str]) -> bool:
    return subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, check=False).returncode == 0


def main() -> None:
    """See to both; what cannot be had is said."""
    if find_chromium() is None:
        install_debian_packages("chromium", "fonts-liberation")
    if find_chromium() is None and not _run(
        [sys.executable, "-m", "playwright", "install", "chromium"], {**os.environ}
    ):
        print(
            "No Chromium could be installed: the browser tests cannot run until there is one on the path.", flush=True
        )
    if not FASHION_MNIST.is_dir() and not install_debian_packages("dataset-fashion-mnist"):
        print("Fashion-MNIST is not on this system: the app downloads it at its first use.", flush=True)


if __name__ == "__main__":
    main()
