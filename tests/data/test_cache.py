import contextlib
import json
import select
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dcgan.data import cache
from dcgan.data.datasets import load_dataset

ROOT = Path(__file__).parents[2]
on_unix = pytest.mark.skipif(sys.platform == "win32", reason="select() on pipes and file size limits are Unix's")
FILES = {"manifest.json", "images.npy", "labels.npy", ".lock"}


def build(small_world: Any) -> None:
    small_world.install("system")
    load_dataset("fashion-mnist")


def test_a_cached_set_is_three_files_that_a_person_can_read(small_world: Any) -> None:
    build(small_world)
    assert {path.name for path in small_world.cache.iterdir()} == FILES
    manifest = json.loads((small_world.cache / "manifest.json").read_text())
    assert manifest["format"] == 1
    assert manifest["source"] == "system"
    assert manifest["shape"] == [30, 4, 4, 1]
    assert manifest["class_names"][9] == "Ankle boot"
    np.testing.assert_array_equal(np.load(small_world.cache / "images.npy"), small_world.images)
    np.testing.assert_array_equal(np.load(small_world.cache / "labels.npy"), small_world.labels)


def change_manifest(folder: Path, **changes: object) -> None:
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps(manifest | changes))


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-2])


def lengthen(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"\0")


def same_size(path: Path, array: np.ndarray) -> None:
    """Put another array in place of one, of the same size as a file."""
    size = path.stat().st_size
    np.save(path, array)
    assert path.stat().st_size == size


DAMAGE = {
    "images cut short": lambda folder: cut(folder / "images.npy"),
    "images too long": lambda folder: lengthen(folder / "images.npy"),
    "images empty": lambda folder: (folder / "images.npy").write_bytes(b""),
    "images missing": lambda folder: (folder / "images.npy").unlink(),
    "images of another type": lambda folder: same_size(folder / "images.npy", np.zeros((30, 4, 4, 1), np.int8)),
    "images of another shape": lambda folder: same_size(folder / "images.npy", np.zeros((30, 2, 8, 1), np.uint8)),
    "labels cut short": lambda folder: cut(folder / "labels.npy"),
    "labels missing": lambda folder: (folder / "labels.npy").unlink(),
    "manifest missing": lambda folder: (folder / "manifest.json").unlink(),
    "manifest cut short": lambda folder: cut(folder / "manifest.json"),
    "manifest empty": lambda folder: (folder / "manifest.json").write_bytes(b""),
    "manifest of another format": lambda folder: change_manifest(folder, format=2),
    "manifest with an unknown key": lambda folder: change_manifest(folder, colour="red"),
    "manifest of another set": lambda folder: change_manifest(folder, sha256="0" * 64),
    "manifest not text": lambda folder: (folder / "manifest.json").write_bytes(b"\xff\xfe"),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_cache_is_noticed_and_built_again(small_world: Any, damage: str) -> None:
    build(small_world)
    DAMAGE[damage](small_world.cache)
    sha256 = small_world.originals["train"].sha256
    assert cache.read(small_world.cache, sha256) is None

    dataset = load_dataset("fashion-mnist")
    np.testing.assert_array_equal(dataset.images, small_world.images)
    np.testing.assert_array_equal(dataset.labels, small_world.labels)
    assert cache.read(small_world.cache, sha256) is not None
    assert {path.name for path in small_world.cache.iterdir()} == FILES


def test_what_a_killed_writer_left_is_not_used_and_is_cleared_away(small_world: Any) -> None:
    small_world.cache.mkdir(parents=True)
    (small_world.cache / ".tmp-images.npy-12345678").write_bytes(b"half")
    build(small_world)
    assert {path.name for path in small_world.cache.iterdir()} == FILES


def test_a_cached_set_cannot_be_changed_through_what_is_loaded(small_world: Any) -> None:
    build(small_world)
    dataset = load_dataset("fashion-mnist")
    with pytest.raises(ValueError, match="read-only"):
        dataset.images[0] = 0
    with pytest.raises(ValueError, match="read-only"):
        dataset.labels[0] = 0


def test_a_cache_folder_that_cannot_be_made_leaves_the_images_in_memory(
    small_world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A file where the folder should be refuses everybody, also a user to whom permissions mean nothing.
    (small_world.root / "file").write_bytes(b"")
    monkeypatch.setenv("DCGAN_DATA", str(small_world.root / "file" / "cache"))
    small_world.install("system")
    for _ in range(2):
        dataset = load_dataset("fashion-mnist")
        np.testing.assert_array_equal(dataset.images, small_world.images)
        assert (dataset.source, dataset.images.flags.writeable) == ("system", False)


def test_a_read_only_cache_folder_leaves_the_images_in_memory(
    small_world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    small_world.install("system")
    small_world.cache.mkdir(parents=True)
    real_open = Path.open

    def refuse(path: Path, mode: str = "r", *arguments: Any, **more: Any) -> Any:
        if "x" in mode:
            raise PermissionError(30, "Read-only file system", str(path))
        return real_open(path, mode, *arguments, **more)

    monkeypatch.setattr(Path, "open", refuse)
    dataset = load_dataset("fashion-mnist")
    np.testing.assert_array_equal(dataset.images, small_world.images)
    assert not (small_world.cache / "manifest.json").exists()


@on_unix
def test_a_full_disk_leaves_the_images_in_memory_and_no_half_file(small_world: Any) -> None:
    import resource

    small_world.install("system")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (500, hard))  # images.npy has 608 bytes
    try:
        dataset = load_dataset("fashion-mnist")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    np.testing.assert_array_equal(dataset.images, small_world.images)
    assert {path.name for path in small_world.cache.iterdir()} == {".lock"}
    assert isinstance(load_dataset("fashion-mnist").images.base, np.memmap)


def test_the_users_cache_directory_is_used_unless_told_otherwise(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DCGAN_DATA", str(tmp_path))
    assert cache.dataset_folder("fashion-mnist", "train") == tmp_path / "datasets" / "fashion-mnist"
    assert cache.dataset_folder("fashion-mnist", "test") == tmp_path / "datasets" / "fashion-mnist" / "test"
    monkeypatch.delenv("DCGAN_DATA")
    assert "dcgan-studio" in cache.data_folder().parts


# Builds as soon as a line arrives, and says when it is asked to build at all.
LOADER = """
import sys
from pathlib import Path
from dcgan.data import sources
from dcgan.data.datasets import load_dataset
from dcgan.data.download import PublishedFile

folder, sha256 = sys.argv[1:]
files = [PublishedFile(f"train-{kind}.gz", 1, "") for kind in ("images", "labels")]
sources.SYSTEM_FOLDER = Path(folder)
sources.FASHION_MNIST["train"] = sources.Original(*files, (30, 4, 4), sha256)
find = sources.find

def find_when_told(*arguments, **options):
    print("building", flush=True)
    sys.stdin.readline()
    return find(*arguments, **options)

sources.find = find_when_told
print("loading", flush=True)
dataset = load_dataset("fashion-mnist")
print(len(dataset.images), dataset.source, type(dataset.images.base).__name__, flush=True)
"""


class Loader:
    """A process that runs `LOADER`; its pipes have no buffer, so that `select` knows all that it has said."""

    def __init__(self, folder: Path, sha256: str) -> None:
        command = [sys.executable, "-c", LOADER, str(folder), sha256]
        self.process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)

    def says(self, seconds: float = 30.0) -> str | None:
        """Return the next line, None if none comes in time."""
        assert self.process.stdout
        ready, _, _ = select.select([self.process.stdout], [], [], seconds)
        return self.process.stdout.readline().decode().strip() if ready else None

    def build(self) -> None:
        assert self.process.stdin
        self.process.stdin.write(b"go\n")

    def end(self) -> None:
        self.process.kill()
        self.process.communicate(timeout=30)


@pytest.fixture
def builder_and_waiter(small_world: Any) -> Iterator[tuple[Loader, Loader]]:
    """Two processes that load for the first time: one is building the cache, the other came while it did."""
    small_world.install("system")
    arguments = small_world.root / "system", small_world.originals["train"].sha256
    with contextlib.ExitStack() as stack:
        builder = Loader(*arguments)
        stack.callback(builder.end)
        assert [builder.says(), builder.says()] == ["loading", "building"]
        waiter = Loader(*arguments)
        stack.callback(waiter.end)
        assert waiter.says() == "loading"
        yield builder, waiter


@on_unix
def test_two_processes_that_load_for_the_first_time_build_the_cache_once(
    builder_and_waiter: tuple[Loader, Loader],
) -> None:
    builder, waiter = builder_and_waiter
    assert waiter.says(seconds=0.5) is None
    builder.build()
    assert builder.says() == "30 system memmap"
    assert waiter.says() == "30 system memmap"  # and has built nothing itself


@on_unix
def test_when_the_builder_is_killed_the_one_that_waits_builds(builder_and_waiter: tuple[Loader, Loader]) -> None:
    builder, waiter = builder_and_waiter
    builder.end()
    assert waiter.says() == "building"
    waiter.build()
    assert waiter.says() == "30 system memmap"
