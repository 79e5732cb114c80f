"""A real run to learn from: its curves, thinned, and its grids after a few epochs.

Owns `learn_example.json`, made from a run of the `notebook` recipe, which stands in where no such run is at hand, and
the command that makes it: `python -m ui.learn_example RUN_DIR`.
"""

import base64
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import streamlit as st

from dcgan.config import Config, build_config, list_changes
from dcgan.runs.errors import RunError
from dcgan.runs.run import Run
from dcgan.runs.status import ACTIVE, StatusRecord
from ui import state

PATH = Path(__file__).with_name("learn_example.json")
SERIES = ("epoch", "g_loss", "d_loss", "d_real", "d_fake")
POINTS = 120  # each the mean of its share of the steps
EPOCHS = (1, 3, 10)
LEAST_STEPS = 5_000  # a shorter run shows too little of what the text speaks of


@dataclass(frozen=True)
class Example:
    """Curves and grids of a run.

    Attributes:
        run_id: of the run; empty where it is not at hand.
        curves: mean values of equally many steps, by series.
        grids: PNG of the fixed latents' grid, by the epoch after which it was drawn.
    """

    run_id: str
    curves: Mapping[str, Sequence[float]]
    grids: Mapping[int, bytes]


def example() -> Example:
    """Return the gallery's run of the notebook's recipe, else the local visitor's newest, else the one that ships."""
    desk, known = state.desk(), shipped()
    try:
        own = desk.list_runs() if desk.visitor.is_local else []  # what is a visitor's is not for others to read
    except OSError:
        own = []
    for run in [*desk.list_gallery(), *own]:
        if run.run_id == known.run_id:
            return known
        if run.status is not None and _suits(run.status):
            try:
                found = desk.get(run.run_id)
                if _is_the_recipe(found.config()):
                    return _read(found.run_dir)
            except (RunError, OSError, ValueError, IndexError):  # damaged: the next one
                continue
    return replace(known, run_id="")


def _suits(status: StatusRecord) -> bool:
    is_notebooks = status.preset == "notebook" and status.steps >= LEAST_STEPS
    is_whole = status.step == status.steps and not status.thin  # of a thin one only the extremes are left
    return is_notebooks and is_whole and status.status.value not in ACTIVE


def _is_the_recipe(config: Config) -> bool:
    """Whether a run is what the text speaks of: the notebook's recipe, with another seed at most."""
    changed = {*list_changes(build_config("notebook"), config)} - {"training.seed"}
    return all(path.startswith("saving.") for path in changed) and config.saving.inverted


@st.cache_resource(show_spinner=False, max_entries=4)
def _read(run_dir: Path) -> Example:
    return from_run(Run(run_dir))


def from_run(run: Run) -> Example:
    """Read a run's rows and its grids at the ends of epochs.

    Raises:
        ValueError: it has too few rows, or no grid at an epoch's end.
    """
    rows = [row for row in run.metrics() if all(isinstance(row.get(name), int | float) for name in SERIES)]
    if len(rows) < POINTS:
        raise ValueError(f"{run.run_id} has {len(rows)} steps; curves need at least {POINTS}.")
    curves = {name: _means([float(row[name]) for row in rows]) for name in SERIES}
    ends = [sample for sample in run.samples() if sample.facts.get("epoch_end")]
    if not ends:
        raise ValueError(f"{run.run_id} has no grid at an epoch's end.")
    chosen = {number: ends[number - 1] for number in EPOCHS if number <= len(ends)}
    return Example(run.run_id, curves, {number: sample.path.read_bytes() for number, sample in chosen.items()})


def shipped() -> Example:
    """Return the example that ships with the app: of the gallery's run, before it was thinned."""
    tree = json.loads(PATH.read_text(encoding="utf-8"))
    grids = {int(number): base64.b64decode(content) for number, content in tree["grids"].items()}
    return Example(tree["run"], tree["curves"], grids)


def to_json(found: Example) -> str:
    """Return an example as the text of `learn_example.json`."""
    grids = {number: base64.b64encode(content).decode() for number, content in found.grids.items()}
    return json.dumps({"run": found.run_id, "curves": found.curves, "grids": grids}, indent=1) + "\n"


def _means(values: Sequence[float]) -> list[float]:
    """The means of `POINTS` parts as equal as can be."""
    edges = [round(part * len(values) / POINTS) for part in range(POINTS + 1)]
    parts = (values[start:stop] for start, stop in pairwise(edges))
    return [round(sum(part) / len(part), 4) for part in parts]


if __name__ == "__main__":
    PATH.write_text(to_json(from_run(Run(Path(sys.argv[1])))), encoding="utf-8")
