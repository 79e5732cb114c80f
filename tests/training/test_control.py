"""Facts about wishes and their precedence."""

from pathlib import Path

import pytest

from dcgan.config import build_config
from dcgan.runs.run import Run
from dcgan.runs.store import RunStore
from dcgan.training import control
from dcgan.training.control import Control, Wish


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setattr(control, "POLL_SECONDS", 0.0)
    return RunStore(tmp_path).create(build_config("stable"))


def test_nothing_asked_means_go(run: Run) -> None:
    assert Control(run).poll() == Wish.GO


def test_pause_and_resume_follow_each_other(run: Run) -> None:
    steering = Control(run)
    run.request("pause")
    assert steering.poll() == Wish.PAUSE
    run.request("resume")
    assert steering.poll() == Wish.GO


@pytest.mark.parametrize("later", ["pause", "resume"])
def test_stop_always_wins(run: Run, later: str) -> None:
    steering = Control(run)
    run.request("stop")
    run.request(later)  # type: ignore[arg-type]
    assert steering.poll() == Wish.STOP
    steering.ask(Wish.INTERRUPT, "server-ended")
    assert steering.poll() == Wish.STOP


def test_a_stop_after_the_servers_end_is_still_a_stop(run: Run) -> None:
    steering = Control(run)
    steering.ask(Wish.INTERRUPT, "server-ended")
    steering.ask(Wish.GO)
    assert (steering.poll(), steering.reason) == (Wish.INTERRUPT, "server-ended")
    run.request("stop")
    assert steering.poll() == Wish.STOP


def test_requests_before_the_offset_were_for_an_earlier_worker(run: Run) -> None:
    run.request("stop")
    steering = Control(run, run.requests_end())
    assert steering.poll() == Wish.GO
    run.request("pause")
    assert steering.poll() == Wish.PAUSE


def test_every_request_is_reported_as_applied_once(run: Run) -> None:
    steering = Control(run)
    asked = [run.request("pause"), run.request("resume")]
    steering.poll()
    assert steering.take_applied() == asked
    steering.poll()
    assert steering.take_applied() == []


def test_unknown_and_torn_requests_are_passed_over(run: Run) -> None:
    steering = Control(run)
    with (run.run_dir / "requests.jsonl").open("a") as file:
        file.write('{"id":"1","do":"explode"}\n[]\n{"id":"2","do":"pau')
    assert steering.poll() == Wish.GO
    assert steering.take_applied() == []
