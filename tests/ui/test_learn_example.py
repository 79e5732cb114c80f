"""The real run that is learned from."""

import json
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from dcgan.data import images
from dcgan.runs.gallery import SHIPPED, Gallery
from dcgan.runs.status import RunStatus
from dcgan.runs.store import RunStore, runs_folder
from dcgan.runs.unpacking import unpack
from fake_runs import make_run
from ui import learn_example, state
from ui.learn_curves import describe, draw_curves
from ui.learn_example import POINTS, SERIES, from_run, shipped, to_json


@pytest.fixture
def store() -> RunStore:
    learn_example._read.clear()
    return RunStore(runs_folder())


def test_the_shipped_example_is_the_whole_of_the_notebooks_recipe() -> None:
    found = shipped()
    assert set(found.curves) == set(SERIES)
    assert {len(values) for values in found.curves.values()} == {POINTS}
    assert round(found.curves["epoch"][-1]) == 10
    assert list(found.grids) == [1, 3, 10]
    for content in found.grids.values():
        assert images.decode_png(content).shape == (148, 148, 1)  # 5 * 28 + 4 * 2
    assert learn_example.PATH.stat().st_size < 70_000


def test_a_runs_rows_become_means(store: RunStore) -> None:
    run = make_run(store, RunStatus.FINISHED, step=240)
    found = from_run(run)
    assert found.run_id == run.run_id
    # 240 rows in 120 parts: the first is the mean of steps 1 and 2: (0.01 + 0.02) / 2 epochs
    assert found.curves["epoch"][0] == 0.015
    assert found.curves["g_loss"][0] == pytest.approx(0.693 + (5 + 2.5) / 2, abs=1e-4)
    assert list(found.grids) == [1]  # the second epoch is neither of those that are shown


def test_a_run_without_rows_or_grids_is_refused(store: RunStore) -> None:
    with pytest.raises(ValueError, match="at least 120"):
        from_run(make_run(store, RunStatus.FINISHED, step=100))
    run = make_run(store, RunStatus.FINISHED, step=150)
    (run.run_dir / "samples" / "000100.png").unlink()
    with pytest.raises(ValueError, match="no grid"):
        from_run(run)


def test_an_example_survives_being_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(learn_example, "PATH", tmp_path / "x.json")
    content = to_json(learn_example.Example("", {name: [1.0, 2.0] for name in SERIES}, {3: b"png"}))
    (tmp_path / "x.json").write_text(content)
    assert shipped().grids == {3: b"png"}


def test_a_long_run_that_has_ended_goes_before_the_shipped_one(store: RunStore) -> None:
    assert learn_example.example().run_id == ""
    make_run(store, RunStatus.FINISHED, step=240)  # too short
    make_run(store, RunStatus.STOPPED, step=240, steps=9000)
    assert learn_example.example().run_id == ""
    good = make_run(store, RunStatus.FINISHED, step=9000, steps=9000)
    assert learn_example.example().run_id == good.run_id


def test_a_thinned_run_is_no_example(store: RunStore) -> None:
    make_run(store, RunStatus.FINISHED, step=9000, steps=9000, thin=True)
    assert learn_example.example().run_id == ""


def test_only_the_recipe_itself_is_shown_as_the_notebooks_training(store: RunStore) -> None:
    run = make_run(store, RunStatus.FINISHED, step=9000, steps=9000)
    record = json.loads((run.run_dir / "run.json").read_text())
    for section, field, value, suits in (
        ("training", "loss", "minimax", False), ("training", "epochs", 3, False), ("data", "limit", 6000, False),
        ("training", "seed", 5, True), ("saving", "sample_every", 50, True), ("saving", "inverted", False, False),
    ):  # fmt: skip
        config = {**record["config"], section: {**record["config"][section], field: value}}
        (run.run_dir / "run.json").write_text(json.dumps({**record, "config": config}))
        learn_example._read.clear()
        assert (learn_example.example().run_id == run.run_id) is suits, field


def test_the_gallery_that_ships_has_the_notebooks_training_with_all_three_grids(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gallery = Gallery(SHIPPED, tmp_path / "state", unpack)
    gallery.load()
    monkeypatch.setattr(state, "_gallery", lambda *folders: gallery)
    found = learn_example.example()
    assert found.run_id in {run.run_id for run in gallery.list_runs()}
    assert found.curves == shipped().curves  # means of all steps: the gallery keeps extremes
    assert list(found.grids) == [1, 3, 10] and round(found.curves["epoch"][-1]) == 10
    assert min(found.curves["g_loss"]) > 0  # the loss whose chance line is drawn


def test_on_a_public_server_nobody_learns_from_a_visitors_run(store: RunStore, monkeypatch: pytest.MonkeyPatch) -> None:
    run = make_run(store, RunStatus.FINISHED, step=9000, steps=9000)
    assert learn_example.example().run_id == run.run_id
    monkeypatch.setenv("DCGAN_PUBLIC", "1")
    assert learn_example.example().run_id == ""


def test_a_damaged_run_is_passed_over(store: RunStore) -> None:
    run = make_run(store, RunStatus.FINISHED, step=9000, steps=9000)
    run.metrics_path.unlink()
    assert learn_example.example().run_id == ""


def test_the_curves_of_the_example_are_a_well_formed_drawing(store: RunStore) -> None:
    found = from_run(make_run(store, RunStatus.FINISHED, step=240))
    root = ElementTree.fromstring(draw_curves(found.curves))
    lines = root.findall("{http://www.w3.org/2000/svg}polyline")
    assert [line.get("class") for line in lines] == ["g_loss", "d_loss", "d_real", "d_fake"]
    assert all(len((line.get("points") or "").split()) == POINTS for line in lines)
    said = [text.text for text in root.iter("{http://www.w3.org/2000/svg}text")]
    dashed = [line for line in root.iter("{http://www.w3.org/2000/svg}line") if "chance" in (line.get("class") or "")]
    names = {"0.693: G, if D only guesses", "1.386: D, if it only guesses", "0.5: cannot tell"}
    assert len(dashed) == 3 and names <= {*said}  # each dashed line is named
    assert "to 0.71" in describe(found.curves)  # 0.693 + 5 / 239.5
