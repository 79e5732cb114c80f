"""The pages of a public server, as visitors see them."""

from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from bundle_runs import make_trained_run
from dcgan.runs.status import Problem, RunStatus
from dcgan.runs.store import RunStore
from fake_runs import make_run
from ui import visitor

Open = Callable[..., AppTest]
OWN, OTHER = "a" * 64, "b" * 64


def shown(app: AppTest) -> str:
    return " ".join(element.proto.body for element in app.get("html"))


def words(app: AppTest) -> str:
    """All that a person can read."""
    parts = [*app.markdown, *app.caption, *app.error, *app.warning, *app.header, *app.title, *app.code]
    return shown(app) + " ".join(str(part.value) for part in parts)


def keys(app: AppTest) -> set[str]:
    return {button.key for button in [*app.button, *app.get("download_button")]}


@pytest.fixture
def become(monkeypatch: pytest.MonkeyPatch) -> Callable[[str | None], None]:
    """The server is public, and every session is this visitor's; None: the browser has not answered."""
    monkeypatch.setenv("DCGAN_PUBLIC", "1")

    def become(owner: str | None) -> None:
        known = visitor.STRANGER if owner is None else visitor.Visitor(owner)
        monkeypatch.setattr(visitor, "current", lambda: known)

    become(OWN)
    return become


def test_a_visitor_sees_only_own_runs(open_page: Open, store: RunStore, become: Callable[[str | None], None]) -> None:
    make_run(store, RunStatus.FINISHED, owner=OWN)
    make_run(store, RunStatus.STOPPED, owner=OTHER)
    make_run(store, RunStatus.FAILED)
    for page in ("home", "train"):
        app = open_page(page)
        assert 'class="badge finished"' in shown(app)
        assert 'class="badge stopped"' not in shown(app) and 'class="badge failed"' not in shown(app)
        assert "Your runs" in [heading.value for heading in app.header]


def test_before_the_browser_has_answered_nothing_is_ones_own_and_nothing_is_empty(
    open_page: Open, store: RunStore, become: Callable[[str | None], None]
) -> None:
    become(None)
    run = make_run(store, RunStatus.STOPPED, owner=OWN)
    for page in ("home", "train"):
        app = open_page(page)
        assert 'class="badge' not in shown(app) and "No runs yet" not in words(app)
    assert "No runs" not in words(open_page("compare")) and not open_page("compare").button
    start = open_page("train").button(key="start")
    assert start.disabled and "asking your browser" in start.help
    looking = open_page("train", run=run.run_id)
    assert keys(looking) == set() and "somebody else" not in words(looking)


def test_a_strangers_run_can_be_watched_by_its_full_link_and_nothing_more(
    open_page: Open, store: RunStore, become: Callable[[str | None], None]
) -> None:
    run = make_run(store, RunStatus.STOPPED, owner=OTHER)
    app = open_page("train", run=run.run_id)
    assert 'class="badge stopped"' in shown(app) and "Settings of this run" in str(app.expander)
    assert keys(app) == {"new-run"}
    assert "only its owner can steer it" in words(app)
    become(OTHER)
    assert {"run-resume", "gif"} <= keys(open_page("train", run=run.run_id))


def test_files_of_a_strangers_run_are_offered_on_no_page(
    open_page: Open, store: RunStore, become: Callable[[str | None], None]
) -> None:
    run = make_trained_run(store, owner=OTHER)
    files = {"gif", "take.onnx", "take.safetensors"}
    looking = keys(open_page("generate", run=run.run_id))
    assert "take.png" in looking and not looking & files
    become(OTHER)
    assert files <= keys(open_page("generate", run=run.run_id))


def test_limits_are_shown_before_start_and_hold_for_the_form(
    open_page: Open, become: Callable[[str | None], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DCGAN_LIMITS", "epochs=8 minutes=7")
    app = open_page("train")
    assert "each for up to 7 minutes of training and 8 epochs" in words(app)
    epochs = app.number_input(key="stable/training.epochs")
    assert epochs.value == 8 and "from 1 to 8." in epochs.help  # the recipe's own are 12
    epochs.set_value(9).run()
    assert app.error[0].value == "Epochs: 9 cannot be used. Allowed is a whole number from 1 to 8."
    assert app.button(key="start").disabled


def test_a_run_that_would_not_fit_is_refused_in_the_form(
    open_page: Open, become: Callable[[str | None], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DCGAN_LIMITS", "megabytes=100")
    app = open_page("train")
    assert not app.error
    app.session_state["all-settings"] = True  # unfolded
    app.run().number_input(key="stable/generator.base_filters").set_value(512).run()
    assert "This run would keep about" in app.error[0].value and app.button(key="start").disabled


def test_a_start_belongs_to_the_visitor_and_too_many_are_refused_with_a_sentence(
    open_page: Open, store: RunStore, become: Callable[[str | None], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DCGAN_LIMITS", "queued=0")
    app = open_page("train")
    app.button(key="start").click().run()
    (listed,) = store.list_runs()
    assert listed.status is not None and listed.status.owner == OWN
    again = open_page("train")
    again.button(key="start").click().run()
    assert "as many runs going on as a visitor may have: 1 that trains and 0 that wait" in again.warning[0].value
    assert len(store.list_runs()) == 1


def test_limits_that_cannot_be_read_close_the_server_with_a_sentence(
    open_page: Open, become: Callable[[str | None], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DCGAN_LIMITS", "hours=3")
    app = open_page("train")
    assert app.error[0].value.startswith("This server’s limits for visitors cannot be read")
    assert "hours" not in words(app) and not app.button


@pytest.mark.parametrize("lang", ["en", "tr"])
@pytest.mark.parametrize(
    "problem",
    [
        Problem(code="disk-full", values={"folder": "/secret/place"}),
        Problem(code="unexpected", values={"detail": "OSError: /secret/place is gone"}),
        Problem(code="data-missing", values={"dataset": "x", "detail": "/secret/place"}),
        Problem(code="minutes-used", values={"minutes": 60}),
        Problem(code="share-full", values={"megabytes": 1000}),
    ],
    ids=lambda problem: problem.code,
)
def test_no_sentence_names_a_folder_of_the_server(
    open_page: Open, store: RunStore, become: Callable[[str | None], None], problem: Problem, lang: str
) -> None:
    run = make_run(store, RunStatus.FAILED, owner=OWN, error=problem)
    run.worker_log.write_text("Traceback: /secret/place\n")
    app = open_page("train", run=run.run_id, lang=lang)
    assert "secret" not in words(app) and "{" not in app.error[0].value
    assert app.error[0].value.endswith(".")


@pytest.mark.parametrize("page", ["home", "train"])
def test_folders_that_cannot_be_used_are_not_named(
    open_page: Open, page: str, become: Callable[[str | None], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a-file").write_text("not a folder")
    monkeypatch.setenv("DCGAN_RUNS", str(tmp_path / "a-file"))
    app = open_page(page)
    assert "The runs cannot be listed" in app.error[-1].value and str(tmp_path) not in words(app)
    monkeypatch.setenv("DCGAN_STATE", str(tmp_path / "a-file"))
    monkeypatch.setenv("DCGAN_RUNS", str(tmp_path / "other"))
    app = open_page(page)
    assert "cannot keep its line" in app.error[0].value and str(tmp_path) not in words(app)


def test_a_run_that_used_its_minutes_leads_to_a_new_one(
    open_page: Open, store: RunStore, become: Callable[[str | None], None]
) -> None:
    problem = Problem(code="minutes-used", values={"minutes": 60})
    app = open_page("train", run=make_run(store, RunStatus.STOPPED, owner=OWN, error=problem).run_id)
    assert "for the 60 minutes that a visitor’s run may have" in app.warning[0].value
    assert "run-resume" not in keys(app)
    assert [button.key for button in app.button if button.proto.type == "primary"] == ["new-run"]
