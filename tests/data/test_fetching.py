"""A download that nobody has to watch."""

import threading

import pytest

from dcgan.data import datasets, fetching, sources
from dcgan.data.fetching import Fetch, FetchState
from image_server import serve


def wait_until_ended(fetch: Fetch) -> FetchState:
    for thread in threading.enumerate():
        if thread.name == f"dcgan-fetch-{fetch.name}":
            thread.join(timeout=30)
    return fetch.state()


def test_a_set_is_fetched_once_and_then_at_hand(small_world, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DCGAN_OFFLINE")
    assert not datasets.is_at_hand("fashion-mnist")
    with serve(small_world.contents) as (address, requests):
        monkeypatch.setattr(sources, "BASE_URL", address)
        fetch = Fetch("fashion-mnist")
        assert fetch.state() == FetchState.IDLE
        fetch.start()
        assert wait_until_ended(fetch) == FetchState.DONE
        fetch.start()
        assert wait_until_ended(fetch) == FetchState.DONE
    assert len([line for line in requests if line.startswith("GET")]) == 2
    assert fetch.progress() == (datasets.download_bytes("fashion-mnist"),) * 2
    assert datasets.is_at_hand("fashion-mnist")


def test_a_download_that_fails_can_be_tried_again(small_world, monkeypatch: pytest.MonkeyPatch) -> None:
    fetch = Fetch("fashion-mnist")  # offline
    fetch.start()
    assert wait_until_ended(fetch) == FetchState.FAILED
    small_world.install("keras")
    fetch.start()
    assert wait_until_ended(fetch) == FetchState.DONE


def test_an_error_of_the_system_is_a_failure_and_no_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError("no space")

    monkeypatch.setattr(fetching, "load_dataset", fail)
    fetch = Fetch("fashion-mnist")
    fetch.start()
    assert wait_until_ended(fetch) == FetchState.FAILED
