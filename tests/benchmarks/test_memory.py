"""Facts about the verdicts on a small host's memory."""

import pytest

from benchmarks.memory import Figures, claims


def whole() -> Figures:
    return Figures(anonymous_mb=450.0, limited_steps=600, limited_mb=1024.0, greedy_end="worker-killed", is_alive=True)


def test_a_host_that_suffices_keeps_all_limits() -> None:
    assert all(claim.kept for claim in claims(whole()))


@pytest.mark.parametrize(
    "change",
    [
        {"anonymous_mb": 1100.0}, {"limited_steps": 0}, {"greedy_end": "finished"}, {"greedy_end": "unexpected"},
        {"is_alive": False}, {"limited_steps": None}, {"greedy_end": None}, {"is_alive": None},
    ],
)  # fmt: skip
def test_each_figure_can_miss_its_limit_and_one_that_was_not_taken_does(change: dict[str, object]) -> None:
    figures = whole()
    for name, value in change.items():
        setattr(figures, name, value)
    assert [claim.kept for claim in claims(figures)].count(False) == 1
