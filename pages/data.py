"""Data: what the networks will learn from."""

import streamlit as st

from dcgan.data.sample import SampleError
from ui import dataset as shared
from ui import shell
from ui.batch import show_batch
from ui.brightness import describe, draw_brightness
from ui.browse import show_images
from ui.classes import draw_classes
from ui.drawing import show_svg
from ui.map import show_map
from ui.text import t

shell.begin_page()
shell.use_styles("figures.css")

with st.container(horizontal=True, vertical_alignment="bottom", key="data-head"):
    st.title(t("data.page.title"), width="stretch")
    pressed = st.button(t("data.page.train"), type="primary", key="train-on-this", icon=":material/arrow_forward:")
if pressed:
    st.switch_page(shell.TRAIN)

waiting = st.empty()
with waiting.container():
    st.skeleton(height=400)
try:
    dataset = shared.load()
    statistics = shared.statistics(dataset)
except SampleError:
    waiting.empty()
    st.error(t("data.page.broken"))
    st.stop()
waiting.empty()

st.markdown(shared.describe(dataset))
if dataset.is_sample:
    shared.offer_download()

left, right = st.columns([3, 2], gap="large")
with left:
    st.header(t("data.page.images"))
    show_images(dataset)
with right:
    st.header(t("data.page.class_counts"), help=t("data.page.mean_help"))
    st.html(draw_classes(statistics, [shared.name_class(name) for name in dataset.class_names]))
    st.header(t("data.page.brightness"), help=t("data.page.brightness_help"))
    show_svg(draw_brightness(statistics), "histogram")
    st.caption(describe(statistics))

st.header(t("data.page.batch"))
show_batch(dataset)

st.header(t("data.map.title"))
show_map(dataset)
