"""The loop of the notebook that the `notebook` preset comes from, as it is written there, on today's Keras.

The baseline of `benchmarks.training`: two compiled models that share the discriminator, `train_on_batch` twice a step,
`trainable` switched in between, and eager drawing of the fakes. Nothing of ours is in it but the images.

`python -m benchmarks.notebook SECONDS WARM_UP` measures it and prints one JSON line.
"""

import json
import sys
import time
from collections.abc import Iterator
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

from dcgan.data.datasets import load_dataset
from dcgan.data.images import to_float

Tensor = Any  # TensorFlow ships no types

LATENT_DIM = 100
BATCH_SIZE = 32
SHUFFLE_BUFFER = 1000


class NotebookGAN:
    """Both networks, compiled as in the notebook. Not thread-safe."""

    def __init__(self) -> None:
        """Build and compile; the stack is compiled while the discriminator is frozen."""
        self.generator = build_generator()
        self.discriminator = build_discriminator()
        self.discriminator.compile(loss="binary_crossentropy", optimizer="rmsprop")
        self.discriminator.trainable = False
        self.stack = keras.Sequential([self.generator, self.discriminator])
        self.stack.compile(loss="binary_crossentropy", optimizer="rmsprop")

    def step(self, real_images: Tensor) -> tuple[float, float]:
        """Update D and then G once; real_images (N, 28, 28, 1) in [-1, 1].

        Returns:
            The losses of both as `train_on_batch` gives them: means over all steps so far.
        """
        count = len(real_images)

        # The discriminator, on fakes (0) joined with real images (1); called outside a fit, the generator infers.
        fake_images = self.generator(tf.random.normal((count, LATENT_DIM)))
        images = tf.concat([fake_images, real_images], axis=0)
        labels = tf.constant([[0.0]] * count + [[1.0]] * count)
        self.discriminator.trainable = True
        d_loss = self.discriminator.train_on_batch(images, labels)

        # The generator, through the frozen discriminator.
        self.discriminator.trainable = False
        g_loss = self.stack.train_on_batch(tf.random.normal((count, LATENT_DIM)), tf.constant([[1.0]] * count))
        return float(d_loss), float(g_loss)


def build_generator() -> keras.Model:
    """Return the notebook's generator: latents (N, 100) to images (N, 28, 28, 1)."""
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((LATENT_DIM,)),
            layers.Dense(7 * 7 * 128),
            layers.Reshape((7, 7, 128)),
            layers.BatchNormalization(),
            layers.Conv2DTranspose(64, 5, strides=2, padding="same", activation="selu"),
            layers.BatchNormalization(),
            layers.Conv2DTranspose(1, 5, strides=2, padding="same", activation="tanh"),
        ]
    )


def build_discriminator() -> keras.Model:
    """Return the notebook's discriminator: images (N, 28, 28, 1) to the probability (N, 1) that they are real."""
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(64, 5, strides=2, padding="same"),
            layers.LeakyReLU(0.2),
            layers.Dropout(0.3),
            layers.Conv2D(128, 5, strides=2, padding="same"),
            layers.LeakyReLU(0.2),
            layers.Dropout(0.3),
            layers.Flatten(),
            layers.Dense(1, activation="sigmoid"),
        ]
    )


def batches(images: npt.NDArray[np.float32]) -> Iterator[Tensor]:
    """Yield batches of float32 images without end, epoch after epoch, as the notebook's `tf.data` pipeline does."""
    dataset = tf.data.Dataset.from_tensor_slices(images).shuffle(SHUFFLE_BUFFER)
    dataset = dataset.batch(BATCH_SIZE, drop_remainder=True).prefetch(1)
    while True:
        yield from dataset


def measure(seconds: float, warm_up: float) -> dict[str, Any]:
    """Train for `warm_up` seconds after the first step, then count steps for `seconds`.

    Returns:
        `images_per_second`, and the `steps` and `seconds` that it was counted over.
    """
    data = load_dataset("fashion-mnist")
    gan, stream = NotebookGAN(), batches(to_float(data.images))
    gan.step(next(stream))  # traces
    _train_for(warm_up, gan, stream)
    steps, elapsed = _train_for(seconds, gan, stream)
    return {"images_per_second": steps * BATCH_SIZE / elapsed, "steps": steps, "seconds": elapsed}


def _train_for(seconds: float, gan: NotebookGAN, stream: Iterator[Tensor]) -> tuple[int, float]:
    """Take steps until the time is over; returns their number and the exact time."""
    start, steps = time.perf_counter(), 0
    while (elapsed := time.perf_counter() - start) < seconds:
        gan.step(next(stream))
        steps += 1
    return steps, elapsed


if __name__ == "__main__":
    print(json.dumps(measure(float(sys.argv[1]), float(sys.argv[2]))))
