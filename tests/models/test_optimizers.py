"""Facts about the optimisers: fused, and the same as Keras's."""

import keras
import numpy as np
import pytest

from dcgan.config import OptimizerConfig
from dcgan.models.optimizers import build_optimizer


def trained(optimizer: keras.optimizers.Optimizer, steps: int = 5) -> list[np.ndarray]:
    """Two variables, and the optimiser's own, after some steps along fixed gradients."""
    rng = np.random.default_rng(0)
    variables = [keras.Variable(rng.normal(size=shape), dtype="float32") for shape in ((4, 3), (3,))]
    optimizer.build(variables)
    for _ in range(steps):
        optimizer.apply(
            [keras.ops.cast(rng.normal(size=variable.shape), "float32") for variable in variables], variables
        )
    return [variable.numpy() for variable in (*variables, *optimizer.variables)]


@pytest.mark.parametrize(
    ("config", "kerases"),
    [
        (OptimizerConfig(name="rmsprop", learning_rate=0.01), keras.optimizers.RMSprop(0.01)),
        (OptimizerConfig(name="adam", learning_rate=0.01), keras.optimizers.Adam(0.01, beta_1=0.5)),
        # Every field away from its default, so that none can be forgotten.
        (
            OptimizerConfig(name="rmsprop", learning_rate=0.02, rho=0.6, epsilon=0.3),
            keras.optimizers.RMSprop(0.02, rho=0.6, epsilon=0.3),
        ),
        (
            OptimizerConfig(name="adam", learning_rate=0.02, beta_1=0.7, beta_2=0.8, epsilon=0.3),
            keras.optimizers.Adam(0.02, beta_1=0.7, beta_2=0.8, epsilon=0.3),
        ),
    ],
)
def test_weights_and_slots_are_those_of_kerases_optimiser(
    config: OptimizerConfig, kerases: keras.optimizers.Optimizer
) -> None:
    ours, expected = trained(build_optimizer(config, "ours")), trained(kerases)
    assert len(ours) == len(expected)
    for mine, theirs in zip(ours, expected, strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-5, atol=1e-6)


def test_one_step_of_rmsprop_is_the_formula() -> None:
    optimizer = build_optimizer(OptimizerConfig(name="rmsprop", learning_rate=0.1, rho=0.9), "rmsprop")
    variable = keras.Variable([1.0])
    optimizer.build([variable])
    optimizer.apply([keras.ops.convert_to_tensor([2.0])], [variable])
    # v = 0.1 * 2^2 = 0.4; w = 1 - 0.1 * 2 / sqrt(0.4) = 0.68377
    assert variable.numpy() == pytest.approx([0.68377], abs=1e-5)


def test_one_step_of_adam_is_the_formula() -> None:
    optimizer = build_optimizer(OptimizerConfig(name="adam", learning_rate=0.1), "adam")
    variable = keras.Variable([1.0])
    optimizer.build([variable])
    optimizer.apply([keras.ops.convert_to_tensor([2.0])], [variable])
    # At the first step both corrected moments give g / |g|, so the weight moves by the learning rate: 0.9.
    assert variable.numpy() == pytest.approx([0.9], abs=1e-5)
