"""A run as one file, on the pages: taking it home, and bringing one in.

Owns the two offers and what is said of them. Leaves the file to `dcgan.runs`, and who may do either to the desk.
"""

import io
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import streamlit as st
from streamlit import runtime
from streamlit.runtime.uploaded_file_manager import UploadedFile

from dcgan.runs.bundle import bundle_name, export_run
from dcgan.runs.desk import Desk
from dcgan.runs.errors import AlreadyHereError, RunError
from dcgan.runs.packing import Plan
from dcgan.runs.run import Run
from dcgan.runs.status import ACTIVE, RunStatus, StatusRecord
from ui import shell, state, visitor
from ui.gallery import name_run
from ui.problems import explain_error
from ui.text import number, plain, t
from ui.watch import RunWatch

MEGABYTE = 1_000_000
TOLD_SECONDS = 0.2  # between two words on how far an import is
# Of a bundle from a page: it is in the server's memory, and while it is sent up to four times as much for a moment, as
# asyncio copies it twice and Streamlit's page fetches it twice. A host of 1 GiB that trains has no more left for
# strangers; a machine of one's own has.
MOST_BYTES, MOST_BYTES_AT_HOME = 50 * MEGABYTE, 200 * MEGABYTE
FETCH_SECONDS = 10.0  # within which a browser begins to fetch what its click had made; then it may be dropped

# One bundle at a time in this process, however many ask.
_maker = ThreadPoolExecutor(1, "bundles")

_OUTCOME = (
    "import.outcome"  # the upload, the run's id, how it went, "done" or "here"; without an id: why it was refused
)


def most_bytes(desk: Desk) -> int:
    """Return the bytes that a bundle from this visitor's page may have."""
    return MOST_BYTES_AT_HOME if desk.visitor.is_local else MOST_BYTES


def leads_to_bundle(status: StatusRecord) -> bool:
    """Whether taking the run home is the main thing to do now: it has ended, on a host that forgets its disk."""
    return status.status == RunStatus.FINISHED and visitor.is_public()


def offer_bundle(watch: RunWatch, status: StatusRecord, main: bool = False) -> None:
    """Offer a run that rests as one file, made when asked for; `main` where that is the page's main button."""
    if status.status in ACTIVE or not status.step or not (plan := watch.bundle_plan(most_bytes(state.desk()))).fits:
        return
    run_id = watch.run.run_id
    told = t(_whole_help(status, plan)) if plan.is_whole else _tell_part(run_id, plan)
    st.download_button(
        t("bundle.take", size=_megabytes(plan.bytes)), partial(make_bundle, state.desk(), run_id), bundle_name(run_id),
        "application/zip", key="bundle", on_click="ignore", type="primary" if main else "secondary",
        icon=":material/archive:", help=told,
    )  # fmt: skip


def explain_bundle(watch: RunWatch, status: StatusRecord) -> None:
    """Say why a run should be taken home, where it would be lost; what a bundle leaves out; why a thin one rests."""
    if status.status not in ACTIVE and status.step:
        plan = watch.bundle_plan(most_bytes(state.desk()))
        if visitor.is_public() and plan.fits:
            st.caption(t("bundle.why"))
        if not plan.fits:
            st.caption(t("bundle.too_large", **_limits(watch.run.run_id, plan)))
        elif not plan.is_whole:
            st.caption(_tell_part(watch.run.run_id, plan))
    if status.thin and status.status == RunStatus.STOPPED:
        st.caption(t("bundle.thin_hint"))


def _whole_help(status: StatusRecord, plan: Plan) -> str:
    """The sentence about a bundle that takes along all that there is."""
    if plan.has_state:
        return "bundle.take_help"
    return "bundle.take_thin_help" if status.thin else "bundle.take_damaged_help"


def _tell_part(run_id: str, plan: Plan) -> str:
    """What is in a bundle that has not the whole run, and how to get that."""
    key = "bundle.part" if plan.has_state else "bundle.part_stateless"
    return t(key, count=plan.generators, all=plan.all_generators, **_limits(run_id, plan))


def _limits(run_id: str, plan: Plan) -> dict[str, str]:
    return {"run": run_id, "whole": _megabytes(plan.whole_bytes), "most": _megabytes(most_bytes(state.desk()), 0)}


def _megabytes(size: int, digits: int = 1) -> str:
    return number(max(size, MEGABYTE // 10) / MEGABYTE, digits)


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
    """Return a run's bundle, or of a large run what fits; called on a click, when the desk is asked once more.

    Raises:
        RunError: it may not be taken, or it cannot be read.
    """
    return _maker.submit(_make, desk.require_taker(run_id), most_bytes(desk)).result()


def _make(run: Run, limit: int) -> bytes:
    _drop_fetched()
    buffer = io.BytesIO()
    export_run(run, buffer, limit=limit)
    if runtime.exists():
        for seconds in (FETCH_SECONDS, 2 * FETCH_SECONDS):  # what is not used is dropped at the second look
            timer = threading.Timer(seconds, _drop_fetched)
            timer.daemon = True
            timer.start()
    return buffer.getvalue()


def _drop_fetched() -> None:
    """Have Streamlit drop what clicks have had made, at the second call: else it does so only when pages are drawn."""
    if runtime.exists():
        runtime.get_instance().media_file_mgr.remove_orphaned_files()
