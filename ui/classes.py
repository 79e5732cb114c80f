"""The classes of a data set, drawn: the mean image of each, and how many there are.

Plain HTML: it is there with the page's first sight, prints, and is read aloud.
"""

import base64
import html
from collections.abc import Sequence

from dcgan.data import images
from dcgan.data.statistics import Statistics
from ui.text import number, t


def draw_classes(statistics: Statistics, names: Sequence[str]) -> str:
    """Return a table as HTML: a row a class with its mean image, its name, a bar and its number of images."""
    largest = max(1, int(statistics.class_counts.max()))
    rows = []
    for name, count, mean in zip(names, statistics.class_counts, statistics.class_means, strict=True):
        shown, alt = html.escape(name), html.escape(t("data.page.mean_alt", name=name), quote=True)
        rows.append(
            f'<tr><td><img src="{_to_uri(images.encode_png(mean))}" alt="{alt}" width="44" height="44"></td>'
            f'<th scope="row">{shown}</th><td class="bar"><i style="width:{100 * count / largest:.1f}%"></i></td>'
            f"<td>{number(int(count))}</td></tr>"
        )
    return f'<table class="classes">{"".join(rows)}</table>'


def _to_uri(png: bytes) -> str:
    return f"data:image/png;base64,{base64.b64encode(png).decode()}"
