"""Which samples are drawn: seed, count and truncation as widgets that the address keeps, and their picture.

Owns these widgets and the cache of pictures. Leaves the walk to `walk` and what an image is to `dcgan.latent`.
"""

import secrets

import streamlit as st

from dcgan.latent.drawing import Drawing
from dcgan.latent.generator import Generator
from dcgan.latent.outputs import encode_grid
from dcgan.latents import MAX_SEED
from ui import link
from ui.text import number, t

COUNTS = (1, 4, 8, 16, 25, 64, 100)
MOST_SHOWN = 256  # samples on the page; the command line draws more
LEAST_TRUNCATION = 0.05  # at 0 all images would be the same
NEW_SEEDS = 1_000_000  # short enough to be said aloud


def choose_samples() -> Drawing:
    """Draw the widgets and return what they stand for; what the address says wrongly is the default."""
    wished = _wished()
    link.follow("draw-seed", wished.seed)
    link.follow("draw-truncation", wished.truncation)
    with st.container(horizontal=True, vertical_alignment="bottom", key="draw-row"):
        st.number_input(
            t("generate.seed"), 0, MAX_SEED, key="draw-seed", step=1, help=t("generate.seed_help"), width=190,
            on_change=link.write_from, args=("seed", "draw-seed"),
        )  # fmt: skip
        st.button(t("generate.shuffle"), key="shuffle", icon=":material/casino:", on_click=_shuffle)
        _choose_count(wished.count)
        st.slider(
            t("generate.truncation"), LEAST_TRUNCATION, 1.0, key="draw-truncation", step=0.05, width=220,
            help=t("generate.truncation_help"), on_change=link.write_from, args=("truncation", "draw-truncation"),
        )  # fmt: skip
    link.put("seed", str(wished.seed))
    link.put("count", str(wished.count))
    link.put("truncation", f"{wished.truncation:g}")
    return wished


def show_picture(generator: Generator, drawing: Drawing) -> tuple[bytes, tuple[int, int]]:
    """Return the samples as PNG, and height and width of one of them."""
    samples = Drawing(drawing.seed, drawing.count, drawing.truncation)
    return _picture(generator.sha256, samples, generator), generator.image_shape[:2]


@st.cache_data(max_entries=64, show_spinner=False)
def _picture(sha256: str, drawing: Drawing, _generator: Generator) -> bytes:
    """The samples as PNG; a picture is known by the sum of its generator."""
    return encode_grid(_generator, drawing)


def _wished() -> Drawing:
    """What the address asks for."""
    plain = Drawing()
    seed = link.read("seed", lambda text: Drawing(seed=int(text)).seed, plain.seed)
    count = link.read("count", lambda text: Drawing(count=min(int(text), MOST_SHOWN)).count, plain.count)
    truncation = link.read("truncation", _read_truncation, plain.truncation)
    return Drawing(seed=seed, count=count, truncation=truncation)


def _read_truncation(text: str) -> float:
    return Drawing(truncation=max(float(text), LEAST_TRUNCATION)).truncation


def _choose_count(wished: int) -> None:
    """Draw the counts that are offered, with the one in the address where it is another."""
    link.follow("draw-count", wished)
    st.segmented_control(
        t("generate.count"), sorted({*COUNTS, wished}), key="draw-count", required=True, format_func=number,
        on_change=link.write_from, args=("count", "draw-count"), wrap=True,
    )  # fmt: skip


def _shuffle() -> None:
    link.put("seed", str(secrets.randbelow(NEW_SEEDS)))
