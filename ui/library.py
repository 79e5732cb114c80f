"""The training images that every session holds single images against: opened once, behind the page.

Owns waiting for them, and what is shown meanwhile. Leaves how a look is drawn to `look`.
"""

import streamlit as st

from dcgan.data.datasets import CLASS_NAMES, is_at_hand, list_datasets
from dcgan.quality.classifier import find_classifier
from dcgan.quality.library import Library
from dcgan.quality.look import Look, name_classes
from dcgan.quality.opening import Opening, OpeningState
from ui.look import Subject, draw_look
from ui.text import number, t

PATIENCE = 3.0  # seconds that a spinner turns; what takes longer gets a bar
TICK_SECONDS = 1.0


def show_look(subject: Subject) -> None:
    """Draw what is known of an image, now or as soon as the training images are there."""
    opening = _opening(subject.dataset)
    state = opening.wait(0)
    if state == OpeningState.RUNNING and opening.progress() == (0, 0):
        with st.spinner(t("look.opening")):
            state = opening.wait(PATIENCE)
    running = state == OpeningState.RUNNING
    st.fragment(_show, run_every=TICK_SECONDS if running else None)(subject, running)


def find_library(dataset: str) -> Library | None:
    """Return the training images, where they are there already."""
    return _opening(dataset).library()


def _show(subject: Subject, was_running: bool) -> None:
    opening = _opening(subject.dataset)
    state, library = opening.wait(0), opening.library()
    if was_running and state != OpeningState.RUNNING:
        st.rerun()
    look = _classify(subject) if library is None else library.look(subject.image[None], subject.limit)[0]
    st.html(draw_look(subject, look, _names(subject.dataset, look), library))
    if look is None:
        st.caption(t("look.no_classifier", dataset=subject.dataset))
    elif state == OpeningState.RUNNING:
        done, total = opening.progress()
        words = t("look.comparing", done=number(done), total=number(total)) if total else t("look.opening")
        st.progress(done / max(1, total), text=words)
    elif library is None:
        st.caption(t("look.no_library"))


def _classify(subject: Subject) -> Look | None:
    """What a classifier says of it, where there is one."""
    try:
        classifier = find_classifier(subject.dataset, threads=1)
    except ValueError:  # its file is damaged
        return None
    if classifier is None:
        return None
    return Look(*name_classes(classifier.judge(subject.image[None]).probabilities[0]))


def _names(dataset: str, look: Look | None) -> tuple[str, ...]:
    count = 1 + max(look.labels, default=0) if look is not None else 0
    known = CLASS_NAMES.get(dataset, ())
    return known if len(known) >= count else tuple(str(label) for label in range(count))


def _opening(dataset: str) -> Opening:
    """The opening of a set; another one once the whole of it has come, where there was a sample or nothing."""
    return _open(dataset, dataset in list_datasets() and is_at_hand(dataset))


@st.cache_resource(show_spinner=False, max_entries=2)
def _open(dataset: str, at_hand: bool) -> Opening:
    return Opening(dataset)
