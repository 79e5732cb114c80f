"""Facts about the words and numbers by which a run is listed."""

import time

import pytest
from pydantic import ValidationError

from dcgan.runs.status import ACTIVE, RESUMABLE, Problem, RunStatus, StatusRecord


def test_states_are_their_words_also_for_classes_that_a_hot_reload_made_anew() -> None:
    assert RunStatus.PAUSED == "paused"
    assert "paused" in ACTIVE


def test_every_state_is_active_resumable_or_finished() -> None:
    assert ACTIVE | RESUMABLE | {RunStatus.FINISHED} == set(RunStatus)
    assert not ACTIVE & RESUMABLE


def test_a_record_comes_back_from_json_as_it_was() -> None:
    problem = Problem(code="worker-died", values={"signal": "SIGSEGV"})
    record = StatusRecord(status=RunStatus.INTERRUPTED, step=7, losses={"d_loss": 1.386}, error=problem)
    assert StatusRecord.model_validate_json(record.model_dump_json(exclude_none=True)) == record


def test_keys_of_a_later_version_are_passed_over() -> None:
    text = '{"status": "failed", "mood": "good", "error": {"code": "x", "blame": "nobody"}}'
    assert StatusRecord.model_validate_json(text).error == Problem(code="x")


@pytest.mark.parametrize("text", ["{}", '{"status": "dancing"}', '{"status": "paused", "step": "many"}', "[]"])
def test_what_is_no_record_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        StatusRecord.model_validate_json(text)


def test_a_change_leaves_the_old_record_and_brings_a_new_heartbeat() -> None:
    old = StatusRecord(status=RunStatus.RUNNING, step=1)
    new = old.changed(step=2)
    assert (old.step, old.heartbeat) == (1, 0.0)
    assert new.step == 2
    assert new.heartbeat == pytest.approx(time.time(), abs=5)


def test_a_change_may_carry_an_old_heartbeat() -> None:
    assert StatusRecord(status=RunStatus.RUNNING).changed(heartbeat=5.0).heartbeat == 5.0


@pytest.mark.parametrize(
    ("status", "phase", "expected"),
    [
        (RunStatus.RUNNING, "downloading", (3, 9)),
        (RunStatus.RUNNING, "training", None),
        (RunStatus.PAUSED, "downloading", None),
        (RunStatus.INTERRUPTED, "downloading", None),  # as it was written when the worker was killed
    ],
)
def test_only_a_run_that_goes_on_downloads(status: RunStatus, phase: str, expected: tuple[int, int] | None) -> None:
    record = StatusRecord(status=status, phase=phase, data_bytes=(3, 9))
    assert StatusRecord.model_validate_json(record.model_dump_json(exclude_none=True)).downloading == expected
    assert record.changed(data_bytes=None).downloading is None


def test_the_time_left_is_that_of_the_steps_left_at_the_average_speed() -> None:
    record = StatusRecord(status=RunStatus.RUNNING, step=100, steps=400, seconds=50.0)
    assert record.seconds_left == 150.0  # 50 s / 100 steps * 300 steps


def test_the_first_call_with_its_preparations_is_no_measure_of_the_time_left() -> None:
    values = {"step": 11, "steps": 111, "seconds": 3.4, "paced_from": (1, 2.4)}
    assert StatusRecord(status=RunStatus.RUNNING, **values).seconds_left == pytest.approx(10.0)  # 1 s / 10 steps * 100
    first = {"step": 1, "steps": 111, "seconds": 2.4, "paced_from": (1, 2.4)}
    assert StatusRecord(status=RunStatus.RUNNING, **first).seconds_left is None


@pytest.mark.parametrize(
    "values", [{}, {"step": 5, "steps": 9}, {"seconds": 3.0, "steps": 9}, {"step": 9, "seconds": 1.0}]
)
def test_the_time_left_is_not_guessed(values: dict[str, float]) -> None:
    assert StatusRecord(status=RunStatus.RUNNING, **values).seconds_left is None


@pytest.mark.parametrize(
    ("status", "code", "can"),
    [
        (RunStatus.STOPPED, None, True),
        (RunStatus.INTERRUPTED, "worker-died", True),
        (RunStatus.FAILED, "disk-full", True),
        (RunStatus.FAILED, "non-finite", False),  # the same bits lead to the same infinity
        (RunStatus.FAILED, "data-changed", True),  # the old data may come back
        (RunStatus.FINISHED, None, False),
        (RunStatus.RUNNING, None, False),
    ],
)
def test_what_rests_can_be_resumed_unless_it_would_fail_the_same_way(
    status: RunStatus, code: str | None, can: bool
) -> None:
    record = StatusRecord(status=status, error=None if code is None else Problem(code=code))
    assert record.can_resume == can


def test_a_run_from_a_thin_bundle_cannot_go_on() -> None:
    assert StatusRecord(status=RunStatus.STOPPED).can_resume
    assert not StatusRecord(status=RunStatus.STOPPED, thin=True).can_resume
