"""A run that is taken home in the middle goes on elsewhere, and ends with the bits of one that never moved."""

from pathlib import Path

import numpy as np
import pytest

from dcgan.config import build_config
from dcgan.models.gan import GAN
from dcgan.runs.bundle import export_run
from dcgan.runs.checkpoints import from_bytes
from dcgan.runs.run import Run
from dcgan.runs.status import RunStatus
from dcgan.runs.store import RunStore
from dcgan.runs.unpacking import unpack
from dcgan.training import control, trainer
from dcgan.training.control import Control, Wish
from dcgan.training.state import get_sampler_state
from dcgan.training.trainer import Trainer

SMALL = {
    "generator.base_filters": 4, "discriminator.base_filters": 4, "training.batch_size": 8, "data.limit": 84,
    "training.epochs": 2, "saving.sample_rows": 2, "saving.sample_every": 4, "saving.live_quality": False,
}  # fmt: skip
STEPS, LEFT_AT = 20, 13  # 84 // 8 = 10 steps an epoch; it leaves in the middle of the second


class StopsAt(Control):
    """Wants to stop at a step, without a folder in between."""

    def __init__(self, run: Run, step: int) -> None:
        super().__init__(run)
        self.stay, self._step = Trainer(run, self), step

    def poll(self) -> Wish:
        if self.stay.status.step >= self._step:
            self.ask(Wish.STOP)
        return super().poll()


@pytest.fixture(autouse=True)
def _poll_at_every_step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(control, "POLL_SECONDS", 0.0)
    monkeypatch.setattr(trainer, "PAUSE_POLL_SECONDS", 0.01)


@pytest.mark.parametrize("preset", ["stable", "notebook"])
def test_a_run_that_was_taken_home_ends_with_the_same_bits(tmp_path: Path, preset: str) -> None:
    config = build_config(preset, SMALL)
    whole = RunStore(tmp_path / "whole").create(config)
    Trainer(whole, Control(whole)).train()

    here, there = RunStore(tmp_path / "here"), RunStore(tmp_path / "there")
    left = here.create(config, owner="me")
    assert StopsAt(left, LEFT_AT).stay.train() == RunStatus.STOPPED
    assert export_run(left, tmp_path / "run.dcgan").step == LEFT_AT
    back = there.get(unpack(tmp_path / "run.dcgan", there.folder))
    assert (back.status().status, back.status().can_resume) == (RunStatus.STOPPED, True)

    assert Trainer(back, Control(back)).train() == RunStatus.FINISHED
    last = [run.checkpoints.load(STEPS) for run in (whole, back)]
    assert last[0].sha256 == last[1].sha256
    assert (left.checkpoints.folder / "000010.generator.safetensors").read_bytes() == (
        back.checkpoints.folder / "000010.generator.safetensors"
    ).read_bytes()
    assert [row["d_loss"] for row in back.metrics()] == [row["d_loss"] for row in whole.metrics()]


def test_a_thin_generator_is_the_trained_one_in_half_the_bytes(tmp_path: Path) -> None:
    config = build_config("stable", SMALL)
    run = RunStore(tmp_path / "runs").create(config)
    Trainer(run, Control(run)).train()
    export_run(run, tmp_path / "run.dcgan", thin=True)
    there = RunStore(tmp_path / "there")
    back = there.get(unpack(tmp_path / "run.dcgan", there.folder))
    names = sorted(path.name for path in run.checkpoints.folder.glob("*.generator.*"))
    assert sorted(path.name for path in back.checkpoints.folder.iterdir()) == names
    kept = from_bytes((back.checkpoints.folder / names[-1]).read_bytes()).arrays
    trained = from_bytes((run.checkpoints.folder / names[-1]).read_bytes()).arrays
    assert kept.keys() == trained.keys() == get_sampler_state(GAN(config)).keys()
    for name, values in trained.items():
        np.testing.assert_allclose(kept[name].astype(np.float32), values, rtol=1e-3, atol=1e-7)
