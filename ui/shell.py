"""The frame around every page: its settings, its styles, the navigation, the language.

Owns which pages there are. Leaves what is on them to `pages/`.
"""

import functools
import json
import logging
import time
from contextvars import ContextVar
from pathlib import Path

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from ui import ahead, state, visitor
from ui.problems import explain_folder
from ui.text import choose_language, t

COMPARE, GENERATE = "pages/compare.py", "pages/generate.py"
HOME, LEARN, DATA, TRAIN = "pages/home.py", "pages/learn.py", "pages/data.py", "pages/train.py"
GALLERY_SECONDS = 60.0  # a page waits no longer for the gallery

_ROOT = Path(__file__).parents[1]
_STYLE = Path(__file__).parent / "style.css"
_SCRIPTS = ("focus.js", "sidebar.js", "ahead.js")
_ICON = Path(__file__).parent / "icon.png"
log = logging.getLogger(__name__)

_framed: ContextVar[bool] = ContextVar("framed", default=False)


def open_app(meets: bool = True) -> StreamlitPage:
    """Draw the frame and return the page that the address names; the entry point runs it.

    Args:
        meets: ask the browser whose it is, where that matters.
    """
    visitor.hide_details()
    # First, and a file: the browser would fetch a page's Material icon from another server.
    st.set_page_config(page_title="DCGAN Studio", page_icon=_ICON, layout="wide")
    st.html(_STYLE)
    if meets:
        visitor.meet()
    state.keep_address()
    page = st.navigation(
        [
            st.Page(HOME, title=t("home.nav"), icon=":material/home:", default=True),
            st.Page(LEARN, title=t("learn.nav"), icon=":material/school:"),
            st.Page(DATA, title=t("data.page.nav"), icon=":material/grid_view:"),
            st.Page(TRAIN, title=t("train.nav"), icon=":material/show_chart:"),
            st.Page(COMPARE, title=t("compare.nav"), icon=":material/stacked_line_chart:"),
            st.Page(GENERATE, title=t("generate.nav"), icon=":material/auto_awesome:"),
        ]
    )
    st.set_page_config(page_title=f"{page.title} · DCGAN Studio")
    with st.container(key="scripts"):  # takes no room, by style.css
        st.html(f"<script>{_scripts()}</script>", unsafe_allow_javascript=True)
    with st.sidebar:
        choose_language()
    _framed.set(True)
    return page


@functools.cache
def _scripts() -> str:
    """What runs in the browser beside every page."""
    texts = [Path(__file__).with_name(name).read_text(encoding="utf-8") for name in _SCRIPTS]
    return "\n".join([*texts, f"window.dcganAhead({json.dumps(ahead.list_scripts())});"])


def use_styles(name: str) -> None:
    """Add a style sheet of ours that only some pages need."""
    st.html(_STYLE.with_name(name))


def begin_page() -> None:
    """Make a page whole: the first call of each.

    On a server on which the entry point has not run yet, an address leads straight to the file of its page. Its widgets
    would have other ids than they get through the entry point, so the first click would be lost: calling the
    navigation makes Streamlit use the entry point from now on, and the run begins again with it.
    """
    if not _framed.get():
        open_app(meets=False)  # the element would be another one in the next run, and its answer lost
        st.rerun()
    _framed.set(False)
    try:
        state.desk()
        ahead.start()
    except OSError as error:  # without its line this machine can neither train nor take turns
        st.error(explain_folder("no_state", error.filename or "", error))
        st.stop()
    except ValueError as error:  # what was set up is for whoever runs this server to read
        log.error("%s", error)
        st.error(t("error.bad_limits"))
        st.stop()


def wait_for_gallery() -> None:
    """Hold a page that may show the gallery's runs until they are unpacked, as a fresh server does in a second or two.

    Without it whoever opens a shared link first would read that there is no such run.
    """
    if state.is_gallery_loaded():
        return
    waiting = st.empty()
    deadline = time.monotonic() + GALLERY_SECONDS
    while not state.is_gallery_loaded() and time.monotonic() < deadline:
        waiting.skeleton(height=400)  # here a visitor who goes on to another page is let go
        time.sleep(0.1)
    waiting.empty()


def find_page(name: str) -> str | None:
    """Return the page of that name, to be linked to; None where this version has none."""
    page = f"pages/{name}.py"
    return page if (_ROOT / page).is_file() else None  # a test holds the navigation to these files
