"""The rows of several runs as one CSV file, for a spreadsheet or another program.

Owns the columns. What was found when the generator was judged stands in the line of its step. Names are text from
people, and rows may come from elsewhere, so none can be taken for a formula.
"""

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

FIRST = ("run", "name", "step", "epoch", "seconds")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet would compute


def to_csv(runs: Sequence[tuple[str, str, Sequence[Mapping[str, Any]]]]) -> bytes:
    """Return all rows of runs as CSV in UTF-8, one line a step; a value that a row lacks is empty.

    Args:
        runs: id, name and rows of each.
    """
    runs = [(run_id, name, _join(rows)) for run_id, name, rows in runs]
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


def _join(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """One row a step: a judgement's follows that of its training step, whose place and time it takes."""
    joined: list[dict[str, Any]] = []
    for row in map(_spread_lists, rows):
        if joined and "d_loss" not in row and "step" in row and joined[-1].get("step") == row["step"]:
            joined[-1] = row | joined[-1]
        else:
            joined.append(row)
    return joined


def _spread_lists(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row with each list as values of its own: `class_shares` as `class_shares_0` and so on."""
    flat: dict[str, Any] = {}
    for name, value in row.items():
        flat |= (
            {f"{name}_{place}": part for place, part in enumerate(value)} if isinstance(value, list) else {name: value}
        )
    return flat


def _cell(value: object) -> object:
    """A number as it is, nothing for none, anything else as text that computes nothing."""
    if value is None:
        return ""
    if isinstance(value, int | float):
        return value
    return f"'{value}" if str(value).startswith(_FORMULA) else str(value)
