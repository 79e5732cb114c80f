"""Checkpoints without training: random weights in the right places, in milliseconds and without TensorFlow."""

from typing import Any

import numpy as np

from dcgan.config import Config, build_config
from dcgan.runs.contents import Contents, generator_contents, state_contents

SMALL = {"generator.base_filters": 4, "discriminator.base_filters": 4, "generator.latent_dim": 8}


def small_config(preset: str = "stable", **changes: object) -> Config:
    return build_config(preset, SMALL | changes)


def notes_of(config: Config) -> dict[str, Any]:
    return {"config": config.model_dump(mode="json")}


def random_arrays(contents: Contents, seed: int = 0) -> dict[str, np.ndarray]:
    """Arrays as they might be after some training: moments that are neither 0 nor 1, no two weights alike."""
    draw = np.random.default_rng(seed)
    arrays: dict[str, np.ndarray] = {}
    for name, expected in contents.items():
        if expected.types[0] == "int64":
            arrays[name] = np.full(expected.shape, 7, np.int64)
        elif name.endswith(("variance", "gamma", "velocity")):
            arrays[name] = draw.uniform(0.05, 2.0, expected.shape).astype(np.float32)
        else:
            spread = 1 / np.sqrt(max(1, np.prod(expected.shape[:-1]))) if len(expected.shape) > 1 else 0.3
            arrays[name] = np.asarray(draw.normal(0.0, spread, expected.shape), np.float32)
    return arrays


def random_generator(config: Config, seed: int = 0) -> dict[str, np.ndarray]:
    return random_arrays(generator_contents(config), seed)


def random_state(config: Config, seed: int = 0) -> dict[str, np.ndarray]:
    """A full state, of step 7."""
    return random_arrays(state_contents(config), seed)
