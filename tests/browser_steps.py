"""What a person does on the pages, for the tests in tests/browser: start a run, steer it, read what is drawn."""

import os
import re
import time
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page, expect

from dcgan.runs.run import Run
from dcgan.runs.store import RunStore

START = 90_000  # milliseconds; a busy machine of two cores may need long to load TensorFlow


def start_run(app: Any, page: Page, epochs: int, images: int) -> Run:
    """Press Start on the Train page; returns the run."""
    app.open(page, "/train")
    page.get_by_test_id("stRadioOption").filter(has_text="notebook").click()
    expect(page.locator('input[aria-label="Batch size"]').first).to_have_value("32")
    fill(page, "Epochs", epochs)
    fill(page, "Images used", images)
    page.locator(".st-key-start").get_by_role("button").click()
    page.wait_for_url(re.compile("run="))
    run_id = re.search(r"run=([^&]+)", page.url)
    assert run_id
    return RunStore(Path(os.environ["DCGAN_RUNS"])).get(run_id[1])


def fill(page: Page, label: str, value: int) -> None:
    field = page.locator(f'input[aria-label="{label}"]').first  # a stale twin lives until the script ends
    field.fill(str(value))
    field.press("Enter")
    expect(field).to_have_value(str(value))
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning", timeout=10_000)


def expect_badge(page: Page, status: str, milliseconds: int) -> None:
    expect(page.locator(f".run-head .badge.{status}")).to_be_visible(timeout=milliseconds)


def expect_step(page: Page, at_least: int) -> None:
    def shown() -> int:
        return int(page.locator(".run-facts").get_attribute("data-step") or 0)

    deadline = time.monotonic() + START / 1000
    while shown() < at_least:
        assert time.monotonic() < deadline, f"step {at_least} was never shown"
        page.wait_for_timeout(200)


def press(page: Page, name: str) -> None:
    page.locator(f".st-key-run-{name}").get_by_role("button").click()  # by role: Streamlit keeps a hidden twin


def shown_bytes(page: Page) -> bytes:
    """The picture that the browser got, byte for byte."""
    picture = page.locator(".board img")
    expect(picture).to_have_js_property("complete", True)
    content = picture.evaluate("async img => Array.from(new Uint8Array(await (await fetch(img.src)).arrayBuffer()))")
    return bytes(content)


def sample(page: Page, index: int) -> Locator:
    return page.locator(f'.board button[data-index="{index}"]')


def expect_keys(page: Page, keys: str) -> None:
    """Wait until the address says what was chosen, and the page has heard it."""
    expect(page).to_have_url(re.compile(f"walk={keys.replace(',', '(,|%2C)')}(&|$)"), timeout=15_000)
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning", timeout=15_000)
