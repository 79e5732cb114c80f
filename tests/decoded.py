"""Videos as they are seen: decoded again, frame by frame."""

import re
import subprocess
from pathlib import Path

import imageio_ffmpeg
import numpy as np


def decode_mp4(content: bytes, folder: Path) -> tuple[str, np.ndarray]:
    """What the decoder says of the file, and its frames."""
    path = folder / "decoded.mp4"
    path.write_bytes(content)
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-i", str(path), "-f", "rawvideo", "-pix_fmt", "rgb24", "-"]
    done = subprocess.run(command, capture_output=True, check=True)
    said = done.stderr.decode()
    width, height = (int(size) for size in re.search(r", (\d+)x(\d+)", said).groups())
    return said, np.frombuffer(done.stdout, np.uint8).reshape(-1, height, width, 3)
