"""The rows of several runs as one CSV file, for a spreadsheet or another program.

Owns the columns. Names are text from people, and rows may come from elsewhere, so none can be taken for a formula.
"""

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

FIRST = ("run", "name", "step", "epoch", "seconds")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet would compute


def to_csv(runs: Sequence[tuple[str, str, Sequence[Mapping[str, Any]]]]) -> bytes:
    """Return all rows of runs as CSV in UTF-8, one line a row; a value that a row lacks is empty.

    Args:
        runs: id, name and rows of each.
    """
    seen = dict.fromkeys(name for _, _, rows in runs for row in rows for name in row)
    columns = [name for name in seen if name not in FIRST]
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow([*FIRST, *(_cell(name) for name in columns)])
    for run_id, name, rows in runs:
        known = [run_id, _cell(name)]
        for row in rows:
            writer.writerow([*known, *(_cell(row.get(column)) for column in (*FIRST[2:], *columns))])
    return text.getvalue().encode(errors="replace")


def _cell(value: object) -> object:
    """A number as it is, nothing for none, anything else as text that computes nothing."""
    if value is None:
        return ""
    if isinstance(value, int | float):
        return value
    return f"'{value}" if str(value).startswith(_FORMULA) else str(value)
