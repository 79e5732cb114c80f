"""Every page by its address, as the first request that a fresh server gets."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from ui.ahead import list_scripts

Open = Callable[..., None]
PAGES = [
    ("/", "Train a network that draws."),
    ("/learn?step=4", "Build the generator"),
    ("/data", "What the networks learn from"),
    ("/train", "New training run"),
    ("/compare", "Compare runs"),
    ("/generate", "Generate"),
]


@pytest.mark.parametrize(("path", "heading"), PAGES)
def test_a_page_stands_alone_on_a_fresh_server(open_app: Open, page: Page, path: str, heading: str) -> None:
    open_app(page, path)
    expect(page.get_by_role("heading", name=heading)).to_be_visible()
    for link in ("Home", "Learn", "Data", "Train", "Compare", "Generate"):
        expect(page.get_by_role("link", name=link, exact=True)).to_be_visible()
    expect(page.get_by_test_id("stException")).to_have_count(0)
    expect(page.get_by_role("heading", name=heading)).to_have_count(1)
    named = path.lstrip("/").partition("?")[0].capitalize() or "Home"
    expect(page).to_have_title(f"{named} · DCGAN Studio")


def test_the_first_click_on_a_fresh_server_counts(open_app: Open, page: Page) -> None:
    open_app(page, "/train")
    page.get_by_text("notebook", exact=True).click()
    expect(page.get_by_role("spinbutton", name="Batch size")).to_have_value("32")


def test_the_browsers_language_is_the_first_choice(open_app: Open, open_page: Callable[..., Page]) -> None:
    page = open_page(locale="tr-TR")
    open_app(page, "/train")
    expect(page.get_by_role("heading", name="Yeni eğitim")).to_be_visible()
    expect(page.get_by_role("button", name="Eğitimi başlat")).to_be_visible()


def test_a_bad_value_in_the_form_is_explained(open_app: Open, page: Page) -> None:
    open_app(page, "/train")
    epochs = page.get_by_role("spinbutton", name="Epochs")
    epochs.fill("0")
    epochs.press("Enter")
    expect(page.get_by_text("Epochs: 0 cannot be used. Allowed is a whole number from 1 to 10,000.")).to_be_visible()
    expect(page.get_by_role("button", name="Start training")).to_be_disabled()


@pytest.mark.parametrize("width", [390, 1440])
def test_no_page_scrolls_sideways(open_app: Open, open_page: Callable[..., Page], width: int) -> None:
    page = open_page(viewport={"width": width, "height": 844}, locale="tr-TR")
    for path, _ in PAGES:
        open_app(page, path)
        expect(page.get_by_role("heading").first).to_be_visible()
        overflow = page.get_by_test_id("stMain").evaluate("main => main.scrollWidth - main.clientWidth")
        assert overflow <= 0, path


def test_a_switch_fetches_no_code_once_the_first_page_has_been_looked_at(open_app: Open, page: Page) -> None:
    asked: set[str] = set()
    page.on("requestfinished", lambda request: asked.add(request.url.partition("/static/js/")[2]))
    open_app(page, "/")
    for _ in range(100):
        if asked >= set(list_scripts()):
            break
        page.wait_for_timeout(100)
    page.wait_for_timeout(500)  # what the last of them needs itself
    asked.clear()
    for link, (_, heading) in zip(("Data", "Train", "Compare"), PAGES[2:5], strict=True):
        page.get_by_role("link", name=link, exact=True).click()
        expect(page.get_by_role("heading", name=heading)).to_be_visible()
        page.wait_for_load_state("networkidle")
    assert asked <= {""}  # pictures and the like
