"""Checkpoints: a flat dict of arrays as one safetensors file, summed, atomic, pruned, falling back.

Owns the files under `checkpoints/`. Leaves what the arrays mean to `training.state`.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError
from safetensors.numpy import load, save

from dcgan.runs import files
from dcgan.runs.best import Best, choose_best

Arrays = Mapping[str, npt.NDArray[Any]]

BEST_FILE = "best.json"
KEPT = 2  # full states: the last, and the one before it in case the last is damaged
_FULL = re.compile(r"[0-9]+\.safetensors")
_GENERATOR = re.compile(r"[0-9]+\.generator\.safetensors")


class CheckpointError(ValueError):
    """A checkpoint that cannot be used: torn, changed, or not a checkpoint."""


@dataclass(frozen=True)
class Checkpoint:
    """Arrays by name, the step at which they were taken, and what else was noted (`seconds`, `config`)."""

    step: int
    arrays: Arrays
    notes: Mapping[str, Any]
    sha256: str


def sum_arrays(arrays: Arrays) -> str:
    """Return the sha256 over names, types, shapes and bytes, in the order of the names."""
    digest = hashlib.sha256()
    for name in sorted(arrays):
        array = np.ascontiguousarray(arrays[name])
        digest.update(f"{name}\0{array.dtype.str}\0{arrays[name].shape}\0".encode())
        digest.update(array.data)
    return digest.hexdigest()


def to_bytes(step: int, arrays: Arrays, notes: Mapping[str, Any]) -> bytes:
    """Return one safetensors file; its metadata holds the step, the notes and the sum."""
    contiguous = {name: np.ascontiguousarray(array).reshape(array.shape) for name, array in arrays.items()}
    header = {"format": "1", "step": str(step), "notes": json.dumps(notes), "sha256": sum_arrays(contiguous)}
    return bytes(save(contiguous, metadata=header))


def from_bytes(content: bytes) -> Checkpoint:
    """Return what `to_bytes` wrote; nothing in it is executed.

    Raises:
        CheckpointError: not such a file, or its arrays do not match its sum.
    """
    try:
        arrays = load(content)
        length = int.from_bytes(content[:8], "little")
        header = json.loads(content[8 : 8 + length])["__metadata__"]
        step, notes, expected = int(header["step"]), dict(json.loads(header["notes"])), str(header["sha256"])
    except (SafetensorError, KeyError, TypeError, ValueError, RecursionError) as error:
        raise CheckpointError(f"not a checkpoint of this program ({type(error).__name__}: {error})") from None
    if sum_arrays(arrays) != expected:
        raise CheckpointError("the arrays do not match their sum: the file was damaged or changed")
    return Checkpoint(step, arrays, notes, expected)


class CheckpointFolder:
    """The checkpoints of one run. Written by the holder of the run's lock alone; read by anyone."""

    def __init__(self, folder: Path) -> None:
        """Name the folder; the run's creator makes it."""
        self.folder = folder

    def save(self, step: int, arrays: Arrays, notes: Mapping[str, Any]) -> str:
        """Write a full state, then drop all but the last two and the best. Returns the sum of its arrays.

        Raises:
            OSError: the disk is full or not writable; the checkpoints before it still stand.
        """
        content = to_bytes(step, arrays, notes)
        files.write_atomic(self.folder / f"{step:06d}.safetensors", content)
        best = self.best()
        for old in self.steps()[:-KEPT]:
            if best is None or old != best.step:
                self.state_path(old).unlink(missing_ok=True)
        return sum_arrays(arrays)

    def save_generator(self, step: int, arrays: Arrays, notes: Mapping[str, Any]) -> None:
        """Write the generator that samples; these are all kept."""
        files.write_atomic(self._generator_path(step), to_bytes(step, arrays, notes))

    def mark_best(self, best: Best) -> None:
        """Say which checkpoint is the best so far; its state and its generator have been saved.

        Raises:
            OSError: the disk is full or not writable; what was the best before still is.
        """
        before = self.best()
        files.write_json(self._best_file, best.model_dump(mode="json"))
        if before is not None and not before.epoch_end and before.step != best.step:
            self._generator_path(before.step).unlink(missing_ok=True)

    def best(self) -> Best | None:
        """Return which checkpoint is the best so far; None where none was judged, or that cannot be read."""
        try:
            best = Best.model_validate_json(self._best_file.read_bytes())
        except (OSError, ValueError):
            return None
        return best if best.step in self.samplers() else None

    def settle_best(self, rows: Iterable[Mapping[str, Any]]) -> Best | None:
        """Say and return which checkpoint is the best, where a kill or going back a while has left that unsaid.

        Args:
            rows: of `metrics.jsonl`, as far as they still count.
        """
        best, judged = self.best(), choose_best(rows, self.generator_steps())
        if judged is not None and (best is None or (best.metric == judged.metric and judged.value < best.value)):
            self.mark_best(judged)
            return judged
        return best

    def steps(self) -> list[int]:
        """Return the steps of the full states, in order."""
        return sorted(_step_of(path) for path in self._files() if _FULL.fullmatch(path.name))

    def generator_steps(self) -> list[int]:
        """Return the steps of the generators, in order."""
        return sorted(_step_of(path) for path in self._files() if _GENERATOR.fullmatch(path.name))

    def samplers(self) -> dict[int, Path]:
        """Return, by step, the file to sample from: the generator that was kept, else the full state. In order."""
        found = sorted(self._files(), key=lambda path: (_step_of(path), _GENERATOR.fullmatch(path.name) is not None))
        return {_step_of(path): path for path in found}

    def load(self, step: int) -> Checkpoint:
        """Return the full state of a step.

        Raises:
            CheckpointError: missing, torn or changed.
        """
        try:
            content = self.state_path(step).read_bytes()
        except OSError as error:
            raise CheckpointError(f"step {step}: {error.strerror}") from None
        return from_bytes(content)

    def load_last(self) -> tuple[Checkpoint | None, list[str]]:
        """Return the newest full state that is whole, or None, and a reason for each one passed over."""
        reasons: list[str] = []
        for step in reversed(self.steps()):
            try:
                return self.load(step), reasons
            except CheckpointError as error:
                reasons.append(f"step {step}: {error}")
        return None, reasons

    def make_room(self) -> None:
        """Drop the older of the two full states, for a disk that is full."""
        for old in self.steps()[:-1]:
            self.state_path(old).unlink(missing_ok=True)

    def forget_after(self, step: int) -> None:
        """Drop what lies after a step: where a resumed run goes on from."""
        for path in self._files():
            if _step_of(path) > step:
                path.unlink(missing_ok=True)
        if self.best() is None:
            self._best_file.unlink(missing_ok=True)

    def _files(self) -> list[Path]:
        """What `save` and `save_generator` have written; a foreign name is none of ours."""
        found = self.folder.glob("[0-9]*.safetensors")
        return [path for path in found if _FULL.fullmatch(path.name) or _GENERATOR.fullmatch(path.name)]

    def state_path(self, step: int) -> Path:
        """Return where the full state of a step is, if it is kept."""
        return self.folder / f"{step:06d}.safetensors"

    def _generator_path(self, step: int) -> Path:
        return self.folder / f"{step:06d}.generator.safetensors"

    @property
    def _best_file(self) -> Path:
        return self.folder / BEST_FILE


def _step_of(path: Path) -> int:
    return int(path.name.partition(".")[0])
