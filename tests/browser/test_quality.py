"""How good it is, in a real browser: one image looked at closely, and a checkpoint judged by a real worker process."""

import contextlib
import json
import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
from playwright.sync_api import Locator, Page, expect

from browser_steps import sample
from dcgan.data.images import encode_png, grid
from dcgan.runs.evaluations import FILE
from dcgan.runs.run import Run
from dcgan.runs.store import RunStore
from dcgan.runs.visitors import owner_of
from drawable_runs import make_drawable, save_full_state

HERE, ROOT = Path(__file__).parent, Path(__file__).resolve().parents[2]
SOON, LONG = 30_000, 240_000  # milliseconds; a machine that has never seen the training images reads them for minutes
KEY = "dcgan-studio-visitor"
FORGED = ("-1", "16", "9" * 5000, "1e3", "5.0", "nan", "abc", "", "%00", "<img src=x onerror=alert(1)>", "٣٣٣")

OpenPage = Callable[..., Page]


@pytest.fixture
def run() -> Run:
    run = make_drawable(RunStore(Path(os.environ["DCGAN_RUNS"])))
    save_full_state(run)
    return run


@pytest.fixture
def judging(start_app: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], Any]:
    """Start a server that judges on few images: the app's pages behind another entry point."""
    folder = tmp_path / "app"
    folder.mkdir()
    (folder / "pages").symlink_to(ROOT / "pages")
    shutil.copy(HERE / "judging_app.py", folder / "streamlit_app.py")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    return lambda: start_app(folder / "streamlit_app.py")


def switch_look(page: Page) -> None:
    page.get_by_text("Look at one image closely").click()


def expect_look(page: Page, index: int | str) -> Locator:
    """Wait until an image is looked at, its neighbours and all; returns the panel. By its number or its place."""
    panel = page.locator(".look")
    expect(panel.locator("figure")).to_have_count(4, timeout=LONG)
    named = re.compile(f"^Image {index}: " if isinstance(index, int) else f"^{index}")
    expect(panel.locator(".subject")).to_have_attribute("alt", named, timeout=SOON)
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning", timeout=SOON)
    expect(panel).to_have_count(1)
    return panel


def test_an_image_is_looked_at_and_the_address_shows_the_same_again(app: Any, open_page: OpenPage, run: Run) -> None:
    page = open_page()
    app.open(page, "/generate?seed=3&count=16&checkpoint=200")
    expect(sample(page, 5)).to_be_visible()
    expect(page.locator(".look")).to_have_count(0)
    switch_look(page)
    expect_look(page, 0)
    sample(page, 5).click()
    panel = expect_look(page, 5)
    expect(page).to_have_url(re.compile("look=5(&|$)"))
    expect(panel.locator(".class b")).to_have_text(re.compile(r"^[A-Z].* \d+\s%$"))
    expect(panel.locator(".belief")).to_contain_text("of this step only the generator was kept")
    expect(panel.locator("figure img").first).to_have_attribute("alt", re.compile(r"^Training image \d+: "))
    before = panel.inner_html()

    page.reload()
    assert expect_look(page, 5).inner_html() == before
    number = page.get_by_role("spinbutton", name="Image", exact=True)
    expect(number).to_have_value("5")
    number.fill("15")
    number.press("Enter")
    expect_look(page, 15)
    expect(page).to_have_url(re.compile("look=15(&|$)"))

    for forged in FORGED:
        app.open(page, f"/generate?seed=3&count=16&checkpoint=200&look={forged}")
        expect_look(page, 0)
        expect(page.get_by_test_id("stException")).to_have_count(0)
    switch_look(page)
    expect(page.locator(".look")).to_have_count(0, timeout=SOON)
    expect(page).not_to_have_url(re.compile("look="))


def test_an_image_of_a_runs_grid_is_looked_at_with_what_was_noted_of_it(app: Any, page: Page, run: Run) -> None:
    made_of = np.random.default_rng(0).integers(0, 256, (25, 28, 28, 1), np.uint8)
    picture = encode_png(grid(made_of, 5, inverted=run.config().saving.inverted))
    run.save_sample(300, picture, {"epoch": 3.0, "scores": [0.01 * index for index in range(25)]})
    app.open(page, f"/train?run={run.run_id}")
    expect(page.locator(".look")).to_have_count(0)
    switch_look(page)
    expect_look(page, "Row 1, column 1")
    for name, place in (("Row", "5"), ("Column", "4")):
        number = page.get_by_role("spinbutton", name=name, exact=True)
        number.fill(place)
        number.press("Enter")
        expect_look(page, "Row 5, column")
    panel = expect_look(page, "Row 5, column 4")
    expect(panel.locator(".belief")).to_contain_text(re.compile(r"took it for real with 23\s%"))  # the 24th, from 0


def workers_of(app: Any) -> list[psutil.Process]:
    """Processes of a server that judge."""
    found = []
    for child in app.children():
        with contextlib.suppress(psutil.NoSuchProcess):
            found += [child] if "dcgan.quality.judge" in child.cmdline() else []
    return found


def worker_of(app: Any, page: Page) -> psutil.Process:
    """Wait for the process that judges; returns it."""
    for _ in range(SOON // 100):
        if found := workers_of(app):
            return found[0]
        page.wait_for_timeout(100)
    raise AssertionError("nobody judges")


def button(page: Page, key: str) -> Locator:
    return page.locator(f".st-key-{key}").get_by_role("button")


def expect_progress(page: Page) -> None:
    expect(button(page, "cancel-judging")).to_be_visible(timeout=SOON)
    expect(page.get_by_test_id("stProgress")).to_be_visible()
    expect(button(page, "judge")).to_have_count(0)


def test_a_checkpoint_is_judged_cancelled_killed_and_kept(
    judging: Callable[[], Any], open_page: OpenPage, run: Run
) -> None:
    app, page = judging(), open_page()
    address = f"/generate?run={run.run_id}&checkpoint=200&count=4"
    app.open(page, address)
    page.locator(".st-key-judged summary").click()
    button(page, "judge").click()
    expect_progress(page)
    worker = worker_of(app, page)
    button(page, "cancel-judging").click()
    expect(page.get_by_text("The judging was cancelled.")).to_be_visible(timeout=SOON)
    assert not worker.is_running() and not (run.run_dir / FILE).exists()

    # Ended from outside, it is a sentence, and the button is there again.
    button(page, "judge").click()
    expect_progress(page)
    worker_of(app, page).kill()
    expect(page.get_by_text("The judging was ended from outside")).to_be_visible(timeout=SOON)
    assert not (run.run_dir / FILE).exists()

    # Whole at last. Two tabs that press are one job; the second shows the progress, too.
    other = open_page()
    app.open(other, address)
    button(page, "judge").click()
    expect_progress(page)
    worker = worker_of(app, page)
    button(other, "judge").click()
    expect_progress(other)
    assert workers_of(app) == [worker]
    for tab in (page, other):
        expect(tab.locator(".judged td b")).to_have_count(8, timeout=LONG)
        expect(button(tab, "judge")).to_have_count(0)
    worker.wait(20)  # what it has measured is shown while it still ends
    (scores,) = json.loads((run.run_dir / FILE).read_bytes()).values()
    assert scores["samples"] == 100
    before = page.locator(".judged").inner_text()
    page.reload()
    expect(page.locator(".judged")).to_have_text(re.compile("FCD"), timeout=SOON)
    assert page.locator(".judged").inner_text() == before
    expect(button(page, "judge")).to_have_count(0)
    assert not workers_of(app)


def test_visitors_judge_their_own_runs_alone(
    judging: Callable[[], Any], open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DCGAN_PUBLIC", "1")
    app, runs, pages = judging(), [], [open_page(), open_page()]
    for page in pages:
        app.open(page, "/")
        page.wait_for_function(f"localStorage.getItem('{KEY}') !== null")
        owner = owner_of(page.evaluate(f"localStorage.getItem('{KEY}')"))
        assert owner is not None
        runs.append(make_drawable(RunStore(Path(os.environ["DCGAN_RUNS"])), owner=owner))
    (ann, bob), (hers, his) = pages, runs
    for page, run in zip(pages, runs, strict=True):
        app.open(page, f"/generate?run={run.run_id}&checkpoint=200&count=4")
        page.locator(".st-key-judged summary").click()
        expect(button(page, "judge")).to_be_visible(timeout=SOON)
        expect(button(page, "judge-all")).to_have_count(0)
    button(ann, "judge").click()
    expect_progress(ann)
    worker = worker_of(app, ann)

    # Bob may look at hers, and has nothing to press there.
    app.open(bob, f"/generate?run={hers.run_id}&checkpoint=200&count=4")
    expect(bob.get_by_test_id("stProgress")).to_be_visible(timeout=SOON)
    expect(button(bob, "cancel-judging")).to_have_count(0)

    # What he presses on his own page names his own run, whatever the address says meanwhile.
    app.open(bob, f"/generate?run={his.run_id}&checkpoint=200&count=4")
    bob.locator(".st-key-judged summary").click()
    bob.evaluate(f"history.replaceState(null, '', '/generate?run={hers.run_id}&checkpoint=200&count=4')")
    button(bob, "judge").click()
    expect(bob.get_by_test_id("stProgress")).to_be_visible(timeout=SOON)
    app.open(bob, f"/generate?run={his.run_id}&checkpoint=200&count=4")
    expect(bob.get_by_text("Waiting for others that are being judged")).to_be_visible(timeout=SOON)
    bob.evaluate(f"history.replaceState(null, '', '/generate?run={hers.run_id}&checkpoint=200&count=4')")
    button(bob, "cancel-judging").click()
    app.open(bob, f"/generate?run={his.run_id}&checkpoint=200&count=4")
    expect(bob.get_by_text("The judging was cancelled.")).to_be_attached(timeout=SOON)  # perhaps folded
    assert worker.is_running() or (hers.run_dir / FILE).exists()
    assert not (his.run_dir / FILE).exists()


def test_a_killed_server_leaves_nobody_who_judges(judging: Callable[[], Any], open_page: OpenPage, run: Run) -> None:
    app, page = judging(), open_page()
    app.open(page, f"/generate?run={run.run_id}&checkpoint=200&count=4")
    page.locator(".st-key-judged summary").click()
    button(page, "judge").click()
    worker = worker_of(app, page)
    expect(page.get_by_text(re.compile("Reading the real|Drawing|Looking at"))).to_be_visible(timeout=SOON)
    app.kill()
    worker.wait(20)
    assert not (run.run_dir / FILE).exists()
