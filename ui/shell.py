"""The frame around every page: its settings, its styles, the navigation, the language.

Owns which pages there are. Leaves what is on them to `pages/`.
"""

from contextvars import ContextVar
from pathlib import Path

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from ui import state
from ui.problems import os_reason
from ui.text import choose_language, plain, t

HOME, TRAIN = "pages/home.py", "pages/train.py"
COMPARE, GENERATE = "pages/compare.py", "pages/generate.py"

_STYLE = Path(__file__).parent / "style.css"
_ICON = Path(__file__).parent / "icon.png"  # a Material icon would be fetched from another server
_framed: ContextVar[bool] = ContextVar("framed", default=False)


def open_app() -> StreamlitPage:
    """Draw the frame and return the page that the address names; the entry point runs it."""
    st.set_page_config(page_title="DCGAN Studio", page_icon=_ICON, layout="wide")
    st.html(_STYLE)
    state.keep_address()
    page = st.navigation(
        [
            st.Page(HOME, title=t("home.nav"), icon=":material/home:", default=True),
            st.Page(TRAIN, title=t("train.nav"), icon=":material/show_chart:"),
            st.Page(COMPARE, title=t("compare.nav"), icon=":material/stacked_line_chart:"),
            st.Page(GENERATE, title=t("generate.nav"), icon=":material/auto_awesome:"),
        ]
    )
    with st.sidebar:
        choose_language()
    _framed.set(True)
    return page


def begin_page() -> None:
    """Make a page whole: the first call of each.

    On a server on which the entry point has not run yet, an address leads straight to the file of its page. Its widgets
    would have other ids than they get through the entry point, so the first click would be lost: calling the
    navigation makes Streamlit use the entry point from now on, and the run begins again with it.
    """
    if not _framed.get():
        open_app()
        st.rerun()
    _framed.set(False)
    try:
        state.manager()
    except OSError as error:  # without its line this machine can neither train nor take turns
        st.error(t("error.no_state", folder=plain(error.filename or ""), detail=os_reason(error.errno)))
        st.stop()
