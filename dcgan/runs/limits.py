"""What each visitor of a public server may have: numbers, and how they are said in one variable.

Owns their names and what may be said. Leaves counting to `quota`.
"""

import os
import re
from dataclasses import dataclass, fields

VARIABLE = "DCGAN_LIMITS"
MOST = 1_000_000  # of any limit


@dataclass(frozen=True)
class Limits:
    """What one visitor may have; the defaults suit a free host with two shared cores.

    Attributes:
        running: runs that train or are paused.
        queued: runs that wait beside these.
        minutes: training time of a run, pauses apart.
        epochs: epochs of a run.
        megabytes: all files of all of the visitor's runs.
        runs: runs of the visitor that are kept, whatever their state.
        line: runs of all visitors together that train, pause or wait.
    """

    running: int = 1
    queued: int = 3
    minutes: int = 60
    epochs: int = 50
    megabytes: int = 1000
    runs: int = 100
    line: int = 40

    @property
    def at_once(self) -> int:
        """Runs of one visitor that train, pause or wait."""
        return self.running + self.queued


_NAMES = [field.name for field in fields(Limits)]


def read_limits(text: str | None = None) -> Limits:
    """Return the limits that a text such as "minutes=30 epochs=20" sets; what it does not name keeps its default.

    Args:
        text: `DCGAN_LIMITS` by default.

    Raises:
        ValueError: something else stands there; the sentence says what may.
    """
    values: dict[str, int] = {}
    for part in (os.environ.get(VARIABLE, "") if text is None else text).replace(",", " ").split():
        name, _, number = part.partition("=")
        if name not in _NAMES or not re.fullmatch("[0-9]{1,7}", number) or not _least(name) <= int(number) <= MOST:
            raise ValueError(
                f"{VARIABLE}: {part[:80]!r} cannot be used. Write NAME=NUMBER with whole numbers from 1 to {MOST:,} "
                f"for {', '.join(_NAMES)}, such as minutes=30 epochs=20; queued may be 0."
            )
        values[name] = int(number)
    return Limits(**values)


def _least(name: str) -> int:
    return 0 if name == "queued" else 1
