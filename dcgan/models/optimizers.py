"""The optimisers that a config describes, each update in one pass over the weights.

Owns the two optimisers. Their arithmetic, variables and names are Keras's own; Keras makes eight passes over each
weight where TensorFlow's fused kernels make one.
"""

from typing import Any

import keras
import tensorflow as tf

from dcgan.config import OptimizerConfig

Tensor = Any  # TensorFlow ships no types


def build_optimizer(config: OptimizerConfig, name: str) -> keras.optimizers.Optimizer:
    """Return the optimiser that a config describes."""
    if config.name == "rmsprop":
        return RMSprop(config.learning_rate, rho=config.rho, epsilon=config.epsilon, name=name)
    return Adam(config.learning_rate, beta_1=config.beta_1, beta_2=config.beta_2, epsilon=config.epsilon, name=name)


class RMSprop(keras.optimizers.RMSprop):
    """`keras.optimizers.RMSprop` without momentum: v = rho v + (1 - rho) g^2, w -= rate g / sqrt(v + epsilon)."""

    def build(self, variables: list[Any]) -> None:
        """Make the slots; the kernel wants one for momentum, too, which is written and never counts."""
        super().build(variables)
        self._steps = [tf.Variable(tf.zeros(variable.shape), trainable=False) for variable in variables]

    def update_step(self, gradient: Tensor, variable: Any, learning_rate: Tensor) -> None:
        """Move one variable."""
        index = self._get_variable_index(variable)
        tf.raw_ops.ResourceApplyRMSProp(
            var=variable.handle, ms=self._velocities[index].value.handle, mom=self._steps[index].handle,
            lr=tf.cast(learning_rate, tf.float32), rho=self.rho, momentum=0.0, epsilon=self.epsilon, grad=gradient,
        )  # fmt: skip


class Adam(keras.optimizers.Adam):
    """`keras.optimizers.Adam`; Kingma and Ba 2015, the efficient form at the end of section 2."""

    def update_step(self, gradient: Tensor, variable: Any, learning_rate: Tensor) -> None:
        """Move one variable."""
        index, step = self._get_variable_index(variable), tf.cast(self.iterations + 1, tf.float32)
        tf.raw_ops.ResourceApplyAdam(
            var=variable.handle, m=self._momentums[index].value.handle, v=self._velocities[index].value.handle,
            beta1_power=tf.pow(self.beta_1, step), beta2_power=tf.pow(self.beta_2, step),
            lr=tf.cast(learning_rate, tf.float32), beta1=self.beta_1, beta2=self.beta_2, epsilon=self.epsilon,
            grad=gradient,
        )  # fmt: skip
