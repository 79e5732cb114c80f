"""The rows of several runs as one CSV file, for a spreadsheet or another program.

Owns the columns. Names are text from people, and rows may come from elsewhere, so none can be taken for a formula.
"""

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

Row = Mapping[str, Any]

FIRST = ("run", "name", "step", "epoch", "seconds")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet would compute


def to_csv(runs: Sequence[tuple[str, str, Sequence[Row]]]) -> bytes:
    """Return all rows of runs as CSV in UTF-8, one line a step; a value that a row lacks is empty.

    What was measured of a step's images stands in its line, in columns of its own; so does each number of a list.

    Args:
        runs: id, name and rows of each.
    """
    lines = [(run_id, name, _join(rows)) for run_id, name, rows in runs]
    seen = dict.fromkeys(column for _, _, rows in lines for row in rows for column in row)
    columns = [name for name in seen if name not in FIRST]
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow([*FIRST, *(_cell(name) for name in columns)])
    for run_id, name, rows in lines:
        known = [run_id, _cell(name)]
        for row in rows:
            writer.writerow([*known, *(_cell(row.get(column)) for column in (*FIRST[2:], *columns))])
    return text.getvalue().encode(errors="replace")


def _join(rows: Sequence[Row]) -> list[Row]:
    """A line for each row; a judgement, which comes after its step's row, becomes part of that one's line."""
    lines: list[Row] = []
    for row in map(_spread, rows):
        if lines and "fcd" in row and "d_loss" in lines[-1] and lines[-1].get("step") == row.get("step"):
            lines[-1] = {**lines[-1], **{name: value for name, value in row.items() if name not in lines[-1]}}
        else:
            lines.append(row)
    return lines


def _spread(row: Row) -> Row:
    """A row whose lists have become values of their own: class_shares.0, class_shares.1 and so on."""
    if not any(isinstance(value, list) for value in row.values()):
        return row
    named = {name: value if isinstance(value, list) else [value] for name, value in row.items()}
    return {
        f"{name}.{place}" if isinstance(row[name], list) else name: value
        for name, values in named.items()
        for place, value in enumerate(values)
    }


def _cell(value: object) -> object:
    """A number as it is, nothing for none, anything else as text that computes nothing."""
    if value is None:
        return ""
    if isinstance(value, int | float):
        return value
    return f"'{value}" if str(value).startswith(_FORMULA) else str(value)
