"""The live view in a real browser; a fake worker writes the run, so that a test takes seconds."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urljoin

import pytest
from playwright.sync_api import Locator, Page, expect

from dcgan.runs.status import RunStatus
from dcgan.runs.store import RunStore
from fake_runs import FakeWorker, judged_rows, make_run

Open = Callable[..., None]
TICK = 2_000  # milliseconds between two looks


@pytest.fixture
def worker() -> Iterator[FakeWorker]:
    """A run that trains, 100 steps a second."""
    run = make_run(RunStore(Path(os.environ["DCGAN_RUNS"])), RunStatus.QUEUED, step=300)
    with FakeWorker(run) as worker:
        yield worker


def step(page: Page) -> int:
    return int(page.locator(".run-facts").get_attribute("data-step") or 0)


def wait_for_ticks(page: Page, count: int) -> None:
    """Wait until the page has shown `count` more states of the run."""
    for _ in range(count):
        known = step(page)
        expect(page.locator(f'.run-facts:not([data-step="{known}"])')).to_be_visible(timeout=5 * TICK)


def curves(page: Page) -> Locator:
    return page.locator(".curves")


def drag_across(page: Page, canvas: Locator, start: float, end: float) -> None:
    """Drag over a share of the canvas's width."""
    box = canvas.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + start * box["width"], box["y"] + 60)
    page.mouse.down()
    page.mouse.move(box["x"] + end * box["width"], box["y"] + 80, steps=5)
    page.mouse.up()


def test_zoom_and_hidden_lines_outlive_the_ticks(open_app: Open, page: Page, worker: FakeWorker) -> None:
    open_app(page, f"/train?run={worker.run.run_id}")
    canvas = curves(page).locator("canvas").first
    expect(canvas).to_be_visible(timeout=15_000)
    drag_across(page, canvas, 0.3, 0.6)
    page.get_by_role("button", name="discriminator, D", exact=True).click()
    view = curves(page).get_attribute("data-view")
    assert view

    wait_for_ticks(page, 5)
    assert curves(page).get_attribute("data-view") == view
    expect(page.get_by_role("button", name="discriminator, D", exact=True)).to_have_attribute("aria-pressed", "false")

    page.get_by_role("button", name="Whole run").click()
    expect(curves(page)).to_have_attribute("data-view", "")


def test_the_quality_curve_comes_while_somebody_looks_and_leaves_the_view_alone(
    open_app: Open, page: Page, worker: FakeWorker
) -> None:
    open_app(page, f"/train?run={worker.run.run_id}")
    canvas = curves(page).locator("canvas").first
    expect(canvas).to_be_visible(timeout=15_000)
    drag_across(page, canvas, 0.3, 0.6)
    view = curves(page).get_attribute("data-view")
    assert view

    panel = curves(page).locator("canvas").nth(2)  # a judgement comes every two seconds
    expect(panel).to_be_visible(timeout=5 * TICK)
    expect(page.locator(".verdict")).to_contain_text("Best so far: epoch")
    assert curves(page).get_attribute("data-view") == view

    panel.scroll_into_view_if_needed()
    drag_across(page, panel, 0.4, 0.8)  # all panels have one view
    closer = curves(page).get_attribute("data-view")
    assert closer not in ("", view)
    page.get_by_text("KID, pair by pair").click()
    expect(curves(page)).to_contain_text("Distance to real images, KID")
    wait_for_ticks(page, 3)
    assert curves(page).get_attribute("data-view") == closer
    expect(page.locator(".coverage .row")).to_have_count(10)


NOTE_STARS = """
window.stars = [];
const fill = CanvasRenderingContext2D.prototype.fill;
CanvasRenderingContext2D.prototype.fill = function (...shape) {
  window.stars.push(this.fillStyle);
  fill.call(this, ...shape);
};
"""


def test_each_judgement_is_a_dot_and_the_best_a_star(open_app: Open, page: Page) -> None:
    run = make_run(RunStore(Path(os.environ["DCGAN_RUNS"])), RunStatus.STOPPED, step=300)
    run.append_metrics(judged_rows([120.0, 60.0, 12.5, 14.0, 20.0, 17.0]))
    page.add_init_script(NOTE_STARS + NOTE_TEXTS)
    open_app(page, f"/train?run={run.run_id}")
    expect(curves(page).locator("canvas").nth(2)).to_be_visible(timeout=15_000)
    stars = page.evaluate("stars")
    assert stars[:7] == ["#475569"] * 6 + ["#b45309"]
    assert {"FCD", "20", "50"} <= set(page.evaluate("written.map(({ words }) => words)"))  # a logarithmic scale
    expect(page.locator(".curves .level", has_text="1.41: real images")).to_be_visible()


NOTE_TEXTS = """
window.written = [];
const write = CanvasRenderingContext2D.prototype.fillText;
CanvasRenderingContext2D.prototype.fillText = function (words, x, y) {
  window.written.push({ words, x, y, width: this.canvas.clientWidth });
  write.call(this, words, x, y);
};
"""


@pytest.mark.parametrize(
    ("width", "ends"),
    [
        (1600, ["generator, G", "discriminator, D", "real ones, D(x)", "fakes, D(G(z))"]),
        (390, ["G", "D", "D(x)", "D(G(z))"]),
    ],
)
def test_a_line_ends_in_what_tells_it_from_the_others_without_colour(
    open_app: Open, open_page: Callable[..., Page], width: int, ends: list[str]
) -> None:
    run = make_run(RunStore(Path(os.environ["DCGAN_RUNS"])), RunStatus.STOPPED, step=300)
    page = open_page(viewport={"width": width, "height": 900})
    page.add_init_script(NOTE_TEXTS)
    open_app(page, f"/train?run={run.run_id}")
    expect(curves(page).locator("canvas").first).to_be_visible(timeout=15_000)
    page.wait_for_function("ends => ends.every((end) => written.some(({ words }) => words === end))", arg=ends)
    written = page.evaluate("written")
    places = {one["words"]: one for one in written if one["words"] in ends}
    assert all(place["x"] > 0.6 * place["width"] for place in places.values())
    for first, second in (ends[:2], ends[2:]):
        assert abs(places[first]["y"] - places[second]["y"]) >= 14  # one line of words


def test_the_curve_can_be_steered_by_keyboard(open_app: Open, page: Page, worker: FakeWorker) -> None:
    open_app(page, f"/train?run={worker.run.run_id}")
    expect(curves(page).locator("canvas").first).to_be_visible(timeout=15_000)
    curves(page).focus()
    page.keyboard.press("+")
    zoomed = curves(page).get_attribute("data-view")
    assert zoomed
    page.keyboard.press("ArrowLeft")
    assert curves(page).get_attribute("data-view") not in ("", zoomed)
    page.keyboard.press("Escape")
    expect(curves(page)).to_have_attribute("data-view", "")


def test_a_reload_keeps_the_run(open_app: Open, page: Page, worker: FakeWorker) -> None:
    open_app(page, f"/train?run={worker.run.run_id}")
    wait_for_ticks(page, 1)
    before = step(page)
    page.reload()
    expect(page.locator(".run-facts")).to_be_visible(timeout=15_000)
    assert step(page) >= before
    assert worker.run.run_id in page.url


def test_two_tabs_watch_one_run(open_app: Open, open_page: Callable[..., Page], worker: FakeWorker) -> None:
    tabs = [open_page(), open_page(locale="tr-TR")]
    for tab in tabs:
        open_app(tab, f"/train?run={worker.run.run_id}")
    for tab in tabs:
        wait_for_ticks(tab, 2)
    expect(tabs[0].locator(".badge")).to_contain_text("running")
    expect(tabs[1].locator(".badge")).to_contain_text("sürüyor")


def test_switching_pages_and_back_keeps_the_run(open_app: Open, page: Page, worker: FakeWorker) -> None:
    open_app(page, f"/train?run={worker.run.run_id}")
    page.get_by_role("link", name="Home", exact=True).click()
    expect(page.get_by_role("heading", name="Train a network that draws.")).to_be_visible()
    page.get_by_role("link", name="Train", exact=True).click()
    expect(curves(page).locator("canvas").first).to_be_visible(timeout=15_000)
    assert worker.run.run_id in page.url


def test_new_run_leaves_the_run_for_the_form(open_app: Open, page: Page, worker: FakeWorker) -> None:
    open_app(page, f"/train?run={worker.run.run_id}")
    page.get_by_role("button", name="New run").click()
    expect(page.get_by_role("heading", name="New training run")).to_be_visible(timeout=3 * TICK)
    expect(page.locator(".run-head")).to_have_count(0)
    assert "run=" not in page.url


def test_a_link_in_the_list_opens_its_run(open_app: Open, page: Page, worker: FakeWorker) -> None:
    open_app(page, "/")
    page.get_by_role("link", name="notebook · fashion-mnist").click()
    expect(curves(page).locator("canvas").first).to_be_visible(timeout=15_000)
    assert worker.run.run_id in page.url


def test_the_newest_grid_comes_by_itself_and_pixels_stay_crisp(open_app: Open, page: Page, worker: FakeWorker) -> None:
    open_app(page, f"/train?run={worker.run.run_id}")
    picture = page.locator(".st-key-film img")
    first = picture.get_attribute("src")
    expect(picture).not_to_have_attribute("src", first or "", timeout=5 * TICK)
    assert picture.evaluate("image => getComputedStyle(image).imageRendering") == "pixelated"


def test_a_grid_reaches_the_screen_byte_for_byte(open_app: Open, page: Page) -> None:
    run = make_run(RunStore(Path(os.environ["DCGAN_RUNS"])), RunStatus.STOPPED, step=300)
    open_app(page, f"/train?run={run.run_id}")
    picture = page.locator(".st-key-film img")
    expect(picture).to_be_visible(timeout=15_000)
    received = page.request.get(urljoin(page.url, picture.get_attribute("src") or ""))
    assert received.headers["content-type"] == "image/png"
    assert received.body() == run.samples()[-1].path.read_bytes()


def test_the_end_of_a_run_is_shown_without_a_reload(open_app: Open, page: Page) -> None:
    run = make_run(RunStore(Path(os.environ["DCGAN_RUNS"])), RunStatus.QUEUED, step=300)
    with FakeWorker(run):
        open_app(page, f"/train?run={run.run_id}")
        expect(page.locator(".badge")).to_contain_text("running")
    expect(page.locator(".badge")).to_contain_text("finished", timeout=5 * TICK)
    expect(page.get_by_role("button", name="GIF of the epochs")).to_be_visible()


def test_a_killed_run_says_so_within_five_seconds_and_offers_resume(open_app: Open, page: Page) -> None:
    run = make_run(RunStore(Path(os.environ["DCGAN_RUNS"])), RunStatus.RUNNING, step=300)
    with run.lock():
        open_app(page, f"/train?run={run.run_id}")
        expect(page.locator(".badge")).to_contain_text("running")
    expect(page.locator(".badge")).to_contain_text("interrupted", timeout=5_000)
    expect(page.get_by_role("button", name="Resume")).to_be_visible()


def test_the_gif_is_made_on_click(open_app: Open, page: Page) -> None:
    run = make_run(RunStore(Path(os.environ["DCGAN_RUNS"])), RunStatus.FINISHED, step=300)
    open_app(page, f"/train?run={run.run_id}")
    with page.expect_download() as download:
        page.get_by_role("button", name="GIF of the epochs").click()
    assert download.value.path().read_bytes().startswith(b"GIF89a")
    assert download.value.suggested_filename == f"{run.run_id}.gif"
