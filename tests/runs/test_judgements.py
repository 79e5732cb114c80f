"""Facts about judgements: which rows are one, which is the best, and when a run gets worse."""

import math

import pytest

from dcgan.runs.judgements import Judged, find_best, find_decline, read_judged
from fake_runs import judged_rows


def judge(*fcds: float, kid: float | None = None) -> list[Judged]:
    """Judgements with these distances, every half epoch; KID follows unless it is given."""
    rows = judged_rows(fcds)
    read = [read_judged(row if kid is None else row | {"kid": kid}) for row in rows]
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


@pytest.mark.parametrize(
    ("fcds", "since"),
    [
        ((), None),
        ((30, 20), None),
        ((90, 60, 40, 30, 25), None),  # better and better
        ((90, 20, 24, 22, 25, 23), None),  # as good as before: 25 is not above 1.25 * 20
        ((90, 20, 26, 26), None),  # worse, but only twice so far
        ((20, 26, 26, 26), 50),  # all of the last three above 25; good for the last time at the first
        ((90, 20, 24, 26, 30, 40), 150),  # 24 is still as good
        ((90, 20, 30, 40, 24, 30), None),  # it came back
        ((90, 20, 30, 40, 24, 26, 30, 40), 250),
        ((90, 20, 30, 40, 50, 19), None),  # a new best
    ],
)
def test_a_run_gets_worse_when_its_last_three_judgements_are_far_above_the_best(
    fcds: tuple[float, ...], since: int | None
) -> None:
    found = find_decline(judge(*fcds))
    assert (None if found is None else found.step) == since


def test_what_kid_does_not_see_is_not_called_worse() -> None:
    """Both numbers must say so: the last KID is within both spreads of the best's."""
    assert find_decline(judge(20, 40, 50, 60)) is not None
    assert find_decline(judge(20, 40, 50, 60, kid=13.0)) is None
