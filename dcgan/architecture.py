"""The networks as layer specs: names, shapes and parameters, before any framework is asked.

Owns generator, discriminator, and the classifier that judges them. What Keras builds, and later ONNX, the drawing and
the exported script, are all made from these specs, and impossible combinations are named here. Knows the config alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from math import prod
from typing import Any, Literal

from dcgan.config import Config, DiscriminatorConfig, GeneratorConfig

Kind = Literal[
    "dense", "reshape", "batch_norm", "activation", "conv", "conv_transpose", "dropout", "flatten"
]  # fmt: skip

SMALLEST = 7  # side of the generator's first feature map at 28 px
DOUBLINGS = 2  # 7 -> 14 -> 28
BATCH_NORM_EPSILON = 1e-3  # added to the variance; Keras's default
FEATURES = 64  # numbers that the classifier says of an image before it names a class
SEED_STATE = "seed_generator_state"  # what Keras calls the random state of a layer that drops

Shape = tuple[int, ...]


@dataclass(frozen=True)
class LayerSpec:
    """One layer: what it is, what comes out of it, what it needs.

    Attributes:
        name: unique within its network.
        kind: the operation.
        output_shape: without the batch, channels last.
        weights: name and shape of each of its variables, in Keras's order; a random state is one of them.
        options: what the operation needs: `units`, `filters`, `kernel_size`, `strides`, `use_bias`, `epsilon`,
            `function`, `slope`, `rate`.
    """

    name: str
    kind: Kind
    output_shape: Shape
    weights: tuple[tuple[str, Shape], ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def parameters(self) -> int:
        """Numbers that it holds, batch-norm moments included and random states not."""
        return sum(prod(shape) for name, shape in self.weights if name != SEED_STATE)


class _Stack:
    """Layer specs in order; each begins where the one before it ended. Not thread-safe; lives for one call."""

    def __init__(self, input_shape: Shape) -> None:
        self.shape, self.layers = input_shape, list[LayerSpec]()

    def add(
        self, name: str, kind: Kind, shape: Shape, weights: Mapping[str, Shape] | None = None, **options: Any
    ) -> None:
        self.layers.append(LayerSpec(name, kind, shape, tuple((weights or {}).items()), options))
        self.shape = shape

    def dense(self, name: str, units: int, use_bias: bool) -> None:
        weights = _kernel((self.shape[0], units), units, use_bias)
        self.add(name, "dense", (units,), weights, units=units, use_bias=use_bias)

    def conv(self, name: str, filters: int, kernel_size: int, strides: int, use_bias: bool) -> None:
        height, width, channels = self.shape
        shape = (-(-height // strides), -(-width // strides), filters)  # "same": rounded up
        weights = _kernel((kernel_size, kernel_size, channels, filters), filters, use_bias)
        options = {"filters": filters, "kernel_size": kernel_size, "strides": strides, "use_bias": use_bias}
        self.add(name, "conv", shape, weights, **options)

    def conv_transpose(self, name: str, filters: int, kernel_size: int, strides: int, use_bias: bool) -> None:
        height, width, channels = self.shape
        shape = (height * strides, width * strides, filters)
        weights = _kernel((kernel_size, kernel_size, filters, channels), filters, use_bias)
        options = {"filters": filters, "kernel_size": kernel_size, "strides": strides, "use_bias": use_bias}
        self.add(name, "conv_transpose", shape, weights, **options)

    def batch_norm(self, name: str) -> None:
        weights = dict.fromkeys(("gamma", "beta", "moving_mean", "moving_variance"), self.shape[-1:])
        self.add(name, "batch_norm", self.shape, weights, epsilon=BATCH_NORM_EPSILON)

    def dropout(self, name: str, rate: float) -> None:
        self.add(name, "dropout", self.shape, {SEED_STATE: (2,)} if rate > 0 else {}, rate=rate)

    def activation(self, name: str, function: str, slope: float = 0.0) -> None:
        self.add(name, "activation", self.shape, function=function, slope=slope)


def _kernel(shape: Shape, units: int, use_bias: bool) -> dict[str, Shape]:
    """The weights of a dense layer or a convolution."""
    return {"kernel": shape} | ({"bias": (units,)} if use_bias else {})


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
        stack.dropout(f"block_{block}_dropout", settings.dropout)
    stack.add("flat", "flatten", (prod(stack.shape),))
    stack.dense("logit", 1, True)
    return stack.layers


def classifier_layers(image_size: int, num_channels: int, num_classes: int) -> Sequence[LayerSpec]:
    """Return the classifier of quality from images in [-1, 1] to logits (num_classes,).

    The layer `features` is what distances between sets of images are measured on.
    """
    stack = _Stack((image_size, image_size, num_channels))
    filters, strides = 32, 1
    for block in count():
        stack.conv(f"block_{block}", filters, 3, strides, False)
        stack.batch_norm(f"block_{block}_norm")
        stack.activation(f"block_{block}_relu", "relu")
        if stack.shape[0] <= SMALLEST:
            break
        filters, strides = min(96, 48 * (block + 1)), 2
    stack.dropout("map_dropout", 0.3)
    stack.add("flat", "flatten", (prod(stack.shape),))
    stack.dense("dense", FEATURES, True)
    stack.activation("features", "relu")
    stack.dropout("features_dropout", 0.3)
    stack.dense("logits", num_classes, True)
    return stack.layers


def count_parameters(layers: Sequence[LayerSpec]) -> int:
    """Return how many numbers a network holds, batch-norm moments included."""
    return sum(layer.parameters for layer in layers)


def weight_shapes(layers: Sequence[LayerSpec]) -> Sequence[tuple[str, Shape]]:
    """Return name and shape of every variable of a network, in Keras's order: `("000/kernel", (100, 6272))`.

    The number is the variable's place among all of its network's, random states included; checkpoints put the
    network's name in front (`training.state`).
    """
    weights = [weight for layer in layers for weight in layer.weights]
    return [(f"{index:03d}/{name}", shape) for index, (name, shape) in enumerate(weights)]
