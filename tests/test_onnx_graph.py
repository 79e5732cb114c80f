"""Facts about the ONNX models: they compute what Keras computes, for everything that a config can say."""

import json
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import onnx
import onnxruntime as ort
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from dcgan.architecture import generator_layers, weight_shapes
from dcgan.config import Config, build_config
from dcgan.latents import latents
from dcgan.models.networks import build_discriminator, build_generator
from dcgan.onnx_graph import discriminator_onnx, generator_onnx
from dcgan.presets import PRESETS
from fake_checkpoints import random_generator, small_config

TOLERANCE = 1e-5
IMAGES = np.random.default_rng(5).uniform(-1, 1, (64, 28, 28, 1)).astype(np.float32)


def as_if_trained(network: keras.Model) -> dict[str, np.ndarray]:
    """Move every weight that begins at 0 or 1, and return all by name: else wrong moments or biases go unseen."""
    draw = np.random.default_rng(3)
    for variable in network.variables:
        if variable.name in ("gamma", "moving_variance"):
            variable.assign(draw.uniform(0.01, 2.0, variable.shape))
        elif variable.name in ("beta", "moving_mean", "bias"):
            variable.assign(draw.normal(0.0, 0.3, variable.shape))
    return {f"{i:03d}/{variable.name}": variable.numpy() for i, variable in enumerate(network.variables)}


def run(model: bytes, array: np.ndarray) -> np.ndarray:
    session = ort.InferenceSession(model, providers=["CPUExecutionProvider"])
    (output,) = session.run(None, {session.get_inputs()[0].name: array})
    return np.asarray(output)


def require_equal(model: bytes, network: keras.Model, array: np.ndarray) -> None:
    drawn = run(model, array)
    wanted = network(array, training=False).numpy()
    assert drawn.dtype == np.float32 and drawn.shape == wanted.shape
    assert len(array) == 1 or wanted.std(axis=0).max() > 10 * TOLERANCE  # or else nothing has been compared
    np.testing.assert_allclose(drawn, wanted, atol=TOLERANCE, rtol=TOLERANCE)


@pytest.mark.parametrize("preset", PRESETS)
def test_onnx_equals_keras_for_every_preset_at_every_batch(preset: str) -> None:
    config = build_config(preset)
    generator, discriminator = build_generator(config), build_discriminator(config)
    drawing = generator_onnx(config, as_if_trained(generator))
    judging = discriminator_onnx(config, as_if_trained(discriminator))
    for batch in (1, 7, 64):
        require_equal(drawing, generator, latents(batch, batch, config.generator.latent_dim))
        require_equal(judging, discriminator, IMAGES[:batch])


configs = st.builds(
    lambda preset, **fields: build_config(preset, {name.replace("__", "."): value for name, value in fields.items()}),
    st.sampled_from(sorted(PRESETS)),
    generator__latent_dim=st.integers(1, 20),
    generator__base_filters=st.integers(4, 9),
    generator__kernel_size=st.integers(2, 7),
    generator__stem_blocks=st.integers(0, 2),
    generator__block_order=st.sampled_from(["norm-first", "activation-first"]),
    generator__activation=st.sampled_from(["relu", "leaky_relu", "selu"]),
    generator__batch_norm=st.booleans(),
    discriminator__base_filters=st.integers(4, 9),
    discriminator__kernel_size=st.integers(2, 7),
    discriminator__leaky_slope=st.floats(0.0, 1.0, width=32),
    discriminator__dropout=st.sampled_from([0.0, 0.3]),
    discriminator__batch_norm=st.booleans(),
)


@settings(max_examples=40)
@given(configs)
def test_onnx_equals_keras_for_whatever_a_config_says(config: Config) -> None:
    generator, discriminator = build_generator(config), build_discriminator(config)
    drawing = generator_onnx(config, as_if_trained(generator))
    judging = discriminator_onnx(config, as_if_trained(discriminator))
    onnx.checker.check_model(drawing, full_check=True)
    onnx.checker.check_model(judging, full_check=True)
    seven = latents(7, 7, config.generator.latent_dim)
    assume(generator(seven, training=False).numpy().std(axis=0).max() > 10 * TOLERANCE)  # not all units dead
    assume(discriminator(IMAGES[:7], training=False).numpy().std() > 10 * TOLERANCE)
    for batch in (1, 7):
        require_equal(drawing, generator, seven[:batch])
        require_equal(judging, discriminator, IMAGES[:batch])


@pytest.mark.parametrize("kernel_size", range(2, 8))
def test_every_kernel_size_is_cut_as_keras_cuts_it(kernel_size: int) -> None:
    sizes = {"generator.kernel_size": kernel_size, "discriminator.kernel_size": kernel_size, "generator.stem_blocks": 1}
    config = small_config(**sizes)
    generator, discriminator = build_generator(config), build_discriminator(config)
    require_equal(generator_onnx(config, as_if_trained(generator)), generator, latents(0, 7, 8))
    require_equal(discriminator_onnx(config, as_if_trained(discriminator)), discriminator, IMAGES[:7])


def test_a_run_in_bfloat16_is_drawn_in_float32() -> None:
    config = small_config(**{"training.precision": "bfloat16"})
    generator = build_generator(small_config())
    arrays = as_if_trained(generator)
    require_equal(generator_onnx(config, arrays), generator, latents(0, 7, 8))


def test_half_precision_weights_are_widened_first() -> None:
    config = small_config()
    halved = {name: array.astype(np.float16) for name, array in _weights(config).items()}
    widened = {name: array.astype(np.float32) for name, array in halved.items()}
    assert generator_onnx(config, halved) == generator_onnx(config, widened)


def test_the_model_says_what_it_is() -> None:
    config = small_config("notebook")
    model = onnx.load_from_string(generator_onnx(config, _weights(config), step=500))
    facts = {prop.key: prop.value for prop in model.metadata_props}
    assert (facts["format"], facts["network"], facts["step"]) == ("1", "generator", "500")
    assert json.loads(facts["config"]) == config.model_dump(mode="json")
    assert [opset.version for opset in model.opset_import] == [17]
    assert model.producer_name == "dcgan-studio"


@pytest.mark.parametrize(("batch", "first"), [(None, "N"), (3, 3)])
def test_the_batch_is_any_or_the_one_that_was_asked_for(batch: int | None, first: str | int) -> None:
    config = small_config()
    model = generator_onnx(config, _weights(config), batch=batch)
    onnx.checker.check_model(model, full_check=True)
    session = ort.InferenceSession(model, providers=["CPUExecutionProvider"])
    assert session.get_inputs()[0].shape == [first, 8] and session.get_inputs()[0].name == "latents"
    assert session.get_outputs()[0].shape == [first, 28, 28, 1] and session.get_outputs()[0].name == "images"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda arrays: arrays.pop("005/kernel"), r"005/kernel is missing; it should be \(4, 4, 4, 8\)"),
        (lambda arrays: arrays.update({"000/kernel": np.zeros((8, 7))}), r"000/kernel is \(8, 7\); it should be"),
    ],
)
def test_weights_that_do_not_fit_are_named(change: Callable[[dict[str, Any]], object], sentence: str) -> None:
    arrays = _weights(small_config())
    change(arrays)
    with pytest.raises(ValueError, match=sentence):
        generator_onnx(small_config(), arrays)


def _weights(config: Config) -> dict[str, np.ndarray]:
    arrays = {name.removeprefix("generator/"): array for name, array in random_generator(config).items()}
    assert list(arrays) == [name for name, _ in weight_shapes(generator_layers(config))]
    return arrays
