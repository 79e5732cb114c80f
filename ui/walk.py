"""The walk between key frames: which they are, how it goes, and the element that plays it.

Owns the key frames of a session and of its address. How the walk is played is `player.js`.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st

from dcgan.latent.drawing import Drawing, read_keys, write_keys
from dcgan.latent.generator import Generator
from dcgan.latent.outputs import draw_walk
from ui import link
from ui.scene import encode_scene
from ui.text import t

FEWEST_FRAMES, MOST_FRAMES = 10, 240
SPEEDS = (5, 10, 15, 20, 30)
SUGGESTED = 4  # key frames, where somebody else should choose

_FOLDER = Path(__file__).parent
_TURN = "walk.turn"  # counts the choices made on the board, so that it knows which answer is to the last one


def chosen_keys() -> tuple[int, ...]:
    """Return the key frames in the address; none where it does not name any that can be."""
    return link.read("walk", _read, ())


def choose_keys(keys: Sequence[Any], turn: int | None = None) -> None:
    """Make samples the key frames, in this order; what cannot be is left as it was."""
    try:
        text = write_keys(_read(write_keys(keys))) if keys else None
    except ValueError:
        return
    link.put("walk", text)
    if turn is not None:
        st.session_state[_TURN] = turn


def turn() -> int:
    """Return the number of the last choice that was made on the board."""
    return int(st.session_state.get(_TURN, 0))


def choose_walk(drawing: Drawing) -> Drawing:
    """Draw the key frames and how the walk goes; return the drawing with them."""
    _show_keys(drawing)
    if not drawing.has_walk:
        return drawing
    wished = _wished(drawing)
    frames, speed = st.columns(2, gap="medium")
    with frames:
        link.follow("walk-frames", wished.frames)
        st.slider(
            t("generate.frames"), FEWEST_FRAMES, MOST_FRAMES, key="walk-frames", step=2,
            help=t("generate.frames_help"), on_change=link.write_from, args=("frames", "walk-frames"),
        )  # fmt: skip
    with speed:
        link.follow("walk-fps", wished.frames_per_second)
        st.select_slider(
            t("generate.speed"), sorted({*SPEEDS, wished.frames_per_second}), key="walk-fps",
            format_func=lambda fps: t("generate.fps", fps=fps),
            on_change=link.write_from, args=("fps", "walk-fps"),
        )  # fmt: skip
    link.follow("walk-closed", wished.closed)
    st.toggle(t("generate.closed"), key="walk-closed", on_change=_keep_closed, help=t("generate.closed_help"))
    link.put("frames", str(wished.frames))
    link.put("fps", str(wished.frames_per_second))
    link.put("closed", str(int(wished.closed)))
    return wished


def show_walk(generator: Generator, drawing: Drawing) -> None:
    """Draw the walk as something that plays."""
    frames = _frames(generator.sha256, replace(drawing, count=1, frames_per_second=1), generator)
    header = {
        "frames": len(frames), "height": frames.shape[1], "width": frames.shape[2], "channels": frames.shape[3],
        "fps": drawing.frames_per_second,
        "words": {name: t(f"generate.{name}") for name in ("play", "pause", "place", "label")},
    }  # fmt: skip
    _component()(key="player", data=encode_scene(header, frames.tobytes()))


@st.cache_data(max_entries=8, show_spinner=False)
def _frames(sha256: str, drawing: Drawing, _generator: Generator) -> "np.ndarray[Any, np.dtype[np.uint8]]":
    """The walk's frames; they are known by the sum of their generator."""
    return draw_walk(_generator, drawing)


def _show_keys(drawing: Drawing) -> None:
    """The key frames in their order, each with a way to take it out."""
    if not drawing.keys:
        st.markdown(t("generate.no_keys"))
        st.button(
            t("generate.suggest", count=SUGGESTED), key="suggest", on_click=_suggest, args=(drawing.count,),
            icon=":material/auto_awesome_motion:", disabled=drawing.count < 2,
            help=t("generate.suggest_none") if drawing.count < 2 else None,
        )  # fmt: skip
        return
    with st.container(horizontal=True, key="keys", gap="small", vertical_alignment="center"):
        for place, index in enumerate(drawing.keys):
            st.button(
                t("generate.chosen", place=place + 1, index=str(index)), key=f"key-{place}", icon=":material/close:",
                icon_position="right", help=t("generate.remove", index=str(index)), on_click=_remove, args=(place,),
            )  # fmt: skip
        st.button(t("generate.clear"), key="clear-keys", type="tertiary", on_click=choose_keys, args=((),))
    if not drawing.has_walk:
        st.markdown(t("generate.one_key"))


def _wished(drawing: Drawing) -> Drawing:
    """How the address says that the walk goes."""
    frames = link.read("frames", lambda text: Drawing(frames=int(text)).frames, drawing.frames)
    fps = link.read("fps", lambda text: Drawing(frames_per_second=int(text)).frames_per_second, 20)
    closed = link.get("closed") != "0"
    frames = min(max(frames, FEWEST_FRAMES, len(drawing.keys)), MOST_FRAMES)
    return replace(drawing, frames=frames, frames_per_second=fps, closed=closed)


def _read(text: str) -> tuple[int, ...]:
    return Drawing(keys=read_keys(text)).keys


def _keep_closed() -> None:
    link.put("closed", str(int(st.session_state["walk-closed"])))


def _remove(place: int) -> None:
    keys = chosen_keys()
    choose_keys(keys[:place] + keys[place + 1 :])


def _suggest(count: int) -> None:
    """Choose key frames from all over the picture."""
    few = min(SUGGESTED, count)
    choose_keys([index * count // few for index in range(few)])


@lru_cache(maxsize=1)
def _component() -> Any:
    """The element's definition, registered once."""
    return st.components.v2.component(
        "walk_player",
        html='<div class="player"></div>',
        css=(_FOLDER / "player.css").read_text(encoding="utf-8"),
        js=(_FOLDER / "player.js").read_text(encoding="utf-8"),
    )
