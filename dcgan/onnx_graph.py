"""Layer specs and weights become an ONNX model, with NumPy alone.

Owns how each kind of layer is said in ONNX. Leaves shapes to `architecture`, where the weights come from to `runs`, and
running the model to `latent`. Its images lie as ours do, (N, H, W, C) in [-1, 1]; ONNX convolves (N, C, H, W), so a
transposition stands where an image enters or leaves that.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper

from dcgan.architecture import (
    LayerSpec,
    Shape,
    classifier_layers,
    discriminator_layers,
    generator_layers,
    weight_shapes,
)
from dcgan.config import Config

Arrays = Mapping[str, npt.NDArray[Any]]
Weights = Mapping[str, npt.NDArray[np.float32]]

FORMAT = "1"  # of what we write into the model's metadata
OPSET, IR_VERSION = 17, 8  # of 2022: everything here is older, and older runtimes can read it
BATCH = "N"  # the name of the batch's dimension, where it may be any

TO_CHANNELS_FIRST, TO_CHANNELS_LAST = (0, 3, 1, 2), (0, 2, 3, 1)


def generator_onnx(config: Config, arrays: Arrays, batch: int | None = None, step: int | None = None) -> bytes:
    """Return the generator as an ONNX model: `latents` (N, latent_dim) to `images` (N, H, W, C), float32 in [-1, 1].

    Args:
        config: the run's; all that it can say about a generator is covered, and it goes into the metadata.
        arrays: the weights by name, as `architecture.weight_shapes` names them; float16 is widened to float32. Names
            that the network does not have are passed over.
        batch: the only batch size that the model takes; None for any.
        step: the training step that the weights are of, for the metadata.

    Raises:
        ValueError: a weight is missing or has another shape; the sentence names it.
    """
    layers = generator_layers(config)
    graph = _Graph(layers, arrays, batch)
    graph.begin("latents", (config.generator.latent_dim,))
    for layer in layers:
        graph.add(layer)
    return graph.finish("generator", "images", layers[-1].output_shape, config, step)


def discriminator_onnx(config: Config, arrays: Arrays, step: int | None = None) -> bytes:
    """Return the discriminator as an ONNX model: `images` (N, H, W, C) in [-1, 1] to `logits` (N, 1), without dropout.

    Args:
        config: as in `generator_onnx`.
        arrays: as in `generator_onnx`; random states are not needed.
        step: as in `generator_onnx`.

    Raises:
        ValueError: as `generator_onnx`.
    """
    layers = discriminator_layers(config)
    graph = _Graph(layers, arrays, None)
    graph.begin("images", (config.data.image_size, config.data.image_size, config.data.num_channels))
    for layer in layers:
        graph.add(layer)
    return graph.finish("discriminator", "logits", layers[-1].output_shape, config, step)


def classifier_onnx(image_shape: Shape, num_classes: int, arrays: Arrays) -> bytes:
    """Return the classifier of quality: `images` (N, H, W, C) in [-1, 1] to `features` (N, 64) and `logits`.

    Args:
        image_shape: (H, W, C).
        num_classes: of its data set.
        arrays: as in `generator_onnx`.

    Raises:
        ValueError: as `generator_onnx`.
    """
    layers = classifier_layers(image_shape[0], image_shape[2], num_classes)
    graph = _Graph(layers, arrays, None)
    graph.begin("images", image_shape)
    for layer in layers:
        graph.add(layer)
        if layer.name == "features":
            graph.tell("features", layer.output_shape)
    return graph.finish("classifier", "logits", layers[-1].output_shape)


class _Graph:
    """Nodes in order, each fed by the one before it. Not thread-safe; lives for one call."""

    def __init__(self, layers: Sequence[LayerSpec], arrays: Arrays, batch: int | None) -> None:
        self.batch = batch
        self.nodes, self.initializers = list[onnx.NodeProto](), list[onnx.TensorProto]()
        self.outputs = list[onnx.ValueInfoProto]()
        self._weights = _group_weights(layers, arrays)

    def begin(self, name: str, shape: Shape) -> None:
        """Name what goes in; an image is turned to channels first."""
        self.input = helper.make_tensor_value_info(name, TensorProto.FLOAT, (self.batch or BATCH, *shape))
        self.tensor, self.shape = name, shape
        if len(shape) == 3:
            self.turn(TO_CHANNELS_FIRST)

    def add(self, layer: LayerSpec) -> None:
        """Add a layer's nodes."""
        _LAYERS[layer.kind](self, layer, self._weights[layer.name])
        self.shape = layer.output_shape

    def node(self, operation: str, *inputs: str, **attributes: Any) -> None:
        """Add a node that is fed by the last one, and by some initializers."""
        output = f"{operation.lower()}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(operation, [self.tensor, *inputs], [output], name=output, **attributes))
        self.tensor = output

    def keep(self, name: str, array: npt.NDArray[Any]) -> str:
        """Store an array in the model; returns its name."""
        self.initializers.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name

    def turn(self, order: tuple[int, ...]) -> None:
        self.node("Transpose", perm=order)

    def tell(self, output: str, shape: Shape) -> None:
        """Name what the last node gives: it is one of the outputs."""
        self.nodes[-1].output[0] = self.tensor = output
        self.outputs.append(helper.make_tensor_value_info(output, TensorProto.FLOAT, (self.batch or BATCH, *shape)))

    def finish(
        self, network: str, output: str, shape: Shape, config: Config | None = None, step: int | None = None
    ) -> bytes:
        """Name what comes out, turned to channels last, and return the model's bytes."""
        if len(shape) == 3:
            self.turn(TO_CHANNELS_LAST)
        self.tell(output, shape)
        graph = helper.make_graph(self.nodes, network, [self.input], self.outputs, self.initializers)
        opsets = [helper.make_opsetid("", OPSET)]
        model = helper.make_model(graph, opset_imports=opsets, ir_version=IR_VERSION, producer_name="dcgan-studio")
        facts = {"format": FORMAT, "network": network}
        facts |= {} if config is None else {"config": json.dumps(config.model_dump(mode="json"))}
        helper.set_model_props(model, facts | ({} if step is None else {"step": str(step)}))
        return bytes(model.SerializeToString())


def _group_weights(layers: Sequence[LayerSpec], arrays: Arrays) -> dict[str, Weights]:
    """The weights of each layer by their own names, as float32."""
    names = iter(weight_shapes(layers))
    grouped: dict[str, Weights] = {}
    for layer in layers:
        wanted = {name: next(names) for name, _ in layer.weights}
        if layer.kind == "dropout":
            continue
        grouped[layer.name] = {name: _as_float32(full, shape, arrays) for name, (full, shape) in wanted.items()}
    return grouped | {layer.name: {} for layer in layers if layer.kind == "dropout"}


def _as_float32(name: str, shape: Shape, arrays: Arrays) -> npt.NDArray[np.float32]:
    if name not in arrays:
        raise ValueError(f"The weight {name} is missing; it should be {shape}.")
    if arrays[name].shape != shape:
        raise ValueError(f"The weight {name} is {arrays[name].shape}; it should be {shape}.")
    return np.asarray(arrays[name], np.float32)


def _dense(graph: _Graph, layer: LayerSpec, weights: Weights) -> None:
    graph.node("Gemm", *(graph.keep(f"{layer.name}/{name}", array) for name, array in weights.items()))


def _reshape(graph: _Graph, layer: LayerSpec, _: Weights) -> None:
    """To an image: (N, units) -> (N, C, H, W)."""
    graph.node("Reshape", graph.keep(f"{layer.name}/shape", np.array((-1, *layer.output_shape), np.int64)))
    graph.turn(TO_CHANNELS_FIRST)


def _flatten(graph: _Graph, layer: LayerSpec, _: Weights) -> None:
    """From an image: (N, C, H, W) -> (N, units), in the order of (N, H, W, C)."""
    graph.turn(TO_CHANNELS_LAST)
    graph.node("Flatten")


def _conv(graph: _Graph, layer: LayerSpec, weights: Weights) -> None:
    """A convolution, whose kernel is (C out, C in, size, size) in ONNX, or a transposed one: (C in, C out, …)."""
    stride, size = layer.options["strides"], layer.options["kernel_size"]
    transposed = layer.kind == "conv_transpose"
    inputs = [graph.keep(f"{layer.name}/kernel", weights["kernel"].transpose(3, 2, 0, 1))]
    if "bias" in weights:
        inputs.append(graph.keep(f"{layer.name}/bias", weights["bias"]))

    # A transposed convolution is cut by what the convolution from its output to its input pads.
    wide, narrow = (layer.output_shape, graph.shape) if transposed else (graph.shape, layer.output_shape)
    pads = [_same_padding(wide[axis], narrow[axis], size, stride) for axis in (0, 1)]
    graph.node(
        "ConvTranspose" if transposed else "Conv",
        *inputs,
        kernel_shape=(size, size),
        strides=(stride, stride),
        pads=[before for before, _ in pads] + [after for _, after in pads],
    )


def _same_padding(wide: int, narrow: int, size: int, stride: int) -> tuple[int, int]:
    """What "same" pads before and after `wide` pixels, so that a convolution makes `narrow` of them; more after."""
    total = max((narrow - 1) * stride + size - wide, 0)
    return total // 2, total - total // 2


def _batch_norm(graph: _Graph, layer: LayerSpec, weights: Weights) -> None:
    """In inference mode, by the moments that training has averaged."""
    inputs = (graph.keep(f"{layer.name}/{name}", array) for name, array in weights.items())  # in ONNX's order, too
    graph.node("BatchNormalization", *inputs, epsilon=layer.options["epsilon"])


def _activation(graph: _Graph, layer: LayerSpec, _: Weights) -> None:
    function = layer.options["function"]
    if function == "leaky_relu":
        graph.node("LeakyRelu", alpha=layer.options["slope"])
    else:
        graph.node({"relu": "Relu", "selu": "Selu", "tanh": "Tanh"}[function])


_LAYERS: Mapping[str, Callable[[_Graph, LayerSpec, Weights], None]] = {
    "dense": _dense,
    "reshape": _reshape,
    "flatten": _flatten,
    "conv": _conv,
    "conv_transpose": _conv,
    "batch_norm": _batch_norm,
    "activation": _activation,
    "dropout": lambda *_: None,  # none outside training
}
