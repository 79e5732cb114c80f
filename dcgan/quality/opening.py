"""A library of training images that is opened behind the page that asked for it.

Owns one thread a data set and how far it is. Leaves what is opened to `library`.
"""

import logging
import threading
from enum import Enum

from dcgan.quality.library import Library, open_library

log = logging.getLogger(__name__)


class OpeningState(Enum):
    """Where an opening stands."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class Opening:
    """Thread-safe. The library of one data set for all who wait for it."""

    def __init__(self, name: str) -> None:
        """Begin in a thread of its own."""
        self.name = name
        self._lock, self._ended = threading.Lock(), threading.Event()
        self._library: Library | None = None
        self._state, self._progress = OpeningState.RUNNING, (0, 0)
        # It may die with the server: what is half done is never taken for whole.
        threading.Thread(target=self._open, name=f"dcgan-library-{name}", daemon=True).start()

    def wait(self, seconds: float) -> OpeningState:
        """Return where it stands: as soon as it has ended, at the latest after some seconds."""
        self._ended.wait(seconds)
        with self._lock:
            return self._state

    def library(self) -> Library | None:
        """Return what was opened; None before that, and where it cannot be."""
        with self._lock:
            return self._library

    def progress(self) -> tuple[int, int]:
        """Return images done and images in all; (0, 0) before the first."""
        with self._lock:
            return self._progress

    def _open(self) -> None:
        library: Library | None = None
        try:
            library = open_library(self.name, self._note)
        except (OSError, ValueError) as error:
            log.warning("the training images of %s cannot be compared with: %s", self.name, error)
        except Exception:  # whatever it is, those who wait are told that nothing will come
            log.exception("the training images of %s could not be opened", self.name)
        with self._lock:
            self._library = library
            self._state = OpeningState.FAILED if library is None else OpeningState.DONE
        self._ended.set()

    def _note(self, done: int, total: int) -> None:
        with self._lock:
            self._progress = (done, total)
