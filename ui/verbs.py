"""What steers a run: pause, stop and resume, as its state offers them.

Owns these buttons and their row. Leaves what becomes of a press to `live`, which passes it on.
"""

import streamlit as st

from dcgan.runs.run import Action
from dcgan.runs.status import RunStatus, StatusRecord
from ui import state
from ui.text import t

# What each state offers: a verb of the manager, whether it is the page's main button.
OFFERS: dict[str, list[tuple[Action, bool]]] = {
    RunStatus.QUEUED.value: [("stop", False)],
    RunStatus.RUNNING.value: [("pause", False), ("stop", False)],
    RunStatus.PAUSED.value: [("resume", True), ("stop", False)],
    RunStatus.STOPPED.value: [("resume", True)],
    RunStatus.FAILED.value: [("resume", True)],
    RunStatus.INTERRUPTED.value: [("resume", True)],
    RunStatus.FINISHED.value: [],
}
_ICONS = {"pause": ":material/pause:", "stop": ":material/stop:", "resume": ":material/play_arrow:"}


def offer_verbs(run_id: str, status: StatusRecord, wish: str | None) -> None:
    """What steers the run: in a row of its own, in which the keyboard's focus stays when one becomes another."""
    with st.container(horizontal=True, vertical_alignment="center", key="run-verbs", width="content"):
        for verb, main in OFFERS[status.status.value]:
            queued = verb == "stop" and status.status == RunStatus.QUEUED
            label = t(f"wish.{verb}") if wish == verb else t("live.cancel" if queued else f"live.{verb}")
            st.button(
                label, key=f"run-{verb}", type="primary" if main else "secondary", icon=_ICONS[verb],
                disabled=wish is not None and (verb != "stop" or wish == "stop"),  # a stop always wins
                on_click=state.note_wish, args=(run_id, verb),
                help=t("live.cancel_help" if queued else _help_of(verb, status)),
            )  # fmt: skip


def _help_of(verb: Action, status: StatusRecord) -> str:
    """The key of a button's help: a paused run has lost nothing; what has no checkpoint begins at the beginning."""
    if verb == "resume" and not status.step:
        return "live.begin_help"
    paused = verb == "resume" and status.status == RunStatus.PAUSED
    return "live.go_on_help" if paused else f"live.{verb}_help"
