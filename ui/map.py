"""The map of a data set's images: pointing names one, a click shows it.

Drawn when unfolded: Plotly's script is the largest thing of the app that a browser loads.
"""

from typing import Any

import numpy as np
import streamlit as st

from dcgan.data import images
from dcgan.data.datasets import Dataset
from dcgan.data.mapping import ImageMap, place_images
from dcgan.plots import Group, plot_map
from ui.dataset import name_class
from ui.text import number, t

POINTS = 1_000
SHOWN_PIXELS = 168  # of a picked image; six for each of its own


@st.fragment
def show_map(dataset: Dataset) -> None:
    """Draw the folded map; where it is unfolded, with the image that was picked."""
    st.markdown(t("data.map.lead"))
    folded = st.expander(t("data.map.show"), key="map", on_change="rerun")
    if not folded.open:
        return
    with folded:
        with st.spinner(t("data.map.drawing")):
            figure = _figure(dataset)
        picked = st.plotly_chart(
            figure, key="image-map", on_select="rerun", selection_mode="points",
            config={"displaylogo": False, "scrollZoom": True, "modeBarButtonsToRemove": ["select2d", "lasso2d"]},
            alt=t("data.map.alt", count=min(POINTS, len(dataset.images))),
        )  # fmt: skip
        _show_picked(dataset, picked)


def _figure(dataset: Dataset) -> Any:
    placed = _place(dataset.sha256, dataset)
    labels = dataset.labels[placed.rows]
    groups = []
    for label, name in enumerate(dataset.class_names):
        of_class = labels == label
        x, y = np.round(placed.places[of_class].T, 2).tolist() if of_class.any() else ([], [])
        groups.append(Group(name_class(name), x, y, (placed.rows[of_class] + 1).tolist()))
    return plot_map(groups, t("data.map.point"))


@st.cache_resource(show_spinner=False, max_entries=2)
def _place(sha256: str, _dataset: Dataset) -> ImageMap:
    return place_images(_dataset.images, POINTS)


def _show_picked(dataset: Dataset, picked: Any) -> None:
    """Draw the image that was clicked on, or say that one can be."""
    points = picked["selection"]["points"] if picked else []
    row = _row_of(points[0]) if points else None
    if row is None or not 0 <= row < len(dataset.images):
        st.caption(t("data.map.how"))
        return
    words = t("data.map.picked", name=name_class(dataset.class_names[dataset.labels[row]]), number=number(row + 1))
    with st.container(key="picked"):
        content = images.encode_png(np.asarray(dataset.images[row]))
        st.image(content, words, width=SHOWN_PIXELS, output_format="PNG", alt=words)


def _row_of(point: Any) -> int | None:
    """The image of a point; a browser may send anything."""
    given = point.get("customdata") if isinstance(point, dict) else None
    value = given[0] if isinstance(given, list) and given else given
    return int(value) - 1 if isinstance(value, int | float) and value == value and abs(value) < 1e9 else None
