import numpy as np
import numpy.typing as npt
import pytest
import tensorflow as tf

from benchmarks.notebook import BATCH_SIZE, NotebookGAN, batches
from dcgan.architecture import count_parameters, discriminator_layers, generator_layers
from dcgan.config import build_config


@pytest.fixture(scope="module")
def gan() -> NotebookGAN:
    return NotebookGAN()


def random_images(count: int) -> npt.NDArray[np.float32]:
    return np.random.default_rng(0).uniform(-1, 1, (count, 28, 28, 1)).astype(np.float32)


def test_its_networks_hold_as_many_numbers_as_the_preset(gan: NotebookGAN) -> None:
    config = build_config("notebook")
    assert gan.generator.count_params() == count_parameters(generator_layers(config))
    assert gan.discriminator.count_params() == count_parameters(discriminator_layers(config))


def test_its_settings_are_the_presets(gan: NotebookGAN) -> None:
    config = build_config("notebook")
    assert config.training.batch_size == BATCH_SIZE
    for optimizer in (gan.discriminator.optimizer, gan.stack.optimizer):
        assert type(optimizer).__name__ == "RMSprop"
        assert float(optimizer.learning_rate) == pytest.approx(config.d_optimizer.learning_rate)
        assert optimizer.rho == config.d_optimizer.rho
        assert optimizer.epsilon == config.d_optimizer.epsilon


def test_a_step_changes_both_networks_and_begins_at_chance(gan: NotebookGAN) -> None:
    before = [network.get_weights() for network in (gan.generator, gan.discriminator)]
    d_loss, _ = gan.step(tf.constant(random_images(4)))
    assert d_loss == pytest.approx(np.log(2), abs=0.1)  # a fresh discriminator says about one half to everything
    for network, weights in zip((gan.generator, gan.discriminator), before, strict=True):
        changed = [not np.array_equal(old, new) for old, new in zip(weights, network.get_weights(), strict=True)]
        assert all(changed)


def test_the_generators_update_leaves_the_discriminator_alone(gan: NotebookGAN) -> None:
    before = gan.discriminator.get_weights()
    gan.discriminator.trainable = False
    gan.stack.train_on_batch(tf.random.normal((4, 100)), tf.ones((4, 1)))
    for old, new in zip(before, gan.discriminator.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)


def test_batches_go_on_after_an_epoch_and_drop_what_is_left() -> None:
    images = random_images(2 * BATCH_SIZE + 5)
    stream = batches(images)
    sizes = [len(next(stream)) for _ in range(5)]
    assert sizes == [BATCH_SIZE] * 5
