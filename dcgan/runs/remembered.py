"""What files held when they were read last, so that a list of a thousand runs reads only what has changed.

Owns when a file counts as unchanged: the same time of change, size and inode. Leaves what is in it to its reader.
"""

import os
import threading
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Generic, TypeVar

Held = TypeVar("Held")
Mark = tuple[int, int, int]  # a file's time of change in ns, its size in bytes, its inode


class Remembered(Generic[Held]):
    """Thread-safe. What one file of each folder held; a file that is replaced is read again."""

    def __init__(self, name: str, read: Callable[[Path], Held]) -> None:
        """Remember what `read(folder)` made of the file of that name in a folder."""
        self._name, self._read = name, read
        self._known: dict[str, tuple[Mark, Held]] = {}
        self._lock = threading.Lock()

    def get(self, folder: str) -> Held:
        """Return what the file in a folder holds; whatever `read` raises is raised, and tried again the next time."""
        try:
            facts = os.stat(os.path.join(folder, self._name))
        except OSError:  # missing: what that means is for the reader to say
            return self._read(Path(folder))
        mark = (facts.st_mtime_ns, facts.st_size, facts.st_ino)
        known = self._known.get(folder)
        if known is not None and known[0] == mark:
            return known[1]
        held = self._read(Path(folder))  # if it changed since the look, the mark is old, and the next look reads again
        with self._lock:
            self._known[folder] = (mark, held)
        return held

    def forget_others(self, folders: Collection[str]) -> None:
        """Forget all but these folders."""
        with self._lock:
            if len(self._known) > len(folders):
                kept = set(folders)
                self._known = {folder: known for folder, known in self._known.items() if folder in kept}
