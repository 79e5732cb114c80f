"""The curves of a real run, drawn to be explained: both losses, and the discriminator's belief.

Plain SVG, with names at the ends of the lines; the live chart of a run is `curves`.
"""

from collections.abc import Mapping, Sequence
from math import ceil

from ui.drawing import svg, text
from ui.text import number, t

WIDTH, HEIGHT = 376, 360
LEFT, RIGHT = 26, 330  # of the plot; names of lines stand at its right
PANELS = ((30, 150), (210, 330))  # top and bottom of each
CHANCE = {"d_loss": 1.386, "g_loss": 0.693}  # 2 ln 2 and ln 2
APART = 13  # between two names


def draw_curves(curves: Mapping[str, Sequence[float]]) -> str:
    """Return both panels as SVG.

    Args:
        curves: `epoch`, `g_loss`, `d_loss`, `d_real`, `d_fake`, equally many values of each.
    """
    highest = ceil(2 * max(*curves["g_loss"], *curves["d_loss"], 1.5)) / 2
    parts = [
        _panel(PANELS[0], t("curves.losses"), curves, ("g_loss", "d_loss"), highest),
        _panel(PANELS[1], t("curves.judgement"), curves, ("d_real", "d_fake"), 1.0),
        text((LEFT + RIGHT) / 2, HEIGHT - 2, t("learn.curves.epochs"), anchor="middle"),
    ]
    return svg(WIDTH, HEIGHT, describe(curves), "".join(parts))


def describe(curves: Mapping[str, Sequence[float]]) -> str:
    """Return in a sentence where the curves begin and end."""
    values = {
        f"{name}_{at}": number(curves[name][index], 2) for name in curves for at, index in (("first", 0), ("last", -1))
    }
    return t("learn.curves.alt", epochs=round(curves["epoch"][-1]), **values)


def _panel(
    edges: tuple[int, int], title: str, curves: Mapping[str, Sequence[float]], names: Sequence[str], highest: float
) -> str:
    top, bottom = edges
    last = max(curves["epoch"][-1], 1e-9)

    def place(x: float, y: float) -> tuple[float, float]:
        return LEFT + (RIGHT - LEFT) * x / last, bottom - (bottom - top) * min(max(y, 0.0), highest) / highest

    parts = [text(0, top - 12, title, "strong")]
    for level in (0.0, highest / 2, highest):
        _, y = place(0, level)
        parts.append(
            f'<line x1="{LEFT}" x2="{RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
            + text(LEFT - 5, y + 4, number(level), anchor="end")
        )
    chances = {name: CHANCE[name] for name in names if name in CHANCE} or {"": 0.5}
    for name, level in chances.items():
        _, y = place(0, level)
        parts.append(f'<line class="chance {name}" x1="{LEFT}" x2="{RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>')
        words = t(f"learn.curves.chance_{name}" if name else "learn.curves.chance")
        parts.append(text(RIGHT - 2, y - 4, words, f"chance {name}", anchor="end"))
    ends = {}
    for name in names:
        points = [place(x, y) for x, y in zip(curves["epoch"], curves[name], strict=True)]
        parts.append(f'<polyline class="{name}" points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in points)}"/>')
        ends[name] = points[-1][1]
    parts += [text(RIGHT + 5, y + 4, t(f"learn.curves.{name}"), f"strong {name}") for name, y in _spread(ends).items()]
    epochs = round(last)
    for epoch in sorted({0, epochs // 2, epochs}):
        parts.append(text(place(epoch, 0)[0], bottom + 14, number(epoch), anchor="middle"))
    return "".join(parts)


def _spread(ends: Mapping[str, float]) -> dict[str, float]:
    """Heights of names that do not run into each other."""
    (upper, first), (lower, second) = sorted(ends.items(), key=lambda item: item[1])
    gap = max(0.0, APART - (second - first)) / 2
    return {upper: first - gap, lower: second + gap}
