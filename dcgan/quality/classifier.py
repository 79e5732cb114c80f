"""The small classifier of a data set: what an image is of, and the features that distances are measured on.

Owns the file that holds one, and running it with ONNX Runtime. How one is trained is `training.classifier`'s.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, PositiveInt, ValidationError
from safetensors import SafetensorError
from safetensors.numpy import load, save

from dcgan.data.images import to_float
from dcgan.onnx_graph import classifier_onnx
from dcgan.runs.checkpoints import Arrays, sum_arrays

SHIPPED = Path(__file__).parent / "classifiers"
BATCH_SIZE = 250

Progress = Callable[[int, int], None]


class Facts(BaseModel):
    """What a classifier's file says of itself."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    format: int = Field(1, ge=1, le=1)
    dataset: str
    dataset_sha256: str = Field(description="Of the training images and labels that it was trained on.")
    image_size: PositiveInt
    num_channels: PositiveInt
    num_classes: PositiveInt
    seed: int
    epochs: PositiveInt
    test_accuracy: float | None = Field(description="Share of the test images; None where a set has none.")
    command: str = Field(description="That makes it again.")


@dataclass(frozen=True, eq=False)
class Judged:
    """What a classifier says of images: features float32 (N, 64), probabilities float32 (N, num_classes)."""

    features: NDArray[np.float32]
    probabilities: NDArray[np.float32]


class Classifier:
    """Thread-safe.

    Attributes:
        facts: what its file says of it.
        sha256: the sum of its weights: what features are cached by.
    """

    def __init__(self, facts: Facts, arrays: Arrays, threads: int = 0) -> None:
        """Make a session.

        Args:
            facts: of the classifier.
            arrays: its weights, as `architecture.classifier_layers` names them.
            threads: of the processor; 0 for as many as there are.

        Raises:
            ValueError: a weight is missing or has another shape.
        """
        self.facts, self.sha256 = facts, sum_arrays(arrays)
        shape = (facts.image_size, facts.image_size, facts.num_channels)
        options = ort.SessionOptions()
        options.intra_op_num_threads = threads
        options.log_severity_level = 3
        model = classifier_onnx(shape, facts.num_classes, arrays)
        self._session = ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])

    def judge(
        self, images: NDArray[np.uint8], progress: Progress | None = None, batch_size: int = BATCH_SIZE
    ) -> Judged:
        """Return features and probabilities of images uint8 (N, H, W, C).

        Args:
            images: N at least 1.
            progress: called with images done and images in all.
            batch_size: images at once; fewer cost less memory, which a session keeps.

        Raises:
            ValueError: images of another type or size.
        """
        facts = self.facts
        wanted = (facts.image_size, facts.image_size, facts.num_channels)
        if images.dtype != np.uint8 or images.shape[1:] != wanted or not len(images):
            raise ValueError(f"Images to judge must be uint8 (N, {wanted}), N at least 1, not {images.shape}.")
        features, logits = [], []
        for start in range(0, len(images), batch_size):
            part = to_float(np.ascontiguousarray(images[start : start + batch_size]))
            said = self._session.run(["features", "logits"], {"images": part})
            features.append(said[0])
            logits.append(said[1])
            if progress is not None:
                progress(start + len(part), len(images))
        return Judged(np.concatenate(features), _softmax(np.concatenate(logits)))


def find_classifier(dataset: str, threads: int = 0) -> Classifier | None:
    """Return the classifier that ships for a data set, None where there is none.

    Raises:
        ValueError: its file is damaged.
    """
    return _open(_path_of(dataset), threads) if has_classifier(dataset) else None


def has_classifier(dataset: str) -> bool:
    """Whether `find_classifier` finds one; opens nothing."""
    return _path_of(dataset).is_file()


def _path_of(dataset: str) -> Path:
    return SHIPPED / f"{dataset}.safetensors"


@lru_cache(maxsize=4)
def _open(path: Path, threads: int) -> Classifier:
    return from_bytes(path.read_bytes(), threads)


def to_bytes(facts: Facts, arrays: Arrays) -> bytes:
    """Return a classifier as one safetensors file, its weights in half precision."""
    halved = {name: np.ascontiguousarray(array, np.float16) for name, array in arrays.items()}
    metadata = {"facts": facts.model_dump_json(), "sha256": sum_arrays(halved)}
    return bytes(save(halved, metadata=metadata))


def from_bytes(content: bytes, threads: int = 0) -> Classifier:
    """Return what `to_bytes` wrote.

    Raises:
        ValueError: not such a file, or damaged.
    """
    try:
        arrays = load(content)
        length = int.from_bytes(content[:8], "little")
        header = json.loads(content[8 : 8 + length])["__metadata__"]
        facts = Facts.model_validate_json(header["facts"])
        expected = str(header["sha256"])
    except (SafetensorError, KeyError, TypeError, ValueError, ValidationError) as error:
        raise ValueError(f"not a classifier of this program ({type(error).__name__}: {error})") from None
    if sum_arrays(arrays) != expected:
        raise ValueError("the classifier's weights do not match their sum: the file was damaged or changed")
    return Classifier(facts, arrays, threads)


def _softmax(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    probabilities: NDArray[np.float32] = powers / powers.sum(axis=1, keepdims=True)
    return probabilities
