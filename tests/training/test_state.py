"""Facts about the state of a GAN."""

import numpy as np
import pytest

from dcgan.config import build_config
from dcgan.models.gan import GAN
from dcgan.runs.checkpoints import from_bytes, to_bytes
from dcgan.training.state import StateMismatchError, get_sampler_state, get_state, set_state

SMALL = {"generator.base_filters": 4, "discriminator.base_filters": 4, "training.batch_size": 8}
IMAGES = np.random.default_rng(0).uniform(-1, 1, (1, 8, 28, 28, 1)).astype(np.float32)


def _gan(preset: str = "stable", **changes: object) -> GAN:
    return GAN(build_config(preset, SMALL | changes))


def test_the_state_holds_everything_that_training_changes() -> None:
    gan = _gan()
    before = get_state(gan)
    gan.train(IMAGES)
    changed = {name for name, value in get_state(gan).items() if not np.array_equal(before[name], value)}
    for part in ("generator", "discriminator", "ema_generator", "g_optimizer", "d_optimizer"):
        assert any(name.startswith(f"{part}/") for name in changed)
    assert "step" in changed
    assert any("seed" in name for name in changed)  # dropout's
    assert any("moving_mean" in name for name in changed)


@pytest.mark.parametrize("preset", ["notebook", "stable"])
def test_a_restored_gan_goes_on_with_the_same_bits(preset: str) -> None:
    first = _gan(preset)
    for _ in range(3):
        first.train(IMAGES)
    saved = from_bytes(to_bytes(3, get_state(first), {})).arrays  # through the file's bytes
    second = _gan(preset)
    second.train(IMAGES)  # it may have been anywhere before
    set_state(second, saved)
    for gan in (first, second):
        for _ in range(3):
            gan.train(IMAGES)
    left, right = get_state(first), get_state(second)
    assert left.keys() == right.keys()
    assert all(left[name].tobytes() == right[name].tobytes() for name in left)


def test_a_state_of_another_width_is_refused_by_the_name_of_a_variable() -> None:
    gan = _gan()
    before = get_state(gan)
    with pytest.raises(StateMismatchError, match=r"generator/000/kernel is float32 \(100, "):
        set_state(gan, get_state(_gan(**{"generator.base_filters": 8})))
    assert all(np.array_equal(before[name], value) for name, value in get_state(gan).items())


def test_a_missing_variable_is_named() -> None:
    gan = _gan()
    arrays = get_state(gan)
    del arrays["step"]
    with pytest.raises(StateMismatchError, match="step is not in the checkpoint"):
        set_state(gan, arrays)


def test_the_samplers_state_has_the_averages_weights_under_the_generators_names() -> None:
    gan = _gan()
    gan.train(IMAGES)
    state = get_sampler_state(gan)
    assert gan.ema_generator is not None
    assert list(state) == [f"generator/{i:03d}/{w.name}" for i, w in enumerate(gan.generator.variables)]
    assert np.array_equal(state["generator/000/kernel"], gan.ema_generator.weights[0].numpy())
