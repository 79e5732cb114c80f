"""Facts about the names of checkpoints, and about the runs that can be drawn from."""

import pytest

from dcgan.runs.labels import Labels
from dcgan.runs.status import RunStatus, StatusRecord
from dcgan.runs.store import ListedRun
from ui import source, text


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text, "language", lambda: "en")


@pytest.mark.parametrize(("choice", "words"), [("last", "4,000"), ("2000", "2,000"), ("<b>", "<b>"), ("²", "²")])
def test_a_checkpoint_is_named_by_its_step_and_what_is_none_by_itself(choice: str, words: str) -> None:
    assert words in source._name_checkpoint(choice, [2000, 4000])


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
