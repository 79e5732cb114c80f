"""The arithmetic of a training step, counted from the layer specs.

A multiplication and the addition that takes its result are two operations. Counted are the layers that hold kernels
(dense, convolutions), without biases; what the others do is below one per cent of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from dcgan.architecture import LayerSpec, discriminator_layers, generator_layers
from dcgan.config import Config


@dataclass(frozen=True)
class NetworkFlops:
    """Operations of one image through one network, forwards.

    `first` is the part of the first layer: nobody needs the gradient of what goes into the network, so that a backward
    pass to the weights costs `2 * forward - first`.
    """

    forward: int
    first: int

    @property
    def backward(self) -> int:
        """Gradients of all weights, and of all that lies between the layers."""
        return 2 * self.forward - self.first

    @property
    def backward_to_input(self) -> int:
        """Gradients of the input alone, through weights that stay as they are."""
        return self.forward


def layer_flops(layer: LayerSpec, input_shape: tuple[int, ...]) -> int:
    """Return the operations of one layer for one image, forwards; 0 for a layer without a kernel.

    Args:
        layer: its spec.
        input_shape: what goes into it, without the batch.
    """
    if layer.kind == "dense":
        return 2 * input_shape[0] * layer.output_shape[0]
    if layer.kind not in ("conv", "conv_transpose"):
        return 0
    # A convolution computes each pixel of its output, a transposed one spreads each pixel of its input; "same" padding
    # is counted as if it were image.
    height, width = (layer.output_shape if layer.kind == "conv" else input_shape)[:2]
    kernel_size: int = layer.options["kernel_size"]
    return 2 * height * width * kernel_size**2 * input_shape[-1] * layer.output_shape[-1]


def network_flops(layers: Sequence[LayerSpec], input_shape: tuple[int, ...]) -> NetworkFlops:
    """Return the operations of one image through a network."""
    inputs = [input_shape, *(layer.output_shape for layer in layers)]
    counts = [layer_flops(layer, shape) for layer, shape in zip(layers, inputs, strict=False)]
    return NetworkFlops(sum(counts), next(count for count in counts if count))


def flops_per_image(config: Config) -> int:
    """Return the operations of one training step, divided by the real images in it.

    The discriminator's update draws a fake for each real image (G forwards), and takes both through D and back to D's
    weights. The generator's update draws new fakes, takes them through D and back through it to the image, without
    gradients of D's weights, and on through G to its weights. Optimisers, batch norm, dropout and losses are left out.
    """
    generator = network_flops(generator_layers(config), (config.generator.latent_dim,))
    size = config.data.image_size
    discriminator = network_flops(discriminator_layers(config), (size, size, config.data.num_channels))
    d_update = generator.forward + 2 * (discriminator.forward + discriminator.backward)
    g_update = generator.forward + discriminator.forward + discriminator.backward_to_input + generator.backward
    return d_update + g_update
