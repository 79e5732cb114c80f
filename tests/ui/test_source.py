"""Facts about the names of runs and checkpoints that can be chosen."""

import pytest

from dcgan.runs.status import RunStatus, StatusRecord
from ui import source

IDS = [f"20261123-142530-fashion-mnist-{digit * 16}" for digit in "abc"]


@pytest.fixture(autouse=True)
def in_istanbul(monkeypatch: pytest.MonkeyPatch) -> None:
    class Context:
        timezone, locale = "Europe/Istanbul", "en"

    monkeypatch.setattr(source.st, "context", Context())


def made(moment: float) -> StatusRecord:
    return StatusRecord(status=RunStatus.FINISHED, preset="stable", dataset="fashion-mnist", created=moment)


def test_a_run_is_named_by_recipe_data_and_the_time_on_the_readers_clock() -> None:
    noon = 1_795_521_600.0  # 2026-11-24 12:00 UTC
    assert source._name_apart({IDS[0]: made(noon)}) == {IDS[0]: "stable · fashion-mnist · 2026-11-24 15:00"}


def test_runs_of_one_minute_are_told_apart() -> None:
    names = source._name_apart({IDS[0]: made(60.0), IDS[1]: made(119.0), IDS[2]: made(120.0)})
    assert len(set(names.values())) == 3
    assert [name.endswith((" · aaaa", " · bbbb")) for name in names.values()] == [True, True, False]


def test_an_unknown_clock_is_universal_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source.st.context, "timezone", "Nowhere/At-All", raising=False)
    assert source._when(0.0) == "1970-01-01 00:00"
