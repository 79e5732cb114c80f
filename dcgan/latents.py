"""Latents and seeds: random numbers that stay the same for ever.

A seed names a picture in a link, a gallery and a paper, so the stream behind it must never change. NumPy promises that
for `RandomState` alone (NEP 19: its streams are frozen, while `default_rng` may get better ones). The normal numbers
are drawn in float64 and rounded to float32, which hides the last bit in which systems' logarithms may differ.
"""

import hashlib
import operator

import numpy as np
from numpy.typing import NDArray

MAX_SEED = 2**32 - 1


def latents(seed: int, count: int, dim: int) -> NDArray[np.float32]:
    """Draw latents from N(0, 1): the first rows are the same whatever `count` is.

    Args:
        seed: 0 to 2**32 - 1.
        count: how many, at least 1.
        dim: numbers in each, at least 1; another `dim` gives unrelated latents.

    Returns:
        float32 (count, dim).

    Raises:
        ValueError: names the argument, what was given and what is allowed.
    """
    seed = _require_seed(seed)
    count = _require_integer("count", count, "a whole number, at least 1", low=1)
    dim = _require_integer("dim", dim, "a whole number, at least 1", low=1)
    return np.random.RandomState(seed).standard_normal((count, dim)).astype(np.float32)


def truncate(latents: NDArray[np.float32], truncation: float) -> NDArray[np.float32]:
    """Move latents towards their mean: more typical images, and less variety.

    The truncation trick (Brock et al. 2018, 1809.11096) in the form of Karras et al. (2019, 1812.04948): a latent z
    becomes mean + truncation · (z - mean), and the mean of N(0, 1) is 0. Brock et al. redraw each number beyond a
    threshold instead; then no threshold means "none", and an image jumps where the threshold passes one of its numbers.
    Here 1.0 is none, bit for bit, each latent depends on itself alone, and an image changes without a jump.

    Args:
        latents: float32 of any shape.
        truncation: above 0, at most 1.

    Raises:
        ValueError: a truncation outside its range.
    """
    if not 0.0 < truncation <= 1.0:  # NaN fails this, too
        raise ValueError(f"truncation = {truncation!r} cannot be used: it must be a number above 0, at most 1.")
    return latents * np.float32(truncation)


def purpose_seed(seed: int, purpose: str) -> int:
    """Derive a seed of its own for one purpose of a run, such as "d_latents": 0 to 2**31 - 1.

    The top 31 bits of the sha256 of "SEED:PURPOSE": two purposes, or two runs' seeds, share no stream.

    Raises:
        ValueError: the seed is not 0 to 2**32 - 1.
    """
    digest = hashlib.sha256(f"{_require_seed(seed)}:{purpose}".encode()).digest()
    return int.from_bytes(digest[:4], "big") >> 1


def _require_seed(seed: int) -> int:
    return _require_integer("seed", seed, "a whole number from 0 to 2**32 - 1 (4,294,967,295)", low=0, high=MAX_SEED)


def _require_integer(name: str, value: int, allowed: str, low: int, high: int | None = None) -> int:
    """Return `value` as a plain int; NumPy's integers are welcome, True and 1.0 are not."""
    try:
        number = operator.index(value)
    except TypeError:
        number = low - 1
    if isinstance(value, bool) or number < low or (high is not None and number > high):
        raise ValueError(f"{name} = {value!r} cannot be used: it must be {allowed}.")
    return number
