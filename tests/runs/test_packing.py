"""Facts about a bundle with a limit: what stays behind, that it comes back, and that its size is told before."""

import io
import json
import zipfile
from pathlib import Path

import pytest

from bundle_runs import make_trained_run, pack_run
from dcgan.runs import packing
from dcgan.runs.bundle import export_run
from dcgan.runs.errors import BundleError
from dcgan.runs.packing import MEMBER_BYTES, choose_within, plan_bundle
from dcgan.runs.run import Run
from dcgan.runs.store import RunStore
from dcgan.runs.unpacking import unpack
from fake_runs import judge_run

EPOCHS = range(20, 221, 20)
LARGER = {
    "generator.base_filters": 32,
    "discriminator.base_filters": 32,
}  # beside which rows are small, as in a real run


def pack_within(run: Run, limit: int) -> bytes:
    buffer = io.BytesIO()
    export_run(run, buffer, limit=limit)
    return buffer.getvalue()


@pytest.fixture
def run(store: RunStore) -> Run:
    run = make_trained_run(store, step=220, grids=(0, *EPOCHS), generators=EPOCHS, changes=LARGER)
    judge_run(run, {80: 12.5, 220: 30.0})
    return run


def test_the_size_is_told_before_and_is_nearly_right(run: Run) -> None:
    plan, size = plan_bundle(run, run.config(), 10**9), len(pack_run(run))
    assert plan.is_whole and plan.fits and plan.generators == plan.all_generators == len(EPOCHS)
    assert plan.bytes == pytest.approx(size, rel=0.02)
    assert run.size() > 1.3 * size  # of which much stays here: the older state, the reserve


def test_a_state_that_is_damaged_is_told_before_and_the_one_before_it_goes(run: Run) -> None:
    newest, older = reversed(run.checkpoints.steps())
    run.checkpoints.state_path(newest).write_bytes(b"torn")
    plan = plan_bundle(run, run.config(), 10**9)
    assert plan.has_state and plan.bytes == pytest.approx(len(pack_run(run)), rel=0.02)
    run.checkpoints.state_path(older).write_bytes(b"torn")
    plan = plan_bundle(run, run.config(), 10**9)
    assert not plan.has_state and plan.bytes == pytest.approx(len(pack_run(run)), rel=0.05)
    assert not plan_bundle(run, run.config(), plan.bytes - 1).has_state


@pytest.mark.parametrize("share", [0.8, 0.6, 0.55])
def test_a_bundle_within_a_limit_has_the_state_the_best_and_what_fits_evenly_spread(
    run: Run, tmp_path: Path, share: float
) -> None:
    limit = int(share * len(pack_run(run)))
    plan, content = plan_bundle(run, run.config(), limit), pack_within(run, limit)
    assert 0.8 * limit < len(content) <= limit
    assert plan.bytes == pytest.approx(len(content), rel=0.02) and plan.bytes < plan.whole_bytes
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        names = archive.namelist()
        told = json.loads(archive.read("bundle.json"))
    assert "checkpoints/000220.safetensors" in names and told["thin"] is False
    steps = [int(name[12:18]) for name in names if name.endswith(".generator.safetensors")]
    assert len(steps) == plan.generators < plan.all_generators == len(EPOCHS)
    assert {20, 80, 220} <= set(steps)  # the first, the best, the last
    elsewhere = RunStore(tmp_path / "elsewhere")
    back = elsewhere.get(unpack(io.BytesIO(content), elsewhere.folder))
    assert back.status().step == 220 and back.checkpoints.load_last()[0] is not None
    assert back.checkpoints.best() == run.checkpoints.best()
    assert len(back.metrics()) == len(run.metrics())


def test_a_run_whose_state_alone_is_beyond_the_limit_is_refused_by_its_name(run: Run) -> None:
    limit = (run.checkpoints.folder / "000220.safetensors").stat().st_size
    assert not plan_bundle(run, run.config(), limit).fits
    with pytest.raises(BundleError, match=r"000220\.safetensors"):
        pack_within(run, limit)


def test_a_bundle_that_grows_beyond_its_limit_is_refused_while_it_is_written(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit = len(pack_run(run)) // 2
    monkeypatch.setattr(packing, "_pack", lambda name, size: 1)
    with pytest.raises(BundleError, match="it may have up to"):
        pack_within(run, limit)


def test_grids_take_half_of_the_room_at_most() -> None:
    generators = {f"checkpoints/{step:06d}.generator.safetensors": 1000 - MEMBER_BYTES for step in range(10)}
    grids = {
        f"samples/{step:06d}.{ending}": 500 - MEMBER_BYTES for step in range(20) for ending in ("json", "png")
    }  # 1,000 bytes each
    sizes = {"run.json": 1000 - MEMBER_BYTES} | generators | grids
    chosen = choose_within(sizes, 5, 10_000)
    # Run and best take 2,000 of 10,000; grids 4 of the 8 places that are left, generators the other 4.
    assert sorted(name for name in chosen if name.endswith(".png")) == [
        f"samples/{step:06d}.png" for step in (0, 6, 13, 19)
    ]
    assert sorted(name[:18] for name in chosen if name.startswith("checkpoints")) == [
        f"checkpoints/{step:06d}" for step in (0, 3, 5, 6, 9)
    ]
    assert len([name for name in chosen if name.endswith(".json") and name.startswith("samples")]) == 4
