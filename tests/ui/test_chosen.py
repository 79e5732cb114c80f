from itertools import combinations
from types import SimpleNamespace

import numpy as np
import numpy.typing as npt
import pytest

from ui import chosen

IDS = [f"20261123-14253{number}-fashion-mnist-7f3a9c2e5b104d6{number}" for number in range(8)]
# Machado, Oliveira and Fernandes (2009), severity 1: how others see linear RGB.
EYES = {
    "normal": np.eye(3),
    "protan": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deutan": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritan": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}


@pytest.fixture
def browser(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    made = SimpleNamespace(query_params={}, session_state={})
    monkeypatch.setattr(chosen, "st", made)
    return made


def test_the_address_says_which_runs_and_in_which_order(browser: SimpleNamespace) -> None:
    browser.query_params["runs"] = f"{IDS[2]},{IDS[0]}"
    assert chosen.chosen_ids() == [IDS[2], IDS[0]]


@pytest.mark.parametrize(
    "words", ["", ",", "../../etc/passwd", "<b>", "x" * 5000, f"{IDS[0]}/..", ",".join(["a"] * 999)]
)
def test_what_is_no_id_is_left_out(browser: SimpleNamespace, words: str) -> None:
    browser.query_params["runs"] = f"{words},{IDS[1]},{IDS[1]}"
    assert chosen.chosen_ids() == [IDS[1]]


def test_six_are_the_most(browser: SimpleNamespace) -> None:
    browser.query_params["runs"] = ",".join(IDS)
    assert chosen.chosen_ids() == IDS[:6]
    chosen.choose(IDS)
    assert browser.query_params["runs"] == ",".join(IDS[:6])


def test_the_choice_outlives_another_page_and_can_be_given_up(browser: SimpleNamespace) -> None:
    chosen.choose(IDS[:2])
    browser.query_params.clear()  # as a page switch does
    assert chosen.chosen_ids() == IDS[:2] and browser.query_params["runs"] == ",".join(IDS[:2])
    chosen.leave(IDS[0])
    assert chosen.chosen_ids() == [IDS[1]]
    chosen.choose([])
    assert chosen.chosen_ids() == [] and browser.query_params == {}


def test_two_runs_of_one_name_are_told_apart() -> None:
    named = [("…-aaaa1111", "same"), ("…-bbbb2222", "same"), ("…-cccc3333", "other")]
    assert chosen.tell_apart(named) == ["same · 1111", "same · 2222", "other"]


def linear(colour: str) -> npt.NDArray[np.float64]:
    sent = np.array([int(colour[place : place + 2], 16) for place in (1, 3, 5)]) / 255
    return np.where(sent <= 0.04045, sent / 12.92, ((sent + 0.055) / 1.055) ** 2.4)


def contrast(colour: str, background: str) -> float:
    dark, light = sorted(float(linear(one) @ [0.2126, 0.7152, 0.0722]) for one in (colour, background))
    return (light + 0.05) / (dark + 0.05)


def lab(rgb: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """CIE L*a*b* of linear sRGB under D65."""
    to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    xyz = to_xyz @ np.clip(rgb, 0, 1) / [0.95047, 1, 1.08883]
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize(("place", "background"), [(0, "#ffffff"), (1, "#101716")])
def test_every_colour_can_be_read_and_told_from_the_others_by_any_eye(place: int, background: str) -> None:
    colours = [pair[place] for pair in chosen.COLOURS]
    assert min(contrast(colour, background) for colour in colours) >= 4.5
    for eye, matrix in EYES.items():
        seen = [lab(np.array(matrix) @ linear(colour)) for colour in colours]
        nearest = min(float(np.linalg.norm(one - other)) for one, other in combinations(seen, 2))
        assert nearest >= 34, eye


def test_no_two_runs_share_a_letter_or_a_dash() -> None:
    assert len(set(chosen.LETTERS)) == len(set(chosen.DASHES)) == chosen.MOST


def test_a_run_joins_those_that_were_chosen_last_once_and_as_the_last_of_six(browser: SimpleNamespace) -> None:
    assert chosen.add_to_chosen(IDS[0]) == IDS[0]
    chosen.choose(IDS[:6])
    assert chosen.add_to_chosen(IDS[7]) == ",".join([*IDS[:5], IDS[7]])
    assert chosen.add_to_chosen(IDS[2]) == ",".join([IDS[0], IDS[1], *IDS[3:6], IDS[2]])
