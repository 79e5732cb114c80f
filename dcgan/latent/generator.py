"""A generator that draws, with ONNX Runtime: latents in, images out, without TensorFlow.

Owns how it is run. Leaves what is in a file to `runs`, the graph to `onnx_graph`, and latents of seeds to `latents`.
"""

from collections.abc import Callable
from typing import Literal

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from dcgan.data.images import to_uint8
from dcgan.latents import latents as draw_latents
from dcgan.latents import truncate
from dcgan.onnx_graph import generator_onnx
from dcgan.runs.checkpoints import Arrays, Checkpoint
from dcgan.runs.errors import BrokenRunError, RefusedCheckpointError
from dcgan.runs.inspection import checkpoint_config, read_checkpoint
from dcgan.runs.run import Run

MAX_COUNT = 10_000
BATCH_SIZE = 16  # of every call: an image is drawn by the same arithmetic, whatever is drawn beside it

MOST_PARAMETERS = 400_000_000  # of a run's own networks: an ONNX file ends at 2 GB

Progress = Callable[[int, int], None]


class Generator:
    """Thread-safe. The generator of one checkpoint, ready to draw.

    Attributes:
        config: the run's.
        step: the training step that it is of.
        sha256: the sum of the checkpoint's arrays: what it is cached by, and a link's check.
        latent_dim: numbers in a latent.
        image_shape: (H, W, C) of its images.
    """

    def __init__(self, checkpoint: Checkpoint) -> None:
        """Make a session for a checkpoint that `runs.inspection.read_checkpoint` has returned.

        A full state draws with its averaged generator, where there is one.
        """
        self.config = checkpoint_config(checkpoint)
        self.step, self.sha256 = checkpoint.step, checkpoint.sha256
        self.latent_dim = self.config.generator.latent_dim
        self.image_shape = (self.config.data.image_size, self.config.data.image_size, self.config.data.num_channels)
        self.onnx = generator_onnx(self.config, _sampler_weights(checkpoint.arrays), step=self.step)
        self._session = ort.InferenceSession(self.onnx, session_options(), providers=["CPUExecutionProvider"])

    def generate(self, latents: NDArray[np.float32], progress: Progress | None = None) -> NDArray[np.uint8]:
        """Draw one image for each latent; an image depends on its own latent alone, bit for bit.

        Args:
            latents: finite numbers (N, latent_dim), N from 1 to 10,000.
            progress: called after each batch with how many are drawn, and how many there will be.

        Returns:
            uint8 (N, H, W, C).

        Raises:
            ValueError: latents of another shape, too many of them, or numbers that are not finite.
        """
        self._require(latents)
        count = len(latents)
        images = np.empty((count, *self.image_shape), np.uint8)
        for begin in range(0, count, BATCH_SIZE):
            part = latents[begin : begin + BATCH_SIZE]
            padded = np.zeros((BATCH_SIZE, self.latent_dim), np.float32)
            padded[: len(part)] = part
            (drawn,) = self._session.run(["images"], {"latents": padded})
            images[begin : begin + len(part)] = to_uint8(drawn[: len(part)])
            if progress is not None:
                progress(begin + len(part), count)
        return images

    def samples(
        self, seed: int, count: int, truncation: float = 1.0, progress: Progress | None = None
    ) -> NDArray[np.uint8]:
        """Draw the images of a seed: image i is the same whatever `count` is.

        Args:
            seed: 0 to 2**32 - 1.
            count: 1 to 10,000.
            truncation: as in `dcgan.latents.truncate`; 1.0 means none.
            progress: as in `generate`.

        Returns:
            uint8 (count, H, W, C).

        Raises:
            ValueError: names the argument, what was given and what is allowed.
        """
        return self.generate(self.latents(seed, count, truncation), progress)

    def latents(self, seed: int, count: int, truncation: float = 1.0) -> NDArray[np.float32]:
        """Return the latents (count, latent_dim) that `samples` draws; arguments and errors are its own."""
        if not isinstance(count, int) or isinstance(count, bool) or not 1 <= count <= MAX_COUNT:
            raise ValueError(f"count = {count!r} cannot be used: it must be a whole number from 1 to {MAX_COUNT:,}.")
        return truncate(draw_latents(seed, count, self.latent_dim), truncation)

    def _require(self, latents: NDArray[np.float32]) -> None:
        if latents.ndim != 2 or latents.shape[1] != self.latent_dim or not 1 <= len(latents) <= MAX_COUNT:
            allowed = f"(1 to {MAX_COUNT:,}, {self.latent_dim})"
            raise ValueError(f"Latents of shape {latents.shape} cannot be used: they must be {allowed}.")
        if not np.isfinite(latents).all():
            raise ValueError("These latents cannot be used: some of their numbers are infinite or none.")


def open_generator(run: Run, step: int | Literal["last"] = "last") -> Generator:
    """Return the generator of a run at a step: as it was kept, else from the full state (the average, if there is one).

    Args:
        run: any run; it may be training.
        step: one of `list_steps`, or the last.

    Raises:
        RefusedCheckpointError: there is no checkpoint, none of that step, or it is damaged or another run's.
        OSError: it cannot be read.
    """
    while True:
        files = run.checkpoints.samplers()
        if not files:
            raise RefusedCheckpointError("checkpoint-none", run=run.run_id)
        chosen = max(files) if step == "last" else step
        if chosen not in files:
            steps = ", ".join(f"{kept:,}" for kept in files)
            raise RefusedCheckpointError("checkpoint-gone", run=run.run_id, step=chosen, steps=steps)
        try:
            found = Generator(read_checkpoint(files[chosen], most_parameters=MOST_PARAMETERS))
        except FileNotFoundError:  # the run trains, and has just pruned it: look again
            continue
        _require_own(run, found, chosen)
        return found


def _require_own(run: Run, generator: Generator, step: int) -> None:
    """Refuse a file that was put in the place of one of the run's: it would be drawn from as if it were."""
    try:
        config = run.config()
    except BrokenRunError:  # nobody knows what its own would be
        return
    theirs = generator.config
    same = (theirs.generator, theirs.data.dataset, theirs.training.seed)
    if generator.step != step or same != (config.generator, config.data.dataset, config.training.seed):
        raise RefusedCheckpointError("checkpoint-other", run=run.run_id, step=step)


def list_steps(run: Run) -> list[int]:
    """Return the steps that can be drawn from, in order."""
    return list(run.checkpoints.samplers())


def to_onnx(generator: Generator) -> bytes:
    """Return the generator as an ONNX model with any batch size, whose metadata holds the config and the step."""
    return generator.onnx


def _sampler_weights(arrays: Arrays) -> Arrays:
    """The weights of the network that samples, by their names within it."""
    network = "ema_generator/" if any(name.startswith("ema_generator/") for name in arrays) else "generator/"
    return {name.removeprefix(network): array for name, array in arrays.items() if name.startswith(network)}


def session_options() -> ort.SessionOptions:
    """One thread and no arena: a server draws for many beside a training, and gives memory back."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = False
    options.log_severity_level = 3
    return options
