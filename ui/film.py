"""The fixed latents' grid through a run: the newest, every earlier one, and all as a GIF.

Owns which grid is shown: it follows the newest until a person looks back.
"""

import time
from collections.abc import Sequence

import streamlit as st

from dcgan.runs.samples import Sample
from ui.gallery import step_label
from ui.text import numbers, t
from ui.watch import RunWatch

HEARD_SECONDS = 3.0  # until a browser has heard that the slider was moved for it
MIN_FRAMES = 2  # grids at the ends of epochs, for a GIF


def show_film(watch: RunWatch, is_coming: bool = True) -> Sample | None:
    """Draw one grid with a slider over all of them, or say when the first will come, or that there is none.

    Returns the grid that is shown.
    """
    samples = watch.samples()
    if not samples:
        st.html(f'<div class="empty">{t("grid.none_yet" if is_coming else "grid.none")}</div>')
        return None
    shown = samples[-1]
    slider, pinned = f"film-{watch.run.run_id}", f"pinned-{watch.run.run_id}"
    if len(samples) >= 2:
        by_step = {sample.step: sample for sample in samples}
        shown = by_step.get(st.session_state.get(pinned, -1), shown)

    with st.container(key="film"):
        alt = t("grid.alt", step=shown.step)
        try:
            # PNG as it is on the disk; left to itself Streamlit sends a JPEG.
            st.image(shown.path.read_bytes(), width="stretch", output_format="PNG", alt=alt)
        except (OSError, ValueError, SyntaxError):  # Pillow's words for a file that is no whole picture
            st.html(f'<div class="empty">{t("grid.broken", step=shown.step)}</div>')
    place = step_label(shown.step, shown.facts.get("epoch"))
    alone = f"alone-{slider}"
    if len(samples) < 2:
        st.session_state[alone] = shown.step
        st.caption(place)
        return shown

    # The slider's value is set only where it differs, so that a tick never takes it out of somebody's hand.
    if st.session_state.get(slider) != shown.step:
        if (before := st.session_state.get(slider, st.session_state.get(alone))) is not None:
            _note_replaced(slider, before)
        st.session_state[slider] = shown.step
    labels = numbers([sample.step for sample in samples])
    st.select_slider(
        place, list(labels), key=slider, format_func=labels.__getitem__, help=t("grid.help"),
        on_change=_look_back, args=(slider, pinned, samples[-1].step),
    )  # fmt: skip
    if shown is not samples[-1]:
        st.button(t("grid.newest"), key="newest", type="tertiary", on_click=_follow, args=(pinned,))
    return shown


def _note_replaced(slider: str, step: int) -> None:
    """Remember what the slider stood at before a new grid moved it: a browser may not have heard of that yet."""
    now = time.monotonic()
    known = st.session_state.get(f"replaced-{slider}", [])
    recent = [(then, before) for then, before in known if now - then < HEARD_SECONDS]
    st.session_state[f"replaced-{slider}"] = [*recent, (now, step)]


def _is_stale(slider: str, step: int) -> bool:
    """Whether a value is one that was replaced a moment ago, sent along with a click on something else."""
    known = st.session_state.get(f"replaced-{slider}", [])
    return any(before == step and time.monotonic() - then < HEARD_SECONDS for then, before in known)


def _look_back(slider: str, pinned: str, newest: int) -> None:
    step = st.session_state[slider]
    if _is_stale(slider, step):  # nobody has moved it
        return
    if step == newest:
        st.session_state.pop(pinned, None)
    else:
        st.session_state[pinned] = step


def _follow(pinned: str) -> None:
    st.session_state.pop(pinned, None)


def offer_gif(watch: RunWatch, main: bool) -> bool:
    """Offer the epochs' grids as a GIF, made when asked for; nothing, and False, before there are two."""
    if _count_ends(watch.samples()) < MIN_FRAMES:
        return False
    st.download_button(
        t("live.gif"), watch.gif, f"{watch.run.run_id}.gif", "image/gif", key="gif", on_click="ignore",
        type="primary" if main else "secondary", icon=":material/gif_box:", help=t("live.gif_help"),
    )  # fmt: skip
    return True


def _count_ends(samples: Sequence[Sample]) -> int:
    return sum(bool(sample.facts.get("epoch_end")) for sample in samples)
