"""The live curves: points and words to bytes, and the element in the browser that draws them.

Owns what is drawn of one run and in which colour, and the element that `overlay` draws several with. How it is drawn,
zoomed and hidden is `curves.js` and `curves_plot.js`, which keep the reader's view while the points change.
"""

import json
import re
import struct
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import streamlit as st

from dcgan.config import Loss
from dcgan.runs.history import History
from ui.quality_panel import Metric, make_panel
from ui.text import language, number, t
from ui.watch import RunWatch

POINTS = 1000  # a line; a chart is about 800 pixels wide
CHANCE_D, UNSURE = 1.386, 0.5  # 2 ln 2: the loss of a discriminator that can only guess
CHANCE_G: dict[Loss, float] = {
    "non-saturating": 0.693,
    "minimax": -0.693,
}  # ln 2, and -ln 2: the generator's against it

# What a line ends in where there is no room for its name; the name says it too.
MARKS = {"g_loss": "G", "d_loss": "D", "d_real": "D(x)", "d_fake": "D(G(z))"}

# On a light background, on a dark one.
TEAL, ORANGE = ("#0f766e", "#2dd4bf"), ("#c2410c", "#fb923c")
BLUE, VIOLET = ("#1d4ed8", "#7db3ff"), ("#7e22ce", "#c99bfa")

_FOLDER = Path(__file__).parent


def show_curves(watch: RunWatch, metric: Metric = "fcd") -> None:
    """Draw the curves of a run; the same element lives on through all ticks.

    Args:
        watch: the run.
        metric: what is shown of its judgements, where there are any.
    """
    points = watch.encoded(
        f"curves-{metric}-{language()}",
        lambda history: encode_curves(history, watch.config().training.loss, metric),
    )
    draw_scene(points, key=f"curves-{watch.run.run_id}")


def draw_scene(content: bytes, key: str) -> None:
    """Draw a scene; the same element lives on as long as its key does."""
    _component()(key=key, data=content)


def encode_curves(history: History, loss: Loss = "non-saturating", metric: Metric = "fcd") -> bytes:
    """Return one run's scene: its losses, the discriminator's judgement below, and how good the images were found."""
    chance_g = CHANCE_G[loss]
    panels: list[dict[str, Any]] = [
        {
            "title": t("curves.losses"),
            "names": True,
            "lines": [_line("g_loss", TEAL), _line("d_loss", ORANGE)],
            "levels": [
                {"value": CHANCE_D, "name": t("curves.chance_d"), "colour": ORANGE},
                {"value": chance_g, "name": t("curves.chance_g", value=number(chance_g, 3)), "colour": TEAL},
            ],
        },
        {
            "title": t("curves.judgement"),
            "names": True,
            "lines": [_line("d_real", BLUE), _line("d_fake", VIOLET)],
            "levels": [{"value": UNSURE, "name": t("curves.unsure")}],
            "range": [0, 1],
        },
    ]
    points = []
    for panel in panels:
        for line in panel["lines"]:
            line["count"], content = pack_line(history, line["key"], "step", POINTS)
            points.append(content)
    if judged := history.judged():
        panel, content = make_panel(judged, metric)
        panels.append(panel)
        points.append(content)
    return encode_scene(panels, points)


def pack_line(history: History, series: str, axis: str, limit: int, unit: float = 1.0) -> tuple[int, bytes]:
    """Return how many points a line has, and its x, in units of the axis, y, and means around each, as float32."""
    x, y, means = history.line(series, axis, limit)
    return len(x), b"".join(values.astype("<f4").tobytes() for values in (x / unit, y, means))


def encode_scene(
    panels: Sequence[Mapping[str, Any]],
    points: Sequence[bytes],
    *,
    axis: str = "step",
    least: float = 2,
    smooth: float = 1 / 30,
    apart: bool = False,
    **words: str,
) -> bytes:
    """Return a scene as bytes: the length of a JSON header, the header, then x, y and means of each line as float32.

    Args:
        panels: title, lines (with the count of their points), levels, and whether the lines' names stand above.
        points: of all lines in their order, as `pack_line` makes them.
        axis: what lies across; another one forgets the reader's zoom.
        least: the narrowest range that can be zoomed to, in units of the axis.
        smooth: the share of the visible range that the strong line is averaged over.
        apart: each panel means one thing, so that a value is told of one panel only.
        words: other words than one run's: `label`, `step`, `whole`.
    """
    known = {name: t(f"curves.{name}") for name in ("label", "step", "toggle", "whole", "zoom_in", "zoom_out")}
    facts = {"axis": axis, "least": least, "smooth": smooth, "apart": apart}
    header = json.dumps({"language": language(), "words": known | words, "panels": panels, **facts}).encode()
    header += b" " * (-len(header) % 4)  # float32 begin at a multiple of four
    return struct.pack("<I", len(header)) + header + b"".join(points)


def _line(key: str, colour: tuple[str, str]) -> dict[str, Any]:
    return {"key": key, "name": t(f"curves.{key}"), "mark": MARKS[key], "colour": colour}


@lru_cache(maxsize=1)
def _component() -> Any:
    """The element's definition, registered once; its comments stay here, since the code travels with every tick."""
    code = "".join((_FOLDER / name).read_text(encoding="utf-8") for name in ("curves.js", "curves_plot.js"))
    script = re.sub(r"^\s*(//[^\n]*)?\n|^[ ]+", "", code, flags=re.M)
    return st.components.v2.component(
        "live_curves",
        html='<div class="curves" tabindex="0" role="group"></div>',
        css=(_FOLDER / "curves.css").read_text(encoding="utf-8"),
        js=script,
    )
