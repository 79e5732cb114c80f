"""The whole way of a stranger with a browser: from the images to a link that shows the same pixels elsewhere.

One test on the real app, with a real worker on real images: data looked at, a run started, watched and stopped, a
second one to its end, both compared, drawn from, a walk made, its MP4 taken home and decoded, the link opened anew.
"""

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect

from browser_steps import START, expect_badge, expect_keys, expect_step, press, sample, shown_bytes, start_run
from dcgan.cli import run_command
from dcgan.runs.status import RunStatus
from dcgan.runs.store import RunStore
from decoded import decode_mp4

OpenPage = Callable[..., Page]
SEEN = 30_000  # milliseconds


def go_to(page: Page, name: str, heading: str) -> None:
    page.get_by_role("link", name=name, exact=True).first.click()
    expect(page.get_by_role("heading", name=heading, exact=True)).to_be_visible(timeout=SEEN)


def test_from_the_images_to_a_link_with_the_same_pixels(app: Any, open_page: OpenPage, tmp_path: Path) -> None:
    page = open_page()
    app.open(page, "/")
    go_to(page, "Data", "What the networks learn from")
    expect(page.locator("img").first).to_be_visible(timeout=SEEN)
    expect(page.get_by_text("60,000 images").first).to_be_visible()

    # One run, watched and stopped.
    stopped = start_run(app, page, epochs=9, images=1280)
    expect(page.locator(".curves canvas").first).to_be_visible(timeout=START)
    expect_step(page, 45)  # the first epoch's end is behind it, so that it can be drawn from
    press(page, "stop")
    expect_badge(page, "stopped", SEEN)

    # A second one, to its end.
    finished = start_run(app, page, epochs=2, images=640)
    expect_badge(page, "finished", START)
    assert finished.written_status().step == 40
    assert stopped.written_status().status == RunStatus.STOPPED

    # Both side by side.
    go_to(page, "Compare", "Compare runs")
    for run in (stopped, finished):
        page.locator(f".st-key-choose-{run.run_id} label").first.click()
        expect(page).to_have_url(re.compile(run.run_id), timeout=SEEN)
    expect(page.locator(".curves canvas").first).to_be_visible(timeout=SEEN)
    expect(page.locator(".st-key-side-by-side img")).to_have_count(2, timeout=SEEN)

    # Drawn from, a walk, and its film.
    app.open(page, f"/generate?run={finished.run_id}&seed=7&count=64")
    expect(sample(page, 63)).to_be_visible(timeout=SEEN)
    for index in (5, 40):
        sample(page, index).click()
    expect_keys(page, "5,40")
    expect(page.locator('.player[data-frames="60"] canvas')).to_be_visible(timeout=SEEN)
    page.locator(".st-key-downloads").get_by_role("button").first.click()
    with page.expect_download(timeout=START) as download:
        page.locator("[class*='st-key-take-mp4'] button, .st-key-take\\.mp4 button").first.click()
    download.value.save_as(tmp_path / "walk.mp4")
    _, frames = decode_mp4((tmp_path / "walk.mp4").read_bytes(), tmp_path)
    assert frames.shape == (60, 280, 280, 3)
    assert len({frame.tobytes() for frame in frames}) > 50  # it moves

    # The link in a fresh browser, the command line, and the same after export and import elsewhere.
    seen = shown_bytes(page)
    other = open_page()
    app.open(other, page.url.removeprefix(app.url))
    expect(sample(other, 40)).to_have_attribute("aria-pressed", "true", timeout=SEEN)
    assert shown_bytes(other) == seen
    elsewhere = tmp_path / "elsewhere"
    bundle, grid = tmp_path / "run.dcgan", tmp_path / "grid.png"
    drawn = ["generate", finished.run_id, "--seed", "7", "--count", "64", "--out", str(grid)]
    assert run_command(drawn) == 0 and grid.read_bytes() == seen
    assert run_command(["export", finished.run_id, "--out", str(bundle)]) == 0
    assert run_command(["import", str(bundle), "--runs", str(elsewhere)]) == 0
    assert run_command([*drawn, "--runs", str(elsewhere)]) == 0 and grid.read_bytes() == seen
    assert len(RunStore(Path(os.environ["DCGAN_RUNS"])).list_runs()) == 2
