import pytest

from dcgan.runs.status import RunStatus, StatusRecord
from ui import live, verbs


def test_every_state_offers_its_verbs_and_at_most_one_main_button() -> None:
    assert set(verbs.OFFERS) == {status.value for status in RunStatus}
    assert all(sum(main for _, main in offers) <= 1 for offers in verbs.OFFERS.values())


@pytest.mark.parametrize(
    ("status", "step", "seconds"),
    [
        (RunStatus.RUNNING, 0, 0.5),  # somebody waits for the first point
        (RunStatus.RUNNING, 1, 2.0),
        (RunStatus.QUEUED, 0, 2.0),
        (RunStatus.PAUSED, 9, 2.0),
        (RunStatus.STOPPED, 9, 5.0),
        (RunStatus.FINISHED, 9, None),
    ],
)
def test_a_view_looks_as_often_as_somebody_waits_for_it(status: RunStatus, step: int, seconds: float | None) -> None:
    assert live._interval(StatusRecord(status=status, step=step)) == seconds
