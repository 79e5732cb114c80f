"""The GAN: two networks, two optimisers, and one training step.

Owns every variable that training changes. Leaves the order of the data, saving and steering to `training`.
"""

from typing import Any

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

from dcgan.config import Config
from dcgan.latents import purpose_seed
from dcgan.models.losses import GENERATOR_LOSSES, discriminator_loss
from dcgan.models.networks import build_discriminator, build_generator
from dcgan.models.optimizers import build_optimizer

Tensor = Any  # TensorFlow ships no types

METRICS = ("d_loss", "g_loss", "d_real", "d_fake")


class GAN:
    """Generator, discriminator, their optimisers, the averaged generator and the step. Not thread-safe."""

    def __init__(self, config: Config) -> None:
        """Build everything anew; initial weights depend on the config's seed alone."""
        self.config = config
        self.generator = build_generator(config)
        self.discriminator = build_discriminator(config)
        self.g_optimizer = build_optimizer(config.g_optimizer, "g_optimizer")
        self.d_optimizer = build_optimizer(config.d_optimizer, "d_optimizer")
        self.g_optimizer.build(self.generator.trainable_variables)
        self.d_optimizer.build(self.discriminator.trainable_variables)
        self.step = tf.Variable(0, dtype=tf.int64, trainable=False, name="step")

        # The averaged generator begins as the generator, batch-norm moments included.
        self.ema_generator: keras.Model | None = None
        if config.training.ema_decay > 0:
            self.ema_generator = build_generator(config, name="ema_generator")
            self.ema_generator.set_weights(self.generator.get_weights())

        self._compiled_step = tf.function(self.train_step, reduce_retracing=True)
        self._compiled_steps = tf.function(self._train_steps, reduce_retracing=True)
        self._compiled_generate = tf.function(lambda latents: self.sampler(latents, training=False))

    @property
    def steps_per_call(self) -> int:
        """Steps in one compiled call: the config's on a GPU; one on a CPU, which must heed whoever steers."""
        return self.config.training.steps_per_call if tf.config.list_physical_devices("GPU") else 1

    @property
    def sampler(self) -> keras.Model:
        """The generator that samples: the averaged one where there is one."""
        return self.generator if self.ema_generator is None else self.ema_generator

    def train(self, real_images: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Take one step a batch, compiled.

        Args:
            real_images: (steps, N, H, W, C) in [-1, 1].

        Returns:
            (steps, 4): the `METRICS` of each step.
        """
        if len(real_images) == 1:
            metrics = self._compiled_step(real_images[0])
            return np.array([[float(metrics[name]) for name in METRICS]], np.float32)
        return np.asarray(self._compiled_steps(real_images).numpy(), np.float32)

    def generate(self, latents: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Return images (N, H, W, C) in [-1, 1] of latents (N, latent_dim), batch norm in inference mode."""
        return np.asarray(self._compiled_generate(latents).numpy(), np.float32)

    def score(self, images: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Return the discriminator's belief (N,) in [0, 1] that images in [-1, 1] are real, without dropout."""
        return np.asarray(tf.sigmoid(self.discriminator(images, training=False)).numpy()[:, 0], np.float32)

    def train_step(self, real_images: Tensor) -> dict[str, Tensor]:
        """Update D once and then G once.

        Args:
            real_images: (N, H, W, C) in [-1, 1].

        Returns:
            `d_loss` (real and fake part added), `g_loss`, `d_real` and `d_fake` (mean sigmoid of the logits).
        """
        settings = self.config.training

        # Update the discriminator on fakes of its own latents.
        fake_images = self.generator(self._latents("d_latents", real_images), training=not settings.frozen_fakes)
        with tf.GradientTape() as tape:
            real_logits, fake_logits = self._judge(real_images, fake_images)
            real_part, fake_part = discriminator_loss(real_logits, fake_logits)
            # A joined batch is one mean over both halves, so each counts half.
            d_loss = (real_part + fake_part) * (0.5 if settings.joined_batch else 1.0)
        _apply(self.d_optimizer, tape, d_loss, self.discriminator.trainable_variables)

        # Update the generator through the updated discriminator, on new latents.
        latents = self._latents("g_latents", real_images)
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch([variable.value for variable in self.generator.trainable_variables])
            images = self.generator(latents, training=True)
            g_loss = GENERATOR_LOSSES[settings.loss](self.discriminator(images, training=True))
        _apply(self.g_optimizer, tape, g_loss, self.generator.trainable_variables)

        self.step.assign_add(1)
        self._average()
        return {
            "d_loss": real_part + fake_part,
            "g_loss": g_loss,
            "d_real": tf.reduce_mean(tf.sigmoid(real_logits)),
            "d_fake": tf.reduce_mean(tf.sigmoid(fake_logits)),
        }

    def _train_steps(self, real_images: Tensor) -> Tensor:
        """One step for each of (steps, N, H, W, C); returns (steps, 4)."""
        steps = tf.shape(real_images)[0]
        rows = tf.TensorArray(tf.float32, size=steps, element_shape=(len(METRICS),))
        for index in tf.range(steps):
            metrics = self.train_step(real_images[index])
            rows = rows.write(index, tf.stack([metrics[name] for name in METRICS]))
        return rows.stack()

    def _judge(self, real_images: Tensor, fake_images: Tensor) -> tuple[Tensor, Tensor]:
        """Logits of both halves, through the discriminator together or apart."""
        if not self.config.training.joined_batch:
            return self.discriminator(real_images, training=True), self.discriminator(fake_images, training=True)
        logits = self.discriminator(tf.concat([fake_images, real_images], axis=0), training=True)
        fake_logits, real_logits = tf.split(logits, 2)
        return real_logits, fake_logits

    def _latents(self, purpose: str, real_images: Tensor) -> Tensor:
        """Latents (N, latent_dim) that depend on the run's seed, the purpose and the step alone."""
        shape = (tf.shape(real_images)[0], self.config.generator.latent_dim)
        seed = tf.stack([tf.constant(purpose_seed(self.config.training.seed, purpose), tf.int64), self.step])
        return tf.random.stateless_normal(shape, seed=seed, alg="philox")

    def _average(self) -> None:
        """Move the averaged generator, batch-norm moments included, towards the generator."""
        if self.ema_generator is None:
            return
        # The ramp lets the average forget the first, untrained steps.
        step = tf.cast(self.step, tf.float32)
        decay = tf.minimum(self.config.training.ema_decay, (1.0 + step) / (10.0 + step))
        for average, weight in zip(self.ema_generator.weights, self.generator.weights, strict=True):
            average.assign(average.value * decay + weight.value * (1.0 - decay))


def _apply(optimizer: keras.optimizers.Optimizer, tape: tf.GradientTape, loss: Tensor, variables: list[Any]) -> None:
    """One update of some variables."""
    optimizer.apply(tape.gradient(loss, [variable.value for variable in variables]), variables)
