"""The nine steps from the idea to the GIF: which there are, what each shows, and where in the app one does it.

Owns the step in the address. Leaves the words to `locale/` and the figures to modules of their own.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import streamlit as st

from dcgan.architecture import count_parameters, discriminator_layers, generator_layers
from dcgan.config import build_config
from dcgan.data.datasets import Dataset
from dcgan.data.sample import SampleError
from ui import dataset, learn_game, shell, state
from ui.browse import show_sheets
from ui.drawing import show_svg
from ui.learn_curves import draw_curves
from ui.learn_example import example
from ui.learn_pixels import show_pixels
from ui.networks import draw_network
from ui.text import number, t

FORMULA = r"""\min_{\textcolor{#0d9488}{G}} \; \max_{\textcolor{#ea580c}{D}} \;\;
\mathbb{E}_{x}\big[\log \textcolor{#ea580c}{D}(x)\big] \;+\;
\mathbb{E}_{z}\big[\log\big(1-\textcolor{#ea580c}{D}(\textcolor{#0d9488}{G}(z))\big)\big]"""

# What the text of the step proposes, as the form's fields.
SHORT_RUN: Mapping[str, str | int] = {"preset": "notebook", "notebook/training.epochs": 1, "notebook/data.limit": 6_000}

_STEP = "step"  # in the address
_CHOICE = "learn-step"  # the widget, and what a session remembers


@dataclass(frozen=True)
class Step:
    """One idea: its name in the locale, its figure, the page on which one does it, and what is filled in there."""

    name: str
    show: Callable[[], None]
    page: str
    fills_in: Mapping[str, str | int] = field(default_factory=dict)


def show_step(index: int) -> None:
    """Draw one step: words, a figure, something to do, and the way on."""
    step = STEPS[index]
    _begin_at_the_top(index)
    st.title(t(f"learn.{step.name}.title"))
    st.markdown(t(f"learn.{step.name}.text"))
    step.show()
    with st.container(border=True, key="do"):
        st.markdown(f"**{t('learn.do')}** {t(f'learn.{step.name}.do')}")
        # Before the last step, the main thing is the next one.
        kind: Literal["primary", "secondary"] = "primary" if index == len(STEPS) - 1 else "secondary"
        if st.button(t(f"learn.{step.name}.go"), key="go", icon=":material/arrow_outward:", type=kind):
            if step.fills_in:
                state.choose_run(None)
                st.session_state.update(step.fills_in)
            st.switch_page(step.page)
    with st.expander(t("learn.words"), key="words"):
        st.markdown(t(f"learn.{step.name}.words"))
    if index == len(STEPS) - 1:
        st.header(t("learn.sources.title"))
        st.markdown(t("learn.sources.list"))
    _show_way(index)


def choose_step() -> int:
    """Draw the list of steps and return the chosen one's index; the address says which it is."""
    if _CHOICE not in st.session_state:
        st.session_state[_CHOICE] = _step_in_address()
    index = st.radio(
        t("learn.steps"), range(len(STEPS)), key=_CHOICE, persist_state="session", label_visibility="collapsed",
        format_func=lambda index: f"**{index + 1}** {t(f'learn.{STEPS[index].name}.title')}",
    )  # fmt: skip
    chosen = 0 if index is None else index
    if st.query_params.get(_STEP) != str(chosen + 1):
        st.query_params[_STEP] = str(chosen + 1)
    return chosen


def _step_in_address() -> int:
    named = st.query_params.get(_STEP, "")
    return int(named) - 1 if named in {str(number) for number in range(1, len(STEPS) + 1)} else 0


def _begin_at_the_top(index: int) -> None:
    """Scroll up once where the step is another: its words begin at the top, and the button was at the bottom."""
    script = f"/* {index} */ document.querySelector('[data-testid=\"stMain\"]')?.scrollTo(0, 0)"
    with st.container(key="to-top"):
        st.html(f"<script>{script}</script>", unsafe_allow_javascript=True)


def _show_way(index: int) -> None:
    """Draw the way back and on."""
    with st.container(horizontal=True, key="way"):
        if index > 0:
            st.button(t("learn.back"), key="back", icon=":material/chevron_left:", on_click=_go_to, args=(index - 1,))
        if index < len(STEPS) - 1:
            title = t(f"learn.{STEPS[index + 1].name}.title")
            st.button(
                t("learn.next", title=title), key="next", type="primary", icon=":material/chevron_right:",
                icon_position="right", on_click=_go_to, args=(index + 1,),
            )  # fmt: skip


def _go_to(index: int) -> None:
    st.session_state[_CHOICE] = index


def _show_game() -> None:
    show_svg(learn_game.draw_game(), "game")


def _show_images() -> None:
    found = _load()
    if found is not None:
        show_sheets(found, np.arange(50))
        st.caption(t("learn.load.caption", count=len(found.images)))


def _show_pixels() -> None:
    found = _load()
    if found is not None:
        show_pixels(found)


def _load() -> Dataset | None:
    """The data set, or a sentence in its place."""
    try:
        return dataset.load()
    except SampleError:
        st.error(t("data.page.broken"))
        return None


def _show_generator() -> None:
    config = build_config("notebook")
    layers = generator_layers(config)
    alt = t("learn.net.generator_alt", count=count_parameters(layers))
    show_svg(draw_network(layers, (config.generator.latent_dim,), t("learn.net.latents"), alt), "network generator")
    st.caption(t("learn.net.total", count=count_parameters(layers)))


def _show_discriminator() -> None:
    config = build_config("notebook")
    layers = discriminator_layers(config)
    shape = (config.data.image_size, config.data.image_size, config.data.num_channels)
    alt = t("learn.net.discriminator_alt", count=count_parameters(layers))
    show_svg(draw_network(layers, shape, t("learn.net.image"), alt), "network discriminator")
    st.caption(t("learn.net.total", count=count_parameters(layers)))


def _show_formula() -> None:
    st.latex(FORMULA)
    st.markdown(t("learn.assemble.formula"))
    st.markdown(t("learn.play.lead"))
    learn_game.play()


def _show_turns() -> None:
    show_svg(learn_game.draw_turns(), "game turns")


def _show_curves() -> None:
    show_svg(draw_curves(example().curves), "example-curves")
    st.markdown(t("learn.train.reading"))


def _show_film() -> None:
    grids = example().grids
    with st.container(key="film-strip"), st.grid(len(grids), min_column_width=110):
        for epoch, content in grids.items():
            words = t("learn.film.epoch", epoch=number(epoch))
            st.image(content, words, width="stretch", output_format="PNG", alt=t("learn.film.alt", epoch=epoch))


STEPS = (
    Step("game", _show_game, shell.HOME),
    Step("load", _show_images, shell.DATA),
    Step("scale", _show_pixels, shell.DATA),
    Step("generator", _show_generator, shell.TRAIN),
    Step("discriminator", _show_discriminator, shell.TRAIN),
    Step("assemble", _show_formula, shell.TRAIN),
    Step("define", _show_turns, shell.TRAIN),
    Step("train", _show_curves, shell.TRAIN, SHORT_RUN),
    Step("film", _show_film, shell.HOME),
)
