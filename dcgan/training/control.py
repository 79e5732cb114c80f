"""What whoever steers a run wants of it: one wish at a time, and a stop always wins.

Owns the precedence between requests in the run's folder, signals and a parent that is gone. Touches no training.
"""

import threading
import time
from enum import StrEnum

from dcgan.runs.run import Run
from dcgan.runs.status import RunStatus

POLL_SECONDS = 0.1


class Wish(StrEnum):
    """What the run should do next."""

    GO = "go"
    PAUSE = "pause"
    INTERRUPT = "interrupt"  # save and end; whoever comes next resumes
    STOP = "stop"  # save and end, as a person decided


_WORDS = {"pause": Wish.PAUSE, "resume": Wish.GO, "stop": Wish.STOP}
_FINAL = (Wish.INTERRUPT, Wish.STOP)


class StayEnded(Exception):
    """A run's stay ended as whoever steers wanted it, before there was anything to train; its status is written."""

    def __init__(self, status: RunStatus) -> None:
        """Keep what `Trainer.train` would have returned."""
        super().__init__(status.value)
        self.status = status


class Control:
    """Thread-safe. Signal handlers and watchers call `ask`; the training thread calls `poll`."""

    def __init__(self, run: Run, offset: int = 0) -> None:
        """Follow the run's requests after a byte offset; what lies before it was for an earlier worker."""
        self._run, self._offset = run, offset
        self._lock = threading.RLock()  # a signal may arrive while the same thread holds it
        self._wish, self._reason = Wish.GO, ""
        self._applied: list[str] = []
        self._polled = 0.0

    def ask(self, wish: Wish, reason: str = "") -> None:
        """Wish for something. After a stop nothing else counts; after an interrupt only a stop does."""
        with self._lock:
            if self._wish == Wish.STOP or (self._wish == Wish.INTERRUPT and wish not in _FINAL):
                return
            self._wish, self._reason = wish, reason

    def poll(self) -> Wish:
        """Return the present wish, after a look at the requests (at most ten a second)."""
        with self._lock:
            if time.monotonic() - self._polled >= POLL_SECONDS:
                self._polled = time.monotonic()
                rows, self._offset = self._run.requests(self._offset)
                for row in rows:
                    if row.get("do") in _WORDS:
                        self.ask(_WORDS[row["do"]], "asked")
                        self._applied.append(str(row.get("id", "")))
            return self._wish

    @property
    def reason(self) -> str:
        """Why the present wish was made: "asked", or the code of a problem."""
        return self._reason

    def take_applied(self) -> list[str]:
        """Return the ids of requests read since the last call, for the run's events."""
        with self._lock:
            applied, self._applied = self._applied, []
            return applied
