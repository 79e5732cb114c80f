"""The curves of a run for a screen: reads only what is new, keeps at most a few points.

Owns thinning: of each bucket of steps the lowest and the highest value stay, so that no spike is lost. Judgements of
the generator stand in rows of their own, of which there are few and none is left out.
"""

import math
import threading
from array import array
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from dcgan.runs import files
from dcgan.runs.judgements import Judged, read_judged

SERIES = ("d_loss", "g_loss", "d_real", "d_fake", "images_per_second")
AXES = ("step", "epoch", "seconds")
STANDS_FOR, MEAN = "rows", "mean_"  # of a thinned run's row: how many it stands for, and before a series, their mean
AVERAGED = 16  # rows of a thinned run whose means are taken together: each stands for another number of rows
TAIL_BYTES = 1024  # of what was read last, by which a file is known again; more than a row has
PIECE_BYTES = 2**20
Floats = npt.NDArray[np.float64]


class History:
    """Thread-safe. Follows one `metrics.jsonl`; shared by all sessions that watch the run."""

    def __init__(self, path: Path) -> None:
        """Follow a file that may not exist yet."""
        self._path, self._lock = path, threading.Lock()
        self._version = 0
        self._begin()

    @property
    def version(self) -> int:
        """Another number after each `refresh` that found something new, or something gone."""
        return self._version

    def refresh(self) -> int:
        """Read what was appended; begin again if the file was cut. Returns the number of training steps known."""
        with self._lock:
            while self._read_piece():
                pass
            return len(self._columns["step"])

    def curve(self, series: str, axis: str = "step", limit: int = 2000) -> tuple[list[float], list[float]]:
        """Return x and y of one series where both have a value, at most `limit` points (min and max per bucket)."""
        x, y, _ = self.line(series, axis, limit)
        return x.tolist(), y.tolist()

    def line(self, series: str, axis: str = "step", limit: int = 2000) -> tuple[Floats, Floats, Floats]:
        """Return x and y as `curve` does, and for each of these points the mean of all values of its bucket.

        The mean is what may be smoothed: the middle between the lowest and the highest is none of the values'.
        """
        with self._lock:
            x, y = np.array(self._columns[axis]), np.array(self._columns[series])
            weights = np.array(self._weights) if self._weights else np.ones(len(y))
            means = np.array(self._means[series]) if self._weights else y
        known = np.isfinite(x) & np.isfinite(y)  # the first row has no speed yet
        x, y, weights, means = x[known], y[known], weights[known], means[known]
        if not len(y):
            return x, y, y
        keep, size = thin(y, limit), _bucket_size(len(y), limit)
        size = max(size, AVERAGED) if self._weights else size  # one that was thinned has extremes for neighbours
        starts = np.arange(0, len(y), size)
        mean = np.add.reduceat(weights * means, starts) / np.add.reduceat(weights, starts)
        return x[keep], y[keep], mean[keep // size]

    def judged(self) -> list[Judged]:
        """Return all judgements, each at a later step than the one before."""
        with self._lock:
            return list(self._judged)

    def _begin(self) -> None:
        """Know nothing of the file."""
        self._columns, self._judged = _empty_columns(), list[Judged]()
        self._weights, self._means = array("d"), {name: array("d") for name in SERIES}  # of a thinned run alone
        self._offset, self._tail = 0, b""

    def _keep(self, judged: Judged) -> None:
        """Add a judgement; what was found at its step or after it no longer counts."""
        while self._judged and self._judged[-1].step >= judged.step:
            self._judged.pop()
        self._judged.append(judged)

    def _read_piece(self) -> bool:
        """Take the rows after what was read last, or the first ones where that is no longer what stands before them.

        A resume puts a cut file in the old one's place. An inode would not tell, because a system uses it again. A
        file of many rows is read in pieces, for rows take ten times the memory of their bytes. Returns whether there
        may be more.
        """
        content = self._read_bytes(self._offset - len(self._tail))
        if not content.startswith(self._tail):
            self._begin()
            self._version += 1
            content = self._read_bytes(0)
        known = len(self._tail)
        is_full = len(content) - known >= PIECE_BYTES
        rows, length = files.parse_rows(content[known:])
        length = length or is_full * (len(content) - known)  # a line that fits into no piece is no row
        self._offset += length
        self._tail = content[: known + length][-TAIL_BYTES:]
        self._version += bool(rows)
        for row in rows:
            if (judged := read_judged(row)) is not None:
                self._keep(judged)
        steps = [row for row in rows if "d_loss" in row]
        known_before = len(self._columns["step"])
        for name, column in self._columns.items():
            column.extend([_number(row.get(name)) for row in steps])
        if steps and (self._weights or (not known_before and STANDS_FOR in steps[0])):
            self._weights.extend([max(1.0, _number(row.get(STANDS_FOR, 1))) for row in steps])
            for name, column in self._means.items():
                column.extend([_number(row.get(MEAN + name, row.get(name))) for row in steps])
        return is_full

    def _read_bytes(self, offset: int) -> bytes:
        try:
            with self._path.open("rb") as file:
                file.seek(offset)
                return file.read(PIECE_BYTES + len(self._tail))
        except OSError:
            return b""


def thin(values: npt.NDArray[np.float64] | Sequence[float], limit: int) -> npt.NDArray[np.intp]:
    """Return the indices of at most `limit` (2 or more) finite values: the lowest and the highest of each bucket."""
    known = np.asarray(values, dtype=np.float64)
    if len(known) <= limit:
        return np.arange(len(known))
    size = _bucket_size(len(known), limit)
    padding = -len(known) % size
    buckets = np.concatenate([known, np.full(padding, known[-1])]).reshape(-1, size)  # (at most limit / 2, size)
    starts = np.arange(len(buckets)) * size
    return np.unique(np.concatenate([starts + buckets.argmin(axis=1), starts + buckets.argmax(axis=1)]))


def _bucket_size(count: int, limit: int) -> int:
    """How many values a bucket has; one where all are kept."""
    return 1 if count <= limit else -(-count // (limit // 2))


def _empty_columns() -> "dict[str, array[float]]":
    return {name: array("d") for name in (*AXES, *SERIES)}


def _number(value: object) -> float:
    """A value of a row as a number; NaN for what is none."""
    try:
        return float(value) if isinstance(value, int | float) else math.nan
    except OverflowError:  # an integer of hundreds of digits
        return math.nan
