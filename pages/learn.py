"""Learn: from the idea of a GAN to a GIF of one that learned, in nine steps."""

import streamlit as st

from ui import learn_steps, shell

shell.begin_page()
shell.use_styles("figures.css")
shell.use_styles("learn.css")

steps, words = st.columns([1, 2.6], gap="large")
with steps, st.container(key="steps"):
    chosen = learn_steps.choose_step()
with words, st.container(key="lesson"):
    learn_steps.show_step(chosen)
