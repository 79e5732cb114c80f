"""A download of a data set that outlives the page that asked for it.

Owns one thread a set and what it has reached. Leaves fetching, checking and caching to `datasets`.
"""

import logging
import threading
from enum import Enum

from dcgan.data.datasets import download_bytes, is_at_hand, load_dataset

log = logging.getLogger(__name__)


class FetchState(Enum):
    """Where a download stands."""

    IDLE = "idle"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class Fetch:
    """Thread-safe. The download of one data set for all who wait for it."""

    def __init__(self, name: str) -> None:
        """Name the set; nothing is fetched yet."""
        self.name = name
        self._lock = threading.Lock()
        self._state, self._done = FetchState.IDLE, 0

    def start(self) -> None:
        """Begin in a thread of its own, unless it runs already; a failed one is tried again."""
        with self._lock:
            if self._state in (FetchState.RUNNING, FetchState.DONE):
                return
            self._state, self._done = FetchState.RUNNING, 0
        # It may die with the server: what is half fetched is never taken for whole.
        threading.Thread(target=self._fetch, name=f"dcgan-fetch-{self.name}", daemon=True).start()

    def state(self) -> FetchState:
        """Return where it stands."""
        with self._lock:
            return self._state

    def progress(self) -> tuple[int, int]:
        """Return bytes done and bytes in all."""
        with self._lock:
            return self._done, download_bytes(self.name)

    def _fetch(self) -> None:
        try:
            load_dataset(self.name, progress=self._note)
            is_whole = is_at_hand(self.name)  # it is not where no cache can be written
        except (OSError, ValueError) as error:
            log.warning("%s could not be fetched: %s", self.name, error)
            is_whole = False
        with self._lock:
            self._state = FetchState.DONE if is_whole else FetchState.FAILED

    def _note(self, done: int, _total: int) -> None:
        with self._lock:
            self._done = done
