"""What an element in the browser is told, as bytes: a dict or a list would be searched for data frames first."""

import json
import struct
from typing import Any


def encode_scene(header: dict[str, Any], content: bytes) -> bytes:
    """Return the length of a JSON header as uint32, the header padded to a multiple of four, and the content."""
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 4)
    return struct.pack("<I", len(text)) + text + content
