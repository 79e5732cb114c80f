"""Home: what this is, where to begin, and the runs."""

import streamlit as st

from ui import shell, state
from ui.bundles import show_import
from ui.gallery import show_runs
from ui.text import t

shell.begin_page()

st.title(t("home.title"))
st.markdown(t("home.lead"))
if st.button(t("home.start"), type="primary", key="begin", icon=":material/play_arrow:"):
    state.choose_run(None)
    st.switch_page(shell.TRAIN)

st.subheader(t("runs.title"))
show_runs()
show_import()
