"""What of a run is enough to look at it: few rows with every spike, few grids, few generators in half the bytes.

Owns which are chosen. Leaves where they go to `snapshot`.
"""

import json
import math
from array import array
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from dcgan.runs.checkpoints import from_bytes, to_bytes
from dcgan.runs.files import read_lines
from dcgan.runs.history import MEAN, SERIES, STANDS_FOR, thin
from dcgan.runs.samples import Sample
from dcgan.runs.values import read_row

ROWS = 2_000
GENERATORS = 6
FIRST_SAMPLES = 10  # the beginning, where most changes
EPOCH_SAMPLES = 60
_SERIES = ("d_loss", "g_loss", "d_real", "d_fake")
_OTHER_ROWS = 200  # evaluations

Item = TypeVar("Item")


def spread(items: Sequence[Item], count: int) -> list[Item]:
    """Return at most `count` items (2 or more), evenly spread, the first and the last among them."""
    if len(items) <= count:
        return list(items)
    return [items[round(place)] for place in np.linspace(0, len(items) - 1, count)]


def choose_samples(samples: Sequence[Sample]) -> list[int]:
    """Return the steps of the first grids, of epochs' ends, and of the last."""
    ends = [sample.step for sample in samples if sample.facts.get("epoch_end")]
    steps = [sample.step for sample in samples]
    return sorted({*steps[:FIRST_SAMPLES], *spread(ends, EPOCH_SAMPLES), *steps[-1:]})


def choose_lines(path: Path, counts: Callable[[Mapping[str, Any]], bool]) -> frozenset[int]:
    """Return the numbers, from 0, of at most `ROWS` lines of a file of rows: of each bucket lowest and highest.

    The best judgement is always among them.

    Args:
        path: `metrics.jsonl`.
        counts: whether a row is to be thought of at all.
    """
    numbers, columns, others = array("q"), {name: array("d") for name in _SERIES}, array("q")
    best, lowest = set[int](), math.inf
    for number, line in enumerate(read_lines(path)):
        row = read_row(line)
        if row is None or not counts(row):
            continue
        if "d_loss" not in row:
            others.append(number)
            if (value := _number(row.get("fcd"))) < lowest:
                best, lowest = {number}, value
            continue
        numbers.append(number)
        for name, column in columns.items():
            column.append(_number(row.get(name)))
    lines = np.array(numbers, np.int64)
    chosen = {*lines[[0, -1]].tolist()} if len(lines) else set[int]()
    limit = (ROWS - _OTHER_ROWS - len(chosen)) // len(_SERIES)
    for column in columns.values():
        values = np.array(column)
        known = np.isfinite(values)
        chosen |= {*lines[known][thin(values[known], limit)].tolist()}
    return frozenset(chosen | best | {*spread(others, _OTHER_ROWS - len(best))})


def read_chosen(path: Path, chosen: Collection[int], counts: Callable[[Mapping[str, Any]], bool]) -> Iterator[bytes]:
    """Yield the chosen lines of a file of rows; those of training also say what they stand for.

    That is how many rows, from the chosen one before on, itself included, and the means of these: the chosen ones are
    the lowest and the highest, whose mean is none.

    Args:
        path: `metrics.jsonl`.
        chosen: numbers of lines, from 0, the last row of training among them.
        counts: whether a row is to be thought of at all.
    """
    left: list[Mapping[str, Any]] = []
    for number, line in enumerate(read_lines(path)):
        row = read_row(line)
        if row is None or not counts(row):
            continue
        is_training = "d_loss" in row
        if is_training:
            left.append(row)
        if number in chosen:
            yield _say_means(row, left) if is_training else line
            left = [] if is_training else left


def _say_means(row: Mapping[str, Any], left: Sequence[Mapping[str, Any]]) -> bytes:
    """The line of a row that stands for others; of a run that was thinned before, these stand for more themselves."""
    weights = np.array([_number(one.get(STANDS_FOR, 1)) for one in left])
    said = {STANDS_FOR: int(weights.sum())}
    means = {}
    for name in SERIES:
        values = np.array([_number(one.get(MEAN + name, one.get(name))) for one in left])
        known = np.isfinite(values)  # the first row has no speed yet
        if known.any():
            means[MEAN + name] = round(float(np.average(values[known], weights=weights[known])), 6)
    return (json.dumps({**row, **said, **means}, separators=(",", ":")) + "\n").encode()


def find_row(path: Path, step: int) -> Mapping[str, Any] | None:
    """Return the last row of training at or before a step."""
    found = None
    for line in read_lines(path):
        row = read_row(line)
        if row is not None and "d_loss" in row and _number(row.get("step")) <= step:
            found = row
    return found


def to_float16(content: bytes) -> bytes:
    """Return a generator's checkpoint in half the bytes; an array with numbers beyond float16 stays as it is."""
    checkpoint = from_bytes(content)
    arrays = {name: _halve(array) for name, array in checkpoint.arrays.items()}
    return _settle_header(to_bytes(checkpoint.step, arrays, {**checkpoint.notes, "weights": "float16"}))


def _halve(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    fits = values.dtype == np.float32 and (values.size == 0 or np.abs(values).max() <= np.finfo(np.float16).max)
    return values.astype(np.float16) if fits else values


def _settle_header(content: bytes) -> bytes:
    """The same file with its header in the order of its names: safetensors writes it in a new order each time."""
    length = int.from_bytes(content[:8], "little")
    header = json.dumps(json.loads(content[8 : 8 + length]), sort_keys=True, separators=(",", ":")).encode()
    header += b" " * (-len(header) % 8)
    return len(header).to_bytes(8, "little") + header + content[8 + length :]


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else math.nan
