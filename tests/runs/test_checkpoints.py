"""Facts about checkpoints: every bit comes back, and damage is noticed."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save

from dcgan.runs import checkpoints
from dcgan.runs.best import Best
from dcgan.runs.checkpoints import CheckpointError, CheckpointFolder, from_bytes, sum_arrays, to_bytes
from fake_runs import judgement

NOTES = {"seconds": 1.5, "config": {"preset": "stable"}}


def _arrays(seed: int = 0) -> dict[str, Any]:
    draw = np.random.default_rng(seed)
    return {
        "generator/000/kernel": draw.normal(size=(3, 4, 5)).astype(np.float32),
        "generator/000/transposed": draw.normal(size=(6, 7)).astype(np.float32).T,  # not contiguous
        "optimizer/iteration": np.array(12_345_678_901, np.int64),  # shape ()
        "dropout/seed": np.array([1, 2**32 - 1], np.uint32),
        "half": draw.normal(size=4).astype(np.float16),
        "flag": np.array(True),
        "empty": np.zeros((0, 3), np.float32),
    }


@pytest.fixture
def folder(tmp_path: Path) -> CheckpointFolder:
    return CheckpointFolder(tmp_path)


def test_every_bit_type_and_shape_comes_back() -> None:
    arrays = _arrays()
    checkpoint = from_bytes(to_bytes(500, arrays, NOTES))
    assert (checkpoint.step, checkpoint.notes) == (500, NOTES)
    assert set(checkpoint.arrays) == set(arrays)
    for name, array in arrays.items():
        back = checkpoint.arrays[name]
        assert (back.dtype, back.shape, back.tobytes()) == (array.dtype, array.shape, array.tobytes()), name
    assert checkpoint.sha256 == sum_arrays(arrays)


def test_the_sum_is_over_names_types_shapes_and_bits_whatever_their_order() -> None:
    arrays = _arrays()
    assert sum_arrays(dict(reversed(arrays.items()))) == sum_arrays(arrays)
    zeros = np.zeros(4, np.float32)
    sums = {
        sum_arrays(other)
        for other in (
            {"a": zeros},
            {"b": zeros},
            {"a": zeros.reshape(2, 2)},
            {"a": zeros.view(np.int32)},
            {"a": np.array([0, 0, 0, -0.0], np.float32)},
            {"a": np.float32(0).reshape(())},
            {"a": np.zeros(1, np.float32)},
        )
    }
    assert len(sums) == 7


def test_a_flipped_bit_anywhere_is_noticed() -> None:
    content = to_bytes(1, _arrays(), NOTES)
    body = 8 + int.from_bytes(content[:8], "little")
    for place in np.linspace(body, len(content) - 1, 30, dtype=int):
        damaged = bytearray(content)
        damaged[place] ^= 0b100
        with pytest.raises(CheckpointError, match="damaged or changed"):
            from_bytes(bytes(damaged))


@pytest.mark.parametrize("kept", [0, 1, 7, 8, 100, 0.5, 0.999])
def test_a_torn_file_is_no_checkpoint(kept: float) -> None:
    content = to_bytes(1, _arrays(), NOTES)
    length = int(kept * len(content)) if isinstance(kept, float) else kept
    with pytest.raises(CheckpointError, match="not a checkpoint"):
        from_bytes(content[:length])


def _foreign(**changes: str | None) -> bytes:
    """A safetensors file whose metadata differ from ours."""
    arrays = {"a": np.zeros(1, np.float32)}
    ours = {"step": "1", "notes": "{}", "sha256": sum_arrays(arrays)} | changes
    return bytes(save(arrays, metadata={key: value for key, value in ours.items() if value is not None}))


def test_metadata_decide_whether_a_file_is_ours() -> None:
    assert from_bytes(_foreign()).step == 1
    without = [_foreign(step=None), _foreign(notes=None), _foreign(sha256=None), bytes(save({"a": np.zeros(1)}))]
    wrong = [_foreign(step="soon"), _foreign(notes="{"), _foreign(notes="[1]"), _foreign(notes="7")]
    deep = _foreign(notes="[" * 100_000)
    for content in (*without, *wrong, deep, b"\x80\x04pickle", b"PK\x03\x04" * 20):
        with pytest.raises(CheckpointError, match="not a checkpoint of this program"):
            from_bytes(content)
    with pytest.raises(CheckpointError, match="damaged or changed"):
        from_bytes(_foreign(sha256="0" * 64))


def test_a_type_that_numpy_lacks_is_no_checkpoint_of_ours() -> None:
    header = json.dumps({"a": {"dtype": "BF16", "shape": [1], "data_offsets": [0, 2]}}).encode()
    with pytest.raises(CheckpointError):
        from_bytes(len(header).to_bytes(8, "little") + header + b"\0\0")


def _generators(folder: CheckpointFolder) -> list[int]:
    """The steps whose generator was kept."""
    return sorted(int(path.name.partition(".")[0]) for path in folder.folder.glob("*.generator.safetensors"))


def test_the_last_two_states_and_every_generator_are_kept(folder: CheckpointFolder) -> None:
    for step in (100, 200, 999_999, 1_000_000):
        sum_ = folder.save(step, _arrays(step), NOTES)
        folder.save_generator(step, _arrays(step), NOTES)
        assert folder.load(step).sha256 == sum_
    assert folder.steps() == [999_999, 1_000_000]
    assert _generators(folder) == [100, 200, 999_999, 1_000_000]


def test_a_step_is_drawn_from_its_generator_or_else_from_its_full_state(folder: CheckpointFolder) -> None:
    folder.save(300, _arrays(), NOTES)
    for step in (1_000_000, 100, 200):
        folder.save_generator(step, _arrays(), NOTES)
    folder.save(200, _arrays(), NOTES)
    (folder.folder / "000400.safetensors.part").write_bytes(b"")
    assert [(step, path.name) for step, path in folder.samplers().items()] == [
        (100, "000100.generator.safetensors"),
        (200, "000200.generator.safetensors"),
        (300, "000300.safetensors"),
        (1_000_000, "1000000.generator.safetensors"),
    ]


def test_the_newest_whole_state_is_loaded(folder: CheckpointFolder) -> None:
    assert folder.load_last() == (None, [])
    for step in (100, 200):
        folder.save(step, _arrays(step), NOTES)
    checkpoint, reasons = folder.load_last()
    assert checkpoint is not None
    assert (checkpoint.step, reasons) == (200, [])


@pytest.mark.parametrize("damage", ["empty", "torn", "flipped", "directory", "foreign"])
def test_a_damaged_state_falls_back_to_the_one_before(folder: CheckpointFolder, damage: str) -> None:
    for step in (100, 200):
        folder.save(step, _arrays(step), NOTES)
    last = folder.folder / "000200.safetensors"
    content = last.read_bytes()
    if damage == "directory":
        last.unlink()
        last.mkdir()
    else:
        flipped = content[:-1] + bytes([content[-1] ^ 1])
        last.write_bytes({"empty": b"", "torn": content[:-5], "flipped": flipped, "foreign": _foreign()[:-1]}[damage])
    checkpoint, reasons = folder.load_last()
    assert checkpoint is not None
    assert checkpoint.step == 100
    assert len(reasons) == 1
    assert reasons[0].startswith("step 200: ")


def test_when_every_state_is_damaged_there_is_none_and_all_reasons_are_told(folder: CheckpointFolder) -> None:
    for step in (100, 200):
        folder.save(step, _arrays(step), NOTES)
        (folder.folder / f"{step:06d}.safetensors").write_bytes(b"")
    checkpoint, reasons = folder.load_last()
    assert checkpoint is None
    assert [reason.partition(":")[0] for reason in reasons] == ["step 200", "step 100"]


def test_a_step_that_was_never_kept_is_a_sentence(folder: CheckpointFolder) -> None:
    with pytest.raises(CheckpointError, match="step 7: No such file"):
        folder.load(7)


def test_foreign_files_beside_the_states_are_none_of_ours(folder: CheckpointFolder) -> None:
    folder.save(100, _arrays(), NOTES)
    for name in ("000100 (1).safetensors", "5-copy.safetensors", "1.best.safetensors", ".tmp-000200.safetensors-1a2b"):
        (folder.folder / name).write_bytes(b"")
    assert folder.steps() == [100]
    folder.forget_after(0)
    assert folder.steps() == []
    assert len(list(folder.folder.iterdir())) == 4


def test_what_lies_after_a_step_is_forgotten(folder: CheckpointFolder) -> None:
    for step in (100, 200):
        folder.save(step, _arrays(), NOTES)
        folder.save_generator(step, _arrays(), NOTES)
    folder.forget_after(100)
    assert (folder.steps(), _generators(folder)) == ([100], [100])


def test_room_is_made_from_the_older_state(folder: CheckpointFolder) -> None:
    for step in (100, 200):
        folder.save(step, _arrays(), NOTES)
    folder.make_room()
    assert folder.steps() == [200]
    folder.make_room()
    assert folder.steps() == [200]


def test_a_state_that_cannot_be_written_leaves_those_before_it(
    folder: CheckpointFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    for step in (100, 200):
        folder.save(step, _arrays(), NOTES)

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(checkpoints.files, "write_atomic", fail)
    with pytest.raises(OSError, match="No space left"):
        folder.save(300, _arrays(), NOTES)
    assert folder.steps() == [100, 200]


def _keep(folder: CheckpointFolder, step: int, best: float | None = None, epoch_end: bool = False) -> None:
    """Keep a state, as a trainer does at an epoch's end, and where it is the best."""
    if epoch_end or best is not None:
        folder.save_generator(step, _arrays(), NOTES)
    folder.save(step, _arrays(), NOTES)
    if best is not None:
        folder.mark_best(Best(metric="fcd", value=best, step=step, epoch_end=epoch_end))


def test_the_state_and_the_generator_of_the_best_outlive_those_that_come_later(folder: CheckpointFolder) -> None:
    _keep(folder, 100, best=12.5)
    for step in (200, 300, 400):
        _keep(folder, step, epoch_end=True)
    best = folder.best()
    assert best is not None and (best.step, best.value) == (100, 12.5)
    assert (folder.steps(), _generators(folder)) == ([100, 300, 400], [100, 200, 300, 400])


def test_a_best_that_is_one_no_more_makes_room_unless_an_epoch_ended_there(folder: CheckpointFolder) -> None:
    _keep(folder, 100, best=40.0, epoch_end=True)
    _keep(folder, 150, best=30.0)
    _keep(folder, 250, best=20.0)
    _keep(folder, 300)
    _keep(folder, 350)
    assert (folder.steps(), _generators(folder)) == ([250, 300, 350], [100, 250])


def test_marking_the_same_step_again_keeps_its_generator(folder: CheckpointFolder) -> None:
    _keep(folder, 100, best=40.0)
    _keep(folder, 100, best=30.0)
    best = folder.best()
    assert best is not None and best.value == 30.0
    assert _generators(folder) == [100]


class _Killed(BaseException):
    """What a kill looks like from inside: nothing after it happens."""


@pytest.mark.parametrize(
    ("place", "step", "generators"),
    [("writing", 100, [100, 200]), ("renaming", 100, [100, 200]), ("dropping", 200, [100, 200])],
)
def test_a_kill_while_the_best_is_marked_leaves_one_that_is_there(
    folder: CheckpointFolder, monkeypatch: pytest.MonkeyPatch, place: str, step: int, generators: list[int]
) -> None:
    _keep(folder, 100, best=40.0)
    folder.save_generator(200, _arrays(), NOTES)
    folder.save(200, _arrays(), NOTES)
    owner, name = {
        "writing": (checkpoints.files, "write_json"), "renaming": (Path, "replace"), "dropping": (Path, "unlink"),
    }[place]  # fmt: skip
    done = getattr(owner, name)

    def die(path: Path, *arguments: Any, **options: Any) -> Any:
        if folder.folder in path.parents:
            raise _Killed
        return done(path, *arguments, **options)  # a thread that another test has left goes on

    with monkeypatch.context() as patch:
        patch.setattr(owner, name, die)
        with pytest.raises(_Killed):
            folder.mark_best(Best(metric="fcd", value=30.0, step=200))
    best = folder.best()
    assert best is not None and best.step == step
    assert _generators(folder) == generators
    assert folder.load(step).step == step
    # Whoever goes on finds the better one in the rows, and from then on all is as if nothing had happened.
    settled = folder.settle_best([judgement(100, 40.0), judgement(200, 30.0)])
    assert settled is not None and settled.step == 200 and folder.best() == settled
    assert 200 in _generators(folder)


def test_a_best_whose_generator_and_state_are_gone_is_none(folder: CheckpointFolder) -> None:
    _keep(folder, 100, best=40.0)
    for path in folder.samplers().values():
        path.unlink()
    (folder.folder / "000100.safetensors").unlink()
    assert folder.best() is None


@pytest.mark.parametrize("content", [b"", b"{torn", b"[1]", b'{"metric":"fcd","value":NaN,"step":100}', b"\xff" * 99])
def test_a_best_that_cannot_be_read_is_none_and_the_next_one_takes_its_place(
    folder: CheckpointFolder, content: bytes
) -> None:
    _keep(folder, 100, best=40.0)
    (folder.folder / "best.json").write_bytes(content)
    assert folder.best() is None
    settled = folder.settle_best([judgement(100, 40.0)])
    assert settled is not None and (settled.step, settled.value) == (100, 40.0)
    assert folder.best() == settled


def test_going_back_keeps_an_earlier_best(folder: CheckpointFolder) -> None:
    _keep(folder, 100, best=12.5)
    _keep(folder, 200)
    _keep(folder, 300)
    folder.forget_after(200)
    best = folder.settle_best([judgement(100, 12.5)])
    assert best is not None and best.step == 100
    assert (folder.steps(), _generators(folder)) == ([100, 200], [100])


def test_going_back_before_the_best_makes_the_best_of_those_before_the_best(folder: CheckpointFolder) -> None:
    _keep(folder, 100, best=40.0, epoch_end=True)
    _keep(folder, 200, epoch_end=True)
    _keep(folder, 300, best=12.5)
    folder.forget_after(200)
    assert folder.best() is None and not (folder.folder / "best.json").exists()
    best = folder.settle_best([judgement(100, 40.0), judgement(200, 45.0)])
    assert best is not None and (best.step, best.value, best.epoch_end) == (100, 40.0, True)
    assert folder.best() == best


def test_without_judgements_nothing_is_the_best(folder: CheckpointFolder) -> None:
    _keep(folder, 100, epoch_end=True)
    assert folder.settle_best([{"step": 100, "d_loss": 1.0}]) is None
    assert not (folder.folder / "best.json").exists()


def test_a_best_by_another_measure_stays(folder: CheckpointFolder) -> None:
    _keep(folder, 100, epoch_end=True)
    folder.mark_best(Best(metric="fid", value=30.0, step=100))
    best = folder.settle_best([judgement(100, 12.5)])
    assert best is not None and best.metric == "fid"


def test_room_is_made_from_the_state_of_the_best_but_its_generator_stays(folder: CheckpointFolder) -> None:
    _keep(folder, 100, best=12.5)
    _keep(folder, 200)
    _keep(folder, 300)
    folder.make_room()
    best = folder.best()
    assert best is not None and best.step == 100
    assert (folder.steps(), _generators(folder)) == ([300], [100])
