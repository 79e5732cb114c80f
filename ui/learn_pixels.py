"""A piece of a real image as numbers: as they are stored, and as the networks get them."""

import streamlit as st

from dcgan.data.datasets import Dataset
from dcgan.data.images import to_float
from ui.batch import draw_scale
from ui.drawing import escape
from ui.text import number, t

ROWS, COLUMNS = slice(6, 14), slice(9, 18)  # of the image: where something is to be seen
IMAGE = 0


def show_pixels(dataset: Dataset) -> None:
    """Draw a table of pixels that can be switched between 0 to 255 and -1 to 1."""
    scaled = st.segmented_control(
        t("learn.pixels.label"), [False, True], default=False, required=True, key="pixels-scaled",
        format_func=lambda scaled: t("learn.pixels.scaled" if scaled else "learn.pixels.stored"),
    )  # fmt: skip
    st.html(draw_pixels(dataset, bool(scaled)))
    st.html(draw_scale())


def draw_pixels(dataset: Dataset, scaled: bool) -> str:
    """Return the table as HTML; a cell is as bright as its pixel."""
    piece = dataset.images[IMAGE, ROWS, COLUMNS, 0]
    values = to_float(piece)
    rows = []
    for levels, numbers in zip(piece.tolist(), values.tolist(), strict=True):
        cells = (
            f'<td style="background:rgb({level},{level},{level});color:{"#000" if level > 127 else "#fff"}">'
            f"{number(value, 1) if scaled else level}</td>"
            for level, value in zip(levels, numbers, strict=True)
        )
        rows.append(f"<tr>{''.join(cells)}</tr>")
    return f'<table class="pixels" aria-label="{escape(t("learn.pixels.alt"))}">{"".join(rows)}</table>'
