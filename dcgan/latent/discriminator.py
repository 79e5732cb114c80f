"""A discriminator that judges, with ONNX Runtime: images in, its belief that each is real out, without TensorFlow.

Owns how it is run, and where a checkpoint holds one: a full state does, a generator alone does not.
"""

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from dcgan.data.images import to_float
from dcgan.latent.generator import MOST_PARAMETERS, session_options
from dcgan.onnx_graph import discriminator_onnx
from dcgan.runs.checkpoints import Checkpoint
from dcgan.runs.errors import RefusedCheckpointError
from dcgan.runs.inspection import checkpoint_config, read_checkpoint
from dcgan.runs.run import Run

BATCH_SIZE = 50
_PREFIX = "discriminator/"


class Discriminator:
    """Thread-safe. The discriminator of one full state, as it judges outside of training: without dropout.

    Attributes:
        step: the training step that it is of.
        sha256: the sum of the checkpoint's arrays.
    """

    def __init__(self, checkpoint: Checkpoint) -> None:
        """Make a session for a full state that `runs.inspection.read_checkpoint` has returned."""
        config = checkpoint_config(checkpoint)
        self.step, self.sha256 = checkpoint.step, checkpoint.sha256
        self._image_shape = (config.data.image_size, config.data.image_size, config.data.num_channels)
        weights = {
            name.removeprefix(_PREFIX): array
            for name, array in checkpoint.arrays.items()
            if name.startswith(_PREFIX)
        }  # fmt: skip
        model = discriminator_onnx(config, weights, step=self.step)
        self._session = ort.InferenceSession(model, session_options(), providers=["CPUExecutionProvider"])

    def believe(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return its belief that each image is real, float32 (N,) from 0 to 1: the sigmoid of its logit.

        Args:
            images: uint8 (N, H, W, C), N at least 1.

        Raises:
            ValueError: images of another type or size.
        """
        if images.dtype != np.uint8 or images.shape[1:] != self._image_shape or not len(images):
            raise ValueError(f"Images to judge must be uint8 (N, {self._image_shape}), not {images.shape}.")
        parts = (
            to_float(np.ascontiguousarray(images[at : at + BATCH_SIZE])) for at in range(0, len(images), BATCH_SIZE)
        )
        logits = np.concatenate([self._session.run(["logits"], {"images": part})[0] for part in parts])[:, 0]
        beliefs: NDArray[np.float32] = np.float32(0.5) * (1 + np.tanh(logits / 2))  # exp would overflow
        return beliefs


def has_discriminator(checkpoint: Checkpoint) -> bool:
    """Whether a checkpoint is a full state."""
    return any(name.startswith(_PREFIX) for name in checkpoint.arrays)


def open_discriminator(run: Run, step: int) -> Discriminator | None:
    """Return the discriminator of a run at a step; None where that was not kept or cannot be read."""
    if step not in run.checkpoints.steps():
        return None
    try:
        return Discriminator(read_checkpoint(run.checkpoints.state_path(step), most_parameters=MOST_PARAMETERS))
    except (OSError, RefusedCheckpointError):
        return None
