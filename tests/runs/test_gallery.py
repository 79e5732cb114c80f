"""Facts about the runs that ship with the app."""

import logging
import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from dcgan.runs.errors import BrokenRunError
from dcgan.runs.gallery import SHIPPED, Gallery, gallery_folder
from dcgan.runs.run import Run
from dcgan.runs.status import RunStatus
from dcgan.runs.store import RunStore
from fake_runs import make_run


class Workshop:
    """Bundles that are only names of runs, and an unpacker that copies the run of that name."""

    def __init__(self, folder: Path) -> None:
        self.store, self.bundles, self.state = RunStore(folder / "runs"), folder / "bundles", folder / "state"
        self.bundles.mkdir(parents=True)
        self.unpacked: list[str] = []

    def publish(self, name: str) -> Run:
        run = make_run(self.store, RunStatus.FINISHED, step=100)
        (self.bundles / f"{name}.dcgan").write_text(run.run_id)
        return run

    def unpack(self, bundle: Path, folder: Path) -> None:
        run_id = bundle.read_text()
        if run_id == "broken":
            raise ValueError("it holds nothing that can be used.")
        shutil.copytree(self.store.folder / run_id, folder / run_id)
        self.unpacked.append(bundle.name)

    def open(self) -> Gallery:
        gallery = Gallery(self.bundles, self.state, self.unpack)
        gallery.load()
        return gallery


@pytest.fixture
def workshop(tmp_path: Path) -> Workshop:
    return Workshop(tmp_path)


def test_runs_are_listed_in_the_order_of_their_bundles_names(workshop: Workshop) -> None:
    last, first = workshop.publish("b"), workshop.publish("a")
    gallery = workshop.open()
    assert [run.run_id for run in gallery.list_runs()] == [first.run_id, last.run_id]
    assert all(run.status is not None and run.status.status == RunStatus.FINISHED for run in gallery.list_runs())
    found = gallery.find(first.run_id)
    assert found is not None and found.samples() and found.config().preset == "notebook"
    assert gallery.find("../" + last.run_id) is None


def test_nothing_is_there_before_it_is_loaded(workshop: Workshop) -> None:
    run = workshop.publish("a")
    gallery = Gallery(workshop.bundles, workshop.state, workshop.unpack)
    assert not gallery.is_loaded and gallery.list_runs() == [] and gallery.find(run.run_id) is None
    gallery.load()
    assert gallery.is_loaded and gallery.find(run.run_id) is not None


def test_a_bundle_is_unpacked_once_on_a_machine_and_anew_when_it_changes(workshop: Workshop) -> None:
    workshop.publish("a")
    workshop.open()
    workshop.open()
    assert workshop.unpacked == ["a.dcgan"]
    (workshop.bundles / "a.dcgan").rename(workshop.bundles / "b.dcgan")  # the same bytes
    workshop.open()
    assert workshop.unpacked == ["a.dcgan"]
    changed = workshop.publish("b")
    assert [run.run_id for run in workshop.open().list_runs()] == [changed.run_id]
    assert workshop.unpacked == ["a.dcgan", "b.dcgan"]


def test_a_broken_bundle_is_passed_over_with_a_sentence_in_the_log(
    workshop: Workshop, caplog: pytest.LogCaptureFixture
) -> None:
    (workshop.bundles / "a.dcgan").write_text("broken")
    good, torn = workshop.publish("b"), workshop.publish("c")
    (torn.run_dir / "run.json").write_text("{")
    with caplog.at_level(logging.WARNING):
        gallery = workshop.open()
    assert [run.run_id for run in gallery.list_runs()] == [good.run_id]
    assert "the gallery's a.dcgan is passed over: it holds nothing that can be used." in caplog.text
    assert "c.dcgan is passed over" in caplog.text
    assert [path.name for path in (workshop.state / "gallery").iterdir() if path.name.startswith(".")] == []


def test_several_servers_that_start_at_once_share_what_one_of_them_unpacked(workshop: Workshop) -> None:
    runs = {workshop.publish(name).run_id for name in "abc"}
    with ThreadPoolExecutor(6) as pool:
        galleries = list(pool.map(lambda _: workshop.open(), range(6)))
    assert all({run.run_id for run in gallery.list_runs()} == runs for gallery in galleries)
    assert len(list((workshop.state / "gallery").iterdir())) == 3


def test_what_a_killed_server_left_is_taken_away(workshop: Workshop) -> None:
    workshop.publish("a")
    left = workshop.state / "gallery" / ".tmp-0123-4567"
    left.mkdir(parents=True)
    workshop.open()
    assert left.exists()  # another server may be at work there
    os.utime(left, (1, 1))
    workshop.open()
    assert not left.exists()


def test_without_a_folder_or_with_a_disk_that_cannot_be_written_the_gallery_is_empty(
    workshop: Workshop, tmp_path: Path
) -> None:
    missing = Gallery(tmp_path / "nowhere", workshop.state, workshop.unpack)
    missing.load()
    assert missing.is_loaded and missing.list_runs() == []
    workshop.publish("a")
    workshop.state.write_text("a file in the place of the folder")
    assert workshop.open().list_runs() == []


def test_a_run_of_the_gallery_is_a_run_to_look_at_on_a_disk_that_cannot_be_written(workshop: Workshop) -> None:
    run_id = workshop.publish("a").run_id
    run = workshop.open().find(run_id)
    assert run is not None
    before = sorted(path.name for path in run.run_dir.rglob("*"))
    assert run.status().status == RunStatus.FINISHED and not run.is_locked()
    assert sorted(path.name for path in run.run_dir.rglob("*")) == before
    shutil.rmtree(run.run_dir)
    with pytest.raises(BrokenRunError):
        run.status()


def test_the_folder_is_the_environments_or_the_one_that_ships(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DCGAN_GALLERY", str(tmp_path))
    assert gallery_folder() == tmp_path
    monkeypatch.delenv("DCGAN_GALLERY")
    assert gallery_folder() == SHIPPED == Path(__file__).parents[2] / "gallery"
