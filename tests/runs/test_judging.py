"""Facts about judging on demand: in turn, with progress, cancelled, and killed for real."""

import io
import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from dcgan.latent.generator import open_generator
from dcgan.runs import desk
from dcgan.runs import judging as module
from dcgan.runs.bundle import export_run
from dcgan.runs.desk import Desk
from dcgan.runs.errors import LimitError, NotYoursError, RefusedCheckpointError
from dcgan.runs.evaluations import find_kept, list_kept
from dcgan.runs.gallery import Gallery
from dcgan.runs.judging import Judges, Judging
from dcgan.runs.manager import RunManager
from dcgan.runs.quota import Limits
from dcgan.runs.run import Run
from dcgan.runs.store import RunStore
from dcgan.runs.unpacking import unpack
from dcgan.runs.visitors import LOCAL, Visitor
from drawable_runs import make_drawable, save_full_state

STEPS = (100, 200)
# Says how far it is, and then does as the rest of its code says.
WORKER = """
import json, os, pathlib, sys, threading
run_dir, samples, progress, *steps = sys.argv[1:]
pathlib.Path(progress).write_text(json.dumps({"phase": "drawing", "index": 1, "done": 30, "total": int(samples)}))
"""
ANYBODY = LOCAL.owns
A, B = Visitor("a" * 64), Visitor("b" * 64)
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

    def order(self, code: str) -> None:
        """Have all that begin from now on judge by this code."""
        (self.folder / "made_judge.py").write_text(code)
        self._patch.setattr(module, "WORKER_MODULE", "made_judge")

    def start(self, code: str | None = None, owner: str = "") -> Run:
        """Begin to judge a new run; by the real worker where no code is given."""
        if code is not None:
            self.order(code)
        run = self.make_run()
        self.judges.start(run, STEPS, 100, owner)
        return run

    def wait(self, run: Run, is_right: Callable[[Judging], bool]) -> Judging:
        deadline = time.monotonic() + 60
        while not is_right(state := self.find(run)):
            assert time.monotonic() < deadline, state
            time.sleep(0.02)
        return state

    def end(self, run: Run) -> None:
        """Cancel all that goes on for a run, whoever's it is."""
        while (found := self.judges.find(run.run_id, 200, ANYBODY)) is not None and found.is_active:
            self.judges.cancel(run.run_id, 200, ANYBODY)
            time.sleep(0.02)

    def find(self, run: Run) -> Judging:
        found = self.judges.find(run.run_id, 200, ANYBODY)
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
        made.end(run)


def test_a_job_tells_how_far_it_is_and_is_done(office: Office) -> None:
    run = office.start(WORKER + "sys.stdin.readline() if 'slow' in steps else None")
    assert office.wait(run, lambda state: not state.is_active).phase == "done"
    assert not list((office.folder / "state" / "judging").iterdir())


def test_a_cancelled_job_ends_its_process(office: Office) -> None:
    run = office.start(WAITS)
    state = office.wait(run, lambda state: state.phase == "drawing")
    assert (state.index, state.done, state.total) == (1, 30, 100)
    office.judges.cancel(run.run_id, 200, ANYBODY)
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


@pytest.mark.parametrize(
    ("told", "code", "values"),
    [
        ({"errno": 30}, "judging-disk", {"errno": 30}),
        ({"refused": 1}, "judging-some", {"refused": 1, "count": 2}),
        ({"errno": None}, "judging-failed", {"detail": "x"}),
    ],
)
def test_why_not_all_was_judged_is_told_apart(
    office: Office, told: dict[str, object], code: str, values: dict[str, object]
) -> None:
    refusal = f"pathlib.Path(progress).write_text({json.dumps({'problem': 'x', **told})!r}); sys.exit(2)"
    state = office.wait(office.start(WORKER + refusal), lambda state: not state.is_active)
    assert state.problem is not None and (state.problem.code, state.problem.values) == (code, values)


def test_a_run_that_is_deleted_is_judged_no_more(office: Office) -> None:
    manager = RunManager(RunStore(office.folder / "runs"), office.folder / "state")
    office.judges = manager.judges
    run, waiting = office.start(WAITS), office.start(WAITS)
    office.wait(run, lambda state: state.phase == "drawing")
    for deleted in (waiting, run):
        manager.delete(deleted.run_id)
        assert office.wait(deleted, lambda state: not state.is_active).phase == "cancelled"
    assert not workers() and not run.run_dir.exists()
    manager.restore(run.run_id)
    assert not list(run.run_dir.glob("evaluations*"))


def test_one_is_judged_at_a_time_and_the_others_know_their_place(office: Office) -> None:
    first = office.start(WAITS)
    office.wait(first, lambda state: state.phase == "drawing")
    second = office.start(WAITS)
    assert office.wait(second, lambda state: state.position is not None).phase == "waiting"
    assert len(workers()) == 1
    office.judges.cancel(first.run_id, 200, ANYBODY)
    office.wait(second, lambda state: state.phase == "drawing")


def test_two_servers_share_the_line(office: Office) -> None:
    office.wait(office.start(WAITS), lambda state: state.phase == "drawing")
    other, run = Judges(office.folder / "state"), office.make_run()
    other.start(run, STEPS, 100)
    deadline = time.monotonic() + 60
    while (state := other.find(run.run_id, 200, ANYBODY)) is None or state.position is None:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert state.phase == "waiting"
    other.cancel(run.run_id, 200, ANYBODY)
    while (state := other.find(run.run_id, 200, ANYBODY)) is not None and state.is_active:
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


def test_what_was_cancelled_can_be_asked_for_again_at_once(office: Office) -> None:
    run = office.start(WAITS)
    office.wait(run, lambda state: state.phase == "drawing")
    office.judges.cancel(run.run_id, 200, ANYBODY)
    office.judges.start(run, STEPS, 100)
    office.wait(run, lambda state: state.phase == "waiting")
    office.wait(run, lambda state: state.phase == "drawing")


def test_a_checkpoint_that_is_not_there_is_refused_before_it_waits(office: Office) -> None:
    run = office.make_run()
    with pytest.raises(RefusedCheckpointError, match="no checkpoint of step 300; it has 100, 200"):
        office.judges.start(run, (200, 300), 100)
    assert office.judges.find(run.run_id, 200, ANYBODY) is None


class Public:
    """A public server with one run in its gallery, whose bundle is thin; `restart` is another process on its state."""

    def __init__(self, office: Office) -> None:
        self.office = office
        bundles = office.folder / "gallery"
        bundles.mkdir()
        run = make_drawable(RunStore(office.folder / "elsewhere"), (100, 200, 300))
        save_full_state(run)  # of step 7, which is not in a thin bundle
        export_run(run, bundles / "one.dcgan", thin=True)
        self.run_id = run.run_id
        self.restart()
        found = self.gallery.find(self.run_id)
        assert found is not None
        self.run = found
        office.runs.append(found)

    def restart(self) -> None:
        self.gallery = Gallery(self.office.folder / "gallery", self.office.folder / "state", unpack)
        self.gallery.load()
        self.manager = RunManager(RunStore(self.office.folder / "runs"), self.office.folder / "state", Limits())
        self.office.judges = self.manager.judges

    def desk(self, visitor: Visitor) -> Desk:
        return Desk(self.manager, visitor, self.gallery)

    def wait(self, visitor: Visitor, step: int, *phases: str) -> Judging:
        """Wait until a visitor who looks at a checkpoint sees it there."""
        deadline = time.monotonic() + 240
        while (seen := self.desk(visitor).judging(self.run_id, step)) is None or seen.phase not in phases:
            assert time.monotonic() < deadline, seen
            time.sleep(0.02)
        return seen


@pytest.fixture
def public(office: Office) -> Public:
    return Public(office)


def test_two_visitors_who_ask_for_a_checkpoint_of_the_gallery_have_one_job_that_the_first_may_cancel(
    office: Office, public: Public
) -> None:
    office.order(WAITS)
    first, second = public.desk(A), public.desk(B)
    first.judge(public.run_id, [200])
    second.judge(public.run_id, [200])
    seen = public.wait(B, 200, "drawing")
    assert len(workers()) == 1 and not second.may_cancel(seen) and first.may_cancel(seen)
    with pytest.raises(NotYoursError) as caught:
        second.cancel_judging(public.run_id, 200)
    assert caught.value.problem.code == "not-your-judging"
    public.wait(B, 200, "drawing")
    first.cancel_judging(public.run_id, 200)
    public.wait(A, 200, "cancelled")
    assert second.judging(public.run_id, 200) is None and not workers()  # and how it ended is the first one's business
    second.judge(public.run_id, [200])
    public.wait(A, 200, "drawing")


def test_another_checkpoint_of_the_same_run_waits_and_who_gives_up_waiting_disturbs_nobody(
    office: Office, public: Public
) -> None:
    office.order(WAITS)
    public.desk(A).judge(public.run_id, [200])
    public.wait(A, 200, "drawing")
    public.desk(B).judge(public.run_id, [100])
    public.wait(B, 100, "waiting")
    assert public.wait(B, 300, "waiting").steps == (100,) and public.wait(B, 200, "drawing").owner == A.owner
    assert public.desk(A).judging(public.run_id, 300) == public.desk(A).judging(public.run_id, 200)
    with pytest.raises(LimitError):  # a visitor has one job
        public.desk(A).judge(public.run_id, [300])
    told = list((office.folder / "state" / "judging").iterdir())
    public.desk(B).cancel_judging(public.run_id, 100)
    public.wait(B, 100, "cancelled")
    assert public.desk(B).judging(public.run_id, 300) is None  # of which nothing was asked
    assert list((office.folder / "state" / "judging").iterdir()) == told and len(told) == 2
    public.wait(A, 200, "drawing")


def test_a_checkpoint_of_the_gallery_is_judged_once_for_everybody_and_after_a_restart(
    office: Office, public: Public, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the real worker, on the real images."""
    monkeypatch.setattr(desk, "JUDGED_SAMPLES", 100)
    assert [*public.run.checkpoints.samplers()] == [100, 200, 300]
    with pytest.raises(RefusedCheckpointError):
        public.desk(A).judge(public.run_id, [7])
    before = export(public.run)
    public.desk(A).judge(public.run_id, [200])
    public.wait(A, 200, "done", "failed")
    assert public.desk(A).judging(public.run_id, 200) == Judging((200,), "done", 0, 100, 100, owner=A.owner)

    public.restart()
    assert public.desk(B).judging(public.run_id, 200) is None
    seen = public.desk(B).get(public.run_id)
    (kept,) = list_kept(seen.run_dir)
    assert kept.step == 200 and kept.scores["fcd"].samples == 100
    whole = find_kept(seen.run_dir, 200, open_generator(seen, 200).sha256)
    assert whole is not None and {"fcd", "kid", "recall", "neighbour_ratio"} <= {*whole.scores}
    assert export(seen) == before  # what is taken home is what it was
    for visitor in (A, B):
        assert not public.desk(visitor).owns(public.run_id) and public.desk(visitor).list_runs() == []

    # Who asks again, from a page that is older, gets what is there.
    written = (seen.run_dir / "evaluations.json").read_bytes()
    public.desk(B).judge(public.run_id, [200])
    public.wait(B, 200, "done", "failed")
    assert (seen.run_dir / "evaluations.json").read_bytes() == written


def export(run: Run) -> bytes:
    content = io.BytesIO()
    export_run(run, content, thin=True)
    return content.getvalue()
