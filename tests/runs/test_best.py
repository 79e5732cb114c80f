"""Facts about what is said of the best checkpoint, and which it is by a run's rows."""

import json
from typing import Any

import pytest

from dcgan.runs.best import Best, choose_best, read_best
from fake_runs import judgement, rows

RIGHT: dict[str, Any] = {"metric": "fcd", "value": 12.5, "step": 300}


def test_what_is_written_is_read_again() -> None:
    best = Best(metric="fcd", value=12.5, samples=2000, step=300, epoch=3.0, epoch_end=True)
    assert read_best(json.loads(best.model_dump_json())) == best


def test_what_a_later_version_adds_is_passed_over_and_what_an_older_lacks_has_a_default() -> None:
    assert read_best({**RIGHT, "later": [1]}) == Best(metric="fcd", value=12.5, step=300, epoch=0.0, epoch_end=False)


@pytest.mark.parametrize(
    "changes",
    [
        {"metric": "kid"}, {"metric": None}, {"value": "low"}, {"value": float("nan")}, {"value": float("inf")},
        {"value": -1.0}, {"value": 1e13}, {"step": -1}, {"step": 0.5}, {"step": 10**13}, {"step": None}, {"samples": 1},
        {"epoch": float("inf")}, {"epoch": -0.1}, {"format": 2},
    ],
    ids=str,
)  # fmt: skip
def test_what_cannot_be_a_best_is_none(changes: dict[str, Any]) -> None:
    assert read_best(RIGHT | changes) is None


@pytest.mark.parametrize("tree", [None, [], "best", 7, {}, {"value": 1.0}], ids=str)
def test_what_names_none_is_none(tree: object) -> None:
    assert read_best(tree) is None


def test_the_lowest_of_the_judged_steps_is_the_best_and_of_equals_the_first() -> None:
    judged = [judgement(100, 40.0), *rows(101, 200), judgement(200, 12.5), judgement(250, 12.5), judgement(300, 30.0)]
    assert choose_best(judged, [100, 200, 250, 300]) == Best(
        metric="fcd", value=12.5, samples=2000, step=200, epoch=2.0, epoch_end=True
    )


def test_only_steps_that_are_kept_count() -> None:
    judged = [judgement(100, 40.0), judgement(250, 12.5)]
    best = choose_best(judged, [100])
    assert best is not None and best.step == 100
    assert choose_best(judged, [300]) is None
    assert choose_best(rows(1, 10), range(11)) is None


def test_an_epoch_ends_where_it_is_whole() -> None:
    within, at_end = choose_best([judgement(250, 9.0)], [250]), choose_best([judgement(300, 9.0)], [300])
    assert within is not None and at_end is not None
    assert (within.epoch_end, at_end.epoch_end) == (False, True)


@pytest.mark.parametrize("value", [None, "low", float("nan"), -1.0, [9.0]], ids=str)
def test_a_row_whose_score_is_none_is_passed_over(value: Any) -> None:
    best = choose_best([judgement(100, 40.0), judgement(200, 0.0) | {"fcd": value}], [100, 200])
    assert best is not None and best.step == 100
