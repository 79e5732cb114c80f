"""Facts about how a run's quality went, with rows small enough to see the answer."""

import subprocess
import sys
from collections.abc import Sequence

import pytest

from dcgan.quality.trend import Trend, find_decline, find_trend
from dcgan.runs.judgements import Judged, read_judged
from fake_runs import judged_rows


def rows(values: Sequence[object]) -> list[dict[str, object]]:
    return [{"step": 100 * place, "fcd": value} for place, value in enumerate(values, start=1)]


def judge(*fcds: float, kid: float | None = None) -> list[Judged]:
    """Judgements with these distances, every half epoch; KID follows unless it is given."""
    read = [read_judged(row if kid is None else row | {"kid": kid}) for row in judged_rows(fcds)]
    return [one for one in read if one is not None]


@pytest.mark.parametrize(
    ("values", "trend"),
    [
        ([40.0], Trend(0, 0, None)),
        ([40.0, 20.0, 10.0], Trend(2, 2, None)),
        ([40.0, 10.0, 10.0], Trend(1, 2, None)),  # the first of two that are equal
        # 1.25 x 10 = 12.5: what lies on it is not worse, and two judgements are too few.
        ([10.0, 12.5, 12.5, 12.5], Trend(0, 3, None)),
        ([10.0, 12.6, 12.6], Trend(0, 2, None)),
        ([10.0, 12.6, 12.6, 12.6], Trend(0, 3, 0)),
        # Worse since the third, which was within the spread.
        ([20.0, 10.0, 12.0, 13.0, 15.0, 30.0], Trend(1, 5, 2)),
        # A bad time that is over, and one good judgement that ends it.
        ([10.0, 30.0, 30.0, 30.0, 11.0], Trend(0, 4, None)),
        ([10.0, 30.0, 11.0, 30.0, 30.0, 30.0], Trend(0, 5, 2)),
        # What was bad before the best says nothing.
        ([90.0, 80.0, 70.0, 10.0], Trend(3, 3, None)),
        ([0.0, 1e-9, 1e-9, 1e-9], Trend(0, 3, 0)),
    ],
)
def test_the_best_and_since_when_it_is_worse(values: Sequence[float], trend: Trend) -> None:
    assert find_trend(rows(values)) == trend


def test_rows_of_steps_between_are_no_judgements_and_places_count_all_rows() -> None:
    mixed = [{"step": 1, "d_loss": 1.0}, {"step": 1, "fcd": 10.0}, {"step": 2, "d_loss": 1.0}, {"step": 2, "fcd": 20.0}]
    assert find_trend(mixed) == Trend(best=1, last=3, worse_since=None)
    assert find_trend([{"step": 1, "d_loss": 1.0}]) is None
    assert find_trend([]) is None


@pytest.mark.parametrize("value", [None, "9", [1.0], True, float("nan"), float("inf"), -1.0, 10**400, {}], ids=type)
def test_what_is_no_number_is_no_judgement(value: object) -> None:
    assert find_trend(rows([value])) is None
    assert find_trend(rows([20.0, value, 10.0, value])) == Trend(2, 2, None)


@pytest.mark.parametrize(
    ("kids", "spread", "since"),
    [
        # 0.3 - 0.1 = 0.2: more than both spreads of 0.05, less than both of 0.15.
        ([0.1, 0.3, 0.3, 0.3], 0.05, 0),
        ([0.1, 0.3, 0.3, 0.3], 0.15, None),
        ([0.1, 0.3, 0.1, 0.3, 0.3, 0.3], 0.05, 0),  # KID only confirms the last three
        ([0.1, 0.3, 0.3, 0.1, 0.3, 0.3], 0.05, None),
        ([0.1, None, None, None], 0.05, 0),
        ([None, 0.0, 0.0, 0.0], 0.05, 0),
    ],
)
def test_kid_must_agree_where_it_was_measured(kids: Sequence[object], spread: float, since: int | None) -> None:
    judged = [
        {"fcd": 10.0 if place == 0 else 30.0, "kid": kid, "kid_deviation": spread} for place, kid in enumerate(kids)
    ]
    assert find_trend(judged) == Trend(0, len(kids) - 1, since)


def test_another_metric_can_be_asked_for() -> None:
    assert find_trend([{"kid": 0.2, "fcd": 1.0}, {"kid": 0.1, "fcd": 2.0}], metric="kid") == Trend(1, 1, None)


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


def test_it_needs_no_scikit_learn_no_streamlit_and_no_tensorflow() -> None:
    code = "import sys, dcgan.quality.trend; print({'sklearn', 'scipy', 'streamlit', 'tensorflow'} & {*sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
