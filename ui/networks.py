"""The two networks, drawn: layer specs -> SVG, one row a stage, with shapes and parameters.

Rows and not columns, so that a phone shows the same drawing. Leaves what the layers are to `dcgan.architecture`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import log2

from dcgan.architecture import LayerSpec, count_parameters
from ui.drawing import svg, text
from ui.text import number, t

WIDTH, ROW, GLYPH = 360, 74, 74  # of the drawing, of a stage, of the column of the volumes
OPENING = ("dense", "reshape", "conv", "conv_transpose", "flatten")  # layers that begin a stage
SIDE, DEPTH = 1.35, 1.5  # of a volume: units a pixel, units for each doubling of the channels


@dataclass(frozen=True)
class Stage:
    """A layer that changes the shape, with those after it that keep it."""

    shape: tuple[int, ...]
    layers: Sequence[LayerSpec]

    @property
    def parameters(self) -> int:
        """Numbers that the stage holds."""
        return count_parameters(self.layers)


def list_stages(layers: Sequence[LayerSpec]) -> list[Stage]:
    """Return a network's layers in stages, each with the shape that it ends with."""
    groups: list[list[LayerSpec]] = []
    for layer in layers:
        if layer.kind in OPENING or not groups:
            groups.append([layer])
        else:
            groups[-1].append(layer)
    return [Stage(tuple(group[-1].output_shape), group) for group in groups]


def draw_network(layers: Sequence[LayerSpec], input_shape: tuple[int, ...], source: str, alt: str) -> str:
    """Return one network as SVG, from its input down to its output.

    Args:
        layers: from `dcgan.architecture`.
        input_shape: of one example, without the batch.
        source: what the input is called.
        alt: what the drawing shows, in a sentence.
    """
    stages = list_stages(layers)
    rows = [_row(0, input_shape, t("learn.net.input"), [source], None)]
    for index, stage in enumerate(stages, start=1):
        heading = _describe(stage.layers[0])
        rest = [_describe(layer) for layer in stage.layers[1:]]
        rows.append(_row(index, stage.shape, heading, rest, stage.parameters))
    arrows = "".join(_arrow((index + 1) * ROW - 8) for index in range(len(stages)))
    return svg(WIDTH, (len(stages) + 1) * ROW, alt, "".join(rows) + arrows)


def name_shape(shape: Sequence[int]) -> str:
    """Return a shape as it is read: "7 × 7 × 128"."""
    return " × ".join(number(size) for size in shape)


def _row(index: int, shape: tuple[int, ...], heading: str, rest: Sequence[str], parameters: int | None) -> str:
    top = index * ROW
    parts = [_volume(shape, GLYPH / 2, top + ROW / 2 - 6)]
    parts.append(text(GLYPH + 12, top + 22, name_shape(shape), "shape"))
    parts.append(text(GLYPH + 12, top + 38, heading))
    if rest:
        parts.append(text(GLYPH + 12, top + 53, ", ".join(rest)))
    if parameters:
        parts.append(text(WIDTH, top + 22, t("learn.net.parameters", count=parameters), anchor="end"))
    return "".join(parts)


def _volume(shape: tuple[int, ...], x: float, y: float) -> str:
    """A feature map as a block, as large and as deep as it is; a vector as a bar, by its length."""
    if len(shape) == 1:
        length = 6 + 3.6 * log2(shape[0] + 1)
        return f'<rect class="face" x="{x - length / 2:.1f}" y="{y - 4:.1f}" width="{length:.1f}" height="8" rx="2"/>'
    height, width, channels = shape
    high, wide, deep = height * SIDE, width * SIDE, 2 + DEPTH * log2(channels + 1)
    left, top = x - (wide + deep) / 2, y - (high - deep) / 2
    return (
        f'<path class="top" d="M{left:.1f} {top:.1f} l{deep:.1f} {-deep:.1f} h{wide:.1f} l{-deep:.1f} {deep:.1f} z"/>'
        f'<path class="side" d="M{left + wide:.1f} {top:.1f} l{deep:.1f} {-deep:.1f} v{high:.1f} '
        f'l{-deep:.1f} {deep:.1f} z"/>'
        f'<rect class="face" x="{left:.1f}" y="{top:.1f}" width="{wide:.1f}" height="{high:.1f}"/>'
    )


def _arrow(y: float) -> str:
    return f'<path class="arrow" d="M{GLYPH / 2 - 4:g} {y:g} l4 5 l4 -5"/>'


def _describe(layer: LayerSpec) -> str:
    """What a layer does, in words."""
    options = layer.options
    if layer.kind in ("conv", "conv_transpose"):
        return t(f"learn.net.{layer.kind}", kernel=options["kernel_size"], strides=options["strides"])
    if layer.kind == "activation":
        function = str(options["function"])
        return t("learn.net.tanh") if function == "tanh" else t(f"choice.{function}")
    if layer.kind == "dropout":
        return t("learn.net.dropout", rate=number(options["rate"]))
    return t(f"learn.net.{layer.kind}")
