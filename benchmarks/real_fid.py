"""How far real images are from real ones, by Inception: `python -m benchmarks.real_fid [--minutes M]`.

The check of the whole of FID-10k: 10,000 training images of Fashion-MNIST against its 10,000 test images, which others
put at about 2.6; and KID, precision, recall, density and coverage of the first 2,000 of each. Takes an hour of a core.
Stops by itself after M minutes and goes on where it was when called again; features are kept in the data cache.
"""

import argparse
import os
import sys
import time
from collections.abc import Sequence

from benchmarks.machine import describe_machine, machine_text
from dcgan.data.datasets import load_dataset
from dcgan.quality.features import FID_SIZE, Cancelled, Features, cached_features, network_sum
from dcgan.quality.fid import FID_IMAGES, Images, real_images
from dcgan.quality.inception_weights import WEIGHTS_SHA256
from dcgan.quality.metrics import frechet_distance, measure_kid, measure_moments, measure_prdc

DATASET = "fashion-mnist"
PRDC_IMAGES = 2_000
EXPECTED, TOLERANCE = 2.6, 0.3
NOT_YET = 3  # exit code


def load_images() -> tuple[Images, Images]:
    """Return 10,000 training images and the 10,000 test images, uint8 (N, 28, 28, 1).

    Raises:
        ValueError: they are not on this machine and cannot be downloaded.
    """
    train, test = load_dataset(DATASET), load_dataset(DATASET, split="test")
    if train.is_sample:
        raise ValueError(f"{DATASET} is neither on this machine nor to be downloaded.")
    return real_images(train, test)


def extract(images: Images, count: int, deadline: float, name: str) -> Features:
    """Return Inception's features of the first `count` images; raises Cancelled once `time.time()` is past."""
    from dcgan.quality.inception import load_inception  # TensorFlow only where something is missing

    began = time.time()

    def tell(done: int, total: int) -> None:
        if done % 100 == 0:
            print(
                f"{time.strftime('%H:%M:%S')} {name}: {done:,} of {total:,} ({time.time() - began:.0f} s)", flush=True
            )

    network = network_sum(WEIGHTS_SHA256, FID_SIZE)
    return cached_features(images, network, load_inception, tell, lambda: time.time() > deadline, count)


def report(train: Features, test: Features) -> str:
    """Return the figures of the first 2,000 of each, and FID where there are all 10,000."""
    fake, real = train[:PRDC_IMAGES], test[:PRDC_IMAGES]
    kid, prdc = measure_kid(fake, real), measure_prdc(fake, real)
    lines = [
        f"KID at {len(fake):,}: {kid.mean * 1000:.3f} ± {kid.deviation * 1000:.3f} (x 10^-3)",
        f"at {len(fake):,}: precision {prdc.precision:.3f}, recall {prdc.recall:.3f}, density {prdc.density:.3f}, "
        f"coverage {prdc.coverage:.3f}",
    ]
    if len(train) == len(test) == FID_IMAGES:
        fid = frechet_distance(measure_moments(train), measure_moments(test))
        lines.append(f"FID-10k: {fid:.4f} (expected {EXPECTED} ± {TOLERANCE})")
    return "\n".join(lines)


def main(arguments: Sequence[str]) -> int:
    """Measure and tell; exit code 3 where the time was over before all was measured."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.real_fid", description="Real against real images.")
    parser.add_argument("--minutes", type=float, default=float("inf"), help="Stop after so many.")
    options = parser.parse_args(arguments)
    deadline = time.time() + 60 * options.minutes
    train_images, test_images = load_images()
    print(machine_text(describe_machine()), flush=True)
    for count in (PRDC_IMAGES, FID_IMAGES):  # the smaller figures come first
        try:
            test = extract(test_images, count, deadline, "test")
            train = extract(train_images, count, deadline, "train")
        except Cancelled as error:
            print(f"{error} Call again to go on.", flush=True)
            return NOT_YET
        print(report(train, test), flush=True)
    return 0


if __name__ == "__main__":
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    sys.exit(main(sys.argv[1:]))
