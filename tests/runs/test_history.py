"""Facts about curves that are read while they grow."""

import json
import math
import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from dcgan.runs import files
from dcgan.runs.history import AXES, SERIES, History, thin
from fake_runs import judged_rows


def _row(step: int, d_loss: float = 1.386) -> dict[str, float | None]:
    return {"step": step, "epoch": step / 10, "seconds": step / 100, "d_loss": d_loss, "g_loss": 0.693,
            "d_real": 0.5, "d_fake": 0.5, "images_per_second": None if step == 1 else 430.0}  # fmt: skip


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "metrics.jsonl"


def test_a_run_without_rows_has_empty_curves(path: Path) -> None:
    history = History(path)
    assert history.refresh() == 0
    assert history.curve("d_loss") == ([], [])


def test_only_what_was_appended_is_read(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    history = History(path)
    files.append_rows(path, [_row(step) for step in range(1, 101)])
    assert history.refresh() == 100
    read: list[int] = []
    parse = files.parse_rows

    def count(content: bytes) -> tuple[list[dict[str, object]], int]:
        read.append(len(content))
        return parse(content)

    monkeypatch.setattr(files, "parse_rows", count)
    files.append_rows(path, [_row(101, d_loss=2.0)])
    assert history.refresh() == 101
    assert history.refresh() == 101
    assert read == [len(json.dumps(_row(101, 2.0), separators=(",", ":"))) + 1, 0]
    x, y = history.curve("d_loss")
    assert (x[-1], y[-1]) == (101.0, 2.0)
    assert history.curve("g_loss", "epoch")[0][-1] == 10.1


def test_values_that_are_not_there_are_left_out_of_a_curve(path: Path) -> None:
    """The first row has no speed yet; evaluations are rows without losses; others may write nonsense."""
    files.append_rows(path, [_row(1), {"step": 1, "kid": 0.1}, _row(2), _row(3) | {"images_per_second": "fast"}])
    files.append_rows(path, [_row(4) | {"d_loss": math.nan}, {"d_loss": 1.0}])
    history = History(path)
    assert history.refresh() == 5
    assert history.curve("images_per_second") == ([2.0, 4.0], [430.0, 430.0])
    assert history.curve("d_loss")[0] == [1.0, 2.0, 3.0]


def test_judgements_stand_apart_from_the_curves_and_none_is_thinned_away(path: Path) -> None:
    steps = [_row(step) for step in range(1, 5001)]
    judged = judged_rows([300.0 - place for place in range(250)], every=20)
    for first in range(0, 5000, 20):
        files.append_rows(path, [*steps[first : first + 20], judged[first // 20]])
    history = History(path)
    assert history.refresh() == 5000
    assert [one.step for one in history.judged()] == list(range(20, 5001, 20))
    for axis in AXES:
        assert history.curve("d_loss", axis, limit=10_000)[0] == [row[axis] for row in steps]
    assert len(history.curve("d_loss", limit=100)[0]) <= 100


def test_a_judgement_alone_is_news_and_a_look_that_finds_nothing_is_none(path: Path) -> None:
    history = History(path)
    files.append_rows(path, [_row(1)])
    history.refresh()
    before = history.version
    assert history.refresh() == 1
    assert history.version == before
    files.append_rows(path, judged_rows([12.5], every=1))
    assert history.refresh() == 1
    assert history.version != before


@pytest.mark.parametrize("more", [0, 50, 100])
def test_judgements_after_the_checkpoint_of_a_resume_are_gone(path: Path, more: int) -> None:
    """A resume cuts them with the rows; the run is judged again, at other steps."""
    history = History(path)
    steps = [_row(step) for step in range(1, 201)]
    files.append_rows(path, [*steps, *judged_rows([90.0, 60.0, 30.0, 20.0])])  # of steps 50, 100, 150, 200
    history.refresh()
    files.replace_rows(path, [*steps[:120], *judged_rows([90.0, 60.0])])
    files.append_rows(path, [_row(step) for step in range(121, 121 + more)])
    files.append_rows(path, judged_rows([55.0], every=121))
    assert history.refresh() == 120 + more
    assert [(one.step, one.fcd) for one in history.judged()] == [(50, 90.0), (100, 60.0), (121, 55.0)]


def test_a_step_that_is_judged_again_counts_as_it_was_judged_last(path: Path) -> None:
    files.append_rows(path, [*judged_rows([90.0, 60.0, 30.0]), *judged_rows([50.0], every=100)])
    history = History(path)
    history.refresh()
    assert [(one.step, one.fcd) for one in history.judged()] == [(50, 90.0), (100, 50.0)]


def test_a_long_file_is_read_in_pieces_and_a_line_that_fits_into_none_is_passed_over(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All at once, 10 MB of rows took 180 MB of memory."""
    monkeypatch.setattr("dcgan.runs.history.PIECE_BYTES", 1000)
    files.append_rows(path, [_row(step) for step in range(1, 101)])
    with path.open("a") as file:
        file.write("x" * 2500 + "\n")
    files.append_rows(path, [_row(step) for step in range(101, 201)])
    read: list[int] = []
    parse = files.parse_rows
    monkeypatch.setattr(files, "parse_rows", lambda content: read.append(len(content)) or parse(content))
    history = History(path)
    assert history.refresh() == 200
    assert history.curve("d_loss")[0] == list(range(1, 201))
    assert max(read) == 1000
    files.append_rows(path, [_row(201)])
    assert history.refresh() == 201


def test_a_torn_last_line_waits(path: Path) -> None:
    history = History(path)
    text = json.dumps(_row(2))
    path.write_text(json.dumps(_row(1)) + "\n" + text[:20])
    assert history.refresh() == 1
    with path.open("a") as file:
        file.write(text[20:] + "\n")
    assert history.refresh() == 2


@pytest.mark.parametrize("more", [0, 40, 400])
def test_a_cut_is_followed_however_far_the_run_has_gone_on(path: Path, more: int) -> None:
    """A resume cuts the rows after its checkpoint and writes others, before anybody has looked."""
    history = History(path)
    files.append_rows(path, [_row(step, d_loss=1.0) for step in range(1, 101)])
    history.refresh()
    files.replace_rows(path, [_row(step, d_loss=1.0) for step in range(1, 51)])
    files.append_rows(path, [_row(step, d_loss=3.0) for step in range(51, 51 + more)])
    assert history.refresh() == 50 + more
    x, y = history.curve("d_loss")
    assert x == list(range(1, 51 + more))
    assert y == [1.0] * 50 + [3.0] * more


def test_a_cut_in_the_same_file_is_followed_too(path: Path) -> None:
    """An inode does not tell: a system gives the same one again."""
    history = History(path)
    files.append_rows(path, [_row(step) for step in range(1, 101)])
    history.refresh()
    inode = path.stat().st_ino
    with path.open("r+b") as file:
        file.truncate(0)
    files.append_rows(path, [_row(step, d_loss=3.0) for step in range(1, 201)])
    assert path.stat().st_ino == inode
    history.refresh()
    assert history.curve("d_loss") == (list(range(1, 201)), [3.0] * 200)


def test_a_run_that_begins_again_or_is_deleted_has_an_empty_curve(path: Path) -> None:
    history = History(path)
    files.append_rows(path, [_row(1)])
    history.refresh()
    files.replace_rows(path, [])
    assert history.refresh() == 0
    files.append_rows(path, [_row(1)])
    assert history.refresh() == 1
    os.unlink(path)
    assert history.refresh() == 0


def test_many_sessions_may_refresh_one_history_at_once(path: Path) -> None:
    history = History(path)

    def watch(_: int) -> None:
        for _ in range(100):
            history.refresh()
            x, y = history.curve("d_loss")
            assert len(x) == len(y)
            assert x == sorted(x)

    with ThreadPoolExecutor(5) as pool:
        watching = [pool.submit(watch, number) for number in range(4)]
        for step in range(1, 301):
            files.append_rows(path, [_row(step)])
        for watcher in watching:
            watcher.result(30)
    assert history.refresh() == 300
    assert history.curve("d_loss")[0] == list(range(1, 301))


@pytest.mark.parametrize("count", [0, 1, 49, 50, 51, 99, 100, 101, 149, 151, 20_000])
@pytest.mark.parametrize("limit", [2, 3, 50, 51])
def test_thinning_keeps_the_extremes_the_order_and_the_limit(count: int, limit: int) -> None:
    values = np.random.default_rng(count).normal(size=count)
    kept = thin(values, limit)
    assert len(kept) <= limit or count <= limit
    assert list(kept) == sorted(set(kept.tolist()))
    assert set(kept.tolist()) <= set(range(count))
    if count:
        assert values[kept].min() == values.min()
        assert values[kept].max() == values.max()


def test_thinning_keeps_every_spike_of_its_bucket_and_all_of_a_short_curve() -> None:
    values = np.zeros(10_000)
    values[[1234, 5678]] = [5.0, -5.0]
    assert {1234, 5678} <= set(thin(values, 100).tolist())
    assert thin([3.0, 1.0, 2.0], 3).tolist() == [0, 1, 2]


def test_each_point_brings_the_mean_of_its_bucket(path: Path) -> None:
    # Seldom 10, mostly 0: the middle between lowest and highest is 5, the mean 1.
    files.append_rows(path, [_row(step, d_loss=10.0 * (step % 10 == 0)) for step in range(1, 1_001)])
    history = History(path)
    history.refresh()
    x, y, means = history.line("d_loss", limit=100)
    assert set(y.tolist()) == {0.0, 10.0} and np.array_equal(means, np.ones(len(x)))
    assert (x.tolist(), y.tolist()) == history.curve("d_loss", limit=100)


def test_the_last_bucket_is_averaged_over_what_it_has(path: Path) -> None:
    files.append_rows(path, [_row(step, d_loss=float(step)) for step in range(1, 12)])
    history = History(path)
    history.refresh()
    x, _, means = history.line("d_loss", limit=4)  # buckets of six: 1 to 6, 7 to 11
    assert x.tolist() == [1, 6, 7, 11] and means.tolist() == [3.5, 3.5, 9.0, 9.0]


def test_the_rows_of_a_thinned_run_count_as_many_as_they_stand_for(path: Path) -> None:
    rows = [{"step": 10, "d_loss": 9.0, "rows": 1, "mean_d_loss": 9.0}, {"step": 40, "d_loss": 0.0, "rows": 3,
            "mean_d_loss": 1.0}]  # fmt: skip
    files.append_rows(path, rows)
    history = History(path)
    history.refresh()
    _, y, means = history.line("d_loss")
    assert y.tolist() == [9.0, 0.0] and means.tolist() == [3.0, 3.0]  # (9 + 3 x 1) / 4
    _, y, means = history.line("g_loss")
    assert len(y) == len(means) == 0


def test_what_says_so_in_the_middle_of_a_run_counts_once(path: Path) -> None:
    files.append_rows(path, [{"step": 1, "d_loss": 2.0}, {"step": 2, "d_loss": 4.0, "rows": 1000, "mean_d_loss": 50.0}])
    history = History(path)
    history.refresh()
    assert history.line("d_loss")[2].tolist() == [2.0, 4.0]


def test_a_short_curve_is_its_own_mean(path: Path) -> None:
    files.append_rows(path, [_row(step, d_loss=float(step)) for step in range(1, 5)])
    history = History(path)
    assert [part.tolist() for part in history.line("d_loss")] == [[], [], []]
    history.refresh()
    _, y, means = history.line("d_loss")
    assert means.tolist() == y.tolist() == [1, 2, 3, 4]


def test_an_epoch_of_20_000_rows_costs_a_tick_little(path: Path) -> None:
    """The first look reads them all; each later one must fit many times into a tick of 30 ms."""
    files.append_rows(path, [_row(step, d_loss=math.sin(step)) for step in range(1, 20_001)])
    history = History(path)
    history.refresh()
    spent = []
    for step in range(20_001, 20_006):
        files.append_rows(path, [_row(step)])
        began = time.thread_time()
        history.refresh()
        curves = [history.curve(series) for series in SERIES]
        spent.append(time.thread_time() - began)
    assert all(len(x) <= 2000 for x, _ in curves)
    assert min(spent) < 0.03  # CPU seconds of this thread: 0.01 measured for five curves on two busy cores
