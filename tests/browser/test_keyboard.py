"""The app by the keyboard alone: every control is reached, has a name and shows the focus, and the focus is kept."""

import os
import re
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect

from dcgan.runs.run import Run
from dcgan.runs.status import RunStatus
from dcgan.runs.store import RunStore
from drawable_runs import make_drawable
from fake_runs import FakeWorker, make_run

Open = Callable[..., None]
MOST_STOPS = 160
SOON = 15_000  # milliseconds

# What has the focus, also inside our own elements; and how the control before it looked then and looks now.
WALK = """() => {
  let active = document.activeElement;
  while (active?.shadowRoot?.activeElement) active = active.shadowRoot.activeElement;
  const looks = (control) => {
    const near = [];
    for (let part = control, up = 0; part?.parentElement && up < 4; part = part.parentElement, up += 1) {
      near.push(part, part.previousElementSibling, part.nextElementSibling);
    }
    return near.filter(Boolean).map((part) => {
      const style = getComputedStyle(part);
      return [style.outline, style.boxShadow, style.borderColor, style.backgroundColor, style.color].join();
    }).join();
  };
  const before = window.walked;
  const wasSeen = !before || !before.control.isConnected || looks(before.control) !== before.looks;
  const isEnd = !active || active === document.body;
  window.walked = isEnd ? null : { control: active, looks: looks(active) };
  if (isEnd) return { name: "", isEnd, wasSeen };
  active.dataset.reached = "yes";
  const name = active.getAttribute("aria-label") || active.labels?.[0]?.innerText || active.innerText || active.title;
  return { name: (name || active.getAttribute("aria-labelledby") || "").trim(), tag: active.tagName, isEnd, wasSeen };
}"""

# Controls that can be seen and that Tab has not reached; of a group of choices only one is a stop.
MISSED = """() => [...document.querySelectorAll("a[href], button, input, textarea, summary, [tabindex='0']")]
  .filter((control) => control.tabIndex >= 0 && !control.disabled && !control.dataset.reached)
  .filter((control) => control.checkVisibility({ visibilityProperty: true }))
  .filter((control) => !control.matches("[role=radio], [type=radio], [role=tab], [type=file]"))
  .map((control) => control.outerHTML.slice(0, 200))"""

HEADINGS = "() => [...document.querySelectorAll('h1, h2, h3, h4')].map((heading) => Number(heading.tagName[1]))"


def walk(page: Page) -> list[dict[str, Any]]:
    """Press Tab from the top of the page to its end; returns the stops."""
    stops: list[dict[str, Any]] = []
    while len(stops) < MOST_STOPS:
        page.keyboard.press("Tab")
        page.wait_for_timeout(25)
        stop = page.evaluate(WALK)
        if stops and not stop["wasSeen"]:
            stops[-1]["unseen"] = True
        if stop["isEnd"]:
            return stops
        stops.append(stop)
    raise AssertionError(f"Tab never came to the end: {[stop['name'] for stop in stops[-5:]]}")


def go_to(page: Page, name: str, role: str = "button") -> None:
    """Press Tab until the control of that name has the focus."""
    control = page.get_by_role(role, name=name, exact=True).first  # type: ignore[arg-type]
    for _ in range(MOST_STOPS):
        page.keyboard.press("Tab")
        if control.evaluate("control => control.matches(':focus')"):
            return
    raise AssertionError(f"{name} was never reached")


def has_focus(page: Page) -> bool:
    return bool(page.evaluate("() => document.activeElement !== document.body"))


def expect_focus(page: Page, name: str) -> None:
    expect(page.locator("*:focus")).to_have_accessible_name(re.compile(name), timeout=SOON)


def test_every_page_is_walked_through(open_app: Open, open_page: Callable[..., Page]) -> None:
    store = RunStore(Path(os.environ["DCGAN_RUNS"]))
    run = make_drawable(store)
    other = make_run(store, RunStatus.STOPPED, step=200)
    addresses = {
        "/": "Start training",
        "/learn?step=6": "Words on this screen",
        "/data": "Train on this",
        "/train": "All settings",
        f"/train?run={other.run_id}": "Resume",
        f"/compare?runs={run.run_id},{other.run_id}": "Curves as CSV",
        f"/generate?run={run.run_id}&walk=1,5": "Download",
    }
    page = open_page()
    for address, main in addresses.items():
        page.emulate_media(color_scheme="dark" if "=" in address else "light")
        open_app(page, address)
        expect(page.get_by_text(main, exact=True).first).to_be_visible(timeout=SOON)
        stops = walk(page)
        assert any(main in stop["name"] for stop in stops), (address, main)
        assert [stop for stop in stops if not stop["name"]] == [], address
        assert [stop["name"] for stop in stops if stop.get("unseen") and stop["tag"] != "MAIN"] == [], address
        assert page.evaluate(MISSED) == [], address
        levels = page.evaluate(HEADINGS)
        assert levels.count(1) == 1 and all(b - a <= 1 for a, b in pairwise(levels)), levels


def test_the_language_and_the_page_are_chosen_by_keys(open_app: Open, page: Page) -> None:
    open_app(page, "/")
    go_to(page, "Language", "combobox")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Çizmeyi öğrenen bir ağ eğitin.")).to_be_visible(timeout=SOON)
    assert has_focus(page)
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Görüntü üret")).to_be_visible(timeout=SOON)


def test_the_focus_outlives_ticks_and_what_was_pressed(open_app: Open, page: Page) -> None:
    store = RunStore(Path(os.environ["DCGAN_RUNS"]))
    run = make_run(store, RunStatus.QUEUED, step=300)
    with FakeWorker(run):
        open_app(page, f"/train?run={run.run_id}")
        go_to(page, "Stop")
        before = page.locator(".run-facts").get_attribute("data-step")
        expect(page.locator(".run-facts")).not_to_have_attribute("data-step", before or "", timeout=SOON)
        expect_focus(page, "Stop")
    # The run ends: its buttons are others.
    expect(page.locator(".badge")).to_contain_text("finished", timeout=SOON)
    expect_focus(page, "GIF|Take it home|New run")


def test_the_focus_stays_among_what_steers_a_run(open_app: Open, page: Page) -> None:
    run = make_run(RunStore(Path(os.environ["DCGAN_RUNS"])), RunStatus.QUEUED, step=300)
    with FakeWorker(run, end=RunStatus.STOPPED):  # it heeds nothing, so the wishes stay open
        open_app(page, f"/train?run={run.run_id}")
        go_to(page, "Pause")
        page.keyboard.press("Enter")
        expect(page.get_by_role("button", name="pausing…")).to_be_disabled(timeout=SOON)
        expect(page.locator(".st-key-run-pause")).to_be_focused(timeout=SOON)
        page.keyboard.press("Tab")
        expect_focus(page, "Stop")
        page.keyboard.press("Enter")
        expect(page.get_by_role("button", name="stopping…")).to_be_disabled(timeout=SOON)
        expect(page.locator(".st-key-run-stop")).to_be_focused(timeout=SOON)
    expect(page.locator(".badge")).to_contain_text("stopped", timeout=SOON)
    expect_focus(page, "Resume")


# A slow script run: what has the focus is taken away, and drawn anew before the run has ended.
DRAW_ANEW = """() => {
  const app = document.querySelector(".stApp");
  const frame = document.activeElement.closest(".stElementContainer");
  const { parentElement: line, nextSibling: next } = frame;
  app.dataset.testScriptState = "running";
  frame.remove();
  const anew = frame.cloneNode(true);
  return new Promise((done) => setTimeout(() => {
    line.insertBefore(anew, next);
    app.dataset.testScriptState = "notRunning";
    done();
  }, 300));
}"""


def test_what_is_drawn_anew_has_the_focus_again(open_app: Open, page: Page) -> None:
    make_run(RunStore(Path(os.environ["DCGAN_RUNS"])), RunStatus.FINISHED, step=200).relabel(name="only")
    open_app(page, "/compare")
    go_to(page, "☆ no star")
    page.evaluate(DRAW_ANEW)
    expect(page.get_by_role("button", name="☆ no star")).to_be_focused(timeout=SOON)


def test_runs_are_compared_named_starred_deleted_and_brought_back_by_keys(open_app: Open, page: Page) -> None:
    store = RunStore(Path(os.environ["DCGAN_RUNS"]))
    runs: list[Run] = [make_run(store, RunStatus.FINISHED, step=200, created=when) for when in (1.7e9, 1.8e9)]
    for run, name in zip(runs, ("older", "newer"), strict=True):
        run.relabel(name=name)
    open_app(page, "/compare")
    go_to(page, "Compare newer", "checkbox")
    page.keyboard.press("Space")
    expect(page.get_by_text("Only run A is chosen")).to_be_visible(timeout=SOON)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # the star
    expect(page.get_by_role("button", name="★ starred")).to_be_focused(timeout=SOON)
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible(timeout=SOON)
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0, timeout=SOON)
    expect_focus(page, "Name, tags, notes")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Deleted: newer")).to_be_visible(timeout=SOON)
    expect_focus(page, "Undo")
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="newer")).to_be_visible(timeout=SOON)
    expect(page.get_by_role("checkbox", name="Compare newer")).to_be_focused(timeout=SOON)


def test_a_slider_follows_the_keys_and_the_page_follows_it(open_app: Open, page: Page) -> None:
    run = make_drawable(RunStore(Path(os.environ["DCGAN_RUNS"])))
    open_app(page, f"/generate?run={run.run_id}")
    slider = page.locator(".st-key-draw-truncation").locator("[role=slider], [type=range]")
    expect(slider).to_have_value("1", timeout=SOON)
    slider.focus()
    steps = {"ArrowLeft": "0.95", "ArrowDown": "0.9", "Home": "0.05", "PageUp": "0.15", "PageDown": "0.05", "End": "1"}
    for key, value in steps.items():
        page.keyboard.press(key)
        page.wait_for_url(re.compile(rf"truncation={re.escape(value)}$"), timeout=SOON)
        expect(slider).to_have_value(value)
        expect(slider).to_be_focused()


def test_a_walk_is_chosen_played_and_taken_home_by_keys(open_app: Open, page: Page) -> None:
    run = make_drawable(RunStore(Path(os.environ["DCGAN_RUNS"])))
    open_app(page, f"/generate?run={run.run_id}")
    expect(page.locator(".board button").first).to_be_visible(timeout=SOON)
    go_to(page, "Image 0")
    for key in ("Enter", "ArrowRight", "Space"):
        page.keyboard.press(key)
    expect(page.locator(".player canvas")).to_be_visible(timeout=SOON)
    assert has_focus(page)
    chosen = page.locator(".board button").nth(1)
    expect(chosen).to_have_accessible_name("Image 1, key frame 2")
    assert chosen.text_content() == "1"  # what is seen as text is in the name
    go_to(page, "Play")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Pause", exact=True)).to_be_focused()
    open_app(page, page.url[page.url.index("/generate") :])
    go_to(page, "Download")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="PNG grid")).to_be_visible(timeout=SOON)
    go_to(page, "PNG grid")
    with page.expect_download() as download:
        page.keyboard.press("Enter")
    assert download.value.path().read_bytes().startswith(b"\x89PNG")
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="PNG grid")).to_have_count(0)
    assert has_focus(page)
