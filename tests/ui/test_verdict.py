"""Facts about the sentence on how good a run's images are."""

import pytest

from dcgan.config import Config, build_config
from dcgan.runs.judgements import Judged
from dcgan.runs.status import RunStatus, StatusRecord
from fake_runs import judged_rows
from ui import text
from ui.verdict import draw_verdict, why_unknown

BEST = {"metric": "fcd", "value": 20.0, "samples": 2000, "step": 100, "epoch": 1.0}
CONFIG = build_config("notebook")


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text, "language", lambda: "en")


def judge(*fcds: float) -> list[Judged]:
    return [Judged.model_validate(row) for row in judged_rows(fcds)]


def running(**changes: object) -> StatusRecord:
    return StatusRecord(status=RunStatus.RUNNING, seconds=300.0).changed(**changes)


def test_the_best_so_far_is_named_with_its_epoch_and_distance() -> None:
    said = draw_verdict(running(), CONFIG, judge(90, 12.3, 14))
    assert "Best so far: epoch <b>1</b>, FCD <b>12.3</b>" in said
    assert "worse" not in said
    assert "Best: epoch <b>0.5</b>, FCD <b>9.00</b>" in draw_verdict(
        running(status=RunStatus.FINISHED), CONFIG, judge(9)
    )


def test_since_when_it_has_been_getting_worse_is_said_with_what_is_safe() -> None:
    said = draw_verdict(running(best=BEST), CONFIG, judge(90, 20, 24, 30, 40, 50))
    assert "Best so far: epoch <b>1</b>, FCD <b>20.0</b>" in said
    assert "Since epoch 1.5 the images have been getting worse" in said and "the last one at 50.0" in said
    assert "Generate offers it" in said


def test_a_best_checkpoint_that_is_not_kept_is_not_promised() -> None:
    said = draw_verdict(running(status=RunStatus.STOPPED), CONFIG, judge(90, 20, 24, 30, 40, 50))
    assert "After epoch 1.5 the images got worse" in said
    assert "Generate" not in said


def without_judging() -> Config:
    return CONFIG.model_copy(update={"saving": CONFIG.saving.model_copy(update={"live_quality": False})})


def of_other_data() -> Config:
    return CONFIG.model_copy(update={"data": CONFIG.data.model_copy(update={"dataset": "my-cats"})})


@pytest.mark.parametrize(
    ("status", "seconds", "phase", "config", "why"),
    [
        (RunStatus.RUNNING, 5.0, "training", CONFIG, "soon"),
        (RunStatus.PAUSED, 5.0, "", CONFIG, "soon"),
        (RunStatus.RUNNING, 25.0, "training", CONFIG, "first"),
        (RunStatus.RUNNING, 500.0, "judging", CONFIG, "first"),
        (RunStatus.RUNNING, 500.0, "training", CONFIG, "unknown"),
        (RunStatus.FINISHED, 5.0, "", CONFIG, "short"),
        (RunStatus.FINISHED, 500.0, "", CONFIG, "unknown"),
        (RunStatus.FINISHED, 5.0, "", without_judging(), "off"),
        (RunStatus.FINISHED, 500.0, "", of_other_data(), "no_classifier"),
        (RunStatus.RUNNING, 5.0, "training", of_other_data(), "no_classifier"),
    ],
)
def test_a_run_without_judgements_says_why(
    status: RunStatus, seconds: float, phase: str, config: Config, why: str
) -> None:
    record = StatusRecord(status=status, seconds=seconds, phase=phase)
    assert why_unknown(record, config) == why
    assert text.t(f"verdict.{why}", seconds=20) in draw_verdict(record, config, []).replace("&quot;", '"')
