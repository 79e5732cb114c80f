"""Facts about the discriminator that judges without TensorFlow."""

import os
from pathlib import Path

import numpy as np
import pytest

from dcgan.data.images import to_float
from dcgan.latent.discriminator import Discriminator, has_discriminator, open_discriminator
from dcgan.models.gan import GAN
from dcgan.runs.checkpoints import Checkpoint, to_bytes
from dcgan.runs.inspection import read_checkpoint
from dcgan.runs.run import Run
from dcgan.runs.store import RunStore
from dcgan.training.state import get_state
from fake_checkpoints import notes_of, random_generator, random_state, small_config


def state(preset: str = "stable") -> Checkpoint:
    config = small_config(preset)
    return read_checkpoint(to_bytes(7, random_state(config), notes_of(config)))


@pytest.fixture
def images() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (120, 28, 28, 1), np.uint8)


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return RunStore(tmp_path / "runs").create(small_config())


@pytest.mark.parametrize("preset", ["stable", "notebook", "tutorial"])
def test_it_believes_what_the_trained_network_believes(preset: str, images: np.ndarray) -> None:
    config = small_config(preset)
    gan = GAN(config)
    content = to_bytes(0, get_state(gan), notes_of(config))
    discriminator = Discriminator(read_checkpoint(content))
    np.testing.assert_allclose(discriminator.believe(images), gan.score(to_float(images)), atol=1e-5)


def test_a_belief_is_between_0_and_1_and_depends_on_its_image_alone(images: np.ndarray) -> None:
    discriminator = Discriminator(state())
    beliefs = discriminator.believe(images)
    assert beliefs.shape == (120,) and beliefs.dtype == np.float32
    assert (beliefs >= 0).all() and (beliefs <= 1).all() and len(np.unique(beliefs)) > 60
    np.testing.assert_allclose(discriminator.believe(images[77:78]), beliefs[77:78], atol=1e-6)


def test_images_of_another_kind_are_refused(images: np.ndarray) -> None:
    for wrong in (images[:, :14], images.astype(np.float32), images[:0]):
        with pytest.raises(ValueError, match="must be uint8"):
            Discriminator(state()).believe(wrong)


def test_a_full_state_has_one_and_a_generator_alone_has_none() -> None:
    config = small_config()
    assert has_discriminator(state())
    assert not has_discriminator(read_checkpoint(to_bytes(7, random_generator(config), notes_of(config))))


def test_a_run_has_it_where_the_full_state_of_the_step_was_kept(run: Run) -> None:
    config = run.config()
    assert open_discriminator(run, 7) is None
    run.checkpoints.save_generator(100, random_generator(config), notes_of(config))
    assert open_discriminator(run, 100) is None
    run.checkpoints.save(7, random_state(config), notes_of(config))
    opened = open_discriminator(run, 7)
    assert opened is not None and opened.step == 7 and len(opened.sha256) == 64


def test_a_damaged_state_has_none(run: Run) -> None:
    run.checkpoints.save(7, random_state(run.config()), notes_of(run.config()))
    path = run.checkpoints.state_path(7)
    os.truncate(path, path.stat().st_size // 2)
    assert open_discriminator(run, 7) is None
