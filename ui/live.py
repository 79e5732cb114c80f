"""The live view of one run: what a tick reads, shows and offers.

Owns the one polling fragment of a page. Everything it shows is read from the run's folder by a shared reader, so that
any number of tabs may watch.
"""

import html
from collections.abc import Callable

import streamlit as st

from dcgan.runs.errors import BrokenRunError, RunNotFoundError
from dcgan.runs.labels import Labels
from dcgan.runs.run import Action
from dcgan.runs.status import ACTIVE, RESUMABLE, RunStatus, StatusRecord
from ui import state, visitor
from ui.bundles import explain_bundle, leads_to_bundle, offer_bundle
from ui.cards import show_ways
from ui.coverage import show_coverage
from ui.curves import show_curves
from ui.film import offer_gif, show_film
from ui.film_look import show_film_look
from ui.gallery import draw_badge, draw_progress, name_run
from ui.problems import explain_error, explain_problem
from ui.quality_panel import Metric
from ui.text import ago, duration, number, t
from ui.verbs import offer_verbs
from ui.verdict import choose_metric, describe_measure, show_verdict
from ui.watch import RunWatch

POLL_SECONDS = 2.0
STARTING_SECONDS = 0.5  # until the first point is there, somebody waits for it
RESTING_SECONDS = 5.0  # another tab or a terminal may resume what rests

# A wish is fulfilled once the run is in one of these states; a wish to resume, once it is in none of the others.
_FULFILLED = {
    "pause": {RunStatus.PAUSED, *RESUMABLE, RunStatus.FINISHED},
    "stop": {*RESUMABLE, RunStatus.FINISHED},
    "resume": {RunStatus.RUNNING, RunStatus.QUEUED, RunStatus.FINISHED},
}


def show_live(run_id: str) -> None:
    """Draw a run, again every two seconds while it goes on, more seldom while it rests.

    Raises:
        RunNotFoundError: no such run.
        BrokenRunError: its files cannot be read.
    """
    interval = _interval(state.watch(run_id).run.status())
    st.fragment(_tick, run_every=interval)(run_id, interval)


def _interval(status: StatusRecord) -> float | None:
    """Seconds between two ticks; None for a run that has finished."""
    if status.status == RunStatus.FINISHED:
        return None
    if status.status.value not in ACTIVE:
        return RESTING_SECONDS
    starting = status.status == RunStatus.RUNNING and status.step == 0
    return STARTING_SECONDS if starting else POLL_SECONDS


def _tick(run_id: str, interval: float | None) -> None:
    """One look at the run. A change of pace, such as the end, takes a full run of the page."""
    try:
        watch = state.watch(run_id)
        status = watch.run.status()
    except (RunNotFoundError, BrokenRunError):
        st.rerun()
    if interval != _interval(status):
        st.rerun()
    wish = _open_wish(run_id, status)

    _show_head(status, watch.run.labels(), wish)
    _show_buttons(run_id, status, wish, watch)
    _show_whose(run_id)
    _show_problem(run_id, status, watch)
    left, right = st.columns([3, 2], gap="large")
    with left:
        if watch.history.refresh():
            _show_curves(run_id, status, watch)
        else:
            st.html(f'<div class="empty">{html.escape(_why_no_curve(status))}</div>')
    with right:
        shown = show_film(watch, is_coming=status.status.value in ACTIVE)
        if shown is not None:
            show_film_look(watch, shown)
        show_coverage(watch, status.dataset)
    if _pass_on_wish(run_id) and status.status.value not in ACTIVE:
        st.rerun()  # a run that rested has no tick to come soon


def _show_curves(run_id: str, status: StatusRecord, watch: RunWatch) -> None:
    """The curves, with what was found of the images above them and how below."""
    judged = watch.history.judged()
    show_verdict(run_id, status, watch.config(), judged)
    curves = st.container()
    metric: Metric = choose_metric() if judged else "fcd"
    with curves:
        show_curves(watch, metric)
    how = [describe_measure(judged, metric)] if judged else []
    st.caption("\n\n".join([*how, t("curves.how")]))


def _open_wish(run_id: str, status: StatusRecord) -> str | None:
    """What this session asked and the run has not done yet."""
    wish = state.noted_wish(run_id)
    ended = status.status in RESUMABLE and status.heartbeat > state.wished_at()  # stopped meanwhile, or failed again
    if wish is not None and (status.status in _FULFILLED[wish] or ended):
        state.forget_wish()
        return None
    return wish


def _show_head(status: StatusRecord, labels: Labels, wish: str | None) -> None:
    facts = "".join(f"<span>{fact}</span>" for fact in _facts(status))
    name = html.escape(name_run(status, labels))
    sample = f'<p class="aside">{html.escape(t("data.is_sample"))}</p>' if status.sample_data else ""
    created = html.escape(t("live.created", ago=ago(status.created)))
    st.html(
        f'<div class="run-head"><h1 title="{name}"><bdi>{name}</bdi></h1>{draw_badge(status, wish)}'
        f"<small>{created}</small></div>"
        f'{draw_progress(status)}<div class="run-facts" data-step="{status.step}">{facts}</div>{sample}'
    )


def _facts(status: StatusRecord) -> list[str]:
    """Where the run is, as HTML: the numbers strong, their names quiet."""

    def fact(key: str, **values: str | int | float) -> str:
        strong = {name: f"<b>{html.escape(str(value))}</b>" for name, value in values.items()}
        return t(key, **strong)

    if not status.step:
        return [fact("live.one_epoch" if status.epochs == 1 else "live.epochs", epochs=number(status.epochs))]
    facts = [fact("live.epoch", epoch=number(min(status.epoch + 1, status.epochs)), epochs=number(status.epochs))]
    if status.steps:
        facts.append(fact("live.step", step=number(status.step), steps=number(status.steps)))
    going = status.status == RunStatus.RUNNING and status.phase != "starting"  # else they are from before
    if going and status.images_per_second:
        facts.append(fact("live.speed", speed=number(status.images_per_second, 0)))
    if going and status.seconds_left is not None:
        facts.append(fact("live.left", duration=duration(status.seconds_left)))
    elif status.seconds:
        facts.append(fact("live.took", duration=duration(status.seconds)))
    return facts


def _show_buttons(run_id: str, status: StatusRecord, wish: str | None, watch: RunWatch) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key="run-buttons"):
        hopeless = status.status in RESUMABLE and not status.can_resume
        steers = state.desk().owns(run_id)
        if steers and not hopeless:
            offer_verbs(run_id, status, wish)
        has_main = False
        if state.desk().may_take(run_id):
            has_main = steers and leads_to_bundle(status)  # the gallery's runs are safe
            offer_bundle(watch, status, main=has_main)
            is_done = status.status == RunStatus.FINISHED and not has_main
            has_main |= offer_gif(watch, main=is_done) and is_done
        if status.status.value not in ACTIVE and watch.run.checkpoints.samplers():
            show_ways(run_id, ("generate", "compare"))
        leaves = (hopeless or not steers) and not has_main  # all there is to do here
        if st.button(t("live.new_run"), key="new-run", type="primary" if leaves else "tertiary", icon=":material/add:"):
            state.choose_run(None)
            st.rerun()  # the whole page: a click in a fragment runs the fragment alone


def _pass_on_wish(run_id: str) -> bool:
    """Tell the manager what was asked, once the page has said that it was heard; returns whether there was anything."""
    verb = state.take_untold_wish(run_id)
    if verb is None:
        return False
    desk = state.desk()
    asks: dict[Action, Callable[[str], None]] = {"pause": desk.pause, "stop": desk.stop, "resume": desk.resume}
    try:
        asks[verb](run_id)
    except (OSError, ValueError) as error:
        state.forget_wish()
        st.session_state["refused"] = explain_error(error)
    return True


def _show_whose(run_id: str) -> None:
    """Why there are no buttons, where somebody looks at a run that is not theirs."""
    desk = state.desk()
    if not desk.visitor.is_known or desk.owns(run_id):  # until the browser has said whose it is, nobody is a stranger
        return
    st.caption(t("visitor.gallery_run" if desk.is_shown(run_id) else "visitor.not_yours"))


def _show_problem(run_id: str, status: StatusRecord, watch: RunWatch) -> None:
    """What happened, what is safe, what to do; and the end of the worker's log for whoever wants to know more."""
    if refused := st.session_state.pop("refused", None):
        st.warning(t("error.refused", detail=refused))
    if not state.desk().owns(run_id):  # what to do about it is for its owner to read
        return
    explain_bundle(watch, status)
    if status.status == RunStatus.STOPPED and status.thin:
        return
    if status.status == RunStatus.PAUSED and not watch.run.is_locked():
        st.caption(t("live.gave_way_hint"))
    if status.status == RunStatus.STOPPED and status.error is None:
        st.caption(t("live.stopped_hint" if status.step else "live.cancelled_hint"))
    elif status.status in RESUMABLE:
        show = st.error if status.status == RunStatus.FAILED else st.warning
        show(explain_problem(status))
    if visitor.is_public():  # a log names folders
        return
    if status.status in (RunStatus.FAILED, RunStatus.INTERRUPTED) and (end := watch.log_end()):
        with st.expander(t("live.log")):
            st.code(end, language=None)


def _why_no_curve(status: StatusRecord) -> str:
    if status.status == RunStatus.QUEUED:
        return t("live.no_curve_queued")
    if status.downloading is not None:
        return t("live.no_curve_download")
    if status.status == RunStatus.RUNNING:
        return t("live.no_curve_yet" if status.phase == "starting" else "live.no_curve_first")
    return t("live.no_curve")
