"""The samples as one picture on which each can be chosen as a key frame of the walk.

Owns what the element is told and what it tells. How it is drawn and chosen from is `board.js`.
"""

import hashlib
import secrets
from functools import lru_cache
from pathlib import Path
from typing import Any

import streamlit as st

from dcgan.latent.drawing import MAX_KEYS, Drawing, columns_of
from ui import closer, walk
from ui.scene import encode_scene
from ui.text import t

_FOLDER = Path(__file__).parent
_KEY = "board"


def show_board(png: bytes, size: tuple[int, int], drawing: Drawing) -> None:
    """Draw the samples; a click on one, or Enter, makes it a key frame or takes it out, and looks at it more closely.

    Args:
        png: the samples as `dcgan.latent.drawing.lay_out` lays them out.
        size: height and width of one.
        drawing: what is on it.
    """
    header = {
        "sum": hashlib.sha256(png).hexdigest(), "count": drawing.count, "columns": columns_of(drawing.count),
        "height": size[0], "width": size[1], "keys": drawing.keys, "turn": walk.turn(), "most": MAX_KEYS,
        "look": closer.chosen_sample(drawing.count),
        "session": st.session_state.setdefault("board.session", secrets.token_hex(4)),
        "words": {
            "alt": t("generate.alt", count=drawing.count, seed=str(drawing.seed)),
            "label": t("generate.board"),
            "sample": t("generate.sample", index="{index}"),
            "key": t("generate.key", place="{place}"),
        },
    }  # fmt: skip
    _component()(key=_KEY, data=encode_scene(header, png), on_picked_change=_take)


def _take() -> None:
    """Keep what was chosen in the browser, if it can be."""
    picked = st.session_state[_KEY].get("picked")
    keys, turn, look = (
        (picked.get(name) for name in ("keys", "turn", "look")) if isinstance(picked, dict) else [None] * 3
    )
    if isinstance(keys, list) and isinstance(turn, int):
        walk.choose_keys(keys, turn)
    if isinstance(look, int) and not isinstance(look, bool):
        closer.choose_sample(look)


@lru_cache(maxsize=1)
def _component() -> Any:
    """The element's definition, registered once."""
    return st.components.v2.component(
        "sample_board",
        html='<div class="board"></div>',
        css=(_FOLDER / "board.css").read_text(encoding="utf-8"),
        js=(_FOLDER / "board.js").read_text(encoding="utf-8"),
    )
