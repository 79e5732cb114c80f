"""What all sessions share, and what one session looks at.

Owns the process's manager, gallery and readers, made once, the visitor's way to them, and the run in the address bar. A
session's own state holds ids only.
"""

import gc
import threading
import time
from collections.abc import Callable
from pathlib import Path

import streamlit as st

from dcgan.runs.desk import Desk
from dcgan.runs.gallery import Gallery, gallery_folder
from dcgan.runs.limits import read_limits
from dcgan.runs.manager import RunManager
from dcgan.runs.queue import state_folder
from dcgan.runs.run import Action, Run
from dcgan.runs.store import RunStore, runs_folder
from dcgan.runs.unpacking import unpack
from ui import visitor
from ui.watch import RunWatch

HEARD_SECONDS = 60.0  # a wish that nobody has answered for so long is shown no more

_RUN, _WISH, _UNTOLD = "run", "wish", "untold"


def desk() -> Desk:
    """Return the runs, as far as they are this session's visitor's business: all that a page gets of them.

    Raises:
        OSError: this machine's state folder cannot be had.
        ValueError: the limits of this public server cannot be read.
    """
    limits = visitor.limits_text() if visitor.is_public() else None
    return Desk(_manager(runs_folder().absolute(), limits), visitor.current(), _find_gallery())


def is_gallery_loaded() -> bool:
    """Whether all runs of the gallery are there that will be."""
    return _find_gallery().is_loaded


def shown_runs() -> Callable[[], list[Run] | None]:
    """Return what tells the gallery's runs, newest first; it needs no session, and says None until all are there."""
    gallery = _find_gallery()

    def tell() -> list[Run] | None:
        found = (gallery.find(listed.run_id) for listed in gallery.list_runs())
        return [run for run in found if run is not None] if gallery.is_loaded else None

    return tell


def watch(run_id: str) -> RunWatch:
    """Return the reader of a run that all sessions share; whoever knows a run's id may look at it.

    Raises:
        RunNotFoundError: no such run.
    """
    return _watch(desk().get(run_id).run_dir)


@st.cache_resource(show_spinner=False)
def _manager(folder: Path, limits: str | None) -> RunManager:
    made = RunManager(RunStore(folder), limits=None if limits is None else read_limits(limits))
    made.recover()
    # What the imports made stays for good: a collection after a tick need not look through it.
    gc.collect()
    gc.freeze()
    return made


def _find_gallery() -> Gallery:
    return _gallery(gallery_folder().absolute(), state_folder().absolute())


@st.cache_resource(show_spinner=False)
def _gallery(folder: Path, state: Path) -> Gallery:
    made = Gallery(folder, state, unpack)
    threading.Thread(target=made.load, name="gallery", daemon=True).start()  # a page does not wait for it
    return made


@st.cache_resource(show_spinner=False, max_entries=32)
def _watch(run_dir: Path) -> RunWatch:
    return RunWatch(Run(run_dir))


def keep_address() -> None:
    """Carry the run and the language over page switches, which empty the address."""
    for name in (_RUN, "lang"):
        if name in st.query_params:
            st.session_state[f"address.{name}"] = st.query_params[name]
        elif name_kept := st.session_state.get(f"address.{name}"):
            st.query_params[name] = name_kept


def chosen_run() -> str | None:
    """Return the id in the address, as it was given: it need not be a run's."""
    return st.query_params.get(_RUN)


def choose_run(run_id: str | None) -> None:
    """Put a run into the address, or take it out."""
    st.session_state.pop(f"address.{_RUN}", None)
    st.query_params.pop(_RUN, None)
    if run_id is not None:
        st.query_params[_RUN] = run_id


def note_wish(run_id: str, action: Action) -> None:
    """Remember what this session asks of a run, until the run's status shows that it happened."""
    st.session_state[_WISH] = (run_id, action, time.time())
    st.session_state[_UNTOLD] = (run_id, action)


def take_untold_wish(run_id: str) -> Action | None:
    """Return what was asked of a run and not passed on yet, once."""
    wished_run, action = st.session_state.pop(_UNTOLD, ("", None))
    return action if wished_run == run_id else None


def noted_wish(run_id: str) -> str | None:
    """Return what was asked of a run and not answered yet."""
    wished_run, action, since = st.session_state.get(_WISH, ("", "", 0.0))
    return str(action) if wished_run == run_id and time.time() - since < HEARD_SECONDS else None


def wished_at() -> float:
    """Return when this session asked for something last, in Unix seconds; 0 where nothing is open."""
    return float(st.session_state.get(_WISH, ("", "", 0.0))[2])


def forget_wish() -> None:
    """Forget what was asked: it has happened."""
    st.session_state.pop(_WISH, None)
