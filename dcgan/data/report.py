"""A data set in words and numbers for a terminal: what the Data page shows.

Owns the text. Leaves the numbers to `statistics` and `batches`.
"""

import contextlib
from collections.abc import Iterator, Mapping
from typing import Any

from rich.console import Console
from rich.progress import Progress as Bar

from dcgan.config import Config
from dcgan.data.batches import real_batch
from dcgan.data.datasets import Dataset
from dcgan.data.download import Progress
from dcgan.data.statistics import Statistics, measure

BAR_LENGTH = 40  # characters of the longest bar
BINS = 16

SAMPLE_NOTE = (
    "These are the 10,000 images of the sample that ships with the app: the whole set is not on this machine. "
    "--download fetches it, 26 MB."
)
SOURCES: Mapping[str, str] = {
    "system": "the system's package dataset-fashion-mnist",
    "keras": "Keras's cache",
    "download": "a checked download",
    "sample": "the sample that ships with the app",
}


@contextlib.contextmanager
def download_bar() -> Iterator[Progress]:
    """Show a bar on the standard error while a download goes on; nothing where there is none."""
    with Bar(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("downloading", total=None, visible=False)
        yield lambda done, total: bar.update(task, completed=done, total=total, visible=True)


def describe(dataset: Dataset, config: Config) -> dict[str, Any]:
    """Return what is known of a set, as JSON holds it; `config` decides which batch comes first."""
    statistics = measure(dataset.images, dataset.labels, len(dataset.class_names))
    batch = real_batch(dataset, config)
    return {
        "name": dataset.name,
        "images": len(dataset.images),
        "shape": list(dataset.images.shape[1:]),
        "source": dataset.source,
        "sample": dataset.is_sample,
        "sha256": dataset.sha256,
        "classes": dict(zip(dataset.class_names, statistics.class_counts.tolist(), strict=True)),
        "brightness": _brightness(statistics),
        "first_batch": {
            "preset": config.preset, "seed": config.training.seed, "shape": list(batch.images.shape),
            "rows": batch.rows.tolist(), **batch.facts(),
        },
    }  # fmt: skip


def to_text(facts: Mapping[str, Any]) -> str:
    """Return those facts as a person reads them on a terminal."""
    brightness, batch = facts["brightness"], facts["first_batch"]
    height, width, channels = facts["shape"]
    lines = [
        f"{facts['name']}: {facts['images']:,} images, {height} x {width}, {'grey' if channels == 1 else 'colour'}, "
        f"{len(facts['classes'])} classes, from {SOURCES[facts['source']]}.",
        "",
        "Images of each class",
        *_bars(facts["classes"]),
        "",
        f"Brightness of the pixels, 0 to 255: mean {brightness['mean']:.1f}, deviation {brightness['deviation']:.1f}, "
        f"{brightness['black']:.1%} black",
        *_bars(brightness["histogram"]),
        "",
        f"What the discriminator will see first (recipe {batch['preset']}, seed {batch['seed']}): "
        f"{' x '.join(map(str, batch['shape']))} numbers from {batch['min']:g} to {batch['max']:g}, "
        f"mean {batch['mean']:.3f}, deviation {batch['deviation']:.3f}, {batch['black']:.1%} exactly -1.",
    ]
    return "\n".join(lines)


def _brightness(statistics: Statistics) -> dict[str, Any]:
    width = 256 // BINS
    names = [f"{start} to {start + width - 1}" for start in range(0, 256, width)]
    return {
        "mean": statistics.mean,
        "deviation": statistics.deviation,
        "black": statistics.share(0),
        "histogram": dict(zip(names, statistics.bins(BINS).tolist(), strict=True)),
    }


def _bars(counts: Mapping[str, int]) -> list[str]:
    """One line an entry: its name, its number, and a bar of its share of the largest."""
    widest = max(len(name) for name in counts)
    largest = max(1, *counts.values())
    digits = len(f"{largest:,}")
    lines = [
        f"  {name:<{widest}}  {count:>{digits},}  {'#' * round(BAR_LENGTH * count / largest)}"
        for name, count in counts.items()
    ]
    return [line.rstrip() for line in lines]
