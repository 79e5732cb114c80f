"""Facts about layer specs, worked out by hand."""

import pytest

from dcgan.architecture import count_parameters, discriminator_layers, generator_layers, weight_shapes
from dcgan.config import build_config
from dcgan.presets import PRESETS


def test_the_notebooks_generator_has_its_layers_shapes_and_parameters() -> None:
    layers = [
        (layer.kind, layer.output_shape, layer.parameters) for layer in generator_layers(build_config("notebook"))
    ]
    assert layers == [
        ("dense", (6272,), 633_472),  # 100 · 6,272 + 6,272
        ("reshape", (7, 7, 128), 0),
        ("batch_norm", (7, 7, 128), 512),  # 4 · 128
        ("conv_transpose", (14, 14, 64), 204_864),  # 5 · 5 · 128 · 64 + 64
        ("activation", (14, 14, 64), 0),
        ("batch_norm", (14, 14, 64), 256),
        ("conv_transpose", (28, 28, 1), 1_601),  # 5 · 5 · 64 + 1
        ("activation", (28, 28, 1), 0),
    ]
    assert count_parameters(generator_layers(build_config("notebook"))) == 840_705


def test_the_notebooks_discriminator_has_its_layers_shapes_and_parameters() -> None:
    layers = discriminator_layers(build_config("notebook"))
    assert [(layer.kind, layer.output_shape, layer.parameters) for layer in layers] == [
        ("conv", (14, 14, 64), 1_664),  # 5 · 5 · 64 + 64
        ("activation", (14, 14, 64), 0),
        ("dropout", (14, 14, 64), 0),
        ("conv", (7, 7, 128), 204_928),  # 5 · 5 · 64 · 128 + 128
        ("activation", (7, 7, 128), 0),
        ("dropout", (7, 7, 128), 0),
        ("flatten", (6272,), 0),
        ("dense", (1,), 6_273),
    ]
    assert count_parameters(layers) == 212_865
    assert {layer.options["slope"] for layer in layers if layer.kind == "activation"} == {0.2}
    assert {layer.options["rate"] for layer in layers if layer.kind == "dropout"} == {0.3}


def test_the_tutorials_generator_has_a_block_that_keeps_the_size() -> None:
    shapes = [
        layer.output_shape for layer in generator_layers(build_config("tutorial")) if layer.kind == "conv_transpose"
    ]
    assert shapes == [(7, 7, 128), (14, 14, 64), (28, 28, 1)]
    assert generator_layers(build_config("tutorial"))[0].parameters == 100 * 12_544  # without bias


def test_every_weight_of_the_notebooks_discriminator_has_its_place_name_and_shape() -> None:
    assert list(weight_shapes(discriminator_layers(build_config("notebook")))) == [
        ("000/kernel", (5, 5, 1, 64)),
        ("001/bias", (64,)),
        ("002/seed_generator_state", (2,)),
        ("003/kernel", (5, 5, 64, 128)),
        ("004/bias", (128,)),
        ("005/seed_generator_state", (2,)),
        ("006/kernel", (6272, 1)),  # 7 · 7 · 128
        ("007/bias", (1,)),
    ]


@pytest.mark.parametrize("preset", PRESETS)
def test_names_are_unique_within_a_network(preset: str) -> None:
    for layers in (generator_layers(build_config(preset)), discriminator_layers(build_config(preset))):
        assert len({layer.name for layer in layers}) == len(layers)


def test_batch_norm_in_d_leaves_its_first_layer_alone() -> None:
    layers = discriminator_layers(build_config("stable", {"discriminator.batch_norm": True}))
    assert [layer.name for layer in layers if layer.kind == "batch_norm"] == ["block_2_norm"]


def test_without_batch_norm_the_generator_has_biases_instead() -> None:
    layers = generator_layers(build_config("stable", {"generator.batch_norm": False}))
    assert all(layer.options["use_bias"] for layer in layers if layer.kind in ("dense", "conv_transpose"))
    assert not any(layer.kind == "batch_norm" for layer in layers)
