"""Train the small classifier of a data set: `python -m dcgan.training.classifier --dataset NAME --out FILE`.

Owns how it is trained; what it is for and how its file is read is `quality.classifier`'s. Seeded: the same command on
the same machine and versions writes the same file.
"""

import argparse
import logging
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from dcgan.data.datasets import Dataset, load_dataset
from dcgan.data.images import to_float
from dcgan.models.networks import build_classifier, get_weights
from dcgan.order import epoch_order
from dcgan.quality.classifier import Facts, from_bytes, to_bytes

log = logging.getLogger(__name__)

EPOCHS, BATCH_SIZE, LEARNING_RATE = 10, 128, 1e-3


def train_classifier(dataset: Dataset, epochs: int, seed: int) -> keras.Model:
    """Return a classifier trained on all images of a set, with mirror images, Adam and a rate that falls to 0.

    Args:
        dataset: labelled.
        epochs: over its images.
        seed: of weights, dropout and order.
    """
    keras.utils.set_random_seed(seed)
    model = build_classifier(dataset.images.shape[1:], len(dataset.class_names), seed)
    steps = len(dataset.images) // BATCH_SIZE
    rate = keras.optimizers.schedules.CosineDecay(LEARNING_RATE, steps * epochs)
    optimizer = keras.optimizers.Adam(rate)
    optimizer.build(model.trainable_variables)

    @tf.function  # type: ignore[untyped-decorator]
    def step(images: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape() as tape:
            losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels, model(images, training=True))
            loss = tf.reduce_mean(losses)
        gradients = tape.gradient(loss, [variable.value for variable in model.trainable_variables])
        optimizer.apply(gradients, model.trainable_variables)
        return loss

    draw = np.random.default_rng(seed)
    for epoch in range(epochs):
        order, losses = epoch_order(seed, epoch, len(dataset.images)), []
        for start in range(0, steps * BATCH_SIZE, BATCH_SIZE):
            chosen = order[start : start + BATCH_SIZE]
            images = to_float(dataset.images[chosen])
            mirrored = draw.random(len(images)) < 0.5
            images[mirrored] = images[mirrored, :, ::-1]
            losses.append(step(images, dataset.labels[chosen].astype(np.int32)))
        log.info("epoch %d of %d: loss %.4f", epoch + 1, epochs, np.mean([float(loss) for loss in losses]))
    return model


def main(arguments: Sequence[str]) -> int:
    """Train, judge on the test images, write."""
    parser = argparse.ArgumentParser(prog="python -m dcgan.training.classifier", description="Train a classifier.")
    parser.add_argument("--dataset", default="fashion-mnist")
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args(arguments)
    dataset = load_dataset(options.dataset)
    test = load_dataset(options.dataset, split="test")
    model = train_classifier(dataset, options.epochs, options.seed)

    shape, classes = dataset.images.shape[1:], len(dataset.class_names)
    arrays = get_weights(model)
    command = ["python", "-m", "dcgan.training.classifier", "--dataset", options.dataset]
    command += ["--epochs", str(options.epochs), "--seed", str(options.seed), "--out", options.out.name]
    facts = Facts(
        dataset=options.dataset, dataset_sha256=dataset.sha256, image_size=shape[0], num_channels=shape[2],
        num_classes=classes, seed=options.seed, epochs=options.epochs, test_accuracy=None, command=shlex.join(command),
    )  # fmt: skip

    # What is written is judged, half precision and all.
    said = from_bytes(to_bytes(facts, arrays)).judge(test.images).probabilities.argmax(axis=1)
    accuracy = float((said == test.labels).mean())
    content = to_bytes(facts.model_copy(update={"test_accuracy": accuracy}), arrays)
    options.out.write_bytes(content)
    log.info("%.2f %% of the test images; %s bytes in %s", 100 * accuracy, f"{len(content):,}", options.out)
    return 0


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    sys.exit(main(sys.argv[1:]))
