"""Facts about checkpoints from strangers: what is ours is read, and everything else is a sentence."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from dcgan.runs.checkpoints import CheckpointFolder, to_bytes
from dcgan.runs.errors import TEXTS, RefusedCheckpointError
from dcgan.runs.inspection import BYTES_PER_PARAMETER, checkpoint_config, read_checkpoint
from fake_checkpoints import notes_of, random_generator, random_state, small_config
from hostile_checkpoints import hostile_checkpoints, join_file, split_file

TESTS = Path(__file__).parents[1]

REASONS = {
    "empty": "checkpoint-foreign",
    "seven bytes": "checkpoint-foreign",
    "text": "checkpoint-foreign",
    "an .h5": "checkpoint-foreign",
    "a .keras": "checkpoint-foreign",
    "an .npz": "checkpoint-foreign",
    "a pickle": "checkpoint-foreign",
    "a pickle that calls": "checkpoint-foreign",
    "a PNG": "checkpoint-foreign",
    "cut in the arrays": "checkpoint-torn",
    "cut in the header": "checkpoint-header-length",
    "something added": "checkpoint-torn",
    "400 GB, sparse": "checkpoint-size",
    "a header of 200 MB that is not there": "checkpoint-header-length",
    "a header of 200 MB": "checkpoint-header-length",
    "a header of 2^63": "checkpoint-header-length",
    "a header of 2^64 - 1": "checkpoint-header-length",
    "a header longer than the file": "checkpoint-header-length",
    "a header that is no JSON": "checkpoint-header-json",
    "a header that is a list": "checkpoint-header-json",
    "a header that is nested deeply": "checkpoint-header-json",
    "a header that names an array twice": "checkpoint-header-json",
    "a header with a number that is none": "checkpoint-header-json",
    "overlapping arrays": "checkpoint-places",
    "arrays far behind the end": "checkpoint-places",
    "a shape below zero": "checkpoint-entry",
    "an array that claims 2^64 bytes": "checkpoint-entry",
    "a shape of 4000 digits": "checkpoint-entry",
    "an array without bytes": "checkpoint-entry",
    "a name that is a path": "checkpoint-entry",
    "no metadata": "checkpoint-metadata",
    "metadata that are a number": "checkpoint-metadata",
    "no sum": "checkpoint-metadata",
    "no notes": "checkpoint-metadata",
    "another format": "checkpoint-metadata",
    "a step that is no number": "checkpoint-metadata",
    "a step of 10^30": "checkpoint-metadata",
    "notes that are no JSON": "checkpoint-metadata",
    "notes that are nested deeply": "checkpoint-metadata",
    "a config that is nested deeply": "checkpoint-config",
    "notes without a config": "checkpoint-metadata",
    "a config with an unknown key": "checkpoint-config",
    "a config that is a list": "checkpoint-config",
    "a config of a million filters": "checkpoint-config",
    "a config of 750 million parameters": "checkpoint-parameters",
    "the config of other networks": "checkpoint-shape",
    "an extra array": "checkpoint-extra",
    "an array of no network": "checkpoint-extra",
    "a missing array": "checkpoint-missing",
    "a wrong shape": "checkpoint-shape",
    "a flat shape": "checkpoint-shape",
    "a wrong type": "checkpoint-type",
    "a type of 8 bytes": "checkpoint-type",
    "a NaN": "checkpoint-not-finite",
    "an infinity": "checkpoint-not-finite",
    "an infinity in half precision": "checkpoint-not-finite",
    "a variance below zero": "checkpoint-negative",
    "no array": "checkpoint-missing",
    "a changed bit": "checkpoint-sum",
    "another file's sum": "checkpoint-sum",
    "a full state in half precision": "checkpoint-type",
    "a full state with a wrong optimiser": "checkpoint-shape",
    "a full state of another step": "checkpoint-metadata",
    "a full state without a discriminator": "checkpoint-missing",
}

# Reads every hostile file in a process of its own; says how long each took, and by how much the peak of memory grew.
READ_ALL = """
import json, pathlib, sys, time
import psutil
from dcgan.runs.errors import RefusedCheckpointError
from dcgan.runs.inspection import read_checkpoint
from hostile_checkpoints import hostile_checkpoints

def peak():
    lines = pathlib.Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))

files = hostile_checkpoints(pathlib.Path(sys.argv[1]))
pathlib.Path("/proc/self/clear_refs").write_text("5")  # the peak begins here
before, found = psutil.Process().memory_info().rss, {}
for name, content in files.items():
    began = time.monotonic()
    try:
        read_checkpoint(content)
        words = "accepted"
    except RefusedCheckpointError as error:
        words = str(error)
    found[name] = [time.monotonic() - began, words]
print(json.dumps({"grown": peak() - before, "found": found}))
"""


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes | Path]:
    return hostile_checkpoints(tmp_path_factory.mktemp("hostile"))


def test_every_hostile_file_has_its_reason_here(hostile: dict[str, bytes | Path]) -> None:
    assert list(hostile) == list(REASONS)
    reached = {code for code in TEXTS if code.startswith("checkpoint-")}
    reached -= {"checkpoint-none", "checkpoint-gone", "checkpoint-not-judged", "checkpoint-other"}  # of a run
    assert set(REASONS.values()) == reached  # no refusal is untested


@pytest.mark.parametrize("name", REASONS)
def test_a_hostile_file_is_refused_for_what_is_wrong_with_it(name: str, hostile: dict[str, bytes | Path]) -> None:
    with pytest.raises(RefusedCheckpointError) as refused:
        read_checkpoint(hostile[name])
    assert refused.value.problem.code == REASONS[name]
    sentence = str(refused.value)
    assert sentence.endswith(".") and len(sentence) < 400, sentence


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("a PNG", "This is a PNG picture. A checkpoint is a .safetensors file that this program has saved"),
        ("an .h5", "This is an HDF5 file"),
        ("a .keras", "This is a .keras archive"),
        ("a pickle that calls", "This is a Python pickle"),
        ("empty", "This is an empty file"),
        ("a header of 200 MB", "its header would have 200,000,000 bytes. At most 262,144 are read"),
        ("a config of 750 million parameters", r"have 753,517,570 parameters; at most 16,000,000 are allowed"),
        ("a config of a million filters", r"generator.base_filters = 1000000; it must be a whole number from 4 to 512"),
        ("a wrong shape", "generator/000/kernel is 392 × 8 in this checkpoint; by its settings it should be 8 × 392"),
        ("a type of 8 bytes", "generator/000/kernel is of type F64 in this checkpoint; allowed is F32, F16, I64"),
    ],
)
def test_a_refusal_says_what_was_given_and_what_is_allowed(
    name: str, sentence: str, hostile: dict[str, bytes | Path]
) -> None:
    with pytest.raises(RefusedCheckpointError, match=sentence):
        read_checkpoint(hostile[name])


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="the peak of memory is read from Linux's /proc")
def test_hostile_files_cost_neither_time_nor_memory(tmp_path: Path) -> None:
    environment = os.environ | {"PYTHONPATH": f"{TESTS.parent}:{TESTS}"}
    command = [sys.executable, "-c", READ_ALL, str(tmp_path)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert set(report["found"]) == set(REASONS)
    assert "accepted" not in {words for _, words in report["found"].values()}
    assert max(seconds for seconds, _ in report["found"].values()) < 2.0, report["found"]
    assert report["grown"] < 100_000_000


@pytest.mark.parametrize("preset", ["stable", "notebook", "tutorial"])
@pytest.mark.parametrize("as_path", [False, True])
def test_both_kinds_of_file_are_read_bit_for_bit(preset: str, as_path: bool, tmp_path: Path) -> None:
    config = small_config(preset)
    for arrays in (random_generator(config), random_state(config)):
        content = to_bytes(7, arrays, notes_of(config))
        (tmp_path / "a").write_bytes(content)
        checkpoint = read_checkpoint(tmp_path / "a" if as_path else content)
        assert checkpoint.step == 7 and checkpoint_config(checkpoint) == config
        assert set(checkpoint.arrays) == set(arrays)
        for name, array in arrays.items():
            back = checkpoint.arrays[name]
            assert (back.dtype, back.shape, back.tobytes()) == (array.dtype, array.shape, array.tobytes())
            assert not back.flags.writeable
            assert as_path or np.shares_memory(back, np.frombuffer(content, np.uint8))  # an upload is not held twice


def test_a_generator_in_half_precision_is_read_as_it_is() -> None:
    halved = {name: array.astype(np.float16) for name, array in random_generator(small_config()).items()}
    checkpoint = read_checkpoint(to_bytes(7, halved, notes_of(small_config())))
    assert {array.dtype for array in checkpoint.arrays.values()} == {np.dtype(np.float16)}


def test_what_a_run_keeps_can_be_read(tmp_path: Path) -> None:
    folder, config = CheckpointFolder(tmp_path), small_config()
    folder.save(7, random_state(config), {"seconds": 1.5, **notes_of(config)})
    assert read_checkpoint(folder.samplers()[7]).notes["seconds"] == 1.5
    folder.save_generator(7, random_generator(config), {"epoch": 1, **notes_of(config)})
    assert read_checkpoint(folder.samplers()[7]).notes["epoch"] == 1


def test_the_largest_networks_that_are_allowed_are() -> None:
    config = small_config()  # 3,136 + 32 + 512 + 16 + 65 in G, 68 + 520 + 393 in D
    content = to_bytes(7, random_generator(config), notes_of(config))
    read_checkpoint(content, most_parameters=4_742)
    with pytest.raises(RefusedCheckpointError, match="have 4,742 parameters; at most 4,741"):
        read_checkpoint(content, most_parameters=4_741)


def test_the_fullest_state_of_the_largest_networks_is_not_too_large() -> None:
    arrays = random_state(small_config())  # with an average, and Adam's two numbers a weight
    assert sum(array.nbytes for array in arrays.values()) < BYTES_PER_PARAMETER * 4_742


def test_a_file_that_cannot_be_read_is_the_systems_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_checkpoint(tmp_path / "none.safetensors")
    with pytest.raises(IsADirectoryError):
        read_checkpoint(tmp_path)


def test_no_depth_of_nesting_is_more_than_a_sentence() -> None:
    """Python's parser, its writer and pydantic each give up at a depth of their own."""
    header, body = split_file(to_bytes(7, random_generator(small_config()), {}))
    for depth in (100, 190, 210, *range(800, 1010)):
        for brackets in ("[" * depth + "]" * depth, '{"a":' * depth + "1" + "}" * depth):
            header["__metadata__"]["notes"] = f'{{"config": {brackets}}}'
            with pytest.raises(RefusedCheckpointError):
                read_checkpoint(join_file(header, body))
