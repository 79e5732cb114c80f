"""Facts about what is made ready behind the first page."""

import time
from pathlib import Path
from typing import Any

import pytest
import streamlit

from dcgan.latent import generator
from dcgan.runs.store import RunStore, runs_folder
from drawable_runs import damage, make_drawable
from ui import ahead, dataset, source, state

SCRIPTS = Path(streamlit.__file__).parent / "static/static/js"


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ahead, "FIRST_PAGE_SECONDS", 0.0)


def test_each_name_is_a_script_of_this_streamlit() -> None:
    scripts = ahead.list_scripts()
    assert [script.split(".")[0] for script in scripts] == sorted(ahead.SHOWN)
    assert all((SCRIPTS / script).is_file() for script in scripts)


def test_the_newest_generator_and_the_data_set_are_there_for_the_first_visitor(monkeypatch: pytest.MonkeyPatch) -> None:
    store = RunStore(runs_folder())
    newest, older = (make_drawable(store) for _ in range(2))
    ahead.prepare(lambda: [newest, older])

    def never(*arguments: Any, **options: Any) -> None:
        raise AssertionError("opened again")

    monkeypatch.setattr(source, "open_checkpoint", never)
    monkeypatch.setattr(dataset.datasets, "load_dataset", never)
    monkeypatch.setattr(dataset, "measure", never)
    opened = source.open_source(newest, "last", None)
    assert opened is not None and opened.generator.step == generator.list_steps(newest)[-1]
    assert dataset.statistics(dataset.load()).class_counts.sum() > 0
    with pytest.raises(AssertionError, match="opened again"):
        source.open_source(older, "last", None)


def test_an_empty_gallery_and_a_broken_run_end_nothing() -> None:
    ahead.prepare(list)
    broken = make_drawable(RunStore(runs_folder()), steps=(100,))
    damage(broken, 100)
    ahead.prepare(lambda: [broken])


def test_a_gallery_is_waited_for() -> None:
    answers = [None, None, None]
    asked: list[None] = []

    def tell() -> list[Any] | None:
        asked.append(None)
        return answers.pop() if answers else []

    ahead.prepare(tell)
    assert len(asked) == 4


def test_the_gallerys_runs_are_told_when_all_are_there() -> None:
    tell = state.shown_runs()
    deadline = time.monotonic() + 60
    while (shown := tell()) is None and time.monotonic() < deadline:
        time.sleep(0.05)
    assert shown == []  # a test's gallery is empty


def test_it_begins_once_however_many_ask() -> None:
    assert ahead.start() is ahead.start()
