import pytest

from benchmarks.flops import flops_per_image, layer_flops, network_flops
from dcgan.architecture import LayerSpec, discriminator_layers, generator_layers
from dcgan.config import build_config


def test_a_dense_layer_multiplies_each_input_with_each_unit() -> None:
    layer = LayerSpec("stem", "dense", (6272,), options={"units": 6272})
    # 2 * 100 * 6272
    assert layer_flops(layer, (100,)) == 1_254_400


def test_a_convolution_is_counted_at_its_output() -> None:
    layer = LayerSpec("block", "conv", (14, 14, 64), options={"kernel_size": 5, "strides": 2})
    # 14 * 14 output pixels, each 5 * 5 * 1 * 64 products: 313,600; twice
    assert layer_flops(layer, (28, 28, 1)) == 627_200


def test_a_transposed_convolution_is_counted_at_its_input() -> None:
    layer = LayerSpec("block", "conv_transpose", (14, 14, 64), options={"kernel_size": 5, "strides": 2})
    # 7 * 7 input pixels, each 5 * 5 * 128 * 64 products: 10,035,200; twice
    assert layer_flops(layer, (7, 7, 128)) == 20_070_400


def test_layers_without_a_kernel_count_nothing() -> None:
    assert layer_flops(LayerSpec("norm", "batch_norm", (7, 7, 128)), (7, 7, 128)) == 0


def test_the_notebooks_networks_cost_what_they_cost_by_hand() -> None:
    config = build_config("notebook")
    generator = network_flops(generator_layers(config), (100,))
    discriminator = network_flops(discriminator_layers(config), (28, 28, 1))
    # Products: dense 100 * 6272, then 49 * 25 * 128 * 64, then 196 * 25 * 64 * 1.
    assert generator.forward == 2 * (627_200 + 10_035_200 + 313_600)
    # 196 * 25 * 1 * 64, then 49 * 25 * 64 * 128, then 6272 * 1.
    assert discriminator.forward == 2 * (313_600 + 10_035_200 + 6_272)
    # Backwards twice the forward pass, without the gradient of the images.
    assert discriminator.backward == 2 * discriminator.forward - 2 * 313_600


def test_a_step_of_the_notebook_costs_251_mflop_an_image() -> None:
    # G: forwards twice and 2 * G - stem backwards; D: 2 forwards and 2 * (2 * D - first) backwards for itself, then
    # one forwards and one backwards for G. 4 * 10,976,000 - 627,200 + 8 * 10,355,072 - 2 * 313,600 = 125,490,176
    # products. With the gradients that nobody needs it would be 253.5 MFLOP.
    assert flops_per_image(build_config("notebook")) == 2 * 125_490_176


@pytest.mark.parametrize("preset", ["tutorial", "stable"])
def test_more_filters_cost_more(preset: str) -> None:
    plain, wide = build_config(preset), build_config(preset, {"discriminator.base_filters": 128})
    assert flops_per_image(wide) > flops_per_image(plain)
