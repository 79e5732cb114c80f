"""Rows, events and facts from strangers: flat JSON objects of a few short values.

Owns how much a line may hold. Leaves what a manifest must say to `screening`.
"""

import json
import re
from typing import Any

LINE_BYTES = 8192  # of a row or an event; ours have a few hundred
TEXT_LENGTH = 500
MOST_VALUES = 200  # of a row, an event, or a list in it: a grid of ten rows has a hundred scores
LARGEST = 1e15
SCORES = ("fcd", "kid", "kid_deviation", "fcd_floor", "kid_floor", "entropy", "samples")
_KEY = re.compile(r"[a-zA-Z][a-zA-Z0-9_.-]{0,59}")
CODE = re.compile(r"[a-z][a-z0-9-]{0,59}")


def read_row(line: bytes) -> dict[str, Any] | None:
    """Return a row of `metrics.jsonl`, a JSON object of finite numbers, or short lists of them, with a whole `step`.

    None if it is none.
    """
    row = read_object(line) if len(line) <= LINE_BYTES else None
    if row is None or not isinstance(row.get("step"), int) or not is_number(row["step"]) or row["step"] < 0:
        return None
    if len(row) > MOST_VALUES or not all(map(_KEY.fullmatch, row)):
        return None
    right = all(value is None or _is_numbers(value) for value in row.values())
    return row if right and _is_judgement(row) else None


def _is_judgement(row: dict[str, Any]) -> bool:
    """Whether what a row says of quality, if anything, is one number a score, and shares as a list of shares."""
    shares = row.get("class_shares", [])
    are_shares = isinstance(shares, list) and all(0 <= share <= 1 for share in shares)
    return are_shares and all(is_number(row[name]) for name in SCORES if name in row)


def _is_numbers(value: object) -> bool:
    if isinstance(value, list):
        return len(value) <= MOST_VALUES and all(map(is_number, value))
    return is_number(value)


def read_event(line: bytes) -> dict[str, Any] | None:
    """Return a row of `events.jsonl`, a JSON object with a time and the name of an event; None if it is none."""
    row = read_object(line) if len(line) <= LINE_BYTES else None
    if row is None or not is_flat(row) or not isinstance(row.get("event"), str) or not is_number(row.get("time")):
        return None
    return row if CODE.fullmatch(row["event"]) else None


def is_flat(tree: Any) -> bool:
    """Whether a tree is an object of a few short values, or of short lists of them."""
    if not isinstance(tree, dict) or len(tree) > MOST_VALUES:
        return False
    return all(isinstance(key, str) and _KEY.fullmatch(key) and _is_value_or_list(value) for key, value in tree.items())


def _is_value_or_list(value: object) -> bool:
    if isinstance(value, list):
        return len(value) <= MOST_VALUES and all(map(is_value, value))
    return is_value(value)


def is_value(value: object) -> bool:
    """Whether a value is none, a short text, a truth or a finite number; a list of them where it is one."""
    if isinstance(value, list):
        return all(is_value(part) for part in value)
    if isinstance(value, str):
        return len(value) <= TEXT_LENGTH and value.isprintable()
    return value is None or isinstance(value, bool) or is_number(value)


def is_number(value: object) -> bool:
    """Whether a value is a finite number, and no truth."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        return False
    return abs(value) <= LARGEST  # NaN is not; nor is an integer of thousands of digits, which fits into no float


def read_object(content: bytes) -> dict[str, Any] | None:
    """Return a JSON object whose numbers are numbers, or None."""
    try:
        tree = json.loads(content, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return None
    return tree if isinstance(tree, dict) else None


def _refuse(constant: str) -> float:
    raise ValueError(constant)
