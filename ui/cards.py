"""Runs as cards: what goes on now with its newest grid and a small curve, and the gallery.

Owns how a card looks and what it leads to. Leaves the list of runs, badges and progress to `gallery`.
"""

import base64
import contextlib
import html
from collections.abc import Sequence

import numpy as np
import streamlit as st

from dcgan.config import Config
from dcgan.runs.errors import RunError
from dcgan.runs.history import History
from dcgan.runs.store import ListedRun
from ui import shell, state
from ui.chosen import add_to_chosen
from ui.gallery import draw_badge, draw_facts, draw_progress, explain_polarity, is_active, list_runs, title_run
from ui.text import plain, t
from ui.watch import RunWatch

GOING_ON_SECONDS = 3  # between two looks at what goes on
LOADING_SECONDS = 0.25  # between two looks at a gallery that is being unpacked
SHOWN = 6  # cards of what goes on; the others wait in line, and are on the Train page
WIDE, POINTS = 3, 48  # cards in a row; points of a small curve
TEAL, ORANGE = "#14988c", "#e0672a"  # the networks' colours, between those of light and dark: a picture knows neither
WAY_ICONS = {"generate": ":material/auto_awesome:", "compare": ":material/stacked_line_chart:"}
LEADS_TO = ("train", "generate", "compare")  # pages that a card leads to, where this version has them


def show_going_on() -> None:
    """Draw what trains, pauses or waits as cards, again every few seconds; nothing where nothing goes on."""
    going = [run.run_id for run in list_runs() or [] if is_active(run)]
    if going:
        st.header(t("home.going_on"))
        st.fragment(_going_on, run_every=GOING_ON_SECONDS)(going)


def show_gallery() -> None:
    """Draw the gallery as cards; nothing where there is none."""
    if not state.is_gallery_loaded():
        st.fragment(_gallery_loads, run_every=LOADING_SECONDS)()
        return
    runs = [run for run in state.desk().list_gallery() if run.status is not None]
    if not runs:
        return
    st.header(t("home.gallery"))
    st.caption(t("home.gallery_help"))
    explain_polarity(_read_configs(runs))
    for start in range(0, len(runs), WIDE):
        for column, run in zip(st.columns(WIDE), runs[start : start + WIDE], strict=False):
            with column:
                _show_published(run)


def _read_configs(runs: Sequence[ListedRun]) -> list[Config]:
    """The settings of runs, as far as they can be read."""
    configs = []
    for run in runs:
        with contextlib.suppress(RunError, OSError):
            configs.append(state.watch(run.run_id).config())
    return configs


def _going_on(known: list[str]) -> None:
    runs = [run for run in list_runs() or [] if is_active(run)]
    if [run.run_id for run in runs] != known:
        st.rerun()
    for start in range(0, min(len(runs), SHOWN), 2):
        for column, run in zip(st.columns(2), runs[start : min(start + 2, SHOWN)], strict=False):
            with column:
                _show_active(run)


def _gallery_loads() -> None:
    if state.is_gallery_loaded():
        st.rerun()
    st.skeleton(height=120)


def _show_active(run: ListedRun) -> None:
    """One card of what goes on: the newest grid beside its name, state, progress and curve."""
    assert run.status is not None
    try:
        watch = state.watch(run.run_id)
        watch.history.refresh()
    except (RunError, OSError):  # deleted since it was listed
        return
    with st.container(border=True, horizontal=True, key=f"card-{run.run_id}", gap="medium"):
        _show_picture(watch, width=112)
        with st.container(gap="small", key=f"card-words-{run.run_id}"):
            st.page_link(shell.TRAIN, label=plain(title_run(run)), query_params={"run": run.run_id})
            facts = f'<div class="card-facts">{draw_facts(run.status)}</div>'
            st.html(draw_badge(run.status) + draw_progress(run.status) + facts + draw_curve(watch.history))


def _show_published(run: ListedRun) -> None:
    """One card of the gallery: the newest grid, the name, and where one can go with it."""
    assert run.status is not None
    with st.container(border=True, key=f"shown-{run.run_id}", gap="small"):
        _show_picture(state.watch(run.run_id), width="stretch")
        st.html(f'<b class="card-title">{html.escape(title_run(run))}</b><div class="card-facts">{_made(run)}</div>')
        with st.container(horizontal=True, key=f"leads-{run.run_id}", gap="small"):
            show_ways(run.run_id, icons=False)  # with them a card of three would need two lines


def show_ways(run_id: str, names: Sequence[str] = LEADS_TO, icons: bool = True) -> None:
    """Draw links to what can be done with a run on other pages."""
    for name in names:
        if (page := shell.find_page(name)) is not None:
            address = {"runs": add_to_chosen(run_id)} if name == "compare" else {"run": run_id}
            icon = WAY_ICONS.get(name) if icons else None
            st.page_link(page, label=t(f"home.gallery_{name}"), icon=icon, query_params=address, width="content")


def _show_picture(watch: RunWatch, width: int | str) -> None:
    """The newest grid of a run, or the shape of it."""
    samples = watch.samples()
    if samples:
        shown = samples[-1]
        try:
            alt = t("grid.alt", step=shown.step)
            st.image(shown.path.read_bytes(), width=width, output_format="PNG", alt=alt)  # type: ignore[arg-type]
            return
        except (OSError, ValueError, SyntaxError):  # Pillow's words for a file that is no whole picture
            pass
    st.html('<div class="no-picture" aria-hidden="true"></div>', width="content")


def _made(run: ListedRun) -> str:
    assert run.status is not None
    words = (t("live.epochs", epochs=run.status.epochs), run.status.dataset)
    return "".join(f"<span>{html.escape(word)}</span>" for word in words)


def draw_curve(history: History) -> str:
    """Return both losses so far as a small drawing; nothing before there are two points."""
    lines = []
    for series, colour in (("g_loss", TEAL), ("d_loss", ORANGE)):
        _, values = history.curve(series)
        if len(values) >= 2:
            parts = np.array_split(np.array(values), min(POINTS, len(values)))
            lines.append((colour, [float(part.mean()) for part in parts]))
    if not lines:
        return ""
    low, high = min(min(line) for _, line in lines), max(max(line) for _, line in lines)
    drawn = "".join(
        f'<polyline points="{_place(line, low, high)}" fill="none" stroke="{colour}" stroke-width="1.5" '
        'vector-effect="non-scaling-stroke"/>'
        for colour, line in lines
    )
    box = 'xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 30" preserveAspectRatio="none"'
    encoded = base64.b64encode(f"<svg {box}>{drawn}</svg>".encode()).decode()  # Streamlit takes drawings out of HTML
    label = html.escape(t("home.curve"))
    return f'<img class="small-curve" alt="{label}" src="data:image/svg+xml;base64,{encoded}">'


def _place(line: list[float], low: float, high: float) -> str:
    """Points of a line in a box of 100 by 30."""
    span = (high - low) or 1.0
    step = 100 / (len(line) - 1)
    return " ".join(f"{index * step:.1f},{29 - 28 * (value - low) / span:.1f}" for index, value in enumerate(line))
