"""Facts about the layers that are computed in another way than Keras's: they are the same layers."""

from collections.abc import Callable, Sequence

import keras
import numpy as np
import pytest
import tensorflow as tf

from dcgan.models import layers

Layer = keras.layers.Layer


def outcome(layer: Layer, inputs: np.ndarray, weights: Sequence[np.ndarray], **options: bool) -> list[np.ndarray]:
    """What comes out of a layer, the gradients of a weighted sum of it, and what it holds afterwards."""
    images = tf.constant(inputs, tf.float32)
    layer.set_weights(weights)
    with tf.GradientTape() as tape:
        tape.watch(images)
        outputs = layer(images, **options)
        weighted = tf.reduce_sum(outputs * np.cos(np.arange(tf.size(outputs))).reshape(outputs.shape))
    gradients = tape.gradient(weighted, [images, *(weight.value for weight in layer.trainable_variables)])
    return [part.numpy() for part in (outputs, *gradients)] + layer.get_weights()


def assert_same(ours: Layer, kerases: Layer, shape: tuple[int, ...], **options: bool) -> None:
    rng = np.random.default_rng(0)
    for layer in (ours, kerases):
        layer.build(shape)
    assert [weight.name for weight in ours.weights] == [weight.name for weight in kerases.weights]
    weights = [rng.uniform(0.1, 1.0, weight.shape) for weight in kerases.weights]
    inputs = rng.normal(size=shape)
    pairs = zip(outcome(ours, inputs, weights, **options), outcome(kerases, inputs, weights, **options), strict=True)
    for mine, expected in pairs:
        np.testing.assert_allclose(mine, expected, rtol=2e-4, atol=2e-4)


@pytest.fixture(params=[True, False], ids=["AVX-512", "AVX2"])
def processor(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """A processor of either kind: they compute the same by different means."""
    monkeypatch.setattr(layers, "has_avx512", lambda: request.param)


@pytest.mark.usefixtures("processor")
@pytest.mark.parametrize("filters", [1, 3, 16])
@pytest.mark.parametrize("size", range(2, 8))
def test_a_transposed_convolution_is_the_one_of_keras(size: int, filters: int) -> None:
    pair = (
        kind(filters, size, strides=2, padding="same")
        for kind in (layers.Conv2DTranspose, keras.layers.Conv2DTranspose)
    )
    assert_same(*pair, (2, 7, 7, 5))


@pytest.mark.usefixtures("processor")
@pytest.mark.parametrize("channels", [1, 3, 16])
@pytest.mark.parametrize("size", range(2, 8))
def test_a_convolution_is_the_one_of_keras(size: int, channels: int) -> None:
    pair = (kind(5, size, strides=2, padding="same") for kind in (layers.Conv2D, keras.layers.Conv2D))
    assert_same(*pair, (2, 14, 14, channels))


@pytest.mark.parametrize("training", [True, False])
def test_batch_norm_and_its_averages_are_those_of_keras(training: bool) -> None:
    assert_same(layers.BatchNormalization(), keras.layers.BatchNormalization(), (4, 7, 7, 6), training=training)


@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("size", range(2, 8))
def test_the_phases_hold_every_tap_once(size: int, stride: int) -> None:
    phases = [layers.taps(phase, size, stride)[0] for phase in range(stride)]
    assert sorted(tap for chosen in phases for tap in chosen) == list(range(size))


def test_the_phases_of_the_notebooks_kernel() -> None:
    # "same" pads one pixel before and two after, so the first of two pixels meets two taps, the second three.
    assert layers.taps(0, 5, 2) == ([3, 1], 1, 0)
    assert layers.taps(1, 5, 2) == ([4, 2, 0], 1, 1)


@pytest.mark.parametrize(
    ("avx512", "drawn"), [(True, [("by_subpixels", 4)]), (False, [("by_phases", 5)])], ids=["AVX-512", "AVX2"]
)
def test_a_transposed_convolution_is_drawn_in_the_way_that_is_fastest_there(
    monkeypatch: pytest.MonkeyPatch, avx512: bool, drawn: list[tuple[str, int]]
) -> None:
    seen: list[tuple[str, int]] = []

    def remember(way: str) -> Callable[..., object]:
        draw = getattr(layers, way)

        def drawing(images: object, weights: tf.Tensor, stride: int) -> object:
            seen.append((way, weights.shape[2]))
            return draw(images, weights, stride)

        return drawing

    monkeypatch.setattr(layers, "has_avx512", lambda: avx512)
    for way in ("by_phases", "by_subpixels"):
        monkeypatch.setattr(layers, way, remember(way))
    for number in (4, 5):
        layers.Conv2DTranspose(number, 5, strides=2, padding="same")(tf.ones((1, 3, 3, 2)))
    assert seen == drawn


@pytest.mark.parametrize("wide_vectors", [True, False])
@pytest.mark.parametrize("strides", [1, 2])
def test_an_odd_side_is_convolved_as_keras_does(
    strides: int, wide_vectors: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(layers, "has_avx512", lambda: wide_vectors)
    pair = (kind(5, 5, strides=strides, padding="same") for kind in (layers.Conv2D, keras.layers.Conv2D))
    assert_same(*pair, (2, 7, 7, 3))


@pytest.mark.parametrize("wide_vectors", [True, False])
def test_a_transposed_convolution_of_stride_one_is_the_one_of_keras(
    wide_vectors: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(layers, "has_avx512", lambda: wide_vectors)
    pair = (kind(3, 4, strides=1, padding="same") for kind in (layers.Conv2DTranspose, keras.layers.Conv2DTranspose))
    assert_same(*pair, (2, 7, 7, 5))


def test_a_gpu_computes_as_keras_does(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*arguments: object) -> None:
        raise AssertionError("drawn by phases")

    monkeypatch.setattr(layers, "_has_gpu", lambda: True)
    monkeypatch.setattr(layers, "transposed", never)
    monkeypatch.setattr(layers, "convolved", never)
    pairs = ((layers.Conv2D, keras.layers.Conv2D), (layers.Conv2DTranspose, keras.layers.Conv2DTranspose))
    for pair in pairs:
        assert_same(*(kind(3, 5, strides=2, padding="same") for kind in pair), (2, 4, 4, 5))


def test_dropout_drops_its_share_and_keeps_the_mean() -> None:
    ones = tf.ones((100, 10, 10, 10))
    kept = layers.Dropout(0.3, seed=1)(ones, training=True).numpy()
    # 100,000 draws: the share's standard deviation is sqrt(0.3 * 0.7 / 100,000) = 0.0014.
    assert np.mean(kept == 0) == pytest.approx(0.3, abs=0.006)
    assert np.unique(kept)[1:] == pytest.approx([1 / 0.7], rel=1e-4)


def test_dropout_leaves_alone_what_is_not_trained_on() -> None:
    ones = tf.ones((2, 3))
    assert np.array_equal(layers.Dropout(0.3, seed=1)(ones, training=False), ones)
    assert np.array_equal(layers.Dropout(0.0, seed=1)(ones, training=True), ones)


def test_dropout_draws_anew_at_each_call_and_the_same_from_the_same_seed() -> None:
    ones = tf.ones((3, 5, 7))  # an odd number of activations
    first, again = (layers.Dropout(0.5, seed=4) for _ in range(2))
    draws = [first(ones, training=True).numpy() for _ in range(2)]
    assert not np.array_equal(draws[0], draws[1])
    assert np.array_equal(draws[0], again(ones, training=True))


def test_neighbouring_activations_are_dropped_independently() -> None:
    # Two neighbours share a random word: both dropped with probability 0.25, give or take 0.25 * 0.75 / 50,000.
    pairs = layers.Dropout(0.5, seed=2)(tf.ones((50_000, 2)), training=True).numpy() == 0
    assert np.mean(pairs.all(axis=1)) == pytest.approx(0.25, abs=0.01)


def test_dropout_of_bfloat16_stays_bfloat16() -> None:
    layer = layers.Dropout(0.3, seed=1, dtype=keras.DTypePolicy("mixed_bfloat16"))
    assert layer(tf.ones((4, 4), tf.bfloat16), training=True).dtype == tf.bfloat16
