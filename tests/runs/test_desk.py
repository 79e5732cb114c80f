"""Facts about who may do what: each verb by the owner, another visitor, one who is not known yet, the local person."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from bundle_runs import make_trained_run, pack_run
from dcgan.config import ConfigError, build_config
from dcgan.runs import quota
from dcgan.runs.desk import Desk
from dcgan.runs.errors import (
    AlreadyHereError,
    BrokenRunError,
    BundleError,
    LimitError,
    NotYoursError,
    RunError,
    RunNotFoundError,
)
from dcgan.runs.gallery import Gallery
from dcgan.runs.judging import Judging
from dcgan.runs.limits import Limits
from dcgan.runs.manager import RunManager
from dcgan.runs.quota import MEGABYTE
from dcgan.runs.run import Run
from dcgan.runs.status import ACTIVE, Problem, RunStatus
from dcgan.runs.store import RunStore
from dcgan.runs.unpacking import unpack
from dcgan.runs.visitors import LOCAL, STRANGER, Visitor
from fake_runs import make_run

OWNER, OTHER = Visitor("a" * 64), Visitor("b" * 64)
NOWHERE = "20261123-142530-fashion-mnist-0000000000000000"

VERBS: dict[str, Callable[[Desk, str], object]] = {
    "pause": Desk.pause,
    "stop": Desk.stop,
    "resume": Desk.resume,
    "relabel": lambda desk, run_id: desk.relabel(run_id, name="mine"),
    "delete": Desk.delete,
    "restore": Desk.restore,
    "judge": lambda desk, run_id: desk.judge(run_id, [1]),
    "cancel_judging": lambda desk, run_id: desk.cancel_judging(run_id, 1),
    "require_owner": Desk.require_owner,
    "require_taker": Desk.require_taker,
    "require_judge": Desk.require_judge,
}
OF_A_SHOWN_RUN = {"require_taker", "require_judge", "judge", "cancel_judging"}  # which change nothing in it


class Office:
    """A manager with limits, and desks of visitors before it; a gallery of one run."""

    def __init__(self, store: RunStore, folder: Path) -> None:
        self.store, self.manager = store, RunManager(store, folder / "state", Limits())
        self.judged: list[tuple[str, str]] = []
        # No process is started.
        self.manager.judges.start = lambda run, steps, samples, owner="": self.judged.append((run.run_id, owner))  # type: ignore[method-assign]
        shown = make_run(RunStore(folder / "shown"), RunStatus.FINISHED)
        (folder / "gallery").mkdir()
        (folder / "gallery" / "one.dcgan").write_text("a bundle")
        self.gallery = Gallery(
            folder / "gallery", folder / "state", lambda bundle, made: shown.run_dir.rename(made / shown.run_id)
        )
        self.gallery.load()
        self.shown_id = shown.run_id

    def desk(self, visitor: Visitor) -> Desk:
        return Desk(self.manager, visitor, self.gallery)


@pytest.fixture
def office(store: RunStore, tmp_path: Path) -> Office:
    return Office(store, tmp_path / "office")


def snapshot(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, but the locks that a look may leave."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.suffix != ".lock" and path.name != "lock"
    }


def target(office: Office, verb: str, owner: str = OWNER.owner) -> str:
    """A run for a verb to work on: a deleted one to restore, else one that rests."""
    run = make_run(office.store, RunStatus.STOPPED, owner=owner)
    if verb == "restore":
        office.store.trash.put(run.run_id)
    return run.run_id


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize(
    ("visitor", "code"), [(OTHER, "not-yours"), (STRANGER, "not-known")], ids=["another", "not-known"]
)
def test_a_verb_of_one_to_whom_a_run_does_not_belong_changes_nothing(
    office: Office, verb: str, visitor: Visitor, code: str
) -> None:
    run_id = target(office, verb)
    before = snapshot(office.store.folder)
    with pytest.raises(NotYoursError) as caught:
        VERBS[verb](office.desk(visitor), run_id)
    assert caught.value.problem.code == code
    assert snapshot(office.store.folder) == before
    assert not office.manager.attends(run_id)


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("visitor", [OWNER, LOCAL], ids=["owner", "local"])
def test_the_owner_and_the_local_person_may_do_everything(
    office: Office, verb: str, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = target(office, verb)
    done: list[str] = []
    if verb in ("pause", "stop", "resume"):  # no worker is started here
        monkeypatch.setattr(office.manager, verb, done.append)
    VERBS[verb](office.desk(visitor), run_id)
    if verb in ("pause", "stop", "resume"):
        assert done == [run_id]
    elif verb == "relabel":
        assert office.store.get(run_id).labels().name == "mine"
    elif verb == "delete":
        assert office.store.list_runs() == []
    else:
        assert office.store.get(run_id).run_id == run_id


@pytest.mark.parametrize("verb", [verb for verb in VERBS if verb not in OF_A_SHOWN_RUN])
@pytest.mark.parametrize("visitor", [OWNER, LOCAL], ids=["visitor", "local"])
def test_nobody_changes_a_run_of_the_gallery(office: Office, verb: str, visitor: Visitor) -> None:
    with pytest.raises(NotYoursError) as caught:
        VERBS[verb](office.desk(visitor), office.shown_id)
    assert caught.value.problem.code == "gallery-run"


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("visitor", [OWNER, LOCAL, STRANGER], ids=["visitor", "local", "not-known"])
@pytest.mark.parametrize("run_id", ["", "../../etc", ".trash", NOWHERE])
def test_what_is_no_run_is_found_by_nobody(office: Office, verb: str, visitor: Visitor, run_id: str) -> None:
    with pytest.raises(RunError) as caught:
        VERBS[verb](office.desk(visitor), run_id)
    assert caught.value.problem.code == "run-not-found"


def test_a_list_holds_ones_own_runs_alone(office: Office) -> None:
    runs = {
        visitor.owner: make_run(office.store, RunStatus.STOPPED, step=0, owner=visitor.owner)
        for visitor in (OWNER, OTHER, LOCAL)
    }
    for visitor in (OWNER, OTHER):
        assert [run.run_id for run in office.desk(visitor).list_runs()] == [runs[visitor.owner].run_id]
    assert office.desk(STRANGER).list_runs() == []
    assert len(office.desk(LOCAL).list_runs()) == 3
    (runs[OWNER.owner].run_dir / "status.json").write_text("{")
    assert office.desk(OWNER).list_runs() == []
    assert len(office.desk(LOCAL).list_runs()) == 3


def test_whoever_knows_a_full_id_may_look(office: Office) -> None:
    run = make_run(office.store, RunStatus.STOPPED, owner=OWNER.owner)
    for visitor in (OWNER, OTHER, STRANGER, LOCAL):
        assert office.desk(visitor).get(run.run_id).run_dir == run.run_dir
        assert office.desk(visitor).get(office.shown_id).config().preset == "notebook"
        with pytest.raises(RunNotFoundError):
            office.desk(visitor).get(NOWHERE)


def test_what_a_page_offers_is_what_the_verbs_allow(office: Office) -> None:
    run_id = make_run(office.store, RunStatus.STOPPED, owner=OWNER.owner).run_id
    assert [office.desk(visitor).owns(run_id) for visitor in (OWNER, OTHER, STRANGER, LOCAL)] == [
        True, False, False, True,
    ]  # fmt: skip
    for visitor in (OWNER, OTHER, STRANGER, LOCAL):
        desk = office.desk(visitor)
        assert not desk.owns(office.shown_id) and not desk.owns(NOWHERE)
        assert desk.may_take(office.shown_id) and desk.require_taker(office.shown_id).run_id == office.shown_id
        assert desk.may_take(run_id) == desk.owns(run_id)


def test_run_json_says_whose_a_run_is_and_not_what_changes(office: Office) -> None:
    run = make_run(office.store, RunStatus.STOPPED, owner=OWNER.owner)
    run.write_status(run.written_status().changed(owner=OTHER.owner))
    assert not office.desk(OTHER).owns(run.run_id)
    assert office.desk(OWNER).owns(run.run_id)


def test_a_run_whose_owner_cannot_be_read_is_the_local_persons(office: Office) -> None:
    run = make_run(office.store, RunStatus.STOPPED, owner=OWNER.owner)
    (run.run_dir / "run.json").write_text("{")
    with pytest.raises(BrokenRunError):
        office.desk(OWNER).delete(run.run_id)
    assert not office.desk(OWNER).owns(run.run_id)
    office.desk(LOCAL).delete(run.run_id)


def test_a_deleted_run_is_brought_back_by_its_owner_and_deleted_by_nobody_twice(office: Office) -> None:
    run = make_run(office.store, RunStatus.STOPPED, owner=OWNER.owner)
    desk = office.desk(OWNER)
    desk.delete(run.run_id)
    with pytest.raises(RunNotFoundError):
        desk.delete(run.run_id)
    desk.restore(run.run_id)
    desk.restore(run.run_id)  # it is back already
    with pytest.raises(NotYoursError):
        office.desk(OTHER).restore(run.run_id)


def test_what_was_deleted_comes_back_only_into_room_that_is_still_there(store: RunStore, tmp_path: Path) -> None:
    """A run that trains while another lies in the trash may take all of the share: its thread counts what is kept."""
    desk = Desk(RunManager(store, tmp_path / "state", Limits(megabytes=1)), OWNER)
    first, second = (make_run(store, RunStatus.STOPPED, owner=OWNER.owner) for _ in range(2))
    (first.run_dir / "metrics.jsonl").write_bytes(bytes(MEGABYTE // 2))
    desk.delete(first.run_id)
    second.write_status(second.written_status().changed(bytes=MEGABYTE * 3 // 4))
    with pytest.raises(LimitError, match="may take 1 MB"):
        desk.restore(first.run_id)
    assert store.trash.find(first.run_id) is not None and not desk.owns(first.run_id)
    desk.delete(second.run_id)
    desk.restore(first.run_id)
    assert desk.owns(first.run_id)


def test_a_start_belongs_to_the_visitor_and_a_local_one_to_nobody(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(office.manager, "_start_thread", lambda *_, **__: None)
    config = build_config("stable")
    assert office.store.get(office.desk(OWNER).start(config)).record().owner == OWNER.owner
    assert office.store.get(office.desk(LOCAL).start(config)).record().owner == ""
    with pytest.raises(NotYoursError, match="whose browser"):
        office.desk(STRANGER).start(config)


def test_limits_are_asked_before_anything_is_made(office: Office) -> None:
    with pytest.raises(ConfigError):
        office.desk(OWNER).start(build_config("stable", {"training.epochs": 51}))
    make_run(office.store, RunStatus.STOPPED, step=0, owner=OWNER.owner, bytes=1000 * MEGABYTE)
    with pytest.raises(LimitError, match="Delete one first"):
        office.desk(OWNER).start(build_config("stable"))
    assert len(office.store.list_runs()) == 1
    assert office.desk(LOCAL).limits is None
    assert office.desk(OWNER).limits == Limits()


def test_a_run_that_has_used_its_minutes_is_resumed_by_nobody_but_the_local_person(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    resumed: list[str] = []
    monkeypatch.setattr(office.manager, "resume", resumed.append)
    run = make_run(office.store, RunStatus.STOPPED, owner=OWNER.owner, seconds=3600.0)
    with pytest.raises(LimitError, match="60 minutes"):
        office.desk(OWNER).resume(run.run_id)
    office.desk(LOCAL).resume(run.run_id)
    assert resumed == [run.run_id]


def test_a_desk_of_a_visitor_needs_limits(store: RunStore) -> None:
    Desk(RunManager(store), LOCAL)
    with pytest.raises(AssertionError):
        Desk(RunManager(store), OWNER)


def public_manager(world: Any, limits: Limits) -> RunManager:
    world.managers.append(RunManager(world.store, limits=limits))
    manager: RunManager = world.managers[-1]
    return manager


def test_many_starts_at_once_do_not_pass_the_limits(world: Any) -> None:
    """From two servers, too: each has a manager of its own."""
    world.order(steps=100_000)
    limits = Limits(running=1, queued=1)
    desks = [Desk(public_manager(world, limits), OWNER) for _ in range(2)]

    def start(number: int) -> str:
        try:
            desks[number % 2].start(build_config("stable"))
        except LimitError as error:
            return error.problem.code
        return "started"

    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(start, range(8)))
    assert sorted(results) == ["limit-runs"] * 6 + ["started"] * 2
    runs = [world.store.get(listed.run_id) for listed in world.store.list_runs()]
    assert len(runs) == 2
    for run in runs:
        desks[0].stop(run.run_id)
    world.await_rest(*runs)


def test_a_resume_needs_a_place_as_a_start_does(world: Any) -> None:
    world.order(steps=100_000)
    desk = Desk(public_manager(world, Limits(running=1, queued=0)), OWNER)
    first = world.store.get(desk.start(build_config("stable")))
    world.await_(first, RunStatus.RUNNING)
    desk.pause(first.run_id)
    world.await_(first, RunStatus.PAUSED)
    desk.resume(first.run_id)  # its own place is not taken by another
    world.await_(first, RunStatus.RUNNING)
    desk.stop(first.run_id)
    world.await_rest(first)
    second = world.store.get(desk.start(build_config("stable")))
    with pytest.raises(LimitError, match="at the same time"):
        desk.resume(first.run_id)
    desk.stop(second.run_id)
    world.await_rest(second)


def test_a_run_that_reaches_its_minutes_is_stopped_with_its_state_saved_and_says_why(
    world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.order(steps=100_000, seconds=10.0)  # a step takes ten seconds of training
    monkeypatch.setattr(quota, "LOOK_SECONDS", 0.0)
    desk = Desk(public_manager(world, Limits(minutes=1)), OWNER)
    run = world.store.get(desk.start(build_config("stable")))
    world.await_rest(run)
    status = run.status()
    assert (status.status, status.error) == (
        RunStatus.STOPPED, Problem(code="minutes-used", values={"minutes": 1}),
    )  # fmt: skip
    assert status.step >= 6 and run.checkpoints.steps()[-1] == status.step
    assert not status.can_resume
    with pytest.raises(LimitError, match="1 minutes"):
        desk.resume(run.run_id)


def test_a_run_of_the_servers_own_has_no_limits(world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    world.order(steps=20, seconds=10.0)
    monkeypatch.setattr(quota, "LOOK_SECONDS", 0.0)
    manager = public_manager(world, Limits(minutes=1))
    run = world.store.get(Desk(manager, LOCAL).start(build_config("stable")))
    world.await_rest(run)
    assert run.status().status == RunStatus.FINISHED


def test_a_run_that_fills_its_owners_share_of_the_disk_is_stopped(world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    world.order(steps=100_000, pause=0.05)
    monkeypatch.setattr(quota, "LOOK_SECONDS", 0.0)
    desk = Desk(public_manager(world, Limits(megabytes=300)), OWNER)
    run = world.store.get(desk.start(build_config("stable")))
    world.await_(run, RunStatus.RUNNING)
    make_run(world.store, RunStatus.STOPPED, step=0, owner=OWNER.owner, bytes=300 * MEGABYTE)
    world.await_rest(run)
    assert run.status().error == Problem(code="share-full", values={"megabytes": 300})
    assert run.status().can_resume


def test_owners_take_turns(world: Any) -> None:
    """Three runs of one owner, then one of another: that one goes second."""
    world.order(steps=20)
    manager = public_manager(world, Limits())
    first, second = Desk(manager, OWNER), Desk(manager, OTHER)
    runs = [world.store.get(first.start(build_config("stable"))) for _ in range(3)]
    runs.append(world.store.get(second.start(build_config("stable"))))
    world.await_rest(*runs)
    begun = {run.run_id: next(row["time"] for row in run.events() if row["event"] == "started") for run in runs}
    order = sorted(range(4), key=lambda number: begun[runs[number].run_id])
    assert order == [0, 3, 1, 2]


def test_a_run_that_waits_is_no_longer_active_once_stopped_by_its_owner(world: Any) -> None:
    world.order(steps=100_000)
    manager = public_manager(world, Limits())
    desk = Desk(manager, OWNER)
    running, waiting = (world.store.get(desk.start(build_config("stable"))) for _ in range(2))
    world.await_(running, RunStatus.RUNNING)
    with pytest.raises(NotYoursError):
        Desk(manager, OTHER).stop(waiting.run_id)
    assert waiting.status().status in ACTIVE
    for run in (waiting, running):
        desk.stop(run.run_id)
    world.await_rest(running, waiting)


def test_a_bundle_becomes_a_run_of_whoever_brings_it_in(office: Office, tmp_path: Path) -> None:
    content = pack_run(make_trained_run(RunStore(tmp_path / "elsewhere"), owner=OTHER.owner))
    mine = office.desk(OWNER).bring_in(content)
    theirs = office.desk(OTHER).bring_in(content)
    assert mine != theirs
    assert [run.run_id for run in office.desk(OWNER).list_runs()] == [mine]
    assert office.desk(OWNER).owns(mine) and not office.desk(OWNER).owns(theirs)
    with pytest.raises(NotYoursError):
        office.desk(STRANGER).bring_in(content)
    assert office.desk(LOCAL).owns(mine)


def test_a_bundle_may_not_be_larger_than_the_share_of_the_disk_that_is_left(store: RunStore, tmp_path: Path) -> None:
    desk = Desk(RunManager(store, tmp_path / "state", Limits(megabytes=1)), OWNER)
    run = make_run(store, RunStatus.FINISHED)
    run.write_status(run.written_status().changed(owner=OWNER.owner, bytes=MEGABYTE - 10_000))
    content = pack_run(make_trained_run(RunStore(tmp_path / "elsewhere")))
    with pytest.raises(BundleError, match="may have up to 10,000"):
        desk.bring_in(content)
    run.write_status(run.written_status().changed(owner=OWNER.owner, bytes=MEGABYTE))
    with pytest.raises(LimitError, match="1 MB of the disk"):
        desk.bring_in(content)
    assert len(store.list_runs()) == 1


def test_a_run_from_elsewhere_goes_on_only_within_the_limits_of_this_server(store: RunStore, tmp_path: Path) -> None:
    run = make_trained_run(RunStore(tmp_path / "elsewhere"), changes={"training.epochs": 500})
    run.write_status(run.written_status().changed(status=RunStatus.STOPPED))
    desk = Desk(RunManager(store, tmp_path / "state", Limits(epochs=20)), OWNER)
    run_id = desk.bring_in(pack_run(run))
    with pytest.raises(LimitError, match="500 epochs; a visitor's run may have up to 20"):
        desk.resume(run_id)


def test_no_visitor_stands_in_the_place_of_a_gallery_run(store: RunStore, tmp_path: Path) -> None:
    shown = make_trained_run(RunStore(tmp_path / "shown"))
    content = pack_run(shown)
    (tmp_path / "gallery").mkdir()
    (tmp_path / "gallery" / "one.dcgan").write_bytes(content)
    gallery = Gallery(tmp_path / "gallery", tmp_path / "state", unpack)
    gallery.load()
    manager = RunManager(store, tmp_path / "state", Limits())
    attacker, visitor = (Desk(manager, who, gallery) for who in (OWNER, OTHER))

    mine = attacker.bring_in(content)
    assert mine != shown.run_id and attacker.owns(mine)
    attacker.relabel(mine, name="defaced")
    for desk in (attacker, visitor):
        assert desk.get(shown.run_id).labels().name == "" and not desk.owns(shown.run_id)

    # Also where its id was taken before that was seen to.
    early = Desk(manager, Visitor("c" * 64), gallery)
    copy = unpack(content, store.folder, early.visitor.owner)
    assert copy == shown.run_id
    store.get(copy).relabel(name="defaced")
    for desk in (early, visitor):
        assert desk.get(copy).labels().name == "" and desk.require_taker(copy).labels().name == ""
        assert not desk.owns(copy)
        with pytest.raises(NotYoursError):
            desk.relabel(copy, name="again")


def test_nobody_takes_the_id_of_a_run_that_its_owner_deleted_or_a_host_forgot(store: RunStore, tmp_path: Path) -> None:
    manager = RunManager(store, tmp_path / "state", Limits())
    victim, attacker = (Desk(manager, who) for who in (OWNER, OTHER))
    # A link may still lead to the id that the bundle names, though no run of this host has it.
    lost = make_trained_run(RunStore(tmp_path / "elsewhere"))
    mine = victim.bring_in(pack_run(lost))
    assert mine != lost.run_id and len(store.list_runs()) == 1

    victim.delete(mine)
    squatting = make_trained_run(RunStore(tmp_path / "other"))
    named = squatting.run_dir.with_name(mine)
    squatting.run_dir.rename(named)
    assert attacker.bring_in(pack_run(Run(named))) != mine
    victim.restore(mine)
    assert victim.owns(mine)


def test_the_local_persons_deleted_run_keeps_its_id_while_it_can_come_back(store: RunStore, tmp_path: Path) -> None:
    desk = Desk(RunManager(store, tmp_path / "state"), LOCAL)
    content = pack_run(make_trained_run(RunStore(tmp_path / "elsewhere")))
    first = desk.bring_in(content)
    desk.delete(first)
    second = desk.bring_in(content)
    assert second != first
    desk.restore(first)
    assert {run.run_id for run in desk.list_runs()} == {first, second}


def test_a_visitor_has_a_bundle_once(store: RunStore, tmp_path: Path) -> None:
    desk = Desk(RunManager(store, tmp_path / "state", Limits()), OWNER)
    content = pack_run(make_trained_run(RunStore(tmp_path / "elsewhere")))
    first = desk.bring_in(content)
    with pytest.raises(AlreadyHereError) as caught:
        desk.bring_in(content)
    assert caught.value.run_id == first


def test_what_is_brought_in_and_deleted_again_and_again_stays_within_the_share(store: RunStore, tmp_path: Path) -> None:
    run = make_trained_run(RunStore(tmp_path / "elsewhere"))
    content = pack_run(run)
    desk = Desk(RunManager(store, tmp_path / "state", Limits(megabytes=1)), OWNER)
    assert 12 * run.size() > 2 * MEGABYTE  # or nothing has to give way
    for _ in range(12):
        desk.delete(desk.bring_in(content))
        assert sum(path.stat().st_size for path in store.folder.rglob("*") if path.is_file()) < 1.2 * MEGABYTE


def test_a_visitor_has_one_own_checkpoint_judged_at_a_time(office: Office) -> None:
    run_id = target(office, "judge")
    office.desk(OWNER).judge(run_id, [1])
    office.desk(LOCAL).judge(run_id, [1, 2])
    assert office.judged == [(run_id, OWNER.owner), (run_id, "")]
    with pytest.raises(LimitError):
        office.desk(OWNER).judge(run_id, [1, 2])
    assert office.desk(OTHER).judging(run_id, 1) is None


def test_a_run_of_the_gallery_is_judged_for_whoever_is_known_and_stays_nobodys(office: Office) -> None:
    before = snapshot(office.desk(LOCAL).get(office.shown_id).run_dir)
    for visitor in (OWNER, LOCAL):
        desk = office.desk(visitor)
        assert desk.may_judge(office.shown_id)
        desk.judge(office.shown_id, [1])
        assert not desk.owns(office.shown_id) and desk.list_runs() == []
    assert office.judged == [(office.shown_id, OWNER.owner), (office.shown_id, "")]
    with pytest.raises(LimitError, match="one checkpoint"):
        office.desk(OWNER).judge(office.shown_id, [1, 2])
    stranger = office.desk(STRANGER)
    assert not stranger.may_judge(office.shown_id)
    for ask in (lambda: stranger.judge(office.shown_id, [1]), lambda: stranger.cancel_judging(office.shown_id, 1)):
        with pytest.raises(NotYoursError) as caught:
            ask()
        assert caught.value.problem.code == "not-known"
    assert snapshot(office.desk(LOCAL).get(office.shown_id).run_dir) == before


def test_who_may_have_a_run_judged_is_who_may_take_it_once_known(office: Office) -> None:
    run_id = target(office, "judge")
    visitors = (OWNER, OTHER, STRANGER, LOCAL)
    assert [office.desk(visitor).may_judge(run_id) for visitor in visitors] == [True, False, False, True]
    assert [office.desk(visitor).may_judge(office.shown_id) for visitor in visitors] == [True, True, False, True]
    assert not any(office.desk(visitor).may_judge(NOWHERE) for visitor in visitors)


def test_only_who_asked_for_a_judging_or_the_local_person_may_cancel_it(office: Office) -> None:
    asked = Judging((1,), owner=OWNER.owner)
    visitors = (OWNER, OTHER, STRANGER, LOCAL)
    assert [office.desk(visitor).may_cancel(asked) for visitor in visitors] == [True, False, False, True]
    assert [office.desk(visitor).may_cancel(Judging((1,))) for visitor in visitors] == [False, False, False, True]
