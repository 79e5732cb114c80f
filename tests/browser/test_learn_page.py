"""The Learn page in a real browser: nine steps on a phone, by keyboard, by address, without another server."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from ui.learn_steps import STEPS
from ui.text import load_words

Open = Callable[..., None]


def test_every_step_fits_a_phone_and_asks_no_other_server(open_app: Open, open_page: Callable[..., Page]) -> None:
    page = open_page(viewport={"width": 390, "height": 844}, locale="tr-TR")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    open_app(page, "/learn")
    for index, step in enumerate(STEPS):
        title = load_words("tr")[f"learn.{step.name}.title"]
        expect(page.get_by_role("heading", name=title, exact=True)).to_be_visible()
        overflow = page.get_by_test_id("stMain").evaluate("main => main.scrollWidth - main.clientWidth")
        assert overflow <= 0, step.name
        expect(page.get_by_test_id("stMain")).to_have_js_property("scrollTop", 0)
        if index < len(STEPS) - 1:
            page.locator(".st-key-next").get_by_role("button").click()
    assert [url for url in asked if not re.match(r"(https?|wss?)://127\.0\.0\.1|data:|blob:", url)] == []


def test_the_steps_are_walked_with_arrow_keys_and_a_reload_stays(open_app: Open, page: Page) -> None:
    open_app(page, "/learn")
    page.locator(".st-key-steps").get_by_role("radio").first.focus()
    for number in (2, 3, 4):
        page.keyboard.press("ArrowDown")
        page.wait_for_url(re.compile(f"step={number}"))
    expect(page.get_by_role("heading", name="Build the generator")).to_be_visible()
    expect(page.locator(".network.generator text", has_text="633,472 parameters")).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="Build the generator")).to_be_visible()


def test_the_formula_is_set_with_fonts_of_the_app(open_app: Open, page: Page) -> None:
    open_app(page, "/learn?step=6")
    expect(page.locator(".katex").first).to_be_visible()
    loaded = "[...document.fonts].filter(face => face.status === 'loaded').map(face => face.family)"
    assert any("KaTeX" in family for family in page.evaluate(f"() => document.fonts.ready.then(() => {loaded})"))
