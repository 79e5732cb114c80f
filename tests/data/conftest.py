from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from dcgan.data import download, sources
from dcgan.data.sources import Original
from image_server import make_original


@dataclass(frozen=True)
class SmallWorld:
    """A machine with a tiny Fashion-MNIST: nothing is installed on it, nothing cached, and it is offline."""

    root: Path
    images: np.ndarray
    labels: np.ndarray
    originals: dict[str, Original]
    contents: dict[str, bytes]  # file name: bytes, as a server would send them

    @property
    def cache(self) -> Path:
        return self.root / "cache" / "datasets" / "fashion-mnist"

    def install(self, folder: str) -> None:
        """Put the files where the system's package ("system") or Keras ("keras") would."""
        target = {"system": self.root / "system", "keras": self.root / "keras" / "datasets" / "fashion-mnist"}[folder]
        target.mkdir(parents=True)
        for name, content in self.contents.items():
            (target / name).write_bytes(content)


@pytest.fixture
def small_world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SmallWorld:
    draws = np.random.default_rng(1)
    originals: dict[str, Original] = {}
    contents: dict[str, bytes] = {}
    for split, count in (("test", 5), ("train", 30)):
        images = draws.integers(0, 256, (count, 4, 4), dtype=np.uint8)
        labels = draws.integers(0, 10, count, dtype=np.uint8)
        originals[split], packed = make_original(split, images, labels)
        contents |= packed
    monkeypatch.setattr(sources, "FASHION_MNIST", originals)
    monkeypatch.setattr(sources, "SYSTEM_FOLDER", tmp_path / "system")
    monkeypatch.setattr(download, "_failed_at", -download.RETRY_SECONDS)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    monkeypatch.setenv("DCGAN_DATA", str(tmp_path / "cache"))
    monkeypatch.setenv("DCGAN_OFFLINE", "1")
    return SmallWorld(tmp_path, images[..., None], labels, originals, contents)
