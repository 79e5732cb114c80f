"""Facts about judging on demand: in turn, with progress, cancelled, and killed for real."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from dcgan.runs import judging as module
from dcgan.runs.errors import LimitError
from dcgan.runs.judging import Judges, Judging
from dcgan.runs.run import Run
from dcgan.runs.store import RunStore
from drawable_runs import make_drawable

STEPS = (100, 200)
# Says how far it is, and then does as the rest of its code says.
WORKER = """
import json, os, pathlib, sys, threading
run_dir, samples, progress, *steps = sys.argv[1:]
pathlib.Path(progress).write_text(json.dumps({"phase": "drawing", "index": 1, "done": 30, "total": int(samples)}))
"""
WAITS = WORKER + "sys.stdin.read(); os._exit(1)"


class Office:
    """A machine's line, and workers that are written on the spot."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder, self.judges, self._patch = folder, Judges(folder / "state"), monkeypatch
        monkeypatch.setenv("PYTHONPATH", str(folder))
        self.runs: list[Run] = []

    def make_run(self) -> Run:
        self.runs.append(make_drawable(RunStore(self.folder / "runs"), STEPS))
        return self.runs[-1]

    def start(self, code: str | None = None, owner: str = "") -> Run:
        """Begin to judge a new run; by the real worker where no code is given."""
        if code is not None:
            (self.folder / "made_judge.py").write_text(code)
            self._patch.setattr(module, "WORKER_MODULE", "made_judge")
        run = self.make_run()
        self.judges.start(run, STEPS, 100, owner)
        return run

    def wait(self, run: Run, is_right: Callable[[Judging], bool]) -> Judging:
        deadline = time.monotonic() + 60
        while not is_right(state := self.find(run)):
            assert time.monotonic() < deadline, state
            time.sleep(0.02)
        return state

    def find(self, run: Run) -> Judging:
        found = self.judges.find(run.run_id)
        assert found is not None
        return found


def workers() -> list[psutil.Process]:
    """Processes of this one that judge."""
    children = psutil.Process().children()
    return [child for child in children if {"made_judge", "dcgan.quality.judge"} & {*child.cmdline()}]


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    made = Office(tmp_path, monkeypatch)
    yield made
    for run in made.runs:
        made.judges.cancel(run.run_id)
    for run in made.runs:
        if made.judges.find(run.run_id) is not None:
            made.wait(run, lambda state: not state.is_active)


def test_a_job_tells_how_far_it_is_and_is_done(office: Office) -> None:
    run = office.start(WORKER + "sys.stdin.readline() if 'slow' in steps else None")
    assert office.wait(run, lambda state: not state.is_active).phase == "done"
    assert not list((office.folder / "state" / "judging").iterdir())


def test_a_cancelled_job_ends_its_process(office: Office) -> None:
    run = office.start(WAITS)
    state = office.wait(run, lambda state: state.phase == "drawing")
    assert (state.index, state.done, state.total) == (1, 30, 100)
    office.judges.cancel(run.run_id)
    ended = office.wait(run, lambda state: not state.is_active)
    assert ended.phase == "cancelled" and ended.problem is None and not workers()


@pytest.mark.parametrize("code", [WAITS, None])
def test_a_killed_worker_leaves_a_sentence_and_no_half_result_and_the_next_has_its_turn(
    office: Office, code: str | None
) -> None:
    run = office.start(code)
    office.wait(run, lambda state: state.phase not in ("waiting",) and bool(workers()))
    os.kill(workers()[0].pid, signal.SIGKILL)
    ended = office.wait(run, lambda state: not state.is_active)
    assert ended.phase == "failed" and ended.problem is not None and ended.problem.code == "judging-killed"
    assert not list(run.run_dir.glob("evaluations*"))
    after = office.start(WORKER)
    assert office.wait(after, lambda state: not state.is_active).phase == "done"


def test_a_worker_that_refuses_says_why(office: Office) -> None:
    refusal = 'pathlib.Path(progress).write_text(json.dumps({"problem": "no classifier"})); sys.exit(2)'
    state = office.wait(office.start(WORKER + refusal), lambda state: not state.is_active)
    assert state.problem is not None
    assert (state.problem.code, state.problem.values["detail"]) == ("judging-failed", "no classifier")


def test_one_is_judged_at_a_time_and_the_others_know_their_place(office: Office) -> None:
    first = office.start(WAITS)
    office.wait(first, lambda state: state.phase == "drawing")
    second = office.start(WAITS)
    assert office.wait(second, lambda state: state.position is not None).phase == "waiting"
    assert len(workers()) == 1
    office.judges.cancel(first.run_id)
    office.wait(second, lambda state: state.phase == "drawing")


def test_two_servers_share_the_line(office: Office) -> None:
    office.wait(office.start(WAITS), lambda state: state.phase == "drawing")
    other, run = Judges(office.folder / "state"), office.make_run()
    other.start(run, STEPS, 100)
    deadline = time.monotonic() + 60
    while (state := other.find(run.run_id)) is None or state.position is None:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert state.phase == "waiting"
    other.cancel(run.run_id)
    while (state := other.find(run.run_id)) is not None and state.is_active:
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_hung_worker_is_ended(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "HUNG_SECONDS", 0.5)
    state = office.wait(office.start(WAITS), lambda state: not state.is_active)
    assert state.problem is not None and state.problem.code == "judging-hung" and not workers()


def test_a_visitor_has_one_job_and_a_run_one_too(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    run = office.start(WAITS, owner="a")
    with pytest.raises(LimitError):
        office.start(WAITS, owner="a")
    office.judges.start(run, STEPS, 100, "a")  # goes on already
    monkeypatch.setattr(module, "MOST", 1)
    with pytest.raises(LimitError):
        office.start(WAITS)
