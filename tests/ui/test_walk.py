"""Facts about the key frames that a session has chosen."""

import pytest

from ui import link, walk


@pytest.fixture(autouse=True)
def session(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (link, walk):
        monkeypatch.setattr(module.st, "session_state", {}, raising=True)
        monkeypatch.setattr(module.st, "query_params", {}, raising=True)


def test_key_frames_keep_their_order_in_the_address() -> None:
    walk.choose_keys([14, 0, 3])
    assert link.get("walk") == "14,0,3"
    assert walk.chosen_keys() == (14, 0, 3)


@pytest.mark.parametrize("forged", [[1, "x"], [-1], [10_000], [1.5], list(range(33)), ["1,2"] * 20, [None]])
def test_what_cannot_be_key_frames_changes_nothing(forged: list[object]) -> None:
    walk.choose_keys([1, 2])
    walk.choose_keys(forged, turn=9)
    assert walk.chosen_keys() == (1, 2) and walk.turn() == 0


def test_no_key_frames_leave_no_trace_in_the_address() -> None:
    walk.choose_keys([1, 2], turn=2)
    walk.choose_keys([], turn=3)
    assert (link.get("walk"), walk.chosen_keys(), walk.turn()) == (None, (), 3)
