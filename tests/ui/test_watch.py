import io
from pathlib import Path

import pytest
from PIL import Image

from dcgan.runs.history import History
from dcgan.runs.run import Run
from dcgan.runs.status import RunStatus
from dcgan.runs.store import RunStore
from fake_runs import judged_rows, make_run, rows, save_grid
from ui.watch import RunWatch


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return make_run(RunStore(tmp_path), RunStatus.FINISHED, step=250)


def test_points_are_encoded_again_only_when_there_are_new_rows(run: Run) -> None:
    made: list[int] = []

    def encode(history: History) -> bytes:
        made.append(1)
        return str(history.curve("d_loss")[0][-1]).encode()

    watch = RunWatch(run)
    assert [watch.encoded("en", encode), watch.encoded("en", encode)] == [b"250.0", b"250.0"]
    assert len(made) == 1
    run.append_metrics(rows(251, 260))
    assert watch.encoded("en", encode) == b"260.0"
    assert len(made) == 2


def test_a_judgement_is_encoded_though_no_step_came_with_it(run: Run) -> None:
    watch = RunWatch(run)
    watch.encoded("en", lambda history: str(len(history.judged())).encode())
    run.append_metrics(judged_rows([12.5]))
    assert watch.encoded("en", lambda history: str(len(history.judged())).encode()) == b"1"


def test_each_language_keeps_points_of_its_own(run: Run) -> None:
    watch = RunWatch(run)
    assert watch.encoded("en", lambda _: b"step") == b"step"
    assert watch.encoded("tr", lambda _: "adım".encode()) == "adım".encode()
    assert watch.encoded("en", lambda _: b"never made") == b"step"


def test_a_new_grid_is_seen(run: Run) -> None:
    watch = RunWatch(run)
    assert [sample.step for sample in watch.samples()] == [0, 50, 100, 150, 200, 250]
    save_grid(run, 300)
    assert watch.samples()[-1].step == 300


def test_a_new_grid_costs_no_second_look_at_the_old_ones(run: Run) -> None:
    watch = RunWatch(run)
    before = watch.samples()
    save_grid(run, 300)
    assert all(old is new for old, new in zip(before, watch.samples(), strict=False))


def test_grids_that_a_resume_cut_and_drew_anew_are_the_new_ones(run: Run) -> None:
    watch = RunWatch(run)
    assert len(watch.samples()) == 6
    with run.lock():
        run.cut_history(100)
        run.save_sample(150, b"drawn anew", {"step": 150, "epoch_end": True})
    assert [sample.step for sample in watch.samples()] == [0, 50, 100, 150]
    assert watch.samples()[-1].facts["epoch_end"] is True


def test_a_run_that_was_cut_back_is_read_anew(run: Run) -> None:
    watch = RunWatch(run)
    watch.encoded("en", lambda _: b"")
    with run.lock():
        run.cut_history(100)
        run.append_metrics(rows(101, 103))
    assert watch.encoded("en", lambda history: str(history.curve("d_loss")[0][-1]).encode()) == b"103.0"


def test_the_gif_shows_the_ends_of_epochs_alone(run: Run) -> None:
    picture = Image.open(io.BytesIO(RunWatch(run).gif()))
    assert getattr(picture, "n_frames", 1) == 2  # steps 100 and 200
    assert picture.size == (168, 168)  # 56 pixels, each three times


def test_the_end_of_a_log_is_its_last_lines_and_survives_broken_bytes(run: Run) -> None:
    run.worker_log.write_bytes(b"\n".join(b"line %d" % number for number in range(100)) + b"\n\xff\xfe end")
    end = RunWatch(run).log_end(3).splitlines()
    assert end[:2] == ["line 98", "line 99"]
    assert end[2].endswith("end")


def test_without_a_log_the_end_is_empty(run: Run) -> None:
    assert RunWatch(run).log_end() == ""
