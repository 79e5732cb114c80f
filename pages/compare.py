"""Compare: all runs to choose from; of the chosen ones the curves, the grids and what differs in their settings."""

from collections.abc import Sequence

import streamlit as st

from dcgan.runs.curves_csv import to_csv
from ui import shell, state
from ui.chosen import ChosenRun, read_chosen, show_chosen
from ui.differences import show_differences
from ui.overlay import show_overlay
from ui.problems import explain_folder
from ui.run_labels import list_deleted
from ui.run_table import show_table
from ui.side_by_side import show_side_by_side
from ui.text import t


def show_runs() -> bool:
    """Draw the runs there are; returns whether there are any."""
    if not state.desk().visitor.is_known:  # the browser is being asked: neither another's runs nor none
        st.skeleton(height=200)
        return False
    try:
        runs = state.desk().list_seen()
    except OSError as error:
        st.error(explain_folder("cannot_list", state.desk().folder, error))
        return False
    if runs or list_deleted():
        show_table(runs)
        return True
    st.markdown(t("compare.empty"))
    if st.button(t("home.start"), type="primary", key="begin", icon=":material/play_arrow:"):
        state.choose_run(None)
        st.switch_page(shell.TRAIN)
    return False


def show_comparison(runs: Sequence[ChosenRun]) -> None:
    """Draw what the chosen runs have in common and what not; one alone is shown with a word on what is missing."""
    show_chosen(runs)
    if len(runs) == 1:
        st.info(t("compare.one", letter=runs[0].letter), icon=":material/add_circle:")
    show_overlay(runs)
    st.download_button(
        t("compare.csv"), lambda: to_csv([(run.run.run_id, run.name, run.run.metrics()) for run in runs]), "curves.csv",
        "text/csv", key="csv", on_click="ignore", icon=":material/download:", help=t("compare.csv_help"),
    )  # fmt: skip
    show_side_by_side(runs)
    if len(runs) > 1:
        show_differences(runs)


shell.begin_page()
st.title(t("compare.title"))
st.markdown(t("compare.lead"))
shell.wait_for_gallery()
has_runs = show_runs()
chosen, missing = read_chosen()
if missing:
    st.warning(t("compare.missing", count=missing))
if chosen:
    show_comparison(chosen)
elif has_runs:
    st.html(f'<div class="empty">{t("compare.choose_two")}</div>')
