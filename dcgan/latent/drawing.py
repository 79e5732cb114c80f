"""What is asked of a generator: samples of a seed, and a walk between some of them.

Owns what may be asked, and the latents and the layout that it stands for, so that page, command line and link agree on
every pixel. Leaves drawing to `generator` and files to `outputs`.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dcgan.data.images import grid
from dcgan.latent.animation import MAX_FPS, MIN_FPS
from dcgan.latent.walks import walk
from dcgan.latents import MAX_SEED, latents, truncate

MAX_COUNT = 10_000
MAX_KEYS = 32
MAX_FRAMES = 1_200  # a minute at 20 frames a second; each is held in memory, magnified


@dataclass(frozen=True)
class Drawing:
    """A seed's first samples, and a walk between some of them.

    Attributes:
        seed: 0 to 2**32 - 1.
        count: how many samples; the first ones are the same whatever it is.
        truncation: above 0 to 1, as in `dcgan.latents.truncate`; 1 is none.
        keys: numbers of the samples, from 0, that the walk passes, in its order; no walk where there are fewer than 2.
        frames: how many the walk has.
        frames_per_second: how fast it is.
        closed: whether it also goes back to its first key.
    """

    seed: int = 7
    count: int = 25
    truncation: float = 1.0
    keys: tuple[int, ...] = ()
    frames: int = 60
    frames_per_second: int = 20
    closed: bool = True

    def __post_init__(self) -> None:
        """Refuse what cannot be drawn.

        Raises:
            ValueError: names what was given and what is allowed.
        """
        _require("seed", self.seed, 0, MAX_SEED)
        _require("count", self.count, 1, MAX_COUNT)
        _require("frames", self.frames, 2, MAX_FRAMES)
        _require("fps", self.frames_per_second, MIN_FPS, MAX_FPS)
        truncate(np.empty(0, np.float32), self.truncation)
        for key in self.keys:
            _require("walk", key, 0, MAX_COUNT - 1)
        if len(self.keys) > MAX_KEYS:
            raise ValueError(f"walk: {len(self.keys)} key frames cannot be used: at most {MAX_KEYS} can.")

    @property
    def has_walk(self) -> bool:
        """Whether there is a way between key frames."""
        return len(self.keys) >= 2

    def sample_latents(self, dim: int) -> NDArray[np.float32]:
        """Return the latents of the samples, (count, dim)."""
        return self._first(self.count, dim)

    def walk_latents(self, dim: int) -> NDArray[np.float32]:
        """Return the latents of the walk, (frames, dim); a key frame's is its sample's, bit for bit.

        Raises:
            ValueError: fewer than two keys, or fewer frames than keys.
        """
        keys = self._first(max(self.keys, default=0) + 1, dim)[list(self.keys)]
        return walk(keys, self.frames, self.closed)

    def _first(self, count: int, dim: int) -> NDArray[np.float32]:
        return truncate(latents(self.seed, count, dim), self.truncation)


def read_keys(text: str) -> tuple[int, ...]:
    """Return the key frames that a text such as "3,0,14" names.

    Raises:
        ValueError: it is not numbers with commas between them.
    """
    parts = [part.strip() for part in text.split(",")]
    if not all(part.isascii() and part.isdigit() and len(part) < 10 for part in parts):
        shown = text if len(text) <= 40 else f"{text[:40]}…"
        raise ValueError(
            f"walk = {shown!r} cannot be used: it must be numbers of samples, counted from 0, such as 3,0,14."
        )
    return tuple(int(part) for part in parts)


def write_keys(keys: Sequence[int]) -> str:
    """Return key frames as the text that `read_keys` reads."""
    return ",".join(str(key) for key in keys)


def lay_out(images: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return samples as one picture, as nearly square as may be: uint8 (N, H, W, C) to (height, width, C)."""
    return grid(images, columns_of(len(images)))


def columns_of(count: int) -> int:
    """Return how many samples stand in a row of `lay_out`: 4 for 8, so that no place stays empty, where that may be."""
    square = math.isqrt(count - 1) + 1
    widest = square * 3 // 2
    return next((columns for columns in range(square, widest + 1) if count % columns == 0), square)


def _require(name: str, value: int, low: int, high: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise ValueError(f"{name} = {value!r} cannot be used: it must be a whole number from {low:,} to {high:,}.")
