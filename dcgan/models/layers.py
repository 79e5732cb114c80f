"""Some of Keras's layers, computed in a way that a CPU takes a fraction of the time for.

Owns how they are computed; what they compute, their variables and the names of those are Keras's own. Each was found
in a profile of the notebook's step (docs/log.md).
"""

from typing import Any

import keras
import tensorflow as tf

from dcgan.devices import has_avx512

Tensor = Any  # TensorFlow ships no types

_RANDOM_VALUES = 2**16  # of the 16 random bits that decide on an activation
FEW_CHANNELS = 4  # such as those of an image


class Dropout(keras.layers.Dropout):
    """`keras.layers.Dropout` with 16 random bits an activation in place of a float32: half the random numbers.

    The rate is rounded to a multiple of 2^-16, and what is kept is scaled by the rounded rate.
    """

    def call(self, inputs: Tensor, training: bool = False) -> Tensor:
        """Drop and scale (N, …) in training; return it as it is otherwise."""
        dropped = round(self.rate * _RANDOM_VALUES)
        if not training or dropped == 0:
            return inputs

        # Two activations a random word. (N * activations / 2,) -> (N, …)
        shape = tf.shape(inputs)
        size = tf.reduce_prod(shape)
        seed = tf.cast(self.seed_generator.next(), tf.int32)
        words = tf.random.stateless_uniform(
            ((size + 1) // 2,), seed=seed, minval=None, maxval=None, dtype=tf.uint32, alg="philox"
        )
        bits = tf.reshape(tf.reshape(tf.bitcast(words, tf.uint16), (-1,))[:size], shape)

        kept = tf.cast(bits >= tf.constant(dropped, tf.uint16), inputs.dtype)
        scale = _RANDOM_VALUES / (_RANDOM_VALUES - dropped)
        return inputs * tf.stop_gradient(kept * tf.cast(scale, inputs.dtype))


class BatchNormalization(keras.layers.BatchNormalization):
    """`keras.layers.BatchNormalization` of images (N, H, W, C), in training by TensorFlow's fused kernel."""

    def call(self, inputs: Tensor, training: bool = False) -> Tensor:
        """Normalise by the batch's moments in training and move the averages; by the averages otherwise."""
        if not training:
            return super().call(inputs, training=False)
        outputs, mean, variance = tf.compat.v1.nn.fused_batch_norm(
            inputs, self.gamma.value, self.beta.value, epsilon=self.epsilon, is_training=True
        )
        # The kernel divides by one less than the count, Keras's average by the count.
        count = tf.cast(tf.size(inputs) // tf.shape(inputs)[-1], tf.float32)
        for average, moment in ((self.moving_mean, mean), (self.moving_variance, variance * (count - 1) / count)):
            average.assign(average * self.momentum + moment * (1.0 - self.momentum))
        return outputs


class Conv2D(keras.layers.Conv2D):
    """`keras.layers.Conv2D`, padded "same"; on a CPU with the gradient of `convolved`."""

    def convolution_op(self, inputs: Tensor, kernel: Tensor) -> Tensor:
        """Map (N, H, W, channels) to (N, ceil(H / s), ceil(W / s), filters)."""
        stride, _ = self.strides
        if _has_gpu() or any(side % stride for side in inputs.shape[1:3]):
            return super().convolution_op(inputs, kernel)
        return convolved(inputs, tf.convert_to_tensor(kernel), stride)


class Conv2DTranspose(keras.layers.Conv2DTranspose):
    """`keras.layers.Conv2DTranspose`, padded "same"; on a CPU it is `transposed`."""

    def call(self, inputs: Tensor) -> Tensor:
        """Map (N, H, W, channels) to (N, H * s, W * s, filters)."""
        if _has_gpu():
            return super().call(inputs)
        images = transposed(inputs, tf.cast(self.kernel, inputs.dtype), self.strides[0])
        if self.use_bias:
            images = tf.nn.bias_add(images, tf.cast(self.bias, inputs.dtype))
        return self.activation(images)


def convolved(inputs: Tensor, kernel: Tensor, stride: int) -> Tensor:
    """Return a convolution, padded "same".

    Args:
        inputs: (N, H, W, channels), H and W multiples of the stride.
        kernel: (size, size, channels, filters), size at least the stride.
        stride: the step in both directions.

    Returns:
        (N, H / stride, W / stride, filters).
    """

    @tf.custom_gradient  # type: ignore[untyped-decorator]
    def convolve(images: Tensor, weights: Tensor) -> tuple[Tensor, Any]:
        def gradient(change: Tensor) -> tuple[Tensor, Tensor]:
            return transposed(change, weights, stride), _kernel_gradient(images, change, weights, stride)

        return tf.nn.conv2d(images, weights, stride, "SAME"), gradient

    return convolve(inputs, kernel)


def transposed(inputs: Tensor, kernel: Tensor, stride: int) -> Tensor:
    """Return the transpose of `convolved`, in the way that is fastest on this processor for so many filters.

    Measured (docs/log.md): with AVX-512 TensorFlow's library computes its own operation at full speed unless there are
    few filters; with less it is the other way round.

    Args:
        inputs: (N, H, W, channels).
        kernel: (size, size, filters, channels), size at least the stride.
        stride: the step in both directions.

    Returns:
        (N, H * stride, W * stride, filters).
    """
    few = kernel.shape[2] <= FEW_CHANNELS
    if few and stride > 1 and has_avx512():
        return by_subpixels(inputs, kernel, stride)
    draw = _by_operation if few or has_avx512() else by_phases

    @tf.custom_gradient  # type: ignore[untyped-decorator]
    def spread(images: Tensor, weights: Tensor) -> tuple[Tensor, Any]:
        def gradient(change: Tensor) -> tuple[Tensor, Tensor]:
            return convolved(change, weights, stride), _kernel_gradient(change, images, weights, stride)

        return draw(images, weights, stride), gradient

    return spread(inputs, kernel)


def _by_operation(images: Tensor, weights: Tensor, stride: int) -> Tensor:
    """`by_phases` by TensorFlow's own operation."""
    height, width = images.shape[1:3]
    shape = (tf.shape(images)[0], height * stride, width * stride, weights.shape[2])
    return tf.nn.conv2d_transpose(images, weights, shape, stride, "SAME")


def by_phases(images: Tensor, weights: Tensor, stride: int) -> Tensor:
    """The forward half of `transposed`, in ordinary convolutions.

    It writes stride × stride pixels for each one that it reads, and each of these phases is an ordinary convolution at
    the size of the input, with the taps of the kernel that meet it ("sub-pixel convolution": Shi et al. 2016,
    1609.07009).
    """
    (size, _, filters, _), (height, width) = weights.shape, images.shape[1:3]
    phases = [taps(phase, size, stride) for phase in range(stride)]
    rows = []
    for vertical, above, below in phases:
        columns = []
        for horizontal, left, right in phases:
            # (taps down, taps across, channels, filters)
            chosen = tf.gather(tf.gather(weights, vertical, axis=0), horizontal, axis=1)
            padding = [[0, 0], [above, below], [left, right], [0, 0]]
            columns.append(tf.nn.conv2d(images, tf.transpose(chosen, [0, 1, 3, 2]), 1, padding))
        rows.append(tf.stack(columns, axis=3))  # (N, H, W, stride, filters)
    return tf.reshape(tf.stack(rows, axis=2), (-1, height * stride, width * stride, filters))


def by_subpixels(images: Tensor, weights: Tensor, stride: int) -> Tensor:
    """`by_phases` in one convolution to all the phases as channels, and a shuffle of pixels.

    The phases that meet fewer taps than others multiply by zeros, but a vector unit that one filter leaves idle is
    busy.
    """
    size, _, filters, channels = weights.shape
    reach = 1 + 2 * max(
        max(before, after) for _, before, after in (taps(phase, size, stride) for phase in range(stride))
    )
    chosen = tf.constant([_centred(phase, size, stride, reach) for phase in range(stride)])
    padded = tf.pad(weights, [[0, 1], [0, 1], [0, 0], [0, 0]])  # a last tap of zeros
    # (stride, reach, stride, reach, filters, channels)
    kernels = tf.gather(tf.gather(padded, chosen, axis=0), chosen, axis=2)
    kernel = tf.reshape(tf.transpose(kernels, [1, 3, 5, 0, 2, 4]), (reach, reach, channels, stride * stride * filters))
    return tf.nn.depth_to_space(tf.nn.conv2d(images, kernel, 1, "SAME"), stride)


def _centred(phase: int, size: int, stride: int, reach: int) -> list[int]:
    """The taps of a phase, with the number of none, `size`, up to as far as the farthest phase reaches."""
    chosen, before, after = taps(phase, size, stride)
    return [size] * (reach // 2 - before) + chosen + [size] * (reach // 2 - after)


def taps(phase: int, size: int, stride: int) -> tuple[list[int], int, int]:
    """Return which taps of a transposed convolution, padded "same", meet one phase of its output in one direction.

    Output pixel stride * i + phase gets input pixel i + shift through tap phase + before - stride * shift, where
    `before` is what "same" pads in front of the convolution whose transpose this is.

    Returns:
        The taps by rising shift, and how many pixels before and after the input's edges they reach.
    """
    first = phase + (size - stride) // 2  # the tap at shift 0
    shifts = range(-((size - 1 - first) // stride), first // stride + 1)
    return [first - stride * shift for shift in shifts], -shifts[0], shifts[-1]


def _kernel_gradient(wide: Tensor, narrow: Tensor, weights: Tensor, stride: int) -> Tensor:
    """The gradient (size, size, …, …) by the kernel that leads from wide images to narrow ones, or back."""
    return tf.raw_ops.Conv2DBackpropFilter(
        input=wide, filter_sizes=tf.shape(weights), out_backprop=narrow, strides=[1, stride, stride, 1], padding="SAME"
    )


def _has_gpu() -> bool:
    """Whether TensorFlow computes on a GPU, whose library knows transposed convolutions of its own."""
    return bool(tf.config.list_physical_devices("GPU"))
