"""`python -m benchmarks`: training, then its judgements, then the server; exit code 1 where a limit is missed."""

import subprocess
import sys

PARTS = ("benchmarks.training", "benchmarks.live_quality", "benchmarks.server")


def main() -> int:
    """Run all, one after the other, also when one misses a limit; returns the worse exit code."""
    return max(abs(subprocess.run([sys.executable, "-m", part], check=False).returncode) for part in PARTS)


if __name__ == "__main__":
    sys.exit(main())
