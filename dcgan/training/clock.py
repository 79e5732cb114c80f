"""Training time without pauses, and speed over the last seconds."""

import time
from collections import deque

WINDOW_SECONDS = 2.0


class TrainingClock:
    """Counts seconds of training; not thread-safe. A resumed run goes on from the seconds it had."""

    def __init__(self, seconds: float = 0.0) -> None:
        """Start at once."""
        self._before, self._since = seconds, time.perf_counter()
        self._marks: deque[tuple[float, int]] = deque()

    @property
    def seconds(self) -> float:
        """Seconds of training so far."""
        return self._before + time.perf_counter() - self._since

    def leave_out(self, pause_began: float) -> None:
        """Leave the time since `pause_began` (a value of `seconds`) out of the count, and begin a new window."""
        self._before -= self.seconds - pause_began
        self._marks.clear()

    def rate(self, count: int) -> float | None:
        """Return counts a second over the last two seconds, given the count so far; None at the first call."""
        now = self.seconds
        self._marks.append((now, count))
        while len(self._marks) > 2 and now - self._marks[1][0] >= WINDOW_SECONDS:
            self._marks.popleft()
        (first, before), elapsed = self._marks[0], now - self._marks[0][0]
        return (count - before) / elapsed if elapsed > 0 and first < now else None
