from types import SimpleNamespace

import pytest

from ui import address


@pytest.fixture
def browser(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    made = SimpleNamespace(query_params={}, session_state={})
    monkeypatch.setattr(address, "st", made)
    return made


def test_a_new_session_begins_as_its_address_says(browser: SimpleNamespace) -> None:
    browser.query_params |= {"axis": "epoch", "smooth": "12", "log": "1"}
    keys = [
        address.tie("axis", "step", address.one_of("step", "epoch")),
        address.tie("smooth", 5, address.number_to(30)),
        address.tie("log", False, address.yes_or_no),
    ]
    assert [browser.session_state[key] for key in keys] == ["epoch", 12, True]
    assert browser.query_params == {"axis": "epoch", "smooth": "12", "log": "1"}


def test_the_address_follows_the_widget_and_says_nothing_of_a_default(browser: SimpleNamespace) -> None:
    key = address.tie("smooth", 5, address.number_to(30))
    assert browser.query_params == {}
    browser.session_state[key] = 7
    address.tie("smooth", 5, address.number_to(30))
    assert browser.query_params == {"smooth": "7"}
    browser.session_state[key] = 5
    address.tie("smooth", 5, address.number_to(30))
    assert browser.query_params == {}


@pytest.mark.parametrize("given", ["31", "-1", "1.5", "", "x", "٣", "9" * 5000, "<b>"])
def test_what_is_not_allowed_counts_as_not_given(browser: SimpleNamespace, given: str) -> None:
    browser.query_params |= {"smooth": given, "axis": given, "log": given}
    assert browser.session_state[address.tie("smooth", 5, address.number_to(30))] == 5
    assert browser.session_state[address.tie("axis", "step", address.one_of("step"))] == "step"
    assert browser.session_state[address.tie("log", False, address.yes_or_no)] is False
    assert browser.query_params == {}
