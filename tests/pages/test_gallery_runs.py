"""Runs of the gallery on the pages: alive at first sight, and nobody's to change."""

import itertools
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dcgan.runs.bundle import export_run
from dcgan.runs.gallery import Gallery
from dcgan.runs.run import Run
from dcgan.runs.status import RunStatus
from dcgan.runs.store import RunStore
from dcgan.runs.unpacking import unpack
from dcgan.runs.visitors import LOCAL, Visitor
from fake_runs import STEPS_PER_EPOCH, make_run, save_grid
from ui import shell, state, visitor

Open = Callable[..., AppTest]


def shown(app: AppTest) -> str:
    return " ".join(element.proto.body for element in app.get("html"))


def keys(app: AppTest) -> set[str]:
    return {button.key for button in [*app.button, *app.get("download_button")]}


@pytest.fixture
def published(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A real bundle in the gallery's folder, and a gallery that has read it before the first page asks."""
    run = make_run(RunStore(tmp_path / "elsewhere"), RunStatus.FINISHED, step=100)
    folder = Path(os.environ["DCGAN_GALLERY"])
    folder.mkdir()
    export_run(run, folder / "one.dcgan", thin=True)
    (folder / "two.dcgan").write_bytes(b"not a bundle")
    shutil.rmtree(run.run_dir)
    gallery = Gallery(folder, Path(os.environ["DCGAN_STATE"]), unpack)
    gallery.load()
    monkeypatch.setattr(state, "_gallery", lambda *_: gallery)
    (listed,) = gallery.list_runs()
    found = gallery.find(listed.run_id)
    assert found is not None
    return found


@pytest.fixture
def late(published: Run, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The gallery's run, on a server that has just begun to unpack it when a page is opened."""
    gallery = state._gallery(Path(), Path())
    gallery._loaded.clear()
    runs, folders = dict(gallery._runs), dict(gallery._folders)
    gallery._runs.clear()
    gallery._folders.clear()

    def load(looks: int) -> bool:
        if next(count) == looks:
            gallery._runs.update(runs)
            gallery._folders.update(folders)
            gallery._loaded.set()
        return gallery.is_loaded

    count = itertools.count()
    monkeypatch.setattr(shell.state, "is_gallery_loaded", lambda: load(5))
    return published


def test_whoever_opens_a_shared_link_first_sees_the_gallerys_run(open_page: Open, late: Run) -> None:
    app = open_page("train", run=late.run_id)
    assert not app.error and not app.warning
    assert 'class="run-facts"' in shown(app)


@pytest.mark.parametrize("page", ["compare", "generate"])
def test_a_page_of_runs_waits_for_those_of_the_gallery(open_page: Open, late: Run, page: str) -> None:
    app = open_page(page, runs=late.run_id) if page == "compare" else open_page(page, run=late.run_id)
    assert not app.error and not app.warning
    assert "begin" not in keys(app)  # the offer to start a first run, where there is none


def test_a_gallery_that_never_comes_is_not_waited_for_for_ever(
    open_page: Open, late: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shell.state, "is_gallery_loaded", lambda: False)
    monkeypatch.setattr(shell, "GALLERY_SECONDS", 0.3)
    assert "begin" in keys(open_page("compare"))


def test_home_shows_the_gallery_and_leads_to_its_runs(open_page: Open, published: Run) -> None:
    app = open_page("home")
    assert "Gallery" in [heading.value for heading in app.header]
    links = [link.proto for link in app.get("page_link")]
    assert {(link.page, link.label) for link in links if link.query_string} >= {("train", "Look at it")}
    assert all(published.run_id in link.query_string for link in links if link.query_string)


def test_a_gallery_that_is_being_unpacked_leaves_room_and_no_heading(
    open_page: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(state, "_gallery", lambda *_: Gallery(tmp_path, tmp_path, unpack))
    assert [heading.value for heading in open_page("home").header] == ["Runs"]


def test_without_a_gallery_home_says_nothing_of_one(open_page: Open) -> None:
    assert "Gallery" not in [heading.value for heading in open_page("home").header]


def test_a_run_of_the_gallery_can_be_looked_at_and_taken_home_but_not_steered(open_page: Open, published: Run) -> None:
    app = open_page("train", run=published.run_id)
    assert 'class="badge finished"' in shown(app) or 'class="badge stopped"' in shown(app)
    assert not {"run-resume", "run-stop", "run-pause"} & keys(app) and "bundle" in keys(app)
    assert any("nobody can change it" in caption.value for caption in app.caption)
    buttons = [*app.button, *app.get("download_button")]
    assert [button.key for button in buttons if button.proto.type == "primary"] == ["new-run"]  # it has one epoch only


def test_compare_has_the_gallerys_runs_without_ways_to_change_them(open_page: Open, published: Run) -> None:
    app = open_page("compare")
    ids = {element.key for element in app.checkbox}
    assert f"choose-{published.run_id}" in ids
    assert not any(key and key.startswith(("star-", "edit-", "delete-")) for key in keys(app))


def test_a_run_of_ones_own_that_is_in_the_gallery_too_is_ones_own(
    open_page: Open, store: RunStore, published: Run
) -> None:
    shutil.copytree(published.run_dir, store.folder / published.run_id)
    app = open_page("compare")
    assert f"delete-{published.run_id}" in keys(app)
    assert not open_page("home").exception


@pytest.mark.parametrize("public", ["", "1"])
def test_the_films_button_is_the_one_main_button_of_a_gallerys_run_that_has_one(
    open_page: Open, published: Run, public: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DCGAN_PUBLIC", public)  # where a run of one's own would have to be taken home first
    monkeypatch.setattr(visitor, "current", lambda: Visitor("b" * 64) if public else LOCAL)
    for epoch in (1, 2):
        save_grid(published, epoch * STEPS_PER_EPOCH)
    app = open_page("train", run=published.run_id)
    buttons = [*app.button, *app.get("download_button")]
    assert [button.key for button in buttons if button.proto.type == "primary"] == ["gif"]
