"""`python -m benchmarks`: first the training, then the server; exit code 1 where a limit is missed."""

import subprocess
import sys

PARTS = ("benchmarks.training", "benchmarks.server")


def main() -> int:
    """Run both, one after the other, also when the first misses a limit; returns the worse exit code."""
    return max(abs(subprocess.run([sys.executable, "-m", part], check=False).returncode) for part in PARTS)


if __name__ == "__main__":
    sys.exit(main())
