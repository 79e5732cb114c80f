"""Some of Keras's layers, computed in a way that a CPU takes a fraction of the time for.

Owns how they are computed; what they compute, their variables and the names of those are Keras's own. Each was found
in a profile of the notebook's step (docs/log.md).
"""

from typing import Any

import keras
import numpy as np
import tensorflow as tf

Tensor = Any  # TensorFlow ships no types

FEW_CHANNELS = 4  # up to here a transposed convolution is faster by its phases
_RANDOM_VALUES = 2**16  # of the 16 random bits that decide on an activation


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
    """`keras.layers.Conv2D`, padded "same"; a handful of channels gets its gradient as `Conv2DTranspose` draws them."""

    def convolution_op(self, inputs: Tensor, kernel: Tensor) -> Tensor:
        """Map (N, H, W, channels) to (N, H / s, W / s, filters); H and W are multiples of s."""
        if inputs.shape[-1] > FEW_CHANNELS:
            return super().convolution_op(inputs, kernel)
        (stride, _), (size, _) = self.strides, self.kernel_size

        @tf.custom_gradient  # type: ignore[untyped-decorator]
        def convolve(images: Tensor, weights: Tensor) -> tuple[Tensor, Any]:
            def gradient(change: Tensor) -> tuple[Tensor, Tensor]:
                return transposed(change, weights, size, stride), tf.raw_ops.Conv2DBackpropFilter(
                    input=images, filter_sizes=tf.shape(weights), out_backprop=change,
                    strides=[1, stride, stride, 1], padding="SAME",
                )  # fmt: skip

            return tf.nn.conv2d(images, weights, stride, "SAME"), gradient

        return convolve(inputs, tf.convert_to_tensor(kernel))


class Conv2DTranspose(keras.layers.Conv2DTranspose):
    """`keras.layers.Conv2DTranspose`, padded "same"; a handful of filters is drawn by phases.

    A transposed convolution of stride s writes s × s pixels for each one that it reads, and each of the s × s phases is
    an ordinary convolution at the size of the input. So one convolution to s × s × channels and a shuffle of pixels
    give the same sums ("sub-pixel convolution": Shi et al. 2016, 1609.07009), and keep a vector unit busy that one
    channel leaves idle.
    """

    def call(self, inputs: Tensor) -> Tensor:
        """Map (N, H, W, channels) to (N, H * s, W * s, filters)."""
        if self.filters > FEW_CHANNELS:
            return super().call(inputs)
        images = transposed(inputs, tf.cast(self.kernel, inputs.dtype), self.kernel_size[0], self.strides[0])
        if self.use_bias:
            images = tf.nn.bias_add(images, tf.cast(self.bias, inputs.dtype))
        return self.activation(images)


def transposed(inputs: Tensor, kernel: Tensor, size: int, stride: int) -> Tensor:
    """Return the transposed convolution, padded "same", by its phases; `phase_kernel` says what the arguments are."""
    return tf.nn.depth_to_space(tf.nn.conv2d(inputs, phase_kernel(kernel, size, stride), 1, "SAME"), stride)


def phase_kernel(kernel: Tensor, size: int, stride: int) -> Tensor:
    """Return the kernel of the ordinary convolution that computes all phases of a transposed one.

    Args:
        kernel: (size, size, filters, channels) of a transposed convolution padded "same".
        size: its side.
        stride: its stride, at most `size`.

    Returns:
        (reach, reach, channels, stride * stride * filters), reach odd.
    """
    taps = _taps(size, stride)
    reach, filters, channels = len(taps), kernel.shape[2], kernel.shape[3]
    padded = tf.pad(kernel, [[0, 1], [0, 1], [0, 0], [0, 0]])  # a last tap of zeros, for phases that need fewer
    chosen = tf.gather(
        tf.gather(padded, taps, axis=0), taps, axis=2
    )  # (reach, stride, reach, stride, filters, channels)
    return tf.reshape(tf.transpose(chosen, [0, 2, 5, 1, 3, 4]), (reach, reach, channels, stride * stride * filters))


def _taps(size: int, stride: int) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Return which tap (reach, stride) of the kernel meets a neighbour in a phase; `size` where none does.

    Output pixel stride * i + phase gets input pixel i + shift through tap phase + before - stride * shift, where
    `before` is what "same" pads in front of the convolution whose transpose this is.
    """
    before = (size - stride) // 2
    farthest = max((size - 1 - before) // stride, (stride - 1 + before) // stride)
    shifts = np.arange(-farthest, farthest + 1)
    taps = np.arange(stride)[None, :] + before - stride * shifts[:, None]
    return np.where((taps >= 0) & (taps < size), taps, size)
