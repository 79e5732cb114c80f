"""What TensorFlow is and does on this machine, as one JSON line: `python -m dcgan.models.probe`.

Run in a process of its own, because importing TensorFlow costs seconds and memory, and a broken one must not take the
asker along. Tells facts; what they mean is for the doctor.
"""

import json
import sys
import time
from typing import Any

MATRIX_SIZE = {"CPU": 2048, "GPU": 8192}  # 17 and 1,100 GFLOP a product: tenths of a second on either
ROUNDS = 4


def probe() -> dict[str, Any]:
    """Import TensorFlow and measure it.

    Returns:
        `tensorflow`, `keras` (versions), `import_seconds`, `devices` (TensorFlow's short names, "CPU:0") and `gflops`
        (device to dtype to the best rate of a square matrix product); or `error` alone when the import fails.
    """
    start = time.perf_counter()
    try:
        import keras
        import tensorflow as tf
    except Exception as error:  # whatever a broken installation raises is the answer
        return {"error": f"{type(error).__name__}: {error}"}
    seconds = time.perf_counter() - start
    devices = [name.removeprefix("/device:") for name in _logical_devices(tf)]
    return {
        "tensorflow": tf.__version__,
        "keras": keras.__version__,
        "import_seconds": round(seconds, 2),
        "devices": devices,
        "gflops": {name: {dtype: _gflops(tf, name, dtype) for dtype in ("float32", "bfloat16")} for name in devices},
    }


def _logical_devices(tf: Any) -> list[str]:
    """Names of CPUs and GPUs, with memory growth, so that a training beside this keeps its memory."""
    for gpu in tf.config.list_physical_devices("GPU"):
        tf.config.experimental.set_memory_growth(gpu, True)
    return [device.name for device in tf.config.list_logical_devices() if device.device_type in MATRIX_SIZE]


def _gflops(tf: Any, device: str, dtype: str) -> float:
    """The best of a few products of two square matrices, in GFLOP/s."""
    size = MATRIX_SIZE[device.split(":")[0]]
    with tf.device(f"/{device}"):
        a, b = (tf.cast(tf.random.stateless_normal((size, size), seed=[7, index]), dtype) for index in range(2))
        corner = tf.function(lambda: tf.matmul(a, b)[0, 0])
        float(corner())  # traces, and lets the libraries choose their kernels
        best = min(_seconds(corner) for _ in range(ROUNDS))
    return round(2 * size**3 / best / 1e9, 1)


def _seconds(function: Any) -> float:
    start = time.perf_counter()
    float(function())  # the number must arrive, so the product is done
    return time.perf_counter() - start


if __name__ == "__main__":
    sys.stdout.write(json.dumps(probe()) + "\n")
