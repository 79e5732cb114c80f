from pathlib import Path

import pytest

from dcgan.latent import sources as latent_sources
from dcgan.latent.generator import Generator, open_generator
from dcgan.latent.sources import open_checkpoint, open_named
from dcgan.runs.errors import RefusedCheckpointError, RunNotFoundError
from dcgan.runs.run import Run
from dcgan.runs.store import RunStore
from drawable_runs import damage, make_drawable, save_full_state
from fake_runs import judge_run

UNKNOWN = "20261123-142530-fashion-mnist-7f3a9c2e5b104d68"


@pytest.fixture
def store(tmp_path: Path) -> RunStore:
    return RunStore(tmp_path / "runs")


def test_last_is_the_newest_and_a_step_is_itself(store: RunStore) -> None:
    run = make_drawable(store, steps=(100, 200))
    assert [open_checkpoint(run).step, open_checkpoint(run, "last").step, open_checkpoint(run, "100").step] == [
        200, 200, 100,
    ]  # fmt: skip


def test_best_is_the_one_that_was_judged_best_and_stays_so_when_more_come(store: RunStore) -> None:
    run = make_drawable(store, steps=(100, 200, 300))
    judge_run(run, {100: 40.0, 200: 12.5, 300: 30.0})
    assert (open_checkpoint(run, "best").step, open_checkpoint(run).step) == (200, 300)
    assert open_named(store, run.run_id, "best").step == 200


def test_a_best_that_is_damaged_is_a_sentence_and_no_other_is_passed_off_as_it(store: RunStore) -> None:
    run = make_drawable(store)
    judge_run(run, {100: 12.5, 200: 30.0})
    damage(run, 100)
    with pytest.raises(RefusedCheckpointError, match="it was cut or added to"):
        open_checkpoint(run, "best")


def test_a_best_that_another_replaces_while_it_is_opened_is_that_other(
    store: RunStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = make_drawable(store, steps=(100, 200))
    judge_run(run, {100: 12.5})
    opened: list[int] = []

    def open_while_it_trains(run: Run, step: int) -> Generator:
        if not opened:
            judge_run(run, {200: 10.0})
        opened.append(step)
        return open_generator(run, step)

    monkeypatch.setattr(latent_sources, "open_generator", open_while_it_trains)
    assert open_checkpoint(run, "best").step == 200
    assert opened == [100, 200]


def test_a_full_state_can_be_drawn_from(store: RunStore) -> None:
    run = make_drawable(store, steps=())
    save_full_state(run)
    assert open_checkpoint(run).step == 7


def test_last_passes_over_what_is_half_written_but_a_step_does_not(store: RunStore) -> None:
    run = make_drawable(store, steps=(100, 200, 300))
    damage(run, 300)
    damage(run, 200)
    assert open_checkpoint(run).step == 100
    with pytest.raises(RefusedCheckpointError, match="it was cut or added to"):
        open_checkpoint(run, "300")


def test_where_all_are_damaged_the_newest_is_what_is_said(store: RunStore) -> None:
    run = make_drawable(store, steps=(100,))
    run.checkpoints.samplers()[100].write_bytes(b"")
    with pytest.raises(RefusedCheckpointError, match="an empty file"):
        open_checkpoint(run)


@pytest.mark.parametrize(
    ("wished", "sentence"),
    [
        ("best", "has no best checkpoint: it has not been judged"),
        ("BEST", "must be \"best\", \"last\" or a step"),
        ("5", "has no checkpoint of step 5; it has 100, 200"),
        ("-5", "must be \"best\", \"last\" or a step"),
        ("²", "must be \"best\", \"last\" or a step"),
        ("x" * 5000, "must be \"best\", \"last\" or a step"),
    ],
)  # fmt: skip
def test_a_checkpoint_that_is_none_is_a_sentence(store: RunStore, wished: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence) as caught:
        open_checkpoint(make_drawable(store), wished)
    assert len(str(caught.value)) < 200


def test_a_run_without_a_checkpoint_says_when_there_is_one(store: RunStore) -> None:
    with pytest.raises(RefusedCheckpointError, match="has no checkpoint yet"):
        open_checkpoint(make_drawable(store, steps=()))


def test_a_run_or_a_file_can_be_named(store: RunStore) -> None:
    run = make_drawable(store)
    path = run.checkpoints.samplers()[100]
    named = open_named(store, run.run_id, "100"), open_named(store, str(path))
    assert named[0].sha256 == named[1].sha256
    assert open_named(store, run.run_id).step == 200


def test_a_file_has_no_other_checkpoint(store: RunStore) -> None:
    path = make_drawable(store).checkpoints.samplers()[100]
    with pytest.raises(ValueError, match="--checkpoint 200 cannot be used with a file"):
        open_named(store, str(path), "200")


def test_neither_run_nor_file_is_a_sentence(store: RunStore, tmp_path: Path) -> None:
    for name in (UNKNOWN, "../../etc", "nonsense"):
        with pytest.raises(RunNotFoundError, match="There is no run"):
            open_named(store, name)
    with pytest.raises(ValueError, match=r"There is no file x\.safetensors"):
        open_named(store, "x.safetensors")
    (tmp_path / "weights.h5").write_bytes(b"\x89HDF\r\n\x1a\n" + b"\0" * 100)
    with pytest.raises(RefusedCheckpointError, match="HDF5"):
        open_named(store, str(tmp_path / "weights.h5"))
