"""Runs with real checkpoints, made without training: small networks whose weights are random numbers."""

import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from dcgan.config import Config, build_config
from dcgan.data import images
from dcgan.runs.bundle import export_run
from dcgan.runs.contents import generator_contents, state_contents
from dcgan.runs.run import Run
from dcgan.runs.status import RunStatus
from dcgan.runs.store import RunStore

SMALL = {
    "generator.base_filters": 4, "discriminator.base_filters": 4, "generator.latent_dim": 8, "training.batch_size": 8,
    "data.limit": 160, "training.epochs": 2, "saving.sample_rows": 2,
}  # fmt: skip
STEPS_PER_EPOCH = 20


def weights(config: Config, step: int, full: bool) -> dict[str, np.ndarray[Any, Any]]:
    """Arrays as a checkpoint of these networks has them: none below zero, for some of them are variances."""
    random = np.random.default_rng(step)
    contents = state_contents(config) if full else generator_contents(config)
    arrays = {
        name: np.abs(random.normal(size=expected.shape)).astype(expected.types[0])
        for name, expected in contents.items()
    }
    return arrays | ({"step": np.array(step, np.int64)} if full else {})


def make_trained_run(
    store: RunStore, step: int = 40, rows: int | None = None, grids: Sequence[int] = (0, 20, 40),
    generators: Iterable[int] = (20, 40), owner: str = "", changes: Mapping[str, Any] | None = None,
) -> Run:  # fmt: skip
    """Make a run that has finished at a step, with two full states, as a worker would have left it."""
    config = build_config("stable", {**SMALL, **(changes or {})})
    run = store.create(config, owner)
    run.append_event("started", step=0)
    run.append_metrics([_row(number) for number in range(1, (step if rows is None else rows) + 1)])
    side = config.saving.sample_rows * 30 - 2
    for place in grids:
        grid = np.full((side, side, 1), place % 256, np.uint8)
        facts = {"step": place, "epoch": place / STEPS_PER_EPOCH, "scores": [0.5] * config.saving.sample_rows**2}
        run.save_sample(place, images.encode_png(grid), facts | {"epoch_end": place > 0 and place % 20 == 0})
    notes = {"config": config.model_dump(mode="json")}
    for place in generators:
        run.checkpoints.save_generator(place, weights(config, place, full=False), notes | {"epoch": place // 20})
    for place in (step // 2, step):
        run.checkpoints.save(place, weights(config, place, full=True), notes | {"seconds": place / 10})
    run.append_event("checkpoint", step=step, sha256="0" * 64)
    run.append_event("finished", step=step)
    known = {"steps": step, "epoch": 2, "epochs": 2, "seconds": step / 10, "dataset_sha256": "a" * 64}
    run.write_status(run.written_status().changed(status=RunStatus.FINISHED, step=step, **known))
    return run


def state_of(run: Run) -> list[str]:
    """Names of the checkpoints that a whole bundle takes along: the last full state and all generators."""
    names = sorted(path.name for path in run.checkpoints.folder.glob("*.generator.safetensors"))
    return [*names, f"{run.checkpoints.steps()[-1]:06d}.safetensors"]


def pack_run(run: Run, thin: bool = False) -> bytes:
    """Return a run's bundle."""
    buffer = io.BytesIO()
    export_run(run, buffer, thin)
    return buffer.getvalue()


def _row(step: int) -> dict[str, Any]:
    losses = {"d_loss": 1.2, "g_loss": 0.8, "d_real": 0.6, "d_fake": 0.4}
    return {"step": step, "epoch": step / STEPS_PER_EPOCH, "seconds": step / 10, **losses, "images_per_second": None}
