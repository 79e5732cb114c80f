"""The Compare page in a real browser: choosing, one slider for all, hostile names, deleting and bringing back."""

import csv
import io
import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from dcgan.config import build_config
from dcgan.runs.run import Run
from dcgan.runs.status import RunStatus
from dcgan.runs.store import RunStore
from fake_runs import FakeWorker, make_run

Open = Callable[..., None]
TICK = 3_000  # milliseconds between two looks
NAMES = [
    "<img src=x onerror=\"document.title='hacked'\"><script>document.title='hacked'</script>",
    "**bold** [link](http://example.org) $x^2$ :red[red] `code` # 1. &lt;b&gt;",
    "שלום \u202eesrever\u202c مرحبا",
    "Z\u0338\u0327\u0353\u0350\u0301\u0302\u0303\u0304a\u0337\u031b\u0340\u0341\u0342l\u0335g\u0334o" * 20,
    "🦊👩\u200d👩\u200d👧🇹🇷" * 30,
    "W" * 500,
]


@pytest.fixture
def store() -> RunStore:
    return RunStore(Path(os.environ["DCGAN_RUNS"]))


@pytest.fixture
def pair(store: RunStore) -> tuple[Run, Run]:
    """A run of 400 steps and a newer one of 200."""
    runs = (
        make_run(store, RunStatus.FINISHED, step=400, created=1.7e9),
        make_run(store, RunStatus.STOPPED, step=200, created=1.8e9),
    )
    for run, name in zip(runs, ("older", "newer"), strict=True):
        run.relabel(name=name)
    return runs


def both(pair: tuple[Run, Run]) -> str:
    return f"/compare?runs={pair[0].run_id},{pair[1].run_id}"


def line(page: Page, run: Run) -> Locator:
    return page.locator(f".st-key-line-{run.run_id}")


def grids(page: Page) -> Locator:
    return page.locator(".st-key-side-by-side [data-testid=stCaptionContainer]")


def test_two_runs_are_chosen_by_keyboard_and_compared(open_app: Open, page: Page, pair: tuple[Run, Run]) -> None:
    open_app(page, "/compare")
    expect(page.get_by_text("Tick two runs above")).to_be_visible()
    for run, name in zip(pair, ("older", "newer"), strict=True):
        box = page.get_by_role("checkbox", name=f"Compare {name}")
        box.focus()
        page.keyboard.press("Space")
        expect(line(page, run).locator(".letter")).to_be_visible()
    expect(page.locator(".curves canvas")).to_have_count(2)
    expect(page.locator(".curves .legend")).to_have_text(["A · older", "B · newer"])
    expect(grids(page)).to_have_text(["step 400, epoch 4.0", "step 200, epoch 2.0"])
    expect(page.get_by_text("Nothing: these runs have the same settings")).to_be_visible()
    assert page.url.endswith(f"runs={pair[0].run_id},{pair[1].run_id}") or f"runs={pair[0].run_id}%2C" in page.url


def test_one_slider_moves_both_grids(open_app: Open, page: Page, pair: tuple[Run, Run]) -> None:
    open_app(page, both(pair))
    pictures = page.locator(".st-key-side-by-side img")
    expect(pictures).to_have_count(2)
    before = [picture.get_attribute("src") for picture in pictures.all()]
    slider = page.get_by_role("slider", name="Share of each run’s way so far")
    slider.focus()
    page.keyboard.press("Home")
    expect(grids(page)).to_have_text(["step 0, epoch 0.0", "step 0, epoch 0.0"])
    assert all(now.get_attribute("src") != then for now, then in zip(pictures.all(), before, strict=True))
    expect(page).to_have_url(re.compile("at=0"))
    page.get_by_role("radio", name="step", exact=True).or_(page.get_by_role("button", name="step", exact=True)).click()
    expect(grids(page)).to_have_text(["step 400, epoch 4.0", "step 200, epoch 2.0"])


def test_a_link_shows_the_same_in_a_fresh_browser(
    open_app: Open, open_page: Callable[..., Page], page: Page, pair: tuple[Run, Run]
) -> None:
    open_app(page, both(pair))
    page.get_by_role("radio", name="epochs", exact=True).or_(
        page.get_by_role("button", name="epochs", exact=True)
    ).click()
    expect(page).to_have_url(re.compile("axis=epoch"), timeout=15_000)
    page.get_by_role("slider", name="Smoothing").focus()
    for value in (6, 7, 8):  # one after the other: a key in the moment of a script run may get lost
        page.keyboard.press("ArrowRight")
        expect(page).to_have_url(re.compile(f"smooth={value}"), timeout=15_000)
    page.get_by_role("slider", name="Share of each run’s way so far").focus()
    page.keyboard.press("Home")
    expect(grids(page).first).to_have_text("step 0, epoch 0.0", timeout=15_000)
    expect(page).to_have_url(re.compile("axis=epoch&smooth=8&at=0"), timeout=15_000)
    other = open_page()
    open_app(other, page.url[page.url.index("/compare") :])
    expect(other.locator(".curves .legend")).to_have_text(["A · older", "B · newer"])
    expect(other.get_by_role("slider", name="Smoothing")).to_have_value("8")
    expect(grids(other)).to_have_text(["step 0, epoch 0.0", "step 0, epoch 0.0"])
    assert other.url.split("?")[1] == page.url.split("?")[1]


def test_curves_keep_growing_under_a_zoom(open_app: Open, page: Page, store: RunStore, pair: tuple[Run, Run]) -> None:
    live = make_run(store, RunStatus.QUEUED, step=300)
    with FakeWorker(live):
        open_app(page, f"/compare?runs={live.run_id},{pair[0].run_id}")
        canvas = page.locator(".curves canvas").first
        expect(canvas).to_be_visible(timeout=15_000)
        page.locator(".curves").focus()
        page.keyboard.press("+")
        view = page.locator(".curves").get_attribute("data-view")
        assert view
        box = page.locator(".curves").element_handle()
        for _ in range(3):
            known = box.evaluate("box => box.chart.extent[1]")
            page.wait_for_function("([box, known]) => box.chart.extent[1] > known", arg=[box, known], timeout=5 * TICK)
        assert page.locator(".curves").get_attribute("data-view") == view


def test_a_run_is_renamed_by_keyboard_alone(open_app: Open, page: Page, pair: tuple[Run, Run]) -> None:
    open_app(page, "/compare")
    line(page, pair[0]).get_by_role("button", name="Name, tags, notes").focus()
    page.keyboard.press("Enter")
    name = page.get_by_role("dialog").get_by_role("textbox", name="Name")
    expect(name).to_have_value("older")
    name.fill("a better name")
    page.keyboard.press("Enter")
    expect(line(page, pair[0]).get_by_role("link", name="a better name")).to_be_visible()
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert pair[0].labels().name == "a better name"


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("name", NAMES, ids=["html", "markdown", "rtl", "zalgo", "emoji", "long"])
def test_any_name_is_text_and_contained(
    open_app: Open, open_page: Callable[..., Page], pair: tuple[Run, Run], name: str, width: int
) -> None:
    kept = pair[0].relabel(name=name[:500]).name
    page = open_page(viewport={"width": width, "height": 900})
    open_app(page, both(pair))
    expect(page.locator(".curves .legend")).to_have_count(2)
    link = line(page, pair[0]).get_by_role("link")
    assert link.inner_text().strip() == kept
    for element in (link.locator("p"), page.locator(".chosen").first, page.locator(".curves .legend").first):
        box = element.bounding_box()
        assert box is not None and box["x"] + box["width"] <= width and box["height"] < 90
    assert page.get_by_test_id("stMain").evaluate("main => main.scrollWidth - main.clientWidth") <= 0
    assert page.title() != "hacked" and page.locator(".stMain img[src=x]").count() == 0
    open_app(page, "/")
    assert page.get_by_role("link", name=kept, exact=True).inner_text().strip() == kept
    assert page.get_by_test_id("stMain").evaluate("main => main.scrollWidth - main.clientWidth") <= 0
    open_app(page, f"/train?run={pair[0].run_id}")
    expect(page.locator(".run-head bdi")).to_have_text(kept)
    assert page.get_by_test_id("stMain").evaluate("main => main.scrollWidth - main.clientWidth") <= 0


def test_a_deleted_run_can_be_brought_back(open_app: Open, page: Page, pair: tuple[Run, Run]) -> None:
    open_app(page, both(pair))
    line(page, pair[1]).get_by_role("button", name="Delete").click()
    expect(page.get_by_text("Deleted: newer")).to_be_visible()
    expect(page.locator(".curves .legend")).to_have_text(["A · older"])
    assert not pair[1].run_dir.exists()
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".curves .legend")).to_have_text(["A · older", "B · newer"])
    assert pair[1].status().status == RunStatus.STOPPED


def test_the_curves_are_downloaded_whole(open_app: Open, page: Page, pair: tuple[Run, Run]) -> None:
    open_app(page, both(pair))
    with page.expect_download() as download:
        page.get_by_role("button", name="Curves as CSV").click()
    rows = list(csv.DictReader(io.StringIO(download.value.path().read_text("utf-8"))))
    assert [sum(row["name"] == name for row in rows) for name in ("older", "newer")] == [400, 200]
    assert float(rows[0]["g_loss"]) == 5.693  # 0.693 + 5 / 1


def test_on_a_phone_grids_stand_two_by_two_and_two_runs_settings_fit(
    open_app: Open, open_page: Callable[..., Page], store: RunStore, pair: tuple[Run, Run]
) -> None:
    page = open_page(viewport={"width": 390, "height": 844}, locale="tr-TR")
    runs = [*pair, *(make_run(store, RunStatus.FINISHED, step=100) for _ in range(4))]
    open_app(page, f"/compare?runs={','.join(run.run_id for run in runs)}")
    expect(page.locator(".st-key-side-by-side img")).to_have_count(6)
    places = page.locator(".st-key-side-by-side img").evaluate_all(
        "images => images.map((image) => image.getBoundingClientRect()).map(({ left, right }) => [left, right])"
    )
    assert len({left for left, _ in places}) == 2
    assert all(0 <= left < right <= 390 for left, right in places)
    assert page.get_by_test_id("stMain").evaluate("main => main.scrollWidth - main.clientWidth") <= 0

    other = store.create(build_config("stable"))
    open_app(page, f"/compare?runs={pair[0].run_id},{other.run_id}")
    box = page.locator(".box", has=page.locator(".differences")).first
    expect(box).to_be_visible()
    assert box.evaluate("box => box.scrollWidth - box.clientWidth") <= 0
