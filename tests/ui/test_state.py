"""Facts about what all sessions share, and about what one session remembers."""

from pathlib import Path
from typing import Any

import pytest

from dcgan.runs.errors import RunNotFoundError
from dcgan.runs.status import RunStatus
from dcgan.runs.store import RunStore
from fake_runs import make_run
from ui import state

RUN, OTHER = "a-run", "another-run"


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """A session's own memory, and an empty address."""
    memory: dict[str, Any] = {}
    monkeypatch.setattr(state.st, "session_state", memory)
    monkeypatch.setattr(state.st, "query_params", {})
    return memory


def test_runs_are_where_the_environment_says_else_beside_the_app(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DCGAN_RUNS", "elsewhere")
    assert state.desk().folder == tmp_path / "elsewhere"
    for unset in (lambda: monkeypatch.setenv("DCGAN_RUNS", ""), lambda: monkeypatch.delenv("DCGAN_RUNS")):
        unset()
        assert state.desk().folder == tmp_path / "runs"


def test_all_sessions_share_one_manager_and_one_reader_a_run() -> None:
    run = make_run(RunStore(state.desk().folder), RunStatus.STOPPED, step=0)
    assert state.desk()._manager is state.desk()._manager
    assert state.watch(run.run_id) is state.watch(run.run_id)
    assert state.watch(run.run_id).run.run_dir == run.run_dir


def test_another_folder_has_another_manager(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = state.desk()._manager
    monkeypatch.setenv("DCGAN_RUNS", str(tmp_path / "other"))
    assert state.desk()._manager is not first
    assert state.desk().folder == tmp_path / "other"


@pytest.mark.parametrize("name", ["../../etc", "", "20261123-142530-fashion-mnist-0000000000000000"])
def test_a_name_that_is_no_runs_has_no_reader(name: str) -> None:
    with pytest.raises(RunNotFoundError):
        state.watch(name)


def test_run_and_language_come_back_into_an_address_that_a_page_switch_emptied(session: dict[str, Any]) -> None:
    state.st.query_params.update({"run": RUN, "lang": "tr", "other": "x"})
    state.keep_address()
    state.st.query_params.clear()
    state.keep_address()
    assert dict(state.st.query_params) == {"run": RUN, "lang": "tr"}


def test_what_the_address_says_goes_before_what_was_kept(session: dict[str, Any]) -> None:
    state.choose_run(RUN)
    state.keep_address()
    state.st.query_params["run"] = OTHER
    state.keep_address()
    state.st.query_params.clear()
    state.keep_address()
    assert state.chosen_run() == OTHER


def test_a_run_that_was_left_does_not_come_back(session: dict[str, Any]) -> None:
    state.choose_run(RUN)
    state.keep_address()
    state.choose_run(None)
    state.keep_address()
    assert state.chosen_run() is None


def test_a_wish_is_passed_on_once_and_shown_until_it_is_forgotten(session: dict[str, Any]) -> None:
    state.note_wish(RUN, "pause")
    assert [state.take_untold_wish(RUN), state.take_untold_wish(RUN)] == ["pause", None]
    assert state.noted_wish(RUN) == "pause"
    state.forget_wish()
    assert state.noted_wish(RUN) is None


def test_a_wish_of_one_run_is_none_of_another(session: dict[str, Any]) -> None:
    state.note_wish(RUN, "stop")
    assert state.noted_wish(OTHER) is None
    assert state.take_untold_wish(OTHER) is None


def test_a_wish_that_nobody_answers_is_shown_no_more(session: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(state.time, "time", lambda: 1000.0)
    state.note_wish(RUN, "pause")
    monkeypatch.setattr(state.time, "time", lambda: 1000.0 + state.HEARD_SECONDS - 1)
    assert state.noted_wish(RUN) == "pause"
    monkeypatch.setattr(state.time, "time", lambda: 1000.0 + state.HEARD_SECONDS)
    assert state.noted_wish(RUN) is None


def test_a_later_wish_takes_the_place_of_an_earlier_one(session: dict[str, Any]) -> None:
    state.note_wish(RUN, "pause")
    state.note_wish(RUN, "stop")
    assert (state.noted_wish(RUN), state.take_untold_wish(RUN)) == ("stop", "stop")


def test_a_session_holds_ids_and_times_alone(session: dict[str, Any]) -> None:
    state.choose_run(RUN)
    state.keep_address()
    state.note_wish(RUN, "pause")
    flat = [part for value in session.values() for part in (value if isinstance(value, tuple) else (value,))]
    assert flat and all(isinstance(part, str | float) for part in flat)
