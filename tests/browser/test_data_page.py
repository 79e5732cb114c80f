"""The Data page in a real browser: leafing, keyboard, narrow screens, pixels that arrive as they are."""

import re
from collections.abc import Callable
from urllib.parse import urljoin

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from dcgan.data import datasets, images

Open = Callable[..., None]


@pytest.fixture(scope="module")
def whole() -> datasets.Dataset:
    return datasets.load_dataset("fashion-mnist", may_download=False)


def sheets(page: Page) -> list[np.ndarray]:
    """The pictures of the page of images, as the browser got them."""
    pictures = page.locator(".st-key-sheets img")
    expect(pictures).to_have_count(4)
    sources = [str(picture.get_attribute("src")) for picture in pictures.all()]
    return [images.decode_png(page.request.get(urljoin(page.url, source)).body()) for source in sources]


def test_images_arrive_pixel_for_pixel_page_by_page(open_app: Open, page: Page, whole: datasets.Dataset) -> None:
    open_app(page, "/data")
    for first in (0, 100):
        expect(page.get_by_text(f"images {first + 1} to {first + 100} of")).to_be_visible()
        for index, sheet in enumerate(sheets(page)):
            start = first + 25 * index
            expected = images.grid(whole.images[start : start + 25], 5, padding=0, background=0)
            assert np.array_equal(sheet, expected)
        page.locator(".st-key-page-on").get_by_role("button").click()
        page.wait_for_url(re.compile("page="))


def test_a_class_is_chosen_with_the_keyboard_alone(open_app: Open, page: Page, whole: datasets.Dataset) -> None:
    open_app(page, "/data")
    everything = page.get_by_role("radio", name="All", exact=True)
    everything.focus()
    for _ in range(3):  # T-shirt/top, Trouser, Pullover
        page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")
    page.wait_for_url(re.compile("class=2"))
    expect(page.get_by_text(re.compile(r"images 1 to 100 of (6|1),000"))).to_be_visible()
    rows = np.flatnonzero(whole.labels == 2)[:25]
    assert np.array_equal(sheets(page)[0], images.grid(whole.images[rows], 5, padding=0, background=0))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_figures_are_drawn_and_stay_inside_a_phone(open_app: Open, open_page: Callable[..., Page], scheme: str) -> None:
    page = open_page(viewport={"width": 390, "height": 844}, locale="tr-TR", color_scheme=scheme)
    open_app(page, "/data")
    expect(page.locator(".classes img")).to_have_count(10)
    for picture in page.locator(".classes img").all():
        assert picture.evaluate("picture => picture.complete && picture.naturalWidth") == 28
    assert page.locator(".histogram .bars").get_attribute("d").count("M") == 32
    assert page.locator(".histogram svg").bounding_box()["width"] <= 390
    assert page.get_by_test_id("stMain").evaluate("main => main.scrollWidth - main.clientWidth") <= 0
