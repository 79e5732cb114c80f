"""Facts about one stay of a run in a process, on a few hundred real images and small networks."""

import errno
import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dcgan.config import build_config
from dcgan.data import datasets, download, images, sample, sources
from dcgan.data.sample import SampleError
from dcgan.models.gan import GAN
from dcgan.runs.best import Best, read_best
from dcgan.runs.checkpoints import CheckpointFolder
from dcgan.runs.run import Action, Run
from dcgan.runs.status import Problem, RunStatus, StatusRecord
from dcgan.runs.store import RunStore
from dcgan.training import control, trainer
from dcgan.training.control import Control, StayEnded, Wish
from dcgan.training.judging import LiveQuality
from dcgan.training.problems import TrainingProblem
from dcgan.training.trainer import Trainer
from image_server import make_original, serve

SMALL = {
    "generator.base_filters": 4, "discriminator.base_filters": 4, "training.batch_size": 8, "data.limit": 84,
    "training.epochs": 2, "saving.sample_rows": 2, "saving.sample_every": 4, "saving.live_quality": False,
}  # fmt: skip
STEPS = 20  # 84 // 8 = 10 steps an epoch


@pytest.fixture(autouse=True)
def _poll_at_every_step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(control, "POLL_SECONDS", 0.0)
    monkeypatch.setattr(trainer, "PAUSE_POLL_SECONDS", 0.01)


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return RunStore(tmp_path / "runs").create(build_config("stable", SMALL))


def _at_step(run: Run, step: int, do: Callable[[], Any]) -> Control:
    """A control that does something once the run's rows have come so far."""
    steering = Control(run)
    poll, done = steering.poll, []

    def poll_and_do() -> Wish:
        if stay.status.step >= step and not done:
            done.append(True)
            do()
        return poll()

    steering.poll = poll_and_do  # type: ignore[method-assign]
    stay = Trainer(run, steering)
    steering.stay = stay  # type: ignore[attr-defined]
    return steering


def _train(steering: Control) -> RunStatus:
    return steering.stay.train()  # type: ignore[attr-defined,no-any-return]


def _final_sum(run: Run) -> str:
    return run.checkpoints.load(run.checkpoints.steps()[-1]).sha256


def test_a_run_leaves_all_that_the_pages_show(run: Run) -> None:
    assert Trainer(run, Control(run)).train() == RunStatus.FINISHED
    status = run.written_status()
    assert (status.step, status.steps, status.epoch) == (STEPS, STEPS, 2)
    assert set(status.losses) == {"d_loss", "g_loss", "d_real", "d_fake"}
    rows = run.metrics()
    assert [row["step"] for row in rows] == list(range(1, STEPS + 1))
    assert rows[-1]["epoch"] == 2.0
    assert [sample.step for sample in run.samples()] == [0, 4, 8, 10, 12, 16, 20]
    assert [sample.step for sample in run.samples() if sample.facts["epoch_end"]] == [10, 20]
    assert images.decode_png(run.samples()[0].path.read_bytes()).shape[0] >= 2 * 28
    assert len(run.samples()[0].facts["scores"]) == 4
    assert run.checkpoints.steps()[-1] == STEPS
    kept = sorted(path.name for path in run.checkpoints.folder.glob("*.generator.safetensors"))
    assert kept == ["000010.generator.safetensors", "000020.generator.safetensors"]
    events = [event["event"] for event in run.events()]
    assert (events[0], events[-1]) == ("started", "finished")


def test_the_time_left_is_measured_from_the_first_step_of_each_stay(run: Run) -> None:
    _train(_at_step(run, 3, lambda: run.request("stop")))
    paced_from = run.written_status().paced_from
    assert paced_from is not None and paced_from == (1, run.metrics()[0]["seconds"])
    Trainer(run, Control(run, run.requests_end())).train()
    again = run.written_status().paced_from
    assert again is not None and again == (4, run.metrics()[3]["seconds"])


def test_a_run_says_which_images_it_learns_from_as_soon_as_they_are_loaded(run: Run) -> None:
    assert run.written_status().dataset_sha256 is None
    _train(_at_step(run, 1, lambda: run.request("stop")))
    sha256 = run.written_status().dataset_sha256
    assert sha256 == trainer.load_dataset("fashion-mnist").sha256  # the whole set's, whatever the limit
    assert run.checkpoints.load(1).notes["dataset_sha256"] == sha256


def test_a_stopped_and_resumed_run_ends_with_the_same_bits(run: Run, tmp_path: Path) -> None:
    whole = RunStore(tmp_path / "whole").create(build_config("stable", SMALL))
    Trainer(whole, Control(whole)).train()

    assert _train(_at_step(run, 7, lambda: run.request("stop"))) == RunStatus.STOPPED
    assert run.checkpoints.steps()[-1] == 7
    assert Trainer(run, Control(run, run.requests_end())).train() == RunStatus.FINISHED
    assert _final_sum(run) == _final_sum(whole)
    assert [row["step"] for row in run.metrics()] == list(range(1, STEPS + 1))
    losses = [[row["d_loss"] for row in either.metrics()] for either in (run, whole)]
    assert losses[0] == losses[1]


def test_rows_samples_and_checkpoints_after_the_last_whole_state_are_forgotten(run: Run, tmp_path: Path) -> None:
    whole = RunStore(tmp_path / "whole").create(build_config("stable", SMALL))
    Trainer(whole, Control(whole)).train()

    _train(_at_step(run, 13, lambda: run.request("stop")))
    (run.run_dir / "checkpoints" / "000013.safetensors").write_bytes(b"torn")
    (run.run_dir / "checkpoints" / ".tmp-000014.safetensors-x").write_bytes(b"half")
    stay = Trainer(run, Control(run, run.requests_end()))
    assert stay.status.step == 10
    assert [row["step"] for row in run.metrics()] == list(range(1, 11))
    assert [sample.step for sample in run.samples()] == [0, 4, 8, 10]
    assert not list((run.run_dir / "checkpoints").glob(".tmp-*"))
    assert any(event["event"] == "fell-back" for event in run.events())
    stay.train()
    assert _final_sum(run) == _final_sum(whole)


class ScriptedQuality(LiveQuality):
    """Judges at the steps that a script names, and as it says."""

    scores: Mapping[int, float] = {}

    def is_due(self, seconds: float, step: int, is_last: bool) -> bool:
        return step in self.scores

    def judge(self, seconds: float) -> dict[str, Any]:
        return {"fcd": self.scores[int(self._gan.step.numpy())], "samples": 2000}


@pytest.fixture
def scores(monkeypatch: pytest.MonkeyPatch) -> dict[int, float]:
    """FCD by step, to be filled by the test."""
    script: dict[int, float] = {}
    monkeypatch.setattr(ScriptedQuality, "scores", script)
    monkeypatch.setattr(trainer, "LiveQuality", ScriptedQuality)
    return script


def test_the_best_checkpoint_outlives_a_resume_and_all_later_ones(run: Run, scores: dict[int, float]) -> None:
    scores |= {4: 12.5, 8: 30.0, 16: 31.0}
    steering = _at_step(run, 9, lambda: run.request("stop"))
    assert _train(steering) == RunStatus.STOPPED
    assert Trainer(run, Control(run, run.requests_end())).train() == RunStatus.FINISHED
    best = run.checkpoints.best()
    assert best is not None and (best.step, best.value, best.epoch, best.epoch_end) == (4, 12.5, 0.4, False)
    assert 4 in run.checkpoints.steps() and run.checkpoints.generator_steps() == [4, 10, 20]
    assert read_best(run.status().best) == best
    assert [row["step"] for row in run.metrics() if "fcd" in row] == [4, 8, 16]


def test_a_kill_before_the_best_is_marked_is_made_good_when_the_run_goes_on(
    run: Run, scores: dict[int, float], monkeypatch: pytest.MonkeyPatch
) -> None:
    scores |= {4: 40.0, 8: 12.5}
    mark = CheckpointFolder.mark_best

    def die_at_eight(folder: CheckpointFolder, best: Best) -> None:
        if best.step == 8:
            raise KeyboardInterrupt
        mark(folder, best)

    with monkeypatch.context() as patch:
        patch.setattr(CheckpointFolder, "mark_best", die_at_eight)
        with pytest.raises(KeyboardInterrupt):
            Trainer(run, Control(run)).train()
    before = run.checkpoints.best()
    assert before is not None and before.step == 4
    scores[12] = 20.0  # which is worse than what was not marked
    assert Trainer(run, Control(run)).train() == RunStatus.FINISHED
    best = run.checkpoints.best()
    assert best is not None and best.step == 8
    assert run.checkpoints.generator_steps() == [8, 10, 20]


def test_a_best_after_the_last_whole_state_is_forgotten_for_the_best_before_it(
    run: Run, scores: dict[int, float]
) -> None:
    scores |= {4: 40.0, 10: 30.0, 12: 12.5}
    _train(_at_step(run, 12, lambda: run.request("stop")))
    (run.checkpoints.folder / "000012.safetensors").write_bytes(b"torn")
    stay = Trainer(run, Control(run, run.requests_end()))
    best = run.checkpoints.best()
    assert best is not None and (stay.status.step, best.step, best.value, best.epoch_end) == (10, 10, 30.0, True)
    assert read_best(stay.status.best) == best and run.checkpoints.generator_steps() == [10]


@pytest.mark.parametrize(("wish", "rests"), [("pause", RunStatus.PAUSED), ("stop", RunStatus.STOPPED)])
def test_a_run_that_rests_within_an_epoch_shows_where_it_stands(run: Run, wish: Action, rests: RunStatus) -> None:
    steering = _at_step(run, 3, lambda: run.request(wish))
    steering.stay.should_yield = lambda: True  # type: ignore[attr-defined]
    assert _train(steering) == rests
    first, last = run.samples()
    assert (first.step, last.step, last.facts["epoch"], last.facts["epoch_end"]) == (0, 3, 0.3, False)
    assert last.path.read_bytes() != first.path.read_bytes()


def test_a_stop_says_that_it_stopped_only_when_the_grid_is_there(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    there = []
    write = run.write_status

    def look_and_write(record: StatusRecord) -> None:
        if record.status == RunStatus.STOPPED:
            there.append([sample.step for sample in run.samples()])
        write(record)

    monkeypatch.setattr(run, "write_status", look_and_write)
    _train(_at_step(run, 3, lambda: run.request("stop")))
    assert there == [[0, 3]]


def test_a_grid_that_is_there_is_not_drawn_again_for_a_stop(run: Run) -> None:
    _train(_at_step(run, 10, lambda: run.request("stop")))
    assert [sample.step for sample in run.samples()] == [0, 4, 8, 10]
    assert run.samples()[-1].facts["epoch_end"] is True


def test_what_is_judged_can_be_seen_where_no_grid_was_drawn_for_a_while(
    run: Run, scores: dict[int, float], monkeypatch: pytest.MonkeyPatch
) -> None:
    scores |= {5: 40.0, 6: 30.0}
    monkeypatch.setattr(trainer, "UNSEEN_SECONDS", 0.0)
    _train(_at_step(run, 5, lambda: monkeypatch.setattr(trainer, "UNSEEN_SECONDS", 3600.0)))
    assert [sample.step for sample in run.samples()] == [0, 4, 5, 8, 10, 12, 16, 20]


def test_without_a_checkpoint_a_run_begins_again_at_step_zero(run: Run) -> None:
    run.append_metrics([{"step": 1, "d_loss": 1.0}])
    stay = Trainer(run, Control(run))
    assert stay.status.step == 0
    assert run.metrics() == []


def test_a_pause_saves_and_a_resume_goes_on(run: Run) -> None:
    steering = _at_step(run, 5, lambda: run.request("pause"))
    seen: list[RunStatus] = []
    poll = steering.poll

    def poll_and_wake() -> Wish:
        wish = poll()
        if wish == Wish.PAUSE and run.written_status().status == RunStatus.PAUSED:
            seen.append(RunStatus.PAUSED)
            assert run.checkpoints.steps()[-1] == 5
            run.request("resume")
        return wish

    steering.poll = poll_and_wake  # type: ignore[method-assign]
    assert _train(steering) == RunStatus.FINISHED
    assert seen


@pytest.mark.parametrize("wish", ["pause", "stop"])
def test_a_step_that_was_just_saved_is_not_saved_again(run: Run, wish: Action) -> None:
    steering = _at_step(run, 10, lambda: run.request(wish))  # an epoch's end, which saves by itself
    steering.stay.should_yield = lambda: True  # type: ignore[attr-defined]
    assert _train(steering) == {"pause": RunStatus.PAUSED, "stop": RunStatus.STOPPED}[wish]
    assert [event["step"] for event in run.events() if event["event"] == "checkpoint"] == [10]
    assert [row["step"] for row in run.metrics()] == list(range(1, 11))


def test_a_paused_run_gives_way_when_another_waits(run: Run) -> None:
    steering = _at_step(run, 5, lambda: run.request("pause"))
    steering.stay.should_yield = lambda: True  # type: ignore[attr-defined]
    assert _train(steering) == RunStatus.PAUSED
    assert run.written_status().status == RunStatus.PAUSED
    assert run.checkpoints.steps()[-1] == 5


def test_the_end_of_the_server_interrupts_with_its_reason(run: Run) -> None:
    steering = _at_step(run, 5, lambda: steering.ask(Wish.INTERRUPT, "server-ended"))
    assert _train(steering) == RunStatus.INTERRUPTED
    status = run.written_status()
    assert status.error is not None
    assert (status.error.code, run.checkpoints.steps()[-1]) == ("server-ended", 5)


def test_a_loss_that_is_not_a_number_ends_the_run_before_it_is_saved(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    real_train = GAN.train

    def train_badly(gan: GAN, batches: np.ndarray) -> np.ndarray:
        rows = real_train(gan, batches)
        return rows * np.nan if int(gan.step.numpy()) == 12 else rows

    monkeypatch.setattr(GAN, "train", train_badly)
    assert Trainer(run, Control(run)).train() == RunStatus.FAILED
    status = run.written_status()
    assert status.error is not None
    assert (status.error.code, status.error.values) == ("non-finite", {"step": 12})
    assert run.checkpoints.steps()[-1] == 10


def test_a_full_disk_ends_the_run_with_a_sentence_and_keeps_a_checkpoint(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    stay = Trainer(run, Control(run))
    save = run.checkpoints.save

    def save_until_full(step: int, *rest: Any) -> str:
        if step > 10:
            raise OSError(errno.ENOSPC, "No space left on device")
        return save(step, *rest)

    monkeypatch.setattr(run.checkpoints, "save", save_until_full)
    assert stay.train() == RunStatus.FAILED
    status = run.written_status()
    assert status.error is not None
    assert status.error.code == "disk-full"
    assert run.checkpoints.load_last()[0] is not None


def test_rows_that_fill_the_disk_to_its_last_byte_still_end_with_a_sentence(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    stay = Trainer(run, Control(run))
    append, write, reserve = run.append_metrics, run.write_status, run.run_dir / "reserve"
    full = []

    def append_until_full(rows: Any, **options: Any) -> None:
        if stay.status.step > 10:
            full.append(True)
            raise OSError(errno.ENOSPC, "No space left on device")
        append(rows, **options)

    def write_where_there_is_room(record: Any) -> None:
        if full and reserve.exists():
            raise OSError(errno.ENOSPC, "No space left on device")
        write(record)

    monkeypatch.setattr(run, "append_metrics", append_until_full)
    monkeypatch.setattr(run, "write_status", write_where_there_is_room)
    assert reserve.stat().st_size > 10_000
    assert stay.train() == RunStatus.FAILED
    status = run.written_status()
    assert status.error is not None
    assert status.error.code == "disk-full"


@pytest.fixture
def remote_images(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """A machine that has no images yet: 120 are on a server, which notes what is asked; some 90 KB, so two pieces."""
    draws = np.random.default_rng(1)
    pixels = draws.integers(0, 256, (120, 28, 28), dtype=np.uint8)
    original, contents = make_original("train", pixels, draws.integers(0, 10, 120, dtype=np.uint8))
    monkeypatch.setattr(sources, "FASHION_MNIST", {"train": original})
    monkeypatch.setattr(sources, "SYSTEM_FOLDER", tmp_path / "none")
    monkeypatch.setattr(download, "_failed_at", -download.RETRY_SECONDS)
    monkeypatch.setattr(trainer, "DOWNLOAD_SECONDS", 0.0)
    for variable in ("KERAS_HOME", "DCGAN_DATA"):
        monkeypatch.setenv(variable, str(tmp_path / variable))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.delenv("DCGAN_OFFLINE", raising=False)
    with serve(contents) as (address, requests):
        monkeypatch.setattr(sources, "BASE_URL", address)
        yield requests


@pytest.fixture
def told(run: Run, monkeypatch: pytest.MonkeyPatch) -> list[StatusRecord]:
    """Every status that is written, after the worker's first."""
    run.write_status(run.written_status().changed(status=RunStatus.RUNNING, phase="starting"))
    records: list[StatusRecord] = []
    write = run.write_status
    monkeypatch.setattr(run, "write_status", lambda record: (records.append(record), write(record)))
    return records


@pytest.mark.usefixtures("remote_images")
def test_a_download_says_how_far_it_is(run: Run, told: list[StatusRecord]) -> None:
    Trainer(run, Control(run))
    counts = [record.downloading for record in told if record.downloading is not None]
    total = counts[0][1]
    assert len(counts) >= 3 and counts == sorted(counts)
    assert counts[-1] == (total, total)
    assert [record.heartbeat for record in told] == sorted({record.heartbeat for record in told})
    assert (told[-1].phase, told[-1].data_bytes) == ("starting", None)


@pytest.mark.usefixtures("remote_images")
def test_a_download_is_told_of_no_more_often_than_twice_a_second(
    run: Run, told: list[StatusRecord], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trainer, "DOWNLOAD_SECONDS", 3600.0)
    Trainer(run, Control(run))
    assert len([record for record in told if record.downloading is not None]) == 1


def test_a_stop_ends_a_download_and_the_run_can_be_resumed(run: Run, remote_images: list[str]) -> None:
    run.request("stop")
    with pytest.raises(StayEnded) as ended:
        Trainer(run, Control(run))
    assert ended.value.status == run.written_status().status == RunStatus.STOPPED
    assert run.written_status().can_resume
    assert "GET /train-labels.gz" not in remote_images
    assert Trainer(run, Control(run, run.requests_end())).train() == RunStatus.FINISHED
    assert [event["event"] for event in run.events()][:3] == ["request-applied", "stopped", "started"]


def test_the_end_of_the_server_ends_a_download_with_its_reason(run: Run, remote_images: list[str]) -> None:
    steering = Control(run)
    steering.ask(Wish.INTERRUPT, "server-ended")
    with pytest.raises(StayEnded):
        Trainer(run, steering)
    status = run.written_status()
    assert (status.status, status.error and status.error.code) == (RunStatus.INTERRUPTED, "server-ended")


def test_a_pause_ends_a_download_and_resume_begins_it_again(
    run: Run, remote_images: list[str], told: list[StatusRecord], monkeypatch: pytest.MonkeyPatch
) -> None:
    run.request("pause")
    steering = Control(run)
    poll = steering.poll

    def poll_and_wake() -> Wish:
        if run.written_status().status == RunStatus.PAUSED:
            run.request("resume")
        return poll()

    monkeypatch.setattr(steering, "poll", poll_and_wake)
    Trainer(run, steering)
    states = [record.status for record in told]
    assert states.index(RunStatus.PAUSED) < states.index(RunStatus.RUNNING)
    assert remote_images.count("GET /train-images.gz") == 2
    assert told[-1].status == RunStatus.RUNNING


def test_a_pause_in_a_download_gives_way_when_another_waits(run: Run, remote_images: list[str]) -> None:
    run.request("pause")
    with pytest.raises(StayEnded) as ended:
        Trainer(run, Control(run), should_yield=lambda: True)
    assert ended.value.status == run.written_status().status == RunStatus.PAUSED


def test_images_that_are_not_those_of_the_run_are_refused(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    _train(_at_step(run, 3, lambda: run.request("stop")))
    load = trainer.load_dataset

    class _Other:
        def __init__(self, dataset: Any) -> None:
            self.name, self.images, self.is_sample, self.sha256 = dataset.name, dataset.images, False, "other"

    monkeypatch.setattr(trainer, "load_dataset", lambda name, limit, progress: _Other(load(name, limit)))
    with pytest.raises(TrainingProblem) as caught:
        Trainer(run, Control(run))
    assert caught.value.problem.code == "data-changed"
    assert run.checkpoints.steps() == [3]


def test_a_run_whose_states_are_all_damaged_is_refused_and_loses_nothing(run: Run) -> None:
    _train(_at_step(run, 13, lambda: run.request("stop")))
    before = {path.name for folder in ("samples", "checkpoints") for path in (run.run_dir / folder).iterdir()}
    rows = len(run.metrics())
    for step in run.checkpoints.steps():
        run.checkpoints.state_path(step).write_bytes(b"torn")
    with pytest.raises(TrainingProblem) as caught:
        Trainer(run, Control(run, run.requests_end()))
    assert caught.value.problem.code == "no-checkpoint"
    assert before == {path.name for folder in ("samples", "checkpoints") for path in (run.run_dir / folder).iterdir()}
    assert len(run.metrics()) == rows == 13


def test_settings_that_were_changed_under_a_checkpoint_are_refused_and_named(run: Run) -> None:
    _train(_at_step(run, 3, lambda: run.request("stop")))
    tree = json.loads((run.run_dir / "run.json").read_bytes())
    tree["config"]["training"]["epochs"] = 3
    tree["config"]["d_optimizer"]["learning_rate"] = 0.5
    (run.run_dir / "run.json").write_text(json.dumps(tree))
    with pytest.raises(TrainingProblem) as caught:
        Trainer(run, Control(run, run.requests_end()))
    assert caught.value.problem.code == "settings-changed"
    assert caught.value.problem.values == {"fields": "d_optimizer.learning_rate, training.epochs"}
    assert run.checkpoints.steps() == [3]


def test_a_checkpoint_from_before_a_setting_existed_still_resumes(run: Run) -> None:
    _train(_at_step(run, 3, lambda: run.request("stop")))
    checkpoint = run.checkpoints.load(3)
    notes = {**checkpoint.notes, "config": json.loads(json.dumps(checkpoint.notes["config"]))}
    del notes["config"]["saving"]["inverted"]
    run.checkpoints.save(3, checkpoint.arrays, notes)
    assert Trainer(run, Control(run, run.requests_end())).train() == RunStatus.FINISHED


def test_a_cpu_takes_one_step_a_call_whatever_the_config_says(run: Run, tmp_path: Path) -> None:
    eager = build_config("stable", {**SMALL, "training.steps_per_call": 7})
    many = RunStore(tmp_path / "many").create(eager)
    steering = _at_step(many, 3, lambda: many.request("stop"))
    assert steering.stay.gan.steps_per_call == 1  # type: ignore[attr-defined]
    assert _train(steering) == RunStatus.STOPPED
    assert many.written_status().step == 3  # heeded at once, and not after seven


def test_a_batch_larger_than_the_data_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    load = trainer.load_dataset
    monkeypatch.setattr(trainer, "load_dataset", lambda name, limit, progress: load(name, 5))
    run = RunStore(tmp_path).create(build_config("stable", SMALL))
    with pytest.raises(TrainingProblem) as caught:
        Trainer(run, Control(run))
    assert caught.value.problem == Problem(
        code="too-few-images",
        values={"dataset": "fashion-mnist", "field": "training.batch_size", "value": 8, "available": 5},
    )


def test_more_images_than_could_be_fetched_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where only the sample of 10,000 is at hand, which nobody knew when the run was made."""
    monkeypatch.setattr(datasets, "_load_whole", lambda *_: sample.load_sample())
    run = RunStore(tmp_path).create(build_config("stable", {"data.limit": 10_001}))
    with pytest.raises(TrainingProblem) as caught:
        Trainer(run, Control(run))
    named = {"field": "data.limit", "value": 10_001, "available": 10_000}
    assert caught.value.problem == Problem(code="too-few-images", values={"dataset": "fashion-mnist", **named})


@pytest.mark.parametrize(
    ("error", "code"),
    [(SampleError("it is damaged"), "sample-broken"), (ValueError("dataset = 'x' is not known"), "data-missing")],
)
def test_images_that_cannot_be_loaded_have_a_code(
    run: Run, error: ValueError, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(trainer, "load_dataset", fail)
    with pytest.raises(TrainingProblem) as caught:
        Trainer(run, Control(run))
    assert (caught.value.problem.code, caught.value.problem.values["detail"]) == (code, str(error))
