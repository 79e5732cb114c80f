"""One image looked at, as HTML: its class, what the discriminator believes, its neighbours, and whether it is a copy.

Owns the words and how they are laid out. Leaves the looking to `dcgan.quality`, and what is looked at to whoever asks.
"""

import base64
import html
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dcgan.data.images import encode_png
from dcgan.quality.library import Library
from dcgan.quality.look import Look, Neighbour
from ui.dataset import name_class
from ui.text import number, t

MARKS = {"copy": "▲", "near": "◆", "new": "●", "far": "○"}


@dataclass(frozen=True, eq=False)
class Subject:
    """What is looked at.

    Attributes:
        name: what it is called, such as "Image 3".
        image: uint8 (H, W, C).
        dataset: that its generator learned from.
        limit: how many images of that, from the first; None for all.
        belief: the discriminator's, 0 to 1, or a sentence on why there is none.
        real_belief: what it believes of real images on average, where that is known.
    """

    name: str
    image: NDArray[np.uint8]
    dataset: str
    limit: int | None
    belief: float | str
    real_belief: float | None = None


def draw_look(subject: Subject, look: Look | None, names: Sequence[str], library: Library | None) -> str:
    """Return what is known of an image.

    Args:
        subject: the image.
        look: what was seen of it; None where no classifier can look.
        names: of the classes.
        library: the training images; None as long as they are not there.
    """
    alt = subject.name if look is None else f"{subject.name}: {name_class(names[look.labels[0]])}"
    facts = [_say_class(look, names)] if look is not None else []
    facts.append(f'<p class="belief">{html.escape(_say_belief(subject))}</p>')
    shown = f'<img class="subject" src="{_to_uri(subject.image)}" alt="{html.escape(alt, quote=True)}">'
    parts = [f'<div class="seen">{shown}<div>{"".join(facts)}</div></div>']
    if look is not None and library is not None and look.neighbours:
        parts += [_say_verdict(look), _draw_neighbours(look, library, names, subject.limit), _say_how(look, library)]
    return f'<div class="look">{"".join(parts)}</div>'


def _say_class(look: Look, names: Sequence[str]) -> str:
    first, *others = (
        t("look.class", name=name_class(names[label]), share=number(100 * share, 0))
        for label, share in zip(look.labels, look.confidences, strict=True)
    )
    sure = look.confidences[0]
    doubt = f"<span>{html.escape(t('look.else', others=' · '.join(others)))}</span>" if sure < 0.95 and others else ""
    return f'<p class="class"><b>{html.escape(first)}</b>{doubt}</p>'


def _say_belief(subject: Subject) -> str:
    if isinstance(subject.belief, str):
        return subject.belief
    belief = number(100 * subject.belief, 0)
    if subject.real_belief is None:
        return t("look.belief", belief=belief)
    return t("look.belief_real", belief=belief, real=number(100 * subject.real_belief, 0))


def _say_verdict(look: Look) -> str:
    words = t(f"look.{look.verdict}", nearer=number(round(100 * look.rank)))
    return f'<p class="verdict {look.verdict}"><i aria-hidden="true">{MARKS[look.verdict]}</i>{html.escape(words)}</p>'


def _draw_neighbours(look: Look, library: Library, names: Sequence[str], limit: int | None) -> str:
    count = min(limit or len(library.dataset.images), len(library.dataset.images))
    title = f'<b class="title">{html.escape(t("look.nearest", count=count))}</b>'
    figures = "".join(_draw_neighbour(one, library, name_class(names[one.label])) for one in look.neighbours)
    return f'{title}<div class="neighbours">{figures}</div>'


def _draw_neighbour(one: Neighbour, library: Library, name: str) -> str:
    alt = html.escape(t("look.training_image", index=str(one.index), name=name), quote=True)
    distance = html.escape(t("look.distance", distance=number(one.distance, 1)))
    picture = _to_uri(library.dataset.images[one.index])
    return (
        f'<figure><img src="{picture}" alt="{alt}" title="{alt}">'
        f"<figcaption>{html.escape(name)}<br>{distance}</figcaption></figure>"
    )


def _say_how(look: Look, library: Library) -> str:
    low, half, high = (number(distance, 1) for distance in look.usual)
    key = "look.how" if library.has_test else "look.how_sample"
    return f'<p class="how">{html.escape(t(key, low=low, half=half, high=high))}</p>'


def _to_uri(image: NDArray[np.uint8]) -> str:
    png = encode_png(np.ascontiguousarray(image))
    return f"data:image/png;base64,{base64.b64encode(png).decode()}"
