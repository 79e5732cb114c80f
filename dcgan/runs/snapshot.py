"""A run at one moment, as it leaves this machine: nothing in it says where it was, or whose.

Owns what goes out of a run, and in which state. Every file is judged as it will be where it is read, so that what is
written can be read; one that is damaged stays behind. Leaves the file that they become to `bundle`.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from dcgan.runs import files, screening, thinning, values
from dcgan.runs.best import Best
from dcgan.runs.bundle_format import (
    BEST,
    CHUNK_BYTES,
    MAX_GENERATORS,
    MAX_SAMPLES,
    OWN_PARAMETERS,
    generator_name,
    step_of,
)
from dcgan.runs.errors import BundleError
from dcgan.runs.labels import Labels
from dcgan.runs.packing import choose_within, read_state
from dcgan.runs.run import Run
from dcgan.runs.status import ACTIVE, Problem, RunStatus, StatusRecord

Chunks = Iterable[bytes]


@dataclass(frozen=True)
class Source:
    """One file that goes out: about how large it is, and its content; None where it is damaged."""

    size: int
    read: Callable[[], Chunks | None]


class Snapshot:
    """Not thread-safe. Holds one full state and the best generator, because whoever trains the run may drop them."""

    def __init__(self, run: Run, thin: bool = False, limit: int | None = None) -> None:
        """Look at the run: at its best before its state, and at that before its rows, as one counts on the other.

        Args:
            run: in any state; one that goes on is taken as it stood at its last checkpoint.
            thin: only what looking at it and generating from it take.
            limit: bytes of the bundle; of a larger run grids and generators stay behind.
        """
        self.run, self._chooses_few, self._limit = run, thin, limit
        record = run.record().model_copy(update={"owner": ""})
        self._record = _to_json(record.model_dump(mode="json", exclude_none=True))
        _, self.config = screening.read_record("run.json", self._record, OWN_PARAMETERS)
        status = run.status()
        self._goes_on = status.status in ACTIVE
        self._best, self._best_content = self._read_best()
        self._state = read_state(self.run, self.config) if self._goes_on or not thin else None
        if self._goes_on and self._best is not None and self._state_step() < self._best.step:
            self._best = None  # the state that it was saved with is damaged
        # Without a full state nobody can go on with it, whatever it was meant to be.
        self.thin = thin or status.thin or (self._state is None and status.step > 0)
        self._status = self._settle(status)
        self.step = self._status.step
        self._lines = thinning.choose_lines(run.metrics_path, self._counts) if thin else None

    def sources(self) -> Mapping[str, Source]:
        """Return every file that goes out, by the name of its member.

        Raises:
            BundleError: there is a limit, and what always goes is larger.
        """
        status = self._status.model_copy(update={"thin": self.thin})
        found = {
            "run.json": _whole(self._record),
            "status.json": _whole(_to_json(status.model_dump(mode="json", exclude_none=True))),
            "metrics.jsonl": Source(_size(self.run.metrics_path), self._read_rows),
            "events.jsonl": Source(_size(self.run.run_dir / "events.jsonl"), self._read_events),
        }
        if (labels := self.run.labels()) != Labels():
            found["labels.json"] = _whole(_to_json(labels.model_dump(mode="json")))
        if self._state is not None and not self._chooses_few:
            name, content = self._state
            found[name] = _whole(content)
        names = [name for step in self._choose_samples() for name in _names_of_grid(step)]
        if self._best is not None:
            found[BEST] = _whole(_to_json(self._best.model_dump(mode="json")))
        readers = dict.fromkeys(names, self._read_grid)
        readers |= dict.fromkeys(self._choose_generators(), self._read_generator)
        found |= {name: Source(_size(self.run.run_dir / name), partial(read, name)) for name, read in readers.items()}
        if self._limit is None:
            return found
        sizes = {name: source.size for name, source in found.items()}
        chosen = choose_within(sizes, None if self._best is None else self._best.step, self._limit)
        return {name: source for name, source in found.items() if name in chosen}

    def _read_best(self) -> tuple[Best | None, bytes]:
        """The best checkpoint and its generator, where that is whole; both as they were at one moment."""
        best = self.run.checkpoints.best()
        content = None if best is None else self._read_checked(generator_name(best.step), screening.check_checkpoint)
        if content is None and self.run.checkpoints.best() != best:
            return self._read_best()  # another became the best meanwhile, and this one was dropped
        return (None, b"") if content is None else (best, content)

    def _state_step(self) -> int:
        return 0 if self._state is None else step_of(self._state[0])

    def _settle(self, status: StatusRecord) -> StatusRecord:
        """The status of a run that rests: of one that goes on, at its last checkpoint."""
        error = status.error and Problem(code=status.error.code, values=_without_places(status.error.values))
        best = None if self._best is None else self._best.model_dump(mode="json")
        status = status.model_copy(update={"error": error, "bytes": 0, "best": best})
        if not self._goes_on:
            return screening.read_status("status.json", _to_json(status.model_dump(mode="json", exclude_none=True)))
        step = self._state_step()
        at = {"status": RunStatus.STOPPED, "step": step, "epoch": 0, "seconds": 0.0, "losses": {}, "error": None}
        row = thinning.find_row(self.run.metrics_path, step)
        if row is not None:
            at |= {"epoch": int(row["epoch"]), "seconds": row["seconds"]}
            at["losses"] = {name: row[name] for name in ("d_loss", "g_loss", "d_real", "d_fake") if name in row}
        content = _to_json(status.model_copy(update=at).model_dump(mode="json", exclude_none=True))
        return screening.read_status("status.json", content)

    def _counts(self, row: Mapping[str, Any]) -> bool:
        """Whether a row, an event, a grid or a checkpoint was there already when the run stood as it goes out."""
        step = row.get("step", 0)
        return not self._goes_on or not isinstance(step, int | float) or step <= self._status.step

    def _read_rows(self) -> Chunks:
        if self._lines is not None:
            yield from thinning.read_chosen(self.run.metrics_path, self._lines, self._counts)
            return
        for line in files.read_lines(self.run.metrics_path):
            if (row := values.read_row(line)) is not None and self._counts(row):
                yield line

    def _read_events(self) -> Chunks:
        for row in self.run.events():
            line = _to_line(_without_places(row))
            if self._counts(row) and values.read_event(line) is not None:
                yield line

    def _read_grid(self, name: str) -> Chunks | None:
        """One half of a grid, where both are whole."""
        facts, picture = (f"{name.partition('.')[0]}{ending}" for ending in (".json", ".png"))
        halves = {
            facts: self._read_checked(facts, screening.check_facts),
            picture: self._read_checked(picture, screening.check_picture),
        }
        content = halves[name]
        return None if content is None or None in halves.values() else [content]

    def _read_generator(self, name: str) -> Chunks | None:
        is_best = self._best is not None and name == generator_name(self._best.step)
        content = self._best_content if is_best else self._read_checked(name, screening.check_checkpoint)
        if content is None:
            return None
        return [thinning.to_float16(content)] if self._chooses_few else _chunks(content)

    def _read_checked(self, name: str, check: Callable[[str, bytes, Any], object]) -> bytes | None:
        """A file's bytes, or None where it is damaged or gone."""
        try:
            content = (self.run.run_dir / name).read_bytes()
            check(name, content, self.config)
        except (OSError, BundleError):
            return None
        return content

    def _choose_samples(self) -> list[int]:
        samples = [sample for sample in self.run.samples() if self._counts({"step": sample.step})]
        if self._chooses_few:
            return thinning.choose_samples(samples)
        return thinning.spread([sample.step for sample in samples], MAX_SAMPLES)

    def _choose_generators(self) -> list[str]:
        steps = [step for step in self.run.checkpoints.generator_steps() if self._counts({"step": step})]
        chosen = {*thinning.spread(steps, thinning.GENERATORS if self._chooses_few else MAX_GENERATORS)}
        if self._best is not None:
            chosen.add(self._best.step)
        return [generator_name(step) for step in sorted(chosen)]


def _without_places(given: Mapping[str, Any]) -> dict[str, Any]:
    """Values of a problem or an event without paths and ids of requests, and without what no bundle may hold."""
    return {
        name: value
        for name, value in given.items()
        if name != "request" and not ("/" in str(value) or "\\" in str(value)) and values.is_flat({name: value})
    }


def _names_of_grid(step: int) -> tuple[str, str]:
    return f"samples/{step:06d}.json", f"samples/{step:06d}.png"


def _whole(content: bytes) -> Source:
    return Source(len(content), lambda: _chunks(content))


def _chunks(content: bytes) -> Iterator[bytes]:
    return (content[place : place + CHUNK_BYTES] for place in range(0, len(content), CHUNK_BYTES))


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _to_json(tree: object) -> bytes:
    return (json.dumps(tree, indent=1, ensure_ascii=False) + "\n").encode(errors="replace")


def _to_line(row: Mapping[str, Any]) -> bytes:
    return (json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n").encode(errors="replace")
