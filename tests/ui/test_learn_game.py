"""The game in numbers, and drawn."""

import xml.etree.ElementTree as ElementTree

import pytest

from ui.learn_game import draw_game, draw_turns, judge, losses


def test_losses_of_a_discriminator_that_can_only_guess() -> None:
    d_loss, g_loss = losses(0.5, 0.5)
    assert d_loss == pytest.approx(1.3863, abs=1e-4)  # 2 ln 2
    assert g_loss == pytest.approx(0.6931, abs=1e-4)  # ln 2


def test_losses_stay_finite_where_a_belief_is_certain() -> None:
    # 0 counts as 0.01 and 1 as 0.99: -ln 0.99 - ln 0.99 and -ln 0.01
    assert losses(1.0, 0.0) == (pytest.approx(0.0201, abs=1e-4), pytest.approx(4.6052, abs=1e-4))


@pytest.mark.parametrize(
    ("d_real", "d_fake", "standing"),
    [(0.5, 0.5, "even"), (0.95, 0.05, "d_wins"), (0.4, 0.8, "g_wins"), (0.7, 0.3, "open")],
)
def test_who_is_ahead(d_real: float, d_fake: float, standing: str) -> None:
    assert judge(d_real, d_fake) == standing


@pytest.mark.parametrize("draw", [draw_game, draw_turns])
def test_drawings_are_well_formed_and_have_words_in_their_place(draw) -> None:
    root = ElementTree.fromstring(draw())
    assert root.get("role") == "img" and len(root.get("aria-label", "")) > 40
