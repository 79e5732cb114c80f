"""Frames to a file that moves: GIF and MP4.

Owns how an animation is encoded and put in place. Leaves what is on the frames to whoever drew them.
"""

import io
import math
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import imageio.v3 as iio
import imageio_ffmpeg
import numpy as np
from numpy.typing import NDArray

from dcgan.data.images import MODES, decode_png, upscale
from dcgan.runs.files import write_atomic
from dcgan.runs.run import Run

# Browsers play anything below 20 ms at 100 ms; the format's own limit is 655 s.
MIN_SECONDS, MAX_SECONDS = 0.02, 600.0

# One palette for all grey frames: the file is smaller, and Pillow misreads grey frames that bring their own.
GREYS = bytes(level for level in range(256) for _ in range(3))

VISIBLE = 256  # pixels that the shorter side of a walk's frames has at least

MIN_FPS, MAX_FPS = 1, 60

# Else the encoder's process is forked the old way, which waits for ever while another thread multiplies matrices.
os.environ["IMAGEIO_FFMPEG_NO_PREVENT_SIGINT"] = "1"

# H.264 as browsers and phones play it: 4:2:0, the index at the front so that it starts before it is all there. The tags
# say how the colours were converted; one thread and no version or date in the file, so that the same frames are the
# same bytes. crf 12 is near lossless for pixels with hard edges.
_H264 = (
    "-crf 12 -preset medium -threads 1 -movflags +faststart -fflags +bitexact -flags:v +bitexact -map_metadata -1 "
    "-vf scale=out_color_matrix=bt709:out_range=tv -colorspace bt709 -color_primaries bt709 -color_trc bt709 "
    "-color_range tv"
)

HISTORY_SCALE = 3  # how often each pixel is repeated: grids of small images, at a size that a person looks at


def read_history(run: Run) -> list[NDArray[np.uint8]]:
    """Return the grids of the fixed latents at the ends of a run's epochs, uint8 (H, W, C), oldest first."""
    return [decode_png(sample.path.read_bytes()) for sample in run.samples() if sample.facts.get("epoch_end")]


def write_gif(
    frames: Sequence[NDArray[np.uint8]],
    path: Path,
    seconds_per_frame: float = 0.5,
    hold_last: float = 2.0,
    scale: int = 1,
) -> None:
    """Write frames as a GIF that plays for ever; the file appears whole or not at all.

    Args:
        frames: as `encode_gif`.
        path: where it goes; an old file is replaced.
        seconds_per_frame: as `encode_gif`.
        hold_last: as `encode_gif`.
        scale: as `encode_gif`.

    Raises:
        ValueError: as `encode_gif`.
        OSError: the file cannot be written; an old one still stands.
    """
    write_atomic(path, encode_gif(frames, seconds_per_frame, hold_last, scale))


def encode_gif(
    frames: Sequence[NDArray[np.uint8]],
    seconds_per_frame: float = 0.5,
    hold_last: float = 2.0,
    scale: int = 1,
) -> bytes:
    """Return frames as a GIF that plays for ever.

    Grey frames keep every level; colour frames are reduced to 256 colours each. A frame that equals the one before it
    is stored as a longer showing of that one.

    Args:
        frames: uint8 (H, W, 1 or 3), at least one, all of one shape.
        seconds_per_frame: how long each but the last is shown, rounded to 10 ms.
        hold_last: how long the last is shown.
        scale: each pixel is repeated so many times both ways.

    Raises:
        ValueError: no frame, frames that differ in shape or are no images, or a number outside its range.
    """
    _require_frames(frames)
    for name, seconds in (("seconds_per_frame", seconds_per_frame), ("hold_last", hold_last)):
        if not MIN_SECONDS <= seconds <= MAX_SECONDS:
            raise ValueError(f"{name} = {seconds} cannot be used: it must be {MIN_SECONDS} to {MAX_SECONDS:g} seconds.")

    # The plugin wants grey frames without their channel, and milliseconds: a list of them, unless there is one frame.
    pixels = [upscale(frame, scale) for frame in frames]
    options: dict[str, Any] = {}
    if frames[0].shape[2] == 1:
        pixels = [frame[:, :, 0] for frame in pixels]
        options["palette"] = GREYS
    durations = [10 * round(100 * seconds_per_frame)] * (len(frames) - 1) + [10 * round(100 * hold_last)]
    options["duration"] = durations if len(frames) > 1 else durations[0]

    buffer = io.BytesIO()
    iio.imwrite(buffer, pixels, extension=".gif", plugin="pillow", loop=0, **options)
    return buffer.getvalue()


def visible_scale(frame: NDArray[np.uint8]) -> int:
    """Return how often to repeat each pixel so that the shorter side of a frame (H, W, C) has at least `VISIBLE`."""
    return math.ceil(VISIBLE / int(min(frame.shape[:2])))


def encode_mp4(frames: Sequence[NDArray[np.uint8]], frames_per_second: int = 20, scale: int = 1) -> bytes:
    """Return frames as an MP4 that browsers and phones play: H.264, 4:2:0.

    The format wants even sides: an odd one is extended by repeating its last row or column. The same frames are the
    same bytes on one machine and version.

    Args:
        frames: uint8 (H, W, 1 or 3), at least one, all of one shape.
        frames_per_second: 1 to 60.
        scale: each pixel is repeated so many times both ways.

    Raises:
        ValueError: no frame, frames that differ in shape or are no images, or a number outside its range.
        OSError: the encoder failed, or there is no room for its file.
    """
    _require_frames(frames)
    if not MIN_FPS <= frames_per_second <= MAX_FPS:
        allowed = f"a whole number from {MIN_FPS} to {MAX_FPS}"
        raise ValueError(f"frames_per_second = {frames_per_second} cannot be used: it must be {allowed}.")
    height, width = (size * scale + size * scale % 2 for size in frames[0].shape[:2])
    with tempfile.TemporaryDirectory(prefix="dcgan-") as folder:  # the index is written last, so a pipe will not do
        path = Path(folder) / "walk.mp4"
        encoder = imageio_ffmpeg.write_frames(
            str(path), (width, height), pix_fmt_in="rgb24", pix_fmt_out="yuv420p", fps=frames_per_second,
            codec="libx264", quality=None, macro_block_size=1, output_params=_H264.split(),
        )  # fmt: skip
        try:
            encoder.send(None)
            for frame in frames:
                encoder.send(_to_even_rgb(upscale(frame, scale)))
        finally:
            encoder.close()
        return path.read_bytes()


def _to_even_rgb(frame: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A frame in three channels whose sides are even."""
    height, width, channels = frame.shape
    even = np.pad(frame, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")
    return np.ascontiguousarray(np.broadcast_to(even, (*even.shape[:2], 3)) if channels == 1 else even)


def _require_frames(frames: Sequence[NDArray[np.uint8]]) -> None:
    if not frames:
        raise ValueError("An animation needs at least one frame.")
    shapes = sorted({frame.shape for frame in frames})
    if len(shapes) > 1:
        raise ValueError(f"All frames of an animation must have one shape; these have {', '.join(map(str, shapes))}.")
    shape = shapes[0]
    if len(shape) != 3 or shape[2] not in MODES or 0 in shape or any(frame.dtype != np.uint8 for frame in frames):
        raise ValueError(f"Frames must be uint8 (height, width, 1 or 3), not {frames[0].dtype} {shape}.")
