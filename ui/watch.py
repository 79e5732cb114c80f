"""What a live view reads of a run, read once for all sessions that watch it.

Owns when the disk is read again. Leaves the words and the widgets to `live` and `curves`.
"""

import threading
from collections.abc import Callable
from pathlib import Path

from dcgan.config import Config
from dcgan.runs.history import History
from dcgan.runs.packing import Plan, plan_bundle
from dcgan.runs.run import Run
from dcgan.runs.samples import Sample


class RunWatch:
    """Thread-safe. Follows one run's rows and samples; a tick that finds nothing new costs next to nothing."""

    def __init__(self, run: Run) -> None:
        """Follow a run that exists; nothing is read yet."""
        self.run = run
        self.history = History(run.metrics_path)
        self._lock = threading.Lock()
        self._encoded: dict[str, tuple[int, bytes]] = {}
        self._samples: tuple[int, list[Sample]] = (-1, [])
        self._config: Config | None = None
        self._plan: tuple[object, Plan] | None = None

    def config(self) -> Config:
        """Return the run's settings, which never change. Raises as `Run.config`."""
        if self._config is None:
            self._config = self.run.config()
        return self._config

    def encoded(self, variant: str, encode: Callable[[History], bytes]) -> bytes:
        """Return `encode(history)`, made again only when there are new rows; one result a variant is kept."""
        with self._lock:
            self.history.refresh()
            version = self.history.version
            known, content = self._encoded.get(variant, (-1, b""))
            if known != version:
                content = encode(self.history)
                self._encoded[variant] = (version, content)
            return content

    def samples(self) -> list[Sample]:
        """Return all grids in the order of their steps; only those that are new are read."""
        with self._lock:
            changed = _changed_at(self.run.run_dir / "samples")
            if changed is None:  # no folder, no grids
                return []
            if changed != self._samples[0]:
                self._samples = (changed, self.run.samples(known=self._samples[1]))
            return self._samples[1]

    def bundle_plan(self, limit: int) -> Plan:
        """Return what a bundle of the run will be, while it rests; looked at again only where its files changed."""
        with self._lock:
            seen = (limit, *(_changed_at(self.run.run_dir / folder) for folder in (".", "samples", "checkpoints")))
            if self._plan is None or self._plan[0] != seen:
                self._plan = (seen, plan_bundle(self.run, self.config(), limit))
            return self._plan[1]

    def log_end(self, num_lines: int = 30) -> str:
        """Return the last lines of the worker's log; empty where there is none."""
        try:
            content = self.run.worker_log.read_bytes()[-20_000:]
        except OSError:
            return ""
        return "\n".join(content.decode(errors="replace").splitlines()[-num_lines:])

    def gif(self) -> bytes:
        """Return the grids at the ends of epochs as a GIF."""
        # Here: imageio is not needed before somebody asks for a GIF.
        from dcgan.latent.animation import HISTORY_SCALE, encode_gif, read_history

        return encode_gif(read_history(self.run), scale=HISTORY_SCALE)


def _changed_at(folder: Path) -> int | None:
    """When a file of a folder was made, replaced or deleted last, in ns; None where there is no such folder."""
    try:
        return folder.stat().st_mtime_ns
    except OSError:
        return None
