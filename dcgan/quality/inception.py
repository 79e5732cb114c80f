"""The 2015-12-05 Inception network: images to the features that FID and KID are measured on.

Owns the network in Keras and how an image enters it. Leaves its weights to `inception_weights`, and keeping features to
`features`. The only file of this folder that may import TensorFlow: whoever needs it is a process of its own.
"""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from dcgan.quality.features import FID_SIZE, Cancelled, Progress, network_sum
from dcgan.quality.inception_layout import BLOCKS, Conv, Pool, Step, conv_name, convs_of
from dcgan.quality.inception_weights import EPSILON, PARTS, Weights, load_weights, sum_weights

BATCH_SIZE = 25  # 140 MB for the largest step at 299 px, and a look at `is_cancelled` every few seconds


class Inception:
    """Not thread-safe.

    Attributes:
        image_size: pixels that images are resized to: 299 for FID, which is defined by it; 75, the fewest that pass
            through the network, for a KID in a twentieth of the time, on a scale of its own.
        sha256: of weights and image size together: what features are cached by.
    """

    def __init__(self, weights: Weights, image_size: int = FID_SIZE) -> None:
        """Build the network.

        Args:
            weights: as `inception_weights.load_weights` returns them.
            image_size: 75 to 299.

        Raises:
            ValueError: another size.
        """
        self.image_size = image_size
        self.sha256 = network_sum(sum_weights(weights), image_size)
        self._model = build_inception(weights, image_size)
        signature = [tf.TensorSpec((None, None, None, 3), tf.uint8)]
        self._run = tf.function(self._enter, input_signature=signature)

    def extract(
        self,
        images: NDArray[np.uint8],
        progress: Progress | None = None,
        is_cancelled: Callable[[], bool] | None = None,
    ) -> NDArray[np.float32]:
        """Return features float32 (N, 2048); about 0.12 s an image on one core at 299 px, 0.006 s at 75.

        Args:
            images: uint8 (N, H, W, 1 or 3), N at least 1; grey ones are taken as three equal channels.
            progress: called with images done and images in all.
            is_cancelled: asked before each batch of 25.

        Raises:
            Cancelled: it was.
            ValueError: images of another type or shape.
        """
        if images.dtype != np.uint8 or images.ndim != 4 or images.shape[3] not in (1, 3) or not len(images):
            raise ValueError(
                f"Images must be uint8 (N, H, W, 1 or 3) with N at least 1, not {images.dtype} {images.shape}."
            )
        features = []
        for start in range(0, len(images), BATCH_SIZE):
            if is_cancelled is not None and is_cancelled():
                raise Cancelled(f"Cancelled after {start:,} of {len(images):,} images.")
            part = images[start : start + BATCH_SIZE]
            coloured = np.broadcast_to(part, (*part.shape[:3], 3))
            features.append(self._run(tf.constant(coloured)).numpy())
            if progress is not None:
                progress(start + len(part), len(images))
        return np.concatenate(features)

    def _enter(self, images: tf.Tensor) -> tf.Tensor:
        return self._model(to_input(images, self.image_size), training=False)


def to_input(images: tf.Tensor, image_size: int) -> tf.Tensor:
    """Return images uint8 (N, H, W, C) resized and scaled as the graph does: float32 (N, size, size, C) in [-1, 1)."""
    # Corners of pixels fall on corners (no half-pixel centres), without antialiasing: TensorFlow's way of 2015.
    resized = tf.raw_ops.ResizeBilinear(
        images=tf.cast(images, tf.float32), size=[image_size, image_size], align_corners=False, half_pixel_centers=False
    )
    return (resized - 128) / 128


def load_inception(image_size: int = FID_SIZE) -> Inception:
    """Return the network with its weights from the cache; a second or two.

    Raises:
        WeightsError: they are not installed, or damaged.
    """
    return Inception(load_weights(), image_size)


def build_inception(weights: Weights, image_size: int) -> keras.Model:
    """Return the network: float32 (N, image_size, image_size, 3) in [-1, 1) to features (N, 2048).

    Batch normalization is folded into kernel and bias, in float64.

    Args:
        weights: as in `Inception`.
        image_size: as in `Inception`.

    Raises:
        ValueError: another size.
    """
    if not 75 <= image_size <= FID_SIZE:
        raise ValueError(f"image_size = {image_size} is not between 75 and {FID_SIZE}.")
    inputs = values = keras.Input((image_size, image_size, 3), name="images")
    for number, block in enumerate(BLOCKS):
        ends = []
        for place, branch in enumerate(block):
            end = values
            for step, what in enumerate(branch):
                end = _add_step(end, what, (number, place, step), weights)
            ends.append(end)
        values = _join(ends)
    return keras.Model(inputs, keras.layers.GlobalAveragePooling2D(name="features")(values), name="inception")


def fold(weights: Weights, name: str) -> list[NDArray[np.float32]]:
    """Return kernel and bias that do what a convolution and its batch normalization do."""
    kernel, beta, mean, variance = (weights[f"{name}/{part}"].astype(np.float64) for part in PARTS)
    scale = 1 / np.sqrt(variance + EPSILON)
    return [(kernel * scale).astype(np.float32), (beta - mean * scale).astype(np.float32)]


def _add_step(values: Any, step: Step, place: tuple[int, int, int], weights: Weights) -> Any:
    if isinstance(step, Pool):
        pool = keras.layers.MaxPooling2D if step.kind == "max" else keras.layers.AveragePooling2D
        return pool(3, step.stride, "same" if step.stride == 1 else "valid")(values)
    convs = enumerate(convs_of(step))
    return _join([_add_conv(values, conv, conv_name(*place, part), weights) for part, conv in convs])


def _add_conv(values: Any, conv: Conv, name: str, weights: Weights) -> Any:
    layer = keras.layers.Conv2D(
        conv.filters, (conv.height, conv.width), conv.stride, "same" if conv.is_padded else "valid",
        activation="relu", kernel_initializer="zeros", name=name,
    )  # fmt: skip
    outputs = layer(values)
    layer.set_weights(fold(weights, name))
    return outputs


def _join(values: list[Any]) -> Any:
    return keras.layers.Concatenate()(values) if len(values) > 1 else values[0]
