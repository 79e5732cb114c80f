"""A run leaves through the browser as one file and comes back as one; another kind of file becomes a sentence."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from bundle_runs import make_trained_run, pack_run
from dcgan.runs.store import RunStore

SECONDS = 30_000


def test_a_run_is_taken_home_and_brought_back(open_app: Callable[..., None], page: Page, tmp_path: Path) -> None:
    store = RunStore(Path(os.environ["DCGAN_RUNS"]))
    run = make_trained_run(store)
    open_app(page, f"/train?run={run.run_id}")
    with page.expect_download(timeout=SECONDS) as caught:
        page.get_by_role("button", name="Take it home").first.click()
    assert caught.value.suggested_filename == f"{run.run_id}.dcgan"
    taken = tmp_path / "taken.dcgan"
    caught.value.save_as(taken)
    assert taken.read_bytes() == pack_run(run)

    shutil.rmtree(run.run_dir)
    open_app(page)
    page.locator(".st-key-import summary").click()
    drop = page.locator(".st-key-import input[type=file]")
    drop.set_input_files(
        {"name": "model.h5", "mimeType": "application/x-hdf5", "buffer": b"\x89HDF\r\n\x1a\n" + bytes(99)}
    )
    expect(page.locator(".st-key-import")).to_contain_text("it looks like an HDF5 file", timeout=SECONDS)
    assert not store.list_runs()
    drop.set_input_files(taken)
    expect(page.locator(".st-key-import")).to_contain_text("Imported: ", timeout=SECONDS)
    page.locator(".st-key-import").get_by_role("link", name="Open it").click()
    expect(page.locator(".run-facts")).to_have_attribute("data-step", "40", timeout=SECONDS)
    assert f"run={run.run_id}" in page.url
