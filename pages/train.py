"""Train: a recipe and the fields that matter, Start; or the live view of the run in the address."""

import streamlit as st

from dcgan.config import Config
from dcgan.runs.errors import BrokenRunError, RunError, RunNotFoundError
from ui import forms, shell, state
from ui.bundles import show_import
from ui.gallery import show_rights, show_runs
from ui.live import show_live
from ui.problems import explain_error, explain_folder
from ui.settings import show_settings
from ui.text import plain, t


def show_form() -> None:
    """Draw the way to a new run, and the runs there are."""
    st.title(t("train.title"))
    st.markdown(t("train.lead"))
    preset = forms.choose_preset()
    config = forms.edit_config(preset)
    fault = forms.find_fault(config)
    if fault is not None:
        st.error(fault)
    elif isinstance(config, Config) and (warning := forms.warn_of(config)):
        st.warning(warning)
    show_rights()
    waits = not state.desk().visitor.is_known
    pressed = st.button(
        t("train.start"), type="primary", key="start", icon=":material/play_arrow:",
        disabled=waits or fault is not None, help=t("visitor.wait") if waits else None,
    )  # fmt: skip
    if pressed and isinstance(config, Config):
        start(config)
    show_runs()
    show_import()


def start(config: Config) -> None:
    """Begin a run and watch it."""
    try:
        run_id = state.desk().start(config)
    except OSError as error:
        st.error(explain_folder("cannot_write", state.desk().folder, error))
        return
    except RunError as error:  # a limit, or a visitor who is not known
        st.warning(explain_error(error))
        return
    state.choose_run(run_id)
    st.rerun()


def show_run(run_id: str) -> None:
    """Draw one run, or say why it cannot be shown and how to go on."""
    if not state.desk().visitor.is_known:  # the browser is being asked: what is offered depends on the answer
        st.skeleton(height=600)
        return
    shell.wait_for_gallery()
    try:
        state.desk().get(run_id).config()  # a run whose settings cannot be read is not half shown
        show_live(run_id)
        show_settings(run_id)
        return
    except RunNotFoundError:
        sentence = t("error.no_such_run", run=plain(run_id[:80]))
    except BrokenRunError as error:
        sentence = f"{t('runs.broken', run=plain(run_id))} {explain_error(error)}"
    st.title(t("train.not_shown"))
    st.error(sentence)
    st.button(t("live.new_run"), type="primary", key="new-run", on_click=state.choose_run, args=(None,))
    show_runs()


shell.begin_page()
chosen = state.chosen_run()
if chosen is None:
    show_form()
else:
    show_run(chosen)
