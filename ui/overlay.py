"""The curves of several runs over each other: a panel a series, a line a run.

Owns which series, axis, smoothing and scale are shown, and in which words. The element is the live view's (`curves`),
so that runs that go on keep growing under the reader's zoom.
"""

from collections.abc import Sequence
from functools import partial
from typing import Any

import streamlit as st

from dcgan.runs.history import History
from dcgan.runs.status import ACTIVE
from ui import address
from ui.chosen import ChosenRun, watch_chosen
from ui.curves import CHANCE_D, CHANCE_G, UNSURE, draw_scene, encode_scene, pack_line
from ui.text import number, t
from ui.watch import RunWatch

POLL_SECONDS = 3.0
POINTS = 600  # a line; up to twelve lines stand over each other
HEIGHT = 230  # pixels of a panel
SERIES = {
    "losses": ("d_loss", "g_loss"),
    "judgement": ("d_real", "d_fake"),
    "d_loss": ("d_loss",),
    "g_loss": ("g_loss",),
    "speed": ("images_per_second",),
}
# What lies across: the unit of the history's own axis, and the narrowest range that can be zoomed to.
AXES = {"step": ("step", 1.0, 2.0), "epoch": ("epoch", 1.0, 0.02), "minutes": ("seconds", 60.0, 0.05)}
MOST_SMOOTHING = 30  # per cent of what is visible


def show_overlay(runs: Sequence[ChosenRun]) -> None:
    """Draw the controls and the curves; again every few seconds while one of the runs goes on."""
    st.header(t("compare.curves"))
    active = any(run.status.status.value in ACTIVE for run in runs)
    st.fragment(_overlay, run_every=POLL_SECONDS if active else None)(runs)


def _overlay(runs: Sequence[ChosenRun]) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom", key="overlay-controls", gap="medium"):
        series = st.selectbox(
            t("compare.series"), list(SERIES), format_func=lambda name: t(f"compare.series_{name}"), width=260,
            key=address.tie("series", "losses", address.one_of(*SERIES)), persist_state="session",
        )  # fmt: skip
        axis = st.segmented_control(
            t("compare.axis"), list(AXES), format_func=lambda name: t(f"compare.axis_{name}"), required=True,
            key=address.tie("axis", "step", address.one_of(*AXES)), persist_state="session",
        )  # fmt: skip
        smooth = st.slider(
            t("compare.smoothing"), 0, MOST_SMOOTHING, format="%d%%", help=t("compare.smoothing_help"), width=220,
            key=address.tie("smooth", 5, address.number_to(MOST_SMOOTHING)), persist_state="session",
        )  # fmt: skip
        log = st.toggle(
            t("compare.log"), help=t("compare.log_help"), persist_state="session",
            key=address.tie("log", False, address.yes_or_no),
        )  # fmt: skip
    watches = watch_chosen(runs)
    begun = [watch.history.refresh() > 0 for watch in watches]
    if not any(begun):
        st.html(f'<div class="empty">{t("compare.no_curves")}</div>')
        return
    draw_scene(encode_overlay(runs, watches, str(series), str(axis or "step"), smooth, log), key="overlay")
    silent = ", ".join(run.letter for run, has_rows in zip(runs, begun, strict=True) if not has_rows)
    st.caption(" ".join([t("compare.how"), *([t("compare.silent", letters=silent)] if silent else [])]))


def encode_overlay(
    runs: Sequence[ChosenRun], watches: Sequence[RunWatch], series: str, axis: str, smooth: int, log: bool
) -> bytes:
    """Return the scene: a panel for each series of the choice, with a line for each run that has rows."""
    column, unit, least = AXES[axis]
    panels: list[dict[str, Any]] = []
    points: list[bytes] = []
    for name in SERIES[series]:
        lines = []
        for run, watch in zip(runs, watches, strict=True):
            # Made once for all sessions, and again only when there are new rows: a count, then the points.
            packed = watch.encoded(f"overlay-{name}-{axis}", partial(_pack, series=name, column=column, unit=unit))
            count = int.from_bytes(packed[:8], "little")
            points.append(packed[8:])
            lines.append(_line(run, count))
        panels.append(
            {
                "title": t(f"compare.series_{name}"), "names": not panels, "lines": lines, "log": log,
                "levels": list(_levels(name, runs)), "height": HEIGHT, "faint": 0.16,
            }
            | ({"range": [0, 1]} if name in ("d_real", "d_fake") and not log else {})
        )  # fmt: skip
    return encode_scene(
        panels, points, axis=axis, least=least, smooth=smooth / 100, apart=True,
        label=t("compare.label"), step=t(f"compare.at_{axis}"), whole=t("compare.whole"),
    )  # fmt: skip


def _pack(history: History, series: str, column: str, unit: float) -> bytes:
    count, points = pack_line(history, series, column, POINTS, unit)
    return count.to_bytes(8, "little") + points


def _line(run: ChosenRun, count: int) -> dict[str, Any]:
    name = run.name if len(run.name) <= 60 else f"{run.name[:59]}…"
    return {
        "key": run.letter, "name": f"{run.letter} · {name}", "short": run.short, "mark": run.letter,
        "colour": run.colour, "dash": run.dash, "count": count,
    }  # fmt: skip


def _levels(series: str, runs: Sequence[ChosenRun]) -> Sequence[dict[str, Any]]:
    """Values that mean something in every one of the runs."""
    if series == "d_loss":
        return [{"value": CHANCE_D, "name": t("curves.chance_d")}]
    if series in ("d_real", "d_fake"):
        return [{"value": UNSURE, "name": t("curves.unsure")}]
    losses = {run.config.training.loss if run.config else None for run in runs}
    if series != "g_loss" or len(losses) != 1 or (loss := losses.pop()) is None:
        return []
    value = CHANCE_G[loss]
    return [{"value": value, "name": t("curves.chance_g", value=number(value, 3))}]
