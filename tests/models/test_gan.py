"""Facts about one training step."""

from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from dcgan.config import build_config
from dcgan.latents import latents
from dcgan.models.gan import GAN
from dcgan.presets import PRESETS
from dcgan.training.state import get_state

SMALL = {"generator.base_filters": 4, "discriminator.base_filters": 4, "training.batch_size": 8}


def _images(count: int = 8) -> np.ndarray:
    return np.random.default_rng(0).uniform(-1, 1, (count, 28, 28, 1)).astype(np.float32)


@pytest.mark.parametrize("preset", PRESETS)
def test_a_step_moves_both_networks_and_counts(preset: str) -> None:
    gan = GAN(build_config(preset, SMALL))
    before = get_state(gan)
    metrics = gan.train(_images()[None])
    after = get_state(gan)
    assert metrics.shape == (1, 4)
    assert np.isfinite(metrics).all()
    assert after["step"] == 1
    for part in ("generator", "discriminator"):
        assert any(
            not np.array_equal(before[name], after[name])
            for name in before
            if name.startswith(part) and "kernel" in name
        )


@pytest.mark.parametrize(("gpus", "steps"), [([], 1), (["a GPU"], 20)])
def test_only_a_gpu_takes_several_steps_a_call(gpus: list[str], steps: int, monkeypatch: pytest.MonkeyPatch) -> None:
    gan = GAN(build_config("stable", {**SMALL, "training.steps_per_call": 20}))
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: gpus if kind == "GPU" else ["a CPU"])
    assert gan.steps_per_call == steps


def test_before_training_the_losses_are_near_chance() -> None:
    d_loss, g_loss, d_real, d_fake = GAN(build_config("stable", SMALL)).train(_images()[None])[0]
    assert d_loss == pytest.approx(2 * np.log(2), abs=0.4)
    assert g_loss == pytest.approx(np.log(2), abs=0.3)
    assert 0.3 < d_real < 0.7
    assert 0.3 < d_fake < 0.7


def test_the_notebooks_moments_move_once_a_step_and_other_presets_twice() -> None:
    # Momentum 0.99 from variance 1: after m updates the old 1 still weighs 0.99^m. With the weights kept still
    # (rate 1e-12) and no dropout the batch variance v is nearly the same each time: 1 - (1 - v)(1 - 0.99^m) by formula.
    moved = []
    for frozen in (True, False):
        changes = {
            **SMALL,
            "training.frozen_fakes": frozen,
            "training.batch_size": 512,
            "g_optimizer.learning_rate": 1e-12,
        }
        gan = GAN(build_config("notebook", changes))
        gan.train_step(tf.constant(_images(512)))
        name = next(name for name in get_state(gan) if name.startswith("generator") and "moving_variance" in name)
        moved.append(np.mean(1 - get_state(gan)[name]))
    assert moved[1] / moved[0] == pytest.approx((1 - 0.99**2) / (1 - 0.99), rel=0.05)


def test_a_joined_batch_weighs_each_half_by_one_half() -> None:
    # The gradient of the mean over both halves is half that of the sum of two means; without dropout the discriminator
    # is the same function of each image, so RMSprop's first step sees gradients of ratio 1/2.
    slots = []
    for joined in (True, False):
        changes = {**SMALL, "training.joined_batch": joined, "discriminator.dropout": 0.0}
        gan = GAN(build_config("notebook", changes))
        gan.train_step(tf.constant(_images()))
        slots.append(_velocity(gan))
    np.testing.assert_allclose(slots[0] * 4, slots[1], rtol=1e-3, atol=1e-12)  # velocity holds squares: (1/2)² = 1/4


def _velocity(gan: GAN) -> np.ndarray:
    names = [name for name in get_state(gan) if name.startswith("d_optimizer") and "velocity" in name]
    return get_state(gan)[names[-2]]


class Noted:
    """A network that notes what it is given, and in which mode."""

    def __init__(self, network: Any) -> None:
        self._network, self.calls = network, list[tuple[np.ndarray, bool]]()

    def __call__(self, inputs: Any, training: bool) -> Any:
        self.calls.append((np.asarray(inputs), training))
        return self._network(inputs, training=training)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._network, name)


def _step_noted(preset: str) -> tuple[Noted, Noted]:
    gan = GAN(build_config(preset, SMALL))
    gan.generator, gan.discriminator = Noted(gan.generator), Noted(gan.discriminator)
    gan.train_step(tf.constant(_images()))
    return gan.generator, gan.discriminator


def test_a_step_of_the_notebook_is_the_notebooks() -> None:
    generator, discriminator = _step_noted("notebook")
    # The fakes that D learns from are drawn in inference mode; G's own are drawn in training mode.
    assert [(len(latents), training) for latents, training in generator.calls] == [(8, False), (8, True)]
    # D sees both halves as one batch, fakes first; dropout works in its own update and in G's.
    assert [(len(images), training) for images, training in discriminator.calls] == [(16, True), (8, True)]
    np.testing.assert_array_equal(discriminator.calls[0][0][8:], _images())


def test_a_step_of_another_recipe_judges_reals_and_fakes_apart() -> None:
    generator, discriminator = _step_noted("stable")
    assert [(len(latents), training) for latents, training in generator.calls] == [(8, True), (8, True)]
    assert [(len(images), training) for images, training in discriminator.calls] == [(8, True)] * 3
    np.testing.assert_array_equal(discriminator.calls[0][0], _images())


def test_latents_depend_on_seed_purpose_and_step_alone() -> None:
    gan, images = GAN(build_config("stable", SMALL)), tf.zeros((8, 28, 28, 1))
    first = gan._latents("d_latents", images).numpy()
    assert np.array_equal(first, gan._latents("d_latents", images).numpy())
    assert not np.array_equal(first, gan._latents("g_latents", images).numpy())
    gan.step.assign(1)
    assert not np.array_equal(first, gan._latents("d_latents", images).numpy())


def test_several_steps_in_one_call_are_the_steps_one_by_one() -> None:
    images = _images(24).reshape(3, 8, 28, 28, 1)
    together, apart = GAN(build_config("stable", SMALL)), GAN(build_config("stable", SMALL))
    rows = together.train(images)
    singles = np.concatenate([apart.train(images[index][None]) for index in range(3)])
    np.testing.assert_allclose(rows, singles, rtol=1e-4, atol=1e-5)
    assert int(together.step.numpy()) == int(apart.step.numpy()) == 3


def test_the_average_follows_every_weight_batch_norm_moments_included() -> None:
    # At step 1 the ramp gives decay min(0.999, 2/11): average = 2/11 · start + 9/11 · now.
    gan = GAN(build_config("stable", SMALL))
    start = [weight.numpy() for weight in gan.generator.weights]
    gan.train_step(tf.constant(_images()))
    assert gan.ema_generator is not None
    for old, new, average in zip(start, gan.generator.weights, gan.ema_generator.weights, strict=True):
        np.testing.assert_allclose(average.numpy(), old * 2 / 11 + new.numpy() * 9 / 11, atol=1e-6)
    assert any("moving" in weight.name for weight in gan.ema_generator.weights)


def test_the_generator_that_samples_is_the_average_where_there_is_one() -> None:
    assert GAN(build_config("stable", SMALL)).sampler.name == "ema_generator"
    assert GAN(build_config("notebook", SMALL)).sampler.name == "generator"


def test_samples_and_scores_have_their_ranges_and_do_not_train() -> None:
    gan = GAN(build_config("stable", SMALL))
    before = get_state(gan)
    samples = gan.generate(latents(0, 9, 100))
    scores = gan.score(samples)
    assert samples.shape == (9, 28, 28, 1)
    assert np.abs(samples).max() <= 1
    assert scores.shape == (9,)
    assert ((scores >= 0) & (scores <= 1)).all()
    assert all(np.array_equal(before[name], value) for name, value in get_state(gan).items())


def test_one_class_is_learned_within_some_steps() -> None:
    # The discriminator learns to tell white images from the untrained generator's.
    gan = GAN(build_config("stable", SMALL))
    white = np.ones((1, 8, 28, 28, 1), np.float32)
    rows = np.concatenate([gan.train(white) for _ in range(30)])
    assert rows[-5:, 2].mean() > rows[:5, 2].mean() + 0.1  # D(x)
