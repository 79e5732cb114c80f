"""Facts about judgements: which rows are one, and which is the best."""

import math

import pytest

from dcgan.runs.judgements import Judged, find_best, read_judged
from fake_runs import judged_rows


def judge(*fcds: float) -> list[Judged]:
    """Judgements with these distances, every half epoch."""
    read = [read_judged(row) for row in judged_rows(fcds)]
    return [one for one in read if one is not None]


def test_a_row_of_training_is_no_judgement() -> None:
    assert read_judged({"step": 1, "epoch": 0.1, "seconds": 1.0, "d_loss": 1.0}) is None


@pytest.mark.parametrize(
    "nonsense",
    [
        {"fcd": None}, {"fcd": math.nan}, {"fcd": math.inf}, {"fcd": -1.0}, {"fcd": "far"}, {"fcd": 10**400},
        {"step": None}, {"step": -1}, {"epoch": math.nan}, {"samples": 0}, {"class_shares": [2.0]},
        {"class_shares": [0.001] * 201}, {"class_shares": "all"}, {"kid_deviation": -1.0},
    ],
)  # fmt: skip
def test_a_row_that_says_nonsense_is_no_judgement(nonsense: dict[str, object]) -> None:
    (row,) = judged_rows([12.5])
    assert read_judged(row) is not None
    assert read_judged(row | nonsense) is None


def test_a_row_without_one_of_its_numbers_is_no_judgement_but_classes_may_be_unknown() -> None:
    (row,) = judged_rows([12.5])
    assert read_judged({name: value for name, value in row.items() if name != "kid"}) is None
    known = read_judged({name: value for name, value in row.items() if name != "class_shares"})
    assert known is not None
    assert (known.class_shares, known.missing_classes) == ((), ())


def test_a_class_is_missing_below_a_tenth_of_an_even_share() -> None:
    (row,) = judged_rows([12.5], classes=(0.5, 0.4801, 0.01, 0.0099, 0.0, 0, 0, 0, 0, 0))  # of ten: below 0.01
    judged = read_judged(row)
    assert judged is not None
    assert judged.missing_classes == (3, 4, 5, 6, 7, 8, 9)


def test_the_best_has_the_lowest_distance_and_is_the_first_of_equal_ones() -> None:
    assert find_best([]) is None
    best = find_best(judge(30.0, 12.5, 14.0, 12.5))
    assert best is not None
    assert best.step == 100
