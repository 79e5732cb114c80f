"""Layer specs become Keras networks.

Owns how each kind of layer is built, with which seed and in which number format. Leaves shapes to `architecture`.
"""

from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from dcgan.architecture import LayerSpec, classifier_layers, discriminator_layers, generator_layers
from dcgan.config import Config
from dcgan.latents import purpose_seed
from dcgan.models.layers import BatchNormalization, Conv2D, Conv2DTranspose, Dropout


def build_generator(config: Config, name: str = "generator") -> keras.Model:
    """Return the network from latents (N, latent_dim) to images (N, 28, 28, channels), float32 in [-1, 1].

    Args:
        config: the run's.
        name: begins the names of its variables; initial weights depend on the config's seed alone.
    """
    return _build(generator_layers(config), (config.generator.latent_dim,), config, name, "generator", last="image")


def build_discriminator(config: Config) -> keras.Model:
    """Return the network from images (N, 28, 28, channels) in [-1, 1] to logits (N, 1), float32."""
    shape = (config.data.image_size, config.data.image_size, config.data.num_channels)
    return _build(discriminator_layers(config), shape, config, "discriminator", "discriminator", last="logit")


def build_classifier(image_shape: tuple[int, int, int], num_classes: int, seed: int) -> keras.Model:
    """Return the classifier of quality from images (N, H, W, C) in [-1, 1] to logits (N, num_classes), float32."""
    layers = classifier_layers(image_shape[0], image_shape[2], num_classes)
    return _stack(layers, image_shape, seed, "float32", "classifier", "classifier", last="logits")


def get_weights(network: keras.Model) -> dict[str, npt.NDArray[Any]]:
    """Return the weights of a network as `architecture.weight_shapes` names them, random states left out."""
    named = {f"{index:03d}/{variable.name}": variable.numpy() for index, variable in enumerate(network.variables)}
    return {name: array for name, array in named.items() if np.issubdtype(array.dtype, np.floating)}


def _build(
    layers: Sequence[LayerSpec], input_shape: tuple[int, ...], config: Config, name: str, purpose: str, last: str
) -> keras.Model:
    """A network of a run."""
    policy = "mixed_bfloat16" if config.training.precision == "bfloat16" else "float32"
    return _stack(layers, input_shape, config.training.seed, policy, name, purpose, last)


def _stack(
    layers: Sequence[LayerSpec], input_shape: tuple[int, ...], seed: int, policy: str, name: str, purpose: str,
    last: str,
) -> keras.Model:  # fmt: skip
    """A Sequential network; from the layer named `last` on it computes in float32, whatever the policy."""
    network = keras.Sequential([keras.Input(input_shape)], name=name)
    for layer in layers:
        if layer.name == last:
            policy = "float32"  # the tanh's and the sigmoid's ends need the digits
        own_seed = purpose_seed(seed, f"{purpose}/{layer.name}")
        network.add(_LAYERS[layer.kind](layer, own_seed, keras.DTypePolicy(policy)))
    return network


def _dense(layer: LayerSpec, seed: int, dtype: keras.DTypePolicy) -> keras.layers.Layer:
    return keras.layers.Dense(
        **layer.options, kernel_initializer=keras.initializers.GlorotUniform(seed), dtype=dtype, name=layer.name
    )


def _conv(layer: LayerSpec, seed: int, dtype: keras.DTypePolicy) -> keras.layers.Layer:
    initializer = keras.initializers.GlorotUniform(seed)
    kind = Conv2D if layer.kind == "conv" else Conv2DTranspose
    return kind(**layer.options, padding="same", kernel_initializer=initializer, dtype=dtype, name=layer.name)


def _activation(layer: LayerSpec, seed: int, dtype: keras.DTypePolicy) -> keras.layers.Layer:
    if layer.options["function"] == "leaky_relu":
        return keras.layers.LeakyReLU(layer.options["slope"], dtype=dtype, name=layer.name)
    return keras.layers.Activation(layer.options["function"], dtype=dtype, name=layer.name)


_LAYERS: dict[str, Callable[[LayerSpec, int, keras.DTypePolicy], keras.layers.Layer]] = {
    "dense": _dense,
    "conv": _conv,
    "conv_transpose": _conv,
    "activation": _activation,
    "reshape": lambda layer, _, dtype: keras.layers.Reshape(layer.output_shape, dtype=dtype, name=layer.name),
    "flatten": lambda layer, _, dtype: keras.layers.Flatten(dtype=dtype, name=layer.name),
    "batch_norm": lambda layer, _, dtype: BatchNormalization(**layer.options, dtype=dtype, name=layer.name),
    "dropout": lambda layer, seed, dtype: Dropout(layer.options["rate"], seed=seed, dtype=dtype, name=layer.name),
}
