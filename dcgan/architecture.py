"""Both networks as layer specs: names, shapes and parameters, before any framework is asked.

What Keras builds, and later ONNX, the drawing and the exported script, are all made from these specs, and impossible
combinations are named here. Knows the config alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import prod
from typing import Any, Literal

from dcgan.config import Config, DiscriminatorConfig, GeneratorConfig

Kind = Literal[
    "dense", "reshape", "batch_norm", "activation", "conv", "conv_transpose", "dropout", "flatten"
]  # fmt: skip

SMALLEST = 7  # side of the generator's first feature map at 28 px
DOUBLINGS = 2  # 7 -> 14 -> 28


@dataclass(frozen=True)
class LayerSpec:
    """One layer: what it is, what comes out of it, what it needs.

    Attributes:
        name: unique within its network.
        kind: the operation.
        output_shape: without the batch, channels last.
        parameters: numbers that it holds, batch-norm moments included.
        options: what the operation needs: `filters`, `kernel_size`, `strides`, `use_bias`, `function`, `slope`, `rate`.
    """

    name: str
    kind: Kind
    output_shape: tuple[int, ...]
    parameters: int = 0
    options: Mapping[str, Any] = field(default_factory=dict)


class _Stack:
    """Layer specs in order; each begins where the one before it ended. Not thread-safe; lives for one call."""

    def __init__(self, input_shape: tuple[int, ...]) -> None:
        self.shape, self.layers = input_shape, list[LayerSpec]()

    def add(self, name: str, kind: Kind, shape: tuple[int, ...], parameters: int = 0, **options: Any) -> None:
        self.layers.append(LayerSpec(name, kind, shape, parameters, options))
        self.shape = shape

    def dense(self, name: str, units: int, use_bias: bool) -> None:
        self.add(name, "dense", (units,), self.shape[0] * units + units * use_bias, units=units, use_bias=use_bias)

    def conv(self, name: str, filters: int, kernel_size: int, strides: int, use_bias: bool) -> None:
        height, width, channels = self.shape
        shape = (-(-height // strides), -(-width // strides), filters)  # "same": rounded up
        self._add_conv(name, "conv", shape, channels, kernel_size, strides, use_bias)

    def conv_transpose(self, name: str, filters: int, kernel_size: int, strides: int, use_bias: bool) -> None:
        height, width, channels = self.shape
        shape = (height * strides, width * strides, filters)
        self._add_conv(name, "conv_transpose", shape, channels, kernel_size, strides, use_bias)

    def _add_conv(
        self,
        name: str,
        kind: Kind,
        shape: tuple[int, int, int],
        channels: int,
        kernel: int,
        strides: int,
        use_bias: bool,
    ) -> None:
        filters = shape[-1]
        parameters = kernel * kernel * channels * filters + filters * use_bias
        self.add(
            name, kind, shape, parameters, filters=filters, kernel_size=kernel, strides=strides, use_bias=use_bias
        )  # fmt: skip

    def batch_norm(self, name: str) -> None:
        self.add(name, "batch_norm", self.shape, 4 * self.shape[-1])  # scale, offset, mean, variance

    def activation(self, name: str, function: str, slope: float = 0.0) -> None:
        self.add(name, "activation", self.shape, function=function, slope=slope)


def generator_layers(config: Config) -> Sequence[LayerSpec]:
    """Return the generator from latents (latent_dim,) to images (28, 28, channels) in [-1, 1]."""
    settings = config.generator
    hidden = DOUBLINGS - 1 + settings.stem_blocks
    filters = settings.base_filters * 2**hidden
    stack = _Stack((settings.latent_dim,))

    # The stem: latents to the smallest feature map.
    bias = settings.block_order == "activation-first" or not settings.batch_norm
    stack.dense("stem", SMALLEST * SMALLEST * filters, bias)
    stack.add("stem_map", "reshape", (SMALLEST, SMALLEST, filters))
    _finish_block(stack, "stem", settings, activated=settings.block_order == "norm-first")

    # Hidden blocks: first those that keep the size, then those that double it; half the filters at each.
    for block in range(1, hidden + 1):
        filters //= 2
        strides = 1 if block <= settings.stem_blocks else 2
        stack.conv_transpose(f"block_{block}", filters, settings.kernel_size, strides, bias)
        _finish_block(stack, f"block_{block}", settings, activated=True)

    stack.conv_transpose("image", config.data.num_channels, settings.kernel_size, 2, True)
    stack.activation("image_tanh", "tanh")
    return stack.layers


def _finish_block(stack: _Stack, name: str, settings: GeneratorConfig, activated: bool) -> None:
    """Normalise and activate a block, in the config's order."""
    slope = 0.3  # LeakyReLU's default in TensorFlow's tutorial
    if settings.block_order == "norm-first" and settings.batch_norm:
        stack.batch_norm(f"{name}_norm")
    if activated:
        stack.activation(f"{name}_{settings.activation}", settings.activation, slope)
    if settings.block_order == "activation-first" and settings.batch_norm:
        stack.batch_norm(f"{name}_norm")


def discriminator_layers(config: Config) -> Sequence[LayerSpec]:
    """Return the discriminator from images (28, 28, channels) to one logit (1,)."""
    settings: DiscriminatorConfig = config.discriminator
    size = config.data.image_size
    stack = _Stack((size, size, config.data.num_channels))
    for block in range(1, DOUBLINGS + 1):
        normed = settings.batch_norm and block > 1  # not at the input: DCGAN, section 3
        stack.conv(f"block_{block}", settings.base_filters * 2 ** (block - 1), settings.kernel_size, 2, not normed)
        if normed:
            stack.batch_norm(f"block_{block}_norm")
        stack.activation(f"block_{block}_leaky_relu", "leaky_relu", settings.leaky_slope)
        stack.add(f"block_{block}_dropout", "dropout", stack.shape, rate=settings.dropout)
    stack.add("flat", "flatten", (prod(stack.shape),))
    stack.dense("logit", 1, True)
    return stack.layers


def count_parameters(layers: Sequence[LayerSpec]) -> int:
    """Return how many numbers a network holds, batch-norm moments included."""
    return sum(layer.parameters for layer in layers)
