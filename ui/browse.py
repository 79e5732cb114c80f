"""Leafing through a data set: a page of images, of all classes or of one.

Owns the page and the class in the address. Leaves what an image is to the data set.
"""

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from dcgan.data import images
from dcgan.data.datasets import Dataset
from ui.dataset import name_class
from ui.text import t

SIDE = 5  # images a row of a sheet
SHEETS = 4  # pictures a page; they stand two by two
PER_PAGE = SHEETS * SIDE * SIDE
ALL = -1  # instead of a class

_CLASS, _PAGE = "class", "page"  # in the address
_CHIP, _NUMBER = "browse-class", "browse-page"  # widgets


@st.fragment
def show_images(dataset: Dataset) -> None:
    """Draw the chips of the classes, one page of images, and the way to the others."""
    chosen = _choose_class(dataset)
    rows = np.arange(len(dataset.images)) if chosen == ALL else np.flatnonzero(dataset.labels == chosen)
    page = _current_page(-(-len(rows) // PER_PAGE))
    first = (page - 1) * PER_PAGE
    show_sheets(dataset, rows[first : first + PER_PAGE])
    _choose_page(page, len(rows))


def show_sheets(dataset: Dataset, rows: NDArray[np.intp], side: int = SIDE) -> None:
    """Draw images of a set as sheets of `side` by `side`, as PNG, pixel for pixel."""
    with st.grid(2, min_column_width=130, key="sheets"):
        for start in range(0, len(rows), side * side):
            part = rows[start : start + side * side]
            sheet = images.encode_png(images.grid(dataset.images[part], side, padding=0, background=0))
            names = ", ".join(name_class(dataset.class_names[label]) for label in dataset.labels[part])
            # PNG as it is; left to itself Streamlit sends a JPEG.
            st.image(sheet, width="stretch", output_format="PNG", alt=t("data.page.sheet", names=names))


def _choose_class(dataset: Dataset) -> int:
    """Draw a chip for all and one for each class; the address says which is chosen."""
    options = [ALL, *range(len(dataset.class_names))]
    if _CHIP not in st.session_state:
        named = st.query_params.get(_CLASS, "")
        st.session_state[_CHIP] = next((label for label in options if str(label) == named), ALL)
    chosen = st.pills(
        t("data.page.classes"), options, key=_CHIP, required=True, label_visibility="collapsed", on_change=_go_to_first,
        format_func=lambda label: t("data.page.all") if label == ALL else name_class(dataset.class_names[label]),
    )  # fmt: skip
    label = ALL if chosen is None else chosen
    _remember(_CLASS, label, ALL)
    return label


def _current_page(pages: int) -> int:
    """The page that is asked for, or the nearest that there is."""
    if _NUMBER not in st.session_state:
        named = st.query_params.get(_PAGE, "")
        st.session_state[_NUMBER] = int(named) if named.isdecimal() and len(named) < 10 else 1
    page = st.session_state[_NUMBER] = max(1, min(pages, int(st.session_state[_NUMBER])))
    _remember(_PAGE, page, 1)
    return page


def _choose_page(page: int, count: int) -> None:
    """Draw what is shown of how many, and the way on and back."""
    pages, first = -(-count // PER_PAGE), (page - 1) * PER_PAGE
    with st.container(horizontal=True, vertical_alignment="center", key="pager"):
        st.button(
            t("data.page.back"), key="page-back", icon=":material/chevron_left:", on_click=_turn, args=(-1,),
            disabled=page == 1,
        )  # fmt: skip
        st.number_input(
            t("data.page.number", pages=pages), 1, pages, key=_NUMBER, label_visibility="collapsed", width=110
        )  # fmt: skip
        st.button(
            t("data.page.on"), key="page-on", icon=":material/chevron_right:", icon_position="right", on_click=_turn,
            args=(1,), disabled=page == pages,
        )  # fmt: skip
        st.caption(t("data.page.shown", first=first + 1, last=min(first + PER_PAGE, count), count=count, pages=pages))


def _turn(by: int) -> None:
    st.session_state[_NUMBER] += by


def _go_to_first() -> None:
    st.session_state[_NUMBER] = 1


def _remember(name: str, value: int, default: int) -> None:
    """Put a choice into the address, or take it out where it is what an address without it means."""
    if value == default:
        st.query_params.pop(name, None)
    elif st.query_params.get(name) != str(value):
        st.query_params[name] = str(value)
