"""Facts about what checkpoints hold: what training writes, and nothing else."""

import numpy as np
import pytest

from dcgan.config import Config
from dcgan.models.gan import GAN
from dcgan.presets import PRESETS
from dcgan.runs.contents import Contents, generator_contents, state_contents
from dcgan.training.state import get_sampler_state, get_state
from fake_checkpoints import small_config

CONFIGS = [
    *(small_config(preset) for preset in PRESETS),
    small_config("notebook", **{"discriminator.batch_norm": True, "discriminator.dropout": 0.0}),
    small_config("notebook", **{"g_optimizer.name": "adam", "training.ema_decay": 0.9, "generator.stem_blocks": 1}),
]


def require_equal(arrays: dict[str, np.ndarray], contents: Contents) -> None:
    assert {name: (array.shape, array.dtype.name) for name, array in arrays.items()} == {
        name: (expected.shape, expected.types[0]) for name, expected in contents.items()
    }


@pytest.mark.parametrize("config", CONFIGS, ids=range(len(CONFIGS)))
def test_training_writes_what_is_expected(config: Config) -> None:
    gan = GAN(config)
    require_equal(get_state(gan), state_contents(config))
    require_equal(get_sampler_state(gan), generator_contents(config))
    assert list(get_sampler_state(gan)) == list(generator_contents(config))


def test_only_a_generator_alone_may_be_in_half_precision() -> None:
    config = small_config()
    assert {expected.types for expected in generator_contents(config).values()} == {("float32", "float16")}
    assert {kind for expected in state_contents(config).values() for kind in expected.types} == {"float32", "int64"}
