"""Walks: paths of latents from one key latent to the next, on which every point is a likely latent.

Owns the geometry and how many frames each leg gets. Leaves drawing the latents to `generator`.
"""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Latents = NDArray[np.float32]
_Vector = NDArray[np.float64]

# Radians from the same or the opposite direction below which float32 does not say which way round is the short one.
TOO_CLOSE = 1e-4


def slerp(start: NDArray[np.floating], end: NDArray[np.floating], shares: Sequence[float]) -> Latents:
    """Interpolate between two latents along the arc between them.

    A mean of two normal latents is shorter than nearly all latents that the generator was trained with; the arc is not
    (Shoemake 1985 for rotations; White 2016, arXiv:1609.04468, for latents). The direction turns evenly, and the length
    goes evenly from the one to the other. Opposite latents have no shortest arc: theirs goes by way of a direction at a
    right angle to both, always the same one.

    Args:
        start: latent (dim,), finite.
        end: latent (dim,), finite.
        shares: how far along each point is, 0 to 1; 0 gives `start` and 1 gives `end`, bit for bit.

    Returns:
        float32 (len(shares), dim).

    Raises:
        ValueError: the latents are no finite vectors of one length, or a share is not 0 to 1.
    """
    first, last = np.asarray(start, np.float64), np.asarray(end, np.float64)
    _require_latents(np.stack([first, last]) if first.shape == last.shape else np.empty(0))
    if any(not 0.0 <= share <= 1.0 for share in shares):
        raise ValueError(f"shares = {list(shares)!r} cannot be used: each must be 0 to 1.")
    points = [_between(first, last, share) for share in shares]
    return np.array(points, np.float32).reshape(len(points), len(first))


def walk(keys: NDArray[np.floating], frames: int, closed: bool = True) -> Latents:
    """Return the latents of a walk through key latents: exactly `frames` of them, evenly spread over the legs.

    Every key is a frame, bit for bit. Legs differ by at most one frame, and the longer ones come first. A closed walk
    ends one frame before it began, so that it plays for ever without a pause; an open one ends with its last key.

    Args:
        keys: latents (at least 2, dim), in the order of the walk; the same one may stand in several places.
        frames: how many latents to return, at least as many as there are keys.
        closed: also go from the last key back to the first.

    Returns:
        float32 (frames, dim).

    Raises:
        ValueError: fewer than two keys, or fewer frames than keys.
    """
    _require_latents(keys)
    if len(keys) < 2:
        raise ValueError(f"A walk needs at least 2 key latents; {len(keys)} was given.")
    if frames < len(keys):
        raise ValueError(f"frames = {frames} cannot be used: a walk through {len(keys)} keys needs at least as many.")
    ends = np.concatenate([keys[1:], keys[:1]]) if closed else keys[1:]
    lengths = _share_out(frames if closed else frames - 1, len(ends))
    legs = [
        slerp(start, end, [frame / length for frame in range(length)])
        for start, end, length in zip(keys, ends, lengths, strict=False)  # an open walk has no leg from its last key
    ]
    return np.concatenate(legs if closed else [*legs, keys[-1:].astype(np.float32)])


def _share_out(frames: int, legs: int) -> list[int]:
    """Frames for each leg: 7 for 3 legs are 3, 2 and 2."""
    return [frames // legs + (leg < frames % legs) for leg in range(legs)]


def _between(start: _Vector, end: _Vector, share: float) -> _Vector:
    if share in (0.0, 1.0):
        return end if share else start
    lengths = np.linalg.norm(start), np.linalg.norm(end)
    if 0.0 in lengths:  # the middle of all latents has no direction
        return (1.0 - share) * start + share * end
    length = (1.0 - share) * lengths[0] + share * lengths[1]
    return length * _turn(start / lengths[0], end / lengths[1], share)


def _turn(start: _Vector, end: _Vector, share: float) -> _Vector:
    """A direction on the arc between two directions."""
    # The half angle by its tangent: an arc cosine loses the small angles and those near a half turn.
    angle = 2.0 * math.atan2(np.linalg.norm(start - end), np.linalg.norm(start + end))
    if angle < TOO_CLOSE:
        straight = (1.0 - share) * start + share * end
        return straight / np.linalg.norm(straight)
    if math.pi - angle < TOO_CLOSE:
        corner = _at_right_angles(start - end)
        return _turn(start, corner, 2.0 * share) if share < 0.5 else _turn(corner, end, 2.0 * share - 1.0)
    return (math.sin((1.0 - share) * angle) * start + math.sin(share * angle) * end) / math.sin(angle)


def _at_right_angles(direction: _Vector) -> _Vector:
    """The direction nearest to that axis in which `direction` is shortest, at a right angle to it."""
    unit = direction / np.linalg.norm(direction)
    shortest = int(np.argmin(np.abs(unit)))
    rest: _Vector = -unit[shortest] * unit
    rest[shortest] += 1.0
    # In one dimension nothing is at a right angle: the walk then goes straight through the middle.
    rest /= float(np.linalg.norm(rest)) or 1.0
    return rest


def _require_latents(latents: NDArray[np.floating]) -> None:
    if latents.ndim != 2 or 0 in latents.shape or not np.isfinite(latents).all():
        raise ValueError("Key latents must be vectors of finite numbers, all of one length, at least one number each.")
