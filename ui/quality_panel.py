"""What was found when a run's generator was judged, as a panel of the live chart.

Owns which number stands there, its scale and what is marked. How it is drawn is `curves_plot.js`'s; the words
beside it are `verdict`'s.
"""

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np

from dcgan.runs.judgements import Judged, find_best
from ui.text import number, t

Metric = Literal["fcd", "kid"]
METRICS: tuple[Metric, ...] = ("fcd", "kid")

# On a light background, on a dark one.
SLATE, GOLD = ("#475569", "#b8c4d0"), ("#b45309", "#facc15")
HEIGHT = 190  # pixels: from the first images to good ones it is a long way
LOG_FROM = 8.0  # times the lowest value: from there on equal factors are better seen than equal differences


def make_panel(judged: Sequence[Judged], metric: Metric) -> tuple[dict[str, Any], bytes]:
    """Return a panel with one line, a dot a judgement, and the line's points as `curves.pack_line` packs them.

    Args:
        judged: at least one, in the order of their steps.
        metric: which of their numbers.
    """
    values = [getattr(one, metric) for one in judged]
    floor = getattr(judged[-1], f"{metric}_floor")
    line = {
        "key": metric, "name": t(f"quality.{metric}"), "mark": t(f"quality.{metric}"), "colour": SLATE, "dots": True,
        "count": len(values),
    }  # fmt: skip
    if metric == "kid":
        line["spread"] = [round(one.kid_deviation, 4) for one in judged]
    panel = {
        "title": t(f"quality.{metric}_title"), "names": False, "lines": [line], "height": HEIGHT, "every": True,
        "levels": [{"value": floor, "name": t("quality.floor", value=write_distance(floor))}],
        "log": needs_log(values),
    }  # fmt: skip
    if (best := find_best(judged)) is not None:
        panel["best"] = {"x": best.step, "y": getattr(best, metric), "colour": GOLD}
    steps = [one.step for one in judged]
    return panel, b"".join(np.array(part, "<f4").tobytes() for part in (steps, values, values))


def needs_log(values: Sequence[float]) -> bool:
    """Whether values read better on a logarithmic scale, on which what is not above zero has no place."""
    return min(values) > 0 and max(values) >= LOG_FROM * min(values)


def write_distance(value: float) -> str:
    """Write a distance with about three digits: "143", "12.3", "1.41", "0.023"."""
    size = abs(value)
    return number(round(value, 3) or 0.0, 0 if size >= 100 else 1 if size >= 10 else 2 if size >= 0.1 else 3)
