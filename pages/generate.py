"""Generate: samples of a run's checkpoint or of a checkpoint file, a walk between some of them, all of it as files."""

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from dcgan.latent.generator import list_steps
from dcgan.latent.sources import BEST, LAST
from dcgan.runs.errors import RunError
from dcgan.runs.store import ListedRun
from ui import best, draw, shell, source, state, walk
from ui.board import show_board
from ui.closer import show_closer
from ui.downloads import show_downloads
from ui.judged import show_judged
from ui.problems import explain_error
from ui.source import Source
from ui.text import t


def show_page() -> None:
    """Draw the choice of a generator, and what it draws."""
    st.title(t("generate.title"))
    shell.wait_for_gallery()
    runs = source.list_drawable()
    if runs is None:
        return
    dropped = source.dropped_file()
    opened = source.open_file(dropped) if dropped is not None else None
    if opened is not None:
        show_drawing(opened)
    elif runs or state.chosen_run() is not None:
        show_runs_drawing(runs)
    else:
        show_nothing()
    source.show_uploader(folded=dropped is None and bool(runs))


def show_runs_drawing(runs: Sequence[ListedRun]) -> None:
    """Draw what a checkpoint of a run draws."""
    left, right = st.columns([3, 2], gap="medium")
    with left:
        run = source.choose_run(runs)
    if run is None:
        return
    steps = list_steps(run)
    if not steps:
        show_no_checkpoint(run.run_id)
        return
    standing = best.read_standing(run)
    with right:
        wished = source.choose_checkpoint(run, steps, standing)
    try:
        opened = source.open_source(run, wished, standing.best)
    except RunError as error:
        st.error(explain_error(error))
        return
    if opened is not None:
        source.show_trend(standing, opened)
        show_drawing(opened)
        show_judged(opened, steps)


@st.fragment
def show_drawing(opened: Source) -> None:
    """Draw samples and walk; a change runs this part of the page alone."""
    drawing = draw.choose_samples()
    drawing = replace(drawing, keys=walk.chosen_keys())
    left, right = st.columns([3, 2], gap="large")
    with left:
        show_board(*draw.show_picture(opened.generator, drawing), drawing)
        st.caption(t({LAST: "generate.moves", BEST: "generate.moves_best"}.get(opened.moves, "generate.how")))
        if opened.generator.config.saving.inverted:
            st.caption(t("generate.inverted"))
        show_closer(opened, drawing)
    with right:
        taking = st.container()
        st.header(t("generate.walk"))
        drawing = walk.choose_walk(drawing)
        if drawing.has_walk:
            walk.show_walk(opened.generator, drawing)
    with taking:
        show_downloads(opened, drawing)


def show_no_checkpoint(run_id: str) -> None:
    """Say when there will be something to draw with."""
    st.html(f'<div class="empty">{t("generate.no_checkpoint")}</div>')
    if st.button(t("generate.watch"), key="watch", type="primary", icon=":material/show_chart:"):
        st.switch_page(shell.TRAIN, query_params={"run": run_id})


def show_nothing() -> None:
    """Say how there comes to be something to draw with."""
    st.markdown(t("generate.no_runs"))
    if st.button(t("home.start"), type="primary", key="begin", icon=":material/play_arrow:"):
        state.choose_run(None)
        st.switch_page(shell.TRAIN)


shell.begin_page()
shell.use_styles("figures.css")
show_page()
