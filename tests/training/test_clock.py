"""Facts about training time, on a clock that the test turns."""

import pytest

from dcgan.training import clock
from dcgan.training.clock import TrainingClock


class _Time:
    now = 100.0

    def perf_counter(self) -> float:
        return self.now


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> _Time:
    fake = _Time()
    monkeypatch.setattr(clock, "time", fake)
    return fake


def test_a_resumed_clock_goes_on_from_the_seconds_it_had(time: _Time) -> None:
    counting = TrainingClock(50.0)
    time.now += 3
    assert counting.seconds == pytest.approx(53)


def test_a_pause_is_left_out(time: _Time) -> None:
    counting = TrainingClock()
    time.now += 10
    began = counting.seconds
    time.now += 1000
    counting.leave_out(began)
    time.now += 5
    assert counting.seconds == pytest.approx(15)


def test_the_rate_is_that_of_the_last_two_seconds(time: _Time) -> None:
    counting = TrainingClock()
    assert counting.rate(0) is None
    time.now += 1
    assert counting.rate(100) == pytest.approx(100)
    for count in (200, 300, 700, 1100):
        time.now += 1
        rate = counting.rate(count)
    assert rate == pytest.approx(400)  # 300 -> 1,100 in two seconds
