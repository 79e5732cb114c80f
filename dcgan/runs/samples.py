"""A run's grids of the fixed latents: pictures, each with the facts that were known of it.

Owns the names in the folder and what is left of torn or foreign files. Leaves who may write to `run`.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dcgan.runs import files

_PICTURE = re.compile(r"[0-9]+\.png")


@dataclass(frozen=True)
class Sample:
    """A grid of the fixed latents: its step, its picture, and what was known then (`epoch`, `epoch_end`, `scores`)."""

    step: int
    path: Path
    facts: Mapping[str, Any]


class SampleFolder:
    """The grids of one run. Reading is thread-safe at any time; writing is for the holder of the run's lock alone."""

    def __init__(self, folder: Path) -> None:
        """Name the folder; nothing is read yet."""
        self.folder = folder

    def save(self, step: int, png: bytes, facts: Mapping[str, Any]) -> None:
        """Keep a grid; its facts first, so that a picture without them is never listed."""
        path = self.folder / f"{step:06d}.png"
        files.write_json(path.with_suffix(".json"), facts)
        files.write_atomic(path, png)

    def samples(self) -> list[Sample]:
        """Return all grids in the order of their steps; one whose facts are torn has none."""
        found = (path for path in self.folder.glob("[0-9]*.png") if _PICTURE.fullmatch(path.name))
        paths = sorted(found, key=lambda path: int(path.stem))
        return [Sample(int(path.stem), path, _read_facts(path.with_suffix(".json"))) for path in paths]

    def forget_after(self, step: int) -> None:
        """Drop what lies after a step: where a resumed run goes on from."""
        for sample in self.samples():
            if sample.step > step:
                sample.path.unlink(missing_ok=True)
                sample.path.with_suffix(".json").unlink(missing_ok=True)


def _read_facts(path: Path) -> dict[str, Any]:
    try:
        facts = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return facts if isinstance(facts, dict) else {}
