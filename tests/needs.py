"""What the tests need beside Python packages: a Chromium, and the real images.

`make test` runs this file, with the project's folder on Python's path. Takes what the system has, else Debian's package
where it may, else Playwright's own Chromium and the app's own download of the images.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from benchmarks.chromium import find_chromium

FASHION_MNIST = Path("/usr/share/datasets/fashion-mnist")  # where Debian's dataset-fashion-mnist puts it


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
