"""The data set that all sessions look at: loaded once, measured once, fetched once.

Owns the offer to download what is not on this machine. Leaves loading and measuring to `dcgan.data`.
"""

import contextlib
import re

import streamlit as st

from dcgan.config import Config
from dcgan.data import datasets
from dcgan.data.datasets import Dataset
from dcgan.data.fetching import Fetch, FetchState
from dcgan.data.sample import SampleError
from dcgan.data.statistics import Statistics, measure
from ui.text import has_words, number, t

NAME = Config().data.dataset
TICK_SECONDS = 1.0


def load() -> Dataset:
    """Return the data set; the sample where the whole set is not on this machine. Asks no other machine.

    Raises:
        SampleError: not even the sample can be read.
    """
    at_hand = datasets.is_at_hand(NAME)
    dataset = _load(NAME, at_hand)
    if at_hand and dataset.is_sample:  # what lies there is damaged: look again next time
        _load.clear()
    return dataset


def prepare() -> None:
    """Load and measure it ahead of the first visitor, outside of any session; what cannot be read is told there."""
    with contextlib.suppress(SampleError, OSError):
        statistics(load())


def statistics(dataset: Dataset) -> Statistics:
    """Return a set's numbers, counted once for all sessions."""
    return _measure(dataset.sha256, dataset)


@st.cache_resource(show_spinner=False, max_entries=2)
def _load(name: str, at_hand: bool) -> Dataset:
    return datasets.load_dataset(name, may_download=False)


@st.cache_resource(show_spinner=False, max_entries=4)
def _measure(sha256: str, _dataset: Dataset) -> Statistics:
    return measure(_dataset.images, _dataset.labels, len(_dataset.class_names))


@st.cache_resource(show_spinner=False)
def _fetch(name: str) -> Fetch:
    return Fetch(name)


def name_class(english: str) -> str:
    """Return what a class is called in the reader's language; its own name where there are no words for it."""
    key = f"class.{re.sub('[^a-z]+', '-', english.lower())}"
    return t(key) if has_words(key) else english


def describe(dataset: Dataset) -> str:
    """Return a set in one line: how many images, how large, of how many classes, from where."""
    _, height, width, channels = dataset.images.shape
    return t(
        "data.page.line", images=len(dataset.images), height=height, width=width,
        colour=t("data.page.grey" if channels == 1 else "data.page.colour"), classes=len(dataset.class_names),
        source=t(f"data.source.{dataset.source}"),
    )  # fmt: skip


def offer_download() -> None:
    """Say that this is the sample, and offer the whole set; a bar while it comes."""
    running = _fetch(NAME).state() == FetchState.RUNNING
    st.fragment(_offer, run_every=TICK_SECONDS if running else None)(running)


def _offer(was_running: bool) -> None:
    fetch = _fetch(NAME)
    state = fetch.state()
    if state == FetchState.RUNNING:
        done, total = fetch.progress()
        words = t("data.page.fetching", done=number(done / 1e6, 0), total=number(total / 1e6, 0))
        st.progress(min(1.0, done / total), text=words)
        return
    if was_running:
        st.rerun()
    if state == FetchState.FAILED:
        st.warning(t("data.page.fetch_failed"))
    else:
        st.info(t("data.page.is_sample", count=datasets.count_images(NAME)))
    megabytes = number(datasets.download_bytes(NAME) / 1e6, 0)
    if st.button(t("data.page.fetch", megabytes=megabytes), key="fetch", icon=":material/download:"):
        fetch.start()
        st.rerun()
