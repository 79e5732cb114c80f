"""Checkpoint files that somebody might drop on the page to do harm, or by mistake.

`python tests/hostile_checkpoints.py FOLDER` writes them all. None is a checkpoint that may be opened.
"""

import io
import json
import pickle
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

if __name__ == "__main__":  # run as a command: the project's root is not on the path
    sys.path.insert(0, str(Path(__file__).parents[1]))

from dcgan.config import build_config
from dcgan.data.images import encode_png
from dcgan.runs.checkpoints import sum_arrays, to_bytes
from fake_checkpoints import notes_of, random_generator, random_state, small_config

HUGE = 200_000_000

Arrays = dict[str, np.ndarray]


def hostile_checkpoints(folder: Path) -> dict[str, bytes | Path]:
    """Return name and content of each; the large ones are written into the folder, sparsely."""
    return {**_wrong_files(folder), **_wrong_headers(folder), **_wrong_metadata(), **_wrong_arrays()}


def _wrong_files(folder: Path) -> dict[str, bytes | Path]:
    """Files of other kinds, and files of other sizes."""
    whole = _generator()
    archive, npz = io.BytesIO(), io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("metadata.json", json.dumps({"keras_version": "3.15.0"}))
        file.writestr("config.json", json.dumps({"class_name": "Lambda"}))
        file.writestr("model.weights.h5", b"\x89HDF\r\n\x1a\n" + bytes(1000))
    np.savez(npz, kernel=np.zeros(4))
    return {
        "empty": b"",
        "seven bytes": b"\1\0\0\0\0\0\0",
        "text": b"This is a letter and no checkpoint.\n" * 100,
        "an .h5": b"\x89HDF\r\n\x1a\n" + bytes(10_000),
        "a .keras": archive.getvalue(),
        "an .npz": npz.getvalue(),
        "a pickle": pickle.dumps({"generator": [1.0] * 100}, protocol=4),
        "a pickle that calls": b"\x80\x04cos\nsystem\nX\x04\0\0\0true\x85R.",
        "a PNG": encode_png(np.zeros((28, 28, 1), np.uint8)),
        "cut in the arrays": whole[: len(whole) // 2],
        "cut in the header": whole[:300],
        "something added": whole + b"\0" * 64,
        "400 GB, sparse": _sparse(folder / "large.safetensors", whole, 400 * 10**9),
    }


def _wrong_headers(folder: Path) -> dict[str, bytes | Path]:
    """Headers that lie about the file."""
    header, body = split_file(_generator())
    first, second = sorted(
        (name for name in header if name != "__metadata__"), key=lambda n: header[n]["data_offsets"]
    )[:2]
    overlapping = {**header, second: {**header[second], "data_offsets": header[first]["data_offsets"]}}
    overlapping[second]["shape"] = header[first]["shape"]
    shifted = {**header, first: {**header[first], "data_offsets": [n + 2**40 for n in header[first]["data_offsets"]]}}
    negative = {**header, first: {**header[first], "shape": [-1, -header[first]["shape"][0]]}}
    claims = {**header, first: {"dtype": "F32", "shape": [2**31, 2**31], "data_offsets": [0, 2**64]}}
    digits = {**header, first: {"dtype": "F32", "shape": [int("9" * 4000)], "data_offsets": [0, 4]}}
    twice = json.dumps(header)[:-1] + f', "{first}": {json.dumps(header[first])}}}'
    return {
        "a header of 200 MB that is not there": HUGE.to_bytes(8, "little") + b'{"a": 1}' * 100,
        "a header of 200 MB": _sparse(folder / "header.safetensors", HUGE.to_bytes(8, "little") + b"{", HUGE + 100),
        "a header of 2^63": (2**63).to_bytes(8, "little") + b'{"a": 1}',
        "a header of 2^64 - 1": b"\xff" * 8 + b'{"a": 1}',
        "a header longer than the file": (5_000).to_bytes(8, "little") + b'{"a": 1}',
        "a header that is no JSON": join_file(b"generator = 1", body),
        "a header that is a list": join_file(b"[1, 2, 3]", body),
        "a header that is nested deeply": join_file(b'{"a":' * 50_000 + b"1" + b"}" * 3, b""),
        "a header that names an array twice": join_file(twice.encode(), body),
        "a header with a number that is none": join_file(b'{"a": NaN}', body),
        "overlapping arrays": join_file(overlapping, body),
        "arrays far behind the end": join_file(shifted, body),
        "a shape below zero": join_file(negative, body),
        "an array that claims 2^64 bytes": join_file(claims, body),
        "a shape of 4000 digits": join_file(digits, body),
        "an array without bytes": join_file({**header, "generator/099/kernel": 7}, body),
        "a name that is a path": join_file({**header, "../../etc/passwd": header[first]}, body),
    }


def _wrong_metadata() -> dict[str, bytes | Path]:
    """Settings that cannot be used, and files of other programs."""
    header, body = split_file(_generator())
    tree = small_config().model_dump(mode="json")

    def noting(**metadata: str | None) -> bytes:
        changed = header["__metadata__"] | metadata
        return join_file({**header, "__metadata__": {k: v for k, v in changed.items() if v is not None}}, body)

    def setting(section: str, **fields: Any) -> bytes:
        return noting(notes=json.dumps({"config": {**tree, section: {**tree[section], **fields}}}))

    limits = {"generator.stem_blocks": 2, "generator.latent_dim": 1024, "generator.kernel_size": 7}
    widest = build_config("stable", limits | {f"{part}.base_filters": 512 for part in ("generator", "discriminator")})
    return {
        "no metadata": join_file({name: entry for name, entry in header.items() if name != "__metadata__"}, body),
        "metadata that are a number": join_file({**header, "__metadata__": 7}, body),
        "no sum": noting(sha256=None),
        "no notes": noting(notes=None),
        "another format": noting(format="2"),
        "a step that is no number": noting(step="١٢"),
        "a step of 10^30": noting(step="1" + "0" * 30),
        "notes that are no JSON": noting(notes="{config: stable}"),
        "notes that are nested deeply": noting(notes="[" * 60_000),
        "a config that is nested deeply": noting(notes='{"config":' + "[" * 900 + "]" * 900 + "}"),
        "notes without a config": noting(notes="{}"),
        "a config with an unknown key": setting("generator", exec="import os"),
        "a config that is a list": noting(notes='{"config": []}'),
        "a config of a million filters": setting("generator", base_filters=1_000_000),
        "a config of 750 million parameters": noting(notes=json.dumps(notes_of(widest))),
        "the config of other networks": setting("generator", base_filters=5),
    }


def _wrong_arrays() -> dict[str, bytes | Path]:
    """Whole files, well summed, whose arrays are not those of their settings."""
    kernel, variance = "generator/000/kernel", "generator/004/moving_variance"
    arrays = random_generator(small_config())
    wrong = {
        "an extra array": arrays | {"generator/099/kernel": arrays[kernel]},
        "an array of no network": arrays | {"payload": np.zeros(100_000, np.int64)},
        "a missing array": {name: array for name, array in arrays.items() if name != kernel},
        "a wrong shape": arrays | {kernel: arrays[kernel].T},
        "a flat shape": arrays | {kernel: arrays[kernel].reshape(-1)},
        "a wrong type": arrays | {kernel: np.zeros(arrays[kernel].shape, np.int64)},
        "a type of 8 bytes": arrays | {kernel: arrays[kernel].astype(np.float64)},
        "a NaN": arrays | {kernel: _with(arrays[kernel], np.nan)},
        "an infinity": arrays | {kernel: _with(arrays[kernel], np.inf)},
        "an infinity in half precision": arrays | {kernel: _with(arrays[kernel].astype(np.float16), -np.inf)},
        "a variance below zero": arrays | {variance: _with(arrays[variance], -1.0)},
        "no array": {},
    }
    changed = bytearray(_generator())
    changed[-3] ^= 1
    state = random_state(small_config())
    halved = {name: a.astype(np.float16) if a.dtype == np.float32 else a for name, a in state.items()}
    optimizer = next(name for name in state if name.startswith("g_optimizer/002"))
    return {
        **{name: _checkpoint(given) for name, given in wrong.items()},
        "a changed bit": bytes(changed),
        "another file's sum": _generator().replace(sum_arrays(arrays).encode(), b"0" * 64),
        "a full state in half precision": _checkpoint(halved),
        "a full state with a wrong optimiser": _checkpoint(state | {optimizer: np.zeros(3, np.float32)}),
        "a full state of another step": _checkpoint(state, step=8),
        "a full state without a discriminator": _checkpoint(
            {name: array for name, array in state.items() if not name.startswith("discriminator/")}
        ),
    }


def _generator() -> bytes:
    return _checkpoint(random_generator(small_config()))


def _checkpoint(arrays: Arrays, step: int = 7) -> bytes:
    return to_bytes(step, arrays, notes_of(small_config()))


def _with(array: np.ndarray, number: float) -> np.ndarray:
    changed = array.copy()
    changed.flat[-1] = number
    return changed


def split_file(content: bytes) -> tuple[dict[str, Any], bytes]:
    """A file's header and its arrays' bytes."""
    length = int.from_bytes(content[:8], "little")
    return json.loads(content[8 : 8 + length]), content[8 + length :]


def join_file(header: Mapping[str, Any] | bytes, body: bytes) -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + body


def _sparse(path: Path, beginning: bytes, size: int) -> Path:
    """A file that looks large and takes no place on the disk."""
    with path.open("wb") as file:
        file.write(beginning)
        file.truncate(size)
    return path


def main() -> None:
    """Write them all into a folder."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in hostile_checkpoints(folder).items():
        path = folder / f"{name.replace(' ', '-').replace('.', '')}.safetensors"
        if isinstance(content, bytes):
            path.write_bytes(content)
        print(content if isinstance(content, Path) else path)


if __name__ == "__main__":
    main()
