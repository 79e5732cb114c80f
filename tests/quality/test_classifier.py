import json

import numpy as np
import pytest
from safetensors.numpy import load, save

from dcgan.data.datasets import load_dataset
from dcgan.quality import classifier as module
from dcgan.quality.classifier import SHIPPED, find_classifier, from_bytes, to_bytes

FILE = SHIPPED / "fashion-mnist.safetensors"


def altered(**changes: object) -> bytes:
    """The shipped file with other facts."""
    content = FILE.read_bytes()
    header = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])["__metadata__"]
    header["facts"] = json.dumps(json.loads(header["facts"]) | changes)
    return save(load(content), metadata=header)


def test_the_shipped_one_is_right_as_often_as_it_says_on_images_it_never_saw() -> None:
    classifier, test = find_classifier("fashion-mnist"), load_dataset("fashion-mnist", split="test")
    assert classifier is not None and not test.is_sample
    judged = classifier.judge(test.images)
    accuracy = float((judged.probabilities.argmax(axis=1) == test.labels).mean())
    assert accuracy >= 0.91
    assert accuracy == pytest.approx(classifier.facts.test_accuracy, abs=2e-4)  # another processor, other last digits
    assert judged.features.shape == (10_000, 64) and judged.features.dtype == np.float32
    np.testing.assert_allclose(judged.probabilities.sum(axis=1), 1, rtol=1e-5)


def test_the_shipped_one_is_small_and_names_data_and_command() -> None:
    facts = from_bytes(FILE.read_bytes()).facts
    assert FILE.stat().st_size < 1_000_000
    assert facts.dataset_sha256 == load_dataset("fashion-mnist").sha256
    assert facts.command.startswith("python -m dcgan.training.classifier --dataset fashion-mnist")


def test_what_is_written_is_read_again() -> None:
    first = from_bytes(FILE.read_bytes())
    arrays = load(FILE.read_bytes())
    again = from_bytes(to_bytes(first.facts, arrays))
    assert (again.facts, again.sha256) == (first.facts, first.sha256)


def test_another_set_has_none() -> None:
    assert find_classifier("unknown") is None


def test_a_file_is_opened_once() -> None:
    assert find_classifier("fashion-mnist") is find_classifier("fashion-mnist")


@pytest.mark.parametrize(
    "content",
    [
        b"", b"nonsense", FILE.read_bytes()[:-100], save({"a": np.zeros(2, np.float32)}),
        altered(num_classes=-1), altered(seed="x"), altered(colour="red"),
    ],
    ids=["empty", "nonsense", "short", "foreign", "negative", "text", "unknown"],
)  # fmt: skip
def test_what_is_no_classifier_is_refused(content: bytes) -> None:
    with pytest.raises(ValueError, match="not a classifier of this program"):
        from_bytes(content)


def test_changed_weights_are_refused() -> None:
    content = bytearray(FILE.read_bytes())
    content[-1] ^= 1
    with pytest.raises(ValueError, match="do not match their sum"):
        from_bytes(bytes(content))


def test_weights_of_another_shape_are_refused() -> None:
    with pytest.raises(ValueError, match=r"is \(64, 10\); it should be \(64, 11\)"):
        from_bytes(altered(num_classes=11))


@pytest.mark.parametrize(
    "images",
    [np.zeros((2, 28, 28, 1), np.float32), np.zeros((2, 32, 32, 1), np.uint8), np.zeros((0, 28, 28, 1), np.uint8)],
)
def test_images_of_another_kind_are_refused_by_name(images: np.ndarray) -> None:
    classifier = find_classifier("fashion-mnist")
    assert classifier is not None
    with pytest.raises(ValueError, match=r"must be uint8 \(N, \(28, 28, 1\)\)"):
        classifier.judge(images)


def test_many_images_are_judged_as_each_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    classifier = find_classifier("fashion-mnist")
    assert classifier is not None
    images = load_dataset("fashion-mnist", split="test").images[:7]
    whole = classifier.judge(images)
    monkeypatch.setattr(module, "BATCH_SIZE", 3)
    np.testing.assert_allclose(classifier.judge(images).features, whole.features, rtol=1e-4, atol=1e-4)
