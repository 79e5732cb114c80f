"""Numbers to Plotly figures: for what a person points at, zooms into or picks from.

No screen and no file: words come in, figures go out. Bars, histograms and drawings are HTML and SVG of the pages, since
Plotly's script is 4.7 MB for each visitor. Plotly itself is imported where a figure is made.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

# Ten hues that can be seen on light and on dark, and a shape for each, so that colour never stands alone.
COLOURS = (
    "#1d8fd1", "#e0702a", "#3aa655", "#c9413b", "#8d6fd1", "#a0705a", "#d470b8", "#7d8a88", "#b8a615", "#17a3a3",
)  # fmt: skip
SHAPES = (
    "circle", "square", "diamond", "cross", "x", "triangle-up", "triangle-down", "star", "pentagon", "hexagram",
)  # fmt: skip


@dataclass(frozen=True)
class Group:
    """Points of one kind.

    Attributes:
        name: what they are called.
        x: places across.
        y: places upwards, as many.
        ids: a number for each, which a picked point gives back.
    """

    name: str
    x: Sequence[float]
    y: Sequence[float]
    ids: Sequence[int]


def plot_map(groups: Sequence[Group], point: str, height: int = 460) -> Any:
    """Return a scatter plot without axes; pointing at a point says its group and its number.

    Args:
        groups: at most ten have a shape and a colour of their own.
        point: what a point is called, such as "image".
        height: in pixels.
    """
    from plotly import graph_objects

    traces = [
        graph_objects.Scatter(
            x=group.x, y=group.y, name=group.name, customdata=group.ids, mode="markers",
            marker={"color": COLOURS[index % 10], "symbol": SHAPES[index % 10], "size": 7, "opacity": 0.8},
            selected={"marker": {"opacity": 1, "size": 14}}, unselected={"marker": {"opacity": 0.5}},
            hovertemplate=f"%{{fullData.name}}, {point} %{{customdata}}<extra></extra>",
        )
        for index, group in enumerate(groups)
    ]  # fmt: skip
    hidden = {"visible": False}
    layout = graph_objects.Layout(
        template=graph_objects.layout.Template(),  # an empty one: Streamlit's makes up most of a small figure
        height=height, margin={"l": 0, "r": 0, "t": 0, "b": 0}, dragmode="pan", xaxis=hidden,
        yaxis={"visible": False, "scaleanchor": "x"}, legend={"orientation": "h", "y": -0.02},
        paper_bgcolor="rgba(0,0,0,0)", plot_bgcolor="rgba(0,0,0,0)", clickmode="event+select",
    )  # fmt: skip
    return graph_objects.Figure(traces, layout)
