"""The grids of several runs side by side, with one slider through the progress of all.

Owns which grid of each run belongs to a place on the way: the nearest that was kept.
"""

from collections.abc import Sequence

import streamlit as st

from dcgan.runs.samples import Sample
from dcgan.runs.status import ACTIVE
from ui import address, state
from ui.chosen import ChosenRun, draw_name
from ui.gallery import step_label
from ui.text import t

POLL_SECONDS = 5.0
WIDTH, NARROW = 310, 228  # pixels of a grid: so that three, or four, stand beside each other on a laptop
WAYS = ("share", "epoch", "step")


def show_side_by_side(runs: Sequence[ChosenRun]) -> None:
    """Draw the grids and their slider; new grids of runs that go on come by themselves."""
    st.subheader(t("compare.grids"))
    active = any(run.status.status.value in ACTIVE for run in runs)
    st.fragment(_draw, run_every=POLL_SECONDS if active else None)(runs)


def _draw(runs: Sequence[ChosenRun]) -> None:
    samples = [state.watch(run.run.run_id).samples() for run in runs]
    if not any(samples):
        st.html(f'<div class="empty">{t("compare.no_grids")}</div>')
        return
    way, place = _choose_place(runs, samples)
    with st.container(horizontal=True, key="side-by-side", gap="medium"):
        for run, kept in zip(runs, samples, strict=True):
            with st.container(key=f"grid-{run.letter}", width=WIDTH if len(runs) <= 3 else NARROW):
                st.html(draw_name(run))
                _show_grid(run, find_grid(kept, way, place))


def _choose_place(runs: Sequence[ChosenRun], samples: Sequence[Sequence[Sample]]) -> tuple[str, float]:
    """Draw what the slider counts in, and the slider; return both."""
    with st.container(horizontal=True, vertical_alignment="bottom", key="way", gap="medium"):
        way = st.segmented_control(
            t("compare.way"), list(WAYS), format_func=lambda name: t(f"compare.way_{name}"), required=True,
            key=address.tie("by", "share", address.one_of(*WAYS)), persist_state="session",
        )  # fmt: skip
        way = str(way or "share")
        ends = [kept[-1] for kept in samples if kept]
        planned = {
            "share": [100],
            "epoch": [run.status.epochs for run in runs],
            "step": [run.status.steps for run in runs],
        }
        reached = {"share": [], "epoch": [round(_epoch(end)) for end in ends], "step": [end.step for end in ends]}
        most = max(1, *planned[way], *reached[way])
        key = address.tie(f"at_{way}" if way != "share" else "at", most, address.number_to(most))
        st.session_state[key] = min(st.session_state[key], most)  # other runs may have a shorter way
        place = st.slider(
            t(f"compare.place_{way}"), 0, most, format="%d%%" if way == "share" else "%d", width="stretch", key=key,
            persist_state="session",
        )  # fmt: skip
    return way, float(place)


def find_grid(samples: Sequence[Sample], way: str, place: float) -> Sample | None:
    """Return the kept grid nearest to a place; of two as near, the later one.

    Args:
        samples: of one run, in the order of their steps.
        way: "share" of the run's own way so far in per cent, "epoch" or "step".
        place: in that unit.
    """
    if not samples:
        return None
    if way == "epoch":
        return min(reversed(samples), key=lambda sample: abs(_epoch(sample) - place))
    target = samples[-1].step * place / 100 if way == "share" else place
    return min(reversed(samples), key=lambda sample: abs(sample.step - target))


def _epoch(sample: Sample) -> float:
    epoch = sample.facts.get("epoch")
    return float(epoch) if isinstance(epoch, int | float) else 0.0


def _show_grid(run: ChosenRun, sample: Sample | None) -> None:
    if sample is None:
        st.html(f'<div class="empty">{t("compare.no_grid")}</div>')
        return
    try:
        st.image(
            sample.path.read_bytes(), width="stretch", output_format="PNG",
            alt=t("compare.grid_alt", letter=run.letter, step=sample.step),
        )  # fmt: skip
    except (OSError, ValueError, SyntaxError):  # Pillow's words for a file that is no whole picture
        st.html(f'<div class="empty">{t("grid.broken", step=sample.step)}</div>')
    st.caption(step_label(sample.step, sample.facts.get("epoch")))
