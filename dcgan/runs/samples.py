"""The grids of the fixed latents that a run has kept: a picture and what was known of it, two files a step.

Owns the names of these files and reading them again only where they are new. Leaves what is drawn to the trainer.
"""

import contextlib
import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dcgan.runs import files

_KEPT = ("epoch", "epoch_end", "scores")  # what is asked for; a stranger's file may say 30 kB more of each grid
_PICTURE = re.compile(r"[0-9]+\.png")

MOST_EPOCHS = 1e9  # what is beyond is no epoch, whatever a file says

Mark = tuple[int, int, int]  # a file's time of change in ns, its size in bytes, its inode


@dataclass(frozen=True)
class Sample:
    """A grid of the fixed latents: its step, its picture, and what was known then (`epoch`, `epoch_end`, `scores`).

    `mark` changes when the picture is written anew.
    """

    step: int
    path: Path
    facts: Mapping[str, Any]
    mark: Mark


def save_sample(folder: Path, step: int, png: bytes, facts: Mapping[str, Any]) -> None:
    """Keep a grid; its facts first, so that a picture without them is never listed."""
    folder.mkdir(exist_ok=True)  # somebody may have taken it away
    path = folder / f"{step:06d}.png"
    files.write_json(path.with_suffix(".json"), facts)
    files.write_atomic(path, png)


def list_samples(folder: Path, known: Iterable[Sample] = ()) -> list[Sample]:
    """Return all grids in the order of their steps; of those `known` only what was written anew is read again."""
    earlier = {sample.path.name: sample for sample in known}
    found = []
    for name, mark in _list_pictures(folder):
        sample = earlier.get(name)
        found.append(_read(folder / name, mark) if sample is None or sample.mark != mark else sample)
    return sorted(found, key=lambda sample: sample.step)


def forget_after(folder: Path, step: int) -> None:
    """Delete the grids after a step."""
    for sample in list_samples(folder):
        if sample.step > step:
            sample.path.unlink(missing_ok=True)
            sample.path.with_suffix(".json").unlink(missing_ok=True)


def _list_pictures(folder: Path) -> Iterator[tuple[str, Mark]]:
    """The name and the mark of every picture; one that is deleted meanwhile is passed over."""
    with contextlib.ExitStack() as stack:
        try:
            entries = stack.enter_context(os.scandir(folder))
        except (FileNotFoundError, NotADirectoryError):
            return
        for entry in entries:
            if _PICTURE.fullmatch(entry.name):
                with contextlib.suppress(OSError):  # gone meanwhile, or a link that leads nowhere
                    facts = entry.stat()
                    yield entry.name, (facts.st_mtime_ns, facts.st_size, facts.st_ino)


def _read(path: Path, mark: Mark) -> Sample:
    """One grid with its facts; none where these are missing or torn."""
    try:
        facts = json.loads(path.with_suffix(".json").read_bytes())
    except (OSError, ValueError, RecursionError):
        facts = {}
    facts = {name: facts[name] for name in _KEPT if name in facts} if isinstance(facts, dict) else {}
    if not _is_epoch(facts.get("epoch")):
        facts.pop("epoch", None)
    if not isinstance(facts.get("epoch_end"), bool):
        facts.pop("epoch_end", None)
    return Sample(int(path.stem), path, facts, mark)


def _is_epoch(value: object) -> bool:
    return isinstance(value, int | float) and 0 <= value <= MOST_EPOCHS
