"""A run as one file, on the pages: taking it home, and bringing one in.

Owns the two offers and what is said of them. Leaves the file to `dcgan.runs`, and who may do either to the desk.
"""

import io
import time
from collections.abc import Callable
from functools import partial

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from dcgan.runs.bundle import bundle_name, export_run
from dcgan.runs.desk import Desk
from dcgan.runs.errors import AlreadyHereError, RunError
from dcgan.runs.status import ACTIVE, RunStatus, StatusRecord
from ui import shell, state, visitor
from ui.gallery import name_run
from ui.problems import explain_error
from ui.text import number, plain, t

MEGABYTE = 1_000_000
TOLD_SECONDS = 0.2  # between two words on how far an import is

_OUTCOME = (
    "import.outcome"  # the upload, the run's id, how it went, "done" or "here"; without an id: why it was refused
)


def leads_to_bundle(status: StatusRecord) -> bool:
    """Whether taking the run home is the main thing to do now: it has ended, on a host that forgets its disk."""
    return status.status == RunStatus.FINISHED and visitor.is_public()


def offer_bundle(run_id: str, status: StatusRecord, main: bool = False) -> None:
    """Offer a run that rests as one file, made when asked for; `main` where that is the page's main button."""
    if status.status in ACTIVE or not status.step:
        return
    size = number(max(status.bytes, MEGABYTE // 10) / MEGABYTE, 1)
    st.download_button(
        t("bundle.take", size=size), partial(make_bundle, state.desk(), run_id), bundle_name(run_id), "application/zip",
        key="bundle", on_click="ignore", type="primary" if main else "secondary", icon=":material/archive:",
        help=t("bundle.take_thin_help" if status.thin else "bundle.take_help"),
    )  # fmt: skip


def explain_bundle(status: StatusRecord) -> None:
    """Say why a run should be taken home, where it would be lost, and why one from a thin bundle cannot go on."""
    if status.status not in ACTIVE and status.step and visitor.is_public():
        st.caption(t("bundle.why"))
    if status.thin and status.status == RunStatus.STOPPED:
        st.caption(t("bundle.thin_hint"))


def show_import() -> None:
    """Draw a folded place to drop a bundle on; says what became of it, and leads to the run."""
    with st.expander(t("bundle.title"), key="import", icon=":material/unarchive:"):
        st.markdown(t("bundle.lead"))
        most = st.get_option("server.maxUploadSize")
        uploaded = st.file_uploader(t("bundle.drop"), key="import-file", help=t("bundle.drop_help", most=most))
        if uploaded is None:
            st.session_state.pop(_OUTCOME, None)
            return
        if st.session_state.get(_OUTCOME, ("",))[0] != uploaded.file_id:  # else a rerun would import it again
            st.session_state[_OUTCOME] = (uploaded.file_id, *_bring_in(uploaded))
            st.rerun()  # the list of runs stands above
        _, run_id, outcome = st.session_state[_OUTCOME]
        _show_outcome(run_id, outcome)


def _bring_in(uploaded: UploadedFile) -> tuple[str, str]:
    """Unpack an upload with a bar; returns the run's id and how it went, or nothing and why it was refused."""
    bar = st.progress(0.0)
    try:
        uploaded.seek(0)
        run_id = state.desk().bring_in(uploaded, _teller(bar.progress))
    except AlreadyHereError as here:
        return here.run_id, "here"
    except (RunError, OSError) as error:
        return "", explain_error(error)
    finally:
        bar.empty()
    return run_id, "done"


def _teller(show: Callable[[float, str], object]) -> Callable[[int, int], None]:
    """What an import tells of its progress to, now and then."""
    told = [float("-inf")]

    def tell(done: int, total: int) -> None:
        if time.monotonic() - told[0] >= TOLD_SECONDS:
            told[0] = time.monotonic()
            known = {"done": number(done / MEGABYTE, 1), "total": number(total / MEGABYTE, 1)}
            show(min(1.0, done / max(1, total)), t("bundle.checking", **known))

    return tell


def _show_outcome(run_id: str, outcome: str) -> None:
    if not run_id:
        st.error(outcome)
        return
    try:
        run = state.desk().get(run_id)
        status = run.status()
    except RunError as error:  # deleted meanwhile
        st.error(explain_error(error))
        return
    if outcome == "here":
        st.info(t("bundle.here"))
    else:
        st.success(t("bundle.done", name=plain(name_run(status, run.labels())), step=status.step))
        if any(event.get("event") == "imported" and event.get("run") != run_id for event in run.events()):
            st.caption(t("bundle.as_new"))
    st.page_link(
        shell.TRAIN, label=t("bundle.open"), icon=":material/arrow_forward:", query_params={"run": run_id}
    )  # fmt: skip


def make_bundle(desk: Desk, run_id: str) -> bytes:
    """Return a run's bundle; called on a click, when the desk is asked once more whether it may be taken.

    Raises:
        RunError: it may not, or it cannot be read.
    """
    buffer = io.BytesIO()
    export_run(desk.require_taker(run_id), buffer)
    return buffer.getvalue()
