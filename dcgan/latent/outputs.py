"""What a generator draws, as the file that a name's ending asks for.

Owns which endings there are and what is noted inside of each. Leaves how each format is written to `animation`,
`archives` and `data.images`.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dcgan.data.images import encode_png
from dcgan.latent.animation import (
    HISTORY_SCALE,
    encode_gif,
    encode_mp4,
    read_history,
    visible_scale,
    write_gif,
)
from dcgan.latent.archives import encode_npz, encode_zip, sample_name
from dcgan.latent.drawing import Drawing, lay_out
from dcgan.latent.generator import Generator, Progress, to_onnx
from dcgan.latent.sources import open_named
from dcgan.runs.files import write_atomic
from dcgan.runs.store import RunStore

Frames = NDArray[np.uint8]


def draw_samples(generator: Generator, drawing: Drawing, progress: Progress | None = None) -> Frames:
    """Return the samples, uint8 (count, H, W, C); `progress` as in `Generator.generate`."""
    return generator.generate(drawing.sample_latents(generator.latent_dim), progress)


def draw_walk(generator: Generator, drawing: Drawing, progress: Progress | None = None) -> Frames:
    """Return the frames of the walk, uint8 (frames, H, W, C); `progress` as in `Generator.generate`.

    Raises:
        ValueError: as `Drawing.walk_latents`.
    """
    return generator.generate(drawing.walk_latents(generator.latent_dim), progress)


def encode_grid(generator: Generator, drawing: Drawing, progress: Progress | None = None) -> bytes:
    """Return the samples as one PNG: the bytes that the page shows, too."""
    return encode_png(lay_out(draw_samples(generator, drawing, progress)))


def encode_samples(generator: Generator, drawing: Drawing, progress: Progress | None = None) -> bytes:
    """Return the samples as a zip of PNGs that are named by seed and number."""
    names = [sample_name(drawing.seed, index) for index in range(drawing.count)]
    return encode_zip(list(draw_samples(generator, drawing, progress)), names)


def encode_arrays(generator: Generator, drawing: Drawing, progress: Progress | None = None) -> bytes:
    """Return the samples and their latents as an npz that says where they came from."""
    facts: Mapping[str, Any] = {
        "seed": drawing.seed,
        "truncation": drawing.truncation,
        "step": generator.step,
        "sha256": generator.sha256,
        "config": generator.config.model_dump(mode="json"),
    }
    return encode_npz(draw_samples(generator, drawing, progress), drawing.sample_latents(generator.latent_dim), facts)


def encode_walk_gif(generator: Generator, drawing: Drawing, progress: Progress | None = None) -> bytes:
    """Return the walk as a GIF that plays for ever, at least 256 pixels wide."""
    frames = list(draw_walk(generator, drawing, progress))
    seconds = max(0.02, 1 / drawing.frames_per_second)
    return encode_gif(frames, seconds, hold_last=seconds, scale=visible_scale(frames[0]))


def encode_walk_mp4(generator: Generator, drawing: Drawing, progress: Progress | None = None) -> bytes:
    """Return the walk as an MP4, at least 256 pixels wide."""
    frames = list(draw_walk(generator, drawing, progress))
    return encode_mp4(frames, drawing.frames_per_second, visible_scale(frames[0]))


Encode = Callable[[Generator, Drawing, Progress | None], bytes]

SAMPLE_OUTPUTS: Mapping[str, Encode] = {
    ".png": encode_grid,
    ".zip": encode_samples,
    ".npz": encode_arrays,
}
WALK_OUTPUTS: Mapping[str, Encode] = {
    ".gif": encode_walk_gif,
    ".mp4": encode_walk_mp4,
}
MIMES: Mapping[str, str] = {
    ".png": "image/png",
    ".zip": "application/zip",
    ".npz": "application/octet-stream",
    ".gif": "image/gif",
    ".mp4": "video/mp4",
    ".onnx": "application/octet-stream",
    ".safetensors": "application/octet-stream",
}


def encode_as(ending: str, generator: Generator, drawing: Drawing, progress: Progress | None = None) -> bytes:
    """Return what a file of that name's ending holds.

    Args:
        ending: .png, .zip and .npz are the samples, .gif and .mp4 the walk, .onnx the generator.
        generator: what draws.
        drawing: what is drawn.
        progress: as in `Generator.generate`.

    Raises:
        ValueError: as `require_ending`.
    """
    require_ending(ending, drawing)
    if ending == ".onnx":
        return to_onnx(generator)
    outputs = WALK_OUTPUTS if drawing.keys else SAMPLE_OUTPUTS
    return outputs[ending](generator, drawing, progress)


def require_ending(ending: str, drawing: Drawing) -> None:
    """Refuse what cannot be written, before anything is drawn.

    Raises:
        ValueError: no such ending, or one that does not go with what is drawn.
    """
    outputs, what = (WALK_OUTPUTS, "a walk") if drawing.keys else (SAMPLE_OUTPUTS, "samples")
    if ending not in (*outputs, ".onnx"):
        given = f"A name that ends in {ending!r}" if ending else "A name without an ending"
        allowed = f"{', '.join(outputs)} or .onnx"
        more = " A walk (--walk 3,0,14) is what ends in .gif or .mp4." if ending in WALK_OUTPUTS else ""
        raise ValueError(f"{given} cannot be used for {what}: it must be {allowed}.{more}")


def describe_output(path: Path, drawing: Drawing) -> str:
    """Return what a file of that name holds, in English words."""
    if path.suffix.lower() == ".onnx":
        return "the generator"
    return f"{drawing.frames} frames" if drawing.keys else f"seed {drawing.seed}, {drawing.count:,} images"


def write_output(
    store: RunStore, name: str, wished: str | None, drawing: Drawing, path: Path, progress: Progress | None = None
) -> dict[str, Any]:
    """Draw what a person names and write it; the file appears whole or not at all. Returns where it is from.

    Args:
        store: the runs.
        name: as `sources.open_named`.
        wished: as `sources.open_named`.
        drawing: what is drawn.
        path: where it goes; its ending says what it is.
        progress: as in `Generator.generate`.

    Raises:
        ValueError: something of it cannot be used; nothing was written.
        OSError: something cannot be read or written; an old file still stands.
    """
    ending = path.suffix.lower()
    require_ending(ending, drawing)
    generator = open_named(store, name, wished)
    write_atomic(path, encode_as(ending, generator, drawing, progress))
    return {"step": generator.step, "sha256": generator.sha256}


def write_history(store: RunStore, run_id: str, path: Path) -> int:
    """Write the grids of a run's epochs as a GIF; returns how many there are.

    Raises:
        ValueError: the name does not end in .gif, there is no such run, or it has no epoch's grid yet.
        OSError: it cannot be written; an old file still stands.
    """
    if path.suffix.lower() != ".gif":
        raise ValueError(f"--out {path} cannot be used: the history is a GIF, so the name must end in .gif.")
    grids = read_history(store.get(run_id))
    if not grids:
        raise ValueError(f"{run_id} has no epoch's grid yet: the first is made when its first epoch ends.")
    write_gif(grids, path, scale=HISTORY_SCALE)
    return len(grids)
