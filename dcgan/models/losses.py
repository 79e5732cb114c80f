"""GAN losses: pure functions on logits, real = 1 and fake = 0.

Source of both: Goodfellow et al. 2014, section 3. A discriminator's loss comes in its two parts, because a joined batch
weighs them otherwise than two separate ones; their sum is 2 ln 2 = 1.386 where it cannot tell the two apart.
"""

from collections.abc import Callable
from typing import Any

import tensorflow as tf

from dcgan.config import Loss

Tensor = Any  # TensorFlow ships no types


def discriminator_loss(real_logits: Tensor, fake_logits: Tensor) -> tuple[Tensor, Tensor]:
    """Return the real part, mean -log D(x), and the fake part, mean -log(1 - D(G(z))), from logits (N, 1)."""
    return tf.reduce_mean(tf.nn.softplus(-real_logits)), tf.reduce_mean(tf.nn.softplus(fake_logits))


def non_saturating_loss(fake_logits: Tensor) -> Tensor:
    """Return mean -log D(G(z)); 0.693 at chance."""
    return tf.reduce_mean(tf.nn.softplus(-fake_logits))


def minimax_loss(fake_logits: Tensor) -> Tensor:
    """Return mean log(1 - D(G(z))); -0.693 at chance, and nearly flat where the discriminator is sure."""
    return -tf.reduce_mean(tf.nn.softplus(fake_logits))


GENERATOR_LOSSES: dict[Loss, Callable[[Tensor], Tensor]] = {
    "non-saturating": non_saturating_loss,
    "minimax": minimax_loss,
}
