"""Runs that can be drawn from, without training: generators with random weights where a worker would have kept them."""

import numpy as np

from dcgan.runs.run import Run
from dcgan.runs.status import RunStatus
from dcgan.runs.store import RunStore
from fake_checkpoints import notes_of, random_generator, random_state, small_config
from fake_runs import save_grid


def make_drawable(
    store: RunStore, steps: tuple[int, ...] = (100, 200), status: RunStatus = RunStatus.FINISHED, owner: str = ""
) -> Run:
    """Make a run of 8 latent numbers that has kept a generator at each of these steps, and a grid with it."""
    config = small_config()
    run = store.create(config, owner)
    for step in steps:
        arrays = {name: np.asarray(3 * array) for name, array in random_generator(config, seed=step).items()}
        run.checkpoints.save_generator(step, arrays, notes_of(config))
        save_grid(run, step)
    known = {"steps": 1000, "step": max(steps, default=0), "seconds": 1.0, "host": "another-machine"}
    run.write_status(run.written_status().changed(status=status, **known))
    return run


def save_full_state(run: Run) -> None:
    """Add a full state of step 7."""
    config = run.config()
    run.checkpoints.save(7, random_state(config), notes_of(config))


def damage(run: Run, step: int) -> None:
    """Leave half of a generator's file."""
    path = run.checkpoints.samplers()[step]
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
