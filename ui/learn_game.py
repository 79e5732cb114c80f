"""The game of the two networks: drawn, turn by turn, and as numbers to play with."""

import math

import streamlit as st

from ui.drawing import escape, svg, text
from ui.text import number, t

LEAST = 0.01  # a belief is never quite 0 or 1, so that its logarithm stays finite


def draw_game() -> str:
    """Return who gives what to whom, as SVG."""
    parts = [
        _box(0, 10, 100, "plain", t("learn.game.latents"), "z"),
        _box(126, 10, 104, "generator", t("learn.game.generator"), "G"),
        _box(256, 10, 100, "fake", t("learn.game.fake"), "G(z)"),
        _box(126, 100, 104, "plain", t("learn.game.dataset"), ""),
        _box(256, 100, 100, "real", t("learn.game.real"), "x"),
        _box(126, 200, 104, "discriminator", t("learn.game.discriminator"), "D"),
        _box(0, 200, 100, "plain", t("learn.game.verdict"), t("learn.game.verdict_values")),
        _path("M100 35 H122"), _path("M230 35 H252"), _path("M230 125 H252"),
        '<path class="wire" d="M356 35 H370 V225 M356 125 H370"/>', _path("M370 225 H234"), _path("M126 225 H104"),
        _path("M50 200 V80 H150 V64", "back"), _path("M50 250 V272 H178 V254", "back"),
        text(58, 178, t("learn.game.feedback_g"), "small"), text(58, 288, t("learn.game.feedback_d"), "small"),
    ]  # fmt: skip
    return svg(376, 296, t("learn.game.alt"), "".join(parts))


def draw_turns() -> str:
    """Return the two halves of a training step, as SVG: who learns, and who rests."""
    turns = _turn(0, "d", g_state="rests", d_state="learns") + _turn(130, "g", g_state="learns", d_state="rests")
    return svg(376, 240, t("learn.turn.alt"), turns)


def play() -> None:
    """Draw two sliders, D(x) and D(G(z)), and what both networks make of them."""
    left, right = st.columns(2)
    d_real = left.slider(t("learn.play.d_real"), 0.0, 1.0, 0.8, 0.01, key="play-real", help=t("learn.play.d_real_help"))
    d_fake = right.slider(
        t("learn.play.d_fake"), 0.0, 1.0, 0.3, 0.01, key="play-fake", help=t("learn.play.d_fake_help")
    )
    d_loss, g_loss = losses(d_real, d_fake)
    shown = (("value", -d_loss, ""), ("d_loss", d_loss, "discriminator"), ("g_loss", g_loss, "generator"))
    cells = (
        f'<span>{escape(t(f"learn.play.{name}"))} <b class="{colour}">{number(value, 3)}</b></span>'
        for name, value, colour in shown
    )
    st.html(f'<div class="run-facts">{"".join(cells)}</div>')
    st.caption(t(f"learn.play.{judge(d_real, d_fake)}"))


def losses(d_real: float, d_fake: float) -> tuple[float, float]:
    """Return the discriminator's loss, -log D(x) - log(1 - D(G(z))), and the generator's, -log D(G(z))."""
    real, fake = (min(1 - LEAST, max(LEAST, belief)) for belief in (d_real, d_fake))
    return -math.log(real) - math.log(1 - fake), -math.log(fake)


def judge(d_real: float, d_fake: float) -> str:
    """Return how the game stands: who is ahead, or that D can only guess."""
    if abs(d_real - 0.5) < 0.1 and abs(d_fake - 0.5) < 0.1:
        return "even"
    if d_real - d_fake > 0.6:
        return "d_wins"
    return "g_wins" if d_fake >= d_real else "open"


def _turn(top: float, turn: str, g_state: str, d_state: str) -> str:
    """One half of a step: both networks, whose turn it is, and what for."""
    parts = [
        text(0, top + 16, t(f"learn.turn.{turn}"), "strong"),
        _box(0, top + 30, 108, f"generator {g_state}", t("learn.game.generator"), t(f"learn.turn.{g_state}")),
        _box(134, top + 30, 108, f"discriminator {d_state}", t("learn.game.discriminator"), t(f"learn.turn.{d_state}")),
        _path(f"M108 {top + 55:g} H130"),
        _path(f"M242 {top + 55:g} H264"),
        text(270, top + 52, t(f"learn.turn.{turn}_aim_1"), "small"),
        text(270, top + 66, t(f"learn.turn.{turn}_aim_2"), "small"),
        text(0, top + 98, t(f"learn.turn.{turn}_given"), "small"),
    ]
    return "".join(parts)


def _box(x: float, y: float, width: float, kind: str, name: str, below: str) -> str:
    """A box with a name, and a line below it."""
    lines = text(x + width / 2, y + (22 if below else 29), name, "strong", "middle")
    lines += text(x + width / 2, y + 39, below, anchor="middle") if below else ""
    return f'<g class="box {kind}"><rect x="{x:g}" y="{y:g}" width="{width:g}" height="50" rx="8"/>{lines}</g>'


def _path(points: str, kind: str = "wire") -> str:
    """A line with a head at its end: "M50 250 V272 H178", a beginning and absolute turns."""
    x, y = (float(number) for number in points.removeprefix("M").split(" ")[:2])
    angle = 0
    for command in points.split(" ")[2:]:
        goal = float(command[1:])
        if command[0] == "H":
            angle, x = (0 if goal > x else 180), goal
        else:
            angle, y = (90 if goal > y else 270), goal
    head = f'<path class="head" transform="translate({x:g} {y:g}) rotate({angle})" d="M-3 -4 L4 0 L-3 4 z"/>'
    return f'<path class="{kind}" d="{points}"/>{head}'
