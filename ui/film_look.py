"""One image of a run's grid looked at more closely, under the grid.

Owns which one it is, and cutting it out of the picture. Leaves what is seen to `library`.
"""

import math
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from dcgan.config import Config
from dcgan.data.images import cut, decode_png
from dcgan.runs.samples import Sample
from ui.text import t
from ui.watch import RunWatch


def show_film_look(watch: RunWatch, sample: Sample) -> None:
    """Offer to look at one image of a grid; nothing is loaded before somebody wants to."""
    run_id = watch.run.run_id
    if not st.toggle(t("look.film"), key=f"look-{run_id}", help=t("look.film_help")):
        return
    # Here: a page that shows no look needs neither classifier nor ONNX Runtime.
    from ui.library import show_look
    from ui.look import Subject

    config = watch.config()
    try:
        images = _cut(sample.path, sample.mark, config)
    except (OSError, ValueError):
        st.caption(t("look.not_cut"))
        return
    columns = math.isqrt(len(images))
    with st.container(horizontal=True, key="look-place"):
        row, column = (_choose_place(name, f"look-{name}-{run_id}", columns) for name in ("row", "column"))
    index = columns * (row - 1) + column - 1
    belief = _read_score(sample.facts.get("scores"), index)
    subject = Subject(
        t("look.at", row=row, column=column), images[index], config.data.dataset, config.data.limit,
        t("look.no_belief_film") if belief is None else belief,
    )  # fmt: skip
    show_look(subject)


def _choose_place(name: str, key: str, most: int) -> int:
    """One of the grid's rows or columns, counted from 1 as a person does; another grid may have fewer."""
    st.session_state[key] = min(int(st.session_state.get(key, 1)), most)
    return int(st.number_input(t(f"look.{name}"), 1, most, key=key, step=1, width=150, help=t(f"look.{name}_help")))


@st.cache_data(max_entries=32, show_spinner=False)
def _cut(path: Path, mark: Any, _config: Config) -> NDArray[np.uint8]:
    """The images of a grid, as the generator drew them; read again when `mark` is another."""
    size, saving = _config.data.image_size, _config.saving
    images = cut(decode_png(path.read_bytes()), size, size, inverted=saving.inverted)
    if images.shape[3] != _config.data.num_channels:
        raise ValueError(f"{path} has {images.shape[3]} channels, not {_config.data.num_channels}.")
    return images


def _read_score(scores: object, index: int) -> float | None:
    """A belief of the discriminator's as it was noted, perhaps by a stranger: a number from 0 to 1 or none."""
    score = scores[index] if isinstance(scores, list) and index < len(scores) else None
    is_number = isinstance(score, int | float) and not isinstance(score, bool)
    return float(score) if is_number and 0 <= score <= 1 else None  # type: ignore[operator, arg-type]
