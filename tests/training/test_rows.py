"""Facts about the rows that a call of the GAN becomes."""

import pytest

from dcgan.training.loop import StepsDone
from dcgan.training.problems import TrainingProblem
from dcgan.training.rows import to_rows


def done(*losses: float, step: int = 12) -> StepsDone:
    return StepsDone(step=step, epoch=1.2, epoch_end=False, metrics=[{"d_loss": loss} for loss in losses])


def test_a_call_of_two_steps_is_two_rows_that_end_at_its_step() -> None:
    rows = to_rows(done(1.0, 2.0000004), steps_per_epoch=10, seconds=3.14159, rate=99.96)
    assert rows == [
        {"step": 11, "epoch": 1.1, "seconds": 3.142, "d_loss": 1.0, "images_per_second": 100.0},
        {"step": 12, "epoch": 1.2, "seconds": 3.142, "d_loss": 2.0, "images_per_second": 100.0},
    ]


def test_a_rate_that_is_not_known_yet_is_none() -> None:
    assert to_rows(done(1.0), 10, 0.0, None)[0]["images_per_second"] is None


@pytest.mark.parametrize("loss", [float("nan"), float("inf"), float("-inf")])
def test_the_first_step_that_is_no_number_is_named(loss: float) -> None:
    with pytest.raises(TrainingProblem) as caught:
        to_rows(done(1.0, loss, loss), 10, 0.0, None)
    assert (caught.value.problem.code, caught.value.problem.values) == ("non-finite", {"step": 11})
