"""Scenes of curves, read as `curves.js` reads them."""

import json
import struct
from typing import Any

import numpy as np


def decode(content: bytes) -> tuple[dict[str, Any], list[np.ndarray]]:
    """As `curves.js` does: the header, then x and y of each line; its means are left out."""
    (size,) = struct.unpack_from("<I", content)
    scene = json.loads(content[4 : 4 + size])
    assert (4 + size) % 4 == 0  # a Float32Array begins at a multiple of four
    counts = [line["count"] for panel in scene["panels"] for line in panel["lines"]]
    numbers = np.frombuffer(content, "<f4", offset=4 + size)
    assert len(numbers) == 3 * sum(counts)
    parts = np.split(numbers, np.cumsum([count for count in counts for _ in "xym"])[:-1])
    return scene, [part for place, part in enumerate(parts) if place % 3 < 2]
