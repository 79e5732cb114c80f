"""Facts about the frame around every page."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from ui import shell

ROOT = Path(shell.__file__).parents[1]


class Rerun(Exception):
    """What `st.rerun` raises, in short."""


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What `begin_page` does about a missing frame."""
    calls: list[str] = []

    def rerun() -> None:
        calls.append("rerun")
        raise Rerun

    monkeypatch.setattr(shell, "open_app", lambda meets: calls.append("frame"))
    monkeypatch.setattr(shell.st, "rerun", rerun)
    return calls


def test_a_page_inside_the_frame_begins_at_once(calls: list[str]) -> None:
    shell._framed.set(True)
    shell.begin_page()
    assert calls == []


def test_a_page_without_a_frame_gets_one_and_begins_again(calls: list[str]) -> None:
    shell._framed.set(False)
    with pytest.raises(Rerun):
        shell.begin_page()
    assert calls == ["frame", "rerun"]


def test_a_frame_counts_for_one_run_of_the_script(calls: list[str]) -> None:
    shell._framed.set(True)
    shell.begin_page()
    with pytest.raises(Rerun):
        shell.begin_page()


def test_the_navigation_has_every_page_and_home_is_where_an_address_without_one_leads(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    offered = []
    navigation = shell.st.navigation
    monkeypatch.setattr(shell.st, "navigation", lambda pages: (offered.extend(pages), navigation(pages))[1])
    app = AppTest.from_file(ROOT / "streamlit_app.py", default_timeout=30).run()
    assert not app.exception
    assert next(page.title for page in offered) == "Home"
    assert [page.title for page in offered if page._default] == ["Home"]
    files = {path.name for path in (ROOT / "pages").glob("*.py")}
    assert sorted(str(page._page).rpartition("/")[2] for page in offered) == sorted(files)
    assert all(shell.find_page(name.removesuffix(".py")) == f"pages/{name}" for name in files)
    assert shell.find_page("nowhere") is None
    assert app.title[0].value == "Train a network that draws."


def test_the_language_can_be_chosen_from_every_page() -> None:
    app = AppTest.from_file(ROOT / "streamlit_app.py", default_timeout=30).run()
    assert list(app.sidebar.selectbox(key="language").options) == ["English", "Türkçe"]


def test_the_looks_and_the_icon_are_files_of_ours() -> None:
    assert shell._ICON.read_bytes().startswith(b"\x89PNG")
    assert shell._STYLE.is_file()
