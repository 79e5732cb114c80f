"""Facts about the words for the best checkpoint, and for a run that gets worse."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from dcgan.runs.run import Run
from dcgan.runs.store import RunStore
from drawable_runs import make_drawable
from fake_runs import judge_run, judgement, rows
from ui import best, text

STEPS = (100, 200, 300, 400, 500)


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text, "language", lambda: "en")


def judged(folder: Path, scores: Mapping[int, float]) -> Run:
    run = make_drawable(RunStore(folder), STEPS)
    judge_run(run, scores)
    return run


def test_a_run_that_was_not_judged_has_no_best(tmp_path: Path) -> None:
    assert best.read_standing(make_drawable(RunStore(tmp_path), STEPS)) == best.Standing(None)


def test_the_last_that_is_the_best_is_not_past(tmp_path: Path) -> None:
    standing = best.read_standing(judged(tmp_path, {100: 40.0, 200: 12.5}))
    assert standing.best is not None and standing.best.step == 200
    assert (standing.is_past, standing.last, standing.worse_since) == (False, 12.5, None)
    assert best.explain_trend(standing) is None


def test_one_judgement_that_is_worse_makes_the_best_past_and_no_more(tmp_path: Path) -> None:
    standing = best.read_standing(judged(tmp_path, {100: 40.0, 200: 12.5, 300: 30.0}))
    assert (standing.is_past, standing.last, standing.worse_since) == (True, 30.0, None)
    assert best.explain_trend(standing) is None


def test_three_that_are_worse_are_a_sentence_with_the_epoch_since_which(tmp_path: Path) -> None:
    standing = best.read_standing(judged(tmp_path, {100: 40.0, 200: 12.34, 300: 30.0, 400: 31.0, 500: 140.25}))
    assert best.explain_trend(standing) == (
        "This run has been getting worse since epoch 2: its last FCD is 140.2, its best was 12.3, at epoch 2."
    )


def test_new_judgements_are_read_and_rows_of_steps_are_none(tmp_path: Path) -> None:
    run = judged(tmp_path, {200: 12.5})
    assert not best.read_standing(run).is_past
    run.append_metrics([*rows(201, 300), judgement(300, 13.0), *rows(301, 310)])
    assert best.read_standing(run).last == 13.0


def test_a_best_without_its_rows_is_still_the_best(tmp_path: Path) -> None:
    run = judged(tmp_path, {200: 12.5})
    run.metrics_path.unlink()
    standing = best.read_standing(run)
    assert standing.best is not None and not standing.is_past and best.explain_trend(standing) is None


@pytest.mark.parametrize(
    ("value", "words"),
    [(0.0, "0.00"), (1.5, "1.50"), (9.94, "9.94"), (9.96, "10.0"), (140.25, "140.2"), (1234.5, "1,234.5")],
)
def test_a_score_has_three_digits_or_more(value: float, words: str) -> None:
    assert best.write_score(value) == words


@pytest.mark.parametrize(
    ("epoch", "words"), [(0.0, "0"), (6.0, "6"), (6.04, "6"), (6.44, "6.4"), (5.97, "6"), (1e9, "1,000,000,000")]
)
def test_an_epoch_that_is_over_is_a_whole_number(epoch: float, words: str) -> None:
    assert best.write_epoch(epoch) == words
