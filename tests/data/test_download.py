import errno
import socket
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from dcgan.data import download, sources
from dcgan.data.datasets import load_dataset
from image_server import serve


@pytest.fixture
def server(small_world: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """A server on this machine that has the tiny set's files; gives the list of requests that it got."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.delenv("DCGAN_OFFLINE")
    with serve(small_world.contents) as (address, requests):
        monkeypatch.setattr(sources, "BASE_URL", address)
        yield requests


def test_what_no_folder_has_is_downloaded_once_and_cached(small_world: Any, server: list[str]) -> None:
    dataset = load_dataset("fashion-mnist")
    np.testing.assert_array_equal(dataset.images, small_world.images)
    assert (dataset.source, dataset.is_sample) == ("download", False)
    assert server == ["HEAD /train-images.gz", "GET /train-images.gz", "GET /train-labels.gz"]
    assert load_dataset("fashion-mnist").source == "download"
    assert len(server) == 3


def test_progress_counts_the_bytes_of_both_files_and_ends_at_all_of_them(
    small_world: Any, server: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[tuple[int, int]] = []
    load_dataset("fashion-mnist", progress=lambda done, total: calls.append((done, total)))
    total = sum(len(small_world.contents[name]) for name in ("train-images.gz", "train-labels.gz"))
    assert {call[1] for call in calls} == {total}
    done = [call[0] for call in calls]
    assert done == sorted(done) and done[-1] == total
    assert done[0] == len(small_world.contents["train-images.gz"])


@pytest.mark.parametrize("reason", [RuntimeError("cancelled"), OSError(errno.ENOSPC, "full"), ValueError("bad")])
def test_a_progress_callback_can_end_the_download(small_world: Any, server: list[str], reason: Exception) -> None:
    """Also with an error that would be a failed download if it came from the network."""

    def cancel(done: int, total: int) -> None:
        raise reason

    with pytest.raises(type(reason)) as caught:
        load_dataset("fashion-mnist", progress=cancel)
    assert caught.value is reason
    assert not (small_world.cache / "manifest.json").exists()
    assert load_dataset("fashion-mnist").source == "download"  # the lock is free, nothing counts as a failure


@pytest.mark.parametrize("damage", ["other bytes", "cut short", "missing"])
def test_a_file_with_a_wrong_sum_is_never_used(
    small_world: Any, server: list[str], damage: str, caplog: pytest.LogCaptureFixture
) -> None:
    content = small_world.contents["train-labels.gz"]
    if damage == "other bytes":
        small_world.contents["train-labels.gz"] = content[:-1] + bytes([content[-1] ^ 1])
    elif damage == "cut short":
        small_world.contents["train-labels.gz"] = content[:-1]
    else:
        del small_world.contents["train-labels.gz"]
    assert load_dataset("fashion-mnist").source == "sample"
    assert "did not work" in caplog.text
    assert not (small_world.cache / "manifest.json").exists()


def test_after_a_failure_it_is_not_tried_again_for_a_while(
    small_world: Any, server: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    labels = small_world.contents.pop("train-labels.gz")
    assert load_dataset("fashion-mnist").is_sample
    asked = len(server)
    small_world.contents["train-labels.gz"] = labels
    assert load_dataset("fashion-mnist").is_sample
    assert len(server) == asked

    # Another process has no memory of it but the mark beside the cache.
    monkeypatch.setattr(download, "_failed_at", -download.RETRY_SECONDS)
    assert load_dataset("fashion-mnist").is_sample
    assert len(server) == asked

    # Five minutes later.
    monkeypatch.setattr(download, "RETRY_SECONDS", 0.0)
    assert load_dataset("fashion-mnist").source == "download"


def test_a_failure_is_remembered_also_where_nothing_can_be_written(
    small_world: Any, server: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (small_world.root / "file").write_bytes(b"")
    monkeypatch.setenv("DCGAN_DATA", str(small_world.root / "file" / "cache"))
    small_world.contents.clear()
    assert load_dataset("fashion-mnist").is_sample
    asked = len(server)
    assert load_dataset("fashion-mnist").is_sample
    assert len(server) == asked


@pytest.mark.parametrize(("value", "requests"), [("1", 0), ("yes", 0), ("0", 3), ("", 3)])
def test_offline_means_that_nothing_is_asked(
    small_world: Any, server: list[str], monkeypatch: pytest.MonkeyPatch, value: str, requests: int
) -> None:
    monkeypatch.setenv("DCGAN_OFFLINE", value)
    load_dataset("fashion-mnist")
    assert len(server) == requests


def test_a_server_that_never_answers_costs_no_more_than_the_time_allowed(
    small_world: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.delenv("DCGAN_OFFLINE")
    monkeypatch.setattr(download, "ANSWER_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setattr(sources, "BASE_URL", f"http://127.0.0.1:{silent.getsockname()[1]}/")
        begun = time.monotonic()
        assert load_dataset("fashion-mnist").is_sample
        assert time.monotonic() - begun < 2.5  # CONNECT_SECONDS is 3: the thread was not waited for
    assert "no answer in 0.2 s" in caplog.text


def test_a_port_that_nobody_listens_on_falls_through_at_once(small_world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.delenv("DCGAN_OFFLINE")
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    monkeypatch.setattr(sources, "BASE_URL", f"http://127.0.0.1:{port}/")
    begun = time.monotonic()
    assert load_dataset("fashion-mnist").is_sample
    assert time.monotonic() - begun < 2.5
