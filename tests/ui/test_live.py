import re

import pytest

from dcgan.runs.status import Problem, RunStatus, StatusRecord
from ui import live, text


@pytest.mark.parametrize("language", ["en", "tr"])
@pytest.mark.parametrize(
    "problem",
    [
        Problem(code="worker-died", values={"signal": "SIGKILL"}),
        Problem(code="worker-died", values={"code": 1}),
        Problem(code="worker-hung", values={"seconds": 120}),
        Problem(code="disk-full", values={"folder": "/runs"}),
        Problem(code="non-finite", values={"step": 12}),
        Problem(code="a-code-of-a-later-version", values={"what": "ever"}),
        Problem(code="unexpected", values={}),
        None,
    ],
)
def test_every_problem_is_two_sentences_that_say_what_to_do(
    problem: Problem | None, language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text, "language", lambda: language)
    words = live.explain_problem(StatusRecord(status=RunStatus.FAILED, step=10, error=problem))
    assert "{" not in words and words.count(": ") >= 1
    assert len(re.findall(r"[.](?= [A-ZÇĞİÖŞÜ]|$)", words)) == 2, words


def test_a_problem_before_the_first_step_says_that_nothing_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text, "language", lambda: "en")
    problem = Problem(code="data-missing", values={"detail": "no network"})
    words = live.explain_problem(StatusRecord(status=RunStatus.FAILED, step=0, error=problem))
    assert words == (
        "The images could not be loaded (no network). No step was trained yet, so nothing is lost: "
        "check the data set and the connection, then press Resume."
    )


def test_every_state_offers_its_verbs_and_at_most_one_main_button() -> None:
    assert set(live.OFFERS) == {status.value for status in RunStatus}
    assert all(sum(main for _, main in offers) <= 1 for offers in live.OFFERS.values())
