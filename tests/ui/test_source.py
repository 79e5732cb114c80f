"""Facts about the names of checkpoints, and about the runs that can be drawn from."""

import pytest

from dcgan.runs.best import Best
from dcgan.runs.labels import Labels
from dcgan.runs.status import RunStatus, StatusRecord
from dcgan.runs.store import ListedRun
from ui import source, text
from ui.best import Standing


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text, "language", lambda: "en")


@pytest.mark.parametrize(("choice", "words"), [("last", "4,000"), ("2000", "2,000"), ("<b>", "<b>"), ("²", "²")])
def test_a_checkpoint_is_named_by_its_step_and_what_is_none_by_itself(choice: str, words: str) -> None:
    assert words in source._name_checkpoint(choice, [2000, 4000])


def test_the_best_is_named_by_its_epoch_and_its_score() -> None:
    best = Best(metric="fcd", value=12.34, step=2500, epoch=6.0)
    assert source._name_checkpoint("best", [2500, 4000], best) == "best · epoch 6 · FCD 12.3"
    assert source._name_checkpoint("best", [2500, 4000]) == "best"  # where there is none, it is what the address says


@pytest.mark.parametrize(
    ("standing", "choice"),
    [
        (Standing(None), "last"),
        (Standing(Best(metric="fcd", value=1.0, step=100)), "last"),
        (Standing(Best(metric="fcd", value=1.0, step=100), is_past=True), "best"),
    ],
)
def test_the_best_is_chosen_first_where_it_is_not_the_last(standing: Standing, choice: str) -> None:
    assert source._first_choice(standing) == choice


@pytest.mark.parametrize(("choice", "step"), [("2000", 2000), ("0", 0), ("-1", None), ("²", None), ("last", None)])
def test_only_a_whole_number_is_a_step(choice: str, step: int | None) -> None:
    assert source._to_step(choice) == step


def test_the_newest_run_that_has_begun_and_has_a_checkpoint_is_chosen_first(monkeypatch: pytest.MonkeyPatch) -> None:
    steps = {"waits": [], "young": [], "drawable": [100], "older": [100]}
    monkeypatch.setattr(source, "list_steps", steps.__getitem__)

    class Desk:
        @staticmethod
        def get(run_id: str) -> str:
            return run_id

    monkeypatch.setattr(source.state, "desk", Desk)
    runs = [
        ListedRun(name, StatusRecord(status=RunStatus.STOPPED, step=0 if name == "waits" else 10), labels=Labels())
        for name in steps
    ]
    assert source._newest_drawable(runs) == "drawable"
    assert source._newest_drawable(runs[:2]) == "waits"
