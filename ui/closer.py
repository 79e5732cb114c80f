"""The sample that is looked at more closely on the Generate page.

Owns which one it is: clicked on the board or chosen by its number. Leaves what is seen to `library`.
"""

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from dcgan.latent.discriminator import Discriminator
from dcgan.latent.drawing import Drawing
from dcgan.latent.generator import Generator
from ui import link
from ui.library import find_library, show_look
from ui.look import Subject
from ui.source import Source
from ui.text import t

REAL_IMAGES = 200  # whose average belief stands beside a sample's

_KEY, _SWITCH = "look-at", "look-on"


def chosen_sample(count: int) -> int | None:
    """Return the number of the sample that is looked at: the address's, the first where that cannot be.

    None where nobody asked for it: it takes the server the training images in memory.
    """
    if link.get("look") is None:
        return None
    chosen = link.read("look", int, 0)
    return chosen if 0 <= chosen < count else 0


def choose_sample(index: int) -> None:
    """Look at another sample, where one is looked at."""
    if link.get("look") is not None:
        link.put("look", str(index))


def show_closer(source: Source, drawing: Drawing) -> None:
    """Draw what is known of the chosen sample; until somebody asks for it, the way to it alone."""
    index = chosen_sample(drawing.count)
    st.header(t("look.title"))
    link.follow(_SWITCH, index is not None)
    st.toggle(t("look.film"), key=_SWITCH, on_change=_switch, help=t("look.film_help"))
    if index is None:
        return
    link.follow(_KEY, index)
    st.number_input(
        t("look.number"), 0, drawing.count - 1, key=_KEY, step=1, width=150, on_change=_take, help=t("look.number_help")
    )
    config, generator = source.generator.config, source.generator
    image = _draw(generator.sha256, drawing.seed, drawing.truncation, index, generator)
    discriminator = source.find_discriminator()
    belief = float(discriminator.believe(image[None])[0]) if discriminator is not None else None
    missing = t("look.no_belief" if source.run is not None else "look.no_belief_file")
    real = None if discriminator is None else _believe_real(discriminator, config.data.dataset, config.data.limit)
    name = t("generate.sample", index=str(index))
    show_look(Subject(name, image, config.data.dataset, config.data.limit, missing if belief is None else belief, real))


def _switch() -> None:
    link.put("look", "0" if st.session_state[_SWITCH] else None)


def _take() -> None:
    choose_sample(int(st.session_state[_KEY]))


@st.cache_data(max_entries=256, show_spinner=False)
def _draw(sha256: str, seed: int, truncation: float, index: int, _generator: Generator) -> NDArray[np.uint8]:
    """One sample; it is known by the sum of its generator."""
    latents = Drawing(seed, index + 1, truncation).sample_latents(_generator.latent_dim)
    (image,) = _generator.generate(latents[-1:])
    return np.asarray(image)


def _believe_real(discriminator: Discriminator, dataset: str, limit: int | None) -> float | None:
    """What the discriminator believes of training images on average; None as long as these are not there."""
    library = find_library(dataset)
    if library is None:
        return None
    return _average(discriminator.sha256, min(limit or REAL_IMAGES, REAL_IMAGES), dataset, discriminator)


@st.cache_data(max_entries=32, show_spinner=False)
def _average(sha256: str, count: int, dataset: str, _discriminator: Discriminator) -> float:
    library = find_library(dataset)
    assert library is not None
    return float(_discriminator.believe(library.dataset.images[:count]).mean())
