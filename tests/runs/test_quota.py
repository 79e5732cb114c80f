"""Facts about what visitors of a public server may use."""

from pathlib import Path

import pytest

from dcgan.config import ConfigError, build_config
from dcgan.presets import PRESETS
from dcgan.runs import quota
from dcgan.runs.errors import LimitError
from dcgan.runs.limits import Limits
from dcgan.runs.quota import MEGABYTE, Meter, Quota, estimate_bytes
from dcgan.runs.run import Run
from dcgan.runs.status import ACTIVE, Problem, RunStatus
from dcgan.runs.store import RunStore
from fake_runs import make_run

OWN, OTHER = "a" * 64, "b" * 64


@pytest.fixture
def counting(store: RunStore, tmp_path: Path) -> Quota:
    return Quota(store, tmp_path, Limits(running=1, queued=2, minutes=3, epochs=20, megabytes=100, line=5))


def active(store: RunStore, owner: str) -> Run:
    """A run that is paused: it holds a place, and needs nobody who speaks for it."""
    return make_run(store, RunStatus.PAUSED, step=0, owner=owner)


@pytest.mark.parametrize("preset", PRESETS)
def test_every_recipe_fits_the_limits_as_it_stands(preset: str, store: RunStore, tmp_path: Path) -> None:
    Quota(store, tmp_path, Limits()).require_allowed(build_config(preset))


def test_too_many_epochs_are_refused_by_the_name_of_the_field(counting: Quota) -> None:
    counting.require_allowed(build_config("notebook", {"training.epochs": 20}))
    with pytest.raises(ConfigError, match=r"training\.epochs = 21 cannot be used: .* 1 to 20 epochs") as caught:
        counting.require_allowed(build_config("notebook", {"training.epochs": 21}))
    assert caught.value.field == "training.epochs"


def test_a_run_whose_checkpoints_cannot_fit_is_refused_before_it_begins(counting: Quota) -> None:
    large = build_config("stable", {"generator.base_filters": 512})
    with pytest.raises(LimitError, match="and the runs of a visitor may take 100 MB") as caught:
        counting.require_allowed(large)
    assert caught.value.problem.code == "limit-size"


def test_the_notebooks_checkpoints_are_estimated_from_its_parameters() -> None:
    # Its G has 840,705 numbers and its D 212,865: 4 bytes x (10 x 840,705 + 2 x 3 x 1,053,570).
    assert estimate_bytes(build_config("notebook")) == 58_913_880


def test_one_that_trains_and_those_that_wait_fill_a_visitors_places(counting: Quota, store: RunStore) -> None:
    for _ in range(3):
        counting.require_room(OWN)
        active(store, OWN)
    with pytest.raises(LimitError) as caught:
        counting.require_room(OWN)
    assert caught.value.problem == Problem(code="limit-runs", values={"running": 1, "queued": 2})
    counting.require_room(OTHER)


def test_what_rests_holds_no_place_and_a_run_that_goes_on_is_not_counted_twice(
    counting: Quota, store: RunStore
) -> None:
    for status in RunStatus:
        if status not in ACTIVE:
            make_run(store, status, step=0, owner=OWN)
    mine = [active(store, OWN) for _ in range(3)]
    counting.require_room(OWN, but=mine[0].run_id)


def test_all_visitors_together_may_fill_the_line(counting: Quota, store: RunStore) -> None:
    for owner in "abcde":
        active(store, owner * 64)
    active(store, "")  # one of the server's own is no visitor's
    with pytest.raises(LimitError) as caught:
        counting.require_room("f" * 64)
    assert caught.value.problem == Problem(code="limit-line", values={"most": 5})


def test_a_full_share_of_the_disk_is_refused(counting: Quota, store: RunStore) -> None:
    make_run(store, RunStatus.STOPPED, step=0, owner=OWN, bytes=60 * MEGABYTE)
    make_run(store, RunStatus.STOPPED, step=0, owner=OTHER, bytes=99 * MEGABYTE)
    counting.require_room(OWN)
    make_run(store, RunStatus.STOPPED, step=0, owner=OWN, bytes=40 * MEGABYTE)
    with pytest.raises(LimitError) as caught:
        counting.require_room(OWN)
    assert caught.value.problem == Problem(code="limit-disk", values={"megabytes": 100})


def test_a_visitor_keeps_so_many_runs_and_one_that_is_there_may_go_on(store: RunStore, tmp_path: Path) -> None:
    counting = Quota(store, tmp_path, Limits(runs=2))
    mine = [make_run(store, RunStatus.STOPPED, step=0, owner=OWN) for _ in range(2)]
    make_run(store, RunStatus.STOPPED, step=0, owner=OTHER)
    with pytest.raises(LimitError) as caught:
        counting.require_room(OWN)
    assert caught.value.problem == Problem(code="limit-kept", values={"most": 2})
    counting.require_room(OWN, but=mine[0].run_id)
    counting.require_room(OTHER)


def test_of_many_small_deleted_runs_as_many_are_left_as_may_be_kept(store: RunStore, tmp_path: Path) -> None:
    counting = Quota(store, tmp_path, Limits(runs=2))
    for _ in range(5):
        store.trash.put(make_run(store, RunStatus.STOPPED, step=0, owner=OWN).run_id)
    counting.make_room(OWN)
    assert len(store.trash.list_folders()) == 2


def test_a_run_whose_status_cannot_be_read_counts_as_what_is_there(counting: Quota, store: RunStore) -> None:
    run = make_run(store, RunStatus.STOPPED, step=0, owner=OWN, bytes=1)
    (run.run_dir / "checkpoints" / "x").write_bytes(bytes(3 * MEGABYTE))
    (run.run_dir / "status.json").write_text('{"seconds": 1e12}')
    assert counting.bytes_of(OWN) >= 3 * MEGABYTE
    assert counting.bytes_of(OTHER) == 0
    (run.run_dir / "run.json").unlink()  # nobody's
    assert counting.bytes_of(OWN) == 0


def test_deleted_runs_can_be_brought_back_until_their_owner_needs_the_room(counting: Quota, store: RunStore) -> None:
    for owner in (OWN, OTHER):
        run = make_run(store, RunStatus.STOPPED, step=0, owner=owner, bytes=60 * MEGABYTE)
        store.trash.put(run.run_id)
    counting.require_room(OWN)
    assert len(store.trash.list_folders()) == 2
    make_run(store, RunStatus.STOPPED, step=0, owner=OWN, bytes=40 * MEGABYTE)
    counting.require_room(OWN)
    (left,) = store.trash.list_folders()
    assert Run(left).record().owner == OTHER


def test_a_run_that_has_used_its_minutes_does_not_go_on(counting: Quota, store: RunStore) -> None:
    run = make_run(store, RunStatus.STOPPED, owner=OWN, seconds=179.9)
    counting.require_minutes(run.status())
    assert counting.why_over(run, run.status()) is None
    run.write_status(run.written_status().changed(seconds=180.0))
    with pytest.raises(LimitError, match="3 minutes"):
        counting.require_minutes(run.status())
    assert counting.why_over(run, run.status()) == Problem(code="minutes-used", values={"minutes": 3})


def test_what_a_run_that_trains_has_written_counts_with_its_owners_other_runs(counting: Quota, store: RunStore) -> None:
    run = make_run(store, RunStatus.RUNNING, owner=OWN)
    (run.run_dir / "checkpoints" / "x").write_bytes(bytes(2 * MEGABYTE))
    make_run(store, RunStatus.STOPPED, step=0, owner=OWN, bytes=97 * MEGABYTE)
    assert counting.why_over(run, run.status()) is None
    make_run(store, RunStatus.STOPPED, step=0, owner=OWN, bytes=1 * MEGABYTE)
    assert counting.why_over(run, run.status()) == Problem(code="share-full", values={"megabytes": 100})


def test_a_meter_says_once_what_was_reached(counting: Quota, store: RunStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quota, "LOOK_SECONDS", 0.0)
    run = make_run(store, RunStatus.RUNNING, owner=OWN, seconds=179.0)
    meter = Meter(counting, run)
    assert not meter.look()
    run.write_status(run.written_status().changed(seconds=181.0))
    assert [meter.look(), meter.look()] == [True, False]
    assert meter.reached == Problem(code="minutes-used", values={"minutes": 3})


def test_a_meter_whose_run_cannot_be_read_looks_again(
    counting: Quota, store: RunStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quota, "LOOK_SECONDS", 0.0)
    run = make_run(store, RunStatus.RUNNING, owner=OWN, seconds=999.0)
    meter, status = Meter(counting, run), run.written_status()
    (run.run_dir / "status.json").write_text("{")
    assert not meter.look()
    run.write_status(status)
    assert meter.look()


def test_a_count_that_others_hold_for_too_long_is_a_sentence(counting: Quota, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quota, "HOLD_SECONDS", 0.05)
    with counting.hold(), pytest.raises(LimitError, match="Try again"), counting.hold():
        pytest.fail("two count at once")
    with counting.hold():
        pass
