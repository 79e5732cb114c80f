"""A checkpoint from a stranger: hostile until everything in it has been looked at.

Owns the order of the looks: size, header, config, names, shapes and types, and only then the arrays, their sum and
their numbers. Nothing in the file is executed, no network is built, and no more memory is taken than the file has
bytes. Leaves the file format to `header`, and what belongs in a checkpoint to `contents`.
"""

import io
import json
import os
import re
from collections.abc import Mapping
from math import prod
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from dcgan.architecture import count_parameters, discriminator_layers, generator_layers
from dcgan.config import Config, ConfigError, parse_config
from dcgan.runs.checkpoints import Arrays, Checkpoint, sum_arrays
from dcgan.runs.contents import Contents, generator_contents, state_contents
from dcgan.runs.errors import RefusedCheckpointError
from dcgan.runs.header import Entry, Header, read_header

MAX_PARAMETERS = 16_000_000  # of both networks together; the presets have about a million
BYTES_PER_PARAMETER = 4 * 4  # the weight, its average, two numbers of an optimiser, all in float32
MAX_STEP = 10**12
FORMAT = "1"


def read_checkpoint(content: bytes | Path, *, most_parameters: int = MAX_PARAMETERS) -> Checkpoint:
    """Return a checkpoint from anywhere: a generator alone, or a full state.

    Its arrays are exactly those of its config, in their shapes and types, finite, and match their sum; they cannot be
    written to. `notes["config"]` is valid. A generator may be in float16.

    Args:
        content: the file's bytes, or where it is.
        most_parameters: of both networks together; more for networks that this machine has trained itself.

    Raises:
        RefusedCheckpointError: a sentence with a code on the first thing that is wrong.
        OSError: the path cannot be read.
    """
    if isinstance(content, Path):
        with content.open("rb") as file:
            return _read(file, os.fstat(file.fileno()).st_size, most_parameters)
    return _read(io.BytesIO(content), len(content), most_parameters, content)


def checkpoint_config(checkpoint: Checkpoint) -> Config:
    """Return the config of a checkpoint that `read_checkpoint` has returned."""
    return parse_config(checkpoint.notes["config"])


def _read(file: BinaryIO, size: int, most_parameters: int, content: bytes | None = None) -> Checkpoint:
    """Look at a file of `size` bytes; where its `content` is in memory already, the arrays look into that."""
    most_bytes = BYTES_PER_PARAMETER * most_parameters + 1_000_000
    if size > most_bytes:
        raise RefusedCheckpointError("checkpoint-size", given=size // 10**6, allowed=most_bytes // 10**6)
    header = read_header(file, size)
    step, notes, sha256 = _read_metadata(header.metadata)
    config = _read_config(notes, most_parameters)
    is_state = any(not name.startswith("generator/") for name in header.entries)
    _compare(header.entries, state_contents(config) if is_state else generator_contents(config))

    body = file.read(header.body_bytes) if content is None else memoryview(content)[size - header.body_bytes :]
    arrays = _to_arrays(body, header)
    if sum_arrays(arrays) != sha256:
        raise RefusedCheckpointError("checkpoint-sum")
    _require_sane(arrays, step)
    return Checkpoint(step, arrays, notes, sha256)


def _read_metadata(metadata: Mapping[str, str]) -> tuple[int, dict[str, Any], str]:
    """Step, notes and sum; each of them bounded by the header's own bound."""
    if metadata.get("format") != FORMAT:
        raise RefusedCheckpointError("checkpoint-metadata", name="format")
    if not re.fullmatch(r"[0-9]{1,13}", metadata.get("step", "")) or int(metadata["step"]) > MAX_STEP:
        raise RefusedCheckpointError("checkpoint-metadata", name="step")
    if not re.fullmatch(r"[0-9a-f]{64}", metadata.get("sha256", "")):
        raise RefusedCheckpointError("checkpoint-metadata", name="sha256")
    try:
        notes = json.loads(metadata.get("notes", ""))
    except (ValueError, RecursionError):
        notes = None
    if not isinstance(notes, dict):
        raise RefusedCheckpointError("checkpoint-metadata", name="notes")
    return int(metadata["step"]), notes, metadata["sha256"]


def _read_config(notes: Mapping[str, Any], most_parameters: int) -> Config:
    """The config, whose networks also may not be larger than a shared server bears."""
    if "config" not in notes:
        raise RefusedCheckpointError("checkpoint-metadata", name="config")
    try:
        config = parse_config(notes["config"])
    except ConfigError as error:
        named = {"field": error.field[:80], "value": str(error.value)[:80], "allowed": error.allowed}
        raise RefusedCheckpointError("checkpoint-config", **named) from None
    except RecursionError:
        raise RefusedCheckpointError("checkpoint-metadata", name="config") from None
    given = count_parameters(generator_layers(config)) + count_parameters(discriminator_layers(config))
    if given > most_parameters:
        raise RefusedCheckpointError("checkpoint-parameters", given=given, allowed=most_parameters)
    return config


def _compare(entries: Mapping[str, Entry], contents: Contents) -> None:
    """Refuse what is left over, missing, or of another shape or type than the config says."""
    for name in sorted(entries.keys() - contents.keys()):
        raise RefusedCheckpointError("checkpoint-extra", name=name)
    for name, expected in contents.items():
        if name not in entries:
            raise RefusedCheckpointError("checkpoint-missing", name=name)
        given = entries[name]
        if given.shape != expected.shape:
            shapes = {"given": _to_text(given.shape), "expected": _to_text(expected.shape)}
            raise RefusedCheckpointError("checkpoint-shape", name=name, **shapes)
        if given.type not in expected.types:
            allowed = ", ".join(expected.types)
            raise RefusedCheckpointError("checkpoint-type", name=name, given=given.type, allowed=allowed)


def _to_arrays(body: bytes | memoryview, header: Header) -> Arrays:
    """The arrays, all looking into one block of bytes."""
    if len(body) != header.body_bytes:  # it was cut while we read
        raise RefusedCheckpointError("checkpoint-torn", given=len(body), expected=header.body_bytes)
    return {
        name: np.frombuffer(body, entry.type, prod(entry.shape), entry.begin).reshape(entry.shape)
        for name, entry in header.entries.items()
    }


def _require_sane(arrays: Arrays, step: int) -> None:
    """Refuse numbers that are none, spreads below zero, and a step other than the one that is noted."""
    for name, array in arrays.items():
        if array.dtype.kind == "f" and not np.isfinite(array).all():
            raise RefusedCheckpointError("checkpoint-not-finite", name=name)
        if name.endswith("/moving_variance") and (array < 0).any():
            raise RefusedCheckpointError("checkpoint-negative", name=name)
    if "step" in arrays and int(arrays["step"]) != step:
        raise RefusedCheckpointError("checkpoint-metadata", name="step")


def _to_text(shape: tuple[int, ...]) -> str:
    """A shape as a person writes it: 100 × 6272; () is a single number."""
    return " × ".join(str(side) for side in shape) or "()"
