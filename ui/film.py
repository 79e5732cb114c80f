"""The fixed latents' grid through a run: the newest, every earlier one, and all as a GIF.

Owns which grid is shown: it follows the newest until a person looks back.
"""

from collections.abc import Sequence

import streamlit as st

from dcgan.runs.samples import Sample
from ui.gallery import step_label
from ui.text import numbers, t
from ui.watch import RunWatch

MIN_FRAMES = 2  # grids at the ends of epochs, for a GIF


def show_film(watch: RunWatch, is_coming: bool = True) -> None:
    """Draw one grid with a slider over all of them, or say when the first will come, or that there is none."""
    samples = watch.samples()
    if not samples:
        st.html(f'<div class="empty">{t("grid.none_yet" if is_coming else "grid.none")}</div>')
        return
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
    if len(samples) < 2:
        st.caption(place)
        return

    # The slider's value is set only where it differs, so that a tick never takes it out of somebody's hand.
    if st.session_state.get(slider) != shown.step:
        st.session_state[slider] = shown.step
    labels = numbers([sample.step for sample in samples])
    st.select_slider(
        place, list(labels), key=slider, format_func=labels.__getitem__, help=t("grid.help"),
        on_change=_look_back, args=(slider, pinned, samples[-1].step),
    )  # fmt: skip
    if shown is not samples[-1]:
        st.button(t("grid.newest"), key="newest", type="tertiary", on_click=_follow, args=(pinned,))


def _look_back(slider: str, pinned: str, newest: int) -> None:
    step = st.session_state[slider]
    if step == newest:
        st.session_state.pop(pinned, None)
    else:
        st.session_state[pinned] = step


def _follow(pinned: str) -> None:
    st.session_state.pop(pinned, None)


def offer_gif(watch: RunWatch, main: bool) -> None:
    """Offer the epochs' grids as a GIF, made when asked for; nothing before there are two."""
    if _count_ends(watch.samples()) < MIN_FRAMES:
        return
    st.download_button(
        t("live.gif"), watch.gif, f"{watch.run.run_id}.gif", "image/gif", key="gif", on_click="ignore",
        type="primary" if main else "secondary", icon=":material/gif_box:", help=t("live.gif_help"),
    )  # fmt: skip


def _count_ends(samples: Sequence[Sample]) -> int:
    return sum(bool(sample.facts.get("epoch_end")) for sample in samples)
