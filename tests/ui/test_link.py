"""Facts about a page's values in its address, and what a session remembers of them."""

from typing import Any

import pytest

from ui import link


@pytest.fixture
def bar(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The address, beside a memory that begins empty."""
    bar: dict[str, str] = {}
    monkeypatch.setattr(link.st, "session_state", {})
    monkeypatch.setattr(link.st, "query_params", bar)
    return bar


def test_the_address_goes_before_what_was_kept_and_a_page_switch_loses_nothing(bar: dict[str, str]) -> None:
    link.put("seed", "7")
    bar.clear()
    assert (link.get("seed"), bar) == ("7", {"seed": "7"})
    bar["seed"] = "8"
    assert link.get("seed") == "8"
    bar.clear()
    assert link.get("seed") == "8"


def test_what_was_taken_out_does_not_come_back(bar: dict[str, str]) -> None:
    link.put("walk", "1,2")
    link.put("walk", None)
    link.put("walk", None)
    assert (bar, link.get("walk")) == ({}, None)


@pytest.mark.parametrize(("text", "value"), [("12", 12), ("x", 7), ("", 7), (None, 7)])
def test_what_cannot_be_read_is_the_default(bar: dict[str, str], text: str | None, value: int) -> None:
    if text is not None:
        bar["seed"] = text
    assert link.read("seed", int, 7) == value


def test_a_widget_gets_the_value_only_where_it_differs(monkeypatch: pytest.MonkeyPatch) -> None:
    class Memory(dict[str, Any]):
        written: list[str] = []  # noqa: RUF012

        def __setitem__(self, key: str, value: Any) -> None:
            self.written.append(key)
            super().__setitem__(key, value)

    monkeypatch.setattr(link.st, "session_state", Memory())
    for value in (7, 7, 8):
        link.follow("draw-seed", value)
    assert Memory.written == ["draw-seed"] * 2


@pytest.mark.parametrize(("value", "text"), [(0.7, "0.7"), (1.0, "1"), (0.30000000000000004, "0.3"), (12, "12")])
def test_numbers_are_short_in_the_address(bar: dict[str, str], value: float, text: str) -> None:
    link.follow("widget", value)
    link.write_from("truncation", "widget")
    assert bar == {"truncation": text}
