"""Two anonymous browsers before one public server: each has its own runs, and a link to look at the other's.

Workers only pretend (`fake_app.py`), so that a run takes a second. Where a browser alone does not suffice to cheat, a
message to the server is changed on its way, as somebody could who writes a client of their own.
"""

import json
import os
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, WebSocketRoute, expect

from dcgan.runs.run import Run
from dcgan.runs.status import RunStatus
from dcgan.runs.store import RunStore
from dcgan.runs.visitors import owner_of

HERE, ROOT = Path(__file__).parent, Path(__file__).resolve().parents[2]
KEY = "dcgan-studio-visitor"
SOON = 30_000  # milliseconds

OpenPage = Callable[..., Page]


@pytest.fixture
def public(monkeypatch: pytest.MonkeyPatch, start_app: Callable[..., Any], tmp_path: Path) -> Any:
    """A public server whose workers pretend: the app's pages behind another entry point."""
    folder = tmp_path / "app"
    folder.mkdir()
    (folder / "pages").symlink_to(ROOT / "pages")
    shutil.copy(HERE / "fake_app.py", folder / "streamlit_app.py")
    monkeypatch.setenv("DCGAN_PUBLIC", "1")
    monkeypatch.setenv("DCGAN_LIMITS", "running=1 queued=1 epochs=20 minutes=5")
    monkeypatch.setenv("DCGAN_FAKE", json.dumps({"steps": 100_000, "pause": 0.05}))
    monkeypatch.setenv("PYTHONPATH", f"{ROOT}{os.pathsep}{ROOT / 'tests' / 'runs'}")
    return start_app(folder / "streamlit_app.py")


@pytest.fixture
def open_page(browser: Browser) -> Iterator[OpenPage]:
    """Make a tab in a browser profile of its own, to which `page.context.new_page()` adds more."""
    contexts: list[BrowserContext] = []

    def open_page() -> Page:
        contexts.append(browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-US"))
        return contexts[-1].new_page()

    yield open_page
    for context in contexts:
        context.close()


@pytest.fixture
def store() -> RunStore:
    return RunStore(Path(os.environ["DCGAN_RUNS"]))


def secret_of(page: Page) -> str:
    page.wait_for_function(f"localStorage.getItem('{KEY}') !== null")
    return str(page.evaluate(f"localStorage.getItem('{KEY}')"))


def start_run(app: Any, page: Page, store: RunStore) -> Run:
    """Press Start and wait until the run trains or waits."""
    app.open(page, "/train")
    start = page.locator(".st-key-start").get_by_role("button")
    expect(start).to_be_enabled(timeout=SOON)
    start.click()
    page.wait_for_url(re.compile("run="), timeout=SOON)
    found = re.search(r"run=([^&]+)", page.url)
    assert found
    expect(page.locator(".run-head .badge")).to_be_visible(timeout=SOON)
    return store.get(found[1])


def expect_badge(page: Page, *states: str) -> None:
    expect(page.locator(", ".join(f".run-head .badge.{state}" for state in states))).to_be_visible(timeout=SOON)


def test_two_browsers_have_their_own_runs_and_a_link_shows_the_others(
    public: Any, open_page: OpenPage, store: RunStore
) -> None:
    ann, bob = open_page(), open_page()
    run = start_run(public, ann, store)
    expect_badge(ann, "running")
    assert run.record().owner == owner_of(secret_of(ann)) != owner_of(secret_of(bob_at_home(public, bob)))

    # Bob's lists do not have it.
    for path in ("/", "/train"):
        public.open(bob, path)
        expect(bob.get_by_text("No runs yet.")).to_be_visible(timeout=SOON)
        expect(bob.locator(f'a[href*="{run.run_id}"]')).to_have_count(0)

    # The full link shows it, and nothing more.
    public.open(bob, f"/train?run={run.run_id}")
    expect_badge(bob, "running")
    expect(bob.get_by_text("only its owner can steer it")).to_be_visible(timeout=SOON)
    for button in ("Pause", "Stop", "Resume", "GIF of the epochs"):
        expect(bob.get_by_role("button", name=button)).to_have_count(0)
    step = int(bob.locator(".run-facts").get_attribute("data-step") or 0)
    expect(bob.locator(f'.run-facts:not([data-step="{step}"])')).to_be_visible(timeout=SOON)  # it is alive

    # F5 keeps the owner, and so does a new tab of the same browser.
    ann.reload()
    expect(ann.get_by_role("button", name="Pause")).to_be_visible(timeout=SOON)
    tab = ann.context.new_page()
    public.open(tab, "/")
    expect(tab.get_by_text("Going on now")).to_be_visible(timeout=SOON)
    ann.get_by_role("button", name="Stop").click()
    expect_badge(ann, "stopped")
    assert run.status().status == RunStatus.STOPPED
    expect(bob.locator(".run-head .badge.stopped")).to_be_visible(timeout=SOON)
    expect(bob.get_by_role("button", name="Resume")).to_have_count(0)


def bob_at_home(app: Any, page: Page) -> Page:
    app.open(page, "/")
    return page


def test_the_secret_stands_in_no_address_page_file_or_log(public: Any, open_page: OpenPage, store: RunStore) -> None:
    page = open_page()
    addresses: list[str] = []
    page.on("request", lambda request: addresses.append(request.url))
    run = start_run(public, page, store)
    secret = secret_of(page)
    assert re.fullmatch("[0-9a-f]{64}", secret)
    page.get_by_role("button", name="Stop").click()
    expect_badge(page, "stopped")
    assert not any(secret in address for address in [*addresses, page.url])
    assert secret not in page.content()
    for folder in (store.folder, Path(os.environ["DCGAN_STATE"])):
        for path in filter(Path.is_file, folder.rglob("*")):
            assert secret.encode() not in path.read_bytes(), path
            assert secret not in path.name
    assert secret not in public.log.read_text(errors="replace")
    assert run.record().owner == owner_of(secret)


def test_a_browser_that_keeps_nothing_has_its_runs_for_the_session(
    public: Any, open_page: OpenPage, store: RunStore
) -> None:
    page = open_page()
    page.add_init_script("Object.defineProperty(window, 'localStorage', { get() { throw new Error('private'); } })")
    run = start_run(public, page, store)
    expect(page.get_by_role("button", name="Stop")).to_be_visible(timeout=SOON)
    page.get_by_role("link", name="Home", exact=True).click()
    expect(page.locator(f'a[href*="{run.run_id}"]')).to_be_visible(timeout=SOON)


def test_a_damaged_secret_is_replaced_by_a_good_one(public: Any, open_page: OpenPage, store: RunStore) -> None:
    page = open_page()
    page.add_init_script(f"localStorage.getItem('{KEY}') ?? localStorage.setItem('{KEY}', '../../etc')")
    start_run(public, page, store)
    assert re.fullmatch("[0-9a-f]{64}", secret_of(page))


def test_places_are_counted_and_the_refusal_is_a_sentence(public: Any, open_page: OpenPage, store: RunStore) -> None:
    page = open_page()
    for _ in range(2):
        start_run(public, page, store)
    public.open(page, "/train")
    expect(page.get_by_text("a visitor may have 1 run that trains and 1 that wait")).to_be_visible(timeout=SOON)
    start = page.locator(".st-key-start").get_by_role("button")
    expect(start).to_be_enabled(timeout=SOON)
    start.click()
    expect(page.get_by_text("You have as many runs going on as a visitor may have")).to_be_visible(timeout=SOON)
    assert len(store.list_runs()) == 2

    # Another visitor has places of their own, and goes before the first one's second.
    other = open_page()
    run = start_run(public, other, store)
    expect(other.get_by_text("next in line")).to_be_visible(timeout=SOON)
    page.reload()
    assert run.status().status == RunStatus.QUEUED


def replace_in_messages(page: Page, words: dict[bytes, bytes]) -> list[int]:
    """Change bytes in what a page sends to its server, each for as many others; returns how often."""
    changed = [0]

    def route(socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()

        def forward(message: str | bytes) -> None:
            content = message if isinstance(message, bytes) else message.encode()
            for old, new in words.items():
                assert len(old) == len(new)
                changed[0] += content.count(old)
                content = content.replace(old, new)
            server.send(content if isinstance(message, bytes) else content.decode())

        socket.on_message(forward)

    page.route_web_socket(re.compile("_stcore/stream"), route)
    return changed


def test_forged_messages_do_not_steer_another_visitors_run(public: Any, open_page: OpenPage, store: RunStore) -> None:
    ann = open_page()
    theirs = start_run(public, ann, store)
    expect_badge(ann, "running")
    owner = owner_of(secret_of(ann))
    assert owner is not None

    # Bob sends Ann's sum in the place of his secret: he becomes neither Ann nor anybody who owns her run.
    bob = open_page()
    bob.add_init_script(f"localStorage.setItem('{KEY}', '{'0' * 64}')")
    forged = replace_in_messages(bob, {b"0" * 64: owner.encode()})
    public.open(bob, f"/train?run={theirs.run_id}")
    expect(bob.get_by_text("only its owner can steer it")).to_be_visible(timeout=SOON)
    assert forged[0] == 1

    # Eve watches her own run, whose buttons she has, and names Ann's in all that she sends.
    eve = open_page()
    own = start_run(public, eve, store)
    expect(eve.get_by_role("button", name="Cancel")).to_be_visible(timeout=SOON)
    assert len(own.run_id) == len(theirs.run_id)
    eve_again = eve.context.new_page()
    named = replace_in_messages(eve_again, {own.run_id.encode(): theirs.run_id.encode()})
    public.open(eve_again, f"/train?run={own.run_id}")
    expect(eve_again.get_by_text("only its owner can steer it")).to_be_visible(timeout=SOON)
    assert named[0] > 0

    # Eve's page has her own buttons; the press arrives with Ann's run in the address.
    third = eve.context.new_page()
    public.open(third, f"/train?run={own.run_id}")
    cancel = third.get_by_role("button", name="Cancel")
    expect(cancel).to_be_visible(timeout=SOON)
    third.evaluate(f"history.replaceState(null, '', '/train?run={theirs.run_id}')")
    cancel.click()
    expect(third.locator(".badge.stopped, .run-head .badge.running")).to_be_visible(timeout=SOON)
    assert theirs.status().status == RunStatus.RUNNING
    assert [row["do"] for row in theirs.requests()[0]] == []


def test_a_secret_of_the_wrong_kind_makes_nobody_an_owner(public: Any, open_page: OpenPage, store: RunStore) -> None:
    page = open_page()
    page.add_init_script(f"localStorage.setItem('{KEY}', '{'0' * 64}')")
    forged = replace_in_messages(page, {b"0" * 64: b"z" * 64})
    public.open(page, "/train")
    while forged[0] < 2:  # it is said again, since it is not heard
        page.wait_for_timeout(100)
    expect(page.locator(".st-key-start").get_by_role("button")).to_be_disabled()
    assert store.list_runs() == []
