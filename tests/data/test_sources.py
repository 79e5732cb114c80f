"""Facts about the places where the published files are looked for."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dcgan.data import sources
from dcgan.data.cache import content_sha256
from dcgan.data.download import Progress, PublishedFile


@pytest.fixture
def server(small_world: Any, monkeypatch: pytest.MonkeyPatch) -> dict[str, bytes]:
    """A server that has the files of the small world; what is put into the dictionary is sent instead."""
    sent = dict(small_world.contents)

    def download(base_url: str, files: Sequence[PublishedFile], folder: Path, progress: Progress | None) -> bool:
        assert base_url == sources.BASE_URL
        for file in files:
            (folder / file.name).write_bytes(sent[file.name])
        if progress:
            progress(7, 7)
        return True

    monkeypatch.setattr(sources, "download", download)
    return sent


def find(small_world: Any, progress: Progress | None = None) -> sources.Content | None:
    return sources.find(small_world.originals["train"], progress)


def messages(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.message for record in caplog.records]


@pytest.mark.parametrize("place", ["system", "keras"])
def test_what_is_on_the_machine_is_not_downloaded(
    small_world: Any, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def must_not_run(*_: object) -> None:
        raise AssertionError("a download, although the files are here")

    monkeypatch.setattr(sources, "download", must_not_run)
    small_world.install(place)
    content = find(small_world)
    assert content is not None
    assert content.source == place


def test_what_is_found_is_whole_with_a_channel_and_cannot_be_changed(small_world: Any) -> None:
    small_world.install("system")
    content = find(small_world)
    assert content is not None
    assert (content.images.shape, content.labels.shape) == ((30, 4, 4, 1), (30,))
    assert content_sha256(content.images, content.labels) == small_world.originals["train"].sha256
    for array in (content.images, content.labels):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1


def test_a_download_is_the_last_source_and_leaves_no_file(
    small_world: Any, server: dict[str, bytes], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr(sources.tempfile, "tempdir", str(scratch))
    done: list[tuple[int, int]] = []
    content = find(small_world, lambda *bytes_: done.append(bytes_))
    assert content is not None
    assert content.source == "download"
    np.testing.assert_array_equal(content.images, small_world.images)
    assert done == [(7, 7)]
    assert list(scratch.iterdir()) == []


def test_a_download_of_other_images_is_passed_over_with_both_sums(
    small_world: Any, server: dict[str, bytes], caplog: pytest.LogCaptureFixture
) -> None:
    server["train-labels.gz"] = b"\0\0\x08\x01\0\0\0\x1e" + bytes(30)  # 30 labels, all of them 0
    assert find(small_world) is None
    expected = small_world.originals["train"].sha256
    found = content_sha256(small_world.images, np.zeros(30, np.uint8))
    assert [f"sha256 {found}, expected {expected}" in message for message in messages(caplog)] == [True]
    assert "(download) are passed over" in messages(caplog)[0]


def test_fewer_images_are_named_with_what_was_expected(small_world: Any, caplog: pytest.LogCaptureFixture) -> None:
    small_world.install("system")
    folder = small_world.root / "system"
    for kind in ("images", "labels"):
        (folder / f"train-{kind}.gz").write_bytes(small_world.contents[f"test-{kind}.gz"])
    assert find(small_world) is None
    assert ["images (5, 4, 4) with labels (5,), expected (30, 4, 4)" in line for line in messages(caplog)] == [True]


def test_a_file_where_a_folder_is_expected_is_passed_over(small_world: Any) -> None:
    (small_world.root / "system").write_text("no folder")
    small_world.install("keras")
    content = find(small_world)
    assert content is not None
    assert content.source == "keras"


def test_without_any_source_there_is_nothing_and_nothing_is_raised(small_world: Any) -> None:
    assert find(small_world) is None


def test_whoever_watches_a_download_may_end_it(small_world: Any, server: dict[str, bytes]) -> None:
    class EnoughError(Exception):
        pass

    def end(done: int, total: int) -> None:
        raise EnoughError

    with pytest.raises(EnoughError):
        find(small_world, end)


@pytest.mark.parametrize(
    ("variable", "place"),
    [
        ("KERAS_HOME", lambda home: home / "here" / "datasets" / "fashion-mnist"),
        (None, lambda home: home / ".keras" / "datasets" / "fashion-mnist"),
    ],
)
def test_kerass_folder_is_in_its_home_else_in_the_users(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, variable: str | None, place: Callable[[Path], Path]
) -> None:
    for home in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(home, str(tmp_path))
    monkeypatch.delenv("KERAS_HOME", raising=False)
    if variable is not None:
        monkeypatch.setenv(variable, "~/here")
    assert sources.keras_folder() == place(tmp_path)


def test_no_published_file_is_described_as_another() -> None:
    assert {split: original.shape for split, original in sources.FASHION_MNIST.items()} == {
        "train": (60_000, 28, 28),
        "test": (10_000, 28, 28),
    }
    files = [file for original in sources.FASHION_MNIST.values() for file in (original.images, original.labels)]
    sums = [file.sha256 for file in files] + [original.sha256 for original in sources.FASHION_MNIST.values()]
    assert len({file.name for file in files}) == 4
    assert len(set(sums)) == 6
    assert all(len(sum_) == 64 and set(sum_) <= set("0123456789abcdef") for sum_ in sums)
