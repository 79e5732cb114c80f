"""A checkpoint file from anywhere, judged before any network is built of it.

Owns the proof: header, sum, names, types, shapes and finiteness, against the config that the file itself carries.
"""

import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from dcgan.architecture import Shape, discriminator_layers, generator_layers, weight_shapes
from dcgan.config import Config, ConfigError, parse_config
from dcgan.runs.checkpoints import Checkpoint, CheckpointError, from_bytes
from dcgan.runs.errors import RunError

_SLOT = re.compile(r"[gd]_optimizer/[0-9]{3}/[A-Za-z0-9_]{1,80}")
_FLOATS = ("float32", "float16")


class InspectionError(RunError):
    """A checkpoint file that cannot be used."""


def read_checkpoint(content: bytes) -> Checkpoint:
    """Return a checkpoint whose every array is what its own config says.

    Raises:
        InspectionError: it is not; with the name of what is wrong.
    """
    try:
        checkpoint = from_bytes(content)
        config = parse_config(checkpoint.notes.get("config"))
    except (CheckpointError, ConfigError) as error:
        raise _refuse(str(error)[:300]) from None
    expected = _expected(config, full="step" in checkpoint.arrays)
    for name in sorted(expected.keys() - checkpoint.arrays.keys()):
        raise _refuse(f"{name}: it is missing")
    for name, array in checkpoint.arrays.items():
        slot = _SLOT.fullmatch(name) is not None and "step" in checkpoint.arrays
        if name not in expected and not slot:
            raise _refuse(f"{name[:80]}: it does not belong there")
        if not slot and array.shape != expected[name]:
            raise _refuse(f"{name}: {array.shape} instead of {expected[name]}")
        if array.dtype.kind not in "fi" or (array.dtype.kind == "f" and array.dtype.name not in _FLOATS):
            raise _refuse(f"{name}: {array.dtype.name} cannot be used")
        if array.dtype.kind == "f" and not np.isfinite(array).all():
            raise _refuse(f"{name}: not all of its numbers are finite")
    return checkpoint


def _refuse(reason: str) -> InspectionError:
    return InspectionError("bundle-checkpoint", member="", reason=reason)


def _expected(config: Config, full: bool) -> Mapping[str, Shape]:
    """Names and shapes of the networks' variables."""
    networks: dict[str, Any] = {"generator": generator_layers(config)}
    if full:
        networks["discriminator"] = discriminator_layers(config)
        if config.training.ema_decay > 0:
            networks["ema_generator"] = networks["generator"]
    shapes = {f"{net}/{name}": shape for net, layers in networks.items() for name, shape in weight_shapes(layers)}
    return shapes | ({"step": ()} if full else {})
