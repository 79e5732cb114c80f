"""Every variable of a GAN as a flat dict of NumPy arrays, and back.

The state is complete: batch-norm moments, dropout seeds, optimiser slots and the step are in it, so that a resumed run
ends with the same bits as one that was never stopped.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from dcgan.models.gan import GAN

Arrays = dict[str, npt.NDArray[Any]]


class StateMismatchError(ValueError):
    """A state of other networks: names the variable that differs."""


def get_state(gan: GAN) -> Arrays:
    """Return copies of all variables by name, such as `generator/003/kernel`."""
    return {name: np.array(variable.numpy()) for name, variable in _variables(gan)}


def set_state(gan: GAN, arrays: Mapping[str, npt.NDArray[Any]]) -> None:
    """Put a state back.

    Raises:
        StateMismatchError: a variable is missing, left over, or of another shape or type; nothing was changed.
    """
    variables = dict(_variables(gan))
    for name in sorted(variables.keys() ^ arrays.keys()):
        place = "not in the checkpoint" if name in variables else "not in the networks"
        raise StateMismatchError(f"{name} is {place}")
    for name, variable in variables.items():
        expected, given = (
            (tuple(variable.shape), np.dtype(variable.dtype_name)),
            (arrays[name].shape, arrays[name].dtype),
        )
        if expected != given:
            raise StateMismatchError(
                f"{name} is {given[1]} {given[0]} in the checkpoint, {expected[1]} {expected[0]} here"
            )
    for name, variable in variables.items():
        variable.assign(arrays[name])


def get_sampler_state(gan: GAN) -> Arrays:
    """Return the weights of the generator that samples, as `generator/003/kernel` whichever it is."""
    return {f"generator/{index:03d}/{weight.name}": np.array(weight.numpy()) for index, weight in _weights(gan.sampler)}


class _Named:
    """A Keras or TensorFlow variable with its type by name."""

    def __init__(self, variable: Any) -> None:
        self._variable = variable
        self.shape = variable.shape
        self.dtype_name = variable.dtype if isinstance(variable.dtype, str) else variable.dtype.name

    def numpy(self) -> npt.NDArray[Any]:
        return np.asarray(self._variable.numpy())

    def assign(self, value: npt.NDArray[Any]) -> None:
        self._variable.assign(value)


def _variables(gan: GAN) -> Iterator[tuple[str, _Named]]:
    """All variables; the index in front makes names unique."""
    parts = {
        "generator": gan.generator,
        "discriminator": gan.discriminator,
        "ema_generator": gan.ema_generator,
        "g_optimizer": gan.g_optimizer,
        "d_optimizer": gan.d_optimizer,
    }
    for part, owner in parts.items():
        if owner is not None:
            for index, variable in _weights(owner):
                yield f"{part}/{index:03d}/{variable.name}", _Named(variable)
    yield "step", _Named(gan.step)


def _weights(owner: Any) -> Iterator[tuple[int, Any]]:
    """A network's or an optimiser's variables in their order; `variables` holds dropout seeds, `weights` does not."""
    return enumerate(owner.variables)
