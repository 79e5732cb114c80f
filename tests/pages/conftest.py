"""The app without a browser: from the entry point, on folders of its own, with a manager that starts no process."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from streamlit.runtime.pages_manager import PagesManager
from streamlit.testing.v1 import AppTest

from dcgan.config import Config
from dcgan.runs.manager import RunManager
from dcgan.runs.store import RunStore
from ui import state

ENTRY = Path(__file__).parents[2] / "streamlit_app.py"


class QuietManager(RunManager):
    """A manager that notes what is asked of it; a started run waits for ever."""

    asked: list[tuple[str, str]] = []  # noqa: RUF012 - one list for all, emptied by each test

    def start(self, config: Config, owner: str = "") -> str:
        return self.store.create(config, owner).run_id

    def pause(self, run_id: str) -> None:
        self.asked.append(("pause", run_id))

    def stop(self, run_id: str) -> None:
        self.asked.append(("stop", run_id))

    def resume(self, run_id: str) -> None:
        self.asked.append(("resume", run_id))


@pytest.fixture(autouse=True)
def entry_point_has_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a server that has shown a page before, which AppTest forgets at each run."""
    begin = PagesManager.__init__

    def begin_with_navigation(self: PagesManager, *arguments: Any, **options: Any) -> None:
        begin(self, *arguments, **options)
        PagesManager.uses_pages_directory = False

    monkeypatch.setattr(PagesManager, "__init__", begin_with_navigation)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    QuietManager.asked.clear()
    monkeypatch.setattr(state, "RunManager", QuietManager)
    return QuietManager.asked


@pytest.fixture
def store() -> RunStore:
    return RunStore(Path(os.environ["DCGAN_RUNS"]))


@pytest.fixture
def open_page(asked: list[tuple[str, str]]) -> Callable[..., AppTest]:
    """`open_page("train", run=…, lang=…)`: a new session that went there; its script ran without an exception."""

    def open_page(page: str, /, **address: str) -> AppTest:
        app = AppTest.from_file(ENTRY, default_timeout=30)
        for name, value in address.items():
            app.query_params[name] = value
        app.run()
        app.switch_page(f"pages/{page}.py")
        for name, value in address.items():
            app.query_params[name] = value
        app.run()
        assert not app.exception
        return app

    return open_page
