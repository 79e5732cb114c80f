"""What the presets came to, as a file that several sittings and several machines add to.

Owns that file: what a report is of, what was measured, that a run is in it once. Nothing in it is measured again.
"""

from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, ValidationError

from benchmarks.scores import Scores
from dcgan.runs import files


class _Kept(BaseModel):
    """What is written as JSON."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Outcome(_Kept):
    """One run and its best checkpoint.

    Attributes:
        preset: its recipe.
        seed: of all its draws.
        epochs: that it trained.
        minutes: of training by the clock.
        cpu_minutes: what its epochs cost where nothing else runs, of all cores together.
        best_epoch: of the checkpoint that was scored.
        machine: that it was trained and scored on.
        scores: of that checkpoint, against the test images.
    """

    preset: str
    seed: int
    epochs: int
    minutes: float
    cpu_minutes: float
    best_epoch: float
    machine: str
    scores: Scores


class Outcomes(_Kept):
    """A report as far as it has come.

    Attributes:
        samples: images of each checkpoint that are scored.
        with_fid: whether Inception judges them too.
        epochs: of each preset: as many as cost the same.
        costs: CPU seconds of an epoch of each preset, on `machine`.
        machine: that the costs were measured on.
        real: what as many training images get; None until it is measured.
        runs: those that are done.
    """

    samples: int
    with_fid: bool
    epochs: dict[str, int]
    costs: dict[str, float]
    machine: str
    real: Scores | None = None
    runs: tuple[Outcome, ...] = ()

    def has(self, preset: str, seed: int) -> bool:
        """Whether a run is done."""
        return any((run.preset, run.seed) == (preset, seed) for run in self.runs)

    def with_run(self, run: Outcome) -> Self:
        """Return the report with one run more, preset by preset and seed by seed.

        Raises:
            ValueError: it is there already.
        """
        if self.has(run.preset, run.seed):
            raise ValueError(f"{run.preset} with seed {run.seed} is done already.")
        order = list(self.epochs)
        runs = sorted((*self.runs, run), key=lambda one: (order.index(one.preset), one.seed))
        return self.model_copy(update={"runs": tuple(runs)})

    def save(self, path: Path) -> None:
        """Write it, whole or not at all."""
        path.parent.mkdir(parents=True, exist_ok=True)
        files.write_json(path, self.model_dump(mode="json"))


def load_outcomes(path: Path) -> Outcomes | None:
    """Return the report in a file, or None where there is none.

    Raises:
        ValueError: it cannot be read.
    """
    if not path.exists():
        return None
    try:
        return Outcomes.model_validate_json(path.read_bytes())
    except ValidationError as error:
        raise ValueError(f"{path} is not a report of the presets: {error.errors()[0]['msg']}.") from error
