"""Facts about who looks: from the environment, the secrets, and what a browser answers."""

import logging
from pathlib import Path
from typing import Any

import pytest
from streamlit.runtime.secrets import Secrets

from dcgan.runs.visitors import LOCAL, STRANGER, owner_of
from ui import visitor

SECRET, ANOTHER = "ab" * 32, "cd" * 32


class Answer(dict[str, Any]):
    """What the element's value looks like."""

    def __getattr__(self, name: str) -> Any:
        return self.get(name)


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    memory: dict[str, Any] = {}
    monkeypatch.setattr(visitor.st, "session_state", memory)
    return memory


@pytest.fixture
def secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file of secrets that is not there yet."""
    path = tmp_path / "secrets.toml"
    monkeypatch.setattr(visitor.st, "secrets", Secrets())
    monkeypatch.setattr(visitor.st, "get_option", lambda name: [str(path)])
    monkeypatch.setattr("streamlit.runtime.secrets.config.get_option", lambda name: [str(path)])
    monkeypatch.setattr(Secrets, "_maybe_install_file_watchers", lambda self: None)
    monkeypatch.setattr(Secrets, "_maybe_set_environment_variable", lambda *_: None)
    return path


def answer(session: dict[str, Any], secret: object) -> None:
    session["visitor-secret"] = Answer(secret=secret)
    visitor._learn()
    del session["visitor-secret"]


@pytest.mark.parametrize(("public", "shown"), [("1", "none"), ("0", "full")])
def test_strangers_are_not_shown_what_an_error_says_of_the_server(
    public: str, shown: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = {"client.showErrorDetails": "full"}
    monkeypatch.setattr(visitor.st, "get_option", options.__getitem__)
    monkeypatch.setattr(visitor.st, "set_option", options.__setitem__)
    monkeypatch.setenv("DCGAN_PUBLIC", public)
    visitor.hide_details()
    assert options == {"client.showErrorDetails": shown}


@pytest.mark.parametrize(
    ("value", "public"),
    [(None, False), ("", False), ("0", False), ("false", False), (" No ", False), ("off", False),
     ("1", True), ("true", True), ("yes", True), ("maybe", True)],
)  # fmt: skip
def test_the_environment_says_whether_strangers_use_this_server(
    value: str | None, public: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if value is not None:
        monkeypatch.setenv("DCGAN_PUBLIC", value)
    assert visitor.is_public() is public


def test_without_a_file_of_secrets_nothing_is_said(
    secrets: Path, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    assert not visitor.is_public() and visitor.limits_text() == ""
    assert caplog.text == "" and capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("line", "public"), [('"1"', True), ("true", True), ("1", True), ("false", False), ("0", False)]
)
def test_the_secrets_say_it_too_and_the_environment_goes_before_them(
    secrets: Path, line: str, public: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    secrets.write_text(f'DCGAN_PUBLIC = {line}\nDCGAN_LIMITS = "minutes=5"\n')
    assert visitor.is_public() is public
    assert visitor.limits_text() == "minutes=5"
    monkeypatch.setenv("DCGAN_LIMITS", "minutes=6")
    assert visitor.limits_text() == "minutes=6"
    monkeypatch.setenv("DCGAN_PUBLIC", "0" if public else "1")
    assert visitor.is_public() is not public


def test_secrets_that_cannot_be_read_open_the_runs_to_nobody(secrets: Path, caplog: pytest.LogCaptureFixture) -> None:
    secrets.write_text("DCGAN_PUBLIC = = 1")
    with caplog.at_level(logging.WARNING):
        assert visitor.is_public()
    assert "cannot be read" in caplog.text


def test_at_this_machine_everybody_is_the_local_person(session: dict[str, Any]) -> None:
    session["visitor.owner"] = "somebody"
    assert visitor.current() == LOCAL


def test_a_visitor_is_not_known_until_the_browser_has_answered(
    session: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DCGAN_PUBLIC", "1")
    assert visitor.current() == STRANGER
    answer(session, SECRET)
    assert visitor.current().owner == owner_of(SECRET)
    assert SECRET not in repr(session)


@pytest.mark.parametrize("forged", [None, "", 7, True, SECRET[:-1], [SECRET], {"owner": owner_of(SECRET)}, "x" * 64])
def test_a_malformed_answer_is_no_answer(
    session: dict[str, Any], forged: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DCGAN_PUBLIC", "1")
    answer(session, forged)
    assert visitor.current() == STRANGER
    answer(session, SECRET)
    answer(session, forged)
    assert visitor.current().owner == owner_of(SECRET)


def test_the_first_answer_of_a_session_stands(session: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DCGAN_PUBLIC", "1")
    answer(session, SECRET)
    answer(session, ANOTHER)
    assert visitor.current().owner == owner_of(SECRET)


def test_whoever_sends_an_owners_sum_is_somebody_else(session: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DCGAN_PUBLIC", "1")
    owner = owner_of(SECRET)
    answer(session, owner)
    assert visitor.current().owner != owner


def test_a_missing_element_is_no_answer(session: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DCGAN_PUBLIC", "1")
    visitor._learn()
    assert visitor.current() == STRANGER
