"""Home: what this is, where to begin, what goes on, the visitor's runs, and the gallery."""

import streamlit as st

from ui import shell, state
from ui.bundles import show_import
from ui.cards import show_gallery, show_going_on
from ui.gallery import show_rights, show_runs
from ui.text import t

shell.begin_page()

st.title(t("home.title"))
st.markdown(t("home.lead"))
with st.container(horizontal=True, vertical_alignment="center", key="ways"):
    if st.button(t("home.start"), type="primary", key="begin", icon=":material/play_arrow:"):
        state.choose_run(None)
        st.switch_page(shell.TRAIN)
    st.page_link(shell.LEARN, label=t("home.learn"), icon=":material/school:")
show_rights()

show_going_on()
show_runs(resting=True)
show_import()
show_gallery()
