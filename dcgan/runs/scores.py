"""The scores of a run: those few rows of `metrics.jsonl` that say how good its images were.

Owns finding them among the many rows of steps. Leaves what follows from them to `quality`.
"""

from pathlib import Path
from typing import Any

from dcgan.runs.files import read_lines
from dcgan.runs.values import is_number, read_row

_MARK = b'"fcd"'  # in the line of every judgement; the others are not parsed


def read_scores(path: Path) -> list[dict[str, Any]]:
    """Return the rows of a file that have an `fcd`, in order; a missing file has none.

    Raises:
        OSError: it cannot be read.
    """
    rows = (read_row(line) for line in read_lines(path) if _MARK in line)
    return [row for row in rows if row is not None and is_number(row.get("fcd"))]
