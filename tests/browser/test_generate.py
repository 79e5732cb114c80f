"""Drawing in a real browser: key frames, a walk, its MP4, and a link that shows the same pixels elsewhere."""

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from browser_steps import expect_keys, sample, shown_bytes
from dcgan.cli import run_command
from dcgan.runs.run import Run
from dcgan.runs.store import RunStore
from decoded import decode_mp4
from drawable_runs import make_drawable
from fake_runs import judge_run

OpenPage = Callable[..., Page]


@pytest.fixture
def run() -> Run:
    return make_drawable(RunStore(Path(os.environ["DCGAN_RUNS"])))


def written_bytes(run: Run, folder: Path, *arguments: str) -> bytes:
    """What the command line writes."""
    assert run_command(["generate", run.run_id, *arguments, "--out", str(folder / "grid.png")]) == 0
    return (folder / "grid.png").read_bytes()


def test_key_frames_walk_mp4_and_the_link_in_a_fresh_browser(
    app: Any, open_page: OpenPage, run: Run, tmp_path: Path
) -> None:
    page = open_page()
    app.open(page, "/generate?seed=3&count=64&checkpoint=100")
    expect(sample(page, 63)).to_be_visible()
    assert shown_bytes(page) == written_bytes(run, tmp_path, "--seed", "3", "--count", "64", "--checkpoint", "100")

    # By the mouse, quickly, and by keys alone.
    sample(page, 17).click()
    sample(page, 2).click()
    expect_keys(page, "17,2")
    sample(page, 2).press("ArrowRight")
    sample(page, 3).press("ArrowDown")
    sample(page, 11).press("Enter")
    expect_keys(page, "17,2,11")
    expect(sample(page, 11)).to_have_attribute("aria-pressed", "true")
    expect(sample(page, 11)).to_have_attribute("aria-label", "Image 11, key frame 3")
    expect(page.locator('.player[data-frames="60"] canvas')).to_be_visible()

    # The walk plays in the browser, whatever the server does.
    place = page.locator(".player output")
    page.get_by_role("button", name="Play", exact=True).click()
    first = place.inner_text()
    expect(place).not_to_have_text(first)
    page.get_by_role("button", name="Pause", exact=True).click()

    # The link stands beside the download, one click away.
    page.locator(".st-key-link").get_by_role("button").first.click()
    expect(page.get_by_test_id("stCode")).to_contain_text("checkpoint=100&seed=3&count=64&truncation=1&walk=17,2,11")
    page.keyboard.press("Escape")

    page.locator(".st-key-downloads").get_by_role("button").first.click()
    with page.expect_download(timeout=60_000) as download:
        page.locator("[class*='st-key-take-mp4'] button, .st-key-take\\\\.mp4 button").first.click()
    assert download.value.suggested_filename == f"{run.run_id}-step000100-seed3-walk.mp4"
    download.value.save_as(tmp_path / "walk.mp4")
    said, frames = decode_mp4((tmp_path / "walk.mp4").read_bytes(), tmp_path)
    assert frames.shape == (60, 280, 280, 3) and "20 fps" in said

    # Another browser profile, from the address alone, and with the count changed there.
    other = open_page()
    app.open(other, page.url.removeprefix(app.url))
    expect(sample(other, 11)).to_have_attribute("aria-pressed", "true")
    expect(other.locator('.player[data-frames="60"]')).to_be_visible()
    assert shown_bytes(other) == shown_bytes(page)
    app.open(other, re.sub("count=64", "count=8", page.url.removeprefix(app.url)))
    expect(sample(other, 8)).to_have_count(0)
    assert shown_bytes(other) == written_bytes(run, tmp_path, "--seed", "3", "--count", "8", "--checkpoint", "100")


def expect_settled(page: Page) -> None:
    """Wait until the script has ended, and the board that it replaced is gone."""
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning", timeout=15_000)
    expect(page.locator(".board img")).to_have_count(1)


def test_best_is_offered_first_and_shown_where_the_run_got_worse(app: Any, open_page: OpenPage, tmp_path: Path) -> None:
    run = make_drawable(RunStore(Path(os.environ["DCGAN_RUNS"])), (100, 200, 300, 400))
    judge_run(run, {100: 12.34, 200: 30.0, 300: 31.0, 400: 32.0})
    page = open_page()
    app.open(page, f"/generate?run={run.run_id}")
    expect(sample(page, 24)).to_be_visible()
    expect(page).to_have_url(re.compile("checkpoint=best"))
    expect(page.get_by_text("This run has been getting worse since epoch 1")).to_contain_text("The best is shown.")
    best = written_bytes(run, tmp_path, "--checkpoint", "best")
    assert shown_bytes(page) == best == written_bytes(run, tmp_path, "--checkpoint", "100")

    # Another one is chosen by hand; the page leads back.
    page.get_by_role("combobox", name=re.compile("Checkpoint")).click()
    offered = page.get_by_role("option")
    expect(offered.first).to_have_text("best · epoch 1 · FCD 12.3")
    offered.nth(1).click()
    expect(page).to_have_url(re.compile("checkpoint=last"))
    expect_settled(page)
    assert shown_bytes(page) == written_bytes(run, tmp_path, "--checkpoint", "last") != best
    page.get_by_role("button", name="Show the best").click()
    expect(page.get_by_text("The best is shown.")).to_be_visible()
    expect(page).to_have_url(re.compile("checkpoint=best"))
    expect_settled(page)
    assert shown_bytes(page) == best


def test_what_was_chosen_comes_back_after_another_page(app: Any, open_page: OpenPage, run: Run) -> None:
    page = open_page()
    app.open(page, "/generate?seed=5&walk=1,2")
    expect(sample(page, 1)).to_have_attribute("aria-pressed", "true")
    before = shown_bytes(page)
    page.get_by_role("link", name="Home", exact=True).click()
    expect(page.get_by_role("heading", name="Train a network that draws.")).to_be_visible()
    page.get_by_role("link", name="Generate", exact=True).click()
    expect(sample(page, 2)).to_have_attribute("aria-pressed", "true")
    expect(page).to_have_url(re.compile("seed=5"))
    assert shown_bytes(page) == before


def test_a_dropped_file_draws_and_one_that_is_none_is_a_sentence(app: Any, open_page: OpenPage, run: Run) -> None:
    page = open_page()
    app.open(page, "/generate?checkpoint=100")
    before = shown_bytes(page)
    page.get_by_text("A checkpoint file of your own").click()
    page.locator("input[type=file]").set_input_files(run.checkpoints.samplers()[100])
    expect(page.get_by_text("Drawn from your file")).to_be_visible(timeout=15_000)
    assert shown_bytes(page) == before
    page.locator("input[type=file]").set_input_files(
        {"name": "x.safetensors", "mimeType": "application/octet-stream", "buffer": b"\x89HDF\r\n\x1a\n" + bytes(99)}
    )
    expect(page.get_by_text("HDF5")).to_be_visible(timeout=15_000)
    expect(page.get_by_test_id("stException")).to_have_count(0)
