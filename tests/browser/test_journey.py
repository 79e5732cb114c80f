"""The whole main job in a real browser, with a real worker on real images: started, watched, killed, resumed."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import imageio.v3 as iio
import psutil
import pytest
from playwright.sync_api import Page, expect

from browser_steps import START, expect_badge, expect_step, press, start_run
from dcgan.runs.status import RunStatus
from dcgan.runs.store import RunStore

Open = Callable[..., None]
OpenPage = Callable[..., Page]
SEEN = 5_000  # milliseconds within which a death is told
ROOT = Path(__file__).resolve().parents[2]


def find_worker(app: Any) -> psutil.Process:
    return next(child for child in app.children() if "dcgan.training.worker" in " ".join(child.cmdline()))


def test_start_watch_pause_kill_resume_and_take_the_gif_home(app: Any, open_page: OpenPage, tmp_path: Path) -> None:
    page = open_page()
    run = start_run(app, page, epochs=4, images=1280)  # 40 steps an epoch
    expect(page.locator(".curves canvas").first).to_be_visible(timeout=START)
    expect_step(page, 3)

    # A second tab watches the same run; a reload of the first keeps it.
    second = open_page()
    app.open(second, page.url.removeprefix(app.url))
    expect_step(second, 3)
    page.reload()
    expect_badge(page, "running", 15_000)
    assert run.run_id in page.url

    press(page, "pause")
    expect_badge(page, "paused", 30_000)
    expect_badge(second, "paused", 10_000)
    press(page, "resume")
    expect_badge(page, "running", 15_000)

    # The worker is killed: the page says so within five seconds, and Resume goes on.
    find_worker(app).kill()
    expect_badge(page, "interrupted", SEEN)
    assert app.is_healthy()
    press(page, "resume")
    expect_badge(page, "finished", 3 * START)
    expect_badge(second, "finished", 10_000)
    assert [row["step"] for row in run.metrics() if "d_loss" in row] == list(range(1, 161))

    with page.expect_download() as download:
        page.locator(".st-key-gif").get_by_role("button").click()
    download.value.save_as(tmp_path / "epochs.gif")
    assert len(iio.imread(tmp_path / "epochs.gif")) == 4

    # The server never held TensorFlow.
    server = psutil.Process(app.process.pid)
    assert not [entry.path for entry in server.memory_maps() if "tensorflow" in entry.path]
    assert server.memory_info().rss < 300e6


def test_a_killed_server_leaves_no_orphan_and_its_run_resumes_on_the_next(
    start_app: Callable[[], Any], open_page: OpenPage
) -> None:
    first = start_app()
    page = open_page()
    run = start_run(first, page, epochs=50, images=1280)
    expect_step(page, 3)
    first.kill()
    _, alive = psutil.wait_procs(first.orphans, timeout=30)
    assert alive == []
    status = run.status()
    assert (status.status, status.error and status.error.code) == (RunStatus.INTERRUPTED, "server-ended")
    assert run.checkpoints.steps()[-1] == status.step > 0

    again = start_app()
    page = open_page()
    again.open(page, f"/train?run={run.run_id}")
    expect_badge(page, "interrupted", 15_000)
    press(page, "resume")
    expect_step(page, status.step + 2)
    press(page, "stop")
    expect_badge(page, "stopped", 30_000)


@pytest.fixture
def command() -> Iterator[subprocess.Popen[str]]:
    """A run from the command line, beside the pages."""
    arguments = ["train", "--preset", "notebook", "--limit", "640", "--epochs", "1", "--json"]
    yield (process := subprocess.Popen([sys.executable, "-m", "dcgan", *arguments], cwd=ROOT, stdout=-1, text=True))
    process.terminate()
    process.communicate()


def test_runs_from_two_tabs_and_a_terminal_take_turns(
    app: Any, open_page: OpenPage, request: pytest.FixtureRequest
) -> None:
    first, second = open_page(), open_page()
    running = start_run(app, first, epochs=50, images=1280)
    expect_step(first, 1)
    cancelled = start_run(app, second, epochs=50, images=1280)
    expect_badge(second, "queued", 15_000)
    expect(second.get_by_text("next in line")).to_be_visible(timeout=10_000)
    terminal = request.getfixturevalue("command")
    wait_for_position(2)

    # The one that is cancelled never starts; the one from the terminal moves up and trains once the first has stopped.
    press(second, "stop")
    expect_badge(second, "stopped", 15_000)
    press(first, "stop")
    expect_badge(first, "stopped", 30_000)
    output, _ = terminal.communicate(timeout=START / 1000)
    assert json.loads(output)["status"] == "finished"
    assert terminal.returncode == 0
    assert not cancelled.worker_log.exists()
    assert "started" not in [event["event"] for event in cancelled.events()]
    assert running.status().status == RunStatus.STOPPED


def wait_for_position(position: int) -> None:
    """Wait until a run says that it waits at a place in line."""
    store = RunStore(Path(os.environ["DCGAN_RUNS"]))
    deadline = time.monotonic() + 60
    while not any(listed.status is not None and listed.status.position == position for listed in store.list_runs()):
        assert time.monotonic() < deadline, f"nobody waits at place {position}"
        time.sleep(0.2)
