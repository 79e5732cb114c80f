"""Published files from the network, checked by their sums.

Owns time-outs, progress, and the memory of a failed attempt, so that a machine without a network waits once and
not at every load. Leaves what is in the files to `sources`. The libraries that fetch are imported where they are
needed: a server that only counts images does without their 6 MB.
"""

import logging
import os
import queue
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from dcgan.data.cache import data_folder

if TYPE_CHECKING:
    import requests

Progress = Callable[[int, int], None]  # bytes done, bytes in all

ANSWER_SECONDS = 5.0  # for name look-up and connection together, which no socket time-out bounds
CONNECT_SECONDS, READ_SECONDS = 3.0, 30.0
RETRY_SECONDS = 300.0  # after a failure

log = logging.getLogger(__name__)

_failed_at = -RETRY_SECONDS  # time.monotonic of this process's last failure


@dataclass(frozen=True)
class PublishedFile:
    """A file as it lies on the server: its name, its size in bytes and its sha256."""

    name: str
    size: int
    sha256: str


def download(base_url: str, files: Sequence[PublishedFile], folder: Path, progress: Progress | None = None) -> bool:
    """Fetch files into a folder and check each one's sum.

    Nothing is tried where `DCGAN_OFFLINE` is set, or for five minutes after a failure in this process or in another
    one with the same data folder.

    Args:
        base_url: ends in a slash.
        files: what to fetch.
        folder: where to; it exists.
        progress: called with bytes done and bytes in all; an exception of its own ends the download.

    Returns:
        Whether all of them are there; the reason why not is in the log.
    """
    if _is_offline() or _failed_lately():
        return False
    reason = fetch_files(base_url, files, folder, progress)
    if reason is None:
        return True
    log.warning("The download from %s did not work: %s", base_url, reason)
    _remember_failure()
    return False


def fetch_files(
    base_url: str, files: Sequence[PublishedFile], folder: Path, progress: Progress | None = None
) -> str | None:
    """Fetch files as `download` does, also shortly after a failure: for a person who asks again.

    Args:
        base_url: as in `download`.
        files: as in `download`.
        folder: as in `download`.
        progress: as in `download`.

    Returns:
        Why it did not work; None if all of them are there.
    """
    if _is_offline():
        return "DCGAN_OFFLINE is set"
    return _unreachable(base_url + files[0].name) or _fetch(base_url, files, folder, progress)


class _Bar:
    """What pooch calls a progress bar: adds up one file's bytes and passes on the sum of all."""

    def __init__(self, before: int, size: int, total: int, progress: Progress) -> None:
        self.total = size  # pooch sets it to the server's content-length
        self._before, self._size, self._all, self._progress = before, size, total, progress
        self._done = 0
        self.error: Exception | None = None  # of the one who is told

    def update(self, count: int) -> None:
        self._done = min(self._done + count, self._size)
        try:
            self._progress(self._before + self._done, self._all)
        except Exception as error:
            self.error = error
            raise

    def reset(self) -> None:
        self._done = 0

    def close(self) -> None:
        pass


def _fetch(base_url: str, files: Sequence[PublishedFile], folder: Path, progress: Progress | None) -> str | None:
    """Fetch all files; return why it did not work, None if it did."""
    import pooch  # type: ignore[import-untyped]

    pooch.get_logger().setLevel(logging.WARNING)
    before, total = 0, sum(file.size for file in files)
    answers: list[requests.Response] = []  # pooch leaves one open that it has not read to its end
    hooks = {"response": lambda answer, **_: answers.append(answer)}
    for file in files:
        bar = _Bar(before, file.size, total, progress) if progress else None
        downloader = pooch.HTTPDownloader(
            bar or False, chunk_size=2**16, timeout=(CONNECT_SECONDS, READ_SECONDS), hooks=hooks
        )
        try:
            pooch.retrieve(base_url + file.name, f"sha256:{file.sha256}", file.name, folder, downloader=downloader)
        except (OSError, ValueError) as error:  # requests' errors are OSErrors, a wrong sum is a ValueError
            if bar is not None and error is bar.error:
                raise
            return str(error)
        finally:
            while answers:
                answers.pop().close()
        before += file.size
    return None


def _unreachable(url: str) -> str | None:
    """Ask for a file's headers in a thread, which alone bounds the name look-up; return why none came."""
    import requests

    answer: queue.SimpleQueue[str | None] = queue.SimpleQueue()

    def ask() -> None:
        try:
            requests.head(url, timeout=CONNECT_SECONDS)
            answer.put(None)
        except (OSError, ValueError) as error:
            answer.put(str(error))

    threading.Thread(target=ask, name="dcgan-reachable", daemon=True).start()
    try:
        return answer.get(timeout=ANSWER_SECONDS)
    except queue.Empty:
        return f"no answer in {ANSWER_SECONDS:g} s"


def _is_offline() -> bool:
    return os.environ.get("DCGAN_OFFLINE", "") not in ("", "0")


def _marker() -> Path:
    return data_folder() / "datasets" / ".download-failed"


def _failed_lately() -> bool:
    try:
        age = time.time() - _marker().stat().st_mtime
    except OSError:
        age = RETRY_SECONDS
    return 0 <= age < RETRY_SECONDS or time.monotonic() - _failed_at < RETRY_SECONDS


def _remember_failure() -> None:
    global _failed_at
    _failed_at = time.monotonic()
    try:
        _marker().parent.mkdir(parents=True, exist_ok=True)
        _marker().touch()
    except OSError as error:
        log.info("Only this process will remember it: %s", error)
