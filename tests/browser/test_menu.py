"""The menu on a narrow screen: it begins closed, and never stays over a page that was chosen in it."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

PHONE = {"is_mobile": True, "has_touch": True, "user_agent": "Mozilla/5.0 (Linux; Android 14; Pixel 8) Mobile"}


def expect_menu(page: Page, is_open: bool) -> None:
    menu = page.get_by_test_id("stSidebar")
    expect(menu).to_have_attribute("data-collapsed", "false" if is_open else "true", timeout=15_000)


def open_menu(page: Page) -> None:
    expect_menu(page, is_open=False)
    page.get_by_test_id("stExpandSidebarButton").click()
    expect_menu(page, is_open=True)


@pytest.mark.parametrize("kind", [{}, PHONE], ids=["window", "phone"])
def test_on_a_narrow_screen_the_menu_closes_once_a_page_is_chosen(
    open_app: Callable[..., None], open_page: Callable[..., Page], kind: dict[str, object]
) -> None:
    page = open_page(viewport={"width": 390, "height": 844}, **kind)
    open_app(page, "/data")
    open_menu(page)
    page.get_by_test_id("stSidebarNavLink").filter(has_text="Train").click()
    page.wait_for_url(re.compile("/train"))
    expect_menu(page, is_open=False)

    # One that is open when the page is left is not there again, unlike the language that was chosen in it.
    open_menu(page)
    page.get_by_test_id("stSidebar").get_by_role("combobox").click()
    page.get_by_role("option", name="Türkçe").click()
    expect(page.get_by_test_id("stSidebarNavLink").first).to_contain_text("Ana sayfa", timeout=15_000)
    expect_menu(page, is_open=True)
    open_app(page, "/data")
    expect_menu(page, is_open=False)


def test_a_menu_that_an_older_visit_left_open_begins_closed_on_a_narrow_screen(
    open_app: Callable[..., None], open_page: Callable[..., Page]
) -> None:
    page = open_page(viewport={"width": 390, "height": 844})
    page.add_init_script("localStorage.setItem('stSidebarCollapsed-', 'false')")
    open_app(page, "/data")
    expect_menu(page, is_open=False)


def test_on_a_wide_screen_the_menu_stays_as_it_was_left(
    open_app: Callable[..., None], open_page: Callable[..., Page]
) -> None:
    page = open_page()
    open_app(page, "/data")
    expect_menu(page, is_open=True)
    page.get_by_test_id("stSidebarNavLink").filter(has_text="Train").click()
    page.wait_for_url(re.compile("/train"))
    expect_menu(page, is_open=True)
    page.get_by_test_id("stSidebar").hover()
    page.get_by_test_id("stSidebarCollapseButton").get_by_role("button").click()
    expect_menu(page, is_open=False)
    open_app(page, "/data")
    expect_menu(page, is_open=False)
    open_menu(page)
    page.set_viewport_size({"width": 390, "height": 844})
    expect_menu(page, is_open=False)
