"""Facts about the losses, with numbers worked out by hand."""

import math

import numpy as np
import pytest
import tensorflow as tf

from dcgan.models.losses import discriminator_loss, minimax_loss, non_saturating_loss


def test_at_chance_d_has_twice_ln_two_and_g_ln_two() -> None:
    zeros = tf.zeros((4, 1))
    assert float(sum(discriminator_loss(zeros, zeros))) == pytest.approx(2 * math.log(2))
    assert float(non_saturating_loss(zeros)) == pytest.approx(math.log(2))
    assert float(minimax_loss(zeros)) == pytest.approx(-math.log(2))


def test_losses_at_known_logits() -> None:
    # sigmoid(ln 3) = 3/4 and sigmoid(-ln 3) = 1/4.
    real, fake = tf.constant([[math.log(3)]]), tf.constant([[-math.log(3)]])
    real_part, fake_part = discriminator_loss(real, fake)
    assert float(real_part) == pytest.approx(-math.log(3 / 4))
    assert float(fake_part) == pytest.approx(-math.log(1 - 1 / 4))
    assert float(non_saturating_loss(fake)) == pytest.approx(-math.log(1 / 4))
    assert float(minimax_loss(fake)) == pytest.approx(math.log(1 - 1 / 4))


def test_gradients_at_known_logits() -> None:
    # d/dl of -log sigmoid(l) is sigmoid(l) - 1 = -3/4 at l = -ln 3; of log(1 - sigmoid(l)) it is -sigmoid(l) = -1/4.
    fake = tf.constant([[-math.log(3)]])
    for loss, expected in ((non_saturating_loss, -3 / 4), (minimax_loss, -1 / 4)):
        with tf.GradientTape() as tape:
            tape.watch(fake)
            value = loss(fake)
        assert float(tape.gradient(value, fake)[0, 0]) == pytest.approx(expected)


def test_huge_logits_stay_finite() -> None:
    huge = tf.constant([[1e4], [-1e4]])
    values = [*discriminator_loss(huge, huge), non_saturating_loss(huge), minimax_loss(huge)]
    assert np.isfinite([float(value) for value in values]).all()
