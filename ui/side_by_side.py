"""The grids of several runs side by side, with one slider through the progress of all.

Owns which grid of each run belongs to a place on the way: the nearest that was kept.
"""

from collections.abc import Sequence

import streamlit as st

from dcgan.runs.samples import Sample
from dcgan.runs.status import ACTIVE
from ui import address
from ui.chosen import ChosenRun, draw_name, watch_chosen
from ui.gallery import explain_polarity, step_label
from ui.text import t

POLL_SECONDS = 5.0
WIDTH, NARROW = 310, 226  # pixels of a grid: so that three, or four, stand beside each other on a laptop
FRAMES, PLAY_SECONDS = 25, 0.6  # of a play from one end of the way to the other
WAYS = ("share", "epoch", "step")

_PLAYING = "grids.playing"


def show_side_by_side(runs: Sequence[ChosenRun]) -> None:
    """Draw the grids and their slider; new grids of runs that go on come by themselves."""
    st.header(t("compare.grids"))
    playing = bool(st.session_state.get(_PLAYING))
    active = any(run.status.status.value in ACTIVE for run in runs)
    interval = PLAY_SECONDS if playing else POLL_SECONDS if active else None
    st.fragment(_draw, run_every=interval)(runs, playing)


def _draw(runs: Sequence[ChosenRun], playing: bool) -> None:
    if playing != bool(st.session_state.get(_PLAYING)):
        st.rerun()  # another pace takes a full run of the page
    samples = [watch.samples() for watch in watch_chosen(runs)]
    if not any(samples):
        st.html(f'<div class="empty">{t("compare.no_grids")}</div>')
        return
    way, place = _choose_place(runs, samples, playing)
    explain_polarity([run.config for run in runs if run.config is not None])
    with st.container(horizontal=True, key="side-by-side", gap="small"):
        for run, kept in zip(runs, samples, strict=True):
            with st.container(key=f"grid-{run.letter}", width=WIDTH if len(runs) <= 3 else NARROW):
                st.html(draw_name(run))
                _show_grid(run, find_grid(kept, way, place))
    if playing and not st.session_state.get(_PLAYING):
        st.rerun()


def _choose_place(runs: Sequence[ChosenRun], samples: Sequence[Sequence[Sample]], playing: bool) -> tuple[str, float]:
    """Draw what the slider counts in, the slider, and the button that moves it; return way and place."""
    with st.container(horizontal=True, vertical_alignment="bottom", key="way", gap="medium"):
        way = st.segmented_control(
            t("compare.way"), list(WAYS), format_func=lambda name: t(f"compare.way_{name}"), required=True,
            key=address.tie("by", "share", address.one_of(*WAYS)), persist_state="session",
        )  # fmt: skip
        way = str(way or "share")
        most = _end_of_way(way, runs, samples)
        key = address.tie("at" if way == "share" else f"at_{way}", most, address.number_to(most))
        _move(key, most, playing)
        st.button(
            t("compare.halt" if playing else "compare.play"), key="play", on_click=_play, args=(key, most),
            icon=":material/pause:" if playing else ":material/play_arrow:", help=t("compare.play_help"),
        )  # fmt: skip
        place = st.slider(
            t(f"compare.place_{way}"), 0, most, format="%d%%" if way == "share" else "%d", width="stretch", key=key,
            persist_state="session",
        )  # fmt: skip
    return way, float(place)


def _end_of_way(way: str, runs: Sequence[ChosenRun], samples: Sequence[Sequence[Sample]]) -> int:
    """The slider's end: planned or reached, whichever is further, so that it stays while a run goes on."""
    ends = [kept[-1] for kept in samples if kept]
    if way == "share":
        return 100
    if way == "epoch":
        return max(1, *(run.status.epochs for run in runs), *(round(_epoch(end)) for end in ends))
    return max(1, *(run.status.steps for run in runs), *(end.step for end in ends))


def _move(key: str, most: int, playing: bool) -> None:
    """Bring the place onto the way, and, while it plays, on by one frame; the end of the way ends the play."""
    place = st.session_state[key] + (-(-most // FRAMES) if playing else 0)
    st.session_state[key] = min(place, most)  # other runs may have a shorter way
    if playing and place >= most:
        st.session_state[_PLAYING] = False


def _play(key: str, most: int) -> None:
    st.session_state[_PLAYING] = not st.session_state.get(_PLAYING)
    if st.session_state[_PLAYING] and st.session_state[key] >= most:
        st.session_state[key] = 0


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
