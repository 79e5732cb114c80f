"""Facts about the Keras networks."""

import keras
import numpy as np
import pytest

from dcgan.architecture import discriminator_layers, generator_layers, weight_shapes
from dcgan.config import build_config
from dcgan.latents import latents
from dcgan.models.networks import build_discriminator, build_generator
from dcgan.presets import PRESETS


@pytest.mark.parametrize("preset", PRESETS)
def test_keras_agrees_with_the_specs_layer_by_layer(preset: str) -> None:
    config = build_config(preset)
    pairs = (
        (build_generator(config), generator_layers(config)),
        (build_discriminator(config), discriminator_layers(config)),
    )
    for network, specs in pairs:
        assert [layer.name for layer in network.layers] == [spec.name for spec in specs]
        assert [layer.output.shape[1:] for layer in network.layers] == [spec.output_shape for spec in specs]
        assert [layer.count_params() for layer in network.layers] == [spec.parameters for spec in specs]


CHANGES = [
    {},
    {"discriminator.batch_norm": True},
    {"discriminator.dropout": 0.0},  # without a rate there is no random state
    {"generator.batch_norm": False, "generator.stem_blocks": 2},
]


@pytest.mark.parametrize("changes", CHANGES, ids=str)
@pytest.mark.parametrize("preset", PRESETS)
def test_keras_keeps_the_variables_that_the_specs_say_in_their_order(preset: str, changes: dict[str, object]) -> None:
    config = build_config(preset, changes)
    pairs = (
        (build_generator(config), generator_layers(config)),
        (build_discriminator(config), discriminator_layers(config)),
    )
    for network, specs in pairs:
        variables = [(f"{i:03d}/{weight.name}", tuple(weight.shape)) for i, weight in enumerate(network.variables)]
        assert variables == list(weight_shapes(specs))


def test_the_notebooks_networks_have_its_parameter_counts() -> None:
    config = build_config("notebook")
    assert build_generator(config).count_params() == 840_705
    assert build_discriminator(config).count_params() == 212_865


def test_the_same_seed_gives_the_same_weights_and_another_seed_others() -> None:
    first, same = (build_generator(build_config("stable")).get_weights() for _ in range(2))
    other = build_generator(build_config("stable", {"training.seed": 1})).get_weights()
    assert all(np.array_equal(a, b) for a, b in zip(first, same, strict=True))
    assert not np.array_equal(first[0], other[0])


def test_two_layers_never_begin_with_the_same_numbers() -> None:
    kernels = [
        weight.flatten()[:8] for weight in build_discriminator(build_config("stable")).get_weights() if weight.ndim > 1
    ]
    assert len({kernel.tobytes() for kernel in kernels}) == len(kernels) == 3


@pytest.mark.parametrize("count", [2, 64])
def test_the_same_latents_give_the_same_image_whatever_the_batch(count: int) -> None:
    generator = build_generator(build_config("notebook"))
    many = latents(7, count, 100)
    alone = generator(many[:1], training=False).numpy()
    np.testing.assert_allclose(generator(many, training=False).numpy()[:1], alone, atol=1e-6)


def test_bfloat16_keeps_weights_and_both_ends_in_float32() -> None:
    config = build_config("stable", {"training.precision": "bfloat16"})
    generator, discriminator = build_generator(config), build_discriminator(config)
    assert {weight.dtype for weight in generator.weights + discriminator.weights} == {"float32"}
    assert generator.layers[0].compute_dtype == "bfloat16"
    assert generator.get_layer("image").compute_dtype == "float32"
    assert discriminator.get_layer("logit").compute_dtype == "float32"
    assert generator(latents(0, 2, 100), training=False).dtype == "float32"


def test_the_global_precision_is_never_changed() -> None:
    build_generator(build_config("stable", {"training.precision": "bfloat16"}))
    assert keras.config.dtype_policy().name == "float32"
