"""Facts about the variable that says what visitors may have."""

import pytest

from dcgan.runs.limits import Limits, read_limits


@pytest.mark.parametrize(
    ("text", "limits"),
    [
        ("", Limits()),
        ("minutes=5", Limits(minutes=5)),
        (" epochs=2, queued=0\nmegabytes=7 ", Limits(epochs=2, queued=0, megabytes=7)),
        ("minutes=5 minutes=6", Limits(minutes=6)),
    ],
)
def test_limits_are_read_from_names_and_numbers(text: str, limits: Limits) -> None:
    assert read_limits(text) == limits


@pytest.mark.parametrize(
    "text", ["minutes", "minutes=", "minutes=0", "minutes=-1", "minutes=1.5", "minutes=9999999", "hours=1", "x", "٣=٣"]
)
def test_a_limit_that_cannot_be_read_is_a_sentence_that_names_it(text: str) -> None:
    with pytest.raises(ValueError, match=r"^DCGAN_LIMITS: .* cannot be used\. Write NAME=NUMBER"):
        read_limits(text)


def test_limits_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DCGAN_LIMITS", "line=9")
    assert read_limits() == Limits(line=9)
