"""The curves of a run for a screen: reads only what is new, keeps at most a few points.

Owns thinning: of each bucket of steps the lowest and the highest value stay, so that no spike is lost.
"""

import threading
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from dcgan.runs import files

SERIES = ("d_loss", "g_loss", "d_real", "d_fake", "images_per_second")
AXES = ("step", "epoch", "seconds")


class History:
    """Thread-safe. Follows one `metrics.jsonl`; shared by all sessions that watch the run."""

    def __init__(self, path: Path) -> None:
        """Follow a file that may not exist yet."""
        self._path, self._lock = path, threading.Lock()
        self._columns: dict[str, list[float]] = {name: [] for name in (*AXES, *SERIES)}
        self._offset, self._inode = 0, -1

    def refresh(self) -> int:
        """Read what was appended; begin again if the file was cut. Returns the number of rows known."""
        with self._lock:
            if self._was_replaced():
                self._clear()
            rows, self._offset = files.read_rows(self._path, self._offset)
            for name, column in self._columns.items():
                column.extend(float(row.get(name, np.nan)) for row in rows if "d_loss" in row)
            return len(self._columns["step"])

    def curve(self, series: str, axis: str = "step", limit: int = 2000) -> tuple[list[float], list[float]]:
        """Return x and y of one series, at most `limit` points (min and max per bucket)."""
        with self._lock:
            x, y = np.array(self._columns[axis]), np.array(self._columns[series])
        keep = thin(y, limit)
        return x[keep].tolist(), y[keep].tolist()

    def _was_replaced(self) -> bool:
        """Whether a resume has cut the file, which puts a new one in its place."""
        try:
            stat = self._path.stat()
        except FileNotFoundError:
            return False
        replaced = stat.st_ino != self._inode or stat.st_size < self._offset
        self._inode = stat.st_ino
        return replaced

    def _clear(self) -> None:
        self._columns = {name: [] for name in (*AXES, *SERIES)}
        self._offset = 0


def thin(values: npt.NDArray[np.float64] | Sequence[float], limit: int) -> npt.NDArray[np.intp]:
    """Return the indices of at most `limit` values: the lowest and the highest of each bucket, in order."""
    array = np.nan_to_num(np.asarray(values, dtype=np.float64), nan=0.0)
    if len(array) <= limit:
        return np.arange(len(array))
    edges = np.linspace(0, len(array), limit // 2 + 1).astype(int)[:-1]
    buckets = np.split(array, edges[1:])
    lows = [start + int(bucket.argmin()) for start, bucket in zip(edges, buckets, strict=True)]
    highs = [start + int(bucket.argmax()) for start, bucket in zip(edges, buckets, strict=True)]
    return np.unique(np.array(lows + highs))
